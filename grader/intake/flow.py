"""Which cell carries out what another one only defines."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from grader.model import Cell

__all__ = ["with_definitions"]

_DEFINES = (ast.FunctionDef, ast.Import, ast.ImportFrom)
# Deeply nested or huge code is nobody's work, and parsing it takes memory.
_LONGEST = 20_000


def with_definitions(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells with functions shown where they are called, as far as they do nothing else.

    Each cell begins with the functions of earlier cells that it calls: where a task's work was
    moved into functions, the cell that does it is then still recognised. A cell that holds nothing
    but imports and functions, some of them called by later cells, looks empty; one that also does
    something stays as it is.
    """
    trees = [_parsed(cell) for cell in cells]
    home: dict[str, int] = {}
    body: dict[str, str] = {}
    bare: set[int] = set()
    for position, tree in enumerate(trees):
        if tree is None:
            continue
        if all(isinstance(s, _DEFINES) for s in tree.body):
            bare.add(position)
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef):
                home[statement.name] = position
                body[statement.name] = (
                    ast.get_source_segment(cells[position].source, statement) or ""
                )
    found = list(cells)
    for position, tree in enumerate(trees):
        if tree is None or position in bare:
            continue
        called = [name for name in _called(tree) if home.get(name, position) < position]
        if called:
            parts = [*(body[name] for name in called), cells[position].source]
            found[position] = replace(found[position], source="\n\n".join(parts))
            for name in called:
                if home[name] in bare:
                    found[home[name]] = replace(found[home[name]], source="")
    return found


def _called(tree: ast.Module) -> list[str]:
    names = (
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    )
    return list(dict.fromkeys(names))


def _parsed(cell: Cell) -> ast.Module | None:
    if cell.kind != "code" or not cell.source.strip() or len(cell.source) > _LONGEST:
        return None
    try:
        tree = ast.parse(cell.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if tree.body else None
