"""Pictures out of any array, and what counts as the same picture."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

from grader.checks.images import applied_colormap, decode, is_part_of, plane, same_picture

GREY = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)


@pytest.mark.parametrize(
    "array",
    [
        GREY,
        GREY[:, :, None],
        GREY[None, :, :, None],
        np.repeat(GREY[..., None], 3, axis=2),
        np.repeat(GREY[None], 3, axis=0),
        np.dstack([GREY, GREY, GREY, np.full_like(GREY, 255)]),
    ],
)
def test_one_plane_out_of_every_shape(array):
    found = plane(array)
    assert found is not None and np.array_equal(found, GREY)


@pytest.mark.parametrize(
    "array",
    [
        None,
        np.zeros((0, 9)),
        np.zeros(9),
        np.zeros((3, 3)),
        np.zeros((2, 40, 50)),
        np.stack([GREY, GREY[::-1], GREY[:, ::-1]]),
        np.full((40, 50), np.nan),
        np.array([["a"]]),
        np.zeros((40, 50), dtype=complex),
    ],
)
def test_anything_else_is_no_picture(array):
    assert plane(array) is None


def test_same_picture_up_to_unit_and_offset():
    grey = GREY.astype(float)
    assert same_picture(grey, grey / 255) and same_picture(grey, 2 * grey + 7)
    assert not same_picture(grey, grey[::-1]) and not same_picture(grey, -grey)
    assert not same_picture(grey, grey[:-1]) and not same_picture(None, grey)
    flat = np.ones((40, 50))
    assert same_picture(flat, flat.copy()) and not same_picture(flat, grey)
    assert not same_picture(flat, 2 * flat)


def test_part_of_a_picture():
    grey = GREY.astype(float)
    assert is_part_of(grey[10:30, 5:25], grey)
    assert not is_part_of(grey[10:30, 5:25] + 1, grey)
    assert not is_part_of(grey, grey) and not is_part_of(None, grey)
    assert not is_part_of(np.zeros((10, 60)), grey)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_files_are_decoded(kind):
    data = io.BytesIO()
    Image.fromarray(GREY).save(data, kind)
    found = decode(np.frombuffer(data.getvalue(), dtype=np.uint8))
    assert found is not None and found.shape == GREY.shape
    assert np.abs(found.astype(float) - GREY).mean() < 10


def test_files_that_are_no_pictures_are_none():
    data = io.BytesIO()
    Image.fromarray(GREY).save(data, "PNG")
    whole = data.getvalue()
    for raw in (b"", b"GIF89a", whole[:60], b"\x89PNG\r\n\x1a\n" + bytes(50)):
        assert decode(np.frombuffer(raw, dtype=np.uint8)) is None
    assert decode(None) is None
    assert np.array_equal(decode(GREY), GREY)


@pytest.mark.parametrize("unit", [1, 255])
def test_colormap_applied_by_hand_is_named(unit):
    scaled = (GREY - GREY.min()) / np.ptp(GREY)
    colours = matplotlib.colormaps["flag"](scaled) * unit
    assert applied_colormap(colours, GREY.astype(float), ("summer", "flag")) == "flag"
    assert applied_colormap(colours, GREY.astype(float), ("summer", "jet")) == ""
    assert applied_colormap(GREY, GREY.astype(float), ("flag",)) == ""
    assert applied_colormap(None, GREY.astype(float), ("flag",)) == ""
    assert applied_colormap(colours * np.nan, GREY.astype(float), ("flag",)) == ""
