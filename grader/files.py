"""Files that others may read at any time: written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from grader.errors import FullError

__all__ = ["is_full", "sweep", "write_atomically", "write_text"]

# No space, no more of it for this account, a limit on a file's size.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What is written meanwhile: for which file, and by which process.
_UNFINISHED = re.compile(r"\..+-(\d+)-[a-z0-9_]{8}", re.DOTALL)
# On a shared disk another machine's process may be writing, whose number says nothing here.
_SURELY_OVER = 60.0


def is_full(error: BaseException) -> bool:
    """Tell whether there was no room for what should have been written."""
    return isinstance(error, OSError) and error.errno in _FULL


def write_atomically(
    path: Path, write: Callable[[BinaryIO], Any], *, mode: int = 0o644, durable: bool = False
) -> None:
    """Write a file so that others see the old or the new content, never a part.

    Parameters
    ----------
    path : Path
        Its folder is made if needed.
    write : callable
        Gets the open binary file.
    mode : int
        Who may read and write it.
    durable : bool
        Return only when the content is on the disk: it outlives a power failure.

    Raises
    ------
    FullError
        If there is no room; the old content stays.
    """
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{path.name[:40]}-{os.getpid()}-"
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(descriptor)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException as error:
        if name:
            Path(name).unlink(missing_ok=True)
        if is_full(error):
            raise FullError(
                f"Der Datenträger ist voll: {path} ließ sich nicht schreiben. Was fertig ist, "
                "bleibt; nach dem Aufräumen geht es mit »grader grade --resume« weiter."
            ) from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; lone surrogates become question marks."""
    write_atomically(path, lambda file: file.write(text.encode("utf-8", "replace")))


def sweep(folders: Iterable[Path]) -> None:
    """Remove what killed processes had begun to write in these folders (not below them)."""
    # Not at the top: most commands do without.
    import psutil

    for folder in folders:
        for path in folder.iterdir() if folder.is_dir() else ():
            begun = _UNFINISHED.fullmatch(path.name)
            if begun and not psutil.pid_exists(int(begun[1])):
                # Another start may sweep too.
                with contextlib.suppress(OSError):
                    if time.time() - path.stat().st_mtime > _SURELY_OVER:
                        path.unlink()
