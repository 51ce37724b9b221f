"""Sentences that address whoever (or whatever) grades, instead of answering the question."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from grader.checks.context import Side
from grader.messages import problem
from grader.model import Problem

__all__ = ["addressed", "addressing_sentence"]

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
        r"\b(?:an|hinweis an|nachricht an|liebe|lieber|achtung)\s+(?:die |den |das |alle )?"
        r"(?:ki|bewertungs(?:ki|system|programm|skript)|korrektor(?:in)?|sprachmodell|autograder)\b",
        rf"\bdu bist\b{_GAP}\b(?:korrektor|bewerter|prüfer|sprachmodell|ki)\b",
    )
)
_SHOWN = 140


def addressing_sentence(text: str) -> str:
    """Return the first sentence of a text that addresses the grading; "" if there is none."""
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            start = max(text.rfind(sign, 0, match.start()) for sign in ".!?\n") + 1
            ends = [i for sign in ".!?\n" if (i := text.find(sign, match.end())) >= 0]
            sentence = " ".join(text[start : min(ends, default=len(text)) + 1].split())
            return sentence if len(sentence) <= _SHOWN else sentence[: _SHOWN - 1] + "…"
    return ""


def addressed(side: Side) -> tuple[Problem, ...]:
    """Look through texts, code's comments and strings, and outputs of a submission."""
    given = "\n".join(side.given.values())
    found: dict[tuple[str, str, int | None], Problem] = {}
    for where, notebook, cell, text in _texts(side):
        sentence = addressing_sentence(text)
        key = (where, notebook, cell)
        if sentence and sentence not in given and key not in found:
            found[key] = problem(
                "addresses_grader", notebook or None, cell, where=where, text=sentence
            )
    return tuple(found.values())


def _texts(side: Side) -> Iterator[tuple[str, str, int | None, str]]:
    for number, answer in side.submission.answers.items():
        yield f"Die Antwort auf Frage {number}", "", None, answer
    for name, notebook in side.submission.notebooks.items():
        for cell in notebook.cells:
            text = "\n".join(_written(cell.source)) if cell.kind == "code" else cell.source
            yield f"Zelle {cell.index + 1}", name, cell.index, text
    for name, run in side.evidence.notebooks.items():
        for ran in run.cells:
            for output in ran.outputs:
                if output.kind != "error" and output.name != "stderr":
                    yield f"Zelle {ran.index + 1}", name, ran.index, output.text


def _written(source: str) -> Iterator[str]:
    """Comments and strings of a cell."""
    plain = "\n".join("" if line.lstrip()[:1] in "%!" else line for line in source.split("\n"))
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                yield token.string.strip("#\"' ")
    except (tokenize.TokenError, SyntaxError, IndentationError):
        yield from (line.partition("#")[2] for line in source.split("\n") if "#" in line)
