"""The example cohort's light notebooks: our engine against a peer on the same cells.

``python -m benchmarks.light --peer nbclient|nbgrader|otter``
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.common import (
    LAB,
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
from benchmarks.peers import PEERS, Light, Outcome, make_peer
from grader.lab import Lab
from grader.model import NotebookEvidence

__all__ = ["compare", "light_notebooks", "main"]

# Groups with such a problem do not run through without an error on any side.
_DISTURBED = {"cell_error", "corrupt_notebook", "kernel_died", "output_limit", "timeout"}
_PREDICTIONS = {"1a-predict", "2b-predict", "3a-predict"}
_NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
TARGETS = {"nbclient": 2.5, "nbgrader": 5.0, "otter": 6.0}


def light_notebooks(limit: int | None = None) -> list[Light]:
    """Choose the light notebooks: no error, one profile, cells before the first training.

    Notebook 1 ends before its first training cell, notebooks 2 and 3 are whole. Equal notebooks
    are taken once, since the grader would run them once.

    Parameters
    ----------
    limit : int, optional
        Only so many, evenly spread over groups and notebooks.
    """
    lab = Lab.load(LAB)
    training = {s.id for s in lab.slots if s.training}
    known = labels()
    found: dict[tuple[str, ...], Light] = {}
    for group, plan in cohort().items():
        if plan.profile != lab.profiles[0] or _DISTURBED & set(known[group]["problems"]):
            continue
        for name, job in plan.jobs.items():
            cells, slots = [], []
            for cell in job.cells:
                places = plan.alignments[name].placements[cell.index].slots
                if training & set(places):
                    break
                cells.append(cell)
                slots.append(places)
            light = Light(group, replace(job, cells=tuple(cells)), tuple(slots))
            found.setdefault(tuple(c.source for c in cells), light)
    chosen = list(found.values())
    if limit is None or limit >= len(chosen):
        return chosen
    return [chosen[int(i * len(chosen) / limit)] for i in range(limit)]


class Ours:
    """Our engine, started and closed within the measured time."""

    def __init__(self, lights: list[Light], engine: str, jobs: int) -> None:
        self.lights = lights
        self.engine = engine
        self.jobs = jobs
        self.evidence: list[NotebookEvidence] = []

    def run(self) -> float:
        """Run all notebooks; the seconds from the engine's start to its end."""
        return timed(self._run)

    def _run(self) -> None:
        engine = make_engine(self.engine)
        try:
            self.evidence = run_jobs(engine, [light.job for light in self.lights], self.jobs)
        finally:
            engine.close()

    def outcome(self) -> Outcome:
        """What the last run left behind."""
        found: Outcome = {}
        for light, evidence in zip(self.lights, self.evidence, strict=True):
            found[light.key] = {
                run.index: (
                    run.status == "ok",
                    "\n".join(
                        o.text
                        for o in run.outputs
                        if o.kind == "result" or (o.kind == "stream" and o.name == "stdout")
                    ),
                )
                for run in evidence.cells
            }
        return found


def compare(lights: list[Light], ours: Outcome, theirs: Outcome) -> int:
    """Number of predictions that both sides printed alike.

    Raises
    ------
    SystemExit
        If a cell failed on either side or a printed prediction differs.
    """
    compared = 0
    for light in lights:
        for cell, slots in zip(light.job.cells, light.slots, strict=True):
            where = f"{light.key}, cell {cell.index}"
            ran = [side[light.key].get(cell.index, (False, "")) for side in (ours, theirs)]
            if not all(ok for ok, _ in ran):
                sys.exit(f"{where}: ran well here {ran[0][0]}, at the peer {ran[1][0]}")
            if _PREDICTIONS & set(slots):
                first, second = (_numbers(text) for _, text in ran)
                if first.shape != second.shape or not np.allclose(first, second, 1e-3, 1e-4):
                    sys.exit(f"{where}: other predictions:\n{ran[0][1]}\n---\n{ran[1][1]}")
                compared += int(first.size > 0)
    return compared


def _numbers(text: str) -> np.ndarray:
    """Printed numbers, without Keras' progress lines, which hold times."""
    lines = re.split(r"[\n\r\b]", text)
    kept = " ".join(line for line in lines if "step" not in line and "━" not in line)
    return np.array([float(n) for n in _NUMBER.findall(kept)])


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.light", description=__doc__)
    add_options(parser)
    parser.add_argument("--peer", choices=PEERS, default="nbclient", help="whom to compare with")
    parser.add_argument(
        "--peer-env",
        choices=("plain", "lab"),
        default="plain",
        help="the peer's environment: as a user has it, or with the lab's one TensorFlow thread "
        "and oneDNN off, as our kernels have it",
    )
    parser.add_argument("--limit", type=int, help="only so many notebooks, evenly spread")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv" / "peers", help="see peers.sh")
    options = parser.parse_args()
    lights = light_notebooks(options.limit)
    cells = sum(len(light.job.cells) for light in lights)
    print(f"{len(lights)} notebooks, {cells} code cells, {options.peer} ({options.peer_env})")
    env = dict(Lab.load(LAB).kernel.env) if options.peer_env == "lab" else {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        peer = make_peer(options.peer, options.peers, env, options.jobs)
        peer.prepare(lights, Path(name))
        ours = Ours(lights, options.engine, options.jobs)
        compared: list[int] = []

        def run_peer() -> float:
            taken = peer.run()
            compared.append(compare(lights, ours.outcome(), peer.outcome()))
            return taken

        Ours(lights[:1], options.engine, 1).run()  # fills caches of files and fonts
        seconds = interleaved({"ours": ours.run, options.peer: run_peer}, options.rounds)
        score = peer.score()
    summary = show(seconds)
    ratio = summary[options.peer]["median"] / summary["ours"]["median"]
    target = TARGETS[options.peer]
    print(f"all cells ran, {compared[0]} predictions printed alike, {score}")
    print(f"{options.peer} / ours = {ratio:.2f} (at least {target:g} wanted)")
    figures = {"peer": options.peer, "peer_env": options.peer_env, "engine": options.engine}
    figures |= {"notebooks": len(lights), "cells": cells, "jobs": options.jobs}
    figures |= {"seconds": seconds, "summary": summary, "ratio": ratio, "target": target}
    report(options.json, "light", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
