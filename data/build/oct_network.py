"""Train the OCT network of the lab: really trained, and mediocre on purpose.

The course wants a network that is right on 69 % of its test set, so that its softmax rows
are worth interpreting. It gets few scans and a small body, and training stops as soon as the
validation accuracy reaches the target. The four scans of the lab are then drawn from a stream that
neither training nor testing has seen: the first ones that the network judges as the lab tells.

Run by hand (about five minutes on one core): ``python -m data.build --networks``.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.build.oct import CLASSES, REPORT, build, scan, scans
from data.build.oct_anatomy import SIZE

TARGET = 0.67  # the stopping epoch is about two points better on other scans
TRAINING = {"per_class": 500, "first_seed": 0}
VALIDATION = {"per_class": 200, "first_seed": 500_000}
TEST = {"per_class": 160, "first_seed": 3_000_000}
LAB_SEED = 2_000_000
LAB_SEVERITY = 0.8  # lesions that a student can find by eye
NETWORK_SEED = 3
MAX_EPOCHS = 50
# (truth, what the network shall say, its probability at least, at most)
LAB_IMAGES = (
    ("DRUSEN", "DME", 0.45, 0.65),
    ("DME", "CNV", 0.45, 0.65),
    ("CNV", "CNV", 0.65, 0.97),
    ("NORMAL", "NORMAL", 0.65, 0.97),
)
MARGIN = 0.12  # between the first and the second class, far above rounding differences


def to_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale images (n, 224, 224) in 0..255 to the network's input (n, 224, 224, 1) in 0..1."""
    return np.asarray(images[..., None] / np.float32(255), dtype=np.float32)


def network() -> Any:
    """A small convolutional network; the first layer halves the image, for speed."""
    import tf_keras as keras

    layers = keras.layers
    body: list[Any] = [layers.InputLayer((SIZE, SIZE, 1)), layers.AveragePooling2D(2)]
    for filters in (8, 16, 24, 32):
        body += [layers.Conv2D(filters, 3, padding="same", activation="relu")]
        body += [layers.MaxPooling2D(2)]
    body += [layers.Flatten(), layers.Dense(24, activation="relu")]
    return keras.Sequential([*body, layers.Dense(len(CLASSES), activation="softmax")], name="oct")


def fit(seed: int) -> tuple[Any, list[float]]:
    """Train until the validation accuracy reaches `TARGET`; returns the network and its course."""
    import tf_keras as keras

    keras.utils.set_random_seed(seed)
    model = network()
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", ["accuracy"])
    x, y = scans(**TRAINING)
    held_x, held_y = scans(**VALIDATION)
    course: list[float] = []
    while len(course) < MAX_EPOCHS and (not course or course[-1] < TARGET):
        model.fit(to_input(x), y, batch_size=32, verbose=0)
        accuracy = model.evaluate(to_input(held_x), held_y, verbose=0)[1]
        course.append(round(float(accuracy), 4))
        print(f"epoch {len(course):2d}  validation {course[-1]:.3f}", flush=True)
    return model, course


def measure(model: Any) -> dict[str, Any]:
    """Accuracy and confusion matrix (rows truth, columns prediction) on the test set."""
    x, y = scans(**TEST)
    said = model.predict(to_input(x), verbose=0).argmax(axis=1)
    confusion = np.zeros((len(CLASSES), len(CLASSES)), dtype=int)
    np.add.at(confusion, (y, said), 1)
    return {
        "n": len(y),
        "accuracy": float(np.mean(said == y)),
        "confusion": confusion.tolist(),
        **TEST,
    }


def choose_lab_images(model: Any) -> list[dict[str, Any]]:
    """Walk a stream of unseen scans and take for each image the first that fits `LAB_IMAGES`."""
    chosen = []
    for truth, said, least, most in LAB_IMAGES:
        for seed in range(LAB_SEED, LAB_SEED + 4000):
            row = model.predict_on_batch(to_input(scan(truth, seed, LAB_SEVERITY)[None]))[0]
            first, second = np.sort(row)[:-3:-1]
            fits = row.argmax() == CLASSES.index(said) and least <= first <= most
            if fits and first - second >= MARGIN:
                break
        else:
            raise LookupError(f"no {truth} scan that the network calls {said}")
        softmax = [round(float(value), 6) for value in row]
        chosen.append(
            {"class": truth, "seed": seed, "severity": LAB_SEVERITY}
            | {"predicted": said, "softmax": softmax}
        )
        print(chosen[-1], flush=True)
    return chosen


def train(out: Path) -> list[Path]:
    """Train, measure, choose the lab's scans; write the network into `out` and the report.

    Returns
    -------
    list of Path
        ``oct.h5``, its copy ``oct.hp5`` (the name that the lab's text loads under keras2), and
        what `oct.build` writes.
    """
    # One thread: sums in another order would train another network.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    model, course = fit(NETWORK_SEED)
    report = {
        "classes": CLASSES,
        "network_seed": NETWORK_SEED,
        "training": TRAINING,
        "validation": {**VALIDATION, "accuracy_per_epoch": course},
        "test": measure(model),
        "lab_images": choose_lab_images(model),
    }
    h5, hp5 = out / "oct.h5", out / "oct.hp5"
    # The old format of Keras 2, the only one that both generations of Keras load.
    model.save(h5, save_format="h5", include_optimizer=False)
    shutil.copyfile(h5, hp5)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return [h5, hp5, *build(out)]
