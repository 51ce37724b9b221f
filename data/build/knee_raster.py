"""Drawing of smooth shapes on a 256 x 256 grid: splines, filled outlines, strokes, textures.

Own rasteriser instead of an imaging library: coverage is computed in double precision, so the
files that are made from it do not change with a library's version.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

SIZE = 256
_SUBROWS = 3

Array = NDArray[np.float64]


def spline(points: Array, *, closed: bool, steps: int = 10) -> Array:
    """Sample a Catmull-Rom spline through control points.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Control points (x, y) in pixels.
    closed : bool
        Whether the last point joins the first.
    steps : int
        Samples per segment.

    Returns
    -------
    ndarray of shape (m, 2)
    """
    ring = (
        np.concatenate([points[-1:], points, points[:2]])
        if closed
        else (
            np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
        )
    )
    p0, p1, p2, p3 = (ring[i : len(ring) - 3 + i, None, :] for i in range(4))
    t = (np.arange(steps) / steps)[None, :, None]
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    flat = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, points[-1:]])


def fill(curve: Array) -> Array:
    """Coverage (0..1) of the area inside a closed curve.

    Parameters
    ----------
    curve : ndarray of shape (n, 2)
        Corners (x, y); pixel (row, column) spans half a unit around its integer coordinates.

    Returns
    -------
    ndarray of shape (256, 256)
    """
    cover = np.zeros((SIZE, SIZE))
    x0, y0 = curve[:, 0] + 0.5, (curve[:, 1] + 0.5) * _SUBROWS - 0.5
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    top = np.clip(np.floor(y0.min() / _SUBROWS), 0, SIZE).astype(int)
    bottom = np.clip(np.ceil(y0.max() / _SUBROWS) + 1, 0, SIZE).astype(int)
    if bottom <= top:
        return cover
    first = np.clip(np.ceil(np.minimum(y0, y1)), top * _SUBROWS, bottom * _SUBROWS).astype(int)
    last = np.clip(np.ceil(np.maximum(y0, y1)), top * _SUBROWS, bottom * _SUBROWS).astype(int)
    count = last - first
    edge = np.repeat(np.arange(len(curve)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    slope = (x1 - x0)[edge] / (y1 - y0)[edge]
    cross = np.clip(x0[edge] + (row - y0[edge]) * slope, 0, SIZE)
    sign = np.where(y1[edge] > y0[edge], 1.0, -1.0)
    column = np.floor(cross).astype(int)
    part = cross - column
    # Signed areas to the right of each crossing, summed along the row: no sorting needed.
    width, rows = SIZE + 2, (bottom - top) * _SUBROWS
    flat = (row - top * _SUBROWS) * width + column
    area = np.bincount(flat, sign * (1 - part), rows * width)
    area += np.bincount(flat + 1, sign * part, rows * width)
    inside = np.abs(np.cumsum(area.reshape(rows, width), axis=1))[:, :SIZE]
    cover[top:bottom] = np.minimum(inside, 1).reshape(bottom - top, _SUBROWS, SIZE).mean(axis=1)
    return cover


def normals(curve: Array, *, closed: bool) -> Array:
    """Unit normals of a curve, to the left of its direction on the screen."""
    if closed:
        tangent = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    else:
        tangent = np.gradient(curve, axis=0)
    length = np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)
    return np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / length[:, None]


def stroke(curve: Array, width: float | Array, *, closed: bool = False) -> Array:
    """Coverage of a line along a curve.

    Parameters
    ----------
    curve : ndarray of shape (n, 2)
    width : float or ndarray of shape (n,)
        Full width in pixels, constant or per point.
    closed : bool
        Whether the line returns to its beginning.

    Returns
    -------
    ndarray of shape (256, 256)
    """
    half = np.broadcast_to(np.asarray(width, dtype=float) / 2, (len(curve),))[:, None]
    side = normals(curve, closed=closed) * half
    left, right = curve + side, curve - side
    if closed:
        return np.clip(np.abs(fill(left) - fill(right)), 0, 1)
    return fill(np.concatenate([left, right[::-1]]))


def field(rng: np.random.Generator, sigma: float | tuple[float, float]) -> Array:
    """Smooth random field of mean 0 and standard deviation 1, shape (256, 256).

    Parameters
    ----------
    rng : numpy.random.Generator
    sigma : float or (float, float)
        Smoothness in pixels, common to both directions or (down, across).
    """
    down, across = (sigma, sigma) if isinstance(sigma, int | float) else sigma
    row, column = np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :]
    damping = np.exp(-2 * np.pi**2 * ((down * row) ** 2 + (across * column) ** 2))
    damping[0, 0] = 0
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE, SIZE))) * damping
    noise = np.fft.irfft2(spectrum, (SIZE, SIZE))
    return np.asarray(noise / noise.std())


def strands(rng: np.random.Generator, sigma: float | tuple[float, float], thin: float) -> Array:
    """Network of thin lines (0..1) where a random field crosses zero, shape (256, 256)."""
    return np.exp(-((field(rng, sigma) / thin) ** 2))


def sheared(texture: Array, slope: float) -> Array:
    """Texture slanted by `slope` columns per row (fibres that run obliquely)."""
    rows = np.arange(SIZE)[:, None]
    columns = (np.arange(SIZE)[None, :] - np.rint(slope * rows).astype(int)) % SIZE
    return texture[rows, columns]


def warped(picture: Array, down: Array, across: Array) -> Array:
    """Picture whose pixels are fetched from a little beside (shifts in pixels)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.asarray(map_coordinates(picture, [rows + down, columns + across], order=1))
