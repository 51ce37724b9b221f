"""Arrays, tables and printed numbers of a region, named so that two runs can be laid side by side.

The same code runs twice: what a cell leaves under a name, or shows as its n-th image, has its
counterpart in the other run under the same key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from grader.checks.arrays import numbers
from grader.checks.context import Side
from grader.model import Array, ArrayInfo, CellRun, Table, Value

__all__ = ["Item", "Key", "arrays", "named", "printed_lines", "region", "tables"]

# Cell, kind ("variable", "predict", "image"), name or place.
Key: TypeAlias = tuple[int, str, str]
# A whole number by itself: no part of 0.5, 1e-05 or numpy's "0. ".
_WHOLE = re.compile(r"(?<![\w.,])(?<!e[-+])\d+(?!\w)(?![.,]\d)(?!\.[\s\]])")
_LONGEST = 400
_PROGRESS = re.compile(r"\d+/\d+.*(?:s/step|s/epoch|━|=====|\[=*>?\.*\])")


@dataclass(frozen=True, slots=True)
class Item:
    """An array that a cell left; ``array`` is squeezed, None if it was too large to keep."""

    key: Key
    digest: str
    shape: tuple[int, ...]
    array: Array | None

    @property
    def name(self) -> str:
        """Variable's name, or place among the calls or images."""
        return self.key[2]


def region(side: Side, slot: str) -> tuple[CellRun, ...]:
    """Cells of a slot; of its whole task where the slot was not found."""
    return side.cells(slot) or side.cells(side.lab.slot_by_id[slot].task)


def arrays(side: Side, slot: str) -> Iterator[Item]:
    """Every array in a slot's region: variables, results of predictions, shown images."""
    for cell in region(side, slot):
        named_values = [("variable", n, v) for n, v in cell.variables.items()]
        results = [c.result for c in cell.calls if c.name == "predict" and c.result is not None]
        predicted = [("predict", str(n), v) for n, v in enumerate(results)]
        for kind, name, value in (*named_values, *predicted):
            item = _item(side, slot, (cell.index, kind, name), value)
            if item is not None:
                yield item
        images = [i.array for f in cell.figures for a in f.axes for i in a.images]
        for number, info in enumerate(images):
            item = _of_info(side, slot, (cell.index, "image", str(number)), info)
            if item is not None:
                yield item


def named(side: Side, slot: str, name: str) -> Item | None:
    """The array that a variable holds after a slot's region."""
    value = side.state(slot).get(name)
    return None if value is None else _item(side, slot, (-1, "variable", name), value)


def tables(side: Side, slot: str) -> dict[str, Table]:
    """Tables that exist after a slot's region, by variable."""
    return {n: v.table for n, v in side.state(slot).items() if v.table is not None}


def printed_lines(side: Side, slot: str) -> list[list[int]]:
    """Whole numbers of every printed line, progress bars left out."""
    cells = region(side, slot)
    texts = [o.text for c in cells for o in c.outputs if o.kind != "error" and o.name != "stderr"]
    lines = re.split(r"[\r\n\b]+", "\n".join(texts))
    # Classes are printed in short lines; a hostile one could keep the expressions busy for hours.
    short = [line for line in lines if len(line) <= _LONGEST]
    found = [_WHOLE.findall(line) for line in short if not _PROGRESS.search(line)]
    return [[int(n[:9]) for n in line] for line in found if line]


def _item(side: Side, slot: str, key: Key, value: Value) -> Item | None:
    if value.array is not None:
        return _of_info(side, slot, key, value.array)
    array = numbers(side, slot, value) if value.kind in ("scalar", "sequence") else None
    if array is None or not array.size:
        return None
    return Item(key, value.digest, np.squeeze(array).shape, np.squeeze(array))


def _of_info(side: Side, slot: str, key: Key, info: ArrayInfo) -> Item | None:
    array = side.array(slot, info)
    if array is not None and array.dtype.kind not in "biuf":
        return None
    shape = tuple(n for n in info.shape if n != 1)
    return Item(key, info.digest, shape, None if array is None else np.squeeze(array))
