"""Free texts: control questions and text tasks, judged by the rubrics in ``rubrics/``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks import Check, Context, Outcome, Side, check, failed, review
from grader.checks.answers import ANSWER, NO_ANSWER, Suggestion, judge, message, misplaced, outcome
from grader.checks.context import strip_given
from grader.checks.rubric import Rubric, load_rubric
from grader.errors import NotJudged
from grader.lab import Lab

from .claim_lists import claimed_count
from .claims import (
    claimed_right,
    class_name,
    diagnoses,
    off_by_one,
    saw_features,
    speaks_of_results,
    truly_right,
)
from .configurations import better_remark, same_remark, trained
from .facts import OCT_CLASSES, OCT_TRUTH
from .statements import accuracy_remark, knee_remark, remarked
from .written import doubted, written

_CLAIMS_WEIGHT = 0.5
_WRONG_CAP = 1 / 6
# What is true of every softmax, without a word on the four images.
_GENERAL = 1 / 6
# Values that the output does not show.
_MISREAD = 0.15
# Half of the images' credit to whoever says how many are right, but not which.
_COUNTED = 0.25
# A wrong diagnosis by eye; most for wrong ones, with and without what was seen.
_GUESSED = 0.2
_NEARLY = 0.8
_UNREASONED = 0.6
# An answer that gets at most so much here and at least so much elsewhere stands in a wrong place.
_FOREIGN = 0.25
_FITTING = 0.75
_FEW_WORDS = 6
_OVERSTATED = (
    "Beobachtung: Der Text nennt das Netz vollkommen sicher; die Werte in der Ausgabe sind kleiner."
)


def rubric_of(lab: Lab, check_id: str) -> Rubric:
    """Return the rubric of a check."""
    return load_rubric(lab.folder / "rubrics" / f"{check_id}.toml")


def _recognised(rubric: Rubric) -> Callable[[str], bool]:
    """Return a function that tells whether the rubric knows anything of a text."""

    def knows(text: str) -> bool:
        suggestion = judge(rubric, text)
        return bool(suggestion.found or suggestion.misconceptions)

    return knows


def _suggest(context: Context, check_id: str, slot: str, *comments: str) -> Outcome:
    rubric = rubric_of(context.lab, check_id)
    text = written(context.student, slot, comments=comments, answers=_recognised(rubric))
    return doubted(context, slot, outcome(judge(rubric, text)))


# ------------------------------------------------------------------ control questions


def _question(number: int, sentence: str) -> Check:
    def judged(context: Context) -> Outcome:
        answers = context.student.submission.answers
        if not answers:
            raise NotJudged("Die Antworten auf die Kontrollfragen fehlen oder sind nicht lesbar.")
        text = answers.get(number, "")
        if number <= len(context.lab.questions):
            text = strip_given(text, context.lab.questions[number - 1])
        own = judge(rubric_of(context.lab, f"q{number}"), text)
        return outcome(_beside_others(context.lab, number, own, text))

    judged.__doc__ = sentence
    return check(f"q{number}")(judged)


def _beside_others(lab: Lab, number: int, own: Suggestion, text: str) -> Suggestion:
    """Note which other question an answer fits, if it is far from its own: a slip in numbering."""
    if own.fraction > _FOREIGN or own.words < _FEW_WORDS:
        return own
    others = [n for n in range(1, len(lab.questions) + 1) if n != number]
    fits = {n: judge(rubric_of(lab, f"q{n}"), text).fraction for n in others}
    best = max(fits, key=lambda n: fits[n], default=number)
    return misplaced(own, f"q{best}") if fits.get(best, 0.0) >= _FITTING else own


q1 = _question(1, "Die Antwort nennt die Rechenschritte eines neuronalen Netzes.")
q2 = _question(2, "Die Antwort nennt drei Aktivierungsfunktionen.")
q3 = _question(3, "Die Antwort nennt drei Arten von Schichten.")
q4 = _question(4, "Die Antwort erklärt, was eine lineare Aktivierungsfunktion bewirkt.")
q5 = _question(5, "Die Antwort beschreibt Backpropagation.")
q6 = _question(
    6, "Die Antwort erklärt, warum die Stufenfunktion für Backpropagation ungeeignet ist."
)
q7 = _question(7, "Die Antwort erklärt die Lernrate und beide Fehlgriffe.")
q8 = _question(8, "Die Antwort erklärt Augmentierung und nennt Beispiele.")
q9 = _question(9, "Die Antwort begründet, warum Testdaten nicht ins Training gehören.")
q10 = _question(10, "Die Antwort sagt, womit und woran man die Qualität eines Netzes misst.")
q11 = _question(11, "Die Antwort begründet, warum geschärfte medizinische Bilder riskant sind.")


# ------------------------------------------------------------------ notebook 1


@check("1b.comment")
def comment(context: Context) -> Outcome:
    """Der Kommentar sagt, wie gut das kleine Netz den QRS-Komplex trifft und warum."""
    return _suggest(context, "1b.comment", "1b-comment", "1b-widget")


@check("1c.too_small")
def too_small(context: Context) -> Outcome:
    """Zwei Konfigurationen sind mit Genauigkeit verglichen, ein zu kleines Netz ist benannt."""
    places = ("1c-compare", "1c-second", "1c-training", "1c-model")
    suggested = _suggest(context, "1c.too_small", *places)
    text = context.student.text("1c-compare")
    trainings = trained(context.student)
    for remark in (
        accuracy_remark(context.student, text),
        same_remark(trainings),
        better_remark(trainings, text),
    ):
        suggested = remarked(suggested, remark)
    return suggested


@check("1c.never_100")
def never_100(context: Context) -> Outcome:
    """Die Antwort erklärt an den Bildern, warum 100 % nicht erreichbar sind."""
    return _suggest(context, "1c.never_100", "1c-never100", "1c-ambiguous")


# ------------------------------------------------------------------ notebook 2


@check("2b.diagnosis")
def diagnosis(context: Context) -> Outcome:
    """Zu jedem der vier OCT-Bilder steht eine eigene Diagnose."""
    text = written(
        context.student,
        "2b-diagnosis",
        comments=("2b-show",),
        answers=lambda found: any(label is not None for label in diagnoses(found)),
    )
    if not text.strip():
        return failed(NO_ANSWER)
    found = diagnoses(text)
    named = sum(label is not None for label in found)
    details = {
        ANSWER: text,
        "images": [
            {"image": i + 1, "diagnosis": class_name(label), "right": label == truth}
            for i, (label, truth) in enumerate(zip(found, oct_truth(context), strict=True))
        ],
    }
    right = sum(image["right"] for image in details["images"])
    fraction, remark = _by_eye(named, right, saw_features(text))
    if named == len(found):
        message = " ".join(filter(None, ("Zu jedem Bild steht eine Diagnose.", remark)))
        whole = review(fraction, message, confidence=0.9 if right == named else 0.7, **details)
        return doubted(context, "2b-diagnosis", whole)
    suggested = review(
        fraction,
        f"Diagnosen erkannt: {named} von {len(found)}. Erwartet wird zu jedem Bild eine der vier "
        f"Klassen ({', '.join(OCT_CLASSES)}).",
        confidence=0.4,
        **details,
    )
    return doubted(context, "2b-diagnosis", suggested)


def _by_eye(named: int, right: int, features: bool) -> tuple[float, str]:
    """Return the share of the points for a look at the images, and what to say of it.

    Nobody has to be an ophthalmologist: three of four are enough with what was seen, and an honest
    try is worth something. A class that was only guessed is not worth as much as a right one.
    """
    images = len(OCT_TRUTH)
    fraction = (right + _GUESSED * (named - right)) / images
    if right == named == images:
        return 1.0, ""
    if features:
        return min(fraction, _NEARLY), "Nicht jede stimmt mit dem Befund überein."
    remark = "Nicht jede stimmt mit dem Befund überein, und es fehlt, woran Sie sie erkannt haben."
    return min(fraction, _UNREASONED), remark


def oct_answers(side: Side) -> tuple[int, ...] | None:
    """Return the argmax (0-based) of the student's network for the four images, None if unknown.

    Looks for an output of shape (4, 4), or of more rows of which the first four are meant.
    """
    array = oct_outputs(side)
    return None if array is None else tuple(int(i) for i in np.argmax(array, axis=1))


def oct_outputs(side: Side) -> NDArray[Any] | None:
    """Return the network's four rows for the four images, None if unknown."""
    values = [call.result for call in side.asked("2b-predict")]
    values += [value for _, value in side.made("2b-predict")]
    for value in values:
        if value is None or value.array is None:
            continue
        array = side.array("2b-predict", value.array)
        if array is None or array.ndim != 2 or array.shape[1] != len(OCT_CLASSES):
            continue
        if array.shape[0] >= len(OCT_TRUTH) and array.dtype.kind == "f":
            return np.asarray(array[: len(OCT_TRUTH)])
    return None


def oct_truth(context: Context) -> tuple[int, ...]:
    """Return the right class of each image: what the reference's own diagnosis says."""
    said = diagnoses(context.reference.text("2b-diagnosis"))
    known = tuple(label for label in said if label is not None)
    return known if len(known) == len(said) else OCT_TRUTH


@check("2b.interpretation")
def interpretation(context: Context) -> Outcome:
    """Die Deutung passt zur Ausgabe des eigenen Netzes und liest die Softmax-Werte."""
    rubric = rubric_of(context.lab, "2b.interpretation")
    knows = _recognised(rubric)
    text = written(
        context.student,
        "2b-interpretation",
        comments=("2b-predict",),
        answers=lambda found: knows(found) or bool(claimed_right(found)),
    )
    explained = judge(rubric, text)
    if "empty" in explained.flags:
        return outcome(explained)
    answers = oct_answers(context.student)
    claims = claimed_right(text)
    overstates = _overstates(context.student, text)
    if overstates:
        explained = replace(explained, fraction=min(explained.fraction, _MISREAD))
    if answers is None or not claims:
        counted = answers is not None and claimed_count(text) == sum(
            truly_right(answers, oct_truth(context)).values()
        )
        suggested = _without_claims(explained, answers, speaks_of_results(text), counted)
    else:
        suggested = _compared(explained, answers, claims, oct_truth(context))
    if overstates:
        suggested = remarked(suggested, _OVERSTATED)
    return doubted(context, "2b-interpretation", suggested)


# Only who says so of the network: rows add up to 100 %, and nothing is ever wholly sure.
_WHOLLY_SURE = re.compile(
    r"(?:\b100\s*(?:%|prozent)|hundertprozentig)(?:ig)?\s+(?:\w+\s+){0,2}(?:sicher|überzeugt)"
    r"|genau\s+eine\s+(?:1|eins)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:nicht|nie|niemals|kein\w*|selten)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_HARDLY_SURE = 0.9


def _overstates(outputs: Side, text: str) -> bool:
    """Tell whether a text calls the network wholly sure though some image got no high value."""
    array = oct_outputs(outputs)
    said = _WHOLLY_SURE.search(text)
    if (
        array is None
        or said is None
        or _DENIED.search(text[max(0, said.start() - 40) : said.start()])
    ):
        return False
    return bool(np.median(array.max(axis=1)) < _HARDLY_SURE)


def _without_claims(
    explained: Suggestion, answers: tuple[int, ...] | None, speaks: bool, counted: bool
) -> Outcome:
    why = (
        "Die Ausgabe Ihres Netzes liegt nicht vor; die Aussage über die einzelnen Bilder wird von "
        "Hand beurteilt."
        if answers is None
        else "Welche Bilder das Netz richtig erkannt hat, ließ sich dem Text nicht entnehmen."
    )
    most = 1 - _CLAIMS_WEIGHT if speaks else _GENERAL
    return review(
        min(explained.fraction * (1 - _CLAIMS_WEIGHT) + _COUNTED * counted, most),
        f"{why} {message(explained)}".strip(),
        confidence=0.2,
        **explained.details(),
        network=[class_name(a) for a in answers or ()],
    )


def _compared(
    explained: Suggestion,
    answers: tuple[int, ...],
    claims: dict[int, bool],
    truth: tuple[int, ...],
) -> Outcome:
    true = truly_right(answers, truth)
    agreeing = [i for i in true if claims.get(i) == true[i]]
    shifted = off_by_one(answers, truth)
    is_shifted = all(claims.get(i) == shifted[i] for i in shifted) and shifted != true
    unknown = [i for i in true if i not in claims]
    contradicted = len(agreeing) + len(unknown) < len(true)
    # Half of the images agree by chance, those of which nothing was read included.
    share = max(0.0, 2 * (len(agreeing) + len(unknown) / 2) / len(true) - 1)
    fraction = _CLAIMS_WEIGHT * share + (1 - _CLAIMS_WEIGHT) * explained.fraction
    if 2 * sum(claims.get(i, right) != right for i, right in true.items()) >= len(true):
        # An explanation of what the network did not say is worth little.
        fraction = min(fraction, _WRONG_CAP)
    parts = []
    if share == 1:
        parts.append("Die Aussagen zu den einzelnen Bildern passen zur Ausgabe Ihres Netzes.")
    elif is_shifted:
        parts.append(
            "Die Aussagen passen nicht zur Ausgabe Ihres Netzes: Achten Sie darauf, bei welcher"
            " Zahl argmax und bei welcher die Klassen der Aufgabe zu zählen beginnen."
        )
    elif not contradicted:
        parts.append(
            "Nicht von allen Bildern ließ sich entnehmen, ob das Netz sie richtig erkannt hat."
        )
    else:
        parts.append(
            "Nicht alle Aussagen zu den einzelnen Bildern passen zur Ausgabe Ihres Netzes; "
            "vergleichen Sie sie noch einmal mit den richtigen Diagnosen."
        )
    parts.append(message(explained))
    details = explained.details()
    details["images"] = [
        {
            "image": i + 1,
            "network": class_name(answers[i]),
            "truth": class_name(truth[i]),
            "right": true[i],
            "claimed": claims.get(i),
        }
        for i in true
    ]
    if is_shifted:
        details["misconceptions"].append(
            {"id": "versatz", "label": "Klassen um eins verschoben gezählt", "quote": ""}
        )
    confidence = 0.5 if is_shifted else min(0.8 if share == 1 else 0.5, explained.confidence)
    confidence = min(confidence, 0.3) if unknown else confidence
    return review(fraction, " ".join(p for p in parts if p), confidence=confidence, **details)


@check("2c.reasons")
def reasons(context: Context) -> Outcome:
    """Wahl und Ausschluss der Verfahren sind fachlich begründet."""
    rubric = rubric_of(context.lab, "2c.reasons")
    text = written(
        context.student, "2c-reasons", comments=("2c-apply",), answers=_recognised(rubric)
    )
    beside = context.student.comments("2c-apply")
    if text.strip() and beside not in text:
        text = f"{text}\n\n{beside}"
    return outcome(judge(rubric, text))


# ------------------------------------------------------------------ notebook 3


@check("3a.doubt")
def doubt(context: Context) -> Outcome:
    """Die Antwort sagt, was das Ergebnis für zwei kranke Knie bedeutet."""
    suggested = _suggest(context, "3a.doubt", "3a-credible", "3a-predict")
    return remarked(suggested, knee_remark(context.student, context.student.text("3a-credible")))


@check("3b.reading")
def reading(context: Context) -> Outcome:
    """Beide Heatmaps sind beschrieben und für das Netz gedeutet."""
    return _suggest(context, "3b.reading", "3b-reading", "3b-heatmaps")


@check("3c.watermark")
def watermark(context: Context) -> Outcome:
    """Die Antwort nennt, was die Farbtabellen zeigen, und erklärt damit das Ergebnis des Netzes."""
    return _suggest(context, "3c.watermark", "3c-conclusion", "3c-colormaps")
