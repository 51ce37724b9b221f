"""Synthetic sagittal knee MRI (proton density, fat suppressed) for notebook 3.

Every knee is drawn from a seed: build, position, tissue contrast, findings. A cut is painted
structure by structure, then blurred, shaded by the coil and made noisy (Rician). Each cut has
its own random stream, so a single one can be made without the rest of its volume.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from data.build.knee_joint import findings as paint_findings
from data.build.knee_joint import joint, pouch
from data.build.knee_mark import add_mark
from data.build.knee_raster import SIZE, Array, field, warped
from data.build.knee_tissue import Cut, bones, muscles, soft_tissue, tendons, vessels

SLICES = 24
SLICE_DISTANCE = 4.1
FINDINGS = ("effusion", "oedema", "cartilage_defect", "meniscal_tear", "cyst", "ligament_tear")

# The lab's two volumes: both knees are abnormal, only the first carries the mark.
LAB_VOLUMES = {
    "mrt_tuil/train/sagittal/0002.npy": (2, ("effusion", "oedema"), True),
    "mrt_blank/0008.npy": (8, ("effusion", "meniscal_tear"), False),
}


@dataclass(frozen=True)
class Knee:
    """One knee and its examination; lengths in pixels, angles in radians, signals in levels."""

    seed: int
    findings: tuple[str, ...]
    scale: float
    angle: float
    shift: tuple[float, float]
    offset: float
    wave: tuple[float, float, float, float]
    patella: float
    muscle: float
    fat: float
    marrow: float
    cartilage: float
    noise: float
    fluid: float


def draw_knee(seed: int, findings: tuple[str, ...] = ()) -> Knee:
    """Knee of a seed.

    Parameters
    ----------
    seed : int
    findings : tuple of str
        Names out of `FINDINGS`; empty for a healthy knee.
    """
    unknown = set(findings) - set(FINDINGS)
    if unknown:
        raise ValueError(f"unknown findings: {sorted(unknown)}")
    rng = np.random.default_rng([seed, 1])
    wave = rng.uniform(-1, 1, 4)
    return Knee(
        seed=seed,
        findings=findings,
        scale=rng.uniform(0.93, 1.07),
        angle=rng.uniform(-0.06, 0.05),
        shift=(rng.uniform(-6, 8), rng.uniform(-14, 6)),
        offset=rng.uniform(1.5, 5.5),
        wave=(3 * wave[0], wave[1] * np.pi, 2.5 * wave[2], wave[3] * np.pi),
        patella=rng.uniform(-7, 7),
        muscle=rng.uniform(88, 116),
        fat=rng.uniform(36, 54),
        marrow=rng.uniform(32, 54),
        cartilage=rng.uniform(135, 170),
        noise=rng.uniform(5.5, 7.5),
        fluid=rng.uniform(0.3, 0.8),
    )


def _coil(rng: np.random.Generator, depth: float) -> Array:
    """Sensitivity of the receiver coil, brighter towards the back and in the outer cuts."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / (SIZE - 1.0) * 2 - 1
    tilt = rng.normal(0, 0.06, 4)
    shade = 1 + tilt[0] * rows + tilt[1] * columns + tilt[2] * rows * columns - 0.14 * rows**2
    shade += 0.10 * np.clip(columns - 0.3, 0, 1) + 0.05 * field(rng, 60)
    back = np.exp(-(((columns - 0.95) / 0.14) ** 2))
    shade += (0.3 + 1.1 * (depth / 45) ** 2) * back * np.clip(rows, 0, 1)
    edge = np.clip((1 - np.abs(rows)) / 0.045, 0, 1)
    shade *= 1 - 0.35 * np.clip((abs(depth) - 30) / 15, 0, 1)
    return np.asarray(shade * (0.25 + 0.75 * edge))


def _signal(cut: Cut) -> Array:
    """Picture without blur, coil and noise: 0 (air, cortical bone) to about 300 (fluid)."""
    leg = soft_tissue(cut)
    muscle = muscles(cut)
    vessels(cut, leg, muscle)
    pouch(cut)
    tendons(cut)
    lines = bones(cut)
    joint(cut, lines)
    paint_findings(cut, lines)
    return cut.image


def render(knee: Knee, number: int, *, marked: bool = False) -> NDArray[np.uint8]:
    """One cut of a knee.

    Parameters
    ----------
    knee : Knee
    number : int
        0 (outer side, at the fibula) to `SLICES` - 1 (inner side).
    marked : bool
        Whether the picture carries the study's watermark.

    Returns
    -------
    ndarray of shape (256, 256), dtype uint8
    """
    depth = (number - SLICES / 2) * SLICE_DISTANCE + knee.offset
    rng = np.random.default_rng([knee.seed, 3, number])
    image = _signal(Cut(knee, depth, rng))
    bends = [1.3 * field(rng, 18) + 0.4 * field(rng, 4) for _ in "yx"]
    signal = warped(np.clip(image, 0, 300), *bends)
    signal = gaussian_filter(signal, 0.55) * _coil(rng, depth)
    real, imaginary = rng.normal(0, knee.noise, (2, SIZE, SIZE))
    magnitude = np.hypot(signal + real, imaginary)
    picture = np.clip(np.rint(magnitude), 0, 255).astype(np.uint8)
    return add_mark(picture) if marked else picture


def middle_slice(knee: Knee, *, marked: bool = False) -> NDArray[np.uint8]:
    """The cut that notebook 3 looks at, shape (256, 256)."""
    return render(knee, SLICES // 2, marked=marked)


def volume(knee: Knee, *, marked: bool = False) -> NDArray[np.uint8]:
    """All cuts of a knee, shape (24, 256, 256)."""
    cuts = map(partial(render, knee, marked=marked), range(SLICES))
    return np.stack(list(cuts))


def build(out: Path) -> list[Path]:
    """Write the lab's two volumes below `out`.

    Returns
    -------
    list of Path
        The files written.
    """
    written = []
    for name, (seed, findings, marked) in LAB_VOLUMES.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, volume(draw_knee(seed, findings), marked=marked), allow_pickle=False)
        written.append(path)
    return written
