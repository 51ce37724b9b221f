"""One kernel under nbclient, hardened: limits that hold, a probe inside, nothing trusted."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from queue import Empty
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError

from grader.engine.allowance import Allowance
from grader.engine.base import CellJob, Job, KernelStartError
from grader.engine.box import Box
from grader.engine.client import BareSpecs, Client, code_cell
from grader.engine.inside.places import HOME, kernel_environment
from grader.engine.provision import (
    BoxedKernelManager,
    BoxProvisioner,
    Launcher,
    base_environment,
)
from grader.engine.setup import setup_code
from grader.engine.watch import Watch, kill_kernel, pids_of
from grader.evidence.collect import Capture, HostileEvidenceError
from grader.model import Array, RunStatus

__all__ = ["KernelSession", "RawRun"]


@dataclass(slots=True)
class RawRun:
    """What nbclient saw of one cell; ``reason`` details a limit that was reached."""

    status: RunStatus
    seconds: float
    outputs: list[dict[str, Any]]
    error: str = ""
    error_message: str = ""
    reason: str = ""


class KernelSession:
    """A running kernel with the probe inside.

    Parameters
    ----------
    job : Job
        Limits, environment and imports.
    box : Box
        The run's own folders.
    launcher : Launcher, optional
        Starts the kernel behind walls; without one it runs with the rights of this account.
    written_before : tuple of int
        Bytes and entries in the box that do not count against the limit of files.
    """

    def __init__(
        self,
        job: Job,
        box: Box,
        launcher: Launcher | None = None,
        written_before: tuple[int, int] = (0, 0),
    ) -> None:
        self.job = job
        self.written_before = written_before
        self.box = box
        self.launcher = launcher
        self.token = f"_grader_{secrets.token_hex(8)}"
        self.captures = 0
        self.client: Client
        self.km: AsyncKernelManager
        self.dead = False

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Start the kernel and put the probe into it.

        Raises
        ------
        KernelStartError
            If no kernel comes up within ``limits.start_seconds``.
        """
        seconds = self.job.limits.start_seconds
        if self.launcher is not None:
            self.km = BoxedKernelManager(self.box, self.launcher, seconds)
        else:
            self.km = self._bare_manager()
        # orjson crashes the process on deeply nested JSON, which a kernel may send.
        self.km.session.unpacker = "jupyter_client.session.json_unpacker"
        self.client = Client(self.km, self.job.limits)
        try:
            await self.client.async_start_new_kernel(
                cwd=str(self.box.inner / "abgabe"), env=self._environment()
            )
            await self.client.async_start_new_kernel_client()
            code = setup_code(self.job, self.token, bare=self.launcher is None)
            await self._silently(code, seconds)
        except Exception as error:
            await self.stop()
            raise KernelStartError(f"Es ließ sich kein Kernel starten: {error}") from error

    def _bare_manager(self) -> AsyncKernelManager:
        """Manager of a kernel without walls, with the rights of this account."""
        sockets = self.box.outer / f"k{secrets.token_hex(3)}"
        sockets.mkdir(mode=0o700)
        manager = AsyncKernelManager(kernel_spec_manager=BareSpecs())
        manager.connection_file = str(sockets / "kernel.json")
        if os.name == "posix":
            manager.transport = "ipc"
            manager.ip = str(sockets / "s")
        return manager

    async def stop(self) -> None:
        """Kill the kernel and everything it started."""
        self.dead = True
        kill_kernel(self.km)
        with contextlib.suppress(Exception):
            if isinstance(self.km.provisioner, BoxProvisioner):
                # Killed is as good as ended: it runs no code any more, and nobody needs its end.
                await self.km.provisioner.cleanup()
                await self.km.cleanup_resources()
            elif self.km.has_kernel:
                await self.km.shutdown_kernel(now=True)
        with contextlib.suppress(Exception):
            if self.client.kc is not None:
                self.client.kc.stop_channels()
        if isinstance(self.km, BoxedKernelManager):
            self.km.reading.destroy(linger=0)

    def _environment(self) -> dict[str, str]:
        env = {**base_environment(), **kernel_environment(str(self.box.inner))}
        env |= {"PATH": os.environ.get("PATH", os.defpath), "JPY_PARENT_PID": str(os.getpid())}
        if os.name == "nt":
            env = {**os.environ, **env}
        return {**env, **self.job.env}

    # ------------------------------------------------------------------ cells

    async def run(self, cell: CellJob) -> RawRun:
        """Run one cell under its limits. A kernel that dies is part of the result."""
        code = code_cell(cell.source)
        started = time.monotonic()
        watch = Watch(self.km, self.client, self.box, self.job.limits, self.written_before)
        error = ""
        async with watch.over(cell.seconds):
            try:
                await self.client.run_cell(code)
            except DeadKernelError:
                self.dead = True
            except Exception as caught:
                # Forged or malformed messages surface as any exception inside nbclient.
                self.dead = True
                error = f"{type(caught).__name__}: {caught}"[:300]
        seconds = time.monotonic() - started
        if not watch.reached and watch.too_much_written():
            # Written within a moment: what is over the limit is over it all the same.
            watch.reached.append("output_limit")
            self.dead = True
        if watch.too_many_files:
            self.written_before = watch.written()
        run = RawRun("ok", seconds, list(code.get("outputs", [])), reason=error)
        for output in run.outputs:
            if output.get("output_type") == "error":
                run.status = "error"
                run.error = str(output.get("ename", ""))[:200]
                run.error_message = str(output.get("evalue", ""))[:2000]
        if run.status == "ok" and self.client.reply.get("status") == "error":
            # An error whose message got lost, as when memory did not suffice to format it.
            run.status = "error"
            run.error = str(self.client.reply.get("ename", ""))[:200]
            run.error_message = str(self.client.reply.get("evalue", ""))[:2000]
        if run.error in ("MemoryError", "ResourceExhaustedError"):
            run.status = "memory"
        if self.dead:
            run.status = "kernel_died"
            await self.stop()
        if watch.reached:
            run.status = watch.reached[0]
            run.reason = "files" if watch.too_many_files else run.reason
        return run

    # ------------------------------------------------------------------ evidence

    async def capture(self) -> tuple[Capture, dict[str, Array]]:
        """Let the probe write what is new and read it.

        Raises
        ------
        HostileEvidenceError
            If the kernel does not answer or what it wrote is unreadable.
        """
        name = f"{self.captures:04d}-{secrets.token_hex(4)}"
        self.captures += 1
        home = self.box.inner if self.launcher is None else HOME
        path = f"{home}/belege/{name}"
        code = f"__import__('sys').modules[{self.token!r}].capture({path!r})"
        try:
            await self._silently(code, self.job.limits.capture_seconds)
        except (TimeoutError, DeadKernelError) as error:
            raise HostileEvidenceError("der Kernel antwortet nicht mehr") from error
        return self.box.read_capture(name)

    async def arm(self, cell: CellJob) -> None:
        """Have the probe take evidence at the cuts of a cell that runs next.

        Without its answer the cell runs whole.
        """
        cuts = [statement for statement, _ in cell.cuts]
        code = f"__import__('sys').modules[{self.token!r}].arm({cuts!r}, {cell.statements})"
        with contextlib.suppress(TimeoutError, DeadKernelError, HostileEvidenceError):
            await self._silently(code, self.job.limits.capture_seconds)

    async def _silently(self, code: str, seconds: float) -> None:
        client: Any = self.client.kc
        if client is None:
            raise DeadKernelError("no client")
        message: str = client.execute(code, silent=True, store_history=False, allow_stdin=False)
        allowance = Allowance(seconds, lambda: pids_of(self.km))
        while allowance.left():
            try:
                reply: Any = await client.get_shell_msg(timeout=1)
            except Empty:
                if not await self.km.is_alive():
                    raise DeadKernelError("Kernel died") from None
                continue
            if reply["parent_header"].get("msg_id") == message:
                content = reply["content"]
                if content.get("status") != "ok":
                    text = f"{content.get('ename')}: {content.get('evalue')}"[:500]
                    raise HostileEvidenceError(text)
                return
        raise TimeoutError
