"""Commands for students: look at one's own work, hand it in; and the receipt that is checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console, pipeline
from grader.commands.progress import CohortProgress
from grader.errors import UsageError
from grader.files import write_text

if TYPE_CHECKING:
    from grader.own import OwnWork
    from grader.selfcheck.looks import Finding

__all__ = ["check_command", "receipt_command", "submit_command"]

OwnLabOption = Annotated[
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
    lab: OwnLabOption = None,
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
    with CohortProgress("Selbsttest") as progress:
        found = pipeline.self_check(
            paths or [Path()], lab, task=task, training_seconds=training_seconds, listener=progress
        )
    _show(found)
    if html is not None:
        # Not at the top: the template engine.
        from grader.selfcheck.page import page_html

        _write(html, page_html(found.report))
        console.say(f"\nAls Seite: [bold]{console.plain(html)}[/bold]")


def submit_command(
    folder: Annotated[
        Path, typer.Argument(help="Arbeitsordner; ohne Angabe der aktuelle.", metavar="ORDNER")
    ] = Path(),
    target: Annotated[
        Path, typer.Option("-o", "--output", help="Name des Archivs (.zip).", metavar="DATEI")
    ] = Path("abgabe.zip"),
    run: Annotated[
        bool,
        typer.Option("--run/--no-run", help="Notebooks noch einmal ausführen und vergleichen."),
    ] = True,
    lab: OwnLabOption = None,
) -> None:
    """Letzter Blick vor der Abgabe; schreibt das Archiv und nennt die Quittung."""
    with CohortProgress("Letzter Blick") as progress:
        handed = pipeline.submit(folder, target, lab, run=run, listener=progress)
    if handed.findings:
        console.say("[bold]Vor der Abgabe ansehen[/bold]")
        console.listing(map(_line, handed.findings))
    else:
        console.say("[green]✓[/green] Nichts fehlt, nichts ist veraltet.")
    examined = handed.examined
    names = ", ".join(f.name for f in examined.manifest.files)
    console.say(f"\nGeschrieben: [bold]{console.plain(handed.path)}[/bold]")
    console.say(f"Darin: {console.plain(names)}")
    console.say(f"Quittung: [bold]{examined.code}[/bold]")
    console.say(
        "[dim]Bitte die Quittung aufbewahren: Sie gehört zu genau diesem Archiv. Wer danach noch "
        "etwas ändert, schreibt das Archiv neu und bekommt eine andere.[/dim]"
    )


def receipt_command(
    path: Annotated[Path, typer.Argument(help="Archiv einer Abgabe (.zip).", metavar="DATEI")],
    code: Annotated[
        str, typer.Argument(help="Quittung der Gruppe, zum Vergleich.", metavar="QUITTUNG")
    ] = "",
) -> None:
    """Eine Abgabe mit ihrer Quittung vergleichen: Ist sie unverändert?"""
    # Not at the top: other commands do without.
    from grader.exchange.handin import examine_handin, same_code

    found = examine_handin(path)
    manifest = found.manifest
    console.listing(("[red]✗[/red]", console.plain(fault)) for fault in found.faults)
    console.say(f"Erstellt: {console.plain(manifest.created)} (UTC)")
    console.say(f"Dateien: {len(manifest.files)}")
    console.say(f"Quittung: [bold]{found.code}[/bold]")
    other = bool(code) and not same_code(code, found.code)
    if other:
        console.say("[red]✗[/red] Die genannte Quittung gehört nicht zu diesem Archiv.")
    elif code and not found.faults:
        console.say("[green]✓[/green] Die Quittung stimmt, das Archiv ist unverändert.")
    elif not found.faults:
        console.say("[green]✓[/green] Die Dateien sind die des Verzeichnisses.")
    if other or found.faults:
        raise typer.Exit(1)


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
