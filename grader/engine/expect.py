"""How long a notebook will probably take: from earlier runs, the reference, and its code.

Only the order in which notebooks start and the estimate that is shown depend on it, so a guess may
be wrong; it must be quick.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.engine.base import CellJob, Job
from grader.files import write_atomically
from grader.model import Alignment, CellRun, NotebookEvidence

__all__ = ["Durations", "Typical", "expected_seconds", "training_work", "typical_of"]

# Seconds: a kernel's start, a cell of which nothing is known, a training step of a small network.
_START = 1.5
_CELL = 0.2
_STEP = 0.002
_SAMPLES = 5000
_OF_LIMIT = 0.01
# A batch of so many samples takes twice as long as a single one (measured with the lab's networks).
_BATCH = 128
_KERAS_BATCH = 32
_FIT_ORDER = ("x", "y", "batch_size", "epochs")
# Cells quicker than this are not worth remembering; so many are.
_NOTABLE = 0.5
_MOST = 5000
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Typical:
    """What a slot's cell took in the reference's run.

    Attributes
    ----------
    seconds : float
    work : float
        Its training as :func:`training_work` counts it; 0 if it trains nothing.
    samples : int
        Samples that it trains on.
    """

    seconds: float
    work: float = 0.0
    samples: int = _SAMPLES


class Durations:
    """Seconds that cells took in earlier runs, by their code; a file beside the evidence.

    Parameters
    ----------
    path : Path
        A damaged file counts as an empty one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._new: dict[str, float] = {}
        try:
            found = json.loads(path.read_bytes())
            self._known = {str(k): float(v) for k, v in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self._known = {}

    def of(self, source: str) -> float | None:
        """Seconds that a cell with this code took; None if it never ran or was quick."""
        name = _name(source)
        return self._new.get(name, self._known.get(name))

    def learn(self, evidence: NotebookEvidence) -> None:
        """Remember a run's cells."""
        for cell in evidence.cells:
            if cell.seconds >= _NOTABLE:
                self._new[_name(cell.source)] = round(cell.seconds, 1)

    def save(self) -> None:
        """Write what was learnt, if anything."""
        if self._new:
            newest = {**{k: v for k, v in self._known.items() if k not in self._new}, **self._new}
            kept = dict(list(newest.items())[-_MOST:])
            write_atomically(self.path, lambda file: file.write(json.dumps(kept).encode()))


def typical_of(
    runs: Iterable[tuple[NotebookEvidence, Alignment]],
) -> dict[str, Typical]:
    """What each slot took in the reference's runs."""
    found: dict[str, Typical] = {}
    for run, alignment in runs:
        for cell in run.cells:
            slots = alignment.placements[cell.index].slots
            for slot in slots:
                sizes = list(_sample_counts(cell))
                samples = max(sizes, default=_SAMPLES)
                work = training_work(cell.source, samples) or 0.0
                found[slot] = Typical(cell.seconds / len(slots), work / len(slots), samples)
    return found


def expected_seconds(
    job: Job,
    alignment: Alignment | None,
    durations: Durations,
    typical: Mapping[str, Typical],
) -> float:
    """Seconds that a notebook will probably take.

    A cell that ran before takes as long again. Otherwise it takes what the reference's cell for the
    same slot took, more if its code trains more; a cell that belongs to no slot is short unless it
    trains. Without any reference limits tell which cells may take long: a share of them counts.
    No cell takes longer than its limit.
    """
    total = _START
    placed = {
        cell.index: alignment.placements[cell.index].slots if alignment else ()
        for cell in job.cells
    }
    for cell in job.cells:
        seconds = durations.of(cell.source)
        if seconds is None:
            slots = [s for s in placed[cell.index] if s in typical]
            shared = [sum(s in own for own in placed.values()) for s in slots]
            known = [typical[s] for s in slots]
            seconds = _guess(cell, known, shared)
            if not typical:
                seconds += cell.seconds * _OF_LIMIT
        total += min(seconds, cell.seconds)
    return min(total, job.limits.notebook_seconds)


def training_work(source: str, samples: int) -> float | None:
    """Steps of all ``fit`` calls in a cell's code, large batches counted for more; None without.

    What stands there neither as a number nor as a name for one counts as Keras' default.
    """
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    numbers = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    work = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "fit":
            given: dict[str, ast.expr] = dict(zip(_FIT_ORDER, node.args, strict=False))
            given |= {k.arg: k.value for k in node.keywords if k.arg}
            epochs = _number(given.get("epochs"), numbers, 1)
            batch = _number(given.get("batch_size"), numbers, _KERAS_BATCH)
            steps = epochs * math.ceil(samples / batch)
            work = (work or 0.0) + steps * (1 + batch / _BATCH)
    return work


def _guess(cell: CellJob, known: list[Typical], shared: list[int]) -> float:
    if not known:
        work = training_work(cell.source, _SAMPLES) if ".fit" in cell.source else None
        return _CELL + (work or 0.0) * _STEP
    seconds = 0.0
    for entry, cells in zip(known, shared, strict=True):
        own = training_work(cell.source, entry.samples) if entry.work else None
        more = max(1.0, own / entry.work) if own else 1.0
        # The longer a training, the less its fixed costs count; a split cell shares its slot.
        seconds += entry.seconds * more / (1 if own else cells)
    return seconds


def _number(node: ast.expr | None, numbers: Mapping[str, object], otherwise: int) -> int:
    value: object = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        value = numbers.get(node.id)
    return value if type(value) is int and 0 < value < 10**9 else otherwise


def _sample_counts(cell: CellRun) -> Iterator[int]:
    for call in cell.calls:
        x = call.args.get("x") if call.name == "fit" else None
        if x is not None and x.array is not None and x.array.shape:
            yield x.array.shape[0]


def _name(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:20]
