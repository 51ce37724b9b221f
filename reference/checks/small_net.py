"""What the checks of tasks 1a and 1b share: the small network and what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from grader.checks import Context, Side
from grader.checks.arrays import Floats, compare, numbers
from grader.checks.models import find_model
from grader.checks.networks import Network, network
from grader.errors import LabError, NotJudged
from grader.model import ModelInfo

PLACES = ("1a-predict", "1a-weights", "1a-model")
# Reaches beyond the zero at 25/9, where a missing ReLU at the output shows.
_FAR = (30.0, 100.0, 1000.0)
UNSEEN = np.array([*(-x for x in _FAR), *np.linspace(-7.3, 11.2, 75), *_FAR])


@dataclass(frozen=True, slots=True)
class Answer:
    """One call of predict: inputs and outputs of shape (n,)."""

    inputs: Floats
    outputs: Floats


def small_net(side: Side) -> tuple[str, ModelInfo] | None:
    """Return the model of task 1a as it stood after the task, and where it was found."""
    return find_model(side, *PLACES) or find_model(side, "1a")


def require_net(context: Context) -> tuple[str, ModelInfo]:
    """Return the student's model of task 1a.

    Raises
    ------
    NotJudged
        If there is none, or nothing of the task ran.
    """
    context.student.require("1a")
    found = small_net(context.student)
    if found is None:
        raise NotJudged("In Aufgabe 1a wurde kein Keras-Modell mit Schichten gefunden.")
    return found


def reference_net(context: Context, *, activation: str | None = None) -> Network:
    """Return the reference's network of task 1a as a function."""
    found = small_net(context.reference)
    net = found and network(context.reference, *found, activation=activation)
    if not net:
        raise LabError("Die Referenz hat in Aufgabe 1a kein auswertbares Netz.")
    return net


def student_net(context: Context, place: str = "") -> Network | None:
    """Return the student's network (as it stood after ``place``, if given) as a function."""
    side = context.student
    found = (place and find_model(side, place)) or small_net(side)
    return network(side, *found) if found else None


def witnessed(context: Context, place: str, info: ModelInfo, right: Network) -> bool:
    """Tell whether a network that cannot be rebuilt said of itself what the right one says."""
    x = context.student.array(place, info.probe_inputs)
    y = context.student.array(place, info.probe_outputs)
    if x is None or y is None or x.size != y.size or not x.size:
        return False
    wanted = right(x.reshape(-1))
    return wanted is not None and compare(y.reshape(-1), wanted.reshape(-1)).same


def answers(side: Side, slot_or_task: str) -> Iterator[Answer]:
    """Yield the calls of predict in a region whose inputs and outputs are known."""
    for call in side.asked(slot_or_task):
        x = numbers(side, slot_or_task, call.args.get("x"))
        y = numbers(side, slot_or_task, call.result)
        if x is not None and y is not None and x.size == y.size and x.size:
            yield Answer(x.reshape(-1), y.reshape(-1))


def asked(context: Context) -> Answer:
    """Return what the reference asks of the network in task 1a, and the answers.

    Raises
    ------
    LabError
        If the reference does not predict there.
    """
    found = list(answers(context.reference, "1a"))
    if not found:
        raise LabError("Die Referenz sagt in Aufgabe 1a nichts vorher.")
    return found[-1]


def steps_of_sum(net: Network, answer: Answer) -> list[float]:
    """Return all neurons' outputs, layer by layer, if the inputs are summed as one."""
    x = np.array([[answer.inputs.sum()]])
    steps: list[float] = []
    for step in net.steps:
        x = step(x)
        steps += x.reshape(-1).tolist()
    return steps


def error_hint(context: Context, place: str) -> str:
    """Return a sentence on the first error of a region, with a space before it; "" if none."""
    errors = [c.error for c in context.student.errors(place) if c.error]
    return f" Eine Zelle endet mit einem Fehler ({errors[0][:60]})." if errors else ""
