"""Task 2c: unusual code that is right, and usual mistakes, each as the pictures that it leaves."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from scipy import ndimage

from benchmarks.augmentation_cases import add_noise
from grader.checks import Outcome, Side
from tests.checks.build import axes, call, figure
from tests.reference.test_augmentation import REASONS, _judge, _scan, _side, _uint8

IMG = _scan()
GREY = IMG[:, :, 0]
PIC = Image.fromarray(_uint8(IMG))


def _noisy(kind: str, picture: np.ndarray, strength: float | None = None) -> np.ndarray:
    np.random.seed(5)
    return add_noise()(kind, picture, strength)


def _keras_turn(x: np.ndarray, theta: float, **more: Any) -> np.ndarray:
    """Do as keras' apply_affine_transform does with the lab's axes."""
    t = np.deg2rad(theta)
    matrix = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
    centre = np.array(x.shape[:2]) / 2 - 0.5
    offset = centre - matrix @ centre
    turned = ndimage.affine_transform(
        np.squeeze(x), matrix, offset, order=1, mode=more.get("fill", "nearest")
    )
    return turned[:, :, None]


def _keras_bright(x: np.ndarray, factor: float) -> np.ndarray:
    """Do as keras' apply_brightness_shift does."""
    low, high = x.min(), x.max()
    picture = Image.fromarray(((np.squeeze(x) - low) / (high - low) * 255).astype("uint8"))
    bright = np.asarray(ImageEnhance.Brightness(picture).enhance(factor), dtype=np.float32)
    return bright[:, :, None] / 255 * (high - low) + low


def _jpeg(x: np.ndarray, quality: int = 75) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(_uint8(x)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _three(a: Any, b: Any, c: Any) -> dict[str, Any]:
    return {"img_trans1": a, "img_trans2": b, "img_trans3": c}


# Each leaves variables; shown and saved is what they hold, unless given under "show" and "files".
RIGHT: dict[str, Callable[[], dict[str, Any]]] = {
    "slices instead of fliplr": lambda: _three(
        IMG[:, ::-1], _keras_turn(IMG, 5), _keras_bright(IMG, 1.3)
    ),
    "slices with three axes": lambda: _three(
        IMG[:, ::-1, :], _keras_turn(IMG, -4), _keras_bright(IMG, 0.8)
    ),
    "np.flip with axis": lambda: _three(np.flip(IMG, 1), _keras_turn(IMG, 8), IMG * 0.7),
    "scipy rotate without reshape": lambda: _three(
        np.fliplr(GREY), ndimage.rotate(GREY, 6, reshape=False), np.clip(GREY * 1.4, 0, 255)
    ),
    "scipy rotate that lets the picture grow": lambda: _three(
        np.fliplr(GREY), ndimage.rotate(GREY, 6), np.clip(GREY * 1.4, 0, 255)
    ),
    "Pillow throughout": lambda: _three(
        np.asarray(ImageOps.mirror(PIC)),
        np.asarray(PIC.rotate(7)),
        np.asarray(ImageEnhance.Brightness(PIC).enhance(1.25)),
    ),
    "Pillow, bicubic and bright corners": lambda: _three(
        np.asarray(ImageOps.mirror(PIC)),
        np.asarray(PIC.rotate(-9, resample=Image.Resampling.BICUBIC, fillcolor=128)),
        np.asarray(ImageEnhance.Brightness(PIC).enhance(0.75)),
    ),
    "a loop over a list": lambda: {
        "bilder": [f(IMG) for f in (np.fliplr, lambda x: _keras_turn(x, 3), lambda x: x * 0.8)]
    },
    "a dict of pictures": lambda: {
        "ergebnisse": list(_three(np.fliplr(IMG), _keras_turn(IMG, 10), IMG * 0.6).items())
    },
    "a stack of pictures": lambda: {
        "alle": np.stack([np.fliplr(IMG), _keras_turn(IMG, 10), _keras_bright(IMG, 1.2)])
    },
    "as tf.image does it, with a batch axis, 0..1": lambda: _three(
        (np.fliplr(IMG) / 255)[None],
        (_keras_turn(IMG, 5) / 255)[None],
        np.clip(IMG / 255 + 0.1, 0, 1)[None],
    ),
    "three equal channels": lambda: {
        n: np.repeat(_uint8(a)[:, :, None], 3, axis=2)
        for n, a in _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3)).items()
    },
    "saved as JPEG and read again": lambda: {
        n: _jpeg(a)
        for n, a in _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3)).items()
    },
    "each step on the picture before": lambda: _three(
        np.fliplr(IMG),
        _keras_turn(np.fliplr(IMG), 6),
        _keras_bright(_keras_turn(np.fliplr(IMG), 6), 1.3),
    ),
    "weak speckle with a reason": lambda: _three(
        np.fliplr(IMG), _keras_turn(IMG, 5), _noisy("speckle", GREY, 0.1)
    ),
    "weak Gaussian noise on 0..1 with a reason": lambda: _three(
        np.fliplr(IMG), _keras_bright(IMG, 0.7), _noisy("gauss", GREY / 255, 0.002)
    ),
    "two strengths of one, three methods in all": lambda: {
        "a": np.fliplr(IMG),
        "b": _keras_turn(IMG, 5),
        "c": _keras_turn(IMG, -5),
        "d": _keras_bright(IMG, 1.3),
    },
    "turned about a corner": lambda: _three(
        np.fliplr(IMG),
        ndimage.affine_transform(
            GREY, [[np.cos(0.06), -np.sin(0.06)], [np.sin(0.06), np.cos(0.06)]], order=1
        ),
        _keras_bright(IMG, 1.3),
    ),
    "black corners": lambda: _three(
        np.fliplr(IMG), _keras_turn(IMG, 12, fill="constant"), _keras_bright(IMG, 1.5)
    ),
}

# What is left, what choice and count are worth at most, and a word that the message must hold.
WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str, float, str]] = {
    "upside down": (
        lambda: _three(np.fliplr(IMG), np.flipud(IMG), _keras_turn(IMG, 5)), "2c.choice", 2 / 3,
        "Oben",
    ),
    "upside down by slices": (
        lambda: _three(np.fliplr(IMG), IMG[::-1], _keras_turn(IMG, 5)), "2c.choice", 2 / 3, "Oben",
    ),
    "turned by 45": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 45), _keras_bright(IMG, 1.3)),
        "2c.choice", 2 / 3, "verkippt",
    ),
    "radians taken for degrees": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, np.rad2deg(2)), _keras_bright(IMG, 1.3)),
        "2c.choice", 2 / 3, "verkippt",
    ),
    "brightness 3": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 3)),
        "2c.choice", 2 / 3, "hell",
    ),
    "nearly black": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 0.1)),
        "2c.choice", 2 / 3, "hell",
    ),
    "salt and pepper": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _noisy("s&p", GREY)),
        "2c.choice", 2 / 3, "Pixel",
    ),
    "noise meant for 0..1 on 0..255": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _noisy("gauss", GREY)),
        "2c.choice", 2 / 3, "nicht zu sehen",
    ),
    "noise that covers everything": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _noisy("gauss", GREY / 255, 0.15)),
        "2c.choice", 2 / 3, "stark",
    ),
    "overflow of uint8": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _uint8(IMG) + np.uint8(60)),
        "2c.choice", 2 / 3, "uint8",
    ),
    "negative": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), 255 - IMG),
        "2c.choice", 2 / 3, "Negativ",
    ),
    "rows and columns exchanged": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), GREY.T), "2c.choice", 2 / 3, "Schicht",
    ),
    "half turn": (
        lambda: _three(np.fliplr(IMG), np.rot90(IMG, 2), _keras_bright(IMG, 1.3)),
        "2c.choice", 2 / 3, "verkippt",
    ),
    "blurred beyond recognition": (
        lambda: _three(
            np.fliplr(IMG), _keras_turn(IMG, 5), np.asarray(PIC.filter(ImageFilter.GaussianBlur(6)))
        ),
        "2c.choice", 2 / 3, "unscharf",
    ),
    "mirrored and full of salt and pepper": (
        lambda: _three(_keras_bright(IMG, 1.3), _keras_turn(IMG, 5), _noisy("s&p", GREY[:, ::-1])),
        "2c.choice", 2.25 / 3, "Ein Teil davon passt",
    ),
    "only two": (lambda: {"a": np.fliplr(IMG), "b": _keras_turn(IMG, 5)}, "2c.count", 0.5, "2 von"),
    "two angles for two methods": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_turn(IMG, 10)),
        "2c.count", 0.5, "zählt einmal",
    ),
    "the third combines the first two": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_turn(np.fliplr(IMG), 5)),
        "2c.count", 0.5, "zählt einmal",
    ),
    "copies": (
        lambda: _three(np.fliplr(IMG), IMG.copy(), IMG / 255), "2c.count", 0, "nicht zu unterschei",
    ),
    "turned by nothing": (
        lambda: _three(np.fliplr(IMG), _keras_turn(IMG, 0), _keras_bright(IMG, 1.3)),
        "2c.count", 0.5, "2 von",
    ),
}  # fmt: skip


def _flat(made: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the single pictures in what a group left."""
    found: dict[str, np.ndarray] = {}
    for name, held in made.items():
        parts = held if isinstance(held, list) else [held]
        if isinstance(held, np.ndarray) and held.ndim == 4 and len(held) > 1:
            parts = list(held)
        for number, part in enumerate(parts):
            picture = part[1] if isinstance(part, tuple) else part
            found[f"{name}{number}"] = np.squeeze(picture)
    return found


def _student(made: dict[str, Any], reasons: str = REASONS) -> Side:
    pictures = _flat(made)
    unit = {n: a * (255 if a.max() <= 1 else 1) for n, a in pictures.items()}
    files = [(f"{n}.png", _uint8(a)) for n, a in unit.items()]
    return _side(made, show=pictures, files=files, reasons=reasons)


def _of(check_id: str, made: dict[str, Any], **rest: Any) -> Outcome:
    return _judge(check_id, _student(made, **rest))


@pytest.mark.parametrize("name", RIGHT)
def test_unusual_but_right(name):
    made = RIGHT[name]()
    for check_id in ("2c.count", "2c.choice", "2c.applied"):
        outcome = _of(check_id, made)
        assert outcome.fraction == 1, (check_id, outcome.message, outcome.details)


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_found_and_named(name):
    make, check_id, most, words = WRONG[name]
    outcome = _of(check_id, make(), reasons="")
    assert outcome.fraction == pytest.approx(most), (outcome.message, outcome.details)
    assert words in outcome.message


def test_strength_decides():
    grades = {}
    for angle in (2, 20, 45):
        made = _three(np.fliplr(IMG), _keras_turn(IMG, angle), _keras_bright(IMG, 1.3))
        grades[angle] = list(_of("2c.choice", made).details["grades"].values())[1]
    assert grades == {2: "suits", 20: "defensible", 45: "wrong"}


def test_original_saved_beside_is_no_result():
    made = _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3))
    files = [("original.png", _uint8(IMG)), ("a.png", _uint8(made["img_trans1"]))]
    outcome = _judge("2c.applied", _side(made, files=files))
    assert outcome.details["parts"]["gespeichert"] == 1


def test_one_archive_holds_all():
    made = _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3))
    outcome = _judge("2c.applied", _side(made, files=[("bilder.npz", None)]))
    assert outcome.details["parts"]["gespeichert"] == 3


def test_all_three_in_one_shown_figure():
    made = _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3))
    parts = [axes(images=[(np.squeeze(a), {"cmap": "gray"})]) for a in made.values()]
    student = _side(
        made,
        figures=[figure(*parts)],
        files=[("alle.png", None)],
        calls=[call("savefig", fname="alle.png")],
    )
    assert _judge("2c.applied", student).fraction == 1


def test_a_turn_by_right_angles_is_a_method_of_its_own_and_wrong():
    made = _three(np.rot90(IMG, 2), _keras_turn(IMG, 3), _keras_bright(IMG, 1.25))
    assert _of("2c.count", made).fraction == 1
    grades = list(_of("2c.choice", made).details["grades"].values())
    assert grades == ["wrong", "suits", "suits"]


def test_a_montage_shows_each_of_its_pictures():
    made = _three(np.fliplr(IMG), _keras_turn(IMG, 5), _keras_bright(IMG, 1.3))
    pictures = [GREY, *(np.squeeze(a) for a in made.values())]
    for montage in (
        np.hstack(pictures),
        np.vstack([np.hstack(pictures[:2]), np.hstack(pictures[2:])]),
    ):
        shown = _side(made, figures=[figure(axes(images=[(montage, {"cmap": "gray"})]))])
        assert _judge("2c.applied", shown).details["parts"]["gezeigt"] == 3
