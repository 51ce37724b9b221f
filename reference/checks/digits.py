"""Check 1c.architecture: how the classifier of digits is built."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks import Context, Outcome, check, failed, partial, passed, review
from grader.checks.models import dense_layers, models_in, unseen_network
from grader.checks.networks import ACTIVATIONS
from grader.errors import LabError
from grader.model import ModelInfo

from .digit_data import MAIN, TASK, fits
from .small_net import error_hint

_MODEL = "1c-model"
_FLATTENING = {"Flatten", "Reshape", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}
_RELU = {"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "relu6", "prelu", "softplus"}
# Losses for one class of several, as keras and TensorFlow call them (without underscores).
_CROSS_ENTROPY = (
    "categoricalcrossentropy", "categoricalfocalcrossentropy", "softmaxcrossentropy",
    "kldivergence", "kullbackleibler",
)  # fmt: skip
_SHALLOW = 2 / 3
_WEIGHTS = {"input": 0.25, "hidden": 0.75, "size": 1.0, "softmax": 0.5, "compile": 0.5}


@dataclass
class _Build:
    """What speaks for and against a network: scores in [0, 1] per part, and the faults."""

    scores: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def rate(self, part: str, score: float, fault: str) -> None:
        self.scores[part] = float(score)
        if score < 1:
            self.faults.append(fault)

    @property
    def fraction(self) -> float:
        reached = sum(_WEIGHTS[p] * s for p, s in self.scores.items()) / sum(_WEIGHTS.values())
        # Without a hidden layer it is another network, however right the rest.
        return min(reached, _SHALLOW) if self.scores.get("hidden") == 0 else reached


@check("1c.architecture")
def architecture(ctx: Context) -> Outcome:
    """Ist das Netz für zehn Ziffern richtig aufgebaut und übersetzt?"""
    student = ctx.student
    student.require(_MODEL if student.has(_MODEL) else TASK)
    classes = _classes(ctx)
    models = next((m for p in (_MODEL, MAIN, TASK) if (m := models_in(student, p))), [])
    builds = [_from_model(ctx, model, classes) for model in models]
    if not builds and unseen_network(student, TASK):
        return review(
            0.5,
            "In Aufgabe 1c wird ein Netz benutzt, dessen Schichten nicht zu sehen sind; die "
            "Betreuung sieht nach, wie es aufgebaut ist.",
            confidence=0.2,
        )
    if not builds:
        return failed(
            "In Aufgabe 1c wurde kein Netz mit Schichten gefunden." + error_hint(ctx, _MODEL),
            confidence=0.9,
        )
    best = max(builds, key=lambda b: b.fraction)
    details = {"scores": best.scores, **best.found}
    if best.fraction >= 1:
        return passed("Aufbau und Übersetzung des Netzes stimmen.", **details)
    return partial(best.fraction, " ".join(best.faults), **details)


def _classes(ctx: Context) -> int:
    for model in models_in(ctx.reference, _MODEL):
        layers = dense_layers(model)
        if layers:
            return layers[-1].units
    raise LabError("Die Referenz hat in Aufgabe 1c kein Netz.")


def _from_model(ctx: Context, model: ModelInfo, classes: int) -> _Build:
    layers = dense_layers(model)
    build = _Build(found={"layers": [layer.kind for layer in model.layers]})
    build.found["dense"] = [f"{d.units} {d.activation}" for d in layers]
    kinds = [layer.kind for layer in model.layers]
    before = kinds[: kinds.index("Dense")] if "Dense" in kinds else kinds
    flat = bool(_FLATTENING & set(before)) or len(model.input_shape) == 2
    build.rate("input", flat, "Vor der ersten Dense-Schicht wird das Bild nicht zu einem Vektor.")
    acting = [d.activation for d in layers[:-1]]
    acting += ["prelu" for x in model.layers if x.kind == "PReLU"]
    acting += [str(x.config.get("activation")) for x in model.layers if x.kind == "Conv2D"]
    build.rate("hidden", *_hidden(acting))
    last = layers[-1] if layers else None
    units = last.units if last else 0
    build.rate(
        "size",
        units == classes,
        f"Die Ausgabeschicht hat {units} Neuronen; das passt nicht zur Zahl der Klassen.",
    )
    softmax = last is not None and (
        last.activation == "softmax"
        or _from_logits(ctx, last.activation)
        or (last.activation not in ACTIVATIONS and _says_probabilities(ctx, model))
    )
    build.rate(
        "softmax",
        softmax,
        "Die Ausgabeschicht liefert keine Wahrscheinlichkeiten; prüfen Sie ihre Aktivierung.",
    )
    _rate_compile(ctx, build, model.loss, model.optimizer)
    return build


def _says_probabilities(ctx: Context, model: ModelInfo) -> bool:
    """Tell whether a network's outputs add up to one: its activation bears no known name."""
    outputs = ctx.student.array(TASK, model.probe_outputs)
    if outputs is None or outputs.ndim != 2 or not np.isfinite(outputs).all():
        return False
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))


def _hidden(activations: list[str]) -> tuple[float, str]:
    if not activations:
        return 0.0, "Es fehlt eine verborgene Schicht zwischen Eingabe und Ausgabe."
    if any(a in _RELU for a in activations):
        return 1.0, ""
    if all(a in ("linear", "", "None") for a in activations):
        return 1 / 3, "Die verborgene Schicht hat keine Aktivierung; sie bleibt damit linear."
    return (
        2 / 3,
        f"Die verborgene Schicht hat die Aktivierung {activations[0]}, nicht die verlangte.",
    )


def _from_logits(ctx: Context, activation: str) -> bool:
    """A linear output is right if the loss applies the softmax itself."""
    return activation == "linear" and _takes_logits(ctx)


def _code(ctx: Context) -> str:
    return re.sub(r"(?m)#.*$", "", ctx.student.source(TASK))


def _takes_logits(ctx: Context) -> bool:
    pattern = r"from_logits\s*=\s*True|softmax_cross_entropy_with_logits"
    return bool(re.search(pattern, _code(ctx)))


def _rate_compile(ctx: Context, build: _Build, loss: str, optimizer: str) -> None:
    calls = ctx.student.calls(TASK, "compile")
    texts = [str(c.args["loss"].scalar or "") for c in calls if "loss" in c.args]
    name = loss or (texts[-1] if texts else "")
    build.found.update(loss=name, optimizer=optimizer, metrics=_metrics(ctx))
    if not name:
        build.rate("compile", 0.0, "Das Netz wurde nicht mit model.compile übersetzt.")
        return
    bare = name.lower().replace("_", "")
    own = not re.match(r"[a-z]", bare) or f"def {name}" in ctx.student.source(TASK)
    fitting = any(part in bare for part in _CROSS_ENTROPY) or (
        own and re.search(r"cross_?entropy", _code(ctx), re.IGNORECASE) is not None
    )
    measured = any("acc" in metric.lower() for metric in _metrics(ctx))
    clash = _clash(ctx, build, bare) if fitting else ""
    fault = clash or (
        f"Die Fehlerfunktion {name} passt nicht zu zehn Klassen."
        if not fitting
        else "Beim Übersetzen fehlt die Genauigkeit als Metrik."
    )
    build.rate("compile", (0.3 if clash else 0.6) * fitting + 0.4 * measured, fault)


def _clash(ctx: Context, build: _Build, loss: str) -> str:
    """Say where loss, output and labels do not fit one another; "" if they do."""
    dense = build.found.get("dense") or [""]
    logits = re.findall(r"from_logits\s*=\s*(\w+)", _code(ctx))
    if dense[-1].endswith("softmax") and logits and set(logits) == {"True"}:
        return (
            "Die Ausgabeschicht wendet Softmax schon an, die Fehlerfunktion erwartet mit "
            "from_logits aber Werte davor."
        )
    shapes = [
        y.array.shape
        for call, _ in fits(ctx.student)
        if (y := call.args.get("y")) is not None and y.array is not None
    ]
    wide = {len(shape) > 1 and shape[-1] > 1 for shape in shapes}
    if wide == {True} and loss.startswith("sparse"):
        return f"Zu Labels als One-Hot-Vektoren passt die Fehlerfunktion {loss} nicht."
    if wide == {False} and loss.startswith("categorical"):
        return "Zu Labels als ganzen Zahlen passt diese Fehlerfunktion nicht; sie will One-Hot."
    return ""


def _metrics(ctx: Context) -> list[str]:
    found: list[str] = []
    for call in ctx.student.calls(TASK, "compile", "fit"):
        value = call.args.get("metrics")
        if call.name == "compile" and value is not None:
            items = value.items or (value,)
            found += [str(i.scalar) for i in items if isinstance(i.scalar, str)]
        found += [name for name in call.history if name != "loss"]
    return list(dict.fromkeys(found))
