"""``grader rubric``: what a text would get, and whether the rubrics say what they mean."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from grader import console
from grader.commands.help import Commands
from grader.commands.options import REFERENCE, LabOption
from grader.errors import UsageError
from grader.intake.answers import split_answers
from grader.lab import Lab
from grader.messages import MARKS

if TYPE_CHECKING:
    from grader.checks.rubricfaults import RubricReport
    from grader.checks.trial import Trial

__all__ = ["rubric_app"]

# What judges texts is imported when needed: grading an unchanged cohort takes less time than that.
MOST_BYTES = 1_000_000
rubric_app = Commands(
    name="rubric",
    help="Bewertungsraster ausprobieren und prüfen.",
)
_MARK = {
    status: f"[{colour}]{MARKS[status]}[/{colour}]"
    for status, colour in (("passed", "green"), ("partial", "yellow"), ("failed", "red"))
}
_HOW = {"compound": "als Teil eines Wortes", "fuzzy": "über Schreibfehler hinweg"}


@rubric_app.command("try")
def try_command(
    question: Annotated[
        str, typer.Argument(help="Frage oder Textaufgabe, zum Beispiel Q4.", metavar="FRAGE")
    ],
    text: Annotated[
        str,
        typer.Argument(
            help="Antwort; oder eine Datei damit, oder - für die Standardeingabe.", metavar="TEXT"
        ),
    ],
    lab: LabOption = REFERENCE,
) -> None:
    """Zeigen, was ein Text bekäme: Punkte, erkannte Gedanken mit ihren Worten, was fehlt."""
    from grader.checks.trial import try_answer

    loaded = Lab.load(lab)
    _show_trial(try_answer(loaded, question, _written(loaded, question, text)))


@rubric_app.command("check")
def check_command(lab: LabOption = REFERENCE) -> None:
    """Alle Bewertungsraster prüfen; Rückgabewert 2, wenn eines Fehler hat."""
    from grader.checks.trial import examine_rubrics

    reports = examine_rubrics(Lab.load(lab))
    _show_rubrics(reports)
    if any(report.faults for report in reports):
        raise typer.Exit(2)


def _written(lab: Lab, question: str, text: str) -> str:
    """Return the answer itself: typed, from standard input, or from a file.

    Of a file that answers all control questions only the answer to this one is taken.

    Raises
    ------
    UsageError
        If a file cannot be read as text.
    """
    if text == "-":
        return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace")
    path = Path(text)
    try:
        if not path.is_file():
            return text
        with path.open("rb") as file:
            content = file.read(MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} ist keine Textdatei in UTF-8.") from error
    except (OSError, ValueError):  # too long for a name, or no permission
        return text
    number = question.strip().lower().removeprefix("frage").strip(" q.:")
    answers = split_answers(content, len(lab.questions)) if path.suffix == ".md" else {}
    if number.isdigit() and len(answers) > 1:
        return answers.get(int(number), "")
    return content


def _show_trial(trial: Trial) -> None:
    """Print what a text would get, and on which words that rests."""
    found = trial.suggestion
    details = found.details()
    console.say(
        f"[bold]{trial.check.id}[/bold]  {console.plain(trial.question or trial.check.title)}"
    )
    table = Table(header_style="bold", expand=False)
    table.add_column("")
    table.add_column("Gedanke")
    table.add_column("Anteil", justify="right")
    table.add_column("Worte, die ihn zeigen")
    for finding in found.findings:
        mark = "passed" if finding.share >= 1 else "partial" if finding.share > 0 else "failed"
        how = "" if finding.how in (None, "exact") else f" [dim]({_HOW[finding.how]})[/dim]"
        words = console.plain("; ".join(f"„{q}“" for q in finding.quotes)) + how
        if not finding.quotes:
            words = "[dim]nur verneint[/dim]" if finding.negated else "[dim]fehlt[/dim]"
        share = f"{finding.share:.0%}".replace("%", " %")
        table.add_row(_MARK[mark], console.plain(finding.concept.label), share, words)
    console.show(table)
    for error, quote in found.misconceptions:
        console.say(
            f"[red]Denkfehler:[/red] {console.plain(error.label)} („{console.plain(quote)}“)",
            wrap=False,
        )
    for flag in details["flags"]:
        console.say(f"[yellow]Hinweis:[/yellow] {console.plain(flag['label'])}", wrap=False)
    for name, texts in (("Nicht erkannt", found.unread), ("Zählt nicht", found.aside)):
        for text in texts:
            console.say(f"[dim]{name}: „{console.plain(text)}“[/dim]", wrap=False)
    points = f"{console.number(trial.points)} von {console.number(trial.check.points)}"
    share, trust = (console.number(round(n, 2)) for n in (found.fraction, found.confidence))
    console.say(f"[bold]Vorschlag: {points} Punkten[/bold] (Anteil {share}), Vertrauen {trust}")
    if trial.said:
        console.say(f"Die Gruppe liest: {console.plain(trial.said)}", wrap=False)
    if not trial.question:
        console.say(
            "[dim]In einer Abgabe kann die Prüfung dazu Belege des Notebooks heranziehen.[/dim]",
            wrap=False,
        )


def _show_rubrics(reports: Iterable[RubricReport]) -> None:
    """Print which rubrics are sound and what is wrong with the others."""
    reports = list(reports)
    for report in reports:
        mark = _MARK["failed" if report.faults else "passed"]
        size = f"{report.concepts} Gedanken, {report.phrases} Wendungen" if report.phrases else ""
        console.say(f"{mark} {console.plain(report.name)}  [dim]{size}[/dim]")
        for fault in report.faults:
            console.say(f"    [red]Fehler:[/red] {console.plain(fault)}", wrap=False)
        for remark in report.remarks:
            console.say(f"    [dim]Hinweis: {console.plain(remark)}[/dim]", wrap=False)
    faulty = sum(bool(report.faults) for report in reports)
    one = "Ein Bewertungsraster hat Fehler." if faulty == 1 else ""
    many = f"{faulty} Bewertungsraster haben Fehler." if faulty else ""
    console.say(one or many or f"{len(reports)} Bewertungsraster geprüft, alle in Ordnung.")
