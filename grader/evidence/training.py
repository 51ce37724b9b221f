"""Runs inside the student's kernel: decides which ``fit`` calls take many steps per call.

Long trainings of small networks are mostly overhead; :mod:`grader.evidence.steps` removes it and
changes no bit. This module wraps keras's ``fit`` and lets through whatever is not known to be safe:
callbacks that look at single batches, layers that draw random numbers, the student's own layers,
losses or models, data that is no array, weights per class or sample, eager execution, a model that
keras's own train function has already seen, trainings too short to gain.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel (after that of
``steps``), so it imports nothing else of the grader; TensorFlow is taken from ``sys.modules``.
"""

import functools
import inspect
import math
import sys

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.steps import Steps

__all__ = ["Training"]

# Preparing takes about a second, which fewer steps do not bring back.
_LEAST_STEPS = 2000
_MOST_PER_CALL = 50
_LEAST_PER_CALL = 4
# Between two calls the kernel answers an interrupt: a call must stay far below a second, also on a
# busy machine. The costs of a step are generous bounds for one core.
_CALL_SECONDS = 0.15
_SECONDS_PER_STEP = 2e-4
_SECONDS_PER_WEIGHT = 3e-9
_SECONDS_PER_PRODUCT = 1e-9

_MODELS = {"Functional", "Model", "Sequential"}
# Layers that draw no random numbers.
_LAYERS = _MODELS | {
    "Activation", "Add", "Average", "AveragePooling1D", "AveragePooling2D", "BatchNormalization",
    "Concatenate", "Conv1D", "Conv2D", "Cropping2D", "Dense", "ELU", "Flatten",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "InputLayer", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Maximum",
    "Minimum", "Multiply", "Normalization", "PReLU", "Permute", "ReLU", "RepeatVector", "Rescaling",
    "Reshape", "Softmax", "Subtract", "ThresholdedReLU", "UpSampling1D", "UpSampling2D",
    "ZeroPadding1D", "ZeroPadding2D",
}  # fmt: skip
# Nadam keeps a counter that is no variable. Only those of the second set compute their update from
# what IEEE 754 defines to the last bit; the others have a reciprocal root.
_OPTIMIZERS = {"Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "RMSprop", "SGD"}
_EXACT_OPTIMIZERS = {"Adam", "AdamW", "Adamax", "SGD"}
_FUNCTIONS = (
    "activation", "activity_regularizer", "kernel_regularizer", "bias_regularizer",
    "kernel_constraint", "bias_constraint", "gamma_constraint", "beta_constraint",
)  # fmt: skip
_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
# Arguments of ``fit`` that may have any value; the others must be left out.
_FREE = {
    "self", "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split",
    "validation_data", "validation_batch_size", "validation_freq", "shuffle",
}  # fmt: skip


class Training:
    """Accelerates ``fit`` in one kernel.

    Parameters
    ----------
    note : callable
        Called with a dict after each ``fit`` that took many steps per call: ``steps`` taken,
        ``per_call``, ``compiled_update``.
    least_steps : int
        Shorter trainings run plain.
    """

    def __init__(self, note, least_steps=_LEAST_STEPS):
        self.note = note
        self.least_steps = least_steps

    def install(self):
        """Wrap ``fit`` of keras, if TensorFlow is imported."""
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is None:
            return
        owner = tensorflow.keras.Model
        original = owner.fit
        signature = inspect.signature(original)

        @functools.wraps(original)
        def fit(*args, **kwargs):
            running = getattr(args[0], "train_function", None) if args else None
            if isinstance(running, Steps):
                return running.beside(lambda: original(*args, **kwargs))
            steps = self._begin(tensorflow, signature, args, kwargs)
            if steps is None:
                return original(*args, **kwargs)
            try:
                return original(*args, **kwargs)
            finally:
                steps.end()
                if steps.accelerated:
                    how = {"per_call": steps.per_call, "compiled_update": steps.compiled_update}
                    self.note({"steps": steps.done, **how})

        owner.fit = fit

    def _begin(self, tensorflow, signature, args, kwargs):
        """Prepare to take many steps per call; None for the plain ``fit``."""
        steps = None
        try:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            steps = self._steps(tensorflow, signature, given)
            if steps is not None:
                steps.begin()
        except Exception:
            if steps is not None:
                steps.end()
            return None
        return steps

    def _steps(self, tensorflow, signature, given):
        if any(
            v is not signature.parameters[n].default for n, v in given.items() if n not in _FREE
        ):
            return None
        model, x, y = given["self"], given["x"], given["y"]
        batch = 32 if given["batch_size"] is None else int(given["batch_size"])
        if not (_numbers(x) and _numbers(y) and len(x) == len(y) and batch > 0):
            return None
        if type(given["shuffle"]) is not bool:
            return None
        rows = len(x)
        if given["validation_data"] is None:
            rows = math.floor(rows * (1.0 - (given["validation_split"] or 0.0)))
        per_epoch = math.ceil(rows / batch)
        if per_epoch * int(given["epochs"]) < self.least_steps:
            return None
        if not (_calm(tensorflow, given["callbacks"]) and _known(tensorflow, model, y)):
            return None
        most = int(_CALL_SECONDS / _seconds(model, x.shape[1:], batch))
        per_call = _divisor(per_epoch, min(_MOST_PER_CALL, most, per_epoch))
        if per_call < _LEAST_PER_CALL:
            return None
        return Steps(tensorflow, model, (x, y), batch, per_call, _elementwise(model))


def _numbers(value):
    return type(value) is np.ndarray and value.dtype.kind in "biuf" and value.ndim > 0


def _calm(tensorflow, callbacks):
    """Whether no callback looks at single batches."""
    base = tensorflow.keras.callbacks.Callback
    if callbacks is None:
        return True
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        if not isinstance(callback, base) or hasattr(callback, "callbacks"):
            return False
        for hook in _BATCH_HOOKS:
            if hook in vars(callback) or getattr(type(callback), hook) is not getattr(base, hook):
                return False
    return True


def _known(tensorflow, model, y):
    """Whether the network, as compiled, is made of keras's own deterministic parts."""
    if not tensorflow.executing_eagerly() or tensorflow.config.functions_run_eagerly():
        return False
    if tensorflow.distribute.has_strategy() or model.run_eagerly or model.jit_compile:
        return False
    if type(model).__name__ not in _MODELS or int(model.steps_per_execution) != 1:
        return False
    if getattr(model, "autotune_steps_per_execution", False):
        return False
    # What keras has traced stays as it was then; only what came from here is known to agree.
    if model.train_function is not None and not hasattr(model.train_function, "_grader_many"):
        return False
    config = model._compile_config.config
    parts = [config.get(n) for n in ("loss", "metrics", "weighted_metrics", "loss_weights")]
    optimizer = model.optimizer
    if type(optimizer).__name__ not in _OPTIMIZERS or "legacy" in type(optimizer).__module__:
        return False
    if not _keras_made([*parts, optimizer, _schedule(optimizer)]):
        return False
    layers = [model, *_layers(model)]
    return all(map(_known_layer, layers)) and _labels_fit(config.get("loss"), layers, y)


def _keras_made(part):
    """Whether nothing in here is the student's code, which could tell when it is traced."""
    if part is None or isinstance(part, (bool, int, float, str)):
        return True
    if isinstance(part, (list, tuple)):
        return all(map(_keras_made, part))
    if isinstance(part, dict):
        return all(map(_keras_made, part.values()))
    if inspect.isfunction(part):
        return part.__module__.startswith(("keras.", "tf_keras.", "tensorflow."))
    inner = [getattr(part, "fn", None), getattr(part, "_fn", None)]
    return type(part).__module__.startswith(("keras.", "tf_keras.")) and _keras_made(inner)


def _schedule(optimizer):
    """Return what computes the learning rate; None if it is a plain number."""
    rate = getattr(optimizer, "_learning_rate", None)
    return None if hasattr(rate, "assign") else rate


def _layers(model):
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)


def _known_layer(layer):
    if type(layer).__name__ not in _LAYERS or {"call", "train_step"} & vars(layer).keys():
        return False
    own = type(layer).__module__.startswith(("keras.", "tf_keras."))
    return own and _keras_made([getattr(layer, name, None) for name in _FUNCTIONS])


def _labels_fit(loss, layers, y):
    """Whether no label is out of range: the error would name our function instead of keras's."""
    if not isinstance(loss, str):
        loss = getattr(loss, "name", None) or getattr(loss, "__name__", "sparse")
    if "sparse" not in loss:
        return True
    units = [layer.units for layer in layers if hasattr(layer, "units")]
    return bool(units) and y.size > 0 and 0 <= y.min() and y.max() < units[-1]


def _elementwise(model):
    """Whether the optimizer's update treats each weight by itself, without sums or schedules."""
    optimizer = model.optimizer
    if type(optimizer).__name__ not in _EXACT_OPTIMIZERS:
        return False
    whole = [getattr(optimizer, n, None) for n in ("clipnorm", "global_clipnorm")]
    bound = [
        getattr(layer, n, None)
        for layer in _layers(model)
        for n in _FUNCTIONS
        if n.endswith("constraint")
    ]
    return not any(w is not None for w in [*whole, *bound, _schedule(optimizer)])


def _seconds(model, shape, batch):
    """Bound how long a step takes."""
    weights = products = 0.0
    size, last = float(np.prod(shape)), float(shape[-1] if shape else 1)
    for layer in _layers(model):
        kind = type(layer).__name__
        if model.built:
            own = float(sum(np.prod(w.shape) for w in layer.weights))
            # A convolution uses its weights at every place of its output.
            places = np.prod(layer.output.shape[1:-1]) if kind.startswith("Conv") else 1.0
        elif kind == "Dense":
            own, places = (last + 1) * layer.units, size / last
            size, last = places * layer.units, float(layer.units)
        elif kind == "Flatten":
            own, places, last = 0.0, 1.0, size
        else:
            return math.inf
        weights += own
        products += own * float(places)
    return (
        _SECONDS_PER_STEP + _SECONDS_PER_WEIGHT * weights + _SECONDS_PER_PRODUCT * batch * products
    )


def _divisor(number, most):
    """Return the largest divisor up to ``most``, if it is not much smaller; else ``most``."""
    found = [n for n in range(1, most + 1) if number % n == 0]
    return found[-1] if found and 2 * found[-1] >= most else most
