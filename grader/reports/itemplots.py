"""Plots of checks as questions: difficulty, agreement with people, misconceptions, time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context

from grader.reports.measures import Agreement, Item
from grader.reports.plots import BAR, INK, SOFT, STYLE, Plot, axis_label, comma, new_figure

__all__ = ["agreement_plot", "counts_plot", "items_plot", "task_seconds_plot"]

# Below this correlation with all others a check hardly tells strong from weak submissions.
_WEAK = 0.2


def items_plot(found: Sequence[Item]) -> Plot:
    """Difficulty (x) against discrimination (y), a named point per check."""
    with rc_context(STYLE):
        figure, axes = new_figure(7.2, 4.6)
        axes.axhline(_WEAK, color=INK, linewidth=0.8, linestyle="--")
        for item in found:
            if item.difficulty is None or item.discrimination is None:
                continue
            x, y = 100 * item.difficulty, item.discrimination
            axes.scatter([x], [y], s=18, color=BAR, zorder=3)
            axes.annotate(item.check, (x, y), xytext=(4, 2), textcoords="offset points", fontsize=7)
        axes.set(
            xlim=(-2, 112),
            ylim=(-0.6, 1.05),
            xlabel="mittlerer Anteil der Punkte in % (rechts: leicht)",
            ylabel="Trennschärfe",
        )
        axes.yaxis.set_major_formatter(lambda value, _: comma(round(value, 2)))
        return Plot("items", figure)


def agreement_plot(found: Agreement, step: float = 0.5) -> Plot:
    """Table of suggested (rows) by given points (columns) as a map with counts."""
    with rc_context(STYLE):
        size = len(found.table)
        figure, axes = new_figure(1.6 + 0.42 * size, 1.1 + 0.42 * size)
        grid = np.array(found.table, dtype=float)
        shown = np.where(grid > 0, grid, np.nan)
        axes.pcolormesh(shown, cmap="Blues", vmin=-0.3 * max(1.0, grid.max()), edgecolors=SOFT)
        for row, column in np.argwhere(grid > 0):
            dark = grid[row, column] > 0.55 * grid.max()
            axes.text(
                column + 0.5,
                row + 0.5,
                f"{int(grid[row, column])}",
                ha="center",
                va="center",
                fontsize=8,
                # On the map's own colour, not on the page's.
                color="white" if dark else "#12202e",
            )
        names = [comma(step * i) for i in range(size)]
        axes.set_xticks(np.arange(size) + 0.5, names, fontsize=8)
        axes.set_yticks(np.arange(size) + 0.5, names, fontsize=8)
        axes.set(xlabel="Punkte von Hand", ylabel="Vorschlag", aspect="equal")
        return Plot("agreement", figure)


def counts_plot(names: Sequence[str], counts: Sequence[int], unit: str = "Abgaben") -> Plot:
    """Bars of counts in the order given, named on the left."""
    with rc_context(STYLE):
        figure, axes = new_figure(7.2, 0.3 * max(1, len(names)) + 0.9)
        axes.barh(range(len(names)), counts, color=BAR, height=0.68)
        axes.set_yticks(range(len(names)), [axis_label(n, 44) for n in names], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.05 * max([1, *counts]))
        axes.set_xlabel(unit)
        return Plot("counts", figure)


def task_seconds_plot(names: Sequence[str], seconds: Sequence[Sequence[float]]) -> Plot:
    """Computing time per task: median as a bar, the middle half of the submissions as a line."""
    with rc_context(STYLE):
        figure, axes = new_figure(7.2, 0.36 * max(1, len(names)) + 0.9)
        for row, values in enumerate(seconds):
            if len(values):
                low, middle, high = np.percentile(np.asarray(values, dtype=float), [25, 50, 75])
                axes.barh(row, middle, color=SOFT, height=0.62)
                axes.plot([low, high], [row, row], color=BAR, linewidth=2.5)
        axes.set_yticks(range(len(names)), [axis_label(n, 34) for n in names], fontsize=8)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel("Rechenzeit in Sekunden (Median; Linie: mittlere Hälfte)")
        return Plot("taskseconds", figure)
