"""Commands over the gradebook: what is in it, dates, release, backup."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console
from grader.commands.help import Commands
from grader.commands.options import (
    GRADEBOOK,
    REFERENCE,
    RESULTS,
    AuthorOption,
    BookOption,
    KnownTermOption,
    LabOption,
)
from grader.commands.summary import STATUS
from grader.errors import UsageError
from grader.lab import Lab

if TYPE_CHECKING:
    from grader.gradebook import Gradebook, Overview
    from grader.gradebook.views import Cohort

__all__ = ["gradebook_app"]

gradebook_app = Commands(
    name="gradebook",
    help="Notenbuch: Übersicht, Termin, Freigabe, Sicherung.",
)
_BOOK = str(RESULTS / GRADEBOOK)


def _open(place: str) -> Gradebook:
    # Not at the top: SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

    if "://" not in place and not Path(place).is_file():
        raise UsageError(f"{place} gibt es nicht. Zuerst »grader grade« aufrufen.")
    return Gradebook(place)


def _cohort(book: Gradebook, lab: Lab, term: str | None) -> Cohort:
    found = book.find_cohort(lab.id, term)
    if found is None:
        known = ", ".join(f"»{c.term}«" for c in book.cohorts(lab.id))
        raise UsageError(
            f"Zu diesem Labor gibt es das Semester »{term}« nicht; vorhanden: {known}."
            if known
            else "Das Notenbuch enthält noch nichts zu diesem Labor."
        )
    return found


def _who(author: str) -> str:
    return author or getpass.getuser()


@gradebook_app.command("show")
def show_command(
    gradebook: BookOption = _BOOK, lab: LabOption = REFERENCE, term: KnownTermOption = None
) -> None:
    """Punkte aller Gruppen zeigen, wie sie jetzt gelten."""
    opened = Lab.load(lab)
    with _open(gradebook) as book:
        _show(book.overview(_cohort(book, opened, term).id, opened))


@gradebook_app.command("due")
def due_command(
    date: Annotated[
        dt.datetime,
        typer.Argument(
            help="Bis wann abzugeben ist, JJJJ-MM-TT oder JJJJ-MM-TT HH:MM.",
            formats=["%Y-%m-%d %H:%M", "%Y-%m-%d"],
            metavar="DATUM",
        ),
    ],
    gradebook: BookOption = _BOOK,
    lab: LabOption = REFERENCE,
    term: KnownTermOption = None,
    author: AuthorOption = "",
) -> None:
    """Den Abgabetermin setzen; ohne Uhrzeit gilt der ganze Tag."""
    if (date.hour, date.minute) == (0, 0):
        date = date.replace(hour=23, minute=59, second=59)
    with _open(gradebook) as book:
        cohort = _cohort(book, Lab.load(lab), term)
        book.set_due(cohort.id, date.astimezone(), author=_who(author))
    console.say(f"Abzugeben ist bis {date:%d.%m.%Y, %H:%M} Uhr.")


@gradebook_app.command("release")
def release_command(
    gradebook: BookOption = _BOOK,
    lab: LabOption = REFERENCE,
    term: KnownTermOption = None,
    author: AuthorOption = "",
) -> None:
    """Die Noten freigeben: Danach ändert sich nichts mehr."""
    with _open(gradebook) as book:
        cohort = _cohort(book, Lab.load(lab), term)
        book.release(cohort.id, author=_who(author))
    console.say(f"Die Noten von {cohort.groups} Gruppen sind freigegeben.")


@gradebook_app.command("reopen")
def reopen_command(
    reason: Annotated[
        str, typer.Argument(help="Begründung; sie bleibt im Verlauf.", metavar="GRUND")
    ],
    gradebook: BookOption = _BOOK,
    lab: LabOption = REFERENCE,
    term: KnownTermOption = None,
    author: AuthorOption = "",
) -> None:
    """Die Freigabe aufheben, mit einer Begründung."""
    with _open(gradebook) as book:
        cohort = _cohort(book, Lab.load(lab), term)
        book.reopen(cohort.id, reason=reason, author=_who(author))
    console.say("Die Noten lassen sich wieder ändern.")


@gradebook_app.command("backup")
def backup_command(gradebook: BookOption = _BOOK) -> None:
    """Eine Sicherung neben das Notenbuch legen."""
    with _open(gradebook) as book:
        path = book.back_up("von-hand")
    if path is None:
        raise UsageError(
            "Dieses Notenbuch liegt auf einem Server; gesichert wird es dort, etwa mit pg_dump."
        )
    console.say(f"Gesichert: [bold]{console.plain(path)}[/bold]")


def _show(overview: Overview) -> None:
    """Print a cohort as its gradebook has it."""
    cohort = overview.cohort
    title = f"Notenbuch {cohort.lab}" + (f", {cohort.term}" if cohort.term else "")
    table = console.titled(title)
    table.add_column("Gruppe", no_wrap=True)
    for name in ("Punkte", "automatisch", "Zusatz", "Abzug", "Gesamt"):
        table.add_column(name, justify="right")
    table.add_column("Status")
    table.add_column("offen", justify="right")
    table.add_column("Automatik geändert unter Punkten von Hand", overflow="fold")
    for row in overview.rows:
        status = STATUS[row.status] if row.status else "[dim]nicht bewertet[/dim]"
        numbers = (row.extra, row.deduction)
        table.add_row(
            console.plain(row.group.title),
            console.number(row.points),
            console.number(row.automatic),
            *(console.number(n) if n else "" for n in numbers),
            console.number(row.total),
            status,
            str(row.waiting or ""),
            console.plain(", ".join(row.changed)),
        )
    console.show(table)
    if cohort.due_at is not None:
        console.say(f"Abzugeben bis {cohort.due_at.astimezone():%d.%m.%Y, %H:%M} Uhr.")
    if cohort.released_at is not None:
        console.say(f"Freigegeben am {cohort.released_at.astimezone():%d.%m.%Y, %H:%M} Uhr.")
