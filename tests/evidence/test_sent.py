"""What is sent to the kernel: many files in one module, each after those that it uses."""

from __future__ import annotations

import ast
import types
from pathlib import Path

from grader.engine.setup import SENT


def source(module: types.ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def names(module: types.ModuleType) -> set[str]:
    """Names that a file gives a meaning of its own: no imports, no ``__all__``."""
    found = set()
    for node in ast.parse(source(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return found - {"__all__"}


def test_every_file_finds_what_it_uses_before_it() -> None:
    known: set[str] = set()
    for module in SENT:
        tree = ast.parse(source(module))
        used = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("grader.")
            for alias in node.names
        }
        assert used <= known, module.__name__
        known |= names(module)


def test_the_kernel_needs_no_grader() -> None:
    made = types.ModuleType("probe")
    for module in SENT:
        exec(compile(source(module), "<probe>", "exec"), made.__dict__)  # noqa: S102
    namespace = {"a": 1}
    probe = made.Probe(namespace, set(), {"array_bytes": 9, "seed": 1, "samples": 4, "folders": []})
    assert probe._look({})[1]["a"]["scalar"] == 1
    assert type(probe.guard) is made.Guard
