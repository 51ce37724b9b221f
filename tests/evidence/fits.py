"""Trainings, plain and with many steps per call; a process of its own per profile runs them.

``python -m tests.evidence.fits`` prints one JSON object: for each case what the training left.
Not a test itself; :mod:`tests.evidence.test_training` compares.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from grader.engine.outputs import overwritten, strip_ansi
from grader.evidence import training
from grader.evidence.steps import Steps

KERAS = tf.keras
LAYERS = KERAS.layers
NOTES: list[dict[str, Any]] = []

# Digits as the lab has them, but few and small: 12 x 12, ten classes.
_DRAW = np.random.default_rng(3)
IMAGES = (_DRAW.random((403, 12, 12)) * _DRAW.random((403, 1, 1))).astype(np.float32)
NUMBERS = (IMAGES.reshape(403, -1) @ _DRAW.normal(size=(144, 10))).argmax(axis=1)
CLASSES = np.eye(10)[NUMBERS]
LINE = np.linspace(-1, 1, 97).reshape(-1, 1)
_TIMES = re.compile(r"\s+\d+(?:s|ms|us)(?:/step)?|\s+$", re.MULTILINE)


def digits(*hidden: int, optimizer: Any = "adam", loss: str = "categorical_crossentropy") -> Any:
    """A network as task 1c asks for it."""
    layers = [LAYERS.Dense(n, activation="relu") for n in hidden]
    last = LAYERS.Dense(10, activation="softmax")
    model = KERAS.Sequential([KERAS.Input((12, 12)), LAYERS.Flatten(), *layers, last])
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def unbuilt() -> Any:
    """Without an input layer: keras learns the shapes in ``fit``."""
    layers = [LAYERS.Flatten(), LAYERS.Dense(24, activation="relu"), LAYERS.Dense(10)]
    model = KERAS.Sequential(layers)
    loss = KERAS.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(KERAS.optimizers.Adam(0.003), loss, metrics=["accuracy"])
    return model


def convolution() -> Any:
    layers = [
        KERAS.Input((12, 12, 1)),
        LAYERS.Conv2D(4, 3, activation="relu"),
        LAYERS.BatchNormalization(),
        LAYERS.MaxPooling2D(),
        LAYERS.Flatten(),
        LAYERS.Dense(10, activation="softmax"),
    ]
    model = KERAS.Sequential(layers)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def curve() -> Any:
    """A regression with a regularizer."""
    model = KERAS.Sequential([KERAS.Input((1,))])
    model.add(LAYERS.Dense(16, activation="tanh", kernel_regularizer="l2"))
    model.add(LAYERS.Dense(1))
    model.compile(KERAS.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
    return model


def branches() -> Any:
    """A functional network with two branches, and weight decay."""
    given = KERAS.Input((12, 12))
    flat = LAYERS.Flatten()(given)
    left = LAYERS.Dense(12, activation="relu")(flat)
    right = LAYERS.LeakyReLU()(LAYERS.Dense(12)(flat))
    last = LAYERS.Dense(10, activation="softmax")(LAYERS.Concatenate()([left, right]))
    model = KERAS.Model(given, last)
    model.compile("adamw", "categorical_crossentropy", metrics=["accuracy"])
    return model


def clipped() -> Any:
    return digits(24, optimizer=KERAS.optimizers.Adam(0.01, clipnorm=0.5))


def scheduled() -> Any:
    rate = KERAS.optimizers.schedules.ExponentialDecay(0.1, 20, 0.9)
    return digits(24, optimizer=KERAS.optimizers.SGD(rate))


class Watcher(KERAS.callbacks.Callback):
    """As a student writes it: looks at the network after each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        result = self.model.predict(self.given, verbose=0)
        rate = float(self.model.optimizer.learning_rate.numpy())
        self.seen.append([epoch, sorted(logs), float(result.sum()), rate])

    given = LINE[:5]


class Meddler(KERAS.callbacks.Callback):
    """Trains the network itself between two epochs."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.train_on_batch(IMAGES[:8], CLASSES[:8])
        if epoch == 0:
            self.model.fit(IMAGES[:32], CLASSES[:32], batch_size=4, verbose=0, shuffle=False)


@dataclass
class Case:
    """A network, its data, the arguments of ``fit``."""

    make: Callable[[], Any]
    x: Any
    y: Any
    fit: dict[str, Any] = field(default_factory=dict)
    again: bool = False

    def run(self) -> dict[str, Any]:
        """Train from the same start, whatever ran before; return all that can be seen."""
        KERAS.utils.set_random_seed(11)
        NOTES.clear()
        model = self.make()
        options = {k: v() if isinstance(v, type) else v for k, v in self.fit.items()}
        callbacks = [make() for make in options.pop("callbacks", [])]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            history = model.fit(self.x, self.y, callbacks=callbacks or None, **options)
            histories = [{k: list(map(float, v)) for k, v in history.history.items()}]
            if self.again:
                history = model.fit(self.x, self.y, **{**options, "epochs": 1})
                histories.append({k: list(map(float, v)) for k, v in history.history.items()})
        steps = model.steps_per_execution
        return {
            "history": histories,
            "epochs": [list(history.epoch), dict(history.params)],
            "weights": digest(model.get_weights()),
            "optimizer": digest([np.array(v.numpy()) for v in variables(model.optimizer)]),
            "random": [float(tf.random.uniform(())), np.random.random(), random.getstate()[1][:5]],
            "text": _TIMES.sub("", overwritten(strip_ansi(printed.getvalue()))),
            "seen": [c.seen for c in callbacks if isinstance(c, Watcher)],
            "model": [int(steps), bool(model.jit_compile), type(model.train_function).__name__],
            "attributes": sorted(vars(model)),
            "flags": os.environ.get("XLA_FLAGS"),
            "notes": list(NOTES),
        }


def variables(optimizer: Any) -> list[Any]:
    found = optimizer.variables
    return list(found() if callable(found) else found)


def digest(arrays: list[Any]) -> list[str]:
    kinds = [f"{a.shape} {a.dtype} ".encode() for a in arrays]
    return [hashlib.sha256(k + a.tobytes()).hexdigest() for k, a in zip(kinds, arrays, strict=True)]


stopping = [
    lambda: KERAS.callbacks.EarlyStopping("loss", patience=1, min_delta=0.02),
    lambda: KERAS.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
    Watcher,
]
PAIRS = {
    "128 neurons, batch 1": Case(
        lambda: digits(128), IMAGES[:250], CLASSES[:250], {"batch_size": 1, "epochs": 2}, again=True
    ),
    "32-16 neurons, batch 3, validation": Case(
        lambda: digits(32, 16),
        IMAGES,
        CLASSES,
        {"batch_size": 3, "epochs": 2, "validation_split": 0.1},
    ),
    "unbuilt, labels as numbers, batch 4": Case(
        unbuilt, IMAGES, NUMBERS, {"batch_size": 4, "epochs": 2}
    ),
    "convolution, batch 8": Case(
        convolution, IMAGES[..., None], CLASSES, {"batch_size": 8, "epochs": 2, "verbose": 2}
    ),
    "curve, batch 16, callbacks": Case(
        curve, LINE, np.sin(3 * LINE), {"batch_size": 16, "epochs": 30, "callbacks": stopping}
    ),
    "branches, batch 32": Case(
        branches,
        IMAGES,
        CLASSES,
        {"epochs": 4, "shuffle": False, "validation_data": (IMAGES[:40], CLASSES[:40])},
    ),
    "clipped gradients, batch 2": Case(
        clipped, IMAGES[:101], CLASSES[:101], {"batch_size": 2, "epochs": 2, "verbose": 0}
    ),
    "falling rate, batch 10": Case(
        scheduled, IMAGES, CLASSES, {"batch_size": 10, "epochs": 2, "verbose": 0}
    ),
    "a callback that trains": Case(
        lambda: digits(16),
        IMAGES[:80],
        CLASSES[:80],
        {"batch_size": 4, "epochs": 3, "verbose": 0, "callbacks": [Meddler]},
    ),
}


# --------------------------------------------------------------------------- must run plain


class PerBatch(KERAS.callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


class OldPerBatch(KERAS.callbacks.Callback):
    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        pass


class OwnLayer(LAYERS.Dense):
    pass


class OwnModel(KERAS.Sequential):
    pass


def own_loss(truth: Any, answer: Any) -> Any:
    return tf.reduce_mean(tf.square(tf.cast(truth, tf.float32) - answer), axis=-1)


def with_layer(make: Callable[[], Any], **options: Any) -> Any:
    model = KERAS.Sequential([KERAS.Input((12, 12)), LAYERS.Flatten(), make()])
    model.add(LAYERS.Dense(10, activation="softmax"))
    model.compile(**{"optimizer": "adam", "loss": "categorical_crossentropy", **options})
    return model


def subclassed() -> Any:
    model = OwnModel([KERAS.Input((12, 12)), LAYERS.Flatten(), LAYERS.Dense(10)])
    model.compile("adam", "mse")
    return model


def seen_before() -> Any:
    model = digits(8)
    model.fit(IMAGES[:4], CLASSES[:4], batch_size=4, epochs=1, verbose=0)
    return model


def batches() -> Any:
    return tf.data.Dataset.from_tensor_slices((IMAGES[:40], CLASSES[:40])).batch(4)


def plain(make: Callable[[], Any] = lambda: digits(8), **fit: Any) -> Case:
    return Case(make, IMAGES[:40], CLASSES[:40], {"batch_size": 4, "verbose": 0, **fit})


dense = lambda: LAYERS.Dense(8)  # noqa: E731
PLAIN = {
    "callback per batch": plain(callbacks=[PerBatch]),
    "callback per batch, old name": plain(callbacks=[OldPerBatch]),
    "callback from functions": plain(
        callbacks=[lambda: KERAS.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: None)]
    ),
    "stop at NaN": plain(callbacks=[KERAS.callbacks.TerminateOnNaN]),
    "eager": plain(lambda: with_layer(dense, run_eagerly=True)),
    "steps per call of its own": plain(lambda: with_layer(dense, steps_per_execution=5)),
    "compiled by itself": plain(lambda: with_layer(dense, jit_compile=True)),
    "dropout": plain(lambda: with_layer(lambda: LAYERS.Dropout(0.5))),
    "noise": plain(lambda: with_layer(lambda: LAYERS.GaussianNoise(0.1))),
    "own layer": plain(lambda: with_layer(lambda: OwnLayer(4))),
    "own activation": plain(lambda: with_layer(lambda: LAYERS.Dense(8, activation=lambda z: z))),
    "own loss": plain(lambda: with_layer(dense, loss=own_loss)),
    "own metric": plain(lambda: with_layer(dense, metrics=[own_loss])),
    "own model": plain(subclassed),
    "Nadam": plain(lambda: digits(8, optimizer="nadam")),
    "seen by keras before": plain(seen_before),
    "data set": Case(lambda: digits(8), batches(), None, {"verbose": 0}),
    "weights of classes": plain(class_weight=dict.fromkeys(range(10), 1.0)),
    "weights of samples": plain(sample_weight=np.ones(40)),
    "steps per epoch": plain(steps_per_epoch=8),
    "few steps per epoch": plain(batch_size=20, epochs=20),
    "too short": plain(batch_size=8),
    "large steps": plain(lambda: digits(1800, 1800), batch_size=10, epochs=2),
    "label out of range": Case(
        lambda: digits(8, loss="sparse_categorical_crossentropy"),
        IMAGES[:40],
        NUMBERS[:40] + 5,
        {"batch_size": 4, "verbose": 0},
    ),
}


# --------------------------------------------------------------------------- faults


class NoCompiler(Steps):
    """Stands in for a machine on which XLA fails."""

    def _function(self, compiled: bool) -> Any:
        if compiled:
            raise RuntimeError("no compiler")
        return super()._function(compiled)


class NoFunction(Steps):
    """Stands in for any failure after all variables were changed."""

    def _alike(self, many: Any, spec: Any) -> bool:
        super()._alike(many, spec)
        raise RuntimeError("at the worst moment")


class Different(Steps):
    """Stands in for a compiler that computes otherwise."""

    def _function(self, compiled: bool) -> Any:
        right = super()._function(compiled)
        if not compiled:
            return right

        def wrong(iterator: Any, count: Any) -> Any:
            return right(iterator, count - 1)

        return tf.function(wrong, autograph=False)


def with_steps(kind: type[Steps], case: Case) -> dict[str, Any]:
    training.Steps = kind  # type: ignore[misc]
    try:
        return case.run()
    finally:
        training.Steps = Steps  # type: ignore[misc]


class Interrupt(KERAS.callbacks.Callback):
    """As the engine does at a cell's time limit, a moment after the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 0:
            threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()


def interrupted() -> dict[str, Any]:
    """Interrupt a training that would take minutes; then use the model."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    NOTES.clear()
    model = digits(8)
    raised = False
    try:
        model.fit(IMAGES, CLASSES, batch_size=1, epochs=2000, verbose=0, callbacks=[Interrupt()])
    except KeyboardInterrupt:
        raised = True
    attributes = sorted(vars(model))
    steps = int(model.optimizer.iterations.numpy())
    model.train_on_batch(IMAGES[:4], CLASSES[:4])
    return {
        "raised": raised,
        "notes": list(NOTES),
        "attributes": attributes,
        "iterations": [steps, int(model.optimizer.iterations.numpy())],
        "steps_per_execution": int(model.steps_per_execution),
    }


def wrong_shapes() -> list[str]:
    """The error of a cell whose labels do not fit the network, plain and accelerated."""
    errors = []
    for fit in (ORIGINAL, KERAS.Model.fit):
        KERAS.utils.set_random_seed(11)
        model = digits(8)
        try:
            fit(model, IMAGES[:40], CLASSES[:40, :7], batch_size=4, verbose=0)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    return errors


ORIGINAL = KERAS.Model.fit


def main() -> None:
    found: dict[str, Any] = {"pairs": {}, "plain": {}, "faults": {}}
    for name, case in PAIRS.items():
        found["pairs"][name] = [case.run()]
    small = Case(lambda: digits(8), IMAGES[:80], CLASSES[:80], {"batch_size": 4, "verbose": 0})
    found["small"] = small.run()
    training.Training(NOTES.append, least_steps=7).install()
    for name, case in PAIRS.items():
        found["pairs"][name].append(case.run())
    for kind in (NoCompiler, NoFunction, Different):
        found["faults"][kind.__name__] = with_steps(kind, small)
    for name, case in PLAIN.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found["plain"][name] = case.run()["notes"]
            except tf.errors.OpError as error:
                found["plain"][name] = [type(error).__name__]
    found["interrupted"] = interrupted()
    found["wrong_shapes"] = wrong_shapes()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
