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
from submissions.mutations import MUTATIONS, Mutation, mutant_of

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
    """Code slots whose cells, all that stem from them, no longer carry them or their task."""
    submission, alignments = baseline(group)
    mutant = mutant_of(mutation, submission, alignments)
    missing = []
    for name, before in alignments.items():
        after = aligned(mutant.submission.notebooks[name]).placements
        for index, placement in enumerate(before.placements):
            if submission.notebooks[name].cells[index].kind != "code":
                continue
            heirs = [after[i] for i, s in enumerate(mutant.stems[name]) if index in s]
            missing += [
                s for s in placement.slots if heirs and not any(s in h.slots for h in heirs)
            ]
    return missing
