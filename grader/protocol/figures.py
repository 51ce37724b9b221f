"""Pictures of the protocol: curves drawn anew from their data, everything else from pixels."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from threading import Lock

import matplotlib as mpl
import numpy as np

from grader.model import Array, Axes, Figure, Image, NotebookEvidence
from grader.protocol import messages
from grader.protocol.chart import Curve, Layer, Panel, draw
from grader.protocol.document import Picture
from grader.protocol.pixels import encoded
from grader.protocol.text import clean
from grader.protocol.wording import describe_panels

__all__ = ["describe", "picture_from_blob", "redraw", "title_of"]

_MAX_SIDE = 1_400
_MAX_LINES = 120
_MAX_POINTS = 20_000
_MAX_PANELS = 36
_MM_PER_INCH, _POINTS_PER_INCH = 25.4, 72
_NATURAL_DPI = 110
_MIN_WIDTH, _MAX_WIDTH = 35.0, 150.0  # millimetres; a 28x28 digit would be a speck
_SINGLE_IMAGE = 78.0
_CACHED = 96
_CURVES = (5.0, 2.9)  # inches: one coordinate system with curves, whatever size it had


# --------------------------------------------------------------------------- from data


def redraw(figure: Figure, run: NotebookEvidence, name: str) -> Picture | None:
    """Draw a figure anew as SVG: curves as vectors, images in all their pixels.

    Returns
    -------
    Picture or None
        None if the figure holds anything else (bars, text), curves and images in one coordinate
        system, or data that were not kept.
    """
    if not 0 < len(figure.axes) <= _MAX_PANELS:
        return None
    # Helpers of the lab show every group the same figures: the last ones are remembered.
    key = _key(figure, run)
    with _lock:
        known = key in _known
        picture = _known.get(key)
    if not known:
        picture = _drawn(figure, run)
    with _lock:
        _known[key] = picture
        _known.move_to_end(key)
        while len(_known) > _CACHED:
            _known.popitem(last=False)
    return picture and replace(picture, name=f"{name}.svg")


def _drawn(figure: Figure, run: NotebookEvidence) -> Picture | None:
    panels = [panel for axes in figure.axes if (panel := _panel(axes, run)) is not None]
    if len(panels) != len(figure.axes):
        return None
    svg, width, height = draw(panels, *_room(figure, panels))
    scale = _MM_PER_INCH / _POINTS_PER_INCH
    return Picture("", svg, width * scale, height * scale, describe_panels(tuple(panels)))


_lock = Lock()
_known: OrderedDict[bytes, Picture | None] = OrderedDict()


def _key(figure: Figure, run: NotebookEvidence) -> bytes:
    """Hash of all that a drawing is made of, without a look into its arrays.

    An array's name is the hash of its content: computed anew when it was collected, so that a
    student's process cannot give one array another's name.
    """
    drawn = [a for axes in figure.axes for line in axes.lines for a in (line.x, line.y)]
    drawn += [image.array for axes in figure.axes for image in axes.images]
    kept = [a is not None and a.blob in run.blobs for a in drawn]
    told = repr((figure.axes, figure.size, kept))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _room(figure: Figure, panels: list[Panel]) -> tuple[float, float]:
    """Return the drawing's width and height in points."""
    per_mm = _POINTS_PER_INCH / _MM_PER_INCH
    if len(panels) == 1:
        if panels[0].curves:
            return _CURVES[0] * _POINTS_PER_INCH, _CURVES[1] * _POINTS_PER_INCH
        return _SINGLE_IMAGE * per_mm, _SINGLE_IMAGE * per_mm
    width, height = figure.size if min(figure.size) > 0.5 and max(figure.size) < 40 else (6.4, 4.8)
    fitted = min(max(width * 0.8 * _MM_PER_INCH, 60.0), _MAX_WIDTH)
    return fitted * per_mm, fitted * per_mm * min(max(height / width, 0.15), 1.3)


def _panel(axes: Axes, run: NotebookEvidence) -> Panel | None:
    if axes.others or bool(axes.lines) == bool(axes.images):
        return None
    curves, layers = _curves(axes, run), _layers(axes, run)
    if curves is None or layers is None:
        return None
    labels = {n: one_line(getattr(axes, n)) for n in ("title", "xlabel", "ylabel")}
    return Panel(curves, layers, xlim=axes.xlim, ylim=axes.ylim, **labels)


def _curves(axes: Axes, run: NotebookEvidence) -> tuple[Curve, ...] | None:
    if len(axes.lines) > _MAX_LINES:
        return None
    made = []
    for line in axes.lines:
        x, y = _numbers(run.array(line.x)), _numbers(run.array(line.y))
        if x is None or y is None or len(x) != len(y) or len(x) < 2:
            return None
        if bool((np.diff(x) < 0).any()):
            return None  # points rather than a curve: whether they were joined is not captured
        made.append(Curve(x, y, clean(line.label, 80)))
    return tuple(made)


def _numbers(array: Array | None) -> Array | None:
    """Return a curve's coordinates, (n,) float with NaN for what is not finite; else None."""
    if array is None or array.ndim != 1 or array.dtype.kind not in "biuf":
        return None
    if len(array) > _MAX_POINTS:
        return None
    numbers = np.array(array, dtype=np.float64)
    numbers[~(np.abs(numbers) < 1e200)] = np.nan
    return numbers


def _layers(axes: Axes, run: NotebookEvidence) -> tuple[Layer, ...] | None:
    made = []
    for image in axes.images:
        # A mesh's cells may have any size and place, which is not captured.
        pixels = None if image.mesh else run.array(image.array)
        if pixels is None or pixels.size == 0 or pixels.dtype.kind not in "biuf":
            return None
        if pixels.ndim == 3 and pixels.shape[2] == 1:
            pixels = pixels[:, :, 0]
        if pixels.ndim != 2 and not (pixels.ndim == 3 and pixels.shape[2] in (3, 4)):
            return None
        rows, columns = pixels.shape[:2]
        if not 1 / 8 < rows / columns < 8 or max(rows, columns) > _MAX_SIDE:
            return None
        alpha = 1.0 if image.alpha is None else min(max(image.alpha, 0.0), 1.0)
        if pixels.ndim == 3:
            made.append(Layer(pixels, alpha=alpha))
            continue
        if image.cmap not in mpl.colormaps:
            return None
        pixels = np.nan_to_num(pixels.astype(float), nan=np.nan, posinf=np.nan, neginf=np.nan)
        low, high = _span(image, pixels)
        made.append(Layer(pixels, image.cmap, alpha, low, high))
    return tuple(made)


def _span(image: Image, pixels: Array) -> tuple[float, float]:
    finite = pixels[np.isfinite(pixels)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    low = image.vmin if image.vmin is not None else low
    high = image.vmax if image.vmax is not None else high
    return (low, high) if low < high and high - low < 1e200 else (low, low + 1.0)


# --------------------------------------------------------------------------- from pixels


def picture_from_blob(
    array: Array | None, name: str, alt: str, inches: tuple[float, float] | None = None
) -> Picture | None:
    """Make a picture from a blob: the bytes of a PNG or JPEG file, or an array of pixels.

    Parameters
    ----------
    array : ndarray or None
        uint8 of shape (n,): a file's bytes. Pixels: shape (h, w) or (h, w, 1, 3 or 4).
    inches : tuple of float, optional
        Natural size; without it 110 pixels are an inch.

    Returns
    -------
    Picture or None
        None if the bytes are no picture or too large a one.
    """
    pixels = encoded(array) if array is not None else None
    if pixels is None:
        return None
    width = pixels.width / _NATURAL_DPI * _MM_PER_INCH
    if inches and 0.5 < inches[0] < 40:
        width = inches[0] * 0.8 * _MM_PER_INCH
    width = min(max(width, _MIN_WIDTH), _MAX_WIDTH)
    height = width * pixels.height / pixels.width
    return Picture(f"{name}.{pixels.ending}", pixels.data, width, height, alt)


# --------------------------------------------------------------------------- in words


def title_of(figure: Figure) -> str:
    """Return the title of a figure with one coordinate system, or ``""``."""
    return one_line(figure.axes[0].title) if len(figure.axes) == 1 else ""


def describe(figure: Figure, run: NotebookEvidence) -> str:
    """Say in German what a figure shows, from its data as far as they were kept."""
    parts = []
    for axes in figure.axes[:8]:
        panel = _panel(replace(axes, others=0), run) if axes.lines or axes.images else None
        if panel is not None:
            parts.append(describe_panels((panel,)))
        else:
            parts.append(_outline(axes))
        if axes.others and (axes.lines or axes.images):
            parts.append("Dazu weitere Zeichenelemente.")
    return clean(" ".join(parts), 1_500) if parts else messages.ALT_PICTURE


def _outline(axes: Axes) -> str:
    what = []
    if axes.lines:
        n = len(axes.lines)
        what.append("eine Kurve" if n == 1 else f"{n} Kurven")
    for image in axes.images[:3]:
        size = " × ".join(str(n) for n in reversed(image.array.shape[:2]))
        cmap = f", Farbtabelle {one_line(image.cmap)}" if image.cmap else ""
        what.append(f"ein Bild ({size} Pixel{cmap})")
    if axes.others and not what:
        what.append("Balken, Punkte oder Text")
    head = f"„{one_line(axes.title)}“: " if axes.title.strip() else ""
    labels = [one_line(x) for x in (axes.xlabel, axes.ylabel) if x.strip()]
    tail = f", Achsen {' und '.join(labels)}" if labels else ""
    return f"Diagramm. {head}{', '.join(what) or 'leere Achsen'}{tail}."


def one_line(text: str) -> str:
    """Return a label without line breaks and control characters."""
    return " ".join(clean(text, 200).split())
