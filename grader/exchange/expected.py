"""What the reference's run computed and printed, as a search for leaks needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from grader.model import Array, ArrayInfo, CellRun, Evidence, ReleasedCell, Value

__all__ = ["expected_arrays", "printed_lines"]

# Anything shorter, or with fewer different values, could be there by chance.
_FEWEST_BYTES, _FEWEST_VALUES = 12, 3
_MOST_BYTES = 4096
_NUMBERS = re.compile(r"\d+[.,]\d+|\d+")


def expected_arrays(
    evidence: Evidence, cells: Iterable[ReleasedCell], given: Sequence[str]
) -> dict[bytes, str]:
    """Bytes of every array that the solution leaves, with a name for it.

    Parameters
    ----------
    evidence : Evidence
        Of the reference's run.
    cells : iterable of ReleasedCell
    given : sequence of str
        Variables that hold what students get anyway.
    """
    own = _solved(cells)
    found: dict[bytes, str] = {}
    handed_out = {
        info.digest
        for run in evidence.notebooks.values()
        for cell in run.cells
        for name, value in cell.variables.items()
        if name in given
        for info in _infos(value)
    }
    for run in evidence.notebooks.values():
        for cell in run.cells:
            for what, info in _of_cell(cell, solved=cell.source.strip() in own, given=given):
                array = run.blobs.get(info.blob) if info.blob else None
                if array is not None and info.digest not in handed_out:
                    for raw in _bytes(array):
                        found.setdefault(raw, f"{run.notebook}: {what}")
    return found


def printed_lines(evidence: Evidence, cells: Iterable[ReleasedCell]) -> Iterator[str]:
    """Lines with numbers that the solution's own cells print."""
    own = _solved(cells)
    for run in evidence.notebooks.values():
        for cell in run.cells:
            if cell.source.strip() in own:
                for output in cell.outputs:
                    lines = output.text.splitlines()
                    yield from (line for line in lines if _NUMBERS.search(line))


def _solved(cells: Iterable[ReleasedCell]) -> set[str]:
    return {c.source_solution.strip() for c in cells if c.source_solution != c.source_student}


def _of_cell(
    cell: CellRun, *, solved: bool, given: Sequence[str]
) -> Iterator[tuple[str, ArrayInfo]]:
    # A network that was loaded from the data is handed out with its weights.
    loaded = any(call.name == "load_model" for call in cell.calls)
    for name, value in cell.variables.items():
        if name not in given and not (loaded and value.kind == "model"):
            yield from ((name, info) for info in _infos(value))
    for call in cell.calls:
        if call.name == "predict" and call.result is not None:
            yield from (("predict", info) for info in _infos(call.result))
    if solved:
        for figure in cell.figures:
            for axes in figure.axes:
                yield from (("Linie", line.y) for line in axes.lines)
                yield from (("Bild", image.array) for image in axes.images)


def _infos(value: Value) -> Iterator[ArrayInfo]:
    if value.array is not None:
        yield value.array
    for item in value.items:
        yield from _infos(item)
    if value.model is not None:
        for layer in value.model.layers:
            yield from layer.weights


def _bytes(array: Array) -> Iterator[bytes]:
    """An array's bytes in the types it may be saved in; of a large one, a piece in the middle."""
    if array.dtype.kind not in "biuf" or len(np.unique(array)) < _FEWEST_VALUES:
        return
    kinds = {array.dtype.newbyteorder("<")}
    if array.dtype.kind == "f":
        kinds |= {np.dtype("<f4"), np.dtype("<f8")}
    for kind in kinds:
        flat = np.ascontiguousarray(array.astype(kind)).reshape(-1)
        most = _MOST_BYTES // kind.itemsize
        if flat.size > most:
            # Where it varies: an even background is in many pictures.
            pieces = [flat[i : i + most] for i in range(0, flat.size - most + 1, most)]
            flat = max(pieces, key=lambda piece: len(np.unique(piece)))
        if flat.nbytes >= _FEWEST_BYTES:
            yield flat.tobytes()
