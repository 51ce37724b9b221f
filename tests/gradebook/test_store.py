"""The gradebook on a real SQLite file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from grader.errors import StoreError
from grader.gradebook import Gradebook
from grader.gradebook.schema import Base
from grader.lab import Lab
from grader.model import CheckResult, Grade, Problem, TaskGrade

LAB = Lab.load(Path(__file__).parents[2] / "reference")


def grade(name: str = "gruppe01", points: float = 3.0) -> Grade:
    checks = (
        CheckResult("1a.hand", "needs_review", points, 5.0, 0.5, "Größe", {"x": [1, None, "ä"]}),
        CheckResult("1a.probe", "passed", 1.0, 1.0),
    )
    return Grade(
        submission=name,
        lab=LAB.id,
        points=points + 1,
        max_points=6.0,
        status="needs_review",
        tasks=(TaskGrade("1a", points + 1, 6.0, checks),),
        problems=(Problem("timeout", "Zelle 4 lief zu lange.", "notebook1", 3),),
        provenance={"seconds": 1.5},
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gradebook.sqlite'}"


def test_round_trip(url: str) -> None:
    with Gradebook(url) as book:
        assert book.record(LAB, [grade(), grade("grüppe 02")]) == 2
    with Gradebook(url) as book:
        assert book.grades(LAB.id) == [grade(), grade("grüppe 02")]


def test_same_result_is_recorded_once(url: str) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()])
        again = replace(grade(), provenance={"seconds": 99.0})
        assert book.record(LAB, [again]) == 0
        assert book.record(LAB, [grade(points=4.0)]) == 1
        assert book.grades(LAB.id)[0].points == 5.0


def test_human_marks_win_and_survive_a_new_grading(url: str) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()])
        book.mark(LAB.id, "gruppe01", "1a.hand", author="tutorin", points=5.0, comment="gut")
        book.record(LAB, [grade(points=0.0)])
        found = book.grades(LAB.id)[0]
    assert found.points == 6.0
    assert found.check("1a.hand").status == "passed"
    assert found.status == "graded"


def test_newest_mark_counts(url: str) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()])
        for points in (5.0, 2.0):
            book.mark(LAB.id, "gruppe01", "1a.hand", author="tutorin", points=points)
        found = book.grades(LAB.id)[0].check("1a.hand")
    assert (found.points, found.status) == (2.0, "partial")


def test_newest_comment_counts(url: str) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()])
        for comment in ("zu knapp", "", "gut"):
            book.mark(LAB.id, "gruppe01", "1a.hand", author="tutorin", comment=comment)
        assert book.comments(LAB.id, "gruppe01") == {"1a.hand": "gut"}
        assert book.comments(LAB.id, "gruppe99") == {}


def test_migrations_make_exactly_the_schema(url: str) -> None:
    Gradebook(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_foreign_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(StoreError, match="lässt sich nicht öffnen"):
        Gradebook(f"sqlite:///{path}")


def test_file_is_plain_sqlite(url: str, tmp_path: Path) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()])
    connection = sqlite3.connect(tmp_path / "gradebook.sqlite")
    (count,) = connection.execute("select count(*) from check_result").fetchone()
    connection.close()
    assert count == 2
