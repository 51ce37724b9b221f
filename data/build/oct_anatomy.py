"""The retina as an OCT section sees it: layers, fovea, vessels, and three diseases.

The eye is a stack of layers, each with a thickness and a reflectivity for every A-scan (image
column), piled up from Bruch's membrane towards the vitreous. A lesion is a change of that stack
(fluid and drusen are layers of their own, normally of thickness zero) or a body painted into
it (cysts, exudates).

Order and brightness of the bands: Staurenghi et al. 2014 (IN-OCT consensus nomenclature).
Shape of the foveal pit: after Dubis et al. 2009.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]

SIZE = 224

# From Bruch's membrane upwards: reflectivity on the display's scale from 0 (black) to 1 (white).
LEVELS = {
    "deposit": 0.50,  # between Bruch's membrane and RPE: drusen, fibrovascular tissue
    "rpe": 1.00,
    "membrane": 0.72,  # neovascular tissue that grew through the RPE
    "fluid": 0.10,  # subretinal fluid
    "outer_segments": 0.55,
    "ellipsoid": 0.84,
    "myoid": 0.36,
    "elm": 0.47,
    "onl": 0.29,
    "opl": 0.47,
    "inl": 0.35,
    "ipl": 0.50,
    "gcl": 0.43,
    "rnfl": 0.66,
    "ilm": 0.70,
}


@dataclass
class Eye:
    """One section through a retina; arrays have shape (224,), lengths in pixels."""

    rng: np.random.Generator
    x: Array
    r: Array  # distance from the fovea in mm, signed
    um: float  # micrometres per pixel along the beam
    bruch: Array  # row of Bruch's membrane
    thick: dict[str, Array]
    level: dict[str, Array]
    # (row, column, half height, half width, level) of cysts, exudates and vessels
    bodies: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    # (row where it begins, column, half width, depth in display units)
    shadows: list[tuple[float, float, float, float]] = field(default_factory=list)

    def top(self, name: str) -> Array:
        """Row of the upper border of a layer."""
        y = self.bruch.copy()
        for layer, thickness in self.thick.items():
            y -= thickness
            if layer == name:
                break
        return y


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: object) -> Array:
    """Gaussian noise of unit variance, correlated over `sigma` pixels."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return np.asarray(noise / noise.std())


def bump(x: Array, centre: float, width: float, power: float = 2.0) -> Array:
    """Bell of height 1."""
    return np.asarray(np.exp(-0.5 * np.abs((x - centre) / width) ** power))


def healthy_eye(rng: np.random.Generator, tilt_limit: float = 0.22) -> Eye:
    """Draw a normal macula: pit, layer thicknesses, tilt, curvature, vessels."""
    x = np.arange(SIZE, dtype=float)
    um = rng.uniform(7.6, 9.2)
    lateral = rng.uniform(24.0, 34.0)  # micrometres per column: a scan of 5.4 to 7.6 mm
    r = (x - rng.uniform(72, 152)) * lateral / 1000
    # A section that misses the centre by up to 0.4 mm shows a shallower pit.
    rho = np.hypot(r, abs(rng.normal(0, 0.16)))
    pit = rng.uniform(0.42, 0.6)

    def outside(width: float) -> Array:
        return np.asarray(1 - np.exp(-((rho / (width * pit / 0.5)) ** 2)))

    centre = np.exp(-((rho / 0.5) ** 2))
    nasal = 1 / (1 + np.exp(-rng.choice([-1.0, 1.0]) * r / 0.9))
    rim = 1 + 0.28 * bump(rho, 1.0, 0.55)
    scale = rng.normal(1, 0.06)
    microns = {
        "deposit": 0 * x,
        "rpe": 21 + 0 * x,
        "membrane": 0 * x,
        "fluid": 0 * x,
        "outer_segments": 17 + 14 * centre,
        "ellipsoid": 13 + 0 * x,
        "myoid": 20 + 4 * centre,
        "elm": 8 + 0 * x,
        "onl": 62 + 32 * centre,
        "opl": 12 + 14 * outside(0.45),
        "inl": 3 + 37 * outside(0.5),
        "ipl": 3 + 38 * outside(0.55) * np.exp(-((rho / 4.5) ** 2)),
        "gcl": 2 + 50 * outside(0.6) * rim * np.exp(-((rho / 3.2) ** 2)),
        "rnfl": 2 + (8 + 38 * nasal**1.5) * outside(0.9),
        "ilm": 7 + 0 * x,
    }
    wobble = {name: 1 + 0.04 * smooth_noise(rng, (SIZE,), 12) for name in microns}
    thick = {name: scale * wobble[name] * value / um for name, value in microns.items()}
    u = (x - SIZE / 2) / (SIZE / 2)
    bruch = (
        rng.uniform(112, 142)
        + rng.uniform(-tilt_limit, tilt_limit) * (x - SIZE / 2)
        + rng.uniform(-4, 11) * u**2
        + 0.5 * smooth_noise(rng, (SIZE,), 20)
    )
    level = {name: value + rng.normal(0, 0.025) + 0 * x for name, value in LEVELS.items()}
    eye = Eye(rng, x, r, um, bruch, thick, level)
    for _ in range(rng.integers(2, 6)):
        add_vessel(eye)
    return eye


def add_vessel(eye: Eye) -> None:
    """Put a retinal vessel under the inner surface; it throws a shadow."""
    column = eye.rng.uniform(4, SIZE - 4)
    i = int(column)
    if abs(eye.r[i]) < 0.7:  # the fovea has no vessels
        return
    size = eye.rng.uniform(0.8, 2.0)
    row = eye.top("gcl")[i] + size * 0.6
    eye.bodies.append((row, column, size, size * 1.2, 0.72))
    eye.shadows.append((row + size, column, size * 1.1, eye.rng.uniform(0.06, 0.06 + 0.1 * size)))


def settle(eye: Eye, lift: Array, share: float) -> None:
    """Let the outer nuclear layer take up the roughness (and a share) of what lifts it."""
    squeezed = eye.thick["onl"] - lift + (1 - share) * ndimage.gaussian_filter1d(lift, 6)
    floor = 0.3 * eye.thick["onl"]
    # The remainder that a thin layer cannot take up reaches the inner surface smoothed.
    eye.thick["onl"] = ndimage.gaussian_filter1d(np.maximum(squeezed, floor) + lift, 2) - lift


def add_drusen(eye: Eye, severity: float, centre: float | None = None) -> None:
    """Raise bumps of the RPE over Bruch's membrane; the outer nuclear layer thins over them."""
    rng = eye.rng
    height = 0 * eye.x
    middle = float(eye.x[np.argmin(np.abs(eye.r))]) if centre is None else centre
    for _ in range(rng.integers(2, 4 + round(5 * severity))):
        width = rng.uniform(2.2, 4.0 + 3.5 * severity)
        tall = rng.uniform(0.55, 1.0) * (2.2 + 6.5 * severity) * rng.uniform(0.7, 1.1)
        at = np.clip(rng.normal(middle, 34), 8, SIZE - 8)
        height = np.maximum(height, tall * bump(eye.x, at, width, rng.uniform(1.5, 2.8)))
    height *= 1 + 0.12 * smooth_noise(rng, (SIZE,), 1.5)
    eye.thick["deposit"] += height
    settle(eye, height, 0.6)
    over = np.clip(ndimage.gaussian_filter1d(height, 1.5) / 6, 0, 1)
    eye.level["ellipsoid"] -= 0.22 * over
    eye.level["outer_segments"] -= 0.05 * over
    eye.level["deposit"] += 0.06 * smooth_noise(rng, (SIZE,), 2)


def add_oedema(eye: Eye, severity: float, at: float | None = None) -> None:
    """Thicken the retina and open dark cysts in the inner nuclear and Henle's fibre layer."""
    rng = eye.rng
    fovea = float(eye.x[np.argmin(np.abs(eye.r))])
    centre = fovea + rng.normal(0, 22) if at is None else at
    width = rng.uniform(15, 24 + 26 * severity)
    swelling = bump(eye.x, centre, width, 2.4)
    eye.thick["onl"] += swelling * (1.5 + rng.uniform(4, 18) * severity)
    eye.thick["opl"] += swelling * (0.4 + 2 * severity)
    eye.thick["inl"] += swelling * (1.2 + rng.uniform(2, 7) * severity)
    for layer, share in (("onl", 0.85), ("inl", 0.9)):
        column = centre - 1.3 * width
        while column < centre + 1.3 * width:
            half = rng.uniform(1.6, 3.2 + 4.4 * severity) * (1.15 if layer == "onl" else 0.9)
            column += half
            i = int(np.clip(column, 2, SIZE - 3))
            room = eye.thick[layer][i] / 2 * share
            if room > 1.2 and rng.random() < 0.25 + 0.6 * severity * swelling[i]:
                tall = min(room * rng.uniform(0.6, 1.0), 2.4 * half)
                row = eye.top(layer)[i] + eye.thick[layer][i] * rng.uniform(0.42, 0.58)
                eye.bodies.append((row, column, tall, half, rng.uniform(0.06, 0.14)))
            column += half + rng.uniform(0.3, 1.5 + 5 * (1 - severity))
    if severity > 0.5 and rng.random() < 0.6:  # one large cyst under the fovea
        i = int(np.clip(centre, 3, SIZE - 4))
        tall = 0.48 * eye.thick["onl"][i]
        row = eye.top("onl")[i] + 0.46 * eye.thick["onl"][i]
        eye.bodies.append((row, centre, tall, tall * rng.uniform(0.7, 1.3), 0.08))
    for _ in range(rng.poisson(1 + 3 * severity)):  # hard exudates
        column = float(np.clip(rng.normal(centre, width), 3, SIZE - 4))
        row = eye.top("opl")[int(column)] + rng.uniform(-4, 4)
        eye.bodies.append((row, column, rng.uniform(0.6, 1.2), rng.uniform(0.7, 1.5), 0.9))
        eye.shadows.append((row + 1, column, 0.9, rng.uniform(0.04, 0.14)))
    if rng.random() < 0.15 + 0.25 * severity:
        eye.thick["fluid"] += bump(eye.x, fovea, rng.uniform(9, 18)) * 7 * severity


def add_neovascularisation(eye: Eye, severity: float) -> None:
    """Lift the RPE, break through it, and let fluid collect under the retina."""
    rng = eye.rng
    centre = float(eye.x[np.argmin(np.abs(eye.r))]) + rng.normal(0, 22)
    width = rng.uniform(7, 12 + 18 * severity)
    rough = 1 + 0.22 * smooth_noise(rng, (SIZE,), 2.5)
    mound = bump(eye.x, centre, width, 2.6) * rough
    before = sum(eye.thick[name] for name in ("deposit", "membrane", "fluid"))
    eye.thick["deposit"] += mound * rng.uniform(1.5, 3.5 + 14 * severity)
    eye.level["deposit"] += 0.05 + 0.08 * smooth_noise(rng, (SIZE,), 3)
    hole = centre + rng.normal(0, 0.5 * width)
    lens = bump(eye.x, hole, rng.uniform(0.5, 1.0) * width, 2.2)
    eye.thick["membrane"] += lens * (1.5 + rng.uniform(3, 10) * severity) * rough
    eye.level["membrane"] += 0.10 * smooth_noise(rng, (SIZE,), 2)
    eye.level["rpe"] += mound * (-0.08 + 0.07 * smooth_noise(rng, (SIZE,), 1.5))
    eye.level["rpe"] -= 0.42 * bump(eye.x, hole, rng.uniform(2.0, 3.5 + 3 * severity), 4)
    side = rng.choice([-1, 1])
    for direction, share in ((side, 1.0), (-side, rng.uniform(0, 0.8))):
        pool = bump(eye.x, centre + direction * 1.25 * width, width * rng.uniform(0.6, 1.1), 2.4)
        eye.thick["fluid"] += share * pool * (1.2 + rng.uniform(1, 9) * severity)
    lesion = np.clip(mound + lens, 0, 1)
    for layer, loss in (("ellipsoid", 0.42), ("elm", 0.12), ("outer_segments", 0.14)):
        eye.level[layer] -= loss * lesion
    lift = sum(eye.thick[name] for name in ("deposit", "membrane", "fluid")) - before
    settle(eye, lift, 0.35)
    eye.shadows.append((float(eye.bruch[int(np.clip(centre, 0, 223))]), centre, width, 0.07))
    if rng.random() < 0.35:
        add_oedema(eye, 0.55 * severity, centre)
