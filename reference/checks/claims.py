"""What a text claims about the four OCT images: own diagnoses, and which of them the net got."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from grader.checks.german import Analysis, Token, analyse
from grader.checks.words import fold

from .claim_lists import in_german, listed_claims, without_class_lists
from .claim_tables import table_claims, without_tables
from .facts import OCT_CLASSES, OCT_TRUTH

__all__ = [
    "claimed_right",
    "diagnoses",
    "off_by_one",
    "saw_features",
    "speaks_of_results",
    "truly_right",
]

IMAGES = len(OCT_TRUTH)
_CLASS_WORDS = (
    re.compile(r"^(cnv|neovask|chor(o|i)+idal)"),
    re.compile(r"^(dme|diabet|makula(oe)?dem|makulaoedem|oedem)"),
    re.compile(r"^(normal|gesund|unauffaellig|ohnebefund)"),
    re.compile(r"^(druse)"),
)
_ROWS = re.compile(r"^\s*([1-4])\s*[:.)](.*)$", re.MULTILINE)
_LIKEWISE = re.compile(r"^(ebenfalls|ebenso|genauso|desgleichen|dito|dasselbe|likewise|same)$")
_FEATURE = re.compile(
    r"huegel|hoecker|buckel|bump|beule|well|zyst|cyst|blase|loch|loecher|fluess|fluid|verdick|dick|schwell"
    r"|laesion|lesion|durchbr|durchbroch|unterbr|break|ablager|linie|schicht|layer|fovea|pit|grube"
    r"|rpe|pigment|dunk|dark|schwarz|glatt|smooth|gleichmaess|hohlraum|hohlr|abgehob|kaputt|wulst|zerstoer"
)
_NUMBER = re.compile(r"(?<![\w.,])[1-4](?![\w%]|[.,]\d)")
_CLASS_NUMBER = re.compile(r"(?i)\b(?:klasse|kl\.?|class|nr\.?)[\s:]*([1-4])(?!\w|[.,]\d)")
_ORDINALS = (
    re.compile(r"^(erst(e|er|es|en|em)?|eins)$"),
    re.compile(r"^(zweit(e|er|es|en|em))$"),
    re.compile(r"^(dritt(e|er|es|en|em)|drei)$"),
    re.compile(r"^(viert(e|er|es|en|em)|letzt(e|er|es|en|em)|vier)$"),
)
_RIGHT = re.compile(
    r"^(richtig|korrekt|stimm|zutreff|trifft|getroffen|uebereinstimm|recht$|pass(t|en)$|treffer)"
)
_WRONG = re.compile(
    r"^(falsch|fehler|fehlklass|inkorrekt|daneben|verwechsel|unrichtig|verkehrt|irr)"
)
_IMAGE = re.compile(r"^(bild|bilder|bildern|aufnahme|scan|oct)")
_LISTING = {"und", "sowie", "oder", "nr", "nummer", "die", "den", "das", "nur"}
# Between a verdict and the bare numbers of its images: "Richtig erkannt sind 3 und 4".
_AFTER_VERDICT = {
    "erkannt",
    "klassifiziert",
    "sind",
    "waren",
    "ist",
    "war",
    "wurden",
    "liegt",
    "bei",
    "nämlich",
}
# What a number counts instead of naming an image: "richtig sind 2 von 4".
_COUNTED = {"von", "der", "bilder", "bildern", "aufnahmen", "treffer", "fehler", "mal"}
# "… 3 und 4. Falsch …": here the full stop makes no ordinal of the number.
_SENTENCE_AFTER = re.compile(r"(?<=\b[1-4])\.\s+(?=(?:Falsch|Richtig|Korrekt|Nicht)\b)")
_OTHERS = re.compile(r"^(ander|uebrig|rest|verbleib)")
# "Die anderen können wir nicht beurteilen": then nothing is said of them.
_OPEN_REST = re.compile(
    r"(?:ander|übrig|rest|sonst)\w*[^.;!?\n]*\b(?:nicht\s+(?:sagen|wissen|beurteilen|sicher)|unklar|offen"
    r"|weiß|wissen)",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"^(waere|waeren|sollte|sollten|muesste|muessten|haette|haetten|lauten|lautet)$"
)
_SIGNS = {
    "✓": "richtig",
    "✔": "richtig",
    "☑": "richtig",
    "✗": "falsch",
    "✘": "falsch",
    "❌": "falsch",
}
_AND = {"und", "sowie", "oder"}
_OPEN = _AND | {"1", "2", "3", "4"}
_BOTH = {"beide", "beiden", "zwei"}
_NONE = re.compile(r"^kein(e|er|es|s|en|em)?$")


def diagnoses(text: str) -> tuple[int | None, ...]:
    """Return the class index that a text gives each of the four images, None where it gives none.

    A class belongs to the image named last before it; without any image named, classes are taken
    in order. Instead of its name a class may have its number as in the task (1 to 4).
    """
    rows = _ROWS.findall(text)
    if [number for number, _ in rows] == ["1", "2", "3", "4"]:
        return tuple(_decided(row) for _, row in rows)
    analysis = analyse(text)
    found: list[int | None] = [None] * IMAGES
    mentions = list(_class_mentions(analysis))
    if not mentions:
        return _numbered(analysis.text)
    images = dict(_images(analysis))
    if not images:
        for image, (_, label) in zip(range(IMAGES), mentions, strict=False):
            found[image] = label
        return tuple(found)
    mentions += _likewise(analysis, mentions)
    for position, label in mentions:
        image = next((images[i] for i in sorted(images, reverse=True) if i < position), None)
        if image is not None and found[image] is None:
            found[image] = label
    return tuple(found)


def _decided(row: str) -> int | None:
    """Return the class of one image's line; after an arrow stands what was agreed upon."""
    mentions = list(_class_mentions(analyse(row)))
    if not mentions:
        number = _CLASS_NUMBER.search(row) or re.fullmatch(r"\s*([1-4])\s*", row)
        return int(number[1]) - 1 if number else None
    return mentions[-1 if re.search("→|->|=>", row) else 0][1]


def _likewise(analysis: Analysis, mentions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the class that "Bild 2 ebenfalls" takes over from the one named last before it."""
    own = {analysis.tokens[i].clause for i, _ in mentions}
    found = []
    for position, token in enumerate(analysis.tokens):
        if _LIKEWISE.match(token.text.lower()) and token.clause not in own:
            label = next((k for i, k in reversed(mentions) if i < position), None)
            if label is not None:
                found.append((position, label))
    return found


def saw_features(text: str) -> bool:
    """Tell whether a diagnosis names anything that can be seen in an OCT image."""
    return any(_any(_FEATURE, token) for token in analyse(text).tokens)


def _numbered(text: str) -> tuple[int | None, ...]:
    """Read classes given by number: in order ("4, 2, 1, 3") or each with its image's number.

    Image and class stand in pairs ("1: Klasse 4", "Bild 1 -> 4") or in two lines of a table.
    Numbers said to be a class need not be complete; others are only read where all images have one.
    """
    found: list[int | None] = [None] * IMAGES
    named = _CLASS_NUMBER.findall(text)
    labels = [int(n) for n in named]
    others = [int(n) for n in _NUMBER.findall(_CLASS_NUMBER.sub(" ", text))]
    numbers = [int(n) for n in _NUMBER.findall(text)]
    every = list(range(1, IMAGES + 1))
    if labels and len(labels) == len(others) and len(set(others)) == len(others):
        pairs = dict(zip(others, labels, strict=True))
    elif len(labels or numbers) == IMAGES:
        pairs = dict(zip(every, labels or numbers, strict=True))
    elif len(numbers) == 2 * IMAGES and numbers[::2] == every:
        pairs = dict(zip(every, numbers[1::2], strict=True))
    elif len(numbers) == 2 * IMAGES and numbers[:IMAGES] == every:
        pairs = dict(zip(every, numbers[IMAGES:], strict=True))
    else:
        return tuple(found)
    return tuple(pairs[i] - 1 if i in pairs else None for i in every)


def _class_mentions(analysis: Analysis) -> Iterator[tuple[int, int]]:
    """Yield position and class of each mention; neighbouring words of one class are one."""
    labels = [
        (i, next((k for k, p in enumerate(_CLASS_WORDS) if _any(p, t)), None))
        for i, t in enumerate(analysis.tokens)
        if not t.negated
    ]
    before = -1, -1
    for (_, label), group in groupby(labels, key=lambda x: (analysis.tokens[x[0]].clause, x[1])):
        if label is None:
            continue
        own = list(group)
        first, last = own[0][0], own[-1][0]
        # "Makulaödem (DME)" names one class twice.
        if (first - 1, label) != before or "(" not in _between(analysis, first):
            yield first, label
        before = last, label


def _between(analysis: Analysis, index: int) -> str:
    """Return what is written between a token and the one before it."""
    return analysis.text[analysis.tokens[index - 1].end : analysis.tokens[index].start]


def _any(pattern: re.Pattern[str], token: Token) -> bool:
    return any(pattern.match(form) for form in token.forms)


def _images(analysis: Analysis) -> Iterator[tuple[int, int]]:
    """Yield (position, image index) of each mention of an image."""
    listing = False  # after "Bild 1" bare numbers name images too: "Bild 1, 2 und 4"
    judging = False  # so they do after a verdict: "Falsch: 1 (DME statt DRUSEN) und 2"
    for i, token in enumerate(analysis.tokens):
        word = token.text.lower()
        own = next((n for n in "1234" if n in token.forms), None)
        ordinal = next((k for k, p in enumerate(_ORDINALS) if p.match(word)), None)
        if word in ("eins", "drei", "vier") and not _after_image(analysis, i):
            ordinal = None  # "drei Bilder", "höchstens eins"
        if _any(_IMAGE, token):
            listing = True
            if own:
                yield i, int(own) - 1
        elif (listing or judging) and own and re.fullmatch("[1-4]", word):
            if listing or _word(analysis, i + 1) not in _COUNTED:
                yield i, int(own) - 1
        elif ordinal is not None:
            listing = True
            yield i, ordinal
            pair = next((j for j in (i - 1, i + 1) if _word(analysis, j) in _BOTH), None)
            if pair is not None and ordinal in (0, IMAGES - 1):
                yield pair, {0: 1, IMAGES - 1: IMAGES - 2}[ordinal]
        elif _any(_RIGHT, token) or _any(_WRONG, token):
            listing, judging = False, True
        elif word not in _LISTING:
            listing = False
            named = word in ("statt", "anstatt") or any(_any(p, token) for p in _CLASS_WORDS)
            judging = judging and (word in _AFTER_VERDICT or named)


def _word(analysis: Analysis, index: int) -> str:
    return analysis.tokens[index].text.lower() if 0 <= index < analysis.words else ""


def _after_image(analysis: Analysis, index: int) -> bool:
    return index > 0 and "bild" in analysis.tokens[index - 1].forms


# ------------------------------------------------------------------ right or wrong


@dataclass
class _Part:
    """A clause: the images it names and what it says of them."""

    images: set[int]
    words: tuple[str, ...] = ()
    verdict: bool | None = None
    others: bool = False
    negated: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it only continues an enumeration of images ("und Bild 4", "3")."""
        return bool(self.images) and self.verdict is None and len(self.words) <= 3


def claimed_right(text: str) -> dict[int, bool]:
    """Return for each image index whether the text says that the network got it right.

    Images of which nothing is said are absent. A text that names only the right ones ("Nur Bild 3
    stimmt") speaks of the others too.
    """
    claims = table_claims(text)
    if claims:
        text = without_tables(text)
    text = without_class_lists(in_german(text))
    for sign, word in _SIGNS.items():
        text = text.replace(sign, f" {word} ")
    claims = {**listed_claims(text), **claims}
    if len(claims) == IMAGES:
        return claims
    is_open = bool(_OPEN_REST.search(text))
    text = _SENTENCE_AFTER.sub("\n", _OPEN_REST.sub(" ", text))
    analysis = analyse(text)
    images = dict(_images(analysis))
    last: bool | None = None
    for _, sentence in groupby(enumerate(analysis.tokens), key=lambda x: x[1].sentence):
        parts = _joined([_part(list(c), images) for _, c in groupby(sentence, key=_clause)])
        said: bool | None = None
        for i, part in enumerate(parts):
            verdict = part.verdict
            if verdict is None and (part.images or part.others):
                verdict = _elliptic(part, last)
                later = (p.verdict for p in parts[i + 1 :] if p.verdict is not None)
                if verdict is None:
                    verdict = said if said is not None else next(later, None)
            if verdict is None:
                continue
            rest = set(range(IMAGES)) - set(claims) - part.images if part.others else set()
            for image in part.images | rest:
                claims.setdefault(image, verdict)
            if part.verdict is not None:
                said = last = part.verdict
    if any(claims.values()) and not is_open:
        for image in range(IMAGES):
            claims.setdefault(image, False)
    return claims


def speaks_of_results(text: str) -> bool:
    """Tell whether a text says anything of the images at all: one of them, a class, a verdict."""
    analysis = analyse(text)
    patterns = (_RIGHT, _WRONG, *_CLASS_WORDS)
    return bool(dict(_images(analysis))) or any(
        _any(p, t) for p in patterns for t in analysis.tokens
    )


def _clause(item: tuple[int, Token]) -> int:
    return item[1].clause


def _part(words: list[tuple[int, Token]], images: dict[int, int]) -> _Part:
    lower = tuple(t.text.lower() for _, t in words)
    if any(_UNREAL.match(fold(w)) for w in lower):
        return _Part(set(), lower)
    part = _Part({images[i] for i, _ in words if i in images}, lower)
    for _, token in words:
        if _any(_RIGHT, token):
            part.verdict = not token.negated
        elif _any(_WRONG, token):
            part.verdict = token.negated
        part.others = part.others or _any(_OTHERS, token)
        part.negated = part.negated or token.negated
    classes = any(_any(p, t) for p in _CLASS_WORDS for _, t in words)
    if part.verdict is None and classes and {"statt", "anstatt"} & set(lower):
        part.verdict = False  # "DME statt DRUSEN"
    if not part.images and part.verdict is not None:
        everyone = {"alle", "allen", "sämtliche", "jedes"} & set(lower)
        nobody = any(_NONE.match(w) for w in lower)
        if (everyone and not part.negated) or nobody:
            part.images = set(range(IMAGES))
            part.verdict = part.verdict and not nobody
    return part


def _elliptic(part: _Part, last: bool | None) -> bool | None:
    """Understand "die anderen nicht" and "Bild 3 und 4 schon" by what was said before."""
    if "schon" in part.words:
        return True
    return not last if part.negated and last is not None else None


def _joined(parts: list[_Part]) -> list[_Part]:
    """Join clauses that only go on with an enumeration of images."""
    joined: list[_Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        if before is None or not before.images or not part.images:
            joined.append(part)
        elif part.goes_on and (part.words[0] in _AND or before.verdict is None):
            before.images |= part.images
            before.words += part.words
            before.negated = before.negated or part.negated
        elif before.verdict is None and part.verdict is not None and part.words[0] in _OPEN:
            part.images |= before.images
            joined[-1] = part
        else:
            joined.append(part)
    return joined


# ------------------------------------------------------------------ what is true


def truly_right(answers: tuple[int, ...], truth: tuple[int, ...] = OCT_TRUTH) -> dict[int, bool]:
    """Return for each image whether the network's ``answers`` (0-based) are right."""
    return {i: a == t for i, (a, t) in enumerate(zip(answers, truth, strict=True))}


def off_by_one(answers: tuple[int, ...], truth: tuple[int, ...] = OCT_TRUTH) -> dict[int, bool]:
    """Return what one would believe who takes the 0-based answers for the 1-based classes."""
    return {i: a == t + 1 for i, (a, t) in enumerate(zip(answers, truth, strict=True))}


def class_name(index: int | None) -> str:
    """Return a class's name as in the task, ``"–"`` for None."""
    return "–" if index is None else OCT_CLASSES[index]
