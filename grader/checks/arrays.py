"""Arrays: getting numbers out of captured values, and comparing them with a reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.checks.context import Side
from grader.model import Value

__all__ = ["Comparison", "compare", "flat_numbers", "numbers", "squeezed"]

Floats: TypeAlias = NDArray[np.float64]
Reason: TypeAlias = Literal["", "none", "empty", "shape", "nan", "order", "scale", "values"]

_MAX_SIZE = 5_000_000


def numbers(side: Side, slot_or_task: str, value: Value | None) -> Floats | None:
    """Return a captured value as an array of numbers.

    Parameters
    ----------
    side : Side
        Whose evidence it is.
    slot_or_task : str
        Where it was captured.
    value : Value or None
        An array, a scalar, a nested list of numbers or arrays, or a table of numbers.

    Returns
    -------
    ndarray of float64, or None
        None if it holds anything but numbers, was too large to keep, or is ragged.
    """
    if value is None:
        return None
    try:
        found = _numbers(side, slot_or_task, value, 0)
        if found is None:
            return None
        array = np.asarray(found)
        if array.dtype.kind not in "biuf" or array.size > _MAX_SIZE:
            return None
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _numbers(side: Side, place: str, value: Value, depth: int) -> Any:
    if value.array is not None:
        return side.array(place, value.array)
    if value.kind == "scalar":
        if value.type in ("nan", "inf"):
            return math.nan if value.type == "nan" else math.inf
        return value.scalar if isinstance(value.scalar, int | float) else None
    if value.kind == "table" and value.table is not None:
        rows = [[_cell(*cell) for cell in row] for row in value.table.cells]
        return None if any(n is None for row in rows for n in row) else rows
    if value.kind == "sequence" and depth < 5:
        held = [_numbers(side, place, item, depth + 1) for item in value.items]
        return None if any(h is None for h in held) else np.asarray(held)
    return None


def _cell(kind: str, held: Any) -> float | None:
    if kind == "nan":
        return math.nan
    return float(held) if kind in ("int", "float", "bool") else None


def flat_numbers(side: Side, slot_or_task: str, value: Value | None) -> Floats:
    """Return all numbers of a value in reading order, however ragged its lists are.

    Returns
    -------
    ndarray of shape (n,)
        Empty if there are none.
    """
    if value is None:
        return np.zeros(0)
    if value.kind != "sequence":
        found = numbers(side, slot_or_task, value)
        return np.zeros(0) if found is None else found.reshape(-1)
    parts = [flat_numbers(side, slot_or_task, item) for item in value.items]
    return np.concatenate(parts) if parts else np.zeros(0)


def squeezed(array: Floats) -> Floats:
    """Drop axes of length one: (3, 1), (1, 3) and (3,) mean the same; a scalar becomes (1,)."""
    return np.atleast_1d(np.squeeze(array))


@dataclass(frozen=True, slots=True)
class Comparison:
    """How found numbers differ from expected ones.

    Attributes
    ----------
    same : bool
        Equal within the tolerance; axes of length one do not count.
    reason : str
        ``""`` if same; ``"none"`` (no numbers), ``"empty"``, ``"shape"``, ``"nan"`` (not finite),
        ``"order"`` (the right numbers in another order), ``"scale"`` (all off by one factor),
        ``"values"``.
    right : float
        Share of entries that agree, in [0, 1].
    first : tuple of int
        Index of the first entry that differs; () if there is none.
    found_shape : tuple of int
        As captured.
    """

    same: bool
    reason: Reason = ""
    right: float = 1.0
    first: tuple[int, ...] = ()
    found_shape: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """German sentence on the difference; names no expected value."""
        where = ", ".join(str(i + 1) for i in self.first)
        shape = "×".join(map(str, self.found_shape)) or "einem Wert"
        return {
            "": "Die Werte stimmen.",
            "none": "Es wurden keine Zahlen gefunden.",
            "empty": "Das Feld ist leer.",
            "shape": f"Das Feld hat die Form {shape}; diese Form passt nicht zur Aufgabe.",
            "nan": f"An Stelle {where} steht keine endliche Zahl.",
            "order": "Die Werte kommen vor, stehen aber in anderer Reihenfolge.",
            "scale": "Alle Werte weichen um denselben Faktor ab.",
            "values": f"{round(100 * self.right)} % der Werte stimmen; "
            f"die erste Abweichung steht an Stelle {where}.",
        }[self.reason]


def compare(
    found: Floats | None, expected: Floats, *, rtol: float = 1e-3, atol: float = 1e-3
) -> Comparison:
    """Compare numbers with the reference's and say how they differ.

    Parameters
    ----------
    found : ndarray or None
        The student's, of any shape.
    expected : ndarray
        The reference's.
    rtol, atol : float
        As in :func:`numpy.isclose`.
    """
    if found is None:
        return Comparison(False, "none", 0.0)
    shape = tuple(int(n) for n in found.shape)
    if found.size == 0:
        return Comparison(not expected.size, "" if not expected.size else "empty", 0.0, (), shape)
    a, b = squeezed(found), squeezed(expected)
    if a.shape != b.shape:
        return Comparison(False, "shape", 0.0, (), shape)
    close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return Comparison(True, found_shape=shape)
    right = float(close.mean())
    first = tuple(int(i) for i in np.argwhere(~close)[0])
    bad = ~np.isfinite(a) & np.isfinite(b)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        return Comparison(False, "nan", right, first, shape)
    if np.allclose(np.sort(a, axis=None), np.sort(b, axis=None), rtol=rtol, atol=atol):
        return Comparison(False, "order", right, first, shape)
    if _one_factor(a, b, rtol, atol):
        return Comparison(False, "scale", right, first, shape)
    return Comparison(False, "values", right, first, shape)


def _one_factor(a: Floats, b: Floats, rtol: float, atol: float) -> bool:
    top = int(np.argmax(np.abs(b)))
    if a.size < 3 or not np.isfinite(b).all() or abs(b.flat[top]) <= atol:
        return False
    factor = a.flat[top] / b.flat[top]
    return bool(abs(factor) > 1e-6 and np.allclose(a, factor * b, rtol=rtol, atol=atol))
