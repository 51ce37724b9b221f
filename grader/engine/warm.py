"""The engine whose kernels are forked from a warm process, each behind two walls."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import msgspec

from grader.engine.base import Job, KernelStartError, Report, pass_on
from grader.engine.box import Box, remove_folder
from grader.engine.drivers import Drivers
from grader.engine.folders import make_folder, sweep
from grader.engine.nursery import Nursery
from grader.engine.provision import ended
from grader.engine.standing import standing
from grader.engine.wall import inside_uid
from grader.engine.walls import Walls
from grader.errors import EngineError
from grader.model import NotebookEvidence

__all__ = ["WarmEngine"]


class WarmEngine:
    """Kernels that are forks of one warm process per environment.

    The processes start with the first notebook that needs them. A notebook whose kernel never came
    up is tried once more, in a new warm process.

    Parameters
    ----------
    walls : Walls, optional
        Which layers to put up; by default all that can stand here.

    Raises
    ------
    EngineError
        If kernels cannot have namespaces of their own here.
    """

    name = "warm"

    def __init__(self, walls: Walls | None = None) -> None:
        self.walls = standing() if walls is None else walls
        if not self.walls.namespaces:
            raise EngineError("Ohne eigene Namensräume gibt es keine warmen Kernel.")
        sweep()
        self.folder, self._held = make_folder()
        # Kernels' users must get through to their boxes, and see nothing on the way.
        self.folder.chmod(0o711)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._nurseries: dict[bytes, Future[Nursery]] = {}
        self._drivers: Future[Drivers] | None = None
        # Processes that shall end with the grader end with the thread that started them: these
        # threads live as long as the engine.
        self._starter = ThreadPoolExecutor(4, thread_name_prefix="start")
        self._running: set[int] = set()
        self._closed = False

    # ------------------------------------------------------------------ running

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; see :class:`grader.engine.base.Engine`."""
        job = replace(job, walls=self.walls.names)
        nursery, drivers = self._ready(job)
        try:
            return self._attempt(nursery, drivers, job, report)
        except KernelStartError:
            self._discard(nursery)
            return self._attempt(*self._ready(job), job, report)

    def _attempt(
        self, nursery: Nursery, drivers: Drivers, job: Job, report: Report | None
    ) -> NotebookEvidence:
        name = f"{next(self._numbers):05d}"
        box = Box.furnish(nursery.boxes / name, self.folder / "runs" / name, job, inside_uid())
        try:
            with nursery.adopt(name, job) as warm:
                self._drive(drivers, box, warm, job, report)
            if not nursery.alive and not self._closed:
                # Kernels that died with it are no fault of their notebooks'.
                raise KernelStartError("Der warme Prozess endete unerwartet.")
            return box.result()
        finally:
            box.remove()

    def _drive(
        self, drivers: Drivers, box: Box, warm: socket.socket, job: Job, report: Report | None
    ) -> None:
        reading, writing = os.pipe()
        try:
            driver = drivers.start(box, warm, writing)
        except EngineError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with self._lock:
            self._running.add(driver)
        limit = job.limits.notebook_seconds + 4 * job.limits.start_seconds
        timer = threading.Timer(limit, _kill, [driver])
        timer.start()
        try:
            with os.fdopen(reading, "rb") as lines:
                pass_on(lines, report)
            ended(driver, 10)
        finally:
            timer.cancel()
            with self._lock:
                self._running.discard(driver)
            _kill(driver)
            os.close(driver)

    def _ready(self, job: Job) -> tuple[Nursery, Drivers]:
        """The warm process for this job's environment and the drivers, started if need be.

        Those of several environments start at the same time.
        """
        key = _environment_key(job)
        with self._lock:
            if self._closed:
                raise EngineError("Die Ausführung wurde beendet.")
            if self._drivers is None or _ended(self._drivers):
                self._drivers = self._starter.submit(Drivers)
            drivers = self._drivers
            nursery = self._nurseries.get(key)
            if nursery is None or _ended(nursery):
                folder = self.folder / f"warm{next(self._numbers)}"
                nursery = self._starter.submit(Nursery, folder, job, self.walls)
                self._nurseries[key] = nursery
        # One that cannot start says so to everybody who asks.
        return nursery.result(), drivers.result()

    def _discard(self, nursery: Nursery) -> None:
        """Let go of a warm process that gave no kernel; its other notebooks are tried again too."""
        nursery.close()

    def close(self) -> None:
        """End all processes and remove the folders."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for driver in self._running:
                _kill(driver)
            self._starter.shutdown(cancel_futures=True)
            started: list[Future[Nursery] | Future[Drivers]] = [*self._nurseries.values()]
            started += [self._drivers] if self._drivers is not None else []
            for process in started:
                if not process.cancelled() and process.exception() is None:
                    process.result().close()
        remove_folder(self.folder)
        self._held.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def _ended(process: Future[Nursery] | Future[Drivers]) -> bool:
    """Whether a process had started and is gone; one that cannot start stays as it is."""
    if not process.done() or process.exception() is not None or process.result().alive:
        return False
    process.result().close()
    return True


def _environment_key(job: Job) -> bytes:
    return msgspec.json.encode([job.imports, job.warm, dict(job.env)])


def _kill(pidfd: int) -> None:
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
