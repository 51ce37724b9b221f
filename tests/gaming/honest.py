"""Honest work in unusual ways: nothing may be said of it, and nothing taken away."""

from tests.gaming.attack import CELLS, Attempt

_ALL = ("1a.architecture", "1a.weights", "1a.prediction", "1a.probe", "1b.curve", "1b.plot")
_X = "np.array([[-1.0], [1.0], [2.0]])"

HONEST = (
    Attempt(name="as released", whole=_ALL),
    Attempt(
        name="the hand calculation as numbers in another variable",
        cells={
            "1a-predict": "von_hand = np.array([[0.], [6.], [7.]])\n"
            + CELLS["1a-predict"]
            + "print(np.allclose(von_hand, result))"
        },
        whole=_ALL,
    ),
    Attempt(
        name="the network called as a function, rounded, in lists",
        cells={
            "1a-predict": f"result = np.round(model({_X}).numpy(), 1)\nliste = result.tolist()",
            "1b-curve": "x = np.linspace(-5, 5, 50)\nresult = model(x[:, None])\n"
            "plt.plot(x, result[:, 0]); plt.xlabel('x'); plt.ylabel('y')",
        },
        whole=_ALL,
    ),
    Attempt(
        name="predict in a loop, and in batches",
        cells={
            "1a-predict": "result = np.array([model.predict(np.array([[v]]), verbose=0)[0, 0]"
            " for v in (-1.0, 1.0, 2.0)])",
            "1b-curve": "x = np.linspace(-5, 5, 50)\n"
            "result = model.predict_on_batch(x.reshape(-1, 1))\n"
            "plt.plot(x, result); plt.xlabel('x'); plt.ylabel('y')",
        },
        whole=_ALL,
    ),
    Attempt(
        name="a functional model whose activation is a function of one's own",
        cells={
            "1a-model": "def relu(v):\n    return tf.maximum(v, 0.0)\n"
            "eingang = tf.keras.Input((1,))\n"
            "h = tf.keras.layers.Dense(1, activation=relu)(eingang)\n"
            "h = tf.keras.layers.Dense(2, activation=relu)(h)\n"
            "model = tf.keras.Model(eingang, tf.keras.layers.Dense(1, activation=relu)(h))",
        },
        whole=("1a.weights", "1a.prediction", "1a.probe", "1b.curve", "1b.plot"),
    ),
    Attempt(
        name="a class of one's own, with equality, magics, time and a path of one's own machine",
        cells={
            "1a-model": "class Punkt:\n    def __init__(self, x): self.x = x\n"
            "    def __eq__(self, other): return self.x == other.x\n"
            "%time zahl = sum(range(10))\n!echo Hallo\n"
            "import os, time, functools, tempfile\n"
            "try:\n    text = open('/media/stick/labor/data/werte.csv').read()\n"
            "except OSError:\n    text = ''\n"
            "with tempfile.TemporaryFile() as f: f.write(b'1')\n"
            "open('notiz.txt', 'w').write('x'); os.listdir('..'); os.listdir('../data')\n"
            "tf.keras.Model.predict = functools.partialmethod(tf.keras.Model.predict, verbose=0)\n"
            + CELLS["1a-model"],
            "1a-predict": f"result = model.predict({_X})",
            "1b-curve": CELLS["1b-curve"].replace(", verbose=0", ""),
        },
        whole=_ALL,
    ),
)
