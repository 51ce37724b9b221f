"""Which of a check's marks stands, and whether the automatic result changed under it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

__all__ = [
    "Entry",
    "effective",
    "is_changed",
    "result_digest",
]


class Entry(Protocol):
    """An entry of a check's history by hand."""

    @property
    def kind(self) -> str:
        """``"set"`` or ``"undo"``."""

    @property
    def version(self) -> int:
        """Counts from 1."""

    @property
    def undoes(self) -> int | None:
        """The version that an undo takes back."""


_Entry = TypeVar("_Entry", bound=Entry)


def effective(history: Iterable[_Entry]) -> _Entry | None:
    """Return the mark that counts: the newest one that was not taken back; None if there is none.

    Parameters
    ----------
    history : iterable of Entry
        All entries of one check of one group.
    """
    entries = list(history)
    undone = {entry.undoes for entry in entries if entry.kind == "undo"}
    standing = [e for e in entries if e.kind == "set" and e.version not in undone]
    return max(standing, key=lambda entry: entry.version, default=None)


def result_digest(
    status: str, points: float, max_points: float, message: str, details: Mapping[str, Any]
) -> str:
    """Hash of an automatic result: what a human sees when deciding, without the confidence.

    ``details`` are plain JSON, as they come out of the database.
    """
    parts = [status, float(points), float(max_points), message, details]
    raw = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(raw.encode()).hexdigest()


def is_changed(marked_against: str, now: str) -> bool:
    """Tell whether an automatic result is another one than that under a human's mark.

    A mark that was made where there was no automatic result (``""``) is never contradicted.
    """
    return bool(marked_against) and marked_against != now
