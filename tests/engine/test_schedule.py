"""Which notebook runs next, on what, and how many at once."""

from __future__ import annotations

import functools
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from grader.engine.base import CellJob, Job, Progress, Report
from grader.engine.elsewhere import Workers, run_job
from grader.engine.replay import RecordingEngine, ReplayEngine
from grader.engine.schedule import Schedule
from grader.errors import EngineError, StoreError
from grader.evidence.store import EvidenceStore
from grader.lab import Limits
from grader.model import NotebookEvidence
from tests.pocket import PocketEngine

GIB = 1 << 30
Found = dict[str, NotebookEvidence | EngineError]


def job(name: str, source: str = "x = 1", memory_mb: int = 1024) -> Job:
    cells = (CellJob(0, source, 10.0),)
    return Job(notebook=name, cells=cells, data="", limits=Limits(memory_mb=memory_mb))


def schedule(engine: object, jobs: int = 1, **options: object) -> Schedule:
    options.setdefault("keep", lambda _, evidence: evidence)
    options.setdefault("memory", lambda: 100 * GIB)
    return Schedule(engine, jobs=jobs, **options)  # type: ignore[arg-type]


def run(made: Schedule, *names: str, job_of: Callable[[str], Job] = job) -> Found:
    """Run jobs, the first expected to take longest."""
    with made:
        for place, name in enumerate(names):
            made.add(name, job_of(name), 100.0 - place)
        return dict(made.ended())


class Meeting(PocketEngine):
    """Notebooks that go on only when so many of them run at once; counts how many there were."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.barrier = threading.Barrier(parties)
        self.most = self._now = 0
        self._lock = threading.Lock()

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            self.barrier.wait(timeout=30)
            return super().run(job, report)
        finally:
            with self._lock:
                self._now -= 1


class Failing(PocketEngine):
    """Raises what a notebook is named after."""

    ERRORS: ClassVar = {
        "ours": EngineError("kein Kernel"),
        "store": StoreError("voll"),
        "bug": KeyError("k"),
    }

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        if job.notebook in self.ERRORS:
            raise self.ERRORS[job.notebook]
        return super().run(job, report)


class Endless(PocketEngine):
    """Notebooks that run until the engine is closed; one that only starts cannot be ended yet."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self._ends: list[threading.Event] = []

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        self.begun.release()
        time.sleep(0.2)
        end = threading.Event()
        self._ends.append(end)
        end.wait()
        return super().run(job, report)

    def close(self) -> None:
        for end in self._ends:
            end.set()


# ------------------------------------------------------------------ order and number


def test_the_longest_expected_starts_first() -> None:
    engine = PocketEngine()
    with schedule(engine) as made:
        for name, seconds in (("b", 2.0), ("a", 1.0), ("d", 9.0), ("c", 2.0)):
            made.add(name, job(name), seconds)
        assert [key for key, _ in made.ended()] == ["d", "b", "c", "a"]
    assert engine.ran == [" d", " b", " c", " a"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_run_at_once_and_never_more(jobs: int) -> None:
    engine = Meeting(jobs)
    assert len(run(schedule(engine, jobs), *"abcdef")) == 6
    assert engine.most == jobs


def test_an_engine_may_allow_fewer() -> None:
    engine = Meeting(2)
    engine.capacity = 2  # type: ignore[attr-defined]
    assert len(run(schedule(engine, 8), *"abcd")) == 4
    assert engine.most == 2


def test_jobs_can_be_added_while_others_run() -> None:
    with schedule(PocketEngine()) as made:
        made.add("a", job("a"), 1.0)
        ended = []
        for key, _ in made.ended():
            ended.append(key)
            if key == "a":
                made.add("b", job("b"), 1.0)
        assert ended == ["a", "b"]
        assert list(made.ended()) == []


def test_cells_are_reported_and_what_is_left_is_estimated() -> None:
    heard: list[Progress] = []
    seen = []
    with schedule(PocketEngine(), report=heard.append) as made:
        made.add("a", job("a", "y = 2"), 30.0)
        made.add("b", job("b"), 10.0)
        before = made.outlook()
        for _ in made.ended():
            seen.append(made.outlook())
    assert (before.running, before.waiting, before.done, before.seconds) == ((), 2, 0, 40.0)
    assert [h.line for h in heard] == ["y = 2", "x = 1"]
    assert (seen[-1].waiting, seen[-1].done, seen[-1].seconds) == (0, 2, 0)


def test_the_estimate_counts_what_runs_at_once() -> None:
    with schedule(PocketEngine(), 2) as made:
        for number in range(4):
            made.add(str(number), job("n"), 10.0)
        assert made.outlook().seconds == 20.0
        # What one of them takes cannot be shared.
        made.add("long", job("long"), 60.0)
        assert made.outlook().seconds == 60.0


# ------------------------------------------------------------------ memory


def test_never_more_than_memory_allows() -> None:
    engine = Meeting(2)
    told: list[int] = []
    # Free is what is left beside those that run, here without anything used yet.
    made = schedule(engine, 6, memory=lambda: 2 * GIB + GIB // 2, short=told.append)
    assert len(run(made, *"abcdef")) == 6
    assert engine.most == 2
    assert told == [2]


def test_one_runs_however_little_there_is() -> None:
    engine = Meeting(1)
    told: list[int] = []
    assert len(run(schedule(engine, 4, memory=lambda: 0, short=told.append), *"abc")) == 3
    assert engine.most == 1
    assert told == [1]


def test_the_largest_limit_counts() -> None:
    engine = Meeting(1)
    sizes = {"small": 1024, "large": 3072, "other": 1024}
    made = schedule(engine, 3, memory=lambda: 3 * GIB)
    assert len(run(made, *sizes, job_of=lambda n: job(n, memory_mb=sizes[n]))) == 3
    assert engine.most == 1


def test_memory_that_becomes_free_is_used() -> None:
    """The first notebook waits for the second, which starts only when there is room for it."""
    engine = Meeting(2)
    asked = []

    def memory() -> int:
        asked.append(0)
        return 10 * GIB if len(asked) > 2 else 0

    assert len(run(schedule(engine, 2, memory=memory), *"ab")) == 2


def test_nothing_is_said_where_all_fit() -> None:
    told: list[int] = []
    run(schedule(Meeting(1), 4, memory=lambda: 2 * GIB, short=told.append), "a")
    run(schedule(Meeting(2), 2, memory=lambda: 9 * GIB, short=told.append), *"abcd")
    assert told == []


# ------------------------------------------------------------------ trouble


def test_trouble_stays_with_its_notebook() -> None:
    found = run(schedule(Failing(), 2), "ours", "store", "bug", "fine")
    assert isinstance(found["fine"], NotebookEvidence)
    assert {k: str(v) for k, v in found.items() if isinstance(v, EngineError)} == {
        "ours": "kein Kernel",
        "store": "voll",
        "bug": "Die Ausführung brach ab (KeyError: 'k').",
    }


def test_what_cannot_be_kept_is_trouble_too() -> None:
    def keep(key: str, evidence: NotebookEvidence) -> NotebookEvidence:
        if key == "a":
            raise OSError("kein Platz")
        return evidence

    found = run(schedule(PocketEngine(), keep=keep), "a", "b")
    assert "kein Platz" in str(found["a"])
    assert isinstance(found["b"], NotebookEvidence)


@pytest.mark.parametrize("waiting", [0, 5])
def test_an_interrupt_ends_what_runs_and_starts_nothing_more(waiting: int) -> None:
    engine = Endless()
    made = schedule(engine, 2)
    with pytest.raises(KeyboardInterrupt), made:
        for number in range(2 + waiting):
            made.add(str(number), job(str(number)), 1.0)
        made._start()
        for _ in range(2):
            assert engine.begun.acquire(timeout=30)
        raise KeyboardInterrupt
    assert len(engine.ran) == 2
    assert not [t for t in threading.enumerate() if t.name.startswith("run")]


# ------------------------------------------------------------------ elsewhere


def processes(number: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))


class Dying(PocketEngine):
    """Takes its process with it."""

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        os._exit(7)


def test_recorded_runs_come_back_from_other_processes(tmp_path: Path) -> None:
    tapes = EvidenceStore(tmp_path)
    recorder = RecordingEngine(PocketEngine(), tapes)
    source = "import numpy as np\nx = np.arange(6.0)"
    recorded = {name: recorder.run(job(name, source)) for name in "ab"}
    workers = Workers(processes, functools.partial(ReplayEngine, tapes))
    made = schedule(Failing(), 2, workers=workers)
    found = run(made, "a", "b", "never", job_of=lambda n: job(n, source))
    for name in "ab":
        evidence = found[name]
        assert isinstance(evidence, NotebookEvidence)
        assert evidence.cells == recorded[name].cells
        assert type(evidence.blobs) is dict
        info = evidence.cells[0].variables["x"].array
        assert np.array_equal(evidence.array(info), np.arange(6.0))
    assert str(found["never"]) == "Für never liegt keine Aufzeichnung vor."


def test_an_engine_is_made_once_in_each_process() -> None:
    found = run(schedule(Failing(), 1, workers=Workers(processes, PocketEngine)), *"abc")
    marks = [e.provenance for e in found.values() if isinstance(e, NotebookEvidence)]
    assert [m["runs"] for m in marks] == [1, 2, 3]
    assert {m["pid"] for m in marks} != {os.getpid()} and len({m["pid"] for m in marks}) == 1


def test_a_lost_process_is_trouble_for_its_notebooks_only() -> None:
    found = run(schedule(Failing(), 1, workers=Workers(processes, Dying)), *"abc")
    assert sorted(found) == list("abc")
    assert all(isinstance(e, EngineError) for e in found.values())


def test_any_executor_can_stand_there() -> None:
    used = []

    def executor(number: int) -> ThreadPoolExecutor:
        used.append(number)
        return ThreadPoolExecutor(number)

    found = run(schedule(Failing(), 3, workers=Workers(executor, PocketEngine)), *"abcd")
    assert used == [3]
    assert all(isinstance(e, NotebookEvidence) for e in found.values())


class AtOnce(Executor):
    """Runs a call before it returns its future."""

    def submit(self, call, /, *args, **named):  # type: ignore[no-untyped-def, override]
        future: Future[object] = Future()
        try:
            future.set_result(call(*args, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]
        """Nothing to end; like Dask's it cannot cancel."""


def test_many_quick_notebooks_are_no_tower_of_calls() -> None:
    names = [str(number) for number in range(2000)]
    found = run(schedule(Failing(), 2, workers=Workers(lambda _: AtOnce(), PocketEngine)), *names)
    assert len(found) == 2000
    assert not any(isinstance(e, EngineError) for e in found.values())


def test_what_runs_elsewhere_is_plain_data() -> None:
    import pickle

    evidence = run_job(pickle.dumps(PocketEngine), job("a"))
    assert pickle.loads(pickle.dumps(evidence)) == evidence  # noqa: S301 - our own
