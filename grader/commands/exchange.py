"""Commands for what comes from Moodle and goes back: import, export, pseudonymise, forget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands import tables
from grader.lab import Lab

__all__ = ["import_command"]

_REFERENCE = Path("reference")
_LabOption = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]


def import_command(
    downloads: Annotated[
        list[Path],
        typer.Argument(
            help="Moodles .zip (»Alle Abgaben herunterladen«), mehrere davon, oder Ordner.",
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
    ] = Path("submissions"),
    lab: _LabOption = _REFERENCE,
) -> None:
    """Abgaben aus Moodle einlesen: ein Ordner je Gruppe, bereit für grader grade."""
    from grader.exchange.importing import import_downloads
    from grader.exchange.worksheet import read_worksheet

    sheet = read_worksheet(worksheet) if worksheet else None
    questions = len(Lab.load(lab).questions) if (lab / "lab.toml").is_file() else 0
    found = import_downloads(downloads, out, worksheet=sheet, questions=questions)
    tables.show_import(found, out)
    if any(taken.state == "empty" for taken in found.taken):
        raise typer.Exit(1)
