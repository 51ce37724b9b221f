"""Pictures as arrays: one grey plane out of whatever shape a student keeps, and comparisons."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from grader.checks.context import Side
from grader.model import Array, Axes, Image

__all__ = [
    "Shown",
    "applied_colormap",
    "colours_of",
    "decode",
    "is_part_of",
    "plane",
    "same_picture",
    "shown",
]

Plane = NDArray[np.float64]

_SMALLEST = 8
_MOST_PIXELS = 50_000_000
_BYTES = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """An image in a figure of a region: its axes, settings and content (None if not kept)."""

    figure: int
    axes: Axes
    image: Image
    array: Array | None


def shown(side: Side, slot_or_task: str, *, hidden: bool = False) -> Iterator[Shown]:
    """Every image that a region's figures show, in order; on request those that another covers."""
    for number, figure in enumerate(side.figures(slot_or_task)):
        for axes in figure.axes:
            for image in axes.images:
                if image.hidden and not hidden:
                    continue
                yield Shown(number, axes, image, side.array(slot_or_task, image.array))


def plane(array: Array | None) -> Plane | None:
    """Reduce an array to one grey plane.

    Parameters
    ----------
    array : ndarray or None
        A picture of shape (rows, columns) with any number of axes of length one, or with 3 or 4
        colour channels first or last. Values in any unit.

    Returns
    -------
    ndarray of float64, shape (rows, columns), or None
        None for anything that is no single picture of at least 8 x 8 finite pixels. The unit is
        kept; colour channels are averaged, an opacity channel is left out. Three different
        planes one behind the other are three pictures, not colours.
    """
    if array is None or array.dtype.kind not in "biuf" or array.size > _MOST_PIXELS:
        return None
    squeezed = np.squeeze(array)
    if squeezed.ndim == 3 and squeezed.shape[-1] in (3, 4):
        squeezed = squeezed[..., :3].mean(axis=-1)
    elif squeezed.ndim == 3 and squeezed.shape[0] == 3 and _alike(squeezed):
        squeezed = squeezed.mean(axis=0)
    if squeezed.ndim != 2 or min(squeezed.shape) < _SMALLEST:
        return None
    grey = np.asarray(squeezed, dtype=np.float64)
    return grey if np.isfinite(grey).all() else None


def _alike(planes: Array) -> bool:
    spread = float(np.std(planes[0]))
    return float(np.abs(planes.astype(np.float64) - planes[0]).mean()) <= 0.25 * spread


def same_picture(one: Plane | None, other: Plane | None, tolerance: float = 0.01) -> bool:
    """Tell whether two planes show the same, up to unit (``x / 255``) and offset.

    Parameters
    ----------
    tolerance : float
        Largest mean deviation after the best scaling, as a share of the standard deviation.
    """
    if one is None or other is None or one.shape != other.shape:
        return False
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a * a).mean())), float(np.sqrt((b * b).mean()))
    if min(spread) == 0:
        return max(spread) == 0 and bool(np.allclose(one, other))
    return float(np.sqrt(((a / spread[0] - b / spread[1]) ** 2).mean())) <= tolerance


def is_part_of(part: Plane | None, whole: Plane | None) -> bool:
    """Tell whether ``part`` is an unchanged rectangle cut out of ``whole``."""
    if part is None or whole is None or part.size >= whole.size:
        return False
    rows, columns = (w - p for w, p in zip(whole.shape, part.shape, strict=True))
    if rows < 0 or columns < 0:
        return False
    corners = whole[: rows + 1, : columns + 1]
    places = np.argwhere(np.isclose(corners, part[0, 0]))
    height, width = part.shape
    return any(
        np.allclose(whole[top : top + height, left : left + width], part)
        for top, left in places[:2000]
    )


def decode(array: Array | None) -> Array | None:
    """Return the picture in a captured file: PNG or JPEG bytes, or an array as it is.

    Returns
    -------
    ndarray or None
        None if the bytes are no picture or it is unreasonably large.
    """
    if array is None or array.ndim != _BYTES or array.dtype != np.uint8:
        return array
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(io.BytesIO(array.tobytes()), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    return None
                return np.asarray(picture.convert("RGB" if picture.mode != "L" else "L"))
    except (OSError, ValueError, SyntaxError, Warning, Pillow.DecompressionBombError):
        return None


def colours_of(picture: Array | None, shape: tuple[int, ...]) -> Array | None:
    """Colours of shape (rows, columns, 3) in 0..1; None if it is no colour picture of ``shape``."""
    if picture is None:
        return None
    colours: Plane = np.squeeze(picture)
    if colours.ndim != 3 or colours.shape[:2] != shape or colours.shape[2] not in (3, 4):
        return None
    colours = colours[..., :3].astype(np.float64)
    if not np.isfinite(colours).all():
        return None
    return colours / 255.0 if colours.max() > 1.5 else colours


def applied_colormap(coloured: Array | None, grey: Plane, names: Iterable[str]) -> str:
    """Name the colormap that was applied by hand to ``grey``, to give ``coloured``.

    Some students call ``plt.cm.flag(image)`` and show the colours.

    Parameters
    ----------
    coloured : ndarray of shape (rows, columns, 3 or 4)
        Colours in 0..1 or 0..255.
    grey : ndarray of shape (rows, columns)
        The picture before.
    names : iterable of str
        Matplotlib's names to try.

    Returns
    -------
    str
        ``""`` if none fits.
    """
    colours = colours_of(coloured, grey.shape)
    if colours is None:
        return ""
    span = float(np.ptp(grey)) or 1.0
    top = float(np.abs(grey).max()) or 1.0
    scaled = [(grey - grey.min()) / span, grey, grey / 255, grey / top]
    for name in names:
        for colormap in (matplotlib.colormaps[name], matplotlib.colormaps[name].reversed()):
            if any(np.abs(colormap(s)[..., :3] - colours).mean() < 0.02 for s in scaled):
                return name
    return ""
