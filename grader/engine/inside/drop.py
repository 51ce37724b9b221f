"""From root to a user without rights, with the interpreter still readable.

Resource limits on processes do not bind root, so a warm process that root started gives root up. An
interpreter below a folder that only root may enter (``/root``) must stay reachable: that folder is
replaced, in a mount namespace of this process's own, by an empty one with the interpreter in it.
"""

from __future__ import annotations

import os
import stat
from typing import Any

from . import system

__all__ = ["become", "closed_ancestor"]


def closed_ancestor(path: str) -> str:
    """The topmost folder on the way to ``path`` that others may not enter; ``""`` if none."""
    parts = os.path.abspath(path).split("/")
    for depth in range(2, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if os.path.isdir(folder) and not os.stat(folder).st_mode & stat.S_IXOTH:
            return folder
    return ""


def become(uid: int, options: dict[str, Any]) -> None:
    """Give up root for ``uid``.

    Parameters
    ----------
    uid : int
        User and group.
    options : dict
        ``readable``: paths that must stay reachable. ``proc``: mount a new ``/proc`` first, since
        one that is partly covered forbids new ones in namespaces below.

    Raises
    ------
    OSError
    """
    if options.get("proc"):
        flags = system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC
        system.mount("proc", "/proc", "proc", flags)
    paths = [p for p in options.get("readable", []) if os.path.exists(p)]
    closed: dict[str, list[str]] = {}
    for path in paths:
        folder = closed_ancestor(path)
        if folder:
            closed.setdefault(folder, []).append(path)
    if closed:
        system.own_mounts()
    for folder, inside in closed.items():
        held = {path: os.open(path, os.O_PATH) for path in inside}
        system.mount("tmpfs", folder, "tmpfs", system.MS_NOSUID | system.MS_NODEV, "mode=755")
        for path, descriptor in held.items():
            os.makedirs(path, exist_ok=True)
            system.bind(f"/proc/self/fd/{descriptor}", path)
            os.close(descriptor)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
