"""The engine that starts a fresh kernel, under a driver process of its own, per notebook."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from grader.engine.base import Job, Progress, Report
from grader.engine.drive import RESULT_KEY
from grader.engine.session import KERNEL_FOLDERS
from grader.engine.wall import outer_wall_missing
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore
from grader.model import NotebookEvidence

__all__ = ["FreshEngine", "data_files"]


def data_files(folder: Path, exclude: tuple[str, ...] = ()) -> Iterator[Path]:
    """Files of the lab's data that notebooks may see, links left out."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not set(parts) & set(exclude):
            yield path


class FreshEngine:
    """nbclient in a process of its own for each notebook.

    Each run has its own copy of the lab's data, so that a notebook that writes there changes
    nothing for the others.

    Parameters
    ----------
    wall : bool, optional
        Put kernels behind the outer wall; by default wherever it can stand.
    """

    name = "fresh"

    def __init__(self, wall: bool | None = None) -> None:
        self.wall = not outer_wall_missing() if wall is None else wall
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; see :class:`grader.engine.base.Engine`."""
        with tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True) as name:
            box = Path(name).resolve()
            job = replace(job, wall=self.wall)
            self._furnish(box, job)
            self._drive(box, job, report)
            evidence = EvidenceStore(box / "out").get(RESULT_KEY)
            if evidence is None:
                raise EngineError(self._reason(box))
            blobs = {digest: evidence.blobs[digest] for digest in evidence.blobs}
            return replace(evidence, blobs=blobs)

    def close(self) -> None:
        """Kill what still runs."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _kill_group(process)

    @staticmethod
    def _furnish(box: Path, job: Job) -> None:
        for folder in (*KERNEL_FOLDERS, "home/matplotlib"):
            (box / folder).mkdir(parents=True)
        for path in data_files(job.data_path, job.data_exclude):
            target = box / "data" / path.relative_to(job.data_path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        for path in _font_caches():
            shutil.copy(path, box / "home" / "matplotlib")
        (box / "job.json").write_bytes(msgspec.json.encode(job))

    def _drive(self, box: Path, job: Job, report: Report | None) -> None:
        command = [sys.executable, "-m", "grader.engine.drive", str(box)]
        limit = job.limits.notebook_seconds + 4 * job.limits.start_seconds
        with (box / "driver.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=box,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
            )
        with self._lock:
            self._running.add(process)
        timer = threading.Timer(limit, _kill_group, [process])
        timer.start()
        try:
            if process.stdout is None:
                raise EngineError("Der Treiber hat keine Ausgabe.")
            for line in process.stdout:
                with contextlib.suppress(msgspec.DecodeError):
                    progress = msgspec.json.decode(line, type=Progress)
                    if report is not None:
                        report(progress)
            process.wait()
        finally:
            timer.cancel()
            _kill_group(process)
            if process.stdout is not None:
                process.stdout.close()
            with self._lock:
                self._running.discard(process)

    @staticmethod
    def _reason(box: Path) -> str:
        failed = box / "failed.txt"
        if failed.is_file():
            return failed.read_text("utf-8")
        log = (box / "driver.log").read_text("utf-8", "replace").strip().splitlines()
        return f"Der Treiberprozess endete unerwartet: {log[-1] if log else 'ohne Meldung'}"


def _search_path() -> list[str]:
    # The driver must find the very grader that started it, also from a checkout.
    return [str(Path(__file__).resolve().parents[2])]


def _font_caches() -> list[Path]:
    """matplotlib's font list, which takes seconds to build and is the same for every kernel."""
    import matplotlib
    from matplotlib import font_manager  # noqa: F401 - importing builds the cache

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


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
