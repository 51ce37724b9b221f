"""Further parts of tasks 1a and 1b."""

from __future__ import annotations

from submissions.build.model import Part, auto, code, expect, prose, text

__all__ = ["COMMENT", "COMPARE", "CURVE", "HAND", "MODEL", "PREDICT", "QRS", "WEIGHTS"]


def _hand(low: float, high: float, source: str) -> Part:
    sure = "passed" if low == 3 else "failed partial"
    label = expect(*sure.split(), "needs_review", points=(low, high))
    return Part(source.strip("\n"), {"1a.hand": label})


HAND = {
    "aligned": _hand(
        3,
        3,
        r"""
$$\begin{aligned}
x=-1:\quad & N_1=\mathrm{ReLU}(-3)=0,\ N_2=\mathrm{ReLU}(0)=0,\ N_3=\mathrm{ReLU}(-5)=0 \Rightarrow y=0\\
x=1:\quad & N_1=\mathrm{ReLU}(3)=3,\ N_2=\mathrm{ReLU}(6)=6,\ N_3=\mathrm{ReLU}(-2)=0 \Rightarrow y=6\\
x=2:\quad & N_1=\mathrm{ReLU}(6)=6,\ N_2=\mathrm{ReLU}(12)=12,\ N_3=\mathrm{ReLU}(1)=1 \Rightarrow y=12-5=7
\end{aligned}$$
""",
    ),
    "by-neuron": _hand(
        3,
        3,
        """
**N1** (3x): -3 -> 0 bei x=-1; 3 bei x=1; 6 bei x=2

**N2** (2·N1): 0; 6; 12

**N3** (N1-5): -5 -> 0; -2 -> 0; 1

**N4** (N2-5·N3): 0; 6; 12-5 = 7

Ergebnis: y(-1)=0, y(1)=6, y(2)=7
""",
    ),
    "table-down": _hand(
        3,
        3,
        """
| x | N1 | N2 | N3 | N4 = y |
|---|---|---|---|---|
| -1 | 0 | 0 | 0 | 0 |
| 1 | 3 | 6 | 0 | 6 |
| 2 | 6 | 12 | 1 | 7 |
""",
    ),
    "sentences": _hand(
        3,
        3,
        """
Bei x = -1 wird das erste Neuron durch die ReLU auf 0 gesetzt, danach bleibt alles null: N2 = 0, N3 = max(0, -5) = 0, y = 0.
Bei x = 1 erhält man N1 = 3. Daraus folgt N2 = 6 und N3 = max(0, -2) = 0, also y = 6.
Bei x = 2 erhält man N1 = 6, N2 = 12, N3 = 1 und y = 12 - 5·1 = 7.
""",
    ),
    "no-relu": _hand(
        1,
        2.5,
        """
x = -1: N1 = -3, N2 = -6, N3 = -8, y = -6 + 40 = 34

x = 1: N1 = 3, N2 = 6, N3 = -2, y = 6 + 10 = 16

x = 2: N1 = 6, N2 = 12, N3 = 1, y = 12 - 5 = 7
""",
    ),
    "sum-sentence": _hand(
        0,
        1,
        """
Alle drei Werte gehen in das erste Neuron: 3·(-1+1+2) = 6. Dann N2 = 12 und N3 = 6 - 5 = 1, das letzte Neuron gibt 12 - 5 = 7 aus.
""",
    ),
    "one-missing": _hand(
        1.5,
        2.5,
        """
x=-1: N1=0, N2=0, N3=0, y=0

x=1: N1=3, N2=6, N3=0, y=6
""",
    ),
    "only-y": _hand(1, 2.5, "0, 6 und 7\n"),
    "negative": _hand(
        1.5,
        2.5,
        """
x=-1: N1 = 0; N2 = 0; N3 = 0; y = 0
x=1: N1 = 3; N2 = 6; N3 = -2; y = 6 + 10 = 16
x=2: N1 = 6; N2 = 12; N3 = 1; y = 7
""",
    ),
}

COMPARE = {
    "same": prose("Beide Rechnungen ergeben 0, 6, 7.\n"),
    "keras-off": prose(
        "Nein. Von Hand kommt 0, 6, 7 heraus, Keras gibt etwas anderes aus. Irgendetwas stimmt an unserem Netz nicht.\n"
    ),
    "hand-off": prose("Nein, nicht bei allen. Keras hat recht, wir haben uns bei der Handrechnung vertan.\n"),
}

_GOOD = {"t1a_architecture": "passed"}

MODEL = {
    "subclass": code(
        """
class KleinesNetz(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.eins = tf.keras.layers.Dense(1, activation="relu")
        self.zwei = tf.keras.layers.Dense(2, activation="relu")
        self.drei = tf.keras.layers.Dense(1, activation="relu")

    def call(self, x):
        return self.drei(self.zwei(self.eins(x)))

model = KleinesNetz()
model(np.zeros((1, 1), dtype="float32"))   # einmal aufrufen, damit die Gewichte da sind
model.summary()
""",
        **_GOOD,
    ),
    "activation-layers": code(
        """
from tensorflow.keras.layers import Activation, Dense, Input

x_in = Input((1,), name="x")
n1 = Activation("relu")(Dense(1, name="N1")(x_in))
n23 = Activation("relu")(Dense(2, name="N2N3")(n1))
n4 = Activation("relu")(Dense(1, name="N4")(n23))
model = tf.keras.models.Model(inputs=x_in, outputs=n4)
""",
        **_GOOD,
    ),
    "kwargs": code(
        """
relu = dict(activation="relu")
D = tf.keras.layers.Dense
model = tf.keras.models.Sequential()
for schicht in [tf.keras.Input((1,)), D(1, **relu), D(2, **relu), D(1, **relu)]:
    model.add(schicht)
assert model.count_params() == 9
""",
        **_GOOD,
    ),
    "lazy": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.build((None, 1))
""",
        **_GOOD,
    ),
    "max0": code(
        """
def relu(z):
    return tf.maximum(0.0, z)

model = tf.keras.models.Sequential([tf.keras.Input(shape=[1])])
model.add(tf.keras.layers.Dense(1, activation=relu))
model.add(tf.keras.layers.Dense(2, activation=relu))
model.add(tf.keras.layers.Dense(1, activation=relu))
""",
        **_GOOD,
    ),
    "branches": code(
        """
# wie in der Zeichnung: N2 und N3 sind zwei einzelne Neuronen
x_ein = tf.keras.Input(shape=(1,))
N1 = tf.keras.layers.Dense(1, activation="relu", name="N1")(x_ein)
N2 = tf.keras.layers.Dense(1, activation="relu", name="N2")(N1)
N3 = tf.keras.layers.Dense(1, activation="relu", name="N3")(N1)
N4 = tf.keras.layers.Dense(1, activation="relu", name="N4")(tf.keras.layers.Concatenate()([N2, N3]))
model = tf.keras.Model(x_ein, N4)
""",
        **_GOOD,
    ),
    "input-dim": code(
        """
model = tf.keras.Sequential(name="kleines_netz")
model.add(tf.keras.layers.Dense(units=1, input_dim=1, activation="relu"))
model.add(tf.keras.layers.Dense(units=2, activation="relu"))
model.add(tf.keras.layers.Dense(units=1, activation="relu"))
""",
        **_GOOD,
    ),
    "chain": code(
        """
# vier Neuronen hintereinander
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
""",
        "1a-other-net",
        t1a_architecture="partial failed 0-1",
    ),
    "sigmoid-hidden": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1, activation='sigmoid'))
model.add(tf.keras.layers.Dense(2, activation='sigmoid'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
""",
        "1a-activation",
        t1a_architecture="partial failed 0-1.5",
        t1a_weights="passed",
        t1a_prediction="failed partial not_judged 0-0.5",
        t1a_probe="failed not_judged",
        t1b_curve="failed partial not_judged 0-1.5",
    ),
    "no-relu": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1))
model.add(tf.keras.layers.Dense(2))
model.add(tf.keras.layers.Dense(1))
model.summary()
""",
        "1a-activation",
        t1a_architecture="partial failed 0-1",
        t1a_weights="passed",
        t1a_prediction="failed partial not_judged 0-1",
        t1a_probe="failed not_judged",
        t1b_curve="failed partial not_judged 0-1",
    ),
    "linear-end": code(
        """
a = tf.keras.layers.Input(shape=(1,))
b = tf.keras.layers.Dense(1, activation="relu")(a)
b = tf.keras.layers.Dense(2, activation="relu")(b)
b = tf.keras.layers.Dense(1, activation="linear")(b)
model = tf.keras.Model(a, b)
""",
        "1a-linear-output",
        t1a_architecture="partial failed 0-1.5",
        t1a_weights="passed",
        t1a_prediction="passed",
        t1a_probe="failed partial 0-0.5",
        t1b_curve="failed partial 0-2.5",
    ),
    # N1 without ReLU changes no output: N2 and N3 cut off below zero what it would have cut off.
    "linear-first": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
""",
        "1a-activation",
        t1a_architecture="partial 0.5-1.5",
    ),
    "three-inputs": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(3,)))      # drei Eingaben: -1, 1, 2
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
""",
        "1a-three-inputs",
        t1a_architecture="partial failed 0-1.5",
    ),
    "tanh-end": code(
        """
model = tf.keras.models.Sequential([
    tf.keras.Input(shape=(1,)),
    tf.keras.layers.Dense(1, "relu"),
    tf.keras.layers.Dense(2, "relu"),
    tf.keras.layers.Dense(1, "tanh"),
])
""",
        "1a-activation",
        t1a_architecture="partial failed 0-1.5",
        t1a_weights="passed",
        t1a_prediction="failed partial not_judged 0-1",
        t1a_probe="failed partial not_judged 0-0.5",
        t1b_curve="failed partial not_judged 0-2",
    ),
}

_SET = {"t1a_weights": "passed"}
_WRONG = {
    "t1a_weights": "partial failed 0-1.5",
    "t1a_prediction": "partial failed not_judged 0-1.5",
    "t1a_probe": "failed partial not_judged 0-0.5",
    "t1b_curve": "partial failed not_judged 0-2.5",
}

WEIGHTS = {
    "copy-modify": code(
        """
weight_list = model.get_weights()
weight_list[0][0, 0] = 3          # w01
weight_list[1][0] = 0             # b1
weight_list[2][0, :] = 2, 1       # w11, w21
weight_list[3][:] = 0, -5         # b2, b3
weight_list[4][:, 0] = 1, -5      # w12, w22
weight_list[5][0] = 0             # b4
model.set_weights(weight_list)
""",
        **_SET,
    ),
    "layer-wise": code(
        """
w01, w11, w21, w12, w22 = 3, 2, 1, 1, -5
b1, b2, b3, b4 = 0, 0, -5, 0
schichten = [l for l in model.layers if l.get_weights()]
schichten[0].set_weights([np.array([[w01]]), np.array([b1])])
schichten[1].set_weights([np.array([[w11, w21]]), np.array([b2, b3])])
schichten[2].set_weights([np.array([[w12], [w22]]), np.array([b4])])
weight_list = model.get_weights()
print(weight_list)
""",
        **_SET,
    ),
    # N2 and N3 have changed places: the same network.
    "permuted": code(
        """
w01 = 3; w11 = 2; w21 = 1; w12 = 1; w22 = -5
b1 = 0; b2 = 0; b3 = -5; b4 = 0
# Reihenfolge in der mittleren Schicht: erst N3, dann N2
weight_list = [np.array([[w01]]), np.array([b1]), np.array([[w21, w11]]), np.array([b3, b2]),
               np.array([[w22], [w12]]), np.array([b4])]
model.set_weights(weight_list)
""",
        **_SET,
    ),
    "assign": code(
        """
w01, w11, w21, w12, w22 = 3.0, 2.0, 1.0, 1.0, -5.0
b1 = b2 = b4 = 0.0
b3 = -5.0
weight_list = [[[w01]], [b1], [[w11, w21]], [b2, b3], [[w12], [w22]], [b4]]
for variable, wert in zip(model.weights, weight_list):
    variable.assign(wert)
""",
        **_SET,
    ),
    "from-shape": code(
        """
zahlen = [3,  0,  2, 1,  0, -5,  1, -5,  0]     # w01 b1 w11 w21 b2 b3 w12 w22 b4
weight_list, k = [], 0
for alt in model.get_weights():
    weight_list.append(np.array(zahlen[k:k + alt.size], dtype="float32").reshape(alt.shape))
    k += alt.size
model.set_weights(weight_list)
""",
        **_SET,
    ),
    # 3x is scaled into the second layer: another set of numbers, the same function.
    "scaled": code(
        """
# w01 = 3 in die mittlere Schicht hineinmultipliziert, das kommt aufs Gleiche heraus
weight_list = [np.array([[1.0]]), np.array([0.0]), np.array([[6.0, 3.0]]), np.array([0.0, -5.0]),
               np.array([[1.0], [-5.0]]), np.array([0.0])]
model.set_weights(weight_list)
""",
        **_SET,
    ),
    "branches": code(
        """
w01, w11, w21, w12, w22 = 3., 2., 1., 1., -5.
b1, b2, b3, b4 = 0., 0., -5., 0.
model.get_layer("N1").set_weights([np.array([[w01]]), np.array([b1])])
model.get_layer("N2").set_weights([np.array([[w11]]), np.array([b2])])
model.get_layer("N3").set_weights([np.array([[w21]]), np.array([b3])])
model.get_layer("N4").set_weights([np.array([[w12], [w22]]), np.array([b4])])
""",
        **_SET,
    ),
    "chain": code(
        """
weight_list = [np.array([[3]]), np.array([0]), np.array([[2]]), np.array([0]),
               np.array([[1]]), np.array([-5]), np.array([[1]]), np.array([0])]
model.set_weights(weight_list)
""",
        "1a-other-net",
        **{**_WRONG, "t1a_weights": "partial failed not_judged 0-1.5"},
    ),
    "sign-lost": code(
        """
w01 = 3
w11 = 2
w21 = 1
w12 = 1
w22 = 5
b1, b2, b3, b4 = 0, 0, -5, 0
weight_list = [np.array([[w01]]), np.array([b1]), np.array([[w11, w21]]), np.array([b2, b3]),
               np.array([[w12], [w22]]), np.array([b4])]
model.set_weights(weight_list)
""",
        "1a-wrong-weight",
        **_WRONG,
    ),
    "b1-minus-5": code(
        """
gewichte = {"w01": 3, "w11": 2, "w21": 1, "w12": 1, "w22": -5}
b = [-5, 0, 0, 0]
weight_list = [
    np.array([[gewichte["w01"]]]), np.array(b[:1]),
    np.array([[gewichte["w11"], gewichte["w21"]]]), np.array(b[1:3]),
    np.array([[gewichte["w12"]], [gewichte["w22"]]]), np.array(b[3:]),
]
model.set_weights(weight_list)
""",
        "1a-wrong-weight",
        **_WRONG,
    ),
    "exchanged": code(
        """
w01, w11, w21, w12, w22 = 3, 2, 1, 1, -5
b1, b2, b3, b4 = 0, 0, -5, 0
weight_list = [np.array([[w01]]), np.array([b1]), np.array([[w11, w21]]), np.array([b2, b3]),
               np.array([[w22], [w12]]), np.array([b4])]
model.set_weights(weight_list)
""",
        "1a-wrong-weight",
        **_WRONG,
    ),
    "unset": code(
        """
w01, w11, w21, w12, w22 = 3, 2, 1, 1, -5
b1, b2, b3, b4 = 0, 0, -5, 0
weight_list = [np.array([[w01]]), np.array([b1]), np.array([[w11, w21]]), np.array([b2, b3]),
               np.array([[w12], [w22]]), np.array([b4])]
# model.set_weights(weight_list)
""",
        "1a-wrong-weight",
        **{**_WRONG, "t1a_weights": "failed partial 0-1"},
    ),
    "typo": code(
        """
w01 = 3.0
w11 = 3.0
w21 = 1.0
w12 = 1.0
w22 = -5.0
b1 = b2 = b4 = 0.0
b3 = -5.0
weight_list = [np.float32([[w01]]), np.float32([b1]), np.float32([[w11, w21]]),
               np.float32([b2, b3]), np.float32([[w12], [w22]]), np.float32([b4])]
model.set_weights(weight_list)
""",
        "1a-wrong-weight",
        **_WRONG,
    ),
    "three-inputs": code(
        """
w01, w11, w21, w12, w22 = 3, 2, 1, 1, -5
b1, b2, b3, b4 = 0, 0, -5, 0
weight_list = [np.array([[w01], [w01], [w01]]), np.array([b1]), np.array([[w11, w21]]),
               np.array([b2, b3]), np.array([[w12], [w22]]), np.array([b4])]
model.set_weights(weight_list)
""",
        "1a-three-inputs",
        t1a_weights="partial failed not_judged 0-1.5",
        t1a_prediction="failed partial not_judged 0-0.5",
        t1a_probe="failed not_judged",
    ),
}

_RIGHT = {"t1a_prediction": "passed", "t1a_probe": "passed"}

PREDICT = {
    "call": code(
        """
result = model(np.array([[-1.0], [1.0], [2.0]], dtype="float32")).numpy()
print(result)
""",
        **_RIGHT,
    ),
    "row-wise": code(
        """
result = []
for x in [-1, 1, 2]:
    y = model.predict(np.array([[x]]), verbose=0)
    print(x, y[0, 0])
    result.append(y[0])
result = np.array(result)
""",
        **_RIGHT,
    ),
    "rounded": code(
        """
x_hand = np.array([[-1.], [1.], [2.]])
y_keras = np.round(model.predict(x_hand, verbose=0)).astype(int)
print(dict(zip(x_hand.ravel().tolist(), y_keras.ravel().tolist())))
""",
        **_RIGHT,
    ),
    "dataframe": code(
        """
tab = pd.DataFrame({"x": [-1.0, 1.0, 2.0]})
tab["y"] = model.predict(tab[["x"]].to_numpy(), verbose=0)
tab
""",
        **_RIGHT,
    ),
    "reversed": code(
        """
eingaben = np.array([[2], [1], [-1]])
ausgaben = model.predict(eingaben, verbose=0)
for e, a in zip(eingaben, ausgaben):
    print("f(%d) = %g" % (e[0], a[0]))
""",
        **_RIGHT,
    ),
    "hard-coded": code(
        """
result = np.array([[0.], [6.], [7.]])
print(result)
""",
        "1a-typed-in",
        t1a_prediction="failed",
        t1a_probe="passed",
    ),
    "typed-list": code(
        """
model.predict(np.array([[0.0]]), verbose=0)
result = [0, 6, 7]
print("Ausgabe:", result)
""",
        "1a-typed-in",
        t1a_prediction="failed",
        t1a_probe="passed",
    ),
    "one-row": code(
        """
result = model.predict(np.array([[-1, 1, 2]]))
print(result)
""",
        "1a-input-shape",
        t1a_prediction="failed not_judged",
        t1a_probe="passed",
    ),
    "wrong-x": code(
        """
result = model.predict(np.array([[-1.], [1.], [3.]]), verbose=0)
print(result)
""",
        "1a-other-x",
        t1a_prediction="partial 0.5-1.5",
        t1a_probe="passed",
    ),
    "three-inputs": code(
        """
result = model.predict(np.array([[-1, 1, 2]]))
print(result)
""",
        "1a-three-inputs",
    ),
}

_CURVE = {"t1b_curve": "passed", "t1b_plot": "passed"}
_CURVE_ONLY = {"t1b_curve": "passed"}

CURVE = {
    "pandas": code(
        """
df = pd.DataFrame({"x": np.linspace(-5, 5, 50)})
df["y"] = model.predict(df[["x"]].to_numpy(), verbose=0)[:, 0]
df.plot(x="x", y="y", ylabel="y", legend=False)
plt.show()
""",
        **_CURVE,
    ),
    "own-names": code(
        """
stuetzstellen = np.linspace(start=-5, stop=5, num=50)[..., None]
kurve = model.predict(stuetzstellen, verbose=0)
bild, achse = plt.subplots(figsize=(8, 3))
achse.plot(stuetzstellen.flatten(), kurve.flatten(), marker="x", ls=":")
achse.set_xlabel("Eingang")
achse.set_ylabel("Ausgang")
""",
        **_CURVE,
    ),
    "two-panel": code(
        """
X = np.linspace(-5, 5, 50).reshape(50, 1)
Y = model(X).numpy()
fig, (oben, unten) = plt.subplots(2, 1, sharex=True)
oben.plot(X, X, color="gray"); oben.set_ylabel("Eingabe")
unten.plot(X, Y, color="crimson"); unten.set_ylabel("Ausgabe"); unten.set_xlabel("x")
plt.show()
""",
        **_CURVE,
    ),
    "list-comp": code(
        """
xs = [float(v) for v in np.linspace(-5, 5, 50)]
ys = [float(model.predict(np.array([[v]]), verbose=0)[0, 0]) for v in xs]
result = ys
plt.plot(xs, ys)
plt.xlabel("x"), plt.ylabel("y")
plt.show()
""",
        **_CURVE,
    ),
    "reverse-x": code(
        """
x = np.linspace(5, -5, 50).reshape(-1, 1)      # von rechts nach links
result = model.predict(x, verbose=0)
plt.plot(x, result, lw=2)
plt.xlabel('$x$')
plt.ylabel('$y = f(x)$')
plt.show()
""",
        **_CURVE,
    ),
    "finer-plot": code(
        """
result = model.predict(np.linspace(-5, 5, 50).reshape(-1, 1), verbose=0)
fein = np.linspace(-5, 5, 400).reshape(-1, 1)
plt.plot(fein, model.predict(fein, verbose=0), label="fein")
plt.plot(np.linspace(-5, 5, 50), result, "k.", label="50 Werte")
plt.legend(); plt.xlabel("x"); plt.ylabel("y")
plt.show()
""",
        **_CURVE,
    ),
    "arange": code(
        """
x = np.arange(-5, 5, 0.2)        # 50 Werte
result = model.predict(x.reshape(-1, 1), verbose=0)
plt.plot(x, result)
plt.xlabel('x'); plt.ylabel('y')
plt.show()
""",
        t1b_curve="passed partial 2-3",
        t1b_plot="passed",
    ),
    "over-index": code(
        """
result = model.predict(np.linspace(-5, 5, 50)[:, None], verbose=0)
plt.plot(result)
plt.xlabel('x')
plt.ylabel('y')
plt.show()
""",
        "1b-no-axis",
        **{**_CURVE_ONLY, "t1b_plot": "partial failed 0-1.5"},
    ),
    "bare": code(
        """
x = np.linspace(-5, 5, 50).reshape(-1, 1)
result = model.predict(x, verbose=0)
plt.plot(x, result)
plt.show()
""",
        "1b-no-axis",
        **{**_CURVE_ONLY, "t1b_plot": "partial 1-1.5"},
    ),
    "right-half": code(
        """
x = np.linspace(0, 5, 50).reshape(-1, 1)
result = model.predict(x, verbose=0)
plt.plot(x, result)
plt.xlabel("x"); plt.ylabel("y")
plt.show()
""",
        "1b-range",
        t1b_curve="partial failed 0-2",
        t1b_plot="passed partial 1-2",
    ),
    "integers": code(
        """
x = np.arange(-5, 6)
result = model.predict(x.reshape(-1, 1), verbose=0)
plt.plot(x, result, 'o-')
plt.xlabel("x"); plt.ylabel("y")
plt.show()
""",
        "1b-range",
        t1b_curve="partial failed 0-2",
        t1b_plot="passed partial 1-2",
    ),
    "five-points": code(
        """
x = np.linspace(-5, 5, 5).reshape(-1, 1)
result = model.predict(x, verbose=0)
plt.figure()
plt.plot(x, result, label="Netz")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()
""",
        "1b-range",
        t1b_curve="partial failed 0-2",
        t1b_plot="passed partial 1-2",
    ),
    "axes-swapped": code(
        """
x = np.linspace(-5, 5, 50).reshape(-1, 1)
result = model.predict(x, verbose=0)
plt.plot(result, x)
plt.xlabel("x")
plt.ylabel("y")
plt.show()
""",
        "1b-no-axis",
        **{**_CURVE_ONLY, "t1b_plot": "failed partial 0-1"},
    ),
    "no-plot": code(
        """
werte = np.linspace(-5, 5, 50).reshape(-1, 1)
result = model.predict(werte, verbose=0)
print(np.c_[werte, result])
""",
        "1b-not-drawn",
        **{**_CURVE_ONLY, "t1b_plot": "failed"},
    ),
    "title-only": code(
        """
t = np.linspace(-5, 5, 50)
result = model.predict(np.expand_dims(t, 1), verbose=0)
fig = plt.figure(figsize=(6, 3))
plt.plot(t, result[:, 0], "r")
plt.title("Kurve")
plt.show()
""",
        "1b-no-axis",
        **{**_CURVE_ONLY, "t1b_plot": "partial 1-1.5"},
    ),
    "three-columns": code(
        """
x = np.linspace(-5, 5, 50)
result = model.predict(np.column_stack([x, x, x]), verbose=0)
plt.plot(x, result)
plt.xlabel("x"); plt.ylabel("y")
plt.show()
""",
        "1a-three-inputs",
        t1b_curve="failed partial not_judged 0-2",
        t1b_plot="passed partial 1-2",
    ),
}

_NET = """
model3 = tf.keras.models.Sequential()
model3.add(tf.keras.Input(shape=(1,)))
model3.add(tf.keras.layers.Dense(32, activation="relu"))
model3.add(tf.keras.layers.Dense(32, activation="relu"))
model3.add(tf.keras.layers.Dense(1))
"""
_ADAM = 'model3.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="mean_squared_error")\n\n'


def _qrs(fit: str, label: str, *traps: str, compiled: str = _ADAM) -> Part:
    return code(_NET + compiled + fit, *traps, t1b_training=label)


QRS = {
    "given": Part("", auto(t1b_training="passed")),
    "longer": _qrs(
        "history3 = model3.fit(x, y, batch_size=64, epochs=120, callbacks=[QRS(every=40)], verbose=0)\n"
        "plt.semilogy(history3.history['loss'])\nplt.xlabel('Epoche')\nplt.ylabel('Fehler')\nplt.show()",
        "passed",
    ),
    "validation": _qrs(
        "verlauf = model3.fit(x, y, batch_size=128, epochs=100, validation_split=0.1, shuffle=True,\n"
        "                     callbacks=[QRS()], verbose=0)\nprint(verlauf.history['loss'][-1])",
        "passed",
    ),
    "own-net": code(
        """
model3 = tf.keras.models.Sequential([
    tf.keras.Input(shape=(1,)),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dense(1),
])
model3.compile("adam", "mse")
model3.optimizer.learning_rate = 0.005
model3.fit(x, y, batch_size=32, epochs=60, callbacks=[QRS(60)], verbose=0);
""",
        t1b_training="passed",
    ),
    "one-epoch": _qrs(
        "verlauf = model3.fit(x, y, batch_size=128, epochs=1, callbacks=[QRS()], verbose=0)",
        "partial failed 0-1.5",
        "1b-hardly-trained",
    ),
    "two-epochs": _qrs(
        "model3.fit(x, y, epochs=2, batch_size=512, verbose=2)",
        "partial failed 0-1.5",
        "1b-hardly-trained",
    ),
    "not-run": _qrs(
        "# dauert zu lange\n"
        "# verlauf = model3.fit(x, y, batch_size=128, epochs=100, callbacks=[QRS()], verbose=0)",
        "failed not_judged",
        "1b-not-trained",
    ),
    "diverges": _qrs(
        "verlauf = model3.fit(x, y, batch_size=128, epochs=20, callbacks=[QRS()], verbose=0)\n"
        "print(verlauf.history['loss'])",
        "partial failed 0-1",
        "1b-learning-rate",
        compiled="model3.compile(optimizer=tf.keras.optimizers.SGD(10.0), loss='mse')\n\n",
    ),
    "stands-still": _qrs(
        "verlauf = model3.fit(x, y, batch_size=128, epochs=30, callbacks=[QRS()], verbose=0)",
        "partial failed 0-1",
        "1b-learning-rate",
        compiled="model3.compile(optimizer=tf.keras.optimizers.Adam(1e-7), loss='mse')\n\n",
    ),
    "ten-points": _qrs(
        "verlauf = model3.fit(x[:10], y[:10], batch_size=10, epochs=100, callbacks=[QRS()], verbose=0)",
        "partial failed 0-1.5",
        "1b-other-data",
    ),
    "x-onto-x": _qrs(
        "verlauf = model3.fit(x, x, batch_size=128, epochs=30, callbacks=[QRS()], verbose=0)",
        "partial failed 0-1",
        "1b-other-data",
    ),
    "reversed-y": _qrs(
        "verlauf = model3.fit(x, y[::-1], batch_size=128, epochs=100, callbacks=[QRS()], verbose=0)",
        "partial failed 0-1.5",
        "1b-other-data",
    ),
}


def _comment(low: float, high: float, source: str) -> Part:
    return text("1b.comment", low, high, source)


COMMENT = {
    "by-eye": _comment(
        0.5,
        1,
        "Nur der große Ausschlag in der Mitte lässt sich nachstellen. Alles unterhalb der Nulllinie fehlt, denn kleiner als null "
        "kann die Ausgabe nicht werden. Man bräuchte mehr Neuronen.\n",
    ),
    "pieces": _comment(
        0.5,
        1,
        "Das Netz besteht aus Geradenstücken, das EKG ist rund. Die R-Zacke passt ungefähr, Q und S kann man mit ReLU am Ausgang "
        "nicht erzeugen. Ein größeres Netz würde helfen.\n",
    ),
    "half": _comment(0, 1, "Die R-Zacke passt ganz gut, der Rest nicht.\n"),
    "off-topic": _comment(0, 0.5, "Die Regler lassen sich gut bedienen, aber es dauert lange.\n"),
}
