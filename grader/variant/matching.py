"""Finds the same result in two runs of the same code, and tells whether arrays are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.checks.context import Side
from grader.errors import NotJudged
from grader.lab import ResultSpec
from grader.model import Array
from grader.variant.items import Item, arrays, named, region

__all__ = [
    "AGREES",
    "NO_CHANGE",
    "SAME",
    "Incomparable",
    "Runs",
    "choose",
    "close",
    "counterpart",
    "expected_arrays",
    "why_missing",
]

# Share of the largest value: apart from rounding, the same code gives the same numbers again.
SAME = 1e-6
AGREES = 1e-3
NO_CHANGE = "Auch bei der Musterlösung ändern die anderen Daten dieses Ergebnis nicht."


@dataclass(frozen=True)
class Runs:
    """The sides of a comparison: with the lab's data (``first``) and with others (``second``)."""

    first: Side
    second: Side


class Incomparable(Exception):  # noqa: N818 - not an error
    """Says in German why a result cannot be compared."""


def expected_arrays(spec: ResultSpec, reference: Runs) -> tuple[Array, Array]:
    """The reference's array in both runs; they differ."""
    for name in spec.names:
        items = [named(side, spec.slot, name) for side in (reference.first, reference.second)]
        found = [i.array for i in items if i is not None and i.array is not None]
        if len(found) == 2:
            if close(found[0], found[1], SAME):
                raise Incomparable(NO_CHANGE)
            return found[0], found[1]
    raise Incomparable("Die Musterlösung hat dieses Ergebnis nicht.")


def choose(candidates: list[Item], names: tuple[str, ...], expected: Array) -> Item | None:
    """The last of the reference's name; else one that equals it; else what was predicted."""
    for fits in (
        lambda i: i.name in names,
        lambda i: i.array is not None and close(i.array, expected, AGREES),
        lambda i: i.key[1] == "predict",
        lambda i: i.key[1] == "variable",
    ):
        found = [i for i in candidates if fits(i)]
        if found:
            return found[-1]
    return None


def counterpart(item: Item, side: Side, slot: str) -> Item:
    """What stands in the other run where ``item`` stands in the first."""
    for other in arrays(side, slot):
        if other.key == item.key:
            return other
    if item.key[1] == "variable":
        # A cell reports what it changed: a name that held the same before is not among it.
        held = named(side, slot, item.name)
        cell = next((c for c in region(side, slot) if c.index == item.key[0]), None)
        if held is not None and cell is not None and cell.status == "ok":
            return held
    raise Incomparable(
        why_missing(side, slot) or "Mit den anderen Daten entsteht an dieser Stelle kein Ergebnis."
    )


def why_missing(side: Side, slot: str) -> str:
    """A German sentence where a region did not run well, else ``""``."""
    try:
        side.require(slot)
    except NotJudged as reason:
        return str(reason)
    bad = [c for c in region(side, slot) if c.status != "ok"]
    if not bad:
        return ""
    what = f" ({bad[0].error})" if bad[0].error else ""
    return f"Zelle {bad[0].index + 1} endet nicht fehlerfrei{what}."


def close(first: Array, second: Array, share: float) -> bool:
    """Whether numbers of the same shape are apart by less than this share of the largest."""
    if first.shape != second.shape:
        return False
    wide, other = first.astype(np.float64), second.astype(np.float64)
    finite = np.abs(np.concatenate([wide[np.isfinite(wide)], other[np.isfinite(other)]]))
    largest = float(finite.max()) if finite.size else 0.0
    return bool(np.allclose(wide, other, rtol=0, atol=share * largest, equal_nan=True))
