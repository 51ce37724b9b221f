"""What counts: human points over automatic ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from grader.model import CheckResult, CheckStatus, Decided, Grade, GradeStatus, TaskGrade

__all__ = ["counted", "group_status", "status_by_hand"]


def status_by_hand(points: float, max_points: float) -> CheckStatus:
    """Return the status that human points mean."""
    return "passed" if points >= max_points else "partial" if points > 0 else "failed"


def group_status(automatic: GradeStatus, statuses: Iterable[str]) -> GradeStatus:
    """Return a submission's status after humans decided some of its checks."""
    if automatic == "not_gradable":
        return automatic
    return "needs_review" if "needs_review" in set(statuses) else "graded"


def counted(grade: Grade, decided: Decided) -> Grade:
    """Return an automatic grade as it counts: with human points where there are any.

    Extra points and late days are not in it: they belong to no check.
    """
    if not any(mark.points is not None for mark in decided.marks.values()):
        return grade
    tasks = tuple(_counted_task(task, decided) for task in grade.tasks)
    return replace(
        grade,
        tasks=tasks,
        points=sum(task.points for task in tasks),
        status=group_status(grade.status, (c.status for t in tasks for c in t.checks)),
    )


def _counted_task(task: TaskGrade, decided: Decided) -> TaskGrade:
    checks = tuple(_counted_check(check, decided) for check in task.checks)
    return replace(task, checks=checks, points=sum(check.points for check in checks))


def _counted_check(check: CheckResult, decided: Decided) -> CheckResult:
    mark = decided.marks.get(check.id)
    if mark is None or mark.points is None:
        return check
    status = status_by_hand(mark.points, check.max_points)
    return replace(check, points=mark.points, status=status)
