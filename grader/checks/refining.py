"""Fits one picture onto another from a start nearby, as an affine map (Gauss-Newton)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from grader.checks.registration import EVEN, HELD, STILL, Placing, warp

__all__ = ["MARGIN", "STEP", "between", "correlation", "refined", "settled", "turn_between"]

Plane = NDArray[np.float64]

# Degrees between the starts; a fit that goes further belongs to another start.
STEP = 8
# Pixels of a small copy that its blur mixes with what lies outside.
MARGIN = 2.0
_ROUNDS = 15


def turn_between(angle: float) -> float:
    """Return how far a difference of angles is from a full turn, in degrees."""
    return abs((angle + 180) % 360 - 180)


def correlation(one: Plane, other: Plane) -> float:
    """Correlate two arrays of grey values; 0 if one is even."""
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def between(picture: Plane) -> NDArray[np.bool_]:
    """Pixels off the limits, where brightness cuts off and salt and pepper lie."""
    ends = (picture <= picture.min()) | (picture >= picture.max())
    return np.asarray(~ends if ends.mean() < 0.6 else np.ones_like(ends))


def refined(
    original: Plane,
    found: Plane,
    start: Placing,
    counted: NDArray[np.bool_] | None = None,
    rounds: int = _ROUNDS,
) -> Placing:
    """Fit angle, shift, stretch and slant from a start, to the pixels that count."""
    size = original.shape[0]
    points = np.indices(original.shape, dtype=np.float64).reshape(2, -1) - (size - 1) / 2
    best = current = start
    for _ in range(rounds):
        warped, inside = warp(original, current, margin=MARGIN)
        if counted is not None:
            inside = inside & counted
        if inside.sum() < 0.2 * inside.size:
            break
        match = correlation(warped[inside], found[inside])
        if match > best.match or best is start:
            best = replace(current, match=match)
        step = _step(warped, found, inside, points, current.matrix())
        if step is None:
            break
        matrix = current.matrix() + step[:, :2]
        source = -current.matrix() @ current.shift + step[:, 2]
        following = _decomposed(matrix, source, mirrored=current.mirrored)
        if following is None or _far(following, start, size):
            break
        current = following
        # In pixels at the rim.
        if float(np.abs(step[:, :2]).max()) * size / 2 + float(np.abs(step[:, 2]).max()) < 0.01:
            break
    return best


def _step(
    warped: Plane, found: Plane, inside: NDArray[np.bool_], points: Plane, matrix: Plane
) -> Plane | None:
    """Change (2, 3) of matrix and source that brings the warped picture closest to the found."""
    slopes = np.linalg.inv(matrix).T @ np.stack([g.reshape(-1) for g in np.gradient(warped)])
    where = inside.reshape(-1)
    (down, right), (y, x) = slopes[:, where], points[:, where]
    grey = warped.reshape(-1)[where]
    terms = [grey, np.ones_like(grey), down * y, down * x, down, right * y, right * x, right]
    columns = np.stack(terms)
    scale = np.sqrt((columns * columns).mean(axis=1)) + 1e-12
    columns = columns / scale[:, None]
    square = columns @ columns.T
    goal = columns @ found.reshape(-1)[where]
    solved = np.linalg.solve(square + 1e-4 * where.sum() * np.eye(len(square)), goal) / scale
    if abs(solved[0]) < 1e-6 or not np.isfinite(solved).all():
        return None
    change = np.asarray((solved[2:] / solved[0]).reshape(2, 3))
    # The linear picture holds for a few pixels only.
    longest = float(np.abs(change[:, :2]).max()) * warped.shape[0] / 2
    longest = max(longest, float(np.abs(change[:, 2]).max()))
    return change * min(1.0, 4.0 / longest) if longest > 0 else change


def _decomposed(matrix: Plane, source: Plane, *, mirrored: bool) -> Placing | None:
    """Turn ``source = matrix @ pixel + source`` into a placing."""
    plain = np.diag([1.0, -1.0 if mirrored else 1.0]) @ matrix
    if np.linalg.det(plain) <= 0.05:
        return None
    across = float(np.hypot(*plain[0]))
    turn = float(np.arctan2(-plain[0, 1], plain[0, 0]))
    along = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    leaning, down = (float(v) for v in along @ plain[1])
    shift = -np.linalg.solve(matrix, source)
    return Placing(
        mirrored,
        float(np.rad2deg(turn)),
        (1 / across, 1 / down),
        float(np.rad2deg(np.arctan(leaning / down))),
        (float(shift[0]), float(shift[1])),
    )


def _far(placing: Placing, start: Placing, size: int) -> bool:
    """Tell whether a fit has run away from its start."""
    return (
        turn_between(placing.angle - start.angle) > 2 * STEP
        or abs(placing.slant) > 25
        or any(not 0.5 < s < 2 for s in placing.stretch)
        or any(abs(s) > 0.45 * size for s in placing.shift)
    )


def settled(fitted: Placing) -> Placing:
    """Make exact what differs from an exact placing by too little to be meant."""
    angle = (fitted.angle + 180) % 360 - 180
    quarter = 90 * round(angle / 90)
    small = (
        abs(angle - quarter) < STILL
        and abs(fitted.slant) < 1
        and all(abs(s - 1) < EVEN for s in fitted.stretch)
        and all(abs(s) < HELD for s in fitted.shift)
    )
    if small:
        return Placing(fitted.mirrored, 180.0 if quarter == -180 else float(quarter))
    return replace(fitted, angle=angle)
