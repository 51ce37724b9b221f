"""Which engine runs notebooks on this machine."""

from __future__ import annotations

import threading

from grader.engine.base import Engine, Job, Report, WarmStartError
from grader.engine.fresh import FreshEngine
from grader.engine.standing import standing
from grader.engine.walls import Walls
from grader.model import NotebookEvidence

__all__ = ["DefaultEngine"]


class DefaultEngine:
    """Warm kernels where they can be walled in, otherwise a new process for each notebook.

    Decides when the first notebook runs: a grading from evidence starts nothing.

    Parameters
    ----------
    walls : Walls, optional
        Layers to put up; by default all that can stand here.
    """

    name = "default"

    def __init__(self, walls: Walls | None = None) -> None:
        self._walls = walls
        self._chosen: Engine | None = None
        # Others may still run in it when the first notebook falls back.
        self._retired: Engine | None = None
        self._lock = threading.Lock()

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; see :class:`grader.engine.base.Engine`."""
        engine = self._choose()
        try:
            return engine.run(job, report)
        except WarmStartError:
            # What this lab imports cannot be forked; new processes can always run it.
            return self._fall_back().run(job, report)

    def _choose(self) -> Engine:
        with self._lock:
            if self._chosen is None:
                self._walls = standing() if self._walls is None else self._walls
                self._chosen = FreshEngine(self._walls)
                if self._walls.namespaces:
                    # Not at the top: what it needs exists on Linux only.
                    from grader.engine.warm import WarmEngine

                    self._chosen = WarmEngine(self._walls)
            return self._chosen

    def _fall_back(self) -> Engine:
        with self._lock:
            if not isinstance(self._chosen, FreshEngine):
                self._retired = self._chosen
                self._chosen = FreshEngine(self._walls)
            return self._chosen

    def close(self) -> None:
        """Release processes and folders."""
        for engine in (self._chosen, self._retired):
            if engine is not None:
                engine.close()
