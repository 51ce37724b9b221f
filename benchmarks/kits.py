"""Groups' own kits, solved: the reference solution must get all automatic points in each of them.

``python -m benchmarks.kits --groups 2`` makes kits from a seed, solves them, hands them in under
the groups' names and grades them as ``grader grade --seed-file`` does, with kernels. The
reference runs again for the submission, so that what differs from run to run is seen too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import LAB, report
from grader import pipeline
from grader.exchange.kit import write_solution
from grader.lab import Lab
from grader.model import Grade
from grader.variant.individual import individual_lab
from grader.variant.seed import CohortSeed

__all__ = ["main", "short"]


def short(grade: Grade) -> list[str]:
    """Checks that gave less than they could, and problems."""
    found = []
    for task in grade.tasks:
        for check in task.checks:
            missing = check.points < check.max_points
            if check.status in ("failed", "partial", "not_judged") or (
                check.status == "needs_review" and missing
            ):
                found.append(f"{check.id} {check.status} {check.points:g}/{check.max_points:g}")
    return [*found, *(f"{p.kind}: {p.message}" for p in grade.problems)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade and print; 1 if a solved kit lacks a point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--groups", type=int, default=2, help="kits (default: 2)")
    parser.add_argument("--seed", type=int, default=7, help="which kits (default: 7)")
    parser.add_argument("--unsafe", action="store_true", help="run without the outer wall")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    names = [f"gruppe{n:02d}" for n in range(1, options.groups + 1)]
    seed = CohortSeed(options.seed.to_bytes(32, "big"), tuple(names))
    lab, figures = Lab.load(LAB), {}
    with tempfile.TemporaryDirectory(prefix="grader-kits-") as name:
        folder = Path(name)
        seed.save(folder / "kohorte.toml")
        for group in names:
            own = individual_lab(lab, folder / "eigene", seed.number(group))
            write_solution(own, folder / "abgaben" / group)
        result = pipeline.grade_cohort(
            folder / "abgaben",
            LAB,
            folder / "out",
            protocol=False,
            unsafe=options.unsafe,
            seed_file=folder / "kohorte.toml",
        )
    for group, grade in result.grades.items():
        faults = short(grade)
        figures[group] = {"points": grade.points, "of": grade.max_points, "short": faults}
        print(
            f"{group}: {grade.points:g} of {grade.max_points:g}; {', '.join(faults) or 'nothing'}"
        )
    report(options.json, "kits", figures)
    return int(bool(result.failures) or any(f["short"] for f in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
