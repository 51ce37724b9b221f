"""From one source per notebook to its two versions: the released one and the solution.

A source is a jupytext percent file, and as it stands it is the solution: a Python script that
runs. A cell that the lab knows by name carries the slot in its header::

    # %% slot="1a-model"
    # %% [markdown] slot="1a-hand"

Where the versions differ, three marker lines enclose both texts; either text may be empty, and
lines outside the markers belong to both versions::

    model = tf.keras.models.Sequential()
    # <student>
    #| ...  # Ihr Code
    # <solution>
    model.add(tf.keras.layers.Dense(1, activation="relu"))
    # <end>

In a code cell the student's lines begin with ``#|`` (after any indentation, one blank follows), so
that the script does not run them. In a Markdown cell all lines are comments already and stand there
as they are. The header names the notebook under ``jupyter: grader: notebook: NAME``.

Both versions have the same cells with the same ids. An id is the slot's name, or the notebook's
name and the cell's number; so building twice gives the same bytes, and a cell that lost its
metadata is still known by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jupytext
import nbformat
from nbformat import NotebookNode

from grader.errors import LabError
from grader.model import CellKind, ReleasedCell
from grader.selfcheck.description import given_by_slot

__all__ = [
    "Versions",
    "build_notebooks",
    "given_text",
    "released_cells",
    "solution_text",
    "to_bytes",
]

Version = Literal["student", "solution"]

_MARKER = re.compile(r"^\s*(?:#\s*)?<(student|solution|end)>\s*$")
_STUDENT_LINE = re.compile(r"^(\s*)#\|(?: |$)(.*)$")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_NEXT = {"": ("student",), "student": ("solution",), "solution": ("end",)}
_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Versions:
    """A notebook as students get it, and its solution."""

    student: NotebookNode
    solution: NotebookNode


def build_notebooks(text: str) -> Versions:
    """Build both versions of a notebook from its source.

    Parameters
    ----------
    text : str
        A jupytext percent file as described above.

    Returns
    -------
    Versions
        Two valid notebooks (nbformat 4.5) without outputs.

    Raises
    ------
    LabError
        If markers are unpaired, a slot stands twice, or the header names no notebook.
    """
    name = _notebook_name(_read(text))
    cells = released_cells(text)
    return Versions(
        student=_notebook(name, cells, "student"), solution=_notebook(name, cells, "solution")
    )


def released_cells(text: str) -> tuple[ReleasedCell, ...]:
    """Return all cells of a notebook's source, in order, with both texts.

    Raises
    ------
    LabError
        As :func:`build_notebooks`.
    """
    source = _read(text)
    name = _notebook_name(source)
    cells: list[ReleasedCell] = []
    heading = ""
    for number, cell in enumerate(source.cells, start=1):
        slot = str(cell.metadata.get("slot", ""))
        cell_id = slot or f"{name}-{number:02d}"
        if cell_id in {c.id for c in cells}:
            raise LabError(f"{name}: der Platz {slot} steht zweimal in der Quelle.")
        kind: CellKind = "code" if cell.cell_type == "code" else "markdown"
        student = _version(cell.source, "student", kind, f"{name}, Zelle {cell_id}")
        solution = _version(cell.source, "solution", kind, f"{name}, Zelle {cell_id}")
        own = tuple(_headings(student)) if kind == "markdown" else ()
        cells.append(
            ReleasedCell(slot, kind, student, solution, own[0] if own else heading, cell_id)
        )
        heading = own[-1] if own else heading
    return tuple(cells)


def given_text(text: str) -> Mapping[str, str]:
    """Return, by slot, the text that students were given: theirs is what they add to it.

    See :func:`grader.selfcheck.description.given_by_slot`.
    """
    return given_by_slot(released_cells(text))


def solution_text(text: str) -> Mapping[str, str]:
    """Return, by slot, the reference solution's text."""
    return {c.slot: c.source_solution for c in released_cells(text) if c.slot}


def to_bytes(notebook: NotebookNode) -> bytes:
    """Return the .ipynb file's bytes: UTF-8, stable order of keys, a final line break."""
    writes: Any = nbformat.writes  # nbformat is typed in part only
    return (str(writes(notebook)).rstrip("\n") + "\n").encode("utf-8")


def _read(text: str) -> NotebookNode:
    notebook: NotebookNode = jupytext.reads(text, fmt="py:percent")
    return notebook


def _notebook_name(source: NotebookNode) -> str:
    name = source.metadata.get("grader", {}).get("notebook", "")
    if not name:
        raise LabError("Die Quelle nennt kein Notebook (jupyter: grader: notebook im Kopf).")
    return str(name)


def _notebook(name: str, cells: tuple[ReleasedCell, ...], version: Version) -> NotebookNode:
    v4: Any = nbformat.v4
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    notebook: NotebookNode = v4.new_notebook(
        metadata={
            "grader": {"notebook": name},
            "kernelspec": dict(_KERNELSPEC),
            "language_info": {"name": "python"},
        }
    )
    for cell in cells:
        metadata: dict[str, Any] = {"grader": {"slot": cell.slot}} if cell.slot else {}
        source = cell.source_student if version == "student" else cell.source_solution
        notebook.cells.append(make[cell.kind](source, id=cell.id, metadata=metadata))
    nbformat.validate(notebook)
    return notebook


def _version(source: str, version: Version, kind: CellKind, where: str) -> str:
    """Return one version's lines of a cell."""
    part, kept = "", []
    for line in source.splitlines():
        if marker := _MARKER.match(line):
            if marker[1] not in _NEXT[part]:
                raise LabError(f"{where}: die Marke <{marker[1]}> steht an falscher Stelle.")
            part = "" if marker[1] == "end" else marker[1]
        elif part == "student" and kind == "code":
            if not (student := _STUDENT_LINE.match(line)):
                raise LabError(f"{where}: Zeile für Studierende ohne '#|': {line.strip()!r}.")
            if version == "student":
                kept.append(student[1] + student[2])
        elif part in ("", version):
            kept.append(line)
    if part:
        raise LabError(f"{where}: nach <{part}> fehlt <{_NEXT[part][0]}>.")
    return "\n".join(kept).strip("\n")


def _headings(markdown: str) -> Iterator[str]:
    fenced = False
    for line in markdown.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (match := _HEADING.match(line)):
            yield match[1]
