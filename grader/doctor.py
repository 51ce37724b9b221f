"""What is installed here, and which walls stand."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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
    yield _bubblewrap()


def _bubblewrap() -> Finding:
    path = shutil.which("bwrap")
    if path is None:
        return Finding(
            "bubblewrap",
            "missing",
            "fehlt: Notebooks laufen ohne Schutzwand mit den Rechten dieses Kontos",
            "apt-get install bubblewrap",
        )
    try:
        subprocess.run(  # noqa: S603 - fixed arguments
            [path, "--ro-bind", "/", "/", "--unshare-all", "true"],
            check=True,
            capture_output=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return Finding("bubblewrap", "note", "vorhanden, aber Namensräume sind hier gesperrt")
    return Finding("bubblewrap", "ok", "vorhanden, Namensräume stehen")
