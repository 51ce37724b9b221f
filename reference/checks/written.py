"""Where a group's answer to a text task stands: its cell, comments beside it, the task's text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from grader.checks import Context, Outcome, Side
from grader.errors import NotJudged

__all__ = ["doubted", "written"]

_PLACEHOLDER = re.compile(r"[*_\s]*Hier antworten[^\n]*", re.I)
_FROM_OTHERS = 0.3
_TOGETHER = (
    "Eine eigene Zelle für diese Antwort wurde nicht gefunden; gelesen wurde der übrige Text der "
    "Aufgabe."
)


def written(
    side: Side, slot: str, *, comments: tuple[str, ...] = (), answers: Callable[[str], bool]
) -> str:
    """Return what the student wrote for a text slot.

    If the text cell holds nothing, comments in the slot's code, in the code of the slots
    ``comments`` and printed text take its place: some groups answer there. A comment in other
    slots' code counts only if it says something on the question, which ``answers`` tells of a text.

    Raises
    ------
    NotJudged
        If the notebook is missing, or the cell and all substitutes are gone.
    """
    name = side.notebook_of(slot)
    if name not in side.submission.notebooks:
        raise NotJudged(f"Das Notebook {name} fehlt oder ist nicht lesbar.")
    text = _PLACEHOLDER.sub("", side.text(slot)).strip()
    if text:
        return text
    beside = _beside(side, slot)
    if beside and answers(beside):
        return beside
    others = (side.comments(s) for s in comments if s in side.lab.slot_by_id)
    for found in (side.comments(slot), *filter(answers, others), side.printed(slot)):
        if found.strip():
            return found
    if not side.has(slot):
        raise NotJudged("Die Textzelle zu dieser Aufgabe wurde im Notebook nicht gefunden.")
    return ""


def _beside(side: Side, slot: str) -> str:
    """What a task's other cells say, where a slot has none and nothing but content tells slots.

    Without metadata answers that stand together are one cell, taken for one of the questions.
    """
    alignment = side.alignment(side.notebook_of(slot))
    if alignment is None or side.has(slot):
        return ""
    task = side.lab.slot_by_id[slot].task
    methods = {p.method for p in alignment.placements if p.task == task and p.slots}
    return "" if methods & {"metadata", "id"} else side.text(task)


def doubted(context: Context, slot: str, suggested: Outcome) -> Outcome:
    """Have a person look first where an answer was read from the task's other cells."""
    if suggested.status != "needs_review" or not _beside(context.student, slot):
        return suggested
    return replace(
        suggested,
        message=f"{suggested.message} {_TOGETHER}".strip(),
        confidence=min(suggested.confidence, _FROM_OTHERS),
    )
