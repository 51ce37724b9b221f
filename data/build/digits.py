"""Digits: real handwriting in the layout of keras' ``mnist.npz``, and ambiguous pictures.

Source: scikit-learn's copy of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak,
UCI Machine Learning Repository 1998): 1,797 digits by 13 people, 8 x 8 pixels of 0 to 16 which
count the ink in 4 x 4 blocks of a scan. They are brought back to strokes, set like MNIST's (white
on black, 20 x 20 box, centre of mass in the middle of 28 x 28) and mildly deformed to reach the
number needed.

The people follow each other in the source, so its last part makes the test set: nobody's digit is
in both. The parts are split before anything is deformed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits

from data.build.glyphs import GLYPHS, draw

__all__ = ["SHOWN", "ambiguous_set", "build", "deform", "digit_sets", "strokes", "to_28"]

TEST_SOURCES = 360
TRAIN_VARIANTS = 9
TEST_VARIANTS = 3
SEED = 1998
# Positions in the source (undeformed) of the first four test images: look-alikes that a usual
# network reads correctly: a 1 like a 7, a 5 like a 9, a 4 like a 6, a 9 like a 7.
SHOWN = (1514, 1575, 1515, 1574)
SCALE = 5  # high-resolution pixels per pixel of the source


def build(out: Path) -> list[Path]:
    """Write `mnist.npz` and `mehrdeutig.npz`."""
    digits, ambiguous = out / "mnist.npz", out / "mehrdeutig.npz"
    np.savez_compressed(digits, **digit_sets())
    np.savez_compressed(ambiguous, **ambiguous_set())
    return [digits, ambiguous]


def digit_sets() -> dict[str, np.ndarray]:
    """Training and test set.

    Returns
    -------
    dict of str to ndarray
        ``x_train`` (12933, 28, 28), ``y_train`` (12933,), ``x_test`` (1080, 28, 28) and ``y_test``
        (1080,), all uint8; the first four test images are `SHOWN`.
    """
    source = load_digits()
    count = len(source.images)
    drawn = [strokes(image) for image in source.images]
    rng = np.random.default_rng(SEED)
    train = rng.permutation(np.repeat(np.arange(count - TEST_SOURCES), TRAIN_VARIANTS))
    test = rng.permutation(np.repeat(np.arange(count - TEST_SOURCES, count), TEST_VARIANTS))
    x_train = np.stack([to_28(deform(drawn[i], rng)) for i in train])
    x_test = np.stack([to_28(deform(drawn[i], rng, 0.5)) for i in test])
    # The four shown ones stand undeformed at the front, instead of one of their variants.
    for place, shown in enumerate(SHOWN):
        variant = place + int(np.flatnonzero(test[place:] == shown)[0])
        test[[place, variant]] = test[[variant, place]]
        x_test[[place, variant]] = x_test[[variant, place]]
        x_test[place] = to_28(drawn[shown])
    labels = source.target.astype(np.uint8)
    return {
        "x_train": x_train, "y_train": labels[train], "x_test": x_test, "y_test": labels[test]
    }  # fmt: skip


def ambiguous_set() -> dict[str, np.ndarray]:
    """Pictures that nobody can read for sure.

    Returns
    -------
    dict of str to ndarray
        ``x`` (10, 28, 28), uint8, and ``lesarten`` (10,), str: what each may be, in German.
    """
    rng = np.random.default_rng(SEED)
    drawn = [draw(glyph, size=12 * SCALE, pen=0.085) for _, glyph in GLYPHS]
    pictures = np.stack([to_28(deform(ink, rng, 0.5)) for ink in drawn])
    return {"x": pictures, "lesarten": np.array([reading for reading, _ in GLYPHS])}


def strokes(image: np.ndarray) -> np.ndarray:
    """Bring a block count back to strokes.

    Parameters
    ----------
    image : ndarray of shape (8, 8)
        Ink per block, 0 to 16.

    Returns
    -------
    ndarray of shape (60, 60)
        Ink from 0 to 1: interpolated by cubic splines, edges sharpened, with a margin of two
        source pixels for deformations.
    """
    padded = np.pad(image / 16, 2)
    smooth = ndimage.zoom(padded, SCALE, order=3, mode="grid-constant", grid_mode=True)
    smooth = ndimage.gaussian_filter(smooth, 0.2 * SCALE)
    # Thin strokes fill their blocks only in part: the threshold follows the picture's ink.
    level = 0.48 * np.percentile(smooth[smooth > 0.1], 80)
    ink = 1 / (1 + np.exp(-9 * (smooth - level)))
    paper = 1.2 / (1 + np.exp(9 * level))  # a little above what no ink gives
    return np.clip((ink - paper) / (0.98 - paper), 0, 1)


def deform(ink: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Turn, shear and stretch a picture a little and bend it elastically.

    Parameters
    ----------
    ink : ndarray of shape (n, n)
        Ink from 0 to 1.
    rng : numpy.random.Generator
        Decides how much.

    Returns
    -------
    ndarray of shape (n, n)
        The deformed picture.
    """
    angle = strength * np.deg2rad(rng.uniform(-8, 8))
    shear = strength * rng.uniform(-0.1, 0.1)
    stretch = 1 + strength * rng.uniform(-0.08, 0.08)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[stretch, 0], [shear, 1 / stretch]])
    size = ink.shape[0]
    grid = np.stack(np.mgrid[:size, :size]) - (size - 1) / 2
    bend = strength * 0.2 * SCALE * _smooth_field(rng, size)
    where = np.tensordot(matrix, grid, axes=1) + bend + (size - 1) / 2
    return ndimage.map_coordinates(ink, where, order=1, mode="constant")


def _smooth_field(rng: np.random.Generator, size: int) -> np.ndarray:
    """Two random fields of low frequency, standard deviation about 1."""
    waves = _waves(size)
    weights = rng.normal(0, 1, (2, 4, 4))
    return 0.5 * np.einsum("cij,ia,jb->cab", weights, waves, waves, optimize=True)


@cache
def _waves(size: int) -> np.ndarray:
    place = (np.arange(size) + 0.5) / size
    return np.cos(np.pi * np.outer(np.arange(4), place))


def to_28(ink: np.ndarray) -> np.ndarray:
    """Set a picture as MNIST's are set.

    Parameters
    ----------
    ink : ndarray of shape (n, n)
        Ink from 0 to 1.

    Returns
    -------
    ndarray of shape (28, 28), uint8
        White on black; the strokes fit a 20 x 20 box, their centre of mass is in the middle.
    """
    rows, columns = (np.flatnonzero((ink > 0.4).any(axis=axis)) for axis in (1, 0))
    factor = max(np.ptp(rows), np.ptp(columns)) / 19
    centre = np.array(ndimage.center_of_mass(ink))
    # Blurred by about one target pixel before it is sampled: smooth edges, no aliasing.
    soft = ndimage.gaussian_filter(ink, 0.35 * factor)
    grid = (np.stack(np.mgrid[:28, :28]) - 13.5) * factor + centre[:, None, None]
    picture = ndimage.map_coordinates(soft, grid, order=1, mode="constant")
    return np.clip(np.rint(255 * picture), 0, 255).astype(np.uint8)
