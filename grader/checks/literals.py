"""Numbers that are typed into code instead of being calculated."""

from __future__ import annotations

import ast

__all__ = ["is_typed"]

_MAKERS = {
    "array", "asarray", "asanyarray", "constant", "convert_to_tensor", "float32", "float64", "list",
    "matrix", "reshape", "astype", "tuple", "Variable",
}  # fmt: skip


def is_typed(source: str, name: str) -> bool:
    """Tell whether the last assignment to ``name`` in a cell consists of written numbers only."""
    plain = "\n".join("" if line.lstrip()[:1] in "%!" else line for line in source.split("\n"))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    values = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    ]
    return bool(values) and _literal(values[-1])


def _literal(node: ast.expr, depth: int = 0) -> bool:
    if depth > 20:
        return False
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.List | ast.Tuple):
        return all(_literal(e, depth + 1) for e in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _literal(node.operand, depth + 1)
    if isinstance(node, ast.BinOp):
        return _literal(node.left, depth + 1) and _literal(node.right, depth + 1)
    if isinstance(node, ast.Call) and not node.keywords[1:]:
        # np.array([...]), tf.constant([...]), np.array([...]).reshape(3, 1)
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        owner = function.value if isinstance(function, ast.Attribute) else None
        known = owner is None or isinstance(owner, ast.Name) or _literal(owner, depth + 1)
        return name in _MAKERS and known and bool(node.args) and all(_literal(a) for a in node.args)
    return False
