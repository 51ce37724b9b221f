"""``cohort.html``: how a cohort did, with plots; one self-contained file."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from grader.files import write_text
from grader.lab import Lab
from grader.model import Decided, Grade
from grader.reports.plots import Plot, checks_plot, points_plot, seconds_plot, tasks_plot
from grader.reports.reviews import reviews
from grader.reports.table import STATUS_NAMES
from grader.similar import Pair
from grader.templating import render

__all__ = ["CheckStatistics", "Finding", "Placing", "cohort_html", "write_cohort"]

_METHODS = {
    "content": "Wortlaut",
    "neighbour": "Nachbarschaft",
    "evidence": "Ablauf",
    "none": "nicht gefunden",
}
# From here on a task's cells are taken as recognised and not listed.
_RECOGNISED = 0.7


@dataclass(frozen=True)
class CheckStatistics:
    """How often a check ended how. ``mean`` is the mean share of points, None if never judged."""

    id: str
    title: str
    max_points: float
    counts: dict[str, int]
    mean: float | None


@dataclass(frozen=True)
class Finding:
    """A message that several submissions got."""

    check: str
    message: str
    count: int
    submissions: tuple[str, ...]


@dataclass(frozen=True)
class Placing:
    """A task whose cells were not surely recognised, and what the recognition rests on."""

    submission: str
    task: str
    confidence: float
    found: int
    slots: int
    method: str


def cohort_html(
    grades: Sequence[Grade],
    lab: Lab,
    pairs: Sequence[Pair] = (),
    decided: Mapping[str, Decided] | None = None,
) -> str:
    """Render the report.

    Parameters
    ----------
    grades : sequence of Grade
        Sorted as they shall appear; may be empty.
    lab : Lab
    pairs : sequence of Pair
        Similar submissions, most similar first.
    decided : mapping of str to Decided, optional
        By submission; extra points and late days stand beside the points of the checks.
    """
    points = [g.points for g in grades]
    beside = [(decided or {}).get(g.submission, Decided()) for g in grades]
    totals = [d.total(g.points) for d, g in zip(beside, grades, strict=True)]
    return render(
        "reports/cohort.html",
        title=lab.title,
        grades=grades,
        tasks=lab.tasks,
        task_points=[{t.id: t.points for t in g.tasks} for g in grades],
        statuses=[STATUS_NAMES[g.status] for g in grades],
        max_points=lab.max_points,
        mean=statistics.fmean(points) if points else 0.0,
        median=statistics.median(points) if points else 0.0,
        spread=statistics.stdev(points) if len(points) > 1 else 0.0,
        beside=beside if any(d.extras or d.late_days for d in beside) else [],
        totals=totals,
        mean_total=statistics.fmean(totals) if totals else 0.0,
        waiting=sum(c.status == "needs_review" for g in grades for t in g.tasks for c in t.checks),
        seconds=sum(_seconds(g) for g in grades),
        # Made by matplotlib from numbers and names that it draws as paths: no markup of students.
        plots={k: Markup(v.svg()) for k, v in _plots(grades, lab).items()},  # noqa: S704
        checks=_statistics(grades, lab),
        titles={c.id: c.title for c in lab.checks.values()},
        findings=_findings(grades),
        reviews=reviews(grades),
        problems=_problem_counts(grades),
        pairs=pairs,
        placings=_placings(grades),
    )


def write_cohort(
    grades: Sequence[Grade],
    lab: Lab,
    path: Path,
    pairs: Sequence[Pair] = (),
    decided: Mapping[str, Decided] | None = None,
) -> None:
    """Write :func:`cohort_html` to a file."""
    write_text(path, cohort_html(grades, lab, pairs, decided))


def _plots(grades: Sequence[Grade], lab: Lab) -> dict[str, Plot]:
    if not grades:
        return {}
    names = [g.submission for g in grades]
    return {
        "points": points_plot([g.points for g in grades], lab.max_points),
        "tasks": tasks_plot(
            [f"{t.id}  {t.title}"[:34] if t.notebook else t.title for t in lab.tasks],
            [_task_shares(grades, t.id) for t in lab.tasks],
        ),
        "checks": checks_plot(list(lab.checks), names, [_check_shares(g, lab) for g in grades]),
        "seconds": seconds_plot(names, [_seconds(g) for g in grades]),
    }


def _seconds(grade: Grade) -> float:
    return float(grade.provenance.get("seconds", 0.0))


def _task_shares(grades: Sequence[Grade], task_id: str) -> list[float]:
    tasks = [t for g in grades for t in g.tasks if t.id == task_id and t.max_points]
    return [t.points / t.max_points for t in tasks]


def _check_shares(grade: Grade, lab: Lab) -> list[float | None]:
    results = {c.id: c for t in grade.tasks for c in t.checks}
    shares: list[float | None] = []
    for check_id in lab.checks:
        result = results.get(check_id)
        judged = result is not None and result.status != "not_judged" and result.max_points
        shares.append(result.points / result.max_points if result and judged else None)
    return shares


def _statistics(grades: Sequence[Grade], lab: Lab) -> list[CheckStatistics]:
    results = [c for g in grades for t in g.tasks for c in t.checks]
    found = []
    for spec in lab.checks.values():
        own = [r for r in results if r.id == spec.id]
        judged = [r.points / r.max_points for r in own if r.status != "not_judged"]
        mean = statistics.fmean(judged) if judged else None
        counts = dict(Counter(str(r.status) for r in own))
        found.append(CheckStatistics(spec.id, spec.title, spec.points, counts, mean))
    return found


def _findings(grades: Sequence[Grade], most: int = 20) -> list[Finding]:
    """Messages of failed and partial checks, most frequent first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for grade in grades:
        for result in (c for t in grade.tasks for c in t.checks):
            if result.status in ("failed", "partial"):
                groups.setdefault((result.id, result.message), []).append(grade.submission)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Finding(i, m, len(s), tuple(s)) for (i, m), s in ranked[:most]]


def _problem_counts(grades: Sequence[Grade]) -> list[tuple[str, int, str]]:
    kinds: dict[str, list[str]] = {}
    for grade in grades:
        for kind in {p.kind for p in grade.problems}:
            kinds.setdefault(kind, []).append(grade.submission)
    return [(k, len(s), ", ".join(sorted(s))) for k, s in sorted(kinds.items())]


def _placings(grades: Sequence[Grade]) -> list[Placing]:
    """Tasks that metadata and ids do not place and content hardly does, least sure first."""
    found = []
    for grade in grades:
        for task, report in grade.provenance.get("alignment", {}).items():
            method = str(report["method"])
            if method in _METHODS and float(report["confidence"]) < _RECOGNISED:
                sure, got, slots = report["confidence"], report["found"], report["slots"]
                words = _METHODS[method]
                found.append(
                    Placing(grade.submission, task, float(sure), int(got), int(slots), words)
                )
    return sorted(found, key=lambda p: (p.confidence, p.submission, p.task))
