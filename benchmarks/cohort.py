"""The whole example cohort with its training: our engine against the pure compute of its cells.

Left out on both sides are groups whose notebooks are ended by a limit or kill their kernel:
without our limits they would never end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import (
    ROOT,
    add_options,
    cohort,
    interleaved,
    labels,
    make_engine,
    report,
    run_jobs,
    show,
    timed,
)
from grader.engine.base import Engine, Job
from grader.engine.box import data_files
from grader.model import NotebookEvidence

__all__ = ["Ours", "Pure", "cohort_jobs", "differences", "main"]

TARGET = 1.15
_ENDED = {"kernel_died", "memory", "output_limit", "timeout"}


def cohort_jobs(groups: list[str] | None = None) -> list[Job]:
    """The cohort's jobs, those that may run longest first; both sides take this order."""
    known = labels()
    jobs = [
        job
        for group, plan in cohort(groups).items()
        if not _ENDED & set(known[group]["problems"])
        for job in plan.jobs.values()
    ]
    return sorted(jobs, key=lambda job: -sum(cell.seconds for cell in job.cells))


class Ours:
    """Our engine, started and closed within the measured time."""

    def __init__(self, jobs: list[Job], engine: str, parallel: int) -> None:
        self.jobs = jobs
        self.engine = engine
        self.parallel = parallel
        self.evidence: list[NotebookEvidence] = []

    def run(self) -> float:
        """Seconds from the engine's start to its end."""
        return timed(self._run)

    def _run(self) -> None:
        engine: Engine = make_engine(self.engine)
        try:
            self.evidence = run_jobs(engine, self.jobs, self.parallel)
        finally:
            engine.close()

    def statuses(self) -> list[dict[int, str]]:
        """By job and cell: ``ok`` or the status."""
        return [{run.index: run.status for run in e.cells} for e in self.evidence]

    def in_cells(self) -> list[float]:
        """Seconds of each job's cells together."""
        return [sum(run.seconds for run in e.cells) for e in self.evidence]


class Pure:
    """Forks of one warm process per kernel environment, as many at a time as our kernels."""

    def __init__(self, jobs: list[Job], parallel: int, draw: bool) -> None:
        self.jobs = jobs
        self.parallel = parallel
        self.draw = draw
        self.results: list[list[dict[str, Any]]] = []

    def run(self) -> float:
        """Seconds from the first warm process's start to the last notebook's end."""
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            self.folder = Path(name)
            return timed(self._run)

    def _run(self) -> None:
        environments = {json.dumps(dict(job.env)): job for job in self.jobs}
        servers = {
            key: self._start(number, job) for number, (key, job) in enumerate(environments.items())
        }
        try:
            with ThreadPoolExecutor(self.parallel) as pool:
                numbered = enumerate(self.jobs)
                self.results = list(pool.map(lambda pair: self._one(servers, *pair), numbered))
        finally:
            for process, _ in servers.values():
                process.kill()
                process.wait()

    def _start(self, number: int, job: Job) -> tuple[subprocess.Popen[bytes], str]:
        path = str(self.folder / f"socket{number}")
        imports = self.folder / f"imports{number}.json"
        imports.write_text(json.dumps(job.imports), encoding="utf-8")
        env = {**os.environ, "MPLBACKEND": "Agg", **job.env}
        with (self.folder / f"log{number}").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.pure", path, str(imports)],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=log,
            )
        return process, path

    def _one(
        self, servers: Mapping[str, tuple[subprocess.Popen[bytes], str]], number: int, job: Job
    ) -> list[dict[str, Any]]:
        work = self.folder / f"run{number}" / "work"
        work.mkdir(parents=True)
        for path in data_files(job.data_path, job.data_exclude):
            copy = work.parent / "data" / path.relative_to(job.data_path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        process, address = servers[json.dumps(dict(job.env))]
        while not Path(address).exists():
            if process.poll() is not None:
                logs = [log.read_text("utf-8") for log in self.folder.glob("log*")]
                sys.exit("The warm process did not come up:\n" + "\n".join(logs))
            time.sleep(0.02)
        request = {"folder": str(work), "seed": job.seed, "draw": self.draw}
        request["cells"] = [(cell.index, cell.source) for cell in job.cells]
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(address)
            with client.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer: list[dict[str, Any]] = json.loads(stream.read())
        shutil.rmtree(work.parent)
        return answer

    def statuses(self) -> list[dict[int, str]]:
        """By job and cell: ``ok`` or ``error``."""
        return [{c["index"]: c["status"].split(":")[0] for c in cells} for cells in self.results]

    def in_cells(self) -> list[float]:
        """Seconds of each job's cells together."""
        return [sum(cell["seconds"] for cell in cells) for cells in self.results]


def differences(ours: Ours, pure: Pure) -> list[str]:
    """Cells that ended otherwise on one side than on the other."""
    found = []
    both = zip(ours.jobs, ours.statuses(), pure.statuses(), strict=True)
    for job, first, second in both:
        for index in sorted(first | second):
            if first.get(index) != second.get(index):
                found.append(
                    f"{job.label}-{job.notebook}, cell {index}: "
                    f"ours {first.get(index)}, pure {second.get(index)}"
                )
    return found


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cohort", description=__doc__)
    add_options(parser)
    parser.add_argument("--groups", nargs="+", help="only these groups, such as gruppe01")
    parser.add_argument(
        "--no-drawing", action="store_true", help="pure side: figures are never drawn"
    )
    options = parser.parse_args()
    jobs = cohort_jobs(options.groups)
    cells = sum(len(job.cells) for job in jobs)
    print(f"{len({job.label for job in jobs})} groups, {len(jobs)} notebooks, {cells} code cells")
    ours = Ours(jobs, options.engine, options.jobs)
    pure = Pure(jobs, options.jobs, not options.no_drawing)
    seconds = interleaved({"ours": ours.run, "pure": pure.run}, options.rounds)
    summary = show(seconds)
    different = differences(ours, pure)
    for line in different:
        print(f"differs: {line}")
    ratio = summary["ours"]["median"] / summary["pure"]["median"]
    print(f"ours / pure = {ratio:.3f} (at most {TARGET:g} wanted)")
    together = {"ours": sum(ours.in_cells()), "pure": sum(pure.in_cells())}
    print("seconds in cells, last round: " + ", ".join(f"{k} {v:.1f}" for k, v in together.items()))
    each = zip(jobs, ours.in_cells(), pure.in_cells(), strict=True)
    longest = sorted(each, key=lambda entry: -entry[2])[:5]
    print("longest notebooks:")
    for job, first, second in longest:
        print(f"  {job.label}-{job.notebook}: ours {first:.1f}, pure {second:.1f}")
    figures = {"engine": options.engine, "groups": options.groups, "jobs": options.jobs}
    figures |= {"notebooks": len(jobs), "cells": cells, "drawing": not options.no_drawing}
    figures |= {
        "seconds": seconds,
        "summary": summary,
        "in_cells": together,
        "ratio": ratio,
        "target": TARGET,
    }
    report(options.json, "cohort", {**figures, "different": different})
    return 0


if __name__ == "__main__":
    sys.exit(main())
