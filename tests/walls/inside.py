"""What an attacker brings along. The source of :func:`prepare` runs in the attacking kernel.

An attacker is assumed to know everything about the machine: paths, ports, process numbers. Only
the second half of the secret is unknown to him: he knows its hash, to see whether he has it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

__all__ = ["first_cell", "probing_cell"]


def first_cell(known: Mapping[str, Any], dangerous: bool = True) -> str:
    """Code that puts ``scene``, ``attempt`` and the helpers into an attacking notebook.

    Parameters
    ----------
    known : mapping
        What the attacker knows: ``Scene.known``.
    dangerous : bool
        The attacks behind it must never run without a wall: then the kernel ends at once.
    """
    source = inspect.getsource(prepare)
    return f"{source}\nprepare({ {**known, 'dangerous': dangerous}!r})\ndel prepare"


def probing_cell(name: str, code: str) -> str:
    """A cell that sets ``name`` to ``"got: …"``, ``"refused: …"`` or ``"nothing"``."""
    return f"{name} = attempt({code!r})"


def prepare(known):  # type: ignore[no-untyped-def]
    """Define the helpers in the student's namespace."""
    import ctypes
    import glob
    import hashlib
    import os
    import platform
    import re
    import socket
    import stat
    import subprocess
    import types

    # Without its namespace of processes an attack could hit the machine that runs the test.
    if os.readlink("/proc/self/ns/pid") == known["pid_namespace"] and known["dangerous"]:
        os._exit(1)
    numbers = {  # on x86_64 and on aarch64
        "add_key": (248, 217),
        "bpf": (321, 280),
        "io_uring_setup": (425, 425),
        "kexec_load": (246, 104),
        "keyctl": (250, 219),
        "memfd_create": (319, 279),
        "mount": (165, 40),
        "open_by_handle_at": (304, 265),
        "name_to_handle_at": (303, 264),
        "perf_event_open": (298, 241),
        "personality": (135, 92),
        "pidfd_getfd": (438, 438),
        "pidfd_open": (434, 434),
        "pidfd_send_signal": (424, 424),
        "pivot_root": (155, 41),
        "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271),
        "ptrace": (101, 117),
        "setns": (308, 268),
        "settimeofday": (164, 170),
        "shmat": (30, 196),
        "shmget": (29, 194),
        "swapon": (167, 224),
        "syslog": (103, 116),
        "unshare": (272, 97),
        "userfaultfd": (323, 282),
    }
    column = 1 if platform.machine() == "aarch64" else 0
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    scene = types.SimpleNamespace(**known)
    pattern = re.compile(re.escape(scene.secret_start.encode()) + rb"([0-9a-f]{16})")

    # Before any attack opens some of its own.
    inherited = {}
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            inherited[number] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue

    def syscall(name, *arguments):
        """A raw system call; raises OSError as the functions of os do."""
        made = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        result = libc.syscall(ctypes.c_long(numbers[name][column]), *made)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def allowed(name, *arguments, beyond):
        """Whether a system call works or fails with ``beyond``, which comes after "may he?"."""
        try:
            syscall(name, *arguments)
        except OSError as error:
            return error.errno == beyond
        return True

    def put(path, text):
        """Write at once: a buffered error would go unseen."""
        number = os.open(path, os.O_WRONLY)
        try:
            os.write(number, text.encode())
        finally:
            os.close(number)
        return path

    def writable(path):
        """Open for writing and leave alone: a success must not harm the machine of the test."""
        os.close(os.open(path, os.O_WRONLY))
        return path

    def secret(data):
        """The secret, if the whole of it is in ``data``; else ``""``."""
        data = data if isinstance(data, bytes) else str(data).encode("utf-8", "replace")
        for match in pattern.finditer(data):
            if hashlib.sha256(match[1]).hexdigest() == scene.secret_hash:
                return match[0].decode()
        return ""

    def read(path):
        """The secret, if this file holds it."""
        with open(path, "rb") as file:
            return secret(file.read(1_000_000))

    def others():
        """Process numbers to be seen, other than this one."""
        return [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]

    def memory(pid, most=400_000_000):
        """The secret, if the writable memory of a process holds it."""
        with open(f"/proc/{pid}/maps") as file:
            spans = [line.split()[:2] for line in file]
        with open(f"/proc/{pid}/mem", "rb", 0) as file:
            for span, rights in spans:
                low, high = (int(n, 16) for n in span.split("-"))
                if not rights.startswith("rw") or high - low > most:
                    continue
                try:
                    file.seek(low)
                    found = secret(file.read(high - low))
                except (OSError, OverflowError, ValueError):
                    continue
                if found:
                    return found
        return ""

    def shell(*command):
        """Standard output of a command."""
        return subprocess.run(command, capture_output=True, timeout=5, text=True).stdout

    def each(function, things):
        """The first non-empty answer; errors are nothing."""
        for thing in things:
            try:
                found = function(thing)
            except OSError:
                continue
            if found:
                return found
        return ""

    def entries(tops=None, depth=6):
        """Everything below the folders where engines, kernels and siblings could have theirs."""
        waiting = [(top, depth) for top in tops or ("..", scene.temporary, "/boxes", "/warm")]
        waiting.append(("/", 2))
        system = {"/proc", "/sys", "/usr", "/dev/fd", scene.prefix, scene.base_prefix}
        while waiting:
            folder, left = waiting.pop()
            try:
                found = list(os.scandir(folder))
            except OSError:
                continue
            for entry in found:
                yield entry
                if left and entry.is_dir(follow_symlinks=False) and entry.path not in system:
                    waiting.append((entry.path, left - 1))

    tools = {
        **{"ctypes": ctypes, "glob": glob, "libc": libc, "os": os, "scene": scene},
        **{"inherited": inherited},
        **{"socket": socket, "stat": stat, "subprocess": subprocess, "syscall": syscall},
        **{
            "allowed": allowed,
            "each": each,
            "entries": entries,
            "memory": memory,
            "others": others,
            "put": put,
        },
        **{"read": read, "secret": secret, "shell": shell, "writable": writable},
    }

    def attempt(code):
        space = {**tools, "got": ""}
        try:
            exec(code, space)  # noqa: S102
        except OSError as error:
            return f"refused: {type(error).__name__} {error}"[:400]
        return f"got: {space['got']!r}"[:400] if space["got"] else "nothing"

    globals().update(tools, attempt=attempt)
