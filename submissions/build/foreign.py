"""A notebook of another lab, handed in by mistake."""

from __future__ import annotations

from typing import Any

import nbformat

from grader.exchange.source import to_bytes
from submissions.build.damage import new_cell

__all__ = ["FOREIGN"]

_CELLS = (
    ("markdown", "# Statistik, Übung 4\n\nBerechnen Sie Mittelwert und Median der Wartezeiten."),
    ("code", "wartezeiten = [12, 7, 31, 18, 4, 25]\nsorted(wartezeiten)"),
    ("code", "mittelwert = sum(wartezeiten) / len(wartezeiten)\nmittelwert"),
    ("markdown", "Der Median liegt unter dem Mittelwert, die Verteilung ist rechtsschief."),
)


def _foreign() -> bytes:
    v4: Any = nbformat.v4
    notebook = v4.new_notebook(metadata={"language_info": {"name": "python"}})
    notebook.cells = [new_cell(kind, source, "foreign") for kind, source in _CELLS]
    return to_bytes(notebook)


FOREIGN = _foreign()
