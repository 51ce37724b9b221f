"""Tables as students leave them: rows found by their keys, columns by what they hold.

A student may drop, add or reorder rows, set a key as index, promote a row to headings, turn the
table round, or keep nothing but the values. What is compared is one column as a mapping from
the number of the expected row to the cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from grader.checks.context import Side
from grader.model import Scalar, Table, Value

__all__ = ["Cell", "Column", "Fits", "columns", "is_gap", "number_of", "table_of", "written"]

Cell: TypeAlias = tuple[str, Scalar]
Fits: TypeAlias = Callable[[int, Cell], float]

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_GAPS = {"", "nan", "na", "n/a", "none", "null", "<na>", "nat"}
_MOST_CELLS = 20_000
_KEYED = 0.4


@dataclass(frozen=True, slots=True)
class Column:
    """One column (or row, if the table lies on its side) by expected row.

    Attributes
    ----------
    label : str
        Its heading, as far as there is one.
    cells : mapping of int to Cell
        ``(type, value)`` by number of the expected row; rows that are gone are absent.
    dtype : str
        Pandas' type of the column; ``""`` if it is no column of its own.
    twice : tuple of int
        Expected rows that stand there more than once (the last one counts).
    """

    label: str
    cells: Mapping[int, Cell]
    dtype: str = ""
    twice: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Grid:
    """A table with its labels as cells: row 0 the headings, column 0 the index."""

    rows: list[list[Cell]]
    dtypes: list[str] = field(default_factory=list)


def number_of(cell: Cell) -> float | None:
    """Return the number that a cell holds, as number or as text (``"2.43"``, ``"2,43"``)."""
    kind, value = cell
    if kind in ("int", "float") and isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if kind == "str" and isinstance(value, str):
        text = value.strip().replace("−", "-")
        if _NUMBER.fullmatch(text):
            return float(text.replace(",", "."))
    return None


def is_gap(cell: Cell) -> bool:
    """Tell whether a cell is empty: NaN, None, or a text that only looks so (``"NaN"``)."""
    kind, value = cell
    return kind == "nan" or (kind == "str" and str(value).strip().lower() in _GAPS)


def written(cell: Cell) -> str:
    """Return a cell as a student would write it: texts in quotation marks."""
    kind, value = cell
    if kind == "nan":
        return "NaN"
    return f"„{value}“" if kind == "str" else str(value)


def table_of(side: Side, slot_or_task: str, value: Value) -> Table | None:
    """Return a captured value as a table: a data frame, an array or (nested) lists.

    Returns
    -------
    Table or None
        None if the value is nothing of that kind or unreasonably large.
    """
    if value.kind == "table":
        return value.table
    if value.kind == "array":
        array = side.array(slot_or_task, value.array)
        if array is None or array.ndim not in (1, 2) or not 0 < array.size <= _MOST_CELLS:
            return None
        kind = {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(array.dtype.kind)
        if kind is None:
            return None
        rows = array.reshape(array.shape[0], -1).tolist()
        cells = [[_typed(kind, v) for v in row] for row in rows]
        return _made(cells, str(array.dtype))
    if value.kind == "sequence":
        return _from_items(value.items)
    return None


def columns(
    table: Table,
    names: Sequence[Sequence[str]],
    labels: Sequence[Scalar] = (),
    fits: Fits | None = None,
) -> Iterator[Column]:
    """Every column of a table by expected row.

    Parameters
    ----------
    names : sequence of sequences of str
        For each expected row the texts that identify it, the surest first.
    labels : sequence of Scalar
        For each expected row its index in the table that students start with.
    fits : callable, optional
        ``fits(row, cell)`` in [0, 1]: how well a cell suits an expected row; used where only order
        tells which row a cell belongs to.
    """
    upright = _grid(table)
    lying = _Grid([list(row) for row in zip(*upright.rows, strict=True)])
    for grid in (upright, lying):
        places, twice = _places(grid, names)
        if len(places) >= max(2, _KEYED * len(names)):
            yield from _keyed(grid, places, twice)
            return
    for grid in (upright, lying):
        if len(grid.rows) > 2:
            yield from _ordered(grid, len(names), labels, fits)


def _keyed(grid: _Grid, places: Mapping[int, int], twice: tuple[int, ...]) -> Iterator[Column]:
    for number, heading in enumerate(grid.rows[0]):
        cells = {row: grid.rows[place][number] for row, place in places.items()}
        dtype = grid.dtypes[number - 1] if grid.dtypes and number else ""
        yield Column(str(heading[1]), cells, dtype, twice)


def _ordered(
    grid: _Grid, count: int, labels: Sequence[Scalar], fits: Fits | None
) -> Iterator[Column]:
    index = [row[0][1] for row in grid.rows[1:]]
    for number, heading in enumerate(grid.rows[0]):
        if not number:
            continue
        cells = [row[number] for row in grid.rows[1:]]
        dtype = grid.dtypes[number - 1] if grid.dtypes else ""
        found = _by_order(cells, index, count, labels, fits)
        if found:
            yield Column(str(heading[1]), found, dtype)


def _by_order(
    cells: list[Cell],
    index: list[Scalar],
    count: int,
    labels: Sequence[Scalar],
    fits: Fits | None,
) -> dict[int, Cell]:
    if len(cells) == count:
        return dict(enumerate(cells))
    if len(cells) < 2 or len(cells) > 4 * count:
        return {}
    numbered = {label: row for row, label in enumerate(labels)}
    known = [i for i in index if i in numbered]
    untouched = len(set(index)) == len(index) and index != list(range(len(index)))
    if len(known) >= len(cells) - 1 and (untouched or len(cells) == count + 1):
        return {numbered[i]: c for i, c in zip(index, cells, strict=True) if i in numbered}
    if len(cells) == count + 1:
        return dict(enumerate(cells[1:]))
    return _matched(cells, count, fits) if fits else {}


def _matched(cells: list[Cell], count: int, fits: Fits) -> dict[int, Cell]:
    """Assign cells to rows, keeping the order, so that they fit best."""
    best = [[0.0] * (count + 1) for _ in range(len(cells) + 1)]
    for i, cell in enumerate(cells, 1):
        for row in range(1, count + 1):
            here = best[i - 1][row - 1] + fits(row - 1, cell)
            best[i][row] = max(best[i - 1][row], best[i][row - 1], here)
    found, i, row = {}, len(cells), count
    while i and row:
        if best[i][row] == best[i][row - 1]:
            row -= 1
        elif best[i][row] == best[i - 1][row]:
            i -= 1
        else:
            i, row = i - 1, row - 1
            found[row] = cells[i]
    return found


def _places(grid: _Grid, names: Sequence[Sequence[str]]) -> tuple[dict[int, int], tuple[int, ...]]:
    """Grid row of each expected row, by the surest name that occurs; rows that occur twice."""
    known: dict[str, tuple[int, int]] = {}
    for row, aliases in enumerate(names):
        for rank, alias in enumerate(aliases):
            known.setdefault(_squeezed(alias), (rank, row))
    places: dict[int, int] = {}
    twice = set()
    for place, cells in enumerate(grid.rows):
        hits = [
            known[t] for t in (_squeezed(str(c[1])) for c in cells if c[0] == "str") if t in known
        ]
        if hits:
            row = min(hits)[1]
            if row in places:
                twice.add(row)
            places[row] = place
    return places, tuple(sorted(twice))


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _grid(table: Table) -> _Grid:
    width = min(len(table.columns), len(table.dtypes), *(len(r) for r in table.cells), 10_000)
    head: list[Cell] = [("str", ""), *(_label(c) for c in table.columns[:width])]
    index = [*table.index, *[None] * len(table.cells)]
    rows = [[_label(i), *row[:width]] for i, row in zip(index, table.cells, strict=False)]
    return _Grid([head, *rows], list(table.dtypes[:width]))


def _label(label: Scalar) -> Cell:
    if label is None:
        return ("nan", None)
    return (type(label).__name__, label)


def _typed(kind: str, value: Scalar) -> Cell:
    if isinstance(value, float) and not math.isfinite(value):
        return ("nan", None)
    return (kind, value)


def _made(cells: list[list[Cell]], dtype: str) -> Table:
    width = max((len(row) for row in cells), default=0)
    return Table(
        tuple(str(n) for n in range(width)),
        (dtype,) * width,
        tuple(range(len(cells))),
        tuple(tuple(row) for row in cells),
    )


def _from_items(items: Sequence[Value]) -> Table | None:
    if not items or len(items) > _MOST_CELLS:
        return None
    nested = [i.items if i.kind == "sequence" else (i,) for i in items]
    if len({len(row) for row in nested}) != 1 or not nested[0]:
        return None
    if any(v.kind != "scalar" for row in nested for v in row):
        return None
    cells = [[_scalar(v) for v in row] for row in nested]
    kinds = {c[0] for row in cells for c in row}
    return _made(cells, kinds.pop() if len(kinds) == 1 else "object")


def _scalar(value: Value) -> Cell:
    held = value.scalar
    if held is None:
        return ("nan", None)
    return (type(held).__name__, held)
