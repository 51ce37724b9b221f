"""The outer wall: processes inside bubblewrap.

No network, own process, IPC and mount namespaces, the system read-only, and of this machine's
files only the interpreter and the folders that are named. What the trusted side keeps (jobs,
evidence, logs), the home folder, the lab's reference and other submissions do not exist inside.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = [
    "CODE",
    "ROOT_KEEPS",
    "UNPRIVILEGED",
    "grader_folder",
    "inside_uid",
    "outer_wall_missing",
    "readable_paths",
    "wall_arguments",
]

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
# What libraries read at start; nothing that tells of this machine's people.
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "alternatives", "localtime")
# Where the package ``inside`` is found behind the wall.
CODE = "/grader"
# What a process behind the wall needs to give up root: become another user, see all of /proc.
ROOT_KEEPS = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN")
UNPRIVILEGED = 65534
_ROOM = 256 * 2**20


def inside_uid() -> int | None:
    """The user that kernels run as when root started the grader; None for everybody else.

    Resource limits do not bind root, not even in a user namespace.
    """
    return UNPRIVILEGED if hasattr(os, "getuid") and os.getuid() == 0 else None


def grader_folder() -> Path:
    """The folder of this very package, wherever it was installed."""
    return Path(__file__).resolve().parents[1]


@functools.cache
def readable_paths() -> tuple[str, ...]:
    """What kernels may read and execute: libraries, some settings, the interpreter."""
    found = [p for p in (*_SYSTEM, *(f"/etc/{name}" for name in _ETC)) if os.path.exists(p)]
    for prefix in sorted({sys.prefix, sys.base_prefix}):
        if not any(prefix == p or prefix.startswith(f"{p}/") for p in found):
            found.append(prefix)
    return tuple(found)


@functools.cache
def outer_wall_missing() -> str:
    """Why the outer wall cannot stand here (German), or ``""`` if it stands. Probed once."""
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap ist nicht installiert (Debian, Ubuntu: apt-get install bubblewrap)"
    arguments = [*_options(), "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    try:
        subprocess.run([path, *arguments], check=True, capture_output=True, timeout=20)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "der Kern dieses Rechners erlaubt keine Namensräume (user namespaces)"
    return ""


def wall_arguments(
    writable: Mapping[str, Path],
    cwd: str,
    *,
    rooms: tuple[str, ...] = (),
    root_keeps: tuple[str, ...] = (),
) -> list[str]:
    """Arguments of ``bwrap`` in front of a command that shall run behind the wall.

    Parameters
    ----------
    writable : mapping of str to Path
        Folders by their path inside; the process may write them.
    cwd : str
        Working folder, a path inside.
    rooms : tuple of str
        Paths inside of further temporary folders, like ``/tmp``.
    root_keeps : tuple of str
        Capabilities that the command still needs in order to give up root.
    """
    command = _options()
    for capability in root_keeps if inside_uid() is not None else ():
        command += ["--cap-add", capability]
    command += ["--proc", "/proc", "--dev", "/dev"]
    temporary = ("/tmp", "/dev/shm", *rooms)  # noqa: S108
    for folder in temporary:
        command += ["--perms", "1777", "--size", str(_ROOM), "--tmpfs", folder]
    places = [*readable_paths(), f"{CODE}/inside", *writable]
    for folder in _parents(places, temporary):
        # Without this they would be closed to all but the user who builds the wall.
        command += ["--perms", "0755", "--dir", folder]
    for path in readable_paths():
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        else:
            command += ["--ro-bind", path, path]
        # An installed grader lies beside the lab's libraries; its checks are not for kernels.
        if grader_folder().is_relative_to(path):
            command += ["--tmpfs", str(grader_folder())]
    command += ["--ro-bind", str(grader_folder() / "engine" / "inside"), f"{CODE}/inside"]
    for inside, outside in writable.items():
        command += ["--bind", str(outside), inside]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", cwd]


def _parents(paths: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Folders above the paths, outer ones first."""
    found = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(found - {"/", "/dev", "/proc", *taken})


def _options() -> list[str]:
    options = ["--die-with-parent", "--new-session", "--hostname", "labor", "--cap-drop", "ALL"]
    if inside_uid() is None:
        user = ["--uid", str(UNPRIVILEGED), "--gid", str(UNPRIVILEGED)]
        return ["--unshare-all", *user, *options]
    # Root needs no user namespace to build the wall, and must not stay root behind it.
    spaces = ["ipc", "pid", "net", "uts"]
    return [*(f"--unshare-{name}" for name in spaces), "--unshare-cgroup-try", *options]
