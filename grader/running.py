"""Runs plans' jobs, each distinct job once, into the evidence store, and says how far it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from grader.engine.base import Engine, Job, Progress
from grader.engine.elsewhere import Workers
from grader.engine.expect import Durations, Typical, expected_seconds
from grader.engine.memory import free_memory
from grader.engine.schedule import Outlook, Schedule
from grader.errors import EngineError
from grader.evidence.moved import at_places
from grader.evidence.store import EvidenceStore
from grader.grading import Plan
from grader.messages import problem
from grader.model import Grade, NotebookEvidence, Problem

__all__ = ["Found", "Listener", "Runner", "Silence", "not_run_problems", "usable"]

# A notebook's evidence, or why there is none through no fault of the student's.
Found: TypeAlias = NotebookEvidence | EngineError


class Listener(Protocol):
    """Hears what the pipeline does; called from several threads."""

    def planned(self, runs: int, cached: int) -> None:
        """So many further notebooks will run; so many further ones are already in the store."""

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        """Only so many notebooks run at once, not ``jobs``; each may need ``memory_mb``."""

    def outlook(self, outlook: Outlook) -> None:
        """A notebook has started or ended."""

    def cell(self, progress: Progress) -> None:
        """A cell starts."""

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""

    def kept(self, submissions: int) -> None:
        """So many submissions are unchanged: what they have stays."""

    def judging(self, submission: str) -> None:
        """A submission's notebooks are all there; it will be judged."""

    def graded(self, grade: Grade) -> None:
        """A submission has its result and documents."""


class Silence:
    """Hears nothing."""

    def planned(self, runs: int, cached: int) -> None: ...
    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None: ...
    def outlook(self, outlook: Outlook) -> None: ...
    def cell(self, progress: Progress) -> None: ...
    def ran(self, label: str, notebook: str) -> None: ...
    def kept(self, submissions: int) -> None: ...
    def judging(self, submission: str) -> None: ...
    def graded(self, grade: Grade) -> None: ...


@dataclass
class Runner:
    """Runs plans' jobs through an engine, each distinct job once, and stores what they leave.

    Attributes
    ----------
    jobs : int
        Notebooks at once.
    fresh : bool
        Run also what the store has.
    typical : mapping of str to Typical
        What slots took in the reference's run.
    workers : Workers, optional
        Where notebooks run instead of under this process.
    memory : callable
        Returns the bytes that are free.
    """

    engine: Engine
    store: EvidenceStore
    listener: Listener
    jobs: int = 1
    fresh: bool = False
    typical: Mapping[str, Typical] = field(default_factory=dict)
    workers: Workers | None = None
    memory: Callable[[], int] = free_memory

    def __post_init__(self) -> None:
        self._durations = Durations(self.store.folder / "seconds.json")
        self._jobs: dict[str, Job] = {}
        self._found: dict[str, Found] = {}
        self._pending: set[str] = set()
        self._ran: set[str] = set()
        self._again: set[str] = set()
        self._waiting: list[Plan] = []
        self._schedule: Schedule | None = None

    def run(self, plans: Iterable[Plan]) -> Generator[tuple[Plan, dict[str, Found]], None, None]:
        """Yield each plan with its runs by notebook, as soon as all of them are there.

        Whoever iterates may :meth:`add` further plans meanwhile, and closes the generator: what
        still runs then is ended.
        """
        with Schedule(
            self.engine,
            jobs=self.jobs,
            keep=self._keep,
            report=self.listener.cell,
            changed=self._changed,
            short=self._short,
            workers=self.workers,
            memory=self.memory,
        ) as schedule:
            self._schedule = schedule
            try:
                self.add(*plans)
                yield from self._ready()
                for key, found in schedule.ended():
                    if isinstance(found, EngineError) and key not in self._again:
                        # A machine that had no room for a kernel may have it when others ended.
                        self._again.add(key)
                        schedule.add(key, self._jobs[key], 0.0)
                        continue
                    self._found[key] = found
                    self._pending.discard(key)
                    self._ran.add(key)
                    job = self._jobs[key]
                    self.listener.ran(job.label, job.notebook)
                    yield from self._ready()
            finally:
                self._schedule = None
                self._durations.save()

    def run_one(self, plan: Plan) -> dict[str, Found]:
        """A single plan's runs by notebook."""
        with contextlib.closing(self.run([plan])) as ended:
            ((_, runs),) = ended
        return runs

    def add(self, *plans: Plan) -> None:
        """Take in further plans; what others have asked for already runs only once."""
        if self._schedule is None:
            raise EngineError("Es läuft nichts, dem etwas hinzugefügt werden könnte.")
        runs = cached = 0
        for plan in plans:
            for name, key in plan.keys.items():
                if key in self._found or key in self._pending:
                    continue
                job = self._jobs[key] = plan.jobs[name]
                stored = self._stored(key, job)
                if stored is not None:
                    self._found[key] = stored
                    cached += 1
                    continue
                alignment = plan.alignments.get(name)
                seconds = expected_seconds(job, alignment, self._durations, self.typical)
                self._schedule.add(key, job, seconds)
                self._pending.add(key)
                runs += 1
            self._waiting.append(plan)
        self.listener.planned(runs, cached)

    def _stored(self, key: str, job: Job) -> NotebookEvidence | None:
        if not job.cells:
            return NotebookEvidence(job.notebook)
        # Fresh means once, also for those who ask for it later.
        return None if self.fresh and key not in self._ran else self.store.get(key)

    def _ready(self) -> Iterator[tuple[Plan, dict[str, Found]]]:
        # One by one, since whoever gets a plan may add another.
        while True:
            ready = (p for p in self._waiting if all(k in self._found for k in p.keys.values()))
            plan = next(ready, None)
            if plan is None:
                return
            self._waiting = [p for p in self._waiting if p is not plan]
            runs = {
                name: _at_places(self._found[key], plan.jobs[name])
                for name, key in plan.keys.items()
            }
            needed = {key for p in self._waiting for key in p.keys.values()}
            for key in set(plan.keys.values()) - needed:
                # A large cohort's evidence does not stay in memory; the store has it.
                del self._found[key]
            yield plan, runs

    def _keep(self, key: str, evidence: NotebookEvidence) -> NotebookEvidence:
        self._durations.learn(evidence)
        return self.store.put(key, evidence)

    def _changed(self) -> None:
        if self._schedule is not None:
            self.listener.outlook(self._schedule.outlook())

    def _short(self, kernels: int) -> None:
        memory = max((job.limits.memory_mb for job in self._jobs.values()), default=0)
        self.listener.short_of_memory(kernels, self.jobs, memory)


def _at_places(found: Found, job: Job) -> Found:
    """What was found by its code, with the cells where this notebook has them."""
    if isinstance(found, EngineError):
        return found
    return at_places(found, [cell.index for cell in job.cells])


def not_run_problems(runs: Mapping[str, Found]) -> tuple[Problem, ...]:
    """Problems for notebooks that could not be run, by notebook."""
    return tuple(
        problem("not_run", name, reason=str(found))
        for name, found in runs.items()
        if isinstance(found, EngineError)
    )


def usable(runs: Mapping[str, Found]) -> dict[str, NotebookEvidence]:
    """Those of the runs that left evidence, by notebook."""
    return {n: e for n, e in runs.items() if isinstance(e, NotebookEvidence)}
