"""How an answer is written: sentences, key words without a sentence, terms that say nothing."""

from __future__ import annotations

import re
from itertools import pairwise

from grader.checks.german import Analysis, Token
from grader.checks.words import fold

__all__ = ["GLUE", "LISTING", "hollow_sentences", "is_keyword_list"]

# Words that only introduce a list.
LISTING = frozenset(
    "gibt es zum beispiel beispielsweise bsp etwa z b u a etc usw sowie unter anderem anderen"
    " verschiedene folgende gebräuchliche häufige bekannte typische gängige wichtige nennen genannt"
    " zählen dazu gehören erstens zweitens drittens drei".split()
)
# What a sentence has and a list of key words has not.
GLUE = frozenset(
    "der die das den dem des ein eine einen einem einer eines ist sind war wird werden wurde kann"
    " können hat haben man es sie er wir ich sich nicht kein keine mit von zu zum zur bei in im auf"
    " aus für durch als wie dass weil wenn und aber oder auch nur nach um an am über dann so"
    " muss soll sollte würde wäre damit daher sonst also dadurch the a an of is are was to with"
    " from by that which it this because and or not no be if then".split()
)
# What is said of terms when nothing is said of them.
_HOLLOW = re.compile(
    r"wichtig\w*|relevant\w*|entscheidend\w*|zentral\w*|wesentlich\w*|rolle\w*|spiel(?:t|en)"
    r"|begriffe?n?|stichw[oö]rte?r?n?|schlagw[oö]rte?r?n?|thema|themen|konzepte?n?|aspekte?n?"
    r"|zusammenhäng\w*|vorkomm\w*|betreff\w*|bedeutsam\w*|bedeutend\w*|bekannt\w*|interessant\w*"
    r"|important|relevant|matters?|crucial|terms?|keywords?|concepts?|role|plays?"
)
_HOLLOW_SIDE = frozenset(
    "groß große großer sehr besonders alles allem immer hier dabei dafür hierbei hierfür sowie etc"
    " usw drei vier folgende diese diesem dieser thema frage geht gibt nennen tun".split()
)
# What holds the steps of a calculation together.
_STEPS = frozenset("mal plus minus dazu drauf darauf danach hinzu zuerst erst statt gegen".split())
_FEWEST_TERMS = 3
_SEPARATOR = re.compile(r"[,;/&+|]|\b(?:und|sowie|oder|and|or)\b")
_SEPARATED = 0.6
_KEYWORDS = 4
_HOLDING = 0.08
_TELEGRAM = 0.3


def is_keyword_list(analysis: Analysis) -> bool:
    """Tell whether hardly a word of the text holds a sentence together.

    Notes such as "Fehler berechnen, Gewichte anpassen" say something in every part; they are none.
    """
    tokens = analysis.tokens
    glue = sum(t.text.lower() in GLUE | _STEPS for t in tokens)
    numbers = sum("#zahl" in t.forms or len(t.text) == 1 for t in tokens)
    words = analysis.words - numbers
    verbs = sum(_looks_like_verb(t) for t in tokens)
    notes = sum(_looks_like_infinitive(t) for t in tokens)
    return words >= _KEYWORDS and glue + verbs <= words * _HOLDING and notes < words * _TELEGRAM


def hollow_sentences(analysis: Analysis) -> frozenset[int]:
    """Return the sentences that list terms and say of them only that they matter, or nothing."""
    sentences: dict[int, list[Token]] = {}
    for token in analysis.tokens:
        sentences.setdefault(token.sentence, []).append(token)
    return frozenset(n for n, tokens in sentences.items() if _is_hollow(analysis.text, tokens))


def _is_hollow(text: str, tokens: list[Token]) -> bool:
    hollow = any(_HOLLOW.fullmatch(t.text.lower()) for t in tokens)
    terms = [
        t
        for t in tokens
        if t.text.lower() not in GLUE | LISTING | _HOLLOW_SIDE
        and not _HOLLOW.fullmatch(t.text.lower())
    ]
    if len(terms) < _FEWEST_TERMS or any(_says(t) for t in terms):
        return False
    if any("#zahl" in t.forms for t in terms):
        return False
    if not hollow and any(t.text.lower() in GLUE - {"und", "oder", "and", "or"} for t in tokens):
        return False
    between = sum(
        bool(_SEPARATOR.search(text[a.end : b.start].lower())) for a, b in pairwise(terms)
    )
    return between >= _SEPARATED * (len(terms) - 1)


def _says(token: Token) -> bool:
    return _looks_like_verb(token) or _looks_like_infinitive(token)


def _looks_like_verb(token: Token) -> bool:
    """Tell whether a word is a verb in a personal form or a participle (an infinitive is not)."""
    forms = {f for f in token.forms if f.endswith(("en", "ern", "eln"))}
    return token.text[:1].islower() and bool(forms - {fold(token.text)})


def _looks_like_infinitive(token: Token) -> bool:
    written = fold(token.text)
    return (
        token.text[:1].islower()
        and written.endswith("n")
        and written in token.forms
        and (written.endswith(("en", "ern", "eln")) and len(written) > 4)
    )
