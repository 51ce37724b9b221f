"""A second grading of an unchanged cohort, and one after a rubric was changed.

``python -m benchmarks.second_grading`` makes a cohort of 100 from the example groups, each with
answers and particulars of its own but the same code (so that the first grading runs the example
cohort's notebooks only), grades it with ``grader grade``, and then again.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import LAB, ROOT, SUBMISSIONS, report, show, timed

__all__ = ["main", "make_cohort", "make_lab"]

TARGET = 5.0


def make_cohort(folder: Path, size: int) -> None:
    """Write ``size`` submissions into ``folder``: copies of the example groups, each changed."""
    examples = [
        path
        for path in sorted(SUBMISSIONS.iterdir())
        if path.suffix == ".zip" or (path.is_dir() and path.name.startswith("gruppe"))
    ]
    for number in range(size):
        example = examples[number % len(examples)]
        target = folder / f"abgabe{number + 1:03d}"
        if example.is_dir():
            shutil.copytree(example, target)
        else:
            with zipfile.ZipFile(example) as archive:
                archive.extractall(target)
        note = f"\n\nDies ist die Abgabe mit der Nummer {number + 1}.\n"
        with (target / "kontrollfragen.md").open("a", encoding="utf-8") as file:
            file.write(note)
        particulars = target / "protokoll.toml"
        if particulars.is_file():
            text = particulars.read_text("utf-8")
            changed = re.sub(r'(?m)^gruppe = ".*"$', f'gruppe = "{number + 1}"', text)
            particulars.write_text(changed, "utf-8")


def make_lab(folder: Path) -> Path:
    """Copy the lab with its evidence and change one rubric a little."""
    lab = folder / "reference"
    shutil.copytree(LAB, lab, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data").symlink_to(ROOT / "data", target_is_directory=True)
    rubric = min((lab / "rubrics").glob("*.toml"))
    rubric.write_text(rubric.read_text("utf-8") + "\n# Ein wenig geändert.\n", "utf-8")
    return lab


def _grade(cohort: Path, lab: Path, out: Path, jobs: int) -> str:
    command = [sys.executable, "-m", "grader", "grade", str(cohort), "--lab", str(lab)]
    command += ["--out", str(out), "--jobs", str(jobs)]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return ended.stderr


def _results(out: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in out.glob("*/result.json")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 if the second grading takes longer than the target or changes a result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100, help="submissions (default: 100)")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="gradings after the first")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="grader-benchmark-") as name:
        folder = Path(name)
        cohort, out = folder / "cohort", folder / "results"
        make_cohort(cohort, options.size)
        seconds = {"first": [timed(lambda: _grade(cohort, LAB, out, options.jobs))]}
        first = _results(out)
        if len(first) != options.size:
            raise SystemExit(f"Only {len(first)} submissions were graded.")
        seconds["second"] = []
        for _ in range(options.rounds):
            said: list[str] = []
            seconds["second"].append(
                timed(lambda: said.append(_grade(cohort, LAB, out, options.jobs)))  # noqa: B023
            )
            if f"{options.size} Abgaben sind unverändert" not in said[0] or _results(out) != first:
                raise SystemExit(f"The second grading is none: {said[0]}")
        lab = make_lab(folder / "lab")
        seconds["changed rubric"] = [timed(lambda: _grade(cohort, lab, out, options.jobs))]
    summary = show(seconds)
    report(options.json, "second_grading", {"size": options.size, "seconds": summary})
    slow = summary["second"]["median"] > TARGET
    print(f"target: a second grading in {TARGET:g} s or less: {'missed' if slow else 'met'}")
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
