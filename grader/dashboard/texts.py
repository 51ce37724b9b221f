"""Answers as text: recognised words marked, near-identical ones put together.

Two answers are near-identical only if nothing that decides differs: the suggestion is the same, and
so are the negations and numbers. »Ist linear« and »ist nicht linear« are one word apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from rapidfuzz import fuzz, process

from grader.checks.answers import ANSWER
from grader.gradebook.views import Answer

__all__ = ["Concept", "answer_of", "clusters", "concepts", "highlighted", "misconceptions"]

_ALIKE = 94.0
_SHORT = 12
_NEGATION = re.compile(r"\b(?:nicht|nichts|nie|niemals|ohne|weder|kein\w*|nur|un\w{4,})\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Concept:
    """A thought that the rubric looks for; ``number`` links it with marks in the text."""

    number: int
    label: str
    share: float
    quotes: tuple[str, ...]


def answer_of(details: Mapping[str, Any]) -> str | None:
    """Return the text that was judged; None if the result does not hold it."""
    text = details.get(ANSWER)
    return text if isinstance(text, str) else None


def concepts(details: Mapping[str, Any]) -> list[Concept]:
    """Return the rubric's concepts as a result's details name them."""
    found: list[Concept] = []
    entries = details.get("concepts")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            quotes = entry.get("quotes")
            texts = tuple(str(q) for q in quotes) if isinstance(quotes, list) else ()
            share = entry.get("share")
            found.append(
                Concept(
                    len(found) + 1,
                    str(entry.get("label", "")),
                    float(share) if isinstance(share, int | float) else 0.0,
                    texts,
                )
            )
    return found


def misconceptions(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return known misconceptions as (label, quote)."""
    entries = details.get("misconceptions")
    return [
        (str(e.get("label", "")), str(e.get("quote", "")))
        for e in (entries if isinstance(entries, list) else ())
        if isinstance(e, dict)
    ]


# --------------------------------------------------------------------------- marks in a text


def highlighted(text: str, details: Mapping[str, Any]) -> Markup:
    """Return the text as HTML, the quoted words in ``<mark>`` with their concept's number."""
    spans: list[tuple[int, int, str, str, str]] = []
    for concept in concepts(details):
        for quote in concept.quotes:
            spans += [
                (a, b, "found", str(concept.number), concept.label) for a, b in _places(text, quote)
            ]
    for label, quote in misconceptions(details):
        spans += [(a, b, "wrong", "!", f"Denkfehler: {label}") for a, b in _places(text, quote)]
    made, at = Markup(), 0
    # Of marks that overlap the first and longest stays.
    for start, end, kind, sign, label in sorted(spans, key=lambda s: (s[0], -s[1])):
        if start < at:
            continue
        made += escape(text[at:start])
        made += Markup('<mark class="{}" title="{}">{}<sup>{}</sup></mark>').format(
            kind, label, text[start:end], sign
        )
        at = end
    return made + escape(text[at:])


def _places(text: str, quote: str) -> list[tuple[int, int]]:
    words = quote.split()
    if not words:
        return []
    # Quotes hold single blanks where the text may break its lines.
    pattern = r"\s+".join(re.escape(word) for word in words)
    match = re.search(rf"(?<!\w){pattern}(?!\w)", text) or re.search(pattern, text)
    return [match.span()] if match else []


# --------------------------------------------------------------------------- near-identical answers


def clusters(answers: Sequence[Answer]) -> list[list[Answer]]:
    """Put near-identical answers together; the order of first members stays.

    Parameters
    ----------
    answers : sequence of Answer
        Sorted as they shall be looked at. Those without a text stay alone.
    """
    texts = [_plain(answer_of(a.result.details) or "") for a in answers]
    kinds: dict[tuple[object, ...], list[int]] = {}
    for i, (answer, text) in enumerate(zip(answers, texts, strict=True)):
        kinds.setdefault(_deciding(answer, text), []).append(i)
    leader = list(range(len(answers)))
    for members in kinds.values():
        if len(members) > 1:
            _join(members, texts, leader)
    found: dict[int, list[Answer]] = {}
    for i, answer in enumerate(answers):
        found.setdefault(leader[i], []).append(answer)
    return list(found.values())


def _join(members: list[int], texts: Sequence[str], leader: list[int]) -> None:
    own = [texts[i] for i in members]
    scores = process.cdist(own, own, scorer=fuzz.ratio, score_cutoff=_ALIKE, dtype=np.float32)
    for row, i in enumerate(members):
        if leader[i] != i or not own[row]:
            continue
        for column in range(row + 1, len(members)):
            j = members[column]
            # Of a few signs one more or less is another answer.
            alike = scores[row, column] >= _ALIKE and (
                len(own[row]) >= _SHORT or own[row] == own[column]
            )
            if alike and leader[j] == j:
                leader[j] = i


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w%+\-=<>]+", " ", text.casefold()).split())


def _deciding(answer: Answer, text: str) -> tuple[object, ...]:
    """What may not differ between answers that are marked together."""
    details = answer.result.details
    return (
        answer.result.points,
        tuple(c.share for c in concepts(details)),
        tuple(label for label, _ in misconceptions(details)),
        _counted(_NEGATION.findall(text)),
        _counted(_NUMBER.findall(text)),
        bool(text),
    )


def _counted(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(words).items()))
