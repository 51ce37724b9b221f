"""Networks rebuilt from captured weights and asked by the trusted side, not by the student's.

Only what a plain stack of layers needs is supported; for anything else :func:`network` returns None
and the captured ``probe_outputs`` remain as a weaker witness.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.checks.arrays import Floats
from grader.checks.context import Side
from grader.model import Layer, ModelInfo

__all__ = ["ACTIVATIONS", "NAMELESS", "Network", "activation_name", "network", "same_function"]

Function: TypeAlias = Callable[[Floats], Floats]
# Few samples at once: a hostile layer of a million neurons then costs 100 MB, not gigabytes.
_CHUNK = 16


def _softmax(x: Floats) -> Floats:
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(x, -500, 500)))
    return result


def _elu(x: Floats, alpha: float = 1.0) -> Floats:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ACTIVATIONS: Mapping[str, Function] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "relu6": lambda x: np.clip(x, 0.0, 6.0),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softmax": _softmax,
    "elu": _elu,
    "selu": lambda x: 1.05070098 * _elu(x, 1.67326324),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "softsign": lambda x: x / (1.0 + np.abs(x)),
    "silu": lambda x: x * _sigmoid(x),
    "exponential": lambda x: np.exp(np.minimum(x, 700)),
}
NAMELESS = "eigene"
_OTHER_NAMES = {"": "linear", "none": "linear", "swish": "silu", "leakyrelu": "leaky_relu"}
_PASSIVE = {
    "InputLayer", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "SpatialDropout1D", "SpatialDropout2D",
}  # fmt: skip
_FLATTENING = {"Flatten", "Reshape"}


@dataclass(frozen=True, slots=True)
class Network:
    """A captured network as a function that the trusted side evaluates.

    Attributes
    ----------
    input_shape : tuple of int
        Of one sample; () if unknown.
    steps : tuple of callables
        Each maps (n, ...) to (n, ...).
    """

    input_shape: tuple[int, ...]
    steps: tuple[Function, ...]

    def __call__(self, inputs: NDArray[Any]) -> Floats | None:
        """Evaluate the network.

        Parameters
        ----------
        inputs : ndarray of shape (n, *input_shape), or (n,) for a single number per sample

        Returns
        -------
        ndarray of shape (n, ...), or None
            None if shapes do not fit one another.
        """
        x = np.asarray(inputs, dtype=np.float64)
        if x.ndim == 1:
            # A subclassed model does not tell its shape; no Dense layer takes bare numbers.
            alone = self.input_shape and math.prod(self.input_shape) == 1
            x = x.reshape(-1, *(self.input_shape if alone else (1,)))
        try:
            with np.errstate(all="ignore"):
                parts = [self._chunk(x[i : i + _CHUNK]) for i in range(0, len(x), _CHUNK)]
            return np.concatenate(parts) if parts else None
        except (ValueError, IndexError, TypeError):
            return None

    def _chunk(self, x: Floats) -> Floats:
        for step in self.steps:
            x = step(x)
        return x


def network(
    side: Side, slot_or_task: str, info: ModelInfo, *, activation: str | None = None
) -> Network | None:
    """Rebuild a captured model from its weights.

    Parameters
    ----------
    activation : str, optional
        Use this one for every Dense layer instead of its own, to judge the weights alone.

    Returns
    -------
    Network or None
        None if it has no layers, a layer is unknown, or weights are missing or do not fit.
    """
    steps: list[Function] = []
    for layer in info.layers:
        weights = [side.array(slot_or_task, w) for w in layer.weights]
        if any(w is None or w.dtype.kind not in "biuf" for w in weights):
            return None
        held = [np.asarray(w, dtype=np.float64) for w in weights]
        made = _step(layer, held, activation)
        if made is None:
            return None
        steps.append(made)
    if not steps:
        return None
    shape = info.input_shape[1:]
    known = tuple(n for n in shape if n is not None)
    return Network(known if len(known) == len(shape) else (), tuple(steps))


def _step(layer: Layer, weights: list[Floats], activation: str | None) -> Function | None:
    if layer.kind == "Dense":
        name = activation or activation_name(layer)
        return _dense(weights, ACTIVATIONS[name]) if name in ACTIVATIONS else None
    if layer.kind in _PASSIVE:
        return ACTIVATIONS["linear"]
    if layer.kind in _FLATTENING:
        return _reshape(layer)
    if layer.kind == "Rescaling":
        scale, offset = _number(layer, 1.0, "scale"), _number(layer, 0.0, "offset")
        return lambda x: x * scale + offset
    if layer.kind == "BatchNormalization":
        return _batch_normalization(layer, weights)
    if layer.kind == "Normalization":
        return _normalization(layer, weights)
    return _activation_layer(layer)


def _activation_layer(layer: Layer) -> Function | None:
    if layer.kind == "Activation":
        return ACTIVATIONS.get(activation_name(layer))
    if layer.kind == "ReLU":
        slope, top = _number(layer, 0.0, "negative_slope"), _number(layer, math.inf, "max_value")
        threshold = _number(layer, 0.0, "threshold")
        return lambda x: np.where(x >= threshold, np.minimum(x, top), slope * (x - threshold))
    if layer.kind == "LeakyReLU":
        slope = _number(layer, 0.3, "negative_slope", "alpha")
        return lambda x: np.where(x > 0, x, slope * x)
    if layer.kind == "ELU":
        alpha = _number(layer, 1.0, "alpha")
        return lambda x: _elu(x, alpha)
    return _softmax if layer.kind == "Softmax" else None


def _dense(weights: list[Floats], function: Function) -> Function | None:
    if not weights or weights[0].ndim != 2:
        return None
    kernel = weights[0]
    bias = weights[1] if len(weights) > 1 else np.zeros(kernel.shape[1])
    if len(weights) > 2 or bias.shape != kernel.shape[1:]:
        return None
    return lambda x: function(x @ kernel + bias)


def _reshape(layer: Layer) -> Function | None:
    if layer.kind == "Flatten":
        return lambda x: x.reshape(len(x), -1)
    target = layer.config.get("target_shape")
    if not isinstance(target, list | tuple) or not all(isinstance(n, int) for n in target):
        return None
    shape = tuple(target)
    return lambda x: x.reshape(len(x), *shape)


def _batch_normalization(layer: Layer, weights: list[Floats]) -> Function | None:
    if len(weights) != 4 or len({w.shape for w in weights}) != 1:
        return None
    gamma, beta, mean, variance = weights
    scale = gamma / np.sqrt(np.maximum(variance, 0) + _number(layer, 1e-3, "epsilon"))
    return lambda x: (x - mean) * scale + beta


def _normalization(layer: Layer, weights: list[Floats]) -> Function | None:
    """The layer that learns mean and variance by ``adapt``; its third weight only counts."""
    if len(weights) < 2 or layer.config.get("invert"):
        return None
    mean, spread = weights[0], np.maximum(np.sqrt(np.maximum(weights[1], 0)), 1e-7)
    return lambda x: (x - mean) / spread


def _number(layer: Layer, default: float, *keys: str) -> float:
    for key in keys:
        held = layer.config.get(key)
        if isinstance(held, int | float):
            return float(held)
    return default


def activation_name(layer: Layer) -> str:
    """Name of a layer's own activation as in :data:`ACTIVATIONS`; ``"linear"`` without one.

    A function without a name (``lambda``) leaves an empty one: what it does, nobody knows.
    """
    own = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax"}
    if layer.kind in own:
        return own[layer.kind]
    if layer.config.get("activation") == "":
        return NAMELESS
    name = str(layer.config.get("activation") or "").strip().lower()
    name = name.rsplit(".", 1)[-1].removesuffix("_v2")
    return _OTHER_NAMES.get(name, name)


def same_function(
    a: Network, b: Network, grid: NDArray[Any], *, rtol: float = 1e-3, atol: float = 1e-3
) -> bool:
    """Tell whether two networks say the same on ``grid`` (n, ...), axes of length one aside."""
    left, right = a(grid), b(grid)
    if left is None or right is None or left.size != right.size:
        return False
    return bool(np.allclose(left.reshape(-1), right.reshape(-1), rtol=rtol, atol=atol))
