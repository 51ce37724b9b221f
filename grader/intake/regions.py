"""What stands around a cell: headings, the lab's own texts, and the answers below its questions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.intake.content import SURE, Index, tokens_of
from grader.lab import Slot
from grader.model import Cell, Placement

__all__ = ["fill_answers", "fill_regions", "recognise_given", "sections_of"]

# Letters of the words that a paragraph shares with one solution only.
_TELLING = 12
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_TELLS = re.compile(
    r"\w{3,20}n Sie\b"
    r"|(?:Comment|Compare|Describe|Explain|Give|Interpret|List|Name|State|Work out)\b"
)
_PARAGRAPHS = re.compile(r"\n\s*\n")
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


def fill_answers(
    cells: Sequence[Cell],
    placements: list[Placement],
    slots: Sequence[Slot],
    solutions: Mapping[str, str],
) -> None:
    """Give prose the free text slots that are asked where it stands.

    Prose after a code slot takes the text slot that follows it in its task; without headings the
    cell below says in which task that is. Text slots that are still nowhere then go to what their
    task has besides: prose without a slot at its end, or one cell that answers several questions,
    told by the words that its paragraphs share with the solutions.
    """
    found = {slot for p in placements for slot in p.slots}
    order = {s.id: i for i, s in enumerate(slots)}
    last = ""
    for position, cell in enumerate(cells):
        placement = placements[position]
        if placement.slots:
            last = placement.slots[-1]
            continue
        if not last or not _is_prose(cell, placement):
            continue
        following = [s for s in slots[order[last] + 1 :] if s.id not in found or s.kind == "code"]
        if not following or following[0].kind != "text":
            continue
        slot = following[0]
        later = (order[s] for p in placements[position + 1 :] for s in p.slots[:1])
        below = next(later, -1)
        beside = slots[below].task == slot.task and below > order[slot.id]
        if slot.task == placement.task or (not placement.task and beside):
            placements[position] = Placement((slot.id,), slot.task, "neighbour", 0.5)
            found.add(slot.id)
            last = slot.id
    for task in dict.fromkeys(s.task for s in slots if s.task):
        own = [s for s in slots if s.task == task]
        _fill_gathered(cells, placements, own, found, solutions)


def _fill_gathered(
    cells: Sequence[Cell],
    placements: list[Placement],
    slots: Sequence[Slot],
    found: set[str],
    solutions: Mapping[str, str],
) -> None:
    """Answers of one task that stand together, or apart from their questions."""
    texts = [s.id for s in slots if s.kind == "text"]
    missing = [s for s in texts if s not in found]
    own = [i for i, p in enumerate(placements) if p.task == slots[0].task]
    code = [i for i in own if cells[i].kind == "code"]
    # At the task's end only: between its code stand questions in whatever wording.
    free = [i for i in own if code and i > code[-1] and _is_prose(cells[i], placements[i])]
    free = [i for i in free if not placements[i].slots and not _asks(cells[i].source)]
    if not missing:
        return
    if len(free) == len(missing):
        for position, slot in zip(free, missing, strict=True):
            placements[position] = replace(
                placements[position], slots=(slot,), method="neighbour", confidence=0.4
            )
        return
    answers = [i for i in own if set(texts) & set(placements[i].slots)] + free
    if len(answers) != 1 or placements[answers[0]].method not in ("neighbour", "none"):
        return
    (position,) = answers
    held = placements[position].slots
    answered = _answered(cells[position].source, [*held, *missing], solutions)
    both = tuple(s for s in texts if s in held or s in answered)
    if set(held) <= answered and both != held:
        placements[position] = replace(
            placements[position], slots=both, method="neighbour", confidence=0.4
        )


def _answered(source: str, texts: Sequence[str], solutions: Mapping[str, str]) -> set[str]:
    """Which of several questions the paragraphs of a text answer, each the one it is closest to."""
    words = {s: tokens_of(solutions.get(s, "")) for s in texts}
    found = set()
    for paragraph in _PARAGRAPHS.split(source.strip()):
        tokens = tokens_of(paragraph)
        shared = {
            s: sum(len(t) for t in tokens & words[s] if sum(t in w for w in words.values()) == 1)
            for s in texts
        }
        best, second = [*sorted(shared.values(), reverse=True), 0][:2]
        if best >= _TELLING and best >= 2 * second:
            found.add(max(shared, key=lambda s: shared[s]))
    return found


def _is_prose(cell: Cell, placement: Placement) -> bool:
    """Tell whether a cell may be an answer: Markdown with words that are not the lab's."""
    if cell.kind != "markdown" or placement.method in ("given", "id"):
        return False
    return bool(cell.source.strip()) and not _is_heading(cell.source)


def _asks(source: str) -> bool:
    """Tell whether a text only asks or tells somebody to do something, in whatever wording."""
    sentences = [s.strip() for s in _SENTENCE.findall(source) if s.strip()]
    return all(s.endswith("?") or _TELLS.match(s) or not s.strip("-*_#. ") for s in sentences)


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
