"""Commands for students: look at one's own work, hand it in; and the receipt that is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console, pipeline
from grader.errors import UsageError
from grader.files import write_text

if TYPE_CHECKING:
    from grader.own import OwnWork
    from grader.selfcheck.looks import Finding

__all__ = ["check_command"]

LabOption = Annotated[
    Path | None,
    typer.Option(
        "--lab",
        help="selbsttest.json oder ein Ordner damit; ohne Angabe wird neben den Notebooks gesucht.",
        metavar="PFAD",
    ),
]
_COLOURS = {"passed": "green", "failed": "red", "warning": "yellow", "later": "dim"}


def check_command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Notebooks oder ein Ordner; ohne Angabe der aktuelle.",
            metavar="NOTEBOOK... | ORDNER",
        ),
    ] = None,
    lab: LabOption = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task", help="Nur diese Aufgabe, zum Beispiel 2a, oder fragen.", metavar="ID"
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Den Bericht auch als HTML-Seite schreiben.", metavar="DATEI"),
    ] = None,
    training_seconds: Annotated[
        float,
        typer.Option(
            "--training",
            min=1,
            help="Training nach so vielen Sekunden anhalten.",
            metavar="SEKUNDEN",
        ),
    ] = 20.0,
) -> None:
    """Selbsttest vor der Abgabe: Ist alles da, läuft alles? Zeigt keine Lösung."""
    with console.CohortProgress("Selbsttest") as progress:
        found = pipeline.self_check(
            paths or [Path()], lab, task=task, training_seconds=training_seconds, listener=progress
        )
    _show(found)
    if html is not None:
        # Not at the top: the template engine.
        from grader.selfcheck.page import page_html

        _write(html, page_html(found.report))
        console.say(f"\nAls Seite: [bold]{console.plain(html)}[/bold]")


def _show(found: OwnWork) -> None:
    report = found.report
    console.listing(map(_line, report.findings), indent=0)
    for task in report.tasks:
        console.say(f"\n[bold]{console.plain(task.heading)}[/bold]")
        console.listing(map(_line, task.findings))
    console.say("\n[dim]Der Selbsttest zeigt keine Lösungen und keine Punkte.[/dim]")


def _line(finding: Finding) -> tuple[str, str]:
    from grader.selfcheck.page import MARKS

    colour = _COLOURS[finding.state]
    text = _code(finding.text)
    if finding.state == "later":
        text = f"[dim]{text}[/dim]"
    if finding.read:
        text += f"\n[dim]Nachlesen: {console.plain(finding.read)}[/dim]"
    return f"[{colour}]{MARKS[finding.state]}[/{colour}]", text


def _code(text: str) -> str:
    """Set what stands in backticks in bold."""
    parts: Iterable[str] = re.split(r"`([^`\n]{1,300})`", text)
    return "".join(
        f"[bold]{console.plain(p)}[/bold]" if i % 2 else console.plain(p)
        for i, p in enumerate(parts)
    )


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path} lässt sich nicht schreiben: {error.strerror}.") from error
