"""The numbers behind the statistics, each as a plot and as the table that it was drawn from."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.dashboard.office import Office
from grader.gradebook.views import OverviewRow
from grader.reports.itemplots import agreement_plot, counts_plot, items_plot, task_seconds_plot
from grader.reports.measures import Agreement, Item, agreement, items
from grader.reports.plots import Plot, points_plot, tasks_plot
from grader.reports.table import formula_safe

__all__ = ["FIGURES", "Drawing", "agreements", "check_items", "drawing", "misconceptions", "table"]

_MOST_BARS = 15
_INK = "<style>svg{color:#1c2430}@media(prefers-color-scheme:dark){svg{color:#dfe5ec}}</style>"


@dataclass(frozen=True)
class Drawing:
    """A plot with its table: column names and rows of numbers and texts."""

    plot: Callable[[], Plot]
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]

    def svg(self) -> str:
        """Return SVG that follows the page's colours by itself, for it is loaded as an image."""
        text = self.plot().svg()
        head = text.index(">") + 1
        return text[:head] + _INK + text[head:]

    def png(self) -> bytes:
        """Return PNG."""
        return self.plot().png()

    def csv(self) -> bytes:
        """Return the table as CSV for Excel: semicolons, decimal commas, no formulas."""
        return table([self.columns, *self.rows])


def table(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as CSV; a text that a table program would compute is quoted off."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{round(value, 4):g}".replace(".", ",")
    return str(value) if isinstance(value, int) else formula_safe(str(value))


# --------------------------------------------------------------------------- numbers


def _graded(office: Office) -> list[OverviewRow]:
    return [row for row in office.overview().rows if row.status is not None]


def check_items(office: Office) -> list[Item]:
    """Difficulty and discrimination of every check, by the points that count."""

    def count() -> list[Item]:
        shares: dict[str, dict[str, float]] = {}
        for row in _graded(office):
            for check, cell in row.checks.items():
                if cell.status != "not_judged" and cell.max_points:
                    shares.setdefault(check, {})[row.group.name] = cell.points / cell.max_points
        return items(shares, {c.id: c.points for c in office.lab.checks.values()})

    return office.kept("items", lambda _: count())


def agreements(office: Office) -> list[Agreement]:
    """Suggestions against human points, for every check that a human has marked."""
    rows = _graded(office)
    found = []
    for spec in office.lab.checks.values():
        cells = [row.checks[spec.id] for row in rows if spec.id in row.checks]
        pairs = [(c.automatic, c.points) for c in cells if c.by_hand]
        if pairs:
            found.append(agreement(spec.id, pairs, spec.points))
    return found


def misconceptions(office: Office) -> list[tuple[str, str, int]]:
    """Known misconceptions as (check, label, number of groups), most frequent first."""

    def read() -> list[tuple[str, str, int]]:
        found = office.book.suggestions(office.cohort().id, "misconception")
        return [(check, label, count) for check, _, label, count, _ in found]

    return office.kept("misconceptions", lambda _: read())


def task_seconds(office: Office) -> dict[str, list[float]]:
    """Computing seconds of every task's cells, over the groups."""

    def read() -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for grade in office.book.grades(office.cohort().id):
            own = grade.provenance.get("task_seconds")
            for task, seconds in own.items() if isinstance(own, dict) else ():
                found.setdefault(str(task), []).append(float(seconds))
        return found

    return office.kept("seconds", lambda _: read())


# --------------------------------------------------------------------------- plots


def _points(office: Office, which: str) -> Drawing:
    rows = _graded(office)
    totals = [row.total for row in rows]
    return Drawing(
        lambda: points_plot(totals, office.lab.max_points),
        ("Gruppe", "Punkte"),
        [(row.group.title, row.total) for row in rows],
    )


def _tasks(office: Office, which: str) -> Drawing:
    rows = _graded(office)
    shares, names, lines = [], [], []
    for task in office.lab.tasks:
        own = [(r, r.tasks[task.id]) for r in rows if task.id in r.tasks]
        own = [(r, p) for r, p in own if p.max_points]
        shares.append([min(1.0, p.points / p.max_points) for _, p in own])
        names.append(f"{task.id}  {task.title}"[:34] if task.notebook else task.title)
        lines += [(task.id, r.group.title, p.points, p.max_points) for r, p in own]
    return Drawing(
        lambda: tasks_plot(names, shares), ("Aufgabe", "Gruppe", "Punkte", "von"), list(lines)
    )


def _items(office: Office, which: str) -> Drawing:
    found = check_items(office)
    return Drawing(
        lambda: items_plot(found),
        ("Prüfung", "beurteilt", "Schwierigkeit", "Trennschärfe"),
        [(i.check, i.judged, i.difficulty, i.discrimination) for i in found],
    )


def _misconceptions(office: Office, which: str) -> Drawing:
    found = misconceptions(office)
    shown = found[:_MOST_BARS]
    return Drawing(
        lambda: counts_plot([f"{c}: {label}" for c, label, _ in shown], [n for *_, n in shown]),
        ("Prüfung", "Denkfehler", "Gruppen"),
        list(found),
    )


def _agreement(office: Office, which: str) -> Drawing:
    found = next((a for a in agreements(office) if a.check == which), None)
    if found is None:
        spec = office.lab.checks.get(which)
        found = agreement(which, [], spec.points if spec else 1.0)
    chosen = found
    rows: list[tuple[object, ...]] = [
        (suggested / 2, given / 2, count)
        for suggested, line in enumerate(chosen.table)
        for given, count in enumerate(line)
        if count
    ]
    return Drawing(lambda: agreement_plot(chosen), ("Vorschlag", "von Hand", "Gruppen"), rows)


def _seconds(office: Office, which: str) -> Drawing:
    found = task_seconds(office)
    tasks = [t for t in office.lab.tasks if t.notebook]
    values = [found.get(t.id, []) for t in tasks]
    rows: list[tuple[object, ...]] = [
        (t.id, len(v), statistics.median(v) if v else None, sum(v))
        for t, v in zip(tasks, values, strict=True)
    ]
    return Drawing(
        lambda: task_seconds_plot([f"{t.id}  {t.title}" for t in tasks], values),
        ("Aufgabe", "Gruppen", "Median s", "Summe s"),
        rows,
    )


FIGURES: dict[str, Callable[[Office, str], Drawing]] = {
    "punkte": _points,
    "aufgaben": _tasks,
    "pruefungen": _items,
    "denkfehler": _misconceptions,
    "uebereinstimmung": _agreement,
    "zeit": _seconds,
}


def drawing(office: Office, name: str, which: str = "") -> Drawing:
    """Return one of :data:`FIGURES`; ``which`` names the check where it is of one."""
    return FIGURES[name](office, which)
