"""Grades under structural mutations: each kind applied to example groups, trainings cut short.

    python -m benchmarks.mutations --groups gruppe01 gruppe05 --kinds merge_task rename

Baseline, mutant and reference are cut alike (one epoch, batches of 128), run by the warm engine and
judged by all automatic checks. Points and statuses must be equal for kinds that keep the meaning. A
finished run's evidence stays in ``--out``: the corpus can be measured bit by bit, and a mutant with
the same code as one that ran needs no kernel.

    python -m benchmarks.mutations --places

asks without kernels whether every slot is found in a cell that stems from where it was.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.common import LAB, SUBMISSIONS, make_engine
from grader.checks.context import Side
from grader.engine.base import Engine
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench, Plan
from grader.intake.align import align
from grader.intake.files import find_sources
from grader.intake.reader import read_submission
from grader.lab import Lab
from grader.model import Alignment, Grade, NotebookEvidence, Submission
from grader.references import reference_plan, sound_runs
from grader.running import Runner, Silence, usable
from submissions.mutations import MUTATIONS, gained_slots, lost_slots, mutant_of

__all__ = ["cut_short", "differences", "main"]

_PATIENCE = 1200.0


def cut_short(submission: Submission) -> Submission:
    """Return the submission with every training cut to one epoch of large batches."""
    notebooks = {}
    for name, notebook in submission.notebooks.items():
        cells = []
        for cell in notebook.cells:
            source = cell.source
            if cell.kind == "code":
                source = re.sub(r"\bepochs\s*=\s*\d+", "epochs=1", source)
                source = re.sub(r"\bbatch_size\s*=\s*\d+", "batch_size=128", source)
            cells.append(replace(cell, source=source))
        notebooks[name] = replace(notebook, cells=tuple(cells))
    return replace(submission, notebooks=notebooks)


def differences(before: Grade, after: Grade) -> list[str]:
    """Checks (free text of the control questions left out) whose points or status differ."""
    found = []
    for task in before.tasks:
        for check in task.checks:
            other = after.check(check.id)
            if (check.points, check.status) != (other.points, other.status):
                change = f"{check.points:g} {check.status} -> {other.points:g} {other.status}"
                found.append(f"{check.id} {change}")
    return found


class _Measure:
    def __init__(self, engine: Engine, out: Path, jobs: int) -> None:
        # How busy the machine is must not decide about a grade.
        lab = Lab.load(LAB)
        limits = replace(
            lab.limits,
            cell_seconds=_PATIENCE,
            notebook_seconds=10 * _PATIENCE,
            start_seconds=_PATIENCE,
            capture_seconds=_PATIENCE,
        )
        self.bench = Bench(replace(lab, limits=limits))
        self.runner = Runner(engine, EvidenceStore(out / ".evidence"), Silence(), jobs, False)
        self.references: dict[str, Side] = {}

    def _runs(self, plan: Plan) -> dict[str, NotebookEvidence]:
        found = self.runner.run_one(plan)
        if failed := [e for e in found.values() if isinstance(e, EngineError)]:
            raise failed[0]
        return usable(found)

    def reference(self, profile: str) -> Side:
        """The reference, its trainings cut as everybody's are."""
        if profile not in self.references:
            submission = cut_short(reference_plan(self.bench, profile, None).submission)
            plan = self.bench.plan(submission, profile=profile)
            runs = sound_runs(plan, self._runs(plan))
            self.references[profile] = self.bench.side(plan, runs)
        return self.references[profile]

    def grade(self, submission: Submission) -> tuple[Grade, Plan, dict[str, frozenset[int]]]:
        plan = self.bench.plan(submission)
        runs = self._runs(plan)
        side = self.bench.side(plan, runs)
        reference = self.reference(plan.profile.name)
        broken = {
            n: frozenset(c.index for c in r.cells if c.status != "ok") for n, r in runs.items()
        }
        return self.bench.judge(side, reference, plan), plan, broken


class _Places:
    """The alignment alone, before any run."""

    def __init__(self) -> None:
        self.bench = Bench.open(LAB)

    def align(self, submission: Submission) -> dict[str, Alignment]:
        lab, released = self.bench.lab, self.bench.released
        return {
            name: align(notebook, lab, released[name], lab.notebook_slots(name))
            for name, notebook in submission.notebooks.items()
        }


def _measure_places(groups: Sequence[str], kinds: Sequence[str]) -> dict[str, list[int]]:
    places = _Places()
    same: dict[str, list[int]] = {k: [0, 0] for k in kinds}
    for source in find_sources(SUBMISSIONS):
        submission = read_submission(source, places.bench.lab, places.bench.released)
        if (groups and submission.id not in groups) or not submission.notebooks:
            continue
        before = places.align(submission)
        for mutation in (m for m in MUTATIONS if m.name in kinds):
            mutant = mutant_of(mutation, submission, before)
            after = places.align(mutant.submission)
            lost = lost_slots(submission, mutant, before, after)
            gained = [f"+{s}" for s in gained_slots(submission, mutant, before, after)]
            _count(same[mutation.name], submission.id, mutation.name, [*lost, *gained])
    return same


def _measure_grades(chosen: argparse.Namespace) -> dict[str, list[int]]:
    start = time.monotonic()
    engine = make_engine("warm")
    same: dict[str, list[int]] = {k: [0, 0] for k in chosen.kinds}
    try:
        measure = _Measure(engine, chosen.out, chosen.jobs)
        for source in find_sources(SUBMISSIONS):
            submission = read_submission(source, measure.bench.lab, measure.bench.released)
            if chosen.groups and submission.id not in chosen.groups:
                continue
            submission = cut_short(submission)
            before, plan, broken = measure.grade(submission)
            for mutation in MUTATIONS:
                if mutation.name not in chosen.kinds or time.monotonic() - start > chosen.seconds:
                    continue
                mutant = mutant_of(mutation, submission, plan.alignments, broken)
                found = differences(before, measure.grade(mutant.submission)[0])
                _count(same[mutation.name], submission.id, mutation.name, found)
    finally:
        engine.close()
    return same


def _count(counts: list[int], submission: str, kind: str, found: Sequence[str]) -> None:
    counts[0] += not found
    counts[1] += 1
    print(f"{submission} {kind}: {', '.join(found) or 'same'}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen groups and kinds, print a table; 1 if a kind that keeps it differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", nargs="*", default=[])
    parser.add_argument("--kinds", nargs="*", default=[m.name for m in MUTATIONS])
    parser.add_argument("--places", action="store_true", help="the alignment only, no kernels")
    parser.add_argument("--out", type=Path, help="folder for evidence; needed without --places")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="begin nothing after these")
    chosen = parser.parse_args(arguments)
    if not chosen.places and chosen.out is None:
        parser.error("--out is needed")
    same = (
        _measure_places(chosen.groups, chosen.kinds) if chosen.places else _measure_grades(chosen)
    )
    print("\nkind          agreeing")
    keeps = {m.name: m.keeps for m in MUTATIONS}
    for kind, (agreeing, count) in same.items():
        print(f"{kind:12}  {agreeing}/{count}{'' if keeps[kind] else '  (changes the meaning)'}")
    return int(any(a < n for k, (a, n) in same.items() if keeps[k]))


if __name__ == "__main__":
    raise SystemExit(main())
