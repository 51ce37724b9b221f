"""The gradebook's face: everything that others ask of it or tell it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import delete, func, select

from grader.errors import StoreError, UsageError
from grader.gradebook import cohorts as rows
from grader.gradebook import marking, reading
from grader.gradebook.backup import back_up, backups
from grader.gradebook.database import Database
from grader.gradebook.dump import dump_tables, load_tables
from grader.gradebook.overview import groups_of, read_overview
from grader.gradebook.recording import new_gradings, record
from grader.gradebook.schema import CohortRow, GradingRow, GroupRow, MarkRow, SubmissionRow
from grader.gradebook.views import (
    Answer,
    Cohort,
    Event,
    Group,
    Mark,
    Overview,
    SubmissionView,
)
from grader.lab import Lab
from grader.model import Decided, Grade, HandIn

__all__ = ["Gradebook"]


class Gradebook:
    """A gradebook behind a database; a context manager. Safe to be used by several threads.

    Ids in its methods are those in the views: ``Cohort.id``, ``Group.id``, ``SubmissionInfo.id``.
    Whatever a human decides is only ever added, and every writing method raises
    ``ReleasedError`` after the grades were released.

    Parameters
    ----------
    gradebook : str or Path
        A SQLAlchemy URL (``sqlite:///results/gradebook.sqlite``,
        ``postgresql+psycopg://user@host/name``), or the path of an SQLite file. The schema is
        brought to the newest version on opening; an SQLite file is backed up before.

    Raises
    ------
    StoreError
        If the database cannot be opened, is no gradebook or was written by a newer program. Any
        method raises it if the database fails (full disk, locked for long, gone).
    """

    def __init__(self, gradebook: str | Path) -> None:
        self._database = Database(gradebook)
        self._overviews: dict[tuple[int, str], Overview] = {}

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database's connections."""
        self._database.close()

    @property
    def file(self) -> Path | None:
        """The SQLite file behind it; None on a server."""
        return self._database.file

    # ------------------------------------------------------------------ cohorts and groups

    def cohorts(self, lab: str | None = None) -> list[Cohort]:
        """Return all cohorts, or those of one lab, in the order of lab and term."""
        with self._database.reading() as session:
            return rows.cohorts(session, lab)

    def cohort(self, lab: str, term: str = "") -> Cohort:
        """Return a lab's cohort of a term; it is made if there is none."""
        with self._database.writing() as session:
            number = rows.make_cohort(session, lab, term)
            return rows.cohorts(session, cohort=number)[0]

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

    def put_groups(self, cohort: int, groups: Iterable[Group]) -> dict[str, int]:
        """Make groups or bring them up to date, by name; members, if given, replace earlier ones.

        Returns
        -------
        dict of str to int
            Ids by name.
        """
        with self._database.writing() as session:
            rows.change(session, cohort)
            return {group.name: rows.put_group(session, cohort, group) for group in groups}

    def put_submissions(self, cohort: int, handed_in: Mapping[str, HandIn]) -> dict[str, int]:
        """Note what groups handed in, and when, by the groups' names; makes missing groups.

        A new digest is a further version of the submission; a known one is brought up to date.
        Give the digest of :func:`grader.intake.files.source_digest`, so that a grading finds it.

        Returns
        -------
        dict of str to int
            Ids of the submissions by group.
        """
        found = {}
        with self._database.writing() as session:
            rows.change(session, cohort)
            for name, handed in handed_in.items():
                group = rows.put_group(session, cohort, Group(name=name))
                found[name] = rows.put_submission(session, group, handed)
        return found

    def forget(self, group: int) -> dict[str, int]:
        """Remove a group with everything of it, and all backups that may hold it.

        Works after a release too.

        Returns
        -------
        dict of str to int
            How many ``submissions``, ``gradings``, ``marks`` and ``backups`` were removed.
        """
        with self._database.writing() as session:
            rows.change(session, rows.cohort_of(session, group), released=True)
            submissions = select(SubmissionRow.id).where(SubmissionRow.group_id == group)
            counted = {
                "submissions": select(func.count()).where(SubmissionRow.group_id == group),
                "gradings": select(func.count()).where(GradingRow.submission_id.in_(submissions)),
                "marks": select(func.count()).where(MarkRow.group_id == group),
            }
            removed = {name: session.scalar(query) or 0 for name, query in counted.items()}
            session.execute(delete(GroupRow).where(GroupRow.id == group))
        self._database.compact()
        old = self.backups()
        for path in old:
            path.unlink(missing_ok=True)
        return {**removed, "backups": len(old)}

    # ------------------------------------------------------------------ gradings

    def record(
        self,
        lab: Lab,
        grades: Iterable[Grade],
        *,
        term: str = "",
        handed_in: Mapping[str, HandIn] | None = None,
    ) -> int:
        """Add gradings; a result that equals the one that counts adds nothing.

        Parameters
        ----------
        handed_in : mapping of str to HandIn, optional
            What was graded, by the submission's name. Without it the newest version is meant.

        Returns
        -------
        int
            Number of gradings added.

        Raises
        ------
        ReleasedError
            If there is something to add and the grades are released.
        """
        with self._database.writing() as session:
            cohort = rows.make_cohort(session, lab.id, term)
            return record(session, cohort, grades, handed_in or {})

    def would_record(
        self,
        cohort: int,
        grades: Iterable[Grade],
        handed_in: Mapping[str, HandIn] | None = None,
    ) -> tuple[str, ...]:
        """Return the names of the submissions for which :meth:`record` would add a grading."""
        with self._database.reading() as session:
            found = new_gradings(session, cohort, grades, handed_in or {})
        return tuple(grade.submission for grade, _ in found)

    # ------------------------------------------------------------------ marks

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

    # ------------------------------------------------------------------ answers

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

    # ------------------------------------------------------------------ all of it

    def dump(self) -> dict[str, Any]:
        """Return everything as plain data for JSON: all cohorts with their histories."""
        with self._database.reading() as session:
            return dump_tables(session)

    def load(self, dumped: Mapping[str, Any]) -> dict[str, int]:
        """Fill this gradebook, which must be empty, with what :meth:`dump` returned.

        Returns
        -------
        dict of str to int
            Number of rows by table.

        Raises
        ------
        UsageError
            If it is not empty, or the data are none of ours.
        """
        with self._database.writing() as session:
            return load_tables(session, dumped)

    # ------------------------------------------------------------------ backups

    def back_up(self, reason: str) -> Path | None:
        """Copy the gradebook beside itself; None on a server, whose backups are its own matter.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        if self.file is None:
            return None
        try:
            return back_up(self.file, reason)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"Die Sicherung des Notenbuchs {self.file} ist nicht gelungen: {error}."
            ) from error

    def backups(self) -> list[Path]:
        """Return the backups beside an SQLite file, oldest first."""
        return [] if self.file is None else backups(self.file)
