"""From a submission to jobs, and from evidence to a grade; the pipeline knows when."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from grader import __version__
from grader.checks.api import Check
from grader.checks.context import Context, Side
from grader.checks.merged import forbearing, undivided_tasks
from grader.checks.registry import load_checks
from grader.checks.runner import grade
from grader.engine.base import CellJob, Job
from grader.engine.box import data_files
from grader.engine.setup import SENT
from grader.evidence.store import hash_files, run_key
from grader.intake.align import align
from grader.intake.signs import refine, sureness
from grader.integrity import examine, guarded
from grader.lab import Lab, Profile
from grader.messages import problem
from grader.model import (
    Alignment,
    Evidence,
    Grade,
    Notebook,
    NotebookEvidence,
    Problem,
    ReleasedCell,
    Submission,
)

__all__ = ["Bench", "Plan"]

_PACKAGES = ("tensorflow", "keras", "tf-keras", "numpy", "pandas", "matplotlib", "ipykernel")
_CAPTURE = (
    *(f"evidence/{Path(str(module.__file__)).name}" for module in SENT),
    "engine/outputs.py",
    "engine/parts.py",
    "engine/client.py",
    "engine/session.py",
    "engine/setup.py",
    "engine/drive.py",
)
# Below this mean confidence of a task's cells a person should look where they belong.
_UNCERTAIN = 0.25
_COMMENT = re.compile(r"#.*$", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What has to run for one submission.

    Attributes
    ----------
    alignments : mapping of str to Alignment
        By notebook.
    jobs : mapping of str to Job
        By notebook.
    keys : mapping of str to str
        The evidence store's key of each job.
    variant : str
        Id of the kit that the submission is from, ``""`` for everybody's.
    """

    submission: Submission
    profile: Profile
    alignments: Mapping[str, Alignment]
    jobs: Mapping[str, Job]
    keys: Mapping[str, str]
    variant: str = ""

    @property
    def reference(self) -> str:
        """Which reference the submission is compared with: profile, and kit if it has one."""
        return f"{self.profile.name} {self.variant}".rstrip()


@dataclass(frozen=True)
class Bench:
    """A lab, opened: its released notebooks, checks and data hash, each read once, when needed.

    ``variant`` is the id of the group's kit that this lab is as, ``""`` for everybody's.
    """

    lab: Lab
    variant: str = ""

    @classmethod
    def open(cls, folder: Path | str) -> Bench:
        """Open the lab in ``folder``, and read its notebooks at once.

        Raises
        ------
        LabError
            If the lab's own files are missing or contradict themselves.
        """
        bench = cls(Lab.load(folder))
        # Reading them is what finds their faults.
        _ = bench.released, bench.given
        return bench

    def __getstate__(self) -> dict[str, Any]:
        # The lab's modules bear names that only this process knows.
        return {name: value for name, value in vars(self).items() if name != "checks"}

    @cached_property
    def released(self) -> Mapping[str, tuple[ReleasedCell, ...]]:
        """Every notebook's cells in both versions."""
        # Not at the top: jupytext, which an unchanged cohort does not need.
        from grader.exchange.kit import lab_released

        return lab_released(self.lab)

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The text that the lab gave, by slot."""
        from grader.exchange.kit import lab_given

        return lab_given(self.lab)

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """The lab's checks by id."""
        return load_checks(self.lab)

    @cached_property
    def data_hash(self) -> str:
        """Hash of the data that notebooks see."""
        return hash_files(self.lab.data, data_files(self.lab.data, self.lab.data_exclude))

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of what runs notebooks."""
        found = {"python": platform.python_version()}
        for name in _PACKAGES:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found[name] = ""
        return found

    # ------------------------------------------------------------------ planning

    def profile(self, submission: Submission, asked: str | None) -> Profile:
        """The profile asked for; else the first whose signs the code shows; else the default."""
        if asked is not None:
            return self.lab.profile(asked)
        code = "\n".join(
            _COMMENT.sub("", cell.source)
            for notebook in submission.notebooks.values()
            for cell in notebook.code_cells
        )
        for profile in self.lab.profiles:
            if any(re.search(sign, code) for sign in profile.signs):
                return profile
        return self.lab.profiles[0]

    def other_profile(self, plan: Plan, runs: Mapping[str, NotebookEvidence]) -> Profile | None:
        """The profile to try where cells failed inside the lab's libraries, if there is another.

        A notebook that was written for another generation of a library fails there through no
        fault of the student's; a plain mistake in the student's own code is no reason.
        """
        others = [p for p in self.lab.profiles if p.name != plan.profile.name and p.signs]
        packages = [f"/{name.split('.')[0]}/" for name in self.lab.kernel.retry]
        if plan.profile != self.lab.profiles[0] or not others:
            return None
        for run in runs.values():
            for cell in run.cells:
                traces = [o.text for o in cell.outputs if o.kind == "error"]
                if any(package in trace for trace in traces for package in packages):
                    return others[0]
        return None

    def plan(
        self,
        submission: Submission,
        *,
        profile: str | None = None,
        task: str | None = None,
        notebooks: Collection[str] | None = None,
        training_seconds: float | None = None,
        untouched: Collection[str] = (),
    ) -> Plan:
        """Decide what to run.

        Parameters
        ----------
        submission : Submission
        profile : str, optional
            A profile's name; without it the code decides.
        task : str, optional
            Only this task's notebook.
        notebooks : collection of str, optional
            Only these.
        training_seconds : float, optional
            Limit of cells that the lab marks as training (self-check).
        untouched : collection of str, optional
            Slots whose cells that limit does not concern.
        """
        chosen = self.profile(submission, profile)
        wanted = self.lab.task(task).notebook if task else None
        alignments = {
            name: align(notebook, self.lab, self.released[name], self.lab.notebook_slots(name))
            for name, notebook in submission.notebooks.items()
        }
        cut = None if training_seconds is None else (training_seconds, frozenset(untouched))
        jobs = {
            name: self._job(submission, notebook, alignments[name], chosen, cut)
            for name, notebook in submission.notebooks.items()
            if wanted in (None, name) and (notebooks is None or name in notebooks)
        }
        keys = {name: self._key(job) for name, job in jobs.items()}
        return Plan(submission, chosen, alignments, jobs, keys, self.variant)

    def _job(
        self,
        submission: Submission,
        notebook: Notebook,
        alignment: Alignment,
        profile: Profile,
        cut: tuple[float, frozenset[str]] | None,
    ) -> Job:
        lab = self.lab
        cells = []
        for cell in notebook.code_cells:
            placement = alignment.placements[cell.index]
            slots = [lab.slot_by_id[s] for s in placement.slots]
            seconds = max([s.seconds or 0 for s in slots] + [lab.limits.cell_seconds])
            if cut and any(s.training for s in slots) and cut[1].isdisjoint(placement.slots):
                seconds = cut[0]
            cells.append(
                CellJob(
                    cell.index,
                    cell.source,
                    seconds,
                    placement.task,
                    any(s.kind == "setup" for s in slots),
                    tuple((p.statements[0], p.lines[0]) for p in placement.parts[1:]),
                    placement.parts[-1].statements[1] if placement.parts else 0,
                )
            )
        return Job(
            notebook=notebook.name,
            cells=tuple(cells),
            data=str(lab.data),
            data_exclude=lab.data_exclude,
            limits=lab.limits,
            imports=lab.kernel.imports,
            warm=lab.kernel.warm,
            env={**lab.kernel.env, **profile.env},
            seed=lab.kernel.seed,
            probe_samples=lab.kernel.probe_samples,
            compile_training=lab.kernel.compile_training,
            label=submission.id,
        )

    def _key(self, job: Job) -> str:
        conditions = msgspec.to_builtins(
            replace(job, cells=(), label="", data="", warm=(), walls=())
        )
        return run_key(
            [f"{c.seconds:g} {c.setup} {c.cuts} {c.source}" for c in job.cells],
            conditions=conditions,
            data=self.data_hash,
            versions=self.versions,
            code=_capture_hash(),
        )

    # ------------------------------------------------------------------ judging

    def side(self, plan: Plan, evidence: Mapping[str, Any]) -> Side:
        """A submission with its evidence, ready to be asked by checks and documents."""
        # What the cells did says more of where they belong than what they look like.
        refined = {
            name: refine(alignment, evidence[name], self.lab.notebook_slots(name))
            if isinstance(evidence.get(name), NotebookEvidence)
            else alignment
            for name, alignment in plan.alignments.items()
        }
        found = Evidence(notebooks=dict(evidence), alignments=refined)
        return Side(self.lab, plan.submission, found, self.given)

    def judge(
        self,
        student: Side,
        reference: Side,
        plan: Plan,
        *,
        task: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> Grade:
        """Run the checks and sum up."""
        examined = examine(student)
        runs = student.evidence.notebooks.values()
        alignment = sureness(student.evidence.alignments, self.lab.slots)
        provenance = {
            "grader": __version__,
            "profile": plan.profile.name,
            "hashes": {
                "data": self.data_hash,
                "notebooks": {n: b.digest for n, b in plan.submission.notebooks.items()},
                "runs": dict(plan.keys),
            },
            "versions": self.versions,
            "alignment": alignment,
            "compiled_fits": {
                r.notebook: r.provenance["compiled_fits"]
                for r in runs
                if r.provenance.get("compiled_fits")
            },
            "seconds": round(sum(r.provenance.get("seconds", 0.0) for r in runs), 2),
            "task_seconds": self._task_seconds(student),
        }
        if self.variant:
            provenance["variant"] = self.variant
        if examined.outputs:
            provenance["outputs_differ"] = examined.outputs
        noticed = [*self._gaps(plan, student, task), *problems, *examined.problems]
        # They add what they notice while they run.
        checks = guarded(self.checks, self.lab, noticed)
        return grade(
            Context(self.lab, examined.side, reference),
            forbearing(checks, self.lab, undivided_tasks(student), noticed),
            only_task=task,
            problems=noticed,
            provenance=provenance,
        )

    def _task_seconds(self, student: Side) -> dict[str, float]:
        """What each task's cells took, of those that ran."""
        found = {}
        for task in self.lab.tasks:
            if task.notebook and (cells := student.cells(task.id)):
                found[task.id] = round(sum(cell.seconds for cell in cells), 2)
        return found

    def _gaps(self, plan: Plan, student: Side, task: str | None) -> tuple[Problem, ...]:
        """Problems for tasks that have no code in a notebook that is there."""
        found = []
        placed = sureness(student.evidence.alignments, self.lab.slots)
        sure = {name: float(report["confidence"]) for name, report in placed.items()}
        for entry in self.lab.tasks:
            if entry.notebook not in plan.submission.notebooks or (task and entry.id != task):
                continue
            slots = [s for s in self.lab.slots if s.task == entry.id and s.kind == "code"]
            if slots and not any(student.has(s.id) for s in slots):
                found.append(problem("missing_cell", entry.notebook, title=f"Aufgabe {entry.id}"))
            elif 0 < sure.get(entry.id, 0.0) < _UNCERTAIN:
                title = f"Aufgabe {entry.id}"
                found.append(problem("uncertain_alignment", entry.notebook, title=title))
        for name, alignment in student.evidence.alignments.items():
            notebook = plan.submission.notebooks[name]
            for cell in notebook.code_cells:
                placement = alignment.placements[cell.index]
                if not placement.slots and not placement.task:
                    found.append(problem("unaligned_cell", name, cell.index))
        return tuple(found)


def _capture_hash() -> str:
    """Hash of our code that makes evidence: changed code leaves other evidence."""
    digest = hashlib.sha256()
    for name in _CAPTURE:
        # By path: importing them takes longer than grading an unchanged cohort.
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()[:16]
