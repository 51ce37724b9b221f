"""What the processes below this one use: memory (PSS), open files, by what they are for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Usage", "kernels_usage", "leftovers", "own_usage"]


@dataclass(frozen=True)
class Usage:
    """Of several processes together.

    Attributes
    ----------
    megabytes : float
        PSS: a page that several processes share counts once over all of them.
    own : float
        Anonymous memory (MB): what the processes allocated; other processes do not change it.
    files : int
        Open file descriptors.
    """

    processes: int = 0
    megabytes: float = 0.0
    own: float = 0.0
    files: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.processes + other.processes,
            self.megabytes + other.megabytes,
            self.own + other.own,
            self.files + other.files,
        )


def own_usage() -> Usage:
    """This process, in which the engine lives."""
    return _usage(psutil.Process())


def kernels_usage() -> dict[str, Usage]:
    """Everything below this process: ``walled`` (warm processes and kernels) and ``drivers``."""
    found = {"walled": Usage(), "drivers": Usage()}
    for process, walled in _below(psutil.Process(), False):
        with contextlib.suppress(psutil.Error, OSError):
            found["walled" if walled else "drivers"] += _usage(process)
    return found


def leftovers() -> dict[str, int]:
    """What a run must not leave: processes below this one, temporary files, mounts, sockets."""
    folder = Path(tempfile.gettempdir())
    return {
        "processes": sum(1 for _ in _below(psutil.Process(), False)),
        "files": sum(len(files) + 1 for f in folder.glob("grader-*") for *_, files in os.walk(f)),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "sockets": len(Path("/proc/net/unix").read_text().splitlines()) - 1,
    }


def _below(process: psutil.Process, walled: bool) -> Iterator[tuple[psutil.Process, bool]]:
    with contextlib.suppress(psutil.Error):
        for child in process.children():
            behind = walled or child.name() == "bwrap" or "inside.zygote" in child.cmdline()
            yield child, behind
            yield from _below(child, behind)


def _usage(process: psutil.Process) -> Usage:
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
    megabytes = {key: int(value.split()[0]) / 1024 for key, value in (x.split(":") for x in lines)}
    files = len(os.listdir(f"/proc/{process.pid}/fd"))
    return Usage(1, megabytes["Pss"], megabytes["Anonymous"], files)
