"""How one picture lies in another: mirrored, turned, shifted, stretched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["EVEN", "HELD", "STILL", "Placing", "quarters", "warp"]

Plane = NDArray[np.float64]

# Below these a fitted value counts as none: degrees, pixels, share.
STILL = 0.3
HELD = 1.3
EVEN = 0.012


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
