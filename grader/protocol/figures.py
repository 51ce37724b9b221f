"""Pictures of the protocol: curves drawn anew from their data, everything else from pixels."""

from __future__ import annotations

import io
import warnings
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as MplFigure

from grader.model import Array, Axes, Figure, NotebookEvidence
from grader.protocol.document import Picture
from grader.protocol.pixels import encoded
from grader.protocol.text import clean

__all__ = ["describe", "draw_curves", "picture_from_blob", "title_of"]

_MAX_LINES = 120
_MAX_POINTS = 20_000
_MM_PER_INCH = 25.4
_NATURAL_DPI = 110
_MIN_WIDTH, _MAX_WIDTH = 35.0, 150.0  # millimetres; a 28x28 digit would be a speck
_STYLE: dict[str, Any] = {
    "svg.hashsalt": "grader",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dde1e6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "axes.formatter.use_locale": False,
}


# --------------------------------------------------------------------------- from data


def draw_curves(figure: Figure, run: NotebookEvidence, name: str) -> Picture | None:
    """Draw a figure that holds only curves as SVG.

    Returns
    -------
    Picture or None
        None if the figure holds anything else (images, bars, text), several coordinate systems
        (their places are not captured), or data that were not kept.
    """
    if len(figure.axes) != 1:
        return None
    axes = figure.axes[0]
    if axes.others or axes.images or not 0 < len(axes.lines) <= _MAX_LINES:
        return None
    curves = [(_numbers(run.array(x.x)), _numbers(run.array(x.y)), x.label) for x in axes.lines]
    data = [(x, y, label) for x, y, label in curves if x is not None and y is not None]
    if len(data) != len(curves) or any(len(x) != len(y) or len(x) < 2 for x, y, _ in data):
        return None
    if any(bool((np.diff(x) < 0).any()) for x, _, _ in data):
        return None  # points rather than a curve: whether they were joined is not captured
    width, height = 5.0, 2.9
    for mathtext in (True, False):
        svg = _svg(axes, data, (width, height), mathtext)
        if svg:
            size = (width * _MM_PER_INCH, height * _MM_PER_INCH)
            return Picture(f"{name}.svg", svg, *size, alt=describe(figure))
    return None


def _numbers(array: Array | None) -> Array | None:
    """Return a curve's coordinates, (n,) float with NaN for what is not finite; else None."""
    if array is None or array.ndim != 1 or array.dtype.kind not in "biuf":
        return None
    if len(array) > _MAX_POINTS:
        return None
    numbers = np.array(array, dtype=np.float64)
    numbers[~(np.abs(numbers) < 1e200)] = np.nan
    return numbers


def _svg(
    axes: Axes,
    data: list[tuple[Array, Array, str]],
    size: tuple[float, float],
    mathtext: bool,
) -> bytes:
    """Draw with matplotlib; ``b""`` if it refuses (a label that looks like a broken formula)."""
    buffer = io.BytesIO()
    # A label may hold a sign that the font lacks: matplotlib draws a box and warns.
    with warnings.catch_warnings(), mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        warnings.simplefilter("ignore")
        figure = MplFigure(figsize=size)
        FigureCanvasSVG(figure)
        plot = figure.add_axes((0.135, 0.155, 0.85, 0.82))  # a layout engine takes twice as long
        for x, y, label in data:
            plot.plot(x, y, label=clean(label, 80) if label else "_nolegend_")
        for limits, setter in ((axes.xlim, plot.set_xlim), (axes.ylim, plot.set_ylim)):
            if limits and all(abs(v) < 1e200 for v in limits) and limits[0] != limits[1]:
                setter(*limits)
        plot.set_xlabel(_one_line(axes.xlabel))
        plot.set_ylabel(_one_line(axes.ylabel))
        if any(label for _, _, label in data) and len(data) <= 12:
            plot.legend(ncols=1 if len(data) <= 5 else 2, fontsize=7.5)
        if not mathtext:
            for text in figure.findobj(mpl.text.Text):
                text.set_parse_math(False)
        try:
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        except (ValueError, RuntimeError, OverflowError, FloatingPointError):
            return b""
    return buffer.getvalue()


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
    return _one_line(figure.axes[0].title) if len(figure.axes) == 1 else ""


def describe(figure: Figure) -> str:
    """Say in German what a figure shows, from its data."""
    parts = []
    for axes in figure.axes[:8]:
        what = []
        if axes.lines:
            n = len(axes.lines)
            what.append("eine Kurve" if n == 1 else f"{n} Kurven")
        for image in axes.images[:3]:
            size = " × ".join(str(n) for n in image.array.shape[:2])
            cmap = f", Farbtabelle {_one_line(image.cmap)}" if image.cmap else ""
            what.append(f"ein Bild ({size} Pixel{cmap})")
        if axes.others:
            what.append("weitere Zeichenelemente")
        head = f"„{_one_line(axes.title)}“: " if axes.title.strip() else ""
        labels = [_one_line(x) for x in (axes.xlabel, axes.ylabel) if x.strip()]
        tail = f", Achsen {' und '.join(labels)}" if labels else ""
        parts.append(f"{head}{', '.join(what) or 'leere Achsen'}{tail}")
    return clean("Diagramm. " + "; ".join(parts), 600) if parts else "Abbildung aus dem Notebook"


def _one_line(text: str) -> str:
    return " ".join(clean(text, 200).split())
