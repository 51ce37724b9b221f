"""The commands as they are typed, and what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.cli import app
from grader.gradebook import Gradebook
from tests.exchange.moodle import download, packed, task, worksheet
from tests.reports.grades import grade, reference_lab

ROOT = Path(__file__).parents[2]
LAB = ("--lab", str(ROOT / "reference"))
FILE = "_assignsubmission_file_"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    from grader import console

    monkeypatch.setattr(console._OUT, "width", 200)


def run(*words: object) -> tuple[int, str]:
    from grader import console

    # rich looks for its file when it prints.
    with console._OUT.capture() as said:
        code = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=True)
    return code.exit_code, said.get()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    download(
        tmp_path / "kurs.zip",
        {
            f"Gruppe 1_11{FILE}/notebook1.ipynb": task(),
            f"Gruppe 2_12{FILE}/notebook1.ipynb": task("x = 2"),
            f"Gruppe 2_12{FILE}/b.zip": packed({"../x.md": b""}),
        },
    )
    (tmp_path / "Bewertungen.csv").write_text(worksheet(), "utf-8")
    return tmp_path


def test_import_says_what_it_did(place: Path) -> None:
    code, said = run(
        *("import", place / "kurs.zip", "--worksheet", place / "Bewertungen.csv"),
        *("--out", place / "abgaben", "--gradebook", place / "buch.sqlite", *LAB),
    )
    assert code == 0
    assert "Änne Übermut, Max Müller" in said and "Ohne Abgabe: Nora Nichts" in said
    assert "zeigt mit seinem Namen aus dem Ordner heraus" in said
    assert "Weiter: grader grade" in said and "stehen im Notenbuch" in said
    with Gradebook(place / "buch.sqlite") as book:
        assert len(book.groups(book.cohorts()[0].id)) == 2


def test_an_empty_hand_in_is_no_success(place: Path) -> None:
    path = download(place / "leer.zip", {f"A_1{FILE}/b.zip": packed({"../x.md": b""})})
    code, said = run("import", path, "--out", place / "abgaben", *LAB)
    assert code == 1 and "keine Datei konnte übernommen werden" in said


def test_export_says_who_gets_what(place: Path) -> None:
    run("import", place / "kurs.zip", "--out", place / "abgaben", *LAB)
    lab = reference_lab()
    out = place / "results"
    (out / "Gruppe 1_11").mkdir(parents=True)
    (out / "Gruppe 1_11" / "feedback.html").write_text("<p>", "utf-8")
    with Gradebook(out / "gradebook.sqlite") as book:
        done = replace(grade(lab, "Gruppe 1_11"), status="graded")
        checks = [replace(c, status="passed") for t in done.tasks for c in t.checks]
        tasks = tuple(
            replace(t, checks=tuple(c for c in checks if c.id in {x.id for x in t.checks}))
            for t in done.tasks
        )
        book.record(lab, [replace(done, tasks=tasks), grade(lab, "Gruppe 2_12")])
    options = ("--out", out, *LAB)
    moodle = ("export", "moodle", "--worksheet", place / "Bewertungen.csv")
    code, said = run(*moodle, "--submissions", place / "abgaben", *options)
    assert code == 0, said
    assert "2 von 5 Personen haben eine Note bekommen." in said
    assert "2-mal: noch durchzusehen" in said and "--open" in said
    assert "Gruppe 1_11/protokoll.pdf" in said
    assert (out / "moodle" / "feedback.zip").is_file()
    assert '"100,00","100,00"' in (out / "moodle" / "Bewertungen.csv").read_text("utf-8")
    code, _ = run(*moodle, *options, "--to", place)
    assert code != 0 and (place / "Bewertungen.csv").read_text("utf-8") == worksheet()
    for words in (("xlsx",), ("csv",), ("json",)):
        code, said = run("export", *words, "--out", out)
        assert code == 0 and "eschrieben" in said, said
    code, said = run("import", out / "notenbuch.json", "--gradebook", place / "neu.sqlite", *LAB)
    assert code == 0 and "2 Gruppen" in said


def test_pseudonymise_says_what_to_look_at(place: Path) -> None:
    run(
        *("import", place / "kurs.zip", "--worksheet", place / "Bewertungen.csv"),
        *("--out", place / "abgaben", "--gradebook", place / "buch.sqlite", *LAB),
    )
    (place / "abgaben" / "Gruppe 1_11" / "foto.png").write_bytes(b"png")
    code, said = run("pseudonymise", place / "abgaben", "--out", place / "geteilt", *LAB)
    assert code == 0, said
    assert "foto.png" in said and "nicht weitergeben" in said
    assert "Änne" not in said and (place / "geteilt-schluessel.csv").is_file()
