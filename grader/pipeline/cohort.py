"""Grades a cohort: whatever is unchanged is kept, everything else runs and is judged."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.desk import Desk
from grader.documents import counted_grades
from grader.engine.base import Engine
from grader.engine.elsewhere import Workers
from grader.engine.wall import outer_wall_missing
from grader.errors import ReleasedError, UsageError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench, Plan
from grader.individuals import Individuals, without_seed
from grader.intake.files import Source, find_sources, source_digest
from grader.intake.reader import read_submission
from grader.judging import Judge, Order
from grader.lab import Lab
from grader.messages import problem
from grader.model import Grade, HandIn, Submission
from grader.pipeline.parts import check_names, engine_or_own, open_gradebook
from grader.references import EVIDENCE, References
from grader.resuming import Grading, begin, end
from grader.reuse import Seals, surroundings
from grader.running import Listener, Runner, Silence, usable
from grader.variant.seed import CohortSeed

if TYPE_CHECKING:
    from grader.gradebook import Gradebook

__all__ = ["CohortResult", "grade_cohort"]


@dataclass(frozen=True)
class CohortResult:
    """Grades by submission, and those that could not be graded, with the reason."""

    grades: Mapping[str, Grade]
    failures: Mapping[str, str] = field(default_factory=dict)


def grade_cohort(
    submissions: Path,
    lab: Path,
    out: Path,
    *,
    jobs: int = 1,
    task: str | None = None,
    profile: str | None = None,
    protocol: bool = True,
    fresh: bool = False,
    unsafe: bool = False,
    theme: str | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
    workers: Workers | None = None,
    processes: int = 0,
    gradebook: str | Path | None = None,
    term: str = "",
    since: float = 0.0,
    seed_file: Path | None = None,
    variant_seed: int | None = None,
) -> CohortResult:
    """Grade every submission in a folder or .zip and write the results.

    A submission whose result would be the same as the one in ``out`` is not judged again.

    Parameters
    ----------
    submissions, lab, out : Path
        See the command ``grader grade``.
    jobs : int
        Notebooks that run at the same time.
    task : str, optional
        Grade this task only; other tasks of earlier results in ``out`` stay.
    profile : str, optional
        Kernel profile for all; without it each submission's code decides.
    protocol : bool
        Write ``protokoll.pdf`` and ``protokoll.html``.
    fresh : bool
        Run notebooks again that the store has, and judge anew what is unchanged.
    unsafe : bool
        Run others' code even where the outer wall cannot stand.
    theme : str, optional
        Theme of the protocols: a folder, or the name of an installed one.
    workers : Workers, optional
        Where submissions' notebooks run instead of under this process: a pool of processes, a
        cluster. The reference runs here.
    processes : int
        Judge in so many processes beside this one; 0 judges in this one. As everywhere, a script
        that starts processes needs ``if __name__ == "__main__":``.
    gradebook : str or Path, optional
        URL or SQLite file of the gradebook; ``gradebook.sqlite`` in ``out`` if left out.
    term : str
        The cohort's term in the gradebook.
    since : float
        Of an interrupted grading with ``fresh`` that goes on: what was made anew since then is not
        made once more, see :func:`interrupted`.
    seed_file : Path, optional
        The cohort's seed, if groups have data of their own.
    variant_seed : int, optional
        :func:`second_look` follows with this seed; the grading is over only after it.

    Returns
    -------
    CohortResult

    Raises
    ------
    UsageError, LabError
        Wrong paths, an unknown task or profile, a broken lab.
    EngineError
        If the reference solutions do not run.
    ReleasedError
        If something would be graded anew in a cohort whose grades are released.
    StoreError
        If the gradebook cannot be opened or written, or the disk is full.
    """
    bench = Bench(Lab.load(lab))
    check_names(bench, task, profile)
    digest = _theme_digest(theme) if protocol else ""
    sources = find_sources(submissions)
    seed = CohortSeed.load(seed_file) if seed_file else None
    if engine is None and not unsafe and (missing := outer_wall_missing()):
        raise UsageError(
            f"Fremder Code soll nicht ohne Schutzwand laufen, und hier steht keine: {missing}. "
            "Mit --unsafe geht es trotzdem, mit den Rechten dieses Kontos."
        )
    listener = listener or Silence()
    with open_gradebook(gradebook, out) as book, engine_or_own(engine) as chosen:
        grading = begin(
            out,
            Grading(
                submissions=str(submissions.resolve()),
                lab=str(bench.lab.folder),
                task=task,
                profile=profile,
                protocol=protocol,
                fresh=fresh,
                theme=str(Path(theme).resolve()) if theme and Path(theme).is_dir() else theme,
                seed_file=str(seed_file.resolve()) if seed_file else "",
                gradebook=_anywhere(gradebook),
                term=term,
                variant_seed=variant_seed,
                since=since,
            ),
        )
        individuals = Individuals(bench, seed, out) if seed else None
        # Which kits there are decides about every result: all submissions are read.
        placed = individuals.place(_read(s, bench) for s in sources) if individuals else {}
        others = individuals.benches if individuals else {}
        references = References(bench, chosen, listener, jobs, task, others)
        store = EvidenceStore(out / EVIDENCE, grading.since)
        desk = Desk(
            Judge(bench, out, task, protocol, theme, individuals),
            references,
            Seals(out, store, references.store),
            surroundings(bench.lab, bench.data_hash),
            listener,
            book,
            term,
        )
        options = (
            task,
            profile,
            digest,
            *sorted(others),
            *(individuals.groups if individuals else ()),
        )
        changed = [
            s
            for s in sources
            if not desk.keep(s.id, _handed_in(s), (*options, placed.get(s.id, ("", ""))[1]))
        ]
        if kept := len(sources) - len(changed):
            listener.kept(kept)
        if changed:
            _prepare(book, bench.lab, term)
        read = [placed[s.id] if placed else (without_seed(_read(s, bench)), "") for s in changed]
        plans = [
            desk.judge.bench_of(variant).plan(submission, profile=profile, task=task)
            for submission, variant in read
        ]
        # Now, before any submission runs: a broken reference must not show after an hour.
        references.prepare(p.reference for p in plans)
        if individuals and plans:
            individuals.expect(references, profile)
        # A few are judged sooner than processes start.
        desk.judges.processes = processes if len(plans) > 2 else 0
        runner = Runner(chosen, store, listener, jobs, typical=references.typical, workers=workers)
        with contextlib.closing(desk):
            orders = _orders(plans, runner, desk, try_others=profile is None, task=task)
            _judge_all(orders, desk, references, individuals)
        if variant_seed is None:
            end(out, grading)
    grades = counted_grades(list(desk.grades.values()), desk.decided)
    return CohortResult(
        {grade.submission: grade for grade in sorted(grades, key=lambda g: g.submission)},
        dict(sorted(desk.failures.items())),
    )


def _judge_all(
    orders: Generator[Order, None, None],
    desk: Desk,
    references: References,
    individuals: Individuals | None,
) -> None:
    """Hand each submission that ran to the desk; last those that need references not run yet."""
    late = []
    with contextlib.closing(orders):
        for order in orders:
            ready = order.plan.reference in references
            if ready and not (individuals and individuals.doubtful(order.plan, order.runs)):
                desk.grade(order)
            else:
                # References would run beside all that runs now.
                late.append(order)
    references.prepare(order.plan.reference for order in late)
    for order in late:
        desk.grade(_compared(order, individuals, references))
    desk.finish()


def _compared(order: Order, individuals: Individuals | None, references: References) -> Order:
    if individuals is None:
        return order
    found = individuals.compared(order.plan, order.runs, references)
    return replace(order, noticed=(*order.noticed, *found))


def _anywhere(gradebook: str | Path | None) -> str:
    """A gradebook's address that holds in every working folder."""
    given = str(gradebook or "")
    return str(Path(given).resolve()) if given and "://" not in given else given


def _handed_in(source: Source) -> HandIn:
    inside = f"!/{source.inside}" if source.inside else ""
    return HandIn(digest=source_digest(source), path=f"{source.path.resolve()}{inside}")


def _prepare(book: Gradebook, lab: Lab, term: str) -> None:
    """Before gradings change: they may, and what there is is backed up."""
    cohort = book.find_cohort(lab.id, term)
    if cohort is None or not cohort.groups:
        return
    if cohort.released_at is not None:
        when = f"{cohort.released_at.astimezone():%d.%m.%Y}"
        raise ReleasedError(
            f"Die Noten sind seit {when} freigegeben; es wird nichts neu bewertet. Zuerst die "
            "Freigabe aufheben: grader gradebook reopen."
        )
    book.back_up("vor-bewertung")


def _theme_digest(theme: str | None) -> str:
    """Hash of a theme that was asked for; a broken one must not show after an hour."""
    if theme is None:
        return ""
    from grader.protocol import load_theme

    return load_theme(theme).digest


def _orders(
    plans: Iterable[Plan],
    runner: Runner,
    desk: Desk,
    *,
    try_others: bool,
    task: str | None,
) -> Generator[Order, None, None]:
    """Run the plans, and yield each submission as soon as its notebooks are there.

    What fails inside the lab's libraries runs under the other profile too.
    """
    firsts: dict[str, Order] = {}
    with contextlib.closing(runner.run(plans)) as ended:
        for plan, runs in ended:
            name = plan.submission.id
            desk.consulted(name, plan.keys)
            bench = desk.judge.bench_of(plan.variant)
            order, first = Order(plan, runs), firsts.pop(name, None)
            other = bench.other_profile(plan, usable(runs)) if try_others and not first else None
            if other is None:
                yield _better(first, order) if first else order
            else:
                firsts[name] = order
                runner.add(bench.plan(plan.submission, profile=other.name, task=task))


def _better(first: Order, second: Order) -> Order:
    """Of a submission's runs under two profiles, those with fewer failing cells."""
    failing = [
        sum(c.status != "ok" for run in usable(order.runs).values() for c in run.cells)
        for order in (first, second)
    ]
    if failing[1] < failing[0]:
        default, other = first.plan.profile.name, second.plan.profile.name
        return replace(second, noticed=(problem("other_profile", default=default, other=other),))
    return first


def _read(source: Source, bench: Bench) -> Submission:
    return read_submission(source, bench.lab, bench.released)
