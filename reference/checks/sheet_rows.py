"""The patient's sheet as the reference's notebook holds it, and the verdict on one cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from grader.checks import Side
from grader.checks.excel import readings
from grader.checks.tables import Cell, Column, columns, is_gap, number_of, table_of
from grader.errors import NotJudged
from grader.model import Scalar, Value

__all__ = [
    "Row",
    "Sheet",
    "close",
    "plausible",
    "power_of_ten",
    "sheet_of",
    "text_of",
    "verdict_of",
]

_HEADINGS = ("Bezeichnung", "Laborid")
_NORMAL = "Normalwert"
_FACTORS = (10.0, 100.0, 1000.0)
# How far below or above the normal range a value may lie that a living person has.
_FAR = 5.0
_SOME_RANGES = 3  # cells that still hold the normal range: no column of values
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[-–]\s*(\d+(?:[.,]\d+)?)")
_LIMIT = re.compile(r"([<>])\s*=?\s*(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet: how to find it, what the csv holds, what is right."""

    code: str
    name: str
    label: Scalar
    raw: Cell
    true: float
    normal: str = ""

    @property
    def damaged(self) -> bool:
        """The csv does not hold the right number."""
        held = number_of(self.raw)
        return held is None or not close(held, self.true)

    @property
    def missing(self) -> bool:
        """The csv holds no value at all."""
        return is_gap(self.raw)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows, and the number of the row whose code pandas takes for NaN."""

    rows: tuple[Row, ...]
    sodium: int | None
    thrombocytes: int | None

    @property
    def names(self) -> list[tuple[str, ...]]:
        """For each row the texts that identify it."""
        return [tuple(n for n in (r.name, r.code) if n) for r in self.rows]

    def columns(self, side: Side, value: Value) -> Iterator[Column]:
        """Columns of a captured value by row."""
        table = table_of(side, "2a", value)
        if table is not None:
            labels = [r.label for r in self.rows]
            found = columns(table, self.names, labels, self._fits)
            yield from (c for c in found if not self._holds_ranges(c))

    def _holds_ranges(self, column: Column) -> bool:
        """Tell whether this is the column of normal ranges, whatever else was written into it."""
        cells = ((self.rows[n].normal, text_of(cell)) for n, cell in column.cells.items())
        return sum(bool(normal) and normal == text for normal, text in cells) >= _SOME_RANGES

    def _fits(self, number: int, cell: Cell) -> float:
        row, held = self.rows[number], number_of(cell)
        if held is not None and close(held, row.true):
            return 1.0
        if cell == row.raw or (held is not None and held in readings(str(row.raw[1]))):
            return 0.9
        return 0.3 if held is not None and power_of_ten(held, row.true) else 0.01


# ------------------------------------------------------------------ the reference's sheet


def sheet_of(reference: Side) -> Sheet:
    """Read keys, damaged and true values from what the reference's notebook holds.

    Raises
    ------
    NotJudged
        If the reference does not hold both tables.
    """
    given = _given_rows(reference)
    names = [tuple(n for n in (g[1], g[0]) if n) for g in given]
    truth: dict[int, float] = {}
    codes: dict[int, Cell] = {}
    for value in reference.state("2a").values():
        table = table_of(reference, "2a", value)
        if table is None or value.kind != "table":
            continue
        for column in columns(table, names):
            found = {n: v for n, c in column.cells.items() if (v := number_of(c)) is not None}
            if len(found) >= len(truth) and not _counts_up(list(found.values())):
                truth = found
            if sum(c[1] == given[n][0] for n, c in column.cells.items()) > len(given) / 2:
                codes = dict(column.cells)
    if len(truth) < len(given):
        raise NotJudged("Die Referenzlösung hinterlässt keine bereinigte Tabelle.")
    rows, lost, empty = [], None, None
    for number, (code, name, label, raw, normal) in enumerate(given):
        if not code:
            lost = number
            restored = codes.get(number, ("nan", None))
            code = str(restored[1]) if restored[0] == "str" else ""
        if is_gap(raw):
            empty = number
        rows.append(Row(code, name, label, raw, truth[number], normal))
    return Sheet(tuple(rows), lost, empty)


def _counts_up(numbers: list[float]) -> bool:
    """Tell whether these are row numbers."""
    return all(b - a == 1 for a, b in pairwise(numbers))


def _given_rows(reference: Side) -> list[tuple[str, str, Scalar, Cell, str]]:
    """Code, name, index label, value and normal range of each row as read from the csv."""
    for _, value in reference.made("2a-read"):
        table = value.table
        if table is None or not table.cells:
            continue
        heads = next((i for i, r in enumerate(table.cells) if _headings(r)), None)
        if heads is None:
            continue
        where = _headings(table.cells[heads])
        normal = next((i for i, c in enumerate(table.cells[heads]) if c[1] == _NORMAL), None)
        rows = zip(table.index[heads + 1 :], table.cells[heads + 1 :], strict=False)
        return [
            (
                text_of(row[where["Laborid"]]),
                text_of(row[where["Bezeichnung"]]),
                label,
                row[-1],
                "" if normal is None else text_of(row[normal]),
            )
            for label, row in rows
        ]
    raise NotJudged("Die Referenzlösung liest keine Tabelle mit Laborid und Bezeichnung ein.")


def _headings(row: tuple[Cell, ...]) -> dict[str, int]:
    found = {str(c[1]): i for i, c in enumerate(row) if c[0] == "str" and c[1] in _HEADINGS}
    return found if len(found) == len(_HEADINGS) else {}


def text_of(cell: Cell) -> str:
    """Return a cell's text without blanks around it; empty if it holds none."""
    return str(cell[1]).strip() if cell[0] == "str" else ""


# ------------------------------------------------------------------ verdicts


def verdict_of(row: Row, cell: Cell | None) -> str:
    """Say in one word what became of a row's value."""
    if cell is None:
        return "lost"
    if is_gap(cell):
        return "gap" if row.missing else "dropped"
    found = number_of(cell)
    if found is not None and close(found, row.true):
        return "right"
    if cell[0] == "str" and text_of(cell) == text_of(row.raw):
        return "untouched"
    if found is None:
        return "text"
    return _wrong_number(row, found)


def _wrong_number(row: Row, found: float) -> str:
    if not row.damaged:
        return "changed"
    possible = readings(str(row.raw[1]))
    if any(close(found, r) for r in possible):
        return "reading"
    if power_of_ten(found, row.true) or any(power_of_ten(found, r) for r in possible):
        return "unit"
    if not plausible(row.normal, found):
        return "implausible"
    if possible:
        return "impossible"
    return "invented" if row.missing else "wrong"


def plausible(normal: str, value: float) -> bool:
    """Tell whether a living person may have a value, judged by its normal range.

    Parameters
    ----------
    normal : str
        Such as ``"2.25-2.65"``, ``"<115"`` or ``">1.55"``; anything else excludes only what is
        negative.
    """
    span, limit = _RANGE.fullmatch(normal.strip()), _LIMIT.fullmatch(normal.strip())
    low, high = 0.0, float("inf")
    if span:
        low, high = (float(g.replace(",", ".")) for g in span.groups())
    elif limit:
        number = float(limit.group(2).replace(",", "."))
        low, high = (0.0, number) if limit.group(1) == "<" else (number, 2 * number)
    return low / _FAR <= value <= high * _FAR


def close(one: float, other: float) -> bool:
    """Tell whether two values are the same, also in single precision."""
    # Single precision keeps seven digits.
    return abs(one - other) <= 1e-5 * max(abs(one), abs(other))


def power_of_ten(found: float, true: float) -> bool:
    """Tell whether a value is off by a factor of 10, 100 or 1000."""
    return any(close(found, true * f) or close(found, true / f) for f in _FACTORS)
