"""The digits of task 1c as the trusted side knows them, and what a training received of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grader.checks import Context, Side
from grader.checks.arrays import Floats, numbers
from grader.errors import LabError
from grader.evidence.rows import row_digests
from grader.model import Call, Value

TASK = "1c"
MAIN = "1c-training"
SHOWN = 4  # test images that the notebook predicts


@dataclass(frozen=True, slots=True)
class TestSet:
    """Row hashes (n,) and digits (n,) of the test images."""

    rows: NDArray[np.uint64]
    digits: NDArray[np.int64]


def test_set(context: Context) -> TestSet:
    """Read the test images from the lab's own data.

    Raises
    ------
    LabError
        If ``mnist.npz`` is missing or not readable.
    """
    path = context.lab.data / "mnist.npz"
    try:
        mark = path.stat()
    except OSError as error:
        raise LabError(f"{path} fehlt oder ist nicht lesbar.") from error
    return _read(path, mark.st_mtime_ns, mark.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> TestSet:
    try:
        with np.load(path, allow_pickle=False) as data:
            images, labels = data["x_test"], np.asarray(data["y_test"])
    except (OSError, KeyError, ValueError) as error:
        raise LabError(f"{path} ist kein Datensatz mit x_test und y_test.") from error
    digits = labels.argmax(axis=1) if labels.ndim == 2 else labels
    return TestSet(row_digests(images), digits.astype(np.int64))


def rows_of(side: Side, value: Value | None) -> NDArray[np.uint64] | None:
    """Row hashes (n,) of a recorded argument; None if there are none."""
    run = side.run_of(side.notebook_of(TASK))
    if run is None or value is None or value.array is None:
        return None
    if not value.array.rows:
        # A network that is called as a function: a few images are kept as they are.
        given = side.array(TASK, value.array)
        return row_digests(given) if given is not None and given.ndim > 1 else None
    held = run.blobs.get(value.array.rows)
    if held is None or np.asarray(held).dtype != np.uint64:
        return None
    return np.asarray(held).reshape(-1)


def fits(side: Side) -> list[tuple[Call, bool]]:
    """Return the trainings of task 1c, and whether each lies in the training cell's region."""
    main = {id(call) for call in side.calls(MAIN, "fit")}
    return [(call, id(call) in main) for call in side.calls(TASK, "fit")]


def main_fit(side: Side) -> Call | None:
    """Return the training that the task is about: the last one at its cell, else the last."""
    found = fits(side)
    return next((c for c, main in reversed(found) if main), found[-1][0] if found else None)


@dataclass(frozen=True, slots=True)
class Received:
    """What one training received.

    Attributes
    ----------
    images : int
        Number of rows.
    test_share : float
        Share of the rows that are test images, in [0, 1].
    shown : int
        How many of the four predicted test images are among them.
    known_share : float
        Share of the rows that are the reference's training images or test images.
    """

    images: int
    test_share: float
    shown: int
    known_share: float


def received(context: Context, call: Call) -> Received | None:
    """Compare what ``fit`` got as x with the test images; None if x was not readable."""
    rows = rows_of(context.student, call.args.get("x"))
    return None if rows is None else compared(context, rows)


def compared(context: Context, rows: NDArray[np.uint64]) -> Received | None:
    """Compare images by their hashes (n,) with the test images; None without any."""
    if not rows.size:
        return None
    tests = test_set(context)
    training = [rows_of(context.reference, c.args.get("x")) for c, _ in fits(context.reference)]
    own = np.concatenate([t for t in training if t is not None] or [rows[:0]])
    # An image that the training set holds as well is no leak (a blank one, for example).
    leaked = np.isin(rows, tests.rows) & ~np.isin(rows, own)
    return Received(
        int(rows.size),
        float(leaked.mean()),
        int(np.isin(np.setdiff1d(tests.rows[:SHOWN], own), rows).sum()),
        float((leaked | np.isin(rows, own)).mean()),
    )


def outputs_of(side: Side, place: str) -> Iterator[tuple[Floats, NDArray[np.uint64] | None]]:
    """Yield finite outputs (n, classes) of a network, and the row hashes of their inputs.

    Images that were asked one by one come last, as if they had been asked together.
    """
    single: list[tuple[Floats, NDArray[np.uint64] | None]] = []
    for call in side.asked(place):
        outputs = numbers(side, place, call.result)
        if outputs is None or outputs.ndim != 2 or outputs.shape[1] < 2:
            continue
        if not np.isfinite(outputs).all():
            continue
        rows = rows_of(side, call.args.get("x"))
        if len(outputs) > 1:
            yield outputs, rows
        else:
            single.append((outputs, rows))
    alike = [(o, r) for o, r in single if o.shape == single[0][0].shape]
    if len(alike) > 1:
        known = [r for _, r in alike if r is not None]
        rows = np.concatenate(known) if len(known) == len(alike) else None
        yield np.concatenate([o for o, _ in alike]), rows
