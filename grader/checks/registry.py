"""Finds a lab's checks: every :class:`Check` in the modules of its folder ``checks``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from grader.checks.api import Check
from grader.errors import LabError
from grader.lab import Lab

__all__ = ["check_module", "load_checks"]


def load_checks(lab: Lab) -> dict[str, Check]:
    """Import ``<lab>/checks/*.py`` and return the checks found there, in the lab's order.

    The folder is imported as a package of its own name, so that its modules import each other
    relatively and two labs can be open at once.

    Raises
    ------
    LabError
        If a module cannot be imported, a check of ``lab.toml`` has no function, a function has no
        entry there, or one id is taken twice.
    """
    folder = lab.folder / "checks"
    found: dict[str, Check] = {}
    twice: set[str] = set()
    for module in _modules(lab):
        for value in vars(module).values():
            if isinstance(value, Check):
                if found.setdefault(value.id, value) is not value:
                    twice.add(value.id)
    faults = [f"Prüfung {i} hat zwei Funktionen" for i in sorted(twice)]
    faults += [f"Prüfung {i} hat keine Funktion" for i in lab.checks if i not in found]
    faults += [f"Prüfung {i} steht nicht in lab.toml" for i in found if i not in lab.checks]
    faults += [
        f"Prüfung {i} braucht die unbekannte Prüfung {need}"
        for i, check in found.items()
        for need in check.needs
        if need not in lab.checks
    ]
    if faults:
        raise LabError(f"{folder}: " + "; ".join(faults) + ".")
    return {i: found[i] for i in lab.checks}


def check_module(lab: Lab, name: str) -> ModuleType:
    """Import one module of the lab's folder ``checks``.

    Raises
    ------
    LabError
        If it cannot be imported.
    """
    folder = lab.folder / "checks"
    try:
        return importlib.import_module(f"{_package(folder)}.{name}")
    except LabError:
        raise
    except Exception as error:
        raise LabError(f"{folder / name}.py lässt sich nicht laden: {error!r}") from error


def _modules(lab: Lab) -> list[ModuleType]:
    names = sorted(p.stem for p in (lab.folder / "checks").glob("*.py"))
    return [check_module(lab, name) for name in names if name != "__init__"]


def _package(folder: Path) -> str:
    """Import the folder as a package under a name that only this path has."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    name = f"lab_checks_{digest}"
    if name in sys.modules:
        return name
    start = folder / "__init__.py"
    if not start.is_file():
        bare = ModuleType(name)
        bare.__path__ = [str(folder)]
        sys.modules[name] = bare
        return name
    spec = importlib.util.spec_from_file_location(
        name, start, submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise LabError(f"{start} lässt sich nicht laden.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise LabError(f"{start} lässt sich nicht laden: {error!r}") from error
    return name
