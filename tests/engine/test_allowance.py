"""A machine that is busy with other work does not use up a cell's time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.engine.allowance import Allowance, waited
from grader.engine.base import CellJob, Job
from grader.engine.fresh import FreshEngine

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="needs Linux's figures of waiting threads"
)

SPIN = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass"


@contextlib.contextmanager
def started(*sources: str, nice: int = 0) -> Iterator[list[int]]:
    """Python processes that run these sources, by number."""
    command = [sys.executable, "-S", "-c"]
    prefix = ["nice", "-n", str(nice)] if nice else []
    processes = [subprocess.Popen([*prefix, *command, source]) for source in sources]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_thread_that_found_no_processor_has_waited() -> None:
    with started(SPIN, nice=15) as (pid,), started(SPIN, SPIN):
        time.sleep(0.5)
        before = waited([pid])
        time.sleep(1)
        after = waited([pid])
    (thread,) = after
    # A third of a processor would be its share among equals; it is the least important.
    assert thread == (pid, str(pid))
    assert 0.5 < after[thread] - before[thread] < 1.5


def test_waiting_does_not_count_but_not_without_end() -> None:
    with started(SPIN, nice=19) as pids, started(SPIN, SPIN):
        time.sleep(0.5)
        allowance = Allowance(0.3, lambda: pids)
        assert 0.2 < allowance.left() <= 0.3
        time.sleep(0.6)
        assert 0 < allowance.left() < 0.9
        time.sleep(1.0)
        assert allowance.left() == 0


def test_who_sleeps_does_not_wait() -> None:
    with started("import time\ntime.sleep(60)") as pids:
        time.sleep(0.5)
        allowance = Allowance(0.2, lambda: pids)
        time.sleep(0.5)
        assert allowance.left() < 0.1


def test_processes_that_are_gone_have_not_waited() -> None:
    assert waited([2**22 + 1]) == {}
    allowance = Allowance(0.0, lambda: [])
    assert allowance.left() == 0


@pytest.mark.kernel
def test_a_cell_on_a_busy_machine_keeps_its_time() -> None:
    """Two seconds of work that take eight on the clock, within a limit of five."""
    work = (
        "import os, time\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "while time.process_time() < begin + 2.0: pass"
    )
    cells = ("import time", "begin = time.process_time()", work, "while True: pass")
    limits = (60.0, 60.0, 5.0, 1.0)
    job = Job(
        notebook="notebook1",
        cells=tuple(CellJob(i, c, limits[i], str(i)) for i, c in enumerate(cells)),
        data=str(Path(__file__).parents[1] / "cases" / "minilab" / "data"),
    )
    with started(*[SPIN] * 3):
        run = FreshEngine().run(job)
    assert [c.status for c in run.cells] == ["ok", "ok", "ok", "timeout"]
    assert run.cells[2].seconds > 5
