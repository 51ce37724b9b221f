"""The commands as a person types them; nothing here starts a kernel."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import typer
from rich.console import Console

from grader import __version__, cli, console
from grader.commands.summary import show_variant
from grader.evidence.codec import encode_grade
from grader.gradebook import Gradebook
from grader.model import VariantFinding, VariantLook
from tests.conftest import flat
from tests.reports.grades import ROOT, cohort, reference_lab

COMMANDS = (
    "import",
    "release",
    "grade",
    "check",
    "submit",
    "receipt",
    "protocol",
    "report",
    "reference",
    "doctor",
    "serve",
    "rubric",
    "export",
    "pseudonymise",
    "forget",
    "gradebook",
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Stored results of four submissions, as a grading leaves them."""
    for number, grade in enumerate(cohort(reference_lab())):
        folder = tmp_path / "results" / f"abgabe{number}"
        folder.mkdir(parents=True)
        (folder / "result.json").write_bytes(encode_grade(grade))
    return tmp_path / "results"


# ------------------------------------------------------------------ help


def test_without_a_command_all_are_listed(run) -> None:
    shown = run("--help")
    assert shown.code == 0
    for name in COMMANDS:
        assert f" {name} " in shown.out
    group = typer.main.get_command(cli.app)
    assert sorted(group.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_german(run, name: str) -> None:
    shown = run(name, "-h")
    assert shown.code == 0
    command = typer.main.get_command(cli.app).commands[name]
    assert command.help and command.help in shown.out
    assert shown.out.startswith(f"Aufruf: grader {name} [OPTIONEN]")
    assert "Diese Hilfe zeigen." in shown.out and "default" not in shown.out
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"


def test_the_version(run) -> None:
    assert run("--version").out == f"grader {__version__}"


# ------------------------------------------------------------------ wrong use


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["grade", "gibt-es-nicht"], "gibt-es-nicht gibt es nicht."),
        (["grade", "pyproject.toml"], "pyproject.toml ist weder ein Ordner noch ein .zip."),
        (["grade", "--lab", "grader"], "die Datei lab.toml fehlt"),
        (["grade", "--task", "9z"], "Die Aufgabe '9z' gibt es nicht. Aufgaben: kontrollfragen, 1a"),
        (["grade", "--profile", "keras9"], "Das Profil 'keras9' gibt es nicht. Profile: keras3"),
        (["check", "data/mnist.npz"], "mnist.npz ist kein Notebook (.ipynb)."),
        (["check", "fehlt.ipynb"], "fehlt.ipynb gibt es nicht."),
        (["check", "fehlt.ipynb", "--task", "9z"], "Die Aufgabe '9z' gibt es nicht."),
        (["protocol", "x", "-o", "x.txt"], "x.txt: ein Protokoll endet auf .pdf, .html oder .docx"),
        (["protocol", "gibt-es-nicht"], "gibt-es-nicht gibt es nicht."),
        (["grade", "--variant", "--seed-file", "x"], "geht nicht zusammen mit --seed-file"),
        (["grade", "--seed-file", "gibt-es-nicht"], "Der Anfangswert gibt-es-nicht ist nicht"),
        (["release", "--variant"], "Bitte --group angeben."),
        (["release", "--seed-file", "x"], "--seed-file gehört zu --variant"),
        (["release", "--group", "a", "--variant"], "Zu --variant gehört --seed-file"),
        (["release", "--group", "a", "--group", "A "], "bekämen dieselbe Ausgabe"),
        (["release", "--group", " "], "' ' ist kein Gruppenname"),
        (["release", "--group", "☃"], "weder Buchstaben von A bis Z noch Ziffern"),
        (["report", "--out", "gibt-es-nicht"], "In gibt-es-nicht liegen keine Ergebnisse."),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_use_ends_with_a_sentence_that_says_what_to_do(
    run, words: list[str], sentence: str
) -> None:
    ended = run(*words)
    assert ended.code == 2
    assert sentence in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "words",
    [["grade", "--gibt-es-nicht"], ["gibt-es-nicht"], ["protocol"], ["grade", "--jobs", "viele"]],
    ids=" ".join,
)
def test_a_line_that_cannot_be_read_is_wrong_use(run, words: list[str]) -> None:
    ended = run(*words)
    assert ended.code == 2
    assert ended.err.startswith("Fehler:")
    assert "--help" in ended.err


def test_a_cohort_is_refused_without_the_wall(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leer").mkdir()
    (tmp_path / "leer" / "notebook1.ipynb").write_text('{"cells": []}')
    monkeypatch.setattr(
        "grader.pipeline.cohort.outer_wall_missing", lambda: "bubblewrap fehlt hier"
    )
    ended = run("grade", str(tmp_path), "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "bubblewrap fehlt hier" in ended.err and "--unsafe" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_damaged_result_is_named(run, results: Path) -> None:
    (results / "abgabe1" / "result.json").write_text("{")
    ended = run("report", "--out", str(results))
    assert ended.code == 2
    assert "abgabe1" in ended.err


# ------------------------------------------------------------------ what needs no kernel


def test_the_report_is_written_from_stored_results(run, results: Path) -> None:
    ended = run("report", "--out", str(results))
    assert ended.code == 0
    assert ended.out.startswith("4 Ergebnisse ausgewertet:")
    page = (results / "cohort.html").read_text(encoding="utf-8")
    assert "Auswertung der Kohorte" in page and "gruppe03" in page
    text = (results / "grades.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert [r["Abgabe"] for r in rows][:3] == ["gruppe01", "gruppe02", "gruppe03"]
    assert rows[0]["Punkte"] == "100"


def test_doctor_names_every_part_and_the_wall(run) -> None:
    shown = run("doctor")
    assert shown.code == 0
    walls = ("Außenwand", "Namensräume", "Rechte", "Grenzen", "Landlock", "Systemaufrufe")
    for part in ("Python", "nbclient", "typst", "tensorflow", *walls, "Ausführung"):
        assert part in shown.out


def test_doctor_says_what_to_do_where_something_is_missing(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = {
        "outer": "bubblewrap ist nicht installiert",
        "namespaces": "PermissionError: unshare: Operation not permitted",
        "capabilities": "",
        "limits": "",
        "landlock": "UnsupportedError",
        "seccomp": "RuntimeError: Unable to find libseccomp",
    }
    monkeypatch.setattr("grader.doctor.missing_layers", lambda: reasons)
    monkeypatch.setattr("grader.doctor._NEEDED", {"gibt-es-nicht": "für diesen Test"})
    shown = run("doctor")
    assert shown.code == 0
    assert "fehlt: für diesen Test" in shown.out and "pip install gibt-es-nicht" in shown.out
    assert "steht nicht" in shown.out and "apt-get install bubblewrap" in shown.out
    for remedy in ("userns", "Linux ab 5.13", "apt-get install libseccomp2", "ein neuer Prozess"):
        assert remedy in shown.out


def test_an_interrupt_is_no_traceback(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.commands.documents.pipeline.make_report", interrupted)
    ended = run("report")
    assert ended.code == 130
    assert ended.err == "Fehler: Abgebrochen."


def test_a_file_that_cannot_be_written_is_no_traceback(run, results: Path) -> None:
    (results / "cohort.html").mkdir()
    ended = run("report", "--out", str(results))
    assert ended.code == 2
    assert "Das Dateisystem lehnt" in ended.err and "cohort.html" in ended.err
    ended = run("export", "xlsx", "--out", str(results), "--to", str(results / "grades.csv" / "x"))
    assert ended.code == 2


# ------------------------------------------------------------------ other data


def test_other_data_are_refused_before_anything_runs_where_the_lab_has_none(
    run, tmp_path: Path
) -> None:
    mini = ROOT / "tests" / "cases" / "minilab"
    out = tmp_path / "out"
    ended = run("grade", str(tmp_path), "--lab", str(mini), "--out", str(out), "--variant")
    assert ended.code == 2
    assert "[variant]" in ended.err and "keine anderen Daten" in ended.err
    assert not out.exists()


def test_a_task_without_such_results_is_refused_with_the_lab_s_reason(run, tmp_path: Path) -> None:
    ended = run("grade", str(tmp_path), "--out", str(tmp_path / "o"), "--variant", "--task", "1a")
    assert ended.code == 2
    assert "Aufgabe 1a" in ended.err and "1a.probe" in ended.err
    assert not (tmp_path / "o").exists()


def test_the_table_of_other_data_names_what_is_conspicuous(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(console, "_OUT", Console(highlight=False, width=160))
    states = ("follows", "typed", "unchanged", "differs", "incomparable")
    findings = tuple(VariantFinding("2b", "s", f"[b]Titel {s}", s, "Satz.") for s in states)
    looks = [
        VariantLook("gruppe[01]", "p", findings),
        VariantLook("leer", problem="Kein Notebook."),
    ]
    show_variant(looks, tmp_path)
    shown = flat(capsys.readouterr().out)
    assert "gruppe[01] │ 1 │ 1 │ 1 │ 2 │ 2b [b]Titel unchanged".replace("│ ", "") in shown
    assert "2b [b]Titel differs" in shown and "Kein Notebook." in shown
    assert "[b]Titel follows" not in shown
    assert "ändern sich nicht" in shown and "variant.html" in shown


def test_an_instructor_s_protocol_needs_a_result(run, tmp_path: Path) -> None:
    ended = run("protocol", "submissions/gruppe01", "--instructor", "--out", str(tmp_path))
    assert ended.code == 2
    assert "kein Notenbuch" in ended.err and "grader grade" in ended.err
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.sqlite'}"):
        pass
    ended = run("protocol", "submissions/gruppe01", "--instructor", "--out", str(tmp_path))
    assert ended.code == 2 and "Zu gruppe01 gibt es" in ended.err


@pytest.mark.parametrize("command", ["protocol", "grade"])
def test_a_broken_theme_is_said_at_once(run, tmp_path: Path, command: str) -> None:
    (tmp_path / "theme.toml").write_text('accent = "rot"', encoding="utf-8")
    out = tmp_path / "out"
    ended = run(command, "submissions/gruppe01", "--theme", str(tmp_path), "--out", str(out))
    assert ended.code == 2
    assert "accent = 'rot' ist nicht möglich" in ended.err
    assert not out.exists()
