"""Cohorts, groups and what they handed in, as rows: found, made, locked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.errors import ReleasedError, UsageError
from grader.gradebook.late import late_days
from grader.gradebook.schema import (
    CohortRow,
    EventRow,
    GroupRow,
    MemberRow,
    SubmissionRow,
)
from grader.gradebook.views import Cohort, Group, Member, SubmissionInfo
from grader.model import HandIn

__all__ = [
    "add_event",
    "change",
    "clean",
    "cohort_of",
    "cohorts",
    "make_cohort",
    "now",
    "put_group",
    "put_submission",
    "submission_info",
    "to_group",
]


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def clean(text: str, length: int | None = None) -> str:
    """Return text that every database takes: no lone surrogates, no NUL, not too long."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return plain if length is None else plain[:length]


# ------------------------------------------------------------------ cohorts


def cohorts(session: Session, lab: str | None = None, cohort: int | None = None) -> list[Cohort]:
    """Return cohorts with the number of their groups, in the order of lab and term."""
    query = (
        select(CohortRow, func.count(GroupRow.id))
        .outerjoin(GroupRow, GroupRow.cohort_id == CohortRow.id)
        .group_by(CohortRow.id)
        .order_by(CohortRow.lab, CohortRow.term)
    )
    if lab is not None:
        query = query.where(CohortRow.lab == lab)
    if cohort is not None:
        query = query.where(CohortRow.id == cohort)
    return [
        Cohort(row.id, row.lab, row.term, count, row.due_at, row.released_at, row.revision)
        for row, count in session.execute(query)
    ]


def make_cohort(session: Session, lab: str, term: str) -> int:
    """Return a cohort's id; it is made if there is none."""
    term = clean(term, 200)
    query = select(CohortRow.id).where(CohortRow.lab == lab, CohortRow.term == term)
    found = session.scalar(query)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            row = CohortRow(lab=lab, term=term, created_at=now(), revision=0)
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError:
        # Another process made it at this moment.
        return session.scalars(query).one()


def cohort_of(session: Session, group: int) -> int:
    """Return the id of a group's cohort.

    Raises
    ------
    UsageError
        If there is no such group.
    """
    found = session.scalar(select(GroupRow.cohort_id).where(GroupRow.id == group))
    if found is None:
        raise UsageError(f"Eine Gruppe mit der Nummer {group} gibt es im Notenbuch nicht.")
    return found


def change(session: Session, cohort: int, *, released: bool = False) -> CohortRow:
    """Announce a change: the cohort is ours until the end of the session, its revision grows.

    Parameters
    ----------
    released : bool
        The change is allowed after the grades were released.

    Raises
    ------
    UsageError
        If there is no such cohort.
    ReleasedError
        If the grades are released.
    """
    grown = update(CohortRow).where(CohortRow.id == cohort)
    session.execute(grown.values(revision=CohortRow.revision + 1))
    query = select(CohortRow).where(CohortRow.id == cohort)
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UsageError(f"Eine Kohorte mit der Nummer {cohort} gibt es im Notenbuch nicht.")
    if row.released_at is not None and not released:
        when = f"{row.released_at.astimezone():%d.%m.%Y, %H:%M} Uhr"
        term = f" ({row.term})" if row.term else ""
        raise ReleasedError(
            f"Die Noten{term} sind seit {when} freigegeben und lassen sich nicht mehr ändern. "
            "Die Freigabe lässt sich mit einer Begründung aufheben."
        )
    return row


def add_event(
    session: Session, cohort: int, kind: str, author: str, reason: str, group: int | None = None
) -> None:
    """Note what happened."""
    session.add(
        EventRow(
            cohort_id=cohort,
            group_id=group,
            kind=kind,
            reason=clean(reason),
            author=clean(author, 200),
            happened_at=now(),
        )
    )


# ------------------------------------------------------------------ groups


def put_group(session: Session, cohort: int, group: Group) -> int:
    """Make a group, or bring one up to date; return its id.

    What the given group leaves open (no members, no Moodle id, no title) stays as it is.
    """
    name = clean(group.name, 300)
    query = select(GroupRow).where(GroupRow.cohort_id == cohort, GroupRow.name == name)
    row = session.scalars(query).one_or_none()
    if row is None:
        row = GroupRow(cohort_id=cohort, name=name, title=name, worksheet={})
        session.add(row)
    row.title = clean(group.title, 300) or row.title
    row.moodle_id = group.moodle_id or row.moodle_id
    row.due_at = group.due_at or row.due_at
    row.worksheet = dict(group.worksheet) or row.worksheet
    session.flush()
    if group.members:
        session.execute(delete(MemberRow).where(MemberRow.group_id == row.id))
        session.add_all(_member_row(row.id, member) for member in group.members)
    return row.id


def _member_row(group: int, member: Member) -> MemberRow:
    return MemberRow(
        group_id=group,
        name=clean(member.name, 300),
        email=clean(member.email, 300),
        moodle_id=member.moodle_id,
        matriculation=member.matriculation,
        worksheet=dict(member.worksheet),
    )


def to_group(row: GroupRow, members: Iterable[MemberRow]) -> Group:
    """Return a group as plain data."""
    return Group(
        id=row.id,
        cohort=row.cohort_id,
        name=row.name,
        title=row.title,
        moodle_id=row.moodle_id,
        due_at=row.due_at,
        worksheet=row.worksheet,
        members=tuple(
            Member(
                name=m.name,
                email=m.email,
                moodle_id=m.moodle_id,
                matriculation=m.matriculation,
                worksheet=m.worksheet,
            )
            for m in members
        ),
    )


# ------------------------------------------------------------------ submissions


def put_submission(session: Session, group: int, handed_in: HandIn | None) -> int:
    """Return the id of a version of a group's submission; it is made if it is a new one.

    Without ``handed_in`` the newest version is meant.
    """
    query = select(SubmissionRow).where(SubmissionRow.group_id == group)
    known = session.scalars(query.order_by(SubmissionRow.number)).all()
    row = None
    if handed_in is None:
        row = known[-1] if known else None
    else:
        same = [k for k in known if k.digest == handed_in.digest]
        # An entry from before there were hashes is the version that is here now.
        same = same or [k for k in known[-1:] if not k.digest]
        row = same[-1] if same else None
    if row is None:
        number = known[-1].number + 1 if known else 1
        row = SubmissionRow(group_id=group, number=number, digest="", path="", received_at=now())
        session.add(row)
    if handed_in is not None:
        row.digest = handed_in.digest
        row.path = clean(handed_in.path) or row.path
        row.submitted_at = handed_in.submitted_at or row.submitted_at
        _put_participants(session, group, handed_in.participants)
    session.flush()
    return row.id


def _put_participants(session: Session, group: int, names: tuple[str, ...]) -> None:
    known = session.scalar(select(func.count()).where(MemberRow.group_id == group))
    if names and not known:
        session.add_all(_member_row(group, Member(name=name)) for name in names)


def submission_info(row: SubmissionRow, due: dt.datetime | None) -> SubmissionInfo:
    """Return a version of a submission as plain data; late days by hand go before counted ones."""
    counted = late_days(due, row.submitted_at)
    return SubmissionInfo(
        id=row.id,
        number=row.number,
        digest=row.digest,
        path=row.path,
        submitted_at=row.submitted_at,
        received_at=row.received_at,
        late_days=counted if row.late_days is None else row.late_days,
    )
