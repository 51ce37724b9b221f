"""The cohort's plots: SVG that takes its ink from the page (light or dark), or PNG for slides."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

__all__ = [
    "BAR",
    "INK",
    "SOFT",
    "STYLE",
    "Plot",
    "axis_label",
    "checks_plot",
    "comma",
    "new_figure",
    "points_plot",
    "seconds_plot",
    "tasks_plot",
]

# A colour that nothing else uses; in the SVG it becomes the page's own text colour.
INK = "#0a0b0c"
BAR = "#2f77b4"
SOFT = "#8fb8da"
STYLE: Any = {
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "svg.hashsalt": "grader",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
}


@dataclass(frozen=True)
class Plot:
    """A drawn plot; ``name`` begins the ids in its SVG, since several stand on one page."""

    name: str
    figure: Figure

    def svg(self) -> str:
        """Return SVG whose ink is the page's own text colour."""
        buffer = io.BytesIO()
        with rc_context(STYLE):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        text = buffer.getvalue().decode("utf-8")
        text = text[text.index("<svg") :]
        text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        text = re.sub(r'( id="|href="#|url\(#)', rf"\1{self.name}-", text)
        return text.replace(INK, "currentColor")

    def png(self) -> bytes:
        """Return PNG on white, 200 pixels per inch."""
        buffer = io.BytesIO()
        with rc_context(STYLE):
            self.figure.savefig(
                buffer, format="png", dpi=200, facecolor="white", metadata={"Software": None}
            )
        return buffer.getvalue()


def points_plot(points: Sequence[float], max_points: float) -> Plot:
    """Histogram of total points in steps of a tenth of ``max_points``, with the median."""
    with rc_context(STYLE):
        figure, axes = new_figure(7.2, 2.8)
        edges = np.linspace(0, max_points, 11)
        counts, _ = np.histogram(points, edges)
        width = edges[1] - edges[0]
        axes.bar(edges[:-1] + width / 2, counts, width=0.92 * width, color=BAR)
        if len(points):
            middle = float(np.median(points))
            axes.axvline(middle, color=INK, linewidth=1, linestyle="--")
            axes.annotate(
                f"Median {comma(middle)}",
                (middle, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
            )
        axes.set(xlim=(0, max_points), xlabel="Punkte", ylabel="Abgaben")
        axes.set_ylim(0, 1.05 * max(1, counts.max()))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return Plot("points", figure)


def tasks_plot(names: Sequence[str], shares: Sequence[Sequence[float]]) -> Plot:
    """Share of points per task: every submission a dot, the mean a bar.

    Parameters
    ----------
    names : sequence of str, length n_tasks
    shares : sequence of sequences of float
        Per task the submissions' shares in [0, 1].
    """
    with rc_context(STYLE):
        figure, axes = new_figure(7.2, 0.42 * len(names) + 0.9)
        for row, values in enumerate(shares):
            if not len(values):
                continue
            axes.barh(row, 100 * float(np.mean(values)), color=SOFT, height=0.66)
            # A fixed spread keeps equal values apart and the picture reproducible.
            spread = np.linspace(-0.22, 0.22, len(values))
            axes.scatter(100 * np.asarray(values), row + spread, s=9, color=BAR, zorder=3)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set(xlim=(-2, 102), xlabel="Anteil der Punkte in %")
        return Plot("tasks", figure)


def checks_plot(
    checks: Sequence[str], submissions: Sequence[str], shares: Sequence[Sequence[float | None]]
) -> Plot:
    """Map of checks (columns) by submissions (rows); dark is many points, a dash not judged.

    Parameters
    ----------
    shares : sequence of sequences of (float or None)
        Shape (n_submissions, n_checks), in [0, 1].
    """
    with rc_context(STYLE):
        figure, axes = new_figure(max(7.2, 0.21 * len(checks) + 1.8), 0.2 * len(submissions) + 1.4)
        grid = np.array([[np.nan if v is None else v for v in row] for row in shares], dtype=float)
        grid = grid.reshape(len(submissions), len(checks))
        mesh = axes.pcolormesh(
            grid, cmap="Blues", vmin=-0.15, vmax=1.0, edgecolors="#c7d0d9", linewidth=0.5
        )
        mesh.set_rasterized(False)
        # An empty cell would look like many points on a dark page.
        rows, columns = np.nonzero(np.isnan(grid))
        axes.scatter(columns + 0.5, rows + 0.5, s=10, marker="_", color=INK, linewidths=0.8)
        axes.set(xlim=(0, len(checks)), ylim=(0, len(submissions)))
        axes.set_xticks(np.arange(len(checks)) + 0.5, checks, rotation=90, fontsize=7)
        names = [axis_label(n) for n in submissions]
        axes.set_yticks(np.arange(len(submissions)) + 0.5, names, fontsize=7)
        axes.invert_yaxis()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return Plot("checks", figure)


def seconds_plot(submissions: Sequence[str], seconds: Sequence[float]) -> Plot:
    """Bars of computing time per submission, longest first (at most 40)."""
    with rc_context(STYLE):
        order = np.argsort(seconds)[::-1][:40]
        figure, axes = new_figure(7.2, 0.22 * len(order) + 0.9)
        axes.barh(range(len(order)), [seconds[i] for i in order], color=BAR, height=0.7)
        axes.set_yticks(range(len(order)), [axis_label(submissions[i]) for i in order], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel("Rechenzeit in Sekunden")
        return Plot("seconds", figure)


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure (inches) with one coordinate system and German numbers."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: comma(v)))
    return figure, axes


def comma(value: float) -> str:
    """Return a number with a decimal comma."""
    return f"{value:g}".replace(".", ",")


def axis_label(name: str, longest: int = 22) -> str:
    """Shorten a name for an axis; what the font has no sign for becomes U+FFFD."""
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return "".join(c if ord(c) in _signs() else "\ufffd" for c in short)


@cache
def _signs() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
