"""What stands in a text but not on the page, and what is addressed to a program that grades.

Neither is part of an answer: :func:`set_aside` blanks both, so that offsets stay, and returns
excerpts for the person who looks through. Nothing here accuses anyone: a comment left in a text
is hidden just as words in white letters are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.checks.addressing import addressing_ranges
from grader.checks.unseen import TAG_LETTERS, unseen_ranges

__all__ = ["SetAside", "set_aside"]

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
    ranges = [(start, end) for start, end, _ in unseen_ranges(text)]
    tags = [m.span() for m in TAG_LETTERS.finditer(text)]
    unseen = [
        *("".join(chr(ord(c) - 0xE0000) for c in text[a:b]) for a, b in tags),
        *(text[a:b] for a, b in ranges),
    ]
    words = sum(len(_WORD.findall(part)) for part in unseen)
    seen = _blanked(text, [*ranges, *tags])
    sentences = addressing_ranges(seen)
    return SetAside(
        _blanked(seen, sentences),
        tuple(_excerpt(u) for u in unseen if words > 1 and _WORD.search(u)),
        tuple(_excerpt(seen[a:b]) for a, b in sentences),
    )


def _excerpt(text: str) -> str:
    line = " ".join(re.sub(r"</?[A-Za-z][^<>]{0,200}>", " ", text).split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"


def _blanked(text: str, ranges: list[tuple[int, int]]) -> str:
    kept, last = [], 0
    for start, end in sorted(ranges):
        kept += [text[last:start], re.sub(r"[^\n]", " ", text[max(start, last) : end])]
        last = max(last, end)
    return "".join([*kept, text[last:]])
