"""Runs the reference solutions."""

from __future__ import annotations

from collections.abc import Collection

from grader.checks.context import Side
from grader.engine.base import Engine
from grader.evidence.store import EvidenceStore
from grader.grading import Bench
from grader.pipeline.parts import engine_or_own
from grader.references import EVIDENCE, reference_plan, sound_runs
from grader.running import Listener, Runner, Silence

__all__ = ["build_reference"]


def build_reference(
    bench: Bench,
    *,
    profile: str | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
    jobs: int = 1,
    fresh: bool = False,
    task: str | None = None,
    notebooks: Collection[str] | None = None,
) -> Side:
    """Run the reference solutions (or take their evidence from the store).

    Parameters
    ----------
    bench : Bench
        The opened lab.
    profile : str, optional
        Kernel profile; the lab's default if left out.
    fresh : bool
        Run again even if the store has the evidence.
    task : str, optional
        Only the notebook of this task.
    notebooks : collection of str, optional
        Only these.

    Raises
    ------
    EngineError
        If a reference notebook cannot be run or one of its cells fails.
    """
    name = profile or bench.lab.profiles[0].name
    plan = reference_plan(bench, name, task, notebooks)
    with engine_or_own(engine) as chosen:
        store = EvidenceStore(bench.lab.folder / EVIDENCE)
        runner = Runner(chosen, store, listener or Silence(), jobs, fresh)
        return bench.side(plan, sound_runs(plan, runner.run_one(plan)))
