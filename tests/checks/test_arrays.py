import numpy as np
import pandas as pd
import pytest

from grader.checks.arrays import compare, numbers
from grader.checks.figures import is_index, lines_in
from grader.model import Value
from tests.checks.build import axes, cell, figure, side

EXPECTED = np.array([[0.0], [6.0], [7.0]])


def captured(made):
    held = side({"notebook1": [cell("1a-predict", variables={"v": made})]})
    return numbers(held, "1a-predict", held.state("1a-predict")["v"])


@pytest.mark.parametrize(
    "made",
    [
        EXPECTED,
        EXPECTED.astype(np.float16),
        EXPECTED.T,
        EXPECTED.reshape(3, 1, 1),
        np.array([0, 6, 7]),
        [0, 6.0, 7],
        [np.array([[0.0]]), np.array([[6.0]]), np.array([[7.0]])],
        [[0], [6], [7]],
        (0, 6, 7),
        pd.Series([0.0, 6.0, 7.0]),
        pd.DataFrame({"y": [0, 6, 7]}),
    ],
)
def test_what_means_the_same_is_the_same(made):
    found = compare(captured(made), EXPECTED)
    assert found.same and found.right == 1.0
    assert found.sentence == "Die Werte stimmen."


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([6, 0, 7], "order"),
        ([0, 12, 14], "scale"),
        ([0, 6, 8], "values"),
        ([0, float("nan"), 7], "nan"),
        ([0, 6, float("inf")], "nan"),
        (np.zeros((0, 1)), "empty"),
        ([0, 6], "shape"),
        (np.zeros((3, 3)), "shape"),
        ("0 6 7", "none"),
        (["0", "6", "7"], "none"),
        ([0, [6, 7]], "none"),
        (np.array(["a", "b"], dtype=object), "none"),
        (None, "none"),
        (Value("other", "Dataset"), "none"),
        (pd.DataFrame({"y": ["0", 6, 7]}), "none"),
    ],
)
def test_a_difference_has_a_reason_that_names_no_expected_value(made, reason):
    found = compare(captured(made), EXPECTED)
    assert (found.same, found.reason) == (False, reason)
    assert found.sentence


def test_where_it_first_differs():
    found = compare(captured([0, 6, 8]), EXPECTED)
    assert found.first == (2,) and found.right == pytest.approx(2 / 3)
    assert found.sentence == "67 % der Werte stimmen; die erste Abweichung steht an Stelle 3."
    assert compare(captured([0, float("nan"), 8]), EXPECTED).first == (1,)


def test_huge_numbers_and_truth_values_do_not_break():
    assert not compare(captured([10**20, 6, 7]), EXPECTED).same
    assert not compare(captured(np.array([2**62, 6, 7])), EXPECTED).same
    assert compare(captured([False, True]), np.array([0.0, 1.0])).same


def test_lines_of_figures_are_read_as_numbers():
    x = np.linspace(-5, 5, 50)
    shown = figure(axes([(x, x**2, "f"), (np.arange(3), [1, 2, 3]), ([], [])]), axes())
    held = side({"notebook1": [cell("1b-curve", figures=[shown])]})
    first, second = lines_in(held, "1b-curve")
    assert first.label == "f" and np.array_equal(first.y, x**2)
    assert is_index(second.x) and not is_index(first.x)
