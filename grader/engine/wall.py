"""The outer wall: a kernel inside bubblewrap.

No network, own process, IPC and mount namespaces, the system read-only, and of this machine's
files only the interpreter and the run's own folders. What the trusted side keeps beside them (the
job, the evidence, the driver's log), the home folder, the lab's reference and other submissions
do not exist inside.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["outer_wall_missing", "wall_command"]

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
# What libraries read at start; nothing that tells of this machine's people.
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "alternatives", "localtime")


@functools.cache
def outer_wall_missing() -> str:
    """Why the outer wall cannot stand here (German), or ``""`` if it stands. Probed once."""
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap ist nicht installiert (Debian, Ubuntu: apt-get install bubblewrap)"
    try:
        subprocess.run(  # noqa: S603 - fixed arguments
            [*_bubblewrap(path), "--ro-bind", "/", "/", "--proc", "/proc", "true"],
            check=True,
            capture_output=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return "der Kern dieses Rechners erlaubt keine Namensräume (user namespaces)"
    return ""


def wall_command(writable: Iterable[Path], cwd: Path) -> list[str]:
    """Command in front of a kernel's own, that puts it behind the wall.

    Parameters
    ----------
    writable : iterable of Path
        Folders that the kernel may see and write, at the same path inside.
    cwd : Path
        Working folder, one of them.
    """
    command = _bubblewrap(shutil.which("bwrap") or "bwrap")
    for folder in _SYSTEM:
        if os.path.islink(folder):
            command += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            command += ["--ro-bind", folder, folder]
    for name in _ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108
    for prefix in sorted({sys.prefix, sys.base_prefix}):
        if not prefix.startswith("/usr"):
            command += ["--ro-bind", prefix, prefix]
    for folder_path in writable:
        command += ["--bind", str(folder_path), str(folder_path)]
    # ipykernel ends itself when its parent is not the process named there.
    command += ["--unsetenv", "JPY_PARENT_PID", "--chdir", str(cwd), "--"]
    return command


def _bubblewrap(path: str) -> list[str]:
    options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    return [path, *options, "--uid", "65534", "--gid", "65534", "--hostname", "labor"]
