"""The overview of a cohort: a few queries for all its groups, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from grader.counting import group_status, status_by_hand
from grader.errors import UsageError
from grader.gradebook.cohorts import cohorts, to_group
from grader.gradebook.late import late_days, late_deduction
from grader.gradebook.schema import (
    CheckRow,
    ExtraRow,
    GradingRow,
    GroupRow,
    MarkRow,
    MemberRow,
    ProblemRow,
    SubmissionRow,
)
from grader.gradebook.standing import effective, is_changed
from grader.gradebook.views import Cell, Cohort, Group, Overview, OverviewRow, TaskPoints
from grader.lab import Late

__all__ = ["Chosen", "current_gradings", "groups_of", "read_overview"]

_Row: TypeAlias = Any
# Selects of many columns each have a type of their own.
_Query: TypeAlias = Any
Chosen: TypeAlias = int | tuple[int, ...] | None
"""Ids of the groups that are asked for; None for all."""


class _Entry(NamedTuple):
    """A mark, without what only its history shows."""

    version: int
    kind: str
    undoes: int | None
    points: float | None
    digest: str


def current_gradings(cohort: int, group: Chosen = None) -> Select[Any]:
    """Select the ids of the gradings that count: each group's newest."""
    query = (
        select(func.max(GradingRow.id))
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .join(GroupRow, SubmissionRow.group_id == GroupRow.id)
        .where(GroupRow.cohort_id == cohort)
        .group_by(GroupRow.id)
    )
    found: Select[Any] = _only(query, group)
    return found


def groups_of(session: Session, cohort: int, group: Chosen = None) -> list[Group]:
    """Return the groups of a cohort with their members, sorted by name."""
    query = select(GroupRow).where(GroupRow.cohort_id == cohort)
    people = select(MemberRow).join(GroupRow).where(GroupRow.cohort_id == cohort)
    query, people = _only(query, group), _only(people, group)
    members: dict[int, list[MemberRow]] = defaultdict(list)
    for member in session.scalars(people.order_by(MemberRow.id)):
        members[member.group_id].append(member)
    found = [to_group(row, members[row.id]) for row in session.scalars(query)]
    return sorted(found, key=lambda group: group.name)


def read_overview(session: Session, cohort: int, rule: Late, group: Chosen = None) -> Overview:
    """Return the overview of a cohort, or of some of its groups only."""
    found = cohorts(session, cohort=cohort)
    if not found:
        raise UsageError(f"Eine Kohorte mit der Nummer {cohort} gibt es im Notenbuch nicht.")
    parts = _Parts(session, found[0], group)
    groups = groups_of(session, cohort, group)
    return Overview(found[0], tuple(parts.row(g, rule) for g in groups))


class _Parts:
    """What the queries gave, by group."""

    def __init__(self, session: Session, cohort: Cohort, group: Chosen) -> None:
        self.cohort = cohort
        current = current_gradings(cohort.id, group)
        self.gradings = _by_key(session.execute(_gradings(current)))
        self.checks = _listed(session.execute(_checks(current)))
        self.problems = _listed(session.execute(_problems(current)))
        self.submissions = _listed(session.execute(_submissions(cohort.id, group)))
        self.extras = _by_key(session.execute(_extras(cohort.id, group)))
        self.marks: dict[int, dict[str, list[_Entry]]] = defaultdict(lambda: defaultdict(list))
        for owner, check, *entry in session.execute(_marks(cohort.id, group)):
            self.marks[owner][check].append(_Entry(*entry))

    def row(self, group: Group, rule: Late) -> OverviewRow:
        versions = self.submissions.get(group.id, [])
        grading = self.gradings.get(group.id)
        # What was graded last counts; before any grading, what was handed in last.
        submission = next(
            (v for v in versions if grading and v.id == grading.submission_id),
            versions[-1] if versions else None,
        )
        due = group.due_at or self.cohort.due_at
        extra = self.extras[group.id].points if group.id in self.extras else 0.0
        checks = _cells(self.checks.get(grading.id, []), self.marks[group.id]) if grading else {}
        points = sum(cell.points for cell in checks.values())
        late = _late_days(submission, due)
        deduction = late_deduction(rule, late, points + extra)
        given = OverviewRow(
            group=group,
            extra=extra,
            late_days=late,
            submissions=len(versions),
            submission=submission.id if submission else None,
            submitted_at=submission.submitted_at if submission else None,
            deduction=deduction,
            total=max(0.0, points + extra - deduction),
        )
        if grading is None:
            return given
        return OverviewRow(
            **{name: getattr(given, name) for name in _GIVEN},
            status=group_status(grading.status, (c.status for c in checks.values())),
            checks=checks,
            tasks=_tasks(self.checks.get(grading.id, []), checks),
            points=points,
            automatic=sum(cell.automatic for cell in checks.values()),
            max_points=grading.max_points,
            waiting=sum(cell.status == "needs_review" for cell in checks.values()),
            changed=tuple(name for name, cell in checks.items() if cell.changed),
            problems=tuple(p.kind for p in self.problems.get(grading.id, [])),
            graded_at=grading.graded_at,
            profile=grading.profile,
            seconds=grading.seconds,
        )


_GIVEN = (
    "group",
    "extra",
    "late_days",
    "submissions",
    "submission",
    "submitted_at",
    "deduction",
    "total",
)


def _cells(rows: Sequence[_Row], marks: Mapping[str, Sequence[_Entry]]) -> dict[str, Cell]:
    cells = {}
    for row in rows:
        history = marks.get(row.check_id, ())
        mark = effective(history) if history else None
        by_hand = mark is not None and mark.points is not None
        points = mark.points if mark is not None and mark.points is not None else row.points
        cells[row.check_id] = Cell(
            points=points,
            automatic=row.points,
            max_points=row.max_points,
            status=status_by_hand(points, row.max_points) if by_hand else row.status,
            automatic_status=row.status,
            confidence=row.confidence,
            by_hand=by_hand,
            changed=mark is not None and is_changed(mark.digest, row.digest),
            version=history[-1].version if history else 0,
        )
    return cells


def _tasks(rows: Sequence[_Row], cells: Mapping[str, Cell]) -> dict[str, TaskPoints]:
    tasks: dict[str, TaskPoints] = {}
    for row in rows:
        cell, known = cells[row.check_id], tasks.get(row.task_id, TaskPoints(0.0, 0.0, 0.0))
        tasks[row.task_id] = TaskPoints(
            known.points + cell.points,
            known.automatic + cell.automatic,
            known.max_points + cell.max_points,
        )
    return tasks


def _late_days(submission: _Row | None, due: dt.datetime | None) -> int:
    if submission is None:
        return 0
    if submission.late_days is not None:
        return int(submission.late_days)
    return late_days(due, submission.submitted_at)


# ------------------------------------------------------------------ queries


def _by_key(rows: Iterable[_Row]) -> dict[int, _Row]:
    return {row[0]: row for row in rows}


def _listed(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _of(query: _Query, cohort: int, group: Chosen) -> _Query:
    return _only(query.where(GroupRow.cohort_id == cohort), group)


def _only(query: _Query, group: Chosen) -> _Query:
    if group is None:
        return query
    return query.where(GroupRow.id.in_((group,) if isinstance(group, int) else group))


def _gradings(current: Select[Any]) -> _Query:
    names = ("id", "submission_id", "status", "max_points", "graded_at", "profile", "seconds")
    return (
        select(SubmissionRow.group_id, *(getattr(GradingRow, name) for name in names))
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .where(GradingRow.id.in_(current))
    )


def _checks(current: Select[Any]) -> _Query:
    names = ("task_id", "check_id", "status", "points", "max_points", "confidence", "digest")
    return (
        select(CheckRow.grading_id, *(getattr(CheckRow, name) for name in names))
        .where(CheckRow.grading_id.in_(current))
        .order_by(CheckRow.id)
    )


def _problems(current: Select[Any]) -> _Query:
    return (
        select(ProblemRow.grading_id, ProblemRow.kind)
        .where(ProblemRow.grading_id.in_(current))
        .distinct()
        .order_by(ProblemRow.kind)
    )


def _submissions(cohort: int, group: Chosen) -> _Query:
    query = select(
        SubmissionRow.group_id,
        SubmissionRow.id,
        SubmissionRow.submitted_at,
        SubmissionRow.late_days,
    ).join(GroupRow, SubmissionRow.group_id == GroupRow.id)
    return _of(query, cohort, group).order_by(SubmissionRow.number)


def _extras(cohort: int, group: Chosen) -> _Query:
    query = (
        select(ExtraRow.group_id, func.sum(ExtraRow.points).label("points"))
        .join(GroupRow, ExtraRow.group_id == GroupRow.id)
        .group_by(ExtraRow.group_id)
    )
    return _of(query, cohort, group)


def _marks(cohort: int, group: Chosen) -> _Query:
    query = select(
        MarkRow.group_id,
        MarkRow.check_id,
        MarkRow.version,
        MarkRow.kind,
        MarkRow.undoes,
        MarkRow.points,
        MarkRow.automatic_digest,
    ).join(GroupRow, MarkRow.group_id == GroupRow.id)
    return _of(query, cohort, group).order_by(MarkRow.version)
