"""Groups with kits of their own: which kit a submission is from, and the lab as they have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from grader.checks.context import Side
from grader.errors import UsageError
from grader.grading import Bench, Plan
from grader.messages import problem
from grader.model import Problem, Submission
from grader.references import References
from grader.variant.individual import individual_lab, individual_of
from grader.variant.others import Expected, expected_of, matches
from grader.variant.seed import CohortSeed, group_key

__all__ = ["Individuals", "without_seed"]

_CACHE = ".individual"


class Individuals:
    """The kits of a cohort's groups.

    Parameters
    ----------
    bench : Bench
        The lab as everybody has it.
    seed : CohortSeed
    out : Path
        Results; keeps the groups' data.

    Attributes
    ----------
    benches : dict of str to Bench
        The lab as groups have it, by the id of their kits; those of submissions that were seen.

    Raises
    ------
    UsageError
        If the lab has no individual kits.
    """

    def __init__(self, bench: Bench, seed: CohortSeed, out: Path) -> None:
        self.benches: dict[str, Bench] = {}
        self._specs = individual_of(bench.lab).results
        self._bench, self._seed, self._cache = bench, seed, out / _CACHE
        self._expected: dict[str, tuple[Expected, ...]] = {}
        self._names = {group_key(name): name for name in seed.groups}

    def place(self, submissions: Iterable[Submission]) -> dict[str, tuple[Submission, str]]:
        """Find submissions' kits; what does not fit is added to their problems.

        The name of a submission counts first, then the group in its ``protokoll.toml``, then
        what its notebooks say, unless none of the names is known.

        Returns
        -------
        dict of str to (Submission, str)
            By submission; with the kit's id, ``""`` where it is everybody's.
        """
        placed = [self._placed(submission) for submission in submissions]
        often = Counter(variant for _, variant in placed)
        found = {}
        for submission, variant in placed:
            if variant and often[variant] > 1:
                shared = problem("shared_kit", variant=variant)
                submission = replace(submission, problems=(*submission.problems, shared))
            found[submission.id] = submission, variant
        return found

    def _placed(self, submission: Submission) -> tuple[Submission, str]:
        ids = [n.variant for n in submission.notebooks.values() if n.variant]
        names = [n for n in (submission.id, submission.particulars.group) if _is_name(n)]
        known = self._seed.by_id(names)
        group = next((self._names[group_key(n)] for n in names if group_key(n) in self._names), "")
        if not group:
            # Names that were never noted still have their kits.
            said = Counter(i for i in ids if i in known).most_common(1)
            group = known[said[0][0]] if said else ""
        own = self._seed.id(group) if group else ""
        odd = []
        for notebook in submission.notebooks.values():
            if notebook.variant and notebook.variant != own:
                kind = "other_kit" if own else "unknown_variant"
                odd.append(problem(kind, notebook.name, variant=notebook.variant))
        if own and own not in self.benches:
            lab = individual_lab(self._bench.lab, self._cache, self._seed.number(group))
            self.benches[own] = Bench(lab, own)
        return replace(submission, problems=(*submission.problems, *odd)), own

    def bench_of(self, variant: str) -> Bench:
        """The lab as the group with this kit has it."""
        return self.benches[variant] if variant else self._bench

    def expect(self, references: References, profile: str | None = None) -> None:
        """Take in what the references of all groups leave, under whatever profile they ran."""
        there = {reference.variant for reference in references.values()}
        name = profile or self._bench.lab.profiles[0].name
        references.prepare(f"{name} {v}" for v in self.benches if v not in there)
        for reference in references.values():
            if reference.variant:
                self._expected[reference.variant] = expected_of(self._specs, reference.side)

    def noticed(self, side: Side, plan: Plan) -> tuple[Problem, ...]:
        """Results that are those of another group's kit."""
        own = self._expected.get(plan.variant)
        if own is None:
            return ()
        others = {v: found for v, found in self._expected.items() if v != plan.variant}
        return tuple(
            problem(
                "other_variant",
                match.notebook,
                title=f"Aufgabe {match.task}",
                what=match.spec.title,
                variant=match.variant,
            )
            for match in matches(self._specs, side, own, others)
        )


def without_seed(submission: Submission) -> Submission:
    """Note which notebooks are from a group's own kit, where nothing is known of these."""
    odd = [
        problem("unknown_variant", notebook.name, variant=notebook.variant)
        for notebook in submission.notebooks.values()
        if notebook.variant
    ]
    return replace(submission, problems=(*submission.problems, *odd)) if odd else submission


def _is_name(text: str) -> bool:
    try:
        group_key(text)
    except UsageError:
        return False
    return True
