"""What the students wrote: their Markdown without the lines that the lab gave them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rapidfuzz import fuzz, process

__all__ = ["without_given"]

_WORD = re.compile(r"\w")
_PLACEHOLDERS = ("…", "...", "….")
_SAME = 93.0


@dataclass(frozen=True)
class _Known:
    """The lab's lines, white space squeezed; ``long`` by length."""

    lines: frozenset[str]
    long: tuple[str, ...]
    openings: tuple[str, ...]

    def holds(self, line: str) -> bool:
        """Tell whether a squeezed line is one of the lab's, maybe slightly edited."""
        if line in self.lines:
            return True
        length = len(line)
        first = bisect_left(self.long, 0.93 * length - 1, key=len)
        last = bisect_right(self.long, 1.07 * length + 1, key=len)
        near = [k for k in self.long[first:last] if abs(len(k) - length) <= 0.07 * length]
        return bool(near and process.extractOne(line, near, scorer=fuzz.ratio, score_cutoff=_SAME))


@lru_cache(maxsize=8)
def _known(given: str) -> _Known:
    lines = {squeezed for line in given.splitlines() if (squeezed := _squeeze(line))}
    openings = sorted((k for k in lines if len(k) > 3 and k[-1] in ":*?_"), key=len, reverse=True)
    long = sorted((k for k in lines if len(k) >= 12), key=lambda k: (len(k), k))
    return _Known(frozenset(lines), tuple(long), tuple(openings))


def without_given(written: str, given: str) -> str:
    """Return Markdown without the lab's lines; indentation and blank lines stay as written.

    (:func:`grader.checks.context.strip_given` serves comparison and squeezes white space, which
    would ruin lists and code.) A given table that the students filled in stays whole.
    """
    known = _known(given)
    lines = written.splitlines()
    held = {s: known.holds(s) for s in map(_squeeze, lines) if s}
    if all(held.values()):
        return ""
    kept: list[str] = []
    for is_table, group in groupby(lines, lambda line: line.lstrip().startswith("|")):
        rows = [(line, _squeeze(line)) for line in group]
        if is_table:
            filled = any(squeezed not in known.lines for _, squeezed in rows)
            kept += [line for line, _ in rows if filled]
            continue
        for line, squeezed in rows:
            # A lone fence or rule is the students' even where the lab has one.
            telling = _WORD.search(squeezed) or squeezed in _PLACEHOLDERS
            if telling and held[squeezed]:
                continue
            opening = next((k for k in known.openings if squeezed.startswith(k)), "")
            kept.append(squeezed[len(opening) :].strip() if opening else line)
    return "\n".join(kept).strip("\n")


def _squeeze(line: str) -> str:
    return " ".join(line.split())
