"""``feedback.html``: what a group reads after grading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.files import write_text
from grader.messages import MARKS
from grader.model import ByHand, CheckResult, Decided, Grade, Problem
from grader.reports.behind import Behind
from grader.templating import render

__all__ = ["FeedbackCheck", "FeedbackOutput", "FeedbackTask", "feedback_html", "write_feedback"]

_WORDS = {
    "passed": "erreicht",
    "partial": "zum Teil",
    "failed": "nicht erreicht",
    "not_judged": "nicht beurteilt",
    "needs_review": "Vorschlag, wird durchgesehen",
}
_STATUS = {
    "graded": "bewertet",
    "needs_review": "vorläufig: die Texte sieht die Betreuung noch durch",
    "not_gradable": "nicht bewertbar",
}


@dataclass(frozen=True)
class FeedbackCheck:
    """One check as the template shows it."""

    id: str
    title: str
    status: str
    mark: str
    word: str
    points: float
    max_points: float
    message: str
    by_hand: bool
    comment: str


@dataclass(frozen=True)
class FeedbackOutput:
    """A cell (counted from 1) whose stored output is another than the re-run's: both begin so."""

    cell: int
    stored: str
    rerun: str


@dataclass(frozen=True)
class FeedbackTask:
    """One task as the template shows it."""

    id: str
    heading: str
    points: float
    max_points: float
    checks: tuple[FeedbackCheck, ...]
    problems: tuple[Problem, ...]


def feedback_html(grade: Grade, side: Behind, decided: Decided | None = None) -> str:
    """Render the feedback page: one self-contained file without scripts.

    Parameters
    ----------
    grade : Grade
        As it counts: with human points, see :func:`grader.gradebook.counted`.
    side : Behind
        The submission behind it, to sort problems by task.
    decided : Decided, optional
        What humans decided: comments, extra points and late days are shown.
    """
    decided = decided or Decided()
    by_task = _problems_by_task(grade, side)
    tasks = []
    for task in grade.tasks:
        spec = side.lab.task(task.id)
        heading = f"Aufgabe {task.id}: {spec.title}" if spec.notebook else spec.title
        checks = tuple(_check(result, side, decided) for result in task.checks)
        problems = tuple(by_task.get(task.id, ()))
        tasks.append(FeedbackTask(task.id, heading, task.points, task.max_points, checks, problems))
    return render(
        "reports/feedback.html",
        title=side.lab.title,
        submission=grade.submission,
        participants=side.submission.particulars.participants,
        points=grade.points,
        max_points=grade.max_points,
        status=_STATUS[grade.status],
        tasks=tasks,
        problems=by_task.get("", ()),
        outputs=_outputs(grade.provenance.get("outputs_differ")),
        decided=decided,
        total=decided.total(grade.points),
    )


def write_feedback(grade: Grade, side: Behind, path: Path, decided: Decided | None = None) -> None:
    """Write :func:`feedback_html` to a file."""
    write_text(path, feedback_html(grade, side, decided))


def _check(result: CheckResult, side: Behind, decided: Decided) -> FeedbackCheck:
    mark = decided.marks.get(result.id, ByHand())
    return FeedbackCheck(
        id=result.id,
        title=side.lab.checks[result.id].title,
        status=result.status,
        mark=MARKS[result.status],
        word=_WORDS[result.status],
        points=result.points,
        max_points=result.max_points,
        message=result.message,
        by_hand=mark.points is not None,
        comment=mark.comment,
    )


def _outputs(found: Any) -> dict[str, list[FeedbackOutput]]:
    """Cells with other outputs, by notebook; what is no such list (an older result) is left out."""
    if not isinstance(found, Mapping):
        return {}
    return {
        str(name): [
            FeedbackOutput(int(c["cell"]) + 1, str(c.get("stored", "")), str(c.get("rerun", "")))
            for c in cells
            if isinstance(c, Mapping) and isinstance(c.get("cell"), int)
        ]
        for name, cells in found.items()
        if isinstance(cells, (list, tuple))
    }


def _problems_by_task(grade: Grade, side: Behind) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in grade.problems:
        task = ""
        alignment = side.alignment(problem.notebook) if problem.notebook else None
        if alignment and problem.cell is not None and problem.cell < len(alignment.placements):
            task = alignment.placements[problem.cell].task
        if task not in {t.id for t in grade.tasks}:
            task = ""
        found.setdefault(task, []).append(problem)
    return found
