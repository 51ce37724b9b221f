"""Writes documents from what is there: a protocol, the report on a cohort."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from grader.checks.context import Side
from grader.desk import stored_results
from grader.documents import counted_grades, write_feedbacks, write_reports
from grader.engine.base import Engine
from grader.errors import UsageError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench
from grader.individuals import Individuals, without_seed
from grader.model import Grade, Submission
from grader.own import open_bench, own_paths, read_own
from grader.pipeline.parts import engine_or_own, open_gradebook, profile_of
from grader.references import EVIDENCE
from grader.reuse import Seals
from grader.running import Listener, Runner, Silence, usable
from grader.selfcheck.description import find_description
from grader.variant.seed import CohortSeed

__all__ = ["make_protocol", "make_report", "read_results"]


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
            profile = profile_of(grade, bench)
        plan = bench.plan(read, profile=profile)
        folder = results / EVIDENCE
        with engine_or_own(engine) as chosen:
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
    with open_gradebook(gradebook, out) as book:
        cohort = book.find_cohort(bench.lab.id, term)
        decided = {} if cohort is None else book.decided(cohort.id, bench.lab)
    references = EvidenceStore(bench.lab.folder / EVIDENCE)
    write_feedbacks(
        grades, decided, bench.lab, out, Seals(out, EvidenceStore(out / EVIDENCE), references)
    )
    write_reports(grades, decided, bench.lab, out)
    return counted_grades(grades, decided)
