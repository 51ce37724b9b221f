"""What a module offers is named, exists, is described, and is used."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
# Nothing to offer: an entry point, Alembic's scripts (run by path).
WITHOUT_NAMES = ("grader.__main__", "grader.gradebook.migrations")


def module_names() -> list[str]:
    found = []
    for path in sorted((ROOT / "grader").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [n for n in found if not n.startswith(WITHOUT_NAMES)]


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


def is_package(module: ModuleType) -> bool:
    return Path(str(module.__file__)).name == "__init__.py"


def defined_here(module: ModuleType) -> dict[str, object]:
    """Public classes and functions that the module itself defines."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    }


@cache
def words() -> dict[Path, Counter[str]]:
    """How often each name stands in each source and document."""
    folders = ("grader", "reference", "tests", "data/build", "submissions/build", "benchmarks")
    paths = [p for f in folders for p in (ROOT / f).rglob("*.py")]
    paths += (ROOT / "docs").glob("*.md")
    return {p: Counter(re.findall(r"\w+", p.read_text(encoding="utf-8"))) for p in paths}


@pytest.mark.parametrize("name", module_names())
def test_a_module_says_what_it_is(name: str) -> None:
    assert (load(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", module_names())
def test_all_is_complete_sorted_and_true(name: str) -> None:
    module = load(name)
    if is_package(module) and not defined_here(module) and not re_exported(module):
        return
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    offered = list(module.__all__)
    assert len(offered) == len(set(offered))
    assert [n for n in offered if not hasattr(module, n)] == []
    expected = set(re_exported(module)) if is_package(module) else set()
    assert expected <= set(offered)


def re_exported(module: ModuleType) -> list[str]:
    """Names that a package takes from its own modules."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    return [
        alias.asname or alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{module.__name__}.")
        for alias in node.names
    ]


@pytest.mark.parametrize("name", module_names())
def test_what_is_offered_has_a_docstring(name: str) -> None:
    module = load(name)
    bare = []
    protocols = [v for v in vars(module).values() if getattr(v, "_is_protocol", False)]
    promised = {m for p in protocols for m in vars(p) if not undescribed_methods(p)}
    for item in getattr(module, "__all__", []):
        value = getattr(module, item)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        if not (inspect.getdoc(value) or "").strip():
            bare.append(item)
        if inspect.isclass(value) and value.__module__ == name:
            # What a protocol beside it describes needs no second description.
            bare += [f"{item}.{m}" for m in undescribed_methods(value) if m not in promised]
    assert bare == []


def undescribed_methods(cls: type) -> list[str]:
    public = {n: v for n, v in vars(cls).items() if not n.startswith("_")}
    return [
        n
        for n, v in public.items()
        if (inspect.isfunction(v) or isinstance(v, (property, classmethod, staticmethod)))
        and not (inspect.getdoc(getattr(v, "__func__", v)) or "").strip()
    ]


@pytest.mark.parametrize("name", module_names())
def test_what_is_offered_is_used(name: str) -> None:
    module = load(name)
    own = Path(str(module.__file__))
    unused = []
    for item in getattr(module, "__all__", []):
        elsewhere = any(found[item] for path, found in words().items() if path != own)
        # A type that a function of this module returns is used through that function.
        if not elsewhere and words()[own][item] < 3:
            unused.append(item)
    assert unused == []
