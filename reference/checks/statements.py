"""Statements of a group compared with its own evidence: accuracies (1c), diagnoses (3a).

Only what the evidence contradicts is named, as an observation; a rounding difference, another run's
scatter, or a training that is no longer in the notebook never is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from grader.checks import Outcome, Side
from grader.checks.arrays import numbers
from grader.checks.predictions import outputs

from .digit_data import TASK, fits

__all__ = ["accuracy_remark", "claimed_accuracies", "knee_remark", "remarked"]

_SCATTER = 0.07  # between the group's training and its repetition
_DOUBTFUL = 0.4
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_VALUE = re.compile(
    r"(?<![\w.,])(?:(?P<percent>\d{1,2}(?:[.,]\d+)?)\s?(?:%|\\%|prozent(?!p))"
    r"|(?P<share>[01][.,]\d{1,4})(?![\d%]|[.,]\d))",
    re.IGNORECASE,
)
_ACCURACY = re.compile(r"genauigkeit|accuracy|\bacc\b|erkenn|richtig|korrekt|erreich|quote", re.I)
_OTHER = re.compile(
    r"lernrate|learning|dropout|momentum|rate\b|zufall|raten\b|geraten|würfel|prozentpunkt|"
    r"\bnicht\b|\bkein|wäre|würde|sollte|könnte|mensch|testdaten|testbild|\btest|valid",
    re.IGNORECASE,
)
_LOSS = re.compile(r"loss|verlust|fehler(?:funktion|wert)?\b|kosten", re.IGNORECASE)
_DIFFERENCE = re.compile(r"(?:\bum|unterschied\w*(?: von)?|über|unter|mindestens)\s*\S*\s*$", re.I)
_KEYS = re.compile(r"(?:val_)?(?:\w*_)?acc(?:uracy)?")

_CLAUSE = re.compile(
    r",|\bund\b|\baber\b|\bwährend\b|\bobwohl\b|\bdoch\b|\bjedoch\b|:(?!\s*\w+\s*$)"
)
_ORDINAL_END = (
    r"[rsnm]?(?=\s*(?:bild|knie|aufnahme|mrt|scan|als|für|ist|wird|wurde|dagegen|hingegen|$))"
)
_KNEES = (
    re.compile(rf"\b(?:bild|knie|aufnahme)[\s_]*(?:1|eins)\b|\berste{_ORDINAL_END}", re.I),
    re.compile(rf"\b(?:bild|knie|aufnahme)[\s_]*(?:2|zwei)\b|\bzweite{_ORDINAL_END}", re.I),
)
_HEALTHY = re.compile(r"\bgesund|\bhealthy|\bunauffällig|\bnormal(?!er)", re.IGNORECASE)
_ABNORMAL = re.compile(r"krank|abnorm|(?<!un)auffällig|patholog|verletz|geschädigt", re.IGNORECASE)
_UNSAID = re.compile(
    r"\b(?:nicht|kein\w*|wäre|würde|müsste|sollte|hätte|statt|anstatt|angeblich|nie)\b|\?", re.I
)


def remarked(outcome: Outcome, remark: str) -> Outcome:
    """Add an observation to a text's outcome and lower the confidence, so that it is read first."""
    if not remark or outcome.status != "needs_review":
        return outcome
    return replace(
        outcome,
        message=f"{outcome.message} {remark}".strip(),
        confidence=min(outcome.confidence, _DOUBTFUL),
        details={
            **outcome.details,
            "contradiction": " ".join(
                filter(None, (str(outcome.details.get("contradiction", "")), remark))
            ),
        },
    )


# ------------------------------------------------------------------ 1c: accuracies


def claimed_accuracies(text: str) -> list[float]:
    """Return the training accuracies in [0, 1] that a text states, without repetitions."""
    found: list[float] = []
    for sentence in _SENTENCE.split(text):
        for start, part in _parts(sentence):
            if _OTHER.search(part):
                continue
            for match in _VALUE.finditer(part):
                before = part[: match.start()]
                if _DIFFERENCE.search(before) or _LOSS.search(before[-25:]):
                    continue
                if match["share"] and not _ACCURACY.search(sentence[: start + len(part)]):
                    continue
                written = (match["percent"] or match["share"]).replace(",", ".")
                value = float(written) / (100 if match["percent"] else 1)
                if value <= 1 and value not in found:
                    found.append(value)
    return found


def _parts(sentence: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in re.finditer(r",\s|\baber\b|\bwährend\b|$", sentence):
        yield start, sentence[start : match.start()]
        start = match.end()


def accuracy_remark(side: Side, text: str) -> str:
    """Name accuracies that no recorded training of task 1c comes near; "" if there are none."""
    trainings = [call for call, _ in fits(side)]
    series = [
        [v for name, held in c.history.items() if _KEYS.fullmatch(name) for v in held]
        for c in trainings
    ]
    if not series or not all(series):
        return ""
    reached = [v for held in series for v in held if v is not None and np.isfinite(v)]
    for call in side.calls(TASK, "evaluate"):
        result = numbers(side, TASK, call.result)
        reached += [] if result is None else result.reshape(-1).tolist()[1:]
    claims = claimed_accuracies(text)
    off = [c for c in claims if all(abs(c - r) > _SCATTER for r in reached)]
    # More accuracies than trainings: a configuration was overwritten by the next one.
    if not off or (len(claims) > len(trainings) and len(off) < len(claims)):
        return ""
    listed = " und ".join(f"{100 * c:g} %".replace(".", ",") for c in off[:2])
    return (
        f"Beobachtung: Die genannte Genauigkeit ({listed}) kam in den aufgezeichneten Trainings "
        "nicht vor; vergleichen Sie Text und Ausgabe."
    )


# ------------------------------------------------------------------ 3a: which knee


def knee_remark(side: Side, text: str) -> str:
    """Name a knee that the text calls healthy though neither network nor finding says so."""
    found = next((held for _, held in outputs(side, "3a-predict", 2) if len(held) >= 2), None)
    if found is None:
        return ""
    says = found[:2].argmax(axis=1)
    for sentence in re.split(r"(?<=[.!?;])\s+|\n", text):
        if "?" in sentence:
            continue
        for clause in _CLAUSE.split(sentence):
            knees = [i for i, pattern in enumerate(_KNEES) if pattern.search(clause)]
            healthy = _HEALTHY.search(clause) and not _ABNORMAL.search(clause)
            if len(knees) == 1 and healthy and not _UNSAID.search(clause) and says[knees[0]] == 1:
                return (
                    f"Beobachtung: Bild {knees[0] + 1} wird als gesund bezeichnet; das passt weder "
                    "zur Ausgabe Ihres Netzes noch zum Befund. Prüfen Sie, welches Bild zu welcher "
                    "Zeile gehört und welche Klasse argmax meint."
                )
    return ""
