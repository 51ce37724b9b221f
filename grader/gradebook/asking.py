"""What others ask a gradebook: nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import select

from grader.errors import UsageError
from grader.gradebook import cohorts as rows
from grader.gradebook import reading
from grader.gradebook.opened import Opened
from grader.gradebook.overview import groups_of, read_overview
from grader.gradebook.recording import new_gradings
from grader.gradebook.schema import CohortRow
from grader.gradebook.views import Answer, Cohort, Event, Group, Mark, Overview, SubmissionView
from grader.lab import Lab
from grader.model import Decided, Grade, HandIn

__all__ = ["Asking"]


class Asking(Opened):
    """The half of a gradebook that answers; see :class:`grader.gradebook.Gradebook`."""

    def __init__(self, gradebook: str | Path) -> None:
        super().__init__(gradebook)
        self._overviews: dict[tuple[int, str], Overview] = {}

    def cohorts(self, lab: str | None = None) -> list[Cohort]:
        """Return all cohorts, or those of one lab, in the order of lab and term."""
        with self._database.reading() as session:
            return rows.cohorts(session, lab)

    def find_cohort(self, lab: str, term: str | None = None) -> Cohort | None:
        """Return a lab's cohort of a term; without a term the newest, if any."""
        with self._database.reading() as session:
            found = [c for c in rows.cohorts(session, lab) if term is None or c.term == term]
        # Ids grow: of several terms the newest is meant.
        return max(found, key=lambda cohort: cohort.id, default=None)

    def revision(self, cohort: int) -> int:
        """Return a cohort's revision: one quick query that tells whether anything changed."""
        with self._database.reading() as session:
            found = session.scalar(select(CohortRow.revision).where(CohortRow.id == cohort))
        if found is None:
            raise UsageError(f"Eine Kohorte mit der Nummer {cohort} gibt es im Notenbuch nicht.")
        return found

    def groups(self, cohort: int) -> list[Group]:
        """Return a cohort's groups with their members, sorted by name."""
        with self._database.reading() as session:
            return groups_of(session, cohort)

    def overview(self, cohort: int, lab: Lab) -> Overview:
        """Return all groups of a cohort with points per check and task, status and totals.

        Nine queries for any number of groups; kept until the cohort's revision grows.

        Parameters
        ----------
        lab : Lab
            For its rule on late days.
        """
        with self._database.reading() as session:
            found = rows.cohorts(session, cohort=cohort)
            kept = self._overviews.get((cohort, repr(lab.late)))
            if kept is not None and found and kept.cohort == found[0]:
                return kept
            overview = read_overview(session, cohort, lab.late)
        self._overviews[cohort, repr(lab.late)] = overview
        return overview

    def rows(self, cohort: int, lab: Lab, groups: Iterable[int]) -> Overview:
        """Return the overview of some groups only: what a mark has changed, read quickly."""
        with self._database.reading() as session:
            return read_overview(session, cohort, lab.late, tuple(groups))

    def submission(self, group: int, lab: Lab) -> SubmissionView:
        """Return everything about one group: results, marks, histories, versions, neighbours."""
        with self._database.reading() as session:
            return reading.read_submission(session, group, lab.late)

    def answers(self, cohort: int, check: str) -> list[Answer]:
        """Return every group's result of one check with its mark, sorted by group."""
        with self._database.reading() as session:
            return reading.read_answers(session, cohort, check)

    def history(
        self, cohort: int, *, group: int | None = None, check: str | None = None
    ) -> list[Mark]:
        """Return all marks of a cohort, a group or a check, oldest first, with those undone."""
        with self._database.reading() as session:
            return reading.read_history(session, cohort=cohort, group=group, check=check)

    def events(self, cohort: int) -> list[Event]:
        """Return releases, dates and late days of a cohort, oldest first."""
        with self._database.reading() as session:
            return reading.read_events(session, cohort)

    def marks(self, cohort: int) -> dict[int, dict[str, Mark]]:
        """Return the marks that count, by group and check."""
        with self._database.reading() as session:
            return reading.read_marks(session, cohort)

    def comments(self, cohort: int, check: str) -> list[tuple[str, int]]:
        """Return what was ever written to a check of this lab, and how often, frequent first."""
        with self._database.reading() as session:
            return reading.read_comments(session, cohort, check)

    def suggestions(self, cohort: int, kind: str) -> list[tuple[str, str, str, int, float | None]]:
        """Return what rubrics recognised in the results that count, most frequent first.

        Parameters
        ----------
        kind : str
            ``"concept"``, ``"misconception"`` or ``"flag"``.

        Returns
        -------
        list of tuple
            Check, item, label, number of groups, mean share (concepts only).
        """
        with self._database.reading() as session:
            return reading.read_suggestions(session, cohort, kind)

    def grades(self, cohort: int) -> list[Grade]:
        """Return every group's grade as it counts, human points over automatic ones, by group.

        Extra points and late days are not in it; :meth:`overview` has them.
        """
        with self._database.reading() as session:
            return reading.read_grades(session, cohort)

    def decided(self, cohort: int, lab: Lab) -> dict[str, Decided]:
        """Return what humans decided, by the groups' names: for documents beside a ``Grade``.

        Groups about which nothing was decided are absent.
        """
        with self._database.reading() as session:
            return reading.read_decided(session, cohort, lab.late)

    def would_record(
        self,
        cohort: int,
        grades: Iterable[Grade],
        handed_in: Mapping[str, HandIn] | None = None,
    ) -> tuple[str, ...]:
        """Return the names of the submissions for which recording would add a grading."""
        with self._database.reading() as session:
            found = new_gradings(session, cohort, grades, handed_in or {})
        return tuple(grade.submission for grade, _ in found)
