"""``feedback.html``: what a group reads after grading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.files import write_text
from grader.lab import Lab
from grader.model import Alignment, CheckResult, Grade, Problem, Submission
from grader.templating import render

__all__ = [
    "Behind",
    "FeedbackCheck",
    "FeedbackOutput",
    "FeedbackTask",
    "feedback_html",
    "write_feedback",
]

_WORDS = {
    "passed": "erreicht",
    "partial": "zum Teil",
    "failed": "nicht erreicht",
    "not_judged": "nicht beurteilt",
    "needs_review": "Vorschlag, wird durchgesehen",
}
_MARKS = {"passed": "✓", "partial": "◐", "failed": "✗", "not_judged": "–", "needs_review": "…"}
_STATUS = {
    "graded": "bewertet",
    "needs_review": "vorläufig: die Texte sieht die Betreuung noch durch",
    "not_gradable": "nicht bewertbar",
}


class Behind(Protocol):
    """What stands behind a grade: the lab, the hand-in and where its cells belong.

    A :class:`grader.checks.Side` is one; reports lie below the checks and do not import it.
    """

    @property
    def lab(self) -> Lab:
        """The lab that was graded."""

    @property
    def submission(self) -> Submission:
        """What the group handed in."""

    def alignment(self, notebook: str) -> Alignment | None:
        """Return the alignment of one notebook; None if the notebook is missing."""


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


def feedback_html(grade: Grade, side: Behind) -> str:
    """Render the feedback page: one self-contained file without scripts.

    Parameters
    ----------
    grade : Grade
    side : Behind
        The submission behind it, to sort problems by task.
    """
    by_task = _problems_by_task(grade, side)
    tasks = []
    for task in grade.tasks:
        spec = side.lab.task(task.id)
        heading = f"Aufgabe {task.id}: {spec.title}" if spec.notebook else spec.title
        checks = tuple(_check(result, side) for result in task.checks)
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
    )


def write_feedback(grade: Grade, side: Behind, path: Path) -> None:
    """Write :func:`feedback_html` to a file."""
    write_text(path, feedback_html(grade, side))


def _check(result: CheckResult, side: Behind) -> FeedbackCheck:
    return FeedbackCheck(
        id=result.id,
        title=side.lab.checks[result.id].title,
        status=result.status,
        mark=_MARKS[result.status],
        word=_WORDS[result.status],
        points=result.points,
        max_points=result.max_points,
        message=result.message,
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
