"""What happened to a picture's grey values: their course, such as brightness or contrast.

All in grey levels of 0..255. What scatters around the course: :mod:`grader.checks.noises`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "TURNED",
    "VISIBLE",
    "Kind",
    "Step",
    "course_of",
    "is_seen",
    "share_of_two",
    "spread_of",
    "tone_of",
]

Plane = NDArray[np.float64]

_LEVELS = 64
# What nobody sees; what interpolation leaves in a turned picture; the same slope; a bent course.
VISIBLE = 2.5
TURNED = 4.0
_SAME = 0.035
_BENT = 4.0
_CURVED = 1.2
# Grey levels of an offset that a plain factor may seem to have.
_ZERO = 6.0

Kind: TypeAlias = Literal[
    "fliplr", "flipud", "rotation", "shift", "stretch", "slant", "resized",
    "transposed", "zoom", "warped", "blur", "sharpened",
    "brightness", "offset", "contrast", "gamma", "inverted",
    "gauss", "s&p", "poisson", "speckle", "noise", "overflow",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done.

    ``amount``: rotation and slant in degrees; shift and blur (standard deviation) in pixels;
    stretch, zoom, brightness (factor) and contrast as ratios; offset in grey levels of 0..255;
    gauss and noise as standard deviation in levels; poisson as standard deviation at white;
    speckle as standard deviation relative to the grey value; s&p and overflow as the share of
    pixels.
    """

    kind: Kind
    amount: float = 1.0


# ------------------------------------------------------------------ grey values


def is_seen(step: Step) -> bool:
    """Tell whether a person sees the step in the picture."""
    # Speckle is a share of the grey value: at middle grey.
    levels = step.amount * 128 if step.kind == "speckle" else step.amount
    return step.kind in ("s&p", "overflow") or levels >= VISIBLE


def spread_of(values: Plane) -> float:
    """Return the standard deviation, estimated from the middle half (wild values ignored)."""
    return _spread(np.sort(values, axis=None))


def course_of(before: Plane, after: Plane) -> tuple[Plane, Plane, Plane]:
    """Old grey level, median of the new one there, and the weight of that median."""
    # Sorted by the old grey level, every bin is one stretch of it.
    order = np.argsort(before, axis=None)
    before, after = before.reshape(-1)[order], after.reshape(-1)[order]
    edges = _quantiles(before, np.linspace(0, 1, _LEVELS + 1))
    edges = np.unique([*edges, *np.linspace(before[0], before[-1], _LEVELS + 1)])
    bounds = np.searchsorted(before, edges[:-1], side="left")
    rows = []
    for first, last in pairwise([*bounds, before.size]):
        if last - first >= 20:
            here = np.sort(after[first:last])
            error = (1 + _spread(here)) / np.sqrt(here.size)
            rows.append((_median(before[first:last]), _median(here), 1 / error))
    if len(rows) < 2:
        middle = float(np.median(after))
        rows = [(0.0, middle, 1.0), (255.0, middle, 1.0)]
    levels, course, weight = np.array(rows, dtype=float).T
    return levels, course, weight


def _spread(ordered: Plane) -> float:
    low, high = _quantiles(ordered, np.array([0.25, 0.75]))
    return float(high - low) / 1.349


def _median(ordered: Plane) -> float:
    return float(ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]) / 2


def _quantiles(ordered: Plane, shares: Plane) -> Plane:
    """What ``np.quantile`` says, to the last digit, of values that are sorted already.

    On a hundred small bins numpy's own function takes twenty times as long.
    """
    place = (ordered.size - 1) * shares
    left = np.floor(place).astype(np.intp)
    right = np.minimum(left + 1, ordered.size - 1)
    part = place - left
    low, high = ordered[left], ordered[right]
    rise = high - low
    return np.asarray(np.where(part >= 0.5, high - rise * (1 - part), low + rise * part))


def tone_of(before: Plane, after: Plane, same: float = _SAME) -> tuple[list[Step], Plane]:
    """Describe the course of grey values (factor, offset, contrast, gamma), and follow it.

    Parameters
    ----------
    same : float
        Largest distance of a slope from 1 that counts as none.
    """
    levels, course, weight = course_of(before, after)
    followed = np.interp(before, levels, course)
    low, high = float(after.min()), float(after.max())
    share = float(after.mean() / max(before.mean(), 1e-9))
    fall = np.maximum.accumulate(course) - course
    if 0 <= low and high <= 255 and fall.max() > 100 and course[0] < course.max() - 50:
        turned = float((before > levels[course.argmax()]).mean())
        return [Step("overflow", round(turned, 3))], followed
    # Noise added after a cut goes beyond the limit: both are tried.
    error = float(np.sqrt(course.size / (weight**2).sum()))
    tops = (255.0, np.inf) if course.max() <= 258 + 6 * error else (np.inf,)
    line = min((_fitted(levels, course, weight, top) for top in tops), key=lambda f: f.misfit)
    if line.inner < 4:
        # Nearly everything at one limit: all that can be said is how far the mean went.
        return [Step("brightness", round(share, 2))], followed
    if line.slope < 0:
        return [Step("inverted")], followed
    if line.misfit > np.hypot(_BENT, 2 * error) and abs(share - 1) > _SAME:
        return [Step("gamma", round(share, 2))], followed
    if abs(line.slope - 1) <= same and abs(line.offset) <= 3:
        return [], before
    bend = (
        line.misfit > np.hypot(_CURVED, 2 * error)
        and _power_misfit(levels, course, weight) < 0.5 * line.misfit
    )
    if bend:
        return [Step("gamma", round(share, 2))], followed
    through = _fitted(levels, course, weight, line.top, through_zero=True)
    if abs(line.offset) > _ZERO and through.misfit <= 1.3 * line.misfit + 0.25:
        line = through
    steps = [_linear(line.slope, line.offset, float(before.min()), float(before.max()))]
    return [s for s in steps if s], line.at(before)


@dataclass(frozen=True, slots=True)
class _Line:
    """A straight course between the limits; ``inner`` points lie between them."""

    slope: float
    offset: float
    top: float
    misfit: float = 0.0
    inner: int = 0

    def at(self, levels: Plane) -> Plane:
        bottom = 0.0 if np.isfinite(self.top) else -np.inf
        return np.clip(self.slope * levels + self.offset, bottom, self.top)


def _fitted(
    levels: Plane, course: Plane, weight: Plane, top: float, *, through_zero: bool = False
) -> _Line:
    """Fit a straight course that is cut off at the limits."""
    cut = np.isfinite(top)
    inner = (course > 2) & (course < top - 2) if cut else np.ones(course.size, dtype=bool)
    line = _Line(1.0, 0.0, top)
    for _ in range(6):
        if inner.sum() < 4:
            return _Line(line.slope, line.offset, top, np.inf, int(inner.sum()))
        x, y, w = levels[inner], course[inner], weight[inner]
        if through_zero:
            slope, offset = float((w * w * x * y).sum() / max((w * w * x * x).sum(), 1e-9)), 0.0
        else:
            slope, offset = (float(v) for v in np.polyfit(x, y, 1, w=w))
        line = _Line(slope, offset, top)
        raw = slope * levels + offset
        following = (raw > 0.5) & (raw < top - 0.5) & (course < top - 0.5) if cut else inner
        if (following == inner).all():
            break
        inner = following
    misfit = float(np.sqrt(np.average((line.at(levels) - course) ** 2, weights=weight**2)))
    return _Line(line.slope, line.offset, top, misfit, int(inner.sum()))


def _power_misfit(levels: Plane, course: Plane, weight: Plane) -> float:
    """Weighted distance from the best course ``c * x ** g``."""
    inner = (levels > 3) & (course > 3) & (course < 253)
    if inner.sum() < 6:
        return np.inf
    x, y = np.log(levels[inner]), np.log(course[inner])
    power, factor = np.polyfit(x, y, 1, w=weight[inner] * course[inner])
    expected = np.exp(factor + power * x)
    misfits = (expected - course[inner]) ** 2
    return float(np.sqrt(np.average(misfits, weights=weight[inner] ** 2)))


def share_of_two(values: Plane) -> float:
    """Share of the two most frequent values."""
    _, counts = np.unique(np.round(values, 1), return_counts=True)
    return float(np.sort(counts)[-2:].sum() / counts.sum())


def _linear(slope: float, offset: float, dark: float, bright: float) -> Step | None:
    # keras' apply_brightness_shift first spreads the grey values over 0..255.
    if dark > 0 and abs(offset + slope * dark) <= 4:
        slope *= (bright - dark) / 255
        return Step("brightness", round(slope, 3)) if abs(slope - 1) > _SAME else None
    if abs(offset) <= _ZERO:
        return Step("brightness", round(slope, 3))
    if abs(slope - 1) <= 0.06:
        return Step("offset", round(offset, 1))
    return Step("contrast", round(slope, 2))
