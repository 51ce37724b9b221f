"""How well the grades agree with labels that were written before anything was graded.

All labelled submissions are graded, written into a folder of their own: the example cohort, the
groups of ``submissions/more.json`` and the sets a to d of ``submissions/fresh.json``. Evidence of
an earlier call in the same folder is used again. Each check of each submission is compared with
its label.

What is counted, for checks that the program judges itself:

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

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import LAB, ROOT, SUBMISSIONS, report
from grader.lab import Lab
from grader.model import Grade
from grader.pipeline import grade_cohort

__all__ = [
    "Judged",
    "all_labels",
    "choose",
    "compare",
    "main",
    "per_check",
    "show_table",
    "totals",
    "write_cohort",
]

HALVES = ("tune", "held", "example", "a", "b", "c", "d")
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


# --------------------------------------------------------------------------- labels


def all_labels() -> dict[str, dict[str, Any]]:
    """Labels of all groups, each with its half (``example`` for the committed cohort)."""
    example = json.loads((SUBMISSIONS / "labels.json").read_text("utf-8"))
    more = json.loads((SUBMISSIONS / "more.json").read_text("utf-8"))
    fresh = json.loads((SUBMISSIONS / "fresh.json").read_text("utf-8"))
    return {name: {**group, "half": "example"} for name, group in example.items()} | more | fresh


def choose(
    labels: Mapping[str, Mapping[str, Any]], half: str = "", only: str = ""
) -> dict[str, Mapping[str, Any]]:
    """Labels of the groups of one half, or of those that ``only`` names, separated by commas.

    Raises
    ------
    ValueError
        If ``only`` names a group that has no labels.
    """
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := sorted(set(names) - labels.keys()):
        raise ValueError(f"no labels for {', '.join(unknown)}")
    return {
        name: group
        for name, group in labels.items()
        if (not names or name in names) and half in ("", group["half"])
    }


def write_cohort(folder: Path, groups: Iterable[str]) -> None:
    """Write the submissions of these groups into a folder; others there are removed."""
    from submissions.build.fresh import FRESH
    from submissions.build.groups import GROUPS
    from submissions.build.more.groups import MORE
    from submissions.build.write import write

    wanted = set(groups)
    write(Lab.load(LAB), folder, [g for g in GROUPS + MORE + FRESH if g.id in wanted])
    for path in folder.glob("gruppe*"):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


# --------------------------------------------------------------------------- comparison


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


# --------------------------------------------------------------------------- output


def show_table(judged: Sequence[Judged], figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the table, the totals and every miss."""
    print(f"{'check':18} labels right faulty  precision  recall  error  misses")
    for check, f in figures.items():
        kind = "text" if f["text"] else ""
        print(
            f"{check:18} {f['labels']:6} {f['right']:5} {f['faulty']:6}  "
            f"{_share(f['precision']):>9}  {_share(f['recall']):>6}  {f['error']:5.2f}  "
            f"{f['misses']:6} {kind}"
        )
    for name, f in totals(judged).items():
        if isinstance(f, dict):
            worst, most = f["worst_submission"]
            print(
                f"\n{name}: {f['labels']} labels, precision {_share(f['precision'])} "
                f"({f['false_alarms']} false alarms, {f['right_marked_failed']} times right work "
                f"marked failed), recall {_share(f['recall'])} ({f['overlooked']} overlooked), "
                f"mean error per submission {f['error_per_submission']:.2f} points "
                f"(most: {worst}, {most:.2f}), {f['misses']} misses"
            )
    for j in judged:
        if j.missed:
            label = "/".join(j.admitted) + f" {j.low:g}-{j.high:g}"
            print(f"  {j.group} {j.check}: {label}, found {j.status} {j.points:g}: {j.message}")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if a submission could not be graded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--half", choices=HALVES, default="", help="only these submissions")
    parser.add_argument("--only", default="", help="only these groups: gruppe23,gruppe24")
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "results" / ".judgement",
        help="where submissions, evidence and results lie (default: results/.judgement)",
    )
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    try:
        labels = choose(all_labels(), options.half, options.only)
    except ValueError as error:
        parser.error(str(error))
    if not labels:
        parser.error("no such group in this half")
    cohort = options.out / "submissions"
    write_cohort(cohort, labels)
    graded = grade_cohort(cohort, LAB, options.out / "results", jobs=options.jobs, protocol=False)
    lab = Lab.load(LAB)
    judged = compare(graded.grades, labels, lab)
    figures = per_check(judged, lab.checks)
    show_table(judged, figures)
    for name in sorted(labels.keys() - graded.grades.keys()):
        print(f"not graded: {name}: {graded.failures.get(name, '')}")
    report(
        options.json,
        "judgement",
        {
            "half": options.half or "all",
            "only": options.only,
            "totals": totals(judged),
            "checks": figures,
            "misses": [asdict(j) | {"error": j.error} for j in judged if j.missed],
        },
    )
    return int(bool(labels.keys() - graded.grades.keys()))


if __name__ == "__main__":
    sys.exit(main())
