"""Task 2c: three transformations that suit OCT, recognised from the pictures themselves."""

from __future__ import annotations

import re
from typing import Any

from grader.checks import Context, Outcome, Side, check, failed, partial, passed
from grader.checks.images import plane, same_picture, shown

from .augmentation_grades import described, judge, own_steps, reasoned_for
from .pictures import (
    Picture,
    Pictures,
    called,
    distinct,
    method,
    pictures_of,
    saved_pictures,
)

_WANTED = 3
# What a combination is worth of which one part suits and another is wrong.
_PARTLY = 0.25


@check("2c.count")
def count(ctx: Context) -> Outcome:
    """Es wurden drei verschiedene Verfahren angewendet."""
    pictures = pictures_of(ctx)
    methods = pictures.methods
    details = _details(pictures)
    names = ", ".join(described(p) for p in methods.values())
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
    judged = [judge(p, own_steps(kind, p, standing)) for kind, p in standing.items()]
    worth = {"suits": 1.0, "defensible": 0.5, "wrong": 0.0}
    total = 0.0
    sentences = []
    for entry in judged:
        reasoned = entry.grade == "defensible" and reasoned_for(entry.picture, written)
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
    details = _details(pictures) | {"grades": {described(j.picture): j.grade for j in judged}}
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


def _confidence(side: Side, chosen: list[Picture]) -> float:
    confidence = min((p.what.confidence for p in chosen), default=1.0)
    kinds = {k for p in chosen for k in method(p).split("+")}
    if kinds - called(side):
        confidence = min(confidence, 0.7)
    return min(confidence, 0.6) if len(chosen) > _WANTED else confidence


# ------------------------------------------------------------------ shown and saved


def _stored(side: Side, pictures: Pictures) -> tuple[int, str]:
    """Count saved pictures, up to three, and say what went wrong."""
    saved = saved_pictures(side, pictures)
    remark = ""
    if len(saved.originals) > 1:
        remark = "Mehr als einmal ist das unveränderte Ausgangsbild gespeichert."
    if saved.blank:
        remark = (
            "Eine gespeicherte Datei ist leer: Nach plt.show() ist die Abbildung geschlossen, "
            "plt.savefig() muss davor stehen."
        )
    number = len(saved.full)
    if not number and not saved.originals:
        number = _names_saved(side)
    if any(f.path.lower().endswith(".npz") for f in saved.full):
        # One archive holds them all.
        number = max(number, len(pictures.methods))
    one_figure = max((_together(side, n, pictures) for n in _figures(side)), default=0)
    if side.calls("2c", "savefig") and saved.full and one_figure > number:
        number = one_figure
    return min(number, _WANTED), remark


def _names_saved(side: Side) -> int:
    """Count the files that ``imsave`` wrote; what overwrites another is none more."""
    named = (call.args.get("fname") for call in side.calls("2c", "imsave"))
    return len({str(n.scalar) if n and n.scalar else f"#{i}" for i, n in enumerate(named)})


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
