"""Text that a reader does not see: white on white, size zero, comments, signs without width.

What is not seen does not count, so it is taken out before texts are judged.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from grader.checks.context import Side
from grader.messages import problem
from grader.model import Cell, Problem

__all__ = ["visible_side", "visible_text"]

_WHITE = (
    r"(?:white|snow|#fff(?:f(?:fff?f?)?)?|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255[^)]*\))"
)
_COLOUR = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}(?![\w#])", re.IGNORECASE)
_BACKGROUND = re.compile(r"background", re.IGNORECASE)
_UNSEEN = (
    (re.compile(r"font-size\s*:\s*0*(?:\.0*|[01](?:\.\d+)?(?=px|pt))?(?:px|pt|em|rem|%)?\s*(?:;|$)",
                re.IGNORECASE), "Schriftgröße null"),
    (re.compile(r"display\s*:\s*none", re.IGNORECASE), "ausgeblendet"),
    (re.compile(r"visibility\s*:\s*hidden", re.IGNORECASE), "ausgeblendet"),
    (re.compile(r"opacity\s*:\s*0?(?:\.0+)?\s*(?:;|$|!)", re.IGNORECASE), "durchsichtig"),
)  # fmt: skip
_LATEX = re.compile(
    r"\\(?:(?:textcolor|color)\s{0,3}\{\s{0,3}white\s{0,3}\}|[hv]?phantom)\s{0,3}\{[^{}]{0,2000}\}"
)
_NO_WIDTH = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]{0,30})(?P<rest>(?:[^<>\"']|\"[^\"]{0,500}\"|'[^']{0,500}'){0,500})>"
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-zA-Z][\w-]{0,30})(?:\s{0,9}=\s{0,9}(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)
_DEEPEST = 200
_VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "source"}
# A word processor leaves a few; more than one in ten letters is something else.
_FEW = 12


def _unseen(text: str) -> list[tuple[int, int, str]]:
    """Find ranges of the source that a browser would not show, and how they are hidden.

    Not with ``html.parser``, which takes quadratic time on what is no markup.
    """
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
    return ranges + [(start, len(text), how) for _, start, how in opened if how]


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
    if "hidden" in attributes:
        return "ausgeblendet"
    colour = attributes.get("color", "").strip() if tag == "font" else ""
    white = _COLOUR.search(style) or (colour and re.fullmatch(_WHITE, colour, re.IGNORECASE))
    if white and not _BACKGROUND.search(style):
        return "weiße Schrift"
    return next((how for pattern, how in _UNSEEN if pattern.search(style)), "")


def visible_text(text: str) -> tuple[str, dict[str, str]]:
    """Return what a reader sees of a Markdown text.

    Returns
    -------
    text : str
    unseen : dict of str to str
        What was left out, by how it was hidden (German).
    """
    unseen: dict[str, list[str]] = {}
    ranges = _unseen(text)
    ranges += [(*m.span(), "LaTeX") for m in _LATEX.finditer(text)]
    kept, last = [], 0
    for start, end, how in sorted(ranges):
        if start < last:
            continue
        kept.append(text[last:start])
        unseen.setdefault(how, []).append(text[start:end])
        last = end
    rest = "".join([*kept, text[last:]])
    if tags := _TAGS.findall(rest):
        unseen["unsichtbare Zeichen"] = ["".join(chr(ord(c) - 0xE0000) for c in "".join(tags))]
        rest = _TAGS.sub("", rest)
    count = len(_NO_WIDTH.findall(rest))
    if count > max(_FEW, len(rest) // 10):
        unseen.setdefault("Zeichen ohne Breite", []).append("\u200b" * count)
    return _NO_WIDTH.sub("", rest), {how: " ".join(parts) for how, parts in unseen.items()}


def visible_side(side: Side) -> tuple[Side, tuple[Problem, ...]]:
    """Return a side whose texts hold only what is seen, and what was hidden."""
    problems: list[Problem] = []
    given = "\n".join(side.given.values())
    notebooks = {}
    for name, notebook in side.submission.notebooks.items():
        cells = []
        for cell in notebook.cells:
            seen, unseen = visible_text(cell.source) if cell.kind == "markdown" else ("", {})
            cells.append(replace(cell, source=seen) if seen != cell.source and unseen else cell)
            problems += _told(f"Zelle {cell.index + 1}", unseen, given, name, cell)
        notebooks[name] = replace(notebook, cells=tuple(cells))
    answers = {}
    for number, answer in side.submission.answers.items():
        answers[number], unseen = visible_text(answer)
        problems += _told(f"Die Antwort auf Frage {number}", unseen, given)
    submission = replace(side.submission, notebooks=notebooks, answers=answers)
    return replace(side, submission=submission), tuple(problems)


def _told(
    where: str, unseen: dict[str, str], given: str, notebook: str = "", cell: Cell | None = None
) -> list[Problem]:
    """Say what was hidden, unless it is the lab's own or too short to say anything."""
    told = [
        how
        for how, text in unseen.items()
        if text not in given and (len(re.findall(r"\w{3,}", text)) >= 3 or how.startswith("Zei"))
    ]
    if not told:
        return []
    index = cell.index if cell else None
    how = ", ".join(told)
    return [problem("hidden_text", notebook or None, index, where=where, how=how)]
