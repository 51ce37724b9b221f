"""Finds how one picture lies in another.

A coarse search over angles, sizes and shifts, mirrored or not, by correlating spectra of small
copies; then the best few are refined as affine maps (Gauss-Newton, coarse to fine). Correlation
is the measure, so that brightness and noise do not disturb.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from grader.checks.refining import (
    MARGIN,
    STEP,
    between,
    correlation,
    refined,
    settled,
    turn_between,
)
from grader.checks.registration import Placing, warp

__all__ = ["View", "detail", "place", "view_of"]

Plane = NDArray[np.float64]

_COARSE = 56
_FINE = 112
_TRIED = 7
_SIZES = (1.0, 0.8, 1.25)
# Furthest shift that is looked for, as a share of the picture.
_FURTHEST = 0.25
# Rounds on the pictures themselves, and the match that makes them worth it.
_LAST = 4
_ALIKE = 0.5
# Blur that takes away speckle but leaves layers, in pixels of the finer copy.
_DETAIL = 1.5


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
            for a in range(-176, 181, STEP)
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
        (refined(*pairs[_COARSE], start) for start in _coarse(original, found)),
        key=lambda p: p.match,
    )
    # Shifts are counted in pixels of the copy at hand.
    best = refined(*pairs[_FINE], _scaled(best, _FINE / _COARSE))
    best = _scaled(best, original.picture.shape[0] / _FINE)
    if best.match > _ALIKE and original.picture.shape[0] == original.picture.shape[1]:
        counted = between(found.picture)
        best = refined(original.picture, found.picture, best, counted, rounds=_LAST)
    best = settled(best)
    return replace(best, match=detail(original, found, best))


def detail(original: View, found: View, placing: Placing) -> float:
    """Correlate under a placing what a blur takes away.

    Two different scans may share the course of their layers, but hardly this.
    """
    small, target = original.small(_FINE), found.small(_FINE)
    placing = _scaled(placing, _FINE / original.picture.shape[0])
    warped, inside = warp(small, placing, margin=MARGIN)
    if not inside.any():
        return 0.0
    weight = np.maximum(ndimage.gaussian_filter(inside.astype(float), _DETAIL), 1e-6)

    def fine(picture: Plane) -> Plane:
        blurred = ndimage.gaussian_filter(np.where(inside, picture, 0.0), _DETAIL) / weight
        return np.asarray((picture - blurred)[inside])

    return correlation(fine(warped), fine(target))


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
        if all(turn_between(p.angle - placing.angle) > 2 * STEP for p in alike):
            chosen.append(replace(placing, shift=(shift[0], shift[1])))
        if len(chosen) == _TRIED:
            break
    return chosen
