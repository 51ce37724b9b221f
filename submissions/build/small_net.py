"""Parts of tasks 1a and 1b: the small network by hand and in Keras, its curve, the QRS complex."""

from __future__ import annotations

from submissions.build.model import Part, code, expect, prose, text

__all__ = ["COMMENT", "COMPARE", "CURVE", "HAND", "MODEL", "PREDICT", "WEIGHTS"]

def _hand(low: float, high: float, source: str, *traps: str) -> Part:
    """Numbers can be judged; where they cannot be told apart from prose, a human looks."""
    sure = "passed" if low == 3 else "failed partial"
    status = (*sure.split(), "needs_review")
    return Part(source.strip("\n"), {"1a.hand": expect(*status, points=(low, high))}, traps)


HAND = {
    "formulas": _hand(
        3,
        3,
        """
**x = -1**

$N_1 = \\max(0; 3 \\cdot (-1) + 0) = 0$

$N_2 = \\max(0; 2 \\cdot 0 + 0) = 0$

$N_3 = \\max(0; 1 \\cdot 0 - 5) = 0$

$y = \\max(0; 1 \\cdot 0 - 5 \\cdot 0) = 0$

**x = 1**

$N_1 = \\max(0; 3 \\cdot 1 + 0) = 3$

$N_2 = \\max(0; 2 \\cdot 3 + 0) = 6$

$N_3 = \\max(0; 1 \\cdot 3 - 5) = 0$

$y = \\max(0; 1 \\cdot 6 - 5 \\cdot 0) = 6$

**x = 2**

$N_1 = \\max(0; 3 \\cdot 2 + 0) = 6$

$N_2 = \\max(0; 2 \\cdot 6 + 0) = 12$

$N_3 = \\max(0; 1 \\cdot 6 - 5) = 1$

$y = \\max(0; 1 \\cdot 12 - 5 \\cdot 1) = 7$
""",
    ),
    "table": _hand(
        3,
        3,
        """
| | x = -1 | x = 1 | x = 2 |
|---|---|---|---|
| N1 = ReLU(3x) | 0 | 3 | 6 |
| N2 = ReLU(2 N1) | 0 | 6 | 12 |
| N3 = ReLU(N1 - 5) | 0 | 0 | 1 |
| y = ReLU(N2 - 5 N3) | **0** | **6** | **7** |
""",
    ),
    "plain": _hand(
        3,
        3,
        """
x=-1: 3*(-1)=-3 -> ReLU -> N1=0; N2=2*0=0; N3=0-5=-5 -> 0; N4=0 -> y=0

x=1: N1=3*1=3; N2=2*3=6; N3=3-5=-2 -> 0; N4=6*1+0*(-5)=6 -> y=6

x=2: N1=3*2=6; N2=2*6=12; N3=6-5=1; N4=12*1+1*(-5)=7 -> y=7
""",
    ),
    "prose": _hand(
        3,
        3,
        """
Für den Input -1 liefert N1 wegen der ReLU den Wert 0 (3·(-1) = -3 < 0). Damit sind auch N2 = 0 und N3 = 0 (0 - 5 < 0)
und die Ausgabe ist y = 0.

Für den Input 1 ist N1 = 3, N2 = 2·3 = 6 und N3 = 0, weil 3 - 5 negativ ist. Also y = 1·6 - 5·0 = 6.

Für den Input 2 ist N1 = 6, N2 = 12 und N3 = 6 - 5 = 1. Also y = 12 - 5 = 7.
""",
    ),
    "three-inputs": _hand(
        0,
        1,
        """
N1: $3 \\cdot (-1) + 3 \\cdot 1 + 3 \\cdot 2 = 6$

N2: $2 \\cdot 6 + 0 = 12$

N3: $1 \\cdot 6 - 5 = 1$

N4: $1 \\cdot 12 - 5 \\cdot 1 = 7$

Die Ausgabe des Netzes ist also **7**.
""",
        "1a-three-inputs",
    ),
    "slip": _hand(
        1.5,
        2.5,
        """
x = -1: N1 = 0, N2 = 0, N3 = 0, y = 0

x = 1: N1 = 3, N2 = 6, N3 = 0, y = 6

x = 2: N1 = 6, N2 = 12, N3 = 1, y = 12 - 1 = 11
""",
        "1a-slip",
    ),
    "results-only": _hand(1, 2.5, "y(-1) = 0, y(1) = 6, y(2) = 7\n"),
}

COMPARE = {
    "yes": prose("Ja, von Hand und mit Keras kommt jeweils 0, 6 und 7 heraus.\n"),
    "yes-long": prose(
        """
Die Ausgabe von `model.predict` ist `[[0.], [6.], [7.]]`. Das sind genau die Werte, die wir in der Handrechnung
bestimmt haben. Es gibt keine Abweichung.
"""
    ),
    "same-claim": prose(
        "Ja, die Handrechnung und Keras liefern das gleiche Ergebnis.\n", "1a-same-claim"
    ),
    "slip-found": prose(
        """
Bei -1 und 1 ja. Bei x = 2 sagt Keras 7 und wir haben 11. Wahrscheinlich haben wir bei der Handrechnung das Gewicht
-5 beim letzten Neuron vergessen, Keras ist also richtig.
"""
    ),
    "differs": prose(
        """
Nein, Keras liefert andere Werte als die Handrechnung. Wir vermuten einen Rundungsfehler in Keras.
"""
    ),
}

_ARCHITECTURE = {"t1a_architecture": "passed"}

MODEL = {
    "add": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.summary()
""",
        **_ARCHITECTURE,
    ),
    "list": code(
        """
model = tf.keras.models.Sequential([
    tf.keras.layers.InputLayer(shape=(1,)),
    tf.keras.layers.Dense(1, activation=tf.nn.relu),
    tf.keras.layers.Dense(2, activation=tf.nn.relu),
    tf.keras.layers.Dense(1, activation=tf.nn.relu),
])
""",
        extra="[w.shape for w in model.get_weights()]",
        **_ARCHITECTURE,
    ),
    "imports": code(
        """
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential

# Das Netz hat drei Layer: 1 Neuron, 2 Neuronen, 1 Neuron
model = Sequential()
model.add(Input((1,)))
model.add(Dense(units=1, activation="relu", name="N1"))
model.add(Dense(units=2, activation="relu", name="N2_N3"))
model.add(Dense(units=1, activation="relu", name="N4"))
""",
        **_ARCHITECTURE,
    ),
    "loop": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
for anzahl in (1, 2, 1):
    model.add(tf.keras.layers.Dense(anzahl, activation="relu"))
print(model.count_params(), "Parameter")
""",
        **_ARCHITECTURE,
    ),
    "relu-layers": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1))
model.add(tf.keras.layers.ReLU())
model.add(tf.keras.layers.Dense(2))
model.add(tf.keras.layers.ReLU())
model.add(tf.keras.layers.Dense(1))
model.add(tf.keras.layers.ReLU())
""",
        **_ARCHITECTURE,
    ),
    "functional": code(
        """
eingang = tf.keras.Input(shape=(1,))
h = tf.keras.layers.Dense(1, activation="relu")(eingang)
h = tf.keras.layers.Dense(2, activation="relu")(h)
ausgang = tf.keras.layers.Dense(1, activation="relu")(h)
model = tf.keras.Model(eingang, ausgang)
""",
        **_ARCHITECTURE,
    ),
    "keras2": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Dense(1, input_shape=(1,), activation='relu'))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1, activation='relu'))
""",
        **_ARCHITECTURE,
    ),
    "linear-output": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(2, activation='relu'))
model.add(tf.keras.layers.Dense(1))
""",
        "1a-linear-output",
        t1a_architecture="partial failed",
        t1a_weights="passed",
        t1a_prediction="passed",
        t1a_probe="failed partial",
        t1b_curve="failed partial",
    ),
}

_WEIGHTS = {"t1a_weights": "passed"}

WEIGHTS = {
    "arrays": code(
        """
# Gewichte
w01 = 3
w11 = 2
w21 = 1
w12 = 1
w22 = -5

# Schwellen
b1 = 0
b2 = 0
b3 = -5
b4 = 0

weight_list = [np.array([[w01]]), np.array([b1]),
               np.array([[w11, w21]]), np.array([b2, b3]),
               np.array([[w12], [w22]]), np.array([b4])]
model.set_weights(weight_list)
""",
        **_WEIGHTS,
    ),
    "tuples": code(
        """
w01, w11, w21, w12, w22 = 3., 2., 1., 1., -5.
b1, b2, b3, b4 = 0., 0., -5., 0.

W1 = np.array([w01]).reshape(1, 1)
W2 = np.array([w11, w21]).reshape(1, 2)
W3 = np.array([w12, w22]).reshape(2, 1)
weight_list = [W1, np.array([b1]), W2, np.array([b2, b3]), W3, np.array([b4])]
for w in weight_list:
    print(w.shape)

model.set_weights(weight_list)
""",
        **_WEIGHTS,
    ),
    "per-layer": code(
        """
w01, w11, w21, w12, w22 = 3, 2, 1, 1, -5
b1, b2, b3, b4 = 0, 0, -5, 0

def als_float(*werte):
    return [np.array(w, dtype=np.float32) for w in werte]

weight_list = []
weight_list += als_float([[w01]], [b1])            # Layer 1
weight_list += als_float([[w11, w21]], [b2, b3])   # Layer 2
weight_list += als_float([[w12], [w22]], [b4])     # Layer 3

model.set_weights(weight_list)
for layer in model.layers:
    print(layer.name, layer.get_weights())
""",
        **_WEIGHTS,
    ),
    "dict": code(
        """
g = {"w01": 3.0, "w11": 2.0, "w21": 1.0, "w12": 1.0, "w22": -5.0}
s = {"b1": 0.0, "b2": 0.0, "b3": -5.0, "b4": 0.0}

weight_list = [
    np.array([[g["w01"]]]),
    np.array([s["b1"]]),
    np.array([[g["w11"], g["w21"]]]),
    np.array([s["b2"], s["b3"]]),
    np.array([[g["w12"], g["w22"]]]).T,
    np.array([s["b4"]]),
]
model.set_weights(weight_list)
""",
        **_WEIGHTS,
    ),
    "append": code(
        """
w01 = 3.0
w11 = 2.0
w21 = 1.0
w12 = 1.0
w22 = -5.0
b1 = 0.0
b2 = 0.0
b3 = -5.0
b4 = 0.0
weight_list = []
weight_list.append(np.full((1, 1), w01))
weight_list.append(np.full(1, b1))
weight_list.append(np.hstack([[[w11]], [[w21]]]))
weight_list.append(np.array([b2, b3]))
weight_list.append(np.vstack([[w12], [w22]]))
weight_list.append(np.zeros(1) + b4)
model.set_weights(weight_list)
""",
        **_WEIGHTS,
    ),
    "swapped-biases": code(
        """
# Gewichte
w01 = 3.0
w11 = 2.0
w21 = 1.0
w12 = 1.0
w22 = -5.0

# Schwellen
b1 = 0.0
b2 = 0.0
b3 = -5.0
b4 = 0.0

weight_list = [
    np.array([[w01]]),
    np.array([b1]),
    np.array([[w11, w21]]),
    np.array([b3, b2]),
    np.array([[w12], [w22]]),
    np.array([b4]),
]
model.set_weights(weight_list)
""",
        "1a-biases-swapped",
        t1a_weights="partial failed",
        t1a_prediction="failed partial not_judged",
        t1a_probe="failed not_judged",
        t1b_curve="failed partial not_judged",
    ),
    "wrong-shape": code(
        """
w01 = 3
w11 = 2
w21 = 1
w12 = 1
w22 = -5
b1 = 0
b2 = 0
b3 = -5
b4 = 0
weight_list = [np.array([w01, b1]), np.array([w11, w21, b2, b3]), np.array([w12, w22, b4])]
model.set_weights(weight_list)
""",
        "1a-weight-shape",
        t1a_weights="failed partial",
        t1a_prediction="failed not_judged",
        t1a_probe="failed not_judged",
        t1b_curve="failed partial not_judged",
    ),
}

_PREDICT = {"t1a_prediction": "passed", "t1a_probe": "passed"}

PREDICT = {
    "rows": code(
        """
result = model.predict(np.array([[-1], [1], [2]]))
print(result)
""",
        **_PREDICT,
    ),
    "reshape": code(
        """
x = np.array([-1, 1, 2]).reshape(-1, 1)
result = model.predict(x, verbose=0)
for xi, yi in zip(x.flatten(), result.flatten()):
    print(f"x = {xi:2d}  ->  y = {yi}")
""",
        **_PREDICT,
    ),
    "tensor": code(
        """
inputs = tf.constant([[-1.0], [1.0], [2.0]])
result = model.predict(inputs, verbose=0)
display(pd.DataFrame({"x": [-1, 1, 2], "y": result[:, 0]}))
""",
        **_PREDICT,
    ),
    "flat": code(
        """
result = model.predict(np.array([-1.0, 1.0, 2.0]))
result
""",
        **_PREDICT,
    ),
    "newaxis": code(
        """
result = model.predict(np.asarray([-1., 1., 2.])[:, np.newaxis], verbose=0)
print("Ausgabe des Netzes:", *result.ravel())
""",
        **_PREDICT,
    ),
    "list": code(
        """
result = model.predict([-1, 1, 2])
print(result)
""",
        **_PREDICT,
    ),
}

_CURVE = {"t1b_curve": "passed", "t1b_plot": "passed"}

CURVE = {
    "labels": code(
        """
x = np.linspace(-5, 5, 50).reshape(-1, 1)
result = model.predict(x)
plt.plot(x, result)
plt.xlabel("x")
plt.ylabel("y")
plt.show()
""",
        **_CURVE,
    ),
    "figure": code(
        """
x_werte = np.linspace(-5, 5, 50)
result = model.predict(x_werte[:, None], verbose=0)

plt.figure(figsize=(7, 4))
plt.plot(x_werte, result[:, 0], 'o-', markersize=3, label='Netz')
plt.xlabel('Eingabe x')
plt.ylabel('Ausgabe y')
plt.title('Übertragungsfunktion des Netzes')
plt.legend()
plt.grid()
""",
        **_CURVE,
    ),
    "axes": code(
        """
def plot_network(net, start=-5, stop=5, n=50):
    xs = np.linspace(start, stop, n).reshape(n, 1)
    ys = net.predict(xs, verbose=0)
    fig, ax = plt.subplots()
    ax.plot(xs, ys, color="darkgreen")
    ax.set(xlabel="input x", ylabel="output y", title="Output of the network")
    plt.show()
    return ys

result = plot_network(model)
print("Maximum:", result.max())
""",
        **_CURVE,
    ),
    "batch": code(
        """
eingabe = np.linspace(-5, 5, 50)
result = model.predict(eingabe.reshape((50, 1)), batch_size=50, verbose=0).flatten()
plt.plot(eingabe, result, "b--")
plt.xlabel("Eingabe"); plt.ylabel("Ausgabe")
plt.axhline(0, color="grey", linewidth=0.5)
plt.show()
""",
        **_CURVE,
    ),
    "direct": code(
        """
result = model.predict(np.linspace(-5, 5, 50))
plt.plot(np.linspace(-5, 5, 50), result)
plt.xlabel('x')
plt.ylabel('model(x)')
plt.show()
""",
        **_CURVE,
    ),
    "no-labels": code(
        """
result = model.predict(np.linspace(-5, 5, 50).reshape(-1, 1))
plt.plot(result)
""",
        "1b-no-axis",
        t1b_curve="passed",
        t1b_plot="partial",
    ),
}

COMMENT = {
    "peak": text(
        "1b.comment",
        0.5,
        1,
        """
Die R-Zacke kann man ganz gut annähern, wenn man an w01 und b3 dreht. Die Q- und die S-Zacke gehen nicht, weil die ReLU
am Ausgang keine negativen Werte durchlässt. Die Kurve besteht außerdem nur aus geraden Stücken, für die runden Teile
bräuchte man mehr Neuronen.
""",
    ),
    "notes": text(
        "1b.comment",
        0.5,
        1,
        """
- Anstieg und Abfall der R-Zacke: passt gut
- Q und S (negativ): unmöglich wegen ReLU
- bessere Anpassung: mehr Neuronen in der verborgenen Schicht, andere Aktivierung am Ausgang
""",
    ),
    "english": text(
        "1b.comment",
        0.5,
        1,
        """
Der Peak lässt sich relativ gut fitten, der Rest vom QRS-Komplex nicht. Das Netz hat zu wenige Neuronen, deshalb ist
der Output nur stückweise linear (drei Knicke), und unter null kommt man mit einer ReLU im Output Layer nie.
""",
    ),
    "linear": text(
        "1b.comment",
        0.5,
        1,
        """
Mit vier Neuronen entsteht nur ein Dreieck. Damit trifft man Höhe und Lage der R-Zacke, aber nicht die
negativen Ausschläge davor und danach. Ein größeres Netz mit linearem Ausgang könnte den Verlauf genauer nachbilden.
""",
    ),
    "poor": text("1b.comment", 0, 0.5, "Das Netz passt sehr gut zum QRS-Komplex.\n"),
}
