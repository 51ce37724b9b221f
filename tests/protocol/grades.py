"""A grade for the realistic submission, with every status."""

from __future__ import annotations

from grader.lab import Lab
from grader.model import CheckResult, CheckStatus, Grade, TaskGrade

_STATUSES: tuple[CheckStatus, ...] = ("passed", "partial", "failed", "needs_review", "not_judged")
_SHARES = (1.0, 0.5, 0.0, 0.5, 0.0)


def graded(lab: Lab) -> Grade:
    """Return a grade whose checks take every status in turn."""
    tasks = []
    count = 0
    for task in lab.tasks:
        checks = []
        for check in task.checks:
            turn = count % len(_STATUSES)
            count += 1
            message = f"Bemerkung zu {check.id}: *kein* #markup <b>hier</b>."
            checks.append(
                CheckResult(
                    check.id,
                    _STATUSES[turn],
                    _SHARES[turn] * check.points,
                    check.points,
                    message=message,
                )
            )
        points = sum(c.points for c in checks)
        tasks.append(TaskGrade(task.id, points, sum(c.max_points for c in checks), tuple(checks)))
    whole = sum(t.points for t in tasks)
    return Grade("gruppe07", lab.id, whole, 100.0, "needs_review", tuple(tasks))
