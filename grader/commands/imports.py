"""``grader import``: submissions from Moodle, or a whole gradebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands import tables
from grader.commands.options import (
    GRADEBOOK,
    REFERENCE,
    RESULTS,
    SUBMISSIONS,
    LabOption,
    TermOption,
)
from grader.errors import UsageError
from grader.lab import Lab

__all__ = ["import_command"]

# What reads and writes is imported when needed: SQLAlchemy and openpyxl take a second.


def import_command(
    downloads: Annotated[
        list[Path],
        typer.Argument(
            help="Moodles .zip (»Alle Abgaben herunterladen«), mehrere davon, oder Ordner; oder "
            "eine .json-Datei von grader export json.",
            metavar="DOWNLOAD...",
        ),
    ],
    worksheet: Annotated[
        Path | None,
        typer.Option(
            "--worksheet",
            help="Moodles Bewertungstabelle (.csv): Gruppen, Mitglieder, Zeit der Abgabe.",
            metavar="DATEI",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="Ordner für die Abgaben.", metavar="ORDNER")
    ] = SUBMISSIONS,
    lab: LabOption = REFERENCE,
    gradebook: Annotated[
        str | None,
        typer.Option(
            "--gradebook",
            help="Notenbuch für Gruppen, Mitglieder und Abgabezeiten. Mit --worksheet ist die "
            "Vorgabe results/gradebook.sqlite.",
            metavar="URL",
        ),
    ] = None,
    term: TermOption = "",
) -> None:
    """Abgaben aus Moodle einlesen: ein Ordner je Gruppe, bereit für grader grade."""
    if any(path.suffix.lower() == ".json" for path in downloads):
        _import_book(downloads, gradebook)
        return
    from grader.exchange.importing import import_downloads
    from grader.exchange.worksheet import read_worksheet

    sheet = read_worksheet(worksheet) if worksheet else None
    loaded = Lab.load(lab) if gradebook or (lab / "lab.toml").is_file() else None
    questions = len(loaded.questions) if loaded else 0
    found = import_downloads(downloads, out, worksheet=sheet, questions=questions)
    tables.show_import(found, out)
    # Without a worksheet there is nothing that a grading would not find out itself.
    place = gradebook or (str(RESULTS / GRADEBOOK) if sheet else None)
    if place and loaded:
        from grader.exchange.book import note_import
        from grader.gradebook import Gradebook

        if "://" not in place:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        with Gradebook(place) as book:
            note_import(book, loaded, out, found.taken, term)
        tables.show_noted(place)
    if any(taken.state == "empty" for taken in found.taken):
        raise typer.Exit(1)


def _import_book(files: list[Path], gradebook: str | None) -> None:
    if len(files) != 1 or not gradebook:
        raise UsageError(
            "Ein Notenbuch wird allein eingelesen, in ein neues: "
            "grader import notenbuch.json --gradebook neu.sqlite"
        )
    from grader.exchange.everything import read_export
    from grader.gradebook import Gradebook

    # Before an empty gradebook is made.
    dumped = read_export(files[0])
    with Gradebook(gradebook) as book:
        counts = book.load(dumped)
    tables.show_book(counts, f"Notenbuch gefüllt: {gradebook}")
