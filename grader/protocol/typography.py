"""German typography of prose: decimal commas, minus signs, units that stay with their number."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["german_formula", "german_inlines", "spoken_formula"]

_DECIMAL = re.compile(r"(?<![\w.,:/-])([-−+±<>≤≥=≈~(\[]*)(\d+)\.(\d+)(?![\w/]|[.:]\w)")
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.\Z")
_NUMBER = re.compile(r"(?:.*[\s(\[„=≈~<>±+-])?[(\[„=≈~<>±+−-]*\d[\d.,]*\Z", re.DOTALL)
_UNIT = re.compile(
    r"(?:%|‰|°C|°|[mµn]?s|min|h|[mµ]?V|[mµ]?A|[kM]?Hz|[cmµnk]?m[²³]?|[kmµ]?g|dB|€|Pixeln?|Epochen"
    r"|mmol/l|mg/dl|g/l)(?![\w/])"
)
# After these a point is no decimal point: "Aufgabe 1.2", "Python 3.11", "Version 2.0".
_NAMES = re.compile(
    r"(?:Aufgaben?|Abschnitt[es]*|Kapiteln?|Kap\.|Abb\.|Abbildung(?:en)?|Tab\.|Tabellen?|Fragen?|Gl\.|"
    r"Gleichung|Nr\.|Notebook|Version|Python|Keras|TensorFlow|Tensorflow|NumPy|CUDA|[vV]\.?)\Z"
)
_FORMULA = re.compile(
    r"\\(?:text|textrm|textbf|mathrm|mbox|operatorname)\{[^{}]*\}"
    r"|(?<![\w.\\^_])(\d+)(?:\.|\{,\})(\d+)(?![\w.])"
)
_GERMAN = re.compile(r"\\text\{(\d+,\d+)\}")


def german_formula(tex: str) -> str:
    """Return TeX with decimal commas that take no space: ``0.85`` → ``\\text{0,85}``."""
    return _FORMULA.sub(lambda m: rf"\text{{{m[1]},{m[2]}}}" if m[1] else m[0], tex)


def spoken_formula(tex: str) -> str:
    """Return TeX for those who hear it: without what :func:`german_formula` put in."""
    return _GERMAN.sub(r"\1", tex)


def german_inlines(inlines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return pandoc's inlines with German numbers; code stays as it is."""
    made: list[dict[str, Any]] = []
    for inline in inlines:
        if inline["t"] != "Str":
            made.append(inline)
            continue
        before = _word_before(made)
        text = inline["c"] if _NAMES.search(before) else _numbers(inline["c"])
        if _UNIT.match(text) and _ends_in_number(made):
            # The blank between number and unit becomes a narrow one that does not break.
            made[-1] = {"t": "Str", "c": "\u202f"}
        made.append({"t": "Str", "c": text})
    return made


def _numbers(text: str) -> str:
    if "." not in text or _DATE.search(text):
        return text
    return _DECIMAL.sub(r"\1\2,\3", text)


def _word_before(made: list[dict[str, Any]]) -> str:
    if len(made) > 1 and made[-1]["t"] in ("Space", "SoftBreak") and made[-2]["t"] == "Str":
        word: str = made[-2]["c"]
        return word
    return ""


def _ends_in_number(made: list[dict[str, Any]]) -> bool:
    if len(made) < 2 or made[-1]["t"] != "Space":
        return False
    last = made[-2]
    return last["t"] == "Str" and _NUMBER.match(last["c"]) is not None
