"""Which recorded answers of a network hold: recomputed from its weights where that can be done.

What the probe recorded is a claim of the student's process. A plain stack of layers is evaluated
here once more; a network with code of the student's in it holds only if the weights say the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from grader.checks.arrays import Floats, numbers
from grader.checks.context import Side, held
from grader.checks.networks import ACTIVATIONS, Network, activation_name, network
from grader.model import ArrayInfo, Call, ModelInfo, NotebookEvidence, Value

__all__ = ["ANSWERING", "Models", "Verdict", "any_slot", "rebuilt"]

ANSWERING = ("predict", "predict_on_batch", "call")
Verdict: TypeAlias = Literal["holds", "own", "contradicted", "unproven"]

# Stacks of these are what their weights say, at every call.
_PLAIN = {
    "InputLayer", "Dense", "Flatten", "Reshape", "Rescaling", "Activation", "ReLU", "LeakyReLU",
    "ELU", "Softmax",
}  # fmt: skip
_MOST_NUMBERS = 400_000
_TOLERANCE = 1e-2


def any_slot(side: Side, notebook: str) -> str:
    """Name a slot of a notebook, to ask a side for that notebook's arrays."""
    return next((s.id for s in side.lab.slots if s.notebook == notebook), "")


@dataclass(frozen=True)
class Models:
    """The networks of a notebook: those that calls met, and all by the digest of their weights."""

    side: Side
    place: str
    met: Mapping[str, Value]
    known: Mapping[str, Value]
    arrays: tuple[ArrayInfo, ...] = ()

    @classmethod
    def of(cls, side: Side, run: NotebookEvidence, place: str) -> Models:
        """Collect them from all cells."""
        met: dict[str, Value] = {}
        known: dict[str, Value] = {}
        arrays: dict[str, ArrayInfo] = {}
        for cell in (step for whole in run.cells for step in whole.steps):
            named = [v for n, value in cell.variables.items() for _, v in held(n, value)]
            arrays |= {v.array.digest: v.array for v in named if v.array is not None}
            met.update(cell.networks)
            for value in (*cell.networks.values(), *named):
                digest = _weights_digest(run, value.model) if value.model is not None else ""
                if digest:
                    known[digest] = value
        return cls(side, place, met, known, tuple(arrays.values()))

    def asked(self, call: Call) -> Value | None:
        """Return the network that a call asked; None if it is not known."""
        return self.met.get(call.network) or self.known.get(call.model)

    def verdict(self, call: Call, *, strict: bool = False) -> Verdict:
        """Tell whether a recorded answer is what the network's weights say.

        With ``strict`` only what could be recomputed holds: the notebook has looked into the
        interpreter, where records could be planted.
        """
        found = self.asked(call)
        info = found.model if found is not None else None
        own = call.own or (info.own if info else ())
        unclear: Verdict = "own" if own else "unproven" if strict else "holds"
        if found is None or info is None:
            return unclear
        y = numbers(self.side, self.place, call.result)
        net = rebuilt(self.side, self.place, info)
        if y is None or y.size > _MOST_NUMBERS or net is None:
            return unclear
        x = numbers(self.side, self.place, call.args.get("x"))
        if x is None:
            # A data set, say: one of the notebook's own arrays explains the answer, or nothing.
            return "holds" if self._explains(net, y) else unclear
        said = net(x) if x.size <= _MOST_NUMBERS else None
        if said is None or said.size != y.size:
            return unclear
        if _same(said, y):
            return "holds"
        plain = found.type == "Sequential"
        plain = plain and all(layer.kind in _PLAIN for layer in info.layers)
        return "own" if own else "contradicted" if plain else "holds"

    def _explains(self, net: Network, y: Floats) -> bool:
        """Tell whether a network says ``y`` (n, …) to some array of n samples."""
        for info in self.arrays:
            size = math.prod(info.shape)
            if info.shape[:1] != y.shape[:1] or size > _MOST_NUMBERS:
                continue
            held = self.side.array(self.place, info)
            if held is None or held.dtype.kind not in "biuf":
                continue
            said = net(held.astype(np.float64))
            if said is not None and said.size == y.size and _same(said, y):
                return True
        return False


def rebuilt(side: Side, place: str, info: ModelInfo) -> Network | None:
    """Rebuild a network from its weights.

    An activation function that the student wrote is taken for the known one that explains what the
    network said; None if there is none.
    """
    net = network(side, place, info)
    unknown = [
        layer.kind in ("Dense", "Activation") and activation_name(layer) not in ACTIVATIONS
        for layer in info.layers
    ]
    if net is not None or not any(unknown):
        return net
    x, y = (side.array(place, a) for a in (info.probe_inputs, info.probe_outputs))
    if x is None or y is None:
        return None
    for name in ACTIVATIONS:
        layers = tuple(
            replace(layer, config={**layer.config, "activation": name}) if strange else layer
            for layer, strange in zip(info.layers, unknown, strict=True)
        )
        tried = network(side, place, replace(info, layers=layers))
        said = tried(x) if tried is not None else None
        if said is not None and said.size == y.size and _same(said, y.astype(np.float64)):
            return tried
    return None


def _same(said: Floats, y: Floats) -> bool:
    scale = max(1.0, float(np.abs(said).max(initial=0.0)))
    return bool(
        np.allclose(said.reshape(-1), y.reshape(-1), rtol=_TOLERANCE, atol=_TOLERANCE * scale)
    )


def _weights_digest(run: NotebookEvidence, info: ModelInfo) -> str:
    """Hash of all weights as the probe computes it for a call; "" if some were not kept."""
    digest = hashlib.blake2b(digest_size=16)
    for layer in info.layers:
        for weights in layer.weights:
            held = run.array(weights)
            if held is None:
                return ""
            if held.size:
                digest.update(np.ascontiguousarray(held).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
