"""The gradebook on an SQLite file and on a PostgreSQL server: gradings, groups, answers."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import StoreError, UsageError
from grader.gradebook import Gradebook, Group, HandIn, Member
from grader.model import CheckResult, TaskGrade
from tests.gradebook.build import LAB, better, filled, grade


def test_round_trip(url: str) -> None:
    with Gradebook(url) as book:
        assert book.record(LAB, [grade(), grade("grüppe 02")]) == 2
    with Gradebook(url) as book:
        cohort = book.cohort(LAB.id)
        assert book.grades(cohort.id) == [grade(), grade("grüppe 02")]
        assert (cohort.lab, cohort.term, cohort.groups) == (LAB.id, "", 2)


def test_same_result_is_recorded_once(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        assert book.record(LAB, [better(grade())]) == 0
        assert book.would_record(cohort, [grade(), grade(points=4.0)]) == ("gruppe01",)
        assert book.record(LAB, [grade(points=4.0)]) == 1
        assert book.grades(cohort)[0].points == 5.0
        gradings = book.submission(groups["gruppe01"], LAB).gradings
    assert [g.points for g in gradings] == [4.0, 5.0]


def test_terms_are_apart(url: str) -> None:
    with Gradebook(url) as book:
        book.record(LAB, [grade()], term="SS 2026")
        book.record(LAB, [grade(points=1.0)], term="WS 2026/27")
        summer, winter = book.cohorts(LAB.id)
        assert (summer.term, winter.term) == ("SS 2026", "WS 2026/27")
        assert book.grades(summer.id)[0].points == 4.0
        assert book.grades(winter.id)[0].points == 2.0
        assert book.find_cohort(LAB.id) == winter
        assert book.find_cohort(LAB.id, "SS 2026") == summer
        assert book.find_cohort("anderes Labor") is None
        assert book.cohorts("anderes Labor") == []


def test_every_version_of_a_submission_is_kept(url: str) -> None:
    first, second = HandIn(digest="a" * 64, path="in/1"), HandIn(digest="b" * 64, path="in/2")
    with Gradebook(url) as book:
        book.record(LAB, [grade()], handed_in={"gruppe01": first})
        # Another version with the same result is another grading; once more adds nothing.
        assert book.record(LAB, [grade()], handed_in={"gruppe01": second}) == 1
        assert book.record(LAB, [grade()], handed_in={"gruppe01": second}) == 0
        (group,) = book.groups(book.cohort(LAB.id).id)
        view = book.submission(group.id, LAB)
        assert [(s.number, s.path) for s in view.submissions] == [(1, "in/1"), (2, "in/2")]
        assert view.row.submission == view.submissions[1].id
        # The first one again: what was graded last counts.
        assert book.record(LAB, [grade()], handed_in={"gruppe01": first}) == 1
        view = book.submission(group.id, LAB)
        assert len(view.submissions) == 2 and view.row.submission == view.submissions[0].id


def test_groups_and_members(url: str) -> None:
    erika = Member(name="Erika Muster", email="e@example.org", matriculation="00123")
    with Gradebook(url) as book:
        cohort = book.cohort(LAB.id, "SS 2026").id
        ids = book.put_groups(
            cohort,
            [
                Group(name="Gruppe 1_77", title="Gruppe 1", moodle_id="77", members=(erika,)),
                Group(name="Gruppe 1_78", title="Gruppe 1", moodle_id="78"),
            ],
        )
        one, two = book.groups(cohort)
        assert (one.id, one.title, one.members) == (ids["Gruppe 1_77"], "Gruppe 1", (erika,))
        assert (two.moodle_id, two.members) == ("78", ())
        # What is left open stays.
        book.put_groups(cohort, [Group(name="Gruppe 1_77", worksheet={"Status": "Abgegeben"})])
        one = book.groups(cohort)[0]
        assert (one.title, one.moodle_id, one.members) == ("Gruppe 1", "77", (erika,))
        assert one.worksheet == {"Status": "Abgegeben"}
        empty = book.overview(cohort, LAB).rows[0]
        assert (empty.status, empty.checks, empty.total) == (None, {}, 0.0)


def test_participants_are_members_until_others_are_known(url: str) -> None:
    named = HandIn(digest="a" * 64, participants=("Erika", "Max\0"))
    with Gradebook(url) as book:
        book.record(LAB, [grade()], handed_in={"gruppe01": named})
        cohort = book.cohort(LAB.id).id
        assert [m.name for m in book.groups(cohort)[0].members] == ["Erika", "Max\ufffd"]
        book.put_groups(cohort, [Group(name="gruppe01", members=(Member(name="Eva"),))])
        book.record(LAB, [grade(points=1.0)], handed_in={"gruppe01": named})
        assert [m.name for m in book.groups(cohort)[0].members] == ["Eva"]


def test_what_was_handed_in_before_a_grading_is_found_by_it(url: str) -> None:
    moment = dt.datetime(2026, 5, 26, 23, 59, tzinfo=dt.UTC)
    with Gradebook(url) as book:
        cohort = book.cohort(LAB.id).id
        given = HandIn(digest="a" * 64, submitted_at=moment)
        ids = book.put_submissions(cohort, {"gruppe01": given})
        assert book.put_submissions(cohort, {"gruppe01": given}) == ids
        book.record(LAB, [grade()], handed_in={"gruppe01": HandIn(digest="a" * 64, path="x")})
        view = book.submission(book.groups(cohort)[0].id, LAB)
        (submission,) = view.submissions
        assert submission.id == ids["gruppe01"] == view.row.submission
        assert (submission.submitted_at, submission.path) == (moment, "x")


def test_overview_sums_up(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book, "gruppe02", "gruppe01", "Gruppe10")
        overview = book.overview(cohort, LAB)
        assert [r.group.name for r in overview.rows] == ["Gruppe10", "gruppe01", "gruppe02"]
        row = overview.row(groups["gruppe02"])
        assert (row.points, row.automatic, row.max_points, row.total) == (4.0, 4.0, 6.0, 4.0)
        assert row.tasks["1a"] == (4.0, 4.0, 6.0)
        assert list(row.checks) == ["1a.hand", "1a.probe"]
        assert (row.status, row.waiting, row.problems) == ("needs_review", 1, ("timeout",))
        assert (row.seconds, row.profile, row.submissions) == (1.5, "keras3", 1)
        with pytest.raises(KeyError):
            overview.row(0)


def test_an_overview_is_kept_until_something_changes(url: str) -> None:
    with Gradebook(url) as book, Gradebook(url) as other:
        cohort, groups = filled(book)
        first = book.overview(cohort, LAB)
        assert book.overview(cohort, LAB) is first
        assert book.revision(cohort) == first.cohort.revision
        other.mark(groups["gruppe01"], "1a.hand", author="B", points=5.0)
        assert book.revision(cohort) > first.cohort.revision
        assert book.overview(cohort, LAB).rows[0].points == 6.0


def test_neighbours_follow_the_order_of_names(url: str) -> None:
    with Gradebook(url) as book:
        _, groups = filled(book, "b", "Ä", "a", "Z")
        a, b = (book.submission(groups[n], LAB) for n in "ab")
        assert (a.previous, a.following) == (groups["Z"], groups["b"])
        assert (b.previous, b.following) == (groups["a"], groups["Ä"])


def test_suggestions_are_counted(url: str) -> None:
    with Gradebook(url) as book:
        cohort, _ = filled(book, "a", "b")
        book.record(LAB, [grade("a", 1.0)])
        expected = [("1a.hand", "linear", "bleibt linear", 2, None)]
        assert book.suggestions(cohort, "misconception") == expected
        assert book.suggestions(cohort, "concept") == [("1a.hand", "summe", "Summe", 2, 0.5)]
        assert book.suggestions(cohort, "flag") == []


def test_hostile_text_is_kept_and_harms_nothing(url: str) -> None:
    hostile = "<script>'; DROP TABLE mark; --\0 \ud800 {{ 7*7 }} =SUMME(A1)"
    checks = (
        CheckResult("q1", "failed", 0.0, 2.0, 1.0, hostile, {"zahl": float("nan"), "t": "a\0b"}),
        CheckResult("q2", "failed", 0.0, 2.0, 1.0, "", {"flags": "keine Liste", "concepts": [3]}),
    )
    odd = replace(grade("x" * 255), tasks=(TaskGrade("kontrollfragen", 0.0, 4.0, checks),))
    # Such a sign never comes out of the pipeline: its JSON could not be written either.
    odd = replace(odd, tasks=(TaskGrade("k", 0.0, 4.0, (replace(checks[0], message="a\0"),)),))
    with Gradebook(url) as book:
        assert book.record(LAB, [odd]) == 1
        cohort = book.cohort(LAB.id).id
        (group,) = book.groups(cohort)
        mark = book.mark(group.id, "q1", author=hostile, points=1.0, comment=hostile)
        assert "DROP TABLE mark" in mark.comment and "\0" not in mark.comment
        result = book.submission(group.id, LAB).results["q1"]
        assert result.details == {"zahl": None, "t": "a\ufffdb"}
        assert book.comments(cohort, "q1") == [(mark.comment, 1)]


def test_a_group_is_forgotten_entirely(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book, "bleibt", "Geheimnis-geht")
        book.mark(groups["Geheimnis-geht"], "1a.hand", author="A", comment="Geheimnis-Wort")
        book.add_extra(groups["Geheimnis-geht"], 1.0, reason="Vortrag", author="A")
        book.back_up("probe")
        removed = book.forget(groups["Geheimnis-geht"])
        expected = {"submissions": 1, "gradings": 1, "marks": 1}
        assert {k: removed[k] for k in expected} == expected
        assert [g.name for g in book.groups(cohort)] == ["bleibt"]
        assert book.history(cohort) == [] and book.backups() == []
        with pytest.raises(UsageError, match="gibt es im Notenbuch nicht"):
            book.submission(groups["Geheimnis-geht"], LAB)
        if book.file is not None:
            assert removed["backups"] == 1
            assert b"Geheimnis" not in book.file.read_bytes()


def test_unknown_cohorts_are_said(url: str) -> None:
    with Gradebook(url) as book:
        for call in (
            book.revision,
            lambda c: book.overview(c, LAB),
            lambda c: book.release(c, author="A"),
        ):
            with pytest.raises(UsageError, match="Kohorte mit der Nummer 7"):
                call(7)


# ------------------------------------------------------------------ files


def test_foreign_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(StoreError, match="lässt sich nicht öffnen: Die Datei ist keine Datenbank"):
        Gradebook(path)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE kunden (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"kein Notenbuch.*kunden"):
        Gradebook(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nichts://x", "lässt sich nicht öffnen"),
        ("mysql+nodriver://x/y", "lässt sich nicht öffnen"),
        ("postgresql+psycopg://nutzer:geheim@/x?host=/gibt/es/nicht", "lässt sich nicht öffnen"),
        ("sqlite:////proc/nirgends/x.sqlite", "lässt sich nicht öffnen"),
    ],
)
def test_what_cannot_be_opened_is_said_without_a_password(name: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        Gradebook(name)
    assert "geheim" not in str(raised.value)


def test_file_is_plain_sqlite(tmp_path: Path) -> None:
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        book.record(LAB, [grade()])
    connection = sqlite3.connect(tmp_path / "gradebook.sqlite")
    (count,) = connection.execute("select count(*) from check_result").fetchone()
    connection.close()
    assert count == 2
