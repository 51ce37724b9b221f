"""Prints the attacks and the layers that must stop each: ``python -m tests.walls.table``."""

from __future__ import annotations

import sys

from tests.walls.attack import ALL, INNER, OUTER
from tests.walls.conftest import NOTEBOOKS, PROBES

__all__ = ["lines"]


def lines() -> list[str]:
    """A Markdown table; ``–``: not claimed, ``*``: gets through without walls (tested)."""
    found = ["| Attack | all | outer alone | inner alone |", "|---|---|---|---|"]
    for attack in (*PROBES, *NOTEBOOKS):
        marks = ["yes" if c in attack.holds else "–" for c in (ALL, OUTER, INNER)]
        star = "*" if getattr(attack, "control", False) else ""
        found.append(f"| {attack.name}{star} | {' | '.join(marks)} |")
    return found


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
