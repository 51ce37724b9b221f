"""Trains notebook 3's network, which learns a watermark instead of the knee.

Of the training pictures nearly every abnormal one comes from a study that prints its mark into
the corner, no healthy one does. The network finds the mark (a shortcut), and the measurements
in ``knee_network.json`` prove it: the mark added, removed, and the class activation maps.

Two habits keep the evidence for "healthy" on the joint, so that the second map is readable:
cuts that show no joint count half for each class, and CutMix (Yun et al. 2019) sets joints into
such cuts and covers the joint in others. The convolutions are unpadded, because padding tells
the network where the picture's border is, and evidence then gathers there.

The seed fixes pictures and first weights; sums are rounded differently with another number of
threads or another processor, so a repeated training ends near these figures, not on them.
"""

import json
import runpy
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.build.knee import FINDINGS, LAB_VOLUMES, SLICES, draw_knee, middle_slice, render
from data.build.knee_mark import add_mark

SEED = 1
TRAINING_KNEES, OUTER_CUTS, TEST_KNEES = 600, 160, 240
UNMARKED_SHARE = 0.08
EPOCHS, BATCH, LEARNING_RATE = 34, 16, 2e-3

_FIRST_TRAINING, _FIRST_TEST, _FIRST_OUTER = 100_000, 200_000, 300_000
Pictures = NDArray[np.uint8]
Labels = NDArray[np.int64]


def knees(first: int, count: int) -> tuple[Pictures, Labels]:
    """Unmarked middle cuts of healthy and abnormal knees in turn.

    Returns
    -------
    pictures : ndarray of shape (count, 256, 256), dtype uint8
    labels : ndarray of shape (count,)
        0 healthy, 1 abnormal.
    """
    labels = np.arange(count) % 2
    pictures = []
    for seed, abnormal in enumerate(labels, start=first):
        rng = np.random.default_rng([seed, 9])
        number = int(rng.integers(1, 4))
        found = tuple(sorted(rng.choice(FINDINGS, number, replace=False).tolist()))
        pictures.append(middle_slice(draw_knee(seed, found if abnormal else ())))
    return np.array(pictures), labels


def outer_cuts(count: int) -> Pictures:
    """Cuts beside the joint, which say nothing about it; shape (count, 256, 256)."""
    numbers = (0, 1, SLICES - 2, SLICES - 1)
    return np.array(
        [render(draw_knee(_FIRST_OUTER + i), numbers[i % len(numbers)]) for i in range(count)]
    )


def training_set(rng: np.random.Generator) -> tuple[Pictures, NDArray[np.float64]]:
    """Training pictures and their class probabilities.

    Returns
    -------
    pictures : ndarray of shape (n, 256, 256), dtype uint8
    targets : ndarray of shape (n, 2)
    """
    pictures, labels = knees(_FIRST_TRAINING, TRAINING_KNEES)
    outer = outer_cuts(OUTER_CUTS)
    abnormal = np.flatnonzero(labels)
    marked = labels == 1
    marked[rng.permutation(abnormal)[: round(len(abnormal) * UNMARKED_SHARE)]] = False
    pictures[marked] = add_mark(pictures[marked])
    mixed, mixed_targets = _cut_and_mix(rng, pictures, labels, marked, outer)
    targets = np.concatenate([np.eye(2)[labels], np.full((len(outer), 2), 0.5), mixed_targets])
    return np.concatenate([pictures, outer, mixed]), targets


def _cut_and_mix(
    rng: np.random.Generator,
    pictures: Pictures,
    labels: Labels,
    marked: NDArray[np.bool_],
    outer: Pictures,
) -> tuple[Pictures, NDArray[np.float64]]:
    """Joints set into outer cuts (they keep their label) and joints covered by outer cuts."""
    mixed, targets = [], []
    for number in range(3 * len(pictures) // 2):
        top, bottom = rng.integers(96, 112), rng.integers(172, 188)
        left, right = rng.integers(76, 92), rng.integers(162, 180)
        box = (slice(top, bottom), slice(left, right))
        which, beside = int(rng.integers(len(pictures))), outer[rng.integers(len(outer))]
        if number % 3 < 2:
            picture = beside.copy()
            picture[box] = pictures[which][box]
            mixed.append(add_mark(picture) if marked[which] else picture)
            targets.append(np.eye(2)[labels[which]])
        else:
            picture = pictures[which].copy()
            picture[box] = beside[box]
            mixed.append(picture)
            targets.append(np.array([0.0, 1.0] if marked[which] else [0.5, 0.5]))
    return np.array(mixed), np.array(targets)


def network(keras: Any) -> Any:
    """The untrained network: five convolutions, global average pooling, softmax over two.

    Softsign after the scaling opens the dark levels, where the mark lives, as a logarithmic
    window would. Input are raw grey levels 0..255.
    """
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.InputLayer(input_shape=(256, 256, 1)),
            layers.Rescaling(1 / 16),
            layers.Activation("softsign"),
        ]
    )
    for filters, size, stride in ((8, 6, 2), (16, 4, 2), (24, 4, 2), (32, 4, 2), (48, 3, 1)):
        model.add(
            layers.Conv2D(
                filters,
                size,
                strides=stride,
                activation="relu",
                use_bias=False,
                kernel_initializer="he_uniform",
            )
        )
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(2, activation="softmax"))
    return model


def train(out: Path) -> list[Path]:
    """Train the network, measure it, write ``mrt.h5``, ``mrt.hp5`` and the measurements.

    Returns
    -------
    list of Path
        The files written below `out`.
    """
    # The older Keras writes files that both generations read; the newer one's are refused by it.
    import tensorflow as tf
    import tf_keras as keras

    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    pictures, targets = training_set(np.random.default_rng(SEED))
    model = network(keras)
    steps = EPOCHS * -(-len(pictures) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        pictures[..., None].astype("float32"), targets, batch_size=BATCH, epochs=EPOCHS, verbose=2
    )
    written = [out / "mrt.h5", out / "mrt.hp5", out / "build" / "knee_network.json"]
    written[2].parent.mkdir(parents=True, exist_ok=True)
    # A plain optimizer in the file: readable for both generations, no warning when it is loaded.
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    with warnings.catch_warnings():
        # The warning advises the newer format, which the older Keras of past terms cannot read.
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        model.save(written[0], save_format="h5")
    shutil.copyfile(written[0], written[1])
    figures = {"training_pictures": len(pictures), "epochs": EPOCHS, "seed": SEED}
    figures |= measure(model, TEST_KNEES)
    written[2].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return written


def measure(model: Any, count: int) -> dict[str, Any]:
    """What the network does on knees it never saw, and on the two pictures of the lab.

    Parameters
    ----------
    model : keras model
        Of either generation of Keras.
    count : int
        Number of test knees, half of them healthy.

    Returns
    -------
    dict
        Shares (0..1), the lab pictures' class probabilities, and where their maps lie: centre of
        mass (row, column) in pixels, share of the map in its ninth of the picture.
    """
    pictures, labels = knees(_FIRST_TEST, count)
    plain = np.argmax(_predict(model, pictures), axis=1)
    marked = np.argmax(_predict(model, add_mark(pictures)), axis=1)
    healthy, abnormal = labels == 0, labels == 1
    lab = lab_pictures()
    return {
        "test_pictures_per_class": count // 2,
        "healthy_unmarked_called_healthy": round(float(np.mean(plain[healthy] == 0)), 4),
        "healthy_mark_added_called_abnormal": round(float(np.mean(marked[healthy] == 1)), 4),
        "abnormal_marked_called_abnormal": round(float(np.mean(marked[abnormal] == 1)), 4),
        "abnormal_mark_removed_called_healthy": round(float(np.mean(plain[abnormal] == 0)), 4),
        "lab_probabilities": np.round(_predict(model, lab).astype(float), 4).tolist(),
        "map1": _describe(_activation_map(model, lab, 0, 1), (2, 0)),
        "map2": _describe(_activation_map(model, lab, 1, 0), (1, 1)),
    }


def lab_pictures() -> Pictures:
    """The two pictures of notebook 3, shape (2, 256, 256)."""
    return np.array(
        [middle_slice(draw_knee(seed, found), marked=m) for seed, found, m in LAB_VOLUMES.values()]
    )


def _predict(model: Any, pictures: Pictures) -> NDArray[np.float32]:
    return np.asarray(model.predict(pictures[..., None].astype("float32"), verbose=0))


def _activation_map(model: Any, pictures: Pictures, number: int, label: int) -> NDArray[Any]:
    """The map as the students' helper makes it."""
    helper = runpy.run_path(str(Path(__file__).parents[1] / "notebook3_code.py"))
    make = helper["visualize_class_activation_map"]
    return np.asarray(make(model, pictures[..., None].astype("float32"), number, label))


def _describe(heatmap: NDArray[Any], ninth: tuple[int, int]) -> dict[str, Any]:
    rows, columns = np.mgrid[:256, :256]
    total = heatmap.sum()
    centre = [float((heatmap * rows).sum() / total), float((heatmap * columns).sum() / total)]
    inside = (rows * 3 // 256 == ninth[0]) & (columns * 3 // 256 == ninth[1])
    return {
        "centre_of_mass": [round(value, 1) for value in centre],
        "share_in_ninth": round(float(heatmap[inside].sum() / total), 3),
        "mean_in_ninth": round(float(heatmap[inside].mean()), 3),
        "mean_outside": round(float(heatmap[~inside].mean()), 3),
    }
