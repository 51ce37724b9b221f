"""What a group handed in and what its run left, task by task, beside the reference's.

Nothing runs here: notebooks come from where they were handed in, outputs from the evidence of the
grading that counts. Whatever is missing is said, the rest is shown.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from grader.checks.context import Side
from grader.dashboard.settings import Settings
from grader.errors import GraderError
from grader.evidence.store import EvidenceStore
from grader.gradebook.views import SubmissionView
from grader.grading import Bench
from grader.intake.files import Source, find_sources
from grader.intake.reader import read_submission
from grader.lab import Task
from grader.model import NotebookEvidence
from grader.protocol.build import build_question, build_task
from grader.protocol.document import Block, TextOutput
from grader.protocol.tables import from_html
from grader.references import EVIDENCE, reference_plan

__all__ = ["Frame", "Material", "Materials"]

_MOST_SIDES = 16
_MOST_FRAMES = 12
_LONGEST_FRAME = 400_000
_NO_SOURCE = (
    "Die Abgabe selbst liegt nicht mehr an ihrem Ort ({where}). Punkte und Befunde sind im "
    "Notenbuch; Code und Ausgaben lassen sich nicht zeigen. Mit --submissions den Ordner angeben."
)
_NO_RUN = "Zu {names} liegen keine Belege; Ausgaben und Abbildungen fehlen hier."
_CHANGED = "{names} wurde seit der Bewertung geändert; gezeigt wird die Abgabe, wie sie jetzt ist."
_NO_REFERENCE = (
    "Die Belege der Musterlösung ({profile}) liegen nicht vor. »grader reference« legt sie an."
)


@dataclass(frozen=True, slots=True)
class Frame:
    """HTML that a cell of a notebook showed: hostile, for a sandboxed frame only."""

    cell: int
    html: str


@dataclass(frozen=True, slots=True)
class Material:
    """One task of one side.

    ``said`` says what is missing, in sentences.
    """

    blocks: tuple[Block, ...] = ()
    frames: tuple[Frame, ...] = ()
    said: tuple[str, ...] = ()


class Materials:
    """Finds and keeps what pages show of submissions and the reference."""

    def __init__(self, bench: Bench, settings: Settings) -> None:
        self._bench = bench
        self._settings = settings
        self._lock = threading.Lock()
        self._sides: OrderedDict[tuple[object, ...], tuple[Side | None, tuple[str, ...]]] = (
            OrderedDict()
        )
        self._references: dict[str, Side | str] = {}

    def prepare(self) -> None:
        """Read the lab's notebooks now, in the background: the first page must not wait."""
        threading.Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        for profile in self._bench.lab.profiles[:1]:
            self.reference(profile.name)

    # ------------------------------------------------------------------ sides

    def submission(self, view: SubmissionView) -> tuple[Side | None, tuple[str, ...]]:
        """Return a group's side (None if the submission is gone) and what is missing."""
        newest = view.submissions[-1] if view.submissions else None
        path = newest.path if newest else ""
        hashes = view.provenance.get("hashes", {})
        runs = {str(k): str(v) for k, v in hashes.get("runs", {}).items()}
        key = (view.row.group.id, path, *sorted(runs.items()))
        with self._lock:
            if key in self._sides:
                self._sides.move_to_end(key)
                return self._sides[key]
        try:
            found = self._read(view.row.group.name, path, runs, hashes.get("notebooks", {}))
        except (GraderError, OSError) as error:
            return None, (str(error),)
        with self._lock:
            self._sides[key] = found
            while len(self._sides) > _MOST_SIDES:
                self._sides.popitem(last=False)
        return found

    def _read(
        self, name: str, path: str, runs: Mapping[str, str], digests: Mapping[str, object]
    ) -> tuple[Side | None, tuple[str, ...]]:
        source = self._source(name, path)
        if source is None:
            return None, (_NO_SOURCE.format(where=path or "unbekannt"),)
        bench = self._bench
        submission = read_submission(source, bench.lab, bench.released)
        plan = bench.plan(submission)
        store = EvidenceStore(self._settings.out / EVIDENCE)
        # The grading's own runs, not those that would be made today.
        evidence = {
            notebook: run
            for notebook in submission.notebooks
            if notebook in runs and (run := store.get(runs[notebook])) is not None
        }
        said = []
        if missing := sorted(set(submission.notebooks) - set(evidence)):
            said.append(_NO_RUN.format(names=", ".join(missing)))
        changed = [
            n for n, b in submission.notebooks.items() if n in digests and digests[n] != b.digest
        ]
        if changed:
            said.append(_CHANGED.format(names=", ".join(changed)))
        return bench.side(plan, evidence), tuple(said)

    def _source(self, name: str, path: str) -> Source | None:
        places = (self._settings.submissions, self._settings.intake)
        for folder in (Path(path) if path else None, *places):
            if folder is None or not folder.exists():
                continue
            sources = find_sources(folder)
            exact = [s for s in sources if s.id == name]
            if exact:
                return exact[0]
            # A single submission may have been renamed since.
            if len(sources) == 1 and folder not in places:
                return replace(sources[0], id=name)
        return None

    def reference(self, profile: str) -> Side | str:
        """Return the reference's side under a profile, or a sentence that says what is missing."""
        with self._lock:
            found = self._references.get(profile)
        if found is not None:
            return found
        try:
            found = self._read_reference(profile)
        except GraderError as error:
            return str(error)
        if isinstance(found, Side):
            # What is missing may come.
            with self._lock:
                self._references[profile] = found
        return found

    def _read_reference(self, profile: str) -> Side | str:
        bench = self._bench
        known = [p.name for p in bench.lab.profiles]
        plan = reference_plan(bench, profile if profile in known else known[0], None)
        store = EvidenceStore(bench.lab.folder / EVIDENCE)
        evidence = {n: run for n, key in plan.keys.items() if (run := store.get(key)) is not None}
        if len(evidence) < len(plan.keys):
            return _NO_REFERENCE.format(profile=plan.profile.name)
        return bench.side(plan, evidence)

    # ------------------------------------------------------------------ tasks

    def of_submission(self, view: SubmissionView, task: Task) -> Material:
        """Return what a group has for a task."""
        side, said = self.submission(view)
        return _material(side, task, said)

    def of_reference(self, profile: str, task: Task) -> Material:
        """Return what the reference has for a task."""
        found = self.reference(profile)
        return Material(said=(found,)) if isinstance(found, str) else _material(found, task, ())


def _material(side: Side | None, task: Task, said: tuple[str, ...]) -> Material:
    if side is None:
        return Material(said=said)
    if not task.notebook:
        questions = (build_question(side, n) for n in range(1, len(side.lab.questions) + 1))
        blocks = tuple(b for q in questions for b in (q.text, *q.blocks))
        return Material(blocks)
    frames = tuple(_frames(side, task))[:_MOST_FRAMES]
    blocks = build_task(side, task).blocks
    if frames:
        # What stands for the HTML where it cannot be shown.
        blocks = tuple(b for b in blocks if not (isinstance(b, TextOutput) and _is_stand_in(b)))
    return Material(blocks, frames, said)


def _is_stand_in(output: TextOutput) -> bool:
    return output.text.strip() == "<IPython.core.display.HTML object>"


def _frames(side: Side, task: Task) -> Iterator[Frame]:
    """HTML outputs of a task's cells that are no tables; those stand among the blocks."""
    run: NotebookEvidence | None = side.run_of(task.notebook)
    wanted = set(side.indices(task.id))
    for cell in run.cells if run else ():
        for output in cell.outputs if cell.index in wanted else ():
            if output.html and from_html(output.html) is None:
                yield Frame(cell.index, output.html[:_LONGEST_FRAME])
