"""Options that several commands share: each is declared, and explained to its user, once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "GRADEBOOK",
    "JOBS",
    "REFERENCE",
    "RESULTS",
    "SUBMISSIONS",
    "AuthorOption",
    "BookOption",
    "GradebookOption",
    "JobsOption",
    "KnownTermOption",
    "LabOption",
    "OutOption",
    "ProfileOption",
    "SeedOption",
    "SubmissionsOption",
    "TaskOption",
    "TermOption",
    "ThemeOption",
    "ToOption",
]

REFERENCE = Path("reference")
RESULTS = Path("results")
SUBMISSIONS = Path("submissions")
# Where a cohort's gradebook lies in the folder of its results.
GRADEBOOK = "gradebook.sqlite"
JOBS = max(1, os.cpu_count() or 1)

LabOption = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]
OutOption = Annotated[Path, typer.Option("--out", help="Ordner der Ergebnisse.", metavar="ORDNER")]
SubmissionsOption = Annotated[
    Path, typer.Option("--submissions", help="Ordner der Abgaben.", metavar="ORDNER")
]
ToOption = Annotated[
    Path | None, typer.Option("--to", help="Ziel; ohne Angabe bei den Ergebnissen.", metavar="PFAD")
]
TaskOption = Annotated[
    str | None, typer.Option("--task", help="Nur diese Aufgabe, zum Beispiel 2a.", metavar="ID")
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Kernel-Umgebung, zum Beispiel keras2. Ohne Angabe entscheidet der Code der Abgabe.",
        metavar="NAME",
    ),
]
JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Höchstens so viele Notebooks laufen gleichzeitig.",
        metavar="ZAHL",
    ),
]
ThemeOption = Annotated[
    str | None,
    typer.Option(
        "--theme",
        help="Vorlage der Protokolle: ein Ordner oder der Name einer mitgelieferten.",
        metavar="ORDNER",
    ),
]
GradebookOption = Annotated[
    str | None,
    typer.Option(
        "--gradebook",
        help=f"Notenbuch: Datei oder Adresse; ohne Angabe {GRADEBOOK} bei den Ergebnissen.",
        metavar="URL",
    ),
]
BookOption = Annotated[
    str, typer.Option("--gradebook", help="Notenbuch: Datei oder Adresse.", metavar="URL")
]
SeedOption = Annotated[
    Path | None,
    typer.Option(
        "--seed-file",
        help="Anfangswert der Kohorte, wenn Gruppen eigene Daten haben (grader release).",
        metavar="DATEI",
    ),
]
# For what is written: a cohort has a term or none.
TermOption = Annotated[
    str, typer.Option("--term", help='Semester im Notenbuch, etwa "SS 2026".', metavar="NAME")
]
# For what is read: a cohort that is there.
KnownTermOption = Annotated[
    str | None,
    typer.Option("--term", help="Semester im Notenbuch; ohne Angabe das neueste.", metavar="NAME"),
]
AuthorOption = Annotated[
    str,
    typer.Option(
        "--author",
        help="Wer das entscheidet; ohne Angabe dieses Konto.",
        metavar="NAME",
        show_default=False,
    ),
]
