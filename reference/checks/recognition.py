"""Checks of task 1c: the accuracy that the training reached, and the four predicted digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.checks import Context, Outcome, Side, check, failed, partial, passed, review
from grader.checks.arrays import Floats, numbers
from grader.errors import LabError, NotJudged
from grader.model import Call

from .digit_data import MAIN, SHOWN, TASK, fits, main_fit, outputs_of, received, rows_of, test_set
from .leak import leaks
from .small_net import error_hint
from .training import trains_by_hand

_FEW = 100  # images: what is learned by heart on fewer says nothing
_ACCURACY = ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy")
_WARNING = re.compile(r"warn|tensorflow|\.py\b", re.IGNORECASE)
# Lines that keras prints while it trains: full of digits.
_PROGRESS = re.compile(r"Epoch|/step|\b(?:loss|accuracy)\b|\d+/\d+", re.IGNORECASE)
Classes: TypeAlias = NDArray[np.int64]


@check("1c.accuracy")
def accuracy(ctx: Context) -> Outcome:
    """Erreicht das Netz im Training eine gute Genauigkeit?"""
    student = ctx.student
    student.require(TASK)
    found = fits(student)
    if not found:
        if _trains_by_hand(ctx):
            good = min(0.9, _reference_accuracy(ctx) - 0.05)
            return _by_hand(ctx, good, {"trainings": 0})
        raise NotJudged("Es wurde kein Training (fit) aufgezeichnet." + error_hint(ctx, TASK))
    measured = [(c, a) for c, _ in found if (a := _last(c, *_ACCURACY)) is not None]
    reached = [a for _, a in measured]
    details: dict[str, Any] = {"trainings": len(found), "accuracies": reached}
    if not reached:
        return _without_metric([call for call, _ in found], details)
    good = min(0.9, _reference_accuracy(ctx) - 0.05)
    best, held_out = max(reached), _held_out(ctx)
    if best < good and _trains_by_hand(ctx):
        return _by_hand(ctx, good, details)
    details |= {"best": best, "held_out": held_out, "good": good}
    note = _leak_note(ctx)
    telling = [a for call, a in measured if not _few_images(ctx, call)]
    if best >= good and max(telling, default=0.0) < good:
        return partial(
            0.5,
            f"Das Netz erreicht {_percent(best)}, aber nur an einer Handvoll Bilder; so "
            f"wenige lernt jedes Netz auswendig.{note}",
            **details,
        )
    if best >= good and held_out is not None and held_out < good - 0.15:
        return partial(
            0.5,
            f"Im Training erreicht das Netz {_percent(best)}, auf zurückgehaltenen Bildern nur "
            f"{_percent(held_out)}: Es lernt auswendig.{note}",
            **details,
        )
    if best >= good:
        return passed(f"Das Netz erreicht im Training {_percent(best)}.{note}", **details)
    message = (
        f"Das Netz erreicht im Training nur {_percent(best)}; mit mehr Neuronen oder Epochen ist "
        f"mehr möglich.{note}"
    )
    return partial(0.5 if best >= 0.75 * good else 0.0, message, **details)


def _trains_by_hand(ctx: Context) -> bool:
    return trains_by_hand(ctx.student.source(TASK))


def _by_hand(ctx: Context, good: float, details: dict[str, Any]) -> Outcome:
    """A loop of one's own leaves no record of its accuracy; what it prints is a claim."""
    place = MAIN if ctx.student.has(MAIN) else TASK
    printed = [float(n) for n in re.findall(r"\b[01]\.\d+", ctx.student.printed(place))]
    claimed = max((n for n in printed if n <= 1), default=None)
    return review(
        1.0 if claimed is not None and claimed >= good else 0.5,
        "Trainiert wurde in einer eigenen Schleife; die Betreuung sieht nach, welche Genauigkeit "
        "das Netz dort erreicht.",
        confidence=0.4,
        printed=claimed,
        **details,
    )


def _last(call: Call, *names: str) -> float | None:
    for name in names:
        series = [v for v in call.history.get(name, ()) if v is not None and np.isfinite(v)]
        if series:
            return float(series[-1])
    return None


def _reference_accuracy(ctx: Context) -> float:
    reached = [_last(call, *_ACCURACY) for call, _ in fits(ctx.reference)]
    known = [a for a in reached if a is not None]
    if not known:
        raise LabError("Die Referenz misst in Aufgabe 1c keine Genauigkeit.")
    return max(known)


def _held_out(ctx: Context) -> float | None:
    """Best accuracy on images that were not trained on, where the group measured one."""
    measured = [_last(call, *(f"val_{n}" for n in _ACCURACY)) for call, _ in fits(ctx.student)]
    for call in ctx.student.calls(TASK, "evaluate"):
        result = numbers(ctx.student, TASK, call.result)
        rows = rows_of(ctx.student, call.args.get("x"))
        # Four images measure nothing.
        if result is not None and result.size >= 2 and rows is not None and rows.size >= 100:
            measured.append(float(result.reshape(-1)[1]))
    known = [m for m in measured if m is not None and 0 <= m <= 1]
    return max(known) if known else None


def _without_metric(calls: list[Call], details: dict[str, Any]) -> Outcome:
    losses = [v for call in calls if (v := _last(call, "loss")) is not None]
    message = "Die Genauigkeit wurde beim Training nicht mitgemessen (metrics in model.compile)."
    if not losses:
        return failed("Das Training wurde nicht zu Ende geführt.", **details)
    # A cross-entropy below 0.4 is a mean probability of two thirds for the right digit.
    return partial(0.5 if min(losses) < 0.4 else 0.0, message, losses=losses, **details)


def _few_images(ctx: Context, call: Call) -> bool:
    rows = rows_of(ctx.student, call.args.get("x"))
    return rows is not None and rows.size < _FEW


def _leak_note(ctx: Context) -> str:
    main = main_fit(ctx.student)
    if main is None or not leaks(received(ctx, main)):
        return ""
    return " Gemessen ist sie allerdings an einem Training mit Testbildern."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


@check("1c.prediction")
def prediction(ctx: Context) -> Outcome:
    """Erkennt das trainierte Netz die vier Testbilder?"""
    student = ctx.student
    place = MAIN if student.has(MAIN) else TASK
    student.require(place)
    found = [c for p in (place, TASK) for c in _recognised(ctx, p)]
    if not found:
        return failed(
            "Es wurde keine Vorhersage für die vier Testbilder gefunden. Erwartet wird "
            "model.predict mit einer Zeile je Bild und einer Spalte je Ziffer."
            + error_hint(ctx, place),
            confidence=0.9,
        )
    accepted = _accepted(ctx)
    judged = [([int(c) in ok for c, ok in zip(f, accepted, strict=True)], f) for f in found]
    right, classes = max(judged, key=lambda pair: sum(pair[0]))
    details: dict[str, Any] = {
        "found": classes,
        "expected": [sorted(a) for a in accepted],
        "right": right,
        "predictions": len(found),
    }
    listed = ", ".join(str(int(c)) for c in classes)
    if sum(right) >= len(right) - 1 and not _names_digits(ctx.student, place, classes):
        return review(
            0.75,
            "Das Netz ist auf die vier Testbilder angewendet; die erkannten Ziffern wurden in der "
            "Ausgabe nicht gefunden. Die Betreuung sieht nach.",
            confidence=0.5,
            **details,
        )
    if all(right):
        return passed("Die vier Testbilder sind richtig erkannt.", **details)
    if sum(right) == len(right) - 1 and _trained_well(ctx):
        # Every network of this size misreads some image in thirty; that is no fault of the group.
        number = right.index(False) + 1
        return passed(
            f"Drei der vier Testbilder sind richtig erkannt; bei Bild {number} irrt sich das Netz, "
            "wie es jedes ab und zu tut.",
            confidence=0.9,
            **details,
        )
    wrong = [str(i) for i, ok in enumerate(right, 1) if not ok]
    which = f"Bild {wrong[0]}"
    if len(wrong) > 1:
        which = f"den Bildern {', '.join(wrong[:-1])} und {wrong[-1]}"
    return partial(
        {3: 0.75, 2: 0.5}.get(sum(right), 0.0),
        f"Erkannt wurden {listed}. Sehen Sie sich die Vorhersage zu {which} noch einmal an.",
        **details,
    )


def _names_digits(side: Side, place: str, classes: Classes) -> bool:
    """Tell whether the digits are printed, drawn as titles, or kept in a variable."""
    wanted = [int(c) for c in classes]
    drawn = " ".join(a.title for f in side.figures(place) for a in f.axes)
    # tf.print writes beside warnings.
    beside = "\n".join(o.text for c in side.cells(place) for o in c.outputs if o.name == "stderr")
    lines = [s for s in side.printed(place).split("\n") if not _PROGRESS.search(s)]
    lines += [s for s in beside.split("\n") if not (_PROGRESS.search(s) or _WARNING.search(s))]
    text = "\n".join([*lines, drawn])
    rest = iter([int(n) for n in re.findall(r"(?<![\d.,])\d(?=(?:[.,]0*)?(?![\d.,]*\d))", text)])
    if all(w in rest for w in wanted) or re.search(r"\D?".join(map(str, wanted)), text):
        return True
    made = (numbers(side, place, v) for _, v in side.made(place))
    return any(
        held is not None and held.size == len(wanted) and held.reshape(-1).tolist() == wanted
        for held in made
    )


def _trained_well(ctx: Context) -> bool:
    main = main_fit(ctx.student)
    reached = _last(main, *_ACCURACY) if main else None
    return reached is not None and reached >= min(0.9, _reference_accuracy(ctx) - 0.05)


def _accepted(ctx: Context) -> list[set[int]]:
    """For each image its digit, and what the reference's own network reads in it."""
    accepted = [{int(d)} for d in test_set(ctx).digits[:SHOWN]]
    for classes in _recognised(ctx, MAIN, student=False):
        for held, c in zip(accepted, classes, strict=True):
            held.add(int(c))
    return accepted


def _recognised(ctx: Context, place: str, *, student: bool = True) -> list[Classes]:
    """Return the classes (4,) that a region's predictions give for the four test images."""
    side = ctx.student if student else ctx.reference
    shown = test_set(ctx).rows[:SHOWN]
    found: list[Classes] = []
    for outputs, rows in outputs_of(side, place):
        if rows is not None and rows.size == len(outputs):
            where = [np.flatnonzero(rows == row) for row in shown]
            if all(w.size for w in where):
                found.append(outputs[[int(w[0]) for w in where]].argmax(axis=1))
        elif len(outputs) >= SHOWN:
            found.append(outputs[:SHOWN].argmax(axis=1))
    # Variables say less: the digits in them may as well stem from the labels.
    return found or (list(_in_variables(side, place)) if student else [])


def _in_variables(side: Side, place: str) -> Iterator[Classes]:
    for name, value in side.made(place):
        held = numbers(side, place, value)
        if held is None or not np.isfinite(held).all():
            continue
        if held.ndim == 2 and len(held) == SHOWN and held.shape[1] > 1:
            if name == "result" or _is_softmax(held):
                yield held.argmax(axis=1)
        elif name == "result" and held.size == SHOWN and _are_digits(held):
            yield held.reshape(-1).astype(np.int64)


def _is_softmax(rows: Floats) -> bool:
    """Tell whether rows are a network's shares; labels, which are only 0 and 1, are not."""
    shares = rows.min() >= 0 and np.allclose(rows.sum(axis=1), 1, atol=1e-3)
    return bool(shares and ((rows > 0) & (rows < 1)).any())


def _are_digits(values: Floats) -> bool:
    return bool((np.mod(values, 1) == 0).all() and values.min() >= 0 and values.max() <= 9)
