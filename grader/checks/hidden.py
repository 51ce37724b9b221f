"""What stands in a text but not on the page, and what is addressed to a program that grades.

Neither is part of an answer: :func:`set_aside` blanks both, so that offsets stay, and returns
excerpts for the person who looks through. Nothing here accuses anyone: a comment left in a text
is hidden just as words in white letters are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

__all__ = ["SetAside", "set_aside"]

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_UNSEEN_TAGS = frozenset("script style template noscript title head object iframe".split())
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0?\.?0*\s*(?:;|!|$)"
    r"|font-size\s*:\s*(?:0?(?:\.\d+)?\s*(?:px|pt|em|rem|%)?|[12](?:\.\d+)?\s*(?:px|pt))\s*(?:;|!|$)"
    r"|(?<![-\w])color\s*:\s*(?:white|snow|ivory|ghostwhite|transparent|#f{3,8}\b|#[ef]{6}\b"
    r"|rgba?\(\s*25[0-5]\D+25[0-5]\D+25[0-5]|rgba\([^)]*,\s*0?\.?0*\s*\)"
    r"|hsla?\([^)]*100%\s*\))"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0|clip-path\s*:\s*inset\((?:50|100)%",
    re.I,
)
_WHITE = re.compile(r"(?i)^(?:white|snow|ivory|#?f{3}|#?f{6})$")
_TEX = (
    re.compile(r"\\(?:text)?color\s*\{\s*(?:white|\#?[fF]{3,6})\s*\}\s*\{([^{}]{1,2000})\}"),
    re.compile(r"\{\s*\\color\s*\{\s*(?:white|\#?[fF]{3,6})\s*\}([^{}]{1,2000})\}"),
    re.compile(r"\\[hv]?phantom\s*\{([^{}]{1,2000})\}"),
    re.compile(r"^ {0,3}\[[^\]\n]{1,80}\]:[ \t]*(?:#|<>|\S+)[ \t]*([\"'(][^\n]{1,2000})$", re.M),
)
_TAGS = re.compile("[\U000e0020-\U000e007e]{3,}")  # letters that no font draws
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_GRADES = r"(?:punkt|note\b|bewert|benot|korrek|score|grad(?:e|ing)|mark|credit|point)"
_MACHINE = (
    r"(?:sprachmodell|language model|llm|chat-?gpt|gpt-?\d*|chatbot|bot|autograder|grader|"
    r"(?:bewertungs|korrektur|prüf)(?:system|programm|bot|ki|automat)|ki-?(?:system|korrektor|"
    r"assistent|modell)|ai (?:grader|model|assistant|system)|korrektor|assistent|assistant)"
)
_ADDRESSED = (
    re.compile(
        r"(?i)\b(?:ignor\w*|disregard|forget|vergiss|vergessen sie|missachte\w*|überspring\w*"
        r"|override)\b"
        r".{0,60}\b(?:instruction|prompt|rule|rubric|anweisung|instruktion|vorgabe|regel|raster"
        r"|bewertung|kriteri)\w*"
    ),
    re.compile(
        r"(?i)\b(?:award|give|assign|grant|gib|gebe|geben|vergib|vergebe|vergeben|erteile|erteilen"
        r"|trage?|setze?|return|output|antworte?|bewerte|bewerten)\b.{0,60}"
        r"\b(?:full|max\w*|all|volle\w*|voll|höchste\w*|alle|sämtliche|perfect|100)\b.{0,25}"
        + _GRADES
    ),
    re.compile(
        r"(?i)\b(?:volle|maximale|höchste)\w*\s+punkt\w*.{0,30}\b(?:geben|vergeben|erteilen|eintragen"
        r"|verdien\w*|bewert\w*|bitte)"
    ),
    re.compile(
        r"(?i)\b(?:answer|antwort|response|text)\b.{0,40}\b(?:is|ist|as|als|mit)\b.{0,30}"
        r"\b(?:fully correct|full marks|completely correct|perfect|(?:voll|vollständig) (?:richtig"
        r"|korrekt)|voller punktzahl|vollen punkten|bestanden|passed)\b.{0,40}" + _GRADES
    ),
    re.compile(
        r"(?i)\b(?:you are|act as|du bist|sie sind|stell dir vor|als|as an?|an (?:die|den|das)"
        r"|dear|liebe[rs]?|hallo|hey|note to|hinweis (?:an|für))\s+(?:\w+\s+){0,3}?"
        + _MACHINE
        + r"\b"
    ),
    re.compile(r"(?i)^\s*(?:system|assistant)\s*:|<\|\w{2,20}\|>|\[/?INST\]|###\s*instruction"),
    re.compile(
        r"(?i)[\"'](?:points|fraction|score|status|confidence)[\"']\s*:"
        r"|\b(?:points|punkte)\s*[:=]\s*(?:\d+\s*/\s*\d+|max|voll|full)"
    ),
)
_WORD = re.compile(r"\w{2,}")
_EXCERPT = 160


@dataclass(frozen=True, slots=True)
class SetAside:
    """A text whose unseen and addressed parts are blanked, and what they said."""

    text: str
    unseen: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()


def set_aside(text: str) -> SetAside:
    """Blank what a reader of the rendered text does not see, and sentences addressed to a grader.

    A single unseen word is blanked, but not worth a report.
    """
    ranges = _unseen_html(text) if "<" in text else []
    for pattern in _TEX:
        ranges += [m.span(1) for m in pattern.finditer(text)]
    tags = ["".join(chr(ord(c) - 0xE0000) for c in m.group()) for m in _TAGS.finditer(text)]
    ranges += [m.span() for m in _TAGS.finditer(text)]
    unseen = [*tags, *(text[a:b] for a, b in sorted(ranges) if not _TAGS.fullmatch(text[a:b]))]
    words = sum(len(_WORD.findall(part)) for part in unseen)
    seen = _blanked(text, ranges)
    sentences = [m.span() for m in _SENTENCE.finditer(seen) if _is_addressed(m.group())]
    return SetAside(
        _blanked(seen, sentences),
        tuple(_excerpt(u) for u in unseen if words > 1 and _WORD.search(u)),
        tuple(_excerpt(seen[a:b]) for a, b in sentences),
    )


def _is_addressed(sentence: str) -> bool:
    return any(pattern.search(sentence) for pattern in _ADDRESSED)


def _excerpt(text: str) -> str:
    line = " ".join(re.sub(r"</?[A-Za-z][^<>]{0,200}>", " ", text).split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"


def _blanked(text: str, ranges: list[tuple[int, int]]) -> str:
    for start, end in ranges:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def _unseen_html(text: str) -> list[tuple[int, int]]:
    reader = _Unseen(text)
    reader.feed(text)
    reader.close()
    return reader.ranges


class _Unseen(HTMLParser):
    """Collects the offsets of comments and of text inside elements that are not shown."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.ranges: list[tuple[int, int]] = []
        self._text = text
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]
        # Open elements, each with whether it hides, and where an unclosed one ends at the latest.
        self._open: list[tuple[str, int | None]] = []

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        end = _PARAGRAPH_END.search(self._text, self._here())
        latest = end.start() if end else len(self._text)
        hides = tag in _UNSEEN_TAGS or _hides(dict(attrs))
        self._open.append((tag, latest if hides else None))

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        start = self._here()
        latest = max((end for _, end in self._open if end is not None), default=None)
        if latest is not None and start < latest:
            self.ranges.append((start, min(start + len(data), latest)))

    def handle_comment(self, data: str) -> None:
        start = self._here()
        self.ranges.append((start, min(start + len(data) + 7, len(self._text))))


def _hides(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or _WHITE.match(attributes.get("color") or ""):
        return True
    return bool(_UNSEEN_STYLE.search(attributes.get("style") or ""))
