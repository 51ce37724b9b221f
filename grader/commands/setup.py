"""Commands that look after what a grading needs: the solutions' evidence, programs, walls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console, pipeline
from grader.commands.options import JOBS, REFERENCE, JobsOption, LabOption
from grader.commands.progress import CohortProgress
from grader.grading import Bench

if TYPE_CHECKING:
    from grader.doctor import Finding

__all__ = ["doctor_command", "reference_command"]


def reference_command(
    lab: LabOption = REFERENCE,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            help="Nur diese Kernel-Umgebung, zum Beispiel keras2; ohne Angabe alle.",
            metavar="NAME",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Auch neu ausführen, wozu Belege vorliegen.")
    ] = False,
    jobs: JobsOption = JOBS,
) -> None:
    """Die Musterlösungen unter jedem Profil ausführen und ihre Belege ablegen."""
    bench = Bench.open(lab)
    names = [profile] if profile else [p.name for p in bench.lab.profiles]
    for name in names:
        with CohortProgress(f"Musterlösung ({name})") as progress:
            pipeline.build_reference(bench, profile=name, fresh=fresh, jobs=jobs, listener=progress)
        console.say(f"Musterlösung unter {name}: Belege liegen vor.")


def doctor_command() -> None:
    """Zeigen, was installiert ist und welche Schutzwände stehen."""
    # Not at the top: it puts every wall up on trial, with what drives kernels.
    from grader.doctor import examine

    _show(examine())


def _show(findings: Iterable[Finding]) -> None:
    """Print the doctor's table."""
    table = console.titled("grader doctor")
    table.add_column("")
    table.add_column("Was", no_wrap=True)
    table.add_column("Befund")
    table.add_column("Abhilfe")
    marks = {"ok": "[green]✓[/green]", "missing": "[red]✗[/red]", "note": "[yellow]![/yellow]"}
    for finding in findings:
        table.add_row(
            marks[finding.state],
            finding.name,
            console.plain(finding.text),
            console.plain(finding.help),
        )
    console.show(table)
