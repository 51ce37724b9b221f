"""Task 2c: every picture that a group's cells hold, show or save, as grey planes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.checks import Side
from grader.checks.images import decode, plane, shown
from grader.model import Array, Value

__all__ = ["blob", "file_arrays", "named", "shown_arrays"]

_LISTED = 16


def named(side: Side, name: str, value: Value, depth: int = 0) -> Iterator[tuple[str, Array]]:
    """Pictures in a value: an array, a stack of them, a list or dict of them."""
    if value.array is not None:
        yield from ((name, p) for p in _planes(side.array("2c", value.array)))
    elif value.kind == "sequence" and depth < 3:
        for item in value.items[:_LISTED]:
            yield from named(side, name, item, depth + 1)


def _planes(array: Array | None) -> Iterator[Array]:
    found = plane(array)
    if found is not None:
        yield found
    elif array is not None and array.ndim in (3, 4) and len(array) <= _LISTED:
        yield from (p for part in array if (p := plane(part)) is not None)


def shown_arrays(side: Side, shape: tuple[int, ...]) -> Iterator[Array]:
    """Pictures that figures show; one of several times the scan's ``shape`` is taken apart."""
    for image in shown(side, "2c"):
        found = plane(image.array)
        if found is not None:
            yield from _tiles(found, shape)
    for cell in side.cells("2c"):
        for output in cell.outputs:
            # A PIL picture as a cell's result; rendered figures were seen as data above.
            if output.image and output.figure is None and not cell.figures:
                found = plane(decode(blob(side, output.image)))
                if found is not None:
                    yield found


def _tiles(picture: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """Take a montage (``np.hstack``, ``np.vstack``) apart; anything else stays whole."""
    rows, columns = (size // own for size, own in zip(picture.shape, shape, strict=True))
    fits = picture.shape == (rows * shape[0], columns * shape[1])
    if not fits or not 1 < rows * columns <= _LISTED:
        yield picture
        return
    for row in range(rows):
        for column in range(columns):
            top, left = row * shape[0], column * shape[1]
            yield picture[top : top + shape[0], left : left + shape[1]]


def file_arrays(side: Side) -> Iterator[Array]:
    for call in side.calls("2c", "imsave"):
        for argument in call.args.values():
            yield from (p for _, p in named(side, "", argument))
    for file in side.files("2c"):
        found = plane(decode(blob(side, file.image)))
        if found is not None:
            yield found


def blob(side: Side, name: str) -> Array | None:
    run = side.run_of(side.notebook_of("2c"))
    if run is None or not name or name not in run.blobs:
        return None
    return np.asarray(run.blobs[name])
