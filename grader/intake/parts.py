"""Cells that hold several slots: which slots, and which of their statements carry out which.

A group that merges cells leaves the lab's statements in the lab's order. So each slot of such a
cell gets a run of statements, chosen so that what is telling of a slot (names, patterns) lies in
its run as far as possible. Evidence is then taken between the runs. A slot that nothing tells from
its neighbours gets none: it may be anywhere in the cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.intake.content import Index, Target
from grader.intake.statements import Statement, statements_of
from grader.lab import Slot
from grader.model import Cell, Part, Placement

__all__ = ["find_inside", "parts_of", "with_parts"]

# A run of statements this similar to a released cell is that cell.
_SAME = 0.62
_CLEARER = 0.05
# At least as telling as so many tokens that occur nowhere else in the lab.
_ENOUGH = 3.0
_FOUND = 0.8
_BETWEEN = 0.4
_KEPT = 0.1
_NEAR = 2
_MOST_STATEMENTS = 60
# What two statements together must weigh to be told apart, in tokens that occur once in the lab.
_TELLING = 0.6
_AT_A_GAP = 0.05
_NEUTRAL = 0.01


def find_inside(
    cells: Sequence[Cell], placements: list[Placement], slots: Sequence[Slot], index: Index
) -> None:
    """Give code slots that are nowhere the cell in which some statements are that slot's.

    Only a cell of the slot's task, or one that holds a slot next to it in the lab's order.
    """
    by_slot = {t.cell.slot: t for t in index.targets if t.cell.slot}
    order = [s.id for s in slots if s.kind == "code"]
    for slot in slots:
        if slot.kind != "code" or slot.id not in by_slot:
            continue
        if any(slot.id in p.slots for p in placements):
            continue
        place = order.index(slot.id)
        around = set(order[max(0, place - _NEAR) : place + _NEAR + 1])
        best, where = 0.0, -1
        for position, cell in enumerate(cells):
            held = placements[position]
            if cell.kind != "code" or not (held.task == slot.task or around & set(held.slots)):
                continue
            others = [by_slot[s] for s in held.slots if s in by_slot]
            score = _best_run(statements_of(cell.source), by_slot[slot.id], others, index)
            if score > best and _has_room(cell.source, slot, held.slots, slots, index):
                best, where = score, position
        if best < _SAME:
            best, where = _BETWEEN, _between(slot, order, slots, placements)
        if where >= 0:
            placements[where] = _added(placements[where], slot, slots, best * _FOUND)


def _has_room(
    source: str, slot: Slot, held: Sequence[str], slots: Sequence[Slot], index: Index
) -> bool:
    """Tell whether a cell's own slots keep what is theirs if some statements are another slot's.

    A second network for the same data begins like the first one; without its beginning it is none.
    """
    own = [s for s in slots if s.id in held and s.kind != "text"]
    both = [s for s in slots if s in own or s is slot]
    if not any(slot.id in part.slots for part in parts_of(source, both, index)) and own:
        return False
    before, after = _likeness(source, own, index), _likeness(source, both, index)
    return all(after[s] >= before[s] - _KEPT for s in before)


def _likeness(source: str, held: Sequence[Slot], index: Index) -> dict[str, float]:
    """Similarity of each slot with its part of a cell, or with the cell where it has none."""
    by_slot = {t.cell.slot: t for t in index.targets if t.cell.slot}
    statements = statements_of(source)
    spans = {p.slots[0]: p.statements for p in parts_of(source, held, index)}
    found = {}
    for slot in held:
        if slot.id in by_slot:
            start, end = spans.get(slot.id, (0, len(statements)))
            tokens = frozenset(t for s in statements[start:end] for t in s.tokens)
            found[slot.id] = index.similarity(tokens, by_slot[slot.id])[0]
    return found


def _between(
    slot: Slot, order: Sequence[str], slots: Sequence[Slot], placements: Sequence[Placement]
) -> int:
    """The one cell that holds the slots before and after this one in its task; -1 without any."""
    own = [s for s in order if next(e for e in slots if e.id == s).task == slot.task]
    place = own.index(slot.id)
    beside = set(own[max(0, place - 1) : place] + own[place + 1 : place + 2])
    holding = [i for i, p in enumerate(placements) if beside & set(p.slots)]
    return holding[0] if len(beside) == 2 and len(holding) == 1 else -1


def _best_run(
    statements: Sequence[Statement], target: Target, others: Sequence[Target], index: Index
) -> float:
    """Greatest similarity of consecutive statements with a slot that is not another slot's."""
    best = 0.0
    for start in range(min(len(statements), _MOST_STATEMENTS)):
        tokens: frozenset[str] = frozenset()
        for statement in statements[start:_MOST_STATEMENTS]:
            tokens |= statement.tokens
            score, _ = index.similarity(tokens, target)
            if score <= best or score < _SAME or _slight(tokens, target, index):
                continue
            rival = max((index.similarity(tokens, o)[0] for o in others), default=0.0)
            if score >= rival + _CLEARER:
                best = score
    return best


def _slight(tokens: frozenset[str], target: Target, index: Index) -> bool:
    """Tell whether too little is alike to be more than chance: ``model = ...``."""
    alike = max(index.weight(tokens & version) for version in target.versions)
    return alike < _ENOUGH * math.log(1 + len(index.targets))


def _added(placement: Placement, slot: Slot, slots: Sequence[Slot], score: float) -> Placement:
    order = [s.id for s in slots]
    held = tuple(sorted({*placement.slots, slot.id}, key=order.index))
    method = "content" if placement.method == "none" else placement.method
    confidence = min(placement.confidence, score) if placement.slots else score
    return replace(placement, slots=held, method=method, confidence=confidence)


# --------------------------------------------------------------------------- statements to slots


def with_parts(
    cells: Sequence[Cell], placements: Sequence[Placement], slots: Sequence[Slot], index: Index
) -> list[Placement]:
    """Return the placements with the parts of every cell that holds several code slots."""
    by_id = {s.id: s for s in slots}
    found = []
    for cell, placement in zip(cells, placements, strict=True):
        held = [by_id[s] for s in placement.slots if s in by_id and by_id[s].kind != "text"]
        if cell.kind == "code" and len(held) > 1:
            parts = parts_of(cell.source, held, index)
            kept = _without_echoes(placement, parts, placements)
            if kept != placement.slots:
                held = [s for s in held if s.id in kept]
                parts = parts_of(cell.source, held, index)
            placement = replace(placement, slots=kept, parts=parts)
        found.append(placement)
    return found


def _without_echoes(
    placement: Placement, parts: Sequence[Part], placements: Sequence[Placement]
) -> tuple[str, ...]:
    """Leave out slots that no statements of a cell carry out and another cell does alone.

    Two slots whose code is alike (two networks for the same data) resemble each other's cells.
    """
    own = {s for part in parts for s in part.slots}
    alone = {p.slots[0] for p in placements if len(p.slots) == 1}
    return tuple(s for s in placement.slots if not parts or s in own or s not in alone)


def parts_of(source: str, held: Sequence[Slot], index: Index) -> tuple[Part, ...]:
    """Divide a cell's statements among its slots; nothing if they cannot be told apart."""
    statements = statements_of(source)
    if not 1 < len(statements) <= 4 * _MOST_STATEMENTS:
        return ()
    gains = [_gains(s, held, index) for s in statements]
    chosen = _assigned(statements, gains, len(held))
    least = _TELLING * math.log(1 + len(index.targets))
    own = [0.0] * len(held)
    for gain, slot in zip(gains, chosen, strict=True):
        own[slot] += gain[slot]
    apart = [slot for slot, weight in enumerate(own) if weight >= least]
    if len(apart) < 2:
        return ()
    starts = _starts(chosen, apart)
    if len(starts) < 2:
        return ()
    whole = source.count("\n") + 1
    places = sorted(starts.items(), key=lambda entry: entry[1])
    ends = [start for _, start in places[1:]] + [len(statements)]
    parts = []
    for number, ((slot, start), end) in enumerate(zip(places, ends, strict=True)):
        start = start if number else 0
        first = statements[start - 1].last + 1 if start else 0
        after = statements[end - 1].last + 1 if end < len(statements) else whole
        parts.append(Part((held[slot].id,), (start, end), (first, after)))
    return tuple(parts)


def _gains(statement: Statement, held: Sequence[Slot], index: Index) -> list[float]:
    """How telling a statement is of each slot; what several show counts for each in part."""
    by_slot: Mapping[str, Target] = {t.cell.slot: t for t in index.targets if t.cell.slot}
    gains = [0.0] * len(held)
    known = [
        frozenset(t for version in by_slot[s.id].versions for t in version)
        if s.id in by_slot
        else frozenset()
        for s in held
    ]
    shown: list[list[int]] = [
        [i for i, words in enumerate(known) if token in words] for token in statement.tokens
    ]
    weights = [index.weight(frozenset((token,))) for token in statement.tokens]
    shown.append([i for i, s in enumerate(held) if _shows(statement.source, s.code)])
    weights.append(math.log(1 + len(index.targets)))
    for holders, weight in zip(shown, weights, strict=True):
        if 0 < len(holders) < len(held):
            for i in holders:
                gains[i] += weight / len(holders)
    return gains


def _shows(source: str, patterns: Sequence[str]) -> bool:
    return any(re.search(p, source, re.DOTALL) for p in patterns)


def _assigned(
    statements: Sequence[Statement], gains: Sequence[Sequence[float]], slots: int
) -> list[int]:
    """Choose a slot for every statement, never an earlier one than before, with the most gain."""
    best: list[tuple[float, list[int]]] = [(0.0, []) for _ in range(slots)]
    for number, (statement, gain) in enumerate(zip(statements, gains, strict=True)):
        neutral = 0.0 if any(gain) else (_NEUTRAL if statement.assigns else -_NEUTRAL)
        same_line = number > 0 and statements[number - 1].last >= statement.first
        following: list[tuple[float, list[int]]] = []
        for slot in range(slots):
            options = []
            for last in range(slot + 1):
                total, chosen = best[last]
                if number and same_line and last != slot:
                    continue
                if number and last != slot and statement.gap:
                    total += _AT_A_GAP
                options.append((total, chosen))
            total, chosen = max(options, key=lambda o: o[0], default=(-math.inf, []))
            following.append((total + gain[slot] + neutral * slot, [*chosen, slot]))
        best = following
    return max(best, key=lambda b: b[0])[1]


def _starts(chosen: Sequence[int], apart: Sequence[int]) -> dict[int, int]:
    """First statement of every slot that can be told apart; the others' belong to those before."""
    starts: dict[int, int] = {}
    for number, slot in enumerate(chosen):
        if slot in apart:
            starts.setdefault(slot, number)
    return starts
