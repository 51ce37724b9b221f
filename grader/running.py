"""Runs plans' jobs: each distinct job once, several at a time, into the evidence store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from grader.engine.base import Engine, Job, Progress
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore
from grader.grading import Plan
from grader.messages import problem
from grader.model import Grade, NotebookEvidence, Problem

__all__ = ["Found", "Listener", "Runner", "Silence", "not_run_problems", "runs_of", "usable"]

# A notebook's evidence, or why there is none through no fault of the student's.
Found: TypeAlias = NotebookEvidence | EngineError


class Listener(Protocol):
    """Hears what the pipeline does; called from several threads."""

    def planned(self, runs: int, cached: int) -> None:
        """So many notebooks will run; so many are already in the store."""

    def cell(self, progress: Progress) -> None:
        """A cell starts."""

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""

    def graded(self, grade: Grade) -> None:
        """A submission has its result and documents."""


class Silence:
    """Hears nothing."""

    def planned(self, runs: int, cached: int) -> None: ...
    def cell(self, progress: Progress) -> None: ...
    def ran(self, label: str, notebook: str) -> None: ...
    def graded(self, grade: Grade) -> None: ...


@dataclass
class Runner:
    """Runs plans' jobs through an engine, each distinct job once, and stores what they leave."""

    engine: Engine
    store: EvidenceStore
    listener: Listener
    jobs: int = 1
    fresh: bool = False

    def run(self, plans: Iterable[Plan]) -> Iterator[tuple[str, Found]]:
        """Yield (key, evidence) of every job as it is there; an error where none could be had."""
        wanted: dict[str, Job] = {}
        for plan in plans:
            for name, key in plan.keys.items():
                wanted.setdefault(key, plan.jobs[name])
        stored = {} if self.fresh else {k: e for k in wanted if (e := self.store.get(k))}
        todo = {k: job for k, job in wanted.items() if k not in stored}
        self.listener.planned(len(todo), len(stored))
        yield from stored.items()
        pool = ThreadPoolExecutor(max_workers=max(1, self.jobs), thread_name_prefix="run")
        futures: dict[Future[NotebookEvidence], str] = {}
        try:
            # Longest expected first: more cells that may train, then more cells.
            order = sorted(todo, key=lambda k: -sum(c.seconds for c in todo[k].cells))
            for key in order:
                futures[pool.submit(self._one, key, todo[key])] = key
            for future in as_completed(futures):
                key = futures[future]
                job = todo[key]
                try:
                    found: Found = future.result()
                except EngineError as error:
                    found = error
                self.listener.ran(job.label, job.notebook)
                yield key, found
        except BaseException:
            self.engine.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, key: str, job: Job) -> NotebookEvidence:
        if not job.cells:
            return NotebookEvidence(job.notebook)
        return self.store.put(key, self.engine.run(job, self.listener.cell))


def not_run_problems(evidence: Mapping[str, Found]) -> tuple[Problem, ...]:
    """Problems for notebooks that could not be run, by notebook."""
    return tuple(
        problem("not_run", name, reason=str(found))
        for name, found in evidence.items()
        if isinstance(found, EngineError)
    )


def runs_of(plan: Plan, found: Mapping[str, Found]) -> dict[str, Found]:
    """A plan's runs by notebook, from all runs by key."""
    return {name: found[key] for name, key in plan.keys.items()}


def usable(found: Mapping[str, Found]) -> dict[str, NotebookEvidence]:
    """Those of the runs that left evidence, by notebook."""
    return {n: e for n, e in found.items() if isinstance(e, NotebookEvidence)}
