"""Starts drivers by fork: a process that has imported what drives kernels, once.

``python -m grader.engine.drivers`` with one end of a channel as standard input. A message names a
run's folders and brings two descriptors, the channel to the warm process and a pipe for progress;
the answer brings the driver's pidfd. Each notebook still has a driver of its own, since a kernel in
hostile hands can bring its driver down.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from nbformat.v4 import new_output

from grader.engine import drive
from grader.engine.box import Box
from grader.engine.drive import end_with_parent
from grader.engine.inside import channel
from grader.engine.provision import ZygoteLauncher
from grader.engine.wall import grader_folder
from grader.errors import EngineError

__all__ = ["Drivers", "main"]


class Drivers:
    """The engine's side of the process that forks drivers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end, theirs = channel.pair()
        # The drivers must find the very grader that started them, also from a checkout.
        path = str(grader_folder().parent)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "grader.engine.drivers"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
            )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def start(self, box: Box, warm: socket.socket, progress: int) -> int:
        """Start a driver for a box; return its pidfd.

        Parameters
        ----------
        warm : socket
            The channel adopted by the warm process.
        progress : int
            Descriptor to which the driver writes JSON lines.

        Raises
        ------
        EngineError
            If no driver could be started.
        """
        message = {"inner": str(box.inner), "outer": str(box.outer)}
        try:
            with self._lock:
                channel.send(self._end, message, [warm.fileno(), progress])
                _, fds = channel.receive(self._end)
            (pidfd,) = fds
        except (channel.Closed, OSError, ValueError) as error:
            raise EngineError("Es ließ sich kein Treiber starten.") from error
        return pidfd

    def close(self) -> None:
        """End the process and all drivers."""
        self._end.close()
        with contextlib.suppress(ProcessLookupError):
            # Once it is reaped its number may belong to others.
            if self.alive:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _drive(box: Box, warm: int, progress: int) -> None:
    """In the forked child: drive one notebook. Never returns."""
    code = 3
    try:
        with (box.outer / "driver.log").open("wb") as log:
            os.dup2(log.fileno(), 2)
        os.dup2(progress, 1)
        os.close(progress)
        launcher = ZygoteLauncher(socket.socket(fileno=warm))
        code = drive.run(box, launcher)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _reap() -> None:
    """Let go of drivers that have ended; a pidfd for each was needed as long as it ran."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Serve until the engine is gone."""
    # Whatever happens to the engine, nothing of it stays behind.
    end_with_parent()
    end = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    # nbformat compiles its schema at the first output: here once, not in every driver.
    new_output("stream")  # type: ignore[no-untyped-call]
    gc.collect()
    gc.freeze()
    with contextlib.suppress(channel.Closed):
        while True:
            message, fds = channel.receive(end)
            _reap()
            child = os.fork()
            if child == 0:
                end.close()
                end_with_parent()
                _drive(Box(Path(message["inner"]), Path(message["outer"])), *fds)
            for fd in fds:
                os.close(fd)
            pidfd = os.pidfd_open(child)
            channel.send(end, {"ok": True}, [pidfd])
            os.close(pidfd)


if __name__ == "__main__":
    main()
