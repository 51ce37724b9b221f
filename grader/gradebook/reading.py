"""Answers about one group, one check across all groups, histories, and grades as they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.counting import counted
from grader.gradebook.cohorts import cohort_of, submission_info
from grader.gradebook.marking import to_mark
from grader.gradebook.overview import current_gradings, groups_of, read_overview
from grader.gradebook.schema import (
    CheckRow,
    CohortRow,
    EventRow,
    ExtraRow,
    GradingRow,
    GroupRow,
    MarkRow,
    ProblemRow,
    SubmissionRow,
    SuggestionRow,
)
from grader.gradebook.standing import effective, is_changed
from grader.gradebook.views import (
    Answer,
    Event,
    Extra,
    GradingInfo,
    Mark,
    SubmissionView,
)
from grader.lab import Late
from grader.model import ByHand, CheckResult, Decided, Grade, GradeStatus, Problem, TaskGrade

__all__ = [
    "read_answers",
    "read_comments",
    "read_decided",
    "read_events",
    "read_grades",
    "read_history",
    "read_marks",
    "read_submission",
    "read_suggestions",
]


def read_history(
    session: Session, *, cohort: int, group: int | None = None, check: str | None = None
) -> list[Mark]:
    """Return marks in the order in which they were made."""
    query = select(MarkRow).join(GroupRow, MarkRow.group_id == GroupRow.id)
    query = query.where(GroupRow.cohort_id == cohort)
    if group is not None:
        query = query.where(MarkRow.group_id == group)
    if check is not None:
        query = query.where(MarkRow.check_id == check)
    return [to_mark(row) for row in session.scalars(query.order_by(MarkRow.id))]


def read_marks(session: Session, cohort: int) -> dict[int, dict[str, Mark]]:
    """Return the marks that count, by group and check."""
    found: dict[int, dict[str, Mark]] = defaultdict(dict)
    for (group, check), entries in _sorted_out(read_history(session, cohort=cohort)).items():
        if (mark := effective(entries)) is not None:
            found[group][check] = mark
    return dict(found)


def _sorted_out(history: Iterable[Mark]) -> dict[tuple[int, str], list[Mark]]:
    found: dict[tuple[int, str], list[Mark]] = defaultdict(list)
    for mark in history:
        found[mark.group, mark.check].append(mark)
    return found


def read_events(session: Session, cohort: int, group: int | None = None) -> list[Event]:
    """Return what happened to a cohort, or to one of its groups, oldest first."""
    query = select(EventRow).where(EventRow.cohort_id == cohort).order_by(EventRow.id)
    if group is not None:
        query = query.where(EventRow.group_id == group)
    return [
        Event(
            kind=row.kind,
            reason=row.reason,
            author=row.author,
            happened_at=row.happened_at,
            group=row.group_id,
        )
        for row in session.scalars(query)
    ]


# ------------------------------------------------------------------ one group


def read_submission(session: Session, group: int, rule: Late) -> SubmissionView:
    """Return everything about one group."""
    cohort = cohort_of(session, group)
    row = read_overview(session, cohort, rule, group).rows[0]
    due = row.group.due_at or session.scalar(select(CohortRow.due_at).where(CohortRow.id == cohort))
    submissions = session.scalars(
        select(SubmissionRow).where(SubmissionRow.group_id == group).order_by(SubmissionRow.number)
    )
    history = read_history(session, cohort=cohort, group=group)
    marks = {
        check: mark
        for (_, check), entries in _sorted_out(history).items()
        if (mark := effective(entries)) is not None
    }
    gradings = _gradings(session, group)
    newest = session.get(GradingRow, gradings[-1].id) if gradings else None
    before, after = _neighbours(session, cohort, row.group.name)
    return SubmissionView(
        row=row,
        results={c.check_id: _result(c) for c in newest.checks} if newest else {},
        problems=tuple(_problem(p) for p in newest.problems) if newest else (),
        provenance=newest.provenance if newest else {},
        marks=marks,
        history=tuple(history),
        extras=_extras(session, group),
        events=tuple(read_events(session, cohort, group)),
        submissions=tuple(submission_info(s, due) for s in submissions),
        gradings=gradings,
        previous=before,
        following=after,
    )


def _gradings(session: Session, group: int) -> tuple[GradingInfo, ...]:
    query = (
        select(GradingRow)
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .where(SubmissionRow.group_id == group)
        .order_by(GradingRow.id)
    )
    return tuple(
        GradingInfo(
            id=row.id,
            submission=row.submission_id,
            graded_at=row.graded_at,
            points=row.points,
            max_points=row.max_points,
            status=msgspec.convert(row.status, GradeStatus),
            profile=row.profile,
            seconds=row.seconds,
        )
        for row in session.scalars(query)
    )


def _extras(session: Session, group: int) -> tuple[Extra, ...]:
    query = select(ExtraRow).where(ExtraRow.group_id == group).order_by(ExtraRow.id)
    return tuple(
        Extra(points=r.points, reason=r.reason, author=r.author, given_at=r.given_at)
        for r in session.scalars(query)
    )


def _neighbours(session: Session, cohort: int, name: str) -> tuple[int | None, int | None]:
    query = select(GroupRow.name, GroupRow.id).where(GroupRow.cohort_id == cohort)
    # Sorted here as everywhere: every database has its own idea of an order of words.
    order = sorted((found, number) for found, number in session.execute(query))
    place = next(i for i, (other, _) in enumerate(order) if other == name)
    before = order[place - 1][1] if place else None
    after = order[place + 1][1] if place + 1 < len(order) else None
    return before, after


def _result(row: CheckRow) -> CheckResult:
    fields = ("status", "points", "max_points", "confidence", "message", "details")
    given = {name: getattr(row, name) for name in fields}
    return msgspec.convert({"id": row.check_id, **given}, CheckResult)


def _problem(row: ProblemRow) -> Problem:
    return Problem(row.kind, row.message, row.notebook, row.cell)


# ------------------------------------------------------------------ one check


def read_answers(session: Session, cohort: int, check: str) -> list[Answer]:
    """Return every group's result of one check, sorted by group."""
    groups = {group.id: group for group in groups_of(session, cohort)}
    due = session.scalar(select(CohortRow.due_at).where(CohortRow.id == cohort))
    history = _sorted_out(read_history(session, cohort=cohort, check=check))
    rows = session.execute(
        select(CheckRow, SubmissionRow)
        .join(GradingRow, CheckRow.grading_id == GradingRow.id)
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .where(CheckRow.grading_id.in_(current_gradings(cohort)), CheckRow.check_id == check)
    ).all()
    answers = []
    for row, submission in rows:
        group = groups[submission.group_id]
        entries = history.get((group.id, check), [])
        mark = effective(entries)
        answers.append(
            Answer(
                group=group,
                task=row.task_id,
                result=_result(row),
                mark=mark,
                version=entries[-1].version if entries else 0,
                changed=mark is not None and is_changed(mark.automatic_digest, row.digest),
                submission=submission_info(submission, group.due_at or due),
            )
        )
    return sorted(answers, key=lambda answer: answer.group.name)


def read_comments(session: Session, cohort: int, check: str) -> list[tuple[str, int]]:
    """Return comments written to a check of this lab, in all terms, most frequent first."""
    lab = select(CohortRow.lab).where(CohortRow.id == cohort).scalar_subquery()
    count = func.count()
    query = (
        select(MarkRow.comment, count)
        .join(GroupRow, MarkRow.group_id == GroupRow.id)
        .join(CohortRow, GroupRow.cohort_id == CohortRow.id)
        .where(CohortRow.lab == lab, MarkRow.check_id == check, MarkRow.comment != "")
        .group_by(MarkRow.comment)
        .order_by(count.desc(), func.max(MarkRow.id).desc())
    )
    return [(comment, number) for comment, number in session.execute(query)]


def read_suggestions(
    session: Session, cohort: int, kind: str
) -> list[tuple[str, str, str, int, float | None]]:
    """Return what rubrics recognised: check, item, label, in how many groups, mean share."""
    count = func.count()
    query = (
        select(
            CheckRow.check_id,
            SuggestionRow.item,
            func.max(SuggestionRow.label),
            count,
            func.avg(SuggestionRow.share),
        )
        .join(CheckRow, SuggestionRow.check_result_id == CheckRow.id)
        .where(CheckRow.grading_id.in_(current_gradings(cohort)), SuggestionRow.kind == kind)
        .group_by(CheckRow.check_id, SuggestionRow.item)
        .order_by(count.desc(), CheckRow.check_id, SuggestionRow.item)
    )
    return [(c, i, label, n, share) for c, i, label, n, share in session.execute(query)]


# ------------------------------------------------------------------ grades


def read_decided(session: Session, cohort: int, rule: Late) -> dict[str, Decided]:
    """Return what humans decided, by the groups' names; groups without any of it are absent."""
    marks = read_marks(session, cohort)
    extras: dict[int, list[tuple[float, str]]] = defaultdict(list)
    query = select(ExtraRow).join(GroupRow).where(GroupRow.cohort_id == cohort)
    for row in session.scalars(query.order_by(ExtraRow.id)):
        extras[row.group_id].append((row.points, row.reason))
    found = {}
    for line in read_overview(session, cohort, rule).rows:
        group = line.group
        decided = Decided(
            marks={c: ByHand(m.points, m.comment) for c, m in marks.get(group.id, {}).items()},
            extras=tuple(extras[group.id]),
            late_days=line.late_days,
            deduction=line.deduction,
        )
        if decided != Decided():
            found[group.name] = decided
    return found


def read_grades(session: Session, cohort: int) -> list[Grade]:
    """Return every graded group's grade as it counts, with human points, sorted by group."""
    current = current_gradings(cohort)
    marks = read_marks(session, cohort)
    checks: dict[int, list[CheckRow]] = defaultdict(list)
    query = select(CheckRow).where(CheckRow.grading_id.in_(current)).order_by(CheckRow.id)
    for check in session.scalars(query):
        checks[check.grading_id].append(check)
    problems: dict[int, list[ProblemRow]] = defaultdict(list)
    noted = select(ProblemRow).where(ProblemRow.grading_id.in_(current)).order_by(ProblemRow.id)
    for found in session.scalars(noted):
        problems[found.grading_id].append(found)
    rows = session.execute(
        select(GradingRow, GroupRow.id, GroupRow.name, CohortRow.lab)
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .join(GroupRow, SubmissionRow.group_id == GroupRow.id)
        .join(CohortRow, GroupRow.cohort_id == CohortRow.id)
        .where(GradingRow.id.in_(current))
    ).all()
    grades = []
    for grading, group, name, lab in rows:
        automatic = _grade(grading, name, lab, checks[grading.id], problems[grading.id])
        own = {c: ByHand(m.points, m.comment) for c, m in marks.get(group, {}).items()}
        grades.append(counted(automatic, Decided(own)))
    return sorted(grades, key=lambda grade: grade.submission)


def _grade(
    grading: GradingRow, name: str, lab: str, checks: list[CheckRow], problems: list[ProblemRow]
) -> Grade:
    tasks: dict[str, list[CheckResult]] = {}
    for row in checks:
        tasks.setdefault(row.task_id, []).append(_result(row))
    return Grade(
        submission=name,
        lab=lab,
        points=grading.points,
        max_points=grading.max_points,
        status=msgspec.convert(grading.status, GradeStatus),
        tasks=tuple(
            TaskGrade(i, sum(c.points for c in cs), sum(c.max_points for c in cs), tuple(cs))
            for i, cs in tasks.items()
        ),
        problems=tuple(_problem(p) for p in problems),
        provenance=grading.provenance,
    )
