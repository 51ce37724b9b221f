"""Task 2c: how well a transformation suits OCT scans, by its kind and strength."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from grader.checks.transforms import Step

from .pictures import Picture, method_of, seen_steps

__all__ = ["Judged", "described", "judge", "own_steps", "reasoned_for"]

_Grade = Literal["suits", "defensible", "wrong"]

_NAMES = {
    "fliplr": "Spiegelung links-rechts",
    "flipud": "Spiegelung oben-unten",
    "rotation": "Drehung um {0:.0f}°",
    "shift": "Verschiebung um {0:.0f} Pixel",
    "stretch": "Streckung auf das {0:.2f}-Fache",
    "slant": "Scherung um {0:.0f}°",
    "resized": "andere Bildgröße",
    "transposed": "Vertauschung von Zeilen und Spalten",
    "zoom": "Vergrößerung auf das {0:.2f}-Fache",
    "warped": "örtliche Verbiegung",
    "blur": "Weichzeichnung (Breite {0:.1f} Pixel)",
    "sharpened": "Schärfung",
    "brightness": "Helligkeit mal {0:.2f}",
    "offset": "Helligkeit um {0:+.0f} Graustufen",
    "contrast": "Kontrast mal {0:.2f}",
    "gamma": "veränderte Grauwertkurve",
    "inverted": "Negativ",
    "gauss": "Gaußsches Rauschen (Streuung {0:.1f} Graustufen)",
    "s&p": "Salz-und-Pfeffer-Rauschen ({1:.1f} % der Pixel)",
    "poisson": "Poisson-Rauschen (Streuung bei Weiß {0:.1f} Graustufen)",
    "speckle": "Speckle-Rauschen (Streuung {1:.0f} % des Grauwerts)",
    "noise": "Rauschen (Streuung {0:.1f} Graustufen)",
    "overflow": "Überlauf der Grauwerte",
}

_WRONG = {
    "flipud": "die Netzhaut hat ein Oben (Glaskörper) und ein Unten (Aderhaut)",
    "rotation": "so stark verkippt ist keine Aufnahme",
    "stretch": "das Bild ist verzerrt statt gedreht oder verschoben (stimmen die Achsen?)",
    "slant": "so stark verzerrt ist keine Aufnahme",
    "transposed": "die Schichten der Netzhaut stehen dann senkrecht",
    "zoom": "so groß oder klein erscheint die Netzhaut in keiner Aufnahme",
    "warped": "so verbogen ist keine Netzhaut",
    "blur": "so unscharf gehen die Schichten verloren",
    "sharpened": "Schärfen erzeugt Kanten, die es nicht gibt",
    "shift": "ein großer Teil des Bildes geht verloren",
    "brightness": "so hell oder dunkel gehen die Schichten verloren",
    "offset": "so hell oder dunkel gehen die Schichten verloren",
    "contrast": "so gehen die Schichten verloren",
    "gamma": "so gehen die Schichten verloren",
    "inverted": "ein Negativ gibt es in der Klinik nicht",
    "s&p": "einzelne weiße und schwarze Pixel kommen in OCT-Aufnahmen nicht vor",
    "gauss": "das Rauschen ist so stark, dass feine Strukturen verschwinden",
    "poisson": "das Rauschen ist so stark, dass feine Strukturen verschwinden",
    "speckle": "das Rauschen ist so stark, dass feine Strukturen verschwinden",
    "noise": "das Rauschen ist so stark, dass feine Strukturen verschwinden",
    "overflow": "Grauwerte unter 0 oder über 255 sind umgeschlagen (uint8)",
}

# Largest strength that still suits, and that is still defensible; brightness as factor.
_LIMITS: dict[str, tuple[float, float]] = {
    "fliplr": (1, 1),
    "rotation": (15.5, 25.5),
    "shift": (0, 40),
    "stretch": (0, 0.16),
    "zoom": (0, 0.26),
    "warped": (0, 1),
    "blur": (0, 1.5),
    "sharpened": (0, 1),
    "slant": (0, 10),
    "resized": (10, 10),
    "brightness": (1.7, 2.25),
    "offset": (50, 90),
    "contrast": (1.3, 2.25),
    "gamma": (1.3, 2.25),
    "gauss": (0, 32),
    "poisson": (0, 32),
    "speckle": (0, 0.36),
    "noise": (0, 32),
}
_FACTORS = {"brightness", "contrast", "gamma"}

# Pixels of shift that a turn by one degree brings when it is about a corner instead.
_PER_DEGREE = 2.8

# Words by which a reason for a defensible choice is recognised.
_REASONS = {
    "gauss": r"gau(ß|ss)|rausch",
    "speckle": r"spec?kle|rausch",
    "poisson": r"poisson|photon|rausch",
    "noise": r"rausch",
    "brightness": r"hell|dunk|verstärk",
    "rotation": r"dreh|rot|kipp|schräg|schief",
    "shift": r"versch|lage|position",
    "stretch": r"streck|zoom|skal|dreh|größ",
    "zoom": r"zoom|skal|größ|klein|ausschnitt|abstand",
    "warped": r"elasti|verbieg|verform|verzerr",
    "blur": r"unsch[aä]rf|weich|fokus|verwackel|bewegung",
    "sharpened": r"schärf|schaerf|kontrast",
    "slant": r"scher|schräg|verzerr",
}


@dataclass(frozen=True)
class Judged:
    picture: Picture
    grade: _Grade
    why: str = ""
    partly: bool = False

    @property
    def name(self) -> str:
        return described(self.picture)


def own_steps(kind: str, picture: Picture, standing: dict[str, Picture]) -> list[Step]:
    """Steps by which a picture is judged.

    Who goes on with the picture transformed before shows each step anew; a step for which another
    picture stands is judged there. A turn about another point than the middle shifts as well.
    """
    others = {k for k, p in standing.items() if p is not picture and k != kind}
    steps = [s for s in seen_steps(picture) if method_of(s) not in others]
    angle = abs(picture.what.amount("rotation") or 0.0)
    aside = 0.0 if angle > 90 else angle * _PER_DEGREE
    return [s for s in steps if not (s.kind == "shift" and s.amount <= aside)] or steps


def judge(picture: Picture, steps: list[Step]) -> Judged:
    if picture.blank:
        return Judged(picture, "wrong", "auf dem Bild ist nichts mehr zu sehen")
    if not picture.what.visible:
        return Judged(
            picture, "wrong", "die Veränderung ist bei Grauwerten von 0 bis 255 nicht zu sehen"
        )
    grades = [(_grade(s), s) for s in steps]
    wrong = next((s for g, s in grades if g == "wrong"), None)
    if wrong is not None:
        partly = any(g == "suits" and s.kind != "resized" for g, s in grades)
        return Judged(picture, "wrong", _WRONG[wrong.kind], partly)
    return Judged(picture, "defensible" if any(g == "defensible" for g, _ in grades) else "suits")


def _grade(step: Step) -> _Grade:
    if step.kind not in _LIMITS:
        return "wrong"
    best, most = _LIMITS[step.kind]
    strength = abs(step.amount)
    if step.kind in _FACTORS:
        strength = max(strength, 1 / max(strength, 1e-6))
    if step.kind in ("stretch", "zoom"):
        strength = abs(strength - 1)
    return "suits" if strength <= best else "defensible" if strength <= most else "wrong"


def reasoned_for(picture: Picture, written: str) -> bool:
    """Tell whether the text speaks of every step that needs a reason."""
    needy = [s for s in picture.what.steps if _grade(s) == "defensible"]
    words = (_REASONS.get(s.kind, _REASONS["brightness"]) for s in needy)
    return all(re.search(w, written) for w in words)


def described(picture: Picture) -> str:
    if picture.blank:
        return "einfarbiges Bild"
    names = [_NAMES[s.kind].format(_positive(s), 100 * s.amount) for s in picture.what.steps]
    return " mit ".join(names)


def _positive(step: Step) -> float:
    return step.amount if step.kind == "offset" else abs(step.amount)
