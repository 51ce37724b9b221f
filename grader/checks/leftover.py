"""What remains once the geometry is undone: grey values, blur, bending, noise, JPEG."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from grader.checks.compression import compressed, quality_of
from grader.checks.greys import TURNED, Step, course_of, is_seen, tone_of
from grader.checks.matching import View
from grader.checks.noises import grain_of, noise_of
from grader.checks.registration import Placing, warp

__all__ = ["grey_steps"]

Plane = NDArray[np.float64]
Mask = NDArray[np.bool_]

# In grey levels of 0..255: what counts as no noise after moving pixels, rounding, scaling.
_QUIET = 0.05
_ROUNDING = 1.5
_BLURRED = 25.0
_JPEG_SLOPE = 0.07
_OVERFLOWN = 0.02
# Share of the rest beyond the neighbouring grey values: turned pictures at most 0.43, noise more.
_OUTSIDE = 0.43
_WIDTHS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0)


def grey_steps(
    start: View, result: View, placing: Placing, *, blurred: bool
) -> tuple[list[Step], list[Step], bool]:
    """Tell what happened to the grey values once the geometry is undone.

    Parameters
    ----------
    start, result : View
        Both pictures in grey levels of 0..255.
    blurred : bool
        The geometry changed the pixels' size: what is left is not only noise.

    Returns
    -------
    tone, noise : list of Step
        Course of the grey values; blur, bending and noise.
    seen : bool
        A person sees a difference.
    """
    found = result.picture
    warped, inside = _warped(start.picture, found, placing)
    before, after = warped[inside], found[inside]
    quiet = _BLURRED if blurred else _QUIET if placing.exact else TURNED
    largest = float(np.abs(after - before).max())
    if largest < 3:
        if largest < 0.05 or quiet > _QUIET:
            return [], [], False
        # Nobody sees it, but its kind can still be told.
        return [], [grain_of(before, after, after - before, interpolated=False)], False
    quality = quality_of(found)
    unsaved = before
    if quality is not None:
        warped = compressed(np.where(inside, warped, found), quality)
        before = warped[inside]
    width = _blur_of(warped, found, inside)
    changed = []
    if width > 0:
        changed = [Step("blur", width)]
        warped = np.asarray(ndimage.gaussian_filter(warped, width))
        before = unsaved = warped[inside]
        blurred, quiet = True, _BLURRED
    elif width < 0:
        changed = [Step("sharpened")]
        blurred, quiet = True, _BLURRED
    elif _is_bent(start, result, placing):
        return [], [Step("warped")], True
    tone, expected = tone_of(before, after, _JPEG_SLOPE if quality else 0.035)
    if not placing.exact:
        # A few misplaced bright pixels look like an overflow.
        tone = [s for s in tone if s.kind != "overflow" or s.amount >= _OVERFLOWN]
    if blurred and abs(float(after.mean() / max(before.mean(), 1e-9)) - 1) < 0.1:
        tone, expected = [], before
    if tone:
        quiet = max(quiet, _ROUNDING)
    if quality is not None:
        # The same course for the grey values before they were saved.
        order = np.argsort(before)
        expected = np.interp(unsaved, before[order], expected[order]) if tone else unsaved
        quiet, expected, after = _through_jpeg(expected, after, inside, found, quality, quiet)
    if not placing.exact:
        canvas = found.copy()
        canvas[inside] = expected
        if _beyond(canvas, found, inside) < _OUTSIDE:
            return tone, changed, bool(tone or changed)
    saturated = bool(tone) and float((after == after.max()).mean()) > 0.5
    saturated |= any(s.kind == "overflow" for s in tone)
    noise = [] if saturated else noise_of(expected, after, quiet)
    return tone, [*changed, *noise], bool(tone or changed) or any(is_seen(n) for n in noise)


def _warped(start: Plane, found: Plane, placing: Placing) -> tuple[Plane, Mask]:
    """Undo the geometry with the interpolation that fits best."""
    if placing.exact:
        return warp(start, placing, 1)

    def likeness(made: tuple[Plane, Mask]) -> float:
        return float(np.corrcoef(made[0][made[1]], found[made[1]])[0, 1])

    # What fills the outside may reach a pixel or two in.
    made = [warp(start, placing, order, margin=2.0) for order in (1, 3, 0)]
    warped, inside = max(made, key=likeness)
    # Turned first and made smaller then, the black corners lie inside.
    black = found == found.min()
    corners = ndimage.binary_opening(black & (warped > found + 20), np.ones((3, 3)))
    if corners.any():
        corners = ndimage.binary_propagation(corners, mask=black)
        inside = inside & ~ndimage.binary_dilation(corners, np.ones((3, 3)), iterations=2)
    return warped, inside


def _beyond(expected: Plane, found: Plane, inside: Mask) -> float:
    """Share of what is left that interpolation cannot explain.

    Interpolation, whichever, stays between the grey values around a pixel; noise does not.
    """
    low = ndimage.minimum_filter(expected, size=3)
    high = ndimage.maximum_filter(expected, size=3)
    outside = np.maximum(found - high, 0) + np.maximum(low - found, 0)
    left = float(np.sqrt(((found - expected)[inside] ** 2).mean()))
    return float(np.sqrt((outside[inside] ** 2).mean())) / max(left, 1e-9)


def _through_jpeg(
    expected: Plane, after: Plane, inside: Mask, found: Plane, quality: int, quiet: float
) -> tuple[float, Plane, Plane]:
    """Put the expected picture through JPEG too: the new limit of quiet, both grey values."""
    full = found.copy()
    full[inside] = expected
    saved = compressed(full, quality)
    loss = float(np.sqrt(((saved - np.clip(full, 0, 255))[inside] ** 2).mean()))
    left = (found - saved)[inside]
    wild = np.abs(left) > 25
    if 0.0005 < wild.mean() < 0.3:
        # Salt and pepper leave rings in their blocks: saved that way, do they explain the rest?
        dotted = full.copy()
        dots = np.where(left[wild] > 0, 255.0, 0.0)
        values = dotted[inside]
        values[wild] = dots
        dotted[inside] = values
        rest = (found - compressed(dotted, quality))[inside]
        if float((rest**2).mean()) < 0.4 * float((left**2).mean()):
            return quiet, expected, values
    return float(np.hypot(max(quiet, _ROUNDING), 1.2 * loss)), saved[inside], after


def _blur_of(warped: Plane, found: Plane, inside: Mask) -> float:
    """Width of the blur in pixels; 0 for none, below 0 if the picture was sharpened."""
    smooth = np.asarray(ndimage.gaussian_filter(warped, 1.5))
    fine = warped - smooth
    # How much of the fine and of the coarse detail is left.
    terms = np.stack([smooth[inside], fine[inside], np.ones(int(inside.sum()))])
    square = terms @ terms.T + 1e-9 * np.eye(3)
    coarse, detail, _ = np.linalg.solve(square, terms @ found[inside])
    ratio = detail / coarse if abs(coarse) > 1e-3 else 1.0
    if 0.65 < ratio < 1.5:
        return 0.0
    left = _misfit(warped[inside], found[inside])
    if ratio > 1.5:
        model = smooth * coarse + fine * detail
        return -1.0 if _misfit(model[inside], found[inside]) < 0.35 * left else 0.0
    fits = [
        (_misfit(ndimage.gaussian_filter(warped, w)[inside], found[inside]), w) for w in _WIDTHS
    ]
    best, width = min(fits)
    return width if best < 0.45 * left else 0.0


def _misfit(before: Plane, after: Plane) -> float:
    """Root mean square distance from the course of grey values."""
    few = slice(None, None, 3)
    before, after = before[few], after[few]
    followed = np.interp(before, *course_of(before, after)[:2])
    return float(np.sqrt(((after - followed) ** 2).mean()))


def _is_bent(start: View, result: View, placing: Placing) -> bool:
    """Tell whether different parts of the picture moved differently (elastic)."""
    size = 112
    factor = size / start.picture.shape[0]
    moved = Placing(
        placing.mirrored,
        placing.angle,
        placing.stretch,
        placing.slant,
        (placing.shift[0] * factor, placing.shift[1] * factor),
    )
    source, inside = warp(start.small(size), moved, margin=2.0)
    target = result.small(size)
    before = float(np.corrcoef(source[inside], target[inside])[0, 1])
    if before > 0.985 or inside.sum() < 1000:
        return False
    flow = np.zeros((2, size, size))
    grid = np.indices((size, size)).astype(float)
    for _ in range(6):
        now = ndimage.map_coordinates(source, grid + flow, order=1, mode="nearest")
        flow += _flow(now, target, inside)
    now = ndimage.map_coordinates(source, grid + flow, order=1, mode="nearest")
    after = float(np.corrcoef(now[inside], target[inside])[0, 1])
    uneven = float(np.sqrt(flow[:, inside].var(axis=1).sum()))
    return (1 - after) < 0.5 * (1 - before) and uneven > 0.6


def _flow(source: Plane, target: Plane, inside: Mask) -> Plane:
    """One step of Lucas and Kanade: how each pixel's neighbourhood moved, (2, rows, columns)."""
    weight = inside.astype(float)
    grey = target[inside].std() / max(float(source[inside].std()), 1e-9)
    scaled = (source - source[inside].mean()) * grey
    rest = (target - target[inside].mean() - scaled) * weight
    down, right = (g * weight for g in np.gradient(scaled))

    def near(values: Plane) -> Plane:
        return np.asarray(ndimage.gaussian_filter(values, 6.0))

    a, b, c = near(down * down), near(down * right), near(right * right)
    p, q = near(down * rest), near(right * rest)
    damping = 0.05 * float((a + c).mean()) + 1e-9
    a, c = a + damping, c + damping
    determinant = a * c - b * b
    flow = np.stack([(c * p - b * q) / determinant, (a * q - b * p) / determinant])
    return np.clip(flow, -2.0, 2.0)
