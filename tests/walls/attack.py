"""What an attack is, and how it becomes a notebook's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from grader.engine.base import CellJob, Job
from grader.lab import Limits
from grader.model import RunStatus

__all__ = ["ALL", "INNER", "OUTER", "UNWALLED", "Ending", "Notebook", "Probe", "make_job"]

# Configurations: the warm engine with every layer, bubblewrap alone around a process per notebook,
# the warm engine without bubblewrap, and no wall at all (the control).
ALL, OUTER, INNER, UNWALLED = "all", "outer", "inner", "unwalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An attack that only looks around; many share one notebook, one cell each.

    Attributes
    ----------
    name : str
        An identifier: also the variable that tells what came of it.
    code : str
        Sets ``got`` to what it should never have reached. It may end with an OSError, with
        nothing else. ``scene`` and the helpers of ``inside.py`` are there.
    holds : tuple of str
        Configurations that must stop it.
    control : bool
        Harmless, and gets through where no wall stands: the proof that the attack itself works.
    """

    name: str
    code: str
    holds: tuple[str, ...] = (ALL, OUTER, INNER)
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One cell of an attack's notebook and the statuses with which it may end."""

    code: str
    statuses: tuple[RunStatus, ...] = ("ok",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """An attack with a notebook of its own.

    Attributes
    ----------
    problems : tuple of str
        Kinds that the run must name.
    works_after : bool
        The cell after the attack must work, in this kernel or the next.
    limits, imports, env, seconds
        Of the job; see :func:`make_job`.
    slow : bool
        Takes long, so it starts first.
    holds : tuple of str
        Configurations that must stop it. It never runs in another: it could harm the machine.
    """

    name: str
    cells: tuple[Ending, ...]
    problems: tuple[str, ...] = ()
    works_after: bool = True
    limits: Mapping[str, Any] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    slow: bool = False
    holds: tuple[str, ...] = (ALL, INNER)


def make_job(
    cells: Sequence[str],
    data: Path,
    *,
    label: str,
    seconds: float = 10.0,
    limits: Mapping[str, Any] | None = None,
    imports: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> Job:
    """A job whose cells are tasks of their own; the first is the set-up."""
    # Shorter than in a real run, where it does not matter.
    known = {f.name for f in fields(Limits)}
    options = {
        "memory_mb": 600,
        "output_bytes": 200_000,
        "files_mb": 30,
        "notebook_seconds": 60.0,
        "start_seconds": 20.0,
        **({"capture_seconds": 3.0} if "capture_seconds" in known else {}),
        **(limits or {}),
    }
    return Job(
        notebook="notebook1",
        cells=tuple(CellJob(i, c, seconds, str(i), i == 0) for i, c in enumerate(cells)),
        data=str(data),
        limits=Limits(**options),
        imports=imports,
        env=dict(env or {}),
        label=label,
    )
