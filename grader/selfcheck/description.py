"""``selbsttest.json``: what a self-check needs to know of a lab, and nothing that is secret.

It is made from the *released* cells and from ``lab.toml``'s public checks and looks. Points, hidden
checks (also their names), patterns of solutions and expected values have no place in its types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from grader.errors import LabError, UsageError
from grader.lab import CheckSpec, Kernel, Lab, Limits, Look, NotebookSpec, Profile, Slot, Task
from grader.model import CellKind, ReleasedCell

__all__ = [
    "DESCRIPTION",
    "Description",
    "OpenCell",
    "OpenSlot",
    "OpenTask",
    "describe",
    "find_description",
    "given_by_slot",
    "public_view",
    "read_description",
]

DESCRIPTION = "selbsttest.json"
_SCHEMA = 1
# "text" is a name in the solutions, of which a kit holds none.
_OPEN = {"text": "answer"}
_OF_SLOTS = {v: k for k, v in _OPEN.items()}
_LARGEST = 5_000_000
_LEVELS = 3
# Where a kit may have put it, seen from a folder above the notebooks.
_BESIDE = ("", "data", "abgabe")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCell:
    """A cell as released; ``gap`` tells that students are to change it."""

    id: str
    slot: str
    kind: CellKind
    source: str
    heading: str
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSlot:
    """A :class:`grader.lab.Slot` without what tells of its solution; ``answer`` is its ``text``."""

    id: str
    task: str
    notebook: str
    kind: Literal["setup", "code", "answer"]
    seconds: float | None = None
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task with the titles of its public checks by id; ``more`` tells that others exist.

    ``about`` is its text in a protocol.
    """

    id: str
    title: str
    notebook: str = ""
    checks: Mapping[str, str]
    more: bool = False
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Description:
    """A lab as students may know it.

    Attributes
    ----------
    cells : mapping of str to tuple of OpenCell
        By notebook, in order.
    protocol : mapping of str to str
        What stands on a protocol's title page whoever hands it in; tasks' texts stand in it too.
    """

    schema: int
    lab: str
    title: str
    kernel: Kernel
    limits: Limits
    profiles: tuple[Profile, ...]
    notebooks: Mapping[str, str]
    cells: Mapping[str, tuple[OpenCell, ...]]
    slots: tuple[OpenSlot, ...]
    tasks: tuple[OpenTask, ...]
    looks: tuple[Look, ...]
    questions: tuple[str, ...]
    protocol: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def released(self) -> Mapping[str, tuple[ReleasedCell, ...]]:
        """The released notebooks, as alignment wants them: there is no other version."""
        return {
            name: tuple(
                ReleasedCell(c.slot, c.kind, c.source, c.source, c.heading, c.id) for c in cells
            )
            for name, cells in self.cells.items()
        }

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The text that the lab gave, by slot."""
        found: dict[str, str] = {}
        for cells in self.released.values():
            found.update(given_by_slot(cells))
        return found

    @cached_property
    def by_slot(self) -> Mapping[str, OpenCell]:
        """Cells that have a slot."""
        return {c.slot: c for cells in self.cells.values() for c in cells if c.slot}

    def task(self, task_id: str) -> OpenTask:
        """Return a task by id.

        Raises
        ------
        UsageError
            If there is none.
        """
        for task in self.tasks:
            if task.id.casefold() == task_id.casefold():
                return task
        known = ", ".join(t.id for t in self.tasks)
        raise UsageError(f"Die Aufgabe {task_id!r} gibt es nicht. Aufgaben: {known}.")

    def open_lab(self, folder: Path, data: Path, data_exclude: tuple[str, ...] = ()) -> Lab:
        """The lab as the engine and the alignment know one, in a student's folder."""
        return Lab(
            id=self.lab,
            title=self.title,
            folder=folder,
            data=data,
            data_exclude=data_exclude,
            notebooks=tuple(
                NotebookSpec(name=n, title=t, source="") for n, t in self.notebooks.items()
            ),
            tasks=tuple(
                Task(
                    id=t.id,
                    title=t.title,
                    notebook=t.notebook,
                    text=t.about,
                    checks=tuple(
                        CheckSpec(id=i, points=0, title=n, task=t.id, public=True)
                        for i, n in t.checks.items()
                    ),
                )
                for t in self.tasks
            ),
            slots=tuple(_same(s, Slot, kind=_OF_SLOTS.get(s.kind, s.kind)) for s in self.slots),
            questions=self.questions,
            limits=self.limits,
            kernel=self.kernel,
            profiles=self.profiles,
            looks=self.looks,
            protocol=self.protocol,
        )


def describe(lab: Lab, released: Mapping[str, tuple[ReleasedCell, ...]]) -> Description:
    """Make the description of a lab.

    Parameters
    ----------
    lab : Lab
    released : mapping of str to tuple of ReleasedCell
        Its cells by notebook; of a group's own variant, where there is one.
    """
    return Description(
        schema=_SCHEMA,
        lab=lab.id,
        title=lab.title,
        # What a warm process would import says nothing here; the rest is needed to run.
        kernel=replace(lab.kernel, warm=()),
        limits=lab.limits,
        profiles=lab.profiles,
        notebooks={n.name: n.title for n in lab.notebooks},
        cells={name: tuple(_open(c) for c in cells) for name, cells in released.items()},
        slots=tuple(_same(s, OpenSlot, kind=_OPEN.get(s.kind, s.kind)) for s in lab.slots),
        tasks=tuple(
            OpenTask(
                id=t.id,
                title=t.title,
                notebook=t.notebook,
                checks={c.id: c.title for c in t.checks if c.public},
                more=any(not c.public for c in t.checks),
                about=t.text,
            )
            for t in lab.tasks
        ),
        looks=lab.looks,
        questions=lab.questions,
        protocol={name: str(value) for name, value in lab.protocol.items()},
    )


def public_view(lab: Lab, released: Mapping[str, tuple[ReleasedCell, ...]]) -> bytes:
    """The content of ``selbsttest.json`` for a kit; the same bytes whenever it is made."""
    return msgspec.json.encode(describe(lab, released)) + b"\n"


def read_description(path: Path) -> Description:
    """Read a ``selbsttest.json``.

    Raises
    ------
    LabError
        If it is not readable, or from another version.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        found = msgspec.json.decode(raw[:_LARGEST], type=Description)
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise LabError(
            f"{path} ist nicht lesbar ({error}). Bitte aus dem ausgegebenen Ordner neu kopieren."
        ) from error
    if found.schema != _SCHEMA:
        raise LabError(
            f"{path} gehört zu einer anderen Fassung von grader (Format {found.schema}, erwartet "
            f"{_SCHEMA})."
        )
    return found


def find_description(starts: Iterable[Path]) -> Path | None:
    """The nearest ``selbsttest.json`` beside or above some folders; None if there is none."""
    for start in starts:
        folder = start.resolve()
        for above in (folder, *list(folder.parents)[:_LEVELS]):
            for name in _BESIDE:
                path = above / name / DESCRIPTION
                if path.is_file():
                    return path
    return None


def given_by_slot(cells: tuple[ReleasedCell, ...]) -> dict[str, str]:
    """By slot, the text that students were given: theirs is what they add to it.

    To a slot's own cell come the cells without a slot on either side of it, because a slot's
    region reaches up to the next slot and a task's begins at its heading.
    """
    given: dict[str, str] = {}
    for index, cell in enumerate(cells):
        if cell.slot:
            before = list(takewhile(lambda c: not c.slot, reversed(cells[:index])))[::-1]
            after = takewhile(lambda c: not c.slot, cells[index + 1 :])
            given[cell.slot] = "\n\n".join(c.source_student for c in (*before, cell, *after))
    return given


_Kind = TypeVar("_Kind", Slot, OpenSlot)


def _same(given: object, wanted: type[_Kind], **changed: str) -> _Kind:
    """The fields that both have, as the other type."""
    names = {f.name for f in fields(wanted)}
    held = {n: getattr(given, n) for n in names if hasattr(given, n)}
    return msgspec.convert(held | changed, wanted)


def _open(cell: ReleasedCell) -> OpenCell:
    return OpenCell(
        id=cell.id,
        slot=cell.slot,
        kind=cell.kind,
        source=cell.source_student,
        heading=cell.heading,
        gap=cell.source_student != cell.source_solution,
    )
