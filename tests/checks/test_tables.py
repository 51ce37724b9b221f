"""Rows found by their keys, whatever became of the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.tables import Column, columns, is_gap, number_of, table_of, written
from tests.checks.build import cell, side

NAMES = [("Calcium", "CA"), ("Kalium", "K"), ("Natrium", "NA"), ("Thrombozyten", "THRO")]
TRUE = [2.43, 4.07, 141.0, 321.0]


def _frame(**changes) -> pd.DataFrame:
    columns_ = {"id": ["CA", "K", None, "THRO"], "name": [n[0] for n in NAMES], "wert": TRUE}
    return pd.DataFrame(columns_ | changes)


def _columns(made, labels=(1, 2, 3, 4), fits=None) -> list[Column]:
    student = side({"notebook2": [cell("2a-clean", variables={"made": made})]})
    value = student.state("2a")["made"]
    table = table_of(student, "2a", value)
    return list(columns(table, NAMES, labels, fits)) if table else []


def _values(made, **rest) -> dict[int, float]:
    """Return the column with most right numbers."""
    found = [{n: number_of(c) for n, c in col.cells.items()} for col in _columns(made, **rest)]
    return max(found, key=lambda f: sum(v == TRUE[n] for n, v in f.items()), default={})


ALL = dict(enumerate(TRUE))


@pytest.mark.parametrize(
    ("cell_", "number"),
    [
        (("float", 2.43), 2.43),
        (("int", 2), 2.0),
        (("str", "2.43"), 2.43),
        (("str", " 2,43 "), 2.43),
        (("str", "-1e3"), -1000.0),
        (("str", "2.43 mmol/l"), None),
        (("str", "Feb 43"), None),
        (("str", "1.234,5"), None),
        (("bool", True), None),
        (("nan", None), None),
        (("float", float("inf")), None),
        (("other", "2017-01-01"), None),
    ],
)
def test_number_of_a_cell(cell_, number):
    assert number_of(cell_) == number


def test_gaps_and_texts_are_told_apart():
    assert is_gap(("nan", None)) and is_gap(("str", "NaN")) and is_gap(("str", " "))
    assert not is_gap(("str", "zu groß")) and not is_gap(("float", 0.0))
    assert [written(c) for c in (("nan", None), ("str", "NaN"), ("float", 2.5))] == [
        "NaN",
        "„NaN“",
        "2.5",
    ]


@pytest.mark.parametrize(
    "made",
    [
        _frame(),
        _frame().set_index("name"),
        _frame().set_index("id"),
        _frame().T,
        _frame().iloc[::-1],
        _frame().rename(columns={"wert": "neu"})[["neu", "name"]],
        _frame()["wert"],
        _frame()["wert"].to_numpy(),
        _frame()["wert"].to_numpy()[:, None],
        _frame()["wert"].to_numpy()[None, :],
        TRUE,
        [list(pair) for pair in zip([n[0] for n in NAMES], TRUE, strict=True)],
        pd.Series(["wert", *TRUE], index=range(5)),
        _frame().map(str),
    ],
)
def test_values_are_found_by_row_in_every_shape(made):
    assert _values(made) == ALL


def test_surest_name_wins_over_code():
    swapped = _frame(id=["K", "CA", "THRO", "NA"])
    assert _values(swapped) == ALL


def test_dropped_row_leaves_the_others_in_place():
    assert _values(_frame().drop(index=1).reset_index(drop=True)) == {0: 2.43, 2: 141.0, 3: 321.0}
    kept = pd.Series(TRUE, index=[1, 2, 3, 4]).drop(2)
    assert _values(kept) == {0: 2.43, 2: 141.0, 3: 321.0}


def test_bare_values_are_matched_by_what_fits_if_one_is_gone():
    def fits(row, cell_):
        return 1.0 if number_of(cell_) == TRUE[row] else 0.01

    assert _values(np.array([2.43, 141.0, 321.0]), fits=fits) == {0: 2.43, 2: 141.0, 3: 321.0}
    assert _values(np.array([2.43, 141.0, 321.0])) == {}


def test_row_that_stands_twice_is_told():
    twice = pd.concat([_frame(), _frame().iloc[[1]]])
    assert {c.twice for c in _columns(twice)} == {(1,)}


def test_type_of_a_column_is_kept():
    assert {c.label: c.dtype for c in _columns(_frame())}["wert"] == "float64"


@pytest.mark.parametrize(
    "made",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        np.zeros((0, 3)),
        np.zeros((2, 2, 2)),
        np.zeros((300, 300)),
        np.array(5.0),
        np.array(["a"], dtype=object),
        [],
        [[1], [1, 2]],
        [[[1]]],
        5,
        "text",
        None,
    ],
)
def test_nonsense_has_no_columns(made):
    assert _values(made) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(), st.floats(), st.integers(-99, 99), st.text(max_size=4), st.booleans()
            ),
            min_size=3,
            max_size=3,
        ),
        max_size=8,
    )
)
def test_any_table_is_read_without_stumbling(rows):
    for column in _columns(pd.DataFrame(rows), fits=lambda row, cell_: 0.5):
        assert set(column.cells) <= set(range(4))
