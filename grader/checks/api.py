"""How a check is written.

A check is a function of one :class:`~grader.checks.context.Context` under the decorator
:func:`check`. The first paragraph of its docstring is the German sentence that says what is
looked at. It returns an :class:`Outcome` from :func:`passed`, :func:`partial`, :func:`failed` or
:func:`review`, or raises :class:`~grader.errors.NotJudged` where it cannot look.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grader.checks.context import Context
from grader.model import CheckStatus

__all__ = ["Check", "Outcome", "check", "failed", "partial", "passed", "review"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check returns.

    Attributes
    ----------
    fraction : float
        Share of the check's points in [0, 1]; rounded to half points by the runner.
    message : str
        One or two German sentences for the student: what was found and what kind of answer is
        expected, never the expected value itself.
    confidence : float
        In [0, 1]; low values are reviewed first.
    details : dict
        Plain JSON: what was found, per item. May name expected values.
    """

    status: CheckStatus
    fraction: float
    message: str
    confidence: float = 1.0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check: its id, function and the checks it depends on."""

    id: str
    function: Callable[[Context], Outcome]
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """First paragraph of the docstring on one line."""
        doc = inspect.getdoc(self.function) or ""
        return " ".join(doc.split("\n\n", 1)[0].split())

    def __call__(self, context: Context) -> Outcome:
        return self.function(context)


def check(
    check_id: str, *, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Context], Outcome]], Check]:
    """Make a function the lab's check ``check_id``.

    Parameters
    ----------
    check_id : str
        As in ``lab.toml``.
    needs : tuple of str
        Checks that must not have failed or been left unjudged; otherwise this one is
        ``not_judged`` and names them.
    """

    def register(function: Callable[[Context], Outcome]) -> Check:
        if not inspect.getdoc(function):
            raise TypeError(f"check {check_id} has no docstring (the student's sentence)")
        return Check(check_id, function, needs)

    return register


def passed(message: str = "", *, confidence: float = 1.0, **details: Any) -> Outcome:
    """Everything right: full points."""
    return Outcome("passed", 1.0, message, confidence, details)


def partial(fraction: float, message: str, *, confidence: float = 1.0, **details: Any) -> Outcome:
    """Partly right: ``fraction`` of the points (0 and 1 become failed and passed)."""
    fraction = min(max(fraction, 0.0), 1.0)
    status: CheckStatus = "partial" if 0 < fraction < 1 else ("passed" if fraction else "failed")
    return Outcome(status, fraction, message, confidence, details)


def failed(message: str, *, confidence: float = 1.0, **details: Any) -> Outcome:
    """Wrong or absent though the check could look: no points."""
    return Outcome("failed", 0.0, message, confidence, details)


def review(fraction: float, message: str, *, confidence: float, **details: Any) -> Outcome:
    """Suggest ``fraction`` of the points and ask a human to decide (all free text)."""
    return Outcome("needs_review", min(max(fraction, 0.0), 1.0), message, confidence, details)
