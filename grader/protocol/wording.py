"""Figures in words, from their data: alternative texts for those who cannot see them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from grader.model import Array
from grader.protocol.chart import Curve, Layer, Panel
from grader.protocol.text import clean
from grader.templating import german_number

__all__ = ["describe_panels", "number"]

_MAX_PANELS, _MAX_CURVES, _MAX_TURNS = 16, 5, 6
_STILL = 0.08  # of the range: what changes less is noise or a plateau
_LENGTH = 1_500


def describe_panels(panels: tuple[Panel, ...]) -> str:
    """Say in German what a figure shows: „Kurve: steigt von 0 bei x = 0 auf 10 bei x = 1,67.“"""
    if len(panels) > 2 and len({_kind(p) for p in panels}) == 1 and panels[0].layers:
        titles = [f"„{p.title}“" if p.title else "ohne Titel" for p in panels[:_MAX_PANELS]]
        rest = len(panels) - len(titles)
        more = f" und {rest} weitere" if rest else ""
        return clean(
            f"{len(panels)} Bilder, je {_kind(panels[0])}: {', '.join(titles)}{more}.", _LENGTH
        )
    parts = [_panel(p, several=len(panels) > 1) for p in panels[:_MAX_PANELS]]
    if len(panels) > _MAX_PANELS:
        parts.append(f"Und {len(panels) - _MAX_PANELS} weitere.")
    return clean(" ".join(parts), _LENGTH)


def _kind(panel: Panel) -> str:
    """Name what an image is without looking at its values; ``""`` for curves."""
    return ", darüber ".join(_sort(layer) for layer in panel.layers)


def number(value: float) -> str:
    """Return a number to three digits in German notation: ``1,67``, ``−0,0012``, ``3 · 10⁻⁷``."""
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        exact = float(f"{value:.3g}")
        return german_number(exact).replace("-", "−")
    mantissa, power = f"{value:.2e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{german_number(float(mantissa)).replace('-', '−')} · 10{raised}"


def _panel(panel: Panel, *, several: bool) -> str:
    title = f"„{panel.title}“: " if panel.title else ""
    if panel.layers:
        return title + _image(panel) + "."
    axes = [
        f"{side}: {label}" for side, label in (("x", panel.xlabel), ("y", panel.ylabel)) if label
    ]
    tail = f" Achsen: {', '.join(axes)}." if axes else ""
    curves = panel.curves
    if len(curves) == 1:
        name = f" „{curves[0].label}“" if curves[0].label else ""
        return f"{title}Kurve{name}: {_course(curves[0])}.{tail}"
    names = [f"„{c.label}“" if c.label else f"Kurve {i}" for i, c in enumerate(curves, start=1)]
    few = 2 if several else _MAX_CURVES
    if len(curves) > few:
        about = f"{names[0]} bis {names[-1]}. Alle: {_reach(curves)}. {names[0]}"
        return f"{title}{len(curves)} Kurven, {about}: {_course(curves[0])}.{tail}"
    courses = "; ".join(f"{n}: {_course(c)}" for n, c in zip(names, curves, strict=True))
    return f"{title}{len(curves)} Kurven. {courses}.{tail}"


# --------------------------------------------------------------------------- curves


def _course(curve: Curve) -> str:
    """Follow a curve from left to right: where it rises, falls, and stays."""
    good = np.isfinite(curve.x) & np.isfinite(curve.y)
    x, y = curve.x[good], curve.y[good]
    if len(x) < 2:
        return "ohne darstellbare Werte"
    spread = float(y.max() - y.min())
    if spread <= 1e-9 * max(1.0, float(np.abs(y).max())):
        ends = f"von x = {number(float(x[0]))} bis {number(float(x[-1]))}"
        return f"bleibt bei {number(float(y[0]))} {ends}"
    corners = _corners(y, _STILL * spread)
    if len(corners) - 1 > _MAX_TURNS:
        low, high = int(np.argmin(y)), int(np.argmax(y))
        return (
            f"schwankt von {_at(x, y, 0, 'bei')} bis {_at(x, y, len(x) - 1, 'bei')}, am kleinsten "
            f"{_at(x, y, low, 'bei')}, am größten {_at(x, y, high, 'bei')}"
        )
    parts: list[str] = []
    for first, last in pairwise(corners):
        change = float(y[last] - y[first])
        if abs(change) < _STILL * spread:
            word = f"bleibt bei {number(float(y[first]))} bis x = {number(float(x[last]))}"
        else:
            verb = "steigt" if change > 0 else "fällt"
            start = f" von {_at(x, y, first, 'bei')}" if not parts else ""
            word = f"{verb}{start} auf {_at(x, y, last, 'bei')}"
        parts.append(word)
    return ", ".join(parts)


def _at(x: Array, y: Array, place: int, word: str) -> str:
    return f"{number(float(y[place]))} {word} x = {number(float(x[place]))}"


def _reach(curves: tuple[Curve, ...]) -> str:
    """Say between which values curves lie."""
    parts = []
    for name, arrays in (("x", [c.x for c in curves]), ("y", [c.y for c in curves])):
        values = np.concatenate([a[np.isfinite(a)] for a in arrays])
        if len(values):
            parts.append(
                f"{name} von {number(float(values.min()))} bis {number(float(values.max()))}"
            )
    return ", ".join(parts) or "ohne darstellbare Werte"


def _corners(y: Array, still: float) -> list[int]:
    """Indices where a curve turns, and where a plateau begins or ends.

    A turn counts if the curve then goes back by more than ``still``.
    """
    turns, low, high, going = [0], 0, 0, 0
    for i in range(1, len(y)):
        if y[i] > y[high]:
            high = i
        if y[i] < y[low]:
            low = i
        if going >= 0 and y[high] - y[i] > still:
            if going or high > turns[-1]:
                turns.append(high)
            going, low, high = -1, i, i
        elif going <= 0 and y[i] - y[low] > still:
            if going or low > turns[-1]:
                turns.append(low)
            going, low, high = 1, i, i
    corners = sorted({*turns, len(y) - 1})
    made = [0]
    for first, last in pairwise(corners):
        made += _plateau(y, first, last, still)
        made.append(last)
    return sorted(set(made))


def _plateau(y: Array, first: int, last: int, still: float) -> list[int]:
    """Return where a monotone stretch's flat beginning ends and its flat end begins."""
    length = last - first
    if length < 8 or abs(y[last] - y[first]) < still:
        return []
    found = []
    near_start = np.nonzero(np.abs(y[first : last + 1] - y[first]) > 0.25 * still)[0]
    near_end = np.nonzero(np.abs(y[first : last + 1] - y[last]) > 0.25 * still)[0]
    if len(near_start) and near_start[0] - 1 > length / 8:
        found.append(first + int(near_start[0]) - 1)
    if len(near_end) and length - near_end[-1] - 1 > length / 8:
        found.append(first + int(near_end[-1]) + 1)
    return found


# --------------------------------------------------------------------------- images


def _image(panel: Panel) -> str:
    ground, *over = panel.layers
    parts = [_layer(ground)]
    parts += [f"darüber {_layer(layer)}, Deckkraft {number(layer.alpha)}" for layer in over]
    return ", ".join(parts)


def _sort(layer: Layer) -> str:
    rows, columns = layer.pixels.shape[:2]
    size = f"{columns} × {rows} Pixel"
    if layer.pixels.ndim == 3:
        return f"Farbbild, {size}"
    return f"Farbkarte ({layer.cmap}), {size}" if layer.coloured else f"Graustufenbild, {size}"


def _layer(layer: Layer) -> str:
    if not layer.coloured:
        return _sort(layer)
    place = _highest(layer.pixels)
    span = f"Werte von {number(layer.low)} bis {number(layer.high)}"
    return f"{_sort(layer)}, {span}" + (f", höchste Werte {place}" if place else "")


def _highest(pixels: Array) -> str:
    """Say where the highest values lie, if they lie in one place."""
    numbers = np.nan_to_num(np.asarray(pixels, dtype=float))
    low, high = float(numbers.min()), float(numbers.max())
    if high <= low:
        return ""
    rows, columns = np.nonzero(numbers >= low + 0.9 * (high - low))
    down, right = rows / max(1, pixels.shape[0] - 1), columns / max(1, pixels.shape[1] - 1)
    if down.std() > 0.2 or right.std() > 0.2:
        return ""
    upright = "oben" if down.mean() < 1 / 3 else "unten" if down.mean() > 2 / 3 else ""
    across = "links" if right.mean() < 1 / 3 else "rechts" if right.mean() > 2 / 3 else ""
    return " ".join(filter(None, (upright, across))) or "in der Mitte"
