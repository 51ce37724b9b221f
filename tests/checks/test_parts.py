"""A side asked by slot where one cell holds several: only that slot's part answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks import Context, Outcome, Side, check, failed, passed
from grader.checks.merged import forbearing, undivided_tasks
from grader.errors import NotJudged
from grader.model import Part, Problem
from tests.checks.build import axes as axes_of
from tests.checks.build import call, cell, context, figure, reference_lab, side, text

PARTS = (("1a-model", "model = 1"), ("1b-curve", "# Kurve\nresult = 2"), ("1b-data", "x = 3"))


def merged(*, slots=("1a-model", "1a-weights", "1b-curve", "1b-data"), known=True) -> Side:
    """One cell with three parts; where 1a-weights is nobody knows. A free cell follows."""
    source = "\n".join(code for _, code in PARTS)
    pieces = [
        cell("1a-model", source=PARTS[0][1], variables={"result": 1}, calls=[call("predict")]),
        cell("1b-curve", source=PARTS[1][1], variables={"result": 2}, printed="zwei"),
        cell(
            "1b-data",
            source=PARTS[2][1],
            variables={"x": 3},
            deleted=("result",),
            figures=[figure(axes_of([([1, 2], [3, 4])]))],
        ),
    ]
    runs = side({"notebook1": pieces}).evidence.notebooks["notebook1"]
    whole = cell(slots, source=source, variables={"x": 3}, printed="zwei")
    rest = [
        cell(source="danach = 4", variables={"danach": 4}, task="1b"),
        text("1b-comment", "gut"),
    ]
    made = side({"notebook1": [whole, *rest]})
    run, alignment = made.run_of("notebook1"), made.alignment("notebook1")
    assert run is not None and alignment is not None
    parts = [replace(c, index=0) for c in runs.cells]
    cells = (replace(run.cells[0], parts=tuple(parts)), *run.cells[1:])
    lines = ((0, 1), (1, 3), (3, 4))
    places = [Part((s,), (i, i + 1), lines[i]) for i, (s, _) in enumerate(PARTS)]
    placements = (
        replace(alignment.placements[0], task="1b", parts=tuple(places) if known else ()),
        *alignment.placements[1:],
    )
    evidence = replace(
        made.evidence,
        notebooks={"notebook1": replace(run, cells=cells, blobs=runs.blobs)},
        alignments={"notebook1": replace(alignment, placements=placements)},
    )
    return replace(made, evidence=evidence)


def results(found: Side, place: str) -> list[object]:
    return [v.scalar for name, v in found.made(place) if name == "result"]


def test_each_slot_and_task_gets_its_own_part() -> None:
    found = merged()
    assert results(found, "1a-model") == [1]
    assert results(found, "1b-curve") == [2]
    assert results(found, "1a") == [1]
    assert len(found.calls("1a")) == 1 and not found.calls("1b")
    assert found.printed("1b-curve") == "zwei" and found.printed("1a") == ""


def test_the_state_is_that_after_the_part() -> None:
    found = merged()
    assert found.state("1a-model")["result"].scalar == 1
    assert found.state("1b-curve")["result"].scalar == 2
    assert "result" not in found.state("1b-data")


def test_a_slot_that_nobody_knows_may_be_anywhere_in_the_cell() -> None:
    found = merged()
    assert results(found, "1a-weights") == [1, 2]
    assert results(merged(known=False), "1a-model") == [1, 2]


def test_cells_that_follow_go_on_with_the_last_part() -> None:
    found = merged()
    assert "danach" in dict(found.made("1b-data"))
    assert "danach" not in dict(found.made("1b-curve"))
    assert "danach" in found.state("1b-data")


def test_a_figure_that_the_cell_shows_at_its_end_belongs_to_every_part() -> None:
    found = merged()
    assert len(found.figures("1b-data")) == 1
    assert found.figures("1b-curve") == found.figures("1b-data")


def test_source_is_the_part_s_and_comments_are_the_cell_s() -> None:
    found = merged()
    assert found.source("1b-curve") == "# Kurve\nresult = 2"
    assert found.source("1a") == "model = 1"
    assert found.comments("1a-model") == "Kurve"


# ------------------------------------------------------------------ what could not be divided


def test_tasks_that_share_an_undivided_cell_are_named() -> None:
    # Of the parts 1a-weights has none: it may be anywhere among the statements of 1b.
    assert undivided_tasks(merged()) == {"1a": "notebook1"}
    assert undivided_tasks(merged(known=False)) == {"1a": "notebook1", "1b": "notebook1"}
    assert undivided_tasks(merged(slots=("1a-model", "1b-curve", "1b-data"))) == {}
    one = side({"notebook1": [cell(("1a-model", "1a-weights")), cell("1b-curve")]})
    assert undivided_tasks(one) == {}


@check("1a.weights")
def missing(context: Context) -> Outcome:
    """Findet nichts."""
    return failed("Nichts gefunden.")


@check("1a.prediction")
def found_there(context: Context) -> Outcome:
    """Findet alles."""
    return passed("Gefunden.")


def test_what_is_not_found_in_an_undivided_cell_is_not_judged() -> None:
    problems: list[Problem] = []
    given = {c.id: c for c in (missing, found_there)} | {"1a.hand": missing, "1b.curve": missing}
    given |= {"1a.architecture": found_there, "1a.probe": found_there}
    checks = forbearing(given, reference_lab(), {"1a": "notebook1"}, problems)
    asked = context(merged())
    assert checks["1a.prediction"](asked).status == "passed"
    assert problems == []
    with pytest.raises(NotJudged, match="mehrere Aufgaben"):
        checks["1a.weights"](asked)
    assert [p.kind for p in problems] == ["uncertain_alignment"]
    # Other tasks, and texts, are judged as ever.
    assert checks["1b.curve"](asked).status == "failed"
    assert checks["1a.hand"](asked).status == "failed"
