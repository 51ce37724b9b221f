"""Tables of hand calculations: one row or one column per input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.checks.formulas import NUMBER, numbers_in, value_of

__all__ = ["KERAS", "OUTPUT", "table_outputs"]

OUTPUT = re.compile(
    r"(?<!\w)(?:ausgabe\w*|ausgang\w*|ausgänge|output\w*|out|(?:end)?ergebnis\w*|ergibt|result\w*|"
    r"vorhersage\w*|handrechnung|von hand|y(?:_?\w{1,4})?|ŷ|o(?:_?\d)?|[nhaz]_?4|neuron 4|"
    r"f(?=\s*[(=]))(?!\w)",
    re.IGNORECASE,
)
KERAS = re.compile(r"keras|predict|tensorflow|stimm|gleich|identisch|überein", re.IGNORECASE)
_NAMED_X = re.compile(
    rf"(?<!\w)(?:x|eingabe|eingang|input)(?:_?\w)?\s*[=:]?\s*\(?({NUMBER})", re.IGNORECASE
)
_X_IS = re.compile(rf"(?<!\w)x(?:_?\w)?\s*=\s*\(?({NUMBER})", re.IGNORECASE)


def table_outputs(
    tables: list[list[list[str]]], inputs: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """Yield (input, result) as tables state it.

    Parameters
    ----------
    tables : list of tables
        Each a list of rows of cells, as :func:`grader.checks.formulas.table_blocks` returns them.
    inputs : sequence of float
        The inputs that were to be calculated.
    """
    for table in tables:
        if len(table) >= 2:
            yield from list(_lying(table, inputs)) or _upright(table, inputs)


def _lying(table: list[list[str]], inputs: Sequence[float]) -> Iterator[tuple[float, float]]:
    """One column per input: a row of inputs, another of outputs below."""
    for top, row in enumerate(table[:-1]):
        named = [_labelled(cell)[:1] for cell in row]
        columns = [named.index((x,)) if (x,) in named[1:] else 0 for x in inputs]
        if all(columns) and len(set(columns)) == len(inputs):
            cells = _output_row(table[top + 1 :])
            for x, column in zip(inputs, columns, strict=True):
                value = _stated(cells[column]) if column < len(cells) else None
                if value is not None:
                    yield x, value
            return


def _output_row(rows: list[list[str]]) -> list[str]:
    """Choose the row named as output, else the last with numbers; keras' own row is neither."""
    filled = [row for row in rows if any(numbers_in(cell) for cell in row[1:])]
    own = [row for row in filled if not KERAS.search(row[0])] or filled
    return ([row for row in own if OUTPUT.search(row[0])] or own or [[]])[-1]


def _upright(table: list[list[str]], inputs: Sequence[float]) -> Iterator[tuple[float, float]]:
    """One row per input: the input in the first cell, the output in a column of its own."""
    head = [] if _labelled(table[0][0]) == tuple(inputs[:1]) else table[0]
    column = _output_column(head)
    for row in table:
        named = _labelled(row[0])
        value = _stated(row[column]) if column < len(row) else None
        if len(row) > 1 and named and named[0] in inputs and value is not None:
            yield named[0], value


def _labelled(cell: str) -> tuple[float, ...]:
    """Return the input that a cell names: ``x = 1``, ``1``, ``Eingabe 2 (x=1)``; a formula none."""
    named = _X_IS.search(cell) or _NAMED_X.search(cell)
    if named:
        return numbers_in(named[1])[:1]
    return () if re.search(r"[=*/+]|[A-Za-z]\s*\(|[A-Za-z]_?\d", cell) else numbers_in(cell)[:1]


def _output_column(head: list[str]) -> int:
    named = [i for i, cell in enumerate(head) if i and OUTPUT.search(cell)]
    by_hand = [i for i, cell in enumerate(head) if i and re.search(r"hand", cell, re.IGNORECASE)]
    own = [i for i, cell in enumerate(head) if i and not KERAS.search(cell)]
    return (by_hand or [i for i in named if i in own] or own[-1:] or named or [-1])[-1]


def _stated(cell: str) -> float | None:
    value = value_of(cell)
    return (numbers_in(cell) or (None,))[-1] if value is None else value
