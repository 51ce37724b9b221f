"""Writes ``docs/referenz.md``: commands, checks, kinds of problems, ``result.json``.

    python -m grader.documentation [--check]

Everything comes from the code that it describes; a test compares the file with a new one.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import typer

from grader import model
from grader.checks.registry import load_checks
from grader.cli import app
from grader.console import say
from grader.files import write_text
from grader.lab import Lab
from grader.messages import PROBLEM_KINDS

__all__ = ["PAGE", "main", "reference_page"]

PAGE = Path("docs/referenz.md")
_HEAD = """\
# Referenz

Aus dem Programm erzeugt mit `python -m grader.documentation`; Änderungen gehören in den Code.
Anleitung: [handbuch.md](handbuch.md). Aufbau eines Labors: [labor.md](labor.md).
"""
_EXIT_CODES = (
    ("0", "fertig, gleich welche Noten herauskamen"),
    ("1", "mindestens eine Abgabe ließ sich nicht bewerten; die übrigen sind bewertet"),
    ("2", "falscher Aufruf; ein Satz sagt, was zu tun ist"),
    ("130", "mit Strg+C abgebrochen"),
)
_CHECK_STATUS = {
    "passed": "erreicht: volle Punkte",
    "partial": "zum Teil erreicht: ein Teil der Punkte, auf halbe gerundet",
    "failed": "nicht erreicht: keine Punkte",
    "not_judged": "nicht beurteilt: die Prüfung konnte nicht hinsehen; keine Punkte, mit Grund",
    "needs_review": "Vorschlag: ein Mensch entscheidet",
}
_GRADE_STATUS = {
    "graded": "vollständig bewertet",
    "needs_review": "bewertet; mindestens eine Prüfung wartet auf Durchsicht",
    "not_gradable": "nichts lief, nichts wurde beantwortet",
}
_FIELDS: dict[str, dict[str, str]] = {
    "Grade": {
        "submission": "Name der Abgabe: Ordner oder Datei ohne Endung",
        "lab": "Kennung des Labors",
        "points": "Summe der Punkte, Vorschläge eingeschlossen",
        "max_points": "höchste erreichbare Summe",
        "status": "siehe Status einer Abgabe",
        "tasks": "Aufgaben in der Reihenfolge des Labors",
        "problems": "was beim Lesen und Ausführen auffiel",
        "provenance": "woraus das Ergebnis entstand, siehe unten",
        "schema": "Fassung dieses Formats",
    },
    "TaskGrade": {
        "id": "Aufgabe",
        "points": "Summe ihrer Prüfungen",
        "max_points": "höchste erreichbare Summe",
        "checks": "Prüfungen in der Reihenfolge des Labors",
    },
    "CheckResult": {
        "id": "Prüfung",
        "status": "siehe Status einer Prüfung",
        "points": "vergebene oder vorgeschlagene Punkte",
        "max_points": "höchste Punktzahl",
        "confidence": "Vertrauen in das Urteil, 0 bis 1; kleine Werte zuerst durchsehen",
        "message": "Satz für die Gruppe; nennt nie den erwarteten Wert",
        "details": "was im Einzelnen gefunden wurde; kann erwartete Werte nennen",
    },
    "Problem": {
        "kind": "siehe Arten von Problemen",
        "message": "Satz für Gruppe und Betreuung",
        "notebook": "Name des Notebooks im Labor",
        "cell": "Stelle der Zelle im abgegebenen Notebook, ab 0 gezählt",
    },
}
# What stands in a problem's sentence, by the name of its place.
_PLACES = {
    "cells": "*Zellen*",
    "check": "*Prüfung*",
    "default": "*Vorgabe*",
    "encoding": "*Kodierung*",
    "error": "*Fehlerart*",
    "file": "*Datei*",
    "how": "*Art*",
    "limit": "*Grenze*",
    "name": "*Name*",
    "notebook": "*Notebook*",
    "number": "*Nummer*",
    "other": "*anderes Profil*",
    "reason": "*Grund*",
    "seconds": "*Grenze*",
    "text": "*Meldung*",
    "title": "*Aufgabe*",
    "used": "*andere Datei*",
    "variant": "*Ausgabe*",
    "what": "*Name*",
    "where": "*Stelle*",
}
_PROVENANCE = (
    ("grader", "Fassung des Programms"),
    ("variant", "Kennung der Ausgabe, wenn die Gruppe eigene Daten hat"),
    ("profile", "Profil, unter dem die Notebooks liefen"),
    ("hashes", "Prüfsummen: `data` (Daten des Labors), `notebooks`, `runs` (Schlüssel der Belege)"),
    ("versions", "Python und Pakete, mit denen die Notebooks liefen"),
    (
        "compiled_fits",
        "je Notebook die Trainings mit vielen Schritten je Aufruf: `cell`, `steps`, `per_call`,"
        " `compiled_update` (auch die Anpassung der Gewichte übersetzt)",
    ),
    (
        "outputs_differ",
        "je Notebook die Zellen, deren gespeicherte Ausgabe eine andere ist als die des erneuten "
        "Laufs: `cell`, `stored`, `rerun` (Anfänge)",
    ),
    ("seconds", "Rechenzeit aller Notebooks in Sekunden"),
    ("task_seconds", "davon die Zellen jeder Aufgabe"),
)


def reference_page(lab: Lab) -> str:
    """Return the reference as Markdown.

    Parameters
    ----------
    lab : Lab
        The lab whose checks are listed.

    Raises
    ------
    LabError
        If the lab's checks cannot be loaded.
    """
    parts = [_HEAD, *_commands(), *_checks(lab), *_statuses(), *_problems(), *_result()]
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page below the working folder; with ``--check`` only compare it.

    Returns
    -------
    int
        Exit code: 1 if ``--check`` found a difference.
    """
    text = reference_page(Lab.load(Path("reference")))
    if "--check" in (sys.argv[1:] if arguments is None else arguments):
        current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        say(f"{PAGE} ist {'aktuell' if current else 'veraltet'}.")
        return 0 if current else 1
    write_text(PAGE, text)
    say(f"{PAGE} geschrieben.")
    return 0


# --------------------------------------------------------------------------- commands


def _commands() -> list[str]:
    found = ["## Befehle\n", *_rows("Rückgabewert|Bedeutung", _EXIT_CODES)]
    found += ["Für alle Befehle: `--help`, `-h` zeigt die Hilfe; `grader --version` die Fassung.\n"]
    for name, command in _leaves(typer.main.get_command(app)):
        arguments = [p for p in command.params if not p.opts[0].startswith("-")]
        shown = [_argument(p) if p.required else f"[{_argument(p)}]" for p in arguments]
        call = " ".join(["grader", name, *(["[OPTIONEN]"] if command.params else []), *shown])
        found += [f"### grader {name}\n", f"{command.help}\n", f"    {call}\n"]
        rows = [(_spelling(p), _default(p), p.help or "") for p in command.params]
        found += _rows("Angabe|Vorgabe|Bedeutung", rows) if rows else []
    return found


def _leaves(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command with its name; those of a group follow in its place."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{before}{name} ")
        else:
            yield before + name, command


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _spelling(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return f"`{_argument(parameter)}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or 'ZAHL'}"
    names = [f"`{name}{value}`" for name in (*parameter.opts, *parameter.secondary_opts)]
    return ", ".join(names)


def _default(parameter: Any) -> str:
    if parameter.name == "jobs":
        return "Zahl der Prozessorkerne"
    if parameter.required:
        return "nötig"
    if parameter.default in (None, ""):
        return "–"
    if isinstance(parameter.default, bool):
        return f"`{parameter.opts[0]}`" if parameter.default else "aus"
    if isinstance(parameter.default, float):
        return f"{parameter.default:g}".replace(".", ",")
    return f"`{parameter.default}`"


# --------------------------------------------------------------------------- checks, problems


def _checks(lab: Lab) -> list[str]:
    functions = load_checks(lab)
    found = [f"## Prüfungen: {lab.title}\n", f"Zusammen {lab.max_points:g} Punkte. Art *Text*: "]
    found[-1] += "das Ergebnis ist ein Vorschlag, ein Mensch entscheidet. Art *Wert*: das Programm "
    found[-1] += "urteilt. *Selbsttest*: `grader check` zeigt das Ergebnis schon vor der Abgabe.\n"
    for task in lab.tasks:
        heading = f"Aufgabe {task.id}: {task.title}" if task.notebook else task.title
        rows = []
        for spec in task.checks:
            function = functions[spec.id]
            needs = f" Setzt voraus: {', '.join(function.needs)}." if function.needs else ""
            kind = "Text" if spec.kind == "text" else "Wert"
            test = "ja" if spec.public else ""
            points = f"{spec.points:g}".replace(".", ",")
            rows.append((f"`{spec.id}`", points, kind, test, f"{function.title}{needs}"))
        found += [f"### {heading} ({task.points:g} Punkte)\n"]
        found += _rows("Prüfung|Punkte|Art|Selbsttest|Was geprüft wird", rows)
    return found


def _statuses() -> list[str]:
    found = ["## Status einer Prüfung\n"]
    found += _rows("Status|Bedeutung", _described(model.CheckStatus, _CHECK_STATUS))
    found += ["## Status einer Abgabe\n"]
    return found + _rows("Status|Bedeutung", _described(model.GradeStatus, _GRADE_STATUS))


def _described(literal: object, texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(f"`{value}`", texts[value]) for value in typing.get_args(literal)]


def _problems() -> list[str]:
    rows = [(f"`{k}`", text.format_map(_PLACES)) for k, text in sorted(PROBLEM_KINDS.items())]
    return ["## Arten von Problemen\n", *_rows("Art|Satz", rows)]


# --------------------------------------------------------------------------- result.json


def _result() -> list[str]:
    found = ["## `result.json`\n", "Ein Objekt `Grade`, UTF-8, je Abgabe eine Datei.\n"]
    for name, texts in _FIELDS.items():
        kind = getattr(model, name)
        hints = typing.get_type_hints(kind)
        fields = [f.name for f in dataclasses.fields(kind)]
        rows = [(f"`{field}`", _type(hints[field]), texts[field]) for field in fields]
        found += [f"### {name}\n", *_rows("Feld|Typ|Bedeutung", rows)]
    found += ["### provenance\n", *_rows("Feld|Bedeutung", [(f"`{n}`", t) for n, t in _PROVENANCE])]
    return found


def _type(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return "eines von " + ", ".join(f"`{a}`" for a in arguments)
    if origin in (types.UnionType, typing.Union):
        return f"{_type(arguments[0])} oder null"
    if origin is tuple:
        return f"Liste von {_type(arguments[0])}"
    if origin is not None:
        return "Objekt"
    return {str: "Text", float: "Zahl", int: "ganze Zahl"}.get(hint) or f"`{hint.__name__}`"


def _rows(heading: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table, ended by an empty line."""
    columns = heading.split("|")
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
