"""Text that a reader does not see: white on white, size zero, comments, signs without width.

What is not seen does not count, so it is taken out before texts are judged.
"""

from __future__ import annotations

import re
from dataclasses import replace

from grader.checks.context import Side
from grader.checks.unseen import TAG_LETTERS, unseen_ranges
from grader.messages import problem
from grader.model import Cell, Problem

__all__ = ["visible_side", "visible_text"]

_NO_WIDTH = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
# A word processor leaves a few; more than one in ten letters is something else.
_FEW = 12


def visible_text(text: str) -> tuple[str, dict[str, str]]:
    """Return what a reader sees of a Markdown text.

    Returns
    -------
    text : str
    unseen : dict of str to str
        What was left out, by how it was hidden (German).
    """
    unseen: dict[str, list[str]] = {}
    kept, last = [], 0
    for start, end, how in unseen_ranges(text):
        kept.append(text[last:start])
        unseen.setdefault(how, []).append(text[start:end])
        last = end
    rest = "".join([*kept, text[last:]])
    if tags := TAG_LETTERS.findall(rest):
        unseen["unsichtbare Zeichen"] = ["".join(chr(ord(c) - 0xE0000) for c in "".join(tags))]
        rest = TAG_LETTERS.sub("", rest)
    count = len(_NO_WIDTH.findall(rest))
    if count > max(_FEW, len(rest) // 10):
        unseen.setdefault("Zeichen ohne Breite", []).append("\u200b" * count)
    return _NO_WIDTH.sub("", rest), {how: " ".join(parts) for how, parts in unseen.items()}


def visible_side(side: Side) -> tuple[Side, tuple[Problem, ...]]:
    """Return a side whose texts hold only what is seen, and what was hidden."""
    problems: list[Problem] = []
    given = "\n".join(side.given.values())
    notebooks = {}
    for name, notebook in side.submission.notebooks.items():
        cells = []
        for cell in notebook.cells:
            seen, unseen = visible_text(cell.source) if cell.kind == "markdown" else ("", {})
            cells.append(replace(cell, source=seen) if seen != cell.source and unseen else cell)
            problems += _told(f"Zelle {cell.index + 1}", unseen, given, name, cell)
        notebooks[name] = replace(notebook, cells=tuple(cells))
    answers = {}
    for number, answer in side.submission.answers.items():
        answers[number], unseen = visible_text(answer)
        problems += _told(f"Die Antwort auf Frage {number}", unseen, given)
    submission = replace(side.submission, notebooks=notebooks, answers=answers)
    return replace(side, submission=submission), tuple(problems)


def _told(
    where: str, unseen: dict[str, str], given: str, notebook: str = "", cell: Cell | None = None
) -> list[Problem]:
    """Say what was hidden, unless it is the lab's own or too short to say anything."""
    told = [
        how
        for how, text in unseen.items()
        if text not in given and (len(re.findall(r"\w{3,}", text)) >= 3 or how.startswith("Zei"))
    ]
    if not told:
        return []
    index = cell.index if cell else None
    how = ", ".join(told)
    return [problem("hidden_text", notebook or None, index, where=where, how=how)]
