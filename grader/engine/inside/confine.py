"""The inner wall: what a kernel's process does to itself before the student's first cell.

From the first layer to the last: namespaces and a root folder of its own, no capabilities, resource
limits, Landlock, a seccomp filter. Everything is inherited by what the kernel starts and cannot
be undone. Landlock and seccomp act per thread, so all of this happens while there is one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import system
from .places import FOLDERS, HOME

__all__ = [
    "WRITABLE",
    "Confinement",
    "filter_of_calls",
    "furnish_root",
    "landlock_works",
    "limit",
    "restrict_files",
    "seccomp_works",
]

_TEMPORARY = ("/tmp", "/dev/shm")  # noqa: S108
WRITABLE = (HOME, *_TEMPORARY)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_DENIED_CALLS = (
    "acct add_key bpf clock_adjtime clock_settime delete_module fanotify_init finit_module "
    "fsconfig fsmount fsopen fspick init_module io_uring_enter io_uring_register io_uring_setup "
    "ioperm iopl kcmp kexec_file_load kexec_load keyctl memfd_create memfd_secret mount "
    "mount_setattr move_mount move_pages msgget name_to_handle_at open_by_handle_at open_tree "
    "perf_event_open personality pidfd_getfd pivot_root process_madvise process_vm_readv "
    "process_vm_writev ptrace quotactl quotactl_fd reboot request_key setdomainname sethostname "
    "setns settimeofday shmget swapoff swapon syslog umount2 unshare uselib userfaultfd ustat "
    "vhangup"
).split()
_CLONE_NEWUSER = 0x10000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# SO_SNDBUF, SO_RCVBUF and their forced kin: memory that belongs to no process.
_BUFFER_SIZES = (7, 8, 32, 33)
_AF_INET6, _AF_NETLINK = 10, 16


@dataclass(frozen=True)
class Confinement:
    """How one kernel is closed in.

    Attributes
    ----------
    layers : tuple of str
        Of :class:`grader.engine.walls.Walls`, those to put up here.
    readable : tuple of str
        Folders and files of the system that the kernel may read and execute.
    memory, files : int
        Bytes of private memory of a process; bytes of a file and of each temporary file system.
    processes : int
        Processes and threads.
    """

    layers: tuple[str, ...]
    readable: tuple[str, ...]
    memory: int
    files: int
    processes: int

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Confinement:
        """Make one from plain JSON (KeyError, TypeError, ValueError if it does not fit)."""
        return cls(
            tuple(map(str, message["layers"])),
            tuple(map(str, message["readable"])),
            int(message["memory"]),
            int(message["files"]),
            int(message["processes"]),
        )


def furnish_root(box: str, plan: Confinement) -> None:
    """Move into a root folder that holds the system (read-only) and ``box`` at :data:`HOME`.

    Needs mount, process and user namespaces of one's own; the caller is their first process.

    Raises
    ------
    OSError
    """
    system.mount("", "/", flags=system.MS_PRIVATE | system.MS_REC)
    # A folder that is everywhere and holds nothing that is still needed.
    root = "/dev/shm"  # noqa: S108
    boxes = os.open(box, os.O_PATH | os.O_DIRECTORY)
    plain = system.MS_NOSUID | system.MS_NODEV
    system.mount("tmpfs", root, "tmpfs", plain, "size=1m,nr_inodes=2k,mode=755")
    room = f"size={plan.files},nr_inodes=20k,mode=1777"
    # First these two: an interpreter can live below /tmp.
    for folder in _TEMPORARY:
        os.makedirs(root + folder)
        system.mount("tmpfs", root + folder, "tmpfs", plain | system.MS_NOEXEC, room)
    for path in plan.readable:
        system.expose(path, root)
    for name in _DEVICES:
        system.expose(f"/dev/{name}", root, readonly=False)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{root}/dev/{name}")
    # What a notebook saves beside its folders is taken and forgotten.
    os.makedirs(root + HOME)
    system.mount("tmpfs", root + HOME, "tmpfs", plain | system.MS_NOEXEC, room)
    for folder in FOLDERS:
        target = f"{root}{HOME}/{folder}"
        os.makedirs(target)
        system.bind(f"/proc/self/fd/{boxes}/{folder}", target, readonly=False, executable=False)
    os.close(boxes)
    os.makedirs(f"{root}/proc")
    system.mount("proc", f"{root}/proc", "proc", plain | system.MS_NOEXEC)
    system.seal(root)
    system.pivot(root)


def limit(plan: Confinement) -> None:
    """Set the resource limits; memory counts what is private to a process.

    The address space would be the wrong measure: TensorFlow reserves gigabytes and uses little.
    """
    for kind, value in (
        (resource.RLIMIT_DATA, plan.memory),
        (resource.RLIMIT_FSIZE, plan.files),
        (resource.RLIMIT_NPROC, plan.processes),
        (resource.RLIMIT_NOFILE, 1024),
        (resource.RLIMIT_CORE, 0),
        (getattr(resource, "RLIMIT_MSGQUEUE", resource.RLIMIT_CORE), 0),
    ):
        _, most = resource.getrlimit(kind)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (allowed, allowed))


def landlock_works() -> bool:
    """Whether this kernel has Landlock."""
    try:
        import landlockpy

        return bool(landlockpy.abi_version() >= 1)
    except (ImportError, OSError, AttributeError):
        return False


def restrict_files(readable: Sequence[str], writable: Sequence[str]) -> None:
    """Landlock: read and execute ``readable``, read and write below ``writable``, nothing else.

    Also no signals or abstract sockets to processes outside, where the system can forbid them.

    Raises
    ------
    OSError
    """
    from landlockpy import AccessFS, AccessNet, Ruleset, Scope

    read = AccessFS.READ_FILE | AccessFS.READ_DIR
    of_files = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
    content = of_files | AccessFS.READ_DIR | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE
    content |= AccessFS.MAKE_DIR | AccessFS.MAKE_REG | AccessFS.MAKE_SOCK | AccessFS.MAKE_FIFO
    content |= AccessFS.MAKE_SYM | AccessFS.REFER
    scope = Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET
    # The network namespace is empty; ipykernel itself needs its loopback interface.
    with Ruleset(handled_net=AccessNet.NONE, scoped=scope) as rules:
        for path in readable:
            if os.path.isdir(path):
                rules.allow_path(path, read | AccessFS.EXECUTE)
            elif os.path.exists(path):
                rules.allow_path(path, AccessFS.READ_FILE | AccessFS.EXECUTE)
        for path in ("/proc", "/dev"):
            rules.allow_path(path, read)
        for name in _DEVICES:
            rules.allow_path(f"/dev/{name}", of_files)
        for path in writable:
            rules.allow_path(path, content)
        rules.restrict()


def seccomp_works() -> bool:
    """Whether libseccomp is there."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError, AttributeError):
        return False
    return True


def filter_of_calls() -> Any:
    """A seccomp filter, to be loaded by the process that it shall bind.

    System calls that no notebook needs fail with EPERM: mounting, new namespaces, other processes'
    memory, kernel keys, anonymous memory files (which no memory limit sees), io_uring, sockets
    beyond Unix and IP (vsock reaches a virtual machine's host whatever the network namespace).
    """
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in _DENIED_CALLS:
        with contextlib.suppress(OSError, ValueError):  # not on this architecture
            rules.add_rule(refused, name)
    new_user = seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_NEWUSER, _CLONE_NEWUSER)
    rules.add_rule(refused, "clone", new_user)
    # Its flags lie in memory, where a filter cannot look; libraries fall back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for request in (_TIOCSTI, _TIOCLINUX):
        rules.add_rule(refused, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
    for option in _BUFFER_SIZES:
        is_socket, is_size = seccomp.Arg(1, seccomp.EQ, 1), seccomp.Arg(2, seccomp.EQ, option)
        rules.add_rule(refused, "setsockopt", is_socket, is_size)
    no_family = seccomp.ERRNO(errno.EAFNOSUPPORT)
    others = (*range(3, _AF_INET6), *range(_AF_INET6 + 1, _AF_NETLINK))
    for family in others:
        rules.add_rule(no_family, "socket", seccomp.Arg(0, seccomp.EQ, family))
    rules.add_rule(no_family, "socket", seccomp.Arg(0, seccomp.GT, _AF_NETLINK))
    # Routes only: libraries ask for the interfaces this way.
    netlink = seccomp.Arg(0, seccomp.EQ, _AF_NETLINK)
    rules.add_rule(no_family, "socket", netlink, seccomp.Arg(2, seccomp.NE, 0))
    return rules
