"""The hand-in: a .zip with a manifest of its files, and the receipt that proves it unchanged.

The receipt is a short code made from the manifest's hash. It names every file by its hash, so the
code fits this .zip and no other.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.files import write_atomically

__all__ = [
    "MANIFEST",
    "Examined",
    "HandedFile",
    "Manifest",
    "examine_handin",
    "receipt_code",
    "same_code",
    "write_handin",
]

MANIFEST = "manifest.json"
_SCHEMA = 1
_MAX_FILE = 60_000_000
_MAX_ALL = 300_000_000
_MAX_ENTRIES = 2000
# Crockford's: no letter that is taken for a digit.
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")
_LENGTH = 16
# Whatever zipfile raises for damaged, encrypted or unknown entries.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file of the hand-in: path in the .zip, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a hand-in says of itself.

    Attributes
    ----------
    created : str
        Time in UTC, ISO 8601.
    ran : bool
        Whether the notebooks were run again while it was made.
    open : int
        How many places the last look found open or worth a look.
    """

    schema: int = _SCHEMA
    lab: str
    created: str
    files: tuple[HandedFile, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    ran: bool = False
    open: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """A hand-in after it was examined: German sentences for what is not as the manifest says."""

    manifest: Manifest
    code: str
    faults: tuple[str, ...] = ()


def write_handin(
    target: Path,
    files: Mapping[str, bytes],
    *,
    lab: str,
    versions: Mapping[str, str],
    ran: bool,
    remarks: int,
) -> Examined:
    """Write a hand-in.

    Parameters
    ----------
    target : Path
        A .zip; replaced if it is there.
    files : mapping of str to bytes
        By their path in the .zip.
    remarks : int
        See :class:`Manifest`, ``open``.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    named = {unicodedata.normalize("NFC", name): content for name, content in files.items()}
    now = datetime.now(UTC).replace(microsecond=0)
    manifest = Manifest(
        lab=lab,
        created=now.isoformat().replace("+00:00", "Z"),
        files=tuple(_handed(name, named[name]) for name in sorted(named)),
        versions=dict(versions),
        ran=ran,
        open=remarks,
    )
    raw = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {MANIFEST: raw, **{n: named[n] for n in sorted(named)}}.items():
            entry = zipfile.ZipInfo(name, now.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    try:
        write_atomically(target, lambda file: file.write(packed.getvalue()))
    except OSError as error:
        raise UsageError(
            f"{target} lässt sich nicht schreiben ({error.strerror}). Mit -o geht es an einen "
            "anderen Ort."
        ) from error
    return Examined(manifest, receipt_code(raw))


def receipt_code(manifest: bytes) -> str:
    """The receipt of a manifest's bytes: four groups of four symbols."""
    number = int.from_bytes(hashlib.sha256(manifest).digest(), "big") >> (256 - 5 * _LENGTH)
    symbols = [_SYMBOLS[number >> 5 * i & 31] for i in reversed(range(_LENGTH))]
    return "-".join("".join(symbols[i : i + 4]) for i in range(0, _LENGTH, 4))


def same_code(one: str, other: str) -> bool:
    """Tell whether two receipts are the same, however they were typed."""
    return _plain(one) == _plain(other)


def examine_handin(path: Path) -> Examined:
    """Compare a hand-in with its manifest.

    Raises
    ------
    UsageError
        If it is no .zip, or was not made by :func:`write_handin`.
    """
    if not path.is_file():
        raise UsageError(f"{path} gibt es nicht.")
    try:
        with zipfile.ZipFile(path) as archive:
            names = [e.filename for e in archive.infolist()[:_MAX_ENTRIES] if not e.is_dir()]
            if MANIFEST not in names:
                raise UsageError(
                    f"{path.name} enthält keine Datei {MANIFEST}; das Archiv ist nicht mit "
                    "»grader submit« entstanden."
                )
            raw = _read(archive, MANIFEST)
            manifest = _decode(raw, path)
            faults = _faults(archive, manifest, names)
    except _BROKEN as error:
        raise UsageError(f"{path.name} ist kein lesbares .zip ({error}).") from error
    return Examined(manifest, receipt_code(raw), tuple(faults))


def _decode(raw: bytes, path: Path) -> Manifest:
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: {MANIFEST} ist nicht lesbar ({error}).") from error


def _faults(archive: zipfile.ZipFile, manifest: Manifest, names: list[str]) -> list[str]:
    faults = [f"{name} steht mehrmals im Archiv." for name in sorted(_twice(names))]
    known = {file.name: file for file in manifest.files}
    faults += [
        f"{name} steht nicht im Verzeichnis der Abgabe."
        for name in sorted(set(names) - set(known) - {MANIFEST})
    ]
    total = 0
    for name, file in known.items():
        if name not in names:
            faults.append(f"{name} fehlt.")
            continue
        total += max(0, file.size)
        content = _read(archive, name) if total <= _MAX_ALL else b""
        if _handed(name, content) != file:
            faults.append(f"{name} wurde verändert.")
    return faults


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        # The size in the directory may lie.
        return file.read(_MAX_FILE + 1)


def _twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _handed(name: str, content: bytes) -> HandedFile:
    return HandedFile(name, len(content), hashlib.sha256(content).hexdigest())


def _plain(code: str) -> str:
    return re.sub(r"[\W_]", "", code.upper()).translate(_ALIKE)
