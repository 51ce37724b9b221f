"""Grades made by hand, for tests of the gradebook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.gradebook import Gradebook
from grader.lab import Lab
from grader.model import CheckResult, Grade, Problem, TaskGrade

LAB = Lab.load(Path(__file__).parents[2] / "reference")


def grade(name: str = "gruppe01", points: float = 3.0, message: str = "Größe") -> Grade:
    """A text that waits with ``points`` of 5, and a value that passed with 1 of 1."""
    suggestion = {
        "x": [1, None, "ä"],
        "concepts": [{"id": "summe", "label": "Summe", "share": 0.5, "quotes": ["x"]}],
        "misconceptions": [{"id": "linear", "label": "bleibt linear", "quote": "y"}],
    }
    checks = (
        CheckResult("1a.hand", "needs_review", points, 5.0, 0.5, message, suggestion),
        CheckResult("1a.probe", "passed", 1.0, 1.0),
    )
    return Grade(
        submission=name,
        lab=LAB.id,
        points=points + 1,
        max_points=6.0,
        status="needs_review",
        tasks=(TaskGrade("1a", points + 1, 6.0, checks),),
        problems=(Problem("timeout", "Zelle 4 lief zu lange.", "notebook1", 3),),
        provenance={"seconds": 1.5, "profile": "keras3"},
    )


def filled(book: Gradebook, *names: str) -> tuple[int, dict[str, int]]:
    """Record a grade for each name; return the cohort's id and the groups' ids."""
    book.record(LAB, [grade(name) for name in names or ("gruppe01",)])
    cohort = book.cohort(LAB.id).id
    return cohort, {group.name: group.id for group in book.groups(cohort)}


def better(given: Grade) -> Grade:
    """The same grade with another provenance only."""
    return replace(given, provenance={"seconds": 99.0})
