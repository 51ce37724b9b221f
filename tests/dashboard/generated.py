"""Results of a large cohort: real suggestions for real texts, the rest drawn."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path

from grader.checks.runner import half_points
from grader.checks.trial import try_answer
from grader.errors import UsageError
from grader.lab import CheckSpec, Lab
from grader.messages import problem
from grader.model import CheckResult, CheckStatus, Grade, Problem, TaskGrade

__all__ = ["grades"]

ANSWERS = Path(__file__).parents[1] / "cases" / "answers"
_MESSAGES: dict[CheckStatus, str] = {
    "passed": "Stimmt mit der Musterlösung überein.",
    "partial": "Ein Teil der Werte stimmt.",
    "failed": "Die Werte stimmen nicht überein.",
    "not_judged": "Die Zelle zu dieser Aufgabe wurde im Notebook nicht gefunden.",
}
_KINDS = ("cell_error", "renamed_notebook", "timeout", "uncertain_alignment", "outputs_differ")


def grades(lab: Lab, count: int, *, texts: int = 8, seed: int = 1) -> list[Grade]:
    """Make results of ``count`` groups.

    Parameters
    ----------
    texts : int
        So many different answers per question, each judged by its rubric.
    """
    drawn = random.Random(seed)  # noqa: S311 - not for secrets
    return [_grade(lab, f"gruppe{i:03d}", drawn, texts) for i in range(1, count + 1)]


def _grade(lab: Lab, name: str, drawn: random.Random, texts: int) -> Grade:
    strength = min(1.0, max(0.1, drawn.gauss(0.72, 0.18)))
    tasks = []
    for task in lab.tasks:
        results = [
            drawn.choice(suggested(lab, spec, texts))
            if spec.kind == "text"
            else _automatic(spec, strength, drawn)
            for spec in task.checks
        ]
        points = sum(r.points for r in results)
        tasks.append(TaskGrade(task.id, points, task.points, tuple(results)))
    problems: list[Problem] = []
    if drawn.random() < 0.3:
        kind = drawn.choice(_KINDS)
        problems.append(Problem(kind, f"Auffälligkeit {kind}.", "notebook1", 3))
    if drawn.random() < 0.05:
        problems.append(problem("missing_notebook", "notebook2"))
    return Grade(
        submission=name,
        lab=lab.id,
        points=sum(t.points for t in tasks),
        max_points=lab.max_points,
        status="needs_review",
        tasks=tuple(tasks),
        problems=tuple(problems),
        provenance={
            "seconds": round(drawn.uniform(40, 200), 1),
            "profile": "keras3",
            "task_seconds": {
                t.id: round(drawn.lognormvariate(1, 1), 2) for t in lab.tasks if t.notebook
            },
        },
    )


def _automatic(spec: CheckSpec, strength: float, drawn: random.Random) -> CheckResult:
    roll = drawn.random()
    status: CheckStatus = "passed" if roll < strength else "partial" if roll < 0.9 else "failed"
    if drawn.random() < 0.02:
        status = "not_judged"
    share = {"passed": 1.0, "partial": 0.5}.get(status, 0.0)
    return CheckResult(
        spec.id,
        status,
        half_points(share, spec.points),
        spec.points,
        1.0,
        _MESSAGES[status],
        {"expected": [0.25, 1.0], "found": [0.25, share], "rows": {"Alter": "richtig"}},
    )


@cache
def _texts(check: str) -> tuple[str, ...]:
    path = ANSWERS / f"{check}.toml"
    if not path.is_file():
        return ()
    return tuple(a["text"] for a in tomllib.loads(path.read_text("utf-8"))["answer"])


_SUGGESTED: dict[tuple[str, int], list[CheckResult]] = {}


def suggested(lab: Lab, spec: CheckSpec, texts: int) -> list[CheckResult]:
    """Suggestions for a few different answers to one question."""
    if (spec.id, texts) not in _SUGGESTED:
        _SUGGESTED[spec.id, texts] = [_judged(lab, spec, t) for t in _texts(spec.id)[:texts]] or [
            CheckResult(spec.id, "needs_review", spec.points, spec.points, 0.9, "Bitte ansehen.")
        ]
    return _SUGGESTED[spec.id, texts]


def _judged(lab: Lab, spec: CheckSpec, text: str) -> CheckResult:
    try:
        trial = try_answer(lab, spec.id, text)
    except UsageError:
        # A text task whose check reads more than a rubric.
        return CheckResult(
            spec.id, "needs_review", spec.points, spec.points, 0.5, "", {"answer": text}
        )
    found = trial.suggestion
    return CheckResult(
        spec.id,
        "needs_review",
        trial.points,
        spec.points,
        found.confidence,
        trial.said,
        found.details(),
    )
