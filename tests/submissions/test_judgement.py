"""The benchmark of the judgement counts what its text says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import judgement
from benchmarks.agreement import Judged, compare, per_check, totals
from benchmarks.judgement import all_labels, choose
from grader.lab import Lab
from grader.model import CheckResult, Grade, TaskGrade

LAB = Path(__file__).resolve().parents[2] / "reference"
RIGHT = Judged("g1", "2a.values", False, ("passed",), 6, 6, 6, "passed", 6, "")
FAULTY = replace(RIGHT, group="g2", admitted=("partial", "failed"), low=1, high=3)
TEXT = Judged("g1", "q1", True, ("needs_review",), 1.5, 2, 2, "needs_review", 2, "")


@pytest.mark.parametrize(
    ("status", "points", "flagged", "error"),
    [
        ("passed", 6, False, 0),
        ("failed", 0, True, 6),
        ("partial", 4, True, 2),
        ("not_judged", 0, True, 6),
        ("needs_review", 6, False, 0),
        ("needs_review", 0, True, 6),
    ],
)
def test_right_work(status: str, points: float, flagged: bool, error: float) -> None:
    found = replace(RIGHT, status=status, points=points)
    assert (found.right, found.faulty) == (True, False)
    assert found.flagged == flagged
    assert found.error == error


@pytest.mark.parametrize(
    ("status", "points", "flagged", "error", "missed"),
    [
        ("partial", 2, True, 0, False),
        ("partial", 5, True, 2, True),
        ("failed", 0, True, 1, True),
        ("passed", 6, False, 3, True),
        ("not_judged", 0, False, 1, True),
    ],
)
def test_faulty_work(status: str, points: float, flagged: bool, error: float, missed: bool) -> None:
    found = replace(FAULTY, status=status, points=points)
    assert (found.right, found.faulty) == (False, True)
    assert (found.flagged, found.error, found.missed) == (flagged, error, missed)


def test_not_judged_counts_as_noticed_where_the_label_admits_it() -> None:
    admitted = ("failed", "not_judged")
    found = replace(FAULTY, admitted=admitted, low=0, high=0, status="not_judged", points=0)
    assert found.flagged
    assert not found.missed


def test_a_label_that_admits_both_is_open() -> None:
    found = replace(FAULTY, admitted=("passed", "partial"), low=4, high=6, points=5)
    assert not found.right
    assert not found.faulty
    gone = replace(FAULTY, admitted=("not_judged",), low=0, high=0)
    assert not gone.right
    assert not gone.faulty


def test_texts_are_compared_by_points() -> None:
    assert TEXT.right
    assert not TEXT.flagged
    low = replace(TEXT, low=0, high=0.5)
    assert low.faulty
    assert replace(low, points=0.5).flagged
    assert not low.flagged
    between = replace(TEXT, low=0.5, high=1.5)
    assert not between.right
    assert not between.faulty


def test_precision_and_recall() -> None:
    judged = [
        RIGHT,
        replace(RIGHT, group="g3", status="partial", points=4),
        replace(FAULTY, status="partial", points=2),
        replace(FAULTY, group="g4"),
        replace(FAULTY, group="g5", status="failed", points=0),
        TEXT,
    ]
    figures = per_check(judged, ["q1", "2a.values", "2a.sodium"])
    assert list(figures) == ["q1", "2a.values"]
    found = figures["2a.values"]
    assert (found["right"], found["faulty"]) == (2, 3)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["error"] == pytest.approx((2 + 3 + 1) / 5)
    assert figures["q1"]["precision"] is None

    values = totals(judged)["values"]
    assert totals(judged)["submissions"] == 5
    assert values["error_per_submission"] == pytest.approx(6 / 5)
    assert values["worst_submission"] == ("g4", 3)
    assert values["right_marked_failed"] == 0


def test_labels_without_points_take_the_range_of_their_statuses() -> None:
    lab = Lab.load(LAB)
    result = CheckResult("2a.values", "partial", 2.0, 6.0, message="Zwei Zeilen stimmen nicht.")
    grade = Grade("g", "lab", 2.0, 6.0, "graded", (TaskGrade("2a", 2.0, 6.0, (result,)),))
    ranges = {}
    for status in (["passed"], ["failed"], ["partial"], ["passed", "partial"]):
        labels = {"g": {"checks": {"2a.values": {"status": status}}}, "absent": {"checks": {}}}
        (found,) = compare({"g": grade}, labels, lab)
        ranges["/".join(status)] = (found.low, found.high)
        assert found.message == "Zwei Zeilen stimmen nicht."
    assert ranges == {
        "passed": (6, 6),
        "failed": (0, 0),
        "partial": (0, 6),
        "passed/partial": (0, 6),
    }


def test_groups_are_chosen_by_half_and_by_name() -> None:
    labels = all_labels()
    parts = [choose(labels, half) for half in judgement.HALVES]
    assert sum(map(len, parts)) == len(labels) >= 60
    assert list(choose(labels, only="gruppe44, gruppe01")) == ["gruppe01", "gruppe44"]
    assert choose(labels, "tune", "gruppe44") == {}
    with pytest.raises(ValueError, match="gruppe999"):
        choose(labels, only="gruppe999")


def test_only_the_wanted_groups_are_written(tmp_path: Path) -> None:
    judgement.write_cohort(tmp_path, ["gruppe23", "gruppe15"])
    assert {p.name for p in tmp_path.glob("gruppe*")} == {"gruppe23", "gruppe15.zip"}
    judgement.write_cohort(tmp_path, ["gruppe44"])
    assert {p.name for p in tmp_path.glob("gruppe*")} == {"gruppe44"}


def test_the_table_names_each_miss(capsys: pytest.CaptureFixture[str]) -> None:
    judged = [RIGHT, replace(FAULTY, message="Alles stimmt.")]
    judgement.show_table(judged, per_check(judged, ["2a.values"]))
    printed = capsys.readouterr().out
    assert "g2 2a.values: partial/failed 1-3, found passed 6: Alles stimmt." in printed
    assert "recall 0.000 (1 overlooked)" in printed
    json.dumps(totals(judged))
