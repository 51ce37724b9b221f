"""Commands for people's data: submissions without names, and a group's removal."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from grader.commands import tables
from grader.commands.options import (
    GRADEBOOK,
    REFERENCE,
    RESULTS,
    SUBMISSIONS,
    GradebookOption,
    KnownTermOption,
    LabOption,
    OutOption,
    SubmissionsOption,
)
from grader.errors import UsageError
from grader.lab import Lab

__all__ = ["forget_command", "pseudonymise_command"]


def forget_command(
    group: Annotated[str, typer.Argument(help="Name der Abgabe.", metavar="GRUPPE")],
    submissions: SubmissionsOption = SUBMISSIONS,
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Nicht nachfragen.")] = False,
) -> None:
    """Alle Daten einer Gruppe löschen: Abgabe, Ergebnisse, Belege, Notenbuch, Sicherungen."""
    from grader.exchange.book import open_book
    from grader.forgetting import Forgetting

    place = gradebook or str(out / GRADEBOOK)
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


def pseudonymise_command(
    submissions: Annotated[
        Path, typer.Argument(help="Ordner der Abgaben.", metavar="SUBMISSIONS")
    ] = SUBMISSIONS,
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
    lab: LabOption = REFERENCE,
) -> None:
    """Abgaben ohne Namen schreiben: Personen, Adressen, Konten und Pfade durchgehend ersetzt."""
    from grader.exchange.pseudonyms import pseudonymise

    loaded = Lab.load(lab) if (lab / "lab.toml").is_file() else None
    place = key or out.with_name(f"{out.name}-schluessel.csv")
    tables.show_pseudonymised(pseudonymise(submissions, out, place, lab=loaded), out, place)
