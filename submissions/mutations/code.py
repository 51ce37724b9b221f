"""Mutations of the code itself that leave what it does: names, formatting, functions."""

from __future__ import annotations

import ast
import builtins
import keyword
import re

from nbformat import NotebookNode

from submissions.mutations.base import Marks, origins, parsed

__all__ = ["rename_variables", "reformat", "wrap_functions"]

Cells = list[NotebookNode]
_ANSWER = re.compile(r"#(?:\s*\w+[.,;:]?){5,}")


def rename_variables(cells: Cells, marks: Marks) -> Cells:
    """Give every variable of the notebook another name, in f-strings too."""
    trees = [(c, parsed(c)) for c in cells if c.cell_type == "code"]
    fixed = _fixed_names([c.source for c, t in trees if t is None])
    stored: dict[str, None] = {}
    for _, tree in trees:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stored[node.id] = None
            elif isinstance(node, (ast.arg, ast.alias, ast.FunctionDef, ast.ClassDef)):
                fixed |= _bound(node)
            elif isinstance(node, ast.ExceptHandler):
                fixed.add(node.name or "")
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                fixed |= set(node.names)
    names = {n: f"wert{i}" for i, n in enumerate((s for s in stored if s not in fixed), start=1)}
    for cell, tree in trees:
        if tree is not None:
            cell.source = _renamed(cell.source, tree, names)
    return cells


def reformat(cells: Cells, marks: Marks) -> Cells:
    """Write the code as another formatter would; cells that answer in comments stay."""
    for cell in cells:
        tree = parsed(cell)
        if tree is not None and not _ANSWER.search(cell.source) and tree.body:
            cell.source = ast.unparse(tree).replace("'", '"') if _plain(tree) else ast.unparse(tree)
    return cells


def wrap_functions(cells: Cells, marks: Marks) -> Cells:
    """Put each cell's code into a function with global variables, and call it."""
    for number, cell in enumerate(cells):
        tree = parsed(cell)
        if tree is None or _ANSWER.search(cell.source) or not _wraps(tree, cell.source):
            continue
        if set(origins(cell)) & marks.broken:
            continue
        names = sorted(_global_names(tree))
        body = list(tree.body)
        if isinstance(body[-1], ast.Expr):
            body[-1] = ast.Return(body[-1].value)
        lines = ast.unparse(ast.Module(body, [])).splitlines()
        head = [f"    global {', '.join(names)}"] if names else []
        name = f"schritt{number}"
        code = "\n".join([f"def {name}():", *head, *(f"    {line}" for line in lines)])
        cell.source = f"{code}\n\n\n{name}()"
    return cells


def _wraps(tree: ast.Module, source: str) -> bool:
    if not tree.body or "exec(" in source or '"""' in source or "'''" in source:
        return False
    nodes = list(ast.walk(tree))
    text = [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return not any("\n" in str(n.value) for n in text) and not any(
        isinstance(n, (ast.Global, ast.Nonlocal, ast.FunctionDef, ast.ClassDef, ast.ImportFrom))
        for n in nodes
    )


def _global_names(tree: ast.Module) -> set[str]:
    inner = {
        n.id
        for c in ast.walk(tree)
        if isinstance(c, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
        for g in c.generators
        for n in ast.walk(g.target)
        if isinstance(n, ast.Name)
    }
    stored = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    imported = {
        (a.asname or a.name).split(".")[0]
        for n in ast.walk(tree)
        if isinstance(n, ast.Import)
        for a in n.names
    }
    return (stored - inner) | imported


def _plain(tree: ast.Module) -> bool:
    """Tell whether single quotes can become double ones: no quotation mark inside a string."""
    return not any(
        isinstance(n, ast.JoinedStr)
        or (isinstance(n, ast.Constant) and isinstance(n.value, (str, bytes)) and _quoted(n.value))
        for n in ast.walk(tree)
    )


def _quoted(text: str | bytes) -> bool:
    return any(mark in str(text) for mark in ("'", '"', "\\"))


def _fixed_names(unparsed: list[str]) -> set[str]:
    words = {w for source in unparsed for w in re.findall(r"\w+", source)}
    return words | set(dir(builtins)) | set(keyword.kwlist) | {"tf", "np", "pd", "plt", "_"}


def _bound(node: ast.AST) -> set[str]:
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).split(".")[0]}
    return {getattr(node, "name", "")}


def _renamed(source: str, tree: ast.Module, names: dict[str, str]) -> str:
    """Replace names in place; where the source does not show them there, write it anew."""
    lines = [line.encode("utf-8") for line in source.split("\n")]
    spots = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in names]
    for node in sorted(spots, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        line, old = lines[node.lineno - 1], node.id.encode("utf-8")
        end = node.col_offset + len(old)
        if line[node.col_offset : end] != old:
            for spot in spots:
                spot.id = names[spot.id]
            return ast.unparse(tree)
        lines[node.lineno - 1] = line[: node.col_offset] + names[node.id].encode() + line[end:]
    return b"\n".join(lines).decode("utf-8")
