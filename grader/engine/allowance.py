"""How long a kernel may take: time in which it waited for a processor does not count.

A limit in seconds is meant for the cell. On a machine that is busy with other work, such as further
notebooks, the same cell takes many times as long, and a grade must not depend on that.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

__all__ = ["Allowance", "waited"]

# Many threads that never rest wait for each other; that must not go on without end.
_AT_MOST = 5


def waited(pids: Iterable[int]) -> dict[tuple[int, str], float]:
    """Seconds that each thread of some processes was ready to run and had no processor.

    From ``/proc/PID/task/TID/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst: its
    second number, in nanoseconds). Empty on other systems, where such time counts.
    """
    found: dict[tuple[int, str], float] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with (
                    contextlib.suppress(OSError, ValueError, IndexError),
                    open(f"/proc/{pid}/task/{thread}/schedstat") as file,
                ):
                    found[pid, thread] = int(file.read().split()[1]) / 1e9
    return found


@dataclass
class Allowance:
    """So many seconds of a kernel's own time, from now on.

    Attributes
    ----------
    seconds : float
        The limit, and the time on the clock where nobody else needs the processors; at most five
        times as much.
    processes : callable
        The kernel's processes, by number.
    """

    seconds: float
    processes: Callable[[], Iterable[int]]
    _began: float = field(default_factory=time.monotonic)
    _before: dict[tuple[int, str], float] = field(init=False)

    def __post_init__(self) -> None:
        self._before = waited(self.processes())

    def left(self) -> float:
        """Seconds that may go by before it is worth asking again; none if they are used up.

        What counts as waiting is what the thread that waited longest did.
        """
        gone = time.monotonic() - self._began
        if gone < self.seconds:
            return self.seconds - gone
        now = waited(self.processes())
        lost = max((now[t] - self._before.get(t, 0.0) for t in now), default=0.0)
        allowed = min(self.seconds + lost, self.seconds * _AT_MOST)
        return max(0.0, allowed - gone)
