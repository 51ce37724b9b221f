"""What an attempt is: cells of a notebook, and what must hold after it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CELLS", "Attempt", "cells_of"]

# An honest notebook 1 as far as its small network; attempts exchange some of its cells.
CELLS: Mapping[str, str] = {
    "n1-setup": "import numpy as np, tensorflow as tf, matplotlib.pyplot as plt\n",
    "1a-model": """\
model = tf.keras.models.Sequential([
    tf.keras.Input(shape=(1,)),
    tf.keras.layers.Dense(1, activation="relu"),
    tf.keras.layers.Dense(2, activation="relu"),
    tf.keras.layers.Dense(1, activation="relu"),
])
""",
    "1a-weights": """\
weight_list = [np.array([[3.0]]), np.array([0.0]), np.array([[2.0, 1.0]]), np.array([0.0, -5.0]),
               np.array([[1.0], [-5.0]]), np.array([0.0])]
model.set_weights(weight_list)
""",
    "1a-predict": "result = model.predict(np.array([[-1.0], [1.0], [2.0]]), verbose=0)\n"
    "print(result)\n",
    "1b-curve": "x = np.linspace(-5, 5, 50)\nresult = model.predict(x.reshape(-1, 1), verbose=0)\n"
    "plt.plot(x, result); plt.xlabel('x'); plt.ylabel('y')\nplt.show()\n",
}
# Weights with which the network says something else.
WRONG = CELLS["1a-weights"].replace("[[3.0]]", "[[1.0]]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to get points for what was not done, or honest work that looks like one.

    Attributes
    ----------
    cells : mapping of str to str
        Code by slot, in place of that of :data:`CELLS`; ``None`` leaves a slot out.
    texts : mapping of str to str
        Markdown by slot.
    answers : mapping of int to str
    stored : mapping of str to str
        Printed text that the file claims as a cell's output, by slot.
    nothing : tuple of str
        Checks that must give no points.
    whole : tuple of str
        Checks that must give all points.
    problems : tuple of str
        Kinds of problems that must be named, and no others of these kinds.
    kernel : bool
        Whether it has to run.
    """

    name: str
    cells: Mapping[str, str | None] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[int, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    kernel: bool = True


def cells_of(attempt: Attempt) -> list[tuple[str, str]]:
    """The notebook's code cells: slot and source."""
    merged = {**CELLS, **attempt.cells}
    return [(slot, source) for slot, source in merged.items() if source is not None]
