"""Kernels behind the walls, for jupyter_client: a provisioner and the two ways to start one.

The kernel's sockets are Unix sockets in its own folder. As soon as they are bound, before any code
of a student runs, they are moved into a folder that no kernel can see: what is connected to from
then on cannot be replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import zmq.asyncio
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from grader.engine.base import Job, KernelStartError
from grader.engine.box import Box
from grader.engine.inside import channel
from grader.engine.inside.places import HOME, LOG, kernel_environment
from grader.engine.wall import CODE, inside_uid, readable_paths, wall_arguments
from grader.engine.walls import Walls
from grader.evidence.collect import HostileEvidenceError, read_regular_file

__all__ = [
    "BoxProvisioner",
    "BoxedKernelManager",
    "Launcher",
    "WallLauncher",
    "ZygoteLauncher",
    "base_environment",
    "confinement",
    "ended",
]

_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
# Longest message that is taken from a kernel, and how many wait to be read.
_MAX_MESSAGE = 16_000_000
_SEND_MILLISECONDS = 2000
_MAX_WAITING = 100


class Launcher(Protocol):
    """Starts kernels in one box."""

    def start(self, connection_file: str, seconds: float) -> int:
        """Start a kernel that reads ``connection_file`` (a path inside); return a pidfd.

        Raises
        ------
        KernelStartError
        """
        ...


class ZygoteLauncher:
    """Asks the warm process for a fork.

    Parameters
    ----------
    end : socket
        The channel that the warm process adopted for this box.
    """

    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def start(self, connection_file: str, seconds: float) -> int:
        """See :class:`Launcher`."""
        self.end.settimeout(seconds)
        try:
            channel.send(self.end, {"kernel": connection_file})
            answer, fds = channel.receive(self.end)
        except (channel.Closed, OSError) as error:
            raise KernelStartError("der warme Prozess antwortet nicht") from error
        if len(fds) != 1:
            raise KernelStartError(f"der warme Prozess meldet: {answer.get('error')}")
        return fds[0]


class WallLauncher:
    """Starts each kernel as a new process inside bubblewrap."""

    def __init__(self, job: Job, box: Box, walls: Walls) -> None:
        self.job = job
        self.box = box
        self.walls = walls
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, connection_file: str, seconds: float) -> int:
        """See :class:`Launcher`."""
        plan = {**confinement(self.job, self.walls), "uid": inside_uid(), "hide": [CODE]}
        folder = self.box.inner / "verbindung"
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        os.replace(folder / Path(connection_file).name, folder / "kernel.json")
        _hand_over(folder)
        writable = {f"{HOME}/{path.name}": path for path in sorted(self.box.inner.iterdir())}
        keeps = ("CAP_SETUID", "CAP_SETGID")
        arguments = wall_arguments(writable, f"{HOME}/abgabe", rooms=(HOME,), root_keeps=keeps)
        environment = {**base_environment(), **kernel_environment(), **self.job.env}
        with (self.box.outer / LOG).open("ab") as log:
            self.process = run_in_wall(
                arguments, [sys.executable, "-m", "inside.launch"], environment, stderr=log
            )
        return os.pidfd_open(self.process.pid)


def run_in_wall(
    arguments: Sequence[str], command: Sequence[str], environment: dict[str, str], **popen: Any
) -> subprocess.Popen[bytes]:
    """Start a command inside bubblewrap; the arguments do not show in the list of processes."""
    memory = os.memfd_create("arguments")
    try:
        os.write(memory, b"".join(a.encode() + b"\0" for a in arguments))
        os.lseek(memory, 0, os.SEEK_SET)
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            [shutil.which("bwrap") or "bwrap", "--args", str(memory), "--", *command],
            env={**environment, "PYTHONPATH": CODE},
            pass_fds=(memory,),
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **popen},
        )
    finally:
        os.close(memory)


def base_environment() -> dict[str, str]:
    """Environment of kernels beside the lab's: nothing of this account's."""
    path = f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    return {
        "PATH": path,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        # More threads would compute the same sums in another order, and forbid to fork kernels.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def confinement(job: Job, walls: Walls) -> dict[str, Any]:
    """The message form of :class:`grader.engine.inside.confine.Confinement`."""
    return {
        "layers": [name for name in walls.names if name != "outer"],
        "readable": list(readable_paths()),
        "memory": job.limits.memory_mb * 2**20,
        "files": job.limits.files_mb * 2**20,
        "processes": job.limits.processes,
    }


def _hand_over(folder: Path) -> None:
    """Give the files in a folder to the kernel's user."""
    uid = inside_uid()
    if uid is not None:
        for path in folder.iterdir():
            os.chown(path, uid, uid)


def _last_words(*folders: Path) -> str:
    for folder in folders:
        with contextlib.suppress(HostileEvidenceError):
            text = read_regular_file(folder / LOG, 1_000_000).decode("utf-8", "replace")
            if text.strip():
                return text.strip().splitlines()[-1][:300]
    return "ohne Meldung"


def ended(pidfd: int, seconds: float = 0) -> bool:
    """Whether a process has ended, after waiting for that at most so long."""
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


class _Spec(KernelSpecManager):
    """The one kernel there is, whatever kernelspecs the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        provisioner = {"kernel_provisioner": {"provisioner_name": "grader-box"}}
        # A signal would reach the first process of the namespace, not the kernel.
        return KernelSpec(
            argv=[],
            display_name="grader",
            language="python",
            interrupt_mode="message",
            metadata=provisioner,
        )


class BoxedKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels live in a box behind walls."""

    def __init__(self, box: Box, launcher: Launcher, seconds: float) -> None:
        super().__init__(kernel_spec_manager=_Spec())
        self.box = box
        self.launcher = launcher
        self.start_seconds = seconds
        self.transport = "ipc"
        self.connection_file = str(box.outer / f"c{secrets.token_hex(3)}.json")
        self.reading = zmq.asyncio.Context()
        self.reading.setsockopt(zmq.MAXMSGSIZE, _MAX_MESSAGE)
        self.reading.setsockopt(zmq.RCVHWM, _MAX_WAITING)
        # jupyter_client sends synchronously: without a limit a kernel that reads nothing, or whose
        # connection broke, would block the driver with all its guards.
        for context in (self.reading, self.context):
            context.setsockopt(zmq.SNDTIMEO, _SEND_MILLISECONDS)

    def client(self, **kwargs: Any) -> Any:
        """A client whose sockets take no huge messages and no floods."""
        kwargs.setdefault("context", self.reading)
        return super().client(**kwargs)


class BoxProvisioner(KernelProvisionerBase):
    """Starts a kernel through the manager's launcher and holds it by a pidfd."""

    pidfd: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet cleaned up."""
        return self.pidfd is not None

    @property
    def pid(self) -> int | None:
        """The kernel's first process, as this machine counts."""
        if self.pidfd is None:
            return None
        with open(f"/proc/self/fdinfo/{self.pidfd}", encoding="ascii") as file:
            found = [int(line.split()[1]) for line in file if line.startswith("Pid:")]
        return found[0] if found and found[0] > 0 else None

    async def poll(self) -> int | None:
        """None while the kernel lives."""
        if self.pidfd is None:
            return 0
        return 1 if ended(self.pidfd) else None

    async def wait(self) -> int | None:
        """Wait for the kernel's end."""
        while await self.poll() is None:
            await asyncio.sleep(0.005)
        await self.cleanup()
        return 0

    async def send_signal(self, signum: int) -> None:
        """Kill on any signal that shall end; others are for messages."""
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.kill_now()

    def kill_now(self) -> None:
        """Kill the kernel and all that it started, without waiting for their end."""
        if self.pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all that it started."""
        self.kill_now()

    async def terminate(self, restart: bool = False) -> None:
        """As :meth:`kill`: nothing in a box deserves time to say goodbye."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the process."""
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Nothing of the caller's environment goes to the kernel."""
        return await super().pre_launch(cmd=[], **{**kwargs, "env": {}})

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel, move its sockets to where it cannot reach them.

        Raises
        ------
        KernelStartError
            If it does not bind its sockets in time.
        """
        manager = cast(BoxedKernelManager, self.parent)
        token = secrets.token_hex(3)
        folder = manager.box.inner / "verbindung"
        info: dict[str, Any] = {
            "transport": "ipc",
            "signature_scheme": "hmac-sha256",
            "key": secrets.token_hex(32),
            **{name: number for number, name in enumerate(_PORTS, start=1)},
        }
        file = folder / f"{token}.json"
        file.write_text(json.dumps({**info, "ip": f"{HOME}/verbindung/{token}"}), "utf-8")
        _hand_over(folder)
        self.pidfd = await asyncio.to_thread(
            manager.launcher.start, f"{HOME}/verbindung/{file.name}", manager.start_seconds
        )
        await self._take_sockets(folder, manager.box.outer, token, manager.start_seconds)
        ip = str(manager.box.outer / token)
        self.connection_info = cast(
            KernelConnectionInfo, {**info, "key": info["key"].encode(), "ip": ip}
        )
        return self.connection_info

    async def _take_sockets(self, inner: Path, outer: Path, token: str, seconds: float) -> None:
        names = [f"{token}-{number}" for number in range(1, len(_PORTS) + 1)]
        deadline = asyncio.get_running_loop().time() + seconds
        while not all((inner / name).exists() for name in names):
            if await self.poll() is not None:
                words = _last_words(inner, outer)
                raise KernelStartError(f"der Kernel endete beim Start ({words})")
            if asyncio.get_running_loop().time() > deadline:
                raise KernelStartError("der Kernel öffnet seine Verbindungen nicht")
            await asyncio.sleep(0.004)
        for name in names:
            if not stat.S_ISSOCK(os.lstat(inner / name).st_mode):
                raise KernelStartError("was der Kernel öffnete, ist keine Verbindung")
            os.rename(inner / name, outer / name)
