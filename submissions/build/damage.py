"""What happens to a notebook on its way: lost metadata, deleted, doubled, split, merged cells."""

from __future__ import annotations

import hashlib
from typing import Any

import nbformat
from nbformat import NotebookNode

from submissions.build.model import Edit

__all__ = [
    "below",
    "delete",
    "delete_task",
    "double",
    "fresh_ids",
    "google_colab",
    "merge",
    "move",
    "new_cell",
    "rename",
    "split",
    "strip",
]


def strip(notebook: NotebookNode) -> None:
    """Lose all metadata and ids, as an export through another program does."""
    notebook.metadata = _node()
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata = _node()
        cell.pop("id", None)


def google_colab(notebook: NotebookNode) -> None:
    """Leave the metadata that Google Colab writes instead of Jupyter's."""
    strip(notebook)
    notebook.nbformat_minor = 0
    notebook.metadata = _node(
        colab=_node(provenance=[], toc_visible=True),
        kernelspec=_node(name="python3", display_name="Python 3"),
        language_info=_node(name="python"),
    )
    for number, cell in enumerate(notebook.cells):
        cell.metadata = _node(id=_digest(f"{number} {cell.source}", 12))


def fresh_ids(notebook: NotebookNode) -> None:
    """Keep the sources, but in cells of their own: a notebook typed anew cell by cell."""
    notebook.metadata.pop("grader", None)
    for number, cell in enumerate(notebook.cells):
        cell.metadata = _node()
        cell["id"] = _digest(f"{number} {cell.source}", 8)


def delete(*slots: str) -> Edit:
    """Delete the cells of these slots."""

    def edit(notebook: NotebookNode) -> None:
        for slot in slots:
            del notebook.cells[_find(notebook, slot)]

    return edit


def delete_task(heading: str, last: str) -> Edit:
    """Delete everything from the cell with this heading to the cell of the slot ``last``."""

    def edit(notebook: NotebookNode) -> None:
        start = next(
            i
            for i, cell in enumerate(notebook.cells)
            if cell.cell_type == "markdown" and cell.source.startswith(heading)
        )
        del notebook.cells[start : _find(notebook, last) + 1]

    return edit


def double(*slots: str) -> Edit:
    """Copy cells below themselves, metadata included, as Jupyter's paste does."""

    def edit(notebook: NotebookNode) -> None:
        for slot in slots:
            where = _find(notebook, slot)
            cell = nbformat.from_dict(dict(notebook.cells[where]))  # type: ignore[no-untyped-call]
            cell["id"] = _digest(f"copy of {slot}", 8)
            notebook.cells.insert(where + 1, cell)

    return edit


def split(slot: str, *before: str) -> Edit:
    """Split a cell before the lines that begin with these texts."""

    def edit(notebook: NotebookNode) -> None:
        where = _find(notebook, slot)
        whole = notebook.cells[where]
        parts: list[list[str]] = [[]]
        waiting = list(before)
        for line in whole.source.splitlines():
            if waiting and line.startswith(waiting[0]):
                parts.append([])
                waiting.pop(0)
            parts[-1].append(line)
        if waiting:
            raise ValueError(f"{slot}: no line begins with {waiting[0]!r}")
        whole.source = "\n".join(parts[0]).strip("\n")
        for number, lines in enumerate(parts[1:], start=1):
            cell = new_cell(whole.cell_type, "\n".join(lines).strip("\n"), f"{slot} {number}")
            notebook.cells.insert(where + number, cell)

    return edit


def merge(first: str, *others: str) -> Edit:
    """Move the sources of cells into the first one, which keeps its metadata."""

    def edit(notebook: NotebookNode) -> None:
        for slot in others:
            other = notebook.cells.pop(_find(notebook, slot))
            target = notebook.cells[_find(notebook, first)]
            target.source = f"{target.source}\n\n{other.source}"

    return edit


def move(slot: str, after: str) -> Edit:
    """Move a cell below the cell of another slot: tasks done in another order."""

    def edit(notebook: NotebookNode) -> None:
        cell = notebook.cells.pop(_find(notebook, slot))
        notebook.cells.insert(_find(notebook, after) + 1, cell)

    return edit


def below(slot: str, kind: str, source: str) -> Edit:
    """Add a cell below a slot's cell."""

    def edit(notebook: NotebookNode) -> None:
        cell = new_cell(kind, source.strip("\n"), f"below {slot}")
        notebook.cells.insert(_find(notebook, slot) + 1, cell)

    return edit


def rename(old: str, new: str) -> Edit:
    """Replace a word in all code cells, as an editor's search and replace does."""

    def edit(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = cell.source.replace(old, new)

    return edit


def new_cell(kind: str, source: str, name: str) -> NotebookNode:
    """A cell that a student added; its id depends on ``name`` and source only."""
    v4: Any = nbformat.v4
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    cell: NotebookNode = make(source, id=_digest(f"{name} {source}", 8))
    return cell


def _find(notebook: NotebookNode, slot: str) -> int:
    for index, cell in enumerate(notebook.cells):
        if cell.metadata.get("grader", {}).get("slot") == slot:
            return index
    raise KeyError(slot)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:length]


def _node(**fields: Any) -> Any:
    return nbformat.NotebookNode(**fields)  # type: ignore[no-untyped-call]
