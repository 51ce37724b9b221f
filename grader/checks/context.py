"""What a check sees: the student's side and the reference's side, with the same questions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from grader.errors import NotJudged
from grader.lab import Lab
from grader.model import (
    Alignment,
    Array,
    ArrayInfo,
    Call,
    CellRun,
    Evidence,
    Figure,
    NotebookEvidence,
    SavedFile,
    Submission,
    Value,
)

__all__ = ["Context", "Side", "held", "last_name"]

_WHY_NOT_RUN = {
    "timeout": "die Zelle wurde wegen Zeitüberschreitung abgebrochen",
    "memory": "die Zelle hat den Speicher überschritten",
    "output_limit": "die Zelle hat zu viel ausgegeben",
    "kernel_died": "der Kernel ist in dieser Zelle abgestürzt",
    "not_run": "die Zelle wurde nicht mehr ausgeführt",
    "error": "die Zelle endet mit einem Fehler",
}


_FEW_WORDS = 3
# "Vergleichen Sie zwei Netze.": nobody answers so.
_INSTRUCTION = re.compile(
    r"\s{0,3}(?:[-*>]\s+|\d{1,2}[.)]\s+)?(?:\*\*|_)?[A-ZÄÖÜ][a-zäöüß]{2,20}n Sie\b"
    r"[^.!?]{0,300}[.!?:]?(?:\*\*|_)?\s*$"
)
_LAST_NAME = re.compile(r"(?:^|\.)(\w+)$|\['(\w+)'\]$")


@dataclass(frozen=True)
class Side:
    """One submission's hand-in and evidence, asked by slot and task.

    A slot's *region* is its cells (as aligned) and the cells after them that belong to no other
    slot, up to the next slot's first cell or the lab's next own text; the lab's texts right before
    a slot belong to it too, since some answer in them. Of a cell that holds several slots only the
    parts that carry one out are its region, where they are known. ``given`` holds the lab's
    released text per slot, so that :meth:`text` returns only what the student wrote.
    """

    lab: Lab
    submission: Submission
    evidence: Evidence
    given: Mapping[str, str] = field(default_factory=dict)

    # ------------------------------------------------------------------ where things are

    def alignment(self, notebook: str) -> Alignment | None:
        """Return the alignment of one notebook; None if the notebook is missing."""
        return self.evidence.alignments.get(notebook)

    def run_of(self, notebook: str) -> NotebookEvidence | None:
        """Return the run of one notebook; None if it was not run."""
        return self.evidence.notebooks.get(notebook)

    def indices(self, slot_or_task: str) -> tuple[int, ...]:
        """Cell indices (in the student's notebook) of a slot's or a task's region."""
        return self._regions.get(slot_or_task, ())

    def has(self, slot_or_task: str) -> bool:
        """Tell whether any cell of the submission belongs to this slot or task."""
        return bool(self.indices(slot_or_task))

    def notebook_of(self, slot_or_task: str) -> str:
        """Return the notebook's name that a slot or task belongs to."""
        slot = self.lab.slot_by_id.get(slot_or_task)
        return slot.notebook if slot else self.lab.task(slot_or_task).notebook

    @cached_property
    def _regions(self) -> dict[str, tuple[int, ...]]:
        regions: dict[str, list[int]] = {}
        for alignment in self.evidence.alignments.values():
            current: tuple[str, ...] = ()
            asked: list[int] = []
            for index, placement in enumerate(alignment.placements):
                if placement.slots:
                    current = placement.slots
                    for slot in current:
                        # Some write their answer into the cell that asks the question.
                        regions.setdefault(slot, []).extend(asked)
                    asked = []
                elif placement.method in ("given", "id"):
                    # The lab's own heading or task text ends the region before it.
                    current = ()
                    asked.append(index)
                for slot in current:
                    regions.setdefault(slot, []).append(index)
                    task = self.lab.slot_by_id[slot].task
                    if task and index not in regions.setdefault(task, []):
                        regions[task].append(index)
                if placement.parts:
                    # What follows goes on with the last of them.
                    current = placement.parts[-1].slots
                if placement.task and index not in regions.setdefault(placement.task, []):
                    regions[placement.task].append(index)
        return {k: tuple(v) for k, v in regions.items()}

    # ------------------------------------------------------------------ what ran

    def cells(self, slot_or_task: str) -> tuple[CellRun, ...]:
        """Code cells' runs of a region, in notebook order.

        A cell whose parts are known counts with those parts that are the slot's or the task's.
        """
        run = self.run_of(self.notebook_of(slot_or_task))
        wanted = set(self.indices(slot_or_task))
        if run is None:
            return ()
        return tuple(
            step
            for cell in run.cells
            if cell.index in wanted
            for number, step in enumerate(cell.steps)
            if number in self._parts(slot_or_task, cell.index, len(cell.steps))
        )

    def _parts(self, slot_or_task: str, index: int, count: int) -> Collection[int]:
        """Which of a cell's ``count`` parts belong to a slot or task: all, if nobody knows."""
        alignment = self.alignment(self.notebook_of(slot_or_task))
        parts = alignment.placements[index].parts if alignment else ()
        if len(parts) != count:
            return range(count)
        own = {s.id for s in self.lab.slots if slot_or_task in (s.id, s.task)}
        return [n for n, part in enumerate(parts) if own & set(part.slots)] or range(count)

    def require(self, slot_or_task: str) -> tuple[CellRun, ...]:
        """Return the region's cells, or say why nothing can be judged.

        Raises
        ------
        NotJudged
            If the notebook is missing, the cells are gone, or none of them was run.
        """
        name = self.notebook_of(slot_or_task)
        if name not in self.submission.notebooks:
            raise NotJudged(f"Das Notebook {name} fehlt oder ist nicht lesbar.")
        if self.run_of(name) is None:
            raise NotJudged(f"Das Notebook {name} konnte nicht ausgeführt werden.")
        cells = self.cells(slot_or_task)
        if not cells:
            raise NotJudged("Die Zelle zu dieser Aufgabe wurde im Notebook nicht gefunden.")
        statuses = {c.status for c in cells}
        if not statuses & {"ok", "error"}:
            why = _WHY_NOT_RUN[next(c.status for c in cells)]
            raise NotJudged(f"Nicht beurteilbar: {why}.")
        return cells

    def errors(self, slot_or_task: str) -> tuple[CellRun, ...]:
        """Cells of a region that did not end well."""
        return tuple(c for c in self.cells(slot_or_task) if c.status != "ok")

    def state(self, slot_or_task: str) -> dict[str, Value]:
        """Namespace after the region's last cell that ran, by variable name."""
        indices = self.indices(slot_or_task)
        run = self.run_of(self.notebook_of(slot_or_task))
        if run is None or not indices:
            return {}
        namespace: dict[str, Value] = {}
        for cell in run.cells:
            if cell.index > max(indices):
                break
            steps = cell.steps
            if cell.index == max(indices):
                steps = steps[: max(self._parts(slot_or_task, cell.index, len(steps))) + 1]
            for step in steps:
                namespace.update(step.variables)
                for name in step.deleted:
                    namespace.pop(name, None)
        return namespace

    def made(self, slot_or_task: str) -> Iterator[tuple[str, Value]]:
        """Every (name, value) that is new or changed in a region, in order of running."""
        for cell in self.cells(slot_or_task):
            yield from cell.variables.items()

    def calls(self, slot_or_task: str, *names: str) -> tuple[Call, ...]:
        """Recorded calls in a region, all or those with the given names."""
        return tuple(
            call
            for cell in self.cells(slot_or_task)
            for call in cell.calls
            if not names or call.name in names
        )

    def networks(self, slot_or_task: str) -> Iterator[tuple[str, Value]]:
        """Every (path, network) that a region made, changed or called, the latest last.

        Those that only a call knows come before their cell's variables, and have no name.
        """
        for cell in self.cells(slot_or_task):
            named = [pair for name, value in cell.variables.items() for pair in held(name, value)]
            known = {value.digest for _, value in named if value.model is not None}
            yield from (("", v) for d, v in cell.networks.items() if d not in known)
            yield from ((n, v) for n, v in named if v.model is not None)

    def asked(self, slot_or_task: str) -> tuple[Call, ...]:
        """Recorded calls in which a network answers: ``predict``, and the network as a function."""
        return self.calls(slot_or_task, "predict", "predict_on_batch", "call")

    def figures(self, slot_or_task: str) -> tuple[Figure, ...]:
        """Figures that a region shows or saves.

        A figure that a part of a cell draws may be shown at the cell's end only.
        """
        cells = self.cells(slot_or_task)
        own = tuple(f for cell in cells for f in cell.figures)
        run = self.run_of(self.notebook_of(slot_or_task))
        if own or run is None:
            return own
        cut = {c.index for c in run.cells if c.parts} & {c.index for c in cells}
        return tuple(f for c in run.cells if c.index in cut for f in c.parts[-1].figures)

    def files(self, slot_or_task: str) -> tuple[SavedFile, ...]:
        """Files that a region wrote."""
        return tuple(f for cell in self.cells(slot_or_task) for f in cell.files)

    def printed(self, slot_or_task: str) -> str:
        """Text that a region printed or displayed (stderr left out)."""
        parts = [
            output.text
            for cell in self.cells(slot_or_task)
            for output in cell.outputs
            if output.kind != "error" and output.name != "stderr"
        ]
        return "\n".join(p for p in parts if p)

    def array(self, slot_or_task: str, info: ArrayInfo | None) -> Array | None:
        """Return the array behind ``info`` as captured in that notebook; None if not kept."""
        run = self.run_of(self.notebook_of(slot_or_task))
        return run.array(info) if run else None

    # ------------------------------------------------------------------ what was written

    def source(self, slot_or_task: str) -> str:
        """Code of a region, cells (or their parts) separated by a blank line."""
        return "\n\n".join(self._sources(slot_or_task, "code"))

    def text(self, slot_or_task: str) -> str:
        """Return what the student wrote in a region: Markdown without the lab's own lines.

        For a slot its own given text is left out, for a task that of all its slots; whole lines of
        the lab's other texts too, which stand there where cells were merged, and lines that tell
        somebody to do something, in whatever wording a lab of another term did.
        """
        written = "\n\n".join(self._sources(slot_or_task, "markdown"))
        slots = [s.id for s in self.lab.slots if slot_or_task in (s.id, s.task)]
        given = "\n".join(self.given.get(s, "") for s in slots)
        kept = [
            line
            for line in strip_given(written, given).split("\n")
            if _squeeze(line) not in self._given_lines and not _INSTRUCTION.match(line)
        ]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()

    @cached_property
    def _given_lines(self) -> frozenset[str]:
        """Lines of all the lab's texts, as far as they are sentences."""
        lines = (_squeeze(line) for text in self.given.values() for line in text.splitlines())
        return frozenset(
            line for line in lines if len(line.split()) > _FEW_WORDS or line[:1] in ("#", "*")
        )

    def comments(self, slot_or_task: str) -> str:
        """Comments in a region's code that the lab did not give: some groups answer there."""
        # Another slot's too: a merged cell brings them along.
        given = {_squeeze(line) for text in self.given.values() for line in text.splitlines()}
        found = []
        # Of whole cells: a comment may answer above the code and below it.
        code = "\n\n".join(self._sources(slot_or_task, "code", divided=False))
        for line in code.splitlines():
            match = re.search(r"#+\s*(.*)$", line)
            if match and _squeeze(line) not in given:
                found.append(match.group(1))
        return "\n".join(found)

    def _sources(self, slot_or_task: str, kind: str, divided: bool = True) -> list[str]:
        name = self.notebook_of(slot_or_task)
        notebook = self.submission.notebooks.get(name)
        wanted = set(self.indices(slot_or_task))
        if notebook is None:
            return []
        found = [c for c in notebook.cells if c.index in wanted and c.kind == kind]
        alignment = self.alignment(name)
        if kind == "markdown" or alignment is None or not divided:
            return [c.source for c in found]
        sources = []
        for cell in found:
            parts = alignment.placements[cell.index].parts
            lines = cell.source.split("\n")
            own = self._parts(slot_or_task, cell.index, len(parts))
            pieces = [
                "\n".join(lines[part.lines[0] : part.lines[1]])
                for number, part in enumerate(parts)
                if number in own
            ]
            sources.append("\n".join(pieces) if parts else cell.source)
        return sources


@dataclass(frozen=True)
class Context:
    """Both sides of a comparison, and the lab."""

    lab: Lab
    student: Side
    reference: Side


def held(name: str, value: Value, depth: int = 4) -> Iterator[tuple[str, Value]]:
    """Yield a variable, and behind it by path what lists and dicts in it hold, however deep.

    An array in a list is found as ``bilder[0]``, a table in a dict as ``tabellen['roh']``; what
    objects hold is a variable of its own already (:class:`grader.model.CellRun`).
    """
    yield name, value
    if value.kind == "sequence" and depth:
        for number, item in enumerate(value.items):
            key: object = number
            if value.type == "dict" and item.type == "tuple" and len(item.items) == 2:
                key, item = item.items[0].scalar, item.items[1]
            yield from held(f"{name}[{key!r}]", item, depth - 1)


def last_name(path: str) -> str:
    """Return the name at the end of a path: ``Map1`` of ``karten['Map1']`` and ``netz.Map1``."""
    found = _LAST_NAME.search(path)
    return next((part for part in found.groups() if part), "") if found else path


def _squeeze(line: str) -> str:
    return " ".join(line.split())


def strip_given(written: str, given: str) -> str:
    """Return ``written`` without lines of ``given`` (white space and small edits ignored).

    A line that extends a given one (``**Antwort:** weil …``) keeps what was added.
    """
    known = [_squeeze(line) for line in given.splitlines() if line.strip()]
    kept = []
    for line in written.splitlines():
        squeezed = _squeeze(line)
        if not squeezed:
            kept.append("")
            continue
        if squeezed in known:
            continue
        prefix = max((k for k in known if squeezed.startswith(k)), key=len, default="")
        if len(prefix) >= 4:
            kept.append(squeezed[len(prefix) :].strip())
        elif not difflib.get_close_matches(squeezed, known, n=1, cutoff=0.93):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
