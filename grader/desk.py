"""The desk: judges submissions one by one and writes what belongs to each and to the cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.checks.context import Side
from grader.errors import EngineError, StoreError
from grader.evidence.codec import decode_grade, encode_grade
from grader.files import write_atomically
from grader.gradebook import Gradebook
from grader.grading import Bench, Plan
from grader.messages import problem
from grader.model import Grade, Problem, TaskGrade
from grader.protocol import write_protocols
from grader.reports import write_cohort, write_feedback, write_table
from grader.running import Found, Listener, not_run_problems, runs_of, usable

__all__ = ["Desk", "stored_results", "write_cohort_files"]


@dataclass
class Desk:
    """Judges submissions one by one and writes what belongs to each."""

    bench: Bench
    references: Mapping[str, Side]
    out: Path
    task: str | None
    protocol: bool
    listener: Listener
    grades: dict[str, Grade] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def grade(
        self, plan: Plan, found: Mapping[str, Found], problems: tuple[Problem, ...] = ()
    ) -> None:
        """Judge one submission; whatever goes wrong stays with it.

        Parameters
        ----------
        plan : Plan
        found : mapping of str to (NotebookEvidence or EngineError)
            By the plan's keys.
        problems : tuple of Problem
            What the pipeline noticed besides.
        """
        name = plan.submission.id
        try:
            runs = runs_of(plan, found)
            side = self.bench.side(plan, usable(runs))
            reference = self.references[plan.profile.name]
            noticed = (*not_run_problems(runs), *problems)
            grade = self.bench.judge(side, reference, plan, task=self.task, problems=noticed)
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
        """Write what concerns the whole cohort: these results and the earlier ones beside them."""
        # What is unreadable was cut by an earlier crash: its next grading writes it anew.
        stored, _ = stored_results(self.out)
        known = {g.submission: g for g in stored if g.lab == self.bench.lab.id}
        known |= self.grades
        write_cohort_files(self.bench, [known[name] for name in sorted(known)], self.out)


def stored_results(out: Path) -> tuple[list[Grade], list[Path]]:
    """Every ``result.json`` below ``out``: the grades by folder, and the files that are damaged."""
    grades: list[Grade] = []
    unreadable: list[Path] = []
    for path in sorted(out.glob("*/result.json")):
        try:
            grades.append(decode_grade(path.read_bytes()))
        except (OSError, StoreError):
            unreadable.append(path)
    return grades, unreadable


def write_cohort_files(bench: Bench, grades: list[Grade], out: Path) -> None:
    """Write the gradebook, the table and the report of a cohort."""
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
        problems=_merged_problems(old, grade, bench),
        provenance=grade.provenance,
    )


def _merged_problems(old: Grade, new: Grade, bench: Bench) -> tuple[Problem, ...]:
    """What was noticed in notebooks that did not run again, then what is noticed now."""
    again = {bench.lab.task(task.id).notebook for task in new.tasks}
    kept = [p for p in old.problems if p.notebook not in again]
    return (*(p for p in kept if p not in new.problems), *new.problems)
