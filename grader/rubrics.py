"""``grader rubric``: what a text would get, and whether the rubrics say what they mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader import console
from grader.errors import UsageError
from grader.intake.answers import split_answers
from grader.lab import Lab

__all__ = ["rubric_app"]

# What judges texts is imported when needed: grading an unchanged cohort takes less time than that.
MOST_BYTES = 1_000_000
rubric_app = typer.Typer(
    name="rubric",
    help="Bewertungsraster ausprobieren und prüfen.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_LabOption = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]
_REFERENCE = Path("reference")


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
    lab: _LabOption = _REFERENCE,
) -> None:
    """Zeigen, was ein Text bekäme: Punkte, erkannte Gedanken mit ihren Worten, was fehlt."""
    from grader.checks.trial import try_answer

    loaded = Lab.load(lab)
    console.show_trial(try_answer(loaded, question, _written(loaded, question, text)))


@rubric_app.command("check")
def check_command(lab: _LabOption = _REFERENCE) -> None:
    """Alle Bewertungsraster prüfen; Rückgabewert 2, wenn eines Fehler hat."""
    from grader.checks.trial import examine_rubrics

    reports = examine_rubrics(Lab.load(lab))
    console.show_rubrics(reports)
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
