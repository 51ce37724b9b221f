"""German text as data: words with lemmas, sentences, clauses, and what is negated.

Every word keeps its offsets in :attr:`Analysis.text`, so that a finding quotes the writer's own
words. Markdown and LaTeX are blanked, not removed: offsets stay.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from grader.checks.words import word_forms

__all__ = ["Analysis", "Token", "analyse", "normalise", "plain"]

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_BLANKED = [
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"!\[[^\]]*\]\([^)]*\)"),
    re.compile(r"(?<=\])\([^)\s]*\)"),
    re.compile(r"</?[A-Za-z][^<>]{0,200}>"),
    re.compile(r"^[ \t]*(?:```|~~~).*$", re.M),
    re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}[-:| \t]*$", re.M),
    re.compile(r"^[ \t]*(?:[-*+•]|\d{1,2}[.)]|[a-h]\))(?=[ \t])", re.M),
    re.compile(r"^[ \t]*(?:#{1,6}|>)(?=[ \t])", re.M),
    re.compile(r"\\(?:cdot|left|right|mathrm|text|frac|quad|partial|vec|hat|mathbf)\b"),
    re.compile(r"[*`$\\{}\[\]|~]|(?<!\w)_|_(?!\w)"),
]
_ITEM = re.compile(r"^[ \t]*(?:[-*+•|#>]|\d{1,2}[.)]|[a-h]\))", re.M)
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*(?:\s?%)?(?![^\W\d_]))"
    r"|[sS]\s?&\s?[pP](?!\w)|[∑Σ∂∇](?!\w)"
    r"|[^\W_]+(?:-[^\W\d_][^\W_]*)*-?"
)
_SYMBOLS = {"∑": "summe", "σ": "summe", "∂": "ableitung", "∇": "gradient"}
_SHORT = {
    "z", "b", "bzw", "ca", "d", "h", "u", "a", "o", "usw", "etc", "evtl", "ggf", "sog", "vgl", "nr",
    "def", "inkl", "max", "min", "abb", "bsp", "mind", "s", "i", "e", "v", "r", "allg", "ggü", "dh",
}  # fmt: skip
_CLAUSE = re.compile(r"[,;:()–—→]|\s-\s|->|=>")
_OPENERS = {
    "und", "aber", "sondern", "denn", "doch", "jedoch", "weil", "dass", "sodass", "wenn", "falls",
    "während", "obwohl", "da", "damit", "dagegen", "hingegen", "wohingegen", "sonst", "bzw",
}  # fmt: skip
_NEGATORS = {
    "nicht", "nichts", "nie", "niemals", "weder", "keinesfalls", "keineswegs", "kaum", "not",
    "nirgends", "niemand",
}  # fmt: skip
_FORWARD = {"ohne", "statt", "anstatt", "anstelle"}
_FORWARD_REACH = 5
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


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text and its words in order."""

    text: str
    tokens: tuple[Token, ...]

    def quote(self, first: int, last: int, limit: int = 160) -> str:
        """Return the writer's words from token ``first`` to token ``last`` on one line."""
        written = self.text[self.tokens[first].start : self.tokens[last].end]
        line = " ".join(written.split())
        return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"

    @property
    def words(self) -> int:
        """Number of words and numbers."""
        return len(self.tokens)

    @property
    def sentences(self) -> int:
        """Number of sentences that hold a word."""
        return len({t.sentence for t in self.tokens})


def normalise(text: str) -> str:
    """Compose characters, resolve ligatures, drop invisible characters, unify line ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    text = re.sub(r"(\w)-\n(?=[a-zäöüß])(?!und |oder |bzw)", r"\1", text)
    return _INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u202f", " ")


def plain(text: str) -> str:
    """Blank Markdown, HTML and LaTeX marks of a normalised text: same length, only the words."""
    for pattern in _BLANKED:
        text = pattern.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


@lru_cache(maxsize=512)
def analyse(text: str) -> Analysis:
    """Split a text into words that know sentence, clause and negation."""
    text = normalise(text)
    bare = plain(text)
    ends = _sentence_ends(text, bare)
    found = list(_TOKEN.finditer(bare))
    sentences = [bisect_right(ends, m.start()) for m in found]
    clauses = _clauses(bare, found, sentences)
    tokens = [
        Token(m.group().strip(), m.start(), m.end(), _forms(m), s, c)
        for m, s, c in zip(found, sentences, clauses, strict=True)
    ]
    tokens, open_negators = _join_not(tokens)
    negated = _negations(tokens, open_negators)
    marked = [
        Token(t.text, t.start, t.end, t.forms, t.sentence, t.clause, n)
        for t, n in zip(tokens, negated, strict=True)
    ]
    return Analysis(text, tuple(marked))


def _forms(match: re.Match[str]) -> frozenset[str]:
    word = match.group().strip()
    if match.group("number"):
        return _number_forms(word, match.string[match.end() : match.end() + 9])
    if word.lower() in _SYMBOLS:
        return frozenset({_SYMBOLS[word.lower()]})
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


def _sentence_ends(text: str, bare: str) -> list[int]:
    """Offsets at which a new sentence begins."""
    ends = []
    for match in re.finditer(r"[.!?…]+[\"'“”»)]*(?=\s|$)", bare):
        before = re.search(r"([^\W_]+)$", bare[max(0, match.start() - 20) : match.start()])
        word = before.group(1).lower() if before else ""
        dot = match.group().startswith(".")
        if dot and (word in _SHORT or (word.isdigit() and len(word) < 3)):
            continue
        ends.append(match.end())
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        following = text[end : end + 200]
        wrapped = len(line) >= 60 and following.strip() and not following.startswith("\n")
        if not wrapped or _ITEM.match(following):
            ends.append(end)
        start = end
    return sorted(set(ends))


def _clauses(bare: str, found: list[re.Match[str]], sentences: list[int]) -> list[int]:
    clauses: list[int] = []
    current, size = -1, 0
    for i, match in enumerate(found):
        between = bare[found[i - 1].end() : match.start()] if i else ""
        new = i == 0 or sentences[i] != sentences[i - 1]
        if not new and _CLAUSE.search(between):
            # "nicht: vertikal spiegeln" is one clause
            new = not (":" in between and size <= 3 and _is_negator(found[i - 1].group()))
        if not new and match.group().lower() in _OPENERS and size > 0:
            new = found[i - 1].group()[-1] != "-"
        current, size = (current + 1, 1) if new else (current, size + 1)
        clauses.append(current)
    return clauses


def _is_negator(word: str) -> bool:
    lower = word.lower()
    return lower in _NEGATORS or bool(re.fullmatch(r"kein(e|en|em|er|es|s)?", lower))


def _join_not(tokens: list[Token]) -> tuple[list[Token], set[int]]:
    """Make "nicht linear" and "nicht-linear" the word "nichtlinear"; return negators left."""
    joined = list(tokens)
    negators = {i for i, t in enumerate(tokens) if _is_negator(t.text)}
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


def _negations(tokens: list[Token], negators: set[int]) -> list[bool]:
    """Tell for each word whether a negation of its clause reaches it.

    ``nicht`` and ``nie`` reach their whole clause, ``kein`` what follows it there, ``ohne`` and
    ``statt`` the next words; "nicht nur" negates nothing and two negations cancel.
    """
    counts = [0] * len(tokens)
    clauses: dict[int, list[int]] = {}
    for i, token in enumerate(tokens):
        clauses.setdefault(token.clause, []).append(i)
    weder = {t.sentence: t.clause for t in tokens if t.text.lower() == "weder"}
    for i, token in enumerate(tokens):
        lower = token.text.lower()
        after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
        same = clauses[token.clause]
        if lower == "noch" and weder.get(token.sentence, token.clause) != token.clause:
            reach = [j for j in same if j > i]
        elif lower in _FORWARD and same[-1] != i:
            reach = [j for j in same if i < j <= i + _FORWARD_REACH]
        elif i not in negators or (lower == "nicht" and after in ("nur", "zuletzt")):
            continue
        elif lower.startswith("kein") and lower not in _NEGATORS:
            reach = [j for j in same if j > i]
        else:
            reach = same
        for j in reach:
            counts[j] += 1
    return [count % 2 == 1 for count in counts]
