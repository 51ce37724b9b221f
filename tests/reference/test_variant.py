"""What the lab compares in a run with other data stands in its own solution."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.exchange.source import solution_text
from grader.lab import Lab, ResultSpec

REFERENCE = Path(__file__).parents[2] / "reference"
LAB = Lab.load(REFERENCE)
assert LAB.variant is not None
RESULTS = LAB.variant.results


@pytest.fixture(scope="module")
def solution() -> dict[str, str]:
    texts: dict[str, str] = {}
    for spec in LAB.notebooks:
        texts.update(solution_text((REFERENCE / spec.source).read_text("utf-8")))
    return texts


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: f"{r.slot} {r.title}")
def test_names_stand_in_the_solution_of_their_slot(
    result: ResultSpec, solution: dict[str, str]
) -> None:
    for name in result.names:
        assert name in solution[result.slot], name


def test_only_the_sheet_s_values_may_be_typed_in() -> None:
    assert {r.slot for r in RESULTS if r.typed} == {"2a-clean"}


def test_every_task_with_data_is_compared_and_the_others_say_why() -> None:
    compared = {LAB.slot_by_id[r.slot].task for r in RESULTS}
    assert LAB.variant is not None
    with_notebook = {t.id for t in LAB.tasks if t.notebook}
    assert compared | set(LAB.variant.notes) == with_notebook
    assert not compared & set(LAB.variant.notes)
