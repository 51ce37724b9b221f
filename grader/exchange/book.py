"""The gradebook as exports and imports see it: one cohort's grades, totals and members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UsageError
from grader.exchange.grades import Total
from grader.exchange.importing import Taken
from grader.exchange.roster import Entry, Member, Roster
from grader.gradebook import Gradebook
from grader.gradebook.views import Group
from grader.gradebook.views import Member as BookMember
from grader.intake.files import find_sources, source_digest
from grader.lab import Lab
from grader.model import Grade, HandIn

__all__ = ["Results", "note_import", "open_book", "read_results_of", "with_book"]


@dataclass(frozen=True, slots=True)
class Results:
    """A cohort's results.

    Attributes
    ----------
    grades : mapping of str to Grade
        By submission, with human points.
    totals : mapping of str to Total
        With extra points and late days.
    people : mapping of str to tuple of str
        The members' names.
    ungraded : tuple of str
        Groups without a result.
    """

    grades: Mapping[str, Grade]
    totals: Mapping[str, Total]
    people: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    ungraded: tuple[str, ...] = ()
    term: str = ""


def open_book(gradebook: str | Path) -> Gradebook:
    """Open a gradebook that is there.

    Raises
    ------
    UsageError
        If its file does not exist: reading must not make an empty one.
    """
    if "://" not in str(gradebook) and not Path(gradebook).is_file():
        raise UsageError(
            f"Das Notenbuch {gradebook} gibt es nicht. Zuerst »grader grade« aufrufen."
        )
    return Gradebook(gradebook)


def read_results_of(book: Gradebook, lab: Lab, term: str | None = None) -> Results:
    """Read a lab's cohort: of this term, or the newest.

    Raises
    ------
    UsageError
        If there is no such cohort or nothing of it is graded.
    """
    cohort = book.find_cohort(lab.id, term)
    if cohort is None:
        when = f" im Semester {term}" if term else ""
        raise UsageError(f"Im Notenbuch steht keine Kohorte des Labors {lab.id}{when}.")
    overview = book.overview(cohort.id, lab)
    grades = {grade.submission: grade for grade in book.grades(cohort.id)}
    if not grades:
        raise UsageError("Im Notenbuch ist noch nichts bewertet. Zuerst »grader grade« aufrufen.")
    rows = {row.group.name: row for row in overview.rows}
    return Results(
        grades,
        {
            name: Total(row.total, row.extra, row.deduction, row.late_days)
            for name, row in rows.items()
            if name in grades
        },
        {name: tuple(m.name for m in row.group.members) for name, row in rows.items()},
        {
            name: tuple(
                Member(
                    id=m.moodle_id or "",
                    name=m.name,
                    email=m.email,
                    number=m.matriculation or "",
                )
                for m in row.group.members
                if m.moodle_id
            )
            for name, row in rows.items()
        },
        tuple(name for name in rows if name not in grades),
        cohort.term,
    )


def with_book(roster: Roster, results: Results) -> Roster:
    """The roster, with members that only the gradebook knows."""
    entries = dict(roster.submissions)
    for name, members in results.members.items():
        if members and not (name in entries and entries[name].members):
            entries[name] = Entry(who=name, members=members)
    return Roster(submissions=entries)


def note_import(
    book: Gradebook, lab: Lab, out: Path, taken: Iterable[Taken], term: str = ""
) -> None:
    """Tell the gradebook which groups there are, who is in them and when they handed in."""
    kept = {t.name: t.entry for t in taken if t.state != "empty"}
    cohort = book.cohort(lab.id, term).id
    book.put_groups(cohort, [_group(name, entry) for name, entry in kept.items()])
    digests = {s.id: (source_digest(s), s.path) for s in find_sources(out) if s.id in kept}
    book.put_submissions(
        cohort,
        {
            name: HandIn(digest=digest, path=str(path), submitted_at=_moment(kept[name].handed_in))
            for name, (digest, path) in digests.items()
        },
    )


def _group(name: str, entry: Entry) -> Group:
    return Group(
        name=name,
        title=entry.who,
        moodle_id=entry.id or None,
        members=tuple(
            BookMember(
                name=m.name or m.id,
                email=m.email,
                moodle_id=m.id,
                matriculation=m.number or None,
            )
            for m in entry.members
        ),
    )


def _moment(written: dt.datetime | None) -> dt.datetime | None:
    """Moodle writes the time of whoever downloads: taken for this machine's."""
    return None if written is None else written.astimezone()
