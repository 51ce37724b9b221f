"""One kernel under nbclient, hardened: limits that hold, a probe inside, nothing trusted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import psutil
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from zmq.utils.monitor import recv_monitor_message

from grader.engine.base import CellJob, Job, KernelStartError
from grader.engine.box import Box
from grader.engine.inside.places import HOME, kernel_environment
from grader.engine.provision import (
    BoxedKernelManager,
    BoxProvisioner,
    Launcher,
    base_environment,
)
from grader.evidence import probe as probe_module
from grader.evidence import rows as rows_module
from grader.evidence import steps as steps_module
from grader.evidence import training as training_module
from grader.evidence.collect import Capture, HostileEvidenceError
from grader.model import Array, RunStatus

__all__ = ["KernelSession", "RawRun"]

_GRACE_SECONDS = 5.0
_CAPTURE_SECONDS = 60.0
_MAX_FILES = 20_000


@dataclass(slots=True)
class RawRun:
    """What nbclient saw of one cell; ``reason`` details a limit that was reached."""

    status: RunStatus
    seconds: float
    outputs: list[dict[str, Any]]
    error: str = ""
    error_message: str = ""
    reason: str = ""


def _node(**fields: Any) -> Any:
    return nbformat.NotebookNode(**fields)  # type: ignore[no-untyped-call]


class _Specs(KernelSpecManager):
    """This interpreter's ipykernel without walls, whatever kernelspecs the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher"]
        argv += ["-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name="grader", language="python")


class _Client(NotebookClient):
    """nbclient that counts what comes in and drops what is over the limit."""

    def __init__(self, nb: Any, km: AsyncKernelManager, limit: int, **kwargs: Any) -> None:
        super().__init__(nb, km=km, **kwargs)
        self.output_limit = limit
        self.output_bytes = 0
        self.overflow = asyncio.Event()

    async def async_start_new_kernel_client(self) -> Any:
        """Connect as soon as the kernel answers on both channels.

        jupyter_client's own waiting spends a fifth of a second listening for what may still come.
        """
        manager: Any = self.km
        client: Any = manager.client()
        self.kc = client
        client.start_channels()
        client.allow_stdin = False
        deadline = time.monotonic() + (self.startup_timeout or 60)
        answered = subscribed = False
        while not (answered and subscribed):
            if time.monotonic() > deadline or not await manager.is_alive():
                raise DeadKernelError("Kernel did not answer")
            client.kernel_info()
            with contextlib.suppress(Empty):
                await client.get_shell_msg(timeout=1)
                answered = True
                # Any message shows that what the cells print will not be missed.
                await client.get_iopub_msg(timeout=1)
                subscribed = True
        return client

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self.output_bytes += _size(msg["content"])
            if self.output_bytes > self.output_limit:
                self.overflow.set()
                return None
        return super().process_message(msg, cell, cell_index)


def _used_memory(process: psutil.Process) -> int:
    """Bytes that a process takes, shared pages by share; all of them where that is not shown."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.AccessDenied, AttributeError):
        with contextlib.suppress(psutil.Error):
            return int(process.memory_info().rss)
    except psutil.Error:
        pass
    return 0


def _size(content: Mapping[str, Any]) -> int:
    data = content.get("data")
    if isinstance(data, Mapping):
        # Pictures are heavier than text and welcome; they count a tenth.
        return sum(
            len(str(v)) // (10 if str(k).startswith("image/") else 1) for k, v in data.items()
        )
    return len(str(content.get("text", "")))


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
    """

    def __init__(self, job: Job, box: Box, launcher: Launcher | None = None) -> None:
        self.job = job
        self.box = box
        self.launcher = launcher
        self.token = f"_grader_{secrets.token_hex(8)}"
        self.captures = 0
        self.client: _Client
        self.km: AsyncKernelManager
        self.dead = False
        self.too_many_files = False

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
        notebook = _node(cells=[], metadata=_node())
        self.client = _Client(
            notebook,
            self.km,
            self.job.limits.output_bytes,
            allow_errors=True,
            timeout=None,
            startup_timeout=int(self.job.limits.start_seconds),
            iopub_timeout=30,
            raise_on_iopub_timeout=True,
            record_timing=False,
            # nbclient's own merging takes quadratic time on one long line; outputs.py merges.
            coalesce_streams=False,
            store_widget_state=False,
            shutdown_kernel="immediate",
        )
        try:
            await self.client.async_start_new_kernel(
                cwd=str(self.box.inner / "abgabe"), env=self._environment()
            )
            await self.client.async_start_new_kernel_client()
            await self._silently(self._setup_code(), self.job.limits.start_seconds)
        except Exception as error:
            await self.stop()
            raise KernelStartError(f"Es ließ sich kein Kernel starten: {error}") from error

    def _bare_manager(self) -> AsyncKernelManager:
        """Manager of a kernel without walls, with the rights of this account."""
        sockets = self.box.outer / f"k{secrets.token_hex(3)}"
        sockets.mkdir(mode=0o700)
        manager = AsyncKernelManager(kernel_spec_manager=_Specs())
        manager.connection_file = str(sockets / "kernel.json")
        if os.name == "posix":
            manager.transport = "ipc"
            manager.ip = str(sockets / "s")
        return manager

    async def stop(self) -> None:
        """Kill the kernel and everything it started."""
        self.dead = True
        self._kill()
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

    def _setup_code(self) -> str:
        modules = (rows_module, probe_module, steps_module, training_module)
        sources = [Path(str(m.__file__)).read_text("utf-8") for m in modules]
        options = {
            "array_bytes": self.job.limits.array_bytes,
            "seed": self.job.seed,
            "samples": self.job.probe_samples,
            "folders": [".", "../data"],
        }
        return _SETUP.format(
            sources=json.dumps(sources),
            options=json.dumps(json.dumps(options)),
            imports=json.dumps(list(self.job.imports)),
            seed=self.job.seed,
            compile_training=self.job.compile_training,
            memory=self.job.limits.memory_mb * 1024 * 1024,
            file_size=2 * self.job.limits.files_mb * 1024 * 1024,
            token=self.token,
        )

    # ------------------------------------------------------------------ cells

    async def run(self, cell: CellJob) -> RawRun:
        """Run one cell under its limits. A kernel that dies is part of the result."""
        code = _node(cell_type="code", source=cell.source, metadata=_node(), outputs=[])
        self.client.nb["cells"] = [code]
        self.client.output_bytes = 0
        self.client.overflow = asyncio.Event()
        started = time.monotonic()
        reached: list[RunStatus] = []
        self.too_many_files = False
        error = ""
        async with self._guards(cell.seconds, reached):
            try:
                await self.client.async_execute_cell(code, 0)
            except DeadKernelError:
                self.dead = True
            except Exception as caught:
                # Forged or malformed messages surface as any exception inside nbclient.
                self.dead = True
                error = f"{type(caught).__name__}: {caught}"[:300]
        seconds = time.monotonic() - started
        run = RawRun("ok", seconds, list(code.get("outputs", [])), reason=error)
        for output in run.outputs:
            if output.get("output_type") == "error":
                run.status = "error"
                run.error = str(output.get("ename", ""))[:200]
                run.error_message = str(output.get("evalue", ""))[:2000]
        if run.error in ("MemoryError", "ResourceExhaustedError"):
            run.status = "memory"
        if self.dead:
            run.status = "kernel_died"
            await self.stop()
        if reached:
            run.status = reached[0]
            run.reason = "files" if self.too_many_files else run.reason
        return run

    @contextlib.asynccontextmanager
    async def _guards(self, seconds: float, reached: list[RunStatus]) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self._deadline(seconds, reached)),
            asyncio.create_task(self._flood(reached)),
            asyncio.create_task(self._refusals()),
            asyncio.create_task(self._memory(reached)),
            asyncio.create_task(self._disk(reached)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _deadline(self, seconds: float, reached: list[RunStatus]) -> None:
        await asyncio.sleep(seconds)
        await self._end("timeout", reached)

    async def _flood(self, reached: list[RunStatus]) -> None:
        await self.client.overflow.wait()
        await self._end("output_limit", reached)

    async def _refusals(self) -> None:
        """A message over the size limit is never seen: its connection is closed instead."""
        client: Any = self.client.kc
        monitor = client.iopub_channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        while True:
            await recv_monitor_message(monitor)
            await asyncio.sleep(0.2)
            if await self.km.is_alive():
                self.client.overflow.set()

    async def _memory(self, reached: list[RunStatus]) -> None:
        limit = self.job.limits.memory_mb * 1024 * 1024
        while True:
            await asyncio.sleep(0.3)
            if sum(_used_memory(process) for process in self._processes()) > limit:
                reached.append("memory")
                self._kill()
                return

    async def _disk(self, reached: list[RunStatus]) -> None:
        limit = self.job.limits.files_mb * 1024 * 1024
        before, _ = self.box.written()
        while True:
            await asyncio.sleep(1.0)
            size, count = self.box.written()
            if size - before > limit or count > _MAX_FILES:
                self.too_many_files = True
                await self._end("output_limit", reached)
                return

    async def _end(self, status: RunStatus, reached: list[RunStatus]) -> None:
        """Interrupt the cell; kill the kernel if it goes on regardless."""
        reached.append(status)
        for _ in range(2):
            with contextlib.suppress(Exception):
                await self.km.interrupt_kernel()
            await asyncio.sleep(_GRACE_SECONDS / 2)
        self._kill()

    def _kill(self) -> None:
        provisioner = getattr(self.km, "provisioner", None)
        if isinstance(provisioner, BoxProvisioner):
            # With the first process of its namespace everything in it ends.
            if provisioner.pidfd is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(provisioner.pidfd, signal.SIGKILL)
            return
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _processes(self) -> list[psutil.Process]:
        provisioner = getattr(self.km, "provisioner", None)
        if isinstance(provisioner, BoxProvisioner):
            pid = provisioner.pid
        else:
            pid = getattr(provisioner, "pid", None)
        if not pid:
            return []
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(pid)
            return [*root.children(recursive=True), root]
        return []

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
        code = f"__import__('sys').modules[{self.token!r}].probe.capture({path!r})"
        try:
            await self._silently(code, _CAPTURE_SECONDS)
        except (TimeoutError, DeadKernelError) as error:
            raise HostileEvidenceError("der Kernel antwortet nicht mehr") from error
        return self.box.read_capture(name)

    async def _silently(self, code: str, seconds: float) -> None:
        client: Any = self.client.kc
        if client is None:
            raise DeadKernelError("no client")
        message: str = client.execute(code, silent=True, store_history=False, allow_stdin=False)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
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


# Runs in the kernel before the student's first cell. Builtins are copied, so that replacing
# them later does not reach the probe.
_SETUP = """
def _grader_setup():
    import builtins, importlib, json, random, sys, types
    try:
        import resource
        limit = {memory}
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, ({file_size}, {file_size}))
    except (ImportError, ValueError, OSError):
        pass
    for name in {imports}:
        importlib.import_module(name)
    module = types.ModuleType("probe")
    module.__dict__["__builtins__"] = dict(vars(builtins))
    for source in {sources}:
        exec(compile(source, "<probe>", "exec"), module.__dict__)
    shell = get_ipython()
    if "matplotlib.pyplot" in sys.modules:
        shell.enable_matplotlib("inline")
    random.seed({seed})
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed({seed})
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].keras.utils.set_random_seed({seed})
    module.probe = module.Probe(shell.user_ns, shell.user_ns_hidden, json.loads({options}))
    if {compile_training}:
        module.Training(module.probe.note_fit).install()
    module.probe.watch_libraries()
    sys.modules["{token}"] = module
_grader_setup()
del _grader_setup
"""
