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
    "OpenPoint",
    "Picture",
    "Prose",
    "Question",
    "Reference",
    "References",
    "Remark",
    "Review",
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
    """A data frame that a cell displays, or printed lines that are a table.

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
    number : int
        From 1; 0 for a table without caption.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    indexed: bool = True
    remark: str = ""
    number: int = 0
    caption: str = ""


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

    @property
    def alt(self) -> str:
        """What all the pictures show."""
        return " ".join(dict.fromkeys(picture.alt for picture in self.pictures))[:2_000]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of the grader: ``gap`` (something is missing), ``problem``, ``info``.

    ``belongs`` says what belongs into a gap; ``number`` counts the gaps from 1.
    """

    text: str
    kind: Literal["gap", "problem", "info"] = "info"
    belongs: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to a figure or table; ``after`` is the comma, „und“ or full stop behind it."""

    anchor: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class References:
    """Links to the figures and tables that stand below a heading."""

    items: tuple[Reference, ...]


Block: TypeAlias = Prose | Code | TextOutput | DataTable | FigureBlock | Note | References


@dataclass(frozen=True, slots=True)
class Remark:
    """One check's result for the instructor: title, points as text, its mark and comment."""

    title: str
    points: str
    mark: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What stands in the margin of the instructor's version; ``points`` of ``max_points``."""

    points: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One line of a draft's last page; ``number`` is that of the gap, 0 for the title page."""

    place: str
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A control question and the blocks that answer it."""

    number: int
    text: Prose
    blocks: tuple[Block, ...]
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it."""

    title: str
    blocks: tuple[Block, ...] = ()
    questions: tuple[Question, ...] = ()
    sections: tuple[Section, ...] = ()
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class TitlePage:
    """The title page; an empty ``value`` in ``rows`` is a marked gap.

    ``rows`` are (label, value) pairs: participants, supervisor, dates; ``date`` is the
    document's own: of the hand-in or the experiment, as it was typed.
    """

    university: str
    faculty: str
    institute: str
    course: str
    experiment: str
    group: str = ""
    term: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    date: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole protocol; with open points it is a draft, with ``review`` the instructor's."""

    title: TitlePage
    sections: tuple[Section, ...]
    open_points: tuple[OpenPoint, ...] = ()
    review: bool = False

    @property
    def gaps(self) -> int:
        """How much is missing."""
        return len(self.open_points)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in reading order."""
        return tuple(block for section in self.sections for block in _walk(section))

    @property
    def figures(self) -> tuple[FigureBlock, ...]:
        """All figures in reading order."""
        return tuple(b for b in self.blocks if isinstance(b, FigureBlock))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures in reading order."""
        return tuple(p for figure in self.figures for p in figure.pictures)

    @property
    def tables(self) -> tuple[DataTable, ...]:
        """All numbered tables in reading order."""
        return tuple(b for b in self.blocks if isinstance(b, DataTable) and b.number)

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
