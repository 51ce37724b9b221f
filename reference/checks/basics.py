"""Checks of task 1a: the small network in keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.checks.arrays import Floats, compare, numbers
from grader.checks.models import DenseLayer, dense_layers, unseen_network
from grader.checks.networks import NAMELESS, Network, network, same_function
from grader.errors import LabError, NotJudged
from grader.model import ModelInfo

from .small_net import (
    UNSEEN,
    answers,
    asked,
    error_hint,
    reference_net,
    require_net,
    small_net,
    witnessed,
)
from .weights import weights_set

_HELPERS = {
    "InputLayer", "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Flatten", "Dropout"
}  # fmt: skip


# ------------------------------------------------------------------ 1a.architecture


@check("1a.architecture")
def architecture(ctx: Context) -> Outcome:
    """Hat das Keras-Modell die Schichten, Neuronen und Aktivierungen des gezeichneten Netzes?"""
    student = ctx.student
    student.require("1a")
    found = small_net(student)
    if found is None and unseen_network(student, "1a"):
        return review(
            0.5,
            "In Aufgabe 1a wird ein Netz benutzt, dessen Schichten nicht zu sehen sind; die "
            "Betreuung sieht nach, wie es aufgebaut ist.",
            confidence=0.2,
        )
    if found is None:
        return failed(
            "In Aufgabe 1a wurde kein Keras-Modell mit Schichten gefunden. Erwartet wird ein "
            "Sequential aus Dense-Schichten." + error_hint(ctx, "1a")
        )
    held = small_net(ctx.reference)
    if held is None:
        raise LabError("Die Referenz hat in Aufgabe 1a kein Netz.")
    info, wanted = found[1], held[1]
    mine, right = dense_layers(info), dense_layers(wanted)
    faults = [*_units_faults(info, mine, right), *_input_faults(info, wanted)]
    wrong = [i for i, (a, b) in enumerate(zip(mine, right, strict=False), 1) if _differ(a, b)]
    acting = _share_acting(mine, right, wrong)
    faults += [_activation_fault(i, mine[i - 1].activation) for i in wrong]
    details: dict[str, Any] = {
        "found": _described(info, mine),
        "expected": _described(wanted, right),
    }
    if not faults:
        return passed("Schichten, Neuronen und Aktivierungen stimmen.", **details)
    if _equivalent(ctx, found, mine, right, wrong):
        return passed(
            "Das Netz ist anders aufgebaut als die Zeichnung, rechnet aber bei allen geprüften "
            "Eingaben dasselbe.",
            confidence=0.6,
            remarks=faults,
            **details,
        )
    sized = not (_units_faults(info, mine, right) or _input_faults(info, wanted))
    if sized and all(mine[i - 1].activation == NAMELESS for i in wrong):
        return _own_activation(witnessed(ctx, *found, reference_net(ctx)), details)
    return partial(0.5 * sized + 0.5 * acting, " ".join(faults), **details)


def _equivalent(
    ctx: Context,
    found: tuple[str, ModelInfo],
    mine: tuple[DenseLayer, ...],
    right: tuple[DenseLayer, ...],
    wrong: list[int],
) -> bool:
    """Tell whether other layers or neurons (a neuron without effect, say) make no difference.

    An activation that is missing where the drawing has one remains a fault: it was asked for.
    """
    if wrong and len(mine) == len(right):
        return False
    net = network(ctx.student, *found)
    if net is None:
        # What it said of itself is a witness only where no code of the group's own speaks.
        info = found[1]
        return bool(mine) and not info.own and witnessed(ctx, *found, reference_net(ctx))
    return same_function(net, reference_net(ctx), UNSEEN)


def _own_activation(agrees: bool, details: dict[str, Any]) -> Outcome:
    """An activation without a name (``lambda``): what it does is only known from its outputs."""
    said = (
        "Bei allen geprüften Eingaben rechnet das Netz richtig."
        if agrees
        else "Nicht bei allen geprüften Eingaben rechnet das Netz richtig."
    )
    return review(
        1.0 if agrees else 0.5,
        f"Schichten und Neuronen stimmen; als Aktivierung dient eine eigene Funktion. {said} Die "
        "Betreuung sieht die Funktion durch.",
        confidence=0.5 if agrees else 0.3,
        **details,
    )


def _activation_fault(number: int, activation: str) -> str:
    if activation == "linear":
        return f"Schicht {number} hat keine Aktivierungsfunktion."
    return f"Schicht {number} hat die Aktivierungsfunktion {activation}, nicht die der Aufgabe."


def _differ(a: DenseLayer, b: DenseLayer) -> bool:
    return a.activation != b.activation


def _share_acting(
    mine: tuple[DenseLayer, ...], right: tuple[DenseLayer, ...], wrong: list[int]
) -> float:
    if len(mine) != len(right):
        return 0.0
    return 1.0 if not wrong else 0.6 * (1 - len(wrong) / len(right))


def _units_faults(
    info: ModelInfo, mine: tuple[DenseLayer, ...], right: tuple[DenseLayer, ...]
) -> list[str]:
    faults = []
    strange = [layer.kind for layer in info.layers if layer.kind not in _HELPERS]
    if strange:
        faults.append(f"Die Schicht {strange[0]} gehört nicht in dieses Netz.")
    if len(mine) != len(right):
        count = {0: "keine Dense-Schicht", 1: "eine Dense-Schicht"}.get(
            len(mine), f"{len(mine)} Dense-Schichten"
        )
        faults.append(f"Das Modell hat {count}; vergleichen Sie mit der Zeichnung.")
        return faults
    for i, (a, b) in enumerate(zip(mine, right, strict=True), 1):
        if a.units != b.units:
            faults.append(
                f"Schicht {i} hat {a.units} Neuronen; zählen Sie in der Zeichnung nach."
                if a.units != 1
                else f"Schicht {i} hat nur ein Neuron; zählen Sie in der Zeichnung nach."
            )
    return faults


def _input_faults(info: ModelInfo, wanted: ModelInfo) -> list[str]:
    if not info.input_shape and info.parameters:
        return []  # A subclassed model that was called: it has weights, but tells no shape.
    if not info.input_shape:
        return ["Die Form der Eingabe ist nicht festgelegt, das Modell ist nicht gebaut."]
    if info.input_shape[1:] in (wanted.input_shape[1:], ()):
        return []
    count = info.input_shape[-1]
    return [
        f"Das Modell erwartet {count} Werte je Eingabe. Die drei x-Werte sind drei getrennte "
        "Eingaben, nicht drei Eingänge."
    ]


def _described(info: ModelInfo, layers: Iterable[DenseLayer]) -> dict[str, Any]:
    return {
        "input_shape": list(info.input_shape),
        "dense": [f"{d.units} {d.activation}" for d in layers],
    }


# ------------------------------------------------------------------ 1a.prediction


@check("1a.prediction")
def prediction(ctx: Context) -> Outcome:
    """Sagt das Netz für die drei Eingaben die richtigen Ausgaben vorher?"""
    ctx.student.require("1a")
    expected = asked(ctx)
    found = _predicted(ctx, expected.inputs)
    if found is None:
        return failed(
            "Es wurde keine Vorhersage für die drei Eingaben gefunden. Erwartet wird der Aufruf "
            "model.predict mit den drei x-Werten." + error_hint(ctx, "1a-predict")
        )
    compared = compare(found, expected.outputs)
    details: dict[str, Any] = {"found": found, "expected": expected.outputs}
    if compared.same:
        return passed("Die drei Vorhersagen stimmen.", **details)
    held = small_net(ctx.student)
    if held is not None and not weights_set(ctx, *held):
        return failed(
            "Die Vorhersagen stammen von einem Netz, dessen Gewichte nicht gesetzt sind.", **details
        )
    if _is_own(ctx, expected.inputs, found):
        # Not even the negative input agrees with the hand calculation: that could be seen.
        near = np.isclose(found.reshape(-1), expected.outputs, atol=1e-2).any()
        return partial(
            0.5 if near else 0.25,
            "Die Vorhersagen passen zum eigenen Netz, das aber noch nicht dem gezeichneten "
            "entspricht (Folgefehler)."
            + ("" if near else " Keine stimmt mit der Handrechnung überein."),
            **details,
        )
    if compared.reason in ("shape", "empty"):
        return failed(
            f"{compared.sentence} Erwartet wird eine Ausgabe für jede der drei Eingaben.", **details
        )
    # Zero is what any network with a ReLU says of negative inputs: alone it shows nothing.
    telling = expected.outputs != 0
    hits = np.isclose(found.reshape(-1), expected.outputs, atol=1e-2) & telling
    return partial(0.5 * compared.right * hits.any(), compared.sentence, **details)


def _predicted(ctx: Context, inputs: Floats) -> Floats | None:
    """Find the outputs for the asked inputs: in the calls of predict, then in variables."""
    student = ctx.student
    known: dict[float, float] = {}
    for answer in answers(student, "1a"):
        known.update(zip(answer.inputs.tolist(), answer.outputs.tolist(), strict=True))
    if all(float(x) in known for x in inputs):
        return np.array([known[float(x)] for x in inputs])
    place = "1a-predict" if student.has("1a-predict") else "1a"
    outputs = [numbers(student, "1a", c.result) for c in student.asked("1a")]
    held = [numbers(student, place, v) for n, v in student.made(place) if n == "result"]
    others = [numbers(student, place, v) for _, v in student.made(place)]
    sized = [a for a in (*held, *outputs, *others) if a is not None and a.size == inputs.size]
    kept = [a for a in sized if not np.array_equal(a.reshape(-1), inputs)]
    # What a network returned is a prediction whatever it is called.
    return kept[0] if kept else next((a for a in (*held, *outputs) if a is not None), None)


def _is_own(ctx: Context, inputs: Floats, found: Floats) -> bool:
    """Tell whether the group's own network says ``found``."""
    held = small_net(ctx.student)
    net = network(ctx.student, *held) if held else None
    own = net(inputs) if net else None
    return own is not None and compare(found, own).same


# ------------------------------------------------------------------ 1a.probe


@check("1a.probe")
def probe(ctx: Context) -> Outcome:
    """Rechnet das Netz auch bei Eingaben richtig, die in der Aufgabe nicht vorkommen?"""
    place, info = require_net(ctx)
    right = reference_net(ctx)
    mine = network(ctx.student, place, info)
    if mine is None:
        return _claimed_probe(ctx, place, info, right)
    own, wanted = mine(UNSEEN), right(UNSEEN)
    if own is None or wanted is None or own.size != wanted.size:
        return failed("Das Netz nimmt keine einzelnen Zahlen als Eingabe an.")
    return _probe_outcome(UNSEEN, own.reshape(-1), wanted.reshape(-1), 1.0)


def _claimed_probe(ctx: Context, place: str, info: ModelInfo, right: Network) -> Outcome:
    """A network that cannot be rebuilt: take what it said of itself."""
    x = ctx.student.array(place, info.probe_inputs)
    y = ctx.student.array(place, info.probe_outputs)
    if x is None or y is None or x.size != y.size:
        raise NotJudged("Das Netz ließ sich nicht befragen, weil es keine Gewichte hat.")
    wanted = right(x.reshape(-1))
    if wanted is None:
        raise NotJudged("Das Netz nimmt keine einzelnen Zahlen als Eingabe an.")
    return _probe_outcome(
        x.reshape(-1).astype(float), y.reshape(-1).astype(float), wanted.reshape(-1), 0.6
    )


def _probe_outcome(x: Floats, own: Floats, wanted: Floats, confidence: float) -> Outcome:
    wrong = ~np.isclose(own, wanted, rtol=1e-3, atol=1e-3)
    if not wrong.any():
        return passed("Auch bei anderen Eingaben rechnet das Netz richtig.", confidence=confidence)
    hint = (
        "Es gibt negative Werte aus; prüfen Sie die Aktivierung der letzten Schicht."
        if (own[wrong] < 0).any()
        else "Prüfen Sie Gewichte, Schwellen und Aktivierungen."
    )
    where = (
        "Bei großen Eingaben"
        if x[wrong].min() > 2
        else "Bei Eingaben, die in der Aufgabe nicht vorkommen,"
    )
    return failed(
        f"{where} rechnet das Netz anders als das gezeichnete. {hint}",
        confidence=confidence,
        wrong_share=wrong.mean(),
        first_wrong_input=x[wrong][0],
    )
