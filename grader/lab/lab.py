"""A lab: its notebooks, slots, tasks, checks, points and limits, read from ``lab.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from grader.errors import LabError
from grader.lab.parts import CheckSpec, Kernel, Late, Limits, NotebookSpec, Profile, Slot, Task
from grader.lab.reading import lab_from_toml, validate
from grader.lab.uses import Individual, Look, Release, Variant

__all__ = ["Lab"]


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Everything that the engine knows of a lab. Paths are absolute."""

    id: str
    title: str
    folder: Path
    data: Path
    notebooks: tuple[NotebookSpec, ...]
    tasks: tuple[Task, ...]
    slots: tuple[Slot, ...]
    questions: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    kernel: Kernel = field(default_factory=Kernel)
    late: Late = field(default_factory=Late)
    profiles: tuple[Profile, ...] = ()
    data_exclude: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    variant: Variant | None = None
    looks: tuple[Look, ...] = ()
    individual: Individual | None = None
    release: Release = field(default_factory=Release)

    @classmethod
    def load(cls, folder: Path | str) -> Lab:
        """Read and check ``lab.toml`` in ``folder``.

        Raises
        ------
        LabError
            If the file is missing, is no TOML, or contradicts itself.
        """
        folder = Path(folder).resolve()
        path = folder / "lab.toml"
        if not path.is_file():
            raise LabError(f"Kein Labor in {folder}: die Datei lab.toml fehlt.")
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            lab = lab_from_toml(cls, folder, raw)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
            raise LabError(f"{path}: {error}") from error
        validate(lab)
        return lab

    @property
    def max_points(self) -> float:
        """Sum of all checks' points."""
        return sum(t.points for t in self.tasks)

    @cached_property
    def checks(self) -> Mapping[str, CheckSpec]:
        """All checks by id, in the lab's order."""
        return {c.id: c for t in self.tasks for c in t.checks}

    @cached_property
    def slot_by_id(self) -> Mapping[str, Slot]:
        """All slots by id, in the lab's order."""
        return {s.id: s for s in self.slots}

    def task(self, task_id: str) -> Task:
        """Return a task by id (KeyError if there is none)."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)

    def profile(self, name: str) -> Profile:
        """Return a profile by name.

        Raises
        ------
        LabError
            If the lab has no such profile.
        """
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(p.name for p in self.profiles)
        raise LabError(f"Das Labor kennt kein Profil {name!r}; es gibt: {known}.")

    def notebook_slots(self, notebook: str) -> tuple[Slot, ...]:
        """Slots of one notebook, in the lab's order."""
        return tuple(s for s in self.slots if s.notebook == notebook)
