"""Tables of a Word document: data, and pictures beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.protocol.document import DataTable
from grader.protocol.syntax import Node

__all__ = ["TEXT_WIDTH", "data_table", "grid", "plain"]

TEXT_WIDTH = 155.0  # millimetres
_SIGN = 2.3  # width of a letter in a table, in millimetres
_NO_ATTRIBUTES = ["", [], []]


def grid(cells: Sequence[Node], columns: int) -> Node:
    """Return cells in a table without lines."""
    padded = [[cell] for cell in cells] + [[] for _ in range(-len(cells) % columns)]
    rows = [
        [_NO_ATTRIBUTES, [[_NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, cell] for cell in row]]
        for row in (padded[i : i + columns] for i in range(0, len(padded), columns))
    ]
    width = {"t": "ColWidth", "c": 1 / columns}
    return {
        "t": "Table",
        "c": [
            _NO_ATTRIBUTES,
            [None, []],
            [[{"t": "AlignCenter"}, width] for _ in range(columns)],
            [_NO_ATTRIBUTES, []],
            [[_NO_ATTRIBUTES, 0, [], rows]],
            [_NO_ATTRIBUTES, []],
        ],
    }


def data_table(table: DataTable) -> Node:
    """Return a table; one without headings has no lines."""

    def row(values: Iterable[str]) -> list[object]:
        cells = [[_NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, [plain(v)]] for v in values]
        return [_NO_ATTRIBUTES, cells]

    aligned = ["AlignRight" if number else "AlignLeft" for number in table.numeric]
    head = [row(table.header)] if any(table.header) else []
    return {
        "t": "Table",
        "c": [
            _NO_ATTRIBUTES,
            [None, []],
            [[{"t": a}, width] for a, width in zip(aligned, _widths(table), strict=True)],
            [_NO_ATTRIBUTES, head],
            [[_NO_ATTRIBUTES, 0, [], [row(values) for values in table.rows]]],
            [_NO_ATTRIBUTES, []],
        ],
    }


def _widths(table: DataTable) -> list[Node]:
    """Return columns as wide as their longest cells, together at most as wide as the text.

    Without widths all columns are equally wide, and long words break in the middle.
    """
    lines = [table.header, *table.rows]
    wanted = [
        (max((len(line[i]) for line in lines), default=0) + 3) * _SIGN / TEXT_WIDTH
        for i in range(len(table.numeric))
    ]
    shrunk = [min(w, 0.6) for w in wanted]
    total = max(sum(shrunk), 1.0)
    return [{"t": "ColWidth", "c": w / total} for w in shrunk]


def plain(text: str) -> Node:
    """Return a text as a block without space around it."""
    return {"t": "Plain", "c": [{"t": "Str", "c": text}]}
