"""Backups of a gradebook's SQLite file: before a migration, before a re-grade.

A gradebook on a server is backed up where the server is; nothing here touches it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from pathlib import Path

__all__ = ["back_up", "backups"]

_FOLDER = "backups"
_KEPT = 5


def backups(file: Path) -> list[Path]:
    """Return the backups of a gradebook file, oldest first."""
    return sorted((file.parent / _FOLDER).glob(f"{file.stem}-????-??-??-*{file.suffix}"))


def back_up(file: Path, reason: str) -> Path:
    """Copy a gradebook as it is at this moment, whoever writes to it; keep the newest few.

    Parameters
    ----------
    file : Path
        The SQLite file.
    reason : str
        Becomes part of the name, such as ``vor-bewertung``. The newest five of each reason stay.

    Returns
    -------
    Path
        ``backups/gradebook-2026-05-26-140312-vor-bewertung.sqlite`` beside the file.
    """
    folder = file.parent / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    moment = f"{dt.datetime.now():%Y-%m-%d-%H%M%S}"
    target = folder / f"{file.stem}-{moment}-{reason}{file.suffix}"
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            contextlib.closing(
                sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)
            ) as source,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    own = [path for path in backups(file) if path.stem.endswith(f"-{reason}")]
    for old in own[:-_KEPT]:
        old.unlink(missing_ok=True)
    return target
