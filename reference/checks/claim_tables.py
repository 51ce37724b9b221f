"""Which images a Markdown table says the network got right."""

from __future__ import annotations

import re

__all__ = ["table_claims", "without_tables"]

_RULE = re.compile(r"^[\s|:-]+$")
_IMAGE = re.compile(r"^(?:(?:bild|aufnahme|scan|oct|nr\.?)\s*)?([1-4])\.?$", re.IGNORECASE)
_YES = re.compile(r"^(?:ja|richtig|korrekt|stimmt|wahr|right|yes|ok|✓|✔|☑|✅)", re.IGNORECASE)
_NO = re.compile(r"^(?:nein|falsch|nicht|inkorrekt|wrong|no\b|✗|✘|❌|x$)", re.IGNORECASE)
_ASKS_WRONG = re.compile(r"falsch|fehler", re.IGNORECASE)
_CLASSES = {
    "cnv": re.compile(r"\bcnv\b|neovask", re.IGNORECASE),
    "dme": re.compile(r"\bdme\b|ödem|oedem", re.IGNORECASE),
    "normal": re.compile(r"\bnormal\b|gesund", re.IGNORECASE),
    "drusen": re.compile(r"druse", re.IGNORECASE),
}


def without_tables(text: str) -> str:
    """Return a text without the lines of its tables."""
    return "\n".join(line for line in text.split("\n") if "|" not in line)


def table_claims(text: str) -> dict[int, bool]:
    """Return for each image index whether a table says that the network got it right.

    A row says so in words ("ja", "✗") or by giving the same class twice, as answer and as truth.
    A table that speaks of one image only is none.
    """
    lines = [line for line in text.split("\n") if "|" in line and not _RULE.match(line)]
    rows = [[c.strip(" *_`") for c in line.strip().strip("|").split("|")] for line in lines]
    head = rows[0] if rows else []
    claims: dict[int, bool] = {}
    for row in rows:
        image = _IMAGE.match(row[0])
        verdict = _verdict(row[1:], head[1:]) if image else None
        if image and verdict is not None:
            claims.setdefault(int(image[1]) - 1, verdict)
    return claims if len(claims) > 1 else {}


def _verdict(cells: list[str], head: list[str]) -> bool | None:
    for place, cell in enumerate(cells):
        said = True if _YES.match(cell) else False if _NO.match(cell) else None
        if said is not None:
            asks_wrong = place < len(head) and _ASKS_WRONG.search(head[place])
            in_words = re.match(r"ja|nein|yes|no\b", cell, re.IGNORECASE)
            return said != bool(asks_wrong and in_words)
    named = [k for cell in cells if (k := _class_of(cell))]
    return named[0] == named[1] if len(named) == 2 else None


def _class_of(cell: str) -> str:
    found = [name for name, pattern in _CLASSES.items() if pattern.search(cell)]
    return found[0] if len(found) == 1 else ""
