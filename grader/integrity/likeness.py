"""Which numbers are a network's answer: alike, its classes, or a part of what it said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader.checks.arrays import Floats

__all__ = ["alike", "within"]

_TOLERANCE = 2e-2


def alike(found: Floats, wanted: Floats) -> bool:
    """Tell whether numbers could be taken for a network's outputs or the classes they name."""
    a, b = found.reshape(-1), wanted.reshape(-1)
    if a.size == b.size and np.isfinite(a).all():
        close = np.isclose(a, b, rtol=_TOLERANCE, atol=_TOLERANCE)
        if close.mean() >= 0.5 or np.allclose(np.sort(a), np.sort(b), atol=_TOLERANCE):
            return True
    if wanted.ndim != 2 or wanted.shape[1] < 2:
        return False
    classes = wanted.argmax(axis=1)
    if a.size == len(classes):
        return any(np.array_equal(a, classes + first) for first in (0, 1))
    if a.size % wanted.shape[1]:
        return False
    rows = a.reshape(-1, wanted.shape[1])
    return len(rows) >= len(classes) and bool(
        (rows[: len(classes)].argmax(axis=1) == classes).mean() >= 0.75
    )


def within(found: Floats, said: Sequence[Floats]) -> bool:
    """Tell whether numbers occur among what was said, or are the classes that it names."""
    if not said:
        return False
    values = np.sort(np.concatenate([s.reshape(-1) for s in said]))
    flat = found.reshape(-1)
    after = np.clip(np.searchsorted(values, flat), 0, values.size - 1)
    nearest = np.minimum(
        np.abs(flat - values[after]), np.abs(flat - values[np.maximum(after - 1, 0)])
    )
    if (nearest <= _TOLERANCE * np.maximum(1.0, np.abs(flat))).all():
        return True
    return any(_runs_in(flat, classes) for classes in _classes(said))


def _classes(said: Sequence[Floats]) -> Iterator[Floats]:
    """Classes that all outputs with the same number of entries name, in order, from 0 and 1."""
    for width in {s.shape[-1] for s in said if s.ndim and s.shape[-1] > 1}:
        rows = np.concatenate([s.reshape(-1, width) for s in said if s.shape[-1] == width])
        for first in (0, 1):
            yield rows.argmax(axis=1).astype(np.float64) + first


def _runs_in(part: Floats, whole: Floats) -> bool:
    """Tell whether ``part`` stands somewhere in ``whole``, without gaps."""
    if not 0 < part.size <= whole.size:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(whole, part.size)
    return bool((windows == part).all(axis=1).any())
