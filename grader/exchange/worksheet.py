"""Moodle's offline grading worksheet: read as it was downloaded, filled in, written as Moodle does.

Moodle finds a row by its first column (``Teilnehmer/in1234567``) and skips it if the time of the
last grading is not what it knows; so every cell that is not ours is written back letter for letter.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from grader.errors import UsageError
from grader.exchange.dates import moodle_time

__all__ = ["Column", "Decimal", "Row", "Worksheet", "group_names", "read_worksheet"]

Column: TypeAlias = Literal[
    "id",
    "name",
    "first",
    "last",
    "email",
    "number",
    "status",
    "group",
    "grade",
    "best",
    "scale",
    "changeable",
    "handed_in",
    "online",
    "graded",
    "comment",
]
Decimal: TypeAlias = Literal[",", "."]
_MAX_BYTES = 20_000_000
# German and English Moodle; which further columns there are depends on its settings.
_HEADINGS: Mapping[str, Column] = {
    "id": "id",
    "identifier": "id",
    "kennung": "id",
    "vollständiger name": "name",
    "full name": "name",
    "vorname": "first",
    "first name": "first",
    "nachname": "last",
    "last name": "last",
    "surname": "last",
    "e-mail-adresse": "email",
    "email address": "email",
    "matrikelnummer": "number",
    "id-nummer": "number",
    "id number": "number",
    "status": "status",
    "gruppe": "group",
    "group": "group",
    "bewertung": "grade",
    "grade": "grade",
    "bestwertung": "best",
    "maximum grade": "best",
    "skala": "scale",
    "scale": "scale",
    "bewertung kann geändert werden": "changeable",
    "grade can be changed": "changeable",
    "zuletzt geändert (abgabe)": "handed_in",
    "last modified (submission)": "handed_in",
    "texteingabe online": "online",
    "online text": "online",
    "zuletzt geändert (bewertung)": "graded",
    "last modified (grade)": "graded",
    "feedback als kommentar": "comment",
    "feedback comments": "comment",
}
_GERMAN = {"bewertung", "bestwertung", "vollständiger name", "feedback als kommentar"}
_NO = {"nein", "no"}


@dataclass(frozen=True, slots=True)
class Row:
    """One participant's row, read."""

    id: str
    name: str = ""
    email: str = ""
    number: str = ""
    status: str = ""
    group: str = ""
    grade: float | None = None
    best: float | None = None
    changeable: bool = True
    handed_in: dt.datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet: ``header`` and ``lines`` are its cells as they stand in the file."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    mark: bool = True
    newline: str = "\n"

    def column(self, name: Column) -> int | None:
        """Index of a column; None if this worksheet has none such."""
        names = _columns(self.header)
        return names.index(name) if name in names else None

    def rows(self) -> Iterator[Row]:
        """Read the rows; those without a participant's number are left out."""
        names = _columns(self.header)
        for line in self.lines:
            pairs = zip(names, line, strict=False)
            cells = {name: cell.strip() for name, cell in pairs if name is not None}
            digits = re.search(r"(\d+)\s*\Z", cells.get("id", ""))
            if not digits:
                continue
            both = f"{cells.get('first', '')} {cells.get('last', '')}".strip()
            yield Row(
                id=digits[1].lstrip("0") or "0",
                name=unicodedata.normalize("NFC", cells.get("name", "") or both),
                email=cells.get("email", ""),
                number=cells.get("number", ""),
                status=cells.get("status", ""),
                group=unicodedata.normalize("NFC", cells.get("group", "")),
                grade=_number(cells.get("grade", "")),
                best=_number(cells.get("best", "")),
                changeable=cells.get("changeable", "").casefold() not in _NO,
                handed_in=moodle_time(cells.get("handed_in", "")),
                comment=cells.get("comment", ""),
            )

    @property
    def decimal(self) -> Decimal:
        """The sign in its numbers; where it has none, that of its language."""
        found = [self.column("best"), self.column("grade")]
        for line in self.lines:
            for cell in (line[i] for i in found if i is not None and i < len(line)):
                if re.search(r"\d[.,]\d{1,5}\s*\Z", cell):
                    return "," if "," in cell else "."
        return "," if _GERMAN & {_plain(h) for h in self.header} else "."

    def filled(
        self,
        points: Mapping[str, float],
        comments: Mapping[str, str],
        decimal: Decimal | None = None,
    ) -> Worksheet:
        """Return the worksheet with grades and comments by participant's number.

        A comment that stands in it already stays.
        """
        grade, comment, number = self.column("grade"), self.column("comment"), self.column("id")
        sign = decimal or self.decimal
        lines = []
        for line in self.lines:
            cells = [*line, *[""] * (len(self.header) - len(line))]
            digits = re.search(r"(\d+)\s*\Z", cells[number].strip()) if number is not None else None
            who = (digits[1].lstrip("0") or "0") if digits else ""
            if grade is not None and who in points:
                cells[grade] = f"{points[who]:.2f}".replace(".", sign)
            if comment is not None and who in comments and not cells[comment].strip():
                cells[comment] = comments[who]
            lines.append(tuple(cells))
        return replace(self, lines=tuple(lines))

    def encoded(self) -> bytes:
        """The file as Moodle writes it and wants it back: commas, UTF-8."""
        lines = [",".join(map(_quoted, line)) for line in (self.header, *self.lines)]
        text = "".join(line + self.newline for line in lines)
        return ("\ufeff" if self.mark else "").encode() + text.encode("utf-8", "replace")


def read_worksheet(path: Path) -> Worksheet:
    """Read a worksheet, also one that Excel saved (semicolons, Windows-1252).

    Raises
    ------
    UsageError
        If the file is none, with what to do.
    """
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= _MAX_BYTES and path.is_file() else b""
    except OSError as error:
        raise UsageError(f"{path} gibt es nicht oder ist nicht lesbar.") from error
    if raw.startswith(b"PK\x03\x04"):
        raise UsageError(
            f"{path} ist eine Excel-Mappe. Bitte die Bewertungstabelle so angeben, wie Moodle sie "
            "herunterlädt (.csv)."
        )
    return _parsed(raw, path)


def _parsed(raw: bytes, path: Path) -> Worksheet:
    text = _decoded(raw)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = [line for line in _cells(text, delimiter) if any(c.strip() for c in line)]
    except csv.Error as error:
        raise UsageError(f"{path} ist keine lesbare CSV-Datei ({error}).") from error
    sheet = Worksheet(
        header=lines[0] if lines else (),
        lines=tuple(lines[1:]),
        mark=raw.startswith(b"\xef\xbb\xbf") or not lines,
        newline="\r\n" if first.endswith("\r") else "\n",
    )
    missing = [
        german
        for name, german in (("id", "ID"), ("grade", "Bewertung"))
        if sheet.column(name) is None  # type: ignore[arg-type]
    ]
    if missing:
        raise UsageError(
            f"{path} ist keine Bewertungstabelle von Moodle: Es fehlt die Spalte "
            f"{' und die Spalte '.join(missing)}. In Moodle: Aufgabe, »Bewertungstabelle "
            "herunterladen«."
        )
    return sheet


def _cells(text: str, delimiter: str) -> list[tuple[str, ...]]:
    csv.field_size_limit(_MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    return [tuple(line) for line in reader]


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace").lstrip("\ufeff")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


@lru_cache(maxsize=32)
def _columns(header: tuple[str, ...]) -> tuple[Column | None, ...]:
    return tuple(_HEADINGS.get(_plain(heading)) for heading in header)


def _plain(heading: str) -> str:
    return " ".join(unicodedata.normalize("NFC", heading).casefold().split())


def _number(text: str) -> float | None:
    """A grade in either format; None for "-" and words."""
    found = re.fullmatch(r"-?\d{1,9}(?:[.,]\d{1,9})?", text.replace("\u00a0", "").strip())
    return float(found[0].replace(",", ".")) if found else None


def _quoted(cell: str) -> str:
    """Quote as Moodle's writer does: what has white space or a sign of CSV in it."""
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if re.search(r'[\s",;]', cell) else cell


def group_names(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by their group, in the worksheet's order; rows without one are left out."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.group:
            found.setdefault(row.group, []).append(row)
    return found
