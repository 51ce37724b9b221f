"""What is installed here, and which walls stand."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from grader.engine.standing import missing_layers

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

_LAYERS = {
    "outer": ("Außenwand", "bubblewrap, kein Netz, von diesem Rechner nur System und Daten"),
    "namespaces": ("Namensräume", "jeder Kernel sieht nur sich, mit ihm endet, was er startete"),
    "capabilities": ("Rechte", "keine Sonderrechte (capabilities), keine neuen"),
    "limits": ("Grenzen", "Arbeitsspeicher, Prozesse, Dateigröße (rlimits)"),
    "landlock": ("Landlock", "lesen nur System und Daten, schreiben nur im eigenen Ordner"),
    "seccomp": ("Systemaufrufe", "was kein Notebook braucht, schlägt fehl (seccomp)"),
}
_NAMESPACES_HELP = "sysctl kernel.unprivileged_userns_clone=1 oder user.max_user_namespaces erhöhen"


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
    missing = missing_layers()
    for layer, (name, purpose) in _LAYERS.items():
        reason = missing[layer]
        if not reason:
            yield Finding(name, "ok", f"steht: {purpose}")
        else:
            # Without the outer wall a cohort is refused; the others are depth.
            state: Literal["missing", "note"] = "missing" if layer == "outer" else "note"
            yield Finding(name, state, f"steht nicht: {reason}", _layer_help(layer, reason))
    yield _engine(missing)


def _layer_help(layer: str, reason: str) -> str:
    if layer == "outer":
        return "apt-get install bubblewrap" if "installiert" in reason else _NAMESPACES_HELP
    if layer == "seccomp" and "libseccomp" in reason:
        return "apt-get install libseccomp2"
    return {"namespaces": _NAMESPACES_HELP, "landlock": "Linux ab 5.13 mit Landlock"}.get(layer, "")


def _engine(missing: Mapping[str, str]) -> Finding:
    """How notebooks run here, as a consequence of the walls."""
    if not missing["namespaces"]:
        text = "warme Kernel: TensorFlow wird einmal geladen, jedes Notebook startet sofort"
        return Finding("Ausführung", "ok", text)
    text = "ein neuer Prozess je Notebook, einige Sekunden langsamer"
    return Finding("Ausführung", "note", text, _NAMESPACES_HELP)
