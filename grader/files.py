"""Files that others may read at any time: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["write_atomically", "write_text"]


def write_atomically(path: Path, write: Callable[[BinaryIO], Any], mode: int = 0o644) -> None:
    """Write a file so that others see the old or the new content, never a part.

    Parameters
    ----------
    path : Path
        Its folder is made if needed.
    write : callable
        Gets the open binary file.
    mode : int
        Who may read and write it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; lone surrogates become question marks."""
    write_atomically(path, lambda file: file.write(text.encode("utf-8", "replace")))
