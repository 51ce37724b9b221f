"""Files that others may read at any time: written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from grader.errors import FullError

__all__ = ["is_full", "write_atomically", "write_text"]

# No space, no more of it for this account, a limit on a file's size.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: BaseException) -> bool:
    """Tell whether there was no room for what should have been written."""
    return isinstance(error, OSError) and error.errno in _FULL


def write_atomically(
    path: Path, write: Callable[[BinaryIO], Any], *, durable: bool = False
) -> None:
    """Write a file so that others see the old or the new content, never a part.

    Parameters
    ----------
    path : Path
        Its folder is made if needed.
    write : callable
        Gets the open binary file.
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
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(descriptor)
        os.chmod(name, 0o644)
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
