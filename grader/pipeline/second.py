"""A second look with other data: which results follow them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from grader.engine.base import Engine
from grader.errors import UsageError
from grader.grading import Bench
from grader.intake.files import find_sources
from grader.intake.reader import read_submission
from grader.lab import Lab
from grader.model import Grade, VariantLook
from grader.pipeline.parts import check_names, engine_or_own, profile_of
from grader.resuming import end, interrupted
from grader.running import Listener, Silence

__all__ = ["require_variant", "second_look"]


def require_variant(lab: Path, task: str | None = None) -> None:
    """Do nothing if the lab in this folder compares results, or those of a task, with other data.

    Raises
    ------
    UsageError
        If it does not.
    """
    from grader.variant.folder import results_of

    bench = Bench(Lab.load(lab))
    check_names(bench, task, None)
    results_of(bench.lab, task)


def second_look(
    submissions: Path,
    lab: Path,
    out: Path,
    grades: Mapping[str, Grade],
    *,
    seed: int = 1,
    jobs: int = 1,
    task: str | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> tuple[VariantLook, ...]:
    """Run graded submissions with other data, say which results follow, write the report.

    No points change. Cells that train are stopped early where no compared result comes from them.

    Parameters
    ----------
    submissions, lab, out : Path
        As they were graded; ``out`` has the first runs.
    grades : mapping of str to Grade
        Those to look at.
    seed : int
        Decides about the other data.

    Raises
    ------
    UsageError
        If the lab has no other data.
    LabError
        If they cannot be made.
    EngineError
        If the reference does not run with them.
    """
    # Not at the top: most gradings do without.
    from grader.reports import write_variant
    from grader.secondlook import SecondLook

    bench = Bench(Lab.load(lab))
    with engine_or_own(engine) as chosen:
        listener = listener or Silence()
        looking = SecondLook(bench, out, chosen, listener, seed=seed, jobs=jobs, task=task)
        given = [
            (read_submission(s, bench.lab, bench.released), profile_of(grades[s.id], bench))
            for s in find_sources(submissions)
            if s.id in grades
        ]
        looks = looking.look(given)
    write_variant(looks, bench.lab, seed, out)
    # There is nothing to end if this look was asked for by itself.
    with contextlib.suppress(UsageError):
        grading = interrupted(out)
        if grading.variant_seed == seed:
            end(out, grading)
    return looks
