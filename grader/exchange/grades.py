"""From submissions' grades to participants' rows in Moodle's worksheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from grader.errors import UsageError
from grader.exchange.roster import Entry, Roster, same_name
from grader.exchange.worksheet import Decimal, Row, Worksheet
from grader.model import Grade

__all__ = ["Export", "Given", "Total", "assign", "comment_of", "fill_in"]

# What is said about a participant whose grade is not, or not simply, entered.
NOT_GRADED = "keine bewertete Abgabe"
OPEN = "noch durchzusehen, nicht eingetragen"
NOT_GRADABLE = "nicht bewertbar, nicht eingetragen"
LOCKED = "in Moodle gesperrt, nicht eingetragen"
SEVERAL = "steht in mehreren Abgaben, nicht eingetragen"
CAPPED = "auf die Bestwertung begrenzt, mehr nimmt Moodle nicht an"


@dataclass(frozen=True, slots=True)
class Total:
    """What counts in the end: points of the checks, extra points, the deduction for late days."""

    points: float
    extra: float = 0.0
    deduction: float = 0.0
    late_days: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What a participant's row gets.

    Attributes
    ----------
    points : float or None
        As entered; None if nothing is.
    before : float or None
        The grade that stood there.
    note : str
        German; why nothing was entered, or what else is to be known.
    """

    row: Row
    submission: str = ""
    points: float | None = None
    before: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """The filled worksheet, what each row got, and submissions that belong to no row."""

    sheet: Worksheet
    given: tuple[Given, ...]
    nobody: tuple[str, ...] = ()


def assign(
    rows: Sequence[Row], submissions: Iterable[str], roster: Roster
) -> dict[str, tuple[str, ...]]:
    """Find each participant's submissions, by number.

    The roster's members decide; where it has none, numbers and names of participants or groups.
    """
    found: dict[str, list[str]] = {row.id: [] for row in rows}
    for name in submissions:
        entry = roster.submissions.get(name)
        for row in rows:
            if _belongs(row, name, entry):
                found[row.id].append(name)
    return {number: tuple(names) for number, names in found.items()}


def _belongs(row: Row, name: str, entry: Entry | None) -> bool:
    if entry is not None and entry.members:
        return any(m.id == row.id for m in entry.members)
    who, _, number = name.rpartition("_")
    if entry is not None:
        who, number = entry.who, entry.id
    if number == row.id and (not row.name or same_name(who, row.name)):
        return True
    names = {who, name} - {""}
    if row.group:
        return any(same_name(n, row.group) for n in names)
    return not number.isdigit() and bool(row.name) and any(same_name(n, row.name) for n in names)


def fill_in(
    sheet: Worksheet,
    grades: Mapping[str, Grade],
    roster: Roster,
    *,
    totals: Mapping[str, Total] | None = None,
    open_too: bool = False,
    scale: bool = False,
    comments: bool = True,
    decimal: Decimal | None = None,
) -> Export:
    """Enter every participant's grade: that of their group.

    Parameters
    ----------
    grades : mapping of str to Grade
        By submission.
    totals : mapping of str to Total, optional
        By submission; where there is none, the grade's points count.
    open_too : bool
        Enter points that still wait for review.
    scale : bool
        Convert where Moodle's best grade is not the lab's.
    comments : bool
        Enter a short comment where there is none.

    Raises
    ------
    UsageError
        If Moodle's best grade is not the lab's and ``scale`` is not set, or grades are words.
    """
    rows = list(sheet.rows())
    if sheet.column("scale") is not None and sheet.column("best") is None:
        raise UsageError(
            "Diese Aufgabe bewertet mit einer Skala (Wörtern). Bitte in Moodle unter »Bewertung« "
            "den Typ »Punkt« einstellen und die Bewertungstabelle noch einmal herunterladen."
        )
    _require_scale(rows, grades, scale)
    assigned = assign(rows, grades, roster)
    counts = {n: (totals or {}).get(n, Total(g.points)) for n, g in grades.items()}
    given = [_given(row, assigned[row.id], grades, counts, open_too) for row in rows]
    filled = sheet.filled(
        {g.row.id: g.points for g in given if g.points is not None},
        {
            g.row.id: comment_of(grades[g.submission], counts[g.submission])
            for g in given
            if comments and g.points is not None
        },
        decimal,
    )
    somebody = {name for names in assigned.values() for name in names}
    return Export(filled, tuple(given), tuple(n for n in grades if n not in somebody))


def _require_scale(rows: Sequence[Row], grades: Mapping[str, Grade], scale: bool) -> None:
    best = {row.best for row in rows if row.best is not None}
    most = {grade.max_points for grade in grades.values()}
    if not scale and best and most and best != most:
        moodle, lab = (", ".join(f"{v:g}" for v in sorted(s)) for s in (best, most))
        raise UsageError(
            f"Moodles Bestwertung ist {moodle}, das Labor hat {lab} Punkte. Entweder die "
            "Bestwertung in Moodle ändern oder mit --scale umrechnen."
        )


def _given(
    row: Row,
    names: tuple[str, ...],
    grades: Mapping[str, Grade],
    totals: Mapping[str, Total],
    open_too: bool,
) -> Given:
    if len(names) != 1:
        return Given(row, note=SEVERAL if names else NOT_GRADED, before=row.grade)
    name = names[0]
    grade = grades[name]
    if not row.changeable:
        return Given(row, name, before=row.grade, note=LOCKED)
    if not open_too and grade.status != "graded":
        note = OPEN if grade.status == "needs_review" else NOT_GRADABLE
        return Given(row, name, before=row.grade, note=note)
    best = row.best or grade.max_points
    total, most = totals[name].points, grade.max_points
    points = total if best == most or not most else total / most * best
    note = CAPPED if points > best else ""
    return Given(row, name, round(min(max(points, 0.0), best), 2), row.grade, note)


def comment_of(grade: Grade, total: Total) -> str:
    """The comment for a participant: Moodle reads it as HTML, in one line."""
    tasks = " · ".join(
        f"{escape(t.id[:1].upper() + t.id[1:])}: {_german(t.points)} von {_german(t.max_points)}"
        for t in grade.tasks
    )
    parts = [f"{_german(total.points)} von {_german(grade.max_points)} Punkten", tasks]
    if total.extra:
        parts.append(f"Zusatzpunkte: {_german(total.extra)}")
    if total.deduction:
        days = "Tag" if total.late_days == 1 else "Tage"
        late = f"{total.late_days} {days} zu spät"
        parts.append(f"Abzug: {_german(total.deduction)} ({late})")
    parts.append("Einzelheiten stehen in der Datei feedback.html.")
    return "".join(f"<p>{part}</p>" for part in parts)


def _german(value: float) -> str:
    return f"{round(value, 2):g}".replace(".", ",")
