"""Judges one submission and writes what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from grader.checks.context import Side
from grader.checks.runner import OUR_FAULT
from grader.documents import FEEDBACK, behind_path
from grader.errors import EngineError, FullError, StoreError
from grader.evidence.codec import decode_grade, encode_grade
from grader.files import write_atomically
from grader.grading import Bench, Plan
from grader.individuals import Individuals
from grader.messages import problem
from grader.model import Grade, Problem, TaskGrade
from grader.running import Found, not_run_problems, usable

__all__ = ["RESULT", "Judge", "Order", "Verdict"]

RESULT = "result.json"
_DOCUMENTS = ("protokoll.pdf", "protokoll.html")


@dataclass(frozen=True, slots=True)
class Order:
    """A submission to judge: what was planned, what its notebooks left, what was noticed."""

    plan: Plan
    runs: Mapping[str, Found]
    noticed: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an order.

    Attributes
    ----------
    grade : Grade or None
        None if the submission could not be judged.
    failure : str
        What went wrong through our fault, if anything.
    lasting : bool
        The same order gives the same result again: nothing went wrong that may go better.
    """

    grade: Grade | None
    failure: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges submissions of one lab and writes their results below ``out``.

    Attributes
    ----------
    task : str or None
        Judge this task only, and put it into an earlier result.
    protocol : bool
        Write the protocol too.
    theme : str or None
        The protocol's theme: a folder, or the name of an installed one.
    individuals : Individuals, optional
        Groups with kits of their own.
    """

    bench: Bench
    out: Path
    task: str | None = None
    protocol: bool = True
    theme: str | None = None
    individuals: Individuals | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that every submission gets."""
        return (RESULT, FEEDBACK, *(_DOCUMENTS if self.protocol else ()))

    def bench_of(self, variant: str) -> Bench:
        """The lab as the group with this kit has it."""
        return self.individuals.bench_of(variant) if self.individuals else self.bench

    def judge(self, order: Order, reference: Side) -> Verdict:
        """Judge one submission and write what belongs to it; whatever goes wrong stays with it."""
        # One thread for linear algebra: more are slower for matrices this small, and the last
        # digits of a result must not depend on how many cores a machine has.
        try:
            with threadpool_limits(1):
                bench = self.bench_of(order.plan.variant)
                side = bench.side(order.plan, usable(order.runs))
                noticed = [*not_run_problems(order.runs), *order.noticed]
                if self.individuals is not None:
                    noticed += self.individuals.noticed(side, order.plan)
                grade = bench.judge(
                    side, reference, order.plan, task=self.task, problems=tuple(noticed)
                )
                grade, whole = self._write(side, grade)
        except FullError:
            # Nothing that follows could be written either.
            raise
        except Exception as error:
            # One submission never stops the others; the command names it and exits with 1.
            return Verdict(None, f"{type(error).__name__}: {error}")
        failures = [f"{n}: {e}" for n, e in order.runs.items() if isinstance(e, EngineError)]
        judged = not any(c.message == OUR_FAULT for t in grade.tasks for c in t.checks)
        lasting = whole and judged and not failures
        return Verdict(grade, failures[-1] if failures else "", lasting)

    def _write(self, side: Side, grade: Grade) -> tuple[Grade, bool]:
        # Not at the top: matplotlib, Typst and pandoc, which an unchanged cohort does not need.
        from grader.protocol import load_theme, write_protocols
        from grader.reports import keep_behind, write_feedback

        folder = self.out / grade.submission
        folder.mkdir(parents=True, exist_ok=True)
        if self.task is not None:
            grade = _merged(grade, folder / RESULT, self.bench)
        whole = True
        if self.protocol:
            try:
                paths = [folder / name for name in _DOCUMENTS]
                write_protocols(side, paths, theme=load_theme(self.theme))
            except FullError:
                raise
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"[:300]
                broken = problem("protocol_failed", reason=reason)
                grade = replace(grade, problems=(*grade.problems, broken))
                whole = False
        keep_behind(side, behind_path(self.out, grade.submission))
        write_feedback(grade, side, folder / FEEDBACK)
        raw = encode_grade(grade)
        write_atomically(folder / RESULT, lambda f: f.write(raw), durable=True)
        return grade, whole


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
