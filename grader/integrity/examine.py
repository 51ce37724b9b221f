"""One look at a submission before it is judged: what does not count is left out, and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.checks.context import Side
from grader.integrity.addressed import addressed
from grader.integrity.hidden import visible_side
from grader.integrity.noticed import noticed, without_late_variables
from grader.integrity.stored import Difference, differences
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
    """Look at a submission's texts, at what the probe noted, and at its stored outputs.

    A look that fails through our fault is named and takes nothing away.
    """
    problems: list[Problem] = []
    outputs: dict[str, list[dict[str, Any]]] = {}

    def stored() -> None:
        for name in side.evidence.notebooks:
            if found := _stored(side, name):
                outputs[name] = [asdict(d) for d in found]
                problems.append(_stored_problem(name, found))

    judged = [side]

    def visible() -> None:
        seen, hidden = visible_side(without_late_variables(side))
        judged.append(seen)
        problems.extend(hidden)

    looks: tuple[tuple[str, Callable[[], None]], ...] = (
        ("noticed", lambda: problems.extend(noticed(side))),
        ("hidden", visible),
        ("addressed", lambda: problems.extend(addressed(side))),
        ("stored", stored),
    )
    for name, look in looks:
        try:
            look()
        except Exception:
            problems.append(problem("check_error", check=f"integrity.{name}"))
    return Examined(judged[-1], tuple(problems), outputs)


def _stored(side: Side, name: str) -> tuple[Difference, ...]:
    notebook = side.submission.notebooks.get(name)
    return differences(notebook, side.evidence.notebooks[name]) if notebook is not None else ()


def _stored_problem(name: str, found: tuple[Difference, ...]) -> Problem:
    cells = ", ".join(str(d.cell + 1) for d in found)
    if len(found) == 1:
        return problem("outputs_differ", name, found[0].cell, cells=f"Zelle {cells}")
    return problem("outputs_differ", name, cells=f"den Zellen {cells}")
