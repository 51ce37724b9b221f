"""Memory of each further kernel: PSS of all processes with one kernel and with several.

Each kernel has run the lab's set-up cell (or a whole notebook) and sleeps. PSS counts a shared
page once over all processes, so the difference is what a further kernel really costs.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.common import cohort, make_engine, report
from benchmarks.watch import kernels_usage
from grader.engine.base import CellJob, Job, Progress
from grader.errors import EngineError

__all__ = ["main", "measure", "sleeping_job"]

TARGET = 200.0
_SLEEP = "import time; time.sleep(600)"


def sleeping_job(notebook: str, whole: bool) -> Job:
    """A notebook of the first group that sleeps after its set-up cell or at its end."""
    plan = next(iter(cohort(["gruppe01"]).values()))
    job = plan.jobs[notebook]
    cells = job.cells if whole else job.cells[:1]
    asleep = CellJob(cells[-1].index + 1, _SLEEP, 600.0)
    return replace(job, cells=(*cells, asleep))


def measure(engine_name: str, job: Job, kernels: int) -> dict[str, float]:
    """Megabytes behind the walls and of the drivers, with so many kernels asleep."""
    engine = make_engine(engine_name)
    asleep = threading.Semaphore(0)

    def report_progress(progress: Progress) -> None:
        if progress.position == progress.total:
            asleep.release()

    def run() -> None:
        # Closing the engine ends the run before its time.
        with contextlib.suppress(EngineError):
            engine.run(job, report_progress)

    threads = [threading.Thread(target=run) for _ in range(kernels)]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            if not asleep.acquire(timeout=300):
                sys.exit("A kernel did not get to its last cell.")
        time.sleep(2)
        return {name: usage.megabytes for name, usage in kernels_usage().items()}
    finally:
        engine.close()
        for thread in threads:
            thread.join(60)


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--engine", choices=("warm", "fresh"), default="warm")
    parser.add_argument("--kernels", type=int, default=4, help="compare one with so many")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--notebook", default="notebook1", help="whose set-up cell runs")
    parser.add_argument("--whole", action="store_true", help="run the whole notebook before")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args()
    job = sleeping_job(options.notebook, options.whole)
    figures: dict[str, list[float]] = {"walled": [], "drivers": []}
    single: list[float] = []
    for number in range(options.rounds):
        one = measure(options.engine, job, 1)
        many = measure(options.engine, job, options.kernels)
        single.append(one["walled"])
        for name, values in figures.items():
            values.append((many[name] - one[name]) / (options.kernels - 1))
        print(
            f"  round {number + 1}: 1 kernel {one['walled']:.0f} + {one['drivers']:.0f} MB, "
            f"{options.kernels} kernels {many['walled']:.0f} + {many['drivers']:.0f} MB "
            "(behind walls + drivers)"
        )
    medians = {name: statistics.median(values) for name, values in figures.items()}
    print(f"warm process with one kernel: {statistics.median(single):.0f} MB")
    for name, values in figures.items():
        print(
            f"each further kernel, {name}: median {medians[name]:.0f} MB, "
            f"minimum {min(values):.0f}, maximum {max(values):.0f}"
        )
    print(f"(at most {TARGET:g} MB for each further kernel wanted)")
    content = {"engine": options.engine, "whole": options.whole, "kernels": options.kernels}
    content |= {"one_kernel": single, "further": figures, "medians": medians, "target": TARGET}
    report(options.json, "memory", content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
