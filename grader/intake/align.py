"""Alignment of a student's cells with the lab's slots: metadata, then ids, then content.

Content is compared as :mod:`grader.intake.content` says. Order decides between equals: slots keep
the lab's order unless a cell clearly says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.intake.content import SURE, Index, Target, index_of, tokens_of
from grader.intake.flow import with_definitions
from grader.intake.parts import find_inside, with_parts
from grader.intake.regions import fill_answers, fill_regions, recognise_given, sections_of
from grader.intake.signs import fill_by_code, holds
from grader.lab import Lab, Slot
from grader.model import Alignment, Cell, Notebook, Placement, ReleasedCell

__all__ = ["align"]

_GOOD = 0.42
_PLACED = 0.12
_PLAINLY = 0.25
_MOVED = 0.6
# What a cell does, where the lab names it, decides between slots that are alike.
_SHOWN = 0.06
_MERGED = 0.55
_MERGED_ELSEWHERE = 0.9
_MERGED_UNSHOWN = 0.7
# A cell under another task's heading must fit a slot clearly better to be taken for it.
_ELSEWHERE = 0.75


def align(
    notebook: Notebook, lab: Lab, released: Sequence[ReleasedCell], slots: Sequence[Slot]
) -> Alignment:
    """Place every cell of a student's notebook in the lab.

    Parameters
    ----------
    notebook : Notebook
    lab : Lab
    released : sequence of ReleasedCell
        The released notebook, in order.
    slots : sequence of Slot
        The lab's slots of this notebook, in order.

    Returns
    -------
    Alignment
        One placement per cell. Cells between two slots belong to the task of the one before or,
        under a task's heading, to that task.
    """
    known = {s.id: i for i, s in enumerate(slots)}
    by_id = {c.id: c for c in released}
    index = index_of(tuple(released))
    cells = with_definitions(notebook.cells)
    former = {name: s.id for s in slots for name in s.formerly}
    placements = [_declared(cell, known, by_id, former) for cell in notebook.cells]
    taken = {slot for p in placements for slot in p.slots}
    sections = sections_of(cells, {t.id.casefold(): t.id for t in lab.tasks})
    tasks = {s.id: s.task for s in slots}
    scores = _score(cells, placements, index, slots, taken, sections)
    headed = {i: {s for s in known if tasks[s] == task} for i, task in enumerate(sections) if task}
    chosen = _in_order(scores, placements, known, headed)
    for position, (slot, score) in chosen.items():
        placements[position] = Placement((slot,), "", "content", min(1.0, score))
    _merge(cells, placements, index, slots, sections)
    given = recognise_given(cells, placements, index)
    fill_regions(cells, placements, sections, given, index, tasks)
    _fill_code(cells, placements, slots, index)
    solutions = {c.slot: c.source_solution for c in released if c.slot}
    held = -1
    while held < (held := sum(len(p.slots) for p in placements)):
        # What was found in a merged cell tells where its neighbours may be.
        fill_by_code(cells, placements, slots, solutions)
        find_inside(notebook.cells, placements, slots, index)
    _fill_repeated(notebook.cells, placements)
    fill_answers(cells, placements, slots, solutions)
    placements = with_parts(notebook.cells, placements, slots, index)
    found = {slot for p in placements for slot in p.slots}
    missing = tuple(s.id for s in slots if s.id not in found)
    return Alignment(notebook.name, tuple(placements), missing)


def _declared(
    cell: Cell, known: dict[str, int], by_id: dict[str, ReleasedCell], former: dict[str, str]
) -> Placement:
    slot = former.get(cell.slot, cell.slot)
    if slot in known:
        return Placement((slot,), "", "metadata", 1.0)
    given = by_id.get(cell.id) or by_id.get(former.get(cell.id, ""))
    if given is not None:
        slots = (given.slot,) if given.slot in known else ()
        return Placement(slots, "", "id", 0.95)
    return Placement()


def _score(
    cells: Sequence[Cell],
    placements: Sequence[Placement],
    index: Index,
    slots: Sequence[Slot],
    taken: set[str],
    sections: Sequence[str],
) -> dict[int, list[tuple[str, float]]]:
    """Candidates (slot, score) of every cell that is not placed yet, best first."""
    tasks = {s.id: s.task for s in slots}
    codes = {s.id: s.code for s in slots}
    found: dict[int, list[tuple[str, float]]] = {}
    for position, cell in enumerate(cells):
        if placements[position].method != "none" or not cell.source.strip():
            continue
        tokens = tokens_of(cell.source)
        ranked = []
        for target in index.targets:
            slot = target.cell.slot
            if slot not in tasks or slot in taken:
                continue
            if (target.cell.kind == "code") != (cell.kind == "code"):
                continue
            score, _ = index.similarity(tokens, target)
            if cell.kind == "code" and score and holds(cell.source, codes[slot]):
                score = min(1.0, score + _SHOWN)
            if sections[position] and tasks[slot] and sections[position] != tasks[slot]:
                score *= _ELSEWHERE
            if score >= _GOOD:
                ranked.append((slot, score))
        ranked.sort(key=lambda r: -r[1])
        if ranked and ranked[0][1] >= SURE:
            # Plainly one slot: in a moved cell the order must not make it another one.
            ranked = [r for r in ranked if r[1] >= ranked[0][1] - _PLAINLY]
        found[position] = ranked[:4]
    return found


def _in_order(
    scores: dict[int, list[tuple[str, float]]],
    placements: Sequence[Placement],
    known: dict[str, int],
    headed: dict[int, set[str]],
) -> dict[int, tuple[str, float]]:
    """Choose one slot per cell so that the sum of scores in the lab's order is greatest.

    Several cells may share a slot (a split cell). Afterwards cells that fit still free slots very
    well, or well under their task's heading (``headed``), are taken out of order (moved cells),
    among themselves in the lab's order too.
    """
    anchors = {
        i: [(p.slots[0], 1.0)] for i, p in enumerate(placements) if p.slots and p.method != "none"
    }
    chosen = _path(scores, anchors, known)
    used = {slot for slot, _ in chosen.values()} | {s for p in placements for s in p.slots}
    moved = {
        position: [
            (slot, score)
            for slot, score in candidates
            if score >= (_MOVED if slot in headed.get(position, ()) else SURE)
        ]
        for position, candidates in scores.items()
        if position not in chosen
    }
    moved = {i: [c for c in found if c[0] not in used] for i, found in moved.items()}
    return {**chosen, **_path(moved, {}, known)}


def _path(
    scores: dict[int, list[tuple[str, float]]],
    anchors: dict[int, list[tuple[str, float]]],
    known: dict[str, int],
) -> dict[int, tuple[str, float]]:
    columns = sorted({**scores, **anchors}.items())
    best: list[tuple[float, int, dict[int, tuple[str, float]]]] = [(0.0, -1, {})]
    for position, candidates in columns:
        fixed = position in anchors
        options = list(best)
        for slot, score in candidates:
            order = known[slot]
            fitting = [
                # A slot's second cell counts less than a slot of its own.
                (total + score * (0.6 if last == order and not fixed else 1.0), chosen)
                for total, last, chosen in best
                if last <= order
            ]
            if not fitting:
                continue
            total, chosen = max(fitting, key=lambda f: f[0])
            choice = chosen if fixed else {**chosen, position: (slot, score)}
            options.append((total, order, choice))
        best = _pareto(options)
    return max(best, key=lambda b: b[0])[2]


def _pareto(
    options: list[tuple[float, int, dict[int, tuple[str, float]]]],
) -> list[tuple[float, int, dict[int, tuple[str, float]]]]:
    """Keep, for each last slot, the best total, and only if no earlier slot has as much."""
    kept: list[tuple[float, int, dict[int, tuple[str, float]]]] = []
    for option in sorted(options, key=lambda o: (o[1], -o[0])):
        if not kept or option[0] > kept[-1][0]:
            kept.append(option)
    return kept


def _merge(
    cells: Sequence[Cell],
    placements: list[Placement],
    index: Index,
    slots: Sequence[Slot],
    sections: Sequence[str],
) -> None:
    """A cell that holds most of a slot that is nowhere else carries that slot too.

    First within each task: what a task's own slots explain says nothing of another's.
    """
    found = {slot for p in placements for slot in p.slots}
    order = [s.id for s in slots]
    by_slot = {t.cell.slot: t for t in index.targets if t.cell.slot}
    for abroad in (False, True):
        for entry in slots:
            slot = entry.id
            target = by_slot.get(slot)
            if target is None or slot in found or target.cell.kind != "code":
                continue
            best, where = 0.0, -1
            for position, cell in enumerate(cells):
                elsewhere = bool(sections[position] and entry.task not in ("", sections[position]))
                if cell.kind != "code" or not cell.source.strip() or elsewhere is not abroad:
                    continue
                held = [by_slot[s] for s in placements[position].slots if s in by_slot]
                share = _held_besides(tokens_of(cell.source), target, held, index)
                if entry.code and share < _MERGED_UNSHOWN and not holds(cell.source, entry.code):
                    continue
                if share > best and share >= (_MERGED_ELSEWHERE if abroad else _MERGED):
                    best, where = share, position
            if where >= 0:
                old = placements[where]
                both = tuple(sorted({*old.slots, slot}, key=order.index))
                method = "content" if old.method == "none" else old.method
                placements[where] = Placement(both, "", method, max(old.confidence, best * 0.9))
                found.add(slot)


def _held_besides(
    tokens: frozenset[str], target: Target, held: Sequence[Target], index: Index
) -> float:
    """Share of what is telling of a slot, beyond the slots a cell has already, that it holds."""
    known = frozenset(t for other in held for version in other.versions for t in version)
    best = 0.0
    for version in target.versions:
        own = version - known
        # A slot with hardly a token of its own cannot be told from its neighbours.
        if index.weight(own) >= 0.25 * index.weight(version):
            both = index.weight(tokens & own) / index.weight(own)
            best = max(best, min(both, index.weight(tokens & version) / index.weight(version)))
    return best


def _fill_code(
    cells: Sequence[Cell], placements: list[Placement], slots: Sequence[Slot], index: Index
) -> None:
    """Code in a task's region takes the task's one slot that is still free at that place.

    A short cell in a style of its own resembles the released one too little to be known by
    content alone; where it stands and a few telling names decide then.
    """
    order = {s.id: i for i, s in enumerate(slots)}
    by_slot = {t.cell.slot: t for t in index.targets if t.cell.slot}
    for position, cell in enumerate(cells):
        placement = placements[position]
        if cell.kind != "code" or placement.slots or not placement.task:
            continue
        found = {slot for p in placements for slot in p.slots}
        # The task's own slots only: whole tasks may stand in another order.
        own = {s.id for s in slots if s.task == placement.task}
        before = [order[s] for p in placements[:position] for s in p.slots if s in own]
        after = [order[s] for p in placements[position:] for s in p.slots if s in own]
        free = [
            s.id
            for s in slots
            if s.kind == "code"
            and s.task == placement.task
            and s.id not in found
            and max(before, default=-1) < order[s.id] < min(after, default=len(order))
            and s.id in by_slot
        ]
        tokens = tokens_of(cell.source)
        telling = {s.id for s in slots if s.id in free and holds(cell.source, s.code)}
        free = [s for s in free if s in telling] or free
        scores = {slot: index.similarity(tokens, by_slot[slot])[0] for slot in free}
        best = max(scores, key=lambda s: scores[s], default="")
        if best and (scores[best] >= _PLACED or best in telling):
            placements[position] = Placement((best,), placement.task, "neighbour", scores[best])


def _fill_repeated(cells: Sequence[Cell], placements: list[Placement]) -> None:
    """A cell without a slot that repeats an earlier one of its task belongs where that one does."""
    seen: dict[tuple[str, str], Placement] = {}
    for position, cell in enumerate(cells):
        placement = placements[position]
        mark = (placement.task, " ".join(cell.source.split()))
        if cell.kind != "code" or not cell.source.strip():
            continue
        if placement.slots:
            seen.setdefault(mark, placement)
        elif mark in seen and placement.method == "none":
            placements[position] = replace(seen[mark], method="neighbour")
