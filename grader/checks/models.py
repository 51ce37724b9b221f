"""Captured models: where they are, and how their Dense layers are built."""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks.context import Side, last_name
from grader.checks.networks import activation_name
from grader.model import ModelInfo, Value

__all__ = ["DenseLayer", "dense_layers", "find_model", "models_in", "unseen_network"]


@dataclass(frozen=True, slots=True)
class DenseLayer:
    """A Dense layer with the activation that follows it, be it its own or a layer's."""

    units: int
    activation: str


def dense_layers(info: ModelInfo) -> tuple[DenseLayer, ...]:
    """Return the Dense layers with what acts on their output (``Activation`` layers merged)."""
    found: list[DenseLayer] = []
    for layer in info.layers:
        if layer.kind == "Dense":
            units = layer.config.get("units")
            found.append(DenseLayer(units if isinstance(units, int) else 0, activation_name(layer)))
        elif layer.kind in ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax") and found:
            if found[-1].activation == "linear":
                found[-1] = DenseLayer(found[-1].units, activation_name(layer))
    return tuple(found)


def models_in(side: Side, slot_or_task: str) -> list[ModelInfo]:
    """Models with layers that a region made, changed or called, latest first."""
    found = [v.model for _, v in side.networks(slot_or_task) if v.model is not None]
    return [m for m in reversed(found) if m.layers]


def find_model(side: Side, *places: str, name: str = "model") -> tuple[str, ModelInfo] | None:
    """Find the model of a task.

    Looks for ``name`` in the state after each place in turn, as a variable or at the end of a path,
    then for any model with layers that the places made or called.

    Returns
    -------
    (place, ModelInfo) or None
    """
    for place in places:
        state = side.state(place) if side.has(place) else {}
        paths = [n for n in state if n != name and last_name(n) == name]
        for path in (name, *reversed(paths)):
            if (found := _with_layers(state.get(path))) is not None:
                return place, found
    for place in places:
        for model in models_in(side, place):
            return place, model
    return None


def _with_layers(value: Value | None) -> ModelInfo | None:
    if value is None or value.model is None or not value.model.layers:
        return None
    return value.model


def unseen_network(side: Side, slot_or_task: str) -> bool:
    """Tell whether a region uses networks, and of none anybody can see the layers.

    Either the calls were recorded without them, or they compute with weights and code of their own.
    """
    met = {d: v for cell in side.cells(slot_or_task) for d, v in cell.networks.items()}
    calls = (*side.calls(slot_or_task, "fit", "set_weights"), *side.asked(slot_or_task))
    infos = [met[c.network].model if c.network in met else None for c in calls]
    return bool(infos) and all(i is None or (i.own and not i.layers) for i in infos)
