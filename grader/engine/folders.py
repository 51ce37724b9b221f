"""Temporary folders of engines: held by a lock while the engine lives, swept up after its death."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import IO

from grader.engine.box import remove_folder

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where no engine is killed from outside
    fcntl = None  # type: ignore[assignment]

__all__ = ["make_folder", "sweep"]

_PREFIX = "grader-"
_LOCK = "lock"


def make_folder() -> tuple[Path, IO[bytes]]:
    """A new folder and its lock, which holds as long as the file is open."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    file = (folder / _LOCK).open("wb")
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, file


def sweep() -> None:
    """Remove folders of engines that were killed: nobody holds their lock any more."""
    if fcntl is None:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / _LOCK).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_folder(folder)
        except OSError:
            # Held by a living engine, or none of ours.
            continue
