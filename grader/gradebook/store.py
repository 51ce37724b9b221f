"""Opens, upgrades, fills and reads the gradebook."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from grader.errors import StoreError
from grader.gradebook.schema import CheckRow, GradingRow, MarkRow, ProblemRow, SubmissionRow
from grader.lab import Lab
from grader.model import CheckResult, Grade, GradeStatus, Problem, TaskGrade

__all__ = ["Gradebook"]


class Gradebook:
    """A gradebook behind a database URL; a context manager.

    Parameters
    ----------
    url : str
        ``sqlite:///results/gradebook.sqlite`` or any other SQLAlchemy URL. The schema is brought
        to the newest version on opening.

    Raises
    ------
    StoreError
        If the database cannot be opened or is no gradebook.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        try:
            with self._engine.begin() as connection:
                config = Config()
                folder = Path(__file__).parent / "migrations"
                config.set_main_option("script_location", str(folder).replace("%", "%%"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            self._engine.dispose()
            raise StoreError(f"Das Notenbuch {url} lässt sich nicht öffnen: {error}") from error

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
        self._engine.dispose()

    def record(self, lab: Lab, grades: Iterable[Grade]) -> int:
        """Add gradings; a result that equals the submission's newest one adds nothing.

        Returns
        -------
        int
            Number of gradings added.
        """
        added = 0
        with Session(self._engine) as session, session.begin():
            newest = _newest_digests(session, lab.id)
            for grade in grades:
                digest = _digest(grade)
                if newest.get(grade.submission) == digest:
                    continue
                row = self._submission(session, lab.id, grade.submission)
                row.gradings.append(_grading(grade, digest))
                newest[grade.submission] = digest
                added += 1
        return added

    def mark(
        self,
        lab: str,
        submission: str,
        check_id: str,
        *,
        author: str,
        points: float | None = None,
        comment: str = "",
    ) -> None:
        """Note a human's points or comment for one check; earlier marks stay in the history."""
        with Session(self._engine) as session, session.begin():
            row = self._submission(session, lab, submission)
            row.marks.append(
                MarkRow(
                    check_id=check_id,
                    points=points,
                    comment=comment,
                    author=author,
                    marked_at=dt.datetime.now(dt.UTC),
                )
            )

    def grades(self, lab: str) -> list[Grade]:
        """Newest grade of every submission, with human points where there are any."""
        with Session(self._engine) as session:
            rows = session.scalars(
                select(SubmissionRow).where(SubmissionRow.lab == lab).order_by(SubmissionRow.name)
            )
            return [_grade(row) for row in rows if row.gradings]

    def comments(self, lab: str, submission: str) -> dict[str, str]:
        """Newest comment of a human by check id; checks without one are absent."""
        with Session(self._engine) as session:
            query = select(SubmissionRow).where(
                SubmissionRow.lab == lab, SubmissionRow.name == submission
            )
            row = session.scalars(query).one_or_none()
            marks = sorted(row.marks, key=lambda m: m.id) if row else []
            return {m.check_id: m.comment for m in marks if m.comment.strip()}

    @staticmethod
    def _submission(session: Session, lab: str, name: str) -> SubmissionRow:
        query = select(SubmissionRow).where(SubmissionRow.lab == lab, SubmissionRow.name == name)
        row = session.scalars(query).one_or_none()
        if row is None:
            row = SubmissionRow(lab=lab, name=name)
            session.add(row)
            session.flush()
        return row


def _newest_digests(session: Session, lab: str) -> dict[str, str]:
    """Digest of every submission's newest grading, in one query for the whole cohort."""
    newest = select(func.max(GradingRow.id)).group_by(GradingRow.submission_id)
    rows = session.execute(
        select(SubmissionRow.name, GradingRow.digest)
        .join(GradingRow.submission)
        .where(SubmissionRow.lab == lab, GradingRow.id.in_(newest))
    )
    return {row.name: row.digest for row in rows}


def _digest(grade: Grade) -> str:
    # The seconds a run took differ each time and are no new result.
    judged = replace(grade, provenance={})
    return hashlib.sha256(msgspec.json.encode(judged)).hexdigest()


def _grading(grade: Grade, digest: str) -> GradingRow:
    return GradingRow(
        graded_at=dt.datetime.now(dt.UTC),
        points=grade.points,
        max_points=grade.max_points,
        status=grade.status,
        digest=digest,
        provenance=dict(grade.provenance),
        checks=[
            CheckRow(
                task_id=task.id,
                check_id=result.id,
                status=result.status,
                points=result.points,
                max_points=result.max_points,
                confidence=result.confidence,
                message=result.message,
                details=dict(result.details),
            )
            for task in grade.tasks
            for result in task.checks
        ],
        problems=[
            ProblemRow(kind=p.kind, notebook=p.notebook, cell=p.cell, message=p.message)
            for p in grade.problems
        ],
    )


def _grade(row: SubmissionRow) -> Grade:
    newest = row.gradings[-1]
    marks = {m.check_id: m.points for m in row.marks if m.points is not None}
    tasks: dict[str, list[CheckResult]] = {}
    for check in newest.checks:
        fields = {
            name: getattr(check, name)
            for name in ("status", "points", "max_points", "confidence", "message", "details")
        }
        result = msgspec.convert({"id": check.check_id, **fields}, CheckResult)
        if check.check_id in marks:
            points = marks[check.check_id]
            status = "passed" if points >= result.max_points else "partial" if points else "failed"
            result = msgspec.convert(
                {"id": check.check_id, **fields, "points": points, "status": status}, CheckResult
            )
        tasks.setdefault(check.task_id, []).append(result)
    graded = tuple(
        TaskGrade(i, sum(c.points for c in cs), sum(c.max_points for c in cs), tuple(cs))
        for i, cs in tasks.items()
    )
    waiting = any(c.status == "needs_review" for t in graded for c in t.checks)
    automatic: GradeStatus = msgspec.convert(newest.status, GradeStatus)
    return Grade(
        submission=row.name,
        lab=row.lab,
        points=sum(t.points for t in graded),
        max_points=newest.max_points,
        status=automatic if waiting or automatic == "not_gradable" else "graded",
        tasks=graded,
        problems=tuple(Problem(p.kind, p.message, p.notebook, p.cell) for p in newest.problems),
        provenance=newest.provenance,
    )
