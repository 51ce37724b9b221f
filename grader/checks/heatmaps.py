"""Heatmaps compared by where they are warm: by ranks, since every scaling is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, spatial, stats

from grader.checks.images import colours_of

__all__ = ["MapMatch", "blended", "compare_maps", "uncoloured"]

Plane = NDArray[np.float64]

_GRID = 32
_HOT = 0.9
_GREY, _NEAR = 0.05, 0.02
_COLOURINGS = ("jet", "turbo", "hot", "inferno", "viridis", "plasma", "magma", "coolwarm")
_CUT, _MOST_CUT = 0.2, 0.97


@dataclass(frozen=True, slots=True)
class MapMatch:
    """How two heatmaps agree.

    Attributes
    ----------
    correlation : float
        Spearman's rank correlation of both maps on a 32 x 32 grid, in [-1, 1].
    hot : float
        Share of the expected map's warmest tenth that is among the found map's, in [0, 1].
    centre : tuple of float
        Centre of the found map's warmest tenth (down, right), as shares of the picture.
    """

    correlation: float
    hot: float
    centre: tuple[float, float]

    @property
    def same(self) -> bool:
        """Both maps say the same."""
        return self.correlation >= 0.9 or (self.correlation >= 0.6 and self.hot >= 0.9)

    @property
    def opposite(self) -> bool:
        """The one is warm where the other is cold."""
        return self.correlation <= -0.5


def compare_maps(found: Plane, expected: Plane) -> MapMatch:
    """Compare two heatmaps of any size and unit.

    Parameters
    ----------
    found, expected : ndarray of shape (rows, columns)
        Finite.
    """
    one, other = _gridded(found), _gridded(expected)
    warm_one, warm_other = _warm(one), _warm(other)
    rows, columns = np.nonzero(warm_one)
    centre = (
        (float((rows.mean() + 0.5) / _GRID), float((columns.mean() + 0.5) / _GRID))
        if rows.size
        else (0.5, 0.5)
    )
    if np.ptp(one) < 1e-12 or np.ptp(other) < 1e-12:
        return MapMatch(0.0, 0.0, centre)
    # A ReLU before showing cuts off what is cold: then only the rest can be compared.
    cut = float((one <= one.min()).mean())
    if _CUT <= cut <= _MOST_CUT:
        other = np.maximum(other, np.quantile(other, cut))
    ranks = stats.rankdata(one), stats.rankdata(other)
    correlation = float(np.corrcoef(*ranks)[0, 1])
    hot = float((warm_one & warm_other).sum() / max(warm_other.sum(), 1))
    return MapMatch(correlation, hot, centre)


def uncoloured(array: NDArray[Any]) -> Plane | None:
    """Return the heatmap behind a picture that was coloured by hand.

    Parameters
    ----------
    array : ndarray of shape (rows, columns, 3 or 4)
        Colours in 0..1 or 0..255.

    Returns
    -------
    ndarray of shape (n_rows, n_columns) or None
        Coarser than the picture; None if it is grey or no usual colormap fits.
    """
    colours = np.squeeze(array)
    if colours.ndim != 3 or colours.shape[-1] not in (3, 4) or colours.dtype.kind not in "buif":
        return None
    steps = [max(n // (2 * _GRID), 1) for n in colours.shape[:2]]
    small = colours[:: steps[0], :: steps[1], :3].astype(np.float64)
    if not small.size or not np.isfinite(small).all():
        return None
    small = small / 255 if small.max() > 1.5 else small
    if np.ptp(small, axis=-1).max() < _GREY:
        return None
    for name in _COLOURINGS:
        table = matplotlib.colormaps[name](np.linspace(0, 1, 128))[:, :3]
        distance = spatial.distance.cdist(small.reshape(-1, 3), table)
        if distance.min(axis=1).mean() < _NEAR:
            return np.asarray(distance.argmin(axis=1).reshape(small.shape[:2]) / 127.0)
    return None


def blended(coloured: NDArray[Any] | None, grey: Plane, heat: Plane) -> bool:
    """Tell whether a colour picture is ``grey`` with the coloured ``heat`` mixed in by hand.

    Parameters
    ----------
    coloured : ndarray of shape (rows, columns, 3 or 4)
    grey, heat : ndarray of shape (rows, columns)

    Notes
    -----
    Per colour, the picture is fitted by least squares as a sum of both and a constant; a blend
    leaves next to nothing over, and both have part in it.
    """
    colours = colours_of(coloured, grey.shape)
    if colours is None or heat.shape != grey.shape:
        return False
    step = max(1, min(grey.shape) // 64)
    target = colours[::step, ::step].reshape(-1, 3)
    base, warm = (_unit(p)[::step, ::step].reshape(-1) for p in (grey, heat))
    for name in _COLOURINGS:
        tinted = matplotlib.colormaps[name](warm)[:, :3]
        constant = np.zeros_like(tinted)
        constant[:] = 1
        sides = np.stack([np.repeat(base[:, None], 3, 1), tinted, constant], -1).reshape(-1, 3)
        factors, *_ = np.linalg.lstsq(sides, target.reshape(-1), rcond=None)
        left = np.abs(sides @ factors - target.reshape(-1)).mean()
        if left < 0.03 * max(float(np.ptp(target)), 1e-6) and min(factors[:2]) > 0.05:
            return True
    return False


def _unit(picture: Plane) -> Plane:
    unit: Plane = (picture - picture.min()) / (float(np.ptp(picture)) or 1.0)
    return unit


def _gridded(picture: Plane) -> Plane:
    factors = [_GRID / n for n in picture.shape]
    blurred = ndimage.gaussian_filter(picture, [max(0.3 / f - 0.3, 0.0) for f in factors])
    points = [np.clip((np.arange(_GRID) + 0.5) / f - 0.5, 0, None) for f in factors]
    grid = np.meshgrid(*points, indexing="ij")
    # Differences far below the map's range are rounding, not ranks.
    sampled = ndimage.map_coordinates(blurred, grid, order=1, mode="nearest")
    span = float(np.ptp(sampled)) or 1.0
    return np.asarray(np.round((sampled - sampled.min()) / span, 4))


def _warm(gridded: Plane) -> NDArray[np.bool_]:
    return np.asarray(gridded >= max(float(np.quantile(gridded, _HOT)), 1e-9))
