"""Handwritten digits: layout, setting, the held-out writers, the look-alikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from sklearn.datasets import load_digits

from data.build import digits
from data.build.glyphs import GLYPHS, draw

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def mnist() -> dict[str, np.ndarray]:
    with np.load(DATA / "mnist.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_layout_is_that_of_keras(mnist: dict[str, np.ndarray]) -> None:
    assert set(mnist) == {"x_train", "y_train", "x_test", "y_test"}
    assert mnist["x_train"].shape == (12933, 28, 28)
    assert mnist["x_test"].shape == (1080, 28, 28)
    assert {array.dtype for array in mnist.values()} == {np.dtype(np.uint8)}
    assert len(mnist["y_train"]) == 12933
    assert (DATA / "mnist.npz").stat().st_size < 12e6


def test_every_digit_is_there_also_after_the_cut(mnist: dict[str, np.ndarray]) -> None:
    assert np.bincount(mnist["y_train"][:10000], minlength=10).min() > 800
    assert np.bincount(mnist["y_test"], minlength=10).min() > 80


def test_pictures_are_set_like_mnist(mnist: dict[str, np.ndarray]) -> None:
    for picture in mnist["x_train"][:200]:
        rows, columns = (np.flatnonzero((picture > 127).any(axis=axis)) for axis in (1, 0))
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        assert ndimage.center_of_mass(picture) == pytest.approx((13.5, 13.5), abs=0.6)
        assert picture.max() > 200
        assert picture[0].max() < 30
        assert np.median(picture) == 0


def test_shown_images_are_undeformed_and_held_out(mnist: dict[str, np.ndarray]) -> None:
    source = load_digits()
    assert min(digits.SHOWN) >= len(source.images) - digits.TEST_SOURCES
    for place, shown in enumerate(digits.SHOWN):
        expected = digits.to_28(digits.strokes(source.images[shown])).astype(int)
        assert np.abs(mnist["x_test"][place] - expected).max() <= 1
    assert mnist["y_test"][:4].tolist() == [1, 5, 4, 9]


def test_nearest_neighbours_read_the_test_set(mnist: dict[str, np.ndarray]) -> None:
    train = mnist["x_train"][:10000:2].reshape(-1, 784) / np.float32(255)
    test = mnist["x_test"][:300].reshape(-1, 784) / np.float32(255)
    distance = (train**2).sum(axis=1) - 2 * test @ train.T
    read = mnist["y_train"][:10000:2][distance.argmin(axis=1)]
    assert (read == mnist["y_test"][:300]).mean() > 0.9
    assert read[:4].tolist() == [1, 5, 4, 9]


def test_deformation_is_mild_and_seeded() -> None:
    ink = digits.strokes(load_digits().images[0])
    first, again = (digits.deform(ink, np.random.default_rng(3)) for _ in range(2))
    other = digits.deform(ink, np.random.default_rng(4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    overlap = [np.corrcoef(ink.ravel(), picture.ravel())[0, 1] for picture in (first, other)]
    assert 0.6 < min(overlap) <= max(overlap) < 0.999


def test_strokes_keep_the_ink_where_it_was() -> None:
    image = load_digits().images[0]
    ink = digits.strokes(image)
    assert ink.shape == (60, 60)
    assert (ink.min(), ink.max()) == (0.0, 1.0)
    blocks = ink[10:50, 10:50].reshape(8, 5, 8, 5).mean(axis=(1, 3))
    assert np.corrcoef(blocks.ravel(), image.ravel())[0, 1] > 0.9


def test_ambiguous_pictures_have_two_readings() -> None:
    with np.load(DATA / "mehrdeutig.npz", allow_pickle=False) as file:
        pictures, readings = file["x"], file["lesarten"]
    assert (pictures.shape, pictures.dtype) == ((len(GLYPHS), 28, 28), np.uint8)
    assert len(pictures) >= 8
    for reading, picture in zip(readings, pictures, strict=True):
        assert len(set(reading.replace(",", "").split()) - {"oder"}) >= 2
        assert (picture > 127).sum() > 25


def test_a_pen_stroke_is_as_wide_as_the_pen() -> None:
    ink = draw((("line", [(0.5, 0.1), (0.5, 0.9)]),), size=60, pen=0.1)
    assert (ink[30] > 0.5).sum() in (7, 8, 9)  # the box is 40 pixels, the pen 0.2 of it across
    assert ink[0].max() == 0
