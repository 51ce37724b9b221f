"""The seam between the pipeline and whatever runs notebooks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec

from grader.errors import EngineError
from grader.lab import Limits
from grader.model import NotebookEvidence

__all__ = [
    "CellJob",
    "Engine",
    "Job",
    "KernelStartError",
    "Progress",
    "Report",
    "WarmStartError",
    "pass_on",
]


class KernelStartError(EngineError):
    """No kernel came up; another attempt may succeed."""


class WarmStartError(EngineError):
    """Kernels cannot be forked for this environment, however often one tries."""


@dataclass(frozen=True, slots=True)
class CellJob:
    """A code cell to run: its index in the notebook, its limit, where it belongs.

    ``setup`` cells are run again when a new kernel must go on after a crash. ``cuts`` names
    where evidence is taken while the cell runs: before which of its ``statements``, and the line
    (both counted from 0) from which on its code belongs to the next part.
    """

    index: int
    source: str
    seconds: float
    task: str = ""
    setup: bool = False
    cuts: tuple[tuple[int, int], ...] = ()
    statements: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything an engine needs to run one notebook, as plain data.

    Attributes
    ----------
    data : str
        Folder that the notebook sees as ``../data``.
    env : mapping
        Environment variables of the kernel (the lab's and the profile's).
    warm : tuple of str
        Modules that a warm process imports besides ``imports``: notebooks find them quicker.
    walls : tuple of str
        Layers of :class:`grader.engine.walls.Walls` around the kernel; engines set them.
    """

    notebook: str
    cells: tuple[CellJob, ...]
    data: str
    data_exclude: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    imports: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    probe_samples: int = 64
    compile_training: bool = True
    label: str = ""
    warm: tuple[str, ...] = ()
    walls: tuple[str, ...] = ()

    @property
    def data_path(self) -> Path:
        """``data`` as a path."""
        return Path(self.data)


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life: which cell of how many starts now, and its first line."""

    label: str
    notebook: str
    position: int
    total: int
    line: str = ""


Report: TypeAlias = Callable[[Progress], None]


def pass_on(lines: Iterable[bytes], report: Report | None) -> None:
    """Pass on the progress that a driver tells in JSON lines, until it ends."""
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):
            progress = msgspec.json.decode(line, type=Progress)
            if report is not None:
                report(progress)


class Engine(Protocol):
    """Runs notebooks. Implementations are safe to call from several threads."""

    name: str

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook and return what it left behind.

        Whatever the student's code does ends as evidence and problems.

        Raises
        ------
        EngineError
            If the notebook could not be run through no fault of the student's.
        """
        ...

    def close(self) -> None:
        """Release processes and folders."""
        ...
