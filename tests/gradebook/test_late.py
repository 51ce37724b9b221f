"""Late days and what they cost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import LabError
from grader.gradebook.late import late_days, late_deduction
from grader.lab import Lab, Late

DUE = dt.datetime(2026, 5, 26, 23, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (dt.timedelta(days=-3), 0),
        (dt.timedelta(0), 0),
        (dt.timedelta(microseconds=1), 1),
        (dt.timedelta(days=1), 1),
        (dt.timedelta(days=1, seconds=1), 2),
    ],
)
def test_a_day_that_has_begun_counts(after: dt.timedelta, days: int) -> None:
    assert late_days(DUE, DUE + after) == days
    # The same moment told elsewhere.
    there = dt.timezone(dt.timedelta(hours=2))
    assert late_days(DUE, (DUE + after).astimezone(there)) == days


def test_without_a_date_nothing_is_late() -> None:
    assert late_days(None, DUE) == late_days(DUE, None) == 0


@pytest.mark.parametrize(
    ("rule", "days", "points", "cost"),
    [
        (Late(), 30, 80.0, 0.0),
        (Late(points_per_day=2.0), 0, 80.0, 0.0),
        (Late(points_per_day=2.0), 3, 80.0, 6.0),
        (Late(free_days=2, points_per_day=2.0), 3, 80.0, 2.0),
        (Late(free_days=5, points_per_day=2.0), 3, 80.0, 0.0),
        (Late(percent_per_day=10.0), 3, 80.0, 24.0),
        (Late(percent_per_day=10.0), 30, 80.0, 80.0),
        (Late(points_per_day=50.0), 3, 80.0, 80.0),
        (Late(points_per_day=50.0), 3, -2.0, 0.0),
    ],
)
def test_cost(rule: Late, days: int, points: float, cost: float) -> None:
    assert late_deduction(rule, days, points) == pytest.approx(cost)


@given(
    st.builds(
        Late,
        free_days=st.integers(0, 9),
        points_per_day=st.floats(0, 100),
        percent_per_day=st.floats(0, 100),
    ),
    st.integers(0, 400),
    st.floats(0, 1000),
)
def test_a_later_day_never_costs_less_nor_more_than_there_is(
    rule: Late, days: int, points: float
) -> None:
    cost = late_deduction(rule, days, points)
    assert 0 <= cost <= late_deduction(rule, days + 1, points) <= points


@pytest.mark.parametrize(
    "setting",
    [
        "free_days = -1",
        "points_per_day = -0.5",
        "points_per_day = nan",
        "points_per_day = inf",
        "percent_per_day = 101.0",
        "points_per_day = 1.0\npercent_per_day = 10.0",
        'points_per_day = "viel"',
        "free_days = 1.5",
    ],
)
def test_a_rule_that_is_none_is_refused(tmp_path: Path, setting: str) -> None:
    text = f'[lab]\nid = "l"\ntitle = "L"\n[profiles.p]\n[late]\n{setting}\n'
    (tmp_path / "lab.toml").write_text(text, "utf-8")
    with pytest.raises(LabError, match=r"late|points_per_day|free_days"):
        Lab.load(tmp_path)


def test_a_rule_is_read(tmp_path: Path) -> None:
    text = (
        '[lab]\nid = "l"\ntitle = "L"\n[profiles.p]\n[late]\nfree_days = 2\npercent_per_day = 5\n'
    )
    (tmp_path / "lab.toml").write_text(text, "utf-8")
    assert Lab.load(tmp_path).late == Late(free_days=2, percent_per_day=5.0)
