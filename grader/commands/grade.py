"""``grader grade``: a cohort, from its submissions to its results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader import console, pipeline
from grader.commands.options import (
    JOBS,
    REFERENCE,
    RESULTS,
    SUBMISSIONS,
    GradebookOption,
    JobsOption,
    LabOption,
    OutOption,
    ProfileOption,
    SeedOption,
    TaskOption,
    TermOption,
    ThemeOption,
)
from grader.commands.progress import CohortProgress
from grader.commands.summary import show_cohort, show_variant
from grader.errors import UsageError
from grader.events import heard

__all__ = ["grade_command"]

# What a resumed grading takes from the one that was interrupted.
_SAID_BEFORE = (
    "submissions lab task profile protocol theme fresh variant variant_seed gradebook term "
    "seed_file"
).split()


def grade_command(
    context: typer.Context,
    submissions: Annotated[
        Path,
        typer.Argument(
            help="Ordner oder .zip mit einem Ordner oder .zip je Abgabe, oder eine Abgabe.",
            metavar="SUBMISSIONS",
        ),
    ] = SUBMISSIONS,
    lab: LabOption = REFERENCE,
    out: OutOption = RESULTS,
    jobs: JobsOption = JOBS,
    task: TaskOption = None,
    profile: ProfileOption = None,
    protocol: Annotated[
        bool, typer.Option("--protocol/--no-protocol", help="Protokolle (PDF, HTML) erstellen.")
    ] = True,
    theme: ThemeOption = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Alle Notebooks neu ausführen, Belege nicht benutzen.")
    ] = False,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe", help="Auch ohne Schutzwand (bubblewrap) ausführen."),
    ] = False,
    variant: Annotated[
        bool,
        typer.Option(
            "--variant", help="Danach mit anderen Labordaten ausführen: Was folgt den Daten?"
        ),
    ] = False,
    variant_seed: Annotated[
        int,
        typer.Option(
            "--variant-seed", min=0, help="Anfangswert der anderen Daten.", metavar="ZAHL"
        ),
    ] = 1,
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            help="Fortschritt als JSON-Zeilen in diese Datei schreiben.",
            metavar="DATEI",
        ),
    ] = None,
    gradebook: GradebookOption = None,
    term: TermOption = "",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Die abgebrochene Bewertung im Ordner der Ergebnisse fortsetzen."
        ),
    ] = False,
    seed_file: SeedOption = None,
) -> None:
    """Abgaben bewerten: Notebooks ausführen, prüfen, Rückmeldung und Protokoll schreiben."""
    if variant and seed_file:
        raise UsageError(
            "--variant vergleicht mit den gemeinsamen Daten und geht nicht zusammen mit "
            "--seed-file; Gruppen mit eigenen Daten werden schon untereinander verglichen."
        )
    since = 0.0
    if resume:
        _refuse_beside_resume(context)
        begun = pipeline.interrupted(out)
        submissions, lab = Path(begun.submissions), Path(begun.lab)
        task, profile, protocol, fresh = begun.task, begun.profile, begun.protocol, begun.fresh
        gradebook, term, since = begun.gradebook or None, begun.term, begun.since
        theme, seed_file = begun.theme, Path(begun.seed_file) if begun.seed_file else None
        variant, variant_seed = begun.variant_seed is not None, begun.variant_seed or 0
        console.say(f"Fortgesetzt wird die Bewertung von {console.plain(submissions)}.")
    if variant:
        # Now, not after an hour.
        pipeline.require_variant(lab, task)
    with CohortProgress() as progress, heard(progress, events) as (listener, log):
        result = pipeline.grade_cohort(
            submissions,
            lab,
            out,
            jobs=jobs,
            task=task,
            profile=profile,
            protocol=protocol,
            fresh=fresh,
            unsafe=unsafe,
            theme=theme,
            listener=listener,
            processes=jobs if jobs > 1 else 0,
            gradebook=gradebook,
            term=term,
            since=since,
            seed_file=seed_file,
            variant_seed=variant_seed if variant else None,
        )
        if log is not None:
            log.end(1 if result.failures else 0, result.failures)
    show_cohort(result, out)
    if variant:
        with CohortProgress("Andere Daten") as progress:
            looks = pipeline.second_look(
                submissions,
                lab,
                out,
                result.grades,
                seed=variant_seed,
                jobs=jobs,
                task=task,
                listener=progress,
            )
        show_variant(looks, out)
    if result.failures:
        raise typer.Exit(1)


def _refuse_beside_resume(context: typer.Context) -> None:
    """What a resumed grading does was said when it began."""
    names = {p.name: p for p in context.command.params if p.name in _SAID_BEFORE}
    given = [
        (p.opts[0] if p.opts[0].startswith("-") else "SUBMISSIONS")
        for name, p in names.items()
        if name and getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            f"--resume setzt die abgebrochene Bewertung mit ihren Angaben fort; {', '.join(given)} "
            "geht daneben nicht."
        )
