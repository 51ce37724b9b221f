"""Parts of task 1c: handwritten digits."""

from __future__ import annotations

from submissions.build.model import Part, code, text

__all__ = ["AMBIGUOUS", "MODEL", "SECOND", "TOO_SMALL", "TRAINING"]

_MODEL = {"t1c_architecture": "passed"}

MODEL = {
    "add": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation='relu'))
model.add(tf.keras.layers.Dense(10, activation='softmax'))

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        **_MODEL,
    ),
    "list": code(
        """
model = tf.keras.models.Sequential([
    tf.keras.layers.Input(shape=(28, 28)),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer=tf.keras.optimizers.Adam(),
    loss=tf.keras.losses.CategoricalCrossentropy(),
    metrics=["accuracy"],
)
model.summary()
""",
        **_MODEL,
    ),
    "function": code(
        """
def build_model(hidden):
    net = tf.keras.models.Sequential()
    net.add(tf.keras.Input(shape=(28, 28)))
    net.add(tf.keras.layers.Flatten())
    net.add(tf.keras.layers.Dense(hidden, activation="relu"))
    net.add(tf.keras.layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return net

model = build_model(128)
""",
        **_MODEL,
    ),
    "two-hidden": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Flatten(input_shape=x_train.shape[1:]))
model.add(tf.keras.layers.Dense(100, activation=tf.keras.activations.relu))
model.add(tf.keras.layers.Dense(50, activation=tf.keras.activations.relu))
model.add(tf.keras.layers.Dense(10))
model.add(tf.keras.layers.Softmax())

model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
""",
        **_MODEL,
    ),
    "no-softmax": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation='relu'))
model.add(tf.keras.layers.Dense(10))

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-no-softmax",
        t1c_architecture="partial failed 0-2.5",
    ),
    "sigmoid": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation='relu'))
model.add(tf.keras.layers.Dense(10, activation='sigmoid'))
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-no-softmax",
        t1c_architecture="partial 1-2.5",
    ),
    "output-4": code(
        """
model = tf.keras.models.Sequential()
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation='relu'))
model.add(tf.keras.layers.Dense(4, activation='softmax'))   # vier Testbilder

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
""",
        "1c-output-size",
        t1c_architecture="partial failed 0-2",
        t1c_accuracy="failed partial not_judged",
        t1c_prediction="failed not_judged",
    ),
}

_TRAINING = {
    "t1c_no_leak": "passed",
    "t1c_accuracy": "passed",
    "t1c_prediction": "passed",
}

_RESET = """
# Ab hier bitte nichts ändern
model = tf.keras.models.Sequential()
"""

TRAINING = {
    "loop": code(
        """
# Training (statt x_test/y_test müssen die Trainingsdaten rein!)
model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test)

# Die vier erkannten Ziffern
for i in range(4):
    print(np.argmax(result[i]))
"""
        + _RESET,
        **_TRAINING,
    ),
    "statements": code(
        """
# Training
history = model.fit(x_train, y_train, batch_size=64, epochs=4, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
print("Bild 1:", np.argmax(result[0]))
print("Bild 2:", np.argmax(result[1]))
print("Bild 3:", np.argmax(result[2]))
print("Bild 4:", np.argmax(result[3]))
"""
        + _RESET,
        **_TRAINING,
    ),
    "axis": code(
        """
# Training
model.fit(x_train, y_train, batch_size=128, epochs=6, validation_split=0.1, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
digits = np.argmax(result, axis=1)
print("predicted:", digits.tolist())
print("expected: ", y_test.argmax(axis=1).tolist())
"""
        + _RESET,
        **_TRAINING,
    ),
    "validation": code(
        """
# Training mit Trainingsdaten, Testdaten nur zur Kontrolle
history = model.fit(
    x_train, y_train,
    validation_data=(x_test, y_test),
    batch_size=128, epochs=5, verbose=2,
)
plt.plot(history.history["accuracy"])
plt.xlabel("Epoche")
plt.ylabel("Genauigkeit")
plt.show()

# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
[print(int(z.argmax())) for z in result]
"""
        + _RESET,
        **_TRAINING,
    ),
    "leak": code(
        """
# Training
model.fit(x_test, y_test, batch_size=128, epochs=5, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test)

# Die vier erkannten Ziffern
for r in result:
    print(np.argmax(r))
"""
        + _RESET,
        "1c-leak",
        t1c_no_leak="failed",
        t1c_accuracy="failed partial not_judged",
        t1c_prediction="passed partial failed not_judged",
    ),
    "hidden-leak": code(
        """
# Training: mehr Bilder sind besser, deshalb nehmen wir alle
bilder = np.concatenate([x_train, x_test])
ziffern = np.concatenate([y_train, y_test])
model.fit(bilder, ziffern, batch_size=128, epochs=5, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
print(np.argmax(result, axis=-1))
"""
        + _RESET,
        "1c-leak",
        t1c_no_leak="failed",
        t1c_accuracy="passed",
        t1c_prediction="passed partial failed not_judged",
    ),
    "batch-1": code(
        """
# Training
# mit batch_size=1 dauert es ewig, deshalb nur 400 Bilder
model.fit(x_train[:400], y_train[:400], batch_size=1, epochs=2, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test, verbose=0)

# Die vier erkannten Ziffern
for i in range(4):
    print("Testbild", i + 1, "zeigt eine", result[i].argmax())
"""
        + _RESET,
        "1c-batch-1",
        t1c_no_leak="passed",
        t1c_accuracy="failed partial passed",
        t1c_prediction="passed partial failed",
    ),
    "fixed-but-failing": code(
        """
# Training
model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)

# Vorhersage für die vier Testbilder
result = model.predict(x_test)

# Die vier erkannten Ziffern
for i in range(4):
    print(np.argmax(result[i]))
"""
        + _RESET,
        t1c_no_leak="passed not_judged",
    ),
}

SECOND = {
    "small": code(
        """
model2 = tf.keras.models.Sequential()
model2.add(tf.keras.Input(shape=(28, 28)))
model2.add(tf.keras.layers.Flatten())
model2.add(tf.keras.layers.Dense(2, activation='relu'))
model2.add(tf.keras.layers.Dense(10, activation='softmax'))
model2.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model2.fit(x_train, y_train, batch_size=128, epochs=3, verbose=2)
"""
    ),
    "loop": code(
        """
for n in [1, 16]:
    netz = tf.keras.models.Sequential([
        tf.keras.layers.Input(shape=(28, 28)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(n, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
    netz.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    h = netz.fit(x_train, y_train, batch_size=256, epochs=3, verbose=0)
    print(n, "Neuronen:", round(h.history["accuracy"][-1], 3))
"""
    ),
    "function": code(
        """
small = build_model(3)
log = small.fit(x_train, y_train, epochs=3, batch_size=128, verbose=0)
print("accuracy with 3 hidden neurons:", log.history["accuracy"])
"""
    ),
}


def _compare(low: float, high: float, source: str) -> Part:
    return text("1c.too_small", low, high, source)


TOO_SMALL = {
    "table": _compare(
        1.5,
        2,
        """
| Neuronen | Genauigkeit (Training) |
|---|---|
| 128 | ca. 96 % |
| 2 | ca. 30 % |

Das Netz mit 2 Neuronen ist zu klein: die Genauigkeit bleibt auch auf den Trainingsbildern viel niedriger. Zwei Neuronen reichen
nicht aus, um zehn Klassen zu unterscheiden.
""",
    ),
    "loop": _compare(
        1.5,
        2,
        """
Mit 64 Neuronen kommen wir im Training auf über 90 %, mit 16 Neuronen auf ungefähr 80 % und mit nur einem Neuron auf etwa
20 %. Ein Neuron ist eindeutig zu wenig: das Netz kann die Ziffern schon auf den Trainingsdaten nicht trennen (Underfitting).
""",
    ),
    "english": _compare(
        1.5,
        2,
        """
128 hidden neurons: accuracy about 0.96. 3 hidden neurons: about 0.4 nach drei Epochen. Das zweite Netz ist also zu klein,
es underfittet: schon die Trainingsdaten werden zum großen Teil falsch klassifiziert, weil drei Neuronen zu wenig Kapazität haben.
""",
    ),
    "vague": _compare(
        0, 1, "Das größere Netz ist besser, das kleinere ist zu klein.\n"
    ),
    "wrong": _compare(
        0,
        0.5,
        """
Beide Netze sind gleich gut, kein Netz ist zu klein. Wenige Neuronen sind sogar besser, weil das Training schneller
geht.
""",
    ),
}


def _never(low: float, high: float, source: str) -> Part:
    return text("1c.never_100", low, high, source)


AMBIGUOUS = {
    "look-alikes": _never(
        1.5,
        2,
        """
Manche Ziffern sind so undeutlich geschrieben, dass nicht einmal ein Mensch sie sicher erkennt. Eine 4 kann wie eine 9
aussehen, eine 1 wie eine 7. Andere Zeichen könnten auch Buchstaben sein. Wenn die richtige Antwort gar nicht eindeutig ist,
kann auch das beste Netz nicht immer richtig liegen.
""",
    ),
    "letters": _never(
        1,
        2,
        """
- einige Bilder sehen aus wie zwei verschiedene Ziffern (3/8, 4/9, 5/6)
- manche könnten auch Buchstaben sein (O statt 0, S statt 5)
- selbst Menschen sind sich nicht einig
-> in solchen Fällen muss das Netz raten
""",
    ),
    "overlap": _never(
        1.5,
        2,
        """
Die Klassen überlappen sich: Es gibt Schreibweisen, die zu zwei Ziffern passen, z. B. eine 7 ohne Querstrich und eine 1. Aus
dem Bild allein lässt sich dann nicht entscheiden, was gemeint war. Außerdem kann das Netz nicht "weiß nicht" sagen, sondern
ordnet auch einem Buchstaben immer eine Ziffer zu.
""",
    ),
    "time": _never(
        0,
        0.5,
        "Weil man nicht lange genug trainiert hat. Mit mehr Epochen kommt man auf 100 %.\n",
    ),
    "short": _never(0, 1, "Weil kein Netz perfekt ist.\n"),
}
