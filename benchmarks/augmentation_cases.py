"""Labelled cases for the estimator of task 2c: a scan, what was done to it, how it was kept.

Everything is drawn from one seed. The transformations are those of the lab's notebook and its
helper functions, done with the same libraries (scipy, Pillow, numpy), alone and combined, and
others that groups know from elsewhere.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from scipy import ndimage

__all__ = ["CLASSES", "KEPT", "Case", "add_noise", "cases", "scans"]

Plane = NDArray[np.float64]
DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes
    ----------
    label : str
        The class, such as ``fliplr+rotation``.
    kept : str
        How the picture was kept, such as ``jpeg 75``.
    expected : mapping of str to float or None
        Amount by kind; None where only the kind counts. Empty for an unchanged picture.
    related : bool
        The picture stems from the scan.
    visible : bool
        A person sees the change.
    """

    label: str
    kept: str
    original: NDArray[Any]
    found: NDArray[Any]
    expected: Mapping[str, float | None]
    related: bool = True
    visible: bool = True


@cache
def scans() -> tuple[Plane, ...]:
    """The picture of task 2c and the four scans of task 2b, grey levels 0..255."""
    with Image.open(DATA / "oct_drusen.jpeg") as picture:
        drusen = np.asarray(picture.convert("L"), dtype=np.float64)
    with np.load(DATA / "oct_bilder.npz") as file:
        return (drusen, *(b.astype(np.float64) for b in file["bilder"]))


@cache
def add_noise() -> Callable[..., Plane]:
    """Return the lab's own function, without importing TensorFlow beside it."""
    tree = ast.parse((DATA / "notebook2_code.py").read_text(encoding="utf-8"))
    tree.body = [n for n in tree.body if getattr(n, "name", "") == "add_noise"]
    namespace: dict[str, Any] = {"np": np}
    exec(compile(tree, "notebook2_code.py", "exec"), namespace)  # noqa: S102
    function: Callable[..., Plane] = namespace["add_noise"]
    return function


# ------------------------------------------------------------------ steps

Drawn = tuple[Plane, dict[str, float | None]]
Step = Callable[[Plane, np.random.Generator], Drawn]
_FILLS = ("nearest", "constant", "reflect", "nearest", "constant")


def _fliplr(x: Plane, rng: np.random.Generator) -> Drawn:
    return np.fliplr(x), {"fliplr": None}


def _flipud(x: Plane, rng: np.random.Generator) -> Drawn:
    return np.flipud(x), {"flipud": None}


def _affine(x: Plane, matrix: Plane, shift: Plane, rng: np.random.Generator) -> Plane:
    centre = (np.array(x.shape) - 1) / 2
    order = int(rng.choice([1, 1, 1, 0, 3]))
    mode = str(rng.choice(_FILLS))
    offset = centre - matrix @ (centre + shift)
    turned = ndimage.affine_transform(x, matrix, offset, order=order, mode=mode)
    return np.clip(turned, 0, 255)


def _turn(low: float, high: float) -> Step:
    def step(x: Plane, rng: np.random.Generator) -> Drawn:
        angle = float(rng.uniform(low, high) * rng.choice([-1, 1]))
        t = np.deg2rad(angle)
        matrix = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
        return _affine(x, matrix, np.zeros(2), rng), {"rotation": angle}

    return step


def _quarter(x: Plane, rng: np.random.Generator) -> Drawn:
    times = int(rng.choice([1, 2, 3]))
    return np.rot90(x, times), {"rotation": {1: -90.0, 2: 180.0, 3: 90.0}[times]}


def _transpose(x: Plane, rng: np.random.Generator) -> Drawn:
    return x.T, {"transposed": None}


def _shift(x: Plane, rng: np.random.Generator) -> Drawn:
    while True:
        shift = np.round(rng.uniform(-30, 30, 2) * rng.choice([1, 1, 0], 2))
        if np.hypot(*shift) >= 3:
            break
    return _affine(x, np.eye(2), shift, rng), {"shift": float(np.hypot(*shift))}


def _zoom(x: Plane, rng: np.random.Generator) -> Drawn:
    zoom = float(rng.choice([rng.uniform(0.7, 0.96), rng.uniform(1.04, 1.4)]))
    return _affine(x, np.eye(2) / zoom, np.zeros(2), rng), {"zoom": zoom}


def _crop(x: Plane, rng: np.random.Generator) -> Drawn:
    edge = int(rng.integers(6, 35))
    size = x.shape[0] - 2 * edge
    part = Image.fromarray(x[edge : edge + size, edge : edge + size].astype(np.float32))
    resized = part.resize((x.shape[1], x.shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float64), {"zoom": x.shape[0] / size}


def _drawn_factor(rng: np.random.Generator) -> float:
    return float(rng.choice([rng.uniform(0.35, 0.93), rng.uniform(1.07, 1.7), rng.uniform(1.7, 3)]))


def _brightness(x: Plane, rng: np.random.Generator) -> Drawn:
    """Draw either keras' apply_brightness_shift or a factor with clipping."""
    factor = _drawn_factor(rng)
    if rng.random() < 0.5:
        return np.clip(x * factor, 0, 255), {"brightness": factor}
    # It spreads the grey values over 0..255 first; what counts is the factor on the given ones.
    stretch = 255 / (x.max() - x.min())
    picture = ImageEnhance.Brightness(Image.fromarray(((x - x.min()) * stretch).astype("uint8")))
    return np.asarray(picture.enhance(factor), dtype=np.float64), {"brightness": factor * stretch}


def _offset(x: Plane, rng: np.random.Generator) -> Drawn:
    by = float(rng.uniform(10, 80) * rng.choice([-1, 1, 1]))
    by = max(by, -25.0)
    return np.clip(x + by, 0, 255), {"offset": by}


def _contrast(x: Plane, rng: np.random.Generator) -> Drawn:
    factor = float(rng.choice([rng.uniform(0.4, 0.85), rng.uniform(1.2, 2)]))
    return np.clip((x - x.mean()) * factor + x.mean(), 0, 255), {"contrast": None}


def _gamma(x: Plane, rng: np.random.Generator) -> Drawn:
    power = float(rng.choice([rng.uniform(0.5, 0.8), rng.uniform(1.3, 2)]))
    return 255 * (x / 255) ** power, {"gamma": None}


def _negative(x: Plane, rng: np.random.Generator) -> Drawn:
    return 255 - x, {"inverted": None}


def _blur(x: Plane, rng: np.random.Generator) -> Drawn:
    return np.asarray(ndimage.gaussian_filter(x, rng.uniform(0.8, 3))), {"blur": None}


def _elastic(x: Plane, rng: np.random.Generator) -> Drawn:
    wave = [ndimage.gaussian_filter(rng.normal(0, 1, x.shape), 12) for _ in range(2)]
    shifts = np.array([w / np.abs(w).max() * rng.uniform(4, 8) for w in wave])
    grid = np.indices(x.shape).astype(float) + shifts
    return np.asarray(ndimage.map_coordinates(x, grid, order=1, mode="nearest")), {"warped": None}


def _noise(kind: str) -> Step:
    def step(x: Plane, rng: np.random.Generator) -> Drawn:
        np.random.seed(int(rng.integers(2**31)))
        if kind == "gauss":
            sigma = float(rng.uniform(6, 45))
            return add_noise()("gauss", x, sigma**2), {"gauss": sigma}
        if kind == "s&p":
            share = float(rng.uniform(0.004, 0.12))
            return add_noise()("s&p", x, share), {"s&p": share}
        if kind == "speckle":
            spread = float(rng.uniform(0.05, 0.5))
            return add_noise()("speckle", x, spread), {"speckle": spread}
        strength = float(rng.uniform(0.7, 3))
        return add_noise()("poisson", x / 255, strength) * 255, {"poisson": None}

    return step


def _faint(x: Plane, rng: np.random.Generator) -> Drawn:
    """Noise meant for 0..1 on a picture of 0..255: nothing to be seen."""
    np.random.seed(int(rng.integers(2**31)))
    kind = str(rng.choice(["gauss", "poisson", "speckle"]))
    return add_noise()(kind, x, 0.003 if kind == "speckle" else None), {}


def _nothing(x: Plane, rng: np.random.Generator) -> Drawn:
    return x, {}


_SMALL = _turn(1.5, 20)
CLASSES: dict[str, tuple[Step, ...]] = {
    "unchanged": (_nothing,),
    "faint noise": (_faint,),
    "fliplr": (_fliplr,),
    "flipud": (_flipud,),
    "flipud+fliplr": (_flipud, _fliplr),
    "rotation small": (_turn(1, 16),),
    "rotation middle": (_turn(16, 60),),
    "rotation large": (_turn(60, 179),),
    "rotation quarter": (_quarter,),
    "transposed": (_transpose,),
    "shift": (_shift,),
    "zoom": (_zoom,),
    "crop": (_crop,),
    "brightness": (_brightness,),
    "offset": (_offset,),
    "contrast": (_contrast,),
    "gamma": (_gamma,),
    "inverted": (_negative,),
    "blur": (_blur,),
    "warped": (_elastic,),
    "gauss": (_noise("gauss"),),
    "s&p": (_noise("s&p"),),
    "poisson": (_noise("poisson"),),
    "speckle": (_noise("speckle"),),
    "fliplr+rotation": (_fliplr, _SMALL),
    "fliplr+brightness": (_fliplr, _brightness),
    "flipud+brightness": (_flipud, _brightness),
    "rotation+brightness": (_SMALL, _brightness),
    "rotation+shift": (_SMALL, _shift),
    "rotation+zoom": (_SMALL, _zoom),
    "fliplr+gauss": (_fliplr, _noise("gauss")),
    "fliplr+s&p": (_fliplr, _noise("s&p")),
    "fliplr+speckle": (_fliplr, _noise("speckle")),
    "flipud+poisson": (_flipud, _noise("poisson")),
    "rotation+gauss": (_SMALL, _noise("gauss")),
    "rotation+s&p": (_SMALL, _noise("s&p")),
    "rotation+speckle": (_SMALL, _noise("speckle")),
    "brightness+gauss": (_brightness, _noise("gauss")),
    "brightness+s&p": (_brightness, _noise("s&p")),
    "fliplr+rotation+brightness": (_fliplr, _SMALL, _brightness),
    "another scan": (_nothing,),
}


# ------------------------------------------------------------------ how pictures are kept


def _clipped(x: Plane) -> NDArray[np.uint8]:
    return np.clip(np.round(x), 0, 255).astype(np.uint8)


def _jpeg(quality: int) -> Callable[[Plane], NDArray[Any]]:
    def keep(x: Plane) -> NDArray[Any]:
        file = io.BytesIO()
        Image.fromarray(_clipped(x)).save(file, "JPEG", quality=quality)
        with Image.open(file) as picture:
            return np.asarray(picture)

    return keep


KEPT: dict[str, Callable[[Plane], NDArray[Any]]] = {
    "float 0..255": lambda x: x.astype(np.float32)[:, :, None],
    "float 0..1": lambda x: x / 255,
    "0..1, cut, batch": lambda x: np.clip(x / 255, 0, 1).astype(np.float32)[None, :, :, None],
    "uint8": _clipped,
    "uint8, colours": lambda x: np.repeat(_clipped(x)[:, :, None], 3, axis=2),
    "jpeg 95": _jpeg(95),
    "jpeg 75": _jpeg(75),
}


def cases(seed: int, rounds: int, chosen: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Iterator[Case]:
    """Draw ``rounds`` cases of every class.

    Parameters
    ----------
    chosen : tuple of int
        Numbers of the scans that take turns.
    """
    ways = list(KEPT)
    for number, (label, steps) in enumerate(CLASSES.items()):
        rng = np.random.default_rng([seed, number])
        for round_ in range(rounds):
            which = chosen[(number + round_) % len(chosen)]
            original = scans()[which]
            kept = ways[(number + round_) % len(ways)]
            if label in ("faint noise",) and kept != "float 0..255":
                # What rounding takes away is no case.
                kept = "float 0..1"
            picture, expected = original, dict[str, float | None]()
            if label == "another scan":
                picture = scans()[(which + 1 + round_ % 4) % 5]
                picture = np.fliplr(picture) if round_ % 3 else picture
            for step in steps:
                picture, done = step(picture, rng)
                expected |= done
            if {"fliplr", "flipud"} <= set(expected):
                expected = {"rotation": 180.0}
            yield Case(
                label,
                kept,
                original.astype(np.float32)[:, :, None],
                KEPT[kept](picture),
                expected,
                related=label != "another scan",
                visible=bool(expected),
            )
