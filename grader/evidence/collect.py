"""Reads what the probe wrote: hostile until every byte is checked.

A capture file comes from the student's process. It is opened without following links, must be a
regular file of limited size, its JSON is validated against the types of :mod:`grader.model`, and
its arrays are built from bytes with a dtype from a short list, never unpickled.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from grader.errors import GraderError
from grader.model import Array, Call, Figure, Notice, SavedFile, Value

__all__ = [
    "Capture",
    "CompiledFit",
    "HostileEvidenceError",
    "blob_digest",
    "read_capture",
    "read_regular_file",
]

_MAGIC = b"GRADER1\n"
_DTYPE = re.compile(r"[<>|=]?[biufc](1|2|4|8|16)\Z")
_MAX_HEADER = 64_000_000


class HostileEvidenceError(GraderError):
    """A capture file is malformed, too large, or not a plain file."""


@dataclass(frozen=True, slots=True)
class CompiledFit:
    """A training that took many steps per call (:mod:`grader.evidence.steps`)."""

    steps: int
    per_call: int
    compiled_update: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """What the kernel reported after one cell, or after one part of it (then without ``parts``)."""

    variables: dict[str, Value]
    deleted: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    figures: tuple[Figure, ...] = ()
    files: tuple[SavedFile, ...] = ()
    networks: Mapping[str, Value] = field(default_factory=dict)
    fits: tuple[CompiledFit, ...] = ()
    noticed: tuple[Notice, ...] = ()
    parts: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True)
class _Header:
    capture: Capture
    blobs: tuple[tuple[str, str, tuple[int, ...], int], ...] = ()


def read_regular_file(path: Path, limit: int) -> bytes:
    """Read a file that a student's process could have planted.

    Parameters
    ----------
    path : Path
        Its folder must be under the trusted side's control or checked before.
    limit : int
        Most bytes to accept.

    Raises
    ------
    HostileEvidenceError
        If it is missing, a link, a device, a FIFO, has a second name, or is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise HostileEvidenceError(f"Datei nicht lesbar: {path.name}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise HostileEvidenceError(f"{path.name} ist keine gewöhnliche Datei.")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > limit:
            raise HostileEvidenceError(f"{path.name} ist mit {status.st_size} Bytes zu groß.")
        return file.read(limit + 1)[:limit]


def blob_digest(array: Array) -> str:
    """Name of an array in the store: hash of dtype, shape and content, as the probe computes it."""
    data = np.ascontiguousarray(array)
    digest = hashlib.blake2b(digest_size=16)
    digest.update(data.dtype.str.encode())
    digest.update(str(data.shape).encode())
    if data.size:
        digest.update(data.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def read_capture(path: Path, limit: int = 512_000_000) -> tuple[Capture, dict[str, Array]]:
    """Read and check one capture file.

    Returns
    -------
    capture : Capture
    blobs : dict of str to ndarray
        The arrays that this file brings, by digest.

    Raises
    ------
    HostileEvidenceError
        Whatever is wrong with the file.
    """
    raw = read_regular_file(path, limit)
    start = len(_MAGIC) + 8
    if len(raw) < start or raw[: len(_MAGIC)] != _MAGIC:
        raise HostileEvidenceError(f"{path.name}: kein Beleg des Graders.")
    (length,) = struct.unpack("<Q", raw[len(_MAGIC) : start])
    if length > min(_MAX_HEADER, len(raw) - start):
        raise HostileEvidenceError(f"{path.name}: Kopf abgeschnitten.")
    try:
        header = msgspec.json.decode(raw[start : start + length], type=_Header)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise HostileEvidenceError(f"{path.name}: {error}") from error
    return header.capture, _blobs(header, memoryview(raw)[start + length :], path.name)


def _blobs(header: _Header, body: memoryview, name: str) -> dict[str, Array]:
    blobs = {}
    position = 0
    for digest, dtype_name, shape, size in header.blobs:
        if not _DTYPE.match(dtype_name) or len(shape) > 8 or any(n < 0 for n in shape):
            raise HostileEvidenceError(f"{name}: unzulässiger Zahlentyp {dtype_name[:20]!r}.")
        dtype = np.dtype(dtype_name)
        expected = dtype.itemsize
        for n in shape:
            expected *= n
        if size != expected or position + size > len(body):
            raise HostileEvidenceError(f"{name}: Länge eines Feldes stimmt nicht.")
        array = np.frombuffer(body[position : position + size], dtype=dtype).reshape(shape)
        if blob_digest(array) != digest:
            raise HostileEvidenceError(f"{name}: Prüfsumme eines Feldes stimmt nicht.")
        blobs[digest] = array
        position += size
    return blobs
