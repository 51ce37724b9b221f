"""A past term's training cell, plain and with many steps per call: seconds and ratio.

``python -m benchmarks.training [--epochs 10] [--profile keras3|keras2]``

The cell trains 784-784-10 on 10,000 digits with ``batch_size=1``; ten epochs are 100,000 steps.
Both sides run in the same engine behind the same walls, one after the other. Each pair must leave
the same history, the same weights and, times aside, the same printed text.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace

from benchmarks.common import LAB, add_options, interleaved, make_engine, report, show
from grader.engine.base import CellJob, Job
from grader.lab import Lab
from grader.model import NotebookEvidence

__all__ = ["TARGET", "leftover", "main", "training_job"]

TARGET = 3.0
_SETUP = """
import time
import numpy as np, tensorflow as tf
digits = np.load("../data/mnist.npz")
x_train = digits["x_train"][:10000] / 255
y_train = tf.keras.utils.to_categorical(digits["y_train"][:10000], 10)
"""
_MODEL = """
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(784, activation="relu"))
model.add(tf.keras.layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
"""
# Seconds and milliseconds of keras's progress bar, with the blanks that fill up its line.
_TIMES = re.compile(r"\s+\d+(?:s|ms|us)(?:/step)?|\s+$", re.MULTILINE)


def training_job(lab: Lab, profile: str, epochs: int) -> Job:
    """Return the past term's notebook: set-up, network, training."""
    limits = replace(lab.limits, notebook_seconds=3600.0)
    fit = f"model.fit(x_train, y_train, batch_size=1, epochs={epochs})"
    fit = f"begun = time.process_time()\n{fit}\ncomputed = time.process_time() - begun"
    return Job(
        notebook="notebook1",
        cells=(
            CellJob(0, _SETUP, 60.0, setup=True),
            CellJob(1, _MODEL, 60.0, setup=True),
            CellJob(2, fit, 3000.0, "1c"),
        ),
        data=str(lab.data),
        data_exclude=lab.data_exclude,
        limits=limits,
        imports=lab.kernel.imports,
        env={**lab.kernel.env, **lab.profile(profile).env},
        seed=lab.kernel.seed,
        label=profile,
    )


def leftover(run: NotebookEvidence) -> tuple[object, ...]:
    """What a student or a check sees of the training: status, history, weights, text."""
    cell = run.cells[2]
    network = cell.variables["model"].model
    weights = [w.digest for layer in network.layers for w in layer.weights] if network else []
    text = [_TIMES.sub("", o.text) for o in cell.outputs if o.kind == "stream"]
    return cell.status, [dict(c.history) for c in cell.calls], weights, text


def main() -> int:
    """Measure, print, compare with the target; 1 if it is missed or the sides differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add_options(parser)
    parser.add_argument("--epochs", type=int, default=10, help="epochs of the cell (default: 10)")
    parser.add_argument("--profile", action="append", help="only this profile; may be repeated")
    options = parser.parse_args()
    lab = Lab.load(LAB)
    engine = make_engine(options.engine)
    figures = {}
    passed = True
    try:
        for profile in options.profile or [p.name for p in lab.profiles]:
            print(f"{profile}: {options.epochs} epochs of 10,000 steps")
            job = training_job(lab, profile, options.epochs)
            runs: dict[str, NotebookEvidence] = {}
            computed: dict[str, list[float]] = {}

            def run(
                name: str,
                job: Job = job,
                runs: dict[str, NotebookEvidence] = runs,
                computed: dict[str, list[float]] = computed,
            ) -> float:
                runs[name] = engine.run(replace(job, compile_training=name == "many per call"))
                cell = runs[name].cells[2]
                computed.setdefault(name, []).append(float(cell.variables["computed"].scalar or 0))
                return cell.seconds

            sides = {n: (lambda n=n: run(n)) for n in ("plain", "many per call")}  # type: ignore[misc]
            summary = show(interleaved(sides, options.rounds))
            ratio = summary["plain"]["median"] / summary["many per call"]["median"]
            print("of these the kernel computed:")
            computing = show(computed)
            alike = leftover(runs["plain"]) == leftover(runs["many per call"])
            how = runs["many per call"].provenance["compiled_fits"]
            print(f"ratio {ratio:.2f} (target {TARGET:g}), same results: {alike}, {how}")
            passed = passed and alike and ratio >= TARGET
            figures[profile] = {
                "seconds": summary,
                "computing": computing,
                "ratio": ratio,
                "alike": alike,
                "how": how,
            }
    finally:
        engine.close()
    report(options.json, "training", {"epochs": options.epochs, "profiles": figures})
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
