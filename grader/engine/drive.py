"""Drives one notebook through its kernel; runs as a process of its own.

``python -m grader.engine.drive INNER OUTER`` reads ``OUTER/job.json``, writes the evidence into a
store at ``OUTER/out`` and reports progress as JSON lines on standard output. A process per
notebook, since a kernel in hostile hands can bring its driver down; the grader itself only waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import msgspec

from grader.engine.base import CellJob, Job, KernelStartError, Progress
from grader.engine.box import RESULT_KEY, Box
from grader.engine.outputs import plain_outputs, split_outputs
from grader.engine.parts import parts_of
from grader.engine.provision import Launcher, WallLauncher
from grader.engine.session import KernelSession, RawRun
from grader.engine.walls import Walls
from grader.errors import EngineError
from grader.evidence.collect import Capture, HostileEvidenceError
from grader.messages import problem
from grader.model import Array, CellRun, Figure, NotebookEvidence, Output, Problem

__all__ = ["drive", "end_with_parent", "main", "run"]

_MAX_RESTARTS = 3
_QUICK_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1


class _Run:
    """State of one notebook's run."""

    def __init__(
        self,
        job: Job,
        box: Box,
        report: Callable[[Progress], None],
        launcher: Launcher | None,
    ) -> None:
        self.job = job
        self.box = box
        self.launcher = launcher
        self.report = report
        self.cells: list[CellRun] = []
        self.problems: list[Problem] = []
        self.blobs: dict[str, Array] = {}
        self.names: set[str] = set()
        self.forget: set[str] = set()
        # Cells after which the kernel said nothing more.
        self.silencing: set[int] = set()
        self.compiled_fits: list[dict[str, object]] = []
        self.restarts = 0
        self.started = time.monotonic()
        self.session = KernelSession(job, box, launcher, box.written())

    async def go(self) -> None:
        await self.session.start()
        lost_task: str | None = None
        for position, cell in enumerate(self.job.cells):
            if self._out_of_time() or (self.session.dead and lost_task is None):
                self.cells.append(CellRun(cell.index, cell.source))
                continue
            if self.session.dead:
                # A crash costs its own task; the next one starts in a new kernel.
                if cell.task == lost_task or cell.setup or not await self._restart(cell):
                    self.cells.append(CellRun(cell.index, cell.source))
                    continue
            line = cell.source.strip().splitlines()[0][:80]
            total = len(self.job.cells)
            self.report(Progress(self.job.label, self.job.notebook, position + 1, total, line))
            await self._cell(cell)
            if self.session.dead:
                lost_task = None if cell.setup else cell.task

    def _out_of_time(self) -> bool:
        limit = self.job.limits.notebook_seconds
        if time.monotonic() - self.started <= limit:
            return False
        if not any(p.kind == "notebook_timeout" for p in self.problems):
            self._problem("notebook_timeout", None, seconds=round(limit))
        return True

    async def _restart(self, cell: CellJob) -> bool:
        """Go on in a new kernel, after running again what had worked so far and is quick."""
        if self.restarts >= _MAX_RESTARTS:
            return False
        self.restarts += 1
        self.session = KernelSession(self.job, self.box, self.launcher, self.session.written_before)
        try:
            await self.session.start()
        except EngineError:
            return False
        worked = {c.index for c in self.cells if c.status == "ok" and c.seconds <= _QUICK_SECONDS}
        worked -= self.silencing
        for earlier in self.job.cells:
            if earlier.index in worked:
                await self.session.run(replace(earlier, seconds=2 * _QUICK_SECONDS))
                if self.session.dead:
                    return False
        try:
            # What is there now belongs to the cells before: the next one reports its own.
            there, blobs = await self.session.capture()
        except HostileEvidenceError:
            return False
        self.blobs |= blobs
        self.forget = self.names - set(there.variables)
        self.names = set(there.variables)
        self._problem("restarted", cell.index - 1)
        return True

    async def _cell(self, cell: CellJob) -> None:
        left = self.job.limits.notebook_seconds - (time.monotonic() - self.started)
        seconds = max(1.0, min(cell.seconds, left))
        if cell.cuts:
            await self.session.arm(cell)
        raw = await self.session.run(replace(cell, seconds=seconds))
        capture = Capture({})
        if not self.session.dead:
            try:
                capture, blobs = await self.session.capture()
                self.blobs |= blobs
            except HostileEvidenceError as error:
                self._problem("hostile_evidence", cell.index, reason=str(error))
                if "antwortet nicht" in str(error):
                    self.silencing.add(cell.index)
                    await self.session.stop()
        shown, shown_by_part = split_outputs(raw.outputs)
        outputs, images = plain_outputs(shown)
        self.blobs |= images
        self.names |= set(capture.variables)
        gone = (self.forget - set(capture.variables)) | set(capture.deleted)
        self.forget = set()
        self.compiled_fits += [{"cell": cell.index, **asdict(fit)} for fit in capture.fits]
        ran = CellRun(
            index=cell.index,
            source=cell.source,
            status=raw.status,
            seconds=round(raw.seconds, 3),
            outputs=tuple(outputs),
            error=raw.error,
            error_message=raw.error_message,
            variables=capture.variables,
            deleted=tuple(sorted(gone)),
            calls=capture.calls,
            networks=capture.networks,
            figures=_with_pictures(capture.figures, outputs),
            files=capture.files,
            noticed=capture.noticed[:100],
        )
        self.cells.append(replace(ran, parts=parts_of(ran, cell, capture.parts, shown_by_part)))
        self._explain(cell, raw, seconds)

    def _explain(self, cell: CellJob, raw: RawRun, seconds: float) -> None:
        limits = self.job.limits
        if raw.status == "error":
            text = " ".join(raw.error_message.split())[:200]
            self._problem("cell_error", cell.index, error=raw.error, text=text)
        elif raw.status == "timeout":
            self._problem("timeout", cell.index, seconds=round(seconds))
        elif raw.status == "memory":
            self._problem("memory", cell.index, limit=limits.memory_mb)
        elif raw.status == "output_limit" and raw.reason == "files":
            self._problem("files_limit", cell.index, limit=limits.files_mb)
        elif raw.status == "output_limit":
            megabytes = round(limits.output_bytes / 1e6, 1)
            self._problem("output_limit", cell.index, limit=f"{megabytes:g}".replace(".", ","))
        elif raw.status == "kernel_died":
            self._problem("kernel_died", cell.index)

    def _problem(self, kind: str, cell: int | None, **values: object) -> None:
        self.problems.append(problem(kind, self.job.notebook, cell, **values))


def _with_pictures(figures: tuple[Figure, ...], outputs: list[Output]) -> tuple[Figure, ...]:
    pictures = {o.figure: o.image for o in outputs if o.figure is not None and o.image}
    return tuple(replace(f, png=pictures.get(i, "")) for i, f in enumerate(figures))


async def drive(
    job: Job,
    box: Box,
    report: Callable[[Progress], None],
    launcher: Launcher | None = None,
) -> NotebookEvidence:
    """Run a notebook and return its evidence.

    Parameters
    ----------
    job : Job
    box : Box
        The run's folders, furnished.
    report : callable
        Called before each cell.
    launcher : Launcher, optional
        Starts kernels behind walls; without one they have the rights of this account.

    Raises
    ------
    KernelStartError
        If no kernel comes up.
    """
    run = _Run(job, box, report, launcher)
    try:
        await run.go()
    finally:
        with contextlib.suppress(Exception):
            await run.session.stop()
    seconds = round(time.monotonic() - run.started, 2)
    return NotebookEvidence(
        job.notebook,
        tuple(run.cells),
        tuple(run.problems),
        {
            "seconds": seconds,
            "restarts": run.restarts,
            "walls": list(job.walls),
            "compiled_fits": run.compiled_fits,
        },
        run.blobs,
    )


def run(box: Box, launcher: Launcher | None) -> int:
    """Drive a furnished box's notebook; leave the evidence, or the reason why there is none.

    Progress goes to standard output as JSON lines.

    Returns
    -------
    int
        An exit code: 0, or 3 if no kernel came up.
    """
    logging.disable(logging.CRITICAL)

    def report(progress: Progress) -> None:
        with contextlib.suppress(OSError):
            os.write(1, msgspec.json.encode(progress) + b"\n")

    # ZeroMQ waits for sockets, which Windows' own loop cannot.
    loops = getattr(asyncio, "SelectorEventLoop", None) if sys.platform == "win32" else None
    try:
        with asyncio.Runner(loop_factory=loops) as runner:
            evidence = runner.run(drive(box.job, box, report, launcher))
    except KernelStartError as error:
        (box.outer / "failed.txt").write_text(str(error), encoding="utf-8")
        return 3
    box.store.put(RESULT_KEY, evidence)
    return 0


def end_with_parent() -> None:
    """Have the system kill this process when the one that started it ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(arguments: list[str] | None = None) -> int:
    """Entry point of a driver process that was started, not forked."""
    inner, outer = sys.argv[1:] if arguments is None else arguments
    end_with_parent()
    box = Box(Path(inner), Path(outer))
    job = box.job
    walls = Walls.only(*job.walls)
    launcher = WallLauncher(job, box, walls) if walls.outer else None
    return run(box, launcher)


if __name__ == "__main__":
    sys.exit(main())
