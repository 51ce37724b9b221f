"""Feedback files as the .zip that Moodle's "upload multiple feedback files" takes.

Moodle reads a folder's name up to the second underscore: whose file it is, by the participant's
number. A group's own folder name would not do: its number is the group's, and Moodle would take it
for a participant's. So each member has a folder, with a name without underscores.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from grader.files import write_atomically

__all__ = ["FEEDBACK_FILES", "Parcel", "feedback_folder", "write_feedback"]

FEEDBACK_FILES = ("feedback.html", "protokoll.pdf")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one participant gets: number and name in Moodle, and the files."""

    id: str
    name: str
    files: tuple[Path, ...]


def feedback_folder(name: str, number: str) -> str:
    """Name of a participant's folder, as in Moodle's own downloads."""
    clean = re.sub(r'[\x00-\x1f\x7f_/\\:*?"<>|]+', " ", name).strip(" .")
    clean = clean.encode("utf-8", "replace")[:120].decode("utf-8", "ignore").strip()
    return f"{clean or 'Teilnehmerin'}_{number}_assignsubmission_file_"


def write_feedback(parcels: Sequence[Parcel], path: Path, limit: int = 0) -> list[Path]:
    """Write the .zip, or several if one would be larger than the limit.

    Parameters
    ----------
    parcels : sequence of Parcel
    path : Path
        ``feedback.zip``; several are ``feedback-1.zip`` and so on.
    limit : int
        Bytes per .zip, as Moodle's largest upload; 0 for no limit. One participant's files are
        never split.

    Returns
    -------
    list of Path
        What was written; nothing without parcels.
    """
    parts: list[list[Parcel]] = []
    filled = 0
    for parcel in parcels:
        size = sum(file.stat().st_size for file in parcel.files)
        if not parts or (limit and filled and filled + size > limit):
            parts.append([])
            filled = 0
        parts[-1].append(parcel)
        filled += size
    for old in path.parent.glob(f"{path.stem}*{path.suffix}"):
        # Of an export before, which had more parts.
        if re.fullmatch(r"(?:-\d+)?", old.stem.removeprefix(path.stem)):
            old.unlink()
    written = []
    for number, part in enumerate(parts, start=1):
        name = path if len(parts) == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        write_atomically(name, partial(_pack, part))
        written.append(name)
    return written


def _pack(parcels: Sequence[Parcel], file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for parcel in parcels:
            folder = feedback_folder(parcel.name, parcel.id)
            for source in parcel.files:
                archive.write(source, f"{folder}/{os.path.basename(source)}")
