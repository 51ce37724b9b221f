"""Code with its colours for Typst.

Typst can highlight by itself, but its engine needs a third of the time that a whole protocol
takes. Pygments, which colours the HTML too, needs a twentieth of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from pygments.lexers import PythonLexer
from pygments.token import Token

from grader.protocol.text import with_breaks
from grader.templating import Typst, typst_code

__all__ = ["coloured_lines", "coloured_typst"]

# By kind of token, the most special first; the templates know the colours by these letters.
_KINDS = (
    (Token.Comment, "c"),
    (Token.Literal.String.Escape, "e"),
    (Token.Literal.String.Interpol, "i"),
    (Token.Literal.String, "s"),
    (Token.Literal.Number, "n"),
    (Token.Keyword, "k"),
    (Token.Operator, "k"),
    (Token.Name.Function, "f"),
    (Token.Name.Class, "f"),
    (Token.Name.Decorator, "f"),
    (Token.Name.Builtin, "f"),
)
_BREAK = "\u200b"


@lru_cache(maxsize=2000)
def coloured_typst(source: str, width: int) -> Typst:
    """Return code as Typst's array of lines, each an array of kind, text, kind, text, …

    Words longer than ``width`` may break. Cells that the lab gave stand in every protocol.
    """
    lines = coloured_lines(source, width)
    return Typst(f"({''.join(_typst_line(line) for line in lines)})")


def coloured_lines(source: str, width: int) -> list[list[tuple[str, str]]]:
    """Return code's lines as runs of one colour: a kind's letter (or none), and the text.

    The texts together are ``with_breaks(source, width)``.
    """
    lines: list[list[tuple[str, str]]] = [[]]
    for kind, text in _with_breaks(list(_runs(source)), source, width):
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            line = lines[-1]
            if line and line[-1][0] == kind:
                line[-1] = kind, line[-1][1] + part
            elif part:
                line.append((kind, part))
    return lines


def _runs(source: str) -> Iterator[tuple[str, str]]:
    name = ""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for _, token, text in lexer.get_tokens_unprocessed(source):
        if name:
            # A name before a bracket is called.
            yield "f" if text.startswith("(") else "", name
            name = ""
        if token is Token.Name:
            name = text
        elif text == ".":
            yield "", text
        else:
            yield next((letter for kind, letter in _KINDS if token in kind), ""), text
    yield "", name


def _with_breaks(runs: list[tuple[str, str]], source: str, width: int) -> Iterator[tuple[str, str]]:
    """Yield the runs with break opportunities, which count across them."""
    broken = with_breaks(source, width)
    if len(broken) == len(source):
        yield from runs
        return
    at = 0
    for kind, text in runs:
        start = at
        for char in text:
            at += 1 + (broken[at] == _BREAK != char)
        yield kind, broken[start:at]


def _typst_line(line: list[tuple[str, str]]) -> str:
    return "(" + "".join(f'"{kind}",{typst_code(text)},' for kind, text in line) + "),"
