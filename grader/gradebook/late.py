"""Late days and what they cost: pure functions over the lab's rule."""

from __future__ import annotations

import datetime as dt
import math

from grader.lab import Late

__all__ = ["late_days", "late_deduction"]

_DAY = dt.timedelta(days=1)


def late_days(due: dt.datetime | None, submitted: dt.datetime | None) -> int:
    """Count the days begun after the date due; 0 if it is kept or one of the two is unknown.

    >>> due = dt.datetime(2026, 5, 26, 23, 59, tzinfo=dt.UTC)
    >>> late_days(due, due), late_days(due, due + dt.timedelta(minutes=1))
    (0, 1)
    """
    if due is None or submitted is None or submitted <= due:
        return 0
    return math.ceil((submitted - due) / _DAY)


def late_deduction(rule: Late, days: int, points: float) -> float:
    """Points that ``days`` late days cost a submission which has reached ``points``.

    Parameters
    ----------
    rule : Late
        ``[late]`` of ``lab.toml``: the first ``free_days`` cost nothing, each further one
        ``points_per_day`` points or ``percent_per_day`` percent of the points reached.
    days : int
        Late days in all.
    points : float
        Points reached, extra points included.

    Returns
    -------
    float
        Between 0 and ``points``: being late never makes a result negative.
    """
    counted = max(0, days - rule.free_days)
    cost = counted * (rule.points_per_day + rule.percent_per_day / 100 * points)
    return min(max(0.0, cost), max(0.0, points))
