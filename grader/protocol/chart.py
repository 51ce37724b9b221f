"""Figures drawn anew from their data, as SVG: curves, images with their colour bar.

One drawing holds all coordinate systems of a figure, side by side in the order in which they were
made. matplotlib finds the ticks, colours and letter shapes; the rest is drawn here, because a
protocol's figures have to be made in milliseconds.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator
from PIL import Image as PilImage

from grader.model import Array
from grader.protocol.lettering import fitted, outline, width_of
from grader.protocol.pixels import encoded
from grader.templating import german_number

__all__ = ["Curve", "Layer", "Panel", "draw"]

_INK, _SOFT, _GRID, _FRAME = "#1c2430", "#56616f", "#dde1e6", "#8a94a1"
_COLOURS = (
    "#00497a", "#c2500a", "#2f7d32", "#7b3fa0", "#a87400", "#b0305c", "#3f8fbf", "#5d6470",
    "#7a4a2b", "#0a8a83",
)  # fmt: skip
_DASHES = ("", "7 2.5", "2 2", "7 2 2 2")
_SIZE, _SMALL = 8.5, 7.5
_MAX_LEGEND = 12


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line: finite or NaN coordinates of shape (n,)."""

    x: Array
    y: Array
    label: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """An image: (h, w) numbers seen through ``cmap``, or colours of shape (h, w, 3 or 4)."""

    pixels: Array
    cmap: str = "viridis"
    alpha: float = 1.0
    low: float = 0.0
    high: float = 1.0

    @property
    def coloured(self) -> bool:
        """Whether colours stand for numbers, so that a colour bar tells something."""
        return self.pixels.ndim == 2 and self.cmap.removesuffix("_r") not in _GREYS


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One coordinate system: curves or layers, its labels and limits."""

    curves: tuple[Curve, ...] = ()
    layers: tuple[Layer, ...] = ()
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None


_GREYS = {"gray", "grey", "Greys", "binary", "gist_gray", "gist_grey", "bone", "gist_yarg"}


def draw(panels: Sequence[Panel], width: float, height: float) -> tuple[bytes, float, float]:
    """Draw a figure of about ``width`` by ``height`` points.

    Returns
    -------
    tuple of (bytes, float, float)
        SVG, and the width and height that it has in the end, in points.
    """
    columns = _columns(len(panels), width, height)
    cell = width / columns
    gap = 6.0 if columns > 1 else 0.0
    titled = len(panels) > 1 and any(p.title for p in panels)
    parts, top = [], 0.0
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        head = _SIZE + 5 if titled else 0.0
        tall = 0.0
        for i, panel in enumerate(row):
            left, room = i * cell + gap / 2, cell - gap
            body = height / math.ceil(len(panels) / columns) - head - gap
            drawn, used = _panel(panel, left, top + head, room, max(body, 40.0))
            if titled:
                middle = left + room / 2
                drawn = outline(_fit(panel.title, room), middle, top + _SIZE, _SIZE, 0.5) + drawn
            parts.append(drawn)
            tall = max(tall, used)
        top += head + tall + (gap if start + columns < len(panels) else 0.0)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:.1f}pt" height="{top:.1f}pt" viewBox="0 0 {width:.1f} {top:.1f}">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )
    return svg.encode(), width, top


def _columns(count: int, width: float, height: float) -> int:
    """Choose columns as the figure's own shape suggests: cells as square as can be."""

    def off(columns: int) -> tuple[float, int]:
        rows = math.ceil(count / columns)
        empty = rows * columns - count
        return abs(math.log((width / columns) / (height / rows))) + 0.3 * empty, columns

    return min(range(1, min(count, 10) + 1), key=off)


def _panel(panel: Panel, x: float, y: float, width: float, height: float) -> tuple[str, float]:
    """Draw one coordinate system into a box; return it and the height that it used."""
    if panel.layers:
        return _image_panel(panel, x, y, width, height)
    return _curve_panel(panel, x, y, width, height), height


# --------------------------------------------------------------------------- curves


@dataclass(frozen=True, slots=True)
class _Scale:
    """From numbers (``low`` to ``high``) to places (``start`` to ``stop``)."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def all(self, values: Array) -> Array:
        share: Array = (values - self.low) / (self.high - self.low)
        placed: Array = self.start + share * (self.stop - self.start)
        return placed


def _curve_panel(panel: Panel, x: float, y: float, width: float, height: float) -> str:
    xlim = _limits(panel.xlim, [c.x for c in panel.curves])
    ylim = _limits(panel.ylim, [c.y for c in panel.curves])
    legend, legend_height = _legend(panel.curves, x, y, width)
    # About one label for each 45 points of width and 26 of height.
    xticks, xnames, xpower = _ticks(xlim, max(2, int(width / 45)))
    yticks, ynames, ypower = _ticks(ylim, max(2, int(height / 26)))
    left = x + max((width_of(n, _SMALL) for n in ynames), default=0.0) + 6
    left += _SIZE + 5 if panel.ylabel else 0
    right = x + width - 3 - (width_of(xnames[-1], _SMALL) / 2 if xnames else 0)
    top = y + legend_height + (_SMALL + 5 if ypower else 4)
    bottom = y + height - _SMALL - 7 - (_SIZE + 5 if panel.xlabel or xpower else 0)
    across, up = _Scale(*xlim, left, right), _Scale(*ylim, bottom, top)
    parts = [legend]
    for value, name in zip(xticks, xnames, strict=True):
        at = across.at(value)
        parts.append(_line(at, top, at, bottom, _GRID, 0.6))
        parts.append(_line(at, bottom, at, bottom + 3, _FRAME, 0.7))
        parts.append(outline(name, at, bottom + 5 + _SMALL, _SMALL, 0.5))
    for value, name in zip(yticks, ynames, strict=True):
        at = up.at(value)
        parts.append(_line(left, at, right, at, _GRID, 0.6))
        parts.append(_line(left - 3, at, left, at, _FRAME, 0.7))
        parts.append(outline(name, left - 5, at + 0.36 * _SMALL, _SMALL, 1.0))
    parts.append(_line(left, top, left, bottom, _FRAME, 0.7))
    parts.append(_line(left, bottom, right, bottom, _FRAME, 0.7))
    # An inner drawing cuts off what leaves the axes.
    box = f"{left:.2f} {top:.2f} {right - left:.2f} {bottom - top:.2f}"
    place = f'x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"'
    parts.append(f'<svg {place} viewBox="{box}">')
    for number, curve in enumerate(panel.curves):
        parts.append(_path(across.all(curve.x), up.all(curve.y), _pen(number, len(panel.curves))))
    parts.append("</svg>")
    below = _fit(" ".join(filter(None, (panel.xlabel, _power(xpower)))), right - left)
    parts.append(outline(below, (left + right) / 2, y + height - 2.5, _SIZE, 0.5))
    beside = _fit(panel.ylabel, bottom - top)
    parts.append(outline(beside, x + _SIZE, (top + bottom) / 2, _SIZE, 0.5, turned=True))
    parts.append(outline(_power(ypower), left, top - 4, _SMALL))
    return "".join(parts)


def _limits(given: tuple[float, float] | None, values: Sequence[Array]) -> tuple[float, float]:
    """Return the limits as set, or those of the data with a margin; never an empty range."""
    if given and all(abs(v) < 1e200 for v in given) and given[0] != given[1]:
        return float(given[0]), float(given[1])
    finite = np.concatenate([v[np.isfinite(v)] for v in values] or [np.zeros(1)])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    margin = 0.05 * (high - low) or max(abs(high), 1.0) / 2
    return low - margin, high + margin


def _ticks(limits: tuple[float, float], count: int) -> tuple[list[float], list[str], int]:
    """Return places and German names of round numbers, and a power of ten taken out of them."""
    low, high = sorted(limits)
    found = MaxNLocator(min(count, 9), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = 1e-9 * (high - low)
    values = [float(v) for v in found if low - slack <= v <= high + slack]
    largest = max((abs(v) for v in values), default=0.0)
    power = math.floor(math.log10(largest)) if largest else 0
    power = power if power >= 5 or power <= -4 else 0
    # Powers of ten beyond a float's range have no use on an axis.
    shown = [v / 10.0**power for v in values]
    step = abs(shown[1] - shown[0]) if len(shown) > 1 else 1.0
    digits = next((d for d in range(7) if abs(round(step, d) - step) < 1e-6 * step), 6)
    return values, [_minus(german_number(v + 0.0, digits)) for v in shown], power


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def _power(power: int) -> str:
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"· 10{raised}" if power else ""


def _pen(number: int, count: int) -> str:
    """Colour and dashes of a curve: told apart without colours as well, where there are few."""
    dash = _DASHES[number % len(_DASHES)] if 1 < count <= 2 * len(_DASHES) else ""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    colour = _COLOURS[number % len(_COLOURS)]
    width = 1.4 if count <= 4 else 1.0
    return f'stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{dashed}'


def _path(x: Array, y: Array, pen: str) -> str:
    """Draw a curve; a NaN interrupts it."""
    x, y = np.clip(x, -5e3, 5e3), np.clip(y, -5e3, 5e3)
    parts, drawing = [], False
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(px) or math.isnan(py):
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{px:.2f} {py:.2f}")
        drawing = True
    return f'<path d="{"".join(parts)}" fill="none" {pen}/>'


def _legend(curves: Sequence[Curve], x: float, y: float, width: float) -> tuple[str, float]:
    """Draw the labels in lines above the curves, where they hide nothing."""
    named = [(i, c.label) for i, c in enumerate(curves) if c.label]
    if not named or len(curves) > _MAX_LEGEND:
        return "", 0.0
    parts, left, line = [], x + 6.0, 0
    for number, label in named:
        text = _fit(label, width - 40)
        need = 22 + width_of(text, _SMALL) + 12
        if left > x + 6.0 and left + need > x + width:
            left, line = x + 6.0, line + 1
        middle = y + line * (_SMALL + 4) + _SMALL * 0.6
        sample = f"M{left:.2f} {middle:.2f}h18"
        parts.append(f'<path d="{sample}" fill="none" {_pen(number, len(curves))}/>')
        parts.append(outline(text, left + 22, middle + 0.36 * _SMALL, _SMALL))
        left += need
    return "".join(parts), (line + 1) * (_SMALL + 4) + 2


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, width: float) -> str:
    ends = f'x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
    return f'<line {ends} stroke="{ink}" stroke-width="{width}"/>'


def _fit(text: str, room: float) -> str:
    return fitted(text, _SIZE, room)


# --------------------------------------------------------------------------- images


def _image_panel(
    panel: Panel, x: float, y: float, width: float, height: float
) -> tuple[str, float]:
    rows, columns = panel.layers[0].pixels.shape[:2]
    barred = next((layer for layer in reversed(panel.layers) if layer.coloured), None)
    left, bar = x + (_SIZE + 4 if panel.ylabel else 0), 0.0
    if barred is not None:
        ticks, names, power = _ticks((barred.low, barred.high), 5)
        bar = 20 + max((width_of(n, _SMALL) for n in names), default=0.0)
    foot = _SIZE + 5 if panel.xlabel else 0
    room = x + width - left - bar
    scale = min(room / columns, (height - foot) / rows)
    wide, tall = columns * scale, rows * scale
    left += (room - wide) / 2
    parts = [_embedded(_composed(panel.layers), left, y, wide, tall)]
    parts.append(_frame(left, y, wide, tall))
    if barred is not None:
        at = left + wide + 6
        ramp = np.linspace(1, 0, 256)[:, None]
        parts.append(
            _embedded(_coloured(ramp, barred.cmap), at, y, 8, tall) + _frame(at, y, 8, tall)
        )
        up = _Scale(barred.low, barred.high, y + tall, y)
        for value, name in zip(ticks, names, strict=True):
            mark = up.at(value)
            parts.append(_line(at + 8, mark, at + 10, mark, _FRAME, 0.7))
            inside = min(max(mark + 0.36 * _SMALL, y + 0.72 * _SMALL), y + tall)
            parts.append(outline(name, at + 12, inside, _SMALL))
        parts.append(outline(_power(power), at + 9, y + tall + _SMALL + 1, _SMALL, 0.5))
        foot = max(foot, _SMALL + 4 if power else 0)
    parts.append(
        outline(_fit(panel.xlabel, wide), left + wide / 2, y + tall + _SIZE + 2, _SIZE, 0.5)
    )
    beside = _fit(panel.ylabel, tall)
    parts.append(outline(beside, x + _SIZE, y + tall / 2, _SIZE, 0.5, turned=True))
    return "".join(parts), tall + foot + 1


def _frame(x: float, y: float, width: float, height: float) -> str:
    place = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<rect {place} fill="none" stroke="{_FRAME}" stroke-width="0.5"/>'


def _composed(layers: Sequence[Layer]) -> Array:
    """Lay the layers over each other: (h, w, 3) bytes, as large as the largest of them."""
    rows = max(layer.pixels.shape[0] for layer in layers)
    columns = max(layer.pixels.shape[1] for layer in layers)
    if len(layers) == 1 and layers[0].alpha == 1 and layers[0].pixels.shape[2:] in ((), (3,)):
        return _colours(layers[0])[:, :, :3]
    ground = np.full((rows, columns, 3), 255.0, np.float32)
    for layer in layers:
        colours = _colours(layer)
        if colours.shape[:2] != (rows, columns):
            image = PilImage.fromarray(colours).resize((columns, rows), PilImage.Resampling.NEAREST)
            colours = np.asarray(image)
        cover = colours[:, :, 3:] * np.float32(layer.alpha / 255.0)
        ground += (colours[:, :, :3] - ground) * cover
    made: Array = np.rint(ground).astype(np.uint8)
    return made


def _colours(layer: Layer) -> Array:
    """Return the layer as (h, w, 4) bytes."""
    if layer.pixels.ndim == 2:
        share = (layer.pixels - layer.low) / ((layer.high - layer.low) or 1.0)
        return _coloured(share, layer.cmap)
    pixels = layer.pixels
    if pixels.dtype != np.uint8:
        pixels = np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 255).astype(np.uint8)
    if pixels.shape[2] == 3:
        opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
        pixels = np.concatenate([pixels, opaque], axis=2)
    return np.ascontiguousarray(pixels)


def _coloured(share: Array, cmap: str) -> Array:
    made: Array = mpl.colormaps[cmap](np.asarray(share, dtype=float), bytes=True)
    return np.ascontiguousarray(made)


def _embedded(pixels: Array, x: float, y: float, width: float, height: float) -> str:
    made = encoded(np.ascontiguousarray(pixels[:, :, :3]))
    if made is None:
        return ""
    kind = {"png": "image/png", "jpg": "image/jpeg"}[made.ending]
    uri = f"data:{kind};base64,{base64.b64encode(made.data).decode('ascii')}"
    place = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<image {place} preserveAspectRatio="none" xlink:href="{uri}"/>'
