"""Notebook 3: the knee network's output, its class activation maps, the colormaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks import Context, Outcome, Side, check, failed, partial, passed, review
from grader.checks.context import last_name
from grader.checks.heatmaps import MapMatch, blended, compare_maps, uncoloured
from grader.checks.images import (
    Shown,
    applied_colormap,
    is_part_of,
    plane,
    same_picture,
    shown,
)
from grader.errors import NotJudged
from grader.model import Array, Value

from .outputs import judge_output

# Names of each class, by its place in the output.
CLASSES = (
    ("GESUND", "NORMAL", "UNAUFFÄLLIG", "HEALTHY"),
    ("KRANKHAFT", "KRANK", "ABNORMAL", "ABNORM", "AUFFÄLLIG", "PATHOLOGISCH", "UNHEALTHY"),
)
MAPS = ("Map1", "Map2")
KNEES = ("bild1", "bild2")
COLORMAPS = ("summer", "flag", "rainbow")
_MAP_SHARE = 0.375
_OVERLAY_SHARE = 0.125
# An opacity for each pixel is recorded as none.
_ALPHA_MADE = re.compile(r"\balpha\s*=\s*(?:np|numpy|tf)\.")
# Share for the right colormap on images that were wrong before (Folgefehler).
_FOLLOWS = 0.6
# The task names the first; the second is its successor.
_HEAT_COLOURS = ("jet", "turbo")


@check("3a.prediction")
def prediction(ctx: Context) -> Outcome:
    """Das mitgelieferte Netz wurde auf die beiden Knie angewendet."""
    return judge_output(ctx, "3a-predict", CLASSES)


# ------------------------------------------------------------------ 3b


@dataclass(frozen=True, slots=True)
class _Map:
    """What became of one expected map: share of its points, what is said, how it compares."""

    share: float
    said: str = ""
    match: MapMatch | None = None


@check("3b.heatmaps")
def heatmaps(ctx: Context) -> Outcome:
    """Die Class Activation Maps beider Bilder sind berechnet und über den Bildern gezeigt."""
    ctx.student.require("3b")
    expected = _expected_maps(ctx.reference)
    knees = _knees(ctx.reference)
    found = _found_maps(ctx.student, knees)
    maps = [_judge_map(ctx, number, expected, found) for number in range(len(MAPS))]
    overlays = [
        _overlay(ctx.student, knee, [right, *(m for n, m in found if n == name or n not in MAPS)])
        for name, knee, right in zip(MAPS, knees, expected, strict=True)
    ]
    total = sum(_MAP_SHARE * m.share for m in maps) + sum(_OVERLAY_SHARE * o for o in overlays)
    details = {
        name: {
            "share": m.share,
            "correlation": round(m.match.correlation, 3) if m.match else None,
            "centre": [round(c, 2) for c in m.match.centre] if m.match else None,
            "overlay": o,
        }
        for name, m, o in zip(MAPS, maps, overlays, strict=True)
    }
    if total == 1:
        return passed("Beide Heatmaps sind richtig berechnet und überlagert gezeigt.", **details)
    if min(overlays) < 1 and _drawn_otherwise(ctx.student, knees):
        return _unseen_overlay(maps, details)
    sentences = [m.said for m in maps if m.said]
    if not found and not any(overlays):
        sentences = ["Es wurde keine Heatmap gefunden."]
    elif min(overlays) < 1:
        sentences.append(_overlay_said(overlays))
    confidence = 0.8 if any(0 < m.share < 1 for m in maps) else 1.0
    return partial(total, " ".join(sentences), confidence=confidence, **details)


def _unseen_overlay(maps: list[_Map], details: dict[str, Any]) -> Outcome:
    said = " ".join(m.said for m in maps if m.said)
    share = 2 * _OVERLAY_SHARE + sum(_MAP_SHARE * m.share for m in maps)
    if share == 1:
        return passed(
            "Beide Heatmaps sind richtig berechnet und über den Graubildern gezeichnet.",
            confidence=0.6,
            **details,
        )
    return review(
        share,
        f"{said} Die Überlagerung ist so gezeichnet, dass sie nur im Bild zu sehen ist; die "
        "Betreuung sieht sie durch.".strip(),
        confidence=0.4,
        **details,
    )


def _judge_map(
    ctx: Context, number: int, expected: list[Array], found: list[tuple[str, Array]]
) -> _Map:
    name = MAPS[number]
    named = [m for n, m in found if n == name]
    candidates = named or [m for n, m in found if n not in MAPS]
    if not candidates:
        return _Map(0.0, f"{name} fehlt.")
    matches = [compare_maps(c, expected[number]) for c in candidates]
    best = max(range(len(matches)), key=lambda i: matches[i].correlation)
    match = matches[best]
    if match.same:
        return _Map(1.0, match=match)
    other = expected[1 - number]
    if compare_maps(candidates[best], other).same:
        swapped = any(compare_maps(m, expected[number]).same for _, m in found)
        if swapped:
            return _Map(0.5, f"{name} ist mit der Heatmap des anderen Bildes vertauscht.", match)
        return _Map(0.0, f"{name} gehört zum anderen Bild (img_num prüfen).", match)
    asked, wanted = (_arguments(side, name) for side in (ctx.student, ctx.reference))
    if asked and wanted and asked != wanted:
        wrong = [k for k in wanted if asked.get(k) != wanted[k]]
        return _Map(0.0, f"{name} passt nicht: {' und '.join(wrong)} im Aufruf prüfen.", match)
    if match.opposite:
        said = f"{name} leuchtet gerade dort nicht, wo sie leuchten sollte: Gehört sie zur anderen "
        return _Map(0.0, said + "Klasse (klasse prüfen)?", match)
    # Maps of one class resemble each other from knee to knee (measured: up to 0.84 and 0.5).
    if match.correlation >= 0.8 and match.hot >= 0.6:
        return _Map(0.5, f"{name} ähnelt der richtigen Heatmap, stimmt aber nicht überein.", match)
    said = f"{name} ist nicht die Heatmap der Klasse, die das Netz zu diesem Bild genannt hat "
    return _Map(0.0, said + "(img_num und klasse prüfen).", match)


def _arguments(side: Side, name: str) -> dict[str, str]:
    """Return image and class that a map is asked for in the source: a second witness."""
    call = re.search(
        rf"\b{name}\s*=\s*visualize_class_activation_map\(([^)]*)\)", side.source("3b")
    )
    if call is None:
        return {}
    given: dict[str, str] = {}
    order = ("model", "im_array", "img_num", "klasse")
    for place, argument in enumerate(call.group(1).split(",")):
        key, equals, value = argument.partition("=")
        if equals:
            given[key.strip()] = value.strip()
        elif place < len(order):
            given[order[place]] = argument.strip()
    return {k: given[k] for k in ("img_num", "klasse") if given.get(k, "").isdigit()}


def _overlay(side: Side, knee: Array, maps: list[Array]) -> float:
    """Tell how well one of ``maps`` is shown over a knee: 1, 0.5 if it hides the knee."""
    best = 0.0
    pictures = list(shown(side, "3b", hidden=True))
    for axes in {id(s.axes): s.axes for s in pictures}.values():
        here = [s for s in pictures if s.axes is axes]
        planes = [(s, p) for s in here if (p := plane(s.array)) is not None]
        grey = [s for s, p in planes if same_picture(p, knee)]
        if any(blended(s.array, knee, m) for s in here for m in maps):
            return 1.0
        rest = [(s, _heat(s.array)) for s, _ in planes if s not in grey]
        warm = [s for s, p in rest if p is not None and any(compare_maps(p, m).same for m in maps)]
        warm = [s for s in warm if not s.image.hidden]
        if not grey or not warm:
            continue
        clear = any(s.image.alpha is not None and 0.05 <= s.image.alpha <= 0.95 for s in here)
        clear = clear or _ALPHA_MADE.search(side.source("3b")) is not None
        best = max(best, 1.0 if clear and any(_as_asked(s) for s in warm) else 0.5)
    return best


def _as_asked(heat: Shown) -> bool:
    """Tell whether a heatmap has the colours that the task names; those by hand are let be."""
    coloured = heat.array is not None and np.squeeze(heat.array).ndim == 3
    return coloured or heat.image.cmap.removesuffix("_r") in _HEAT_COLOURS


def _drawn_otherwise(side: Side, knees: list[Array]) -> bool:
    """Tell whether something that is no image lies over a knee: ``pcolormesh``, ``contourf``.

    Its values are not recorded, only that it is there; the source says what it is.
    """
    if re.search(r"\b(?:pcolormesh|pcolor|contourf|tricontourf)\(", side.source("3b")) is None:
        return False
    over = (s for s in shown(side, "3b", hidden=True) if s.axes.others)
    return any(same_picture(plane(s.array), knee) for s in over for knee in knees)


def _overlay_said(overlays: list[float]) -> str:
    if 0.5 in overlays:
        return (
            "Beide Bilder sollen zugleich sichtbar sein, die Heatmap halb durchsichtig (alpha) in "
            "der Farbtabelle der Aufgabe."
        )
    if max(overlays):
        return "Nur eine der beiden Heatmaps ist über ihrem Graubild gezeigt."
    return "Die Heatmaps sind nicht halb durchsichtig über den Graubildern gezeigt."


def _expected_maps(reference: Side) -> list[Array]:
    state = reference.state("3b-heatmaps")
    maps = [plane(_array(reference, state.get(name))) for name in MAPS]
    if any(m is None for m in maps):
        raise NotJudged("Die Referenzlösung enthält die Heatmaps nicht.")
    return [m for m in maps if m is not None]


def _found_maps(side: Side, knees: list[Array]) -> list[tuple[str, Array]]:
    """Heatmaps by name, the knees themselves left out; those only shown have no name."""
    state = side.state("3b")
    made = dict(side.made("3b"))
    wanted = [n for n in state if last_name(n) in MAPS]
    found = []
    for name in wanted + [n for n in made if n not in wanted and n in state]:
        planes = list(_planes(side, state[name]))
        label = last_name(name) if name in wanted else name
        found += [(label, p) for p in planes if not any(same_picture(p, k) for k in knees)]
    if not found:
        pictures = (_heat(s.array) for s in shown(side, "3b", hidden=True))
        kept = (p for p in pictures if p is not None)
        found = [("", p) for p in kept if not any(same_picture(p, k) for k in knees)]
    return found[:16]


def _planes(side: Side, value: Value) -> Iterator[Array]:
    if value.kind == "sequence":
        for item in value.items[:16]:
            yield from _planes(side, item)
        return
    array = _array(side, value)
    found = _heat(array)
    if found is not None:
        yield found
    elif array is not None and array.ndim in (3, 4) and len(array) <= 4:
        yield from (p for part in array if (p := plane(part)) is not None)


def _heat(array: Array | None) -> Array | None:
    behind = uncoloured(array) if array is not None else None
    return plane(array) if behind is None else behind


def _array(side: Side, value: Value | None) -> Array | None:
    run = side.run_of("notebook3")
    return run.array(value.array) if run is not None and value is not None else None


def _knees(reference: Side) -> list[Array]:
    state = reference.state("3a-load")
    knees = [plane(_array(reference, state.get(name))) for name in KNEES]
    if any(k is None for k in knees):
        raise NotJudged("Die Referenzlösung enthält bild1 und bild2 nicht.")
    return [k for k in knees if k is not None]


# ------------------------------------------------------------------ 3c


@check("3c.colormaps")
def colormaps(ctx: Context) -> Outcome:
    """Beide Bilder sind mit den Farbtabellen „summer“, „flag“ und „rainbow“ gezeigt.

    Geprüft werden die Daten der Abbildungen, nicht der Quelltext.
    """
    ctx.student.require("3c")
    knees = _knees(ctx.reference)
    pictures = list(shown(ctx.student, "3c"))
    own = _own_knees(ctx.student)
    followed: set[tuple[str, str]] = set()
    seen: dict[tuple[str, str], str] = {}
    foreign = 0
    for picture in pictures:
        knee, how = _which(picture, knees)
        name = _colormap(picture, knees)
        if name in COLORMAPS and _side_by_side(picture, knees):
            for both in KNEES:
                seen.setdefault((both, name), " (beide in einem Bild)")
        elif knee is None:
            foreign += name in COLORMAPS
            mine = _which(picture, own)[0] if own else None
            if mine is not None and name in COLORMAPS:
                followed.add((mine, name))
        elif name in COLORMAPS:
            seen.setdefault((knee, name), how)
    wanted = [(knee, name) for knee in KNEES for name in COLORMAPS]
    missing = [pair for pair in wanted if pair not in seen]
    details: dict[str, Any] = {
        "seen": [f"{knee}, {name}{how}" for (knee, name), how in seen.items()],
        "missing": [f"{knee}, {name}" for knee, name in missing],
        "foreign": foreign,
    }
    if not missing:
        return passed("Beide Bilder sind mit allen drei Farbtabellen gezeigt.", **details)
    if not pictures:
        return failed("In Aufgabe 3c wurde kein Bild gezeigt.", **details)
    covered = sum(p.image.hidden for p in shown(ctx.student, "3c", hidden=True))
    unkept = sum(p.array is None for p in pictures)
    if unkept:
        named = sum(n in ctx.student.source("3c") for n in COLORMAPS)
        share = min(len(seen) + unkept, 2 * named, len(wanted)) / len(wanted)
        return review(
            share,
            f"{unkept} der gezeigten Bilder waren zu groß, um aufgezeichnet zu werden; die "
            "Betreuung sieht sie durch.",
            confidence=0.4,
            **details,
        )
    message = (
        f"{len(seen)} von {len(wanted)} Darstellungen gefunden. Es fehlen: {_listed(missing)}."
    )
    if covered:
        message += (
            f" {covered} Bilder sind nicht zu sehen: Ein späteres liegt im selben "
            "Koordinatensystem darüber (plt.show() oder plt.figure() dazwischen fehlt)."
        )
    if foreign:
        message += " Gezeigt wurden auch andere Bilder als die mittleren Schichten."
    follows = len(followed - seen.keys())
    if follows:
        message += f" {follows}-mal zeigen sie die Bilder, die in Aufgabe 3a geladen wurden."
    return partial((len(seen) + _FOLLOWS * follows) / len(wanted), message, **details)


def _own_knees(side: Side) -> list[Array]:
    """The group's own two images, whichever they are; none if they are not there."""
    state = {last_name(n): v for n, v in side.state("3a-load").items()}
    held = [plane(_array(side, state.get(name))) for name in KNEES]
    return [k for k in held if k is not None] if all(k is not None for k in held) else []


def _which(picture: Shown, knees: list[Array]) -> tuple[str | None, str]:
    """Name the knee that is shown, and how: whole or a part of it."""
    grey = plane(picture.array)
    for name, knee in zip(KNEES, knees, strict=True):
        if any(same_picture(turned, knee) for turned in _turned(grey)):
            return name, ""
    for name, knee in zip(KNEES, knees, strict=True):
        if is_part_of(grey, knee):
            return name, " (Ausschnitt)"
        if applied_colormap(picture.array, knee, COLORMAPS):
            return name, " (von Hand gefärbt)"
    return None, ""


def _turned(picture: Array | None) -> Iterator[Array]:
    """Yield a picture as it is, mirrored and turned: the lettering is as visible then."""
    if picture is not None:
        for mirrored in (picture, picture[:, ::-1]):
            yield from (np.rot90(mirrored, turns) for turns in range(4))


def _side_by_side(picture: Shown, knees: list[Array]) -> bool:
    """Tell whether both knees are shown joined as one picture."""
    grey = plane(picture.array)
    if grey is None or grey.size != sum(knee.size for knee in knees):
        return False
    joined = (f(order) for f in (np.hstack, np.vstack) for order in (knees, knees[::-1]))
    return any(same_picture(grey, both) for both in joined)


def _colormap(picture: Shown, knees: list[Array]) -> str:
    """Name of the colormap without the sign for its reverse."""
    array = picture.array
    if array is not None and np.squeeze(array).ndim == 3:
        by_hand = (applied_colormap(array, knee, COLORMAPS) for knee in knees)
        return next((name for name in by_hand if name), "")
    return picture.image.cmap.removesuffix("_r").lower()


def _listed(missing: list[tuple[str, str]]) -> str:
    by_knee = {knee: [f"„{name}“" for k, name in missing if k == knee] for knee in KNEES}
    return "; ".join(f"{knee} mit {', '.join(names)}" for knee, names in by_knee.items() if names)
