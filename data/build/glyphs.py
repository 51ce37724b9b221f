"""Ambiguous pictures: signs that two people read differently, drawn as pen strokes.

Each sign lies between two readings on purpose: a letter and a digit that differ only in a corner,
or two digits whose telling stroke is half closed or half long. No network can be always right on
such pictures, because there is no right.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

__all__ = ["GLYPHS", "draw"]

# Reading, then the strokes: points (right, down) in a box of width 1 and height 1; "curve" strokes
# run smoothly through their points, "line" strokes straight.
Stroke = tuple[str, list[tuple[float, float]]]
GLYPHS: tuple[tuple[str, tuple[Stroke, ...]], ...] = (
    (
        "0 oder O",
        (("curve", [(0.52, 0.06), (0.2, 0.22), (0.12, 0.52), (0.24, 0.84), (0.5, 0.94),
                    (0.77, 0.82), (0.88, 0.5), (0.79, 0.2), (0.52, 0.06)]),),
    ),
    ("1, l oder I", (("line", [(0.54, 0.05), (0.47, 0.95)]),)),
    (
        "5 oder S",
        (("curve", [(0.8, 0.1), (0.5, 0.07), (0.27, 0.14), (0.24, 0.36), (0.5, 0.47), (0.75, 0.58),
                    (0.76, 0.82), (0.5, 0.94), (0.2, 0.87)]),),
    ),
    (
        "8 oder B",
        (("curve", [(0.3, 0.1), (0.25, 0.26), (0.28, 0.48), (0.24, 0.7), (0.29, 0.91)]),
         ("curve", [(0.3, 0.1), (0.6, 0.08), (0.73, 0.26), (0.55, 0.44), (0.32, 0.48)]),
         ("curve", [(0.32, 0.48), (0.66, 0.52), (0.79, 0.72), (0.6, 0.91), (0.29, 0.91)])),
    ),
    (
        "2 oder Z",
        (("curve", [(0.2, 0.2), (0.45, 0.09), (0.73, 0.17), (0.63, 0.42), (0.4, 0.68),
                    (0.2, 0.9)]),
         ("line", [(0.2, 0.9), (0.82, 0.9)])),
    ),
    (
        "6 oder b",
        (("line", [(0.36, 0.04), (0.29, 0.4), (0.28, 0.7)]),
         ("curve", [(0.28, 0.7), (0.46, 0.49), (0.7, 0.58), (0.73, 0.8), (0.52, 0.95),
                    (0.3, 0.86), (0.28, 0.7)])),
    ),
    ("1 oder 7", (("line", [(0.2, 0.3), (0.62, 0.08), (0.5, 0.95)]),)),
    (
        "4 oder 9",
        (("line", [(0.66, 0.08), (0.44, 0.16), (0.24, 0.46), (0.3, 0.57), (0.68, 0.55)]),
         ("line", [(0.68, 0.07), (0.66, 0.5), (0.62, 0.95)])),
    ),
    (
        "3 oder 8",
        (("curve", [(0.3, 0.3), (0.33, 0.12), (0.56, 0.06), (0.74, 0.2), (0.66, 0.4), (0.46, 0.48),
                    (0.7, 0.56), (0.79, 0.76), (0.58, 0.94), (0.31, 0.88), (0.25, 0.7),
                    (0.34, 0.58)]),),
    ),
    (
        "5 oder 6",
        (("curve", [(0.7, 0.08), (0.42, 0.18), (0.3, 0.5), (0.36, 0.55), (0.6, 0.5), (0.74, 0.7),
                    (0.6, 0.91), (0.38, 0.92), (0.27, 0.76)]),),
    ),
)  # fmt: skip


def draw(strokes: tuple[Stroke, ...], *, size: int, pen: float) -> np.ndarray:
    """Draw strokes with a round pen.

    Parameters
    ----------
    strokes : tuple of (str, list of (float, float))
        As in `GLYPHS`.
    size : int
        Pixels of the square picture; the strokes' box takes its middle two thirds.
    pen : float
        Radius of the pen as a share of the box.

    Returns
    -------
    ndarray of shape (size, size)
        Ink from 0 to 1.
    """
    box = size / 1.5
    place = (np.indices((size, size))[::-1] - size / 6) / box
    ink = np.zeros((size, size))
    for kind, points in strokes:
        line = _dense(np.array(points), smooth=kind == "curve")
        away = np.hypot(*(place[:, None] - line.T[:, :, None, None])).min(axis=0)
        ink = np.maximum(ink, 1 / (1 + np.exp((away - pen) * 3 * box / 2)))
    return np.where(ink < 0.01, 0.0, ink)


def _dense(points: np.ndarray, *, smooth: bool) -> np.ndarray:
    """200 points along a stroke, by chord length."""
    length = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    where = np.linspace(0, length[-1], 200)
    if not smooth:
        return np.stack([np.interp(where, length, column) for column in points.T], axis=1)
    closed = np.array_equal(points[0], points[-1])
    spline = CubicSpline(length, points, bc_type="periodic" if closed else "natural")
    return np.asarray(spline(where))
