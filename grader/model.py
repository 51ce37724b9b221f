"""The plain data that flows through the pipeline.

Frozen dataclasses without any I/O. Whatever crosses a process or file border is one of these,
written as JSON (see :mod:`grader.evidence.codec`); arrays travel beside the JSON as *blobs*,
named by the digest of their content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Alignment",
    "Array",
    "ArrayInfo",
    "Axes",
    "ByHand",
    "Call",
    "Cell",
    "CellKind",
    "CellRun",
    "CheckResult",
    "CheckStatus",
    "Decided",
    "Evidence",
    "Figure",
    "Grade",
    "GradeStatus",
    "HandIn",
    "Image",
    "Layer",
    "Line",
    "ModelInfo",
    "Notebook",
    "NotebookEvidence",
    "Notice",
    "Output",
    "Part",
    "Particulars",
    "Placement",
    "Problem",
    "ReleasedCell",
    "RunStatus",
    "SavedFile",
    "Scalar",
    "Submission",
    "Table",
    "TaskGrade",
    "Value",
    "ValueKind",
    "VariantFinding",
    "VariantLook",
    "VariantState",
]

Array: TypeAlias = NDArray[Any]
Scalar: TypeAlias = bool | int | float | str | None
CellKind: TypeAlias = Literal["code", "markdown", "raw"]
CheckStatus: TypeAlias = Literal["passed", "partial", "failed", "not_judged", "needs_review"]
GradeStatus: TypeAlias = Literal["graded", "needs_review", "not_gradable"]
RunStatus: TypeAlias = Literal[
    "ok", "error", "timeout", "memory", "output_limit", "kernel_died", "not_run"
]


# --------------------------------------------------------------------------- submission


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that kept (part of) a submission from being run or judged.

    Attributes
    ----------
    kind : str
        Machine-readable, e.g. ``"missing_notebook"``, ``"timeout"``; see ``docs/referenz.md``.
    message : str
        One German sentence for student and instructor.
    notebook : str or None
        The lab's name of the notebook (``"notebook1"``).
    cell : int or None
        Zero-based index of the cell in the student's notebook.
    """

    kind: str
    message: str
    notebook: str | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a submitted notebook. ``outputs`` are what the file claims: never trusted."""

    index: int
    kind: CellKind
    source: str
    id: str = ""
    slot: str = ""
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Notebook:
    """A submitted notebook under the lab's name for it; ``variant`` is the id of its kit."""

    name: str
    file: str
    cells: tuple[Cell, ...]
    digest: str = ""
    variant: str = ""

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """Code cells with something to run, in notebook order."""
        return tuple(c for c in self.cells if c.kind == "code" and c.source.strip())


@dataclass(frozen=True, slots=True)
class Particulars:
    """What ``protokoll.toml`` says about a submission; every field may be empty."""

    participants: tuple[str, ...] = ()
    group: str = ""
    supervisor: str = ""
    term: str = ""
    date_experiment: str = ""
    date_submission: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One group's hand-in as data.

    Attributes
    ----------
    id : str
        Folder or file name without ending, unique within a cohort.
    notebooks : mapping of str to Notebook
        By the lab's name; a missing or unreadable notebook is absent and named in ``problems``.
    answers : mapping of int to str
        Markdown of the answers to the control questions, by question number.
    """

    id: str
    notebooks: Mapping[str, Notebook]
    answers: Mapping[int, str] = field(default_factory=dict)
    particulars: Particulars = Particulars()
    problems: tuple[Problem, ...] = ()


# --------------------------------------------------------------------------- alignment


@dataclass(frozen=True, slots=True)
class ReleasedCell:
    """One cell of a released notebook, in both versions.

    Attributes
    ----------
    slot : str
        The lab's name for it; ``""`` for headings, task texts and other cells without one.
    source_student, source_solution : str
        The cell's text in the two versions.
    heading : str
        The nearest Markdown heading above (the cell's own, if it has one), without ``#``.
    id : str
        The cell's id in both notebooks.
    """

    slot: str
    kind: CellKind
    source_student: str
    source_solution: str
    heading: str
    id: str


@dataclass(frozen=True, slots=True)
class Part:
    """Statements of a cell that belong together where a cell holds several slots.

    Attributes
    ----------
    slots : tuple of str
        The lab's slots that these statements carry out.
    statements : tuple of int
        First statement and the one after the last, counted from the cell's first.
    lines : tuple of int
        First line and the one after the last, comments above the first statement with it.
    """

    slots: tuple[str, ...]
    statements: tuple[int, int]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one cell of a student's notebook belongs in the lab.

    Attributes
    ----------
    slots : tuple of str
        The lab's slots that this cell holds (several after a merge), maybe none.
    task : str
        The task whose region the cell lies in; ``""`` before the first task.
    method : str
        ``"metadata"``, ``"id"``, ``"content"``, ``"neighbour"``, ``"evidence"`` (what the cell
        did), ``"given"`` (the lab's own text) or ``"none"``.
    confidence : float
        In [0, 1].
    parts : tuple of Part
        Which statements carry out which slot, if the cell holds several and they can be told
        apart; a slot that is in none of them may be anywhere in the cell.
    """

    slots: tuple[str, ...] = ()
    task: str = ""
    method: str = "none"
    confidence: float = 0.0
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """Placement of every cell of one notebook, by cell index, and the slots not found."""

    notebook: str
    placements: tuple[Placement, ...]
    missing: tuple[str, ...] = ()


# --------------------------------------------------------------------------- evidence


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """An array as captured.

    Attributes
    ----------
    shape, dtype
        As numpy reports them.
    digest : str
        Hash of dtype, shape and content.
    blob : str
        Name of the array in ``NotebookEvidence.blobs``; ``""`` if it was too large to keep.
    rows : str
        Blob of shape (n_rows,), uint64: one hash per entry of the first axis, invariant under
        affine scaling of the values, dtype and reshaping of the row (see the probe's
        ``row_digests``); ``""`` if not computed.
    minimum, maximum, mean : float or None
        Over the finite values.
    """

    shape: tuple[int, ...]
    dtype: str
    digest: str
    blob: str = ""
    rows: str = ""
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A data frame with a type per cell.

    ``cells[row][column]`` is ``(type, value)`` with type one of ``"int"``, ``"float"``, ``"str"``,
    ``"bool"``, ``"nan"``, ``"other"``: ``"2.43"`` and ``2.43`` differ.
    """

    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    index: tuple[Scalar, ...]
    cells: tuple[tuple[tuple[str, Scalar], ...], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's class, name and the settings that matter (units, activation, ...)."""

    kind: str
    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[ArrayInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A keras model as captured.

    ``probe_inputs`` / ``probe_outputs``: what the model says for inputs that the trusted side drew
    (shapes (n, *input_shape) and (n, *output_shape)); None if the model is not built or too large.
    ``own`` names classes and functions in it that are the student's, not the library's.
    """

    layers: tuple[Layer, ...]
    input_shape: tuple[int | None, ...] = ()
    output_shape: tuple[int | None, ...] = ()
    parameters: int = 0
    compiled: bool = False
    loss: str = ""
    optimizer: str = ""
    probe_inputs: ArrayInfo | None = None
    probe_outputs: ArrayInfo | None = None
    own: tuple[str, ...] = ()


ValueKind: TypeAlias = Literal["array", "table", "model", "scalar", "sequence", "other"]


@dataclass(frozen=True, slots=True)
class Value:
    """A captured value. Exactly the field named by ``kind`` is filled.

    A pandas Series is a table with one column. A list of numbers is a ``sequence`` of scalars.
    """

    kind: ValueKind
    type: str = ""
    digest: str = ""
    scalar: Scalar = None
    array: ArrayInfo | None = None
    table: Table | None = None
    model: ModelInfo | None = None
    items: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A recorded library call.

    Attributes
    ----------
    name : str
        ``"fit"``, ``"predict"``, ``"predict_on_batch"``, ``"call"`` (a network used as a
        function), ``"evaluate"``, ``"set_weights"``, ``"compile"``, ``"load_model"``,
        ``"savefig"``, ``"imsave"``.
    args : mapping of str to Value
        Named arguments: ``x``, ``y``, ``epochs``, ``batch_size``, ``path``, ...
    result : Value or None
        What it returned (predict: the array).
    history : mapping of str to tuple of float
        For ``fit``: metric by name, one number per epoch (None where it was not finite).
    model : str
        Digest of the model's weights before the call, where there is one.
    network : str
        Which of the cell's ``networks`` it is: as it answered, or as a call that changes it
        (``fit``, ``set_weights``, ``load_weights``) left it; "" if it was not recorded.
    own : tuple of str
        As in :class:`ModelInfo`, for calls that a network answers.
    """

    name: str
    args: Mapping[str, Value] = field(default_factory=dict)
    result: Value | None = None
    history: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    model: str = ""
    own: tuple[str, ...] = ()
    network: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A plotted line: x and y of shape (n,)."""

    x: ArrayInfo
    y: ArrayInfo
    label: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A shown image: the array given to imshow, (rows, columns) or (rows, columns, channels).

    ``mesh``: drawn by ``pcolormesh``; its array is turned so that the first row is on top, and its
    cells lie where the axes say, of whatever size. ``hidden``: an opaque image of the same axes,
    drawn later, covers it.
    """

    array: ArrayInfo
    cmap: str = ""
    alpha: float | None = None
    vmin: float | None = None
    vmax: float | None = None
    mesh: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """One coordinate system of a figure."""

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    images: tuple[Image, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's data; ``png`` names the blob of its picture (uint8), ``""`` if none.

    ``others`` of an axes counts artists (bars, scatter, patches, text) that are not captured.
    """

    axes: tuple[Axes, ...]
    png: str = ""
    size: tuple[float, float] = (6.4, 4.8)


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a cell.

    ``kind``: ``"stream"`` (``name`` stdout/stderr), ``"result"``, ``"display"`` or ``"error"``.
    ``image`` names a blob with PNG or JPEG bytes (uint8); ``html`` is the student's: hostile.
    """

    kind: str
    text: str = ""
    name: str = ""
    html: str = ""
    image: str = ""
    figure: int | None = None


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that the notebook left: path relative to the working folder, size in bytes.

    ``image`` names the blob with the bytes (uint8) of a small PNG or JPEG, ``""`` otherwise.
    """

    path: str
    size: int
    image: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a cell did beside computing, as :mod:`grader.evidence.guard` noted it: a claim.

    ``kind``: ``"replaced"``, ``"late"``, ``"hook"``, ``"opened"``, ``"inspected"`` or, where one
    of these looks ended with an error, ``"failed"``; ``what`` names the function, variable, hook,
    path or error.
    """

    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class CellRun:
    """What running one cell did.

    ``variables`` holds what is new or changed after this cell, not the whole namespace; what
    objects of the student's own classes hold stands there under a path, ``"net.model"`` or
    ``"netze['klein'].kurve"``. ``networks`` holds the networks that the cell's calls met or left,
    by digest, whether or not they have a name, each state once, the latest last.
    ``parts`` holds what each part of a cell with several slots did, in order, if evidence was taken
    between them (see :class:`Part`); the cell's own fields are about the whole.
    """

    index: int
    source: str = ""
    status: RunStatus = "not_run"
    seconds: float = 0.0
    outputs: tuple[Output, ...] = ()
    error: str = ""
    error_message: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    figures: tuple[Figure, ...] = ()
    files: tuple[SavedFile, ...] = ()
    noticed: tuple[Notice, ...] = ()
    parts: tuple[CellRun, ...] = ()
    networks: Mapping[str, Value] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[CellRun, ...]:
        """The cell's parts, or the cell itself where there are none."""
        return self.parts or (self,)


@dataclass(frozen=True, slots=True)
class NotebookEvidence:
    """What one run of one notebook left behind: plain data.

    Attributes
    ----------
    cells : tuple of CellRun
        One per code cell that has something to run, in notebook order; ``index`` is the cell's
        index in the notebook.
    blobs : mapping of str to ndarray
        Arrays by digest; may read lazily from the store. Not part of the JSON.
    provenance : mapping
        Versions, profile, engine, seconds, hashes.
    """

    notebook: str
    cells: tuple[CellRun, ...] = ()
    problems: tuple[Problem, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, Array] = field(default_factory=dict)

    def array(self, info: ArrayInfo | None) -> Array | None:
        """Return the array behind ``info``; None if it was not kept."""
        if info is None or not info.blob or info.blob not in self.blobs:
            return None
        return np.asarray(self.blobs[info.blob])


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence of one submission: notebook runs by the lab's name, and the alignments."""

    notebooks: Mapping[str, NotebookEvidence] = field(default_factory=dict)
    alignments: Mapping[str, Alignment] = field(default_factory=dict)


# --------------------------------------------------------------------------- judgement


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; see DESIGN's contract ``result.json``.

    ``message`` never holds an expected value (students see it in the self-check);
    ``details`` may, and is shown to instructors and after grading only.
    """

    id: str
    status: CheckStatus
    points: float
    max_points: float
    confidence: float = 1.0
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskGrade:
    """A task's checks and the sum of their points."""

    id: str
    points: float
    max_points: float
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """A submission's result: what ``result.json`` holds."""

    submission: str
    lab: str
    points: float
    max_points: float
    status: GradeStatus
    tasks: tuple[TaskGrade, ...]
    problems: tuple[Problem, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    schema: int = 1

    def check(self, check_id: str) -> CheckResult:
        """Return one check's result by id (KeyError if the lab has no such check)."""
        for task in self.tasks:
            for result in task.checks:
                if result.id == check_id:
                    return result
        raise KeyError(check_id)


# --------------------------------------------------------------------------- decided by humans


@dataclass(frozen=True, slots=True, kw_only=True)
class HandIn:
    """What was handed in, as the one who records a grading knows it.

    ``digest`` is the hash of the files: another one is another version of the submission.
    ``participants`` are named by the submission itself and taken for members if none are known.
    """

    digest: str
    path: str = ""
    submitted_at: dt.datetime | None = None
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a human decided about a check; without points the automatic ones count."""

    points: float | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What humans decided about a submission, beside the automatic result.

    Attributes
    ----------
    marks : mapping of str to ByHand
        By check id.
    extras : tuple of (float, str)
        Extra points with their reasons.
    late_days : int
    deduction : float
        What the late days cost.
    """

    marks: Mapping[str, ByHand] = field(default_factory=dict)
    extras: tuple[tuple[float, str], ...] = ()
    late_days: int = 0
    deduction: float = 0.0

    @property
    def extra(self) -> float:
        """Sum of the extra points."""
        return sum(points for points, _ in self.extras)

    def total(self, points: float) -> float:
        """What ``points`` of the checks come to in the end, never less than nothing."""
        return max(0.0, points + self.extra - self.deduction)


# --------------------------------------------------------------------------- other data

VariantState: TypeAlias = Literal["follows", "typed", "unchanged", "differs", "incomparable"]


@dataclass(frozen=True, slots=True)
class VariantFinding:
    """What became of one result in a run with other data; an observation, never points.

    Attributes
    ----------
    state : str
        ``"follows"`` (changed with the data), ``"typed"`` (unchanged, and the lab expects that),
        ``"unchanged"`` (though the data are others), ``"differs"`` (changed, but no longer as the
        reference's, which it equalled before) or ``"incomparable"``.
    sentence : str
        German, for the instructor.
    """

    task: str
    slot: str
    title: str
    state: VariantState
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantLook:
    """One submission's results with other data; ``problem`` says why there are none."""

    submission: str
    profile: str = ""
    findings: tuple[VariantFinding, ...] = ()
    problem: str = ""
