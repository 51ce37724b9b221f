"""Files of a download, from a .zip or a folder, read as what they are: others' and hostile.

Nothing is unpacked by a library that would follow a name out of its folder. Every entry is looked
at by itself: links, absolute paths and ``..`` are refused, what says or turns out to be too large
is left out, and for all of it there is a sentence. Archives inside a hand-in are opened as well.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from grader.errors import UsageError
from grader.evidence.collect import HostileEvidenceError, read_regular_file
from grader.intake.files import ENTRY_FAULTS
from grader.intake.moodle import entry_name

__all__ = [
    "BOMB",
    "DAMAGED",
    "DEEP",
    "LINK",
    "MAX_FILE",
    "OUTSIDE",
    "TOO_LARGE",
    "Download",
    "Item",
    "LeftOut",
    "TooLargeError",
    "free_path",
    "inside",
]

MAX_FILE = 60_000_000
_MAX_NESTED = 300_000_000
_MAX_ENTRIES = 200_000
_MAX_DEPTH = 2
# Real notebooks shrink to a tenth, text of one letter to a thousandth.
_BOMB_RATIO, _BOMB_SIZE = 200, 5_000_000
_CHUNK = 1 << 20
_JUNK = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".DS_Store", "Thumbs.db"}
_BROKEN = (*ENTRY_FAULTS, OSError)
_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")

LINK = "ist ein Verweis auf eine andere Datei"
OUTSIDE = "zeigt mit seinem Namen aus dem Ordner heraus"
TOO_LARGE = f"ist größer als {MAX_FILE // 1_000_000} MB"
BOMB = "würde sich beim Entpacken um ein Vielfaches aufblähen (Zip-Bombe)"
DAMAGED = "ist beschädigt oder verschlüsselt"
DEEP = "liegt in zu vielen Archiven ineinander"
MANY = "gehört zu einem Archiv mit zu vielen Einträgen"
FOREIGN_ARCHIVE = "liegt ungeöffnet bei: kein .zip, bitte von Hand auspacken"


class TooLargeError(OSError):
    """A file is larger than it may be, whatever its archive's directory says."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not taken; ``reason`` completes a German sentence about it."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a download.

    Attributes
    ----------
    path : str
        Relative, with ``/``, composed umlauts; never leads out of its folder.
    size : int
        Bytes, as its archive claims.
    read_into : callable
        Copies the content into an open binary file, at most so many bytes.
    """

    path: str
    size: int
    read_into: Callable[[IO[bytes], int], None]

    def content(self, limit: int = MAX_FILE) -> bytes:
        """Return all bytes.

        Raises
        ------
        OSError
            If the file is damaged or larger than the limit.
        """
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK) as file:
            self.read_into(file, limit)
            file.seek(0)
            return file.read()


@dataclass
class Download:
    """An opened .zip or folder: ``items`` to take, ``left_out`` with reasons. A context manager."""

    path: Path
    items: list[Item] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._closing = contextlib.ExitStack()
        if not self.path.exists():
            raise UsageError(f"{self.path} gibt es nicht.")
        if self.path.is_dir():
            self._read_folder()
            return
        if self.path.suffix.lower() != ".zip":
            raise UsageError(f"{self.path} ist weder ein Ordner noch ein .zip.")
        try:
            archive = self._closing.enter_context(zipfile.ZipFile(self.path))
        except _BROKEN as error:
            raise UsageError(
                f"{self.path} lässt sich nicht öffnen: Die Datei ist kein .zip oder beschädigt. "
                "Bitte noch einmal herunterladen."
            ) from error
        self.items += _entries(archive, "", self.left_out)

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.close()

    def _read_folder(self) -> None:
        for root, folders, names in os.walk(self.path):
            for name in sorted(folders):
                path = Path(root) / name
                if path.is_symlink():
                    self.left_out.append(LeftOut(_relative(path, self.path), LINK))
            folders[:] = sorted(f for f in folders if not _junk(f))
            for name in sorted(names):
                path = Path(root) / name
                if _junk(name):
                    continue
                relative = _relative(path, self.path)
                mode = path.lstat().st_mode
                if not stat.S_ISREG(mode):
                    self.left_out.append(LeftOut(relative, LINK))
                elif path.stat().st_size > (_MAX_NESTED if _is_zip(name) else MAX_FILE):
                    self.left_out.append(LeftOut(relative, TOO_LARGE))
                else:
                    self.items.append(Item(relative, path.stat().st_size, _file_reader(path)))
                if len(self.items) > _MAX_ENTRIES:
                    self.left_out.append(LeftOut(relative, MANY))
                    return


def inside(item: Item, left_out: list[LeftOut], depth: int = 1) -> Iterator[Item]:
    """Yield an item, or, if it is a .zip, what is in it, below a folder of its name.

    A damaged archive is yielded as it is, with a note: nothing is lost. What an archive holds must
    be read before the next one is asked for.
    """
    if item.path.lower().endswith(_OTHER_ARCHIVES):
        left_out.append(LeftOut(item.path, FOREIGN_ARCHIVE))
    if not _is_zip(item.path):
        yield item
        return
    if depth > _MAX_DEPTH:
        left_out.append(LeftOut(item.path, DEEP))
        return
    with tempfile.TemporaryFile() as file:
        try:
            item.read_into(file, _MAX_NESTED)
            archive = zipfile.ZipFile(file)
        except TooLargeError:
            left_out.append(LeftOut(item.path, TOO_LARGE))
            return
        except _BROKEN:
            left_out.append(LeftOut(item.path, DAMAGED))
            yield item
            return
        folder = str(PurePosixPath(item.path).with_suffix(""))
        with archive:
            for entry in _entries(archive, f"{folder}/", left_out):
                yield from inside(entry, left_out, depth + 1)


def _entries(archive: zipfile.ZipFile, prefix: str, left_out: list[LeftOut]) -> list[Item]:
    """What may be taken of an archive; two entries of one name are kept apart."""
    items: list[Item] = []
    seen: set[str] = set()
    infos = archive.infolist()
    for info in infos[:_MAX_ENTRIES]:
        name = entry_name(info)
        if info.is_dir() or any(_junk(part) for part in PurePosixPath(name).parts):
            continue
        if reason := _refusal(info, name):
            left_out.append(LeftOut(f"{prefix}{name}"[:200], reason))
            continue
        path = free_path(f"{prefix}{_tame(name)}", seen)
        items.append(Item(path, info.file_size, _entry_reader(archive, info)))
    if len(infos) > _MAX_ENTRIES:
        left_out.append(LeftOut(f"{prefix}…", MANY))
    return items


def _refusal(info: zipfile.ZipInfo, name: str) -> str:
    path = PurePosixPath(name)
    if stat.S_ISLNK(info.external_attr >> 16):
        return LINK
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) or not path.parts:
        return OUTSIDE
    if info.file_size > (_MAX_NESTED if _is_zip(name) else MAX_FILE):
        return TOO_LARGE
    ratio = info.file_size / max(1, info.compress_size)
    return BOMB if ratio > _BOMB_RATIO and info.file_size > _BOMB_SIZE else ""


def free_path(path: str, seen: set[str]) -> str:
    """Return the path, numbered if another has it already (upper and lower case are one)."""
    found, number = path, 2
    while found.casefold() in seen:
        pure = PurePosixPath(path)
        found, number = str(pure.with_name(f"{pure.stem} ({number}){pure.suffix}")), number + 1
    seen.add(found.casefold())
    return found


def _tame(name: str) -> str:
    """A path that every file system takes: no control or reserved signs, parts not too long."""
    parts = []
    for part in PurePosixPath(name).parts:
        tame = re.sub(r"[\x00-\x1f\x7f:*?\"<>|\ud800-\udfff]", "_", part).strip()
        stem, dot, ending = tame.rpartition(".")
        if len(tame.encode()) > 180:
            tame = (stem or tame).encode()[:160].decode("utf-8", "ignore") + dot + ending[:10]
        parts.append(tame or "_")
    return "/".join(parts)


def _junk(part: str) -> bool:
    return part in _JUNK or part.startswith("._")


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _relative(path: Path, folder: Path) -> str:
    relative = path.relative_to(folder).as_posix()
    return unicodedata.normalize("NFC", relative.encode("utf-8", "replace").decode())


def _entry_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[IO[bytes], int], None]:
    def read_into(target: IO[bytes], limit: int) -> None:
        try:
            with archive.open(info) as source:
                _copy(source, target, limit)
        except TooLargeError:
            raise
        except _BROKEN as error:
            raise OSError(DAMAGED) from error

    return read_into


def _file_reader(path: Path) -> Callable[[IO[bytes], int], None]:
    def read_into(target: IO[bytes], limit: int) -> None:
        try:
            target.write(read_regular_file(path, limit))
        except HostileEvidenceError as error:
            raise OSError(str(error)) from error

    return read_into


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> None:
    """Copy, but never more than the limit: the size in an archive's directory may lie."""
    left = limit
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise TooLargeError(TOO_LARGE)
        target.write(chunk)
