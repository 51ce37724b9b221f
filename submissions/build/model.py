"""Parts (an answer and its labels) and groups (who handed in which parts, in what state)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

__all__ = [
    "Edit",
    "Group",
    "Label",
    "Part",
    "auto",
    "code",
    "expect",
    "prose",
    "text",
]

Edit = Callable[[NotebookNode], None]


@dataclass(frozen=True)
class Label:
    """What an instructor expects of one check: admissible statuses, range of points."""

    status: tuple[str, ...]
    points: tuple[float, float] | None = None


@dataclass(frozen=True)
class Part:
    """What stands in one cell, the labels that follow from it, the traps it falls into.

    ``extra`` are cells that the group added below: (kind, source).
    """

    source: str
    labels: Mapping[str, Label] = field(default_factory=dict)
    traps: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """One submission.

    Attributes
    ----------
    notebooks : mapping
        By notebook: slot to part. A slot that is not named stays as released.
    answers : mapping of int to Part
        Control questions; a question without an entry has its heading and nothing below.
    edits : mapping
        By notebook: structural changes, in order.
    names : mapping
        By notebook: the file's name; ``""`` leaves the file out.
    answers_as : str
        ``"md"``, ``"ipynb"``, ``"cp1252"`` or ``""`` (not handed in).
    files : mapping of str to bytes
        Further files.
    archive : bool
        Hand in a .zip instead of a folder.
    labels : mapping
        What the parts cannot know; wins over theirs. None takes a label away.
    problems : tuple of str
        Kinds of problems that a result names, all of them.
    structure : tuple of str
        Structural traps.
    half : str
        ``"tune"`` or ``"held"`` for groups that are written on demand only.
    """

    id: str
    about: str
    people: tuple[str, ...]
    notebooks: Mapping[str, Mapping[str, Part]]
    answers: Mapping[int, Part]
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    headings: str = "full"
    answers_as: str = "md"
    cut: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    archive: bool = False
    particulars: bool = True
    labels: Mapping[str, Label | None] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    structure: tuple[str, ...] = ()
    profile: str = "keras3"
    half: str = ""


def expect(*status: str, points: tuple[float, float] | None = None) -> Label:
    """A label with one or more admissible statuses."""
    return Label(status, points)


def auto(**checks: str) -> dict[str, Label]:
    """Labels by check; ``t1a_weights="failed partial 0-1"`` is 1a.weights with its points."""
    labels = {}
    for name, words in checks.items():
        task, _, check = name.removeprefix("t").partition("_")
        status = tuple(w for w in words.split() if not w[0].isdigit())
        ranges = [w.split("-") for w in words.split() if w[0].isdigit()]
        points = (float(ranges[0][0]), float(ranges[0][1])) if ranges else None
        labels[f"{task}.{check}" if check else task] = Label(status, points)
    return labels


def code(source: str, *traps: str, extra: str = "", **checks: str) -> Part:
    """A code cell. ``extra`` is a further code cell below it."""
    cells = (("code", extra.strip("\n")),) if extra else ()
    return Part(source.strip("\n"), auto(**checks), traps, cells)


def text(check: str, low: float, high: float, source: str, *traps: str) -> Part:
    """A free-text answer that deserves ``low`` to ``high`` points."""
    label = Label(("needs_review",), (low, high))
    return Part(source.strip("\n"), {check: label}, traps)


def prose(source: str, *traps: str) -> Part:
    """Text that no check of its own belongs to."""
    return Part(source.strip("\n"), {}, traps)
