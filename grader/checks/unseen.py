"""Which parts of a Markdown text a reader of the page does not see, and how they are hidden."""

from __future__ import annotations

import html
import re

__all__ = ["TAG_LETTERS", "unseen_ranges"]

_WHITE = (
    r"(?:white|snow|ivory|ghostwhite|transparent|#fff(?:f(?:fff?f?)?)?(?![\w#])"
    r"|rgba?\(\s*25[0-5]\s*,\s*25[0-5]\s*,\s*25[0-5][^)]*\)|rgba\([^)]*,\s*0?\.?0*\s*\)"
    r"|hsla?\([^)]*100%\s*\))"
)
_COLOUR = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}\s*(?:;|!|$)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background", re.IGNORECASE)
_STYLES = (
    (
        re.compile(
            r"font-size\s*:\s*(?:0*\.?0*\s*(?:px|pt|em|rem|%)?|(?:[01]?\.\d+|[12])\s*(?:px|pt))"
            r"\s*(?:;|!|$)",
            re.IGNORECASE,
        ),
        "Schriftgröße null",
    ),
    (re.compile(r"display\s*:\s*none", re.IGNORECASE), "ausgeblendet"),
    (re.compile(r"visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE), "ausgeblendet"),
    (re.compile(r"opacity\s*:\s*0?(?:\.0+)?\s*(?:;|$|!)", re.IGNORECASE), "durchsichtig"),
    (
        re.compile(
            r"(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(0"
            r"|clip-path\s*:\s*inset\((?:50|100)%",
            re.IGNORECASE,
        ),
        "außerhalb der Seite",
    ),
)
_TEX = re.compile(
    r"\\(?:(?:textcolor|text\s?color|color)\s{0,3}\{\s{0,3}(?:white|#?f{3,6})\s{0,3}\}|[hv]?phantom)"
    r"\s{0,3}\{[^{}]{0,2000}\}|\{\s{0,3}\\color\s{0,3}\{\s{0,3}white\s{0,3}\}[^{}]{1,2000}\}",
    re.IGNORECASE,
)
# Definitions of links that nothing links to are a way to write comments in Markdown.
_DEFINITION = re.compile(
    r"^ {0,3}\[[^\]\n]{1,80}\]:[ \t]*(?:#|<>)[ \t]*[\"'(][^\n]{1,2000}$", re.MULTILINE
)
#: Letters of Unicode's tag block, which no font draws.
TAG_LETTERS = re.compile("[\U000e0000-\U000e007f]+")
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]{0,30})(?P<rest>(?:[^<>\"']|\"[^\"]{0,500}\"|'[^']{0,500}'){0,500})>"
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-zA-Z][\w-]{0,30})(?:\s{0,9}=\s{0,9}(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_DEEPEST = 200
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_UNSHOWN = frozenset("script style template noscript title head object iframe".split())


def unseen_ranges(text: str) -> list[tuple[int, int, str]]:
    """Find ranges of the source that are not shown, in order, each with how it is hidden (German).

    An element that is never closed hides its paragraph. Not with ``html.parser``, which takes
    quadratic time on what is no markup.
    """
    ranges = _in_markup(text)
    ranges += [(*m.span(), "LaTeX") for m in _TEX.finditer(text)]
    ranges += [(*m.span(), "Kommentar") for m in _DEFINITION.finditer(text)]
    kept: list[tuple[int, int, str]] = []
    for start, end, how in sorted(ranges):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, how))
    return kept


def _in_markup(text: str) -> list[tuple[int, int, str]]:
    ranges: list[tuple[int, int, str]] = []
    opened: list[tuple[str, int, str]] = []
    place = text.find("<")
    while place >= 0:
        end = place + 1
        if text.startswith("<!--", place):
            closing = text.find("-->", place)
            end = closing + 3 if closing >= 0 else len(text)
            ranges.append((place, end, "HTML-Kommentar"))
        elif match := _TAG.match(text, place):
            end = match.end()
            name = match["name"].lower()
            if match["end"]:
                ranges += _closed(opened, name, end)
            elif name not in _VOID and len(opened) < _DEEPEST:
                opened.append((name, place, _how(name, _attributes(match["rest"]))))
        place = text.find("<", end)
    for _, start, how in opened:
        if how:
            paragraph = _PARAGRAPH_END.search(text, start)
            ranges.append((start, paragraph.start() if paragraph else len(text), how))
    return ranges


def _closed(opened: list[tuple[str, int, str]], name: str, end: int) -> list[tuple[int, int, str]]:
    """Close the innermost element of this name, and what is open inside of it."""
    for place in range(len(opened) - 1, -1, -1):
        if opened[place][0] == name:
            _, start, how = opened[place]
            del opened[place:]
            return [(start, end, how)] if how else []
    return []


def _attributes(text: str) -> dict[str, str]:
    return {
        m["name"].lower(): html.unescape((m["value"] or "").strip("\"'"))
        for m in _ATTRIBUTE.finditer(text)
    }


def _how(tag: str, attributes: dict[str, str]) -> str:
    style = attributes.get("style", "")
    if tag in _UNSHOWN or "hidden" in attributes:
        return "ausgeblendet"
    colour = attributes.get("color", "").strip() if tag == "font" else ""
    white = _COLOUR.search(style) or (colour and re.fullmatch(_WHITE, colour, re.IGNORECASE))
    if white and not _BACKGROUND.search(style):
        return "weiße Schrift"
    return next((how for pattern, how in _STYLES if pattern.search(style)), "")
