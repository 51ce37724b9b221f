"""Check 1a.weights: which weights and biases the network has."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.checks.arrays import Floats, compare, flat_numbers
from grader.checks.models import dense_layers
from grader.checks.networks import network, same_function
from grader.errors import LabError
from grader.model import ModelInfo

from .small_net import UNSEEN, error_hint, reference_net, require_net, small_net, witnessed

_GRID = np.union1d(UNSEEN, np.linspace(-10.0, 10.0, 81))
_NAMES = (("w01",), ("b1",), ("w11", "w21"), ("b2", "b3"), ("w12", "w22"), ("b4",))


@check("1a.weights")
def weights(ctx: Context) -> Outcome:
    """Sind Gewichte und Schwellen so gesetzt wie in der Zeichnung?"""
    place, info = require_net(ctx)
    right = reference_net(ctx, activation="relu")
    # With ReLU everywhere: a wrong activation is another check's matter.
    mine = network(ctx.student, place, info, activation="relu")
    if mine is not None and same_function(mine, right, _GRID):
        return passed("Alle Gewichte und Schwellen stimmen.")
    if mine is None and witnessed(ctx, place, info, reference_net(ctx)):
        return passed("Das Netz rechnet wie das gezeichnete.", confidence=0.6)
    found, expected = _by_name(ctx, place, info), _expected_weights(ctx)
    if mine is None and not dense_layers(info):
        return review(
            0.0,
            "Das Netz enthält Schichten, deren Gewichte sich nicht zuordnen lassen; die Betreuung "
            "sieht es durch.",
            confidence=0.2,
        )
    if not weights_set(ctx, place, info):
        return _only_listed(ctx, expected)
    if found is None:
        return failed(
            "Die Gewichte lassen sich denen der Zeichnung nicht zuordnen, weil das Netz anders "
            "aufgebaut ist, und als Funktion verhält es sich anders."
        )
    return _named_faults(*_best_match(found, expected))


def _arrays(ctx: Context, place: str, info: ModelInfo, *, student: bool = True) -> list[Floats]:
    side = ctx.student if student else ctx.reference
    held = [side.array(place, w) for layer in info.layers for w in layer.weights]
    return [
        np.asarray(a, dtype=np.float64) for a in held if a is not None and a.dtype.kind in "biuf"
    ]


def _expected_weights(ctx: Context) -> dict[str, float]:
    held = small_net(ctx.reference)
    named = _names(_arrays(ctx, *held, student=False)) if held else None
    if named is None:
        raise LabError("Die Gewichte der Referenz in Aufgabe 1a haben eine unerwartete Form.")
    return named


def _by_name(ctx: Context, place: str, info: ModelInfo) -> dict[str, float] | None:
    return _names(_arrays(ctx, place, info))


def _names(arrays: list[Floats]) -> dict[str, float] | None:
    """Name the weights as in the drawing; None if their number or sizes are others."""
    if [a.size for a in arrays] != [len(n) for n in _NAMES]:
        return None
    return {
        name: float(value)
        for names, array in zip(_NAMES, arrays, strict=True)
        for name, value in zip(names, array.reshape(-1), strict=True)
    }


def weights_set(ctx: Context, place: str, info: ModelInfo) -> bool:
    """Tell whether the weights were set; otherwise they are random, with all biases zero."""
    calls = len(ctx.student.calls("1a", "set_weights"))
    if calls:
        # One that raised may have set the first layers; the network is not the drawn one.
        return not all(_raised(ctx, i) for i in range(calls))
    found = _by_name(ctx, place, info)
    return found is not None and any(
        v != 0 if name.startswith("b") else v.is_integer() for name, v in found.items()
    )


def _raised(ctx: Context, number: int) -> bool:
    """Tell whether the n-th set_weights of the task is the last of a cell that raised."""
    seen = 0
    for cell in ctx.student.cells("1a"):
        calls = [c for c in cell.calls if c.name == "set_weights"]
        seen += len(calls)
        if number < seen:
            return cell.status == "error" and number == seen - 1
    return False


def _only_listed(ctx: Context, expected: dict[str, float]) -> Outcome:
    """The weights never reached the model: look at the list that was to be set."""
    error = error_hint(ctx, "1a")
    listed = flat_numbers(ctx.student, "1a", ctx.student.state("1a").get("weight_list"))
    values = list(expected.values())
    if listed.size and compare(np.sort(listed), np.sort(np.array(values))).same:
        return partial(
            0.5,
            "Die Werte in weight_list stimmen, kommen aber nicht im Netz an: Prüfen Sie "
            f"Reihenfolge und Form der Matrizen und Vektoren.{error}",
            weight_list=listed,
        )
    return failed(
        "Die Gewichte des Netzes wurden nicht gesetzt, es rechnet noch mit Zufallswerten. Erwartet "
        f"wird model.set_weights mit einer Liste aus Matrix und Vektor je Schicht.{error}",
        weight_list=listed,
    )


def _best_match(
    found: dict[str, float], expected: dict[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Number the two hidden neurons so that most values agree: their order is free."""
    pairs = (("w11", "w21"), ("b2", "b3"), ("w12", "w22"))
    candidates = []
    for order in permutations((0, 1)):
        renamed = dict(found)
        for pair in pairs:
            for i, k in enumerate(order):
                renamed[pair[i]] = found[pair[k]]
        candidates.append(renamed)
    best = min(candidates, key=lambda c: len(_different(c, expected)))
    return best, expected


def _different(found: dict[str, float], expected: dict[str, float]) -> list[str]:
    return [n for n, v in expected.items() if not np.isclose(found[n], v, rtol=1e-3, atol=1e-3)]


def _named_faults(found: dict[str, float], expected: dict[str, float]) -> Outcome:
    wrong = _different(found, expected)
    if not wrong:
        # What else is in the network is another check's matter.
        return passed("Alle Gewichte und Schwellen stimmen.", confidence=0.8)
    details: dict[str, Any] = {"found": found, "expected": expected, "wrong": wrong}
    if len(wrong) == 2 and _exchanged(found, expected, wrong):
        message = f"{wrong[0]} und {wrong[1]} sind vertauscht; alle anderen Werte stimmen."
        return partial(0.5, message, **details)
    what = "die Schwelle" if wrong[0].startswith("b") else "das Gewicht"
    more = len(wrong) - 1
    rest = {0: "", 1: " Ein weiterer Wert stimmt nicht."}.get(
        more, f" {more} weitere Werte stimmen nicht."
    )
    share = {1: 0.5, 2: 0.25, 3: 0.25}.get(len(wrong), 0.0)
    return partial(share, f"Zuerst weicht {what} {wrong[0]} von der Zeichnung ab.{rest}", **details)


def _exchanged(found: dict[str, float], expected: dict[str, float], pair: list[str]) -> bool:
    a, b = pair
    return bool(np.isclose(found[a], expected[b]) and np.isclose(found[b], expected[a]))
