"""Kills gradings at random moments, lets them go on, and compares the end with an undisturbed one.

    python -m benchmarks.kill --times 50
    python -m benchmarks.kill --times 50 --real --groups gruppe01 gruppe08

Without ``--real`` cells of the tiny lab run in a process of ours: seconds. With it the example
cohort's notebooks run in real kernels behind their walls, started by the real command: an hour.

After every kill (SIGKILL to the whole process group) it looks that every result that is there can
be read and is what it was, that the gradebook is sound, and that no human mark is gone; then a
human marks something, and the grading goes on with ``--resume``.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.undamaged import DamageError, check_end, check_sound, results
from grader import pipeline
from grader.engine.base import Job, Report
from grader.errors import GraderError
from grader.gradebook import Gradebook
from grader.lab import Lab
from grader.model import NotebookEvidence
from tests.pocket import MINILAB, SETUP, PocketEngine, notebook, submit

__all__ = ["Outcome", "kill_and_resume", "pocket_start", "real_start"]

ROOT = Path(__file__).parents[1]

# So often one grading is killed before it may go to its end and the next one begins.
_KILLS_EACH = 3

# Begins or goes on with a grading of (submissions, lab) into a folder; returns the process's id.
Start = Callable[[Path, bool], int]


@dataclass
class Outcome:
    """What happened.

    Attributes
    ----------
    kills : int
        Gradings that were killed before they ended.
    finished : int
        Gradings that came to their end, and equalled the undisturbed one.
    marks : int
        Human marks made between the kills, all of which are still there.
    seconds : float
        What the undisturbed grading took.
    with_results : int
        Kills that came when some results were there and others were not.
    leftovers : int
        Temporary files that kills left behind.
    """

    kills: int = 0
    finished: int = 0
    marks: int = 0
    seconds: float = 0.0
    with_results: int = 0
    leftovers: int = 0
    moments: list[float] = field(default_factory=list)


# ------------------------------------------------------------------ a process to kill


class SlowPocket(PocketEngine):
    """Takes a moment for each notebook, so that there is something to interrupt."""

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        """Run one notebook."""
        time.sleep(0.1)
        return super().run(job, report)


def pocket_start(submissions: Path, lab: Path) -> Start:
    """Start gradings as forks of this process, which has imported everything already."""

    def start(out: Path, resume: bool) -> int:
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            os.setpgid(0, 0)
            since = 0.0
            if resume:
                try:
                    since = pipeline.interrupted(out).since
                except GraderError:
                    resume = False
            pipeline.grade_cohort(
                submissions, lab, out, engine=SlowPocket(), protocol=False, fresh=True, since=since
            )
            code = 0
        finally:
            os._exit(code)

    return start


def real_start(submissions: Path, lab: Path, jobs: int) -> Start:
    """Start gradings by the command, in processes and kernels of their own."""

    def start(out: Path, resume: bool) -> int:
        command = [sys.executable, "-m", "grader", "grade", "--out", str(out), "--jobs", str(jobs)]
        if resume and (out / ".evidence" / "run.json").exists():
            command.append("--resume")
        else:
            command += [str(submissions), "--lab", str(lab), "--no-protocol"]
        child = os.fork()
        if child:
            return child
        os.setpgid(0, 0)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.chdir(ROOT)
        os.execv(sys.executable, command)  # noqa: S606 - so that the group can be killed

    return start


def run_for(start: Start, out: Path, resume: bool, seconds: float | None) -> bool:
    """Let a grading run, for so many seconds at most; tell whether it came to its end."""
    child = start(out, resume)
    began = time.monotonic()
    while seconds is None or time.monotonic() - began < seconds:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            if status:
                raise DamageError(f"a grading ended with status {status}")
            return True
        time.sleep(0.001)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return status == 0


# ------------------------------------------------------------------ the trial


def mark_something(out: Path, lab: Lab, chance: random.Random) -> tuple[str, str, float] | None:
    """Let a human mark a random check of a random group; None if nothing is graded yet."""
    if not (out / "gradebook.sqlite").exists():
        return None
    with Gradebook(out / "gradebook.sqlite") as book:
        cohort = book.find_cohort(lab.id)
        rows = [r for r in book.overview(cohort.id, lab).rows if r.checks] if cohort else []
        if not rows:
            return None
        row = chance.choice(rows)
        check, cell = chance.choice(list(row.checks.items()))
        points = chance.choice([0.0, cell.max_points / 2, cell.max_points])
        book.mark(row.group.id, check, author="Betreuung", points=points, seen=cell.version)
        return row.group.name, check, points


def kill_and_resume(start: Start, lab: Lab, folder: Path, times: int, seed: int = 1) -> Outcome:
    """Kill gradings ``times`` times, at moments spread over what an undisturbed one takes.

    Raises
    ------
    DamageError
        If something was lost, damaged or other than in the undisturbed grading.
    """
    chance, outcome = random.Random(seed), Outcome()  # noqa: S311 - moments, no secrets
    began = time.monotonic()
    run_for(start, folder / "undisturbed", False, None)
    outcome.seconds = time.monotonic() - began
    expected = results(folder / "undisturbed")
    check_end(folder / "undisturbed", lab, expected)
    number = 0
    while outcome.kills < times:
        number += 1
        out, made = folder / f"out{number}", []
        seen: dict[str, Any] = {}
        until = min(times, outcome.kills + _KILLS_EACH)
        while True:
            # The last one may go to its end.
            last = outcome.kills >= until
            moment = None if last else chance.uniform(0.0, outcome.seconds)
            if run_for(start, out, bool(seen) or out.exists(), moment):
                break
            outcome.kills += 1
            outcome.moments.append(moment or 0.0)
            found = results(out)
            outcome.with_results += 0 < len(found) < len(expected)
            if any(found.get(name) != result for name, result in seen.items()):
                raise DamageError("a finished result is gone or another one")
            seen = found
            check_sound(out, lab, made)
            if (mark := mark_something(out, lab, chance)) is not None:
                made.append(mark)
                outcome.marks += 1
        check_sound(out, lab, made)
        check_end(out, lab, expected)
        outcome.finished += 1
        outcome.leftovers += sum(1 for p in out.rglob(".*-*") if p.is_file())
        shutil.rmtree(out)
    return outcome


def pocket_cohort(folder: Path, groups: int) -> tuple[Path, Path]:
    """Write a cohort of the tiny lab; return the folders of submissions and lab."""
    lab = Path(shutil.copytree(MINILAB, folder / "lab"))
    texts = {
        f"gruppe{n:02d}": notebook(
            u_setup=SETUP,
            a_mean=f"x = {n}\nmittelwert = sum(werte) / {'len(werte)' if n % 2 else '7'}",
            b_sum="summe = sum(werte)" if n % 3 else "1 / 0",
        )
        for n in range(groups)
    }
    return submit(folder / "in", texts), lab


def main(words: Sequence[str] | None = None) -> None:
    """Run the trial and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--groups", nargs="*", default=["gruppe01", "gruppe08"])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="grader-kill-") as name:
        folder = Path(name)
        if given.real:
            for group in given.groups:
                shutil.copytree(ROOT / "submissions" / group, folder / "in" / group)
            lab = ROOT / "reference"
            start = real_start(folder / "in", lab, given.jobs)
        else:
            submissions, lab = pocket_cohort(folder, 8)
            warm_up(submissions, lab, folder / "warm")
            start = pocket_start(submissions, lab)
        found = kill_and_resume(start, Lab.load(lab), folder, given.times, given.seed)
    print(
        f"{found.kills} kills within {found.seconds:.1f} s of an undisturbed grading, "
        f"{found.with_results} of them with some results there and others not; "
        f"{found.finished} gradings came to their end and equal the undisturbed one; "
        f"{found.marks} human marks, none lost; {found.leftovers} temporary files left behind"
    )


def warm_up(submissions: Path, lab: Path, out: Path) -> None:
    """Import whatever a grading imports, and run the reference."""
    pipeline.grade_cohort(submissions, lab, out, engine=PocketEngine(), protocol=False)


if __name__ == "__main__":
    main()
