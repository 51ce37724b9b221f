"""Recognise from two pictures what was done to the first to get the second, and how strongly.

Geometry first (:mod:`grader.checks.registration`), then the course of the grey values, then what
is left over: noise, told apart by how its spread depends on the grey value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from grader.checks.greys import Kind, Step, course_of, share_of_two
from grader.checks.images import plane
from grader.checks.leftover import grey_steps
from grader.checks.matching import View, detail, place, view_of
from grader.checks.registration import EVEN, HELD, STILL, Placing, quarters, warp
from grader.model import Array

__all__ = ["Kind", "Step", "Transformation", "recognise"]

Plane = NDArray[np.float64]
_SMALLEST = 32
_RELATED = 0.26
_EXPLAINED = 0.985
_UNWOUND = 0.8
_EVENLY = 0.02


@dataclass(frozen=True, slots=True)
class Transformation:
    """What was recognised.

    Attributes
    ----------
    related : bool
        The second picture stems from the first at all.
    steps : tuple of Step
        Empty for an unchanged (or merely rescaled) picture.
    visible : bool
        Whether a person sees a difference.
    confidence : float
        In [0, 1].
    placing : Placing
        The geometry.
    """

    related: bool
    steps: tuple[Step, ...] = ()
    visible: bool = False
    confidence: float = 1.0
    placing: Placing = field(default_factory=Placing)

    @property
    def kinds(self) -> frozenset[Kind]:
        """Kinds of all steps."""
        return frozenset(s.kind for s in self.steps)

    def amount(self, kind: Kind) -> float | None:
        """Amount of the first step of a kind; None if there is none."""
        return next((s.amount for s in self.steps if s.kind == kind), None)


def recognise(original: Array, found: Array) -> Transformation:
    """Recognise the transformation between two pictures.

    Parameters
    ----------
    original, found : ndarray
        Pictures in any shape that :func:`grader.checks.images.plane` understands, each in units
        of 0..1 or 0..255.

    Raises
    ------
    ValueError
        If ``original`` is no picture of at least 32 x 32 pixels.
    """
    start, result = plane(original), plane(found)
    if start is None or min(start.shape) < _SMALLEST:
        raise ValueError("the original is no picture")
    if result is None or min(result.shape) < _SMALLEST:
        return Transformation(related=False)
    start = start * _unit(start)
    result = result * _unit(result)
    steps: list[Step] = []
    if result.shape != start.shape:
        steps.append(Step("resized", result.shape[0] / start.shape[0]))
        result = _fitted(result, start.shape)
    if float(np.ptp(result)) < 1e-9:
        return Transformation(related=False)
    view = view_of(start)
    placing, explained = _placed(view, View(result))
    overflow: list[Step] = []
    if explained < 0.9:
        wrapped, unwound = _unwound(start, result)
        second = _placed(view, View(unwound)) if wrapped else (placing, 0.0)
        # Two different scans must not be made alike by wrapping what differs most.
        if second[0].exact and second[1] > max(explained + 0.05, _UNWOUND):
            overflow = [Step("overflow", wrapped)]
            result, (placing, explained) = unwound, second
    if explained < _EXPLAINED and _kinship(placing) < _RELATED:
        return Transformation(related=False, confidence=round(1 - max(placing.match, 0.0), 2))
    geometry = [*steps, *_geometry(placing)]
    blurred = bool(steps) or bool({s.kind for s in geometry} & {"stretch", "slant", "zoom"})
    tone, noise, seen = grey_steps(view, View(result), placing, blurred=blurred)
    if any(s.kind == "warped" for s in noise):
        # An affine map is only the mean of what was bent.
        geometry = [s for s in geometry if s.kind in ("fliplr", "flipud", "resized", "transposed")]
    return Transformation(
        related=True,
        steps=(*geometry, *tone, *overflow, *noise),
        visible=bool(geometry) or bool(overflow) or seen,
        confidence=round(float(np.clip(max(placing.match, explained) + 0.25, 0.4, 1.0)), 2),
        placing=placing,
    )


def _kinship(placing: Placing) -> float:
    """How sure it is that the pictures belong together: their match, less what was bent for it."""
    unusual = [
        abs(placing.slant) >= 1,
        any(abs(s - 1) >= EVEN for s in placing.stretch),
        any(abs(s) >= HELD for s in placing.shift),
    ]
    # Any two scans can be bent until their layers meet (measured: match up to 0.54).
    return placing.match - (0.15 if sum(unusual) > 1 else 0.05) * sum(unusual)


def _placed(start: View, result: View) -> tuple[Placing, float]:
    """Return the geometry and the share of the result's variance that it explains."""
    squares = start.picture.shape[0] == start.picture.shape[1]
    moves = [p for p in quarters() if squares or p.angle in (0.0, 180.0)]
    # A sixteenth of the pixels sorts out which of the eight is worth a full look.
    moves.sort(key=lambda p: -_explained(start.picture, result.picture, p, every=4))
    explained = _explained(start.picture, result.picture, moves[0])
    if explained >= _EXPLAINED:
        return replace(moves[0], match=1.0), explained
    placing = place(start, result)
    # Without wild pixels, the simple one stays unless the fitted one is clearly better.
    calm = start.calm, result.calm
    explained, simple = max(
        ((_explained(*calm, p), p) for p in sorted(moves[:2], key=quarters().index)),
        key=lambda pair: pair[0],
    )
    fitted = _explained(*calm, placing)
    if explained > fitted - 0.02:
        return replace(simple, match=detail(start, result, simple)), explained
    return placing, fitted


def _explained(start: Plane, result: Plane, placing: Placing, every: int = 1) -> float:
    """Share of variance that follows from the grey value at the same place, however it runs."""
    warped, inside = warp(start, placing)
    if every > 1:
        few = (slice(None, None, every),) * 2
        warped, inside, result = warped[few], inside[few], result[few]
    before, after = warped[inside], result[inside]
    spread = float(after.var()) if after.size else 0.0
    if after.size < 0.3 * result.size or spread == 0:
        return 0.0
    return 1 - float((after - np.interp(before, *course_of(before, after)[:2])).var()) / spread


def _unwound(start: Plane, result: Plane) -> tuple[float, Plane]:
    """Undo the overflow of uint8 (-3 becomes 253): the share of pixels, and the picture."""
    if result.min() < 0 or result.max() > 255 or (result != np.round(result)).any():
        return 0.0, result
    for before in (start, np.fliplr(start), np.flipud(start)):
        left = result - before
        over = np.abs(left) > 140
        unwound = (left + 128) % 256 - 128
        # Salt and pepper are far off too, but have only two values.
        mixed = 0.003 < over.mean() < 0.6 and share_of_two(result[over]) < 0.9
        if mixed and unwound.std() < min(45.0, 0.6 * float(left.std())):
            return round(float(over.mean()), 3), before + unwound
    return 0.0, result


def _unit(picture: Plane) -> float:
    """Factor to grey levels of 0..255."""
    return 255.0 if 0 < float(np.percentile(np.abs(picture), 99)) <= 3 else 1.0


def _fitted(picture: Plane, shape: tuple[int, ...]) -> Plane:
    """Cut the middle out of a picture that grew on both sides, else scale it."""
    grown = [a - b for a, b in zip(picture.shape, shape, strict=True)]
    if all(g > 0 for g in grown) and max(grown) < 0.6 * max(shape):
        top, left = (g // 2 for g in grown)
        return picture[top : top + shape[0], left : left + shape[1]]
    zoom = [b / a for a, b in zip(picture.shape, shape, strict=True)]
    return np.asarray(ndimage.zoom(picture, zoom, order=1, grid_mode=True, mode="nearest"))


def _geometry(placing: Placing) -> list[Step]:
    steps = []
    angle, mirrored = placing.angle, placing.mirrored
    if mirrored and abs(abs(angle) - 90) < STILL:
        steps.append(Step("transposed"))
        angle = 0.0
    elif mirrored and abs(angle) > 90:
        steps.append(Step("flipud"))
        angle = angle - 180 if angle > 0 else angle + 180
    elif mirrored:
        steps.append(Step("fliplr"))
    if abs(angle) >= STILL:
        steps.append(Step("rotation", round(angle, 2)))
    stretch = max(placing.stretch, key=lambda s: abs(s - 1))
    if abs(stretch - 1) >= EVEN:
        even = abs(placing.stretch[0] / placing.stretch[1] - 1) < _EVENLY
        mean = float(np.sqrt(placing.stretch[0] * placing.stretch[1]))
        steps.append(Step("zoom", round(mean, 3)) if even else Step("stretch", round(stretch, 3)))
    if abs(placing.slant) >= 1:
        steps.append(Step("slant", round(placing.slant, 2)))
    if max(abs(s) for s in placing.shift) >= HELD:
        steps.append(Step("shift", round(float(np.hypot(*placing.shift)), 1)))
    return steps
