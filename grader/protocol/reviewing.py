"""The instructor's margin: points and comments of each task, from a grade."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from grader.lab import Lab
from grader.model import CheckResult, Grade
from grader.protocol import messages
from grader.protocol.document import Remark, Review
from grader.protocol.text import clean
from grader.templating import german_number

__all__ = ["Reviews"]

_MARKS = {
    "passed": "erreicht",
    "partial": "zum Teil",
    "failed": "nicht erreicht",
    "not_judged": "nicht beurteilt",
    "needs_review": "durchzusehen",
}
_COMMENT = 600


class Reviews:
    """Reviews of a grade's tasks and questions; None where there is nothing to say."""

    def __init__(self, lab: Lab, grade: Grade | None, comments: Mapping[str, str]) -> None:
        self._comments = comments
        self._titles = {check.id: check.title for task in lab.tasks for check in task.checks}
        self._asking = {task.id for task in lab.tasks if not task.notebook}
        self._tasks = {task.id: task for task in grade.tasks} if grade else {}

    def task(self, task: str) -> Review | None:
        """Return a task's review."""
        found = self._tasks.get(task)
        return self._review(found.checks) if found else None

    def question(self, number: int) -> Review | None:
        """Return the review of a control question: of the check whose id ends in its number."""
        checks = (c for t in self._asking if t in self._tasks for c in self._tasks[t].checks)
        return self._review([c for c in checks if re.search(rf"(?<!\d){number}\Z", c.id)])

    def _review(self, checks: Iterable[CheckResult]) -> Review | None:
        remarks = tuple(self._remark(check) for check in checks)
        if not remarks:
            return None
        points = sum(c.points for c in checks)
        return Review(_of(points, sum(c.max_points for c in checks)), remarks)

    def _remark(self, check: CheckResult) -> Remark:
        comment = " ".join(clean(check.message, _COMMENT).split())
        if own := " ".join(clean(self._comments.get(check.id, ""), _COMMENT).split()):
            comment = " ".join(filter(None, (comment, messages.instructor_says(own))))
        title = self._titles.get(check.id, check.id)
        return Remark(title, _of(check.points, check.max_points), _MARKS[check.status], comment)


def _of(points: float, most: float) -> str:
    return f"{german_number(points)} / {german_number(most)}"
