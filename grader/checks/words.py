"""Is this written word that rubric word? Lemmas, compounds, typing errors, opposites.

Words are compared *folded*: lower case, ``ä`` as ``ae``, ``ß`` as ``ss``. A pattern is one of

========== ==========================================================================
``wort``    any inflection; as first or last part of a compound; with typing errors
``=wort``   any inflection, nothing else
``wort*``   begins with it; ``*wort`` ends with it; ``*wort*`` holds it
``#zahl``   a number; ``#anteil`` a share (``98 %``, ``0,98``); ``#anzahl`` a whole number
========== ==========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import simplemma
from rapidfuzz.distance import OSA

__all__ = ["How", "Matches", "Pattern", "fold", "match_word", "matches_of", "word_forms"]

How: TypeAlias = Literal["exact", "compound", "fuzzy"]

_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e"})
# Of so many words it is remembered how they answer to a pattern.
_MOST_WORDS = 2000
_ENDINGS = ("innen", "en", "er", "es", "em", "e", "n", "s")
_NEGATING = ("un", "nicht", "non", "anti", "miss", "fehl", "in", "ent")
_NOT_NEGATING = ("unter", "univers", "uns", "input", "info", "intens", "inter", "inner")
# A part followed by one of these is no compound of that part, or says the opposite.
_DERIVED = re.compile(r"(ung|ungen|lich|los|lose|loser|loses|losen|frei|freie|freien|arm|bar)")
# A typing error never turns one of these beginnings into its counterpart.
_OPPOSITES = (
    ("ueber", "unter"), ("ober", "unter"), ("ein", "aus"), ("input", "output"), ("kon", "di"),
    ("vor", "rueck"), ("maxim", "minim"), ("hoch", "tief"), ("posi", "nega"), ("auf", "ab"),
    ("horizontal", "vertikal"), ("ver", "er"), ("be", "ent"), ("ver", "ent"),
)  # fmt: skip


_LOOKALIKES = [set(pair) for pair in ("il", "i1", "l1", "o0", "b8", "s5", "vu")]
_LONG = 9


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rubric word; ``text`` is folded, ``forms`` its inflection-free forms."""

    text: str
    kind: Literal["word", "same", "begins", "ends", "holds", "number"]
    forms: frozenset[str]

    @classmethod
    def parse(cls, written: str) -> Pattern:
        """Read one pattern as written in a rubric.

        Raises
        ------
        ValueError
            If nothing is left of it.
        """
        core = written.strip("=*")
        if not core or set(core) & set("!~<>*="):
            raise ValueError(f"unlesbares Wortmuster {written!r}")
        if core.startswith("#"):
            return cls(core, "number", frozenset({core}))
        if written.startswith("="):
            return cls(fold(core), "same", word_forms(core))
        if written.startswith("*") and written.endswith("*"):
            return cls(fold(core), "holds", frozenset())
        if written.startswith("*"):
            return cls(fold(core), "ends", frozenset())
        if written.endswith("*"):
            return cls(fold(core), "begins", frozenset())
        return cls(fold(core), "word", word_forms(core))


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Lower case without umlauts and sharp s."""
    return word.lower().translate(_FOLD)


@lru_cache(maxsize=50_000)
def word_forms(word: str) -> frozenset[str]:
    """Folded forms under which a written word is found: itself, its lemma, bare stems."""
    forms = {fold(word)}
    known = False
    for spelling in _spellings(word):
        for variant in {spelling, spelling.lower(), spelling.capitalize()}:
            if simplemma.is_known(variant, lang="de"):
                known = True
                lemma = simplemma.lemmatize(variant, lang="de")
                if not _other_word(spelling, variant, lemma):
                    forms.add(fold(lemma))
    if not known:
        forms.add(fold(simplemma.lemmatize(word, lang="de", greedy=True)))
        stem = fold(word)
        forms |= {stem[: -len(e)] for e in _ENDINGS if stem.endswith(e) and len(stem) - len(e) > 4}
    return frozenset(forms)


def _other_word(written: str, variant: str, lemma: str) -> bool:
    """Tell whether a variant is a verb that only looks like the noun that was written.

    "Gewichte" is no form of "gewichten", "Gerät" none of "geraten".
    """
    if not written[:1].isupper() or not variant[:1].islower() or not lemma.endswith("n"):
        return False
    noun = simplemma.lemmatize(written, lang="de")
    return noun[:1].isupper() and lemma != variant


@lru_cache(maxsize=50_000)
def is_known(word: str) -> bool:
    """Tell whether the dictionary has the word: then it is no typing error of another."""
    return any(
        simplemma.is_known(variant, lang="de")
        for spelling in _spellings(word)
        for variant in (spelling, spelling.lower(), spelling.capitalize())
    )


def _spellings(word: str) -> Iterator[str]:
    yield word
    umlauts = re.sub(r"([aou])e", lambda m: "äöü"["aou".index(m.group(1))], word.lower())
    if umlauts != word.lower():
        yield umlauts


class Matches(dict[tuple[frozenset[str], str], "How | None"]):
    """How words (their forms, and themselves) answer to one pattern; each is looked at once.

    A dictionary, since asking one is many times faster than hashing the pattern for each word.
    """

    def __init__(self, pattern: Pattern) -> None:
        super().__init__()
        self.pattern = pattern

    def __missing__(self, word: tuple[frozenset[str], str]) -> How | None:
        if len(self) >= _MOST_WORDS:
            self.clear()
        how = self[word] = match_word(self.pattern, *word)
        return how


@lru_cache(maxsize=20_000)
def matches_of(pattern: Pattern) -> Matches:
    """Return what is known about a pattern; it grows as words are asked for."""
    return Matches(pattern)


def match_word(pattern: Pattern, forms: frozenset[str], written: str) -> How | None:
    """Tell how a written word (its forms, and itself) answers to a pattern, if at all."""
    if pattern.kind == "number":
        return "exact" if pattern.text in forms else None
    if pattern.kind in ("begins", "ends", "holds"):
        if any(_affix(pattern, form) for form in forms):
            return "exact"
        return "fuzzy" if pattern.kind == "begins" and _near_stem(pattern.text, written) else None
    if pattern.forms & forms:
        return "exact"
    if pattern.kind == "same":
        return None
    if any(_part_of(pattern.text, form) for form in forms):
        return "compound"
    return "fuzzy" if _near(pattern.text, written) else None


def _affix(pattern: Pattern, form: str) -> bool:
    if pattern.kind == "begins":
        return form.startswith(pattern.text)
    if pattern.kind == "holds":
        return pattern.text in form
    return form.endswith(pattern.text) and not _negating(form[: -len(pattern.text)])


def _part_of(part: str, form: str) -> bool:
    if form.endswith("-"):  # "Test- und Trainingsdaten": the first stands for "Testdaten"
        return len(form) > 3 and part.startswith(form[:-1])
    rest = len(form) - len(part)
    if rest < 3 or len(part) < 4 or part not in form:
        return False
    if form.endswith(part) and not _negating(form[:rest]):
        return True
    return form.startswith(part) and not _DERIVED.fullmatch(form[len(part) :])


def _negating(beginning: str) -> bool:
    return beginning.startswith(_NEGATING) and not beginning.startswith(_NOT_NEGATING)


def _near(word: str, written: str) -> bool:
    if len(word) < 5 or len(written) < 5:
        return False
    form = fold(written)
    limit = _tolerance(len(word))
    near = _close(word, form, limit)
    if not near and len(word) >= 6 and len(form) - len(word) >= 3:
        limit = min(limit, 1)
        n = len(word)
        parts = (form[:n], form[: n - 1], form[-n:], form[-n + 1 :])
        near = any(_close(word, part, limit) for part in parts)
    return near and not is_known(written) and not _clash(word, form)


def _near_stem(stem: str, written: str) -> bool:
    if len(stem) < 5 or len(written) < 5:
        return False
    form = fold(written)
    limit = 1 if len(stem) < 9 else 2
    lengths = range(len(stem) - 1, len(stem) + 2)
    near = any(_close(stem, form[:n], limit) for n in lengths)
    return near and not is_known(written) and not _clash(stem, form)


def _close(word: str, form: str, limit: int) -> bool:
    """Tell whether two words differ by few letters; short ones never by the first.

    Nobody mistypes the first letter of a short word, but a scanner may misread it.
    """
    first = word[:1] == form[:1] or {word[:1], form[:1]} in _LOOKALIKES
    return (first or len(word) >= _LONG) and OSA.distance(word, form, score_cutoff=limit) <= limit


def _tolerance(length: int) -> int:
    return 1 if length < 8 else 2 if length < 13 else 3


def _clash(a: str, b: str) -> bool:
    """Tell whether two words differ in what makes them opposites."""
    if _negating(a) != _negating(b):
        return True
    return any(
        (a.startswith(p) and b.startswith(q) and not a.startswith(q) and not b.startswith(p))
        or (a.startswith(q) and b.startswith(p) and not a.startswith(p) and not b.startswith(q))
        for p, q in _OPPOSITES
    )
