"""What a person should look through first: suggestions in the order of their confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import CheckResult, Grade

__all__ = ["MOST_REVIEWS", "Review", "reviews"]

MOST_REVIEWS = 60
"""So many suggestions are listed; the others are surer."""


@dataclass(frozen=True)
class Review:
    """One suggestion that waits for a person."""

    submission: str
    check: str
    points: float
    max_points: float
    confidence: float
    reasons: tuple[str, ...]


def reviews(grades: Sequence[Grade], most: int = MOST_REVIEWS) -> list[Review]:
    """Return what waits for a person, the least certain first.

    Of the same confidence those come first that stand to lose most: few points on many.
    """
    waiting = [
        Review(g.submission, c.id, c.points, c.max_points, c.confidence, _reasons(c))
        for g in grades
        for t in g.tasks
        for c in t.checks
        if c.status == "needs_review"
    ]
    waiting.sort(key=lambda r: (r.confidence, r.points - r.max_points, r.submission, r.check))
    return waiting[:most]


def _reasons(result: CheckResult) -> tuple[str, ...]:
    """Return the labels of the flags that the check raised."""
    flags = result.details.get("flags", [])
    if not isinstance(flags, list):
        return ()
    return tuple(str(f["label"]) for f in flags if isinstance(f, dict) and f.get("label"))
