"""Hand calculations: which result a written text claims for which input.

Nothing is evaluated as code; a text is reduced to tables, segments behind an input ("x = 1: …")
and lists with one number per input ("Ausgaben: 0, 6, 7").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from grader.checks.formulas import NUMBER, numbers_in, plain_formulas, table_blocks

__all__ = ["Claims", "claimed_outputs", "sums_inputs"]

_OUTPUT = re.compile(
    r"(?<!\w)(?:ausgabe\w*|ausgang\w*|ausgänge|output\w*|out|(?:end)?ergebnis\w*|ergibt|result\w*|"
    r"vorhersage\w*|handrechnung|von hand|y(?:_?\w{1,4})?|ŷ|o(?:_?\d)?|[nhaz]_?4|neuron 4|"
    r"f(?=\s*[(=]))(?!\w)",
    re.IGNORECASE,
)
_KERAS = re.compile(r"keras|predict|tensorflow|stimm|gleich|identisch|überein", re.IGNORECASE)
_ASIDE = re.compile(r"(?<=\s)\([^()\n]{0,80}[A-Za-zÄÖÜäöüß]{4}[^()\n]{0,80}\)")
_ASSIGNED = r"\s*(?:\([^()\n]{0,20}\)\s*)?(?:=|:|->|ist|sind|beträgt|lautet|lauten)"
_MAX_TEXT = 12_000
_MAX_FACTORS = 30


@dataclass(frozen=True, slots=True)
class Claims:
    """What a text says.

    Attributes
    ----------
    outputs : dict of float to tuple of float
        For each input the values that may be meant as its result, the likeliest first; an input
        without any is absent.
    numbers : tuple of float
        All numbers in reading order.
    """

    outputs: dict[float, tuple[float, ...]] = field(default_factory=dict)
    numbers: tuple[float, ...] = ()


def claimed_outputs(text: str, inputs: Sequence[float]) -> Claims:
    """Find which result a text states for each of ``inputs``.

    Parameters
    ----------
    text : str
        Markdown, LaTeX, tables or plain text; cut after 12 000 characters.
    inputs : sequence of float
        The inputs that were to be calculated.
    """
    plain = plain_formulas(text[:_MAX_TEXT])
    tables, rest = table_blocks(plain)
    rest = _ASIDE.sub(" ", rest)
    own = "\n".join(line for line in rest.splitlines() if not _KERAS.search(line))
    found: dict[float, list[float]] = {x: [] for x in inputs}
    for rank in (_from_tables(tables, inputs), _from_prose(own, inputs), _from_prose(rest, inputs)):
        for x, value in rank:
            if value not in found[x]:
                found[x].append(value)
    return Claims({x: tuple(v) for x, v in found.items() if v}, numbers_in(plain))


def sums_inputs(text: str, inputs: Sequence[float]) -> bool:
    """Tell whether a text adds the inputs up, as if they were the inputs of one neuron.

    Recognises the sum itself (``-1 + 1 + 2``), each term times a factor (``3*(-1) + 3*1 + 3*2``,
    ``w*(-1) + …``) and the terms worked out (``-3 + 3 + 6``), in any order.
    """
    plain = plain_formulas(text[:_MAX_TEXT])
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


# ------------------------------------------------------------------ tables


def _from_tables(
    tables: list[list[list[str]]], inputs: Sequence[float]
) -> Iterator[tuple[float, float]]:
    for table in tables:
        if len(table) >= 2:
            yield from _upright(table, inputs)
            yield from _lying(table, inputs)


def _upright(table: list[list[str]], inputs: Sequence[float]) -> Iterator[tuple[float, float]]:
    """One row per input: the input in the first cell, the output in a column of its own."""
    head = table[0]
    if _labelled(head[0]) == tuple(inputs[:1]):
        head = []
    column = _output_column(head)
    for row in table:
        value = _labelled(row[0])
        cell = row[column] if column < len(row) else ""
        stated = numbers_in(cell)
        if len(row) > 1 and value and value[0] in inputs and stated:
            yield value[0], stated[-1]


def _labelled(cell: str) -> tuple[float, ...]:
    """Return the input that a row's first cell names: ``x = 1``, ``1``, ``Eingabe 2 (x=1)``."""
    named = re.search(rf"(?<!\w)x(?:_?\w)?\s*=\s*\(?({NUMBER})", cell, re.IGNORECASE)
    return numbers_in(named[1] if named else cell)[:1]


def _output_column(head: list[str]) -> int:
    named = [i for i, cell in enumerate(head) if i and _OUTPUT.search(cell)]
    by_hand = [i for i, cell in enumerate(head) if i and re.search(r"hand", cell, re.IGNORECASE)]
    return (by_hand or [i for i in named if not _KERAS.search(head[i])] or named or [-1])[-1]


def _lying(table: list[list[str]], inputs: Sequence[float]) -> Iterator[tuple[float, float]]:
    """One column per input: a row of inputs, another of outputs."""
    rows = [[numbers_in(cell)[-1:] for cell in row[1:]] for row in table]
    wanted = [(x,) for x in inputs]
    if wanted not in rows:
        return
    names = [row[0] for row in table]
    named = [i for i, name in enumerate(names) if _OUTPUT.search(name) and not _KERAS.search(name)]
    last = (named or [len(table) - 1])[-1]
    for x, value in zip(inputs, rows[last], strict=False):
        if value and rows[last] != wanted:
            yield x, value[0]


# ------------------------------------------------------------------ prose


def _from_prose(text: str, inputs: Sequence[float]) -> Iterator[tuple[float, float]]:
    text = _without_input_lists(text, inputs)
    segments = list(_segments(text, inputs))
    lists = list(_lists(text, inputs))
    for x, segment, direct in reversed(segments):
        value = _assigned(segment, direct)
        if value is not None:
            yield x, value
    for named in (True, False):
        for values, has_name in reversed(lists):
            if has_name is named:
                yield from zip(inputs, values, strict=True)
    for x, segment, _ in reversed(segments):
        stated = numbers_in(segment)
        if stated:
            yield x, stated[-1]


def _written(x: float) -> str:
    """Pattern of one input as people write it."""
    return rf"\(?{re.escape(f'{x:g}')}(?:[.,]0+)?\)?(?![\d]|[.,]\d)"


def _without_input_lists(text: str, inputs: Sequence[float]) -> str:
    """Blank lists of the inputs: they announce calculations, they are none."""
    name = r"(?:(?:x|eingabe|eingang|input)(?:_?\w{1,3})?\s*[=:]\s*)?"
    between = r"\s*(?:[,;/]|und|sowie|bzw\.?|\s)\s*(?:und\s+|für\s+)?"
    return re.sub(between.join(name + _written(x) for x in inputs), " ", text, flags=re.IGNORECASE)


def _segments(text: str, inputs: Sequence[float]) -> Iterator[tuple[float, str, bool]]:
    """Yield (input, text up to the next input, whether the marker itself names the output)."""
    marks = [mark for x in inputs for mark in _marks(_explicit(x), text, x)]
    if len({x for _, _, x, _ in marks}) < 2:
        # "1 ->" alone may as well be a step of a calculation: only where nothing names the input.
        marks += [mark for x in inputs for mark in _marks(_bare(x), text, x)]
    marks.sort()
    for i, (_, end, x, direct) in enumerate(marks):
        stop = marks[i + 1][0] if i + 1 < len(marks) else len(text)
        yield x, text[end:stop], direct


def _explicit(x: float) -> str:
    number = _written(x)
    name = r"(?:x|eingabe\w*|eingang\w*|input\w*)(?:_?\w{1,3})?"
    function = r"(?:f|y|ŷ|netz|net|out|output|ausgabe|[nhaz]_?4|o)"
    return (
        rf"(?<![\w*/])(?:(?P<call>{function}\s*\(\s*(?:x\s*=\s*)?{number}\s*\)?)"
        rf"|{name}\s*(?:=|:|von|ist|in)?\s*{number}|(?:für|bei|mit|aus)\s+{number})"
    )


def _bare(x: float) -> str:
    start = r"(?:(?m:^)|(?<=[,;|(])|(?<=und))\s*"
    return rf"(?P<call>(?!))?{start}{_written(x)}\s*(?=->|:|ergibt|liefert)"


def _marks(pattern: str, text: str, x: float) -> Iterator[tuple[int, int, float, bool]]:
    for match in re.finditer(pattern, text, re.IGNORECASE):
        yield match.start(), match.end(), x, match["call"] is not None


def _assigned(segment: str, direct: bool) -> float | None:
    """Value that a segment assigns to the output, or that follows the input at once."""
    first_line = segment.split("\n", 1)[0]
    if direct:
        stated = numbers_in(re.split(r";|,\s|\.\s", first_line)[0])
        return stated[-1] if stated else None
    for match in reversed(list(re.finditer(_OUTPUT.pattern + _ASSIGNED, segment, re.IGNORECASE))):
        statement = re.split(r"[\n;]|,\s*[A-Za-z]|\.\s+[A-Z]", segment[match.end() :])[0]
        stated = numbers_in(statement)
        if stated:
            return stated[-1]
    lone = re.match(rf"[\s):=]*(?:->|ergibt|liefert|ist)?\s*({NUMBER})[\s.,;)]*$", first_line)
    return numbers_in(lone[1])[0] if lone else None


def _lists(text: str, inputs: Sequence[float]) -> Iterator[tuple[tuple[float, ...], bool]]:
    """Yield lists with one number per input, and whether they are named as output."""
    count = len(inputs)
    item = rf"[\[(]{{0,3}}\s?{NUMBER}\.?\s?[\])]{{0,3}}"
    between = r"\s?(?:[,;|/]\s?(?:und\s)?|und\s|\s)\s?"
    pattern = re.compile(
        rf"(?<![\w.,*+/=-]){item}(?:{between}{item}){{{count - 1},}}(?!\s*[\w*+/=])"
    )
    for match in pattern.finditer(text):
        values = numbers_in(match[0])
        line_start = text.rfind("\n", 0, match.start()) + 1
        before = text[max(line_start, match.start() - 80) : match.start()]
        if len(values) == count and values != tuple(inputs):
            yield values, bool(_OUTPUT.search(before))
