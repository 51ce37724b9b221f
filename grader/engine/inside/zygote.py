"""The warm process: imports the lab's libraries once and forks a kernel whenever asked.

Started as ``python -m inside.zygote`` with one end of a channel as its standard input. Messages on
it are ``{"adopt": BOX, …}`` with the end of another channel: whoever holds that channel's other end
may ask for kernels in this box (a folder), one after the other, with ``{"kernel": FILE}``. The
answer carries a pidfd of the kernel's first process: to kill it is to kill all it started. When
the channel closes, so does the box's kernel.

It never computes anything itself. TensorFlow survives a fork only while its eager context does
not exist, which shows in its threads: before each fork there must be none but Python's own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from . import channel, system
from .confine import Confinement, landlock_works, seccomp_works
from .kernel import become_kernel, without_debugger
from .places import MAX_THREADS

__all__ = ["Zygote", "main", "preload", "threads"]

# What every kernel imports when it starts.
_USUAL = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib_inline.backend_inline",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.display",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "encodings.ascii",
    "encodings.latin_1",
    "tornado.platform.asyncio",
    "tornado.queues",
    "numpy",
)


def threads() -> int:
    """Number of this process's threads, Python's and others'."""
    return len(os.listdir("/proc/self/task"))


def preload(names: Sequence[str]) -> dict[str, str]:
    """Import modules; what cannot be imported is named with the reason and left to the kernels."""
    failed = {}
    without_debugger()
    for name in (*_USUAL, *names):
        try:
            importlib.import_module(name)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"[:200]
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        # Loaded on first use, which takes a second; naming its parts touches no eager context.
        with contextlib.suppress(Exception):
            for part in ("Model", "Sequential", "layers", "models", "utils", "callbacks"):
                getattr(tensorflow.keras, part)
    return {n: reason for n, reason in failed.items() if n in names}


@dataclass
class _Box:
    """A box that a channel was adopted for, and the pidfds of the kernels it got."""

    path: str
    plan: Confinement
    kernels: list[int] = field(default_factory=list)

    def kill(self) -> None:
        for pidfd in self.kernels:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.close(pidfd)
        self.kernels = []


class Zygote:
    """The warm process's loop.

    Parameters
    ----------
    main : socket
        The engine's channel; when it closes, everything ends.
    """

    def __init__(self, main: socket.socket) -> None:
        self.main = main
        self.boxes: dict[socket.socket, _Box] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(main, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer until the engine is gone; then nothing is left running."""
        try:
            while True:
                for key, _ in self.selector.select():
                    end = cast(socket.socket, key.fileobj)
                    if end is self.main:
                        self._adopt()
                        continue
                    try:
                        self._fork(end)
                    except channel.Closed:
                        self._forget(end)
        except channel.Closed:
            for box in self.boxes.values():
                box.kill()

    def _adopt(self) -> None:
        message, fds = channel.receive(self.main)
        try:
            box = _Box(str(message["adopt"]), Confinement.from_message(message))
            (fd,) = fds
        except (KeyError, TypeError, ValueError):
            for fd in fds:
                os.close(fd)
            return
        end = socket.socket(fileno=fd)
        self.boxes[end] = box
        self.selector.register(end, selectors.EVENT_READ)

    def _forget(self, end: socket.socket) -> None:
        self.selector.unregister(end)
        end.close()
        self.boxes.pop(end).kill()

    def _fork(self, end: socket.socket) -> None:
        message, fds = channel.receive(end)
        box = self.boxes[end]
        for fd in fds:
            os.close(fd)
        box.kill()
        if threads() > MAX_THREADS:
            channel.send(end, {"error": "poisoned", "threads": threads()})
            return
        ours, theirs = channel.pair()
        middle = os.fork()
        if middle == 0:
            ours.close()
            self._middle(theirs, box, str(message.get("kernel", "")))
        theirs.close()
        try:
            answer, pidfds = channel.receive(ours)
        except channel.Closed:
            answer, pidfds = {"error": "no answer"}, []
        ours.close()
        os.waitpid(middle, 0)
        box.kernels = pidfds
        channel.send(end, answer, pidfds)

    def _middle(self, answer: socket.socket, box: _Box, connection_file: str) -> None:
        """In the child: enter new namespaces, start their first process, hand its pidfd over."""
        code = 1
        try:
            self._let_go(answer)
            os.setsid()
            # The maps of the new user namespace are written through /proc/self.
            system.set_dumpable(True)
            system.enter_namespaces(os.getuid(), os.getgid())
            ours, theirs = channel.pair()
            first = os.fork()
            if first == 0:
                answer.close()
                ours.close()
                become_kernel(box.path, box.plan, connection_file, theirs)
            theirs.close()
            pidfd = os.pidfd_open(first)
            # What fails while the walls go up is told here; then the channel closes.
            told, _ = channel.receive(ours)
            channel.send(answer, told, [pidfd] if "ok" in told else [])
            code = 0
        except BaseException as error:
            with contextlib.suppress(Exception):
                channel.send(answer, {"error": f"{type(error).__name__}: {error}"[:500]})
        finally:
            os._exit(code)

    @staticmethod
    def _let_go(kept: socket.socket) -> None:
        """Close what a kernel must not have: channels, other kernels' pidfds, the log.

        The objects that hold these numbers live as long as this process and close nothing again.
        """
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != kept.fileno():
                with contextlib.suppress(OSError):
                    os.close(int(name))


def main() -> None:
    """Take up the channel, import, say that all is ready, serve."""
    end = socket.socket(fileno=os.dup(0))
    options, _ = channel.receive(end)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        if options.get("uid") is not None:
            from .drop import become

            become(int(options["uid"]), options)
        system.set_dumpable(False)
        sys.path[:] = [p for p in sys.path if p not in options.get("hide", [])]
        os.environ.pop("PYTHONPATH", None)
        landlock_works()
        seccomp_works()
        failed = preload(list(options.get("imports", [])))
        # A collection in a kernel would look at every object that was imported here: it would take
        # a third of a second and copy the memory that all kernels share.
        gc.collect()
        gc.freeze()
    except Exception:
        channel.send(end, {"error": traceback.format_exc()[-1000:]})
        raise
    channel.send(end, {"ok": True, "threads": threads(), "failed": failed})
    Zygote(end).serve()


if __name__ == "__main__":
    main()
