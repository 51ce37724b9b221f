"""The reference solutions, run through the same engine as submissions: what is expected."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.checks.context import Side
from grader.engine.base import Engine
from grader.engine.expect import Typical, typical_of
from grader.errors import EngineError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench, Plan
from grader.intake.files import Source
from grader.intake.reader import read_submission
from grader.model import NotebookEvidence
from grader.running import Found, Listener, Runner, usable

__all__ = ["EVIDENCE", "Reference", "References", "reference_plan", "sound_runs"]

# The folder of a store, in the lab's folder and in that of results.
EVIDENCE = ".evidence"


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference's side, the keys of its runs in the lab's store, and whose kit it is for."""

    side: Side
    keys: tuple[str, ...]
    variant: str = ""


class References(dict[str, Reference]):
    """References that were prepared, by what plans call theirs (:attr:`Plan.reference`).

    ``others`` are the lab as single groups have it, by the id of their kits.
    """

    def __init__(
        self,
        bench: Bench,
        engine: Engine,
        listener: Listener,
        jobs: int,
        task: str | None,
        others: Mapping[str, Bench] | None = None,
    ) -> None:
        super().__init__()
        self.store = EvidenceStore(bench.lab.folder / EVIDENCE)
        # Filled as references come in: what their cells took is what others' will take.
        self.typical: dict[str, Typical] = {}
        self._benches, self._task = {"": bench, **(others or {})}, task
        self._profiles = {profile.name for profile in bench.lab.profiles}
        self._runner: Callable[[], Runner] = lambda: Runner(engine, self.store, listener, jobs)

    def prepare(self, names: Iterable[str]) -> None:
        """Run the references of these names, all at once, unless they have been."""
        new = sorted(set(names) - set(self))
        if not new:
            return
        own = []
        for name in new:
            profile, _, variant = ("", "", "") if name in self._profiles else name.rpartition(" ")
            own.append(reference_plan(self._benches[variant], profile or name, self._task))
        with contextlib.closing(self._runner().run(own)) as ended:
            for plan, runs in ended:
                sound = sound_runs(plan, runs)
                self.typical |= typical_of((run, plan.alignments[n]) for n, run in sound.items())
                side = self._benches[plan.variant].side(plan, sound)
                self[plan.reference] = Reference(side, tuple(plan.keys.values()), plan.variant)

    def of_absent(
        self, benches: Mapping[str, Bench], profile: str, notebooks: Collection[str]
    ) -> dict[str, Side]:
        """What the references of groups leave that have handed in nothing here.

        Run once; from then on they are in the store. One that fails is left out: it judges nobody.

        Parameters
        ----------
        benches : mapping of str to Bench
            The lab as these groups have it, by the id of their kits.
        notebooks : collection of str
            Only these.
        """
        plans = [reference_plan(b, profile, None, notebooks) for b in benches.values()]
        found = {}
        with contextlib.closing(self._runner().run(plans)) as ended:
            for plan, runs in ended:
                with contextlib.suppress(EngineError):
                    sound = sound_runs(plan, runs)
                    found[plan.variant] = benches[plan.variant].side(plan, sound)
        return found


def reference_plan(
    bench: Bench, profile: str, task: str | None, notebooks: Collection[str] | None = None
) -> Plan:
    """Plan a run of the solutions; arguments as in :meth:`grader.grading.Bench.plan`.

    Raises
    ------
    LabError
        If a source, the answers or the particulars cannot be read.
    """
    # Not at the top: jupytext, which an unchanged cohort does not need.
    from grader.exchange.kit import write_solution

    with tempfile.TemporaryDirectory(prefix="grader-reference-") as temporary:
        folder = Path(temporary) / "reference"
        write_solution(bench.lab, folder)
        submission = read_submission(Source("reference", folder), bench.lab, bench.released)
    return bench.plan(submission, profile=profile, task=task, notebooks=notebooks)


def sound_runs(plan: Plan, runs: Mapping[str, Found]) -> dict[str, NotebookEvidence]:
    """The reference's runs, every cell of which must have worked.

    Raises
    ------
    EngineError
        If one could not be run, or one of its cells failed.
    """
    for notebook, evidence in runs.items():
        if isinstance(evidence, EngineError):
            raise evidence
        bad = [c for c in evidence.cells if c.status != "ok"]
        if bad:
            raise EngineError(
                f"Die Musterlösung {notebook} scheitert unter {plan.profile.name} in Zelle "
                f"{bad[0].index + 1}: {bad[0].status} {bad[0].error} {bad[0].error_message}"
            )
    return usable(runs)
