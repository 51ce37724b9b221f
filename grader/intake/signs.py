"""What tells a slot's code by what it does: patterns in the code, and signs in the evidence.

The lab declares both per slot (``code`` and ``signs`` in ``lab.toml``). Patterns place before the
run what content could not: a cell that holds several slots, a short cell in a style of its own.
Signs revise and confirm the alignment after the run: names and wording are the student's choice,
what a cell calls, changes and shows is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod

from grader.lab import Sign, Slot
from grader.model import Alignment, Call, Cell, CellRun, NotebookEvidence, Placement, Value

__all__ = ["fill_by_code", "holds", "refine", "shows", "sureness"]

_BY_CODE = 0.6
_BY_EVIDENCE = 0.75
_CONFIRMED = 0.9
_DOUBTFUL = 0.5
_NOT_CODE = re.compile(r"#[^\n]*")
# Longer cells are nobody's work; patterns may take time that grows with the square.
_LONGEST = 20_000


def holds(source: str, patterns: Sequence[str]) -> bool:
    """Tell whether code (comments left out) shows all of a slot's patterns."""
    code = _NOT_CODE.sub("", source[:_LONGEST])
    return bool(patterns) and all(re.search(p, code, re.DOTALL) for p in patterns)


def _times(source: str, patterns: Sequence[str]) -> int:
    code = _NOT_CODE.sub("", source[:_LONGEST])
    return min(sum(1 for _ in re.finditer(p, code, re.DOTALL)) for p in patterns)


def fill_by_code(
    cells: Sequence[Cell],
    placements: list[Placement],
    slots: Sequence[Slot],
    solutions: Mapping[str, str],
) -> None:
    """Give slots that are nowhere the cell whose code shows their patterns.

    Of several cells the one in the task's region wins that has no slot yet, then the one that
    holds the task's other slots; a cell of another task only if it holds a neighbour in the lab's
    order (tasks merged into one cell) or nothing else.
    """
    for place, slot in enumerate(slots):
        here = [i for i, p in enumerate(placements) if slot.id in p.slots]
        astray = [i for i in here if placements[i].task != slot.task]
        astray = [i for i in astray if placements[i].method in ("content", "neighbour")]
        # Taken for it by where it stands: a merged cell before may hold more of it.
        guessed = bool(here) and all(placements[i].method == "neighbour" for i in here)
        if not slot.code or (len(here) > len(astray) and not guessed):
            continue
        around = {s.id for s in slots[max(0, place - 2) : place + 3]}
        ranked = []
        for position, cell in enumerate(cells):
            held = placements[position]
            if cell.kind != "code" or not holds(cell.source, slot.code):
                continue
            # What the cell's own slots show anyway says nothing of another one.
            shown = sum(_times(solutions.get(s, ""), slot.code) for s in held.slots)
            if _times(cell.source, slot.code) <= shown:
                continue
            own, near = held.task == slot.task, bool(around & set(held.slots))
            if guessed and not astray and not (own and held.slots and position < min(here)):
                continue
            if own or near or not held.slots:
                ranked.append((own, not held.slots, near, -position))
        where = -max(ranked)[-1] if ranked else -1
        if ranked and where not in here and (not astray or max(ranked)[0]):
            for i in astray:
                # It was only alike there: a cell of this task shows the slot's patterns.
                rest = tuple(s for s in placements[i].slots if s != slot.id)
                placements[i] = replace(placements[i], slots=rest)
            placements[where] = _with(placements[where], slot, slots, "content", _BY_CODE)


def refine(alignment: Alignment, run: NotebookEvidence, slots: Sequence[Slot]) -> Alignment:
    """Revise an alignment by what the cells did.

    A slot whose cell shows one of its signs is confirmed. A slot that is nowhere, stands in a cell
    without code or was placed with little confidence goes to the first cell that shows a sign no
    other slot accounts for, within its task or where no other slot stands.

    Parameters
    ----------
    alignment : Alignment
        Made before the run.
    run : NotebookEvidence
    slots : sequence of Slot
        The notebook's slots, in the lab's order.
    """
    runs = {c.index: c for c in run.cells if c.index < len(alignment.placements)}
    placements = list(alignment.placements)
    by_id = {s.id: s for s in slots}
    known: dict[str, Value] = {}
    before: dict[int, dict[str, Value]] = {}
    for index, cell in runs.items():
        before[index] = dict(known)
        known.update(cell.variables)
    for slot in slots:
        if not slot.signs:
            continue
        seen = {i: n for i, c in runs.items() if (n := shows(c, slot.signs, before[i]))}
        own = [i for i, p in enumerate(placements) if slot.id in p.slots]
        for i in own:
            if i in seen:
                sure = max(placements[i].confidence, _CONFIRMED)
                placements[i] = replace(placements[i], confidence=sure)
        if any(i in seen for i in own) or not _open(own, placements, runs):
            continue
        free = [i for i in seen if seen[i] > _accounted(placements[i], slot, by_id)]
        chosen = _nearest(free, placements, slot)
        if chosen is not None:
            placements[chosen] = _with(placements[chosen], slot, slots, "evidence", _BY_EVIDENCE)
    found = {s for p in placements for s in p.slots}
    missing = tuple(s.id for s in slots if s.id not in found)
    return replace(alignment, placements=tuple(placements), missing=missing)


def sureness(
    alignments: Mapping[str, Alignment], slots: Iterable[Slot]
) -> dict[str, dict[str, float | str]]:
    """Return, for each task with code, how sure its place is and what it rests on.

    ``confidence`` is the mean over the task's code slots that were found, each by its best cell;
    ``found`` and ``slots`` count them; ``method`` names the weakest kind of sign among them.
    """
    order = ("none", "neighbour", "evidence", "content", "id", "metadata")
    best: dict[str, dict[str, Placement]] = {}
    counts: dict[str, int] = {}
    for slot in slots:
        alignment = alignments.get(slot.notebook)
        if alignment is None or slot.kind != "code":
            continue
        counts[slot.task] = counts.get(slot.task, 0) + 1
        held = [p for p in alignment.placements if slot.id in p.slots]
        if held:
            top = max(held, key=lambda p: p.confidence)
            best.setdefault(slot.task, {})[slot.id] = top
    report: dict[str, dict[str, float | str]] = {}
    for task, count in counts.items():
        held = list(best.get(task, {}).values())
        mean = sum(p.confidence for p in held) / len(held) if held else 0.0
        methods = [p.method if p.method in order else "none" for p in held] or ["none"]
        report[task] = {
            "confidence": round(mean, 2),
            "method": min(methods, key=order.index),
            "found": len(held),
            "slots": count,
        }
    return report


# --------------------------------------------------------------------------- signs


def shows(cell: CellRun, signs: Sequence[Sign], before: Mapping[str, Value]) -> int:
    """Count how often a cell shows one of the signs."""
    return max((_count(cell, sign, before) for sign in signs), default=0)


def _count(cell: CellRun, sign: Sign, before: Mapping[str, Value]) -> int:
    if sign.call:
        return sum(_is_call(call, sign) for call in cell.calls)
    if sign.cmap:
        images = [i for f in cell.figures for a in f.axes for i in a.images]
        return int(any(i.cmap.startswith(sign.cmap) for i in images))
    found = 0
    for name, value in cell.variables.items():
        changed = name in before and before[name].digest != value.digest
        if value.kind == sign.kind and (changed or not sign.again) and _fits(value, sign):
            found += 1
    return min(found, 1)


def _is_call(call: Call, sign: Sign) -> bool:
    if call.name != sign.call:
        return False
    if sign.path and not re.search(sign.path, str(_scalar(call.args.get("path")))):
        return False
    if sign.rows:
        shape = _shape(call.result)
        if not shape or shape[0] != sign.rows:
            return False
    return not sign.width or _fits(call.args.get("x"), sign)


def _fits(value: Value | None, sign: Sign) -> bool:
    if not sign.width:
        return True
    shape = _shape(value)
    return bool(shape) and prod(shape[1:]) == sign.width


def _shape(value: Value | None) -> tuple[int, ...]:
    if value is None:
        return ()
    if value.array is not None:
        return value.array.shape
    return (len(value.items),) if value.kind == "sequence" else ()


def _scalar(value: Value | None) -> object:
    return "" if value is None else value.scalar


# --------------------------------------------------------------------------- choosing


def _open(own: Sequence[int], placements: Sequence[Placement], runs: Mapping[int, CellRun]) -> bool:
    """Tell whether a slot may go elsewhere: nowhere yet, without code, or placed with doubt."""
    held = [i for i in own if i in runs]
    if not held:
        return True
    weak = all(placements[i].method in ("content", "neighbour", "evidence") for i in held)
    return weak and max(placements[i].confidence for i in held) < _DOUBTFUL


def _accounted(placement: Placement, slot: Slot, by_id: Mapping[str, Slot]) -> int:
    """Count the slots of a cell that explain the same sign as ``slot``'s."""
    return sum(bool(set(by_id[s].signs) & set(slot.signs)) for s in placement.slots if s in by_id)


def _nearest(free: Sequence[int], placements: Sequence[Placement], slot: Slot) -> int | None:
    own = [i for i in free if placements[i].task == slot.task]
    alone = [i for i in free if not placements[i].slots]
    return next(iter([*own, *alone]), None)


def _with(
    placement: Placement, slot: Slot, slots: Sequence[Slot], method: str, confidence: float
) -> Placement:
    order = [s.id for s in slots]
    if not placement.slots:
        return Placement((slot.id,), slot.task, method, confidence)
    held = tuple(sorted({*placement.slots, slot.id}, key=order.index))
    return replace(placement, slots=held, confidence=min(placement.confidence, _CONFIRMED))
