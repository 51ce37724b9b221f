"""What the benchmarks share: the example cohort's jobs, engines, interleaved timing, reports."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from grader.engine.base import Engine, Job
from grader.grading import Bench, Plan
from grader.intake.files import find_sources
from grader.intake.reader import read_submission
from grader.model import NotebookEvidence

__all__ = [
    "LAB",
    "ROOT",
    "SUBMISSIONS",
    "add_options",
    "cohort",
    "interleaved",
    "labels",
    "make_engine",
    "report",
    "run_jobs",
    "show",
    "timed",
]

ROOT = Path(__file__).resolve().parents[1]
LAB = ROOT / "reference"
SUBMISSIONS = ROOT / "submissions"


def cohort(groups: Iterable[str] | None = None) -> dict[str, Plan]:
    """Plan the example cohort as ``grader grade`` does.

    Parameters
    ----------
    groups : iterable of str, optional
        Only these submissions.
    """
    bench = Bench.open(LAB)
    wanted = None if groups is None else set(groups)
    plans = {}
    for source in find_sources(SUBMISSIONS):
        submission = read_submission(source, bench.lab, bench.released)
        if wanted is None or submission.id in wanted:
            plans[submission.id] = bench.plan(submission)
    return plans


def labels() -> dict[str, Any]:
    """What the example cohort's labels say of each group."""
    found: dict[str, Any] = json.loads((SUBMISSIONS / "labels.json").read_text("utf-8"))
    return found


def make_engine(name: str) -> Engine:
    """The engine called ``warm`` or ``fresh``, walls on."""
    if name == "warm":
        from grader.engine.warm import WarmEngine

        return WarmEngine()
    from grader.engine.fresh import FreshEngine

    return FreshEngine()


def run_jobs(engine: Engine, jobs: Sequence[Job], parallel: int = 2) -> list[NotebookEvidence]:
    """Run jobs several at a time, in the given order; the evidence in the same order."""
    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(engine.run, jobs))


def timed(function: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def interleaved(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure A B A B …, so that what changes on the machine meanwhile meets both sides.

    Parameters
    ----------
    sides : mapping of str to callable
        Each call runs one side once and returns its seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, run in sides.items():
            taken = run()
            seconds[name].append(taken)
            print(f"  round {number + 1} of {rounds}: {name} {taken:.2f} s", flush=True)
    return seconds


# --------------------------------------------------------------------------- reports


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that the benchmarks of the engine share."""
    parser.add_argument(
        "--engine", choices=("warm", "fresh"), default="warm", help="our engine (default: warm)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs (default: 3)")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")


def show(seconds: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Print and return median, minimum and maximum of each side."""
    width = max(map(len, seconds))
    summary = {}
    for name, values in seconds.items():
        figures = {
            "median": statistics.median(values),
            "minimum": min(values),
            "maximum": max(values),
        }
        summary[name] = figures
        text = "  ".join(f"{key} {value:8.2f} s" for key, value in figures.items())
        print(f"{name:{width}}  {text}  ({len(values)} runs)")
    return summary


def report(path: Path | None, name: str, figures: Mapping[str, Any]) -> None:
    """Write the figures, with what they were measured on, as JSON (if a path was given)."""
    if path is None:
        return
    machine = {
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    content = {"benchmark": name, "machine": machine, **figures}
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
