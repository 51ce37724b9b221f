"""The review queue of one question: what waits, in which order, marked how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grader.dashboard.sessions import Session
from grader.dashboard.texts import clusters
from grader.gradebook.views import Answer

__all__ = ["Bundle", "Queue", "bank", "queue_of", "steps"]

_HALF = 0.5
_KEYS = 10
_MOST_COMMENTS = 9


@dataclass(frozen=True)
class Bundle:
    """Near-identical answers that are marked together; the first is shown."""

    answers: tuple[Answer, ...]

    @property
    def first(self) -> Answer:
        """The answer that stands for all."""
        return self.answers[0]

    @property
    def groups(self) -> set[int]:
        """Ids of the groups."""
        return {a.group.id for a in self.answers}


@dataclass(frozen=True)
class Queue:
    """What waits for one question, and what is done.

    Attributes
    ----------
    bundles : tuple of Bundle
        Waiting, least certain first; those that were put off last.
    waiting, total : int
        Answers, not bundles.
    """

    bundles: tuple[Bundle, ...]
    waiting: int
    total: int

    @property
    def done(self) -> int:
        """Answers that need no more attention."""
        return self.total - self.waiting


def waits(answer: Answer) -> bool:
    """Tell whether a human has to look: nobody gave points, or the result changed under them."""
    decided = answer.mark is not None and answer.mark.points is not None
    if decided:
        return answer.changed
    return answer.result.status == "needs_review"


def queue_of(answers: Sequence[Answer], session: Session | None, check: str) -> Queue:
    """Return the queue of a question, in the order in which it should be worked through."""
    waiting = [a for a in answers if waits(a)]
    # Of the same confidence those first that stand to lose most.
    waiting.sort(
        key=lambda a: (a.result.confidence, a.result.points - a.result.max_points, a.group.id)
    )
    bundles = [Bundle(tuple(members)) for members in clusters(waiting)]
    put_off = session.skipped.get(check, set()) if session else set()
    bundles.sort(key=lambda b: not b.groups.isdisjoint(put_off))
    return Queue(tuple(bundles), len(waiting), len(answers))


def steps(max_points: float) -> list[float]:
    """Return the points that keys 0 to 9 stand for: half points where ten keys reach.

    >>> steps(2.0)
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    size = _HALF
    while max_points / size > _KEYS - 1:
        size += _HALF
    found = [size * i for i in range(math.floor(max_points / size + 1e-9) + 1)]
    if found[-1] < max_points and len(found) < _KEYS:
        found.append(max_points)
    return found


def bank(used: Sequence[tuple[str, int]], missing: Sequence[str]) -> list[str]:
    """Return comments to choose from: those already written for the question, most used first.

    Parameters
    ----------
    used : sequence of (str, int)
        Comments and how often each was written.
    missing : sequence of str
        Labels of thoughts that the answer at hand lacks; they fill up the list.
    """
    learned = list(dict.fromkeys(c.strip() for c, _ in used if c.strip()))
    offered = [f"Es fehlt: {label}." for label in missing]
    return [*learned, *(o for o in offered if o not in learned)][:_MOST_COMMENTS]
