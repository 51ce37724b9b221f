"""The order of the steps: intake, run, evidence, checks, grade, gradebook, documents.

The only module that knows it. Commands, tests and notebooks call these functions:

- :func:`grade_cohort` grades a folder of submissions,
- :func:`build_reference` runs the reference solutions,
- :func:`second_look` runs graded submissions with other data,
- :func:`self_check` looks at one's own notebooks, :func:`submit` packs them,
- :func:`make_protocol` and :func:`make_report` write documents.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.checks.context import Side
from grader.desk import Desk, stored_results
from grader.documents import counted_grades, write_feedbacks, write_reports
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
from grader.model import Grade, HandIn, Submission, VariantLook
from grader.own import OwnWork, open_bench, own_paths, questions_only, read_own, run_own
from grader.references import EVIDENCE, References, reference_plan, sound_runs
from grader.resuming import Grading, begin, end, interrupted
from grader.reuse import Seals, surroundings
from grader.running import Listener, Runner, Silence, usable
from grader.selfcheck.description import find_description
from grader.variant.seed import CohortSeed

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.handin import HandedIn

__all__ = [
    "CohortResult",
    "Listener",
    "build_reference",
    "grade_cohort",
    "interrupted",
    "make_protocol",
    "make_report",
    "read_results",
    "require_variant",
    "second_look",
    "self_check",
    "submit",
]


@dataclass(frozen=True)
class CohortResult:
    """Grades by submission, and those that could not be graded, with the reason."""

    grades: Mapping[str, Grade]
    failures: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def _engine(given: Engine | None) -> Iterator[Engine]:
    """The engine that was given, or one of our own, which ends with its use."""
    if given is not None:
        yield given
        return
    # Not at the top: what drives kernels takes longer to import than an unchanged cohort to grade.
    from grader.engine.choose import DefaultEngine

    own = DefaultEngine()
    try:
        yield own
    finally:
        own.close()


# --------------------------------------------------------------------------- reference


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
    with _engine(engine) as chosen:
        store = EvidenceStore(bench.lab.folder / EVIDENCE)
        runner = Runner(chosen, store, listener or Silence(), jobs, fresh)
        return bench.side(plan, sound_runs(plan, runner.run_one(plan)))


# --------------------------------------------------------------------------- a cohort


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
    _check_names(bench, task, profile)
    digest = _theme_digest(theme) if protocol else ""
    sources = find_sources(submissions)
    seed = CohortSeed.load(seed_file) if seed_file else None
    if engine is None and not unsafe and (missing := outer_wall_missing()):
        raise UsageError(
            f"Fremder Code soll nicht ohne Schutzwand laufen, und hier steht keine: {missing}. "
            "Mit --unsafe geht es trotzdem, mit den Rechten dieses Kontos."
        )
    listener = listener or Silence()
    with _gradebook(gradebook, out) as book, _engine(engine) as chosen:
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
        if variant_seed is None:
            end(out, grading)
    grades = counted_grades(list(desk.grades.values()), desk.decided)
    return CohortResult(
        {grade.submission: grade for grade in sorted(grades, key=lambda g: g.submission)},
        dict(sorted(desk.failures.items())),
    )


def _compared(order: Order, individuals: Individuals | None, references: References) -> Order:
    if individuals is None:
        return order
    found = individuals.compared(order.plan, order.runs, references)
    return replace(order, noticed=(*order.noticed, *found))


@contextlib.contextmanager
def _gradebook(given: str | Path | None, out: Path) -> Iterator[Gradebook]:
    # Not at the top: SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

    with Gradebook(given or out / "gradebook.sqlite") as book:
        yield book


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


def _check_names(bench: Bench, task: str | None, profile: str | None) -> None:
    known = [t.id for t in bench.lab.tasks]
    if task is not None and task not in known:
        raise UsageError(f"Die Aufgabe {task!r} gibt es nicht. Aufgaben: {', '.join(known)}.")
    if profile is not None and profile not in [p.name for p in bench.lab.profiles]:
        names = ", ".join(p.name for p in bench.lab.profiles)
        raise UsageError(f"Das Profil {profile!r} gibt es nicht. Profile: {names}.")


def _profile_of(grade: Grade, bench: Bench) -> str:
    return str(grade.provenance.get("profile", bench.lab.profiles[0].name))


def require_variant(lab: Path, task: str | None = None) -> None:
    """Do nothing if the lab in this folder compares results, or those of a task, with other data.

    Raises
    ------
    UsageError
        If it does not.
    """
    from grader.variant.folder import results_of

    bench = Bench(Lab.load(lab))
    _check_names(bench, task, None)
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
    with _engine(engine) as chosen:
        listener = listener or Silence()
        looking = SecondLook(bench, out, chosen, listener, seed=seed, jobs=jobs, task=task)
        given = [
            (read_submission(s, bench.lab, bench.released), _profile_of(grades[s.id], bench))
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


# --------------------------------------------------------------------------- single uses


def self_check(
    paths: list[Path],
    lab: Path | None = None,
    *,
    task: str | None = None,
    training_seconds: float = 20.0,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> OwnWork:
    """Look at one's own notebooks before handing in; the lab's solutions are not needed.

    Cells that train are stopped after ``training_seconds``. Where only the control questions are
    asked for, nothing runs.

    Parameters
    ----------
    paths : list of Path
        Notebooks, or one folder.
    lab : Path, optional
        A ``selbsttest.json`` or a lab's folder; without it the one beside or above the notebooks.

    Raises
    ------
    UsageError
        If a path does not exist, is neither, or no lab is found.
    """
    bench = open_bench(paths, lab)
    paths = own_paths(paths)
    if questions_only(paths, task):
        return run_own(paths, bench, None, task=task or "kontrollfragen")
    if task is not None:
        bench.description.task(task)
    with _engine(engine) as chosen:
        return run_own(
            paths,
            bench,
            chosen,
            task=task,
            training_seconds=training_seconds,
            listener=listener,
        )


def submit(
    folder: Path,
    target: Path,
    lab: Path | None = None,
    *,
    run: bool = True,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> HandedIn:
    """Write a group's hand-in as a .zip with a manifest, after a last look at it.

    Parameters
    ----------
    folder : Path
        Where the group works.
    target : Path
        The .zip.
    lab : Path, optional
        As for :func:`self_check`.
    run : bool
        Run the notebooks once more, to find outputs that are stale.

    Raises
    ------
    UsageError
        If there is nothing to hand in, or the .zip cannot be written.
    """
    from grader.handin import hand_in

    if not folder.is_dir():
        raise UsageError(f"{folder} ist kein Ordner.")
    bench = open_bench([folder], lab)
    paths = own_paths([folder])
    if run:
        with _engine(engine) as chosen:
            own = run_own(paths, bench, chosen, listener=listener)
    else:
        own = run_own(paths, bench, None)
    return hand_in(own, target, {n: v for n, v in bench.versions.items() if v})


def make_protocol(
    submission: Path,
    target: Path,
    lab: Path,
    *,
    out: Path | None = None,
    profile: str | None = None,
    theme: str | None = None,
    review: bool = False,
    seed_file: Path | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> Side:
    """Write the protocol of one submission, finished or not, as .pdf, .html or .docx.

    Parameters
    ----------
    lab : Path
        The lab's folder; where there is none, the ``selbsttest.json`` beside the notebooks serves.
    out : Path, optional
        Results of an earlier grading: evidence there is used instead of running again.
    theme : str, optional
        A theme's folder, or the name of an installed one.
    review : bool
        The instructor's version: with the points and comments that ``out`` holds.
    seed_file : Path, optional
        The cohort's secret seed: a group with a kit of its own gets its own data and task texts.

    Raises
    ------
    UsageError
        If the path holds no or several submissions, the ending is another one, the theme is
        broken, or there is no result to show.
    LabError
        If there is no lab.
    """
    from grader.protocol import load_theme, write_protocol

    if target.suffix.lower() not in (".pdf", ".html", ".docx"):
        raise UsageError(f"{target.name}: ein Protokoll endet auf .pdf, .html oder .docx.")
    chosen_theme = load_theme(theme)
    with tempfile.TemporaryDirectory(prefix="grader-protocol-") as name:
        results = out if out is not None and out.is_dir() else Path(name)
        if (lab / "lab.toml").is_file() or find_description([submission, Path.cwd()]) is None:
            bench, read = _with_own_kit(Bench.open(lab), submission, seed_file, results)
        else:
            # Students have no lab, but what their kit says of it.
            bench = open_bench([submission])
            read, _ = read_own(own_paths([submission]), bench.lab, bench.released)
        grade, comments = _reviewed(read.id, bench, out) if review else (None, {})
        if grade is not None and profile is None:
            profile = _profile_of(grade, bench)
        plan = bench.plan(read, profile=profile)
        folder = results / EVIDENCE
        with _engine(engine) as chosen:
            runner = Runner(chosen, EvidenceStore(folder), listener or Silence())
            side = bench.side(plan, usable(runner.run_one(plan)))
        target.parent.mkdir(parents=True, exist_ok=True)
        write_protocol(side, target, grade, theme=chosen_theme, review=review, comments=comments)
    return side


def _with_own_kit(
    bench: Bench, submission: Path, seed_file: Path | None, results: Path
) -> tuple[Bench, Submission]:
    """Read a submission, and find the lab as its group has it."""
    read, _ = read_own([submission], bench.lab, bench.released)
    if seed_file is None:
        return bench, without_seed(read)
    individuals = Individuals(bench, CohortSeed.load(seed_file), results)
    ((placed, variant),) = individuals.place([read]).values()
    bench = individuals.bench_of(variant)
    own, _ = read_own([submission], bench.lab, bench.released)
    return bench, replace(own, problems=placed.problems)


def _reviewed(name: str, bench: Bench, out: Path | None) -> tuple[Grade, dict[str, str]]:
    """A submission's newest grade and the instructor's comments, from the gradebook in ``out``."""
    # Not at the top: SQLAlchemy and Alembic.
    from grader.gradebook import Gradebook

    path = out / "gradebook.sqlite" if out is not None else Path()
    if not path.is_file():
        raise UsageError(
            f"In {out} liegt kein Notenbuch. Zuerst »grader grade« aufrufen oder mit --out den "
            "Ordner mit den Ergebnissen nennen."
        )
    with Gradebook(path) as gradebook:
        cohort = gradebook.find_cohort(bench.lab.id)
        graded = gradebook.grades(cohort.id) if cohort else []
        found = [g for g in graded if g.submission == name]
        if cohort is None or not found:
            raise UsageError(f"Zu {name} gibt es in {out} noch keine Bewertung.")
        numbers = [g.id for g in gradebook.groups(cohort.id) if g.name == name]
        marks = [gradebook.marks(cohort.id).get(n, {}) for n in numbers]
    return found[0], {check: m.comment for own in marks for check, m in own.items() if m.comment}


def read_results(out: Path) -> list[Grade]:
    """Read every ``result.json`` below ``out``, sorted by submission.

    Raises
    ------
    UsageError
        If there is none.
    """
    grades, unreadable = stored_results(out)
    if unreadable:
        raise UsageError(
            f"{unreadable[0]} ist nicht lesbar. Bitte diese Abgabe neu bewerten oder die Datei "
            "entfernen."
        )
    if not grades:
        raise UsageError(f"In {out} liegen keine Ergebnisse. Zuerst »grader grade« aufrufen.")
    return grades


def make_report(
    out: Path, lab: Path, *, gradebook: str | Path | None = None, term: str | None = None
) -> list[Grade]:
    """Write ``cohort.html``, ``grades.csv`` and every ``feedback.html`` with what humans decided.

    Results come from ``out``, decisions from the gradebook (of the newest term, unless one is
    named); nothing is judged again.
    """
    bench = Bench.open(lab)
    grades = read_results(out)
    with _gradebook(gradebook, out) as book:
        cohort = book.find_cohort(bench.lab.id, term)
        decided = {} if cohort is None else book.decided(cohort.id, bench.lab)
    references = EvidenceStore(bench.lab.folder / EVIDENCE)
    write_feedbacks(
        grades, decided, bench.lab, out, Seals(out, EvidenceStore(out / EVIDENCE), references)
    )
    write_reports(grades, decided, bench.lab, out)
    return counted_grades(grades, decided)
