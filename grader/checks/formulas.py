"""Formulas in answers: Markdown, LaTeX and HTML reduced to plain text, and its numbers."""

from __future__ import annotations

import ast
import operator
import re
from itertools import groupby

__all__ = [
    "MAX_TEXT",
    "NUMBER",
    "first_statement",
    "numbers_in",
    "plain_formulas",
    "table_blocks",
    "value_of",
]

# Longer texts are cut: nobody calculates that much by hand, and patterns take their time.
MAX_TEXT = 12_000
NUMBER = r"-?(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?"
_NUMBER = re.compile(rf"(?<![\w.,]){NUMBER}(?!\w)")
_LEADING = re.compile(rf"[\s\[(]*(?P<number>{NUMBER})(?!\w)[\s\])]*(?![-+*/^(\s\])])")
_ARITHMETIC = re.compile(r"(?:[\d.,;()\s*/+-]|(?:max|relu)(?=\s*\())+", re.IGNORECASE)
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_END = re.compile(r"[\n;]|,\s*[A-Za-z]|\.\s+[A-Z]")
_MAX_STATEMENT = 300
_MAX_ARITHMETIC = 120
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


_COUNTS = (
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
    "elf", "zwölf", "dreizehn",
)  # fmt: skip
# "drei Eingaben" counts things; a word that nothing follows is a value.
_COUNT_WORD = re.compile(
    rf"(?<![\w-])(?P<minus>minus\s)?(?P<word>{'|'.join(_COUNTS)})"
    r"(?=\s*(?:[.,;:)!\n]|$|(?:und|oder|sowie|heraus|raus|ist|->)(?!\w)))",
    re.IGNORECASE,
)
_CASES = re.compile(r"\\begin\{d?cases\}(.{0,600}?)\\end\{d?cases\}", re.DOTALL)


# LaTeX's own tables.
_ARRAY = re.compile(
    r"\\begin\{(array|tabular)\}\s*\{[^{}]{0,80}\}(.{0,2000}?)\\end\{\1\}", re.DOTALL
)


def _barred_rows(match: re.Match[str]) -> str:
    rows = re.split(r"\\\\(?:\[[^\]]*\])?", re.sub(r"\\(?:h|c)line(?:\{[^}]*\})?", " ", match[2]))
    cells = ([c.strip() for c in row.split("&")] for row in rows if row.strip())
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def _spelled_out(match: re.Match[str]) -> str:
    return f"{'-' if match['minus'] else ''}{_COUNTS.index(match['word'].lower())}"


def _turned_cases(match: re.Match[str]) -> str:
    """Write the condition before the value: ``6 & x = 1`` says what ``x = 1: y = 6`` says."""
    rows = (row.split("&", 1) for row in re.split(r"\\\\(?:\[[^\]]*\])?", match[1]))
    turned = (
        f"{row[1].strip()}: y = {row[0].strip().rstrip(',;')}" if len(row) == 2 else row[0]
        for row in rows
    )
    return "\n" + "\n".join(turned) + "\n"


def plain_formulas(text: str) -> str:
    r"""Reduce Markdown, LaTeX and HTML to plain text, line by line.

    ``\cdot`` becomes ``*``, arrows ``->``, ``{,}`` a point; matrices become lists. Indices stay
    glued to their letter (``w_{11}`` to ``w_11``), so that they are no numbers; numbers of lists
    and headings (``1. ``, ``## 2 ``) are dropped. Values in words ("ergibt sieben") become digits.
    """
    text = _CASES.sub(_turned_cases, text)
    text = _ARRAY.sub(_barred_rows, text)
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
    text = _COUNT_WORD.sub(_spelled_out, text)
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


def first_statement(text: str) -> str:
    """Cut plain text at its first line end, ``;``, ``, word`` or ``. Word`` outside of brackets."""
    masked = text = text[:_MAX_STATEMENT]
    for _ in range(3):
        masked = re.sub(r"\([^()\n]{0,200}\)", lambda m: "_" * len(m[0]), masked)
    end = _END.search(masked)
    return text[: end.start()] if end else text


def value_of(text: str) -> float | None:
    """Return the number that a chain of equations in plain text ends in.

    ``y = max(0; 12 - 5*1) = 7`` is 7, and so is ``y = max(0; 12 - 5*1)``; words behind the number
    do not count. None if there is no number, or one only within a formula (``y = N2 - 5*N3``).
    """
    for part in reversed(re.split(r"->|[=≈:]", text)):
        stated = re.split(r"[<>≤≥]", part)[0]
        value = _value_of_part(stated)
        if value is not None:
            return value
    return None


def _value_of_part(part: str) -> float | None:
    leading = _LEADING.match(part)
    if leading:
        return numbers_in(leading["number"])[0]
    arithmetic = _ARITHMETIC.match(part)
    if arithmetic and re.search(r"\d", arithmetic[0]):
        return _arithmetic(arithmetic[0].strip(" .,;\n"))
    stated = numbers_in(part)
    return stated[-1] if stated and not re.search(r"[*/+(]|\d\s*-", part) else None


def _arithmetic(text: str) -> float | None:
    """Work out sums, products, max and relu; a comma separates within max, unless ; does."""
    if len(text) > _MAX_ARITHMETIC:
        return None
    if ";" in text or "max" not in text.lower():
        text = text.replace(",", ".").replace(";", ",")
    text = re.sub(r"(?<=[\d)])\s*(?=\(|max|relu)", "*", text.lower())
    try:
        return _worked_out(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError):
        return None


def _worked_out(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_worked_out(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _worked_out(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_worked_out(left), _worked_out(right)))
        case ast.Call(func=ast.Name(id="max" | "relu"), args=[_, *_] as args):
            values = [_worked_out(arg) for arg in args]
            return max(values if len(values) > 1 else [0.0, *values])
    raise ValueError("Keine Rechnung aus Zahlen.")


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
