"""From a fresh fork of the warm process to a running ipykernel behind the inner wall."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from . import channel, system
from .confine import (
    WRITABLE,
    Confinement,
    filter_of_calls,
    furnish_root,
    limit,
    restrict_files,
)
from .places import HOME, LOG, kernel_environment

__all__ = ["become_kernel", "start_ipykernel", "wall_in", "without_debugger"]


def wall_in(plan: Confinement, writable: Sequence[str]) -> None:
    """Put up the layers that need no namespaces; see :mod:`inside.confine`.

    Raises
    ------
    OSError
        If a layer that was asked for cannot stand.
    """
    rules: Any = filter_of_calls() if "seccomp" in plan.layers else None
    if "capabilities" in plan.layers:
        system.drop_capabilities()
    if "limits" in plan.layers:
        limit(plan)
    if "landlock" in plan.layers:
        restrict_files(plan.readable, writable)
    if rules is not None:
        rules.load()


def become_kernel(box: str, plan: Confinement, connection_file: str, answer: socket.socket) -> None:
    """Turn this process into the first of its namespaces, with a kernel below it. Never returns.

    The first process only waits: with it everything in its process namespace ends. The kernel is
    its child, since signals that a first process sends itself do nothing.
    """
    code = 1
    try:
        furnish_root(box, plan)
        system.bring_loopback_up()
        wall_in(plan, WRITABLE)
        kernel = os.fork()
        if kernel == 0:
            answer.close()
            start_ipykernel(connection_file)
        channel.send(answer, {"ok": True})
        answer.close()
        while True:
            pid, status = os.wait()
            if pid == kernel:
                code = os.waitstatus_to_exitcode(status) & 0xFF
                break
    except BaseException as error:
        with contextlib.suppress(Exception):
            channel.send(answer, {"error": f"{type(error).__name__}: {error}"[:500]})
    finally:
        os._exit(code)


def without_debugger() -> None:
    """Keep ipykernel from loading its debugger: a hundred modules that no notebook run needs."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


def _application() -> Any:
    """ipykernel, with a queue of outputs that drops nothing.

    The usual one drops what does not fit, with bad luck the message that the cell has ended; its
    memory counts like any other of the kernel's.
    """
    from ipykernel.kernelapp import IPKernelApp

    class Application(IPKernelApp):
        def init_iopub(self, context: Any) -> None:
            context.sndhwm = 0
            super().init_iopub(context)  # type: ignore[no-untyped-call]

    return Application.instance()


def _let_go_of(path: str) -> None:
    """Lead descriptors of a file to nowhere.

    ipykernel repeats what child processes print on the standard output that it found. If that were
    a file, it would grow up to the limit on sizes, and its thread would end there.
    """
    log = os.stat(path)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), log):
                os.dup2(nowhere, descriptor)
    os.close(nowhere)


def start_ipykernel(connection_file: str, hide: Sequence[str] = ()) -> None:
    """Run an IPython kernel in this process, as if it had just been started. Never returns.

    Parameters
    ----------
    hide : sequence of str
        Entries to remove from ``sys.path``: those that lead to this package.
    """
    try:
        with contextlib.suppress(PermissionError):  # a process started for it leads its group
            os.setsid()
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Why a kernel does not start is read from here.
        nowhere = os.open(os.devnull, os.O_RDONLY)
        # Anew, since an earlier kernel of this notebook may have filled or replaced it.
        path = f"{HOME}/verbindung/{LOG}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
        log = os.open(path, flags, 0o600)
        for descriptor, target in ((nowhere, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, target)
        os.close(nowhere)
        os.close(log)
        os.environ.update(kernel_environment())
        tempfile.tempdir = None
        os.chdir(f"{HOME}/abgabe")
        sys.path[:] = [p for p in sys.path if p not in hide]
        sys.argv = ["ipykernel_launcher", "-f", connection_file]
        without_debugger()
        app: Any = _application()
        app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])
        _let_go_of(path)
        app.start()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 0)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode()[:1000])
        os._exit(1)
    os._exit(0)
