"""What humans decided survives every grading and stands in every document."""

from __future__ import annotations

import csv
import json
import os
import time
from pathlib import Path

import pytest

from grader import pipeline
from grader.errors import ReleasedError
from grader.gradebook import Gradebook
from grader.lab import Lab
from tests.test_desk import Cohort


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    return Cohort(tmp_path)


def book_of(cohort: Cohort) -> Gradebook:
    return Gradebook(cohort.out / "gradebook.sqlite")


def groups(book: Gradebook) -> dict[str, int]:
    return {g.name: g.id for g in book.groups(book.cohort("mini").id)}


def points(cohort: Cohort, name: str) -> str:
    text = (cohort.out / "grades.csv").read_text("utf-8-sig")
    return next(
        r["Punkte"] for r in csv.DictReader(text.splitlines(), delimiter=";") if r["Abgabe"] == name
    )


def feedback(cohort: Cohort, name: str) -> str:
    return (cohort.out / name / "feedback.html").read_text("utf-8")


def report(cohort: Cohort) -> str:
    return (cohort.out / "cohort.html").read_text("utf-8")


def test_marks_survive_gradings_and_reach_every_document(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    before, automatic = points(cohort, "gruppe02"), cohort.result("gruppe02").read_bytes()
    assert "Betreuung:" not in feedback(cohort, "gruppe02")
    with book_of(cohort) as book:
        group = groups(book)["gruppe02"]
        book.mark(group, "1a.mean", author="A", points=2.5, comment="Rechenweg richtig")
        book.add_extra(group, 1.0, reason="Vortrag", author="A")
    # The next grading finds it; nothing is judged again for it.
    found = cohort.grade(protocol=False)
    assert cohort.heard.judged == [] and cohort.heard.unchanged == 4
    assert found.grades["gruppe02"].check("1a.mean").points == 2.5
    assert "Betreuung:</strong> Rechenweg richtig" in feedback(cohort, "gruppe02")
    assert "Vortrag" in feedback(cohort, "gruppe02")
    assert '<th scope="col" class="number">Gesamt</th>' in report(cohort)
    assert (before, points(cohort, "gruppe02")) == ("7", "9,5")
    assert cohort.result("gruppe02").read_bytes() == automatic
    assert "Betreuung:" not in feedback(cohort, "gruppe01")
    # And the one after that leaves everything as it is.
    files = cohort.files()
    cohort.grade(protocol=False)
    assert cohort.files() == files and cohort.heard.judged == []
    # Judged anew, it still stands there.
    answers = cohort.submissions / "gruppe02" / "kontrollfragen.md"
    answers.write_text("## 1.\nDer Median\n", "utf-8")
    cohort.grade(protocol=False)
    assert cohort.heard.judged == ["gruppe02"]
    assert "Betreuung:</strong> Rechenweg richtig" in feedback(cohort, "gruppe02")
    with book_of(cohort) as book:
        view = book.submission(groups(book)["gruppe02"], Lab.load(cohort.lab))
        assert (view.row.points, view.row.changed) == (7.5, ())
        assert [s.number for s in view.submissions] == [1, 2]
        assert view.submissions[1].path == str(cohort.submissions / "gruppe02")
        # Taken back, it is gone from the documents too.
        book.undo(groups(book)["gruppe02"], "1a.mean", author="A")
    pipeline.make_report(cohort.out, cohort.lab)
    assert "Betreuung:" not in feedback(cohort, "gruppe02")
    assert points(cohort, "gruppe02") == "5"


def test_the_report_alone_brings_documents_up_to_date(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    with book_of(cohort) as book:
        book.mark(groups(book)["gruppe03 ü"], "1b.sum", author="A", points=1.0, comment="x")
    grades = pipeline.make_report(cohort.out, cohort.lab)
    assert {g.submission: g for g in grades}["gruppe03 ü"].check("1b.sum").points == 1.0
    assert "Betreuung:</strong> x" in feedback(cohort, "gruppe03 ü")
    cohort.grade(protocol=False)
    assert cohort.heard.judged == []


def test_the_report_takes_the_newest_term_s_decisions(cohort: Cohort) -> None:
    cohort.grade(protocol=False, term="SS 2026")
    with book_of(cohort) as book:
        (found,) = book.cohorts("mini")
        group = {g.name: g.id for g in book.groups(found.id)}["gruppe02"]
        book.mark(group, "1a.mean", author="A", points=2.5)
    pipeline.make_report(cohort.out, cohort.lab)
    assert points(cohort, "gruppe02") == "9,5"
    pipeline.make_report(cohort.out, cohort.lab, term="WS")
    assert points(cohort, "gruppe02") == "7"


def test_another_gradebook_and_a_term(cohort: Cohort, tmp_path: Path) -> None:
    cohort.grade(protocol=False, gradebook=tmp_path / "noten" / "alle.sqlite", term="SS 2026")
    assert not (cohort.out / "gradebook.sqlite").exists()
    with Gradebook(tmp_path / "noten" / "alle.sqlite") as book:
        (found,) = book.cohorts()
        assert (found.lab, found.term, found.groups) == ("mini", "SS 2026", 4)


def test_a_regrade_is_preceded_by_a_backup_and_few_are_kept(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    with book_of(cohort) as book:
        assert book.backups() == []
        book.mark(groups(book)["gruppe01"], "q1", author="A", points=1.0)
    cohort.grade(protocol=False)
    with book_of(cohort) as book:
        # Nothing was graded anew.
        assert book.backups() == []
        path = book.back_up("vor-bewertung")
    assert path is not None
    for day in range(1, 8):
        path.with_name(f"gradebook-2025-01-0{day}-000000-vor-bewertung.sqlite").write_bytes(b"")
    path.with_name("gradebook-2025-01-01-000000-von-hand.sqlite").write_bytes(b"")
    path.unlink()
    answers = cohort.submissions / "gruppe02" / "kontrollfragen.md"
    answers.write_text("## 1.\nDer Median\n", "utf-8")
    cohort.grade(protocol=False)
    with book_of(cohort) as book:
        kept = book.backups()
    # The newest five of their kind, and that of another kind.
    assert [p.name[10:20] for p in kept[:-1]] == [f"2025-01-0{day}" for day in (1, 4, 5, 6, 7)]
    with Gradebook(kept[-1]) as backup:
        assert backup.history(1)[0].points == 1.0


def test_released_grades_are_not_graded_anew(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    with book_of(cohort) as book:
        number = book.cohort("mini").id
        book.release(number, author="A")
    before = cohort.files()
    # Unchanged, nothing stands against it.
    assert len(cohort.grade(protocol=False).grades) == 4
    answers = cohort.submissions / "gruppe02" / "kontrollfragen.md"
    answers.write_text("## 1.\nDer Median\n", "utf-8")
    with pytest.raises(ReleasedError, match="freigegeben; es wird nichts neu bewertet"):
        cohort.grade(protocol=False)
    assert cohort.files() == before and cohort.engine.ran == []
    with book_of(cohort) as book:
        book.reopen(number, reason="Nachreichung", author="A")
    assert cohort.grade(protocol=False).grades["gruppe02"].check("q1").points == 0


def test_results_reach_the_gradebook_while_others_are_at_work(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.desk._RECORD_SECONDS", 0.0)
    seen = []

    def graded(grade: object) -> None:
        with book_of(cohort) as book:
            seen.append(len(groups(book)))

    monkeypatch.setattr("tests.test_desk.Heard.graded", lambda self, grade: graded(grade))
    cohort.grade(protocol=False)
    assert seen == [1, 2, 3, 4]
    state = json.loads((cohort.out / ".evidence" / "run.json").read_text("utf-8"))
    assert state["finished"] is True


def test_old_evidence_does_not_count_in_a_fresh_grading_that_goes_on(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    for path in (cohort.out / ".evidence").rglob("*.json"):
        os.utime(path, (1, 1))
    kept = cohort.entries()[0]
    os.utime(kept)
    since = time.time() - 3600
    cohort.grade(protocol=False, fresh=True, since=since)
    # One of three notebooks was made anew before the interruption.
    assert len(cohort.engine.ran) == 2
    assert len(cohort.heard.judged) == 4
