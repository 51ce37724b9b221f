"""A working folder as students have it: the smallest lab's kit, with or without work in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.exchange.kit import write_kit
from grader.lab import Lab

MINI = Path(__file__).parents[1] / "cases" / "minilab"
PARTICULARS = """\
[protokoll]
teilnehmer = ["Erika Muster"]
gruppe = "7"
betreuer = "Dr. Probe"
versuchsdatum = "2026-05-12"
"""

__all__ = ["MINI", "PARTICULARS", "change", "done", "mini_kit"]


def mini_kit(folder: Path) -> Path:
    """Write the kit and return the folder that a group works in."""
    write_kit(Lab.load(MINI), folder)
    return folder / "abgabe"


def done(work: Path) -> Path:
    """Do the work: right code, its outputs as Jupyter saves them, an answer, names."""
    change(work, "a-mean", source="mittelwert = werte.mean()\nprint('Mittelwert:', mittelwert)")
    change(work, "b-sum", source="summe = werte.sum()\nprint('Summe:', summe)")
    answer = "## 1. Was?\n\nDie Summe der Werte geteilt durch ihre Zahl.\n"
    (work / "kontrollfragen.md").write_text(answer, encoding="utf-8")
    (work / "protokoll.toml").write_text(PARTICULARS, encoding="utf-8")
    for count, slot in enumerate(("u-setup", "a-mean", "b-sum"), start=1):
        change(work, slot, execution_count=count)
    return work


def change(work: Path, slot: str, **fields: Any) -> None:
    """Change a cell of the notebook by its id."""
    path = work / "uebung.ipynb"
    tree = json.loads(path.read_text("utf-8"))
    next(c for c in tree["cells"] if c["id"] == slot).update(fields)
    path.write_text(json.dumps(tree), encoding="utf-8")
