"""``grader export``: grades and feedback for Moodle, as tables, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import pipeline
from grader.commands import tables
from grader.commands.help import Commands
from grader.commands.options import (
    GRADEBOOK,
    REFERENCE,
    RESULTS,
    SUBMISSIONS,
    GradebookOption,
    KnownTermOption,
    LabOption,
    OutOption,
    ToOption,
)
from grader.errors import UsageError
from grader.lab import Lab

if TYPE_CHECKING:
    from grader.exchange.book import Results
    from grader.exchange.worksheet import Decimal

__all__ = ["export_app"]

# What reads and writes is imported when needed: SQLAlchemy and openpyxl take a second.
_MEGABYTE = 1_000_000
_DECIMALS: dict[str, Decimal] = {"komma": ",", "punkt": "."}
export_app = Commands(
    name="export",
    help="Noten und Rückmeldungen ausgeben: für Moodle, Excel, als CSV oder JSON.",
)


@export_app.command("moodle")
def moodle_command(
    worksheet: Annotated[
        Path,
        typer.Option(
            "--worksheet",
            help="Moodles Bewertungstabelle (.csv), eben heruntergeladen.",
            metavar="DATEI",
        ),
    ],
    submissions: Annotated[
        Path,
        typer.Option(
            "--submissions",
            help="Ordner der Abgaben; moodle.json darin sagt, wer dazugehört.",
            metavar="ORDNER",
        ),
    ] = SUBMISSIONS,
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
    to: ToOption = None,
    open_too: Annotated[
        bool, typer.Option("--open", help="Auch eintragen, was noch durchzusehen ist.")
    ] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="Punkte auf Moodles Bestwertung umrechnen.")
    ] = False,
    comments: Annotated[
        bool,
        typer.Option("--comments/--no-comments", help="Kurzen Kommentar mit Punkten eintragen."),
    ] = True,
    decimal: Annotated[
        str | None,
        typer.Option(
            "--decimal",
            help="komma oder punkt; ohne Angabe wie in der Bewertungstabelle.",
            metavar="ZEICHEN",
        ),
    ] = None,
    zip_mb: Annotated[
        float,
        typer.Option(
            "--zip-mb",
            min=0,
            help="Feedback auf .zip dieser Größe verteilen; 0: ein einziges.",
            metavar="MB",
        ),
    ] = 0,
) -> None:
    """Bewertungstabelle ausfüllen und Feedbackdateien packen, beides zum Hochladen in Moodle."""
    from grader.exchange.feedback import write_feedback
    from grader.exchange.grades import fill_in
    from grader.exchange.parcels import parcels_for
    from grader.exchange.roster import Roster
    from grader.exchange.worksheet import read_worksheet
    from grader.files import write_atomically

    if decimal is not None and decimal.casefold() not in _DECIMALS:
        raise UsageError(f"--decimal {decimal} gibt es nicht. Erlaubt sind komma und punkt.")
    sheet = read_worksheet(worksheet)
    results = _results(lab, out, gradebook, term)
    from grader.exchange.book import with_book

    if any(out.glob("*/result.json")):
        # Feedback with the points that count: someone may have marked since the grading.
        pipeline.make_report(out, lab, gradebook=gradebook, term=results.term)
    exported = fill_in(
        sheet,
        results.grades,
        with_book(Roster.read(submissions), results),
        totals=results.totals,
        open_too=open_too,
        scale=scale,
        comments=comments,
        decimal=_DECIMALS[decimal.casefold()] if decimal else None,
    )
    folder = to or out / "moodle"
    table = folder / f"{worksheet.stem}.csv"
    if table.exists() and table.samefile(worksheet):
        raise UsageError(
            f"{table} würde überschrieben. Bitte mit --to einen anderen Ordner angeben."
        )
    raw = exported.sheet.encoded()
    write_atomically(table, lambda file: file.write(raw))
    parcels, lacking = parcels_for(exported.given, out)
    zips = write_feedback(parcels, folder / "feedback.zip", int(zip_mb * _MEGABYTE))
    tables.show_moodle(exported, lacking, [table, *zips])


@export_app.command("xlsx")
def xlsx_command(
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
    to: ToOption = None,
) -> None:
    """Eine Excel-Mappe: Übersicht und ein Blatt je Aufgabe."""
    from grader.exchange.sheets import write_xlsx

    results = _results(lab, out, gradebook, term)
    path = to or out / "noten.xlsx"
    write_xlsx(list(results.grades.values()), Lab.load(lab), path, results.people, results.totals)
    tables.show_written([path])


@export_app.command("csv")
def csv_command(
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
    to: ToOption = None,
) -> None:
    """CSV-Dateien: eine je Prüfung, und alle.csv mit sämtlichen Zeilen."""
    from grader.exchange.sheets import write_csv_folder

    results = _results(lab, out, gradebook, term)
    folder = to or out / "csv"
    grades = list(results.grades.values())
    written = write_csv_folder(grades, Lab.load(lab), folder, results.people)
    tables.show_written(written)


@export_app.command("json")
def json_command(
    out: OutOption = RESULTS, gradebook: GradebookOption = None, to: ToOption = None
) -> None:
    """Das ganze Notenbuch als JSON; grader import liest es wieder ein."""
    from grader.exchange.book import open_book
    from grader.exchange.everything import export_json

    path = to or out / "notenbuch.json"
    with open_book(gradebook or out / GRADEBOOK) as book:
        counts = export_json(book, path)
    tables.show_book(counts, f"Geschrieben: {path}")


def _results(lab: Path, out: Path, gradebook: str | None, term: str | None) -> Results:
    from grader.exchange.book import open_book, read_results_of

    with open_book(gradebook or out / GRADEBOOK) as book:
        return read_results_of(book, Lab.load(lab), term)
