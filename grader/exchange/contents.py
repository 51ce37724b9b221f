"""Opens a kit to the last layer: archives in it, compressed streams, notebooks' strings.

What a search must see is not only the bytes of a member but what is inside: arrays in an .npz, text
in a PDF's compressed streams, an output's picture in a notebook.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from grader.errors import UsageError

__all__ = ["Member", "open_kit"]

_TEXT = {".ipynb", ".md", ".txt", ".toml", ".py", ".csv", ".json", ".html", ".xml", ".yaml", ".svg"}
_ZIP, _PDF, _PNG, _GZIP = b"PK\x03\x04", b"%PDF", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b"
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}(?:\n[A-Za-z0-9+/]{60,})*\n?[A-Za-z0-9+/]*={0,2}")
# Readable runs in bytes.
_RUN = re.compile(rb"[\x09\x20-\x7e\xc2-\xf4\x80-\xbf]{8,}")
# Pixels look like letters now and then, but seldom like a word or a number.
_TELLING = re.compile(rb"[A-Za-z]{5}|[0-9][.,][0-9]{3}")
_MOST_BYTES = 500_000_000
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Member:
    """One piece of a kit.

    Attributes
    ----------
    path : str
        Where it is; what is inside another piece stands after ``!``.
    raw : bytes
        Decompressed.
    text : str
        What can be read in it.
    plain : bool
        Whether it is text as a whole.
    """

    path: str
    raw: bytes
    text: str
    plain: bool


def open_kit(archive: bytes) -> Iterator[Member]:
    """Yield every member of a kit and everything inside them.

    Raises
    ------
    UsageError
        If the archive is none, or far too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as kit:
            if sum(info.file_size for info in kit.infolist()) > _MOST_BYTES:
                raise UsageError("Die Ausgabe ist entpackt zu groß, um durchsucht zu werden.")
            # Names and comments could carry something too.
            names = "\n".join([*kit.namelist(), kit.comment.decode("utf-8", "replace")])
            yield Member("(Namen)", names.encode(), names, True)
            for info in kit.infolist():
                yield from _open(info.filename, kit.read(info), 0)
    except zipfile.BadZipFile as error:
        raise UsageError("Die Ausgabe ist kein .zip.") from error


def _open(path: str, raw: bytes, depth: int) -> Iterator[Member]:
    suffix = PurePosixPath(path.rpartition("!")[2]).suffix.casefold()
    plain = suffix in _TEXT
    text = raw.decode("utf-8", "replace") if plain else _readable(raw)
    if suffix == ".ipynb":
        with contextlib.suppress(ValueError, RecursionError):
            # As people read it: without JSON's quoting.
            text = "\n".join(_strings(json.loads(raw)))
    yield Member(path, raw, text, plain)
    if depth < _DEEPEST:
        for name, content in _inside(raw, text if plain else ""):
            yield from _open(f"{path}!{name}", content, depth + 1)


def _inside(raw: bytes, text: str) -> Iterator[tuple[str, bytes]]:
    if raw.startswith(_ZIP):
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(raw)) as inner:
            for info in inner.infolist():
                yield info.filename, inner.read(info)
    elif raw.startswith(_PDF):
        for number, match in enumerate(_STREAM.finditer(raw)):
            yield from _inflated(f"stream{number}", match[1])
    elif raw.startswith(_PNG):
        yield from _chunks(raw)
    elif raw.startswith(_GZIP):
        yield from _inflated("gzip", raw, zlib.MAX_WBITS | 16)
    for number, found in enumerate(_BASE64.findall(text)):
        with contextlib.suppress(binascii.Error):
            packed = "".join(found.split())
            yield f"base64-{number}", base64.b64decode(packed[: len(packed) // 4 * 4])


def _chunks(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """A PNG's pixels and its compressed texts."""
    place, pixels = len(_PNG), b""
    while place + 8 <= len(raw):
        size, kind = int.from_bytes(raw[place : place + 4], "big"), raw[place + 4 : place + 8]
        body = raw[place + 8 : place + 8 + size]
        if kind == b"IDAT":
            pixels += body
        elif kind in (b"zTXt", b"iTXt"):
            yield from _inflated(kind.decode(), body.rpartition(b"\0")[2])
        place += 12 + size
    yield from _inflated("pixels", pixels)


def _inflated(name: str, raw: bytes, bits: int = zlib.MAX_WBITS) -> Iterator[tuple[str, bytes]]:
    with contextlib.suppress(zlib.error):
        # A cut stream still gives its beginning.
        content = zlib.decompressobj(bits).decompress(raw, _MOST_BYTES)
        if content:
            yield name, content


def _readable(raw: bytes) -> str:
    telling = (run for run in _RUN.findall(raw) if _TELLING.search(run))
    return "\n".join(run.decode("utf-8", "ignore") for run in telling)


def _strings(tree: Any) -> Iterator[str]:
    """Every string of a JSON tree; a list of lines is one text."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        if tree and all(isinstance(item, str) for item in tree):
            yield "".join(tree)
        else:
            for item in tree:
                yield from _strings(item)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield str(key)
            yield from _strings(value)
    elif tree is not None and not isinstance(tree, bool):
        yield str(tree)
