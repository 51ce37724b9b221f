"""What a feedback page knows beside the grade, kept so that it can be written again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from grader.files import write_atomically
from grader.lab import Lab
from grader.model import Alignment, Particulars, Placement, Submission

__all__ = ["Behind", "KeptBehind", "keep_behind", "read_behind"]


class Behind(Protocol):
    """What stands behind a grade: the lab, the hand-in and where its cells belong.

    A :class:`grader.checks.Side` is one; reports lie below the checks and do not import it.
    """

    @property
    def lab(self) -> Lab:
        """The lab that was graded."""

    @property
    def submission(self) -> Submission:
        """What the group handed in."""

    def alignment(self, notebook: str) -> Alignment | None:
        """Return the alignment of one notebook; None if the notebook is missing."""


@dataclass(frozen=True, slots=True)
class _Kept:
    participants: tuple[str, ...] = ()
    # By notebook the task of every cell.
    tasks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptBehind:
    """A :class:`Behind` as it was kept: participants, and the tasks of the cells."""

    lab: Lab
    submission: Submission
    tasks: Mapping[str, tuple[str, ...]]

    def alignment(self, notebook: str) -> Alignment | None:
        """Return the alignment of one notebook, as far as it was kept."""
        if notebook not in self.tasks:
            return None
        return Alignment(notebook, tuple(Placement(task=task) for task in self.tasks[notebook]))


def keep_behind(behind: Behind, path: Path) -> None:
    """Write what :func:`read_behind` reads."""
    found = {spec.name: behind.alignment(spec.name) for spec in behind.lab.notebooks}
    kept = _Kept(
        behind.submission.particulars.participants,
        {n: tuple(p.task for p in a.placements) for n, a in found.items() if a is not None},
    )
    raw = msgspec.json.encode(kept)
    write_atomically(path, lambda file: file.write(raw))


def read_behind(path: Path, lab: Lab, submission: str) -> KeptBehind:
    """Read what was kept; where it is missing or damaged, problems stand above the tasks."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        kept = _Kept()
    particulars = Particulars(participants=kept.participants)
    return KeptBehind(lab, Submission(submission, {}, particulars=particulars), kept.tasks)
