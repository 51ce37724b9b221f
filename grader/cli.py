"""The commands: each a few lines over one public function."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from grader import __version__, console, pipeline
from grader.commands import exchange, student
from grader.commands.desk import serve_command
from grader.commands.gradebook import gradebook_app
from grader.commands.kit import release_command
from grader.errors import GraderError, UsageError
from grader.events import heard
from grader.files import is_full
from grader.grading import Bench
from grader.rubrics import rubric_app

__all__ = ["app", "main"]

app = typer.Typer(
    name="grader",
    help="Bewertet Notebook-Praktika, hilft beim Selbsttest und setzt das Protokoll.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


LabOption = Annotated[
    Path, typer.Option("--lab", help="Ordner des Labors mit lab.toml.", metavar="ORDNER")
]
OutOption = Annotated[
    Path, typer.Option("--out", help="Ordner für die Ergebnisse.", metavar="ORDNER")
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
        "--jobs", "-j", min=1, help="So viele Notebooks laufen gleichzeitig.", metavar="ZAHL"
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
        help="Notenbuch: Datei oder Adresse; ohne Angabe gradebook.sqlite bei den Ergebnissen.",
        metavar="URL",
    ),
]
TermOption = Annotated[
    str, typer.Option("--term", help='Semester im Notenbuch, etwa "SS 2026".', metavar="NAME")
]
SeedOption = Annotated[
    Path | None,
    typer.Option(
        "--seed-file",
        help="Anfangswert der Kohorte, wenn Gruppen eigene Daten haben (grader release).",
        metavar="DATEI",
    ),
]
_REFERENCE = Path("reference")
_RESULTS = Path("results")
_INTERRUPTED = 130
_SAID_BEFORE = "submissions lab task profile protocol fresh theme gradebook term seed_file".split()
_JOBS = max(1, os.cpu_count() or 1)
# The public exception's base is what any call raises that cannot be understood.
_WrongCallError: type[Exception] = typer.BadParameter.__mro__[1]


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


def grade_command(
    context: typer.Context,
    submissions: Annotated[
        Path,
        typer.Argument(
            help="Ordner oder .zip mit einem Ordner oder .zip je Abgabe, oder eine Abgabe.",
            metavar="SUBMISSIONS",
        ),
    ] = Path("submissions"),
    lab: LabOption = _REFERENCE,
    out: OutOption = _RESULTS,
    jobs: JobsOption = _JOBS,
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
            "--events", help="Fortschritt als JSON-Zeilen in diese Datei.", metavar="DATEI"
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
        console.say(f"Fortgesetzt wird die Bewertung von {console.plain(submissions)}.")
    if variant:
        # Now, not after an hour.
        pipeline.require_variant(lab, task)
    with console.CohortProgress() as progress, heard(progress, events) as (listener, log):
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
        )
        if log is not None:
            log.end(1 if result.failures else 0, result.failures)
    console.show_cohort(result, out)
    if variant:
        with console.CohortProgress("Andere Daten") as progress:
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
        console.show_variant(looks, out)
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


def protocol_command(
    submission: Annotated[Path, typer.Argument(help="Ordner oder .zip einer Abgabe.")],
    target: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Datei .pdf, .html oder .docx.", metavar="DATEI"),
    ] = None,
    lab: LabOption = _REFERENCE,
    out: OutOption = _RESULTS,
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
    with console.CohortProgress("Protokoll") as progress:
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
    out: OutOption = _RESULTS,
    lab: LabOption = _REFERENCE,
    gradebook: GradebookOption = None,
    term: TermOption = "",
) -> None:
    """Auswertung, Tabelle und Rückmeldungen mit den Punkten von Hand neu schreiben."""
    grades = pipeline.make_report(out, lab, gradebook=gradebook, term=term)
    console.say(f"{len(grades)} Ergebnisse ausgewertet: [bold]{out / 'cohort.html'}[/bold]")


def reference_command(
    lab: LabOption = _REFERENCE,
    profile: ProfileOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Auch ausführen, was vorliegt.")] = False,
    jobs: JobsOption = _JOBS,
) -> None:
    """Die Musterlösungen ausführen und ihre Belege ablegen (je Profil)."""
    bench = Bench.open(lab)
    names = [profile] if profile else [p.name for p in bench.lab.profiles]
    for name in names:
        with console.CohortProgress(f"Musterlösung ({name})") as progress:
            pipeline.build_reference(bench, profile=name, fresh=fresh, jobs=jobs, listener=progress)
        console.say(f"Musterlösung unter {name}: Belege liegen vor.")


def doctor_command() -> None:
    """Zeigen, was installiert ist und welche Schutzwände stehen."""
    # Not at the top: it puts every wall up on trial, with what drives kernels.
    from grader.doctor import examine

    console.show_findings(examine())


# In the order and under the headings in which --help lists them.
_COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Praktikum bewerten": {
        "release": release_command,
        "import": exchange.import_command,
        "grade": grade_command,
        "serve": serve_command,
        "report": report_command,
        "reference": reference_command,
        "receipt": student.receipt_command,
        "pseudonymise": exchange.pseudonymise_command,
        "forget": exchange.forget_command,
    },
    "Vor der Abgabe": {
        "check": student.check_command,
        "submit": student.submit_command,
    },
    "Für alle": {
        "protocol": protocol_command,
        "doctor": doctor_command,
    },
}
for _panel, _commands in _COMMANDS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_panel)(_command)
for _group in (exchange.export_app, gradebook_app, rubric_app):
    app.add_typer(_group, rich_help_panel="Praktikum bewerten")


def main() -> None:
    """Entry point: a wrong call or one of our exceptions becomes a German sentence and code 2."""
    _speak_utf8()
    try:
        code = app(standalone_mode=False)
    except GraderError as error:
        console.fail(str(error))
        sys.exit(2)
    except OSError as error:
        if not is_full(error):
            raise
        console.fail(
            f"Der Datenträger ist voll ({error}). Was fertig ist, bleibt; nach dem Aufräumen geht "
            "es mit »grader grade --resume« weiter."
        )
        sys.exit(2)
    except _WrongCallError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            console.say(console.plain(error))
        else:
            console.fail(_wrong_call(error))
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    # Newer typer makes a code of Ctrl-C by itself.
    if code == _INTERRUPTED:
        console.fail("Abgebrochen.")
    sys.exit(code if isinstance(code, int) else 0)


def _speak_utf8() -> None:
    """Files and pipes get UTF-8: Windows' own encoding has no check mark, and would end us."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="replace"
            )


def _wrong_call(error: Exception) -> str:
    """Say in German what is wrong with a call, and where the help is."""
    context = getattr(error, "ctx", None)
    words = str(context.command_path).split() if context else []
    path = (
        " ".join(["grader", *words[len(words) - (context.parent is not None) :]])
        if context
        else "grader"
    )
    kind, parameter = type(error).__name__, getattr(error, "param", None)
    named = parameter.opts[0] if parameter and parameter.opts[0].startswith("-") else ""
    unknown = re.search(r"No such command '(.*?)'", str(error))
    if kind == "NoSuchOption":
        near = ", ".join(sorted(getattr(error, "possibilities", None) or []))
        what = f"Die Option {getattr(error, 'option_name', '')} gibt es nicht"
        what += f" (ähnlich: {near})" if near else ""
    elif unknown:
        what = f"Den Befehl {unknown[1]} gibt es nicht"
    elif kind == "MissingParameter" and parameter:
        what = f"Es fehlt die Angabe {named or parameter.metavar or str(parameter.name).upper()}"
    elif named:
        what = f"Der Wert für {named} ist nicht zulässig"
    else:
        what = f"Der Aufruf ist nicht zu verstehen ({error})"
    return f"{what}. Hilfe zeigt: {path} --help"


if __name__ == "__main__":
    main()
