"""The Linux calls that Python has no function for: namespaces, mounts, capabilities.

All act on the calling thread or process only and are called while it has one thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterable

__all__ = [
    "NAMESPACES",
    "bind",
    "bring_loopback_up",
    "drop_capabilities",
    "enter_namespaces",
    "expose",
    "mount",
    "own_mounts",
    "pivot",
    "seal",
    "set_dumpable",
]

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_CLONE = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "pid": 0x20000000,
    "ipc": 0x08000000,
    "network": 0x40000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
}
NAMESPACES = tuple(_CLONE)
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOEXEC = -100, 0x8000, 1, 8
# The same number on every architecture.
_SYS_MOUNT_SETATTR = 442

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(_libc, name)(*arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def _prctl(option: int, argument: int) -> None:
    # Every argument of this variadic function is a long.
    _call("prctl", *(ctypes.c_ulong(n) for n in (option, argument, 0, 0, 0)))


def enter_namespaces(uid: int, gid: int, names: Iterable[str] = NAMESPACES) -> None:
    """Leave the given namespaces for new ones; the process is ``uid`` in them.

    The new process namespace holds for the next child, not for the caller.

    Raises
    ------
    OSError
        If the host does not allow it.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    flags = 0
    for name in names:
        flags |= _CLONE[name]
    _call("unshare", flags)
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        with open(f"/proc/self/{file}", "w", encoding="ascii") as stream:
            stream.write(text)


def own_mounts() -> None:
    """Leave the mount namespace for a copy of it, from which nothing comes back (needs root).

    Raises
    ------
    OSError
    """
    _call("unshare", _CLONE["mount"])
    mount("", "/", flags=MS_PRIVATE | MS_REC)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """``mount(2)``.

    Raises
    ------
    OSError
    """
    _call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns", ctypes.c_uint64),
    )


def bind(source: str, target: str, *, readonly: bool = True, executable: bool = True) -> None:
    """Show ``source`` (a file, or a folder with all that is mounted in it) at ``target``.

    Raises
    ------
    OSError
    """
    mount(source, target, flags=MS_BIND | MS_REC)
    if readonly:
        _set_attributes(target, _MOUNT_ATTR_RDONLY, _AT_RECURSIVE)
    if not executable:
        _set_attributes(target, _MOUNT_ATTR_NOEXEC, _AT_RECURSIVE)


def seal(target: str) -> None:
    """Make a mount read-only, but not what is mounted below it.

    Raises
    ------
    OSError
    """
    _set_attributes(target, _MOUNT_ATTR_RDONLY, 0)


def _set_attributes(target: str, attributes: int, flags: int) -> None:
    # mount(2) could do the same for one mount only, and would have to repeat its locked flags.
    request = _MountAttributes()
    request.set = attributes
    _call(
        "syscall",
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        target.encode(),
        ctypes.c_uint(flags),
        ctypes.byref(request),
        ctypes.c_size_t(ctypes.sizeof(request)),
    )


def expose(source: str, root: str, **options: bool) -> None:
    """Bind ``source`` at the same path below ``root``; links are copied, what is missing is not.

    Raises
    ------
    OSError
    """
    target = root + source
    if os.path.islink(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        bind(source, target, **options)
    elif os.path.exists(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "w", encoding="ascii").close()
        bind(source, target, **options)


def pivot(root: str) -> None:
    """Make ``root`` (a mount) the root folder and let go of the old one.

    Raises
    ------
    OSError
    """
    os.chdir(root)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def bring_loopback_up() -> None:
    """Switch on the loopback interface of a new network namespace.

    Raises
    ------
    OSError
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        request = struct.pack("16sh", b"lo", _IFF_UP) + bytes(22)
        fcntl.ioctl(end, _SIOCSIFFLAGS, request)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up every capability, and the means to gain one.

    Raises
    ------
    OSError
    """
    with contextlib.suppress(OSError):  # past the last capability; or there was none to drop
        for number in range(64):
            _prctl(_PR_CAPBSET_DROP, number)
    with contextlib.suppress(OSError):
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _call("capset", ctypes.byref(header), ctypes.byref(nothing))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_dumpable(allowed: bool) -> None:
    """Whether processes of the same user may look into this one (ptrace, /proc/PID/mem).

    Raises
    ------
    OSError
    """
    _prctl(_PR_SET_DUMPABLE, int(allowed))
