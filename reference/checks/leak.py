"""Check 1c.no_leak: whether test images were used for training."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.errors import NotJudged
from grader.model import Call

from .digit_data import (
    MAIN,
    SHOWN,
    TASK,
    Received,
    compared,
    fits,
    main_fit,
    received,
    rows_of,
    test_set,
)
from .small_net import error_hint
from .streams import is_stream, loop_names_test_data, names_test_data, streamed_rows
from .training import trains_by_hand

_SOME_STEPS = 5  # recorded steps of a loop that say what it learns from
_MOST = 0.1  # share of test images above which a training counts as one on the test images


@check("1c.no_leak")
def no_leak(ctx: Context) -> Outcome:
    """Ist der logische Fehler behoben: lernt das Netz ohne die Testbilder?"""
    student = ctx.student
    student.require(TASK)
    main = main_fit(student)
    if main is None and trains_by_hand(student.source(TASK)):
        return _by_hand(ctx)
    if main is None:
        raise NotJudged("Es wurde kein Training (fit) aufgezeichnet." + error_hint(ctx, TASK))
    got = received(ctx, main)
    if got is None:
        return _streamed(ctx, main) if is_stream(main) else _unreadable(0.0)
    details = _details(got)
    if leaks(got):
        return failed(_full(got), **details)
    if got.test_share > 0:
        return partial(
            1 / 3,
            f"Unter den {got.images} Trainingsbildern sind {_percent(got.test_share)} Testbilder. "
            "Testbilder dürfen beim Training gar nicht vorkommen.",
            **details,
        )
    labels = _rows_given(main, "y")
    if labels is not None and labels != got.images:
        return partial(
            1 / 3,
            f"Zu {got.images} Bildern gehören hier {labels} Beschriftungen, so bricht das Training "
            "ab: Mit den Bildern (x) sind auch die Beschriftungen (y) auszutauschen.",
            **details,
        )
    others = [received(ctx, call) for call in _others(ctx, main)]
    if any(o is not None and o.test_share > 0 for o in others):
        return partial(
            0.5,
            "Ein Training kommt ohne Testbilder aus, ein anderes benutzt sie noch.",
            **details,
        )
    return _clean(got, details, _validation_note(ctx))


def _by_hand(ctx: Context) -> Outcome:
    """A loop of one's own leaves a record of its first steps, or its source names its images."""
    place = MAIN if ctx.student.has(MAIN) else TASK
    asked = (rows_of(ctx.student, c.args.get("x")) for c in ctx.student.calls(TASK, "call"))
    steps = [rows for rows in asked if rows is not None and rows.size > SHOWN]
    got = compared(ctx, np.concatenate(steps)) if len(steps) >= _SOME_STEPS else None
    named = loop_names_test_data(ctx.student.source(place)) if got is None else got.test_share > 0
    return review(
        0.0 if named else 1.0,
        "Trainiert wurde in einer eigenen Schleife; die Betreuung sieht nach, ob Testbilder dabei "
        "waren.",
        confidence=0.2 if named else 0.4,
        trainings=0,
        **(_details(got) if got else {}),
    )


def _unreadable(suggested: float) -> Outcome:
    return review(
        suggested,
        "Die Trainingsdaten waren nicht lesbar; die Betreuung sieht nach, ob Testbilder darunter "
        "sind.",
        confidence=0.2 if suggested else 0.1,
    )


def _streamed(ctx: Context, main: Call) -> Outcome:
    """Judge a stream by the variables that it is made of; who cannot see it never fails it."""
    rows = streamed_rows(ctx, main)
    got = None if rows is None else compared(ctx, rows)
    if got is None:
        return _unreadable(0.0 if names_test_data(ctx.student, main) else 1.0)
    details = {**_details(got), "stream": True}
    if got.test_share > 0:
        return review(
            0.0,
            "Die Variablen, aus denen die Trainingsdaten zusammengesetzt sind, enthalten auch "
            f"Testbilder ({_percent(got.test_share)} der Bilder); die Betreuung sieht nach, ob das "
            "Netz damit gelernt hat.",
            confidence=0.4,
            **details,
        )
    return passed(
        "Die Trainingsdaten sind aus Bildern zusammengesetzt, unter denen keine Testbilder sind."
        f"{_validation_note(ctx)}",
        confidence=0.6,
        **details,
    )


def _validation_note(ctx: Context) -> str:
    """Test images for validation teach the network nothing: no leak, but worth a word."""
    for call, _ in fits(ctx.student):
        given = call.args.get("validation_data")
        x = given.items[0] if given is not None and given.items else given
        rows = rows_of(ctx.student, x)
        if rows is not None and np.isin(rows, test_set(ctx).rows).any():
            return (
                " Zur Validierung dienen Testbilder; daraus lernt das Netz nicht, aber wer danach "
                "Netz oder Epochen auswählt, braucht für die Prüfung andere Bilder."
            )
    return ""


def _clean(got: Received, details: dict[str, Any], note: str) -> Outcome:
    if got.known_share >= 0.5:
        return passed(f"Im Training kommen keine Testbilder vor.{note}", **details)
    return passed(
        "Im Training kommen keine Testbilder vor; die Bilder sind aber verändert oder andere als "
        f"die des Notebooks.{note}",
        confidence=0.6,
        **details,
    )


def leaks(got: Received | None) -> bool:
    """Tell whether a training is one on test images, not only with some among them."""
    if got is None:
        return False
    return got.test_share >= _MOST or got.shown > SHOWN / 2


def _rows_given(call: Call, name: str) -> int | None:
    """Rows of an array that a training was given; None if it was no array."""
    given = call.args.get(name)
    shape = given.array.shape if given is not None and given.array is not None else ()
    return int(shape[0]) if shape else None


def _others(ctx: Context, main: Call) -> list[Call]:
    return [call for call, _ in fits(ctx.student) if call is not main]


def _full(got: Received) -> str:
    if got.test_share > 0.99:
        start = f"Das Training benutzt nur Testbilder ({got.images})."
    elif got.test_share >= _MOST:
        start = f"{_percent(got.test_share)} der {got.images} Trainingsbilder sind Testbilder."
    else:
        start = "Die vorhergesagten Testbilder stecken auch in den Trainingsdaten."
    return (
        f"{start} Was das Netz beim Lernen gesehen hat, sagt nichts darüber, wie gut es unbekannte "
        "Bilder erkennt."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "weniger als 1 %"


def _details(got: Received) -> dict[str, Any]:
    return {
        "images": got.images,
        "test_share": got.test_share,
        "shown_test_images": got.shown,
        "known_share": got.known_share,
    }
