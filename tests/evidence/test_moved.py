"""Evidence is found by its code; its cells are where the notebook at hand has them."""

from __future__ import annotations

from dataclasses import replace

from grader.evidence.moved import at_places
from grader.model import CellRun, NotebookEvidence, Problem

FIRST = CellRun(2, "x = 1", parts=(CellRun(2, "x = 1"),))
SECOND = CellRun(4, "1 / 0", "error")
EVIDENCE = NotebookEvidence(
    "notebook1",
    (FIRST, SECOND),
    (
        Problem("cell_error", "Zelle 5 endet mit KeyError: Zelle 5", "notebook1", 4),
        Problem("restarted", "Nach Zelle 4 ging es weiter.", "notebook1", 3),
        Problem("notebook_timeout", "notebook1 lief zu lange.", "notebook1"),
    ),
    {"compiled_fits": [{"cell": 4, "steps": 3}], "seconds": 1.0},
)


def test_cells_parts_and_problems_move() -> None:
    moved = at_places(EVIDENCE, [3, 7])
    assert [c.index for c in moved.cells] == [3, 7]
    assert moved.cells[0].parts[0].index == 3
    assert [(p.cell, p.message) for p in moved.problems] == [
        (7, "Zelle 8 endet mit KeyError: Zelle 5"),
        (6, "Nach Zelle 7 ging es weiter."),
        (None, "notebook1 lief zu lange."),
    ]
    assert moved.provenance == {"compiled_fits": [{"cell": 7, "steps": 3}], "seconds": 1.0}


def test_evidence_in_place_stays_the_same_object() -> None:
    assert at_places(EVIDENCE, [2, 4]) is EVIDENCE


def test_evidence_of_other_cells_stays_as_it_is() -> None:
    short = replace(EVIDENCE, cells=(FIRST,))
    assert at_places(short, [3, 7]) is short
