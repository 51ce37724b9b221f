"""The small network of task 1a and the sides built around it."""

import numpy as np

from tests.checks.build import call, cell, net, text

HAND = "x = -1: y = 0\n\nx = 1: y = 6\n\nx = 2: y = 7"
X3 = np.array([[-1.0], [1.0], [2.0]])
X50 = np.linspace(-5, 5, 50)
GIVEN = (
    "### Handrechnung\n\nBerechnen Sie die Ausgabe für $x = -1$, $x = 1$ und $x = 2$ mit $b = 6$."
)


def small(
    *, w01=3, w11=2, w21=1, w12=1, w22=-5, b1=0, b2=0, b3=-5, b4=0, hidden="relu", last="relu"
):
    """Return the drawn network, or a variation of it."""
    return net(
        (1, hidden, [[w01]], [b1]),
        (2, hidden, [[w11, w21]], [b2, b3]),
        (1, last, [[w12], [w22]], [b4]),
    )


def says(made, x):
    """Evaluate a built network (relu or linear) as keras would: shape (n, 1), float32."""
    h = np.asarray(x, dtype=float).reshape(-1, 1)
    for layer in made.layers:
        h = h @ layer.weights[0] + layer.weights[1]
        h = np.maximum(h, 0) if layer.config["activation"] == "relu" else h
    return h.astype(np.float32)


def task_1a(made=None, *, hand=HAND, compare="Ja, beide Ergebnisse sind gleich.", x=X3, **rest):
    """Cells of a complete task 1a with this network."""
    made = small() if made is None else made
    result = rest.pop("result", None)
    result = says(made, x) if result is None else result
    return [
        text("1a-hand", hand),
        text("", GIVEN),
        cell("1a-model", variables={"model": net()}),
        cell("1a-weights", variables={"model": made}, calls=[call("set_weights")]),
        cell(
            "1a-predict",
            variables={"result": result, **rest},
            calls=[call("predict", x=x, result=result)],
        ),
        text("1a-compare", compare),
    ]
