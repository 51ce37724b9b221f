"""Commands that write documents from what is there: a protocol, the report on a cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader import console, pipeline
from grader.commands.options import (
    REFERENCE,
    RESULTS,
    GradebookOption,
    KnownTermOption,
    LabOption,
    OutOption,
    ProfileOption,
    SeedOption,
    ThemeOption,
)
from grader.commands.progress import CohortProgress

__all__ = ["protocol_command", "report_command"]


def protocol_command(
    submission: Annotated[
        Path, typer.Argument(help="Ordner oder .zip einer Abgabe.", metavar="SUBMISSION")
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Ziel, endet auf .pdf, .html oder .docx.", metavar="DATEI"
        ),
    ] = None,
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    profile: ProfileOption = None,
    theme: ThemeOption = None,
    instructor: Annotated[
        bool,
        typer.Option(
            "--instructor", help="Fassung für die Betreuung: Punkte und Bemerkungen am Rand."
        ),
    ] = False,
    seed_file: SeedOption = None,
) -> None:
    """Das Laborprotokoll einer Abgabe setzen, auch einer halb fertigen."""
    target = target or Path(f"{submission.resolve().stem}-protokoll.pdf")
    with CohortProgress("Protokoll") as progress:
        side = pipeline.make_protocol(
            submission,
            target,
            lab,
            out=out,
            profile=profile,
            theme=theme,
            review=instructor,
            seed_file=seed_file,
            listener=progress,
        )
    console.listing(
        ("[yellow]![/yellow]", console.plain(p.message))
        for p in side.submission.problems
        if p.kind in ("unknown_variant", "other_kit")
    )
    console.say(f"Protokoll geschrieben: [bold]{console.plain(target)}[/bold]")


def report_command(
    out: OutOption = RESULTS,
    lab: LabOption = REFERENCE,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
) -> None:
    """Auswertung, Tabelle und Rückmeldungen mit den Punkten von Hand neu schreiben."""
    grades = pipeline.make_report(out, lab, gradebook=gradebook, term=term)
    console.say(f"{len(grades)} Ergebnisse ausgewertet: [bold]{out / 'cohort.html'}[/bold]")
