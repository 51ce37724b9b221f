"""The networks that a group trained in task 1c, and what it says of them, side by side.

One training of which the network is not known is reason enough to say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader.checks import Side
from grader.checks.models import dense_layers
from grader.model import Call, ModelInfo

from .digit_data import TASK

__all__ = ["Trained", "better_remark", "same_remark", "trained"]

_KEYS = ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy")
_CLASSES = 10
# Accuracies of two trainings that lie closer together say nothing of the networks.
_CLEAR = 0.08
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_CLAUSE = re.compile(r",|\baber\b|\bwährend\b|\bdagegen\b|\bjedoch\b|\bsondern\b")
_LARGE = re.compile(
    r"\b(?:größere|groessere|große|grosse)[rnms]?\b|\bmehr\s+(?:\w+\s+)?(?:neuronen|units|knoten)",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"\b(?:kleinere|kleine)[rnms]?\b|\bweniger\s+(?:\w+\s+)?(?:neuronen|units|knoten)",
    re.IGNORECASE,
)
_BETTER = re.compile(r"\b(?:besser|genauer|höher|überlegen)\w*", re.IGNORECASE)
_WORSE = re.compile(r"\b(?:schlechter|ungenauer|niedriger|geringer|unterlegen)\w*", re.IGNORECASE)
# Not said of these two trainings, or not of what they reached on their images.
_OTHER = re.compile(
    r"\b(?:nicht|kein\w*|nie|kaum|wäre\w*|würde\w*|sollte\w*|könnte\w*|kann|können|meist\w*|oft|"
    r"generell|allgemein\w*|grundsätzlich|normalerweise|vermutlich|erwart\w*|je|umso|desto|zu|"
    r"überangepasst|overfitt\w*|lernrate\w*|epochen|loss|verlust\w*|fehler\w*|schneller|"
    r"rechen\w*|dauer\w*|zeit\w*)\b|test|valid|\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trained:
    """One training of a classifier of digits.

    Attributes
    ----------
    layers : tuple of str
        Kind, size and activation of every layer that computes.
    size : tuple of int
        Neurons in the hidden layers, as the task counts, then the number of all weights.
    settings : tuple
        What else makes a configuration: epochs, batch size, number of images, optimizer.
    accuracy : float or None
        Reached on the training images, in [0, 1].
    """

    layers: tuple[str, ...]
    size: tuple[int, int]
    settings: tuple[object, ...]
    accuracy: float | None


def trained(side: Side) -> list[Trained]:
    """Return the trainings of task 1c in order; none if the network of one is not known."""
    found: list[Trained] = []
    for cell in side.cells(TASK):
        here: list[Trained] = []
        for call in (c for c in cell.calls if c.name == "fit"):
            value = cell.networks.get(call.network)
            layers = dense_layers(value.model) if value is not None and value.model else ()
            if value is None or value.model is None or not layers or layers[-1].units != _CLASSES:
                return []
            here.append(_trained(call, value.model))
        # The same layers again: one network that is trained on, or another one? Nobody can tell.
        if len({t.layers for t in here}) < len(here):
            return []
        found += here
    return found


def _trained(call: Call, model: ModelInfo) -> Trained:
    layers = tuple(
        " ".join(
            str(part)
            for part in (
                layer.kind,
                *(layer.config.get(k, "") for k in ("units", "filters", "rate", "activation")),
            )
            if part not in ("", None)
        )
        for layer in model.layers
        if layer.kind != "InputLayer"
    )
    x = call.args.get("x")
    images = x.array.shape[0] if x is not None and x.array is not None and x.array.shape else None
    numbers = tuple(
        value.scalar if (value := call.args.get(name)) is not None else None
        for name in ("epochs", "batch_size", "validation_split")
    )
    size = (sum(d.units for d in dense_layers(model)[:-1]), model.parameters)
    return Trained(layers, size, (*numbers, images, model.optimizer), _reached(call))


def _reached(call: Call) -> float | None:
    for name in _KEYS:
        known = [v for v in call.history.get(name, ()) if v is not None and np.isfinite(v)]
        if known:
            return float(known[-1])
    return None


# --------------------------------------------------------------------------- remarks


def same_remark(trainings: list[Trained]) -> str:
    """Say so if all recorded trainings had one and the same configuration; "" otherwise."""
    if len(trainings) < 2 or len({(t.layers, t.settings) for t in trainings}) > 1:
        return ""
    return (
        f"Beobachtung: Die {len(trainings)} aufgezeichneten Trainings haben dieselbe "
        f"Konfiguration ({', '.join(trainings[0].layers)}); verlangt ist der Vergleich zweier "
        "verschiedener."
    )


def better_remark(trainings: list[Trained], text: str) -> str:
    """Say so if the text calls the one network better and the trainings show the other to be."""
    known = sorted((t for t in trainings if t.accuracy is not None), key=lambda t: t.size)
    if len(known) != len(trainings) or len(known) != 2:
        return ""
    small, large = known
    lead = (large.accuracy or 0.0) - (small.accuracy or 0.0)
    if small.size == large.size or abs(lead) < _CLEAR:
        return ""
    for larger_is_better in _claims(text):
        if larger_is_better != (lead > 0):
            said, shown = ("größere", "kleinere") if larger_is_better else ("kleinere", "größere")
            better, worse = (large, small) if lead > 0 else (small, large)
            return (
                f"Beobachtung: Nach dem Text ist das {said} Netz besser; in den aufgezeichneten "
                f"Trainings erreicht das {shown} die höhere Genauigkeit "
                f"({_percent(better)} gegen {_percent(worse)})."
            )
    return ""


def _claims(text: str) -> Iterator[bool]:
    """Yield, for every clause that says so of these two, whether the larger network is better."""
    for sentence in _SENTENCE.split(text):
        for clause in _CLAUSE.split(sentence):
            if _OTHER.search(clause):
                continue
            large, small = _LARGE.search(clause), _SMALL.search(clause)
            better, worse = _BETTER.search(clause), _WORSE.search(clause)
            if bool(better) == bool(worse) or not (large or small):
                continue
            # Of two that are named the first is the one of which it is said.
            first = large is not None and (small is None or large.start() < small.start())
            yield first == bool(better)


def _percent(training: Trained) -> str:
    return f"{100 * (training.accuracy or 0.0):.0f} %"
