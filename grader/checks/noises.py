"""What scatters around the course of a picture's grey values.

Kinds of noise are told apart by how their spread depends on the grey value: Gaussian noise not at
all, Poisson noise with its root, speckle in proportion. All in grey levels of 0..255.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from grader.checks.greys import TURNED, VISIBLE, Kind, Step, share_of_two, spread_of

__all__ = ["grain_of", "noise_of"]

Plane = NDArray[np.float64]


def noise_of(expected: Plane, after: Plane, quiet: float) -> list[Step]:
    """Tell the kind and strength of what the grey values scatter around their course."""
    left = after - expected
    wild = np.abs(left) > 20
    if 0.0005 < wild.mean() < 0.6:
        calm = spread_of(left[~wild]) <= max(VISIBLE, quiet)
        if calm and share_of_two(after[wild]) > 0.9:
            return [Step("s&p", round(_share(expected, after, left), 4))]
    wide = 80.0 if quiet < TURNED else 4 * spread_of(left)
    strength = float(np.sqrt(np.mean(np.clip(left, -wide, wide) ** 2)))
    if strength <= quiet:
        return []
    return [grain_of(expected, after, left, interpolated=quiet >= TURNED)]


def _share(expected: Plane, after: Plane, left: Plane) -> float:
    """Share of pixels hit, those included that happened to have the value already."""
    hit = np.abs(left) > 20
    values, counts = np.unique(after[hit], return_counts=True)
    ends = values[np.argsort(-counts)[:2]]
    total = 0.0
    for end in ends:
        apart = np.abs(expected - end) > 20
        total += float((hit & (after == end))[apart].mean()) if apart.any() else 0.0
    return total or float(hit.mean())


def grain_of(expected: Plane, after: Plane, left: Plane, *, interpolated: bool) -> Step:
    """Kind of noise by how the spread grows with the grey value: not at all, root, in line."""
    level, spread, weight = _spreads(expected, after, left)
    if level.size < 4:
        return Step("noise", round(float(left.std()), 2))
    kinds: tuple[tuple[Kind, float], ...] = (("gauss", 0.0), ("poisson", 0.5), ("speckle", 1.0))
    best: tuple[float, float, Kind] = (np.inf, 0.0, "noise")
    for kind, power in kinds:
        scaled = np.log(spread) - power * np.log(level)
        middle = float(np.median(scaled))
        misfit = float(np.average((scaled - middle) ** 2, weights=weight))
        best = min(best, (misfit, float(np.exp(middle)), kind))
    misfit, size, kind = best
    if interpolated and misfit > 0.15:
        return Step("noise", round(float(left.std()), 2))
    return Step(kind, round(size * (255**0.5 if kind == "poisson" else 1), 3))


def _spreads(expected: Plane, after: Plane, left: Plane) -> tuple[Plane, Plane, Plane]:
    """Grey level, spread and weight of up to 24 bins in which little is cut off at the limits."""
    edges = np.unique(np.percentile(expected, np.linspace(0, 100, 25)))
    low, high = float(after.min()), float(after.max())
    whole = bool((after == np.round(after)).all())
    rows = []
    for start, stop in pairwise(edges):
        here = (expected >= start) & (expected <= stop)
        if here.sum() < 60 or stop < 3:
            continue
        cut = float(((after[here] <= low) | (after[here] >= high)).mean())
        wide = 4 * max(spread_of(left[here]), 0.5)
        spread = float(np.clip(left[here], -wide, wide).std())
        if whole:
            spread = float(np.sqrt(max(spread**2 - 1 / 12, 0.0)))
        if cut <= 0.08 and spread > 0:
            rows.append((float(expected[here].mean()), spread, float(np.sqrt(here.sum()))))
    level, spread_, weight = np.array(rows, dtype=float).reshape(-1, 3).T
    return level, spread_, weight
