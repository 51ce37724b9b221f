"""Attempts to have answers of a network that it never gave."""

from tests.gaming.attack import CELLS, WRONG, Attempt

_EXACT = "tf.nn.relu(tf.nn.relu(6 * {x}) - 5 * tf.nn.relu(3 * {x} - 5))"

NETWORKS = (
    Attempt(
        name="result typed in",
        cells={"1a-predict": "result = np.array([[0.], [6.], [7.]])\nprint(result)"},
        nothing=("1a.prediction",),
        whole=("1a.weights", "1a.probe", "1b.curve"),
        problems=("typed_result",),
    ),
    Attempt(
        name="result made of letters",
        cells={"1a-predict": "result = np.array([[float(c)] for c in '067'])"},
        nothing=("1a.prediction",),
        whole=("1a.weights",),
        problems=("unexplained_result",),
    ),
    Attempt(
        name="curve by formula instead of the network",
        cells={
            "1b-curve": "x = np.linspace(-5, 5, 50)\n"
            "result = np.maximum(0, np.maximum(0, 6*x) - 5*np.maximum(0, 3*x - 5))\n"
            "plt.plot(x, result); plt.xlabel('x'); plt.ylabel('y')"
        },
        nothing=("1b.curve", "1b.plot"),
        whole=("1a.prediction",),
        problems=("unexplained_result",),
    ),
    Attempt(
        name="predict of all models replaced",
        cells={
            "1a-weights": WRONG,
            "1a-predict": "tf.keras.Model.predict = "
            "lambda self, x, **k: np.array([[0.], [6.], [7.]])\n"
            "result = model.predict(np.array([[-1.], [1.], [2.]]))",
            "1b-curve": None,
        },
        nothing=("1a.prediction", "1a.probe"),
        problems=("replaced_function", "unexplained_result"),
    ),
    Attempt(
        name="predict replaced in a cell before",
        cells={
            "1a-weights": WRONG + "\ntf.keras.Model.predict = "
            "lambda self, x, **k: np.maximum(0, np.maximum(0, 6*x) - 5*np.maximum(0, 3*x - 5))",
        },
        nothing=("1a.prediction", "1a.probe", "1b.curve", "1b.plot"),
        problems=("replaced_function", "unexplained_result"),
    ),
    Attempt(
        name="predict of one model replaced",
        cells={
            "1a-weights": WRONG,
            "1a-predict": "model.predict = lambda x: np.array([[0.], [6.], [7.]])\n"
            "result = model.predict(np.array([[-1.], [1.], [2.]]))",
            "1b-curve": None,
        },
        nothing=("1a.prediction", "1a.probe"),
        problems=("unexplained_result",),
    ),
    Attempt(
        name="class with its own predict",
        cells={
            "1a-model": "class Netz(tf.keras.Sequential):\n"
            "    def predict(self, x, **k): return np.array([[0.], [6.], [7.]])\n"
            + CELLS["1a-model"].replace("tf.keras.models.Sequential", "Netz"),
            "1a-weights": WRONG,
            "1b-curve": None,
        },
        nothing=("1a.prediction", "1a.probe"),
        problems=("unexplained_result",),
    ),
    Attempt(
        name="class whose call knows the answer",
        cells={
            "1a-model": "class Netz(tf.keras.Sequential):\n"
            f"    def call(self, x, training=None, mask=None): return {_EXACT.format(x='x')}\n"
            + CELLS["1a-model"].replace("tf.keras.models.Sequential", "Netz"),
            "1a-weights": WRONG,
        },
        nothing=("1a.prediction", "1a.probe", "1b.curve"),
        problems=("own_code_in_network",),
    ),
    Attempt(
        name="call of one model replaced",
        cells={
            "1a-weights": WRONG + f"\nmodel.call = lambda x, **k: {_EXACT.format(x='x')}",
        },
        nothing=("1a.prediction", "1a.probe", "1b.curve"),
        problems=("own_code_in_network",),
    ),
    Attempt(
        name="lambda layer instead of neurons",
        cells={
            "1a-model": "model = tf.keras.Sequential([tf.keras.Input((1,)),"
            f" tf.keras.layers.Lambda(lambda x: {_EXACT.format(x='x')})])",
            "1a-weights": "pass",
        },
        nothing=("1a.architecture", "1a.prediction", "1a.probe", "1b.curve"),
        problems=("own_code_in_network",),
    ),
    Attempt(
        name="activation that knows the answer",
        cells={
            "1a-model": "model = tf.keras.Sequential([tf.keras.Input((1,)),"
            " tf.keras.layers.Dense(1, activation=lambda v: "
            f"{_EXACT.format(x='v')})])\nmodel.set_weights([np.array([[1.]]), np.array([0.])])",
            "1a-weights": "pass",
        },
        nothing=("1a.prediction", "1a.probe", "1b.curve"),
        problems=("own_code_in_network",),
    ),
    Attempt(
        name="a class that is called Dense",
        cells={
            "1a-model": "class Dense(tf.keras.layers.Dense):\n"
            f"    def call(self, x, **k): return {_EXACT.format(x='x')}\n"
            "model = tf.keras.Sequential([tf.keras.Input((1,)), Dense(1, activation='relu')])",
            "1a-weights": "pass",
        },
        nothing=("1a.prediction", "1a.probe", "1b.curve"),
        problems=("own_code_in_network",),
    ),
    Attempt(
        name="an object that only looks like a network",
        cells={
            "1a-model": "class Dense:\n"
            "    def __init__(self, units, *w): self.units, self.w = units, w\n"
            "    def get_weights(self): return list(self.w)\n"
            "    def get_config(self): return {'units': self.units, 'activation': 'relu'}\n"
            "class Sequential:\n"
            "    built, input_shape, output_shape = True, (None, 1), (None, 1)\n"
            "    layers = [Dense(1, np.array([[3.]]), np.zeros(1)),"
            " Dense(2, np.array([[2., 1.]]), np.array([0., -5.])),"
            " Dense(1, np.array([[1.], [-5.]]), np.zeros(1))]\n"
            "    def get_weights(self): return [w for l in self.layers for w in l.w]\n"
            "    def __call__(self, x, **k): return x\n"
            "model = Sequential()",
            "1a-weights": "pass",
            "1a-predict": "result = np.array([[0.], [6.], [7.]])",
            "1b-curve": None,
        },
        nothing=("1a.architecture", "1a.weights", "1a.prediction", "1a.probe"),
        problems=("typed_result",),
    ),
    Attempt(
        name="a drawing function that draws the right curve",
        cells={
            "1a-weights": WRONG,
            "1b-curve": "x = np.linspace(-5, 5, 50)\n"
            "right = np.maximum(0, np.maximum(0, 6*x) - 5*np.maximum(0, 3*x - 5))\n"
            "draw = plt.plot\nplt.plot = lambda a, b: draw(a, right)\n"
            "plt.plot(x, model.predict(x.reshape(-1, 1), verbose=0)); plt.show()",
        },
        nothing=("1b.plot",),
        problems=("replaced_function", "unexplained_result"),
    ),
)
