"""A submission's files, from a folder or a .zip, without unpacking anything to disk."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import UsageError
from grader.evidence.collect import HostileEvidenceError, read_regular_file
from grader.intake.moodle import moodle_name, split_moodle_path
from grader.messages import problem
from grader.model import Problem

__all__ = [
    "ENTRY_FAULTS",
    "MAX_FILE",
    "File",
    "Source",
    "find_sources",
    "open_source",
    "source_digest",
]

MAX_FILE = 60_000_000
_MAX_ENTRIES = 5000
_WANTED = (".ipynb", ".md", ".markdown", ".txt", ".toml")
_IGNORED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git"}
_MEGABYTE = 1_000_000
_MAX_NESTED = 300_000_000
# Whatever zipfile raises for damaged, encrypted or unknown entries.
ENTRY_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a submission: path with ``/``, and how to read it."""

    path: str
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """Last part of the path."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Source:
    """Where a submission comes from: a folder, a .zip, or a folder or .zip inside a .zip."""

    id: str
    path: Path
    inside: str = ""


def find_sources(path: Path) -> list[Source]:
    """List the submissions in ``path``.

    Parameters
    ----------
    path : Path
        A submission's folder (it holds notebooks itself) or .zip, or a folder or .zip that holds
        one folder or .zip per submission.

    Returns
    -------
    list of Source
        Sorted by id; ids are unique.

    Raises
    ------
    UsageError
        If the path does not exist or holds no submission.
    """
    if not path.exists():
        raise UsageError(f"{path} gibt es nicht.")
    if path.is_file():
        if path.suffix.lower() != ".zip":
            raise UsageError(f"{path} ist weder ein Ordner noch ein .zip.")
        sources = _in_archive(path)
    elif _holds_notebooks(path):
        sources = [Source(_identifier(path.resolve().name), path)]
    else:
        sources = [
            Source(_identifier(entry.stem if entry.is_file() else _unit(entry.name)), entry)
            for entry in sorted(path.iterdir())
            if _is_submission(entry)
        ]
    if not sources:
        raise UsageError(
            f"In {path} liegt keine Abgabe. Erwartet wird je Abgabe ein Ordner oder ein .zip "
            "mit Notebooks (notebook1.ipynb …)."
        )
    return _unique(sources)


def open_source(source: Source) -> tuple[list[File], list[Problem]]:
    """Return a submission's readable files and what is wrong with the container.

    Links, entries with ``..`` or absolute paths, oversized and foreign files are left out.
    """
    if source.path.is_dir():
        return _folder_files(source.path)
    return _archive_files(source)


def source_digest(source: Source) -> str:
    """Hash of all that is ever read of a submission: its files' names and contents."""
    files, problems = open_source(source)
    digest = hashlib.sha256(repr(problems).encode("utf-8", "surrogatepass"))
    for file in files:
        try:
            content = hashlib.sha256(file.read()).hexdigest()
        except OSError as error:
            content = str(error)
        entry = f"\0{file.path}\0{content}"
        digest.update(entry.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _is_submission(entry: Path) -> bool:
    if entry.name.startswith(".") or entry.name in _IGNORED or entry.is_symlink():
        return False
    if entry.is_file():
        return entry.suffix.lower() == ".zip"
    return any(_holds_files(entry))


def _holds_files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f not in _IGNORED and not f.startswith(".")]
        if {"build", "__init__.py"} & set(names):
            return
        yield from (Path(root) / n for n in names if n.lower().endswith((*_WANTED, ".zip")))


def _holds_notebooks(folder: Path) -> bool:
    names = [p.name.lower() for p in folder.iterdir() if p.is_file()]
    return any(n.endswith(".ipynb") or n.startswith("kontrollfragen") for n in names)


def _identifier(name: str) -> str:
    cleaned = re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", "_", name).strip(" .")
    return cleaned or "abgabe"


def _unit(name: str) -> str:
    """A folder's name, without what Moodle adds to whose it is."""
    found = moodle_name(name)
    return found.unit if found else name


def _unique(sources: list[Source]) -> list[Source]:
    found: dict[str, Source] = {}
    for source in sources:
        name, number = source.id, 2
        while name.casefold() in {n.casefold() for n in found}:
            name, number = f"{source.id}-{number}", number + 1
        found[name] = Source(name, source.path, source.inside)
    return [found[name] for name in sorted(found)]


def _folder_files(folder: Path) -> tuple[list[File], list[Problem]]:
    files: list[File] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _IGNORED and not f.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if not name.lower().endswith(_WANTED) or path.is_symlink():
                continue
            if name.lower().endswith(".txt") and "frage" not in name.lower():
                continue
            files.append(File(path.relative_to(folder).as_posix(), _reader(path)))
            if len(files) >= _MAX_ENTRIES:
                return files, []
    return files, []


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return read_regular_file(path, MAX_FILE)
        except HostileEvidenceError as error:
            raise OSError(str(error)) from error

    return read


def _in_archive(path: Path) -> list[Source]:
    """One .zip: a submission, or a cohort with a folder or .zip for each."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not set(PurePosixPath(n).parts) & _IGNORED]
    except (zipfile.BadZipFile, OSError, ValueError):
        return [Source(_identifier(path.stem), path)]
    if moodle := _moodle_sources(path, names):
        return moodle
    inner = [n for n in names if n.lower().endswith(".zip") and ".." not in n]
    if inner and not any(n.lower().endswith(".ipynb") for n in names):
        return [Source(_identifier(PurePosixPath(n).stem), path, n) for n in inner]
    wanted = [PurePosixPath(n) for n in names if n.lower().endswith(_WANTED) and ".." not in n]
    outer = wanted[0].parts[0] if wanted else ""
    if wanted and all(len(p.parts) > 2 and p.parts[0] == outer for p in wanted):
        # One folder around everything: look inside.
        return _by_folder(path, [p.relative_to(outer) for p in wanted], outer)
    return _by_folder(path, wanted, "")


def _moodle_sources(path: Path, names: list[str]) -> list[Source]:
    """Submissions of Moodle's "download all submissions"; none if it is no such .zip.

    Raises
    ------
    UsageError
        If a hand-in is not simply a folder of files or one .zip.
    """
    units: dict[str, set[str]] = {}
    for name in names:
        found = split_moodle_path(name)
        if found is None or not name.lower().endswith((*_WANTED, ".zip")):
            continue
        parts = PurePosixPath(name).parts
        at = next(i for i, part in enumerate(parts) if moodle_name(part))
        folder = "" if found[0].rest else "/".join(parts[: at + 1])
        inside = name if name.lower().endswith(".zip") else folder
        units.setdefault(found[0].unit, set()).add(inside)
    if any("" in inside or len(inside) > 1 for inside in units.values()):
        raise UsageError(
            f"In {path.name} liegen Abgaben aus einzelnen Dateien und Archiven durcheinander. "
            f"Bitte zuerst einlesen: grader import {path.name} --out abgaben, dann: "
            "grader grade abgaben"
        )
    return [Source(_identifier(unit), path, *inside) for unit, inside in units.items()]


def _by_folder(path: Path, wanted: list[PurePosixPath], outer: str) -> list[Source]:
    folders = sorted({p.parts[0] for p in wanted if len(p.parts) > 1})
    if len(folders) < 2 or any(len(p.parts) == 1 and p.suffix == ".ipynb" for p in wanted):
        return [Source(_identifier(path.stem), path)]
    prefix = f"{outer}/" if outer else ""
    return [Source(_identifier(f), path, f"{prefix}{f}") for f in folders]


def _archive_files(source: Source) -> tuple[list[File], list[Problem]]:
    problems: list[Problem] = []
    files: list[File] = []
    nested = source.inside.lower().endswith(".zip")

    def opened() -> zipfile.ZipFile:
        if not nested:
            return zipfile.ZipFile(source.path)
        with zipfile.ZipFile(source.path) as outer:
            return zipfile.ZipFile(io.BytesIO(_unpack(outer, source.inside, _MAX_NESTED)))

    try:
        with opened() as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        return [], [problem("corrupt_archive", reason=str(error))]
    prefix = f"{source.inside}/" if source.inside and not nested else ""
    for entry in entries[:_MAX_ENTRIES]:
        name = entry.filename
        if entry.is_dir() or not name.startswith(prefix):
            continue
        path = PurePosixPath(name.replace("\\", "/"))
        link = stat.S_ISLNK(entry.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or link or re.match(r"[A-Za-z]:", name):
            problems.append(problem("unsafe_archive", name=name[:100]))
        elif entry.file_size > MAX_FILE:
            limit = MAX_FILE // _MEGABYTE
            problems.append(problem("archive_too_large", name=name[:100], limit=limit))
        elif name.lower().endswith(_WANTED) and not set(path.parts) & _IGNORED:
            files.append(File(name[len(prefix) :], _entry_reader(opened, name)))
    return files, problems


def _entry_reader(opened: Callable[[], zipfile.ZipFile], name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        with opened() as archive:
            return _unpack(archive, name, MAX_FILE)

    return read


def _unpack(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One entry's bytes; OSError whatever is wrong with it."""
    try:
        with archive.open(name) as file:
            # The size in the directory may lie; never more than the limit is unpacked.
            raw = file.read(limit + 1)
    except ENTRY_FAULTS as error:
        raise OSError(str(error)) from error
    if len(raw) > limit:
        raise OSError(f"größer als {limit // _MEGABYTE} MB")
    return raw
