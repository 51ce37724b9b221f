"""A submission's folder while it is written, file by file; what does not go in is noted."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from grader.exchange.unpack import MAX_FILE, TOO_LARGE, LeftOut, TooLargeError, free_path

__all__ = ["Filling", "why"]

_MOST_FILES = 5000
_MOST_BYTES = 500_000_000


@dataclass
class Filling:
    """Fills a folder.

    Attributes
    ----------
    folder : Path
    files : dict of str to str
        Hashes of what was written, by path.
    left_out : list of LeftOut
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, path: str, read_into: Callable[[IO[bytes], int], object]) -> None:
        """Write a file; under a numbered name if there is one of that name.

        Raises
        ------
        OSError
            If the disk is full: everything after would fail alike.
        """
        if len(self.files) >= _MOST_FILES or self.size >= _MOST_BYTES:
            self.left_out.append(LeftOut(path, "wäre zu viel für eine Abgabe"))
            return
        # An archive's folder may be there already, with a file of that name.
        path = free_path(path, self.seen)
        target, part = self.folder / path, self.folder.parent / "part"
        try:
            with part.open("wb") as file:
                read_into(file, MAX_FILE)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, target)
        except TooLargeError:
            self.left_out.append(LeftOut(path, TOO_LARGE))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.left_out.append(LeftOut(path, why(error)))
        else:
            self.files[path] = hashlib.sha256(target.read_bytes()).hexdigest()
            self.size += target.stat().st_size

    def add_text(self, path: str, text: str) -> None:
        """Write a text of ours."""
        self.add(path, lambda file, limit: file.write(text.encode("utf-8", "replace")[:limit]))


def why(error: OSError) -> str:
    """Our own sentences as they are; the system's are not for readers."""
    return "ließ sich nicht ablegen" if error.errno else str(error)
