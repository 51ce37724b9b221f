"""What belongs into a gap: the heading and the question that the lab asked there."""

from __future__ import annotations

import re

__all__ = ["belonging", "heading_of"]

_HEADING = re.compile(r"#{1,6} +(.+?) *#*\Z")
_PLACEHOLDER = re.compile(r"\*+Hier antworten", re.IGNORECASE)
_MARKUP = re.compile(r"[*_`]|\$|^\s*(?:[-+]|\d+\.)\s+", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-ZÄÖÜ„])")
_LENGTH = 260


def belonging(given: str, kind: str) -> str:
    """Return what the lab wants at a slot, as plain German text; ``""`` if it does not say.

    Parameters
    ----------
    given : str
        The lab's released Markdown at the slot: headings, task text, where to answer.
    kind : str
        The slot's, ``"text"`` or ``"code"``.
    """
    heading, body = _asked(given, kind)
    text = _sentences(body)
    return f"{heading}: {text}" if heading and text else heading or text


def heading_of(given: str, kind: str) -> str:
    """Return the heading below which a slot stands; ``""`` if there is none but the task's."""
    heading, _ = _asked(given, kind)
    return "" if heading.startswith("Aufgabe ") else heading


def _asked(given: str, kind: str) -> tuple[str, str]:
    """Return a slot's heading and the text below it.

    An answer stands below the last heading before its place. Code stands below the first heading
    within its task; what follows it may be there too.
    """
    heading, level = "", 0
    body: list[str] = []
    for line in given.splitlines():
        if kind == "text" and _PLACEHOLDER.match(line.strip()):
            break
        if found := _HEADING.match(line):
            if kind != "text" and level >= 3:
                break
            level = len(line) - len(line.lstrip("#"))
            heading, body = found[1], []
        else:
            body.append(line)
    return _MARKUP.sub("", heading).strip(), "\n".join(body)


def _sentences(markdown: str) -> str:
    """Return the first paragraph's first sentences without markup, as many as are short."""
    paragraphs = [p for p in re.split(r"\n\s*\n", markdown) if p.strip() and "```" not in p]
    plain = " ".join(_MARKUP.sub("", paragraphs[0] if paragraphs else "").split())
    kept = ""
    for sentence in _SENTENCE.split(plain):
        if kept and len(kept) + len(sentence) > _LENGTH:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= 2 * _LENGTH else kept[:_LENGTH].rsplit(" ", 1)[0] + " …"
