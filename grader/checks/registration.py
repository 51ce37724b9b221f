"""How one picture lies in another: mirrored, turned, shifted, stretched.

A coarse search over all angles, mirrored or not, on a small copy; then the best few are refined
as affine maps. Correlation is the measure, so that brightness and noise do not disturb.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize  # type: ignore[import-untyped]

__all__ = ["EVEN", "HELD", "STILL", "Placing", "detail", "place", "quarters", "warp"]

Plane = NDArray[np.float64]

_COARSE = 56
_FINE = 112
_STEP = 8
_TRIED = 3

# Below these a fitted value counts as none: degrees, pixels, share.
STILL = 0.3
HELD = 1.3
EVEN = 0.012
# Pixels of a small copy that its blur mixes with what lies outside.
_MARGIN = 2.0
# Blur that takes away speckle but leaves layers, in pixels of the finer copy.
_DETAIL = 1.5


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a picture's pixels come from: mirror first, then stretch, turn and shift.

    Attributes
    ----------
    mirrored : bool
        Left and right exchanged before everything else.
    angle : float
        Degrees in (-180, 180]; 180 together with ``mirrored`` is upside down.
    stretch : tuple of float
        Size of the result relative to the original, down and across; 1 is unchanged.
    slant : float
        Shear in degrees.
    shift : tuple of float
        Pixels down and to the right.
    match : float
        Correlation of both pictures' fine detail under this placing, in [-1, 1].
    """

    mirrored: bool = False
    angle: float = 0.0
    stretch: tuple[float, float] = (1.0, 1.0)
    slant: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    match: float = 0.0

    @property
    def exact(self) -> bool:
        """Only mirrored and turned by quarters: pixels move without interpolation."""
        return self.angle % 90 == 0 and self._plain

    @property
    def _plain(self) -> bool:
        return self.stretch == (1.0, 1.0) and self.slant == 0 and self.shift == (0.0, 0.0)

    def matrix(self) -> NDArray[np.float64]:
        """Map (2, 2) from a pixel of the result to its source, both relative to the centre."""
        turn = np.deg2rad(self.angle)
        rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        slant = np.array([[1.0, 0.0], [np.tan(np.deg2rad(self.slant)), 1.0]])
        mirror = np.diag([1.0, -1.0 if self.mirrored else 1.0])
        return np.asarray(mirror @ np.diag([1 / s for s in self.stretch]) @ slant @ rotate)


def quarters() -> tuple[Placing, ...]:
    """Return all eight placings that move pixels without interpolation, the unmoved one first."""
    angles = (0.0, 180.0, 90.0, -90.0)
    return tuple(Placing(mirrored=m, angle=a) for a in angles for m in (False, True))


def warp(
    picture: Plane, placing: Placing, order: int = 1, margin: float = 0.0
) -> tuple[Plane, NDArray[np.bool_]]:
    """Apply a placing.

    Parameters
    ----------
    margin : float
        Pixels along the picture's rim that do not count as inside.

    Returns
    -------
    warped : ndarray of float64, shape as ``picture``
    inside : ndarray of bool, same shape
        Where the source lies inside the picture (the rest is whatever fill was chosen).
    """
    if placing.exact and not margin and picture.shape[0] == picture.shape[1]:
        mirrored = np.fliplr(picture) if placing.mirrored else picture
        turned = np.rot90(mirrored, -round(placing.angle / 90) % 4)
        return np.ascontiguousarray(turned), np.ones(picture.shape, dtype=bool)
    height, width = picture.shape
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    grid = np.indices(picture.shape, dtype=np.float64).reshape(2, -1)
    source = placing.matrix() @ (grid - (centre + placing.shift)[:, None]) + centre[:, None]
    warped = ndimage.map_coordinates(picture, source, order=order, mode="nearest")
    limits = np.array([[height - 1.0], [width - 1.0]])
    inside = ((source >= margin) & (source <= limits - margin)).all(axis=0)
    return warped.reshape(picture.shape), inside.reshape(picture.shape)


def place(original: Plane, found: Plane) -> Placing:
    """Find how ``original`` has to be moved to become ``found``.

    Parameters
    ----------
    original, found : ndarray of float64, same shape
        Grey planes, at least 32 x 32.

    Returns
    -------
    Placing
        Exact if every fitted value is too small to be meant. ``match`` near 0 says that the two
        have nothing to do with each other.
    """
    pairs = {n: (_small(original, n), _small(found, n)) for n in (_COARSE, _FINE)}
    best = max(
        (_refined(*pairs[_COARSE], start) for start in _coarse(*pairs[_COARSE])),
        key=lambda p: p.match,
    )
    # Shifts are counted in pixels of the copy at hand.
    best = _refined(*pairs[_FINE], _scaled(best, _FINE / _COARSE))
    best = _settled(_scaled(best, original.shape[0] / _FINE))
    return replace(best, match=detail(original, found, best))


def detail(original: Plane, found: Plane, placing: Placing) -> float:
    """Correlate under a placing what a blur takes away.

    Two different scans may share the course of their layers, but hardly this.
    """
    small, target = _small(original, _FINE), _small(found, _FINE)
    placing = _scaled(placing, _FINE / original.shape[0])
    warped, inside = warp(small, placing, margin=_MARGIN)
    if not inside.any():
        return 0.0
    weight = np.maximum(ndimage.gaussian_filter(inside.astype(float), _DETAIL), 1e-6)

    def fine(picture: Plane) -> Plane:
        blurred = ndimage.gaussian_filter(np.where(inside, picture, 0.0), _DETAIL) / weight
        return np.asarray((picture - blurred)[inside])

    return _correlation(fine(warped), fine(target))


def _scaled(placing: Placing, factor: float) -> Placing:
    return replace(placing, shift=(placing.shift[0] * factor, placing.shift[1] * factor))


def _small(picture: Plane, size: int) -> Plane:
    # The median takes single wild pixels (salt and pepper) out, the blur everything that the
    # smaller grid cannot hold.
    calm = ndimage.median_filter(picture, size=3)
    factors = [size / n for n in picture.shape]
    blurred = ndimage.gaussian_filter(calm, [0.45 / f for f in factors])
    # Grid points spread as pixel centres of the small picture.
    points = [(np.arange(size) + 0.5) / f - 0.5 for f in factors]
    grid = np.meshgrid(*points, indexing="ij")
    return np.asarray(ndimage.map_coordinates(blurred, grid, order=1, mode="nearest"))


def _coarse(original: Plane, found: Plane) -> list[Placing]:
    tried = []
    for mirrored in (False, True):
        for angle in range(-176, 181, _STEP):
            placing = Placing(mirrored=mirrored, angle=float(angle))
            tried.append(replace(placing, match=_match(original, found, placing)))
    tried.sort(key=lambda p: -p.match)
    chosen: list[Placing] = []
    for placing in tried:
        near = (p for p in chosen if p.mirrored == placing.mirrored)
        if all(_turn(p.angle - placing.angle) > 2 * _STEP for p in near):
            chosen.append(placing)
        if len(chosen) == _TRIED:
            break
    return chosen


def _turn(angle: float) -> float:
    return abs((angle + 180) % 360 - 180)


def _match(original: Plane, found: Plane, placing: Placing) -> float:
    warped, inside = warp(original, placing, margin=_MARGIN)
    if inside.sum() < 0.3 * inside.size:
        return -1.0
    return _correlation(warped[inside], found[inside])


def _correlation(one: Plane, other: Plane) -> float:
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def _refined(original: Plane, found: Plane, start: Placing) -> Placing:
    """Fit angle, shift, stretch and slant from a start."""

    def placing(values: NDArray[np.float64]) -> Placing:
        angle, down, right, tall, wide, slant = (float(v) for v in values)
        return replace(
            start,
            angle=start.angle + angle,
            shift=(start.shift[0] + down, start.shift[1] + right),
            stretch=(start.stretch[0] * np.exp(tall / 100), start.stretch[1] * np.exp(wide / 100)),
            slant=start.slant + slant,
        )

    target = found - found.mean()
    target /= float(np.sqrt((target**2).mean())) or 1.0

    def residual(values: NDArray[np.float64]) -> NDArray[np.float64]:
        warped, inside = warp(original, placing(values), margin=_MARGIN)
        if inside.sum() < 0.3 * inside.size:
            return np.full(inside.size, 2.0)
        part, goal = warped[inside], target[inside]
        part, goal = part - part.mean(), goal - goal.mean()
        spread = float((part * part).sum())
        gain = float((part * goal).sum()) / spread if spread > 0 else 0.0
        left = np.zeros(inside.size)
        # A pixel outside costs as much as the mean of those inside, or growing would pay.
        left[inside.reshape(-1)] = (goal - gain * part) / np.sqrt(inside.mean())
        return left

    bounds = np.array([2.0 * _STEP, 14, 14, 60, 60, 25])
    fit = optimize.least_squares(
        residual, np.zeros(6), bounds=(-bounds, bounds), max_nfev=25, x_scale=2.0
    )
    best = placing(fit.x)
    return replace(best, match=_match(original, found, best))


def _settled(fitted: Placing) -> Placing:
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
