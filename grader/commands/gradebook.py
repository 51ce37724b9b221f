"""Commands over the gradebook: what is in it, dates, release, backup."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console
from grader.errors import UsageError
from grader.lab import Lab

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.gradebook.views import Cohort

__all__ = ["gradebook_app"]

gradebook_app = typer.Typer(
    name="gradebook",
    help="Notenbuch: Übersicht, Termin, Freigabe, Sicherung.",
    no_args_is_help=True,
)

_Gradebook = Annotated[
    str,
    typer.Option("--gradebook", help="Notenbuch: Datei oder Adresse.", metavar="URL"),
]
_LabFolder = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]
_Term = Annotated[
    str | None,
    typer.Option("--term", help="Semester; ohne Angabe das neueste.", metavar="NAME"),
]
_Author = Annotated[
    str, typer.Option("--author", help="Wer das entscheidet.", metavar="NAME", show_default=False)
]
_BOOK = "results/gradebook.sqlite"
_LAB = Path("reference")


def _open(gradebook: str) -> Gradebook:
    # Not at the top: SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

    if "://" not in gradebook and not Path(gradebook).is_file():
        raise UsageError(f"{gradebook} gibt es nicht. Zuerst »grader grade« aufrufen.")
    return Gradebook(gradebook)


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
def show_command(gradebook: _Gradebook = _BOOK, lab: _LabFolder = _LAB, term: _Term = None) -> None:
    """Punkte aller Gruppen zeigen, wie sie jetzt gelten."""
    opened = Lab.load(lab)
    with _open(gradebook) as book:
        console.show_overview(book.overview(_cohort(book, opened, term).id, opened))


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
    gradebook: _Gradebook = _BOOK,
    lab: _LabFolder = _LAB,
    term: _Term = None,
    author: _Author = "",
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
    gradebook: _Gradebook = _BOOK,
    lab: _LabFolder = _LAB,
    term: _Term = None,
    author: _Author = "",
) -> None:
    """Die Noten freigeben: Danach ändert sich nichts mehr."""
    with _open(gradebook) as book:
        cohort = _cohort(book, Lab.load(lab), term)
        book.release(cohort.id, author=_who(author))
    console.say(f"Die Noten von {cohort.groups} Gruppen sind freigegeben.")


@gradebook_app.command("reopen")
def reopen_command(
    reason: Annotated[str, typer.Argument(help="Warum; steht danach im Verlauf.", metavar="GRUND")],
    gradebook: _Gradebook = _BOOK,
    lab: _LabFolder = _LAB,
    term: _Term = None,
    author: _Author = "",
) -> None:
    """Die Freigabe aufheben, mit einer Begründung."""
    with _open(gradebook) as book:
        cohort = _cohort(book, Lab.load(lab), term)
        book.reopen(cohort.id, reason=reason, author=_who(author))
    console.say("Die Noten lassen sich wieder ändern.")


@gradebook_app.command("backup")
def backup_command(gradebook: _Gradebook = _BOOK) -> None:
    """Eine Sicherung neben das Notenbuch legen."""
    with _open(gradebook) as book:
        path = book.back_up("von-hand")
    if path is None:
        raise UsageError(
            "Dieses Notenbuch liegt auf einem Server; gesichert wird es dort, etwa mit pg_dump."
        )
    console.say(f"Gesichert: [bold]{console.plain(path)}[/bold]")
