"""Nothing is left after a run, nor after the grader itself was killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from grader.engine.base import Job
from tests.walls.attack import ALL, INNER, OUTER, make_job
from tests.walls.attacks_ending import ENDING
from tests.walls.conftest import engine_of
from tests.walls.inside import first_cell
from tests.walls.scene import ROOT, Scene, own_temporary_folder, wait_until

pytestmark = [pytest.mark.walls, pytest.mark.kernel, pytest.mark.timeout(120)]

DAEMONS = next(a for a in ENDING if a.name == "daemons").cells[0].code
# A grader with two notebooks at work, one of which has left daemons behind.
_GRADER = """
import json, sys, threading
from pathlib import Path
import msgspec
from grader.engine.base import Job
from tests.walls.conftest import engine_of
jobs = [msgspec.json.decode(text, type=Job) for text in json.loads(sys.stdin.read())]
engine = engine_of(sys.argv[1])
def tell(progress):
    print(progress.position, flush=True)
threads = [threading.Thread(target=engine.run, args=(job, tell)) for job in jobs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    with own_temporary_folder() as folder:
        yield folder


def mounts() -> set[str]:
    return set(Path("/proc/self/mountinfo").read_text().splitlines())


def sockets(folder: Path) -> list[str]:
    lines = Path("/proc/net/unix").read_text().splitlines()
    return [line for line in lines if str(folder) in line]


def processes(*signs: str) -> list[psutil.Process]:
    """Processes with one of the signs in their arguments or, where one may look, environment."""
    found = []
    for process in psutil.process_iter():
        try:
            text = " ".join(process.cmdline())
            if process.pid != os.getpid():
                text += Path(f"/proc/{process.pid}/environ").read_bytes().decode("utf-8", "replace")
        except (psutil.Error, OSError):
            pass
        if any(sign in text for sign in signs):
            found.append(process)
    return found


def daemons(configuration: str, victims: Scene) -> tuple[str, list[str]]:
    """Argument of the processes that are left, and the cells that leave them."""
    number = f"{victims.known['straggler']}{[ALL, OUTER, INNER].index(configuration)}"
    start = first_cell({**victims.known, "straggler": number})
    return number, [start, DAEMONS]


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@pytest.mark.parametrize("configuration", [ALL, OUTER, INNER])
def test_nothing_is_left_after_a_run(configuration: str, victims: Scene, temporary: Path) -> None:
    before = mounts()
    descriptors = len(os.listdir("/proc/self/fd"))
    engine = engine_of(configuration)
    straggler, cells = daemons(configuration, victims)
    mark = {"LEFT_BY": victims.token + configuration}
    try:
        job = make_job([*cells, "after = 42"], victims.data, label="daemons", env=mark)
        run = engine.run(job)
        assert [c.status for c in run.cells] == ["ok"] * 3
        # The warm process stays until the engine is closed; what the notebook started does not.
        assert wait_until(lambda: not processes(straggler))
        assert not list(temporary.glob("grader-*/*/boxes/*"))
        assert not list(temporary.glob("grader-*/runs/*"))
    finally:
        engine.close()
    assert wait_until(lambda: not processes(straggler, mark["LEFT_BY"]))
    assert list(temporary.iterdir()) == []
    assert sockets(temporary) == []
    assert mounts() == before
    assert len(os.listdir("/proc/self/fd")) <= descriptors


@pytest.mark.parametrize("configuration", [ALL, OUTER, INNER])
def test_nothing_is_left_after_the_grader_was_killed(
    configuration: str, victims: Scene, temporary: Path
) -> None:
    engine_of(configuration).close()  # skips where the layers cannot stand
    before = mounts()
    straggler, cells = daemons(configuration, victims)
    mark = {"KILLED": victims.token + configuration}
    sleep = "import time; time.sleep(80)"
    jobs = [
        make_job([*made, sleep], victims.data, label="asleep", seconds=90.0, env=mark)
        for made in (cells, [cells[0], "x = 1"])
    ]
    grader = started_grader(configuration, jobs, {"STARTED_BY": mark["KILLED"]})
    signs = (straggler, mark["KILLED"])
    family = {*processes(*signs), *psutil.Process(grader.pid).children(recursive=True)}

    def living() -> list[psutil.Process]:
        return [*processes(*signs), *filter(alive, family)]

    try:
        assert len(family) > 4
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        assert wait_until(lambda: not living()), living()
        assert sockets(temporary) == []
        assert mounts() == before
        # The dead cannot tidy up: the next engine does.
        assert list(temporary.iterdir()) != []
        engine_of(configuration).close()
        assert list(temporary.iterdir()) == []
    finally:
        for process in living():
            with contextlib.suppress(psutil.Error):
                process.kill()


def started_grader(
    configuration: str, jobs: list[Job], env: dict[str, str]
) -> subprocess.Popen[str]:
    """A process that runs these jobs, all of which have reached their third cell."""
    grader = subprocess.Popen(
        [sys.executable, "-c", _GRADER, configuration],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
    )
    assert grader.stdin is not None and grader.stdout is not None
    grader.stdin.write(json.dumps([msgspec.json.encode(job).decode() for job in jobs]))
    grader.stdin.close()
    asleep = 0
    while asleep < len(jobs):
        line = grader.stdout.readline()
        assert line, "the grader ended by itself"
        asleep += line.strip() == "3"
    grader.stdout.close()
    return grader
