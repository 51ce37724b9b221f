"""Commands for what comes from Moodle and goes back: import, export, pseudonymise, forget."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from grader import pipeline
from grader.commands import tables
from grader.errors import UsageError
from grader.lab import Lab

if TYPE_CHECKING:
    from grader.exchange.book import Results
    from grader.exchange.worksheet import Decimal

_P = ParamSpec("_P")
# What each command needs is imported in it: SQLAlchemy and openpyxl take a second.

__all__ = ["export_app", "forget_command", "import_command", "pseudonymise_command"]

_REFERENCE = Path("reference")
_SUBMISSIONS = Path("submissions")
_RESULTS = Path("results")
_MEGABYTE = 1_000_000
_DECIMALS: dict[str, Decimal] = {"komma": ",", "punkt": "."}
export_app = typer.Typer(
    name="export",
    help="Noten und Rückmeldungen ausgeben: für Moodle, Excel, als CSV oder JSON.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_LabOption = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]
_ResultsOption = Annotated[
    Path, typer.Option("--out", help="Ordner der Ergebnisse.", metavar="ORDNER")
]
_BookOption = Annotated[
    str | None,
    typer.Option(
        "--gradebook",
        help="Notenbuch: Datei oder URL. Vorgabe: gradebook.sqlite bei den Ergebnissen.",
        metavar="URL",
    ),
]
_TermOption = Annotated[
    str | None,
    typer.Option("--term", help="Semester der Kohorte; ohne Angabe das neueste.", metavar="NAME"),
]
_ToOption = Annotated[
    Path | None, typer.Option("--to", help="Wohin geschrieben wird.", metavar="PFAD")
]


def _said(command: Callable[_P, None]) -> Callable[_P, None]:
    """Have what the file system refuses (no space, no permission) said in a sentence."""

    @functools.wraps(command)
    def guarded(*args: _P.args, **options: _P.kwargs) -> None:
        try:
            command(*args, **options)
        except OSError as error:
            place = f" {error.filename}" if error.filename else ""
            raise UsageError(
                f"Das Dateisystem lehnt ab{place}: {error.strerror or error}. Bitte Pfad, Rechte "
                "und freien Platz prüfen."
            ) from error

    return guarded


@_said
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
    ] = _SUBMISSIONS,
    lab: _LabOption = _REFERENCE,
    gradebook: Annotated[
        str | None,
        typer.Option(
            "--gradebook",
            help="Notenbuch für Gruppen, Mitglieder und Abgabezeiten. Mit --worksheet ist die "
            "Vorgabe results/gradebook.sqlite.",
            metavar="URL",
        ),
    ] = None,
    term: Annotated[
        str, typer.Option("--term", help="Semester der Kohorte im Notenbuch.", metavar="NAME")
    ] = "",
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
    place = gradebook or (str(_RESULTS / "gradebook.sqlite") if sheet else None)
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


@export_app.command("moodle")
@_said
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
    ] = _SUBMISSIONS,
    lab: _LabOption = _REFERENCE,
    out: _ResultsOption = _RESULTS,
    gradebook: _BookOption = None,
    term: _TermOption = None,
    to: _ToOption = None,
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
            "--zip-mb", min=0, help="Feedback auf .zip dieser Größe verteilen.", metavar="MB"
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
@_said
def xlsx_command(
    lab: _LabOption = _REFERENCE,
    out: _ResultsOption = _RESULTS,
    gradebook: _BookOption = None,
    term: _TermOption = None,
    to: _ToOption = None,
) -> None:
    """Eine Excel-Mappe: Übersicht und ein Blatt je Aufgabe."""
    from grader.exchange.sheets import write_xlsx

    results = _results(lab, out, gradebook, term)
    path = to or out / "noten.xlsx"
    write_xlsx(list(results.grades.values()), Lab.load(lab), path, results.people, results.totals)
    tables.show_written([path])


@export_app.command("csv")
@_said
def csv_command(
    lab: _LabOption = _REFERENCE,
    out: _ResultsOption = _RESULTS,
    gradebook: _BookOption = None,
    term: _TermOption = None,
    to: _ToOption = None,
) -> None:
    """CSV-Dateien: eine je Prüfung, und alle.csv mit sämtlichen Zeilen."""
    from grader.exchange.sheets import write_csv_folder

    results = _results(lab, out, gradebook, term)
    folder = to or out / "csv"
    grades = list(results.grades.values())
    written = write_csv_folder(grades, Lab.load(lab), folder, results.people)
    tables.show_written(written)


@export_app.command("json")
@_said
def json_command(
    out: _ResultsOption = _RESULTS, gradebook: _BookOption = None, to: _ToOption = None
) -> None:
    """Das ganze Notenbuch als JSON; grader import liest es wieder ein."""
    from grader.exchange.book import open_book
    from grader.exchange.everything import export_json

    path = to or out / "notenbuch.json"
    with open_book(gradebook or out / "gradebook.sqlite") as book:
        counts = export_json(book, path)
    tables.show_book(counts, f"Geschrieben: {path}")


def _results(lab: Path, out: Path, gradebook: str | None, term: str | None) -> Results:
    from grader.exchange.book import open_book, read_results_of

    with open_book(gradebook or out / "gradebook.sqlite") as book:
        return read_results_of(book, Lab.load(lab), term)


@_said
def forget_command(
    group: Annotated[str, typer.Argument(help="Name der Abgabe.", metavar="GRUPPE")],
    submissions: Annotated[
        Path, typer.Option("--submissions", help="Ordner der Abgaben.", metavar="ORDNER")
    ] = _SUBMISSIONS,
    lab: _LabOption = _REFERENCE,
    out: _ResultsOption = _RESULTS,
    gradebook: _BookOption = None,
    term: _TermOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Nicht nachfragen.")] = False,
) -> None:
    """Alle Daten einer Gruppe löschen: Abgabe, Ergebnisse, Belege, Notenbuch, Sicherungen."""
    from grader.exchange.book import open_book
    from grader.forgetting import Forgetting

    place = gradebook or str(out / "gradebook.sqlite")
    with contextlib.ExitStack() as stack:
        there = gradebook is not None or Path(place).is_file()
        book = stack.enter_context(open_book(place)) if there else None
        forgetting = Forgetting(
            group, submissions=submissions, out=out, gradebook=book, lab=Lab.load(lab), term=term
        )
        notes = forgetting.elsewhere()
        tables.show_removed(f"Zu löschen: {group}", forgetting.found())
        if not yes and not _agreed():
            raise UsageError("Es wurde nichts gelöscht. Ohne Nachfrage geht es mit --yes.")
        tables.show_removed(f"Gelöscht: {group}", forgetting.remove(), notes)


def _agreed() -> bool:
    try:
        return typer.prompt("Wirklich löschen? (ja/nein)", default="nein").strip().casefold() in (
            "ja",
            "j",
        )
    except typer.Abort:
        return False


@_said
def pseudonymise_command(
    submissions: Annotated[
        Path, typer.Argument(help="Ordner der Abgaben.", metavar="SUBMISSIONS")
    ] = _SUBMISSIONS,
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="Neuer Ordner, der weitergegeben werden kann.", metavar="ORDNER"
        ),
    ] = Path("pseudonymisiert"),
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            help="Schlüsseltabelle; eine vorhandene wird fortgeführt. Vorgabe: neben dem Ordner.",
            metavar="DATEI",
        ),
    ] = None,
    lab: _LabOption = _REFERENCE,
) -> None:
    """Abgaben ohne Namen schreiben: Personen, Adressen, Konten und Pfade durchgehend ersetzt."""
    from grader.exchange.pseudonyms import pseudonymise

    loaded = Lab.load(lab) if (lab / "lab.toml").is_file() else None
    place = key or out.with_name(f"{out.name}-schluessel.csv")
    tables.show_pseudonymised(pseudonymise(submissions, out, place, lab=loaded), out, place)
