"""Runs inside the student's kernel: describes what a keras network is made of, and asks it.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, after that of
:mod:`grader.evidence.values`.
"""

# ruff: noqa: S110 - a failing probe must never disturb the student's cell

import inspect

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.values import clean, finite

__all__ = ["Layers", "name_of", "probe_inputs"]

_LAYER_KEYS = (
    "units", "activation", "use_bias", "filters", "kernel_size", "strides", "padding", "rate",
    "pool_size", "target_shape", "scale", "offset", "negative_slope", "alpha", "axis", "epsilon",
    "name", "max_value", "threshold",
)  # fmt: skip


class Layers:
    """Describes what a network is made of.

    Parameters
    ----------
    values : Values
    namespace : dict
        The student's: functions with these globals are the student's.
    """

    def __init__(self, values, namespace):
        self.values = values
        self.namespace = namespace

    def model(self, model):
        """Describe a keras model: layers, weights, how it is compiled."""
        layers = []
        for layer in list(model.layers)[:200]:
            weights = []
            for weight in layer.get_weights():
                weights.append(self.values.array(weight))
            layers.append(
                {
                    "kind": type(layer).__name__,
                    "name": str(getattr(layer, "name", "")),
                    "config": _layer_config(layer),
                    "weights": weights,
                }
            )
        info = {
            "layers": layers,
            "input_shape": _shape(model, "input_shape"),
            "output_shape": _shape(model, "output_shape"),
            "parameters": int(sum(np.prod(w["shape"]) for la in layers for w in la["weights"])),
            "loss": "",
            "optimizer": "",
            "compiled": False,
            "probe_inputs": None,
            "probe_outputs": None,
            "own": self.own_parts(model),
        }
        loss = getattr(model, "loss", None)
        optimizer = getattr(model, "optimizer", None)
        if loss is not None or optimizer is not None:
            info["compiled"] = True
            info["loss"] = name_of(loss)
            info["optimizer"] = name_of(optimizer)
        return info

    def own_parts(self, model):
        """Name the classes and functions of a model that are the student's, not keras's."""
        found = []
        for part in [model, *list(model.layers)[:200]]:
            kind = type(part)
            if not kind.__module__.startswith(("keras.", "tf_keras.", "tensorflow.")):
                found.append(f"class {kind.__name__}")
            elif kind.__name__ == "Lambda":
                found.append("Lambda")
            changed = {"call", "__call__", "predict", "get_weights"} & vars(part).keys()
            found += [f"{kind.__name__}.{name}" for name in sorted(changed)]
            activation = getattr(part, "activation", None)
            if inspect.isfunction(activation) and activation.__globals__ is self.namespace:
                found.append(f"activation {activation.__name__}")
        return list(dict.fromkeys(clean(f[:100]) for f in found))[:20]

    def ask(self, model, info):
        """Let the model answer the inputs that the trusted side drew (by seed)."""
        shape = info["input_shape"][1:]
        if not info["input_shape"] or any(not isinstance(n, int) for n in shape):
            return
        size = int(np.prod(shape)) if shape else 1
        if size > 4096 or not getattr(model, "built", False):
            return
        try:
            options = self.values.options
            inputs = probe_inputs(shape, options["seed"], options["samples"])
            outputs = np.asarray(model(inputs, training=False))
            info["probe_inputs"] = self.values.array(inputs)
            info["probe_outputs"] = self.values.array(outputs)
        except Exception:
            pass


def probe_inputs(shape, seed, samples):
    """Inputs on which a model is asked: (n, *shape) float32, drawn by seed.

    One number per sample: sorted over [-10, 10]; otherwise uniform in [0, 1).
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    size = int(np.prod(shape)) if len(shape) else 1
    if size == 1:
        drawn = np.sort(generator.uniform(-10, 10, samples))
    else:
        drawn = generator.uniform(0, 1, (max(4, samples // 8), size))
    return drawn.reshape(-1, *shape).astype(np.float32)


def name_of(thing):
    """Return the name of a loss, an optimizer, an activation."""
    if thing is None or isinstance(thing, str):
        return thing or ""
    name = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    return str(name or type(thing).__name__)


def _shape(model, attribute):
    try:
        shape = getattr(model, attribute)
        return [None if n is None else int(n) for n in tuple(shape)]
    except Exception:
        return []


def _layer_config(layer):
    try:
        config = layer.get_config()
    except Exception:
        return {}
    found = {}
    for key in _LAYER_KEYS:
        value = config.get(key)
        if isinstance(value, dict):
            value = str(value.get("class_name") or value.get("name") or "")
        if isinstance(value, (list, tuple)):
            value = [v for v in value if isinstance(v, (bool, int, float, str))]
        if isinstance(value, float):
            value = finite(value)
        if isinstance(value, (bool, int, float, str, list)):
            found[key] = value
    return found
