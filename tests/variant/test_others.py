"""Results that are another kit's, without a kernel: what is noticed and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from data.build import oct_answers
from data.build.individual import Individual, draw
from data.build.sheet import LabValue, german_excel
from grader.checks import Side
from grader.variant.others import expected_of, matches
from tests.checks.build import cell, reference_lab, side, text

OWN, OTHER, THIRD = draw(7), draw(8), draw(9)
SPECS = reference_lab().individual.results


def table(values: Sequence[LabValue], typed: dict[str, str] | None = None) -> pd.DataFrame:
    """The sheet with the damage undone, or as the csv has it with some values typed in."""
    rows = [("Laborid", "31.08.2017")]
    for row in values:
        damaged = german_excel(row.value) if row.damaged is None else row.damaged
        shown = row.value if typed is None else typed.get(row.code, damaged)
        rows.append(
            (
                row.code,
                shown if any(c.isalpha() or c == " " for c in shown) or not shown else float(shown),
            )
        )
    return pd.DataFrame(rows, columns=["Unnamed: 0", "Unnamed: 4"])


def curve(own: Individual) -> np.ndarray:
    x = np.linspace(-5, 5, 50)
    first = np.maximum(0, own.net.w01 * x)
    lower = np.maximum(0, own.net.w21 * first + own.net.b3)
    return np.maximum(0, own.net.w12 * own.net.w11 * first + own.net.w22 * lower)[:, None]


def group(net: Individual, data: pd.DataFrame, answer: str) -> Side:
    outputs = np.array(net.net.outputs, dtype=np.float32)[:, None]
    return side(
        {
            "notebook1": [
                cell("1a-predict", variables={"result": outputs}),
                cell("1b-curve", variables={"result": curve(net)}),
            ],
            "notebook2": [
                cell("2a-clean", variables={"data": data}),
                text("2b-interpretation", answer),
            ],
        }
    )


def solved(own: Individual) -> Side:
    return group(own, table(own.values), oct_answers.interpretation(own.scans))


EXPECTED = {name: expected_of(SPECS, solved(d)) for name, d in {"b": OTHER, "c": THIRD}.items()}


def noticed(student: Side) -> list[tuple[str, str]]:
    found = matches(SPECS, student, expected_of(SPECS, solved(OWN)), EXPECTED)
    return sorted((match.spec.slot, match.variant) for match in found)


def test_the_own_solution_is_no_other_s() -> None:
    assert noticed(solved(OWN)) == []


def test_another_s_solution_is_noticed_everywhere() -> None:
    found = noticed(solved(OTHER))
    assert found == [(slot, "b") for slot in sorted(s.slot for s in SPECS)]


def test_four_copied_values_are_enough_and_one_is_not() -> None:
    own = {row.code: row.value for row in OWN.values}
    others = {row.code: row.value for row in OTHER.values if own[row.code] != row.value}
    codes = [code for code in ("CA", "ERY", "MCH", "TRI", "TSHB", "THRO") if code in others]
    answer = oct_answers.interpretation(OWN.scans)
    for count, found in ((1, []), (2, []), (4, [("2a-clean", "b")])):
        typed = own | {code: others[code] for code in codes[:count]}
        assert noticed(group(OWN, table(OWN.values, typed), answer)) == found


def test_wrong_values_are_nobody_s() -> None:
    typed = {row.code: "1.2345" for row in OWN.values}
    assert noticed(group(OWN, table(OWN.values, typed), "Bild 1: 0,12 und 0,34 und 0,56.")) == []
    assert noticed(group(OWN, table(OWN.values, {}), "")) == []


def test_numbers_of_another_s_answer_are_noticed() -> None:
    values = [f"{v:.2f}" for s in OTHER.scans for v in s.softmax]
    told = "Das Netz sagt " + ", dann ".join(values) + "."
    assert noticed(group(OWN, table(OWN.values), told)) == [("2b-interpretation", "b")]
    assert noticed(group(OWN, table(OWN.values), told.replace(".", ","))) == [
        ("2b-interpretation", "b")
    ]


@pytest.mark.parametrize("odd", [np.full((3, 1), np.nan), np.full((3, 1), 1e300), np.array(["a"])])
def test_odd_arrays_are_nobody_s(odd: np.ndarray) -> None:
    student = side({"notebook1": [cell("1a-predict", variables={"result": odd})]})
    assert noticed(student) == []


def test_what_is_missing_is_nobody_s() -> None:
    assert noticed(side({})) == []
