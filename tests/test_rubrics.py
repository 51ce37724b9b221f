"""``grader rubric``: what a text would get, and what is wrong with a rubric."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from grader.checks.rubricfaults import examine_rubric
from grader.checks.trial import try_answer
from grader.lab import Lab
from tests.reports.grades import ROOT

RUBRICS = ROOT / "reference" / "rubrics"


def test_a_text_is_tried(run) -> None:
    ended = run("rubric", "try", "Q4", "ergibt wieder nur eine Gerade, XOR geht nicht")
    assert ended.code == 0
    assert "„ergibt wieder nur eine Gerade“" in ended.out
    assert "mehrere Schichten sind nicht mehr wert als eine" in ended.out and "fehlt" in ended.out
    assert "Vorschlag: 1,5 von 2 Punkten" in ended.out and "Vertrauen 0,7" in ended.out


@pytest.mark.parametrize("question", ["q7", "7", "Frage 7", " Q7. "])
def test_a_question_may_be_named_in_several_ways(question: str) -> None:
    lab = Lab.load(ROOT / "reference")
    assert try_answer(lab, question, "Schrittweite der Anpassung").check.id == "q7"


def test_an_unknown_question_lists_those_that_there_are(run) -> None:
    ended = run("rubric", "try", "Q99", "egal")
    assert ended.code == 2
    assert "'Q99'" in ended.err and "q11" in ended.err and "3c.watermark" in ended.err


def test_a_text_comes_from_a_file_or_from_standard_input(
    run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "antwort.txt"
    file.write_text("Die Stufe ist überall [bold]flach[/bold].", encoding="utf-8")
    assert "überall [bold]flach" in run("rubric", "try", "q6", str(file)).out
    written = tmp_path / "alle.md"
    written.write_text("## 5.\n\nRückwärts.\n\n## 6.\n\nDie Stufe ist flach.\n", encoding="utf-8")
    assert "Die Stufe ist flach" in run("rubric", "try", "6", str(written)).out
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert run("rubric", "try", "6", str(tmp_path / "binary")).code == 2
    stdin = io.TextIOWrapper(io.BytesIO(b"<!-- Stufe flach null -->"), "utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    ended = run("rubric", "try", "q6", "-")
    assert ended.code == 0 and "Vorschlag: 0 von 2" in ended.out and "zählt nicht" in ended.out


def test_the_lab_s_rubrics_are_sound(run) -> None:
    ended = run("rubric", "check")
    assert ended.code == 0
    assert "19 Bewertungsraster geprüft, alle in Ordnung." in ended.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('title = "Lernrate"', 'title = "Lernrate"\nfoll = 2'), "Die Angabe foll gibt es nicht"),
        (("full = 3.0", "full = 30.0"), "nicht zu erreichen"),
        (("full = 3.0", 'full = "viel"'), "Erwartet wird eine Zahl"),
        (("weight = 1.0", "weight = -1.0"), "größer als 0"),
        (("cap = 0.35", "cap = 3.5"), "zwischen 0 und 1"),
        (('"schrittweite"', '"kein gewicht"'), "erkennt ihre eigenen Worte nicht"),
        (('"schrittweite"', '"<fehlt>"'), "unbekannte Wortgruppe"),
        (('"schrittweite"', '"=*"'), "unlesbares Wortmuster"),
        (("hint = ", "hint = 'Schrittweite' # "), "verrät den Gedanken"),
        (("[[concept]]", "[[concept"), "kein gültiges TOML"),
    ],
)
def test_a_faulty_rubric_is_explained_in_german(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    shutil.copy(RUBRICS / "wortgruppen.toml", tmp_path)
    text = (RUBRICS / "q7.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "q7.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    assert said in " ".join(examine_rubric(tmp_path / "q7.toml").faults)


def test_a_rubric_without_a_check_is_named() -> None:
    assert "keine Prüfung q7" in examine_rubric(RUBRICS / "q7.toml", known=False).faults[0]
