"""What is shown while notebooks run: on a terminal a picture that moves, else plain lines."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader import console
from grader.engine.base import Progress
from grader.engine.schedule import Outlook
from grader.model import Grade

__all__ = ["CohortProgress"]

_MOST_LINES = 12


class CohortProgress:
    """What runs, what waits and how long it will take; plain lines without a terminal."""

    def __init__(self, title: str = "Notebooks") -> None:
        self._title = title
        self._console = console.aside()
        self._lock = threading.Lock()
        self._cells: dict[tuple[str, str], Progress] = {}
        self._since: dict[tuple[str, str], float] = {}
        self._outlook = Outlook((), 0, 0, 0.0)
        self._seen = time.monotonic()
        self._total = self._done = 0
        self._judging: set[str] = set()
        self._graded = 0
        self._live = Live(self, console=self._console, transient=True, refresh_per_second=4)

    def __enter__(self) -> CohortProgress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    # ------------------------------------------------------------------ what is told

    def planned(self, runs: int, cached: int) -> None:
        """Further notebooks are about to run."""
        with self._lock:
            self._total += runs + cached
            self._done += cached
        if not self._console.is_terminal and runs:
            self._console.print(f"{self._title}: {runs} laufen, {cached} liegen schon vor.")

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        """Fewer run at once than asked for."""
        notebooks = "ein Notebook" if kernels == 1 else f"{kernels} Notebooks zugleich"
        self._console.print(
            f"Der freie Arbeitsspeicher reicht für {notebooks} (je bis "
            f"{console.number(round(memory_mb / 1024, 1))} GB), nicht für {jobs}."
        )

    def outlook(self, outlook: Outlook) -> None:
        """A notebook has started or ended."""
        now = time.monotonic()
        with self._lock:
            self._outlook, self._seen = outlook, now
            running = {(job.label, job.notebook) for job in outlook.running}
            self._since = {key: self._since.get(key, now) for key in running}
            self._cells = {k: c for k, c in self._cells.items() if k in running}

    def cell(self, progress: Progress) -> None:
        """A cell starts."""
        with self._lock:
            self._cells[progress.label, progress.notebook] = progress

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""
        with self._lock:
            self._done += 1
            count, left = f"{self._done}/{self._total}", self._left()
        if not self._console.is_terminal:
            self._console.print(f"  {count}  {console.plain(label)} {notebook} ausgeführt{left}")

    def kept(self, submissions: int) -> None:
        """Unchanged submissions keep what they have."""
        one = "Eine Abgabe ist unverändert; ihr Ergebnis bleibt."
        many = f"{submissions} Abgaben sind unverändert; ihre Ergebnisse bleiben."
        self._console.print(one if submissions == 1 else many)

    def judging(self, submission: str) -> None:
        """A submission will be judged."""
        with self._lock:
            self._judging.add(submission)

    def graded(self, grade: Grade) -> None:
        """A submission has its result."""
        with self._lock:
            self._judging.discard(grade.submission)
            self._graded += 1
        if not self._console.is_terminal:
            points = f"{console.number(grade.points)} von {console.number(grade.max_points)}"
            self._console.print(f"  {console.plain(grade.submission)}: {points} Punkte")

    # ------------------------------------------------------------------ what is shown

    def __rich__(self) -> RenderableType:
        """The picture of this moment."""
        with self._lock:
            if not self._total:
                return Text("")
            head = Table.grid(padding=(0, 2))
            bar = ProgressBar(total=self._total, completed=self._done, width=28)
            head.add_row(self._title, bar, f"{self._done}/{self._total}{self._left()}")
            lines = Table.grid(padding=(0, 2), expand=True)
            lines.add_column(no_wrap=True, overflow="ellipsis", max_width=34)
            lines.add_column(no_wrap=True)
            lines.add_column(no_wrap=True, overflow="ellipsis", style="dim", ratio=1)
            lines.add_column(no_wrap=True, justify="right")
            for key in list(self._since)[:_MOST_LINES]:
                lines.add_row(*self._line(key))
            return Group(head, lines, Text(self._rest(), style="dim"))

    def _line(self, key: tuple[str, str]) -> tuple[Text, str, Text, str]:
        cell = self._cells.get(key)
        seconds = int(time.monotonic() - self._since[key])
        name = Text(f"  {key[0]} · {key[1]}")
        time_ = f"{seconds // 60}:{seconds % 60:02d}"
        if cell is None:
            return name, "Kernel startet", Text(""), time_
        return name, f"Zelle {cell.position}/{cell.total}", Text(cell.line), time_

    def _rest(self) -> str:
        more = len(self._since) - _MOST_LINES
        parts = [
            f"{more} weitere laufen" if more > 0 else "",
            f"{self._outlook.waiting} warten" if self._outlook.waiting else "",
            f"{len(self._judging)} in Bewertung" if self._judging else "",
            f"{self._graded} bewertet" if self._graded else "",
        ]
        return "  " + " · ".join(p for p in parts if p)

    def _left(self) -> str:
        """What is left to do, as time; ``""`` where nothing runs or it is nearly over."""
        seconds = self._outlook.seconds - (time.monotonic() - self._seen)
        if seconds < 5 or not (self._outlook.running or self._outlook.waiting):
            return ""
        # The longer, the less sure.
        step = 5 if seconds < 60 else 10 if seconds < 300 else 60
        rounded = max(step, step * round(seconds / step))
        minutes, rest = divmod(rounded, 60)
        text = [f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
        return f", noch etwa {' '.join(t for t in text if t)}"
