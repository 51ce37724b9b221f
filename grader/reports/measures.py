"""How good checks are as questions, and how well suggestions agree with people.

The measures are those of classical test theory: *difficulty* is the mean share of points (high is
easy), *discrimination* the correlation of a check with the sum of all others, and agreement is
Cohen's kappa with quadratic weights, on steps of half a point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Agreement", "Item", "agreement", "items", "quadratic_weighted_kappa"]

_STEP = 0.5
# Fewer submissions say nothing about a check.
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One check as a question to a cohort.

    ``difficulty`` is in [0, 1], ``discrimination`` in [-1, 1]; None where too few were judged or
    all got the same.
    """

    check: str
    judged: int
    difficulty: float | None
    discrimination: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How suggestions for a check and human marks agree.

    ``table[suggested][given]`` counts submissions, in steps of half a point; ``mean_difference``
    is given minus suggested, in points.
    """

    check: str
    pairs: int
    kappa: float | None
    same: float
    mean_difference: float
    table: tuple[tuple[int, ...], ...]


def items(shares: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> list[Item]:
    """Describe every check by its difficulty and discrimination.

    Parameters
    ----------
    shares : mapping of str to mapping of str to float
        By check and submission: share of points in [0, 1], only what was judged.
    weights : mapping of str to float
        Points of each check, in the order of the result.
    """
    totals: dict[str, float] = {}
    for check, own in shares.items():
        for name, share in own.items():
            totals[name] = totals.get(name, 0.0) + share * weights.get(check, 0.0)
    found = []
    for check, weight in weights.items():
        own = shares.get(check, {})
        names = sorted(own)
        values = np.array([own[n] for n in names])
        rest = np.array([totals[n] - own[n] * weight for n in names])
        found.append(
            Item(
                check,
                len(names),
                float(values.mean()) if len(names) else None,
                _correlation(values, rest),
            )
        )
    return found


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    if len(one) < _FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def agreement(check: str, pairs: Sequence[tuple[float, float]], max_points: float) -> Agreement:
    """Compare suggested with given points of one check.

    Parameters
    ----------
    pairs : sequence of (float, float)
        Suggested and given points per submission; may be empty.
    """
    steps = max(1, round(max_points / _STEP))
    table = np.zeros((steps + 1, steps + 1), dtype=int)
    for suggested, given in pairs:
        table[_step(suggested, steps), _step(given, steps)] += 1
    count = len(pairs)
    return Agreement(
        check,
        count,
        quadratic_weighted_kappa(table),
        float(np.trace(table)) / count if count else 0.0,
        sum(given - suggested for suggested, given in pairs) / count if count else 0.0,
        tuple(tuple(int(n) for n in row) for row in table),
    )


def _step(points: float, steps: int) -> int:
    return min(max(round(points / _STEP), 0), steps)


def quadratic_weighted_kappa(table: np.ndarray) -> float | None:
    """Cohen's kappa with quadratic weights of a square table of counts, shape (n, n).

    Returns
    -------
    float or None
        None where nothing was counted or chance alone would agree completely.
    """
    counts = np.asarray(table, dtype=float)
    total = counts.sum()
    if total == 0:
        return None
    places = np.arange(len(counts))
    weights = (places[:, None] - places[None, :]) ** 2
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    by_chance = float((weights * expected).sum())
    if by_chance == 0:
        return None
    return 1.0 - float((weights * counts).sum()) / by_chance
