"""Which engine runs notebooks on this machine."""

from __future__ import annotations

import threading

from grader.engine.base import Engine, Job, Report
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
        self._lock = threading.Lock()

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; see :class:`grader.engine.base.Engine`."""
        with self._lock:
            if self._chosen is None:
                self._chosen = self._choose()
        return self._chosen.run(job, report)

    def _choose(self) -> Engine:
        walls = standing() if self._walls is None else self._walls
        if walls.namespaces:
            # Not at the top: what it needs exists on Linux only.
            from grader.engine.warm import WarmEngine

            return WarmEngine(walls)
        return FreshEngine(walls)

    def close(self) -> None:
        """Release processes and folders."""
        if self._chosen is not None:
            self._chosen.close()
