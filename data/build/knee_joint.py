"""Painting of one sagittal cut through the knee: fluid, menisci, ligaments, findings."""

import numpy as np

from data.build import knee_anatomy as anatomy
from data.build.knee_raster import Array, field, fill, normals, stroke
from data.build.knee_tissue import Cut


def _fluid(cut: Cut, curve: Array, width: object, strength: float = 1.0) -> None:
    """Joint fluid: the brightest signal there is, so that it saturates."""
    cut.paint(stroke(curve, np.asarray(width)) * strength, 285)


def joint(cut: Cut, lines: dict[str, Array]) -> None:
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


def pouch(cut: Cut) -> None:
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


def _menisci(cut: Cut, strength: float) -> None:
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


def _ligaments(cut: Cut) -> None:
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


def findings(cut: Cut, lines: dict[str, Array]) -> None:
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
