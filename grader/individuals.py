"""Groups with kits of their own: which kit a submission is from, and the lab as they have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from grader.checks.context import Side
from grader.errors import UsageError
from grader.grading import Bench, Plan
from grader.messages import problem
from grader.model import Problem, Submission
from grader.references import References
from grader.running import Found, usable
from grader.variant.individual import individual_lab, individual_of
from grader.variant.others import Expected, differing, expected_of, matches
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
        # Of groups that handed in nothing here, by notebook: taken in when there is a need.
        self._absent: dict[str, dict[str, tuple[Expected, ...]]] = {}

    @property
    def groups(self) -> tuple[str, ...]:
        """Ids of all kits that are known: of submissions that were seen, and of the seed."""
        return tuple(sorted({*self.benches, *self._seed.by_id()}))

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
            self.benches[own] = self._made(group)
        return replace(submission, problems=(*submission.problems, *odd)), own

    def _made(self, group: str) -> Bench:
        lab = individual_lab(self._bench.lab, self._cache, self._seed.number(group))
        return Bench(lab, self._seed.id(group))

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
        return self._said(side, own, others)

    def doubtful(self, plan: Plan, runs: Mapping[str, Found]) -> frozenset[str]:
        """Notebooks with results that are not the own kit's, and may be those of an absent group.

        Empty where all groups are here: :meth:`noticed` compares with them.
        """
        own = self._expected.get(plan.variant)
        if own is None or set(self.groups) <= self.benches.keys():
            return frozenset()
        side = self.benches[plan.variant].side(plan, usable(runs))
        return frozenset(differing(self._specs, side, own))

    def compared(
        self, plan: Plan, runs: Mapping[str, Found], references: References
    ) -> tuple[Problem, ...]:
        """Results that are those of a group of the cohort that handed in nothing here.

        The references of these groups run, once and for all, if there is anything to compare.
        """
        notebooks = self.doubtful(plan, runs)
        if not notebooks:
            return ()
        self._take_in(notebooks, references)
        side, own = (
            self.benches[plan.variant].side(plan, usable(runs)),
            self._expected[plan.variant],
        )
        found: list[Problem] = []
        for name in sorted(notebooks):
            found += (p for p in self._said(side, own, self._absent[name]) if p.notebook == name)
        return tuple(found)

    def _take_in(self, notebooks: Iterable[str], references: References) -> None:
        new = sorted(set(notebooks) - self._absent.keys())
        absent = {i: n for i, n in self._seed.by_id().items() if i not in self.benches}
        if not new:
            return
        profile = self._bench.lab.profiles[0].name
        benches = {i: self._made(group) for i, group in sorted(absent.items())}
        sides = references.of_absent(benches, profile, new)
        expected = {i: expected_of(self._specs, side) for i, side in sides.items()}
        self._absent |= dict.fromkeys(new, expected)

    def _said(
        self, side: Side, own: tuple[Expected, ...], others: Mapping[str, tuple[Expected, ...]]
    ) -> tuple[Problem, ...]:
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
