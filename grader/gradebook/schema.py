"""Tables of the gradebook (SQLAlchemy 2).

Automatic results belong to a grading and are never changed; a human's marks belong to the
submission and stay when it is graded again. A check's points are the human's where there are any.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, DateTime, Float, ForeignKey, Integer, MetaData, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = ["Base", "CheckRow", "GradingRow", "MarkRow", "ProblemRow", "SubmissionRow"]


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


class SubmissionRow(Base):
    """A group's submission in one lab."""

    __tablename__ = "submission"
    __table_args__ = (Unique("lab", "name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lab: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    gradings: Mapped[list[GradingRow]] = relationship(
        back_populates="submission", order_by="GradingRow.id", cascade="all, delete-orphan"
    )
    marks: Mapped[list[MarkRow]] = relationship(
        back_populates="submission", order_by="MarkRow.id", cascade="all, delete-orphan"
    )


class GradingRow(Base):
    """One grading of a submission; the newest counts."""

    __tablename__ = "grading"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    graded_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    points: Mapped[float] = mapped_column(Float)
    max_points: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    provenance: Mapped[dict[str, Any]] = mapped_column(JSON)
    submission: Mapped[SubmissionRow] = relationship(back_populates="gradings")
    checks: Mapped[list[CheckRow]] = relationship(
        order_by="CheckRow.id", cascade="all, delete-orphan"
    )
    problems: Mapped[list[ProblemRow]] = relationship(
        order_by="ProblemRow.id", cascade="all, delete-orphan"
    )


class CheckRow(Base):
    """A check's automatic result within a grading."""

    __tablename__ = "check_result"
    __table_args__ = (Unique("grading_id", "check_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"), index=True)
    task_id: Mapped[str] = mapped_column(String(80))
    check_id: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(40))
    points: Mapped[float] = mapped_column(Float)
    max_points: Mapped[float] = mapped_column(Float)
    confidence: Mapped[float] = mapped_column(Float)
    message: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class ProblemRow(Base):
    """A problem found while a submission was read or run."""

    __tablename__ = "problem"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    grading_id: Mapped[int] = mapped_column(ForeignKey("grading.id"), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    notebook: Mapped[str | None] = mapped_column(String(200))
    cell: Mapped[int | None] = mapped_column(Integer)
    message: Mapped[str] = mapped_column(Text)


class MarkRow(Base):
    """A human's points or comment for one check; the newest counts, none is ever changed."""

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    check_id: Mapped[str] = mapped_column(String(80))
    points: Mapped[float | None] = mapped_column(Float)
    comment: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(200))
    marked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    submission: Mapped[SubmissionRow] = relationship(back_populates="marks")
