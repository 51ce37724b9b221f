"""Builds the lab's data folder.

Every part is a module of this package with a function ``build(out)`` (fast) or ``train(out)``
(slow, the networks) that writes its files into the folder ``out`` and returns their paths. Parts
are imported by name when they are needed, so that one part's libraries never burden another.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import numpy as np

__all__ = ["NETWORKS", "PARTS", "PartMissingError", "build_parts", "compare_files", "differences"]

PARTS = ("ecg", "digits", "sheet", "oct", "knee")
NETWORKS = ("oct_network", "knee_network", "oct_bank")


class PartMissingError(LookupError):
    """A part was asked for that has no module in this package."""


def build_parts(names: Iterable[str], out: Path) -> list[Path]:
    """Build parts of the data folder.

    Parameters
    ----------
    names : iterable of str
        Names out of `PARTS` (built) and `NETWORKS` (trained, minutes each).
    out : Path
        The folder that takes the files; made if missing.

    Returns
    -------
    list of Path
        The written files, in the order of their parts.

    Raises
    ------
    PartMissingError
        If a name is unknown or its module is not there.
    """
    modules = [(name, _load(name)) for name in names]
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, module in modules:
        make = module.train if name in NETWORKS else module.build
        written.extend(make(out))
    return written


def differences(names: Iterable[str], committed: Path) -> dict[str, str]:
    """Rebuild parts in a temporary folder and compare them with the committed files.

    Returns
    -------
    dict of str to str
        For each rebuilt file, relative to the folder: the verdict of `compare_files`, or
        ``"missing"`` if the folder has no such file.
    """
    verdicts: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in build_parts(names, Path(folder)):
            relative = path.relative_to(folder)
            old = committed / relative
            verdicts[str(relative)] = compare_files(old, path) if old.is_file() else "missing"
    return verdicts


def compare_files(old: Path, new: Path) -> str:
    """Compare two files of the same name.

    Another processor or another zlib may change the last bit of a picture or the bytes of an
    archive without changing what it says; such files are ``"equivalent"``.

    Returns
    -------
    str
        ``"identical"`` (byte for byte), ``"equivalent"`` (same content) or ``"different"``.
    """
    if old.read_bytes() == new.read_bytes():
        return "identical"
    same = {".npz": _same_archive, ".npy": _same_array, ".pdf": _same_text}.get(old.suffix)
    if old.suffix in {".png", ".jpg", ".jpeg"}:
        same = _same_picture
    return "equivalent" if same is not None and same(old, new) else "different"


def _load(name: str) -> ModuleType:
    if name not in PARTS + NETWORKS:
        raise PartMissingError(f"Unbekannter Teil „{name}“. Teile: {', '.join(PARTS + NETWORKS)}.")
    full_name = f"{__name__}.{name}"
    try:
        return importlib.import_module(full_name)
    except ModuleNotFoundError as error:
        if error.name != full_name:
            raise
        raise PartMissingError(f"Der Teil „{name}“ fehlt: data/build/{name}.py.") from error


def _same_archive(old: Path, new: Path) -> bool:
    with np.load(old, allow_pickle=False) as first, np.load(new, allow_pickle=False) as second:
        return set(first.files) == set(second.files) and all(
            _close(first[key], second[key]) for key in first.files
        )


def _same_array(old: Path, new: Path) -> bool:
    return _close(np.load(old, allow_pickle=False), np.load(new, allow_pickle=False))


def _same_picture(old: Path, new: Path) -> bool:
    from PIL import Image

    with Image.open(old) as first, Image.open(new) as second:
        return _close(np.asarray(first), np.asarray(second))


def _same_text(old: Path, new: Path) -> bool:
    try:
        from pypdf import PdfReader
    except ImportError:
        return False
    first, second = ([page.extract_text() for page in PdfReader(p).pages] for p in (old, new))
    return first == second


def _close(first: np.ndarray, second: np.ndarray) -> bool:
    """Same shape and type, and at most a thousandth of the range apart on average."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    wide_first, wide_second = first.astype(np.float64), second.astype(np.float64)
    span = float(np.ptp(wide_first)) if first.size else 0.0
    return first.size == 0 or float(np.abs(wide_first - wide_second).mean()) <= 1e-3 * span
