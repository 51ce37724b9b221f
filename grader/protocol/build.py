"""From a submission and its evidence to the document: pure, no file is read or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.checks.context import Side
from grader.lab import NotebookSpec, Slot, Task
from grader.model import Cell, CellRun, Grade, NotebookEvidence, Value
from grader.protocol import messages
from grader.protocol.belonging import belonging, heading_of
from grader.protocol.document import (
    Block,
    Code,
    DataTable,
    Document,
    FigureBlock,
    Note,
    OpenPoint,
    Prose,
    Question,
    Reference,
    References,
    Section,
    TitlePage,
)
from grader.protocol.given import without_given
from grader.protocol.grouping import Numbering
from grader.protocol.outputs import blocks_of_run
from grader.protocol.reviewing import Reviews
from grader.protocol.text import clean, cut_lines
from grader.templating import german_date, german_number

__all__ = ["build_document", "build_question", "build_task"]

_MAX_CELLS = 120
_MAX_PROSE = 40_000


def build_document(
    side: Side,
    grade: Grade | None = None,
    *,
    review: bool = False,
    comments: Mapping[str, str] | None = None,
) -> Document:
    """Build the protocol of a submission, finished or half-finished.

    Parameters
    ----------
    side : Side
        The submission and its evidence; ``side.given`` holds the lab's released texts, so that
        only what the students wrote counts as their answer.
    grade : Grade, optional
        If given, the title page says how many points were reached.
    review : bool
        The instructor's version: each task with its points and comments from ``grade``.
    comments : mapping of str to str, optional
        What the instructor wrote, by check id.

    Returns
    -------
    Document
        What is missing is a :class:`~grader.protocol.document.Note` of kind ``gap``, and one of
        the document's open points.
    """
    builder = _Builder(side, Reviews(side.lab, grade if review else None, comments or {}))
    questions = builder.questions()
    notebooks = tuple(builder.notebook(spec) for spec in side.lab.notebooks)
    title = _title(side, grade)
    sections = (
        Section(messages.CONTROL_QUESTIONS, questions=questions),
        Section(messages.EXPERIMENT, sections=notebooks),
    )
    missing = [
        OpenPoint(messages.TITLE_PAGE, messages.gap_value(label))
        for label, value in title.rows
        if not value
    ]
    for section in sections:
        missing += _open_points(section)
    return Document(title, sections, tuple(missing), review)


def _open_points(section: Section) -> Iterator[OpenPoint]:
    """Yield the gaps below a heading, in reading order."""
    for question in section.questions:
        place = f"{section.title}, {messages.question(question.number)}"
        yield from (OpenPoint(place, n.text, n.number) for n in _gaps_of(question.blocks))
    for note in _gaps_of(section.blocks):
        yield OpenPoint(section.title, note.text, note.number)
    for inner in section.sections:
        yield from _open_points(inner)


def _references(blocks: tuple[Block, ...]) -> tuple[References, ...]:
    """Return links to the figures and tables among the blocks, as one block or none."""
    targets = [
        ("abb", "Abbildung", b.number)
        if isinstance(b, FigureBlock)
        else ("tab", "Tabelle", b.number)
        for b in blocks
        if isinstance(b, FigureBlock) or (isinstance(b, DataTable) and b.number)
    ]
    targets.sort()
    after = [", "] * (len(targets) - 2) + [" und "] * (len(targets) > 1) + ["."]
    items = tuple(
        Reference(f"{anchor}{number}", f"{name}\u00a0{number}", mark)
        for (anchor, name, number), mark in zip(targets, after, strict=False)
    )
    return (References(items),) if items else ()


def _gaps_of(blocks: tuple[Block, ...]) -> Iterator[Note]:
    return (block for block in blocks if isinstance(block, Note) and block.kind == "gap")


def build_task(side: Side, task: Task) -> Section:
    """Build one notebook task's section alone, as it stands in the protocol.

    Parameters
    ----------
    task : Task
        One with a notebook.
    """
    return _unreviewed(side).task(task, side.run_of(task.notebook))


def build_question(side: Side, number: int) -> Question:
    """Build one control question with its answer."""
    texts = side.lab.questions
    text = texts[number - 1] if 0 < number <= len(texts) else ""
    return Question(number, Prose(text, "question"), _unreviewed(side).answer(number))


def _unreviewed(side: Side) -> _Builder:
    return _Builder(side, Reviews(side.lab, None, {}))


def _title(side: Side, grade: Grade | None) -> TitlePage:
    known = side.lab.protocol
    given = side.submission.particulars
    rows = [
        ("Teilnehmende", ", ".join(filter(None, (_line(p) for p in given.participants)))),
        ("Betreuung", _line(given.supervisor)),
        ("Datum des Versuchs", german_date(_line(given.date_experiment))),
        ("Datum der Abgabe", german_date(_line(given.date_submission))),
    ]
    if grade is not None:
        reached = f"{german_number(grade.points)} von {german_number(grade.max_points)}"
        open_ = " (vorläufig)" if grade.status == "needs_review" else ""
        rows.append(("Punkte", reached + open_))
    fields = ("university", "faculty", "institute", "course")
    head = {name: _line(str(known.get(name, ""))) for name in fields}
    return TitlePage(
        **head,
        experiment=_line(str(known.get("experiment", side.lab.title))),
        group=messages.group(_line(given.group) or _line(side.submission.id)),
        term=_line(given.term),
        rows=tuple(rows),
        date=_line(given.date_submission) or _line(given.date_experiment),
    )


def _line(text: str) -> str:
    return " ".join(clean(text, 300).split())


@dataclass
class _Builder:
    side: Side
    reviews: Reviews
    numbering: Numbering = field(default_factory=Numbering)

    def questions(self) -> tuple[Question, ...]:
        """Return the control questions with their answers."""
        texts, answers = self.side.lab.questions, self.side.submission.answers
        known = dict(enumerate(texts, start=1))
        numbers = sorted({*known, *(n for n in answers if 0 < n <= 99)})
        return tuple(
            Question(
                n, Prose(known.get(n, ""), "question"), self.answer(n), self.reviews.question(n)
            )
            for n in numbers
        )

    def answer(self, number: int) -> tuple[Block, ...]:
        """Return the answer to one control question, or a gap."""
        answer = _prose(self.side.submission.answers.get(number, ""))
        return (answer,) if answer else (self.gap(messages.gap_question(number)),)

    def gap(self, text: str, belongs: str = "") -> Note:
        """Return a mark for what is missing."""
        return Note(text, "gap", belongs, self.numbering.next_gap())

    def notebook(self, spec: NotebookSpec) -> Section:
        """Return a notebook's section with a subsection for each task."""
        if spec.name not in self.side.submission.notebooks:
            gap = self.gap(messages.gap_notebook(spec.name, spec.title))
            return Section(spec.title, (gap,))
        run = self.side.run_of(spec.name)
        note = () if run is not None else (Note(messages.NOT_RUN, "problem"),)
        tasks = (t for t in self.side.lab.tasks if t.notebook == spec.name)
        return Section(spec.title, note, sections=tuple(self.task(t, run) for t in tasks))

    def task(self, task: Task, run: NotebookEvidence | None) -> Section:
        """Return one task: its text, then code, outputs and answers in notebook order."""
        head = (Prose(clean(task.text), "task"),) if task.text.strip() else ()
        blocks = tuple(_TaskBlocks(self, task, run)) if self.side.has(task.id) else ()
        if not blocks:
            wanted = ", ".join(check.title for check in task.checks)
            blocks = (self.gap(messages.GAP_TASK, wanted),)
        title = f"Aufgabe {task.id}: {task.title}"
        return Section(
            title, head + _references(blocks) + blocks, review=self.reviews.task(task.id)
        )


class _TaskBlocks:
    """The blocks of one task, with marks where something is missing."""

    def __init__(self, builder: _Builder, task: Task, run: NotebookEvidence | None) -> None:
        self.side, self.numbering = builder.side, builder.numbering
        self.task, self.run = task, run
        self.slots = [s for s in self.side.lab.slots if s.task == task.id and s.kind != "setup"]
        # A heading of the next task may lie in this task's region: the whole lab's lines count.
        self.given = "\n".join(self.side.given.values())

    def __iter__(self) -> Iterator[Block]:
        notebook = self.side.submission.notebooks[self.task.notebook]
        wanted = set(self.side.indices(self.task.id)) - self._setup()
        gaps = self._gaps()
        yield from self._numbered(gaps.pop(-1, ()))
        namespace: dict[str, Value] = {}
        runs = {c.index: c for c in self.run.cells} if self.run else {}
        shown = 0
        for cell in notebook.cells:
            run = runs.get(cell.index)
            if run is not None:
                namespace |= run.variables
            if cell.index in wanted and shown < _MAX_CELLS:
                shown += 1
                yield from self._cell(cell, run, namespace)
            yield from self._numbered(gaps.pop(cell.index, ()))
        if len(wanted) > _MAX_CELLS:
            yield Note(messages.TOO_MANY_CELLS)

    def _numbered(self, notes: Iterable[Note]) -> Iterator[Note]:
        return (replace(n, number=self.numbering.next_gap()) for n in notes)

    def _cell(
        self, cell: Cell, run: CellRun | None, namespace: Mapping[str, Value]
    ) -> Iterator[Block]:
        if cell.kind == "markdown":
            if prose := _prose(self._answer(cell)):
                yield prose
        elif cell.kind == "code" and cell.source.strip():
            yield Code(cut_lines(clean(cell.source).strip("\n"), 260, 40))
            if run is not None and self.run is not None:
                caption = self._caption(cell)
                yield from blocks_of_run(run, self.run, namespace, caption, self.numbering)

    def _caption(self, cell: Cell) -> str:
        """Return the lab's heading above a cell, or the task's title."""
        alignment = self.side.alignment(self.task.notebook)
        own = alignment.placements[cell.index].slots if alignment else ()
        near = [s for s in self.slots if s.id in own] or [
            s for s in self.slots if cell.index in self.side.indices(s.id)
        ]
        if not near:
            return self.task.title
        given = self.side.given.get(near[0].id, "")
        return heading_of(given, near[0].kind) or self.task.title

    def _answer(self, cell: Cell) -> str:
        """Return what the students wrote in a Markdown cell.

        A heading or task text of the lab is recognised by the alignment; what was written into
        such a cell is shown if ``side.given`` knows the cell, and left out otherwise.
        """
        alignment = self.side.alignment(self.task.notebook)
        if alignment is None or cell.index >= len(alignment.placements):
            return self._own_text(cell.source)
        placement = alignment.placements[cell.index]
        labs_own = not placement.slots and placement.method in ("given", "id")
        if labs_own and not self.side.given.keys() - self.side.lab.slot_by_id.keys():
            return ""
        return self._own_text(cell.source)

    def _own_text(self, source: str) -> str:
        return without_given(clean(source, _MAX_PROSE), self.given)

    def _setup(self) -> set[int]:
        setup = (s.id for s in self.side.lab.slots if s.kind == "setup")
        name = self.task.notebook
        mine = (s for s in setup if self.side.lab.slot_by_id[s].notebook == name)
        return {index for slot in mine for index in self.side.indices(slot)}

    def _gaps(self) -> dict[int, list[Note]]:
        """Notes by the index of the cell after which they stand; -1: before the first."""
        gaps: dict[int, list[Note]] = {}
        place = -1
        for slot in self.slots:
            indices = self.side.indices(slot.id)
            if indices:
                place = max(place, indices[-1])
            if (text := self._missing(slot, indices)) and self.side.has(self.task.id):
                here = gaps.setdefault(place, [])
                belongs = belonging(self.side.given.get(slot.id, ""), slot.kind)
                if all((note.text, note.belongs) != (text, belongs) for note in here):
                    here.append(Note(text, "gap", belongs))
        return gaps

    def _missing(self, slot: Slot, indices: tuple[int, ...]) -> str:
        """Say what of a slot is missing; ``""`` if it is there."""
        cells = self.side.submission.notebooks[self.task.notebook].cells
        region = [c for c in cells if c.index in set(indices)]
        if slot.kind == "code":
            there = any(c.kind == "code" and c.source.strip() for c in region)
            return "" if there else messages.GAP_CODE
        wrote = any(c.kind == "markdown" and self._own_text(c.source).strip() for c in region)
        return "" if wrote else messages.GAP_ANSWER


def _prose(markdown: str) -> Prose | None:
    text = clean(markdown, _MAX_PROSE).strip()
    return Prose(text) if text else None
