"""Data frames as tables: from the HTML that pandas displays, or from a captured table.

The HTML is the student's: only the text of its cells is taken, never its markup.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from grader.model import Scalar, Table
from grader.protocol.document import DataTable
from grader.protocol.messages import rows_left_out
from grader.protocol.text import clean

__all__ = ["from_html", "from_rows", "from_table", "german_cell"]

MAX_ROWS = 40
MAX_COLUMNS = 10
_HEAD_ROWS = 28
_CELL_CHARS = 120
_NUMBER = re.compile(r"[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?|nan|inf)\Z", re.IGNORECASE)
_DECIMAL = re.compile(r"([-+]?)(\d+)(?:\.(\d*))?(?:e([-+]?\d+))?\Z", re.IGNORECASE)
# Of a column with a date on top, as that of a patient's sheet.
_MOSTLY = 0.8
_MAX_PARSED = 20_000


def from_html(html: str) -> DataTable | None:
    """Return the first table in ``html`` (pandas' display of a data frame); None if none is there.

    A column index and pandas' own row of dots stay as they are; ``colspan`` is spread out.
    """
    if "<table" not in html[:4_000].lower():
        return None
    parser = _TableParser()
    parser.feed(html[:2_000_000])
    parser.close()
    rows = [row for row in parser.rows if row]
    if not rows:
        return None
    width = max(len(row) for row in rows)
    filled = [(*row, *("",) * (width - len(row))) for row in rows]
    heads = max(1, parser.head_rows) if parser.head_rows < len(filled) else 1
    header = tuple(" ".join(r[i] for r in filled[:heads] if r[i]) for i in range(width))
    return from_rows(header, filled[heads:], indexed=parser.indexed)


def from_table(table: Table) -> DataTable:
    """Return a captured data frame as a table, with its index as the first column."""
    rows = [
        (_plain(index), *(_plain(value) if kind != "nan" else "NaN" for kind, value in cells))
        for index, cells in zip(table.index, table.cells, strict=False)
    ]
    header = ("", *(clean(c, _CELL_CHARS) for c in table.columns))
    return from_rows(header, [r for r in rows if len(r) == len(header)], indexed=True)


def _plain(value: Scalar) -> str:
    return clean(f"{value:.6g}" if isinstance(value, float) else str(value), _CELL_CHARS)


def from_rows(
    header: tuple[str, ...], rows: list[tuple[str, ...]], *, indexed: bool = False
) -> DataTable:
    """Return rows of cells, each as long as ``header``, as a table that a page can carry."""
    more_rows, more_columns = 0, max(0, len(header) - MAX_COLUMNS)
    if len(rows) > MAX_ROWS:
        tail = MAX_ROWS - _HEAD_ROWS
        more_rows = len(rows) - MAX_ROWS
        rows = [*rows[:_HEAD_ROWS], ("…",) * len(header), *rows[-tail:]]
    if more_columns:
        keep = [*range(MAX_COLUMNS - 2), *range(len(header) - 2, len(header))]
        header = tuple(header[i] for i in keep)
        rows = [tuple(row[i] for i in keep) for row in rows]
    columns = [
        [row[i] for row in rows if row[i] not in ("", "…", "...")] for i in range(len(header))
    ]
    numeric = tuple(bool(c) and _share(c) >= _MOSTLY for c in columns)
    rows = [
        tuple(german_cell(v) if n else v for v, n in zip(r, numeric, strict=True)) for r in rows
    ]
    return DataTable(header, tuple(rows), numeric, indexed, rows_left_out(more_rows, more_columns))


def _share(column: list[str]) -> float:
    return sum(_NUMBER.match(value) is not None for value in column) / len(column)


def german_cell(text: str) -> str:
    """Return a number as it is written in German: ``0.85`` → ``0,85``; other texts unchanged."""
    found = _DECIMAL.match(text)
    if not found:
        return text
    sign, whole, fraction, power = found.groups()
    digits = f"{whole},{fraction}" if fraction else whole
    raised = str(int(power)).translate(_RAISED) if power else ""
    return f"{'−' if sign == '-' else ''}{digits}" + (f" · 10{raised}" if raised else "")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class _TableParser(HTMLParser):
    """Collects the text of the cells of the first table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[str, ...]] = []
        self.head_rows = 0
        self.indexed = False
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._in_head = False
        self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._done:
            return
        if tag == "thead":
            self._in_head = True
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), MAX_COLUMNS) if span.isdecimal() and len(span) < 4 else 1
            if tag == "th" and not self._in_head and not self._row:
                self.indexed = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._row is not None and self._cell is not None:
            text = " ".join(clean("".join(self._cell), _CELL_CHARS).split())
            self._row += [text] + [""] * (self._span - 1)
            self._cell = None
        elif tag == "tr" and self._row is not None:
            if len(self.rows) < _MAX_PARSED:
                self.rows.append(tuple(self._row[:2_000]))
                self.head_rows += self._in_head
            self._row = None
        elif tag == "thead":
            self._in_head = False
        elif tag == "table":
            self._done = True

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._done:
            self._cell.append(data[:_CELL_CHARS])
