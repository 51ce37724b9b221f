"""Painting of one sagittal cut through the knee, tissue by tissue, before noise and shading."""

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


def paint_cut(knee: Knee, depth: float, rng: np.random.Generator) -> Array:
    """Signal of the cut at a depth, without blur, coil and noise.

    Parameters
    ----------
    knee : Knee
    depth : float
        Distance in millimetres from the middle of the joint, negative towards the outer side.
    rng : numpy.random.Generator
        The cut's own random stream.

    Returns
    -------
    ndarray of shape (256, 256)
        About 0 (air, cortical bone) to 300 (fluid).
    """
    cut = _Cut(knee, depth, rng)
    leg = _soft_tissue(cut)
    muscle = _muscles(cut)
    _vessels(cut, leg, muscle)
    _pouch(cut)
    _tendons(cut)
    lines = _bones(cut)
    _joint(cut, lines)
    _findings(cut, lines)
    return cut.image


class _Cut:
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


def _soft_tissue(cut: _Cut) -> Array:
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


def _muscles(cut: _Cut) -> Array:
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


def _vessels(cut: _Cut, leg: Array, muscle: Array) -> None:
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


def _bone(cut: _Cut, outline: Array, presence: float = 1.0) -> None:
    """Marrow with trabecular texture inside a dark cortex; faint where the bone just begins."""
    knee, rng = cut.knee, cut.rng
    texture = 1 + 0.13 * field(rng, 10) + 0.12 * field(rng, 1.2) + 0.06 * field(rng, (9, 1.5))
    cortex = np.clip(0.85 + 0.25 * field(rng, 7), 0.45, 1) * presence
    cut.paint(stroke(outline, 5, closed=True) * 0.5 * presence, 60)
    cut.paint(fill(outline) * presence, knee.marrow * texture)
    cut.paint(stroke(outline, 3.0, closed=True) * cortex, 6)


def _surface(cut: _Cut, points: Array, span: tuple[int, int], width: float, lift: float) -> Array:
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


def _bones(cut: _Cut) -> dict[str, Array]:
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


def _tendons(cut: _Cut) -> None:
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


def _fluid(cut: _Cut, curve: Array, width: object, strength: float = 1.0) -> None:
    """Joint fluid: the brightest signal there is, so that it saturates."""
    cut.paint(stroke(curve, np.asarray(width)) * strength, 285)


def _joint(cut: _Cut, lines: dict[str, Array]) -> None:
    """Fluid film, menisci, cruciate ligaments, fluid in front of the notch."""
    knee, depth, rng = cut.knee, cut.depth, cut.rng
    effusion = "effusion" in knee.findings
    if "femur" in lines:
        film = lines["femur"] + normals(lines["femur"], closed=False) * -2.2
        every = np.arange(0, len(film), 8)
        bulges = np.interp(np.arange(len(film)), every, rng.normal(0, 1, len(every)))
        ripple = np.clip(0.7 + 0.9 * bulges, 0, 2.2)
        _fluid(cut, film, ripple * (1.1 + 0.8 * effusion), 0.75)
    inner, outer = np.clip((abs(depth) - 5) / 6, 0, 1), np.clip((41 - abs(depth)) / 6, 0, 1)
    if inner * outer > 0:
        _menisci(cut, inner * outer)
    _ligaments(cut)
    recess = np.clip((13 - abs(depth - 2)) / 6, 0, 1)
    if recess > 0:
        wide = (2.5 + 3.0 * knee.fluid) * (1.5 if effusion else 0.7)
        path = cut.line([(103, 152.5), (111, 151.5), (119, 149), (126, 145)])
        _fluid(cut, path, wide * np.sin(np.linspace(0.15, 2.9, len(path))), recess)


def _pouch(cut: _Cut) -> None:
    """Fluid behind the quadriceps tendon, a slit in healthy knees, a bulge in an effusion."""
    knee, rng = cut.knee, cut.rng
    strength = np.clip((25 - abs(cut.depth)) / 8, 0, 1)
    if strength <= 0:
        return
    swell = (1.0 + 1.1 * knee.fluid) if "effusion" in knee.findings else 0.35 * knee.fluid
    shape = np.array(anatomy.POUCH, dtype=float)
    shape[:, 0] = 77 + (shape[:, 0] - 75) * swell - 2.0 * swell
    shape[:, 1] = 92 + (shape[:, 1] - 92) * (0.6 + 0.35 * swell)
    outline = cut.closed(shape)
    cut.paint(stroke(outline, 2.4, closed=True) * strength * 0.5, 110)
    mottled = 1 - 0.12 * np.clip(field(rng, 3), 0, 2)
    cut.paint(fill(outline) * strength, 270 * mottled)


def _menisci(cut: _Cut, strength: float) -> None:
    """Two dark wedges, in the outermost cuts one band; a bright line where one is torn."""
    depth = abs(cut.depth)
    reach = np.clip((depth - 27) / 7, 0, 1)
    tip = np.array([112 + 18 * reach, 152 - 16 * reach])
    low = 155.5
    front = np.array([(88, 146), (98, 150), (tip[0], low - 1), (100, 157.5), (88, 160), (86, 153)])
    back_x = 174 - 6 * np.clip((depth - 22) / 10, 0, 1) - 12 * np.clip((12 - depth) / 6, 0, 1)
    back = np.array(
        [
            (back_x, 145),
            (back_x - 10, 149.5),
            (150 - 18 * reach, low - 1),
            (back_x - 12, 157.5),
            (back_x, 162),
            (back_x + 3, 154),
        ]
    )
    for wedge in (front, back):
        outline = cut.closed(wedge)
        cut.paint(stroke(outline, 2.2, closed=True) * 0.5 * strength, 90)
        cut.paint(fill(outline) * strength, 9)
    if "meniscal_tear" in cut.knee.findings and cut.depth > 0:
        tear = cut.line([(back_x - 1, 149), (back_x - 8, 153), (back_x - 15, 158)])
        cut.paint(stroke(tear, 2.4) * strength, 235)


def _ligaments(cut: _Cut) -> None:
    """Cruciate ligaments in the middle cuts, dark bands; a torn one is thick and grey."""
    torn = "ligament_tear" in cut.knee.findings
    for curve, centre, width, value in (
        (anatomy.ACL, -5.0, 8.0, 62 if torn else 24),
        (anatomy.PCL, 4.0, 8.5, 10),
    ):
        strength = np.clip((7.5 - abs(cut.depth - centre)) / 3, 0, 1)
        if strength <= 0:
            continue
        line = cut.line(curve)
        taper = width * (0.85 + 0.3 * np.linspace(0, 1, len(line)))
        cut.paint(stroke(line, taper + 3.5) * strength * 0.5, 100)
        cut.paint(stroke(line, taper) * strength, value + 6 * np.clip(cut.fibres, -1, 2))
        if torn and centre < 0:
            cut.glow(124, 132, (9, 12), 120 * strength)


def _findings(cut: _Cut, lines: dict[str, Array]) -> None:
    """Whatever makes the knee abnormal besides effusion, meniscus and ligament."""
    knee, depth = cut.knee, cut.depth
    rng = np.random.default_rng([knee.seed, 2])
    side = rng.uniform(-6, 16)
    near = float(np.exp(-(((depth - side) / 13) ** 2)))
    x, size = rng.uniform(104, 140), rng.uniform(0.8, 1.25)
    if "oedema" in knee.findings:
        y = 126 if rng.random() < 0.5 else 176
        cut.glow(x, y, (17 * size, 13 * size), 78 * near)
        cut.glow(x + 7, y + 6, (8 * size, 9 * size), 46 * near)
    if "cartilage_defect" in knee.findings and "femur" in lines:
        start = int(len(lines["femur"]) * rng.uniform(0.4, 0.6))
        gap = lines["femur"][start : start + int(11 * size)]
        cut.paint(stroke(gap, 4.6) * near, 262)
        cut.glow(x, 134, (12, 9), 55 * near)
    if "cyst" in knee.findings:
        wide = 8.5 * size * near
        if wide > 2:
            lobes = cut.line([(181, 100), (187, 116), (190, 134), (188, 148)])
            shape = wide * (0.35 + np.sin(np.linspace(0.3, np.pi - 0.15, len(lobes))))
            cut.paint(stroke(lobes, shape + 2) * 0.7, 18)
            cut.paint(stroke(lobes, shape), 255)
