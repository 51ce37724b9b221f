"""What stands around a cell: headings, the lab's own texts, and the answers below its questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from grader.intake.content import SURE, Index, tokens_of
from grader.lab import Slot
from grader.model import Cell, Placement

__all__ = ["fill_answers", "fill_regions", "recognise_given", "sections_of"]

_TASK_HEADING = re.compile(r"^\s{0,3}#{1,6}.*?\b(\d{1,2}[a-z])\b", re.MULTILINE | re.IGNORECASE)


def sections_of(cells: Sequence[Cell], known_tasks: dict[str, str]) -> list[str]:
    """The task whose heading stands last above each cell, ``""`` before the first."""
    found, current = [], ""
    for cell in cells:
        heading = _TASK_HEADING.search(cell.source) if cell.kind == "markdown" else None
        if heading:
            current = known_tasks.get(heading.group(1).casefold(), current)
        found.append(current)
    return found


def recognise_given(
    cells: Sequence[Cell], placements: list[Placement], index: Index
) -> dict[int, int]:
    """Mark the lab's own headings and task texts; return their place in the released notebook."""
    orders = {t.cell.id: t.order for t in index.targets}
    found = {}
    for position, cell in enumerate(cells):
        if placements[position].slots or cell.kind == "code" or not cell.source.strip():
            continue
        if placements[position].method == "id":
            found[position] = orders[cell.id]
            continue
        tokens = tokens_of(cell.source)
        best, order = 0.0, -1
        for target in index.targets:
            if not target.cell.slot and target.cell.kind != "code":
                score, _ = index.similarity(tokens, target)
                if score > best:
                    best, order = score, target.order
        if best >= SURE:
            placements[position] = Placement((), "", "given", best)
            found[position] = order
    return found


def fill_regions(
    cells: Sequence[Cell],
    placements: list[Placement],
    sections: Sequence[str],
    given: dict[int, int],
    index: Index,
    tasks: dict[str, str],
) -> None:
    """Give every cell its task, and prose below the lab's question the answer's slot."""
    found = {slot for p in placements for slot in p.slots}
    current, question = "", -1
    for position, cell in enumerate(cells):
        placement = placements[position]
        if placement.slots:
            current = tasks[placement.slots[-1]] or current
            question = -1
        elif position in given:
            question = given[position]
            current = sections[position] or current
        elif cell.kind == "markdown" and sections[position] != current:
            current = sections[position] or current
        if cell.kind == "markdown" and not placement.slots and position not in given:
            slot = _asked(index, question)
            if slot and slot not in found and cell.source.strip() and not _is_heading(cell.source):
                placement = Placement((slot,), "", "neighbour", 0.6)
                current = tasks[slot] or current
                found.add(slot)
        placements[position] = replace(placement, task=current)


def fill_answers(cells: Sequence[Cell], placements: list[Placement], slots: Sequence[Slot]) -> None:
    """Prose after a code slot takes the free text slot that follows it in its task."""
    found = {slot for p in placements for slot in p.slots}
    order = {s.id: i for i, s in enumerate(slots)}
    last = ""
    for position, cell in enumerate(cells):
        placement = placements[position]
        if placement.slots:
            last = placement.slots[-1]
            continue
        if cell.kind != "markdown" or placement.method in ("given", "id") or not last:
            continue
        if not cell.source.strip() or _is_heading(cell.source):
            continue
        following = [s for s in slots[order[last] + 1 :] if s.id not in found or s.kind == "code"]
        if following and following[0].kind == "text" and following[0].task == placement.task:
            slot = following[0].id
            placements[position] = Placement((slot,), placement.task, "neighbour", 0.5)
            found.add(slot)
            last = slot


def _asked(index: Index, question: int) -> str:
    """The text slot that comes right after a given cell of the released notebook."""
    if 0 <= question < len(index.targets) - 1:
        answer = index.targets[question + 1].cell
        if answer.kind == "markdown":
            return answer.slot
    return ""


def _is_heading(source: str) -> bool:
    lines = [line for line in source.splitlines() if line.strip()]
    return bool(lines) and all(line.lstrip().startswith("#") for line in lines)
