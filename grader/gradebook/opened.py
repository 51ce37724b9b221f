"""An opened gradebook: the database behind it, and its end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from grader.gradebook.database import Database

__all__ = ["Opened"]


class Opened:
    """A database that a ``with`` opens and closes: what both halves of a gradebook stand on."""

    def __init__(self, gradebook: str | Path) -> None:
        self._database = Database(gradebook)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database's connections."""
        self._database.close()

    @property
    def file(self) -> Path | None:
        """The SQLite file behind it; None on a server."""
        return self._database.file
