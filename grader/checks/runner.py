"""Runs checks in the order of their dependencies and sums their points.

A check that fails through our fault never stops the others and never costs points silently: it
becomes ``needs_review`` for a human.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from grader.checks.api import Check, Outcome
from grader.checks.context import Context, Side
from grader.checks.plain import plain_details
from grader.errors import LabError, NotJudged, UsageError
from grader.lab import CheckSpec, Lab, Task
from grader.model import CheckResult, Grade, GradeStatus, Problem, TaskGrade

__all__ = ["OUR_FAULT", "grade", "half_points", "run_checks"]

_LONGEST_MESSAGE = 1500
OUR_FAULT = (
    "Diese Prüfung konnte wegen eines Fehlers im Bewertungsprogramm nicht zu Ende geführt werden; "
    "die Betreuung sieht sie von Hand durch."
)


def run_checks(
    context: Context, checks: Mapping[str, Check], only_task: str | None = None
) -> tuple[CheckResult, ...]:
    """Run checks and return their results in the lab's order.

    Parameters
    ----------
    context : Context
        Both sides and the lab.
    checks : mapping of str to Check
        From :func:`grader.checks.registry.load_checks`.
    only_task : str, optional
        Only this task's checks are returned; what they depend on runs as well.

    Raises
    ------
    LabError
        If checks depend on each other in a circle or on an unknown check.
    UsageError
        If the lab has no task ``only_task``.
    """
    wanted = _wanted(context.lab, checks, only_task)
    results: dict[str, CheckResult] = {}
    for check_id in _order(checks, wanted):
        spec = context.lab.checks[check_id]
        results[check_id] = _run_one(context, checks[check_id], spec, results)
    return tuple(results[i] for i in wanted)


def grade(
    context: Context,
    checks: Mapping[str, Check],
    *,
    only_task: str | None = None,
    problems: Iterable[Problem] = (),
    provenance: Mapping[str, Any] | None = None,
) -> Grade:
    """Judge a submission: run the checks, sum up points, decide the status.

    Parameters
    ----------
    context, checks, only_task
        As in :func:`run_checks`.
    problems : iterable of Problem
        What the pipeline found besides those of the submission and of its runs.
    provenance : mapping, optional
        Goes into the grade as it is.

    Raises
    ------
    LabError, UsageError
        As :func:`run_checks`.
    """
    results = {r.id: r for r in run_checks(context, checks, only_task)}
    tasks = tuple(
        _task_grade(task, results)
        for task in context.lab.tasks
        if only_task is None or task.id == only_task
    )
    return Grade(
        submission=context.student.submission.id,
        lab=context.lab.id,
        points=sum(t.points for t in tasks),
        max_points=sum(t.max_points for t in tasks),
        status=_status(context.student, results.values()),
        tasks=tasks,
        problems=_problems(context.student, problems),
        provenance=dict(provenance or {}),
    )


def half_points(fraction: float, max_points: float, *, exact: bool = True) -> float:
    """Round ``fraction * max_points`` to the nearest half point.

    With ``exact=False`` (a partial result) the outcome stays below ``max_points`` and, for
    fractions over 0.1, above zero where half points allow it.
    """
    if not math.isfinite(fraction) or max_points <= 0:
        return 0.0
    points = math.floor(min(max(fraction, 0.0), 1.0) * max_points * 2 + 0.5) / 2
    if not exact:
        if fraction > 0.1:
            points = max(points, 0.5)
        points = min(points, math.ceil(max_points * 2 - 1) / 2)
    return min(max(points, 0.0), max_points)


def _wanted(lab: Lab, checks: Mapping[str, Check], only_task: str | None) -> list[str]:
    if only_task is not None and only_task not in {t.id for t in lab.tasks}:
        known = ", ".join(t.id for t in lab.tasks)
        raise UsageError(f"Das Labor kennt keine Aufgabe {only_task!r}; es gibt: {known}.")
    tasks = [t for t in lab.tasks if only_task is None or t.id == only_task]
    return [c.id for t in tasks for c in t.checks if c.id in checks]


def _order(checks: Mapping[str, Check], wanted: list[str]) -> list[str]:
    graph: dict[str, tuple[str, ...]] = {}
    waiting = list(wanted)
    while waiting:
        check_id = waiting.pop(0)
        if check_id in graph:
            continue
        if check_id not in checks:
            raise LabError(f"Eine Prüfung braucht die unbekannte Prüfung {check_id}.")
        graph[check_id] = checks[check_id].needs
        waiting.extend(checks[check_id].needs)
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise LabError(f"Prüfungen brauchen einander im Kreis: {circle}.") from error


def _run_one(
    context: Context, check: Check, spec: CheckSpec, results: Mapping[str, CheckResult]
) -> CheckResult:
    for need in check.needs:
        if results[need].status in ("failed", "not_judged"):
            return _blocked(spec, context.lab.checks[need], results[need])
    try:
        with np.errstate(all="ignore"):
            outcome = check(context)
        return _result(spec, outcome)
    except NotJudged as reason:
        text = str(reason) or "Hier war nichts zu beurteilen."
        return CheckResult(spec.id, "not_judged", 0.0, spec.points, 1.0, text[:_LONGEST_MESSAGE])
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        details = {
            "error": f"{type(error).__name__}: {error}",
            "where": f"{last.name}, line {last.lineno}: {last.line}",
        }
        return CheckResult(
            spec.id, "needs_review", 0.0, spec.points, 0.0, OUR_FAULT, plain_details(details)
        )


def _blocked(spec: CheckSpec, need: CheckSpec, result: CheckResult) -> CheckResult:
    why = "noch nicht richtig ist" if result.status == "failed" else "nicht beurteilt werden konnte"
    message = f"Nicht beurteilt, weil „{need.title}“ ({need.id}) {why}."
    return CheckResult(spec.id, "not_judged", 0.0, spec.points, 1.0, message, {"needs": need.id})


def _result(spec: CheckSpec, outcome: Outcome) -> CheckResult:
    exact = outcome.status != "partial"
    fraction = {"passed": 1.0, "failed": 0.0, "not_judged": 0.0}.get(
        outcome.status, float(outcome.fraction)
    )
    confidence = float(outcome.confidence)
    return CheckResult(
        spec.id,
        outcome.status,
        half_points(fraction, spec.points, exact=exact),
        spec.points,
        min(max(confidence, 0.0), 1.0) if math.isfinite(confidence) else 0.0,
        str(outcome.message).strip()[:_LONGEST_MESSAGE],
        plain_details(outcome.details),
    )


def _task_grade(task: Task, results: Mapping[str, CheckResult]) -> TaskGrade:
    held = tuple(results[c.id] for c in task.checks if c.id in results)
    return TaskGrade(task.id, sum(r.points for r in held), task.points, held)


def _status(student: Side, results: Iterable[CheckResult]) -> GradeStatus:
    held = list(results)
    ran = any(
        cell.status in ("ok", "error")
        for run in student.evidence.notebooks.values()
        for cell in run.cells
    )
    answered = any(text.strip() for text in student.submission.answers.values())
    reviews = any(r.status == "needs_review" for r in held)
    if not ran and not answered and not reviews and not any(r.points for r in held):
        return "not_gradable"
    return "needs_review" if reviews else "graded"


def _problems(student: Side, others: Iterable[Problem]) -> tuple[Problem, ...]:
    runs = student.evidence.notebooks.values()
    found = [*student.submission.problems, *(p for run in runs for p in run.problems), *others]
    return tuple(dict.fromkeys(found))
