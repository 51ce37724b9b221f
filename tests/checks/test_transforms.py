"""What was done to a picture, recognised from the two arrays alone."""

from __future__ import annotations

import ast
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from grader.checks.transforms import recognise
from tests.checks.build import ROOT


@cache
def _original() -> np.ndarray:
    with Image.open(ROOT / "data" / "oct_drusen.jpeg") as picture:
        return np.asarray(picture.convert("L").resize((224, 224)), dtype=np.float32)[:, :, None]


@cache
def _add_noise():
    """The lab's own function, without importing TensorFlow."""
    code = (ROOT / "data" / "notebook2_code.py").read_text(encoding="utf-8")
    tree = ast.parse(code)
    tree.body = [n for n in tree.body if getattr(n, "name", "") == "add_noise"]
    namespace = {"np": np}
    exec(compile(tree, "notebook2_code.py", "exec"), namespace)  # noqa: S102
    return namespace["add_noise"]


def _noise(kind, scale=1, strength=None):
    np.random.seed(3)
    return _add_noise()(kind, _original()[:, :, 0] / scale, strength)


def _turned(picture, angle, order=1, mode="nearest"):
    """Do as keras' apply_affine_transform does."""
    t = np.deg2rad(angle)
    matrix = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
    centre = np.array(picture.shape[:2]) / 2 - 0.5
    flat = np.squeeze(picture)
    offset = centre - matrix @ centre
    return ndimage.affine_transform(flat, matrix, offset, order=order, mode=mode)


def _bright(picture, factor):
    """Do as keras' apply_brightness_shift does."""
    x = np.squeeze(picture).astype(np.float32)
    x = (x - x.min()) / (x.max() - x.min()) * 255
    enhanced = ImageEnhance.Brightness(Image.fromarray(x.astype("uint8"), "L")).enhance(factor)
    return np.asarray(enhanced, dtype=np.float32)[:, :, None]


def _uint8(picture):
    return np.clip(picture, 0, 255).astype("uint8")


CASES = {
    "mirrored": (lambda o: np.fliplr(o), {"fliplr": 1}),
    "mirrored, 0..1": (lambda o: np.fliplr(o) / 255, {"fliplr": 1}),
    "mirrored, batch": (lambda o: np.fliplr(o)[None], {"fliplr": 1}),
    "mirrored, colours": (
        lambda o: np.repeat(np.fliplr(o), 3, axis=2).astype("uint8"),
        {"fliplr": 1},
    ),
    "upside down": (lambda o: np.flipud(o)[:, :, 0], {"flipud": 1}),
    "half turn": (lambda o: np.rot90(o, 2), {"rotation": 180}),
    "quarter turn": (lambda o: np.rot90(o), {"rotation": 90}),
    "turned by 2": (lambda o: _turned(o, 2), {"rotation": 2}),
    "turned by 5": (lambda o: _turned(o, -5), {"rotation": 5}),
    "turned by 10": (lambda o: _turned(o, 10)[:, :, None], {"rotation": 10}),
    "turned by 10, cubic": (
        lambda o: ndimage.rotate(o[:, :, 0], 10, reshape=False),
        {"rotation": 10},
    ),
    "turned by 10, black fill": (lambda o: _turned(o, 10, mode="constant"), {"rotation": 10}),
    "turned by 10, nearest": (lambda o: _turned(o, 10, order=0), {"rotation": 10}),
    "turned by 10, grown": (
        lambda o: ndimage.rotate(o[:, :, 0], 10),
        {"resized": None, "rotation": 10},
    ),
    "turned by 45": (lambda o: _turned(o, 45), {"rotation": 45}),
    "turned by 120": (lambda o: _turned(o, 120), {"rotation": 120}),
    "brighter": (lambda o: _bright(o, 1.3), {"brightness": 1.3}),
    "darker": (lambda o: _bright(o, 0.7), {"brightness": 0.7}),
    "brighter, 0..1": (lambda o: _bright(o, 1.5) / 255, {"brightness": 1.5}),
    "a little brighter": (lambda o: _bright(o, 1.1), {"brightness": 1.1}),
    "twice as bright": (lambda o: _bright(o, 2), {"brightness": 2}),
    "nearly black": (lambda o: _bright(o, 0.1), {"brightness": 0.1}),
    "lifted": (lambda o: np.clip(o + 40, 0, 255), {"offset": 40}),
    "lifted, overflow": (lambda o: _uint8(o) + np.uint8(40), {"overflow": None}),
    "negative": (lambda o: 255 - o, {"inverted": None}),
    "salt and pepper": (lambda o: _noise("s&p"), {"s&p": 0.02}),
    "salt and pepper, 0..1": (lambda o: _noise("s&p", 255), {"s&p": 0.02}),
    "much salt and pepper": (lambda o: _noise("s&p", 1, 0.1), {"s&p": 0.1}),
    "little salt and pepper": (lambda o: _noise("s&p", 1, 0.005), {"s&p": 0.005}),
    "gauss": (lambda o: _noise("gauss", 1, 225), {"gauss": 15}),
    "gauss, 0..1": (lambda o: _noise("gauss", 255), {"gauss": 25.5}),
    "gauss, cut to uint8": (lambda o: _uint8(_noise("gauss", 1, 225)), {"gauss": 15}),
    "gauss, overflow": (
        lambda o: _noise("gauss", 1, 225).astype("int").astype("uint8"),
        {"overflow": None, "gauss": 15},
    ),
    "strong gauss": (lambda o: _noise("gauss", 1, 2500), {"gauss": 50}),
    "speckle": (lambda o: _noise("speckle"), {"speckle": 0.2}),
    "weak speckle": (lambda o: _noise("speckle", 1, 0.05), {"speckle": 0.05}),
    "speckle, 0..1, uint8": (lambda o: _uint8(_noise("speckle", 255, 0.1) * 255), {"speckle": 0.1}),
    "strong speckle": (lambda o: _noise("speckle", 1, 1), {"speckle": 1}),
    "poisson, 0..1": (lambda o: _noise("poisson", 255), {"poisson": 16}),
    "strong poisson": (lambda o: _noise("poisson", 255, 3), {"poisson": 48}),
    "mirrored and turned": (lambda o: _turned(np.fliplr(o), 8), {"fliplr": 1, "rotation": 8}),
    "turned and brighter": (
        lambda o: _bright(_turned(o, 6), 1.3),
        {"rotation": 6, "brightness": 1.3},
    ),
    "mirrored with gauss": (
        lambda o: np.fliplr(_noise("gauss", 1, 225)),
        {"fliplr": 1, "gauss": 15},
    ),
    "shifted": (
        lambda o: ndimage.shift(o[:, :, 0], (8, -6), order=1, mode="nearest"),
        {"shift": 10},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_kind_and_strength_are_recognised(name):
    make, expected = CASES[name]
    found = recognise(_original(), make(_original()))
    assert found.related and found.visible
    assert found.kinds == set(expected), found.steps
    for kind, amount in expected.items():
        if amount is not None:
            tolerance = 0.35 if kind == "rotation" else max(0.08 * amount, 0.03)
            assert abs(found.amount(kind)) == pytest.approx(amount, abs=tolerance), found.steps
    assert found.confidence >= 0.4


@pytest.mark.parametrize("picture", [lambda o: o, lambda o: o / 255, lambda o: _uint8(o)[:, :, 0]])
def test_unchanged_picture_has_no_steps(picture):
    found = recognise(_original(), picture(_original()))
    assert found.related and found.steps == () and not found.visible


@pytest.mark.parametrize("kind", ["gauss", "poisson"])
def test_noise_below_a_grey_level_is_named_but_invisible(kind):
    found = recognise(_original(), _noise(kind))
    assert found.kinds == {kind} and not found.visible


def test_default_axes_of_keras_stretch_the_picture_instead_of_turning_it():
    """With channel_axis=0 each row of a (224, 224, 1) picture is taken for a picture."""
    original = _original()[:, :, 0]
    x = (np.arange(224) - 111.5) * np.cos(np.deg2rad(20)) + 111.5
    rows, columns = np.meshgrid(np.arange(224), x, indexing="ij")
    stretched = ndimage.map_coordinates(original, [rows, columns], order=1)
    found = recognise(original, stretched)
    assert found.kinds == {"stretch"}
    assert found.amount("stretch") == pytest.approx(1 / np.cos(np.deg2rad(20)), abs=0.01)


def test_other_pictures_are_unrelated():
    with np.load(ROOT / "data" / "oct_bilder.npz") as file:
        others = file["bilder"].astype(float)
    generator = np.random.default_rng(1)
    others = [*others, generator.random((224, 224)), np.zeros((224, 224)), np.full((224, 224), 9.0)]
    assert [recognise(_original(), o).related for o in others] == [False] * len(others)


@pytest.mark.parametrize(
    "hostile",
    [
        np.zeros((0, 0)),
        np.zeros((224,)),
        np.full((224, 224), np.nan),
        np.array([["a", "b"]]),
        np.zeros((4, 224, 224, 1)),
        np.zeros((5, 5)),
        np.full((224, 224), 1e300),
    ],
)
def test_what_is_no_picture_is_unrelated(hostile):
    assert not recognise(_original(), hostile).related


def test_original_must_be_a_picture():
    with pytest.raises(ValueError, match="original"):
        recognise(np.zeros((3, 3)), _original())
