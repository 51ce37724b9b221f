"""Checks of task 1b: the network's curve, its plot, and the training on the QRS complex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.checks.arrays import Floats, compare, numbers
from grader.checks.figures import PlottedLine, is_index, lines_in
from grader.checks.networks import Network, same_function
from grader.errors import LabError

from .small_net import UNSEEN, answers, error_hint, reference_net, student_net

_PLACE = "1b-curve"
_FEWEST = 10
Kind: TypeAlias = Literal["right", "other_points", "own", "wrong"]
_RANK: dict[Kind, int] = {"right": 0, "other_points": 1, "own": 2, "wrong": 3}


@dataclass(frozen=True, slots=True)
class _Curve:
    """A curve that the group calculated; x is None where its inputs are not known."""

    x: Floats | None
    y: Floats


@dataclass(frozen=True, slots=True)
class _Judge:
    """What curves are compared with: the reference's points, its network and the group's own."""

    x: Floats
    y: Floats
    right: Network
    own: Network | None

    @classmethod
    def of(cls, ctx: Context) -> _Judge:
        found = [a for a in answers(ctx.reference, _PLACE) if a.inputs.size >= _FEWEST]
        if not found:
            raise LabError("Die Referenz berechnet in Aufgabe 1b keine Kurve.")
        own = student_net(ctx, _PLACE)
        return cls(found[-1].inputs, found[-1].outputs, reference_net(ctx), own)

    def kind(self, curve: _Curve) -> Kind:
        """Tell which curve this is; the order of its points does not matter."""
        if curve.x is not None and curve.x.size == curve.y.size:
            order = np.argsort(curve.x, kind="stable")
            curve = _Curve(curve.x[order], curve.y.reshape(-1)[order])
        same_points = curve.y.size == self.y.size and (
            curve.x is None or np.allclose(curve.x, self.x, atol=1e-3)
        )
        if same_points:
            if compare(curve.y, self.y).same:
                return "right"
            return "own" if self._says(self.own, self.x, curve.y) else "wrong"
        if curve.x is None:
            return "wrong"
        if self._says(self.right, curve.x, curve.y):
            return "other_points"
        return "own" if self._says(self.own, curve.x, curve.y) else "wrong"

    def spans(self, x: Floats) -> bool:
        """Tell whether x reaches over the asked range."""
        width = float(np.ptp(self.x))
        return bool(
            abs(x.min() - self.x.min()) <= 0.03 * width
            and abs(x.max() - self.x.max()) <= 0.03 * width
        )

    @staticmethod
    def _says(net: Network | None, x: Floats, y: Floats) -> bool:
        said = net(x) if net is not None else None
        return said is not None and compare(y, said, rtol=1e-2, atol=1e-2).same


# ------------------------------------------------------------------ 1b.curve


@check("1b.curve")
def curve(ctx: Context) -> Outcome:
    """Stimmt die Ausgabe des Netzes über dem ganzen verlangten Bereich?"""
    ctx.student.require(_PLACE)
    judge = _Judge.of(ctx)
    found = sorted(
        ((judge.kind(c), c) for c in [*_calculated(ctx, judge), *_drawn(ctx)]),
        key=lambda pair: _RANK[pair[0]],
    )
    if not found:
        return failed(
            "Es wurde keine Ausgabekurve gefunden. Erwartet wird model.predict für die 50 Werte "
            "aus der Aufgabe." + error_hint(ctx, _PLACE)
        )
    kind, best = found[0]
    details: dict[str, Any] = {
        "kind": kind,
        "points": best.y.size,
        "found_max": _top(best.y),
        "max": _top(judge.y),
    }
    if kind == "right":
        return _with_model(judge, details)
    if kind == "other_points" and best.x is not None:
        if judge.spans(best.x):
            return partial(
                0.8,
                f"Die Kurve stimmt, ist aber an anderen Stellen berechnet ({best.y.size} Werte).",
                **details,
            )
        return partial(
            0.5, "Die Werte stimmen, decken aber nicht den verlangten Bereich ab.", **details
        )
    if kind == "own":
        return partial(
            0.5,
            "Die Kurve passt zum eigenen Netz, das aber noch nicht dem gezeichneten entspricht "
            "(Folgefehler aus Aufgabe 1a).",
            **details,
        )
    return failed(_wrong_curve(best, judge), **details)


def _with_model(judge: _Judge, details: dict[str, Any]) -> Outcome:
    """The points are right: does the network that is there stand behind them?"""
    if judge.own is None:
        return passed("Die Kurve stimmt.", confidence=0.85, **details)
    if same_function(judge.own, judge.right, UNSEEN):
        return passed("Die Kurve stimmt.", **details)
    return review(
        0.5,
        "Die Werte der Kurve stimmen, das Netz im Notebook rechnet aber anders; die Betreuung "
        "sieht nach, woher sie stammen.",
        confidence=0.4,
        **details,
    )


def _calculated(ctx: Context, judge: _Judge) -> Iterator[_Curve]:
    student = ctx.student
    said = list(answers(student, _PLACE))
    for answer in said:
        if answer.inputs.size >= _FEWEST:
            yield _Curve(answer.inputs, answer.outputs)
    single = [a for a in said if a.inputs.size == 1]
    if len(single) >= _FEWEST:  # asked in a loop, point by point
        yield _Curve(
            np.concatenate([a.inputs for a in single]), np.concatenate([a.outputs for a in single])
        )
    for call in student.asked(_PLACE):
        y = numbers(student, _PLACE, call.result)
        if y is not None and y.size >= _FEWEST:
            yield _Curve(None, y.reshape(-1))
    for name, value in student.made(_PLACE):
        held = numbers(student, _PLACE, value)
        if held is None or held.size < _FEWEST or (np.ptp(held) == 0 and name != "result"):
            continue
        if name == "result" or (held.size == judge.y.size and not _is_ramp(held)):
            yield _Curve(None, held.reshape(-1))


def _drawn(ctx: Context) -> Iterator[_Curve]:
    for line in lines_in(ctx.student, _PLACE):
        if line.y.size >= _FEWEST:
            yield _Curve(line.x, line.y)


def _is_ramp(values: Floats) -> bool:
    """Tell whether values are evenly spaced: inputs, not a curve."""
    steps = np.diff(values.reshape(-1))
    return bool(steps.size and np.allclose(steps, steps[0]) and steps[0] != 0)


def _wrong_curve(best: _Curve, judge: _Judge) -> str:
    if not np.isfinite(best.y).all():
        return "Die Kurve enthält Werte, die keine endlichen Zahlen sind."
    if best.y.size != judge.y.size:
        return f"Die Ausgabe hat {best.y.size} Werte; verlangt sind die 50 Stellen der Aufgabe."
    if np.ptp(best.y) == 0:
        return "Die Ausgabe ist überall gleich; prüfen Sie Gewichte und Schwellen des Netzes."
    return "Die Ausgabe entspricht weder dem gezeichneten noch dem eigenen Netz."


def _top(values: Floats) -> float | None:
    return float(np.nanmax(values)) if np.isfinite(values).any() else None


# ------------------------------------------------------------------ 1b.plot


@check("1b.plot")
def plot(ctx: Context) -> Outcome:
    """Ist die Kurve über x gezeichnet?"""
    student = ctx.student
    student.require(_PLACE)
    figures = student.figures(_PLACE)
    if not figures and any(o.image for c in student.cells(_PLACE) for o in c.outputs):
        return review(
            1.0,
            "Die Abbildung ist nur als Bild zu sehen, ihre Daten sind nicht aufgezeichnet; die "
            "Betreuung sieht sie durch.",
            confidence=0.3,
        )
    if not figures:
        return failed("Es wurde keine Abbildung gefunden. " + _EXPECTED + error_hint(ctx, _PLACE))
    judge = _Judge.of(ctx)
    known = [c.y for c in _calculated(ctx, judge)]
    results = [_plotted(line, judge, known) for line in lines_in(student, _PLACE)]
    if results:
        return min(results, key=lambda outcome: -outcome.fraction)
    if any(axes.others for figure in figures for axes in figure.axes):
        return partial(
            0.5,
            "Die Abbildung zeigt einzelne Punkte oder Balken statt einer Kurve.",
            confidence=0.6,
        )
    return failed("Die Abbildung ist leer. " + _EXPECTED)


_EXPECTED = "Erwartet wird die Ausgabe des Netzes als Linie über x, gezeichnet mit plt.plot."


def _plotted(line: PlottedLine, judge: _Judge, known: list[Floats]) -> Outcome:
    if judge.kind(_Curve(line.x, line.y)) != "wrong":
        if judge.spans(line.x):
            return _labelled(line, "Die Kurve ist über x gezeichnet.")
        return partial(0.5, "Die Kurve ist nicht über dem ganzen verlangten Bereich gezeichnet.")
    if judge.kind(_Curve(line.y, line.x)) != "wrong":
        return partial(0.5, "In der Abbildung sind die Achsen vertauscht.")
    if judge.kind(_Curve(None, line.y)) != "wrong" or any(np.array_equal(line.y, y) for y in known):
        if is_index(line.x):
            return partial(
                0.5, "Die Kurve ist über der laufenden Nummer gezeichnet, nicht über den x-Werten."
            )
        if judge.spans(line.x):
            return _labelled(line, "Die berechneten Werte sind über x gezeichnet.")
        return partial(0.5, "Die Kurve ist nicht über den x-Werten der Aufgabe gezeichnet.")
    return failed("Die gezeichnete Linie ist nicht die Ausgabe des Netzes. " + _EXPECTED)


def _labelled(line: PlottedLine, said: str) -> Outcome:
    """The curve is right; the task asks for labelled axes too, and each one costs an eighth."""
    labels = (line.axes.xlabel.strip(), line.axes.ylabel.strip())
    if all(labels):
        return passed(said)
    if line.axes.title.strip() and not any(labels):
        # A title may say what is drawn over what; whether it does is not read.
        return partial(0.875, f"{said} Beschriften Sie beide Achsen.", confidence=0.8)
    if not any(labels):
        return partial(0.75, f"{said} Beschriften Sie beide Achsen.", confidence=0.9)
    which = "y" if labels[0] else "x"
    return partial(0.875, f"{said} Beschriften Sie auch die {which}-Achse.", confidence=0.9)
