"""Tells whether a group's results are those of another group's kit.

Compared are only results that the lab names for it, and only where the two groups' references
differ. What is found is an observation: it does not say how it came about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from grader.checks.context import Side
from grader.lab import ResultSpec
from grader.model import Array, Table
from grader.variant.items import arrays, named, tables
from grader.variant.matching import AGREES, close

__all__ = ["Expected", "Match", "differing", "expected_of", "matches"]

# So many numbers must be another's, and not the own: one or two may agree by chance.
_FEWEST = {"values": 2, "table": 3, "text": 4}
_CELL = 1e-5
_DECIMAL = re.compile(r"(?<![\w.,])\d+[.,]\d{2,}(?![\w]|[.,]\d)")
_Cells: TypeAlias = Mapping[tuple[int, int], float]
# What a reference leaves for one result; None where it leaves nothing.
Expected: TypeAlias = Array | _Cells | frozenset[float] | None


@dataclass(frozen=True, slots=True)
class Match:
    """A result that is another kit's: ``variant`` is that kit's id."""

    spec: ResultSpec
    task: str
    notebook: str
    variant: str


def expected_of(specs: Iterable[ResultSpec], reference: Side) -> tuple[Expected, ...]:
    """What a group's reference leaves for each of the lab's results."""
    return tuple(_EXPECTED[spec.kind](spec, reference) for spec in specs)


def matches(
    specs: Iterable[ResultSpec],
    student: Side,
    own: tuple[Expected, ...],
    others: Mapping[str, tuple[Expected, ...]],
) -> Iterator[Match]:
    """Yield every result that agrees with another kit's reference instead of the own.

    Parameters
    ----------
    specs : iterable of ResultSpec
    student : Side
    own : tuple
        From :func:`expected_of`, for the group's own reference.
    others : mapping of str to tuple
        The same by the id of the other kits.
    """
    for number, spec in enumerate(specs):
        for variant, expected in others.items():
            first, second = own[number], expected[number]
            if first is None or second is None:
                continue
            # Numbers of students may overflow.
            with np.errstate(all="ignore"):
                if _AGREES[spec.kind](spec, student, first, second):
                    slot = student.lab.slot_by_id[spec.slot]
                    yield Match(spec, slot.task, slot.notebook, variant)


def differing(
    specs: Iterable[ResultSpec], student: Side, own: tuple[Expected, ...]
) -> Iterator[str]:
    """Yield notebooks with results that are not those of the own kit.

    Only there :func:`matches` can find another's; whatever others expect.
    """
    for spec, expected in zip(specs, own, strict=True):
        with np.errstate(all="ignore"):
            if expected is not None and _DIFFERS[spec.kind](spec, student, expected):
                yield student.lab.slot_by_id[spec.slot].notebook


# --------------------------------------------------------------------------- one array


def _array(spec: ResultSpec, side: Side) -> Expected:
    found = [named(side, spec.slot, name) for name in spec.names]
    return next((i.array for i in found if i is not None and i.array is not None), None)


def _same_array(spec: ResultSpec, student: Side, own: Expected, other: Expected) -> bool:
    if not isinstance(own, np.ndarray) or not isinstance(other, np.ndarray):
        return False
    if own.shape != other.shape:
        return False
    apart = np.abs(own.astype(float) - other) > AGREES * max(np.abs(own).max(), np.abs(other).max())
    if np.count_nonzero(apart) < _FEWEST["values"]:
        return False
    held = _last(spec, student, own)
    return held is not None and close(held, other, AGREES)


def _differs_array(spec: ResultSpec, student: Side, own: Expected) -> bool:
    if not isinstance(own, np.ndarray):
        return False
    held = _last(spec, student, own)
    return held is not None and not close(held, own, AGREES)


def _last(spec: ResultSpec, student: Side, own: Array) -> Array | None:
    """The last array of the own result's shape: it counts, an earlier one may be a trial."""
    held = [i.array for i in arrays(student, spec.slot) if i.array is not None]
    return next((a for a in reversed(held) if a.shape == own.shape), None)


# --------------------------------------------------------------------------- a table


def _cells(spec: ResultSpec, side: Side) -> Expected:
    found = tables(side, spec.slot)
    name = next((n for n in spec.names if n in found), None)
    return None if name is None else _numbers_in(found[name])


def _numbers_in(table: Table) -> _Cells:
    found: dict[tuple[int, int], float] = {}
    for row, cells in enumerate(table.cells):
        for column, (_, value) in enumerate(cells):
            try:
                number = float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError, OverflowError):
                continue
            if np.isfinite(number):
                found[row, column] = number
    return found


def _same_cells(spec: ResultSpec, student: Side, own: Expected, other: Expected) -> bool:
    if not isinstance(own, Mapping) or not isinstance(other, Mapping):
        return False
    telling = [p for p in own.keys() & other.keys() if not _equal(own[p], other[p])]
    for table in tables(student, spec.slot).values():
        held = _numbers_in(table)
        hits = sum(p in held and _equal(held[p], other[p]) for p in telling)
        if hits >= _FEWEST["table"]:
            return True
    return False


def _differs_cells(spec: ResultSpec, student: Side, own: Expected) -> bool:
    if not isinstance(own, Mapping):
        return False
    for table in tables(student, spec.slot).values():
        held = _numbers_in(table)
        off = sum(p in held and not _equal(held[p], number) for p, number in own.items())
        if off >= _FEWEST["table"]:
            return True
    return False


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= _CELL * max(abs(one), abs(other))


# --------------------------------------------------------------------------- numbers in a text


def _decimals(spec: ResultSpec, side: Side) -> frozenset[float]:
    # Some write more digits than others.
    found = _DECIMAL.findall(side.text(spec.slot))
    return frozenset(round(float(n.replace(",", ".")), 2) for n in found)


def _same_decimals(spec: ResultSpec, student: Side, own: Expected, other: Expected) -> bool:
    held = _decimals(spec, student)
    if not isinstance(own, frozenset) or not isinstance(other, frozenset):
        return False
    hits = len(held & (other - own))
    return hits >= _FEWEST["text"] and hits > len(held & own)


def _differs_decimals(spec: ResultSpec, student: Side, own: Expected) -> bool:
    held = _decimals(spec, student)
    if not isinstance(own, frozenset) or not isinstance(held, frozenset):
        return False
    foreign = len(held - own)
    return foreign >= _FEWEST["text"] and foreign > len(held & own)


_EXPECTED = {"values": _array, "table": _cells, "text": _decimals}
_AGREES = {"values": _same_array, "table": _same_cells, "text": _same_decimals}
_DIFFERS = {"values": _differs_array, "table": _differs_cells, "text": _differs_decimals}
