"""Task 2c: three transformations that suit OCT, recognised from the pictures themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from grader.checks import Context, Outcome, Side, check, failed, partial, passed
from grader.checks.images import plane, same_picture, shown
from grader.checks.transforms import Step

from .pictures import (
    Picture,
    Pictures,
    called,
    distinct,
    method,
    method_of,
    pictures_of,
    saved_pictures,
    seen_steps,
)

_WANTED = 3
# What a combination is worth of which one part suits and another is wrong.
_PARTLY = 0.25
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
class _Judged:
    picture: Picture
    grade: _Grade
    why: str = ""
    partly: bool = False

    @property
    def name(self) -> str:
        return _described(self.picture)


@check("2c.count")
def count(ctx: Context) -> Outcome:
    """Es wurden drei verschiedene Verfahren angewendet."""
    pictures = pictures_of(ctx)
    methods = pictures.methods
    details = _details(pictures)
    names = ", ".join(_described(p) for p in methods.values())
    if len(methods) >= _WANTED:
        return passed(f"Gefunden: {names}.", **details)
    message = (
        f"Gefunden {'wurde' if len(methods) == 1 else 'wurden'} {len(methods)} von {_WANTED} "
        f"verschiedenen Verfahren{': ' + names if names else ''}."
    )
    if len(pictures.made) > len(methods):
        message += " Dasselbe Verfahren mehrmals, auch in anderer Stärke, zählt einmal."
    if pictures.copies:
        message += f" Vom Original nicht zu unterscheiden: {pictures.copies}."
    return partial(
        max(len(methods) - 1, 0) / (_WANTED - 1), message + _foreign(pictures), **details
    )


@check("2c.choice")
def choice(ctx: Context) -> Outcome:
    """Die gewählten Verfahren passen zu OCT-Aufnahmen, auch in ihrer Stärke.

    Beurteilt werden die erzeugten Bilder selbst, nicht der Quelltext.
    """
    pictures = pictures_of(ctx)
    if not pictures.made:
        return failed(
            "Es wurde kein verändertes Bild von oct_drusen.jpeg gefunden." + _foreign(pictures),
            **_details(pictures),
        )
    # Only what the group wrote: the task's own text names every method.
    written = (ctx.student.text("2c-reasons") + " " + ctx.student.comments("2c")).casefold()
    standing = _chosen(pictures)
    chosen = list(standing.values())
    judged = [_judge(p, _own_steps(kind, p, standing)) for kind, p in standing.items()]
    worth = {"suits": 1.0, "defensible": 0.5, "wrong": 0.0}
    total = 0.0
    sentences = []
    for entry in judged:
        reasoned = entry.grade == "defensible" and _reasoned(entry.picture, written)
        total += 1.0 if reasoned else _PARTLY if entry.partly else worth[entry.grade]
        if entry.grade == "wrong":
            sentences.append(
                f"{entry.name} eignet sich nicht: {entry.why}."
                + (" Ein Teil davon passt." if entry.partly else "")
            )
        elif entry.grade == "defensible":
            sentences.append(
                f"{entry.name} ist mit Begründung vertretbar"
                + ("." if reasoned else "; eine Begründung dafür wurde nicht gefunden.")
            )
        else:
            sentences.append(f"{entry.name} passt.")
    if len(chosen) < _WANTED:
        sentences.append(f"Verlangt sind {_WANTED} verschiedene Verfahren.")
    details = _details(pictures) | {"grades": {_described(j.picture): j.grade for j in judged}}
    return partial(
        total / max(len(chosen), _WANTED),
        " ".join(sentences),
        confidence=_confidence(ctx.student, chosen),
        **details,
    )


@check("2c.applied")
def applied(ctx: Context) -> Outcome:
    """Die Verfahren sind auf das Bild angewendet, die Ergebnisse gezeigt und gespeichert."""
    pictures = pictures_of(ctx)
    number = min(len(pictures.methods), _WANTED)
    visible = min(len(distinct([p for p in pictures.made if p.shown])), _WANTED)
    stored, remark = _stored(ctx.student, pictures)
    parts = {"angewendet": number, "gezeigt": visible, "gespeichert": stored}
    details = _details(pictures) | {"parts": parts}
    if not number:
        message = "Es wurde kein verändertes Bild von oct_drusen.jpeg gefunden."
        return failed(message + _foreign(pictures), **details)
    message = "Von drei Bildern: " + ", ".join(f"{n} {what}" for what, n in parts.items()) + "."
    return partial(sum(parts.values()) / (3 * _WANTED), f"{message} {remark}".strip(), **details)


# ------------------------------------------------------------------ which pictures count


def _chosen(pictures: Pictures) -> dict[str, Picture]:
    """One picture per method; of more than three those that bear the notebook's names."""
    methods = pictures.methods
    if len(methods) <= _WANTED:
        return methods
    named = [p for p in pictures.made if any(re.fullmatch(r"img_trans[123]", n) for n in p.names)]
    by_name = distinct(named)
    return by_name if len(by_name) == _WANTED else methods


def _own_steps(kind: str, picture: Picture, standing: dict[str, Picture]) -> list[Step]:
    """Steps by which a picture is judged.

    Who goes on with the picture transformed before shows each step anew; a step for which another
    picture stands is judged there. A turn about another point than the middle shifts as well.
    """
    others = {k for k, p in standing.items() if p is not picture and k != kind}
    steps = [s for s in seen_steps(picture) if method_of(s.kind) not in others]
    angle = abs(picture.what.amount("rotation") or 0.0)
    aside = 0.0 if angle > 90 else angle * _PER_DEGREE
    return [s for s in steps if not (s.kind == "shift" and s.amount <= aside)] or steps


def _confidence(side: Side, chosen: list[Picture]) -> float:
    confidence = min((p.what.confidence for p in chosen), default=1.0)
    kinds = {k for p in chosen for k in method(p).split("+")}
    if kinds - called(side):
        confidence = min(confidence, 0.7)
    return min(confidence, 0.6) if len(chosen) > _WANTED else confidence


# ------------------------------------------------------------------ how well they suit


def _judge(picture: Picture, steps: list[Step]) -> _Judged:
    if picture.blank:
        return _Judged(picture, "wrong", "auf dem Bild ist nichts mehr zu sehen")
    if not picture.what.visible:
        return _Judged(
            picture, "wrong", "die Veränderung ist bei Grauwerten von 0 bis 255 nicht zu sehen"
        )
    grades = [(_grade(s), s) for s in steps]
    wrong = next((s for g, s in grades if g == "wrong"), None)
    if wrong is not None:
        partly = any(g == "suits" and s.kind != "resized" for g, s in grades)
        return _Judged(picture, "wrong", _WRONG[wrong.kind], partly)
    return _Judged(picture, "defensible" if any(g == "defensible" for g, _ in grades) else "suits")


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


def _reasoned(picture: Picture, written: str) -> bool:
    """Tell whether the text speaks of every step that needs a reason."""
    needy = [s for s in picture.what.steps if _grade(s) == "defensible"]
    words = (_REASONS.get(s.kind, _REASONS["brightness"]) for s in needy)
    return all(re.search(w, written) for w in words)


def _described(picture: Picture) -> str:
    if picture.blank:
        return "einfarbiges Bild"
    names = [_NAMES[s.kind].format(_positive(s), 100 * s.amount) for s in picture.what.steps]
    return " mit ".join(names)


def _positive(step: Step) -> float:
    return step.amount if step.kind == "offset" else abs(step.amount)


# ------------------------------------------------------------------ shown and saved


def _stored(side: Side, pictures: Pictures) -> tuple[int, str]:
    """Count saved pictures, up to three, and say what went wrong."""
    full, blank = saved_pictures(side, pictures)
    remark = ""
    if blank:
        remark = (
            "Eine gespeicherte Datei ist leer: Nach plt.show() ist die Abbildung geschlossen, "
            "plt.savefig() muss davor stehen."
        )
    number = len(full) or len(side.calls("2c", "imsave"))
    if any(f.path.lower().endswith(".npz") for f in full):
        # One archive holds them all.
        number = max(number, len(pictures.methods))
    one_figure = max((_together(side, n, pictures) for n in _figures(side)), default=0)
    if side.calls("2c", "savefig") and full and one_figure > number:
        number = one_figure
    return min(number, _WANTED), remark


def _figures(side: Side) -> set[int]:
    return {s.figure for s in shown(side, "2c")}


def _together(side: Side, figure: int, pictures: Pictures) -> int:
    """Count transformed pictures in one figure."""
    arrays = [plane(s.array) for s in shown(side, "2c") if s.figure == figure]
    return sum(any(same_picture(p.array, a) for a in arrays) for p in pictures.made)


def _foreign(pictures: Pictures) -> str:
    if not pictures.foreign:
        return ""
    return " Andere Bilder wurden gefunden, sie stammen aber nicht von oct_drusen.jpeg."


def _details(pictures: Pictures) -> dict[str, Any]:
    return {
        "pictures": [
            {
                "names": p.names,
                "steps": [{"kind": s.kind, "amount": s.amount} for s in p.what.steps],
                "visible": p.what.visible,
                "shown": p.shown,
                "confidence": p.what.confidence,
            }
            for p in pictures.made
        ],
        "copies": pictures.copies,
        "foreign": pictures.foreign,
    }
