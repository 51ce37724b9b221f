"""What speaks against trusting a suggestion for a free text, and how far it may be trusted."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["FLAGS", "REMARKS", "UNSURE", "confidence"]

UNSURE = 0.2
"""Confidence of a suggestion that a person has to make up anew."""

FLAGS: Mapping[str, str] = {
    "empty": "keine Antwort",
    "one_word": "Antwort aus einem Wort",
    "very_short": "sehr kurze Antwort",
    "keyword_list": "Stichwörter ohne Satz",
    "hollow": "Begriffe genannt, ohne etwas über sie zu sagen",
    "names_only": "Begriffe aufgezählt, nichts dazu gesagt",
    "negated": "passende Wörter, aber verneint",
    "fuzzy_only": "nur über Schreibfehler hinweg erkannt",
    "little_recognised": "lange Antwort, wenig erkannt",
    "misconception": "bekannter Denkfehler",
    "off_topic": "kein Wort der Frage erkannt",
    "other_question": "passt besser zu einer anderen Frage",
    "hidden_text": "enthält Text, den man im fertigen Dokument nicht sieht; er zählt nicht",
    "addressed": "enthält einen Satz, der sich an die Bewertung richtet; er zählt nicht",
}
REMARKS: Mapping[str, str] = {
    "one_word": "Ein einzelnes Wort genügt nicht, bitte antworten Sie in einem Satz.",
    "keyword_list": "Bitte antworten Sie in ganzen Sätzen statt in Stichwörtern.",
    "hollow": "Begriffe zu nennen genügt nicht; sagen Sie, was es mit ihnen auf sich hat.",
    "names_only": "Die Begriffe sind nur aufgezählt; ergänzen Sie zu jedem, was gefragt ist.",
    "negated": "Passende Begriffe stehen in einer verneinten Aussage; prüfen Sie, ob das so gemeint"
    " ist.",
    "little_recognised": "Ein großer Teil der Antwort ließ sich nicht automatisch zuordnen, hier"
    " entscheidet die Durchsicht von Hand.",
    "other_question": "Die Antwort passt eher zu einer anderen Frage; prüfen Sie, ob sie an der"
    " richtigen Stelle steht.",
    "hidden_text": "Ein Teil des Textes ist im fertigen Dokument nicht zu sehen; er zählt nicht"
    " mit.",
    "addressed": "Ein Satz beantwortet nicht die Frage, sondern richtet sich an die Bewertung; er"
    " zählt nicht mit.",
}
_COST = {"fuzzy_only": 0.15, "negated": 0.2, "very_short": 0.1, "names_only": 0.05}
_MOST = {
    "keyword_list": 0.35,
    "hollow": 0.35,
    "misconception": 0.5,
    "hidden_text": 0.3,
    "addressed": 0.3,
    "other_question": UNSURE,
    "little_recognised": UNSURE,
}
_FULL, _HALF, _LOW = 0.85, 0.7, 0.5
_UNREAD_COST = 0.3


def confidence(fraction: float, flags: Collection[str], unread: float = 0.0) -> float:
    """Return how far a suggestion may be trusted.

    Never over 0.5 for less than half of the points: what looks wrong may be right in words that
    no rubric knows. Only an empty answer is sure to be one.

    Parameters
    ----------
    unread : float
        Share of the answer's sentences in which nothing was recognised.
    """
    if "empty" in flags:
        return 1.0
    if fraction == 0 and not {"misconception", "one_word"} & set(flags):
        return UNSURE
    trust = _FULL if fraction >= 0.99 else _HALF if fraction >= 0.5 else _LOW
    if fraction < 0.99:
        trust -= _UNREAD_COST * unread
    trust -= sum(_COST.get(flag, 0.0) for flag in flags)
    trust = min([trust, *(_MOST[flag] for flag in flags if flag in _MOST)])
    return round(max(trust, 0.1), 2)
