"""The engine that starts a fresh kernel, under a driver process of its own, per notebook."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from grader.engine.base import Job, Report, pass_on
from grader.engine.box import Box, remove_folder
from grader.engine.folders import make_folder, sweep
from grader.engine.nursery import font_caches
from grader.engine.standing import standing
from grader.engine.wall import inside_uid
from grader.engine.walls import Walls
from grader.errors import EngineError
from grader.model import NotebookEvidence

__all__ = ["FreshEngine"]


class FreshEngine:
    """nbclient in a process of its own for each notebook, and a new kernel under it.

    Slower than :class:`~grader.engine.warm.WarmEngine`, but nothing is shared between notebooks and
    less is asked of the machine: it also runs without any wall.

    Parameters
    ----------
    walls : Walls, optional
        By default those that can stand here. A kernel here has no namespaces of its own inside the
        outer wall; without the outer wall none of the layers is used.
    """

    name = "fresh"

    def __init__(self, walls: Walls | None = None) -> None:
        walls = standing() if walls is None else walls
        self.walls = replace(walls, namespaces=False) if walls.outer else Walls.only()
        sweep()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; see :class:`grader.engine.base.Engine`."""
        folder, held = make_folder()
        with held:
            job = replace(job, walls=self.walls.names)
            uid = inside_uid() if self.walls.outer else None
            box = Box.furnish(folder / "labor", folder / "run", job, uid)
            for path in font_caches():
                shutil.copy(path, box.inner / "home" / "matplotlib")
            try:
                self._drive(box, job, report)
                return box.result()
            finally:
                box.remove()
                remove_folder(folder)

    def close(self) -> None:
        """Kill what still runs."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _kill_group(process)

    def _drive(self, box: Box, job: Job, report: Report | None) -> None:
        command = [sys.executable, "-m", "grader.engine.drive", str(box.inner), str(box.outer)]
        limit = job.limits.notebook_seconds + 4 * job.limits.start_seconds
        with (box.outer / "driver.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=box.outer,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
            )
        with self._lock:
            self._running.add(process)
        timer = threading.Timer(limit, _kill_group, [process])
        timer.start()
        try:
            if process.stdout is None:
                raise EngineError("Der Treiber hat keine Ausgabe.")
            pass_on(process.stdout, report)
            process.wait()
        finally:
            timer.cancel()
            _kill_group(process)
            if process.stdout is not None:
                process.stdout.close()
            with self._lock:
                self._running.discard(process)


def _search_path() -> list[str]:
    # The driver must find the very grader that started it, also from a checkout.
    return [str(Path(__file__).resolve().parents[2])]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the driver, then whatever its kernel left (kernels have sessions of their own)."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
