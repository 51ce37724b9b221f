"""Mutations of prose: headings lost, other wording, answers in other places."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from submissions.mutations.base import Marks, make, origins

__all__ = [
    "answers_as_comments",
    "answers_below_task",
    "delete_code",
    "drop_texts",
    "earlier_wording",
    "english_wording",
]

Cells = list[NotebookNode]
_TITLES = {
    "1a": ("Neuronales Netz per Hand", "A small network by hand"),
    "1b": ("Approximation einer Funktion", "Approximating a function"),
    "1c": ("Ziffernerkennung", "Recognising digits"),
    "2a": ("Datenbereinigung", "Cleaning data"),
    "2b": ("Klassifikation von OCT-Aufnahmen", "Classifying OCT scans"),
    "2c": ("Datenvermehrung", "Augmentation"),
    "3a": ("MRT des Knies", "Knee MRI"),
    "3b": ("Worauf achtet das Netz?", "What does the network look at?"),
    "3c": ("Farbtabellen", "Colormaps"),
}
# How an earlier term asked for the answer that follows.
_ASKED = {
    "1a-hand": ("Rechnen Sie das Netz per Hand für -1, 1 und 2.", "Work out -1, 1 and 2 by hand."),
    "1a-compare": ("Gleiches Ergebnis wie in Keras?", "Do both results agree?"),
    "1b-comment": ("Kommentieren Sie die Approximation des EKG.", "Comment on the fit."),
    "1c-compare": ("Vergleichen Sie zwei Netze.", "Compare two networks."),
    "1c-never100": ("Wieso werden 100 % nie erreicht?", "Why are 100 % out of reach?"),
    "2b-diagnosis": ("Diagnostizieren Sie selbst.", "Give your own diagnosis."),
    "2b-interpretation": ("Was sagt das Netz? Interpretieren Sie.", "Interpret the output."),
    "2c-reasons": ("Wieso haben Sie andere ausgeschlossen?", "Why were others left out?"),
    "3a-credible": ("Würden Sie dem Netz trauen?", "Would you trust it?"),
    "3b-reading": ("Beschreiben Sie die Heatmaps.", "Describe both heatmaps."),
    "3c-conclusion": ("Was fällt auf? Erklären Sie das Ergebnis.", "What do you notice?"),
}


def drop_texts(cells: Cells, marks: Marks) -> Cells:
    """Delete all of the lab's own texts, headings included; answers and code stay."""
    return [c for c in cells if not set(origins(c)) & marks.given]


def earlier_wording(cells: Cells, marks: Marks) -> Cells:
    """Put another, shorter German wording in place of the lab's texts."""
    return _worded(cells, marks, 0)


def english_wording(cells: Cells, marks: Marks) -> Cells:
    """Put an English wording in place of the lab's texts."""
    return _worded(cells, marks, 1)


def answers_as_comments(cells: Cells, marks: Marks) -> Cells:
    """Turn every answer into comments at the end of the code above it in the same task."""
    found: Cells = []
    for cell in cells:
        before = next((c for c in reversed(found) if c.cell_type == "code"), None)
        same = before is not None and _task(before, marks) == _task(cell, marks)
        if before is None or not same or not _is_answer(cell, marks) or "```" in cell.source:
            found.append(cell)
            continue
        lines = [line for line in cell.source.splitlines() if line.strip()]
        before.source = "\n".join([before.source, *(f"# {line}" for line in lines)])
    return found


def answers_below_task(cells: Cells, marks: Marks) -> Cells:
    """Move all answers of a task into one cell at the task's end, the question's words first."""
    answers: dict[str, Cells] = {}
    for cell in cells:
        if _is_answer(cell, marks):
            answers.setdefault(_task(cell, marks), []).append(cell)
    found: Cells = []
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        task = _task(cell, marks)
        if not _is_answer(cell, marks):
            found.append(cell)
        ends = following is None or _task(following, marks) != task
        if ends and (held := answers.pop(task, [])):
            found.append(make("markdown", "\n\n".join(c.source for c in held), *held))
    return found


def delete_code(cells: Cells, marks: Marks) -> Cells:
    """Delete the last task's code: its checks must become not judged, and no others."""
    last = next(t for t in reversed(list(marks.tasks)) if t)
    return [c for c in cells if c.cell_type != "code" or _task(c, marks) != last]


def _worded(cells: Cells, marks: Marks, language: int) -> Cells:
    found: Cells = []
    headed: set[str] = set()
    for place, cell in enumerate(cells):
        if not set(origins(cell)) & marks.given:
            found.append(cell)
            continue
        task = _task(cell, marks)
        lines = []
        if task and task not in headed and re.search(rf"\b{task}\b", cell.source):
            headed.add(task)
            lines.append(f"# {('Aufgabe', 'Exercise')[language]} {task}: {_TITLES[task][language]}")
        following = cells[place + 1] if place + 1 < len(cells) else cell
        slots = marks.slots[origins(following)[0]] if origins(following) else ()
        lines += [_ASKED[s][language] for s in slots if s in _ASKED]
        found.append(make("markdown", "\n\n".join(lines) or "---", cell))
    return found


def _task(cell: NotebookNode, marks: Marks) -> str:
    stems = origins(cell)
    return marks.tasks[stems[0]] if stems else ""


def _is_answer(cell: NotebookNode, marks: Marks) -> bool:
    if cell.cell_type != "markdown" or not cell.source.strip():
        return False
    stems = origins(cell)
    return bool(stems and marks.tasks[stems[0]]) and not set(stems) & marks.given
