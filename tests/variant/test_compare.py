"""Two runs side by side: each kind of result, on evidence made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grader.checks import Side
from grader.lab import ResultSpec
from grader.model import VariantFinding
from grader.variant.compare import compare_results
from grader.variant.items import printed_lines
from grader.variant.matching import Runs
from tests.checks.build import CellSpec, axes, call, cell, figure, side

OLD = np.array([[0.2, 0.6, 0.1, 0.1], [0.6, 0.3, 0.1, 0.0], [0.9, 0.0, 0.0, 0.1], [0, 0, 0.7, 0.3]])
NEW = np.array([[0.0, 0.1, 0.9, 0.0], [0.1, 0.8, 0.0, 0.1], [0.0, 0.9, 0.1, 0.0], [1, 0, 0, 0]])
SLOT = "2b-predict"


def spec(kind: str = "values", *names: str, slot: str = SLOT, typed: bool = False) -> ResultSpec:
    return ResultSpec(
        slot=slot,
        title="Ergebnis",
        names=names or ("result",),
        kind=kind,
        typed=typed,  # type: ignore[arg-type]
    )


def one(slot: str = SLOT, **rest: Any) -> Side:
    name = {"1": "notebook1", "2": "notebook2", "3": "notebook3"}[slot[0]]
    return side({name: [cell(slot, **rest)]})


def runs(first: Any, second: Any, name: str = "result", slot: str = SLOT) -> Runs:
    return Runs(one(slot, variables={name: first}), one(slot, variables={name: second}))


REFERENCE = runs(OLD, NEW)


def found(wanted: ResultSpec, student: Runs, reference: Runs = REFERENCE) -> VariantFinding | None:
    findings = compare_results([wanted], student, reference)
    return findings[0] if findings else None


def state(wanted: ResultSpec, student: Runs, reference: Runs = REFERENCE) -> str:
    finding = found(wanted, student, reference)
    return finding.state if finding else ""


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (OLD, NEW, "follows"),
        (OLD.astype(np.float32), NEW.astype(np.float32), "follows"),
        (OLD.tolist(), NEW.tolist(), "follows"),
        (OLD[None], NEW[None], "follows"),
        (OLD, OLD, "unchanged"),
        (OLD.tolist(), OLD.tolist(), "unchanged"),
        (OLD, OLD + 1e-9, "unchanged"),
        # Typed in, with noise against being found.
        (OLD, OLD + 0.01 * NEW, "differs"),
        # Wrong in its own way, and calculated.
        (OLD * 2, NEW * 2, "follows"),
        (OLD * 2, OLD * 2, "unchanged"),
        (OLD, np.full_like(NEW, np.nan), "differs"),
        (np.full_like(OLD, 1e300), np.full_like(OLD, -np.inf), "follows"),
    ],
)
def test_values_follow_or_not(first: Any, second: Any, expected: str) -> None:
    assert state(spec(), runs(first, second)) == expected


def test_another_name_is_found_by_its_values_or_as_a_prediction() -> None:
    assert state(spec(), runs(OLD, NEW, "vorhersage")) == "follows"
    assert state(spec(), runs(OLD, OLD, "vorhersage")) == "unchanged"
    predicted = [
        one(calls=[call("predict", x=np.ones(3), result=values)]) for values in (OLD * 2, NEW * 2)
    ]
    assert state(spec(), Runs(*predicted)) == "follows"


def test_a_finding_says_where_to_look() -> None:
    finding = found(spec(), runs(OLD, OLD))
    assert finding is not None
    assert finding.sentence == "Zelle 1: »result« ist in beiden Läufen dasselbe."


def test_the_reference_s_name_counts_more_than_a_prediction_beside_it() -> None:
    sides = [
        one(variables={"result": OLD}, calls=[call("predict", result=values)])
        for values in (OLD, NEW)
    ]
    assert state(spec(), Runs(*sides)) == "unchanged"


def test_a_name_that_held_the_same_before_is_found_where_the_cell_worked() -> None:
    first = side({"notebook2": [cell("2b-show"), cell(SLOT, variables={"result": OLD})]})
    second = side({"notebook2": [cell("2b-show", variables={"result": OLD}), cell(SLOT)]})
    assert state(spec(), Runs(first, second)) == "unchanged"


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (one(status="error", error="KeyError"), "KeyError"),
        (one(status="timeout"), "Zeitüberschreitung"),
        (one(status="kernel_died"), "abgestürzt"),
        (one(), "kein Ergebnis"),
        (side({}), "fehlt"),
        (side({"notebook2": [cell(SLOT)]}, not_run=["notebook2"]), "nicht ausgeführt"),
    ],
)
def test_what_fails_with_other_data_cannot_be_compared(second: Side, said: str) -> None:
    finding = found(spec(), Runs(one(variables={"result": OLD}), second))
    assert finding is not None and finding.state == "incomparable"
    assert said in finding.sentence


def test_what_was_never_there_cannot_be_compared() -> None:
    for first in (side({}), one(), one(variables={"result": OLD[:2]}), one(status="error")):
        assert state(spec(), Runs(first, first)) == "incomparable"


def test_what_the_reference_does_not_change_is_not_compared() -> None:
    assert state(spec(), runs(OLD, OLD), runs(OLD, OLD)) == "incomparable"
    assert state(spec("values", "anders"), runs(OLD, OLD)) == "incomparable"


def test_text_under_the_same_name_is_no_result() -> None:
    strings = np.array([["a"] * 4] * 4)
    assert state(spec(), runs(strings, strings)) == "incomparable"
    assert state(spec(), runs("0.2", "0.3")) == "incomparable"


# ------------------------------------------------------------------ choice


def test_a_training_s_result_follows_by_its_largest_entries() -> None:
    near = np.roll(NEW, 0) * 0.9 + 0.01
    finding = found(spec("choice"), runs(OLD, near))
    assert finding is not None and finding.state == "follows"
    assert finding.details == {"agreeing": 4, "of": 4}
    assert state(spec("choice"), runs(OLD, OLD)) == "unchanged"
    # Noise over typed values.
    assert state(spec("choice"), runs(OLD, OLD * 0.9 + 0.02)) == "unchanged"


def test_a_network_that_learned_nothing_still_follows() -> None:
    constant = np.tile([0.1, 0.7, 0.1, 0.1], (4, 1))
    assert state(spec("choice"), runs(constant, constant + 0.01)) == "follows"


# ------------------------------------------------------------------ printed


def printing(*texts: str) -> Runs:
    first, second = (
        one(variables={"result": v}, printed=t) for v, t in zip((OLD, NEW), texts, strict=True)
    )
    return Runs(first, second)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("[1 0 0 2]", "[2 1 1 0]", "follows"),
        ("[1 0 0 2]", "[1 0 0 2]", "unchanged"),
        ("Bild 1: 1\nBild 2: 0\nBild 3: 0\nBild 4: 2", "Klassen: 1, 0, 0, 2", "unchanged"),
        ("1/1 ━━━ 0s 40ms/step\n1\n0\n0\n2", "1/1 ━━━ 0s 41ms/step\n2\n1\n1\n0", "follows"),
        ("[[0.2 0.6]]\n1\n0\n0\n2", "[[0. 1.]]\n1\n0\n0\n2", "unchanged"),
        # Nothing that one recognises, or nothing at all.
        ("DME CNV CNV NORMAL", "DME CNV CNV NORMAL", ""),
        ("", "", ""),
        ("(4, 224, 224, 1)", "(4, 224, 224, 1)", ""),
        ("1 0 0 2", "", "incomparable"),
    ],
)  # fmt: skip
def test_printed_classes_follow_or_not(first: str, second: str, expected: str) -> None:
    assert state(spec("printed"), printing(first, second)) == expected


def test_only_whole_numbers_by_themselves_are_read() -> None:
    assert printed_lines(one(printed="1 0 0 2 " * 1000), SLOT) == []
    text = "x1 2.5 1e-05 [0. 1.] 3, 4; 5.\r1/1 [====] - 0s 6ms/step\n99999999999999"
    assert printed_lines(one(printed=text), SLOT) == [[3, 4, 5], [999999999]]


# ------------------------------------------------------------------ pictures

RNG = np.random.default_rng(1)
PICTURES = RNG.random((4, 8, 8))
HEAT = spec("pictures", "Map1", "Map2", slot="3b-heatmaps")
EXPECTED = Runs(
    one("3b-heatmaps", variables={"Map1": PICTURES[0], "Map2": PICTURES[1]}),
    one("3b-heatmaps", variables={"Map1": PICTURES[2], "Map2": PICTURES[3]}),
)


def maps(first: Sequence[Any], second: Sequence[Any], *names: str) -> Runs:
    return Runs(
        *(one("3b-heatmaps", variables=dict(zip(names, p, strict=True))) for p in (first, second))
    )


def test_pictures_only_have_to_change() -> None:
    a, b, c, d = PICTURES
    assert state(HEAT, maps((a, b), (d, c), "Map1", "Map2"), EXPECTED) == "follows"
    assert state(HEAT, maps((a, b), (a, d), "Map1", "Map2"), EXPECTED) == "unchanged"
    assert state(HEAT, maps((a, b), (a, b), "k1", "k2"), EXPECTED) == "unchanged"
    # Some helper of one's own beside the pictures.
    assert state(HEAT, maps((a, b), (c, b), "k1", "maske"), EXPECTED) == "follows"
    assert (
        state(HEAT, maps((a, np.zeros((8, 8))), (c, np.zeros((8, 8))), "k1", "k2"), EXPECTED)
        == "follows"
    )
    assert state(HEAT, maps((), ()), EXPECTED) == "incomparable"


def test_pictures_that_are_only_shown_count_too() -> None:
    sides = [one("3b-heatmaps", figures=[figure(axes(images=[p]))]) for p in PICTURES[:2]]
    assert state(HEAT, Runs(*sides), EXPECTED) == "follows"
    assert state(HEAT, Runs(sides[0], sides[0]), EXPECTED) == "unchanged"


# ------------------------------------------------------------------ tables

SHEET = spec("table", "data", slot="2a-clean", typed=True)


def table(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"id": list("abcd"), "wert": pd.Series(values, dtype=object)})


# The reference types c in (damaged) and reads the rest.
BOTH = runs(table(1.0, 2.0, 3.0, 4.0), table(5.0, 6.0, 3.0, 8.0), "data", "2a-clean")


def tables(first: pd.DataFrame, second: pd.DataFrame, name: str = "data") -> Runs:
    return runs(first, second, name, "2a-clean")


def test_a_table_that_is_typed_in_is_as_intended() -> None:
    typed = table(1.0, 2.0, 3.0, 4.0)
    finding = found(SHEET, tables(typed, typed), BOTH)
    assert finding is not None and finding.state == "typed"
    assert "0 von 4" in finding.sentence
    assert state(SHEET, BOTH, BOTH) == "typed"
    assert state(SHEET, tables(typed, typed, "df"), BOTH) == "typed"


def test_who_undoes_the_damage_by_a_rule_follows() -> None:
    assert (
        state(SHEET, tables(table(1.0, 2.0, 3.0, 4.0), table(5.0, 6.0, 7.0, 8.0)), BOTH)
        == "follows"
    )


def test_a_correction_bound_to_the_wording_is_typed_in() -> None:
    # replace("Mrz 22", 3.22) finds nothing in other data: the damage stays.
    bound = tables(table(1.0, 2.0, 3.0, 4.0), table(5.0, 6.0, "Mrz 57", 8.0))
    finding = found(SHEET, bound, BOTH)
    assert finding is not None and finding.state == "typed"
    assert finding.details["changed"] == [0, 1, 3]


def test_a_table_that_must_follow_is_named_where_it_does_not() -> None:
    strict = spec("table", "data", slot="2a-clean")
    typed = table(1.0, 2.0, 3.0, 4.0)
    assert state(strict, BOTH, BOTH) == "follows"
    assert state(strict, tables(typed, table(5.0, 2.0, 3.0, 4.0)), BOTH) == "unchanged"
    missing = Runs(one("2a-clean", variables={"data": typed}), one("2a-clean", status="error"))
    assert state(strict, missing, BOTH) == "incomparable"


def test_findings_name_task_and_place() -> None:
    finding = found(SHEET, BOTH, BOTH)
    assert finding is not None
    assert (finding.task, finding.slot, finding.title) == ("2a", "2a-clean", "Ergebnis")


def test_merged_cells_are_looked_for_in_the_whole_task() -> None:
    cells: list[CellSpec] = [cell("2b-show", variables={"result": OLD})]
    others: list[CellSpec] = [cell("2b-show", variables={"result": NEW})]
    merged = Runs(side({"notebook2": cells}), side({"notebook2": others}))
    assert state(spec(), merged) == "follows"
