"""Alignment finds the same slots in every example group under every structural mutation."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from grader.exchange.kit import lab_released
from grader.intake.align import align
from grader.intake.files import find_sources
from grader.intake.reader import read_submission
from grader.lab import Lab
from grader.model import Alignment, Notebook, Submission
from submissions.mutations import MUTATIONS, Mutation, lost_slots, mutant_of

ROOT = Path(__file__).resolve().parents[2]
LAB = Lab.load(ROOT / "reference")
RELEASED = lab_released(LAB)
SOURCES = {s.id: s for s in find_sources(ROOT / "submissions")}


def aligned(notebook: Notebook) -> Alignment:
    return align(notebook, LAB, RELEASED[notebook.name], LAB.notebook_slots(notebook.name))


@cache
def baseline(group: str) -> tuple[Submission, dict[str, Alignment]]:
    submission = read_submission(SOURCES[group], LAB, RELEASED)
    return submission, {n: aligned(b) for n, b in submission.notebooks.items()}


def lost(group: str, mutation: Mutation) -> list[str]:
    submission, before = baseline(group)
    mutant = mutant_of(mutation, submission, before)
    after = {n: aligned(b) for n, b in mutant.submission.notebooks.items()}
    return lost_slots(submission, mutant, before, after)


KEEPING = [m for m in MUTATIONS if m.keeps]
# Flawless, in a style of their own, stripped: every kind on all 22 groups takes minutes.
CHOSEN = ("gruppe01", "gruppe05")


@pytest.mark.parametrize("mutation", KEEPING, ids=lambda m: m.name)
def test_slots_survive(mutation: Mutation) -> None:
    assert {g: gone for g in CHOSEN if (gone := lost(g, mutation))} == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_mutants_are_code_as_much_as_the_original(mutation: Mutation) -> None:
    submission, alignments = baseline("gruppe01")
    mutant = mutant_of(mutation, submission, alignments)
    for name, notebook in submission.notebooks.items():
        changed = mutant.submission.notebooks[name]
        assert broken(changed) <= broken(notebook), name
        if mutation.name not in ("strip", "reorder", "below"):
            assert [c.source for c in changed.cells] != [c.source for c in notebook.cells], name
        assert all(not c.slot for c in changed.cells)


def broken(notebook: Notebook) -> int:
    """Number of code cells that are no plain Python (magics are not)."""
    count = 0
    for cell in notebook.code_cells:
        try:
            ast.parse(cell.source)
        except SyntaxError:
            count += 1
    return count
