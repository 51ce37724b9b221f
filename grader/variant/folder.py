"""Makes a lab's other data: a copy of its data in which the lab's own module replaces files."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.engine.box import data_files
from grader.errors import LabError, UsageError
from grader.evidence.store import hash_files
from grader.lab import Individual, Lab, ResultSpec, Variant

__all__ = ["made_folder", "results_of", "variant_folder", "variant_of"]

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
    trees = {"data": (lab.data, list(data_files(lab.data, lab.data_exclude)))}
    return made_folder(lab, variant, cache, seed, trees, place="data") / "data"


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


def made_folder(
    lab: Lab,
    maker: Variant | Individual,
    cache: Path,
    number: int,
    trees: Mapping[str, tuple[Path, list[Path]]],
    place: str = ".",
) -> Path:
    """Return copies of a lab's files in which its own module has replaced some.

    Parameters
    ----------
    lab : Lab
    maker : Variant or Individual
        Names the module.
    cache : Path
        Holds a folder for each number, module and state of the files.
    number : int
        The same number gives the same files.
    trees : mapping of str to (Path, list of Path)
        Folders that are made: each one's name, with its original and the files of it to copy.
    place : str
        Where in the copy the module is told to work.

    Raises
    ------
    LabError
        If the module fails, or leaves other files than it was given, or changes none.
    """
    home = lab.folder / maker.folder
    folder = cache / _name(lab, maker, home, number, trees)
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="made-", dir=cache) as name:
        copy = Path(name) / "copy"
        for tree, (root, files) in trees.items():
            (copy / tree).mkdir(parents=True, exist_ok=True)
            for path in files:
                target = copy / tree / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        names, before = _names(copy), hash_files(copy, data_files(copy))
        _run(maker.module, home, copy / place, number)
        if _names(copy) != names:
            odd = ", ".join(sorted(names ^ _names(copy))[:5])
            raise LabError(f"{maker.module}: Dateien fehlen oder sind zu viel ({odd}).")
        if hash_files(copy, data_files(copy)) == before:
            raise LabError(f"{maker.module}: Die Dateien sind dieselben geblieben.")
        with contextlib.suppress(OSError):
            # Another process may have been quicker; what it made is the same.
            os.rename(copy, folder)
    return folder


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in data_files(folder)}


def _name(
    lab: Lab,
    maker: Variant | Individual,
    home: Path,
    number: int,
    trees: Mapping[str, tuple[Path, list[Path]]],
) -> str:
    """Hash of what decides about the copies: number, originals, the package of the module."""
    source = home.joinpath(*maker.module.split(".")).with_suffix(".py")
    if not source.is_file():
        section = type(maker).__name__.lower()
        raise LabError(f"{lab.folder / 'lab.toml'}: [{section}] nennt {source}, das es nicht gibt.")
    code = source.parent.rglob("*.py") if "." in maker.module else [source]
    parts = [str(number), hash_files(home, code)]
    parts += [f"{name} {hash_files(root, files)}" for name, (root, files) in trees.items()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_NAME_LENGTH]


def _run(module: str, home: Path, copy: Path, number: int) -> None:
    command = [sys.executable, "-m", module, str(copy.resolve()), str(number)]
    try:
        done = subprocess.run(  # noqa: S603 - the lab's own module
            command, cwd=home, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{module} ist nach {_SECONDS:.0f} s nicht fertig.") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["ohne Meldung"])[-1]
        raise LabError(f"{module} endet mit einem Fehler: {last}")
