"""Prints every attempt and what it got: ``python -m tests.gaming.table``.

``before`` are the points that the checks alone would give for the checks that must give nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from grader.integrity import examine
from grader.model import NotebookEvidence
from tests.gaming.conftest import KERNEL, play
from tests.gaming.scene import Judged, side_of
from tests.gaming.texts import TEXTS

__all__ = ["lines"]


def lines(played: dict[str, Judged]) -> list[str]:
    """A Markdown table; honest work has no checks that must give nothing."""
    found = ["| Attempt | before | after | problems |", "|---|---|---|---|"]
    for attempt in KERNEL:
        judged = played[attempt.name]
        wanted = attempt.nothing or attempt.whole
        before, after = (
            f"{sum(g.check(i).points for i in wanted):g} of "
            f"{sum(g.check(i).max_points for i in wanted):g}"
            for g in (judged.before, judged.after)
        )
        kinds = sorted({p.kind for p in judged.after.problems})
        found.append(f"| {attempt.name} | {before} | {after} | {', '.join(kinds)} |")
    for attempt in TEXTS:
        problems = examine(side_of(attempt, NotebookEvidence("notebook1"))).problems
        kinds = sorted({p.kind for p in problems})
        found.append(f"| {attempt.name} | | 0 | {', '.join(kinds)} |")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write("\n".join(lines(play(Path(folder)))) + "\n")
