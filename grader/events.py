"""A grading's progress as a file of JSON lines: written while it runs, read by whoever watches.

The file outlives the process that wrote it and the one that reads it. A line is one event::

    {"event": "begin", "at": 1780000000.0, "pid": 4711}
    {"event": "planned", "runs": 12, "cached": 3}
    {"event": "cell", "submission": "gruppe01", "notebook": "notebook1", "position": 3, "total": 20}
    {"event": "graded", "submission": "gruppe01", "points": 71.5, "max_points": 100.0}
    {"event": "end", "code": 0, "failures": {}}
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.engine.base import Progress
from grader.engine.schedule import Outlook
from grader.errors import UsageError
from grader.model import Grade
from grader.running import Listener

__all__ = ["Both", "EventLog", "State", "Watch", "heard"]

_CELL_SECONDS = 0.5
_LONGEST_LINE = 100_000


class EventLog:
    """A listener that writes what it hears; a context manager that says how it ended."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], float] = {}
        self._ended = False

    def __enter__(self) -> EventLog:
        self._write("begin", pid=os.getpid())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._ended:
            interrupted = isinstance(error, KeyboardInterrupt)
            text = "Abgebrochen." if interrupted or error is None else str(error)
            self.end(130 if interrupted else 2, error=text)
        self._file.close()

    def end(self, code: int, failures: Mapping[str, str] | None = None, error: str = "") -> None:
        """Note the exit code, and the submissions that could not be graded with the reason."""
        self._ended = True
        self._write("end", code=code, failures=dict(failures or {}), error=error)

    def _write(self, event: str, **values: object) -> None:
        line = json.dumps({"event": event, "at": round(time.time(), 3), **values})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def planned(self, runs: int, cached: int) -> None:
        """So many notebooks will run, so many are in the store."""
        self._write("planned", runs=runs, cached=cached)

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        """Fewer run at once than asked for."""
        self._write("short_of_memory", kernels=kernels, jobs=jobs)

    def outlook(self, outlook: Outlook) -> None:
        """A notebook has started or ended."""
        running = [[job.label, job.notebook] for job in outlook.running]
        seconds = round(outlook.seconds, 1)
        self._write("outlook", running=running, waiting=outlook.waiting, seconds=seconds)

    def cell(self, progress: Progress) -> None:
        """A cell starts; of quick ones only some are written."""
        now, key = time.monotonic(), (progress.label, progress.notebook)
        if now - self._last.get(key, 0.0) < _CELL_SECONDS:
            return
        self._last[key] = now
        self._write(
            "cell",
            submission=progress.label,
            notebook=progress.notebook,
            position=progress.position,
            total=progress.total,
        )

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""
        self._write("ran", submission=label, notebook=notebook)

    def kept(self, submissions: int) -> None:
        """Unchanged submissions keep what they have."""
        self._write("kept", submissions=submissions)

    def judging(self, submission: str) -> None:
        """A submission will be judged."""
        self._write("judging", submission=submission)

    def graded(self, grade: Grade) -> None:
        """A submission has its result."""
        self._write(
            "graded",
            submission=grade.submission,
            points=grade.points,
            max_points=grade.max_points,
        )


class Both:
    """Passes on to two listeners what one hears."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self._listeners = (first, second)

    def planned(self, runs: int, cached: int) -> None:
        for each in self._listeners:
            each.planned(runs, cached)

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        for each in self._listeners:
            each.short_of_memory(kernels, jobs, memory_mb)

    def outlook(self, outlook: Outlook) -> None:
        for each in self._listeners:
            each.outlook(outlook)

    def cell(self, progress: Progress) -> None:
        for each in self._listeners:
            each.cell(progress)

    def ran(self, label: str, notebook: str) -> None:
        for each in self._listeners:
            each.ran(label, notebook)

    def kept(self, submissions: int) -> None:
        for each in self._listeners:
            each.kept(submissions)

    def judging(self, submission: str) -> None:
        for each in self._listeners:
            each.judging(submission)

    def graded(self, grade: Grade) -> None:
        for each in self._listeners:
            each.graded(grade)


@contextlib.contextmanager
def heard(listener: Listener, path: Path | None) -> Iterator[tuple[Listener, EventLog | None]]:
    """Have what a listener hears written to a file too, if there is one.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    if path is None:
        yield listener, None
        return
    try:
        log = EventLog(path)
    except OSError as error:
        raise UsageError(f"{path} lässt sich nicht schreiben: {error.strerror}.") from error
    with log:
        yield Both(listener, log), log


@dataclass
class State:
    """How far a grading is.

    Attributes
    ----------
    total, done : int
        Notebooks, those from the store included.
    cells : mapping of (submission, notebook) to (position, total)
        What runs now, and in which cell.
    seconds : float
        Estimate of what is left, when ``estimated`` (seconds since 1970) it was made.
    graded : list of (submission, points, max_points)
        Newest last.
    code : int or None
        Exit code, None while it runs (or if it died without a word).
    """

    pid: int = 0
    began: float = 0.0
    ended: float = 0.0
    total: int = 0
    done: int = 0
    kept: int = 0
    waiting: int = 0
    seconds: float = 0.0
    estimated: float = 0.0
    cells: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    judging: set[str] = field(default_factory=set)
    graded: list[tuple[str, float, float]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    code: int | None = None
    error: str = ""

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in one event; what is not understood changes nothing."""
        match event:
            case {"event": "begin", "at": at, "pid": pid}:
                self.began, self.pid = float(at), int(pid)
            case {"event": "planned", "runs": runs, "cached": cached}:
                self.total += runs + cached
                self.done += cached
            case {"event": "outlook", "running": running, "waiting": waiting, "seconds": left}:
                self.waiting, self.seconds = int(waiting), float(left)
                self.estimated = float(event.get("at", 0.0))
                keys = [(str(a), str(b)) for a, b in running]
                self.cells = {key: self.cells.get(key, (0, 0)) for key in keys}
            case {"event": "cell", "submission": s, "notebook": n, "position": p, "total": t}:
                self.cells[str(s), str(n)] = (int(p), int(t))
            case {"event": "ran"}:
                self.done += 1
            case {"event": "kept", "submissions": submissions}:
                self.kept += int(submissions)
            case {"event": "judging", "submission": submission}:
                self.judging.add(str(submission))
            case {"event": "graded", "submission": submission, "points": p, "max_points": m}:
                self.judging.discard(str(submission))
                self.graded.append((str(submission), float(p), float(m)))
            case {"event": "end", "code": code, "failures": failures, "error": error}:
                self.code, self.error = int(code), str(error)
                self.failures = {str(k): str(v) for k, v in failures.items()}
                self.ended = float(event.get("at", 0.0))
                self.cells.clear()
                self.judging.clear()


class Watch:
    """Reads a file of events as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = State()
        self._offset = 0
        self._lock = threading.Lock()

    def look(self) -> State:
        """Return the state after all whole lines that are there."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    file.seek(self._offset)
                    raw = file.read()
            except OSError:
                return self.state
            whole, _, _ = raw.rpartition(b"\n")
            if whole:
                self._offset += len(whole) + 1
                for line in whole.split(b"\n"):
                    self._take(line)
            return self.state

    def _take(self, line: bytes) -> None:
        if len(line) > _LONGEST_LINE:
            return
        try:
            event = json.loads(line)
            if isinstance(event, dict):
                self.state.hear(event)
        except (ValueError, TypeError):
            # A line that a full disk cut says nothing; the next one does.
            return
