"""Makes a lab's other data: a copy of its data in which the lab's own module replaces files."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.engine.box import data_files
from grader.errors import LabError, UsageError
from grader.evidence.store import hash_files
from grader.lab import Lab, ResultSpec, Variant

__all__ = ["results_of", "variant_folder", "variant_of"]

_SECONDS = 300.0
_NAME_LENGTH = 16


def variant_folder(lab: Lab, cache: Path, seed: int) -> Path:
    """Return a folder with other data, made now unless it has been made before.

    Parameters
    ----------
    lab : Lab
    cache : Path
        Holds a folder for each seed, generator and state of the lab's data; the data are in its
        folder ``data``.
    seed : int
        The same seed gives the same data.

    Raises
    ------
    UsageError
        If the lab says of no other data.
    LabError
        If its module fails, or leaves other files than the lab has, or changes none.
    """
    variant = variant_of(lab)
    home = lab.folder / variant.folder
    folder = cache / _name(lab, variant, home, seed) / "data"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="data-", dir=folder.parent) as name:
        copy = Path(name) / "data"
        copy.mkdir()
        before = hash_files(lab.data, data_files(lab.data, lab.data_exclude))
        for path in data_files(lab.data, lab.data_exclude):
            target = copy / path.relative_to(lab.data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        names = _names(copy)
        _run(variant, home, copy, seed)
        if _names(copy) != names:
            odd = ", ".join(sorted(names ^ _names(copy))[:5])
            raise LabError(f"{variant.module}: Dateien fehlen oder sind zu viel ({odd}).")
        if hash_files(copy, data_files(copy, lab.data_exclude)) == before:
            raise LabError(f"{variant.module}: Die Daten sind dieselben geblieben.")
        with contextlib.suppress(OSError):
            # Another process may have been quicker; what it made is the same.
            os.rename(copy, folder)
    return folder


def variant_of(lab: Lab) -> Variant:
    """How the lab makes other data.

    Raises
    ------
    UsageError
        If it does not.
    """
    if lab.variant is None:
        raise UsageError(
            f"Das Labor {lab.id} hat keine anderen Daten für einen zweiten Blick: In seiner "
            "lab.toml fehlt der Abschnitt [variant]."
        )
    return lab.variant


def results_of(lab: Lab, task: str | None = None) -> tuple[ResultSpec, ...]:
    """Results that are compared, all or those of one task.

    Raises
    ------
    UsageError
        If the lab makes no other data, or has no such result.
    """
    variant = variant_of(lab)
    found = tuple(r for r in variant.results if task in (None, lab.slot_by_id[r.slot].task))
    if not found:
        which = f"Aufgabe {task}" if task else f"Labor {lab.id}"
        note = variant.notes.get(task or "", "")
        sentence = f"{which}: Mit anderen Daten ist hier nichts zu vergleichen. {note}"
        raise UsageError(sentence.rstrip())
    return found


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in data_files(folder)}


def _name(lab: Lab, variant: Variant, home: Path, seed: int) -> str:
    """Hash of what decides about the data: seed, lab's data, the package of the module."""
    source = home.joinpath(*variant.module.split(".")).with_suffix(".py")
    if not source.is_file():
        raise LabError(f"{lab.folder / 'lab.toml'}: [variant] nennt {source}, das es nicht gibt.")
    code = source.parent.rglob("*.py") if "." in variant.module else [source]
    parts = (
        str(seed),
        hash_files(lab.data, data_files(lab.data, lab.data_exclude)),
        hash_files(home, code),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_NAME_LENGTH]


def _run(variant: Variant, home: Path, copy: Path, seed: int) -> None:
    command = [sys.executable, "-m", variant.module, str(copy.resolve()), str(seed)]
    try:
        done = subprocess.run(  # noqa: S603 - the lab's own module
            command, cwd=home, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{variant.module} ist nach {_SECONDS:.0f} s nicht fertig.") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["ohne Meldung"])[-1]
        raise LabError(f"{variant.module} endet mit einem Fehler: {last}")
