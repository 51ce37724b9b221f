"""What humans tell a gradebook: marks, extra points, dates, the release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from grader.gradebook import marking
from grader.gradebook.opened import Opened
from grader.gradebook.views import Mark

__all__ = ["Deciding"]


class Deciding(Opened):
    """The half of a gradebook that takes decisions; see :class:`grader.gradebook.Gradebook`."""

    def mark(
        self,
        group: int,
        check: str,
        *,
        author: str,
        points: float | None = None,
        comment: str = "",
        seen: int | None = None,
    ) -> Mark:
        """Set a check's points and comment by hand; earlier marks stay in the history.

        Parameters
        ----------
        points : float, optional
            0 to the check's points; None lets the automatic points count.
        comment : str
            For the group, together with the points the whole new state: what an earlier mark said
            no longer counts.
        seen : int, optional
            Newest version of the check's marks that the author saw (0: none). Without it nothing
            is compared.

        Returns
        -------
        Mark
            With its version, which is what the author has seen now.

        Raises
        ------
        ConflictError
            If someone else marked since; the sentence says who, what and when.
        UsageError
            If the points are too many, the check or the group does not exist, nothing of the
            group is graded yet, or the author has no name.
        """
        with self._database.writing() as session:
            return marking.put_mark(
                session, group, check, author=author, points=points, comment=comment, seen=seen
            )

    def mark_together(
        self,
        check: str,
        seen: Mapping[int, int | None],
        *,
        author: str,
        points: float | None = None,
        comment: str = "",
    ) -> list[Mark]:
        """Give the same mark to several groups: all of them, or none if one is in conflict.

        Parameters
        ----------
        seen : mapping of int to (int or None)
            By group, as in :meth:`mark`.
        """
        with self._database.writing() as session:
            return [
                marking.put_mark(
                    session, group, check, author=author, points=points, comment=comment, seen=v
                )
                for group, v in seen.items()
            ]

    def undo(self, group: int, check: str, *, author: str, seen: int | None = None) -> Mark:
        """Take the mark that counts back; the one before it counts again, or the automatic result.

        Raises
        ------
        ConflictError
            As :meth:`mark`.
        UsageError
            If no mark counts.
        """
        with self._database.writing() as session:
            return marking.put_undo(session, group, check, author=author, seen=seen)

    def add_extra(self, group: int, points: float, *, reason: str, author: str) -> None:
        """Give extra points with a reason; take them back by the same number below 0."""
        with self._database.writing() as session:
            marking.add_extra(session, group, points, reason=reason, author=author)

    def set_due(
        self, cohort: int, due: dt.datetime | None, *, author: str, group: int | None = None
    ) -> None:
        """Set when submissions are due, for all or for one group; None takes the date away."""
        with self._database.writing() as session:
            marking.set_due(session, cohort, due, author=author, group=group)

    def set_late_days(self, submission: int, days: int | None, *, reason: str, author: str) -> None:
        """Say how late a version of a submission is; None counts by the dates again."""
        with self._database.writing() as session:
            marking.set_late_days(session, submission, days, reason=reason, author=author)

    def release(self, cohort: int, *, author: str) -> None:
        """Release the grades: from now on nothing changes, until :meth:`reopen`."""
        with self._database.writing() as session:
            marking.release(session, cohort, author=author)

    def reopen(self, cohort: int, *, reason: str, author: str) -> None:
        """Take the release back, with a reason that stays in the history."""
        with self._database.writing() as session:
            marking.reopen(session, cohort, reason=reason, author=author)
