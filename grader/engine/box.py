"""The folders of one notebook's run: what the kernel may write, and what the trusted side keeps."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.engine.base import Job, KernelStartError
from grader.engine.inside.places import FOLDERS
from grader.errors import EngineError
from grader.evidence.collect import Capture, read_capture
from grader.evidence.store import EvidenceStore
from grader.model import Array, NotebookEvidence

__all__ = ["MANY", "RESULT_KEY", "Box", "data_files", "remove_folder"]

RESULT_KEY = "00000000"
# More files than any notebook writes.
MANY = 20_000
_MAX_DEPTH = 60


def data_files(folder: Path, exclude: tuple[str, ...] = ()) -> Iterator[Path]:
    """Files of the lab's data that notebooks may see, links left out."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not set(parts) & set(exclude):
            yield path


@dataclass(frozen=True)
class Box:
    """A run's folders.

    Each run has its own copy of the lab's data, so that a notebook that writes there changes
    nothing for the others.

    Attributes
    ----------
    inner : Path
        Holds the kernel's folders (:data:`~grader.engine.inside.places.FOLDERS`).
    outer : Path
        Closed to kernels: the job, the sockets, the evidence. Its path is short enough for sockets.
    """

    inner: Path
    outer: Path

    @classmethod
    def furnish(cls, inner: Path, outer: Path, job: Job, uid: int | None = None) -> Box:
        """Make the folders, copy the data, write down the job.

        Parameters
        ----------
        uid : int, optional
            The kernel's user, if it is another one than ours.
        """
        inner.mkdir(mode=0o700, parents=True)
        for name in FOLDERS:
            (inner / name).mkdir()
        (inner / "home" / "matplotlib").mkdir()
        outer.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in data_files(job.data_path, job.data_exclude):
            target = inner / "data" / path.relative_to(job.data_path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        if uid is not None:
            for root, folders, files in os.walk(inner):
                for name in (".", *folders, *files):
                    os.chown(os.path.join(root, name), uid, uid)
        (outer / "job.json").write_bytes(msgspec.json.encode(job))
        return cls(inner, outer)

    @property
    def job(self) -> Job:
        """The job as it was written down."""
        return msgspec.json.decode((self.outer / "job.json").read_bytes(), type=Job)

    @property
    def store(self) -> EvidenceStore:
        """Where the driver puts the run's evidence, under :data:`RESULT_KEY`."""
        return EvidenceStore(self.outer / "out")

    def result(self) -> NotebookEvidence:
        """What the driver left, with its arrays read.

        Raises
        ------
        KernelStartError
            If no kernel came up.
        EngineError
            If the driver ended without a word.
        """
        evidence = self.store.get(RESULT_KEY)
        if evidence is not None:
            return replace(evidence, blobs={d: evidence.blobs[d] for d in evidence.blobs})
        failed = self.outer / "failed.txt"
        if failed.is_file():
            raise KernelStartError(failed.read_text("utf-8"))
        log = self.outer / "driver.log"
        lines: list[str] = []
        # When the engine ends, its folders may vanish meanwhile.
        with contextlib.suppress(OSError):
            lines = log.read_text("utf-8", "replace").strip().splitlines()
        last = lines[-1] if lines else "ohne Meldung"
        raise EngineError(f"Der Treiberprozess endete unerwartet: {last}")

    def read_capture(self, name: str) -> tuple[Capture, dict[str, Array]]:
        """Read and remove a capture that the kernel wrote.

        Raises
        ------
        HostileEvidenceError
            Whatever is wrong with it.
        """
        path = self.inner / "belege" / name
        try:
            return read_capture(path)
        finally:
            with contextlib.suppress(OSError):
                path.unlink()

    def written(self) -> tuple[int, int]:
        """Bytes and entries in the folders that the kernel may write; links are not followed.

        Folders too deep to be looked through count as :data:`MANY` entries.
        """
        size = count = 0
        waiting = [(self.inner / name, 0) for name in FOLDERS]
        while waiting and count < MANY:
            folder, depth = waiting.pop()
            try:
                entries = list(itertools.islice(os.scandir(folder), MANY))
            except OSError as error:
                count += MANY if error.errno == errno.ENAMETOOLONG else 0
                continue
            count += len(entries) if depth < _MAX_DEPTH else MANY
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((Path(entry.path), depth + 1))
                    else:
                        # Blocks, not length: a sparse file takes no room. Windows counts none.
                        status = entry.stat(follow_symlinks=False)
                        blocks = getattr(status, "st_blocks", None)
                        size += status.st_size if blocks is None else blocks * 512
        return size, count

    def remove(self) -> None:
        """Remove everything, whatever the kernel did to it."""
        for folder in (self.inner, self.outer):
            remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder in which a kernel could do what it liked; what cannot be removed stays."""
    try:
        shutil.rmtree(folder, onerror=_open_and_retry)
    except RecursionError:
        # A thousand folders one in the other; this tool goes down without recursion.
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False, capture_output=True)  # noqa: S603, S607


def _open_and_retry(function: object, path: str, _: object) -> None:
    # A folder without rights for its owner stops the removal of what is in it.
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
        else:
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
