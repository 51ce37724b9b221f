"""What humans decide: it survives, nothing is lost, two at once see each other."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest

from grader.errors import ConflictError, ReleasedError, UsageError
from grader.gradebook import Gradebook, Group, HandIn
from grader.lab import Late
from tests.gradebook.build import LAB, filled, grade


def test_human_marks_win_and_survive_a_new_grading(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        book.mark(groups["gruppe01"], "1a.hand", author="tutorin", points=5.0, comment="gut")
        book.record(LAB, [grade(points=0.0)])
        found = book.grades(cohort)[0]
        assert (found.points, found.status) == (6.0, "graded")
        assert found.check("1a.hand").status == "passed"
        row = book.overview(cohort, LAB).rows[0]
        # It is shown that the automatic result is another one now.
        assert row.changed == ("1a.hand",)
        cell = row.checks["1a.hand"]
        assert (cell.points, cell.automatic, cell.by_hand) == (5.0, 0.0, True)
        view = book.submission(groups["gruppe01"], LAB)
        assert view.marks["1a.hand"].automatic_points == 3.0
        assert view.results["1a.hand"].points == 0.0
        # Looked at and confirmed.
        book.mark(groups["gruppe01"], "1a.hand", author="tutorin", points=5.0)
        assert book.overview(cohort, LAB).rows[0].changed == ()


def test_a_changed_text_under_a_mark_is_shown(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        book.mark(groups["gruppe01"], "1a.hand", author="A", points=3.0)
        book.mark(groups["gruppe01"], "1a.probe", author="A", points=1.0)
        book.record(LAB, [grade(message="anders")])
        (answer,) = book.answers(cohort, "1a.hand")
        assert answer.changed and answer.mark is not None and answer.mark.points == 3.0
        assert book.overview(cohort, LAB).rows[0].changed == ("1a.hand",)


@pytest.mark.parametrize(("points", "status"), [(5.0, "passed"), (2.0, "partial"), (0.0, "failed")])
def test_newest_mark_counts(url: str, points: float, status: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        for given in (1.0, points):
            book.mark(groups["gruppe01"], "1a.hand", author="tutorin", points=given)
        found = book.grades(cohort)[0].check("1a.hand")
        assert (found.points, found.status) == (points, status)
        assert book.overview(cohort, LAB).rows[0].checks["1a.hand"].status == status


def test_a_comment_alone_leaves_the_automatic_points(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        book.mark(groups["gruppe01"], "1a.hand", author="A", comment="siehe Seite 3")
        row = book.overview(cohort, LAB).rows[0]
        cell = row.checks["1a.hand"]
        assert (cell.points, cell.by_hand, cell.status, row.waiting) == (
            3.0,
            False,
            "needs_review",
            1,
        )
        assert book.marks(cohort)[groups["gruppe01"]]["1a.hand"].comment == "siehe Seite 3"


def test_undo_goes_back_step_by_step_and_forgets_nothing(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        group = groups["gruppe01"]

        def points() -> float:
            return book.overview(cohort, LAB).rows[0].checks["1a.hand"].points

        for given in (1.0, 2.0):
            book.mark(group, "1a.hand", author="A", points=given)
        assert points() == 2.0
        book.undo(group, "1a.hand", author="B")
        assert points() == 1.0
        book.mark(group, "1a.hand", author="A", points=4.0)
        book.undo(group, "1a.hand", author="B")
        assert points() == 1.0
        book.undo(group, "1a.hand", author="B")
        assert points() == 3.0
        with pytest.raises(UsageError, match="nichts zurückzunehmen"):
            book.undo(group, "1a.hand", author="B")
        history = [(m.version, m.kind, m.undoes, m.author) for m in book.history(cohort)]
        assert history == [
            (1, "set", None, "A"),
            (2, "set", None, "A"),
            (3, "undo", 2, "B"),
            (4, "set", None, "A"),
            (5, "undo", 4, "B"),
            (6, "undo", 1, "B"),
        ]
        assert book.marks(cohort) == {}


# ------------------------------------------------------------------ two at once


def test_the_second_sees_the_conflict(url: str) -> None:
    with Gradebook(url) as book, Gradebook(url) as other:
        cohort, groups = filled(book)
        group = groups["gruppe01"]
        first = book.mark(group, "1a.hand", author="Frau A", points=4.5, comment="gut", seen=0)
        with pytest.raises(
            ConflictError, match=r"Frau A hat zu 1a\.hand am .* Uhr 4,5 Punkte vergeben \(»gut«\)"
        ):
            other.mark(group, "1a.hand", author="Herr B", points=1.0, seen=0)
        assert book.overview(cohort, LAB).rows[0].checks["1a.hand"].points == 4.5
        # Another check is another matter.
        other.mark(group, "1a.probe", author="Herr B", points=0.0, seen=0)
        second = other.mark(group, "1a.hand", author="Herr B", points=1.0, seen=first.version)
        with pytest.raises(ConflictError, match="Herr B"):
            book.undo(group, "1a.hand", author="Frau A", seen=first.version)
        book.undo(group, "1a.hand", author="Frau A", seen=second.version)
        with pytest.raises(ConflictError, match=r"Frau A hat .* eine Bewertung zurückgenommen"):
            other.mark(group, "1a.hand", author="Herr B", points=1.0, seen=second.version)
        with pytest.raises(UsageError, match="Stand 9"):
            book.mark(group, "1a.hand", author="A", points=1.0, seen=9)


def test_of_many_at_the_same_moment_one_wins(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        start, said = threading.Barrier(6), []

        def mark(number: int) -> None:
            with Gradebook(url) as own:
                start.wait()
                try:
                    own.mark(groups["gruppe01"], "1a.hand", author=f"P{number}", points=1.0, seen=0)
                except ConflictError as error:
                    said.append(str(error))

        threads = [threading.Thread(target=mark, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (mark_,) = book.history(cohort)
        assert len(said) == 5
        assert all(f"{mark_.author} hat zu 1a.hand" in sentence for sentence in said)


def test_marks_without_a_version_all_get_in(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)

        def mark() -> None:
            for _ in range(4):
                book.mark(groups["gruppe01"], "1a.hand", author="A", points=1.0)

        threads = [threading.Thread(target=mark) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = sorted(m.version for m in book.history(cohort))
        assert versions == list(range(1, 17))


def test_answers_that_are_alike_are_marked_together_or_not_at_all(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book, "a", "b", "c")
        book.mark(groups["b"], "1a.hand", author="B", points=1.0)
        seen: dict[int, int | None] = {groups[n]: 0 for n in "abc"}
        with pytest.raises(ConflictError, match="B hat"):
            book.mark_together("1a.hand", seen, author="A", points=4.0)
        assert len(book.history(cohort)) == 1
        marks = book.mark_together("1a.hand", {**seen, groups["b"]: 1}, author="A", points=4.0)
        assert [m.version for m in marks] == [1, 2, 1]
        assert {r.checks["1a.hand"].points for r in book.overview(cohort, LAB).rows} == {4.0}


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("points", [-0.5, 5.5, float("nan"), float("inf")])
def test_impossible_points_are_refused(url: str, points: float) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        with pytest.raises(UsageError, match="0 bis 5 Punkte"):
            book.mark(groups["gruppe01"], "1a.hand", author="A", points=points)
        assert book.history(cohort) == []


def test_other_wrong_calls_are_refused(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        group = groups["gruppe01"]
        (empty,) = book.put_groups(cohort, [Group(name="leer")]).values()
        for said, call in {
            "Prüfung 'q99'": lambda: book.mark(group, "q99", author="A"),
            "Gruppe mit der Nummer 99": lambda: book.mark(99, "1a.hand", author="A"),
            "Name dessen": lambda: book.mark(group, "1a.hand", author="  "),
            "länger als": lambda: book.mark(group, "1a.hand", author="A", comment="x" * 30_000),
            "noch nichts bewertet": lambda: book.mark(empty, "1a.hand", author="A"),
            "Begründung": lambda: book.add_extra(group, 1.0, reason=" ", author="A"),
            "nan Zusatzpunkte": lambda: book.add_extra(group, float("nan"), reason="x", author="A"),
            "0 Zusatzpunkte": lambda: book.add_extra(group, 0.0, reason="x", author="A"),
            "nicht freigegeben": lambda: book.reopen(cohort, reason="x", author="A"),
            "Abgabe mit der Nummer 99": lambda: book.set_late_days(99, 1, reason="x", author="A"),
            "-1 Tage": lambda: book.set_late_days(1, -1, reason="x", author="A"),
            "in der Kohorte nicht": lambda: book.set_due(cohort, None, author="A", group=99),
        }.items():
            with pytest.raises(UsageError, match=said):
                call()
        assert book.history(cohort) == [] and book.events(cohort) == []


# ------------------------------------------------------------------ extra points, late days


def test_extra_points_add_up_with_their_reasons(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        for points, reason in ((2.0, "Zusatzaufgabe"), (-0.5, "Ordnung"), (-2.0, "doch nicht")):
            book.add_extra(groups["gruppe01"], points, reason=reason, author="A")
        row = book.overview(cohort, LAB).rows[0]
        assert (row.extra, row.points, row.total) == (-0.5, 4.0, 3.5)
        extras = book.submission(groups["gruppe01"], LAB).extras
        assert (extras[0].points, extras[0].reason) == (2.0, "Zusatzaufgabe")
        book.add_extra(groups["gruppe01"], -900.0, reason="Test", author="A")
        assert book.overview(cohort, LAB).rows[0].total == 0.0


def test_late_days_follow_the_rule_the_dates_and_a_human(url: str) -> None:
    strict = replace(LAB, late=Late(free_days=1, points_per_day=0.5))
    due = dt.datetime(2026, 5, 26, 23, 59, tzinfo=dt.UTC)
    with Gradebook(url) as book:
        cohort = book.cohort(LAB.id).id
        handed = HandIn(digest="a" * 64, submitted_at=due + dt.timedelta(days=2, minutes=1))
        book.record(LAB, [grade()], handed_in={"gruppe01": handed})
        group = book.groups(cohort)[0].id

        def late() -> tuple[int, float, float]:
            row = book.overview(cohort, strict).rows[0]
            assert book.submission(group, strict).row == row
            return row.late_days, row.deduction, row.total

        assert late() == (0, 0.0, 4.0)
        book.set_due(cohort, due, author="A")
        assert late() == (3, 1.0, 3.0)
        # Under the lab's own rule it costs nothing.
        assert book.overview(cohort, LAB).rows[0].deduction == 0.0
        book.set_due(cohort, due + dt.timedelta(days=2), author="A", group=group)
        assert late() == (1, 0.0, 4.0)
        (submission,) = book.submission(group, LAB).submissions
        book.set_late_days(submission.id, 4, reason="erst dann vollständig", author="A")
        assert late() == (4, 1.5, 2.5)
        book.set_late_days(submission.id, None, reason="doch nicht", author="A")
        assert late() == (1, 0.0, 4.0)
        kinds = [(e.kind, e.group) for e in book.events(cohort)]
        assert kinds == [("due", None), ("due", group), ("late_days", group), ("late_days", group)]
        assert "erst dann vollständig" in book.events(cohort)[2].reason
        book.set_due(cohort, dt.datetime(2026, 5, 1), author="A")
        assert book.cohort(LAB.id).due_at is not None


# ------------------------------------------------------------------ release


def test_released_grades_are_frozen_until_reopened(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        group = groups["gruppe01"]
        book.mark(group, "1a.hand", author="A", points=5.0)
        book.release(cohort, author="A")
        before = book.grades(cohort)
        for call in (
            lambda: book.mark(group, "1a.hand", author="A", points=1.0),
            lambda: book.undo(group, "1a.hand", author="A"),
            lambda: book.add_extra(group, 1.0, reason="x", author="A"),
            lambda: book.set_due(cohort, None, author="A"),
            lambda: book.set_late_days(1, 1, reason="x", author="A"),
            lambda: book.record(LAB, [grade(points=0.0)]),
            lambda: book.put_groups(cohort, [Group(name="neu")]),
            lambda: book.put_submissions(cohort, {"neu": HandIn(digest="a")}),
            lambda: book.release(cohort, author="A"),
        ):
            with pytest.raises(ReleasedError, match="freigegeben"):
                call()
        assert book.grades(cohort) == before
        # The same results again change nothing and are no fault.
        assert book.record(LAB, [grade()]) == 0
        with pytest.raises(UsageError, match="Begründung"):
            book.reopen(cohort, reason="", author="A")
        book.reopen(cohort, reason="Einspruch der Gruppe 1", author="B")
        book.mark(group, "1a.hand", author="A", points=1.0)
        events = [(e.kind, e.author, e.reason) for e in book.events(cohort)]
        assert events == [("released", "A", ""), ("reopened", "B", "Einspruch der Gruppe 1")]


def test_a_mark_and_a_release_at_once_leave_no_mark_behind_the_release(url: str) -> None:
    with Gradebook(url) as book:
        cohort, groups = filled(book)
        start = threading.Barrier(2)

        def mark() -> None:
            with Gradebook(url) as own:
                start.wait()
                for _ in range(8):
                    try:
                        own.mark(groups["gruppe01"], "1a.hand", author="A", points=1.0)
                    except ReleasedError:
                        return

        thread = threading.Thread(target=mark)
        thread.start()
        start.wait()
        book.release(cohort, author="B")
        released = book.cohort(LAB.id).released_at
        thread.join()
        assert released is not None
        assert all(m.marked_at <= released for m in book.history(cohort))
