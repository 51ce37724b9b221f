"""The protocol as plain data: what stands on which page, before any format is chosen.

Texts are either *plain* (shown as they are) or *Markdown* (:class:`Prose`), which only
:mod:`grader.protocol.markup` may read. Everything a student wrote has been cleaned of control
characters and cut to a size that a page can carry (:mod:`grader.protocol.text`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = [
    "Block",
    "Code",
    "DataTable",
    "Document",
    "FigureBlock",
    "Note",
    "Picture",
    "Prose",
    "Question",
    "Section",
    "TextOutput",
    "TitlePage",
]


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown with formulas: a task's text (``role="task"``) or what the students answered."""

    markdown: str
    role: Literal["task", "answer", "question"] = "answer"


@dataclass(frozen=True, slots=True)
class Code:
    """A cell's Python source."""

    source: str


@dataclass(frozen=True, slots=True)
class TextOutput:
    """Printed lines, arrays: shown in a typewriter face."""

    text: str


@dataclass(frozen=True, slots=True)
class DataTable:
    """A data frame that a cell displays.

    Attributes
    ----------
    header : tuple of str
        One name per column; the first column is the index if ``indexed``.
    rows : tuple of tuple of str
        As long as ``header`` each.
    numeric : tuple of bool
        Per column: holds numbers only, set flush right.
    remark : str
        What was left out (German), ``""`` if nothing.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    indexed: bool = True
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: our own SVG, or pixels that we decoded and encoded anew.

    Attributes
    ----------
    name : str
        File name within the document, e.g. ``"abb03-2.svg"``.
    width, height : float
        Natural size in millimetres.
    alt : str
        What it shows, for those who cannot see it (German).
    label : str
        Short text under the picture when several stand side by side.
    """

    name: str
    data: bytes = field(repr=False)
    width: float
    height: float
    alt: str
    label: str = ""

    @property
    def media_type(self) -> str:
        """Media type by the name's ending."""
        endings = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}
        return endings[self.name.rsplit(".", 1)[1]]


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """Pictures that belong together, with one number and one caption."""

    number: int
    caption: str
    pictures: tuple[Picture, ...]
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of the grader: ``gap`` (something is missing), ``problem``, ``info``."""

    text: str
    kind: Literal["gap", "problem", "info"] = "info"


Block: TypeAlias = Prose | Code | TextOutput | DataTable | FigureBlock | Note


@dataclass(frozen=True, slots=True)
class Question:
    """A control question and the blocks that answer it."""

    number: int
    text: Prose
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it."""

    title: str
    blocks: tuple[Block, ...] = ()
    questions: tuple[Question, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class TitlePage:
    """The title page; an empty ``value`` in ``rows`` is a marked gap.

    ``rows`` are (label, value) pairs: participants, supervisor, dates.
    """

    university: str
    faculty: str
    institute: str
    course: str
    experiment: str
    group: str = ""
    term: str = ""
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole protocol; ``gaps`` counts what is missing: with any it is a draft."""

    title: TitlePage
    sections: tuple[Section, ...]
    gaps: int = 0

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in reading order."""
        return tuple(block for section in self.sections for block in _walk(section))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures in reading order."""
        figures = (b for b in self.blocks if isinstance(b, FigureBlock))
        return tuple(p for figure in figures for p in figure.pictures)

    @property
    def prose(self) -> tuple[str, ...]:
        """All Markdown texts in reading order."""
        return tuple(b.markdown for b in self.blocks if isinstance(b, Prose))


def _walk(section: Section) -> Iterator[Block]:
    for question in section.questions:
        yield question.text
        yield from question.blocks
    yield from section.blocks
    for inner in section.sections:
        yield from _walk(inner)
