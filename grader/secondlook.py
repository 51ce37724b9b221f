"""Runs submissions with other data through the same engine, and compares both runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from grader.checks.context import Side
from grader.engine.base import Engine
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench, Plan
from grader.model import NotebookEvidence, Submission, VariantFinding, VariantLook
from grader.references import EVIDENCE, reference_plan, sound_runs
from grader.running import Found, Listener, Runner, usable
from grader.variant.compare import compare_results
from grader.variant.folder import results_of, variant_folder, variant_of
from grader.variant.matching import Runs

__all__ = ["SecondLook"]

_CACHE = ".variant"


class SecondLook:
    """A lab with its other data, and what the reference leaves with either.

    Parameters
    ----------
    bench : Bench
    out : Path
        Results of a grading: its store has the first runs. Takes the other data and their runs.
    seed : int
        Decides about the other data.
    task : str, optional
        Only this task's results.

    Raises
    ------
    UsageError, LabError
        As :func:`grader.variant.variant_folder`.
    """

    def __init__(
        self,
        bench: Bench,
        out: Path,
        engine: Engine,
        listener: Listener,
        *,
        seed: int = 1,
        jobs: int = 1,
        task: str | None = None,
    ) -> None:
        self.bench, self.engine, self.listener, self.jobs = bench, engine, listener, jobs
        self.variant = variant_of(bench.lab)
        folder = variant_folder(bench.lab, out / _CACHE, seed)
        self.other = Bench(replace(bench.lab, data=folder))
        self.store = EvidenceStore(folder.parent / EVIDENCE)
        self.first = EvidenceStore(out / EVIDENCE)
        self.specs = results_of(bench.lab, task)
        slots = {r.slot for r in self.specs}
        self.notebooks = sorted({bench.lab.slot_by_id[s].notebook for s in slots})
        self.slots = frozenset(slots)
        self._references: dict[str, Runs] = {}

    def look(self, submissions: Iterable[tuple[Submission, str]]) -> tuple[VariantLook, ...]:
        """Run every submission with the other data and compare.

        Parameters
        ----------
        submissions : iterable of (Submission, str)
            With the profile under which it was graded.

        Raises
        ------
        EngineError
            If the reference does not run with the other data.
        """
        given = list(submissions)
        for profile in sorted({p for _, p in given}):
            self._references[profile] = self._reference(profile)
        plans = [self._plan(self.other, s, p) for s, p in given]
        looks = []
        runner = Runner(self.engine, self.store, self.listener, self.jobs)
        with contextlib.closing(runner.run(plans)) as ended:
            for plan, runs in ended:
                looks.append(self._compare(plan, runs))
        return tuple(sorted(looks, key=lambda look: look.submission))

    def _plan(self, bench: Bench, submission: Submission, profile: str) -> Plan:
        cut = self.variant.training_seconds if bench is self.other else None
        return bench.plan(
            submission,
            profile=profile,
            notebooks=self.notebooks,
            training_seconds=cut,
            untouched=self.slots,
        )

    def _reference(self, profile: str) -> Runs:
        sides = []
        for bench, store in (
            (self.bench, EvidenceStore(self.bench.lab.folder / EVIDENCE)),
            (self.other, self.store),
        ):
            plan = reference_plan(bench, profile, None, self.notebooks)
            found = Runner(self.engine, store, self.listener, self.jobs).run_one(plan)
            sides.append(bench.side(plan, sound_runs(plan, found)))
        return Runs(*sides)

    def _compare(self, second: Plan, runs: Mapping[str, Found]) -> VariantLook:
        name, profile = second.submission.id, second.profile.name
        try:
            return self._look_at(second, runs)
        except Exception as error:
            # One submission never stops the others.
            return VariantLook(name, profile, problem=f"{type(error).__name__}: {error}")

    def _look_at(self, second: Plan, runs: Mapping[str, Found]) -> VariantLook:
        name, profile = second.submission.id, second.profile.name
        if not second.jobs:
            return VariantLook(name, profile, problem="Es ist kein Notebook da, das laufen könnte.")
        failed = [str(f) for f in runs.values() if isinstance(f, EngineError)]
        if failed and not usable(runs):
            return VariantLook(name, profile, problem=failed[0])
        first = self._plan(self.bench, second.submission, profile)
        sides = Runs(self._first_side(first), self.other.side(second, usable(runs)))
        return VariantLook(name, profile, self._findings(sides, profile))

    def _findings(self, sides: Runs, profile: str) -> tuple[VariantFinding, ...]:
        return compare_results(self.specs, sides, self._references[profile])

    def _first_side(self, plan: Plan) -> Side:
        found: dict[str, NotebookEvidence] = {}
        for name, key in plan.keys.items():
            evidence = self.first.get(key)
            if evidence is not None:
                found[name] = evidence
        return self.bench.side(plan, found)
