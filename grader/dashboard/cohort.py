"""The cohort: a table of all groups, sorted, filtered and searched here, a hundred rows a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.office import office_of
from grader.dashboard.pages import back, is_fragment, page
from grader.dashboard.security import instructor
from grader.dashboard.sessions import Session
from grader.gradebook.views import OverviewRow
from grader.lab import Lab
from grader.messages import kind_word

__all__ = ["router"]

router = APIRouter()
_ROWS = 100
_FILTERS: dict[str, tuple[str, Callable[[OverviewRow], bool]]] = {
    "": ("alle", lambda row: True),
    "offen": ("noch durchzusehen", lambda row: row.waiting > 0),
    "fertig": ("fertig", lambda row: row.status == "graded"),
    "probleme": ("mit Problemen", lambda row: bool(row.problems)),
    "geaendert": ("neues Ergebnis unter einer Bewertung von Hand", lambda row: bool(row.changed)),
    "spaet": ("verspätet", lambda row: row.late_days > 0),
    "ohne": ("nicht bewertet oder nicht bewertbar", lambda row: _is_ungraded(row)),
}
_ORDERS: dict[str, Callable[[OverviewRow], Any]] = {
    "name": lambda row: _natural(row.group.title),
    "punkte": lambda row: row.total,
    "status": lambda row: (row.status or "", -row.waiting),
    "offen": lambda row: row.waiting,
    "probleme": lambda row: len(row.problems),
    "spaet": lambda row: row.late_days,
}


def _is_ungraded(row: OverviewRow) -> bool:
    return row.status in (None, "not_gradable")


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts Gruppe 2 before Gruppe 10."""
    parts: list[tuple[int, int, str]] = []
    word = ""
    for char in text.casefold() + "\0":
        if word and (char == "\0" or char.isdecimal() != word[-1].isdecimal()):
            parts.append((0, int(word), "") if word.isdecimal() else (1, 0, word))
            word = ""
        word += char
    return parts


@dataclass(frozen=True)
class Choice:
    """What of the table is looked at, as the address says it."""

    search: str = ""
    only: str = ""
    order: str = "name"
    down: bool = False
    number: int = 1

    def address(self, **changes: object) -> str:
        """Return the table's address with other settings."""
        plain = {"suche": "", "nur": "", "nach": "name", "ab": "", "seite": 1}
        values = {
            "suche": self.search,
            "nur": self.only,
            "nach": self.order,
            "ab": "1" if self.down else "",
            "seite": self.number,
        } | changes
        kept = {key: value for key, value in values.items() if value != plain[key]}
        return "/?" + urlencode(kept) if kept else "/"

    def sorted_by(self, order: str) -> str:
        """Return the address that sorts by a column, or turns it around."""
        turned = not self.down if order == self.order else order != "name"
        return self.address(nach=order, ab="1" if turned else "", seite=1)


@router.get("/", response_class=HTMLResponse)
def cohort_page(
    request: Request,
    suche: Annotated[str, Query(max_length=200)] = "",
    nur: str = "",
    nach: str = "name",
    ab: str = "",
    seite: int = 1,
) -> Response:
    """Show the table; htmx gets its part of the page only."""
    office = office_of(request)
    overview = office.overview()
    choice = Choice(
        suche.strip(),
        nur if nur in _FILTERS else "",
        nach if nach in _ORDERS or nach in _tasks(office.lab) else "name",
        bool(ab),
        max(1, seite),
    )
    rows = _chosen(overview.rows, choice)
    pages = max(1, -(-len(rows) // _ROWS))
    start = (min(choice.number, pages) - 1) * _ROWS
    everything = overview.rows
    return page(
        request,
        "cohort_table.html" if is_fragment(request) else "cohort.html",
        here="/",
        cohort=overview.cohort,
        due=_as_field(overview.cohort.due_at),
        rows=rows[start : start + _ROWS],
        found=len(rows),
        pages=pages,
        number=min(choice.number, pages),
        choice=choice,
        filters={key: label for key, (label, _) in _FILTERS.items()},
        tasks=office.lab.tasks,
        counts=_counts(everything),
        max_points=office.lab.max_points,
        kind_word=kind_word,
        run=office.runs.newest(),
        ended=False,
    )


def _as_field(moment: dt.datetime | None) -> str:
    """A moment as a browser's field for day and time takes it, on this machine's clock."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%dT%H:%M}"


def _tasks(lab: Lab) -> set[str]:
    return {task.id for task in lab.tasks}


def _chosen(rows: Sequence[OverviewRow], choice: Choice) -> list[OverviewRow]:
    words = choice.search.casefold().split()
    wanted = _FILTERS[choice.only][1]
    found = [row for row in rows if wanted(row) and _matches(row, words)]

    def points(row: OverviewRow) -> float:
        task = row.tasks.get(choice.order)
        return task.points if task else -1.0

    found.sort(key=_ORDERS.get(choice.order, points), reverse=choice.down)
    return found


def _matches(row: OverviewRow, words: list[str]) -> bool:
    if not words:
        return True
    members = " ".join(m.name for m in row.group.members)
    kinds = " ".join(kind_word(kind) for kind in row.problems)
    text = f"{row.group.title} {row.group.name} {members} {kinds}".casefold()
    return all(word in text for word in words)


def _counts(rows: Sequence[OverviewRow]) -> dict[str, float]:
    graded = [row for row in rows if row.status is not None]
    return {
        "groups": len(rows),
        "graded": len(graded),
        "finished": sum(row.status == "graded" for row in rows),
        "waiting": sum(row.waiting for row in rows),
        "changed": sum(bool(row.changed) for row in rows),
        "mean": sum(row.total for row in graded) / len(graded) if graded else 0.0,
    }


# --------------------------------------------------------------------------- date due, release


@router.post("/termin")
def set_due(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    due: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Set until when submissions are due, on this machine's clock; nothing takes the date away."""
    office = office_of(request)
    try:
        moment = dt.datetime.fromisoformat(due).astimezone() if due.strip() else None
    except (ValueError, OverflowError, OSError) as error:
        raise HTTPException(400, "Bitte einen Tag mit Uhrzeit angeben.") from error
    office.book.set_due(office.cohort().id, moment, author=session.name)
    return back(request, "/")


@router.post("/freigeben")
def release(request: Request, session: Annotated[Session, Depends(instructor)]) -> Response:
    """Release the grades: nothing can be changed any more."""
    office = office_of(request)
    office.book.release(office.cohort().id, author=session.name)
    return back(request, "/")


@router.post("/oeffnen")
def reopen(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Allow changes again, with a reason."""
    office = office_of(request)
    office.book.reopen(office.cohort().id, reason=reason, author=session.name)
    return back(request, "/")
