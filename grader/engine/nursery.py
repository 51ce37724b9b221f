"""The trusted side of a warm process: starts it behind the walls and has boxes adopted."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from grader.engine.base import Job, KernelStartError, WarmStartError
from grader.engine.inside import channel
from grader.engine.inside.places import MAX_THREADS, kernel_environment
from grader.engine.provision import base_environment, confinement, run_in_wall
from grader.engine.wall import (
    CODE,
    ROOT_KEEPS,
    grader_folder,
    inside_uid,
    readable_paths,
    wall_arguments,
)
from grader.engine.walls import Walls

__all__ = ["Nursery", "font_caches"]

_BOXES = "/boxes"


class Nursery:
    """One warm process and the boxes below ``folder``.

    Parameters
    ----------
    folder : Path
        Its own; holds ``boxes`` and ``warm``.
    job : Job
        What is imported, and the environment.
    walls : Walls
        With ``namespaces``; the outer one if it shall stand.

    Raises
    ------
    WarmStartError
        If the process does not come up, or is in no state to fork kernels.
    """

    def __init__(self, folder: Path, job: Job, walls: Walls) -> None:
        self.folder = folder
        self.walls = walls
        self.boxes = folder / "boxes"
        self.failed_imports: dict[str, str] = {}
        self._lock = threading.Lock()
        self._log = folder / "warm.log"
        uid = inside_uid()
        for name in ("boxes", "warm/home/matplotlib", "warm/tmp"):
            (folder / name).mkdir(parents=True)
        for path in font_caches():
            shutil.copy(path, folder / "warm" / "home" / "matplotlib")
        # Their names can be guessed, their content not read: each box belongs to its kernel's user.
        self.boxes.chmod(0o711)
        if uid is not None:
            for path in (folder / "warm", *(folder / "warm").rglob("*")):
                os.chown(path, uid, uid)
        self._end, theirs = channel.pair()
        with theirs:
            self.process = self._start(job, theirs)
        try:
            self._greet(job, uid)
        except BaseException:
            self.close()
            raise

    def _start(self, job: Job, theirs: socket.socket) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "inside.zygote"]
        with self._log.open("ab") as log:
            streams: dict[str, Any] = {"stdin": theirs.fileno(), "stdout": log, "stderr": log}
            if self.walls.outer:
                env = {**base_environment(), **kernel_environment("/warm"), **job.env}
                writable = {_BOXES: self.boxes, "/warm": self.folder / "warm"}
                arguments = wall_arguments(writable, "/", root_keeps=ROOT_KEEPS)
                return run_in_wall(arguments, command, env, start_new_session=True, **streams)
            env = {**base_environment(), **kernel_environment(str(self.folder / "warm"))}
            env |= {**job.env, "PYTHONPATH": str(grader_folder() / "engine")}
            return subprocess.Popen(  # noqa: S603 - our own module, no shell
                command, env=env, cwd="/", start_new_session=True, **streams
            )

    def _greet(self, job: Job, uid: int | None) -> None:
        seconds = job.limits.start_seconds
        outer = self.walls.outer
        hidden = [CODE] if outer else [str(grader_folder() / "engine")]
        greeting = {
            "imports": [*job.imports, *job.warm],
            "uid": uid,
            "proc": outer,
            "readable": [*readable_paths(), *([] if outer else [str(self.folder)])],
            "hide": hidden,
        }
        self._end.settimeout(seconds)
        try:
            channel.send(self._end, greeting)
            answer, _ = channel.receive(self._end)
        except (channel.Closed, OSError) as error:
            reason = self._last_words()
            raise WarmStartError(f"Der warme Prozess kam nicht hoch: {reason}") from error
        if "ok" not in answer:
            raise WarmStartError(f"Der warme Prozess kam nicht hoch: {answer.get('error')}")
        if int(answer["threads"]) > MAX_THREADS:
            raise WarmStartError(
                f"Nach dem Laden hat der warme Prozess {answer['threads']} Threads; so lassen sich "
                "keine Kernel abzweigen."
            )
        self.failed_imports = dict(answer.get("failed", {}))

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text("utf-8", "replace").strip().splitlines()
            if lines:
                return lines[-1][:300]
        return "ohne Meldung"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def adopt(self, name: str, job: Job) -> socket.socket:
        """Let kernels be forked in ``boxes/name``; return the channel to ask for them.

        Raises
        ------
        KernelStartError
            If the warm process is gone.
        """
        ours, theirs = channel.pair()
        box = f"{_BOXES}/{name}" if self.walls.outer else str(self.boxes / name)
        message = {"adopt": box, **confinement(job, self.walls)}
        try:
            with theirs, self._lock:
                channel.send(self._end, message, [theirs.fileno()])
        except (channel.Closed, OSError) as error:
            ours.close()
            raise KernelStartError("Der warme Prozess ist nicht mehr da.") from error
        return ours

    def close(self) -> None:
        """End the process and with it all its kernels."""
        self._end.close()
        with contextlib.suppress(ProcessLookupError):
            # bubblewrap takes its namespace along; without it the channel's end does.
            if self.walls.outer and self.alive:
                os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def font_caches() -> list[Path]:
    """matplotlib's font list, which takes seconds to build and is the same for every kernel."""
    import matplotlib
    from matplotlib import font_manager  # noqa: F401 - importing builds the cache

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
