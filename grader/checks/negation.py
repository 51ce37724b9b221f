"""Which words of a text a negation reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from grader.checks.sentences import NEGATORS, is_negator

__all__ = ["Word", "negations"]

_FORWARD = {"ohne", "statt", "anstatt", "anstelle", "without", "instead"}
_FORWARD_REACH = 5
_NO_REACH = ("nur", "zuletzt", "only", "umsonst")
_THAT = {"dass", "daß", "that"}
_TRUE = re.compile(
    r"stimmt|wahr|richtig|korrekt|heißt|heisst|bedeutet|so|true|correct|case|mean|means"
)
_FALSE = re.compile(
    r"falsch\w*|irrtum|irrig\w*|unwahr|trugschluss|unsinn|quatsch|wrong|false|untrue|incorrect"
)


class Word(Protocol):
    """What is asked of a word: its writing and where it stands."""

    @property
    def text(self) -> str:
        """As written."""

    @property
    def sentence(self) -> int:
        """Number of its sentence."""

    @property
    def clause(self) -> int:
        """Number of its clause."""


def negations(tokens: Sequence[Word], negators: set[int]) -> list[bool]:
    """Tell for each word whether a negation of its clause reaches it.

    ``nicht`` and ``nie`` reach their whole clause, ``kein`` what follows it there, ``ohne`` and
    ``statt`` the next words; "nicht nur" negates nothing and two negations cancel. "Es stimmt
    nicht, dass …" and "es ist falsch, dass …" turn the next clause round.
    """
    counts = [0] * len(tokens)
    clauses: dict[int, list[int]] = {}
    for i, token in enumerate(tokens):
        clauses.setdefault(token.clause, []).append(i)
    weder = {t.sentence: t.clause for t in tokens if t.text.lower() in ("weder", "neither")}
    for i, token in enumerate(tokens):
        for j in _reach(tokens, i, clauses[token.clause], i in negators, weder):
            counts[j] += 1
    for clause, here in clauses.items():
        before = clauses.get(clause - 1, [])
        if before and _denied(tokens, before, here[0], counts):
            for j in here:
                counts[j] += 1
    return [count % 2 == 1 for count in counts]


def _reach(
    tokens: Sequence[Word], i: int, same: list[int], negator: bool, weder: dict[int, int]
) -> list[int]:
    token = tokens[i]
    lower = token.text.lower()
    after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
    before = tokens[i - 1].text.lower() if i else ""
    other = weder.get(token.sentence, token.clause) != token.clause
    if lower in ("noch", "nor") and other:
        return [j for j in same if j > i]
    if lower in _FORWARD and same[-1] != i:
        return [j for j in same if i < j <= i + _FORWARD_REACH]
    if not negator or (lower in ("nicht", "not") and after in _NO_REACH):
        return []
    if lower in ("nicht", "not") and before in ("oder", "or") and same[-1] == i:
        return []  # "ob es lernt oder nicht"
    if lower == "no" or (lower.startswith("kein") and lower not in NEGATORS):
        return [j for j in same if j > i]
    return same


def _denied(tokens: Sequence[Word], before: list[int], first: int, counts: list[int]) -> bool:
    """Tell whether the clause that begins at ``first`` is said to be untrue by the one before."""
    opening = tokens[first]
    if opening.text.lower() not in _THAT or tokens[before[0]].sentence != opening.sentence:
        return False
    last = before[-3:]
    for i in last:
        word = tokens[i].text.lower()
        if _FALSE.fullmatch(word) and counts[i] % 2 == 0:
            return True
        if _TRUE.fullmatch(word) and counts[i] % 2 == 1:
            return any(is_negator(tokens[j].text) for j in before)
    return False
