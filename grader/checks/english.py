"""English answers read with German rubrics: a dictionary of the words that rubrics ask for.

``englisch.toml`` beside the rubrics holds it::

    [words]
    layer = ["Schicht"]
    "step size" = ["Schrittweite"]

A word of an English text is then found under its German forms as well. Texts that are not English
are left alone: "die", "not" and "also" mean something else there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import simplemma

from grader.checks.words import word_forms

__all__ = ["NO_ENGLISH", "Lexicon", "is_english"]

_COMMON = frozenset(
    "the of and is are was were to that with which because it this these be been not for would can"
    " cannot could has have from they their we so if when then while than by on or but as at only"
    " no each into its does do between how too our you without".split()
)
# Some of them are German words too, or stand in terms that German texts use.
_ENOUGH = 0.22
_FEW_WORDS = 4
_LONGEST = 3


@dataclass(frozen=True, eq=False)
class Lexicon:
    """English words and expressions with what they mean: folded German forms."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def forms(self, written: Sequence[str], at: int) -> tuple[frozenset[str], int]:
        """Return the German forms of the expression that begins at a word, and its length.

        The longest known expression wins; an unknown word has no forms and length 1.
        """
        for length in range(min(_LONGEST, len(written) - at), 0, -1):
            words = [w.lower() for w in written[at : at + length]]
            for last in dict.fromkeys((words[-1], _lemma(words[-1]))):
                meant = self.words.get(" ".join([*words[:-1], last]))
                if meant:
                    return frozenset().union(*(word_forms(m) for m in meant)), length
        return frozenset(), 1


NO_ENGLISH = Lexicon()


def is_english(words: Sequence[str]) -> bool:
    """Tell whether a text is English by its commonest words."""
    if len(words) < _FEW_WORDS:
        return False
    common = sum(word.lower() in _COMMON for word in words)
    return common >= _ENOUGH * len([w for w in words if re.match(r"[^\W\d]", w)])


@lru_cache(maxsize=5_000)
def _lemma(word: str) -> str:
    return str(simplemma.lemmatize(word, lang="en"))
