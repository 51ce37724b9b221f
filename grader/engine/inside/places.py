"""Where a kernel finds its folders; the same for every kernel, so that what it prints compares."""

from __future__ import annotations

__all__ = ["FOLDERS", "HOME", "LOG", "MAX_THREADS", "kernel_environment"]

HOME = "/labor"
# Below HOME: working folder, the lab's data, captures, home, temporary files, sockets.
FOLDERS = ("abgabe", "data", "belege", "home", "tmp", "verbindung")
# Of a warm process: Python's own, and one that a library may keep for signals. TensorFlow's eager
# context, with which no fork survives, brings several more.
MAX_THREADS = 2
# In ``verbindung``: what a kernel writes before it is up, like the reason why it cannot start.
LOG = "kernel.log"


def kernel_environment(home: str = HOME) -> dict[str, str]:
    """Environment variables that name a kernel's folders below ``home``."""
    own = f"{home}/home"
    return {
        "HOME": own,
        "IPYTHONDIR": f"{own}/ipython",
        "MPLCONFIGDIR": f"{own}/matplotlib",
        "TMPDIR": f"{home}/tmp",  # noqa: S108 - its own
    }
