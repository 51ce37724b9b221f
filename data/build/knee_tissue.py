"""Painting of one sagittal cut through the knee: soft tissue, bones, cartilage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.build import knee_anatomy as anatomy
from data.build.knee_raster import (
    SIZE,
    Array,
    field,
    fill,
    normals,
    sheared,
    spline,
    strands,
    stroke,
)

if TYPE_CHECKING:
    from data.build.knee import Knee


class Cut:
    """Painter of one cut: keeps the picture and the knee's way into the image plane."""

    def __init__(self, knee: Knee, depth: float, rng: np.random.Generator) -> None:
        self.knee, self.depth, self.rng = knee, depth, rng
        self.image: Array = np.zeros((SIZE, SIZE))
        self.fibres = field(rng, (16, 1.1))

    def place(self, points: object) -> Array:
        """Control points of the standard knee to pixels of this one."""
        knee, centre = self.knee, np.array([128.0, 150.0])
        p = np.asarray(points, dtype=float)
        a, phase_a, b, phase_b = knee.wave
        bend = np.stack(
            [a * np.sin(p[:, 1] / 55 + phase_a), b * np.sin(p[:, 0] / 50 + phase_b)], axis=1
        )
        cos, sin = np.cos(knee.angle), np.sin(knee.angle)
        turned = (p + bend - centre) @ np.array([[cos, sin], [-sin, cos]])
        return turned * knee.scale + centre + np.array(knee.shift)

    def closed(self, points: object) -> Array:
        """Closed smooth curve through control points of the standard knee."""
        return spline(self.place(points), closed=True)

    def line(self, points: object) -> Array:
        """Open smooth curve through control points of the standard knee."""
        return spline(self.place(points), closed=False)

    def paint(self, cover: Array, value: object) -> None:
        """Lay a tissue of the given signal over the picture."""
        self.image += cover * (np.asarray(value) - self.image)

    def glow(self, x: float, y: float, radius: tuple[float, float], value: float) -> None:
        """Add a soft patch of signal."""
        (centre,) = self.place([(x, y)])
        rows, columns = np.mgrid[:SIZE, :SIZE]
        distance = ((columns - centre[0]) / radius[0]) ** 2 + ((rows - centre[1]) / radius[1]) ** 2
        self.image += value * np.exp(-distance)


def soft_tissue(cut: Cut) -> Array:
    """Skin, fat and its septa; returns the coverage of the leg."""
    knee, rng = cut.knee, cut.rng
    skin = cut.closed(anatomy.at_depth(anatomy.SKIN, cut.depth))
    leg = fill(skin)
    cut.paint(leg, knee.fat * (1 + 0.20 * field(rng, 6) + 0.16 * field(rng, 1.3)))
    for sigma, thin, level in (((9, 3.0), 0.16, 46), ((4, 1.8), 0.20, 30), ((3, 6), 0.10, 60)):
        patches = np.clip(0.25 + 0.7 * field(rng, 10), 0, 1.4)
        cut.image += leg * sheared(strands(rng, sigma, thin), 0.1) * patches * level
    cut.paint(stroke(skin + normals(skin, closed=True) * 0.4, 2.0, closed=True) * 0.7, 70)
    return leg


def muscles(cut: Cut) -> Array:
    """The four muscle groups with fibres and fascia; returns their coverage."""
    knee, rng = cut.knee, cut.rng
    total = np.zeros((SIZE, SIZE))
    groups = (
        (anatomy.HAMSTRINGS, 0.10, 0.86),
        (anatomy.VASTUS, 0.06, 0.9),
        (anatomy.DEEP_CALF, -0.08, 0.84),
        (anatomy.GASTROCNEMIUS, 0.24, 1.0),
    )
    for frames, slope, level in groups:
        outline = cut.closed(anatomy.at_depth(frames, cut.depth))
        cover = fill(outline)
        bundles = sheared(field(rng, (30, 2.6)), slope)
        value = level * (1 + 0.06 * sheared(cut.fibres, slope) + 0.07 * bundles)
        value = knee.muscle * (value + 0.07 * field(rng, 16))
        septa = strands(rng, (34, 4.5), 0.07) * np.clip(0.3 + field(rng, 16), 0, 1)
        cut.paint(stroke(outline, 3.4, closed=True) * 0.4, 100)
        cut.paint(cover, value - 40 * sheared(septa, slope))
        cut.paint(stroke(outline, 1.8, closed=True) * np.clip(0.5 + 0.3 * bundles, 0, 1), 18)
        total = np.maximum(total, cover)
    return total


def vessels(cut: Cut, leg: Array, muscle: Array) -> None:
    """Popliteal vessels near the middle, small bright ones everywhere."""
    rng, depth = cut.rng, cut.depth
    main = np.exp(-(((depth + 7) / 5.5) ** 2))
    if main > 0.05:
        vein = cut.line(anatomy.POPLITEAL_VEIN)
        cut.paint(stroke(vein, 12) * main * 0.85, 22)
        cut.paint(stroke(vein + np.array([1.5, 0]), 7.5) * main, 215 + 30 * cut.fibres)
        artery = cut.line(np.add(anatomy.POPLITEAL_VEIN, (-9, 6)))
        cut.paint(stroke(artery, 5.5) * main * 0.9, 150 + 40 * cut.fibres)
    for _ in range(int(rng.integers(14, 24))):
        x, y = rng.uniform(45, 232), rng.uniform(8, 248)
        in_muscle = muscle[int(y), int(x)] > 0.5
        length = rng.uniform(10, 34) if in_muscle else rng.uniform(4, 13)
        heading = rng.normal(1.45, 0.14) if in_muscle else rng.uniform(0.6, 2.6)
        turns = heading + np.cumsum(rng.normal(0, 0.16, 5))
        steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * length / 5
        path = spline(np.array([x, y]) + np.cumsum(steps, axis=0), closed=False)
        taper = np.sin(np.linspace(0.25, np.pi - 0.1, len(path))) * rng.uniform(1.0, 2.3)
        cut.paint(stroke(path, taper) * leg * rng.uniform(0.55, 1), rng.uniform(150, 260))


def _bone(cut: Cut, outline: Array, presence: float = 1.0) -> None:
    """Marrow with trabecular texture inside a dark cortex; faint where the bone just begins."""
    knee, rng = cut.knee, cut.rng
    texture = 1 + 0.13 * field(rng, 10) + 0.12 * field(rng, 1.2) + 0.06 * field(rng, (9, 1.5))
    cortex = np.clip(0.85 + 0.25 * field(rng, 7), 0.45, 1) * presence
    cut.paint(stroke(outline, 5, closed=True) * 0.5 * presence, 60)
    cut.paint(fill(outline) * presence, knee.marrow * texture)
    cut.paint(stroke(outline, 3.0, closed=True) * cortex, 6)


def _surface(cut: Cut, points: Array, span: tuple[int, int], width: float, lift: float) -> Array:
    """Cartilage along a part of a bone's outline; returns its middle line."""
    steps = 10
    outline = spline(cut.place(points), closed=True, steps=steps)
    part = outline[span[0] * steps : span[1] * steps]
    outside = normals(part, closed=False)
    centre = outline.mean(axis=0)
    if np.mean(np.sum(outside * (part - centre), axis=1)) < 0:
        outside = -outside
    middle = part + outside * lift
    ends = np.clip(np.sin(np.linspace(0.06, np.pi - 0.06, len(middle))) * 1.7, 0.15, 1)
    rough = field(cut.rng, (1, 9))[0, : len(middle)]
    shade = cut.knee.cartilage * (1 + 0.22 * field(cut.rng, 5))
    cut.paint(stroke(middle, width * ends * np.clip(1 + 0.22 * rough, 0.4, 1.5)), shade)
    return middle


def bones(cut: Cut) -> dict[str, Array]:
    """Femur, tibia, patella, fibula with their cartilage; returns the cartilage's lines."""
    knee, depth = cut.knee, cut.depth
    lines = {}
    if depth < -26:
        side = np.add(anatomy.FIBULA, (0.35 * (depth + 36), 0.25 * abs(depth + 36)))
        _bone(cut, cut.closed(side))
    for name, frames, span, limit in (
        ("tibia", anatomy.TIBIA, anatomy.TIBIA_JOINT, 43.0),
        ("femur", anatomy.FEMUR, anatomy.FEMUR_JOINT, 42.0),
    ):
        if abs(depth) < limit:
            points = anatomy.at_depth(frames, depth)
            presence = min(1.0, (limit - abs(depth)) / 7)
            _bone(cut, cut.closed(points), presence)
            if presence < 1:
                continue
            lines[name] = _surface(cut, points, span, 3.6, 2.6)
    flat = abs(depth - 1) / 22
    if flat < 1:
        size = np.sqrt(1 - flat**2)
        shape = np.array(anatomy.PATELLA) * [0.55 + 0.45 * size, size]
        points = shape + anatomy.PATELLA_CENTRE + [4 * flat, knee.patella]
        _bone(cut, cut.closed(points), min(1.0, 3 * (1 - flat)))
        lines["patella"] = _surface(cut, points, anatomy.PATELLA_JOINT, 3.2, 2.3)
    return lines


def tendons(cut: Cut) -> None:
    """Patellar and quadriceps tendon, dark with a few fibres."""
    knee = cut.knee
    strength = np.clip((16 - abs(cut.depth - 1)) / 5, 0, 1)
    if strength <= 0:
        return
    low = np.array(anatomy.PATELLAR_TENDON, dtype=float)
    low[:2, 1] += knee.patella * np.array([1, 0.6])
    high = np.array(anatomy.QUADRICEPS_TENDON, dtype=float)
    high[:2, 1] += knee.patella * np.array([1, 0.6])
    for curve, width in ((cut.line(low), 6.5), (cut.line(high), 8.5)):
        cut.paint(stroke(curve, width + 3) * strength * 0.35, 62)
        cut.paint(stroke(curve, width) * strength, 11 + 5 * np.clip(cut.fibres, 0, 2))
