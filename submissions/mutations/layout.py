"""Mutations that move, merge, split, repeat and add cells."""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from submissions.mutations.base import Marks, join, make, origins, parsed

__all__ = [
    "colab",
    "debug_cells",
    "duplicate",
    "insert_markdown",
    "merge_pairs",
    "merge_task",
    "merge_two_tasks",
    "move_definitions",
    "reorder",
    "same",
    "split",
]

Cells = list[NotebookNode]
# Tasks whose last one stands on its own: it may come first.
_INDEPENDENT_LAST = {"1c", "2c"}


def same(cells: Cells, marks: Marks) -> Cells:
    """Change nothing but what every mutation loses: metadata and ids."""
    return cells


def colab(cells: Cells, marks: Marks) -> Cells:
    """Leave Colab's own metadata, and its badge at the top."""
    for number, cell in enumerate(cells):
        cell.metadata["id"] = f"Zx{number:010d}"
    badge = '<a href="https://colab.research.google.com/"><img alt="Open In Colab"/></a>'
    return [make("markdown", badge), *cells]


def merge_pairs(cells: Cells, marks: Marks) -> Cells:
    """Merge every two code cells of a task that follow each other, prose between them or not."""
    groups: list[Cells] = []
    for cell in cells:
        if not _joins(cell, marks):
            continue
        task = _task(cell, marks)
        last = groups[-1] if groups else []
        if len(last) == 1 and _task(last[0], marks) == task and task:
            last.append(cell)
        else:
            groups.append([cell])
    return _merged(cells, [g for g in groups if len(g) > 1])


def merge_task(cells: Cells, marks: Marks) -> Cells:
    """Merge all code of each task into the task's last code cell."""
    groups: dict[str, Cells] = {}
    for cell in cells:
        if _joins(cell, marks) and _task(cell, marks):
            groups.setdefault(_task(cell, marks), []).append(cell)
    return _merged(cells, [g for g in groups.values() if len(g) > 1])


def merge_two_tasks(cells: Cells, marks: Marks) -> Cells:
    """Merge all code of the first two tasks into one cell."""
    tasks = list(dict.fromkeys(t for t in marks.tasks if t))[:2]
    group = [c for c in cells if _joins(c, marks) and _task(c, marks) in tasks]
    return _merged(cells, [group] if len(group) > 1 else [])


def split(cells: Cells, marks: Marks) -> Cells:
    """Split code cells into one cell for every two statements."""
    found: Cells = []
    for cell in cells:
        tree = parsed(cell)
        if tree is None or len(tree.body) < 3 or _draws(cell) or set(origins(cell)) & marks.broken:
            # A figure's commands belong into one cell.
            found.append(cell)
            continue
        lines = cell.source.splitlines()
        borders = [s.end_lineno or s.lineno for s in tree.body[1:-1:2]]
        start = 0
        for border in [*borders, len(lines)]:
            part = "\n".join(lines[start:border]).strip("\n")
            if part.strip():
                found.append(make("code", part, cell))
            start = border
    return found


def debug_cells(cells: Cells, marks: Marks) -> Cells:
    """Add a scratch cell below every code cell."""
    found: Cells = []
    for number, cell in enumerate(cells):
        found.append(cell)
        if parsed(cell) is not None:
            stored = sorted(_stored(cell) - {"_"})
            first = f"print(type({stored[0]}))" if stored else "print('bis hier ok')"
            source = f"# Test {number}\nprobe_{number} = {number} + 1\n{first}"
            if set(origins(cell)) & marks.broken:
                source = "1 + 1"
            found.append(make("code", source))
    return found


def insert_markdown(cells: Cells, marks: Marks) -> Cells:
    """Add empty and short Markdown cells."""
    found: Cells = []
    for cell in cells:
        found.append(cell)
        if cell.cell_type == "code":
            found += [make("markdown", ""), make("markdown", "---")]
    return found


def duplicate(cells: Cells, marks: Marks) -> Cells:
    """Repeat code cells whose second run changes nothing."""
    found: Cells = []
    for cell in cells:
        found.append(cell)
        tree = parsed(cell)
        if tree is None or set(origins(cell)) & marks.broken:
            continue
        touchy = any(w in cell.source for w in (".add(", "fit(", "set_weights", "random", "exec("))
        loaded = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        }
        if not touchy and not _stored(cell) & loaded and "[" not in cell.source:
            found.append(make("code", cell.source, cell))
    return found


def move_definitions(cells: Cells, marks: Marks) -> Cells:
    """Collect imports and functions in a cell of their own near the top."""
    moved: list[str] = ["import numpy as np", "import matplotlib.pyplot as plt"]
    found: Cells = []
    first = next((i for i, c in enumerate(cells) if c.cell_type == "code"), len(cells))
    for cell in cells:
        tree = parsed(cell)
        movable = (ast.FunctionDef, ast.Import, ast.ImportFrom)
        if tree is None or not any(isinstance(s, movable) for s in tree.body):
            found.append(cell)
            continue
        lines = cell.source.splitlines()
        for statement in reversed(tree.body):
            if isinstance(statement, movable):
                end = statement.end_lineno or statement.lineno
                decorators = getattr(statement, "decorator_list", [])
                start = min([statement.lineno, *(d.lineno for d in decorators)]) - 1
                moved.append("\n".join(lines[start:end]))
                lines[start:end] = []
        rest = "\n".join(lines)
        found.append(make("code", rest, cell))
    return [*found[: first + 1], make("code", "\n\n".join(moved)), *found[first + 1 :]]


def reorder(cells: Cells, marks: Marks) -> Cells:
    """Move the last task to the front, where it stands on its own."""
    tasks = list(dict.fromkeys(t for t in marks.tasks if t))
    if len(tasks) < 2 or tasks[-1] not in _INDEPENDENT_LAST:
        return cells
    last = [c for c in cells if _task(c, marks) == tasks[-1]]
    start = next(i for i, c in enumerate(cells) if _task(c, marks))
    rest = [c for c in cells[start:] if _task(c, marks) != tasks[-1]]
    return [*cells[:start], *last, *rest]


# --------------------------------------------------------------------------- helpers


def _task(cell: NotebookNode, marks: Marks) -> str:
    stems = origins(cell)
    return marks.tasks[stems[0]] if stems else ""


def _joins(cell: NotebookNode, marks: Marks) -> bool:
    return parsed(cell) is not None and not set(origins(cell)) & marks.broken


def _merged(cells: Cells, groups: list[Cells]) -> Cells:
    last = {id(group[-1]): group for group in groups}
    gone = {id(c) for group in groups for c in group[:-1]}
    found: Cells = []
    for cell in cells:
        if id(cell) in last:
            group = last[id(cell)]
            found.append(make("code", join(group), *group))
        elif id(cell) not in gone:
            found.append(cell)
    return found


def _stored(cell: NotebookNode) -> set[str]:
    tree = parsed(cell)
    top = [
        s for s in (tree.body if tree else []) if not isinstance(s, (ast.FunctionDef, ast.ClassDef))
    ]
    return {
        n.id
        for s in top
        if isinstance(s, (ast.Assign, ast.AnnAssign))
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def _draws(cell: NotebookNode) -> bool:
    return "plt." in cell.source or "ax." in cell.source or "axs" in cell.source
