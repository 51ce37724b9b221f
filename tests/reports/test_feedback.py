"""The feedback page: complete, German, self-contained, and no way in for a hostile text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.checks import Side
from grader.counting import counted
from grader.lab import Lab
from grader.messages import problem
from grader.model import (
    Alignment,
    ByHand,
    Decided,
    Evidence,
    Grade,
    Particulars,
    Placement,
    Submission,
)
from grader.reports.behind import Behind, keep_behind, read_behind
from grader.reports.feedback import feedback_html, write_feedback
from tests.reports.grades import HOSTILE, grade, reference_lab
from tests.reports.pages import Page, assert_self_contained


@pytest.fixture(scope="module")
def lab() -> Lab:
    return reference_lab()


def behind(lab: Lab, name: str = "gruppe01", *people: str) -> Behind:
    alignment = Alignment("notebook1", (Placement(), Placement(("1a-model",), "1a", "id", 1.0)))
    submission = Submission(name, {}, particulars=Particulars(people))
    return Side(lab, submission, Evidence(alignments={"notebook1": alignment}))


def page(made: Grade, lab: Lab, *people: str) -> Page:
    return Page(feedback_html(made, behind(lab, made.submission, *people)))


def test_every_check_and_its_message_stand_there(lab: Lab) -> None:
    found = page(grade(lab, "gruppe01"), lab, "Erika Muster")
    for spec in lab.checks.values():
        assert spec.title in found.text
    assert found.text.count("Zwei von drei Werten stimmen.") == len(lab.checks)
    assert "Rückmeldung für gruppe01" in found.text
    assert "Erika Muster" in found.text


def test_numbers_are_german_and_add_up(lab: Lab) -> None:
    made = grade(lab, "gruppe01", {"1a.probe": 0.5, "2a.values": 0.75})
    assert made.points == 98.0
    text = page(made, lab).text
    assert "98 von 100 Punkten" in text
    assert "0,5 / 1" in text
    assert "4,5 / 6" in text
    assert "9,5 von 10" in text
    assert "0.5" not in text
    assert sum(t.points for t in made.tasks) == made.points


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("graded", "· bewertet"),
        ("needs_review", "vorläufig: die Texte sieht die Betreuung noch durch"),
        ("not_gradable", "nicht bewertbar"),
    ],
)
def test_the_status_is_a_german_phrase(lab: Lab, status: str, sentence: str) -> None:
    made = replace(grade(lab, "gruppe01"), status=status)  # type: ignore[arg-type]
    assert sentence in page(made, lab).text


def test_the_page_is_self_contained(lab: Lab) -> None:
    found = page(grade(lab, "gruppe01"), lab)
    assert_self_contained(found)
    links = {a for a in found.addresses if a.startswith("#")}
    assert links == {f"#{i}" for i in found.ids}, "every task is linked from the overview"
    assert "Content-Security-Policy" in found.source


def test_hostile_texts_are_shown_not_obeyed(lab: Lab) -> None:
    broken = problem("corrupt_notebook", "notebook1", file=HOSTILE, reason="<img src=x onerror=1>")
    made = grade(lab, HOSTILE, message=HOSTILE, problems=(broken,))
    found = page(made, lab, f"{HOSTILE}' onload='x")
    assert_self_contained(found)
    assert "img" not in found.tags
    assert f"Rückmeldung für {HOSTILE}" in found.text


def test_details_for_instructors_are_not_shown(lab: Lab) -> None:
    details = {"expected": "4711", "concepts": [{"share": 1.0, "label": "x4712", "quotes": ["y"]}]}
    text = page(grade(lab, "gruppe01", details=details), lab).text
    assert "4711" not in text and "4712" not in text


def test_problems_stand_where_they_happened(lab: Lab) -> None:
    inside = problem("cell_error", "notebook1", 1, error="NameError", text="name 'a'")
    before = problem("unaligned_cell", "notebook1", 0)
    beyond = problem("unaligned_cell", "notebook1", 99)
    made = grade(lab, "gruppe01", problems=(inside, before, beyond))
    source = page(made, lab).source
    top, tasks = source.split("<h2>Überblick</h2>")
    assert "notebook1: Zelle 1 " in top and "notebook1: Zelle 100 " in top
    assert "notebook1: Zelle 2 endet mit NameError" in tasks
    assert tasks.index("Zelle 2 endet") > tasks.index('id="t-1a"')
    assert tasks.index("Zelle 2 endet") < tasks.index('id="t-1b"')


def test_a_notebook_named_in_the_sentence_is_not_named_twice(lab: Lab) -> None:
    made = grade(lab, "gruppe01", problems=(problem("missing_notebook", "notebook2"),))
    text = page(made, lab).text
    assert "notebook2 fehlt in der Abgabe." in text
    assert "notebook2: notebook2" not in text


def test_a_grade_without_points_to_win_has_a_bar(lab: Lab) -> None:
    empty = replace(grade(lab, "gruppe01"), tasks=(), points=0.0, max_points=0.0)
    assert "width: 0.0%" in feedback_html(empty, behind(lab))


def test_writing_makes_the_folder_and_keeps_umlauts(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "Gruppe Müller" / "feedback.html"
    write_feedback(grade(lab, "Gruppe Müller \ud800"), behind(lab), path)
    assert "Rückmeldung für Gruppe Müller ?" in path.read_text(encoding="utf-8")


def test_what_humans_decided_is_shown(lab: Lab) -> None:
    hostile = "<script>alert(1)</script> gut"
    decided = Decided(
        marks={"q1": ByHand(1.5, hostile), "q2": ByHand(None, "bitte genauer")},
        extras=((2.0, "Vortrag <b>"), (-0.5, "Ordnung")),
        late_days=1,
        deduction=1.0,
    )
    made = counted(grade(lab, "gruppe01"), decided)
    text = feedback_html(made, behind(lab), decided)
    found = Page(text)
    assert "<script>alert" not in text and "Vortrag <b>" not in text
    assert "Betreuung: <script>alert(1)</script> gut" in found.text
    assert "Betreuung: bitte genauer" in found.text
    assert found.text.count("von der Betreuung bewertet") == 1
    assert "1,5 / 2" in found.text and "99,5 von 100 Punkten" in found.text
    assert "+2 Punkte: Vortrag <b>" in found.text and "−0,5 Punkte: Ordnung" in found.text
    assert "1 Tag nach dem Termin abgegeben: Abzug 1" in found.text
    assert "Zusammen 100 Punkte" in found.text
    assert_self_contained(found)


def test_what_stands_behind_it_can_be_kept(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "behind.json"
    side = behind(lab, "gruppe01", "Erika Muster")
    noted = tuple(problem("unaligned_cell", "notebook1", cell) for cell in (0, 1))
    made = replace(grade(lab, "gruppe01"), problems=noted)
    keep_behind(side, path)
    kept = read_behind(path, lab, "gruppe01")
    assert feedback_html(made, kept) == feedback_html(made, side)
    for damage in (b"", b"[]", b"\xff"):
        path.write_bytes(damage)
        assert "Erika" not in feedback_html(made, read_behind(path, lab, "gruppe01"))
    path.unlink()
    assert "Rückmeldung für gruppe01" in feedback_html(made, read_behind(path, lab, "gruppe01"))
