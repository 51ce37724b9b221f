"""The gradebook's face: everything that others ask of it or tell it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from grader.errors import StoreError
from grader.gradebook import cohorts as rows
from grader.gradebook.asking import Asking
from grader.gradebook.backup import back_up, backups
from grader.gradebook.deciding import Deciding
from grader.gradebook.dump import dump_tables, load_tables
from grader.gradebook.recording import record
from grader.gradebook.schema import GradingRow, GroupRow, MarkRow, SubmissionRow
from grader.gradebook.views import Cohort, Group
from grader.lab import Lab
from grader.model import Grade, HandIn

__all__ = ["Gradebook"]


class Gradebook(Asking, Deciding):
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

    # ------------------------------------------------------------------ cohorts and groups

    def cohort(self, lab: str, term: str = "") -> Cohort:
        """Return a lab's cohort of a term; it is made if there is none."""
        with self._database.writing() as session:
            number = rows.make_cohort(session, lab, term)
            return rows.cohorts(session, cohort=number)[0]

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
