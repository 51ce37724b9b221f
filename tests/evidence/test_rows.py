"""Row hashes: the same sample keeps its hash however it is scaled, typed or shaped."""

from __future__ import annotations

import numpy as np
import pytest

from grader.evidence.rows import row_digests

IMAGES = np.random.default_rng(3).integers(0, 256, (40, 28, 28)).astype(np.uint8)


@pytest.mark.parametrize(
    "changed",
    [
        IMAGES / 255.0,
        (IMAGES / 255.0).astype(np.float32),
        IMAGES.reshape(40, 784),
        IMAGES[..., None].astype(np.float64),
        IMAGES.astype(np.float32) / 127.5 - 1,
        IMAGES.astype(np.int64) * 3 + 7,
    ],
)
def test_same_samples(changed: np.ndarray) -> None:
    assert np.array_equal(row_digests(changed), row_digests(IMAGES))


def test_other_samples_differ() -> None:
    one = IMAGES.copy()
    one[:, 3, 3] ^= 128
    assert not np.isin(row_digests(one), row_digests(IMAGES)).any()
    assert len(set(row_digests(IMAGES).tolist())) == 40


def test_order_is_kept() -> None:
    assert np.array_equal(row_digests(IMAGES[::-1]), row_digests(IMAGES)[::-1])


@pytest.mark.parametrize(
    "odd", [np.zeros((0, 3)), np.array("x"), np.array([["a"]]), np.array(3.0), np.zeros((3, 0))]
)
def test_nothing_to_hash(odd: np.ndarray) -> None:
    assert row_digests(odd).shape == (0,)


def test_nan_rows_do_not_fail() -> None:
    assert row_digests(np.array([[np.nan, 1.0], [np.inf, 2.0]])).shape == (2,)
