"""Other data for a second look: ``python -m data.build.variant FOLDER SEED``.

``FOLDER`` holds a copy of the lab's data. Files that notebooks compute with are replaced by others
of the same name, shape and type: another patient's sheet, other QRS complexes, other digits first
among the test images, other OCT scans, other knees. Helper scripts and networks stay.

The same seed gives the same files. Nothing is trained, all of it takes seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from data.build import ecg, knee, oct, sheet
from data.build.oct_anatomy import add_drusen, healthy_eye

__all__ = ["PARTS", "main", "other_values", "vary"]

SHOWN_DIGITS = 4
# Far from the seeds that the networks were trained, stopped, tested and shown with.
OCT_SEED = 9_000_000
KNEE_SEED = 7_000_000
OCT_SEVERITY = 0.8
# Truth of the lab's scans is DRUSEN, DME, CNV, NORMAL: here no place keeps its class.
OCT_ORDERS = (
    ("NORMAL", "CNV", "DRUSEN", "DME"),
    ("NORMAL", "CNV", "DME", "DRUSEN"),
    ("CNV", "NORMAL", "DRUSEN", "DME"),
    ("DME", "NORMAL", "DRUSEN", "CNV"),
)
# Every third cut is drawn, its neighbours repeat it; the middle one is among them.
KNEE_STEP = 3


def vary(folder: Path, seed: int) -> list[Path]:
    """Replace files of a copy of the lab's data by others.

    Parameters
    ----------
    folder : Path
        Holds the copy; an instructor's own `mnist.npz` may be in it.
    seed : int
        Not negative.

    Returns
    -------
    list of Path
        What was written.
    """
    written: list[Path] = []
    for number, part in enumerate(PARTS):
        written += part(folder, np.random.default_rng([seed, number]))
    return written


def main(arguments: list[str] | None = None) -> int:
    """Entry point: ``FOLDER SEED``."""
    folder, seed = sys.argv[1:] if arguments is None else arguments
    vary(Path(folder), int(seed))
    return 0


# --------------------------------------------------------------------------- the patient's sheet


def _sheet(folder: Path, rng: np.random.Generator) -> list[Path]:
    return sheet.build(folder, other_values(rng))


def other_values(rng: np.random.Generator) -> tuple[sheet.LabValue, ...]:
    """Values of another patient that Excel damages in the same rows and in the same way.

    Every value and, where Excel made a date, that date too differ from the lab's.
    """
    return tuple(replace(row, value=_other_value(row, rng)) for row in sheet.VALUES)


def _other_value(row: sheet.LabValue, rng: np.random.Generator) -> str:
    shown = sheet.german_excel(row.value)
    decimals = len(row.value.partition(".")[2])
    width = 0.15
    while True:
        value = f"{float(row.value) * rng.uniform(1 - width, 1 + width):.{decimals}f}"
        other = sheet.german_excel(value)
        if value != row.value and other != shown and _kind(other) == _kind(shown):
            return value
        # Some forms are rare, such as a whole number with a point and a zero.
        width = min(0.4, width * 1.02)


def _kind(shown: str) -> str:
    """What Excel made of a value: a day (``20. Mrz``), a month (``Feb 43``) or nothing."""
    if ". " in shown:
        return "day"
    return "month" if " " in shown else "number"


# --------------------------------------------------------------------------- signals and pictures


def _ecg(folder: Path, rng: np.random.Generator) -> list[Path]:
    x, complexes = ecg.qrs_complexes(rng)
    columns = {"x": x} | {f"qrs{i + 1}": wave for i, wave in enumerate(complexes)}
    path = folder / "data_ekg.csv"
    table = pd.DataFrame(columns).map(lambda value: f"{value + 0.0:.3f}")
    table.to_csv(path, index=False, lineterminator="\n")
    return [path]


def _digits(folder: Path, rng: np.random.Generator) -> list[Path]:
    """The same digits in another order; others come first among the test images.

    Those are clear ones: what a usual network reads right, so that its answer is to be expected.
    """
    path = folder / "mnist.npz"
    with np.load(path, allow_pickle=False) as file:
        digits = {name: file[name] for name in file.files}
    train = rng.permutation(len(digits["y_train"]))
    digits["x_train"], digits["y_train"] = digits["x_train"][train], digits["y_train"][train]
    test = rng.permutation(len(digits["y_test"]))
    clear = test[np.isin(test, _clear(digits))]
    first: list[int] = []
    before = digits["y_test"][:SHOWN_DIGITS]
    for old in before:
        taken = [old, *digits["y_test"][first]]
        first.append(next(i for i in clear if digits["y_test"][i] not in taken))
    order = np.concatenate([first, test[~np.isin(test, first)]]).astype(np.intp)
    digits["x_test"], digits["y_test"] = digits["x_test"][order], digits["y_test"][order]
    np.savez_compressed(path, **digits)
    return [path]


def _clear(digits: dict[str, np.ndarray]) -> np.ndarray:
    """Indices of test images far nearer to their own class's mean than to any other's."""
    flat = digits["x_train"].reshape(len(digits["x_train"]), -1).astype(np.float32)
    means = np.stack([flat[digits["y_train"] == digit].mean(axis=0) for digit in range(10)])
    test = digits["x_test"].reshape(len(digits["x_test"]), -1).astype(np.float32)
    distance = np.linalg.norm(test[:, None] - means, axis=2)
    own = distance[np.arange(len(test)), digits["y_test"]]
    distance[np.arange(len(test)), digits["y_test"]] = np.inf
    margin = distance.min(axis=1) / own
    # The clearest fifth of every class.
    least = [np.quantile(margin[digits["y_test"] == digit], 0.8) for digit in range(10)]
    return np.flatnonzero(margin >= np.array(least)[digits["y_test"]])


def _oct(folder: Path, rng: np.random.Generator) -> list[Path]:
    order = OCT_ORDERS[rng.integers(len(OCT_ORDERS))]
    seeds = OCT_SEED + rng.integers(1_000_000, size=len(order))
    images = [oct.scan(c, int(s), OCT_SEVERITY) for c, s in zip(order, seeds, strict=True)]
    four, picture = folder / "oct_bilder.npz", folder / "oct_drusen.jpeg"
    np.savez_compressed(four, bilder=np.stack(images))
    eye = healthy_eye(rng, tilt_limit=0.03)
    add_drusen(eye, 1.0)
    Image.fromarray(oct.photograph(eye, borders=False)).save(picture, quality=95)
    return [four, picture]


def _knee(folder: Path, rng: np.random.Generator) -> list[Path]:
    """Other knees with the same findings; the mark is on the other volume."""
    written = []
    for name, (_, findings, marked) in knee.LAB_VOLUMES.items():
        other = knee.draw_knee(KNEE_SEED + int(rng.integers(1_000_000)), findings)
        numbers = range(0, knee.SLICES, KNEE_STEP)
        cuts = np.stack([knee.render(other, n, marked=not marked) for n in numbers])
        path = folder / name
        np.save(path, np.repeat(cuts, KNEE_STEP, axis=0), allow_pickle=False)
        written.append(path)
    return written


PARTS: tuple[Callable[[Path, np.random.Generator], list[Path]], ...] = (
    _sheet,
    _ecg,
    _digits,
    _oct,
    _knee,
)


if __name__ == "__main__":
    sys.exit(main())
