"""What a mutation is: a function over a notebook's cells that students could have done by hand."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode

__all__ = ["Marks", "Mutation", "join", "make", "mutate", "origins", "parsed"]

ORIGIN = "origin"


@dataclass(frozen=True)
class Marks:
    """What is known of a notebook's cells before they are changed, by their index.

    Attributes
    ----------
    tasks : sequence of str
        The task of every cell, ``""`` before the first.
    slots : sequence of tuple of str
        The lab's slots in every cell.
    given : frozenset of int
        Cells that hold the lab's own text.
    broken : frozenset of int
        Code cells that do not end well: what follows them in the same cell would not run.
    """

    tasks: Sequence[str]
    slots: Sequence[tuple[str, ...]]
    given: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Mutation:
    """One kind of structural change.

    Attributes
    ----------
    change : callable
        From the cells (each with its origins) and their marks to the new cells.
    keeps : bool
        Whether the notebook still means the same, so that its grade must not change.
    metadata : bool
        Whether the cells keep their metadata and ids. Without them content alone decides.
    """

    name: str
    about: str
    change: Callable[[list[NotebookNode], Marks], list[NotebookNode]]
    keeps: bool = True
    metadata: bool = field(default=False)


def mutate(mutation: Mutation, notebook: NotebookNode, marks: Marks) -> NotebookNode:
    """Return a changed copy; every cell's metadata names the cells that it stems from."""
    changed = copy.deepcopy(notebook)
    for index, cell in enumerate(changed.cells):
        if not mutation.metadata:
            cell.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
            cell.pop("id", None)
        cell.metadata[ORIGIN] = [index]
    if not mutation.metadata:
        changed.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
        changed.nbformat_minor = 4
    changed.cells = mutation.change(list(changed.cells), marks)
    return changed


def origins(cell: NotebookNode) -> list[int]:
    """Return the indices of the cells that a mutated cell stems from."""
    return list(cell.metadata.get(ORIGIN, []))


def make(kind: str, source: str, *stems: NotebookNode) -> NotebookNode:
    """Make a cell with the origins of others."""
    cell: Any = {"cell_type": kind, "source": source, "metadata": {}}
    cell["metadata"][ORIGIN] = [i for stem in stems for i in origins(stem)]
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return nbformat.from_dict(cell)  # type: ignore[no-untyped-call,no-any-return]


def parsed(cell: NotebookNode) -> ast.Module | None:
    """Return a code cell's syntax tree; None for other cells and for what is no plain Python."""
    if cell.cell_type != "code" or not cell.source.strip():
        return None
    try:
        return ast.parse(cell.source)
    except (SyntaxError, ValueError):
        return None


def join(cells: Sequence[NotebookNode]) -> str:
    """Return the cells' code as one cell that shows what they showed one by one."""
    return "\n\n".join([*(_ended(c.source) for c in cells[:-1]), cells[-1].source.strip("\n")])


def _ended(source: str) -> str:
    """A cell's code with its last value shown and its figure ended, as the cell's end does."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    lines = source.strip("\n").splitlines()
    if isinstance(last, ast.Expr) and not _draws(last) and not source.rstrip().endswith(";"):
        text = ast.unparse(last.value)
        start = source[: len(source) - len(source.lstrip("\n"))].count("\n")
        kept = lines[: last.lineno - 1 - start]
        lines = [*kept, f"_wert = {text}", "if _wert is not None:", "    display(_wert)"]
    if "plt." in source and not source.rstrip().endswith("plt.show()"):
        lines.append("plt.show()")
    return "\n".join(lines)


def _draws(last: ast.Expr) -> bool:
    text = ast.unparse(last.value)
    return text.startswith(("plt.", "print(", "display("))
