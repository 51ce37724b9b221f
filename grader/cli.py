"""The command line: which commands there are, and how a call ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from grader import __version__, console
from grader.commands.desk import serve_command
from grader.commands.documents import protocol_command, report_command
from grader.commands.export import export_app
from grader.commands.grade import grade_command
from grader.commands.gradebook import gradebook_app
from grader.commands.help import Commands
from grader.commands.imports import import_command
from grader.commands.kit import release_command
from grader.commands.misuse import WrongCallError, sentence_about
from grader.commands.privacy import forget_command, pseudonymise_command
from grader.commands.rubric import rubric_app
from grader.commands.setup import doctor_command, reference_command
from grader.commands.student import check_command, receipt_command, submit_command
from grader.errors import GraderError
from grader.files import is_full

__all__ = ["app", "main"]

_INTERRUPTED = 130
app = Commands(
    name="grader",
    help="Bewertet Notebook-Praktika, hilft beim Selbsttest und setzt das Protokoll.",
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        console.say(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Version zeigen und enden.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


# In the order and under the headings in which --help lists them.
_COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Praktikum bewerten": {
        "release": release_command,
        "import": import_command,
        "grade": grade_command,
        "serve": serve_command,
        "report": report_command,
        "reference": reference_command,
        "receipt": receipt_command,
        "pseudonymise": pseudonymise_command,
        "forget": forget_command,
    },
    "Vor der Abgabe": {
        "check": check_command,
        "submit": submit_command,
    },
    "Für alle": {
        "protocol": protocol_command,
        "doctor": doctor_command,
    },
}
for _panel, _commands in _COMMANDS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_panel)(_command)
for _group in (export_app, gradebook_app, rubric_app):
    app.add_typer(_group, rich_help_panel="Praktikum bewerten")


def main() -> None:
    """Entry point: a wrong call or one of our exceptions becomes a German sentence and code 2."""
    _speak_utf8()
    try:
        code = app(standalone_mode=False, prog_name="grader")
    except GraderError as error:
        console.fail(str(error))
        sys.exit(2)
    except OSError as error:
        # Without a file it is no file that was refused, and a fault of ours.
        if not is_full(error) and error.filename is None:
            raise
        console.fail(_refused(error))
        sys.exit(2)
    except WrongCallError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            console.say(console.plain(error))
        else:
            console.fail(sentence_about(error))
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    # Newer typer makes a code of Ctrl-C by itself.
    if code == _INTERRUPTED:
        console.fail("Abgebrochen.")
    sys.exit(code if isinstance(code, int) else 0)


def _refused(error: OSError) -> str:
    if is_full(error):
        return (
            f"Der Datenträger ist voll ({error}). Was fertig ist, bleibt; nach dem Aufräumen geht "
            "es mit »grader grade --resume« weiter."
        )
    return (
        f"Das Dateisystem lehnt {error.filename} ab: {error.strerror}. Bitte Pfad, Rechte und "
        "freien Platz prüfen."
    )


def _speak_utf8() -> None:
    """Files and pipes get UTF-8: Windows' own encoding has no check mark, and would end us."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="replace"
            )


if __name__ == "__main__":
    main()
