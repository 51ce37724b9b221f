"""How many kernels memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

__all__ = ["free_memory", "kernels_that_fit", "left_in_groups"]

_MEBIBYTE = 1 << 20
_CGROUPS = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Bytes that processes started now can have: the machine's or, if less, the container's."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError):
        own = Path("/proc/self/cgroup").read_text("utf-8").rpartition("::")[2].strip()
        free = min([free, *left_in_groups(_CGROUPS, own)])
    return max(0, free)


def left_in_groups(root: Path, own: str) -> Iterator[int]:
    """Bytes that each limited control group (version 2) may still use, innermost first.

    Parameters
    ----------
    root : Path
        Where the groups are mounted.
    own : str
        The path of the group that counts; those around it limit it too.
    """
    folder = root / own.lstrip("/")
    for group in (folder, *folder.parents):
        if not group.is_relative_to(root):
            return
        with suppress(OSError, ValueError, StopIteration):
            limit = int((group / "memory.max").read_text("utf-8"))
            used = int((group / "memory.current").read_text("utf-8"))
            entries = (group / "memory.stat").read_text("utf-8").splitlines()
            # Files that the group merely keeps in memory are let go where it needs more.
            kept = next(int(e.split()[1]) for e in entries if e.startswith("inactive_file "))
            yield limit - used + kept


def kernels_that_fit(free: int, running: int, memory_mb: int) -> int:
    """How many kernels may run at once, those included that do; at least one.

    Parameters
    ----------
    free : int
        Bytes that are free now.
    running : int
        Kernels that run. What they use already is no longer free, but each may still grow to its
        limit: that much stays reserved for it.
    memory_mb : int
        What a kernel may need at worst, in MiB.
    """
    need = max(1, memory_mb) * _MEBIBYTE
    more = (free - running * need) // need
    return max(1, running, running + more)
