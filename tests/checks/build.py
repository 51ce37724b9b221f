"""Builds both sides of a check's context from plain Python, without a kernel.

    student = side({"notebook1": [text("1a-hand", "6"), cell("1a-predict", variables={...})]})
    outcome = lab_check("basics", "1a.hand")(context(student, reference))

Arrays, tables, scalars, lists and :func:`net` become values and blobs as the probe makes them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from grader.checks import Check, Context, Side
from grader.checks.registry import check_module
from grader.lab import Lab
from grader.model import (
    Alignment,
    ArrayInfo,
    Axes,
    Call,
    Cell,
    CellRun,
    Evidence,
    Figure,
    Image,
    Layer,
    Line,
    ModelInfo,
    Notebook,
    NotebookEvidence,
    Output,
    Placement,
    Problem,
    SavedFile,
    Scalar,
    Submission,
    Table,
    Value,
)

ROOT = Path(__file__).parents[2]


@cache
def reference_lab() -> Lab:
    """Return the lab of this checkout."""
    return Lab.load(ROOT / "reference")


def lab_check(module: str, check_id: str) -> Check:
    """Return one check of ``reference/checks/<module>.py`` by its id."""
    found = vars(check_module(reference_lab(), module)).values()
    return next(c for c in found if isinstance(c, Check) and c.id == check_id)


# ------------------------------------------------------------------ what a test writes


@dataclass(frozen=True)
class NetLayer:
    """A layer: class, config, weights as arrays."""

    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: Sequence[Any] = ()


@dataclass(frozen=True)
class Net:
    """A keras model as the probe sees it."""

    layers: tuple[NetLayer, ...]
    input_shape: tuple[int | None, ...] = ()
    output_shape: tuple[int | None, ...] = ()
    loss: str = ""
    optimizer: str = ""
    probe: tuple[Any, Any] | None = None


def dense(units: int, activation: str, kernel: Any = None, bias: Any = None) -> NetLayer:
    """A Dense layer; without kernel it is not built (no weights)."""
    config = {
        "units": units,
        "activation": activation,
        "use_bias": kernel is None or bias is not None,
    }
    weights = [] if kernel is None else [kernel] if bias is None else [kernel, bias]
    return NetLayer("Dense", config, [np.asarray(w, dtype=np.float32) for w in weights])


def layer(kind: str, *weights: Any, **config: Any) -> NetLayer:
    """Any other layer: ``layer("Flatten")``, ``layer("Dropout", rate=0.2)``."""
    return NetLayer(kind, config, weights)


def net(
    *layers: NetLayer | tuple[Any, ...],
    input_shape: tuple[int | None, ...] = (None, 1),
    loss: str = "",
    optimizer: str = "",
    probe: tuple[Any, Any] | None = None,
) -> Net:
    """A Sequential; a tuple ``(units, activation, kernel, bias)`` is a Dense layer."""
    made = tuple(x if isinstance(x, NetLayer) else dense(*x) for x in layers)
    units = [x.config["units"] for x in made if "units" in x.config]
    output = (*input_shape[:1], units[-1]) if units and input_shape else ()
    return Net(made, input_shape if made else (), output, loss, optimizer, probe)


@dataclass(frozen=True)
class CallSpec:
    """A recorded library call."""

    name: str
    args: Mapping[str, Any]
    result: Any = None
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    model: str = ""
    network: Net | None = None


def call(
    name: str,
    *,
    result: Any = None,
    history: Mapping[str, Sequence[float]] | None = None,
    model: str = "",
    network: Net | None = None,
    **args: Any,
) -> CallSpec:
    """``call("fit", x=x, y=y, epochs=3, history={"loss": [...]}, network=net(...))``."""
    return CallSpec(name, args, result, history or {}, model, network)


@dataclass(frozen=True)
class AxesSpec:
    """One coordinate system: lines ``(x, y)`` or ``(x, y, label)``; images with settings."""

    lines: Sequence[tuple[Any, ...]] = ()
    images: Sequence[Any] = ()
    others: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)


def axes(
    lines: Sequence[tuple[Any, ...]] = (),
    images: Sequence[Any] = (),
    others: int = 0,
    **settings: Any,
) -> AxesSpec:
    """``images``: an array, or ``(array, {"cmap": "jet", "alpha": 0.4})``; ``title=…`` etc."""
    return AxesSpec(lines, images, others, settings)


def figure(*parts: AxesSpec) -> tuple[AxesSpec, ...]:
    """A figure of these axes."""
    return parts


@dataclass(frozen=True)
class CellSpec:
    """One cell of the notebook with what running it left."""

    slots: tuple[str, ...]
    kind: str = "code"
    source: str = ""
    task: str | None = None
    ran: bool = True
    status: str = "ok"
    error: str = ""
    error_message: str = ""
    seconds: float = 0.1
    variables: Mapping[str, Any] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()
    calls: Sequence[CallSpec] = ()
    figures: Sequence[tuple[AxesSpec, ...]] = ()
    files: Sequence[tuple[str, Any]] = ()
    outputs: Sequence[Output] = ()


def cell(
    slots: str | tuple[str, ...] = "",
    *,
    source: str = "pass",
    printed: str = "",
    outputs: Sequence[Output] = (),
    **rest: Any,
) -> CellSpec:
    """A code cell. ``slots`` empty: it belongs to the slot before it.

    ``files`` holds ``(path, image array or None)``; ``status="error"`` etc. as in CellRun.
    """
    streams = (Output(kind="stream", name="stdout", text=printed),) if printed else ()
    return CellSpec(_slots(slots), source=source, outputs=(*streams, *outputs), **rest)


def text(slots: str | tuple[str, ...], written: str) -> CellSpec:
    """A Markdown cell."""
    return CellSpec(_slots(slots), kind="markdown", source=written, ran=False)


def _slots(slots: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(slots, str):
        return (slots,) if slots else ()
    return tuple(slots)


# ------------------------------------------------------------------ what the checks get


def side(
    notebooks: Mapping[str, Sequence[CellSpec]] | None = None,
    *,
    answers: Mapping[int, str] | None = None,
    given: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    not_run: Iterable[str] = (),
    lab: Lab | None = None,
    name: str = "gruppe",
) -> Side:
    """Make a side; a notebook absent from ``notebooks`` is missing, ``not_run`` has no run."""
    lab = lab or reference_lab()
    written: dict[str, Notebook] = {}
    runs: dict[str, NotebookEvidence] = {}
    alignments: dict[str, Alignment] = {}
    for key, cells in (notebooks or {}).items():
        written[key] = Notebook(
            key, f"{key}.ipynb", tuple(_cell(i, c) for i, c in enumerate(cells))
        )
        alignments[key] = _alignment(lab, key, cells)
        if key not in set(not_run):
            runs[key] = _run(key, cells)
    submission = Submission(name, written, dict(answers or {}), problems=tuple(problems))
    return Side(lab, submission, Evidence(runs, alignments), dict(given or {}))


def context(student: Side, reference: Side | None = None) -> Context:
    """Both sides of a comparison; without ``reference`` the student's own side."""
    return Context(student.lab, student, reference or student)


def _cell(index: int, spec: CellSpec) -> Cell:
    slot = spec.slots[0] if spec.slots else ""
    return Cell(index, spec.kind, spec.source, f"c{index}", slot)  # type: ignore[arg-type]


def _alignment(lab: Lab, notebook: str, cells: Sequence[CellSpec]) -> Alignment:
    task, placements = "", []
    for spec in cells:
        if spec.slots:
            task = lab.slot_by_id[spec.slots[0]].task
        here = task if spec.task is None else spec.task
        method = "metadata" if spec.slots else "neighbour"
        placements.append(Placement(spec.slots, here, method, 1.0))
    held = {s for spec in cells for s in spec.slots}
    missing = tuple(s.id for s in lab.notebook_slots(notebook) if s.id not in held)
    return Alignment(notebook, tuple(placements), missing)


def _run(notebook: str, cells: Sequence[CellSpec]) -> NotebookEvidence:
    blobs: dict[str, np.ndarray] = {}
    runs = tuple(
        _cell_run(index, spec, blobs)
        for index, spec in enumerate(cells)
        if spec.kind == "code" and spec.ran and spec.source.strip()
    )
    return NotebookEvidence(notebook, runs, blobs=blobs)


def _cell_run(index: int, spec: CellSpec, blobs: dict[str, np.ndarray]) -> CellRun:
    return CellRun(
        index,
        spec.source,
        spec.status,  # type: ignore[arg-type]
        spec.seconds,
        tuple(spec.outputs),
        spec.error,
        spec.error_message,
        {name: value(v, blobs) for name, v in spec.variables.items()},
        spec.deleted,
        tuple(_call(c, blobs) for c in spec.calls),
        tuple(Figure(tuple(_axes(a, blobs) for a in f)) for f in spec.figures),
        tuple(_file(path, image, blobs) for path, image in spec.files),
        networks={
            made.digest: made
            for made in (value(c.network, blobs) for c in spec.calls if c.network is not None)
        },
    )


def value(made: Any, blobs: dict[str, np.ndarray]) -> Value:
    """Turn a Python object into the value that the probe would capture."""
    if isinstance(made, Value):
        return made
    name = type(made).__name__
    if isinstance(made, Net):
        model = _model(made, blobs)
        return Value("model", "Sequential", f"{hash(repr(model)):x}", model=model)
    if isinstance(made, np.ndarray):
        info = array_info(made, blobs)
        return Value("array", name, info.digest, array=info)
    if isinstance(made, dict):
        return replace(value([list(pair) for pair in made.items()], blobs), type="dict")
    if isinstance(made, pd.Series):
        return Value("table", name, table=_table(made.to_frame()))
    if isinstance(made, pd.DataFrame):
        return Value("table", name, table=_table(made))
    if isinstance(made, np.generic):
        made = made.item()
    if made is None or isinstance(made, bool | int | float | str):
        return Value("scalar", name, scalar=made)
    if isinstance(made, list | tuple):
        return Value("sequence", name, items=tuple(value(m, blobs) for m in made))
    return Value("other", name)


def array_info(made: Any, blobs: dict[str, np.ndarray], *, rows: bool = True) -> ArrayInfo:
    """Keep an array as a blob, with its row digests; an object array has no blob."""
    array = np.asarray(made)
    if array.dtype == object:
        return ArrayInfo(array.shape, "object", "")
    digest = hashlib.sha256(
        f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()
    ).hexdigest()[:32]
    blobs[digest] = array
    numeric = array.dtype.kind in "biuf"
    finite = array[np.isfinite(array)] if numeric else array[:0]
    span = (
        (float(finite.min()), float(finite.max()), float(finite.mean()))
        if numeric and finite.size
        else (None, None, None)
    )
    held = _rows(array, digest, blobs) if rows and numeric and array.ndim else ""
    return ArrayInfo(array.shape, str(array.dtype), digest, digest, held, *span)


def _rows(array: np.ndarray, digest: str, blobs: dict[str, np.ndarray]) -> str:
    try:
        from grader.evidence.rows import row_digests
    except ImportError:
        return ""
    name = f"{digest}-rows"
    blobs[name] = row_digests(array)
    return name


def _table(frame: pd.DataFrame) -> Table:
    rows = range(len(frame))
    cells = tuple(tuple(_table_cell(frame.iloc[r, c]) for c in range(frame.shape[1])) for r in rows)
    index = tuple(i.item() if isinstance(i, np.generic) else i for i in frame.index)
    return Table(
        tuple(str(c) for c in frame.columns), tuple(str(d) for d in frame.dtypes), index, cells
    )


def _table_cell(held: Any) -> tuple[str, Scalar]:
    if isinstance(held, np.generic):
        held = held.item()
    if held is None or held is pd.NA or (isinstance(held, float) and math.isnan(held)):
        return "nan", None
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if isinstance(held, kind):
            return name, held
    return "other", str(held)


def _model(spec: Net, blobs: dict[str, np.ndarray]) -> ModelInfo:
    layers = tuple(
        Layer(
            x.kind, x.kind.lower(), dict(x.config), tuple(array_info(w, blobs) for w in x.weights)
        )
        for x in spec.layers
    )
    inputs, outputs = (
        tuple(array_info(a, blobs) for a in spec.probe) if spec.probe else (None, None)
    )
    return ModelInfo(
        layers,
        spec.input_shape,
        spec.output_shape,
        sum(int(np.size(w)) for x in spec.layers for w in x.weights),
        bool(spec.loss),
        spec.loss,
        spec.optimizer,
        inputs,
        outputs,
    )


def _call(spec: CallSpec, blobs: dict[str, np.ndarray]) -> Call:
    return Call(
        spec.name,
        {name: value(v, blobs) for name, v in spec.args.items()},
        None if spec.result is None else value(spec.result, blobs),
        {name: tuple(v) for name, v in spec.history.items()},
        spec.model,
        network="" if spec.network is None else value(spec.network, blobs).digest,
    )


def _axes(spec: AxesSpec, blobs: dict[str, np.ndarray]) -> Axes:
    lines = tuple(
        Line(array_info(x, blobs, rows=False), array_info(y, blobs, rows=False), *label)
        for x, y, *label in spec.lines
    )
    images = []
    for image in spec.images:
        array, settings = image if isinstance(image, tuple) else (image, {})
        images.append(Image(array_info(array, blobs, rows=False), **settings))
    return Axes(lines=lines, images=tuple(images), others=spec.others, **spec.settings)


def _file(path: str, image: Any, blobs: dict[str, np.ndarray]) -> SavedFile:
    if image is None:
        return SavedFile(path, 100)
    return SavedFile(path, np.asarray(image).nbytes, array_info(image, blobs, rows=False).digest)
