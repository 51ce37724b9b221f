"""What humans decide: marks, taken back or not, extra points, dates, release. Only ever added."""

from __future__ import annotations

import datetime as dt
import math

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.errors import ConflictError, UsageError
from grader.gradebook.cohorts import add_event, change, clean, cohort_of, now
from grader.gradebook.schema import (
    CheckRow,
    ExtraRow,
    GradingRow,
    GroupRow,
    MarkRow,
    SubmissionRow,
)
from grader.gradebook.standing import effective
from grader.gradebook.views import Mark

__all__ = [
    "add_extra",
    "put_mark",
    "put_undo",
    "release",
    "reopen",
    "set_due",
    "set_late_days",
    "to_mark",
]

_LONGEST_COMMENT = 20_000


def to_mark(row: MarkRow) -> Mark:
    """Return a mark as plain data."""
    names = [name for name in Mark.__slots__ if name not in ("group", "check")]
    return Mark(
        group=row.group_id, check=row.check_id, **{name: getattr(row, name) for name in names}
    )


# ------------------------------------------------------------------ marks


def put_mark(
    session: Session,
    group: int,
    check: str,
    *,
    author: str,
    points: float | None,
    comment: str,
    seen: int | None,
) -> Mark:
    """Add a mark; see :meth:`grader.gradebook.Gradebook.mark`."""
    change(session, cohort_of(session, group))
    history = _history(session, group, check)
    _require_seen(history, seen)
    automatic = _automatic(session, group, check)
    if points is not None:
        _require_points(points, automatic.max_points, check)
    row = MarkRow(kind="set", points=points, comment=_comment(comment))
    return _added(session, row, group, check, author, history, automatic)


def put_undo(session: Session, group: int, check: str, *, author: str, seen: int | None) -> Mark:
    """Take the mark that counts back; see :meth:`grader.gradebook.Gradebook.undo`."""
    change(session, cohort_of(session, group))
    history = _history(session, group, check)
    _require_seen(history, seen)
    last = effective(history)
    if last is None:
        raise UsageError(f"Zu {check} gibt es nichts zurückzunehmen.")
    automatic = _automatic(session, group, check)
    row = MarkRow(kind="undo", undoes=last.version, points=None, comment="")
    return _added(session, row, group, check, author, history, automatic)


def _added(
    session: Session,
    row: MarkRow,
    group: int,
    check: str,
    author: str,
    history: list[MarkRow],
    automatic: CheckRow,
) -> Mark:
    row.group_id, row.check_id = group, check
    row.version = history[-1].version + 1 if history else 1
    row.author, row.marked_at = _author(author), now()
    row.automatic_points = automatic.points
    row.automatic_status = automatic.status
    row.automatic_digest = automatic.digest
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        # Nobody gets here past the lock on the cohort; if someone does, nothing is lost.
        raise ConflictError(
            f"{check} wurde im selben Augenblick von jemand anderem geändert. Bitte neu laden."
        ) from error
    return to_mark(row)


def _history(session: Session, group: int, check: str) -> list[MarkRow]:
    query = select(MarkRow).where(MarkRow.group_id == group, MarkRow.check_id == check)
    return list(session.scalars(query.order_by(MarkRow.version)))


def _require_seen(history: list[MarkRow], seen: int | None) -> None:
    newest = history[-1].version if history else 0
    if seen is None or seen == newest:
        return
    if not 0 <= seen < newest:
        raise UsageError(f"Einen Stand {seen} dieser Prüfung gibt es nicht.")
    last = history[-1]
    when = f"{last.marked_at.astimezone():%d.%m.%Y um %H:%M} Uhr"
    if last.kind == "undo":
        did = "eine Bewertung zurückgenommen"
    elif last.points is None:
        did = "einen Kommentar ohne Punkte eingetragen"
    else:
        did = f"{_number(last.points)} Punkte vergeben"
    comment = f" (»{_short(last.comment)}«)" if last.comment else ""
    raise ConflictError(
        f"{last.author} hat zu {last.check_id} am {when} {did}{comment}. Ihre Eingabe ist noch "
        "nicht gespeichert; bitte den neuen Stand ansehen und dann entscheiden."
    )


def _automatic(session: Session, group: int, check: str) -> CheckRow:
    """The automatic result that counts now."""
    query = (
        select(GradingRow.id)
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .where(SubmissionRow.group_id == group)
        .order_by(GradingRow.id.desc())
        .limit(1)
    )
    grading = session.scalar(query)
    if grading is None:
        raise UsageError("Von dieser Gruppe ist noch nichts bewertet.")
    found = session.scalars(
        select(CheckRow).where(CheckRow.grading_id == grading, CheckRow.check_id == check)
    ).one_or_none()
    if found is None:
        raise UsageError(f"Die Prüfung {check!r} gibt es in dieser Bewertung nicht.")
    return found


def _require_points(points: float, most: float, check: str) -> None:
    if not math.isfinite(points) or not 0 <= points <= most:
        raise UsageError(
            f"Für {check} gibt es 0 bis {_number(most)} Punkte; {_number(points)} geht nicht."
        )


def _author(author: str) -> str:
    name = clean(author, 200).strip()
    if not name:
        raise UsageError("Es fehlt der Name dessen, der das entscheidet.")
    return name


def _comment(comment: str) -> str:
    if len(comment) > _LONGEST_COMMENT:
        raise UsageError(f"Der Kommentar ist länger als {_LONGEST_COMMENT} Zeichen.")
    return clean(comment)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise UsageError("Es fehlt eine Begründung.")
    return _comment(reason)


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _short(text: str, length: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


# ------------------------------------------------------------------ extra points, dates


def add_extra(session: Session, group: int, points: float, *, reason: str, author: str) -> None:
    """Give extra points; see :meth:`grader.gradebook.Gradebook.add_extra`."""
    change(session, cohort_of(session, group))
    if not math.isfinite(points) or points == 0 or abs(points) > 1000:
        raise UsageError(f"{_number(points)} Zusatzpunkte sind nicht möglich.")
    row = ExtraRow(group_id=group, points=points, given_at=now())
    row.reason, row.author = _reason(reason), _author(author)
    session.add(row)


def set_due(
    session: Session, cohort: int, due: dt.datetime | None, *, author: str, group: int | None
) -> None:
    """Set the date due; see :meth:`grader.gradebook.Gradebook.set_due`."""
    if due is not None and due.tzinfo is None:
        # A date without a zone is the wall clock's here.
        due = due.astimezone()
    row = change(session, cohort)
    if group is None:
        row.due_at = due
    else:
        own = session.get(GroupRow, group)
        if own is None or own.cohort_id != cohort:
            raise UsageError(f"Eine Gruppe mit der Nummer {group} gibt es in der Kohorte nicht.")
        own.due_at = due
    shown = "aufgehoben" if due is None else f"{due.astimezone():%d.%m.%Y %H:%M}"
    add_event(session, cohort, "due", _author(author), f"Abgabe bis {shown}", group)


def set_late_days(
    session: Session, submission: int, days: int | None, *, reason: str, author: str
) -> None:
    """Set late days by hand; see :meth:`grader.gradebook.Gradebook.set_late_days`."""
    row = session.get(SubmissionRow, submission)
    if row is None:
        raise UsageError(f"Eine Abgabe mit der Nummer {submission} gibt es im Notenbuch nicht.")
    if days is not None and not 0 <= days <= 10_000:
        raise UsageError(f"{days} Tage Verspätung sind nicht möglich.")
    cohort = cohort_of(session, row.group_id)
    change(session, cohort)
    row.late_days = days
    shown = "nach Datum" if days is None else f"{days} Tage"
    reason = f"Verspätung {shown}: {_reason(reason)}"
    add_event(session, cohort, "late_days", _author(author), reason, row.group_id)


# ------------------------------------------------------------------ release


def release(session: Session, cohort: int, *, author: str) -> None:
    """Release the grades; see :meth:`grader.gradebook.Gradebook.release`."""
    row = change(session, cohort)
    row.released_at = now()
    add_event(session, cohort, "released", _author(author), "")


def reopen(session: Session, cohort: int, *, reason: str, author: str) -> None:
    """Allow changes again; see :meth:`grader.gradebook.Gradebook.reopen`."""
    row = change(session, cohort, released=True)
    if row.released_at is None:
        raise UsageError("Die Noten sind nicht freigegeben.")
    row.released_at = None
    add_event(session, cohort, "reopened", _author(author), _reason(reason))
