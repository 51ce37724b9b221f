"""The victims of the attacks: files, listeners, processes, each with a canary."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["ROOT", "Scene", "Victim", "own_temporary_folder", "scene", "wait_until"]

ROOT = Path(__file__).resolve().parents[2]
UNTOUCHED = "unberührt"

# Has the secret in its environment, its arguments and its memory, at a place that it tells.
_VICTIM = """
import ctypes, os, sys
buffer = ctypes.create_string_buffer(os.environ["GRADER_CANARY"].encode())
libc = ctypes.CDLL(None)
shared = -1
if len(sys.argv) > 2:
    shared = libc.shmget(int(sys.argv[2]), 4096, 0o1666)
    libc.shmat.restype = ctypes.c_void_p
    place = libc.shmat(shared, None, 0)
    ctypes.memmove(place, buffer, len(buffer))
print(ctypes.addressof(buffer), flush=True)
for line in sys.stdin:
    print(buffer.value.decode(), flush=True)
if shared >= 0:
    libc.shmctl(shared, 0, None)
"""


class Victim:
    """A process of this account outside the walls."""

    def __init__(self, secret: str, shm_key: int) -> None:
        command = [sys.executable, "-c", _VICTIM, secret, str(shm_key)]
        self.secret = secret
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GRADER_CANARY": secret},
        )
        assert self.process.stdout is not None
        self.address = int(self.process.stdout.readline())

    def unharmed(self) -> bool:
        """Whether it still runs and its memory is as it was."""
        if self.process.poll() is not None:
            return False
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() == self.secret

    def end(self) -> None:
        """Let it end and remove its shared memory."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.process.communicate(timeout=10)
        self.process.kill()
        self.process.wait()


class Scene:
    """Everything that an attack could want, and proof whether it was touched."""

    def __init__(self, folder: Path, home_file: Path) -> None:
        self.token = secrets.token_hex(6)
        start, tail = f"GEHEIM-{secrets.token_hex(6)}-", secrets.token_hex(8)
        self.secret = start + tail
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.files = {
            "home_file": home_file,
            "results_file": folder / "results" / "gradebook.sqlite",
            "submission_file": folder / "abgaben" / "gruppe02" / "kontrollfragen.md",
            "shm_file": Path(f"/dev/shm/grader-canary-{self.token}"),  # noqa: S108
            "data_file": self.data / "werte.txt",
        }
        for path in self.files.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(UNTOUCHED if path.parent == self.data else self.secret)
            # Walls are tested here, not the permissions of this account.
            path.chmod(0o666)
        stolen = {"kind": "scalar", "type": "str", "scalar": self.secret}
        head = json.dumps({"capture": {"variables": {"stolen": stolen}}}).encode()
        self.capture_file = folder / "capture"
        self.capture_file.write_bytes(b"GRADER1\n" + struct.pack("<Q", len(head)) + head)
        self.contacts: list[str] = []
        self.known: dict[str, Any] = {name: str(path) for name, path in self.files.items()}
        self.known |= {
            "token": self.token,
            "capture_file": str(self.capture_file),
            "secret_start": start,
            "secret_hash": hashlib.sha256(tail.encode()).hexdigest(),
            "pid_namespace": os.readlink("/proc/self/ns/pid"),
            "straggler": f"86400.{int(self.token, 16)}",
            "temporary": tempfile.gettempdir(),
            "checkout": str(ROOT),
            "folder": str(folder),
            "abstract": f"\0grader-canary-{self.token}",
            "socket_file": str(folder / "socket"),
            "home_socket": f"{home_file}-socket",
            "shm_key": int(self.token[:7], 16),
            "planted": f"grader-planted-{self.token}",
            "site_packages": sysconfig.get_path("purelib"),
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "python": os.path.realpath(sys.executable),
            "sibling_port": free_port(),
            "sibling_abstract": f"\0grader-sibling-{self.token}",
        }
        self.victim = Victim(self.secret, self.known["shm_key"])
        self.known |= {"victim": self.victim.process.pid, "victim_address": self.victim.address}
        self.known["tester"] = os.getpid()
        self._sockets: list[socket.socket] = []
        self._listen()

    # ------------------------------------------------------------------ listeners

    def _listen(self) -> None:
        for name, family, kind, address in (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, self.known["abstract"]),
            ("path", socket.AF_UNIX, socket.SOCK_STREAM, self.known["socket_file"]),
            ("home", socket.AF_UNIX, socket.SOCK_STREAM, self.known["home_socket"]),
        ):
            listener = socket.socket(family, kind)
            listener.bind(address)
            self._sockets.append(listener)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            if family == socket.AF_INET:
                self.known[f"{name}_port"] = listener.getsockname()[1]
            elif name != "abstract":
                os.chmod(str(address), 0o666)  # noqa: S103
            answer = self._receive if kind == socket.SOCK_DGRAM else self._accept
            threading.Thread(target=answer, args=(name, listener), daemon=True).start()

    def _accept(self, name: str, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = listener.accept()[0]
                connection.sendall(self.secret.encode())
                self.contacts.append(name)
                connection.close()

    def _receive(self, name: str, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                sender = listener.recvfrom(100)[1]
                if sender is None:
                    return
                self.contacts.append(name)
                listener.sendto(self.secret.encode(), sender)

    # ------------------------------------------------------------------ proof

    def changed(self) -> list[str]:
        """Names of the files that are no longer as they were."""
        found = []
        for name, path in self.files.items():
            expected = UNTOUCHED if path.parent == self.data else self.secret
            if not path.is_file() or path.read_text() != expected:
                found.append(name)
        found += [str(p) for p in self.data.iterdir() if p != self.files["data_file"]]
        return found

    def planted(self) -> list[Path]:
        """Files that attacks left where they must not write."""
        name = self.known["planted"]
        folders = [Path(p) for p in (sysconfig.get_path("purelib"), os.path.dirname(os.__file__))]
        folders.append(Path(sys.prefix) / "bin")
        folders += [Path("/usr/lib"), Path("/etc"), Path("/var/tmp"), Path("/"), ROOT]  # noqa: S108
        folders += [ROOT / "reference", self.folder, self.folder / "results", Path("/tmp")]  # noqa: S108
        folders += [self.files["home_file"].parent, Path("/dev/shm")]  # noqa: S108
        return [f / name for f in folders if os.path.lexists(f / name)]

    def close(self) -> None:
        """End the victims."""
        for listener in self._sockets:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.victim.end()
        for path in self.planted():
            path.unlink()
        self.files["shm_file"].unlink(missing_ok=True)
        Path(self.known["home_socket"]).unlink(missing_ok=True)


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """A scene in a folder that every account may enter, cleared away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="opfer-"))
    folder.chmod(0o755)
    with tempfile.NamedTemporaryFile(prefix=".grader-canary-", dir=Path.home()) as file:
        made = Scene(folder, Path(file.name))
        try:
            yield made
        finally:
            made.close()
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """A temporary folder for what runs within, with a short path: sockets live in it.

    Whatever an attack leaves in it must not reach the tests that follow.
    """
    with pytest.MonkeyPatch.context() as patch:
        folder = Path(tempfile.mkdtemp(prefix="leer"))
        folder.chmod(0o755)
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("TMPDIR", str(folder))
        try:
            yield folder
        finally:
            # Not shutil: an attack may have made folders that are too deep for it.
            subprocess.run(["rm", "-rf", str(folder)], check=True)


def free_port() -> int:
    """A port of loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Any, seconds: float = 20.0) -> bool:
    """Whether the condition came true before the time was over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
