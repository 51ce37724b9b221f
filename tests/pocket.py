"""An engine that fits into a pocket: no kernel, cells of ours run in this very process.

For tests of everything around an engine, also in other processes (it can be pickled by name).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from grader.engine.base import Job, Progress, Report
from grader.evidence.collect import blob_digest
from grader.model import ArrayInfo, CellRun, NotebookEvidence, Value

__all__ = ["MINILAB", "SETUP", "PocketEngine", "notebook", "submit"]

# The tiny lab, and what its notebook begins with.
MINILAB = Path(__file__).parent / "cases" / "minilab"
SETUP = "import numpy as np\nwerte = np.loadtxt('../data/werte.txt')"


class PocketEngine:
    """Runs cells with ``exec``; captures numbers and arrays."""

    name = "pocket"

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook; its cells end where one of them fails."""
        self.ran.append(f"{job.label} {job.notebook}")
        namespace: dict[str, object] = {}
        blobs: dict[str, np.ndarray] = {}
        cells = []
        for number, cell in enumerate(job.cells, start=1):
            if report is not None:
                report(Progress(job.label, job.notebook, number, len(job.cells), cell.source[:80]))
            before = dict(namespace)
            source = cell.source.replace("../data", str(job.data))
            try:
                exec(source, namespace)  # noqa: S102 - our own tests' cells
                status, error = "ok", ""
            except Exception as raised:
                status, error = "error", type(raised).__name__
            new = {n: v for n, v in namespace.items() if before.get(n) is not v}
            values = {n: _value(v, blobs) for n, v in new.items() if not n.startswith("__")}
            cells.append(
                CellRun(cell.index, cell.source, status, 0.01, error=error, variables=values)
            )
        marks = {"seconds": 0.01, "pid": os.getpid(), "runs": len(self.ran)}
        return NotebookEvidence(job.notebook, tuple(cells), (), marks, blobs)

    def close(self) -> None:
        """Nothing to release."""


def _value(value: object, blobs: dict[str, np.ndarray]) -> Value:
    if isinstance(value, np.ndarray):
        digest = blob_digest(value)
        blobs[digest] = value
        info = ArrayInfo(value.shape, value.dtype.str, digest, digest)
        return Value("array", "ndarray", digest, array=info)
    if isinstance(value, (int, float)):
        return Value("scalar", type(value).__name__, str(value), scalar=float(value))
    return Value("other", type(value).__name__)


def notebook(**sources: str) -> str:
    """A notebook file with a cell per slot; underscores stand for hyphens."""
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {"grader": {"slot": slot.replace("_", "-")}},
        }
        for slot, source in sources.items()
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def submit(folder: Path, groups: Mapping[str, str], answer: str = "Summe durch Anzahl") -> Path:
    """Write submissions of the tiny lab: a notebook each, and an answer that names the group."""
    for name, text in groups.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "uebung.ipynb").write_text(text, encoding="utf-8")
        (folder / name / "kontrollfragen.md").write_text(f"## 1.\n{answer} {name}\n", "utf-8")
    return folder
