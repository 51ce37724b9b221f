"""Further parts of task 1c."""

from __future__ import annotations

from submissions.build.model import Part, code, text

__all__ = ["AMBIGUOUS", "MODEL", "SECOND", "TOO_SMALL", "TRAINING"]

_GOOD = {"t1c_architecture": "passed"}


def _flat(hidden: str, out: str, compiled: str, label: str, *traps: str) -> Part:
    """The usual network with one thing changed."""
    source = (
        "model = tf.keras.models.Sequential()\n"
        "model.add(tf.keras.Input(shape=(28, 28)))\n"
        "model.add(tf.keras.layers.Flatten())\n"
        f"{hidden}\nmodel.add(tf.keras.layers.{out})\n\nmodel.compile({compiled})"
    )
    return code(source, *traps, t1c_architecture=label)


_RELU = "model.add(tf.keras.layers.Dense(64, activation='relu'))"
_SOFT = "Dense(10, activation='softmax')"
_COMPILE = "optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy']"

MODEL = {
    "functional": code(
        """
bild = tf.keras.Input(shape=(28, 28), name="bild")
h = tf.keras.layers.Flatten()(bild)
h = tf.keras.layers.Dense(96, activation="relu", name="verborgen")(h)
ziffer = tf.keras.layers.Dense(10, activation="softmax", name="ziffer")(h)
model = tf.keras.Model(bild, ziffer)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
""",
        **_GOOD,
    ),
    "sparse": _flat(
        _RELU, _SOFT, "'adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']", "passed"
    ),
    "conv": code(
        """
from tensorflow.keras import layers

model = tf.keras.models.Sequential([
    layers.Input((28, 28)),
    layers.Reshape((28, 28, 1)),
    layers.Conv2D(6, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
""",
        **_GOOD,
    ),
    "dropout": code(
        """
model = tf.keras.models.Sequential(name="ziffern")
model.add(tf.keras.layers.Input(x_train[0].shape))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128))
model.add(tf.keras.layers.BatchNormalization())
model.add(tf.keras.layers.ReLU())
model.add(tf.keras.layers.Dropout(0.1))
model.add(tf.keras.layers.Dense(10, activation=tf.nn.softmax))
model.compile(loss=tf.keras.losses.CategoricalCrossentropy(), optimizer=tf.keras.optimizers.Adam(1e-3),
              metrics=[tf.keras.metrics.CategoricalAccuracy(name="accuracy")])
""",
        **_GOOD,
    ),
    "reshape": code(
        """
model = tf.keras.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Reshape(target_shape=(28 * 28,)))
model.add(tf.keras.layers.Dense(100, "relu"))
model.add(tf.keras.layers.Dense(units=10, activation="softmax"))
model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
""",
        **_GOOD,
    ),
    "logits": _flat(
        _RELU,
        "Dense(10)",
        "optimizer='adam', loss=tf.keras.losses.CategoricalCrossentropy(from_logits=True), metrics=['accuracy']",
        "partial passed 2-3",
    ),
    "no-metric": _flat(
        _RELU, _SOFT, "optimizer='adam', loss='categorical_crossentropy'", "partial passed 2-3"
    ),
    "tanh-hidden": _flat(
        _RELU.replace("relu", "tanh"), _SOFT, _COMPILE, "partial 1.5-2.5", "1c-hidden"
    ),
    "binary": _flat(
        _RELU,
        _SOFT,
        _COMPILE.replace("categorical", "binary"),
        "partial 1.5-2.5",
        "1c-loss",
    ),
    "nine": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(64, activation='relu'))
model.add(tf.keras.layers.Dense(9, activation='softmax'))   # Ziffern bis 9

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-output-size",
        t1c_architecture="partial failed 0-2",
        t1c_accuracy="failed not_judged",
        t1c_prediction="failed not_judged",
    ),
    "no-hidden": _flat("", _SOFT, _COMPILE, "partial failed 0-2", "1c-hidden"),
    "linear-hidden": _flat(
        "model.add(tf.keras.layers.Dense(64))", _SOFT, _COMPILE, "partial 1.5-2.5", "1c-hidden"
    ),
    "lr-10": _flat(
        _RELU,
        _SOFT,
        "optimizer=tf.keras.optimizers.Adam(learning_rate=10.0), loss='categorical_crossentropy', metrics=['accuracy']",
        "passed partial 2-3",
        "1c-learning-rate",
    ),
    "sigmoid-hidden": _flat(
        _RELU.replace("relu", "sigmoid"), _SOFT, _COMPILE, "partial 1.5-2.5", "1c-hidden"
    ),
    "mse": _flat(
        _RELU, _SOFT, _COMPILE.replace("categorical_crossentropy", "mse"), "partial 1.5-2.5", "1c-loss"
    ),
    "eleven": _flat(
        _RELU,
        _SOFT.replace("10", "11"),
        "optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']",
        "partial failed 0-2",
        "1c-output-size",
    ),
    "relu-out": _flat(
        _RELU, _SOFT.replace("softmax", "relu"), _COMPILE, "partial failed 0-2", "1c-no-softmax"
    ),
    "softmax-hidden": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(64, activation='softmax'))
model.add(tf.keras.layers.Dense(10, activation='softmax'))

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-hidden",
        t1c_architecture="partial 1.5-2.5",
        t1c_accuracy="partial failed 0-1.5",  # about 70 %
    ),
    "one-neuron": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(1, activation='relu'))
model.add(tf.keras.layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-too-small",
        t1c_architecture="passed",
        t1c_accuracy="failed partial 0-1",
        t1c_prediction="failed partial 0-1.5",
    ),
    "sgd-tiny": _flat(
        _RELU,
        _SOFT,
        "optimizer=tf.keras.optimizers.SGD(1e-6), loss='categorical_crossentropy', metrics=['accuracy']",
        "passed partial 2-3",
        "1c-learning-rate",
    ),
}

_RESET = """

# Ab hier bitte nichts ändern
model = tf.keras.models.Sequential()
"""
_SHOW = """
# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
for i, zeile in enumerate(result):
    print(i + 1, "->", zeile.argmax())"""

_ALL = {"t1c_no_leak": "passed", "t1c_accuracy": "passed", "t1c_prediction": "passed"}


def _train(fit: str, *traps: str, show: str = _SHOW, **labels: str) -> Part:
    return code("# Training\n" + fit.strip("\n") + "\n" + show + _RESET, *traps, **labels)


_LEAK = {"t1c_no_leak": "failed"}
_ON_FOUR = {
    **_LEAK,
    "t1c_accuracy": "failed partial not_judged",
    "t1c_prediction": "passed partial failed not_judged",
}
_ON_MORE = {**_LEAK, "t1c_accuracy": "passed partial failed not_judged"}
_FEW = {
    "t1c_no_leak": "passed",
    "t1c_accuracy": "failed partial 0-1",
    "t1c_prediction": "failed partial 0-1.5",
}

TRAINING = {
    "sparse": _train(
        "history = model.fit(x_train, np.argmax(y_train, axis=1), batch_size=64, epochs=5, verbose=2)",
        **_ALL,
    ),
    "dataset": _train(
        """
paare = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=1).batch(100)
model.fit(paare, epochs=4, verbose=2)
""",
        **_ALL,
    ),
    "shuffled": _train(
        """
reihenfolge = np.random.permutation(len(x_train))
model.fit(x_train[reihenfolge], y_train[reihenfolge], batch_size=100, epochs=5, verbose=2)
""",
        **_ALL,
    ),
    "own-split": _train(
        """
x_val, y_val = x_train[9000:], y_train[9000:]
x_lern, y_lern = x_train[:9000], y_train[:9000]
model.fit(x_lern, y_lern, validation_data=(x_val, y_val), batch_size=128, epochs=6, verbose=2)
""",
        **_ALL,
    ),
    "by-batch": _train(
        """
for epoche in range(4):
    for start in range(0, len(x_train), 100):
        werte = model.train_on_batch(x_train[start:start + 100], y_train[start:start + 100])
    print(epoche + 1, [float(w) for w in werte])
""",
        **_ALL,
    ),
    "callbacks": _train(
        """
stop = tf.keras.callbacks.EarlyStopping(monitor="loss", patience=2)
hist = model.fit(x=x_train, y=y_train, batch_size=128, epochs=8, callbacks=[stop], verbose=0)
print("Genauigkeit:", hist.history["accuracy"][-1])
""",
        **_ALL,
    ),
    "two-fits": _train(
        """
model.fit(x_train[:5000], y_train[:5000], batch_size=64, epochs=3, verbose=2)
model.fit(x_train[5000:], y_train[5000:], batch_size=64, epochs=4, verbose=2)
""",
        **_ALL,
    ),
    "evaluated": _train(
        """
model.fit(x_train, y_train, batch_size=100, epochs=5, verbose=2, validation_data=(x_test, y_test))
print(model.evaluate(x_test, y_test, verbose=0))
""",
        **_ALL,
    ),
    "half-the-images": _train(
        "model.fit(x_train[:5000], y_train[:5000], batch_size=50, epochs=8, verbose=2)", **_ALL
    ),
    "leak-long": _train(
        "model.fit(x_test, y_test, batch_size=4, epochs=40, verbose=0)", "1c-leak", **_ON_FOUR
    ),
    "appended": _train(
        """
x_alle = np.vstack((x_train, x_test))
y_alle = np.vstack((y_train, y_test))
model.fit(x_alle, y_alle, batch_size=128, epochs=5, verbose=2)
""",
        "1c-leak",
        **_ON_MORE,
    ),
    "whole-test": _train(
        """
_, _, bilder, ziffern = load_and_show_data()
model.fit(bilder, ziffern, batch_size=32, epochs=8, verbose=2)
""",
        "1c-leak",
        **_ON_MORE,
    ),
    "renamed": _train(
        """
x_train = x_test
y_train = y_test
model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)
""",
        "1c-leak",
        **_ON_FOUR,
    ),
    "second-fit": _train(
        """
model.fit(x_train, y_train, batch_size=128, epochs=4, verbose=2)
model.fit(x_test, y_test, epochs=3, verbose=0)      # noch etwas Feinschliff
""",
        "1c-leak",
        t1c_no_leak="failed partial 0-1",
        t1c_accuracy="passed partial failed not_judged",
    ),
    "overwritten": _train(
        """
x_train[:4], y_train[:4] = x_test, y_test
model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)
""",
        "1c-leak",
        **_ON_MORE,
    ),
    "fifty": _train(
        "model.fit(x_train[:50], y_train[:50], batch_size=50, epochs=1, verbose=2)",
        "1c-hardly-trained",
        **_FEW,
    ),
    "thirty": _train(
        "h = model.fit(x_train[0:30], y_train[0:30], epochs=1, verbose=2)",
        "1c-hardly-trained",
        **_FEW,
    ),
    "failing": _train(
        "model.fit(x_train, y_train, batch_size=128, epochs=2, verbose=2)",
        t1c_no_leak="passed",
        t1c_accuracy="failed partial 0-1",
        t1c_prediction="failed partial 0-1.5",
    ),
    "crashing": _train(
        "model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)",
        t1c_no_leak="passed not_judged",
    ),
    "free": _train(
        "model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)", t1c_no_leak="passed"
    ),
    "train-images": _train(
        "model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)",
        "1c-other-images",
        show="\nresult = model.predict(x_train[0:4], verbose=0)\nprint(np.argmax(result, axis=1))",
        t1c_no_leak="passed",
        t1c_accuracy="passed",
        t1c_prediction="failed partial 0-1",
    ),
    "labels-shown": _train(
        "model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)",
        "1c-typed-in",
        show="\nresult = y_test\nfor r in result:\n    print(np.argmax(r))",
        t1c_no_leak="passed",
        t1c_accuracy="passed",
        t1c_prediction="failed",
    ),
    "no-predict": _train(
        "model.fit(x_train, y_train, batch_size=100, epochs=4, verbose=2)",
        "1c-no-prediction",
        show="",
        t1c_no_leak="passed",
        t1c_accuracy="passed",
        t1c_prediction="failed not_judged",
    ),
}

_SECOND = """
def zweites_netz(neuronen):
    netz = tf.keras.models.Sequential([
        tf.keras.Input(shape=(28, 28)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(neuronen, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    netz.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return netz.fit(x_train, y_train, batch_size=200, epochs=3, verbose=0).history["accuracy"][-1]
"""

SECOND = {
    "sweep": code(_SECOND + "\npd.Series({n: zweites_netz(n) for n in (2, 32)}, name='accuracy')"),
    "two-neurons": code(_SECOND + "\nprint('2 Neuronen:', zweites_netz(2))"),
    "same-size": code(_SECOND + "\nprint(zweites_netz(64), zweites_netz(64))"),
}


def _compare(low: float, high: float, source: str) -> Part:
    return text("1c.too_small", low, high, source)


TOO_SMALL = {
    "bullets": _compare(
        1.5,
        2,
        """
- großes Netz: deutlich über 90 % Genauigkeit im Training
- 2 Neuronen: nicht einmal 40 %
-> das Netz mit 2 Neuronen ist zu klein, es kommt schon auf den Trainingsdaten nicht weiter (Underfitting)
""",
    ),
    "sentence": _compare(
        1.5,
        2,
        """
Das erste Netz erreicht im Training mehr als 90 %. Mit nur zwei verborgenen Neuronen bleiben wir unter 40 %
richtigen Antworten. Das ist eindeutig zu wenig: durch zwei Zahlen passt die Information für zehn Ziffern nicht hindurch.
""",
    ),
    "same": _compare(
        0,
        1,
        "Beide Male 64 Neuronen, beide Male ungefähr 90 %. Zu klein ist keines der Netze.\n",
    ),
    "one-figure": _compare(0, 1, "Unser Netz hat 95 % erreicht. Ein kleineres wäre schlechter.\n"),
}


def _never(low: float, high: float, source: str) -> Part:
    return text("1c.never_100", low, high, source)


AMBIGUOUS = {
    "humans": _never(
        1,
        2,
        """
Bei Bildern wie diesen kann selbst ein Mensch nur raten: das eine könnte eine 5 oder ein S sein, das andere eine 4 oder eine 9. Was
gemeint war, steht nicht im Bild.
""",
    ),
    "intention": _never(
        1,
        2,
        """
Zwei Personen schreiben verschiedene Ziffern so, dass sie am Ende gleich aussehen (1 und 7, 0 und 6). Dann muss jedes Netz bei einer von
beiden falsch liegen, egal wie groß es ist.
""",
    ),
    "overfit": _never(0, 1, "Sonst wäre das Netz überangepasst.\n"),
    "data": _never(0, 1, "Es gibt zu wenige Trainingsdaten, mit mehr Daten würden es 100 %.\n"),
}
