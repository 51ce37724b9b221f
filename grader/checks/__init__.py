"""Checks: decorated functions that compare a student's evidence with the reference's."""

from grader.checks.api import Check, Outcome, check, failed, partial, passed, review
from grader.checks.context import Context, Side

__all__ = [
    "Check",
    "Context",
    "Outcome",
    "Side",
    "check",
    "failed",
    "partial",
    "passed",
    "review",
]
