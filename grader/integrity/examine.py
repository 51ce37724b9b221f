"""One look at a submission before it is judged: what does not count is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.checks.context import Side
from grader.integrity.addressed import addressed
from grader.integrity.hidden import visible_side
from grader.integrity.noticed import noticed, without_late_variables
from grader.integrity.stored import differences
from grader.messages import problem
from grader.model import Problem

__all__ = ["Examined", "examine"]


@dataclass(frozen=True)
class Examined:
    """A submission as it is judged.

    Attributes
    ----------
    side : Side
        Without hidden text and without variables that were set after their cell.
    problems : tuple of Problem
        What was seen, as observations.
    outputs : mapping of str to list
        By notebook: cells whose stored outputs differ, with the beginnings of both.
    """

    side: Side
    problems: tuple[Problem, ...] = ()
    outputs: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


def examine(side: Side) -> Examined:
    """Look at a submission's texts, at what the probe noted, and at its stored outputs."""
    seen, hidden = visible_side(side)
    outputs: dict[str, list[dict[str, Any]]] = {}
    problems = [*noticed(side), *hidden, *addressed(side)]
    for name, run in side.evidence.notebooks.items():
        notebook = side.submission.notebooks.get(name)
        found = differences(notebook, run) if notebook is not None else ()
        if found:
            outputs[name] = [asdict(d) for d in found]
            cells = ", ".join(str(d.cell + 1) for d in found)
            cells = f"Zelle {cells}" if len(found) == 1 else f"den Zellen {cells}"
            first = found[0].cell if len(found) == 1 else None
            problems.append(problem("outputs_differ", name, first, cells=cells))
    return Examined(without_late_variables(seen), tuple(problems), outputs)
