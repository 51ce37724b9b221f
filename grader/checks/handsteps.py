"""The steps a hand calculation shows: whether there are any, and whether it adds the inputs up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import permutations

from grader.checks.formulas import MAX_TEXT, numbers_in, plain_formulas

__all__ = ["shows_steps", "sums_inputs"]

_WORKED = re.compile(
    r"\d[\s)]*[*/+][\s(]*-?\d|[\d)]\s*-\s*\(?\d|\d\s*\(-?\d|(?:max|relu)\s*\(", re.IGNORECASE
)
_MAX_FACTORS = 30


def shows_steps(text: str, hidden: Iterable[float] = ()) -> bool:
    """Tell whether a text calculates: an operation on numbers, or a value in ``hidden``.

    Parameters
    ----------
    text : str
        Markdown, LaTeX, tables or plain text.
    hidden : iterable of float
        Values that only occur between input and result.
    """
    plain = plain_formulas(text[:MAX_TEXT])
    return bool(_WORKED.search(plain)) or not set(hidden).isdisjoint(numbers_in(plain))


def sums_inputs(text: str, inputs: Sequence[float]) -> bool:
    """Tell whether a text adds the inputs up, as if they were the inputs of one neuron.

    Recognises the sum itself (``-1 + 1 + 2``), each term times a factor (``3*(-1) + 3*1 + 3*2``,
    ``w*(-1) + …``) and the terms worked out (``-3 + 3 + 6``), in any order.
    """
    plain = plain_formulas(text[:MAX_TEXT])
    squeezed = re.sub(r"\(([-+]?[\d.,]+)\)", r"\1", re.sub(r"\s+", "", plain)).replace("+-", "-")
    factors = [1.0, *dict.fromkeys(n for n in numbers_in(plain) if 0 < n <= 100)][:_MAX_FACTORS]
    scaled = {tuple(k * x for x in inputs) for k in factors}
    return any(
        re.search(_sum_pattern(order), squeezed)
        for values in scaled
        for order in permutations(values)
    )


def _sum_pattern(values: Iterable[float]) -> str:
    before, after = r"(?:[A-Za-z_]\w*\*|\d[\d.,]*\*)?", r"(?:\*-?\w[\w.,]*)?"
    terms = []
    for i, value in enumerate(values):
        sign = "-" if value < 0 else ("" if i == 0 else r"\+")
        # The minus may stand before the factor (-3*1) or before the number (3*-1).
        magnitude = re.escape(f"{abs(value):g}")
        if value < 0:
            lead = "" if i == 0 else r"\+?"
            terms.append(rf"(?:{lead}-{before}|{lead}{before}-){magnitude}{after}")
        else:
            terms.append(rf"{sign}{before}{magnitude}{after}")
    return r"(?<![\w.,*])" + "".join(terms) + r"(?![\w.,]*\d)"
