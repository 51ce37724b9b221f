"""Plain statements about the OCT images: a verdict beside the numbers of its images.

"Richtig: 3 (CNV) und 4", "Bild 1 und 2 sind falsch", "3 -> CNV (stimmt)", "images 3 and 4 are
correct". What is written so is taken at its word; :mod:`.claims` reads the rest clause by clause.
"""

from __future__ import annotations

import re
from itertools import pairwise

from .facts import OCT_TRUTH

__all__ = ["claimed_count", "in_german", "listed_claims", "without_class_lists"]

IMAGES = len(OCT_TRUTH)
# Verdicts and images of an answer in English; the rest of it need not be understood.
_ENGLISH = (
    (r"not\s+(?:correct|right)", "nicht richtig"),
    (r"correct(?:ly)?|right", "richtig"),
    (r"wrong(?:ly)?|incorrect(?:ly)?|misclassified|mistaken", "falsch"),
    (r"images?|pictures?|scans", "Bild"),
    (r"are|is|were|was", "sind"),
    (r"and", "und"),
    (r"only", "nur"),
    (r"none", "keins"),
    (r"all", "alle"),
    (r"first", "erstes"),
    (r"second", "zweites"),
    (r"third", "drittes"),
    (r"fourth|last", "viertes"),
)
_IS_ENGLISH = re.compile(r"\b(?:the|is|are|with|but|of)\b", re.IGNORECASE)
_FEWEST_ENGLISH = 2
# One class for each image, by index or by number: "1, 0, 0, 2", "[4 2 1 3]"; 1, 2, 3, 4 is none.
_CLASS_LIST = re.compile(
    r"(?<![\w.,/])\(?\[?([0-4])(?:[,;]\s*|\s+und\s+|\s+)([0-4])(?:[,;]\s*|\s+und\s+|\s+)([0-4])"
    r"(?:,?\s+und\s+|[,;]\s*|\s+)([0-4])\]?\)?(?![\w%]|[.,/]\d)"
)
_VERDICT = (
    r"(?P<verdict>(?:nicht\s+)?(?:richtig|korrekt|stimm\w*|zutreffend|passen)|treffer"
    r"|falsch|fehlerhaft|inkorrekt|daneben|verkehrt|fehler(?!\w))(?:e|en|es|er)?"
)
_AND = r"\s?(?:,\s?)?(?:\bund\b|\bsowie\b|\+|&|/)\s?"
_PICTURE = r"(?:bild(?:er|ern)?|aufnahmen?|scans?|nr\.?)\s*"
_ONE = rf"(?:{_PICTURE})?[1-4](?!\w|[.,:/]\d)"
# Four at most, so that an endless list takes no time. An "und" ends an enumeration:
# "richtig sind Bild 3 und 4, Bild 1 und 2 nicht".
_NUMBERS = rf"(?P<numbers>{_ONE}(?:\s?,\s?{_ONE}){{0,3}}(?:{_AND}{_ONE}){{0,3}})(?!\s*%)"
_LINKS = r"(?:(?:sind|ist|waren|wurden?|werden|wird|also|demnach|damit|beide|jeweils|auch)\s+)*"
_NAMED = re.compile(
    rf"(?<![\w.,/]){_NUMBERS}\s+{_LINKS}{_VERDICT}\b(?!\s*(?:klasse|diagnose|wäre))", re.IGNORECASE
)
_COUNT = r"(?:(?:sind|ist|waren|wurden?|erkannt|klassifiziert|also|demnach|damit|nur|nämlich)\s+)*"
_AFTER = re.compile(
    rf"\b{_VERDICT}\b\s*{_COUNT}[:(]?\s*(?:(?:die|das|nur)\s+)?{_NUMBERS}", re.IGNORECASE
)
_ROW = re.compile(
    rf"(?:^|(?<=[,;.)\s]))[-*•]?[ \t]{{0,4}}(?:{_PICTURE})?([1-4])[ \t]{{0,4}}(?:->|→|:|=)",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN_WRONG = re.compile(r"falsch|fehler|inkorrekt|daneben|verkehrt|nicht\s", re.IGNORECASE)
_RIGHT = re.compile(r"(?<!nicht\s)\b(?:richtig|korrekt|stimmt|passt)\b", re.IGNORECASE)
_WRONG = re.compile(r"\b(?:falsch|inkorrekt|daneben|verkehrt)\b|nicht\s+(?:richtig|korrekt)", re.I)
# The right class is named, not the answer called right.
_RIGHT_CLASS = re.compile(
    r"richtig\w*\s+(?:wäre\w*|sei|klasse|diagnose|antwort|wahl)|wäre\w*\s+richtig", re.IGNORECASE
)
_COUNTS = {"ein": 1, "eins": 1, "eines": 1, "zwei": 2, "drei": 3}
_HOW_MANY = re.compile(
    r"\b(?P<of>[1-4]|eine?s?|zwei|drei)\s+(?:von|der)\s+(?:den\s+)?(?:4|vier)\b"
    r"|\b(?P<half>hälfte|50\s*%)\s+(?:davon\s+|der\s+\w+\s+)?(?:ist|sind|stimmt|war|wurde)",
    re.IGNORECASE,
)


def in_german(text: str) -> str:
    """Return a text with its English verdicts and images in German; a German text as it is."""
    if len(_IS_ENGLISH.findall(text)) < _FEWEST_ENGLISH:
        return text
    for english, german in _ENGLISH:
        text = re.sub(rf"\b(?:{english})\b", german, text, flags=re.IGNORECASE)
    return text


def without_class_lists(text: str) -> str:
    """Return a text without its lists of four classes, which name no images."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if "".join(found.groups()) == "1234" else " "

    return _CLASS_LIST.sub(kept, text)


def claimed_count(text: str) -> int | None:
    """Return how many of the four images a text calls right without saying which, or None."""
    found = _HOW_MANY.search(in_german(text))
    if found is None:
        return None
    if found["half"]:
        return IMAGES // 2
    word = found["of"].lower()
    return int(word) if word.isdigit() else _COUNTS.get(word)


def listed_claims(text: str) -> dict[int, bool]:
    """Return for each image index what a plain statement says of it; the first one counts.

    Whoever names two or more right images in one breath speaks of the others too.
    """
    claims: dict[int, bool] = {}
    complete = False
    bare = _without_brackets(text)
    for pattern in (_AFTER, _NAMED):
        for found in pattern.finditer(bare):
            images = [int(n) - 1 for n in re.findall(r"[1-4]", found["numbers"])]
            named = bool(re.match(r"[a-z]", found["numbers"], re.IGNORECASE))
            after_counting = pattern is _AFTER and re.match(r"\s*von\b", bare[found.end() :])
            if (pattern is _NAMED and len(images) == 1 and not named) or after_counting:
                continue  # "2 richtig", "richtig sind 2 von 4"
            right = not _PLAIN_WRONG.match(found["verdict"])
            complete = complete or (right and len(images) > 1)
            for image in images:
                claims.setdefault(image, right)
    for image, right in _rows(text).items():
        claims.setdefault(image, right)
    if complete:
        for image in range(IMAGES):
            claims.setdefault(image, False)
    return claims


def _without_brackets(text: str) -> str:
    """Leave out what stands in brackets beside an image, but not its number: "richtig (3+4)"."""
    return re.sub(r" ?\((?![1-4][\s,+&/u]|[1-4]\))[^()]*\)", "", text)


def _rows(text: str) -> dict[int, bool]:
    """Read "1 -> DME (falsch), 2 -> …" and lists with a line for each image."""
    starts = list(_ROW.finditer(text))
    if not starts:
        return {}
    ends = [*(s.start() for s in starts[1:]), len(text)]
    said: dict[int, bool] = {}
    for start, end in zip(starts, ends, strict=True):
        body = _RIGHT_CLASS.sub(" ", text[start.end() : end].split("\n\n")[0].split("\n")[0])
        right, wrong = bool(_RIGHT.search(body)), bool(_WRONG.search(body))
        if right != wrong:
            said.setdefault(int(start[1]) - 1, right)
    in_order = all(a[1] <= b[1] for a, b in pairwise(starts))
    return said if len(said) > 1 and in_order else {}
