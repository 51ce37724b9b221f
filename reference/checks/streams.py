"""Trainings of task 1c whose images arrive as a stream (``tf.data.Dataset``, a generator).

What went into such a training is not recorded. Its source says from which variables the stream is
made; what these variables held is known from other calls and from the evidence.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from grader.checks import Context, Side
from grader.evidence.rows import row_digests
from grader.model import ArrayInfo, Call, Value

from .digit_data import MAIN, TASK, rows_of

__all__ = ["is_stream", "loop_names_test_data", "names_test_data", "streamed_rows"]

_PIXELS = 28 * 28
_LIBRARIES = {"tf", "np", "keras", "tensorflow", "numpy", "len", "int", "float", "range", "min"}
_MOST_NAMES = 40
_LEARNING = ("fit", "train_on_batch", "trainable_variables", "trainable_weights")
_ASKING = ("predict", "predict_on_batch", "evaluate", "imshow")


def is_stream(call: Call) -> bool:
    """Tell whether a training got something else than an array or a list."""
    x = call.args.get("x")
    return x is None or x.kind == "other"


def streamed_rows(ctx: Context, call: Call) -> NDArray[np.uint64] | None:
    """Row hashes of all images in the variables that a training's stream is made of.

    Returns
    -------
    ndarray of shape (n,) or None
        None if the source does not lead to variables whose content is known: then nobody knows.
    """
    side = ctx.student
    source = _source_of(side, call)
    stream = _first_argument(source) if source is not None else None
    if source is None or stream is None:
        return None
    made = _assignments(source)
    found: list[NDArray[np.uint64]] = []
    state = side.state(MAIN if any(c is call for c in side.calls(MAIN, "fit")) else TASK)
    waiting, seen = list(_names(stream)), set[str]()
    while waiting and len(seen) < _MOST_NAMES:
        name = waiting.pop()
        if name in seen or name in _LIBRARIES:
            continue
        seen.add(name)
        expressions = made.get(name, [])
        value = state.get(name)
        if value is not None and value.array is not None:
            if _is_images(value.array):
                rows = _content(ctx, value)
                if rows is None:
                    return None
                found.append(rows)
        elif len(expressions) == 1:
            waiting += _names(expressions[0])
        elif value is None or value.kind != "scalar":
            return None  # A function's argument, a name made twice, something of another kind.
    return np.concatenate(found) if found else None


def names_test_data(side: Side, call: Call) -> bool:
    """Tell whether the cell of a training names test images anywhere but in asking.

    Where nobody can tell because it is not readable or trains nowhere, they are taken to be named.
    """
    tree = _source_of(side, call, alone=True)
    return tree is None or _first_argument(tree) is None or _names_tests(tree)


def loop_names_test_data(source: str) -> bool:
    """Tell the same of cells that train in a loop of their own."""
    tree = _parsed(source)
    return tree is None or _names_tests(tree)


def _names_tests(tree: ast.Module) -> bool:
    taught = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and _is_tape(block)
        for node in ast.walk(block)
    }
    networks = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.attr in _LEARNING
    }
    asked = {
        id(node)
        for c in ast.walk(tree)
        if isinstance(c, ast.Call) and id(c) not in taught
        # A network may be asked as a function, too.
        if _called(c) in _ASKING or (isinstance(c.func, ast.Name) and c.func.id in networks)
        for node in ast.walk(c)
    }
    return any(
        isinstance(node, ast.Name) and "test" in node.id.lower() and id(node) not in asked
        for node in ast.walk(tree)
    )


def _is_tape(block: ast.With) -> bool:
    return any(
        "GradientTape" in (getattr(node, "attr", ""), getattr(node, "id", ""))
        for node in ast.walk(block.items[0])
    )


def _parsed(source: str) -> ast.Module | None:
    # Without IPython's own lines.
    try:
        return ast.parse(re.sub(r"(?m)^\s*[%!?].*$", "", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _source_of(side: Side, call: Call, *, alone: bool = False) -> ast.Module | None:
    """Parse the cells of the task up to the one that trains, or that one ``alone``."""
    parts: list[str] = []
    for cell in side.cells(TASK):
        parts.append(cell.source)
        if any(c is call for c in cell.calls):
            return _parsed("\n".join(parts[-1:] if alone else parts))
    return None


def _first_argument(tree: ast.Module) -> ast.expr | None:
    """What the last fit in the source is given as x."""
    calls = [c for c in ast.walk(tree) if isinstance(c, ast.Call) and _called(c) == "fit"]
    if not calls:
        return None
    last = max(calls, key=lambda c: c.lineno)
    if last.args:
        return last.args[0]
    return next((k.value for k in last.keywords if k.arg == "x"), None)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _assignments(tree: ast.Module) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        found.setdefault(part.id, []).append(node.value)
    return found


def _names(expression: ast.expr) -> Iterator[str]:
    bound = {
        argument.arg
        for node in ast.walk(expression)
        if isinstance(node, ast.Lambda)
        for argument in node.args.args
    }
    for node in ast.walk(expression):
        if isinstance(node, ast.Name) and node.id not in bound:
            yield node.id


def _is_images(info: ArrayInfo) -> bool:
    return len(info.shape) > 1 and math.prod(info.shape[1:]) == _PIXELS


def _content(ctx: Context, value: Value) -> NDArray[np.uint64] | None:
    """Row hashes of a variable: from its data if kept, else from a call that got the same array."""
    info = value.array
    held = ctx.student.array(TASK, info)
    if held is not None:
        found: NDArray[np.uint64] = row_digests(held)
        return found
    for side in (ctx.student, ctx.reference):
        for call in side.calls(TASK, "fit", "predict", "evaluate"):
            given = call.args.get("x")
            if given is None or given.array is None or info is None:
                continue
            if (given.array.digest, given.array.shape) == (info.digest, info.shape):
                return rows_of(side, given)
    return None
