"""Gradings that are started from the page: one at a time, in a process of their own.

Everything about one lies in a folder below the results: the order, the stream of events, what the
process printed. A reloaded page, and a dashboard that is started anew, find it there again.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from grader.dashboard.settings import Settings
from grader.errors import UsageError
from grader.events import State, Watch
from grader.files import write_text
from grader.resuming import interrupted

__all__ = ["Run", "Runs"]

_FOLDER = ".gradings"
_ORDER, _EVENTS, _SAID = "order.json", "events.jsonl", "said.txt"
_TAIL = 2000
_START_SECONDS = 20.0
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Run:
    """One grading: its folder, what was ordered, how far it is.

    ``alive`` tells whether its process still works; ``said`` is the end of what it printed, if it
    ended without saying how.
    """

    number: int
    order: dict[str, Any]
    state: State
    alive: bool
    said: str = ""

    @property
    def failed(self) -> bool:
        """Whether it is over and did not end well."""
        return not self.alive and self.state.code != 0

    @property
    def share(self) -> float:
        """Share of the notebooks that are done, in [0, 1]."""
        return min(1.0, self.state.done / self.state.total) if self.state.total else 0.0

    @property
    def seconds_left(self) -> float:
        """Estimate of what is left, 0 if there is none."""
        if not self.alive or not self.state.estimated:
            return 0.0
        return max(0.0, self.state.seconds - (time.time() - self.state.estimated))


class Runs:
    """The gradings of one folder of results."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.out / _FOLDER
        self._lock = threading.Lock()
        self._watches: dict[int, Watch] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        source: Path,
        *,
        shown: str,
        author: str,
        fresh: bool = False,
        protocol: bool = True,
        task: str = "",
        term: str = "",
    ) -> int:
        """Start a grading and return its number.

        Raises
        ------
        UsageError
            If one is running.
        """
        settings = self._settings
        what = [str(source), "--lab", str(settings.lab)]
        what += ["--gradebook", settings.gradebook] if settings.gradebook else []
        what += ["--term", term] if term else []
        what += ["--fresh"] if fresh else []
        what += [] if protocol else ["--no-protocol"]
        what += ["--task", task] if task else []
        return self._begin(what, source=str(source), shown=shown, author=author)

    def unfinished(self) -> str:
        """Return the name of what was graded last, if that was interrupted; else ``""``."""
        try:
            return Path(interrupted(self._settings.out).submissions).name
        except UsageError:
            return ""

    def resume(self, *, author: str) -> int:
        """Let the interrupted grading go on, with what it was asked for; return its number.

        Raises
        ------
        UsageError
            If there is none, or one is running.
        """
        begun = interrupted(self._settings.out)
        shown = f"{Path(begun.submissions).name}, fortgesetzt"
        return self._begin(["--resume"], source=begun.submissions, shown=shown, author=author)

    def _begin(self, what: list[str], **order: str) -> int:
        with self._lock:
            if self._running() is not None:
                raise UsageError("Es läuft schon eine Bewertung; bitte ihr Ende abwarten.")
            number = max(self._numbers(), default=0) + 1
            folder = self._folder / str(number)
            folder.mkdir(parents=True)
            # There from the beginning, for the one who watches.
            (folder / _EVENTS).touch()
            command = self._command(what, folder)
            with (folder / _SAID).open("wb") as said:
                self._process = subprocess.Popen(  # noqa: S603 - ourselves, no shell
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C ends the dashboard; the grading goes on.
                    start_new_session=True,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "dumb"},
                )
            begun = {**order, "at": time.time(), "pid": self._process.pid}
            write_text(folder / _ORDER, json.dumps(begun))
            return number

    def _command(self, what: list[str], folder: Path) -> list[str]:
        settings = self._settings
        command = [sys.executable, "-m", "grader", "grade", *what, "--out", str(settings.out)]
        command += ["--jobs", str(settings.jobs), "--events", str(folder / _EVENTS)]
        return command + (["--unsafe"] if settings.unsafe else [])

    def stop(self) -> None:
        """Interrupt the grading that runs, as Ctrl-C does; what is finished stays."""
        run = self.newest()
        if run is None or not run.alive:
            raise UsageError("Es läuft keine Bewertung.")
        os.kill(int(run.order["pid"]), signal.SIGINT)
        # A dashboard that a shell started in the background hands on that Ctrl-C is ignored.
        harder = threading.Timer(_PATIENCE_SECONDS, self._terminate, [run.number])
        harder.daemon = True
        harder.start()

    def _terminate(self, number: int) -> None:
        # Its folder may be gone by now, or the process.
        with contextlib.suppress(OSError, LookupError, ValueError):
            run = self._run(number)
            if run.alive:
                os.kill(int(run.order["pid"]), signal.SIGTERM)

    # ------------------------------------------------------------------ looking

    def newest(self) -> Run | None:
        """Return the last grading that was started from the page."""
        numbers = self._numbers()
        return self._run(max(numbers)) if numbers else None

    def is_running(self) -> bool:
        """Tell whether a grading runs."""
        return self._running() is not None

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the grading that this process started; tell whether it has ended."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _running(self) -> Run | None:
        run = self.newest()
        return run if run is not None and run.alive else None

    def _numbers(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        names = (p.name for p in self._folder.iterdir() if (p / _ORDER).is_file())
        return [int(n) for n in names if n.isdigit()]

    def _run(self, number: int) -> Run:
        folder = self._folder / str(number)
        watch = self._watches.setdefault(number, Watch(folder / _EVENTS))
        try:
            order = json.loads((folder / _ORDER).read_text(encoding="utf-8"))
            pid, at = int(order["pid"]), float(order["at"])
        except (OSError, ValueError, KeyError, TypeError):
            order, pid, at = {"shown": "?", "author": "?", "at": 0.0, "pid": 0}, 0, 0.0
        alive = self._is_alive(pid, at)
        # After the process: what it wrote last is there then.
        state = watch.look()
        said = "" if alive or state.code is not None else _tail(folder / _SAID)
        return Run(number, order, state, alive, said)

    def _is_alive(self, pid: int, at: float) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        try:
            process = psutil.Process(pid) if pid > 0 else None
            # Another process may have got the number since.
            return (
                process is not None
                and abs(process.create_time() - at) < _START_SECONDS
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False


def _tail(path: Path) -> str:
    try:
        return path.read_bytes()[-_TAIL:].decode("utf-8", "replace").strip()
    except OSError:
        return ""
