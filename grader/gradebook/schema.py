"""Tables of the gradebook (SQLAlchemy 2).

Automatic results belong to a grading and are never changed; what a human decides belongs to the
group and stays when it is graded again. Marks, extra points and events are only ever added.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "VERSION",
    "Base",
    "CheckRow",
    "CohortRow",
    "EventRow",
    "ExtraRow",
    "GradingRow",
    "GroupRow",
    "MarkRow",
    "MemberRow",
    "ProblemRow",
    "SubmissionRow",
    "SuggestionRow",
    "UtcDateTime",
]

VERSION = "0002"
"""The newest migration, which these tables are after."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment with its zone; SQLite keeps none, so that everything is stored in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn a moment into UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give a moment back its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """Names constraints, so that migrations can address them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - as SQLAlchemy wants it
        dt.datetime: UtcDateTime,
        dict[str, Any]: JSON,
        float: Float,
        int: Integer,
    }


def _owned_by(column: str) -> Mapped[int]:
    return mapped_column(ForeignKey(column, ondelete="CASCADE"), index=True)


class CohortRow(Base):
    """The groups of one lab in one term. ``revision`` grows with every change below it."""

    __tablename__ = "cohort"
    __table_args__ = (Unique("lab", "term"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lab: Mapped[str] = mapped_column(String(200))
    term: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    released_at: Mapped[dt.datetime | None]
    revision: Mapped[int]


class GroupRow(Base):
    """A group of a cohort; ``name`` is what its submission is called, ``title`` is for people."""

    __tablename__ = "student_group"
    __table_args__ = (Unique("cohort_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(300))
    moodle_id: Mapped[str | None] = mapped_column(String(80))
    due_at: Mapped[dt.datetime | None]
    worksheet: Mapped[dict[str, Any]]
    members: Mapped[list[MemberRow]] = relationship(order_by="MemberRow.id")


class MemberRow(Base):
    """A member of a group; ``worksheet`` keeps the row of the grading worksheet it came from."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = _owned_by("student_group.id")
    name: Mapped[str] = mapped_column(String(300))
    email: Mapped[str] = mapped_column(String(300))
    moodle_id: Mapped[str | None] = mapped_column(String(80))
    matriculation: Mapped[str | None] = mapped_column(String(80))
    worksheet: Mapped[dict[str, Any]]


class SubmissionRow(Base):
    """What a group handed in, each version once; ``digest`` is the hash of its files."""

    __tablename__ = "submission"
    __table_args__ = (Unique("group_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = _owned_by("student_group.id")
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[dt.datetime | None]
    received_at: Mapped[dt.datetime]
    late_days: Mapped[int | None]


class GradingRow(Base):
    """One grading of a submission; a group's newest counts."""

    __tablename__ = "grading"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = _owned_by("submission.id")
    graded_at: Mapped[dt.datetime]
    points: Mapped[float]
    max_points: Mapped[float]
    status: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    profile: Mapped[str] = mapped_column(String(80))
    seconds: Mapped[float]
    provenance: Mapped[dict[str, Any]]
    checks: Mapped[list[CheckRow]] = relationship(order_by="CheckRow.id")
    problems: Mapped[list[ProblemRow]] = relationship(order_by="ProblemRow.id")


class CheckRow(Base):
    """A check's automatic result within a grading; ``digest`` tells a changed one."""

    __tablename__ = "check_result"
    __table_args__ = (Unique("grading_id", "check_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = _owned_by("grading.id")
    task_id: Mapped[str] = mapped_column(String(80))
    check_id: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(40))
    points: Mapped[float]
    max_points: Mapped[float]
    confidence: Mapped[float]
    message: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    suggestions: Mapped[list[SuggestionRow]] = relationship(order_by="SuggestionRow.id")


class SuggestionRow(Base):
    """What a rubric recognised in a free text, to be counted; the words are in the details.

    ``kind``: ``concept`` (``share`` says how far it was found), ``misconception`` or ``flag``.
    """

    __tablename__ = "suggestion"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_result_id: Mapped[int] = _owned_by("check_result.id")
    kind: Mapped[str] = mapped_column(String(20))
    item: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(Text)
    share: Mapped[float | None]


class ProblemRow(Base):
    """A problem found while a submission was read or run."""

    __tablename__ = "problem"

    id: Mapped[int] = mapped_column(primary_key=True)
    grading_id: Mapped[int] = _owned_by("grading.id")
    kind: Mapped[str] = mapped_column(String(80))
    notebook: Mapped[str | None] = mapped_column(String(200))
    cell: Mapped[int | None]
    message: Mapped[str] = mapped_column(Text)


class MarkRow(Base):
    """What a human decided about one check, or took back; none is ever changed.

    ``version`` counts a check's marks of one group from 1; being unique, it lets only one of two
    people who saw the same state write. ``undoes`` is the version that an undo takes back.
    ``automatic_…`` is the automatic result that the mark was made against.
    """

    __tablename__ = "mark"
    __table_args__ = (Unique("group_id", "check_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = _owned_by("student_group.id")
    check_id: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    undoes: Mapped[int | None]
    points: Mapped[float | None]
    comment: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    marked_at: Mapped[dt.datetime]
    automatic_points: Mapped[float | None]
    automatic_status: Mapped[str | None] = mapped_column(String(40))
    automatic_digest: Mapped[str] = mapped_column(String(64))


class ExtraRow(Base):
    """Points beside the checks, with a reason; taken back by the same with the other sign."""

    __tablename__ = "extra_points"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = _owned_by("student_group.id")
    points: Mapped[float]
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[dt.datetime]


class EventRow(Base):
    """What happened to a cohort or a group: released, reopened, a date, late days."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = _owned_by("cohort.id")
    group_id: Mapped[int | None] = mapped_column(
        ForeignKey("student_group.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))
    happened_at: Mapped[dt.datetime]
