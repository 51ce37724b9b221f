"""How well the grades agree with labels that were written before anything was graded.

All labelled submissions are graded, written into a folder of their own: the example cohort, the
groups of ``submissions/more.json`` and the sets a to f of ``submissions/fresh.json``. Evidence of
an earlier call in the same folder is used again. Each check of each submission is compared with
its label; :mod:`benchmarks.agreement` says what is counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agreement import Judged, compare, per_check, totals
from benchmarks.common import LAB, ROOT, SUBMISSIONS, report
from grader.lab import Lab
from grader.pipeline import grade_cohort

__all__ = ["all_labels", "choose", "main", "show_table", "write_cohort"]

HALVES = ("tune", "held", "example", "a", "b", "c", "d", "e", "f")


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
