"""Which notebook runs next, on what, and how many at once.

One schedule serves a whole cohort: ``jobs`` notebooks run at the same time, whichever submission
they belong to, the longest expected first, so that no long training starts last and alone. Never do
more run than memory allows if each needs all that it may (``memory_mb``), and at least one does.

What runs them is a :class:`concurrent.futures.Executor`. Threads of this process by default, since
an engine waits for processes of its own; through :class:`~grader.engine.elsewhere.Workers` any
other executor can stand there.
"""

from __future__ import annotations

import heapq
import itertools
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from grader.engine.base import Engine, Job, Report
from grader.engine.elsewhere import Workers, run_job
from grader.engine.memory import free_memory, kernels_that_fit
from grader.errors import EngineError, GraderError
from grader.model import NotebookEvidence

__all__ = ["Outlook", "Schedule"]

# How often waiting notebooks look whether memory has become free, in seconds.
_LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a schedule is.

    Attributes
    ----------
    running : tuple of Job
        In the order in which they started.
    waiting, done : int
        Notebooks.
    seconds : float
        What is left to do will probably take so long.
    """

    running: tuple[Job, ...]
    waiting: int
    done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    job: Job
    expected: float
    since: float = field(default_factory=time.monotonic)


class Schedule:
    """Runs jobs through an engine; a context manager.

    Leaving it by an exception (Ctrl-C) ends what runs at once.

    Parameters
    ----------
    engine : Engine
    jobs : int
        Notebooks at once, at most; an engine with an attribute ``capacity`` may allow fewer.
    keep : callable
        Gets (key, evidence) as soon as a notebook has run, in whatever thread that was, and returns
        what the schedule passes on: the place to store it.
    report : callable, optional
        Hears of cells; only if the schedule's own threads run notebooks.
    changed : callable, optional
        Called when a notebook starts or ends, from any thread.
    short : callable, optional
        Called once with the number of kernels that memory allows, if those are fewer than ``jobs``.
    workers : Workers, optional
    memory : callable
        Returns the bytes that are free.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        jobs: int,
        keep: Callable[[str, NotebookEvidence], NotebookEvidence],
        report: Report | None = None,
        changed: Callable[[], None] = lambda: None,
        short: Callable[[int], None] = lambda _: None,
        workers: Workers | None = None,
        memory: Callable[[], int] = free_memory,
    ) -> None:
        self.engine = engine
        self.jobs = max(1, min(jobs, getattr(engine, "capacity", None) or jobs))
        self._keep, self._report = keep, report
        self._changed, self._short = changed, short
        self._memory = memory
        self._elsewhere = pickle.dumps(workers.engine) if workers else None
        self._executor = workers.executor(self.jobs) if workers else _threads(self.jobs)
        self._lock = threading.RLock()
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, str, Job]] = []
        self._running: dict[str, _Running] = {}
        self._futures: dict[str, Future[NotebookEvidence]] = {}
        self._ended: queue.SimpleQueue[tuple[str, NotebookEvidence | EngineError]]
        self._ended = queue.SimpleQueue()
        self._open = 0
        self._done = 0
        self._taken, self._foreseen = 0.0, 0.0
        self._starting = self._closing = self._told = False

    # ------------------------------------------------------------------ for the caller

    def add(self, key: str, job: Job, seconds: float) -> None:
        """Let a job wait its turn; ``seconds`` is what it will probably take."""
        with self._lock:
            heapq.heappush(self._waiting, (-seconds, next(self._order), key, job))
            self._open += 1

    def ended(self) -> Iterator[tuple[str, NotebookEvidence | EngineError]]:
        """Yield (key, evidence) as notebooks end, until none is left; more may be added meanwhile.

        Where no evidence could be had through no fault of the student's stands the error.
        """
        while self._open:
            self._start()
            try:
                found = self._ended.get(timeout=_LOOK_AGAIN)
            except queue.Empty:
                continue
            self._open -= 1
            yield found

    def outlook(self) -> Outlook:
        """How far this is, and how long the rest will probably take."""
        with self._lock:
            now = time.monotonic()
            # Estimates err all in one direction on one machine; what has ended says which.
            pace = 1.0
            if self._taken > 1 and self._foreseen > 0:
                pace = min(max(self._taken / self._foreseen, 0.2), 5.0)
            left = [max(0.0, pace * r.expected - (now - r.since)) for r in self._running.values()]
            waiting = [-pace * entry[0] for entry in self._waiting]
            seconds = max([(sum(left) + sum(waiting)) / self.jobs, *left, *waiting])
            running = tuple(r.job for r in self._running.values())
            return Outlook(running, len(self._waiting), self._done, seconds)

    def __enter__(self) -> Schedule:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._end()
        # Never is more handed over than runs, so there is nothing to cancel (Dask's cannot).
        self._executor.shutdown(wait=True)

    # ------------------------------------------------------------------ running

    def _start(self) -> None:
        """Start what may run now."""
        with self._lock:
            if self._starting:
                # A notebook that ended while it was handed over: the loop below goes on.
                return
            self._starting = True
            started = False
            try:
                while self._waiting and not self._closing and len(self._running) < self._most():
                    seconds, _, key, job = heapq.heappop(self._waiting)
                    self._running[key] = _Running(job, -seconds)
                    self._hand_over(key, job)
                    started = True
            finally:
                self._starting = False
        if started:
            self._changed()

    def _hand_over(self, key: str, job: Job) -> None:
        try:
            future = self._submit(job)
        except RuntimeError as error:
            # The executor is gone: a pool whose process was killed, a lost cluster.
            self._finish(key, _our_fault(error))
            return
        self._futures[key] = future
        future.add_done_callback(lambda future: self._take(key, future))

    def _submit(self, job: Job) -> Future[NotebookEvidence]:
        if self._elsewhere is not None:
            return self._executor.submit(run_job, self._elsewhere, job)
        return self._executor.submit(self.engine.run, job, self._report)

    def _most(self) -> int:
        """How many may run now."""
        if len(self._running) >= self.jobs or not self._running:
            return self.jobs
        need = max(job.limits.memory_mb for job in self._jobs())
        most = kernels_that_fit(self._memory(), len(self._running), need)
        if most < self.jobs and most <= len(self._running) and not self._told:
            self._told = True
            self._short(most)
        return min(most, self.jobs)

    def _jobs(self) -> Iterator[Job]:
        yield self._waiting[0][3]
        yield from (r.job for r in self._running.values())

    def _take(self, key: str, future: Future[NotebookEvidence]) -> None:
        """A notebook has ended: keep what it left; called in the thread in which it ended."""
        try:
            found: NotebookEvidence | EngineError = self._keep(key, future.result())
        except EngineError as error:
            found = error
        except BaseException as error:
            # Whatever it is, it stays with this notebook; the others go on.
            found = _our_fault(error)
        self._finish(key, found)
        self._start()

    def _finish(self, key: str, found: NotebookEvidence | EngineError) -> None:
        with self._lock:
            ran = self._running.pop(key)
            self._futures.pop(key, None)
            self._done += 1
            if not isinstance(found, EngineError):
                self._taken += time.monotonic() - ran.since
                self._foreseen += ran.expected
        self._ended.put((key, found))
        self._changed()

    def _end(self) -> None:
        """Start nothing more, and end what runs."""
        with self._lock:
            self._closing = True
            futures = list(self._futures.values())
        for future in futures:
            future.cancel()
        # A notebook that was just about to start has no process yet that could be killed.
        while True:
            self.engine.close()
            with self._lock:
                if self._elsewhere or not any(f.running() for f in self._futures.values()):
                    return
            time.sleep(0.1)


def _threads(number: int) -> Executor:
    return ThreadPoolExecutor(number, thread_name_prefix="run")


def _our_fault(error: BaseException) -> EngineError:
    if isinstance(error, GraderError):
        return EngineError(str(error))
    return EngineError(f"Die Ausführung brach ab ({type(error).__name__}: {error}).")
