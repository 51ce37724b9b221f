"""Formulas in answers: Markdown, LaTeX and HTML reduced to plain text, and its numbers."""

from __future__ import annotations

import re
from itertools import groupby

__all__ = ["NUMBER", "numbers_in", "plain_formulas", "table_blocks"]

NUMBER = r"-?(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?"
_NUMBER = re.compile(rf"(?<![\w.,]){NUMBER}(?!\w)")
_SUBSCRIPTS = {ord("₀") + i: str(i) for i in range(10)}
_COMMANDS = (
    # (pattern, replacement), in this order
    (r"\*\*|__(?=\S)|(?<=\S)__", ""),
    (r"<br\s*/?>|</(?:p|tr|li|div|h\d)>", "\n"),
    (r"</t[dh]>", " | "),
    (r"<[a-zA-Z/][^<>\n]{0,200}>", " "),
    (r"[\u2212\u2013\u2012\ufe63\uff0d]", "-"),
    (r"(?<=\d)\{,\}(?=\d)", "."),
    (r"\\[dt]?frac\s*\{([^{}]{0,80})\}\s*\{([^{}]{0,80})\}", r"(\1)/(\2)"),
    (r"\\(?:cdot|times|ast)(?![a-zA-Z])|[·×⋅∙]|\\\*", "*"),
    (r"\\(?:to|(?:long|L|l)?[rR]ightarrow|mapsto|implies|leadsto)(?![a-zA-Z])|[→⇒↦⟶⟹]|=>", " -> "),
    (
        r"\\(?:text|mathrm|mathbf|mathit|operatorname|textbf|boldsymbol|underline|boxed)"
        r"\s*\{([^{}]{0,200})\}",
        r" \1 ",
    ),
    (r"\\(?:quad|qquad|left|right|[bB]igg?[lr]?|displaystyle)(?![a-zA-Z])|\\[,;:!> ]|~", " "),
    (r"\\([A-Za-z]+)", r" \1 "),
)


def plain_formulas(text: str) -> str:
    r"""Reduce Markdown, LaTeX and HTML to plain text, line by line.

    ``\cdot`` becomes ``*``, arrows ``->``, ``{,}`` a point; matrices become lists. Indices stay
    glued to their letter (``w_{11}`` to ``w_11``), so that they are no numbers; numbers of lists
    and headings (``1. ``, ``## 2 ``) are dropped.
    """
    text = re.sub(r"\s*\n\s*", "\n", text)
    text = re.sub(r"\\begin\{(?:[pbvBV]?matrix|array)\}(?:\{[^}]*\})?", "[", text)
    text = re.sub(r"\\end\{(?:[pbvBV]?matrix|array)\}", "]", text)
    text = re.sub(r"\\(?:begin|end)\{[^}]*\}", "\n", text)
    text = re.sub(r"\[[^\[\]]{0,400}\]", _one_list, text)
    text = re.sub(r"\\\\(?:\[[^\]]*\])?|\\newline", "\n", text)
    for pattern, replacement in _COMMANDS:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"([A-Za-z)\]])\s?[_^]\s?\{([^{}]{0,20})\}", _glued, text)
    text = re.sub(r"(?<=\w)[₀-₉]+", lambda m: "_" + m[0].translate(_SUBSCRIPTS), text)
    text = re.sub(r"[$`{}&]", " ", text)
    text = re.sub(
        r"(?m)^\s*(?:#+\s*(?:\d+(?:\.\d+)*[.)]?\s)?|\d{1,2}[.)]\s|[-+*•>]\s)\s*", "", text
    )
    text = re.sub(r"[ \t\xa0\u202f\u2009]+", " ", text)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _one_list(match: re.Match[str]) -> str:
    return re.sub(r"\\\\|&|\n", " ; ", match[0])


def _glued(match: re.Match[str]) -> str:
    return f"{match[1]}_{re.sub(r'[^A-Za-z0-9]+', '', match[2])}"


def numbers_in(text: str) -> tuple[float, ...]:
    """Return the numbers of plain text in reading order.

    A comma between two digits is a decimal comma, unless a space follows or three numbers stand
    in a row (``0,6,7``). A minus right behind a number or a closing bracket subtracts.
    """
    text = re.sub(r"(?<!\d)-?\d+(?:,-?\d+){2,}(?!\d)", lambda m: m[0].replace(",", " ; "), text)
    text = re.sub(r"(?<=\d),(?=\s|$)", " ; ", text)
    text = re.sub(r"(?<=[\d)\]])\s?-\s?(?=[\d(])", " - ", text)
    text = re.sub(r"(?<=\d)\.(?=\D|$)", ".0 ", text)
    return tuple(float(m[0].replace(",", ".")) for m in _NUMBER.finditer(text))


def table_blocks(text: str) -> tuple[list[list[list[str]]], str]:
    """Split plain text into its pipe tables and the rest.

    Returns
    -------
    tables : list of tables, each a list of rows of cells
        Rows of dashes are left out; a single line with bars is no table.
    rest : str
        The lines outside of tables.
    """
    tables: list[list[list[str]]] = []
    rest: list[str] = []
    for piped, group in groupby(text.splitlines(), lambda line: line.count("|") >= 2):
        lines = list(group)
        if piped and len(lines) > 1:
            rows = [[c.strip() for c in line.strip().strip("|").split("|")] for line in lines]
            tables.append([r for r in rows if not all(re.fullmatch(r":?-*:?", c) for c in r)])
        else:
            rest += lines
    return tables, "\n".join(rest)
