"""The cohort's plots as SVG that takes its ink from the page (light or dark)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

__all__ = ["checks_plot", "points_plot", "seconds_plot", "tasks_plot"]

# A colour that nothing else uses; in the SVG it becomes the page's own text colour.
_INK = "#0a0b0c"
_BAR = "#2f77b4"
_SOFT = "#8fb8da"
_STYLE: Any = {
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "svg.hashsalt": "grader",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
}


def points_plot(points: Sequence[float], max_points: float) -> str:
    """Histogram of total points in steps of a tenth of ``max_points``, with the median."""
    with rc_context(_STYLE):
        figure, axes = _figure(7.2, 2.8)
        edges = np.linspace(0, max_points, 11)
        counts, _ = np.histogram(points, edges)
        width = edges[1] - edges[0]
        axes.bar(edges[:-1] + width / 2, counts, width=0.92 * width, color=_BAR)
        if len(points):
            middle = float(np.median(points))
            axes.axvline(middle, color=_INK, linewidth=1, linestyle="--")
            axes.annotate(
                f"Median {_comma(middle)}",
                (middle, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
            )
        axes.set(xlim=(0, max_points), xlabel="Punkte", ylabel="Abgaben")
        axes.set_ylim(0, 1.05 * max(1, counts.max()))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure, "points")


def tasks_plot(names: Sequence[str], shares: Sequence[Sequence[float]]) -> str:
    """Share of points per task: every submission a dot, the mean a bar.

    Parameters
    ----------
    names : sequence of str, length n_tasks
    shares : sequence of sequences of float
        Per task the submissions' shares in [0, 1].
    """
    with rc_context(_STYLE):
        figure, axes = _figure(7.2, 0.42 * len(names) + 0.9)
        for row, values in enumerate(shares):
            if not len(values):
                continue
            axes.barh(row, 100 * float(np.mean(values)), color=_SOFT, height=0.66)
            # A fixed spread keeps equal values apart and the picture reproducible.
            spread = np.linspace(-0.22, 0.22, len(values))
            axes.scatter(100 * np.asarray(values), row + spread, s=9, color=_BAR, zorder=3)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set(xlim=(-2, 102), xlabel="Anteil der Punkte in %")
        return _svg(figure, "tasks")


def checks_plot(
    checks: Sequence[str], submissions: Sequence[str], shares: Sequence[Sequence[float | None]]
) -> str:
    """Map of checks (columns) by submissions (rows); dark is many points, a dash not judged.

    Parameters
    ----------
    shares : sequence of sequences of (float or None)
        Shape (n_submissions, n_checks), in [0, 1].
    """
    with rc_context(_STYLE):
        figure, axes = _figure(max(7.2, 0.21 * len(checks) + 1.8), 0.2 * len(submissions) + 1.4)
        grid = np.array([[np.nan if v is None else v for v in row] for row in shares], dtype=float)
        grid = grid.reshape(len(submissions), len(checks))
        mesh = axes.pcolormesh(
            grid, cmap="Blues", vmin=-0.15, vmax=1.0, edgecolors="#c7d0d9", linewidth=0.5
        )
        mesh.set_rasterized(False)
        # An empty cell would look like many points on a dark page.
        rows, columns = np.nonzero(np.isnan(grid))
        axes.scatter(columns + 0.5, rows + 0.5, s=10, marker="_", color=_INK, linewidths=0.8)
        axes.set(xlim=(0, len(checks)), ylim=(0, len(submissions)))
        axes.set_xticks(np.arange(len(checks)) + 0.5, checks, rotation=90, fontsize=7)
        names = [_label(n) for n in submissions]
        axes.set_yticks(np.arange(len(submissions)) + 0.5, names, fontsize=7)
        axes.invert_yaxis()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return _svg(figure, "checks")


def seconds_plot(submissions: Sequence[str], seconds: Sequence[float]) -> str:
    """Bars of computing time per submission, longest first (at most 40)."""
    with rc_context(_STYLE):
        order = np.argsort(seconds)[::-1][:40]
        figure, axes = _figure(7.2, 0.22 * len(order) + 0.9)
        axes.barh(range(len(order)), [seconds[i] for i in order], color=_BAR, height=0.7)
        axes.set_yticks(range(len(order)), [_label(submissions[i]) for i in order], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel("Rechenzeit in Sekunden")
        return _svg(figure, "seconds")


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _comma(v)))
    return figure, axes


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _label(name: str) -> str:
    """Shorten a name for an axis; what the font has no sign for becomes U+FFFD."""
    short = name if len(name) <= 22 else name[:21] + "…"
    return "".join(c if ord(c) in _signs() else "\ufffd" for c in short)


@cache
def _signs() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _svg(figure: Figure, name: str) -> str:
    """Draw to SVG; ids begin with ``name``, for several plots stand on one page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'( id="|href="#|url\(#)', rf"\1{name}-", text)
    return text.replace(_INK, "currentColor")
