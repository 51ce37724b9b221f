"""The seam to Moodle and files: what is taken in from an upload, what is written for a download."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.dashboard.office import Office
from grader.exchange.book import note_import, read_results_of, with_book
from grader.exchange.everything import export_json
from grader.exchange.feedback import write_feedback
from grader.exchange.grades import Export, fill_in
from grader.exchange.importing import Import, import_downloads
from grader.exchange.parcels import parcels_for
from grader.exchange.roster import Roster
from grader.exchange.sheets import check_rows, write_xlsx
from grader.exchange.worksheet import read_worksheet

__all__ = ["FILES", "Offered", "for_moodle", "take_in"]


@dataclass(frozen=True, slots=True)
class Offered:
    """A file to load: what it is (German), and how it is written.

    ``guarded``: for the instructor only.
    """

    name: str
    title: str
    text: str
    media_type: str
    write: Callable[[Office, Path], object]
    guarded: bool = False

    def content(self, office: Office) -> bytes:
        """Write the file and return what is in it."""
        with tempfile.TemporaryDirectory(prefix="grader-export-") as folder:
            path = Path(folder) / self.name
            self.write(office, path)
            return path.read_bytes()


def _workbook(office: Office, path: Path) -> None:
    found = read_results_of(office.book, office.lab, office.cohort().term)
    write_xlsx(list(found.grades.values()), office.lab, path, found.people, found.totals)


def _checks(office: Office, path: Path) -> None:
    found = read_results_of(office.book, office.lab, office.cohort().term)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows(check_rows(list(found.grades.values()), office.lab, found.people))
    path.write_text("\ufeff" + text.getvalue(), encoding="utf-8", errors="replace", newline="")


_COLUMNS = (
    "Abgabe Mitglieder Aufgabe Prüfung Titel Punkte von Status Sicherheit Rückmeldung".split()
)
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
FILES: dict[str, Offered] = {
    f.name: f
    for f in (
        Offered(
            "noten.xlsx",
            "Noten als Excel-Mappe",
            "Übersicht und ein Blatt je Aufgabe, mit Punkten von Hand, Zusatzpunkten und Abzug.",
            _TYPES["xlsx"],
            _workbook,
        ),
        Offered(
            "pruefungen.csv",
            "Alle Prüfungen als CSV",
            "Eine Zeile je Gruppe und Prüfung, mit Punkten, Status und Rückmeldung.",
            _TYPES["csv"],
            _checks,
        ),
        Offered(
            "notenbuch.json",
            "Das ganze Notenbuch als JSON",
            "Alles, auch Verlauf und frühere Bewertungen; »grader import« liest es wieder ein.",
            _TYPES["json"],
            lambda office, path: export_json(office.book, path),
            guarded=True,
        ),
    )
}


def for_moodle(office: Office, worksheet: Path, *, open_too: bool) -> tuple[bytes, Export]:
    """Fill in Moodle's worksheet and pack the feedback files; both in one .zip.

    Raises
    ------
    UsageError
        If the file is no worksheet of Moodle's, or nothing is graded.
    """
    sheet = read_worksheet(worksheet)
    found = read_results_of(office.book, office.lab, office.cohort().term)
    roster = with_book(Roster.read(office.settings.intake), found)
    exported = fill_in(sheet, found.grades, roster, totals=found.totals, open_too=open_too)
    parcels, _ = parcels_for(exported.given, office.settings.out)
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix="grader-export-") as folder,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("bewertungstabelle.csv", exported.sheet.encoded())
        if parcels:
            for path in write_feedback(parcels, Path(folder) / "feedback.zip"):
                archive.write(path, path.name)
    return packed.getvalue(), exported


def take_in(office: Office, download: Path, worksheet: Path | None) -> Import:
    """Make submissions of an uploaded .zip, and tell the gradebook of them.

    Raises
    ------
    UsageError
        If the .zip holds no submission or the worksheet is none.
    """
    intake, term = office.settings.intake, office.cohort().term
    sheet = read_worksheet(worksheet) if worksheet else None
    found = import_downloads(
        [download], intake, worksheet=sheet, questions=len(office.lab.questions)
    )
    note_import(office.book, office.lab, intake, found.taken, term)
    return found
