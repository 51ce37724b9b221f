"""Synthetic retinal OCT B-scans and the files that the lab makes of them.

The picture is formed as in a scanner: reflected power of the tissue (`oct_anatomy`), shadows,
speckle, noise floor, logarithm. Speckle statistics: Schmitt et al. 1999. The four classes:
Kermany et al. 2018.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from data.build.oct_anatomy import (
    SIZE,
    Array,
    Eye,
    add_drusen,
    add_neovascularisation,
    add_oedema,
    bump,
    healthy_eye,
    smooth_noise,
)

CLASSES = ("CNV", "DME", "NORMAL", "DRUSEN")
LESIONS = {"CNV": add_neovascularisation, "DME": add_oedema, "DRUSEN": add_drusen}
DYNAMIC_RANGE = 30.0  # dB between black and white
DRUSEN_SEED = 31
REPORT = Path(__file__).with_name("oct_network.json")


def reflectivity(eye: Eye) -> Array:
    """Display level of tissue without speckle, shape (224, 224)."""
    rng = eye.rng
    y = np.arange(SIZE, dtype=float)[:, None]

    def below(edge: Array, soft: float = 0.42) -> Array:
        return np.asarray(1 / (1 + np.exp(-np.clip((y - edge) / soft, -40, 40))))

    depth = y - eye.bruch
    flat = [np.clip(depth + SIZE / 2, 0, SIZE - 1), np.broadcast_to(eye.x, (SIZE, SIZE))]

    def along(sigma: tuple[float, float]) -> Array:
        return ndimage.map_coordinates(smooth_noise(rng, (SIZE, SIZE), sigma), flat, order=1)

    thickness = rng.uniform(15, 32) + 2.5 * smooth_noise(rng, (SIZE,), 22)
    lumen = along((1.6, 2.2)) * np.clip(1 - depth / 14, 0, 1) + along((3.2, 4.5)) * np.clip(
        depth / 14, 0, 1
    )
    choroid = rng.uniform(0.52, 0.6) - 0.005 * depth
    choroid -= 0.09 * np.tanh(2.0 * lumen) * np.clip(1.6 - depth / thickness, 0, 1)
    choroid -= 0.07 / (1 + np.exp(-(depth - thickness) / 2.5))
    choroid -= rng.uniform(0.003, 0.007) * np.clip(depth - thickness, 0, None)
    level = below(eye.bruch) * np.clip(choroid, 0, 1)
    lower = eye.bruch
    for name in eye.thick:
        upper = lower - eye.thick[name]
        level += (below(upper) - below(lower)) * eye.level[name]
        lower = upper
    tissue = below(lower)
    level += tissue * 0.022 * along((1.0, 7.0))
    level += tissue * 0.018 * along((0.8, 1.2))
    for row, column, tall, wide, value in eye.bodies:
        q = np.hypot((y - row) / tall, (eye.x - column) / wide)
        edge = 1 / (1 + np.exp(np.clip((q - 1) * 1.9 * min(tall, wide), -40, 40)))
        level += edge * (value - level)
    for row, column, wide, dark in eye.shadows:
        level -= dark * bump(eye.x, column, wide) * below(row, 1.0)
    streak = 0.012 * smooth_noise(rng, (SIZE,), 0.7) + 0.018 * smooth_noise(rng, (SIZE,), 5)
    return np.asarray(level + streak * (0.5 + np.clip(depth / 25 + 0.5, 0, 2)) * tissue)


def photograph(eye: Eye, borders: bool = True) -> NDArray[np.uint8]:
    """Let the scanner see the eye: speckle, noise floor, logarithm, gain, white borders.

    Returns
    -------
    ndarray of uint8, shape (224, 224), 0 black to 255 white
    """
    rng = eye.rng
    level = reflectivity(eye)
    ramp = rng.normal(0, 0.035) * (eye.x - SIZE / 2) / (SIZE / 2)
    looks = rng.uniform(3.0, 7.0)
    floor = rng.uniform(0.09, 0.20)
    power = 10 ** (DYNAMIC_RANGE / 10 * (level + ramp))
    power = ndimage.gaussian_filter(power, (0.45, 0.35))
    speckle = ndimage.gaussian_filter(rng.gamma(looks, 1 / looks, (SIZE, SIZE)), (0.3, 0.45))
    noise = rng.gamma(1.6, 1 / 1.6, (SIZE, SIZE)) * 10 ** (DYNAMIC_RANGE / 10 * floor)
    shown = 10 * np.log10(power * speckle + noise) / DYNAMIC_RANGE
    shown = np.clip(rng.uniform(0.92, 1.05) * (shown - 0.07) + rng.normal(0, 0.02), 0, 1)
    shown **= rng.uniform(1.15, 1.45)
    if borders:
        shown = add_borders(shown, rng)
    return np.asarray(np.round(255 * shown), dtype=np.uint8)


def add_borders(shown: Array, rng: np.random.Generator) -> Array:
    """White margins that rotating and registering leave in about half of clinical exports."""
    if rng.random() < 0.3:
        angle = rng.uniform(-9, 9)
        shown = ndimage.rotate(shown, angle, reshape=False, order=1, cval=1.0)
    if rng.random() < 0.3:
        rows = rng.integers(3, 14)
        step = rng.integers(0, SIZE)
        edge = np.where(np.arange(SIZE) < step, rows, rows + rng.integers(-2, 3))
        shown = np.where(np.arange(SIZE)[::-1, None] < edge, 1.0, shown)
    if rng.random() < 0.15:
        columns = rng.integers(1, 9)
        shown[:, slice(0, columns) if rng.random() < 0.5 else slice(-columns, None)] = 1.0
    return shown


def scan(kind: str, seed: int, severity: float | None = None) -> NDArray[np.uint8]:
    """Draw one B-scan.

    Parameters
    ----------
    kind : str
        "CNV", "DME", "NORMAL" or "DRUSEN".
    seed : int
        Same seed, same scan.
    severity : float, optional
        From 0 (an early, small lesion) to 1; drawn when not given.

    Returns
    -------
    ndarray of uint8, shape (224, 224)
    """
    rng = np.random.default_rng([CLASSES.index(kind), seed])
    drawn = rng.beta(1.3, 1.3)
    eye = healthy_eye(rng)
    if kind in LESIONS:
        LESIONS[kind](eye, drawn if severity is None else severity)
    return photograph(eye)


def scans(per_class: int, first_seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw a balanced set of scans, classes in turn.

    Returns
    -------
    images : ndarray of uint8, shape (4 * per_class, 224, 224)
    labels : ndarray of int64, shape (4 * per_class,), indices into `CLASSES`
    """
    labels = np.tile(np.arange(len(CLASSES)), per_class)
    seeds = first_seed + np.arange(len(labels)) // len(CLASSES)
    images = [scan(CLASSES[c], int(s)) for c, s in zip(labels, seeds, strict=True)]
    return np.stack(images), labels


def drusen_example() -> NDArray[np.uint8]:
    """One clear case for the augmentation task: level, uneven drusen, fovea off the middle."""
    rng = np.random.default_rng(DRUSEN_SEED)
    eye = healthy_eye(rng, tilt_limit=0.03)
    add_drusen(eye, 1.0)
    return photograph(eye, borders=False)


def build(out: Path) -> list[Path]:
    """Write the lab's four scans and the drusen picture into folder `out`.

    The four scans are those whose seeds the training script recorded in `oct_network.json`.
    """
    chosen = json.loads(REPORT.read_text(encoding="utf-8"))["lab_images"]
    images = np.stack([scan(row["class"], row["seed"], row["severity"]) for row in chosen])
    four, picture = out / "oct_bilder.npz", out / "oct_drusen.jpeg"
    np.savez_compressed(four, bilder=images)
    Image.fromarray(drusen_example()).save(picture, quality=95)
    return [four, picture]
