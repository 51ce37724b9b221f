"""What several of the pipeline's functions begin with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.engine.base import Engine
from grader.errors import UsageError
from grader.grading import Bench
from grader.model import Grade

if TYPE_CHECKING:
    from grader.gradebook import Gradebook

__all__ = ["check_names", "engine_or_own", "open_gradebook", "profile_of"]


@contextlib.contextmanager
def engine_or_own(given: Engine | None) -> Iterator[Engine]:
    """The engine that was given, or one of our own, which ends with its use."""
    if given is not None:
        yield given
        return
    # Not at the top: what drives kernels takes longer to import than an unchanged cohort to grade.
    from grader.engine.choose import DefaultEngine

    own = DefaultEngine()
    try:
        yield own
    finally:
        own.close()


@contextlib.contextmanager
def open_gradebook(given: str | Path | None, out: Path) -> Iterator[Gradebook]:
    """The gradebook that was named, or the one in the folder of results."""
    # Not at the top: SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

    with Gradebook(given or out / "gradebook.sqlite") as book:
        yield book


def check_names(bench: Bench, task: str | None, profile: str | None) -> None:
    """Do nothing if the lab has this task and this profile.

    Raises
    ------
    UsageError
        If it has not.
    """
    known = [t.id for t in bench.lab.tasks]
    if task is not None and task not in known:
        raise UsageError(f"Die Aufgabe {task!r} gibt es nicht. Aufgaben: {', '.join(known)}.")
    if profile is not None and profile not in [p.name for p in bench.lab.profiles]:
        names = ", ".join(p.name for p in bench.lab.profiles)
        raise UsageError(f"Das Profil {profile!r} gibt es nicht. Profile: {names}.")


def profile_of(grade: Grade, bench: Bench) -> str:
    """The kernel profile that a submission was graded under."""
    return str(grade.provenance.get("profile", bench.lab.profiles[0].name))
