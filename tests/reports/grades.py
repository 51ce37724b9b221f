"""Grades of the reference lab made by hand, tame and hostile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.lab import Lab
from grader.messages import problem
from grader.model import CheckResult, CheckStatus, Grade, Problem, TaskGrade

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script>"


def reference_lab() -> Lab:
    """Return the lab of this checkout."""
    return Lab.load(ROOT / "reference")


def grade(
    lab: Lab,
    name: str,
    shares: Mapping[str, float] | None = None,
    *,
    message: str = "Zwei von drei Werten stimmen.",
    details: Mapping[str, Any] | None = None,
    problems: tuple[Problem, ...] = (),
    skip: str = "",
    seconds: float = 12.0,
) -> Grade:
    """Make a grade: full points but for the checks in ``shares``; task ``skip`` is not judged."""
    tasks = []
    for task in lab.tasks:
        results = []
        for spec in task.checks:
            share = (shares or {}).get(spec.id, 1.0)
            status: CheckStatus = "partial" if 0 < share < 1 else "passed" if share else "failed"
            if spec.kind == "text":
                status = "needs_review"
            if task.id == skip:
                status, share = "not_judged", 0.0
            results.append(
                CheckResult(
                    spec.id,
                    status,
                    share * spec.points,
                    spec.points,
                    0.9,
                    message,
                    details or {},
                )
            )
        points = sum(r.points for r in results)
        tasks.append(TaskGrade(task.id, points, task.points, tuple(results)))
    return Grade(
        submission=name,
        lab=lab.id,
        points=sum(t.points for t in tasks),
        max_points=lab.max_points,
        status="needs_review",
        tasks=tuple(tasks),
        problems=problems,
        provenance={"seconds": seconds},
    )


def cohort(lab: Lab) -> list[Grade]:
    """Four submissions: good, middling, with a missing notebook, hostile."""
    missing = problem("missing_notebook", "notebook2")
    return [
        grade(lab, "gruppe01", seconds=100.0),
        grade(lab, "gruppe02", {"1a.probe": 0.5, "2a.values": 0.75, "3b.heatmaps": 0.0}),
        grade(lab, "gruppe03", {"3b.heatmaps": 0.0}, problems=(missing,), skip="2a"),
        grade(lab, f"=1+1 {HOSTILE} $\\frac{{x}}$ 猫\n", message=f"Gefunden: {HOSTILE} & \x00"),
    ]
