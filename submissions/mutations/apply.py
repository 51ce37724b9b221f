"""Whole submissions under a mutation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.intake.reader import parse_notebook
from grader.model import Alignment, Notebook, Submission
from submissions.mutations.base import Marks, Mutation, mutate, origins

__all__ = ["Mutant", "gained_slots", "lost_slots", "marks_of", "mutant_of", "node_of"]


@dataclass(frozen=True)
class Mutant:
    """A changed submission; ``stems`` names, by notebook and cell, the cells it comes from."""

    submission: Submission
    stems: Mapping[str, tuple[tuple[int, ...], ...]]


def node_of(notebook: Notebook) -> NotebookNode:
    """Return a submitted notebook as nbformat has it (without outputs: nobody trusts them)."""
    cells: list[dict[str, Any]] = []
    for cell in notebook.cells:
        metadata = {"grader": {"slot": cell.slot}} if cell.slot else {}
        made: dict[str, Any] = {
            "cell_type": cell.kind,
            "source": cell.source,
            "metadata": metadata,
            "id": cell.id or f"cell{cell.index}",
        }
        if cell.kind == "code":
            made |= {"outputs": [], "execution_count": None}
        cells.append(made)
    tree = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(tree)  # type: ignore[no-untyped-call,no-any-return]


def marks_of(alignment: Alignment, broken: frozenset[int] = frozenset()) -> Marks:
    """Return what the unchanged notebook's alignment says of its cells."""
    placements = alignment.placements
    given = {i for i, p in enumerate(placements) if p.method in ("given", "id") and not p.slots}
    return Marks(
        [p.task for p in placements], [p.slots for p in placements], frozenset(given), broken
    )


def mutant_of(
    mutation: Mutation,
    submission: Submission,
    alignments: Mapping[str, Alignment],
    broken: Mapping[str, frozenset[int]] | None = None,
) -> Mutant:
    """Apply a mutation to every notebook of a submission.

    Parameters
    ----------
    alignments : mapping of str to Alignment
        Of the unchanged notebooks.
    broken : mapping of str to frozenset of int, optional
        By notebook the cells that fail.
    """
    notebooks, stems = {}, {}
    for name, notebook in submission.notebooks.items():
        marks = marks_of(alignments[name], (broken or {}).get(name, frozenset()))
        changed = mutate(mutation, node_of(notebook), marks)
        stems[name] = tuple(tuple(origins(c)) for c in changed.cells)
        for cell in changed.cells:
            cell.metadata.pop("origin", None)
        raw = json.dumps(changed, ensure_ascii=False).encode("utf-8")
        notebooks[name] = parse_notebook(raw, name, notebook.file)
    return Mutant(replace(submission, notebooks=notebooks), stems)


def lost_slots(
    submission: Submission,
    mutant: Mutant,
    before: Mapping[str, Alignment],
    after: Mapping[str, Alignment],
) -> list[str]:
    """Return the code cells' slots that none of the cells that stem from them carries any more."""
    missing = []
    for name, alignment in before.items():
        placements = after[name].placements
        for index, placement in enumerate(alignment.placements):
            if submission.notebooks[name].cells[index].kind != "code":
                continue
            heirs = [placements[i] for i, s in enumerate(mutant.stems[name]) if index in s]
            missing += [
                s for s in placement.slots if heirs and not any(s in h.slots for h in heirs)
            ]
    return missing


def gained_slots(
    submission: Submission,
    mutant: Mutant,
    before: Mapping[str, Alignment],
    after: Mapping[str, Alignment],
) -> list[str]:
    """Return, with its cell, every slot of a code cell that none of the cells it stems from had.

    A cell that goes on with the slot of the one before it says nothing new: it is in that slot's
    region anyway.
    """
    found = []
    for name, alignment in after.items():
        cells = mutant.submission.notebooks[name].cells
        last: tuple[str, ...] = ()
        for index, placement in enumerate(alignment.placements):
            stems = mutant.stems[name][index]
            had = {*last, *(s for i in stems for s in before[name].placements[i].slots)}
            if cells[index].kind == "code":
                found += [f"{s} in {name}:{index}" for s in placement.slots if s not in had]
                last = placement.slots or last
    return found
