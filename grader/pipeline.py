"""The order of the steps: intake, run, evidence, checks, grade, gradebook, documents.

The only module that knows it. Commands, tests and notebooks call these functions:

- :func:`grade_cohort` grades a folder of submissions,
- :func:`build_reference` runs the reference solutions,
- :func:`self_check` looks at one's own notebooks,
- :func:`make_protocol` and :func:`make_report` write documents.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from grader.checks.context import Side
from grader.engine.base import Engine, Job, Progress
from grader.engine.fresh import FreshEngine
from grader.engine.wall import outer_wall_missing
from grader.errors import EngineError, StoreError, UsageError
from grader.evidence.codec import decode_grade, encode_grade
from grader.evidence.store import EvidenceStore
from grader.exchange.kit import write_solution
from grader.files import write_atomically
from grader.gradebook import Gradebook
from grader.grading import Bench, Plan
from grader.intake.files import File, Source, find_sources
from grader.intake.reader import read_files, read_submission
from grader.messages import problem
from grader.model import Grade, NotebookEvidence, Problem, Submission, TaskGrade
from grader.protocol import write_protocol, write_protocols
from grader.reports import write_cohort, write_feedback, write_table

__all__ = [
    "CohortResult",
    "Listener",
    "SelfCheck",
    "build_reference",
    "grade_cohort",
    "make_protocol",
    "make_report",
    "read_results",
    "self_check",
]

EVIDENCE = ".evidence"


class Listener(Protocol):
    """Hears what the pipeline does; called from several threads."""

    def planned(self, runs: int, cached: int) -> None:
        """So many notebooks will run; so many are already in the store."""

    def cell(self, progress: Progress) -> None:
        """A cell starts."""

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""

    def graded(self, grade: Grade) -> None:
        """A submission has its result and documents."""


class _Silence:
    def planned(self, runs: int, cached: int) -> None: ...
    def cell(self, progress: Progress) -> None: ...
    def ran(self, label: str, notebook: str) -> None: ...
    def graded(self, grade: Grade) -> None: ...


@dataclass(frozen=True)
class CohortResult:
    """Grades by submission, and those that could not be graded, with the reason."""

    grades: Mapping[str, Grade]
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SelfCheck:
    """A student's own look: the grade (not to be shown as it is) and the side behind it."""

    grade: Grade
    side: Side


# --------------------------------------------------------------------------- running


@dataclass
class _Runner:
    """Runs plans' jobs through an engine, each distinct job once, and stores what they leave."""

    engine: Engine
    store: EvidenceStore
    listener: Listener
    jobs: int = 1
    fresh: bool = False

    def run(self, plans: Iterable[Plan]) -> Iterator[tuple[str, NotebookEvidence | EngineError]]:
        """Yield (key, evidence) of every job as it is there; an error where none could be had."""
        wanted: dict[str, Job] = {}
        for plan in plans:
            for name, key in plan.keys.items():
                wanted.setdefault(key, plan.jobs[name])
        stored = {} if self.fresh else {k: e for k in wanted if (e := self.store.get(k))}
        todo = {k: job for k, job in wanted.items() if k not in stored}
        self.listener.planned(len(todo), len(stored))
        yield from stored.items()
        pool = ThreadPoolExecutor(max_workers=max(1, self.jobs), thread_name_prefix="run")
        futures: dict[Future[NotebookEvidence], str] = {}
        try:
            # Longest expected first: more cells that may train, then more cells.
            order = sorted(todo, key=lambda k: -sum(c.seconds for c in todo[k].cells))
            for key in order:
                futures[pool.submit(self._one, key, todo[key])] = key
            for future in as_completed(futures):
                key = futures[future]
                job = todo[key]
                try:
                    found: NotebookEvidence | EngineError = future.result()
                except EngineError as error:
                    found = error
                self.listener.ran(job.label, job.notebook)
                yield key, found
        except BaseException:
            self.engine.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, key: str, job: Job) -> NotebookEvidence:
        if not job.cells:
            return NotebookEvidence(job.notebook)
        return self.store.put(key, self.engine.run(job, self.listener.cell))


def _problems(evidence: Mapping[str, NotebookEvidence | EngineError]) -> tuple[Problem, ...]:
    return tuple(
        problem("not_run", name, reason=str(found))
        for name, found in evidence.items()
        if isinstance(found, EngineError)
    )


def _runs(
    plan: Plan, found: Mapping[str, NotebookEvidence | EngineError]
) -> dict[str, NotebookEvidence | EngineError]:
    return {name: found[key] for name, key in plan.keys.items()}


def _usable(found: Mapping[str, NotebookEvidence | EngineError]) -> dict[str, NotebookEvidence]:
    return {n: e for n, e in found.items() if isinstance(e, NotebookEvidence)}


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
    with tempfile.TemporaryDirectory(prefix="grader-reference-") as temporary:
        folder = Path(temporary) / "reference"
        write_solution(bench.lab, folder)
        submission = read_submission(Source("reference", folder), bench.lab, bench.released)
    name = profile or bench.lab.profiles[0].name
    plan = bench.plan(submission, profile=name, task=task, notebooks=notebooks)
    store = EvidenceStore(bench.lab.folder / EVIDENCE)
    runner = _Runner(engine or FreshEngine(), store, listener or _Silence(), jobs, fresh)
    found = _runs(plan, dict(runner.run([plan])))
    for notebook, evidence in found.items():
        if isinstance(evidence, EngineError):
            raise evidence
        bad = [c for c in evidence.cells if c.status != "ok"]
        if bad:
            raise EngineError(
                f"Die Musterlösung {notebook} scheitert unter {plan.profile.name} in Zelle "
                f"{bad[0].index + 1}: {bad[0].status} {bad[0].error} {bad[0].error_message}"
            )
    return bench.side(plan, found)


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
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> CohortResult:
    """Grade every submission in a folder or .zip and write the results.

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
        Run notebooks again that the store has.
    unsafe : bool
        Run others' code even where the outer wall cannot stand.

    Returns
    -------
    CohortResult

    Raises
    ------
    UsageError, LabError
        Wrong paths, an unknown task or profile, a broken lab.
    EngineError
        If the reference solutions do not run.
    """
    bench = Bench.open(lab)
    _check_names(bench, task, profile)
    sources = find_sources(submissions)
    if engine is None and not unsafe and (missing := outer_wall_missing()):
        raise UsageError(
            f"Fremder Code soll nicht ohne Schutzwand laufen, und hier steht keine: {missing}. "
            "Mit --unsafe geht es trotzdem, mit den Rechten dieses Kontos."
        )
    listener = listener or _Silence()
    engine = engine or FreshEngine()
    out.mkdir(parents=True, exist_ok=True)
    plans = {}
    for source in sources:
        submission = read_submission(source, bench.lab, bench.released)
        plans[submission.id] = bench.plan(submission, profile=profile, task=task)
    references = {
        name: build_reference(
            bench, profile=name, engine=engine, listener=listener, jobs=jobs, task=task
        )
        for name in sorted({p.profile.name for p in plans.values()})
    }
    desk = _Desk(bench, references, out, task, protocol, listener)
    runner = _Runner(engine, EvidenceStore(out / EVIDENCE), listener, jobs, fresh)
    found: dict[str, NotebookEvidence | EngineError] = {}
    waiting = dict(plans)
    for key, evidence in _with_start(runner.run(plans.values())):
        if key:
            found[key] = evidence
        ready = [i for i, p in waiting.items() if all(k in found for k in p.keys.values())]
        for submission_id in ready:
            desk.grade(waiting.pop(submission_id), found)
    desk.finish()
    return CohortResult(dict(sorted(desk.grades.items())), dict(sorted(desk.failures.items())))


def _with_start(
    runs: Iterator[tuple[str, NotebookEvidence | EngineError]],
) -> Iterator[tuple[str, NotebookEvidence | EngineError]]:
    """Begin with an empty entry, so that submissions without any notebook are graded too."""
    yield "", EngineError("")
    yield from runs


def _check_names(bench: Bench, task: str | None, profile: str | None) -> None:
    known = [t.id for t in bench.lab.tasks]
    if task is not None and task not in known:
        raise UsageError(f"Die Aufgabe {task!r} gibt es nicht. Aufgaben: {', '.join(known)}.")
    if profile is not None and profile not in [p.name for p in bench.lab.profiles]:
        names = ", ".join(p.name for p in bench.lab.profiles)
        raise UsageError(f"Das Profil {profile!r} gibt es nicht. Profile: {names}.")


@dataclass
class _Desk:
    """Judges submissions one by one and writes what belongs to each."""

    bench: Bench
    references: Mapping[str, Side]
    out: Path
    task: str | None
    protocol: bool
    listener: Listener
    grades: dict[str, Grade] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def grade(self, plan: Plan, found: Mapping[str, NotebookEvidence | EngineError]) -> None:
        """Judge one submission; whatever goes wrong stays with it."""
        name = plan.submission.id
        try:
            runs = _runs(plan, found)
            side = self.bench.side(plan, _usable(runs))
            reference = self.references[plan.profile.name]
            grade = self.bench.judge(
                side, reference, plan, task=self.task, problems=_problems(runs)
            )
            self._write(side, grade)
        except Exception as error:
            # One submission never stops the others; the command names it and exits with 1.
            self.failures[name] = f"{type(error).__name__}: {error}"
            return
        for notebook, evidence in runs.items():
            if isinstance(evidence, EngineError):
                self.failures[name] = f"{notebook}: {evidence}"

    def _write(self, side: Side, grade: Grade) -> None:
        folder = self.out / grade.submission
        folder.mkdir(parents=True, exist_ok=True)
        if self.task is not None:
            grade = _merged(grade, folder / "result.json", self.bench)
        if self.protocol:
            try:
                write_protocols(side, [folder / "protokoll.pdf", folder / "protokoll.html"])
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"[:300]
                broken = problem("protocol_failed", reason=reason)
                grade = replace(grade, problems=(*grade.problems, broken))
        write_feedback(grade, side, folder / "feedback.html")
        write_atomically(folder / "result.json", lambda f: f.write(encode_grade(grade)))
        self.grades[grade.submission] = grade
        self.listener.graded(grade)

    def finish(self) -> None:
        """Write what concerns the whole cohort."""
        grades = [self.grades[name] for name in sorted(self.grades)]
        _write_cohort(self.bench, grades, self.out)


def _write_cohort(bench: Bench, grades: list[Grade], out: Path) -> None:
    with Gradebook(f"sqlite:///{out / 'gradebook.sqlite'}") as gradebook:
        gradebook.record(bench.lab, grades)
    write_table(grades, bench.lab, out / "grades.csv")
    write_cohort(grades, bench.lab, out / "cohort.html")


def _merged(grade: Grade, path: Path, bench: Bench) -> Grade:
    """Put one task's new result into an earlier result of the whole submission."""
    try:
        old = decode_grade(path.read_bytes())
    except (OSError, StoreError):
        return grade
    new = {t.id: t for t in grade.tasks}
    known: dict[str, TaskGrade] = {t.id: t for t in old.tasks} | new
    tasks = tuple(known[t.id] for t in bench.lab.tasks if t.id in known)
    statuses = {c.status for t in tasks for c in t.checks}
    return replace(
        old,
        tasks=tasks,
        points=sum(t.points for t in tasks),
        max_points=sum(t.max_points for t in tasks),
        status="needs_review" if "needs_review" in statuses else "graded",
        provenance=grade.provenance,
    )


# --------------------------------------------------------------------------- single uses


def self_check(
    paths: list[Path],
    lab: Path,
    *,
    task: str | None = None,
    training_seconds: float = 20.0,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> SelfCheck:
    """Look at one's own notebooks before handing in.

    Cells that train are stopped after ``training_seconds``.

    Parameters
    ----------
    paths : list of Path
        Notebooks, or one folder.

    Raises
    ------
    UsageError
        If a path does not exist or is neither.
    """
    bench = Bench.open(lab)
    _check_names(bench, task, None)
    submission = _own(paths, bench)
    plan = bench.plan(submission, task=task, training_seconds=training_seconds)
    engine = engine or FreshEngine()
    listener = listener or _Silence()
    reference = build_reference(
        bench,
        profile=plan.profile.name,
        engine=engine,
        listener=listener,
        task=task,
        notebooks=plan.jobs.keys(),
    )
    with tempfile.TemporaryDirectory(prefix="grader-check-") as name:
        runner = _Runner(engine, EvidenceStore(Path(name)), listener)
        found = _runs(plan, dict(runner.run([plan])))
        # The store goes with the folder: read the arrays before.
        loaded = {
            n: replace(e, blobs={d: e.blobs[d] for d in e.blobs}) for n, e in _usable(found).items()
        }
    side = bench.side(plan, loaded)
    return SelfCheck(bench.judge(side, reference, plan, task=task, problems=_problems(found)), side)


def _own(paths: list[Path], bench: Bench) -> Submission:
    if len(paths) == 1 and (paths[0].is_dir() or paths[0].suffix.lower() == ".zip"):
        sources = find_sources(paths[0])
        if len(sources) > 1:
            raise UsageError(
                f"{paths[0]} enthält {len(sources)} Abgaben; bitte eine einzelne angeben."
            )
        return read_submission(sources[0], bench.lab, bench.released)
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path} gibt es nicht.")
        if path.suffix.lower() not in (".ipynb", ".md", ".toml"):
            raise UsageError(f"{path.name} ist kein Notebook (.ipynb).")
    files = [File(p.name, p.read_bytes) for p in paths]
    read = read_files(paths[0].stem, files, bench.lab, bench.released)
    # Who names single files knows that the others are not among them.
    expected = ("missing_notebook", "missing_answers")
    return replace(read, problems=tuple(p for p in read.problems if p.kind not in expected))


def make_protocol(
    submission: Path,
    target: Path,
    lab: Path,
    *,
    out: Path | None = None,
    profile: str | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> Side:
    """Write the protocol of one submission, finished or not, as .pdf, .html or .docx.

    Parameters
    ----------
    out : Path, optional
        Results of an earlier grading: evidence there is used instead of running again.

    Raises
    ------
    UsageError
        If the path holds no or several submissions, or the ending is another one.
    """
    if target.suffix.lower() not in (".pdf", ".html", ".docx"):
        raise UsageError(f"{target.name}: ein Protokoll endet auf .pdf, .html oder .docx.")
    bench = Bench.open(lab)
    read = _own([submission], bench)
    plan = bench.plan(read, profile=profile)
    with tempfile.TemporaryDirectory(prefix="grader-protocol-") as name:
        folder = out / EVIDENCE if out is not None and out.is_dir() else Path(name)
        runner = _Runner(engine or FreshEngine(), EvidenceStore(folder), listener or _Silence())
        side = bench.side(plan, _usable(_runs(plan, dict(runner.run([plan])))))
        target.parent.mkdir(parents=True, exist_ok=True)
        write_protocol(side, target)
    return side


def read_results(out: Path) -> list[Grade]:
    """Read every ``result.json`` below ``out``, sorted by submission.

    Raises
    ------
    UsageError
        If there is none.
    """
    grades = []
    for path in sorted(out.glob("*/result.json")):
        try:
            grades.append(decode_grade(path.read_bytes()))
        except StoreError as error:
            raise UsageError(f"{path}: {error}") from error
    if not grades:
        raise UsageError(f"In {out} liegen keine Ergebnisse. Zuerst »grader grade« aufrufen.")
    return grades


def make_report(out: Path, lab: Path) -> list[Grade]:
    """Write ``cohort.html`` and ``grades.csv`` again from the results in ``out``."""
    bench = Bench.open(lab)
    grades = read_results(out)
    write_table(grades, bench.lab, out / "grades.csv")
    write_cohort(grades, bench.lab, out / "cohort.html")
    return grades
