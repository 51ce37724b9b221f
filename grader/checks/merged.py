"""Cells that hold several tasks and could not be divided: what is not found there may have been.

Between the tasks of such a cell no evidence was taken; a value of the one may be overwritten by the
other. What is found counts; what is not found there, nobody can judge.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace

from grader.checks.api import Check, Outcome
from grader.checks.context import Context, Side
from grader.errors import NotJudged
from grader.lab import Lab
from grader.messages import problem
from grader.model import Problem

__all__ = ["forbearing", "undivided_tasks"]

_WHY = (
    "Die Zelle enthält mehrere Aufgaben und ließ sich nicht in sie teilen; Zwischenergebnisse "
    "können darin überschrieben sein. Die Betreuung sieht sie sich an."
)


def undivided_tasks(side: Side) -> dict[str, str]:
    """Return the tasks, with their notebooks, whose code shares a cell with another task's.

    Only where nobody knows which statements are theirs.
    """
    found: dict[str, str] = {}
    for name, alignment in side.evidence.alignments.items():
        for placement in alignment.placements:
            slots = [side.lab.slot_by_id[s] for s in placement.slots]
            tasks = {s.id: s.task for s in slots if s.kind == "code"}
            apart = {s for part in placement.parts for s in part.slots}
            if len(set(tasks.values())) > 1:
                found |= {task: name for slot, task in tasks.items() if slot not in apart}
    return found


def forbearing(
    checks: Mapping[str, Check], lab: Lab, tasks: Mapping[str, str], problems: list[Problem]
) -> Mapping[str, Check]:
    """Make automatic checks of these tasks not judge what they would call failed.

    Parameters
    ----------
    checks : mapping of str to Check
    lab : Lab
    tasks : mapping of str to str
        Of :func:`undivided_tasks`.
    problems : list of Problem
        Gets what was seen, while the checks run.
    """
    found = dict(checks)
    for task in lab.tasks:
        if task.id in tasks:
            title = f"Aufgabe {task.id}"
            said = problem("uncertain_alignment", tasks[task.id], title=title)
            for spec in task.checks:
                if spec.kind == "auto":
                    found[spec.id] = _forbearing(checks[spec.id], said, problems)
    return found


def _forbearing(check: Check, said: Problem, problems: list[Problem]) -> Check:
    @functools.wraps(check.function)
    def function(context: Context) -> Outcome:
        outcome = check.function(context)
        if outcome.status == "failed":
            if said not in problems:
                problems.append(said)
            raise NotJudged(_WHY)
        return outcome

    return replace(check, function=function)
