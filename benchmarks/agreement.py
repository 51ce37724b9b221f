"""What a label says, what was found, and how often both agree.

For checks that the program judges itself:

- a label is *faulty* if it admits ``failed`` or ``partial`` and not ``passed``, *right* if it
  admits ``passed`` only, and *open* otherwise; open labels count for the error in points only;
- a result *flags* if it is ``failed`` or ``partial``, or ``needs_review`` without all points;
- ``not_judged`` gives no points: on right work it flags (the group loses its points), on faulty
  work it counts as noticed where the label admits it (the consequence of an earlier fault) and as
  overlooked where it does not; a label that admits nothing but ``not_judged`` is open.

For free text, whose result is always a suggestion, points take the place of the status: a label
is faulty if it grants at most half of the points, right if it grants more than half in any case,
and a result flags with at most half. *Precision* is the share of flagged results that are faulty,
*recall* the share of faulty ones that are flagged.

The *error* of a result is the distance of its points from the labelled range; where a label names
no range, the statuses that it admits do. A *miss* is a result with another status than the label
admits, or outside its range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.lab import Lab
from grader.model import Grade

__all__ = ["Judged", "compare", "per_check", "totals"]

_ACCURACY = 1e-6


@dataclass(frozen=True)
class Judged:
    """One check of one submission: what its label admits and what was found.

    Attributes
    ----------
    low, high : float
        The admissible points; ``maximum`` is what the check can give.
    """

    group: str
    check: str
    text: bool
    admitted: tuple[str, ...]
    low: float
    high: float
    maximum: float
    status: str
    points: float
    message: str

    @property
    def faulty(self) -> bool:
        """Whether the label says that something is wrong."""
        if self.text:
            return self.high <= self.maximum / 2
        return "passed" not in self.admitted and bool({"failed", "partial"} & set(self.admitted))

    @property
    def right(self) -> bool:
        """Whether the label says that the work is right."""
        return self.low > self.maximum / 2 if self.text else self.admitted == ("passed",)

    @property
    def flagged(self) -> bool:
        """Whether the result says that something is wrong; see the module's text."""
        if self.text:
            return self.points <= self.maximum / 2
        if self.status == "not_judged":
            return self.right or "not_judged" in self.admitted
        return self.status != "passed" and self.points < self.maximum - _ACCURACY

    @property
    def error(self) -> float:
        """Distance of the points from the admissible range."""
        return max(self.low - self.points, self.points - self.high, 0.0)

    @property
    def missed(self) -> bool:
        """Whether status or points are not what the label admits."""
        return self.status not in self.admitted or self.error > _ACCURACY


def compare(
    grades: Mapping[str, Grade], labels: Mapping[str, Mapping[str, Any]], lab: Lab
) -> list[Judged]:
    """Put each label beside what was found.

    Parameters
    ----------
    grades : mapping
        By submission. Groups without a grade are left out; the caller names them.
    labels : mapping
        By group, as in ``labels.json``.
    """
    return [
        _judged(grades[name], check, label, text=lab.checks[check].kind == "text")
        for name, group in labels.items()
        if name in grades
        for check, label in group["checks"].items()
    ]


def _judged(grade: Grade, check: str, label: Mapping[str, Any], *, text: bool) -> Judged:
    found = grade.check(check)
    admitted = tuple(label["status"])
    low, high = label.get("points") or _range(admitted, found.max_points)
    return Judged(
        group=grade.submission,
        check=check,
        text=text,
        admitted=admitted,
        low=float(low),
        high=float(high),
        maximum=found.max_points,
        status=found.status,
        points=found.points,
        message=found.message,
    )


def _range(admitted: Sequence[str], maximum: float) -> tuple[float, float]:
    """The points that the statuses allow."""
    low = maximum if set(admitted) == {"passed"} else 0.0
    high = 0.0 if set(admitted) <= {"failed", "not_judged"} else maximum
    return low, high


def per_check(judged: Sequence[Judged], checks: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Figures of each check that has labels, in the lab's order."""
    figures = {}
    for check in checks:
        own = [j for j in judged if j.check == check]
        if own:
            figures[check] = {"text": own[0].text, "maximum": own[0].maximum, **_figures(own)}
    return figures


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    hits = sum(j.faulty and j.flagged for j in judged)
    alarms = sum(j.right and j.flagged for j in judged)
    overlooked = sum(j.faulty and not j.flagged for j in judged)
    return {
        "labels": len(judged),
        "right": sum(j.right for j in judged),
        "faulty": hits + overlooked,
        "hits": hits,
        "false_alarms": alarms,
        "overlooked": overlooked,
        "precision": hits / (hits + alarms) if hits + alarms else None,
        "recall": hits / (hits + overlooked) if hits + overlooked else None,
        "error": sum(j.error for j in judged) / len(judged),
        "misses": sum(j.missed for j in judged),
    }


def totals(judged: Sequence[Judged]) -> dict[str, Any]:
    """Figures over all checks, for judged values and for suggestions on free text.

    ``error_per_submission`` adds up the errors of a submission's checks without sign, so it is
    never smaller than the error of the sum.
    """
    found: dict[str, Any] = {"submissions": len({j.group for j in judged})}
    for name, own in (
        ("values", [j for j in judged if not j.text]),
        ("texts", [j for j in judged if j.text]),
    ):
        if own:
            by_group = dict.fromkeys((j.group for j in judged), 0.0)
            for j in own:
                by_group[j.group] += j.error
            found[name] = {
                **_figures(own),
                "error_per_submission": sum(by_group.values()) / len(by_group),
                "worst_submission": max(by_group.items(), key=lambda item: item[1]),
                "right_marked_failed": sum(j.right and j.status == "failed" for j in own),
            }
    return found
