"""German text as data: words with lemmas, sentences, clauses, and what is negated.

Every word keeps its offsets in :attr:`Analysis.text`, so that a finding quotes the writer's own
words. Markdown and LaTeX are blanked, not removed: offsets stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

from grader.checks.english import NO_ENGLISH, Lexicon, is_english
from grader.checks.hidden import set_aside
from grader.checks.markup import normalise, plain
from grader.checks.negation import negations
from grader.checks.sentences import clause_numbers, is_negator, sentence_ends
from grader.checks.words import word_forms

__all__ = ["Analysis", "Token", "analyse"]

MAX_CHARACTERS = 20_000
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*(?:\s?%)?(?![^\W\d_]))"
    r"|[sS]\s?&\s?[pP](?!\w)|[∑Σ∂∇](?!\w)"
    r"|[A-Za-z]{2,7}n['’]t\b|[fgφσ]['’′](?=\s*\()"
    r"|[^\W_]+(?:-[^\W\d_][^\W_]*)*-?"
)
_SYMBOLS = {
    "∑": "summe", "σ": "summe", "∂": "ableitung", "partial": "ableitung", "∇": "gradient",
    "nabla": "gradient",
}  # fmt: skip
_COUNTS = {
    "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    "zwanzig", "dreißig", "fünfzig", "hundert", "tausend",
}  # fmt: skip
_HYPHENATED_NOT = re.compile(r"(?i)nicht-?(?=linear)")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number.

    Attributes
    ----------
    start, end : int
        Offsets in :attr:`Analysis.text`.
    forms : frozenset of str
        Folded forms (see :func:`grader.checks.words.word_forms`); numbers also ``#zahl``.
    sentence, clause : int
        Counted through the whole text.
    negated : bool
        Whether a negation reaches it.
    """

    text: str
    start: int
    end: int
    forms: frozenset[str]
    sentence: int
    clause: int
    negated: bool = False


@dataclass(frozen=True)
class Analysis:
    """A text and its words in order.

    Attributes
    ----------
    unseen, addressed : tuple of str
        What was set aside (:mod:`grader.checks.hidden`): its words are not among the tokens.
    """

    text: str
    tokens: tuple[Token, ...]
    unseen: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()

    def quote(self, first: int, last: int, limit: int = 160) -> str:
        """Return the writer's words from token ``first`` to token ``last`` on one line."""
        written = self.text[self.tokens[first].start : self.tokens[last].end]
        line = " ".join(written.split())
        return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"

    @cached_property
    def vocabulary(self) -> dict[tuple[frozenset[str], str], list[int]]:
        """Positions of each different word, by its forms and its writing."""
        places: dict[tuple[frozenset[str], str], list[int]] = {}
        for index, token in enumerate(self.tokens):
            places.setdefault((token.forms, token.text), []).append(index)
        return places

    @property
    def words(self) -> int:
        """Number of words and numbers."""
        return len(self.tokens)

    @property
    def sentences(self) -> int:
        """Number of sentences that hold a word."""
        return len({t.sentence for t in self.tokens})


@lru_cache(maxsize=512)
def analyse(text: str, lexicon: Lexicon = NO_ENGLISH) -> Analysis:
    """Split a text into words that know sentence, clause and negation.

    Of a longer text the first 20,000 characters are read. With a lexicon the words of an English
    text are found under their German meaning, too.
    """
    aside = set_aside(text[:MAX_CHARACTERS])
    text = normalise(aside.text)
    bare = plain(text)
    found = list(_TOKEN.finditer(bare))
    words = [m.group().strip() for m in found]
    english = bool(lexicon.words) and is_english(words)
    ends = sentence_ends(text, bare)
    sentences = [bisect_right(ends, m.start()) for m in found]
    clauses = clause_numbers(bare, found, sentences, english=english)
    meanings = _meanings(words, lexicon) if english else {}
    tokens = [
        Token(w, m.start(), m.end(), _forms(m) | meanings.get(i, frozenset()), s, c)
        for i, (w, m, s, c) in enumerate(zip(words, found, sentences, clauses, strict=True))
    ]
    tokens, open_negators = _join_not(tokens)
    negated = negations(tokens, open_negators)
    marked = [
        Token(t.text, t.start, t.end, t.forms, t.sentence, t.clause, n)
        for t, n in zip(tokens, negated, strict=True)
    ]
    return Analysis(text, tuple(marked), aside.unseen, aside.addressed)


def _meanings(words: list[str], lexicon: Lexicon) -> dict[int, frozenset[str]]:
    """Return the German forms of the words of an English text that the lexicon knows."""
    meanings: dict[int, frozenset[str]] = {}
    i = 0
    while i < len(words):
        forms, length = lexicon.forms(words, i)
        for k in range(i, i + length):
            meanings[k] = forms
        i += length
    return meanings


def _forms(match: re.Match[str]) -> frozenset[str]:
    word = match.group().strip()
    if match.group("number"):
        return _number_forms(word, match.string[match.end() : match.end() + 9])
    if word.lower() in _SYMBOLS:
        return frozenset({_SYMBOLS[word.lower()]})
    if word[-1] in "'’′":  # f'(x)
        return frozenset({"ableitung", word.lower()})
    if "&" in word:
        return frozenset({"s&p"})
    forms = set(word_forms(word))
    if word.lower() in _COUNTS:
        forms.add("#anzahl")
    parts = [p for p in word.split("-") if p]
    if len(parts) > 1:
        forms |= word_forms("".join(parts))
        for part in parts:
            forms |= word_forms(part)
    bare = re.fullmatch(r"([^\W\d_]{2,})(\d{1,2})", word)
    if bare:  # "Bild1", "Map2"
        forms |= word_forms(bare.group(1)) | {bare.group(2)}
    return frozenset(forms)


def _number_forms(word: str, after: str) -> frozenset[str]:
    digits = word.rstrip("% ").strip()
    forms = {digits.replace(",", "."), "#zahl"}
    share = word.endswith("%") or after.lower().lstrip().startswith("prozent")
    if share or re.fullmatch(r"0[.,]\d+|1[.,]0+", digits):
        forms.add("#anteil")
    elif digits.isdigit():
        forms.add("#anzahl")
    return frozenset(forms)


def _join_not(tokens: list[Token]) -> tuple[list[Token], set[int]]:
    """Make "nicht linear" and "nicht-linear" the word "nichtlinear"; return negators left."""
    joined = list(tokens)
    negators = {i for i, t in enumerate(tokens) if is_negator(t.text)}
    for i, token in enumerate(tokens):
        follows = i > 0 and tokens[i - 1].text.lower() == "nicht"
        if token.text.lower().startswith("linear") and follows:
            forms = word_forms("nicht" + token.text.lower())
            joined[i] = Token(
                token.text, token.start, token.end, forms, token.sentence, token.clause
            )
            negators.discard(i - 1)
        elif _HYPHENATED_NOT.match(token.text):
            word = token.text.replace("-", "")
            joined[i] = Token(
                token.text, token.start, token.end, word_forms(word), token.sentence, token.clause
            )
    return joined, negators
