"""Downloads and worksheets as Moodle makes them, and some that nobody should make."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.pocket import notebook

GERMAN = (
    "ID",
    "Vollständiger Name",
    "E-Mail-Adresse",
    "Status",
    "Gruppe",
    "Bewertung",
    "Bestwertung",
    "Bewertung kann geändert werden",
    "Zuletzt geändert (Abgabe)",
    "Zuletzt geändert (Bewertung)",
    "Feedback als Kommentar",
)
ENGLISH = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Group",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)
PEOPLE = (
    ("1000001", "Änne Übermut", "Gruppe 1"),
    ("1000002", "Max Müller", "Gruppe 1"),
    ("1000003", "Max Müller", "Gruppe 2"),
    ("1000004", "Zoë Ærø", "Gruppe 2"),
    ("1000005", "Nora Nichts", "Gruppe 3"),
)


def task(text: str = "x = 1") -> bytes:
    """A notebook file of the tiny lab."""
    return notebook(daten=text).encode()


def packed(files: Mapping[str, bytes | str]) -> bytes:
    """A .zip in memory, names in UTF-8 as Moodle writes them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def download(path: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write such a .zip."""
    path.write_bytes(packed(files))
    return path


def with_raw_names(files: Mapping[bytes, bytes]) -> bytes:
    """A .zip whose names are bytes without the flag for UTF-8, as old programs write them."""
    body, directory = b"", b""
    for name, content in files.items():
        head = (len(content), len(content), len(name), 0)
        local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 33, zlib.crc32(content), *head)
        directory += (
            struct.pack(
                "<IHHHHHHIIIHHHHHII",
                *(0x02014B50, 20, 20, 0, 0, 0, 33, zlib.crc32(content)),
                *(*head, 0, 0, 0, 0, len(body)),
            )
            + name
        )
        body += local + name + content
    end = (0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, *end)


def link(name: str, target: str) -> bytes:
    """A .zip with a symbolic link."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
    return buffer.getvalue()


def worksheet(
    people: Sequence[tuple[str, str, str]] = PEOPLE,
    *,
    german: bool = True,
    best: str = "100,00",
    grade: str = "",
    changeable: str = "Ja",
    comment: str = "",
    status: str = "Zur Bewertung abgegeben",
) -> str:
    """A worksheet's text, quoted as Moodle does."""
    head = GERMAN if german else ENGLISH
    prefix = "Teilnehmer/in" if german else "Participant "
    time = "Mittwoch, 13. Mai 2026, 10:15" if german else "Wednesday, 13 May 2026, 10:15 AM"
    rows = [
        (
            f"{prefix}{number}",
            name,
            f"nr{number}@example.org",
            status,
            group,
            grade,
            best,
            changeable,
            time,
            "-",
            comment,
        )
        for number, name, group in people
    ]
    lines = [head, *rows]
    return "\ufeff" + "".join(",".join(map(_cell, line)) + "\n" for line in lines)


def _cell(text: str) -> str:
    needs = any(c in text for c in ' ,;"\n\t')
    return '"' + text.replace('"', '""') + '"' if needs else text
