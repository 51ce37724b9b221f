"""A cell's top-level statements, IPython's own lines among them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache

from grader.intake.content import tokens_of

__all__ = ["Statement", "statements_of"]

_OWN_LINE = re.compile(r"(?m)^([ \t]*)[%!][^%\n].*$")
_COMMENT = re.compile(r"#[^\n]*")
# Longer cells are nobody's work, and parsing them takes memory.
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement at a cell's top level.

    Attributes
    ----------
    first, last : int
        Its first line (decorators included) and its last one, counted from 0.
    assigns : bool
        Whether it does nothing but make names.
    gap : bool
        Whether a blank line stands above it or above its comments.
    """

    source: str
    first: int
    last: int
    assigns: bool
    gap: bool

    @property
    def tokens(self) -> frozenset[str]:
        """Names, numbers and words, comments left out."""
        return tokens_of(_COMMENT.sub("", self.source))


@lru_cache(maxsize=1024)
def statements_of(source: str) -> tuple[Statement, ...]:
    """Return the statements of a code cell in order; none if it is no plain Python."""
    if len(source) > _LONGEST:
        return ()
    plain = _OWN_LINE.sub(r"\1pass", source)
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    # As Python counts them: a form feed inside a text ends no line.
    lines = re.split(r"\r\n|\r|\n", source)
    found = []
    before = -1
    for node in tree.body:
        decorators = [d.lineno for d in getattr(node, "decorator_list", [])]
        first = min([node.lineno, *decorators]) - 1
        last = (node.end_lineno or node.lineno) - 1
        between = lines[before + 1 : first]
        gap = any(not line.strip() for line in between)
        assigns = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        text = "\n".join(lines[first : last + 1])
        found.append(Statement(text, first, last, assigns, gap))
        before = last
    return tuple(found)
