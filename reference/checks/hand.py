"""Check 1a.hand: the hand calculation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.checks.formulas import plain_formulas
from grader.checks.handcalc import Claims, claimed_outputs
from grader.checks.handsteps import shows_steps, sums_inputs
from grader.errors import NotJudged

from .small_net import Answer, answers, asked, reference_net, steps_of_sum

_PICTURE = re.compile(r"!\[|<img\b|attachment:", re.IGNORECASE)
_SAME = re.compile(
    r"gleich|identisch|dasselbe|dieselbe|übereinstimm|stimm\w*\b[^.!?]*\büberein|stimmen|stimmt|"
    r"deckt sich|decken sich|\bja\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:nicht|kein\w*|nein|anders)\b|ungleich|unterschied|abweich", re.IGNORECASE)
# Who names a difference or an own mistake does not claim that all is the same.
_ADMITTED = re.compile(
    r"vergessen|falsch|verrechnet|fehler|korrigier|übersehen|vertan|"
    r"\b(?:nur|außer|bis auf|aber|sondern|statt)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_KERAS = re.compile(r"keras|predict", re.IGNORECASE)
_TOLERANCE = 0.01
_RESULTS_ALONE = 2 / 3  # of the points: the way through the net was asked for


@dataclass
class _Reading:
    """What one text claims, input by input."""

    source: str
    claims: Claims
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    unclear: list[float] = field(default_factory=list)
    missing: list[float] = field(default_factory=list)
    guessed: list[float] = field(default_factory=list)
    summed: bool = False
    shows_steps: bool = True
    in_order: bool = False

    @property
    def details(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "claimed": {f"{x:g}": list(v) for x, v in self.claims.outputs.items()},
            "right": self.right,
            "wrong": self.wrong,
            "unclear": self.unclear,
            "guessed": self.guessed,
            "missing": self.missing,
            "inputs_summed": self.summed,
            "shows_steps": self.shows_steps,
        }


@check("1a.hand")
def hand(ctx: Context) -> Outcome:
    """Stimmt die Handrechnung für jede der drei Eingaben?"""
    student = ctx.student
    if student.notebook_of("1a") not in student.submission.notebooks:
        raise NotJudged(f"Das Notebook {student.notebook_of('1a')} fehlt oder ist nicht lesbar.")
    if not student.has("1a"):
        raise NotJudged("Die Zellen zur Handrechnung wurden im Notebook nicht gefunden.")
    expected = asked(ctx)
    texts = list(_texts(ctx))
    net = reference_net(ctx)
    steps = steps_of_sum(net, expected)
    single = [
        steps_of_sum(net, Answer(expected.inputs[i : i + 1], expected.outputs[i : i + 1]))
        for i in range(len(expected.inputs))
    ]
    readings = [_read(source, text, expected, steps, single) for source, text in texts]
    reading = next((r for r in readings if r.summed or r.claims.outputs), None)
    reading = reading or next((r for r in readings if r.claims.numbers), None)
    if reading is None:
        return _nothing(ctx, [text for _, text in texts])
    reading.shows_steps = _shows_steps(ctx, texts, expected)
    return _judge(reading, expected, _says_same(ctx), _agrees(ctx, reading, expected))


def _texts(ctx: Context) -> Iterator[tuple[str, str]]:
    """Yield the texts that may hold the calculation, the likeliest first."""
    student = ctx.student
    yield "Antwortzelle", student.text("1a-hand")
    yield "Kommentare", student.comments("1a-hand")
    yield "Ausgabe", student.printed("1a-hand")
    yield "Aufgabe", _without_keras(student.text("1a"))
    yield "Kommentare", student.comments("1a")


def _shows_steps(ctx: Context, texts: list[tuple[str, str]], expected: Answer) -> bool:
    """Tell whether the group shows a calculation, in its text or in the code beside it."""
    inputs, outputs = expected.inputs, expected.outputs
    net = reference_net(ctx)
    between = {
        step
        for i in range(len(inputs))
        for step in steps_of_sum(net, Answer(inputs[i : i + 1], outputs[i : i + 1]))
    }
    hidden = between - {float(v) for v in (*inputs, *outputs)}
    written = [text for _, text in texts]
    return any(shows_steps(t, hidden) for t in written) or shows_steps(
        ctx.student.source("1a-hand")
    )


def _without_keras(text: str) -> str:
    """Leave out what the text says of keras' results: they are no hand calculation."""
    return "\n".join(s for s in _SENTENCE.split(text) if "|" in s or not _KERAS.search(s))


def _read(
    source: str, text: str, expected: Answer, steps: list[float], single: list[list[float]]
) -> _Reading:
    inputs = [float(x) for x in expected.inputs]
    reading = _Reading(source, claimed_outputs(text, inputs))
    for x, y in zip(inputs, expected.outputs, strict=True):
        stated = reading.claims.outputs.get(x, ())
        hits = [abs(value - y) <= _TOLERANCE for value in stated]
        kind = (
            "missing" if not hits else "right" if hits[0] else "unclear" if any(hits) else "wrong"
        )
        if kind == "wrong" and x in reading.claims.guessed:
            kind = "guessed"
        getattr(reading, kind).append(x)
    finals = iter(reading.claims.finals)
    reading.in_order = all(
        any(abs(final - y) <= _TOLERANCE for final in finals) for y in expected.outputs
    )
    reading.summed = len(reading.right) < len(inputs) and (
        sums_inputs(text, inputs) or _only_the_sum(reading, steps, single)
    )
    return reading


def _only_the_sum(reading: _Reading, steps: list[float], single: list[list[float]]) -> bool:
    """Recognise the sum's steps through the layers without its formula, and no result per input.

    Here the inputs add up to the last one, so its steps look the same; but they come alone.
    """
    if all(_in_order(own, reading.claims.numbers) for own in single):
        return False  # The way of each input is there, in whatever form.
    claimed = [values[0] for values in reading.claims.outputs.values()]
    # Of "6, 12, 1, 7" the first three look like a list with one result per input.
    alone = not claimed or claimed == steps[: len(claimed)]
    return alone and _in_order(steps, reading.claims.numbers)


def _in_order(steps: list[float], numbers: tuple[float, ...]) -> bool:
    rest = iter(numbers)
    return all(step in rest for step in steps)


def _nothing(ctx: Context, texts: list[str]) -> Outcome:
    if any(_PICTURE.search(text) for text in texts):
        return review(
            0.0,
            "Die Handrechnung liegt als Bild vor und wird von der Betreuung durchgesehen.",
            confidence=0.1,
            picture=True,
        )
    if not ctx.student.has("1a-hand"):
        raise NotJudged("Die Zelle zur Handrechnung wurde im Notebook nicht gefunden.")
    return failed(
        "Es wurde keine Handrechnung mit Zahlen gefunden. Erwartet wird zu jeder der drei Eingaben "
        "der Rechenweg durch das Netz mit der Ausgabe.",
        confidence=0.95,
    )


def _says_same(ctx: Context) -> bool:
    """Tell whether the group states that hand and keras agree."""
    compared = plain_formulas(ctx.student.text("1a-compare"))
    sentences = _SENTENCE.split(compared)
    if not compared:
        elsewhere = _SENTENCE.split(plain_formulas(ctx.student.text("1a")))
        sentences = [s for s in elsewhere if _KERAS.search(s)]
    if any(_ADMITTED.search(s) for s in sentences):
        return False
    return any(_SAME.search(s) and not _NOT.search(s) for s in sentences)


def _agrees(ctx: Context, reading: _Reading, expected: Answer) -> bool:
    """Tell whether the hand's results are those of the group's own network.

    Without its predictions the right results take their place.
    """
    known: dict[float, float] = {}
    for answer in answers(ctx.student, "1a"):
        known.update(zip(answer.inputs.tolist(), answer.outputs.tolist(), strict=True))
    wanted = dict(zip(expected.inputs.tolist(), expected.outputs.tolist(), strict=True))
    if set(wanted) <= set(known):
        wanted = {x: known[x] for x in wanted}
    return not reading.summed and all(
        any(abs(value - y) <= max(_TOLERANCE, 0.02 * abs(y)) for value in stated)
        for x, y in wanted.items()
        for stated in [reading.claims.outputs.get(x, ())]
    )


def _judge(reading: _Reading, expected: Answer, says_same: bool, agrees: bool) -> Outcome:
    count = len(expected.inputs)
    details = {
        **reading.details,
        "expected": [float(y) for y in expected.outputs],
        "false_statement": says_same and not agrees and not reading.unclear and not reading.guessed,
    }
    inputs = _listed(expected.inputs)
    same = (
        " Die Aussage, Handrechnung und Keras ergäben dasselbe, trifft deshalb nicht zu."
        if details["false_statement"]
        else ""
    )
    if reading.summed:
        return failed(
            f"In der Handrechnung werden die Werte {inputs} wie drei Eingänge eines Neurons "
            "zusammengezählt. Das Netz hat aber nur einen Eingang: Gemeint sind drei getrennte "
            f"Rechnungen mit je einer Ausgabe.{same}",
            confidence=0.9,
            **details,
        )
    if reading.unclear or reading.guessed or not reading.claims.outputs:
        sure = (len(reading.right) + 0.5 * len(reading.unclear)) / count
        return review(
            1.0 if reading.in_order else sure,
            "Aus der Handrechnung geht nicht eindeutig hervor, welche Ausgabe zu welcher Eingabe "
            "gehört; die Betreuung sieht sie durch.",
            confidence=0.4,
            **details,
        )
    if reading.right and not reading.shows_steps:
        return review(
            _RESULTS_ALONE * len(reading.right) / count,
            "Es sind nur Ergebnisse angegeben; der Rechenweg durch das Netz fehlt. Die Betreuung "
            f"sieht die Aufgabe durch.{_and_what_else(reading, count)}",
            confidence=0.6,
            **details,
        )
    if len(reading.right) == count:
        confidence = 0.95 if reading.source == "Antwortzelle" else 0.8
        return passed(
            f"Die Handrechnung stimmt für alle drei Eingaben.{same}",
            confidence=confidence,
            **details,
        )
    return partial(
        len(reading.right) / count, _what_is_missing(reading) + same, confidence=0.85, **details
    )


def _and_what_else(reading: _Reading, count: int) -> str:
    return "" if len(reading.right) == count else " " + _what_is_missing(reading)


def _what_is_missing(reading: _Reading) -> str:
    parts = []
    if reading.right:
        parts.append(f"Richtig ist die Ausgabe für x = {_listed(reading.right)}.")
    if reading.wrong:
        parts.append(
            f"Für x = {_listed(reading.wrong)} stimmt die Ausgabe nicht: Rechnen Sie Schicht für "
            "Schicht nach und wenden Sie nach jeder Summe ReLU an."
        )
    if reading.missing:
        parts.append(f"Für x = {_listed(reading.missing)} wurde keine Ausgabe gefunden.")
    return " ".join(parts)


def _listed(values: Any) -> str:
    words = [f"{float(v):g}".replace("-", "−") for v in values]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " und " + words[-1]
