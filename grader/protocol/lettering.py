"""Text in drawings as outlines: the same in every viewer, whatever fonts it has."""

from __future__ import annotations

import warnings
from functools import cache, lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = ["fitted", "outline", "width_of"]

_COMMANDS = {1: "M", 2: "L", 3: "Q", 4: "C"}
_POINTS = {1: 1, 2: 1, 3: 2, 4: 3}
_CLOSE = 79
_LONGEST = 200


def outline(
    text: str,
    x: float,
    y: float,
    size: float,
    anchor: float = 0.0,
    *,
    turned: bool = False,
    fill: str = "#1c2430",
) -> str:
    """Return ``text`` as an SVG path whose baseline begins, ends or is centred at (x, y).

    Parameters
    ----------
    size : float
        Of the font, in the drawing's units.
    anchor : float
        Share of the text's width to the left of ``x``: 0 begins there, 0.5 is centred, 1 ends.
    turned : bool
        Read from below.
    """
    path, width = _path(text)
    if not path:
        return ""
    turn = " rotate(-90)" if turned else ""
    move = f"translate({x:.2f} {y:.2f}){turn} translate({-anchor * width * size:.2f} 0)"
    return f'<path transform="{move} scale({size / 1000:.5f})" d="{path}" fill="{fill}"/>'


def width_of(text: str, size: float) -> float:
    """Return how wide ``text`` is, in the units of ``size``."""
    return _path(text)[1] * size


def fitted(text: str, size: float, room: float) -> str:
    """Return ``text`` shortened to fit into ``room``; ``""`` for a formula that does not."""
    text = text[:_LONGEST]
    if text.count("$") >= 2:
        return text if width_of(text, size) <= room else ""
    # A sign's width is known after its first time; kerning hardly matters here.
    used = 0.0
    for place, sign in enumerate(text):
        used += width_of(sign, size)
        if used > room:
            return text[: max(0, place - 1)].rstrip() + "…"
    return text


@cache
def _font() -> FontProperties:
    return FontProperties(family="DejaVu Sans")


@lru_cache(maxsize=2_000)
def _path(text: str) -> tuple[str, float]:
    """Path data of a font 1000 high, y downwards, and the width at height 1."""
    # A sign that the font lacks becomes a box, with a warning.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if text.count("$") >= 2:
            try:
                return _traced(text, math=True)
            except (ValueError, RuntimeError, OverflowError):
                pass  # no formula: shown as typed
        return _traced(text, math=False)


def _traced(text: str, *, math: bool) -> tuple[str, float]:
    vertices, codes = text_to_path.get_text_path(_font(), text, ismath=math)
    width, _, _ = text_to_path.get_text_width_height_descent(text, _font(), ismath=math)
    points = np.round(np.asarray(vertices).reshape(-1, 2) * 10).astype(int)
    parts, i = [], 0
    while i < len(codes):
        code = int(codes[i])
        if code == _CLOSE:
            parts.append("Z")
            i += 1
            continue
        count = _POINTS[code]
        at = " ".join(f"{px} {-py}" for px, py in points[i : i + count])
        parts.append(_COMMANDS[code] + at)
        i += count
    return "".join(parts), float(width) / _font().get_size_in_points()
