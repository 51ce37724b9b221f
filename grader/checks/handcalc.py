"""Hand calculations: which result a written text claims for which input.

Nothing is evaluated as code; a text is reduced to tables, segments behind an input ("x = 1: …")
and lists with one number per input ("Ausgaben: 0, 6, 7").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.checks.formulas import (
    MAX_TEXT,
    NUMBER,
    first_statement,
    numbers_in,
    plain_formulas,
    table_blocks,
    value_of,
)
from grader.checks.handtables import KERAS, OUTPUT, table_outputs

__all__ = ["Claims", "claimed_outputs"]

_ASIDE = re.compile(r"(?<=\s)\([^()\n]{0,80}[A-Za-zÄÖÜäöüß]{4}[^()\n=]{0,80}\)")
_ASSIGNED = re.compile(
    OUTPUT.pattern
    + r"\s*(?:\([^()\n]{0,20}\)\s*)?(?:=|:|->|(?:ist|sind|beträgt|lautet|lauten)(?!\w))",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?<!\w)(?:ergibt|ergeben|liefert|erhält|erhalten|bekommt|bekommen|kommt|folgt|ist|ausgabe|"
    rf"output|ergebnis)(?!\w)(?P<between>[^\d\n=]{{0,40}}?)(?<![\w.,])(?P<value>{NUMBER})(?!\w)"
    r"(?!\s?[*/+-]|\()",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"neuron|schicht|gewicht|schwelle|summe|(?<!\w)[nhaz](?:_?[1-3])?(?!\w)", re.I)
_SHORT = r"-?\d+(?:\.\d+)?"
_ENUMERATION = re.compile(
    rf"[\s\[(]*{_SHORT}\s?[,;|]\s?{_SHORT}\s?(?:[,;|]|und)\s?(?:und\s)?{_SHORT}(?!\w)"
)
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{4,}")
_FORMULA_WORD = re.compile(r"(?<!\w)(?:relu|max|also|somit|daraus|dann)(?!\w)", re.IGNORECASE)
_BEGIN = r"(?:(?m:^)|(?<=[,;|(])|(?<=und))"
_MAX_RESULTS = 20
# "+1" beside "-1" is the same input as "1".
_PLUS = re.compile(r"(?m)((?:^|[|(=:,;])\s*)\+(?=\d)")
# "N3 = f(1)": here f is the activation and 1 no input of the net.
_ACTIVATED = re.compile(r"(?<![A-Za-z])[nhaz](?:_?[1-3]|_\{[1-3]\})\s*=\s*$", re.IGNORECASE)


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
    guessed : frozenset of float
        Inputs whose likeliest value is only the last number written behind them.
    finals : tuple of float
        What the lines outside of tables end in, in reading order.
    """

    outputs: dict[float, tuple[float, ...]] = field(default_factory=dict)
    numbers: tuple[float, ...] = ()
    guessed: frozenset[float] = frozenset()
    finals: tuple[float, ...] = ()


def claimed_outputs(text: str, inputs: Sequence[float]) -> Claims:
    """Find which result a text states for each of ``inputs``.

    Parameters
    ----------
    text : str
        Markdown, LaTeX, tables or plain text; cut after 12 000 characters.
    inputs : sequence of float
        The inputs that were to be calculated.
    """
    # An equation may go on in the next line ("= 7").
    plain = re.sub(r"\n(?=(?:=|->))", " ", plain_formulas(text[:MAX_TEXT]))
    plain = _PLUS.sub(r"\1", _without_counting(plain, inputs))
    tables, rest = table_blocks(plain)
    if tables and not any(True for _ in table_outputs(tables, inputs)):
        # Bars between the steps of one line make no table.
        tables, rest = [], re.sub(r"\|+", ";", plain)
    rest = _ASIDE.sub(" ", rest)
    own = "\n".join(line for line in rest.splitlines() if not KERAS.search(line))
    found: dict[float, list[float]] = {x: [] for x in inputs}
    guessed = set()
    stated = [(x, value, True) for x, value in table_outputs(tables, inputs)]
    for rank in (stated, _from_prose(own, inputs), _from_prose(rest, inputs)):
        for x, value, sure in rank:
            if not found[x] and not sure:
                guessed.add(x)
            if value not in found[x]:
                found[x].append(value)
    ends = (
        value_of(first_statement(line)) for line in own.splitlines() if re.search("=|->|:", line)
    )
    return Claims(
        {x: tuple(v) for x, v in found.items() if v},
        numbers_in(plain),
        frozenset(guessed),
        tuple(value for value in ends if value is not None),
    )


def _from_prose(text: str, inputs: Sequence[float]) -> Iterator[tuple[float, float, bool]]:
    """Yield (input, value, whether more than a guess), the likeliest first."""
    text = _without_input_lists(text, inputs)
    segments = list(_segments(text, inputs))[::-1]
    lists = sorted(_lists(text, inputs), key=lambda entry: (entry[1], entry[2]), reverse=True)
    for x, segment, direct, _ in segments:
        value = _assigned(segment, direct)
        if value is not None:
            yield x, value, True
    # A list amid calculations per input may hold one input's neurons; one behind them does not.
    complete = {x for x, _, _, _ in segments} == set(inputs)
    last = segments[0][3] if complete else -1
    for values, _, position in lists:
        if position > last:
            yield from ((x, value, True) for x, value in zip(inputs, values, strict=True))
    if not segments:
        yield from _in_order(text, inputs)
    for read in (_said, _equation):
        for x, segment, _, _ in segments:
            value = read(segment)
            if value is not None:
                yield x, value, True
    for x, segment, _, _ in segments:
        stated = numbers_in(segment)
        if stated:
            yield x, stated[-1], _ends_in_result(segment)
    for values, _, position in lists:
        if position <= last:
            yield from ((x, value, False) for x, value in zip(inputs, values, strict=True))


def _in_order(text: str, inputs: Sequence[float]) -> Iterator[tuple[float, float, bool]]:
    """Where no input is named: as many results as inputs, one after the other."""
    results = list(_ASSIGNED.finditer(text))
    if len(results) == len(inputs):
        for x, result in zip(inputs, results, strict=True):
            value = value_of(first_statement(text[result.end() :]))
            if value is not None:
                yield x, value, True


def _without_counting(text: str, inputs: Sequence[float]) -> str:
    """Replace "Eingabe 1" to "Eingabe 3", if all of them occur, by the inputs meant."""
    counted = re.compile(
        r"(?<!\w)(?:eingabe|eingang|input|fall|rechnung)\s?(\d)(?![\w]|[.,]\d)(\W{0,4}x\s?=)?",
        re.IGNORECASE,
    )
    used = {int(m[1]) for m in counted.finditer(text)}
    if used != set(range(1, len(inputs) + 1)):
        return text
    return counted.sub(lambda m: m[2] or f"x = {inputs[int(m[1]) - 1]:g}", text)


def _written(x: float) -> str:
    """Pattern of one input as people write it."""
    return rf"\(?{re.escape(f'{x:g}')}(?:[.,]0+)?\)?(?![\d]|[.,]\d)"


def _without_input_lists(text: str, inputs: Sequence[float]) -> str:
    """Blank lists of the inputs: they announce calculations, they are none."""
    name = r"(?:(?:x|eingabe|eingang|input)(?:_?\w{1,3})?\s*[=:]\s*)?"
    between = r"\s*(?:[,;/]|und|sowie|bzw\.?|\s)\s*(?:und\s+|für\s+)?"
    return re.sub(between.join(name + _written(x) for x in inputs), " ", text, flags=re.IGNORECASE)


def _segments(text: str, inputs: Sequence[float]) -> Iterator[tuple[float, str, bool, int]]:
    """Yield (input, text up to the next input, whether its mark names the output, position)."""
    marks = [mark for x in inputs for mark in _marks(_explicit(x), text, x)]
    if len({x for _, _, x, _ in marks}) < 2:
        # "1 ->" alone may as well be a step of a calculation: only where nothing names the input,
        # and amid a line only where not every input begins one.
        begun = [mark for x in inputs for mark in _marks(_bare(x, r"(?m:^)"), text, x)]
        if len({x for _, _, x, _ in begun}) < len(inputs):
            begun = [mark for x in inputs for mark in _marks(_bare(x, _BEGIN), text, x)]
        marks += begun
    marks.sort()
    for i, (_, end, x, direct) in enumerate(marks):
        stop = marks[i + 1][0] if i + 1 < len(marks) else len(text)
        yield x, text[end:stop], direct, end


def _explicit(x: float) -> str:
    number = _written(x)
    name = r"(?:x|eingabe\w*|eingang\w*|input\w*)(?:_?\w{1,3})?"
    function = r"(?:f|y|ŷ|netz|net|out|output|ausgabe|[nhaz]_?4|o)"
    return (
        rf"(?<![\w*/])(?:(?P<call>{function}\s*\(\s*(?:x\s*=\s*)?{number}\s*\)?)"
        rf"|{name}\s*(?:=|:|von|ist|in)?\s*{number}|(?:für|bei|mit|aus)\s+{number}"
        r"(?!\s*(?:[*+/]|neuron|schicht|gewicht|knoten|ein|aus|multipl|mal)))"
    )


def _bare(x: float, begin: str) -> str:
    return rf"(?P<call>(?!))?{begin}\s*{_written(x)}\s*(?=->|:|ergibt|liefert)"


def _marks(pattern: str, text: str, x: float) -> Iterator[tuple[int, int, float, bool]]:
    for match in re.finditer(pattern, text, re.IGNORECASE):
        if match["call"] and _ACTIVATED.search(text, max(0, match.start() - 20), match.start()):
            continue
        yield match.start(), match.end(), x, match["call"] is not None


def _assigned(segment: str, direct: bool) -> float | None:
    """Value that a segment assigns to the output, or that follows the input at once."""
    first_line = segment.split("\n", 1)[0]
    # "f(1) = 6: N1 = 3, …": the way there stands behind the result.
    stated = re.match(rf"[\s)]*(?:=|->|≈)\s*({NUMBER})\s*:", first_line) if direct else None
    if stated:
        return numbers_in(stated[1])[0]
    if direct and re.match(r"[\s)]*(?:=|->|≈)", first_line):
        return value_of(first_statement(re.sub(r"^[\s)]*", "", first_line)))
    for match in list(_ASSIGNED.finditer(segment))[:-_MAX_RESULTS:-1]:
        statement = segment[match.end() :]
        value = None if _ENUMERATION.match(statement) else value_of(first_statement(statement))
        if value is not None:
            return value
    lone = re.match(rf"[\s):=]*(?:->|ergibt|liefert|ist)?\s*({NUMBER})[\s.,;)]*$", first_line)
    return numbers_in(lone[1])[0] if lone else None


def _said(segment: str) -> float | None:
    """Value that a sentence gives: "ergibt sich 6", "kommt 6 heraus"; no hidden neuron's."""
    told = [m for m in _SAID.finditer(segment) if not _HIDDEN.search(m["between"])]
    return numbers_in(told[-1]["value"])[0] if told else None


def _equation(segment: str) -> float | None:
    """What the last line ends in, if it is an equation and no hidden neuron's."""
    line = segment.rstrip().rsplit("\n", 1)[-1]
    return value_of(_last_part(line)) if "=" in line and _ends_in_result(segment) else None


def _ends_in_result(segment: str) -> bool:
    """Tell whether the last line is a formula without prose, and no hidden neuron's."""
    line = segment.rstrip().rsplit("\n", 1)[-1]
    prose = _WORD.search(_FORMULA_WORD.sub("", line))
    return not prose and not _HIDDEN.match(_last_part(line).strip())


def _last_part(line: str) -> str:
    return re.split(r";|,\s+(?=[A-Za-z])", line)[-1]


def _lists(text: str, inputs: Sequence[float]) -> Iterator[tuple[tuple[float, ...], bool, int]]:
    """Yield (list with one number per input, whether it is named as output, position)."""
    count = len(inputs)
    item = rf"[\[(]{{0,3}}\s?{NUMBER}\.?\s?[\])]{{0,3}}"
    between = r"\s?(?:[,;|/]\s?(?:und\s)?|und\s|\s)\s?"
    pattern = re.compile(
        rf"(?<![\w.,*+/=-]){item}(?:{between}{item}){{{count - 1},}}(?!\s*(?:[\w*+/=]|-\s?\d))"
    )
    for match in pattern.finditer(text):
        values = numbers_in(match[0])
        line_start = text.rfind("\n", 0, match.start()) + 1
        before = text[max(line_start, match.start() - 80) : match.start()]
        if len(values) == count and values != tuple(inputs):
            yield values, bool(OUTPUT.search(before)), match.start()
