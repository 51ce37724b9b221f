"""The limits of a running cell: time, output, memory, files. Each ends the cell when reached."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import psutil
import zmq
from jupyter_client.manager import AsyncKernelManager
from zmq.utils.monitor import recv_monitor_message

from grader.engine.allowance import Allowance
from grader.engine.box import MANY, Box
from grader.engine.client import Client
from grader.engine.provision import BoxProvisioner
from grader.lab import Limits
from grader.model import RunStatus

__all__ = ["Watch", "kill_kernel", "pids_of", "processes_of"]

_GRACE_SECONDS = 5.0
_MAX_DESCRIPTORS = 3000


def processes_of(manager: AsyncKernelManager) -> list[psutil.Process]:
    """A kernel's first process and all below it."""
    pid = getattr(getattr(manager, "provisioner", None), "pid", None)
    if not pid:
        return []
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        return [*descendants(root), root]
    return []


def descendants(root: psutil.Process) -> list[psutil.Process]:
    """All processes below one.

    psutil reads the status of every process of the machine for it; Linux tells a process's children
    by itself, at a hundredth of the time.
    """
    if not os.path.exists(f"/proc/{root.pid}/task/{root.pid}/children"):
        return root.children(recursive=True)
    found: list[psutil.Process] = []
    waiting = [root.pid]
    while waiting:
        for pid in _children(waiting.pop()):
            waiting.append(pid)
            with contextlib.suppress(psutil.Error):
                found.append(psutil.Process(pid))
    return found


def _children(pid: int) -> list[int]:
    """Numbers of the processes that a process's threads started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def pids_of(manager: AsyncKernelManager) -> list[int]:
    """Numbers of a kernel's processes."""
    return [process.pid for process in processes_of(manager)]


def kill_kernel(manager: AsyncKernelManager) -> None:
    """Kill a kernel and everything it started."""
    provisioner = getattr(manager, "provisioner", None)
    if isinstance(provisioner, BoxProvisioner):
        # With the first process of its namespace everything in it ends.
        provisioner.kill_now()
        return
    for process in processes_of(manager):
        with contextlib.suppress(psutil.Error):
            process.kill()


def resident(process: psutil.Process) -> int:
    """Bytes that a process has in memory, what it shares with others included."""
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def used_memory(process: psutil.Process) -> int:
    """Bytes that a process takes, shared pages by share; all of them where that is not shown."""
    with contextlib.suppress(psutil.Error, AttributeError):
        return int(process.memory_full_info().pss)
    return resident(process)


def takes_more(processes: list[psutil.Process], limit: int) -> bool:
    """Whether processes take more memory than ``limit`` bytes.

    To add up the shares takes the system a hundredth of a second for each process, in which that
    process may have to wait; they can only exceed what the resident sizes exceed.
    """
    return sum(map(resident, processes)) > limit and sum(map(used_memory, processes)) > limit


def descriptors_of(process: psutil.Process) -> list[str]:
    """Paths in ``/proc`` of a process's open descriptors; none where there is no such folder."""
    folder = f"/proc/{process.pid}/fd"
    with contextlib.suppress(OSError):
        return [f"{folder}/{name}" for name in os.listdir(folder)]
    return []


def nameless_files(processes: list[psutil.Process]) -> int:
    """Bytes of files that were removed but are still open."""
    sizes: dict[tuple[int, int], int] = {}
    for process in processes:
        for path in descriptors_of(process):
            with contextlib.suppress(OSError):
                status = os.stat(path)
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


@dataclass
class Watch:
    """Watches one cell.

    Attributes
    ----------
    before : tuple of int
        Bytes and entries in the box that do not count: the lab's data, and what an earlier cell was
        ended for.
    reached : list of RunStatus
        The limits that were reached, the first one first.
    too_many_files : bool
        Whether ``output_limit`` was reached by files, not by what was printed.
    """

    manager: AsyncKernelManager
    client: Client
    box: Box
    limits: Limits
    before: tuple[int, int] = (0, 0)
    reached: list[RunStatus] = field(default_factory=list)
    too_many_files: bool = False

    @contextlib.asynccontextmanager
    async def over(self, seconds: float) -> AsyncIterator[None]:
        """Watch while a cell runs that may take so many seconds."""
        guards: tuple[Callable[[], Any], ...] = (
            lambda: self._deadline(seconds),
            self._flood,
            self._refusals,
            self._memory,
            self._files,
        )
        tasks = [asyncio.create_task(guard()) for guard in guards]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _deadline(self, seconds: float) -> None:
        allowance = Allowance(seconds, lambda: pids_of(self.manager))
        while left := allowance.left():
            await asyncio.sleep(left)
        await self._end("timeout")

    async def _flood(self) -> None:
        await self.client.overflow.wait()
        await self._end("output_limit")

    async def _refusals(self) -> None:
        """A message over the size limit is never seen: its connection is given up instead.

        A kernel that ends closes the connection as well, and may count as alive for a moment more;
        only then does ZeroMQ try to connect again.
        """
        client: Any = self.client.kc
        events = zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED
        monitor = client.iopub_channel.socket.get_monitor_socket(events)
        while True:
            event = await recv_monitor_message(monitor)
            if event["event"] != zmq.EVENT_DISCONNECTED:
                continue
            tries_again = await monitor.poll(200)
            if not tries_again and await self.manager.is_alive():
                self.client.overflow.set()

    async def _memory(self) -> None:
        limit = self.limits.memory_mb * 2**20
        while True:
            await asyncio.sleep(0.3)
            processes = processes_of(self.manager)
            # Buffers of sockets and pipes are memory that belongs to no process.
            descriptors = sum(len(descriptors_of(p)) for p in processes)
            if takes_more(processes, limit) or descriptors > _MAX_DESCRIPTORS:
                self.reached.append("memory")
                kill_kernel(self.manager)
                return

    async def _files(self) -> None:
        while not self.too_much_written():
            await asyncio.sleep(0.5)
        await self._end("output_limit")

    def too_much_written(self) -> bool:
        """Whether files take more room than they may, those without a name included."""
        size, count = self.written()
        too_much = size - self.before[0] > self.limits.files_mb * 2**20
        too_much = too_much or count - self.before[1] >= MANY
        self.too_many_files = self.too_many_files or too_much
        return too_much

    def written(self) -> tuple[int, int]:
        """Bytes and entries in the box, files without a name included."""
        size, count = self.box.written()
        return size + nameless_files(processes_of(self.manager)), count

    async def _end(self, status: RunStatus) -> None:
        """Interrupt the cell; kill the kernel if it goes on regardless."""
        self.reached.append(status)
        for _ in range(2):
            with contextlib.suppress(Exception):
                await self.manager.interrupt_kernel()
            await asyncio.sleep(_GRACE_SECONDS / 2)
        kill_kernel(self.manager)
