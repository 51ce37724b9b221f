"""What is installed here, and which walls stand."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grader.engine.wall import outer_wall_missing

__all__ = ["Finding", "examine"]

_NEEDED = {
    "nbclient": "führt Notebooks aus",
    "ipykernel": "der Kernel",
    "typst": "setzt das PDF",
    "pypandoc-binary": "liest Markdown mit Formeln",
    "tensorflow": "Pakete der Notebooks (Extra [lab])",
    "tf-keras": "Profil keras2 (Extra [lab])",
    "ipywidgets": "Schieberegler in Aufgabe 1b (Extra [lab])",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``grader doctor``; ``help`` says what to do where something is missing."""

    name: str
    state: Literal["ok", "missing", "note"]
    text: str
    help: str = ""


def examine() -> Iterator[Finding]:
    """Look at the machine; nothing is changed."""
    yield Finding("Python", "ok", f"{platform.python_version()} ({platform.system()})")
    for package, purpose in _NEEDED.items():
        try:
            version = importlib.metadata.version(package)
            yield Finding(package, "ok", f"{version}, {purpose}")
        except importlib.metadata.PackageNotFoundError:
            extra = "'grader[lab]'" if "[lab]" in purpose else package
            yield Finding(package, "missing", f"fehlt: {purpose}", f"pip install {extra}")
    missing = outer_wall_missing()
    if missing:
        help_text = "apt-get install bubblewrap" if "installiert" in missing else ""
        yield Finding("Außenwand", "missing", f"steht nicht: {missing}", help_text)
    else:
        yield Finding("Außenwand", "ok", "bubblewrap: Notebooks laufen ohne Netz und abgeschottet")
