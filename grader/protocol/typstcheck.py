"""A second look at the Typst that pandoc writes, before Typst reads it.

Typst is a programming language. pandoc escapes what would be code, but earlier versions of its
writer for formulas forgot a backslash in front of a quote: a formula could close its string and go
on as code. Here the strings are taken out as Typst itself would read them; what is left may call
only what pandoc's writers call.
"""

from __future__ import annotations

import re

__all__ = ["is_plain_math", "is_plain_text"]

_ESCAPED = r"\\."
_STRING = r"\"(?:\\.|[^\"\\])*\""
_RAW = r"(`+)(?!`).*?(?<!`)\1(?!`)"
_TEXT_SKIP = re.compile(f"{_ESCAPED}|{_RAW}|{_STRING}", re.DOTALL)
_MATH_SKIP = re.compile(f"{_ESCAPED}|{_STRING}", re.DOTALL)
_TEXT_CALL = re.compile(
    r"#(?!(?:strong|emph|strike|sub|super|link|quote|figure|table|align|horizontalrule|box"
    r"|linebreak|block|underline)\b)"
)
_MATH_WORD = re.compile(r"(#?)([A-Za-z][A-Za-z0-9.]*)(\(?)")
_MATH_CODE = {"h", "box", "hide", "scale", "none"}
# The first part of a name: ``dot.double``, ``arrow.l`` are accents like ``dot`` and ``arrow``.
_MATH_CALLS = {
    "frac", "sqrt", "root", "lr", "mat", "vec", "binom", "cases", "overline", "underline",
    "overbrace", "underbrace", "overbracket", "underbracket", "accent", "grave", "acute", "hat",
    "tilde", "macron", "breve", "dot", "diaer", "circle", "caron", "arrow", "harpoon", "upright",
    "italic", "bold", "mono", "sans", "bb", "cal", "scr", "frak", "cancel", "abs", "norm", "floor",
    "ceil", "limits", "scripts", "display", "inline", "op", "attach", "class", "stretch",
}  # fmt: skip


def is_plain_text(source: str) -> bool:
    """Tell whether Typst markup calls only what pandoc's writer uses for text."""
    return not _TEXT_CALL.search(_TEXT_SKIP.sub(" ", source))


def is_plain_math(source: str) -> bool:
    """Tell whether a Typst formula, or what stands in its place, is only that.

    A formula that pandoc could not read stands there as escaped text.
    """
    body = source.strip()
    if not (len(body) > 1 and body[0] == body[-1] == "$" and not body.endswith("\\$")):
        return is_plain_text(source)
    rest = _MATH_SKIP.sub(" ", body[1:-1])
    if '"' in rest or re.search(r"#(?![a-z])|//|/\*|`|@|<\w", rest):
        return False
    for code, name, call in _MATH_WORD.findall(rest):
        if code and name not in _MATH_CODE:
            return False
        first = name.split(".")[0]
        if first == "std" or (call and not code and first not in _MATH_CALLS):
            return False
    return True
