"""Student text without its marks: Markdown, HTML and LaTeX blanked, so that offsets stay."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normalise", "plain"]

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_BLANKED = [
    re.compile(r"!\[[^\]]{0,200}\]\([^)]{0,300}\)"),
    re.compile(r"(?<=\])\([^)\s]{0,300}\)"),
    re.compile(r"</?[A-Za-z][^<>]{0,200}>"),
    re.compile(r"^[ \t]*(?:```|~~~).*$", re.M),
    re.compile(r"^[ \t]*(?:\|[ \t]*)?:?-{3,}[-:| \t]*$", re.M),
    re.compile(r"^[ \t]*(?:[-*+•]|\d{1,2}[.)]|[a-h]\))(?=[ \t])", re.M),
    re.compile(r"^[ \t]*(?:#{1,6}|>)(?=[ \t])", re.M),
    re.compile(r"\\(?:cdot|left|right|mathrm|text|frac|quad|vec|hat|mathbf)\b"),
    re.compile(r"[*`$\\{}\[\]|~]|(?<!\w)_|_(?!\w)"),
]


def normalise(text: str) -> str:
    """Compose characters, resolve ligatures, drop invisible characters, unify line ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    text = re.sub(r"(\w)-\n(?=[a-zäöüß])(?!und |oder |bzw)", r"\1", text)
    return _INVISIBLE.sub("", text).replace("\u00a0", " ").replace("\u202f", " ")


def plain(text: str) -> str:
    """Blank Markdown, HTML and LaTeX marks of a normalised text: same length, only the words."""
    text = _without_comments(text)
    for pattern in _BLANKED:
        text = pattern.sub(_blank, text)
    return text


def _without_comments(text: str) -> str:
    """Blank HTML comments; a pattern would look for the end of each that has none."""
    pieces, done = [], 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        pieces += [text[done:start], re.sub(r"[^\n]", " ", text[start : end + 3])]
        done = end + 3
    return "".join(pieces) + text[done:]


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
