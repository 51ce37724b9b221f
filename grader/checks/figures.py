"""Figures: plotted lines as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader.checks.arrays import Floats
from grader.checks.context import Side
from grader.model import ArrayInfo, Axes

__all__ = ["PlottedLine", "is_index", "lines_in"]


@dataclass(frozen=True, slots=True)
class PlottedLine:
    """A line of a figure: ``x`` and ``y`` of shape (n,), and the axes it is drawn in."""

    x: Floats
    y: Floats
    axes: Axes
    label: str = ""


def lines_in(side: Side, slot_or_task: str) -> Iterator[PlottedLine]:
    """Yield the lines of all figures of a region whose data were kept."""
    for figure in side.figures(slot_or_task):
        for axes in figure.axes:
            for line in axes.lines:
                x, y = (_flat(side, slot_or_task, info) for info in (line.x, line.y))
                if x is not None and y is not None and x.shape == y.shape and x.size:
                    yield PlottedLine(x, y, axes, line.label)


def is_index(x: Floats) -> bool:
    """Tell whether x is just 0, 1, 2, …: what matplotlib takes if only y is given."""
    return x.size > 1 and bool(np.array_equal(x, np.arange(x.size)))


def _flat(side: Side, place: str, info: ArrayInfo) -> Floats | None:
    array = side.array(place, info)
    if array is None or array.dtype.kind not in "biuf":
        return None
    return array.astype(np.float64).reshape(-1)
