"""Sentences that address whoever (or whatever) grades, instead of answering the question."""

from __future__ import annotations

import re

__all__ = ["addressing_ranges", "addressing_sentence"]

_GAP = r"[^.!?\n]{0,50}?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override)\b{_GAP}\b(?:previous|prior|above|earlier|preceding"
        rf"|all)\b{_GAP}\b(?:instructions?|prompts?|rules?|rubrics?|guidelines?)\b",
        rf"\b(?:give|award|grant|assign)\b{_GAP}\b(?:full|maximum|highest)\s+"
        r"(?:points|marks|scores?|credit|grade)\b",
        r"\b(?:dear|attention|note to(?: the)?|message (?:to|for)(?: the)?)\s+"
        r"(?:ai|llm|grader|grading\s+\w+|autograder|bot|language model)\b",
        rf"\byou are (?:now )?(?:a|an|the)\b{_GAP}\b(?:grader|grading|language model|ai)\b",
        rf"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|übergeh\w*)\b{_GAP}"
        r"\b(?:anweisung\w*|instruktion\w*|vorgaben?|bewertungs\w+|regeln|prompts?)\b",
        rf"\b(?:gib|geben sie|gebt|vergib|vergeben sie|erteile\w*|bewerte\w*)\b{_GAP}"
        r"\b(?:voller?|volle|vollen|maximale\w*|höchste\w*|bestmögliche\w*)\s+"
        r"(?:punkte?|punktzahl|punkten|note|bewertung)\b",
        rf"\bbitte\b{_GAP}\b(?:volle|maximale|höchste)\s+(?:punkte|punktzahl)\b",
        # With the sign that follows a form of address: one may hand something over "an die KI".
        r"(?:^|[.!?\n>])\W{0,9}(?:an|hinweis an|nachricht an|liebe|lieber|achtung)\s+"
        r"(?:die |den |das |alle )?"
        r"(?:ki|bewertungs(?:ki|system|programm|skript)|korrektor(?:in)?|sprachmodell|autograder)"
        r"\s*[:,!–-]",
        rf"\bdu bist\b{_GAP}\b(?:korrektor|bewerter|prüfer|sprachmodell|ki)\b",
        rf"\bmit\s+(?:voller|maximaler|höchster)\s+(?:punktzahl|note)\b{_GAP}\bbewert\w*",
        r"<\|\w{2,20}\|>|\[/?INST\]",
    )
)
_SHOWN = 140


def addressing_ranges(text: str) -> list[tuple[int, int]]:
    """Find the sentences of a text that address the grading, in order, without overlap."""
    found = set()
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = max(text.rfind(sign, 0, match.start()) for sign in ".!?\n") + 1
            ends = [i for sign in ".!?\n" if (i := text.find(sign, match.end())) >= 0]
            found.add((start, min(ends, default=len(text) - 1) + 1))
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def addressing_sentence(text: str) -> str:
    """Return the first sentence of a text that addresses the grading; "" if there is none."""
    for start, end in addressing_ranges(text)[:1]:
        sentence = " ".join(text[start:end].split())
        return sentence if len(sentence) <= _SHOWN else sentence[: _SHOWN - 1] + "…"
    return ""
