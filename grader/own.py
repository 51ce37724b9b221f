"""A student's own work: found, read, run and looked at with the lab's description alone.

Works without the lab's solutions (:mod:`grader.selfcheck.description`), without network and
without walls, since the code is one's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from grader.checks.context import Side
from grader.engine.base import Engine
from grader.errors import UsageError
from grader.evidence.store import EvidenceStore
from grader.grading import Bench, Plan
from grader.intake.files import File, Source, find_sources
from grader.intake.reader import read_files, read_submission
from grader.lab import Lab
from grader.model import NotebookEvidence, Problem, ReleasedCell, Submission
from grader.running import Listener, Runner, Silence, not_run_problems, usable
from grader.selfcheck.description import (
    DESCRIPTION,
    Description,
    describe,
    find_description,
    read_description,
)
from grader.selfcheck.report import Report, judge_side

__all__ = [
    "OpenBench",
    "OwnWork",
    "open_bench",
    "own_paths",
    "questions_only",
    "read_own",
    "run_own",
]

_QUESTIONS = ("fragen", "kontrollfragen")
_FILES = (".ipynb", ".md", ".toml")


@dataclass(frozen=True, kw_only=True)
class OpenBench(Bench):
    """A bench that knows a lab from its description only."""

    description: Description

    @cached_property
    def released(self) -> Mapping[str, tuple[ReleasedCell, ...]]:
        """Every notebook's cells as released."""
        return self.description.released

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The text that the lab gave, by slot."""
        return self.description.given


@dataclass(frozen=True)
class OwnWork:
    """One's own work after a look at it.

    Attributes
    ----------
    folder : Path
        Where its files lie; ``source`` if they were read from a folder or .zip.
    runs : mapping of str to NotebookEvidence
        By notebook; empty if nothing was run.
    """

    report: Report
    side: Side
    description: Description
    folder: Path
    source: Source | None = None
    runs: Mapping[str, NotebookEvidence] = field(default_factory=dict)


def open_bench(paths: Iterable[Path], lab: Path | None = None) -> OpenBench:
    """Open the lab that some files belong to.

    Parameters
    ----------
    paths : iterable of Path
        A folder, notebooks: the description is looked for beside and above them, then in the
        working folder.
    lab : Path, optional
        A ``selbsttest.json``, a folder that holds one, or the lab's own folder.

    Raises
    ------
    UsageError
        If there is no description.
    LabError
        If it, or the lab, is broken.
    """
    places = [p if p.is_dir() else p.parent for p in paths]
    if lab is not None and (lab / "lab.toml").is_file():
        return _from_lab(lab)
    if lab is not None:
        own = lab if lab.is_file() else lab / DESCRIPTION
        if not own.is_file():
            raise UsageError(f"In {lab} liegt weder {DESCRIPTION} noch lab.toml.")
        return _from_description(own, places)
    found = find_description([*places, Path.cwd()])
    if found is not None:
        return _from_description(found, places)
    if (Path("reference") / "lab.toml").is_file():
        return _from_lab(Path("reference"))
    raise UsageError(
        f"Hier fehlt die Datei {DESCRIPTION}, die zum ausgegebenen Ordner des Praktikums gehört. "
        "Bitte im Arbeitsordner aufrufen, oder die Datei mit --lab angeben."
    )


def own_paths(paths: list[Path]) -> list[Path]:
    """The same paths, or in place of a kit's outer folder the one in it that holds the notebooks.

    Raises
    ------
    UsageError
        If a folder holds nothing of a lab.
    """
    if len(paths) != 1 or not paths[0].is_dir() or _holds_work(paths[0]):
        return paths
    inner = [f for f in sorted(paths[0].iterdir()) if f.is_dir() and _holds_work(f)]
    if len(inner) == 1:
        return inner
    if inner:
        names = ", ".join(f.name for f in inner[:5])
        raise UsageError(
            f"In {paths[0]} liegen mehrere Ordner mit Notebooks ({names}); bitte einen angeben."
        )
    raise UsageError(f"In {paths[0]} liegt kein Notebook (.ipynb).")


def _holds_work(folder: Path) -> bool:
    names = [p.name.casefold() for p in folder.iterdir() if p.is_file()]
    return not folder.name.startswith(".") and any(
        n.endswith(".ipynb") or n.startswith("kontrollfrage") for n in names
    )


def questions_only(paths: Iterable[Path], task: str | None) -> bool:
    """Tell whether only the control questions are asked for: nothing has to run then."""
    if task is not None:
        return task.casefold() in _QUESTIONS
    return all("kontrollfrage" in p.name.casefold() and p.suffix.casefold() == ".md" for p in paths)


def read_own(
    paths: list[Path], lab: Lab, released: Mapping[str, tuple[ReleasedCell, ...]]
) -> tuple[Submission, Source | None]:
    """Read a folder, a .zip or single files as a submission.

    Raises
    ------
    UsageError
        If a path does not exist, or holds none or several.
    """
    if len(paths) == 1 and (paths[0].is_dir() or paths[0].suffix.lower() == ".zip"):
        sources = find_sources(paths[0])
        if len(sources) > 1:
            raise UsageError(
                f"{paths[0]} enthält {len(sources)} Abgaben; bitte eine einzelne angeben."
            )
        return read_submission(sources[0], lab, released), sources[0]
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path} gibt es nicht.")
        if path.suffix.lower() not in _FILES:
            raise UsageError(f"{path.name} ist kein Notebook (.ipynb).")
    files = [File(p.name, p.read_bytes) for p in paths]
    read = read_files(paths[0].stem, files, lab, released)
    # Who names single files knows that the others are not among them.
    expected = ("missing_notebook", "missing_answers")
    return replace(read, problems=tuple(p for p in read.problems if p.kind not in expected)), None


def run_own(
    paths: list[Path],
    bench: OpenBench,
    engine: Engine | None,
    *,
    task: str | None = None,
    training_seconds: float | None = None,
    listener: Listener | None = None,
    why_not: str = "",
) -> OwnWork:
    """Read one's own work, run it, and report on it.

    Parameters
    ----------
    engine : Engine, optional
        Without one nothing runs.
    task : str, optional
        Only this one.
    training_seconds : float, optional
        Cells that train are stopped after so long.
    why_not : str
        Why nothing runs, if that is to be said.

    Raises
    ------
    UsageError
        As :func:`read_own`, and if there is no such task.
    """
    description = bench.description
    if task is not None and task.casefold() in _QUESTIONS:
        task = next((t.id for t in description.tasks if not t.notebook), task)
    task = description.task(task).id if task is not None else None
    submission, source = read_own(paths, bench.lab, bench.released)
    plan = bench.plan(submission, task=task, training_seconds=training_seconds)
    missing = _no_data(bench.lab)
    if missing and engine is not None and plan.jobs:
        engine, why_not = None, missing
    runs: dict[str, NotebookEvidence] = {}
    problems: tuple[Problem, ...] = ()
    if engine is not None and plan.jobs:
        runs, problems = _run(plan, engine, listener or Silence())
    side = bench.side(plan, runs)
    report = judge_side(
        description,
        side,
        problems=problems,
        task=task,
        ran=engine is not None,
        why_not=why_not,
    )
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    return OwnWork(report, side, description, folder, source, runs)


def _run(
    plan: Plan, engine: Engine, listener: Listener
) -> tuple[dict[str, NotebookEvidence], tuple[Problem, ...]]:
    with tempfile.TemporaryDirectory(prefix="grader-check-") as name:
        found = Runner(engine, EvidenceStore(Path(name)), listener).run_one(plan)
        # The store goes with the folder: read the arrays before.
        runs = {
            n: replace(e, blobs={d: e.blobs[d] for d in e.blobs}) for n, e in usable(found).items()
        }
    return runs, not_run_problems(found)


def _no_data(lab: Lab) -> str:
    if lab.data.is_dir() and any(lab.data.iterdir()):
        return ""
    return (
        f"Nichts wurde ausgeführt: Der Ordner {lab.data.name} mit den Daten des Praktikums fehlt; "
        f"er gehört neben den Arbeitsordner ({lab.data})."
    )


def _from_lab(folder: Path) -> OpenBench:
    # A lab's own folder, as instructors have it, holds more; this looks at what students get.
    bench = Bench.open(folder)
    description = describe(bench.lab, bench.released)
    lab = description.open_lab(bench.lab.folder, bench.lab.data, bench.lab.data_exclude)
    return OpenBench(lab, description=description)


def _from_description(path: Path, places: list[Path]) -> OpenBench:
    description = read_description(path)
    # Notebooks open ../data, wherever they lie; the description may lie elsewhere.
    near = [folder.resolve().parent / "data" for folder in places if folder.is_dir()]
    near += [path.resolve().parent.parent / "data", path.resolve().parent / "data"]
    data = next((folder for folder in near if folder.is_dir()), near[0])
    lab = description.open_lab(path.resolve().parent, data, (DESCRIPTION,))
    return OpenBench(lab, description=description)
