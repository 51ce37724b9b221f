"""Runs attempts and judges them as submissions are judged."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from grader.checks import Check, Context, Side
from grader.checks.registry import load_checks
from grader.checks.runner import grade
from grader.engine.base import CellJob, Job
from grader.engine.choose import DefaultEngine
from grader.integrity import examine, guarded
from grader.model import Grade, NotebookEvidence
from tests.checks.build import CellSpec, cell, reference_lab, side, text
from tests.gaming.attack import Attempt, cells_of

LAB = reference_lab()


@dataclass(frozen=True, slots=True)
class Judged:
    """An attempt's grade, and what the checks would have given without the second look."""

    after: Grade
    before: Grade


def run_all(attempts: Iterable[Attempt], data: Path) -> dict[str, NotebookEvidence]:
    """Run notebooks in warm kernels, two at a time."""
    engine = DefaultEngine()
    wanted = list(attempts)
    try:
        with ThreadPoolExecutor(2) as pool:
            runs = pool.map(lambda a: engine.run(_job(a, data)), wanted)
            return {a.name: run for a, run in zip(wanted, runs, strict=True)}
    finally:
        engine.close()


def _job(attempt: Attempt, data: Path) -> Job:
    cells = [
        CellJob(i, source, 30.0, LAB.slot_by_id[slot].task, i == 0)
        for i, (slot, source) in enumerate(cells_of(attempt))
    ]
    return Job(
        notebook="notebook1",
        cells=tuple(cells),
        data=str(data),
        limits=LAB.limits,
        imports=LAB.kernel.imports,
        env=LAB.kernel.env,
        seed=1,
        label=attempt.name,
    )


def side_of(attempt: Attempt, run: NotebookEvidence) -> Side:
    """The attempt as a submission with its evidence."""
    specs: list[CellSpec] = [cell(slot, source=source) for slot, source in cells_of(attempt)]
    specs += [text(slot, written) for slot, written in attempt.texts.items()]
    made = side({"notebook1": specs}, answers=attempt.answers, lab=LAB, name="gruppe")
    slots = [slot for slot, _ in cells_of(attempt)]
    notebook = made.submission.notebooks["notebook1"]
    cells = tuple(
        replace(c, outputs=(_printed(attempt.stored[slots[c.index]]),))
        if c.index < len(slots) and slots[c.index] in attempt.stored
        else c
        for c in notebook.cells
    )
    submission = replace(made.submission, notebooks={"notebook1": replace(notebook, cells=cells)})
    evidence = replace(made.evidence, notebooks={"notebook1": run})
    return replace(made, submission=submission, evidence=evidence)


def _printed(written: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": written}


@cache
def network_checks() -> dict[str, Check]:
    """The lab's checks of tasks 1a and 1b."""
    return {i: c for i, c in load_checks(LAB).items() if i[:2] in ("1a", "1b")}


@cache
def text_checks() -> dict[str, Check]:
    """The lab's checks of the control questions."""
    return {i: c for i, c in load_checks(LAB).items() if i.startswith("q")}


def judge(student: Side, reference: Side) -> Judged:
    """Judge with and without the second look."""
    checks = network_checks()
    examined = examine(student)
    noticed = list(examined.problems)
    after = grade(
        Context(LAB, examined.side, reference), guarded(checks, LAB, noticed), problems=noticed
    )
    return Judged(after, grade(Context(LAB, student, reference), checks))
