"""Evidence of the same code whose cells stand at other places of the notebook now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.model import CellRun, NotebookEvidence, Problem

__all__ = ["at_places"]


def at_places(evidence: NotebookEvidence, places: Sequence[int]) -> NotebookEvidence:
    """Return the evidence with every cell's index as it is in the notebook at hand.

    Evidence is found by the code that ran; a Markdown cell added above moves what is below it.

    Parameters
    ----------
    evidence : NotebookEvidence
    places : sequence of int
        Indices of the code cells, in order.
    """
    before = [c.index for c in evidence.cells]
    if before == list(places) or len(before) != len(places):
        return evidence
    new = dict(zip(before, places, strict=True))
    provenance = dict(evidence.provenance)
    if provenance.get("compiled_fits"):
        provenance["compiled_fits"] = [
            {**fit, "cell": new.get(fit.get("cell"), fit.get("cell"))}
            for fit in provenance["compiled_fits"]
        ]
    return replace(
        evidence,
        cells=tuple(_cell(cell, new) for cell in evidence.cells),
        problems=tuple(_problem(p, new) for p in evidence.problems),
        provenance=provenance,
    )


def _cell(cell: CellRun, new: Mapping[int, int]) -> CellRun:
    parts = tuple(_cell(part, new) for part in cell.parts)
    return replace(cell, index=new[cell.index], parts=parts)


def _problem(problem: Problem, new: Mapping[int, int]) -> Problem:
    old = problem.cell
    if old is None:
        return problem
    # A new kernel is said to go on after the cell above, which may be one without code.
    cell = new[old] if old in new else new.get(old + 1, old + 1) - 1
    message = re.sub(rf"\bZelle {old + 1}\b", f"Zelle {cell + 1}", problem.message, count=1)
    return replace(problem, cell=cell, message=message)
