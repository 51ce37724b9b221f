"""Measures of checks and of suggestions: against textbook values and scikit-learn."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from grader.reports.itemplots import agreement_plot, counts_plot, items_plot, task_seconds_plot
from grader.reports.measures import Agreement, Item, agreement, items, quadratic_weighted_kappa
from grader.reports.plots import Plot


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_that_of_scikit_learn(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    one = drawn.integers(0, 7, 60)
    other = np.clip(one + drawn.integers(-2, 3, 60), 0, 6)
    found = agreement("q1", [(a / 2, b / 2) for a, b in zip(one, other, strict=True)], 3.0)
    expected = cohen_kappa_score(one, other, labels=range(7), weights="quadratic")
    assert found.kappa == pytest.approx(expected)
    assert found.pairs == 60
    assert found.same == pytest.approx(float((one == other).mean()))
    assert found.mean_difference == pytest.approx(float((other - one).mean() / 2))


def test_kappa_of_nothing_and_of_what_cannot_differ_is_none() -> None:
    assert quadratic_weighted_kappa(np.zeros((3, 3))) is None
    assert agreement("q1", [(1.0, 1.0)] * 8, 2.0).kappa is None
    assert agreement("q1", [], 2.0).pairs == 0


def test_points_beyond_the_scale_count_at_its_ends() -> None:
    found = agreement("q1", [(-1.0, 9.0)], 1.0)
    assert found.table == ((0, 0, 1), (0, 0, 0), (0, 0, 0))


def test_an_easy_check_and_one_that_separates() -> None:
    names = [f"g{i}" for i in range(10)]
    strength = {n: i / 9 for i, n in enumerate(names)}
    shares = {
        "easy": dict.fromkeys(names, 1.0),
        "good": strength,
        "bad": {n: 1 - s for n, s in strength.items()},
        "rest": strength,
        "few": {"g1": 0.5},
    }
    weights = {"easy": 2.0, "good": 3.0, "bad": 1.0, "rest": 4.0, "few": 1.0, "never": 1.0}
    found = {i.check: i for i in items(shares, weights)}
    assert list(found) == list(weights)
    assert (found["easy"].difficulty, found["easy"].discrimination) == (1.0, None)
    assert found["good"].difficulty == pytest.approx(0.5)
    assert found["good"].discrimination == pytest.approx(1.0, abs=0.02)
    assert found["bad"].discrimination == pytest.approx(-1.0, abs=0.02)
    assert found["few"] == Item("few", 1, 0.5, None)
    assert found["never"] == Item("never", 0, None, None)


@pytest.mark.parametrize(
    "plot",
    [
        items_plot([]),
        items_plot([Item("q1", 9, 0.4, 0.3), Item("q2", 9, None, None)]),
        agreement_plot(Agreement("q1", 0, None, 0.0, 0.0, ((0, 0), (0, 0)))),
        agreement_plot(agreement("q1", [(1.0, 0.5)] * 3, 2.0)),
        counts_plot([], []),
        counts_plot(["$\\bad{ <script>", "猫" * 60], [3, 1]),
        task_seconds_plot(["1a", "1b"], [[1.0, 2.0, 4.0], []]),
    ],
)
def test_every_plot_is_svg_and_png(plot: Plot) -> None:
    root = ElementTree.fromstring(plot.svg())  # noqa: S314 - our own picture
    assert root.tag.endswith("svg")
    assert not [e for e in root.iter() if str(e.tag).endswith("script")]
    assert plot.png().startswith(b"\x89PNG")
