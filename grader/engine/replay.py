"""An engine that plays recorded runs back: everything above it is testable in milliseconds."""

from __future__ import annotations

from grader.engine.base import Engine, Job, Progress, Report
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore, run_key
from grader.model import NotebookEvidence

__all__ = ["RecordingEngine", "ReplayEngine", "replay_key"]


def replay_key(job: Job) -> str:
    """Key of a recording: the notebook's name and its code."""
    return run_key([c.source for c in job.cells], notebook=job.notebook)


class ReplayEngine:
    """Returns what a :class:`RecordingEngine` stored; runs nothing.

    Parameters
    ----------
    store : EvidenceStore
        With the recordings.
    """

    name = "replay"

    def __init__(self, store: EvidenceStore) -> None:
        self.store = store

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Return the recording of a job's code.

        Raises
        ------
        EngineError
            If this code was never recorded.
        """
        if report is not None:
            for i, cell in enumerate(job.cells):
                report(Progress(job.label, job.notebook, i + 1, len(job.cells), cell.source[:80]))
        evidence = self.store.get(replay_key(job))
        if evidence is None:
            raise EngineError(f"Für {job.notebook} liegt keine Aufzeichnung vor.")
        return evidence

    def close(self) -> None:
        """Nothing to release."""


class RecordingEngine:
    """Passes jobs on to another engine and stores what comes back."""

    name = "recording"

    def __init__(self, inner: Engine, store: EvidenceStore) -> None:
        self.inner = inner
        self.store = store

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run and record; see :class:`grader.engine.base.Engine`."""
        return self.store.put(replay_key(job), self.inner.run(job, report))

    def close(self) -> None:
        """Close the inner engine."""
        self.inner.close()
