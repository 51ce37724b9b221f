"""How one picture lies in another: mirrored, turned, shifted, stretched.

A coarse search over angles, sizes and shifts, mirrored or not, by correlating spectra of small
copies; then the best few are refined as affine maps (Gauss-Newton, coarse to fine). Correlation
is the measure, so that brightness and noise do not disturb.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage  # type: ignore[import-untyped]

__all__ = [
    "EVEN", "HELD", "STILL", "Placing", "View", "detail", "place", "quarters", "view_of", "warp",
]  # fmt: skip

Plane = NDArray[np.float64]

_COARSE = 56
_FINE = 112
_STEP = 8
_TRIED = 7
_SIZES = (1.0, 0.8, 1.25)
# Furthest shift that is looked for, as a share of the picture.
_FURTHEST = 0.25
_ROUNDS = 15
# Rounds on the pictures themselves, and the match that makes them worth it.
_LAST = 4
_ALIKE = 0.5

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


class View:
    """A picture with the smaller copies that a search needs, each made once."""

    def __init__(self, picture: Plane) -> None:
        self.picture = picture
        self._copies: dict[int, Plane] = {}

    @cached_property
    def calm(self) -> Plane:
        """Without single wild pixels (salt and pepper)."""
        return np.asarray(ndimage.median_filter(self.picture, size=3))

    def small(self, size: int) -> Plane:
        """Return a copy of ``size`` x ``size`` pixels, blurred by what it cannot hold."""
        if size not in self._copies:
            factors = [size / n for n in self.picture.shape]
            blurred = ndimage.gaussian_filter(self.calm, [0.45 / f for f in factors])
            # Grid points spread as pixel centres of the small picture.
            points = [(np.arange(size) + 0.5) / f - 0.5 for f in factors]
            grid = np.meshgrid(*points, indexing="ij")
            copy = ndimage.map_coordinates(blurred, grid, order=1, mode="nearest")
            self._copies[size] = np.asarray(copy)
        return self._copies[size]

    @cached_property
    def spectrum(self) -> NDArray[np.complex64]:
        """Spectrum of the coarse copy."""
        return _spectrum(self.small(_COARSE))

    @cached_property
    def moved(self) -> tuple[list[Placing], NDArray[np.complex64]]:
        """Every placing that the coarse search tries, and the spectra under them."""
        placings = [
            Placing(mirrored=m, angle=float(a), stretch=(s, s))
            for m in (False, True)
            for s in _SIZES
            for a in range(-176, 181, _STEP)
        ]
        small = self.small(_COARSE)
        return placings, np.stack([_spectrum(warp(small, p)[0]) for p in placings])


def view_of(picture: Plane) -> View:
    """Return the view of a picture, the same one for the same content: originals return often."""
    return _view(picture.shape, np.ascontiguousarray(picture).tobytes())


@lru_cache(maxsize=8)
def _view(shape: tuple[int, ...], data: bytes) -> View:
    return View(np.frombuffer(data, dtype=np.float64).reshape(shape))


def place(original: View, found: View) -> Placing:
    """Find how ``original`` has to be moved to become ``found``.

    Parameters
    ----------
    original, found : View
        Of grey planes of the same shape, at least 32 x 32.

    Returns
    -------
    Placing
        Exact if every fitted value is too small to be meant. ``match`` near 0 says that the two
        have nothing to do with each other.
    """
    pairs = {n: (original.small(n), found.small(n)) for n in (_COARSE, _FINE)}
    best = max(
        (_refined(*pairs[_COARSE], start) for start in _coarse(original, found)),
        key=lambda p: p.match,
    )
    # Shifts are counted in pixels of the copy at hand.
    best = _refined(*pairs[_FINE], _scaled(best, _FINE / _COARSE))
    best = _scaled(best, original.picture.shape[0] / _FINE)
    if best.match > _ALIKE and original.picture.shape[0] == original.picture.shape[1]:
        counted = _between(found.picture)
        best = _refined(original.picture, found.picture, best, counted, rounds=_LAST)
    best = _settled(best)
    return replace(best, match=detail(original, found, best))


def detail(original: View, found: View, placing: Placing) -> float:
    """Correlate under a placing what a blur takes away.

    Two different scans may share the course of their layers, but hardly this.
    """
    small, target = original.small(_FINE), found.small(_FINE)
    placing = _scaled(placing, _FINE / original.picture.shape[0])
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


# ------------------------------------------------------------------ coarse: all angles at once


def _spectrum(picture: Plane) -> NDArray[np.complex64]:
    """Spectrum of a square picture's detail in a soft disc, of unit power."""
    rest = picture - ndimage.gaussian_filter(picture, picture.shape[0] / 8)
    axis = np.arange(picture.shape[0]) - (picture.shape[0] - 1) / 2
    radius = np.hypot(*np.meshgrid(axis, axis)) / (picture.shape[0] / 2)
    rest *= np.clip((1 - radius) / 0.25, 0, 1)
    power = float(np.sqrt((rest * rest).sum()))
    return np.asarray(fft.rfft2((rest / (power or 1.0)).astype(np.float32)))


def _coarse(original: View, found: View) -> list[Placing]:
    """Return the best few placings, with the shift at which their pictures correlate most."""
    placings, spectra = original.moved
    correlated = fft.irfft2(found.spectrum[None] * spectra.conj(), s=(_COARSE, _COARSE))
    far = round(_FURTHEST * _COARSE)
    near = np.r_[0 : far + 1, _COARSE - far : _COARSE]
    correlated = correlated[:, near][:, :, near].reshape(len(placings), -1)
    peaks = correlated.argmax(axis=1)
    order = np.argsort(-correlated.max(axis=1))
    chosen: list[Placing] = []
    for number in order:
        placing = placings[number]
        down, right = (int(near[i]) for i in divmod(int(peaks[number]), near.size))
        shift = tuple(float(v - _COARSE if v > far else v) for v in (down, right))
        alike = (
            p for p in chosen if (p.mirrored, p.stretch) == (placing.mirrored, placing.stretch)
        )
        if all(_turn(p.angle - placing.angle) > 2 * _STEP for p in alike):
            chosen.append(replace(placing, shift=(shift[0], shift[1])))
        if len(chosen) == _TRIED:
            break
    return chosen


def _turn(angle: float) -> float:
    return abs((angle + 180) % 360 - 180)


def _correlation(one: Plane, other: Plane) -> float:
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


# ------------------------------------------------------------------ fine: affine, Gauss-Newton


def _between(picture: Plane) -> NDArray[np.bool_]:
    """Pixels off the limits, where brightness cuts off and salt and pepper lie."""
    ends = (picture <= picture.min()) | (picture >= picture.max())
    return np.asarray(~ends if ends.mean() < 0.6 else np.ones_like(ends))


def _refined(
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
        warped, inside = warp(original, current, margin=_MARGIN)
        if counted is not None:
            inside = inside & counted
        if inside.sum() < 0.2 * inside.size:
            break
        match = _correlation(warped[inside], found[inside])
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
        _turn(placing.angle - start.angle) > 2 * _STEP
        or abs(placing.slant) > 25
        or any(not 0.5 < s < 2 for s in placing.stretch)
        or any(abs(s) > 0.45 * size for s in placing.shift)
    )


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
