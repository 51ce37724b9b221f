"""Hilfsfunktionen für Notebook 1 (Grundlagen).

Wird in der ersten Zelle ausgeführt: exec(open(r"../data/notebook1_code.py").read())
Danach gibt es die Bibliotheken tf, np, pd, plt und die Funktionen dieser Datei.
"""

import io as _io
import os as _os

# Vor dem Import: TensorFlow meldet sonst in der ersten Zelle, welche Grafikkarte es nicht findet.
_os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _import_quietly(name):
    """Importiert ein Modul, ohne dass dessen C-Bibliotheken auf die Fehlerausgabe schreiben."""
    import importlib

    try:
        kept = _os.dup(2)
    except OSError:  # keine Fehlerausgabe vorhanden
        return importlib.import_module(name)
    null = _os.open(_os.devnull, _os.O_WRONLY)
    try:
        _os.dup2(null, 2)
        return importlib.import_module(name)
    finally:
        _os.dup2(kept, 2)
        _os.close(kept)
        _os.close(null)


tf = _import_quietly("tensorflow")

import ipywidgets as _widgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Image as _Image
from IPython.display import display as _display

_DATA = r"../data/"


def plot_EKG_data(dataset):
    """Zeichnet alle QRS-Komplexe des Datensatzes.

    dataset: Tabelle aus data_ekg.csv. Spalte x: Zeit in Einheiten von 25 ms;
    Spalten qrs1 bis qrs10: Spannung in 0,1 mV.
    """
    figure, axes = plt.subplots(figsize=(8, 4.5))
    for name in dataset.columns[1:]:
        axes.plot(dataset["x"], dataset[name], linewidth=1, label=name)
    axes.set(title="Zehn QRS-Komplexe", xlabel="x (25 ms)", ylabel="Spannung (0,1 mV)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", ncols=2)
    plt.show()


def prepare_EKG_data(dataset):
    """Macht aus der Tabelle Trainingsdaten.

    Die zehn Komplexe werden untereinandergesetzt. Rückgabe: x und y, je ein float32-Feld der
    Form (Zahl der Messwerte, 1).
    """
    waves = dataset.drop(columns="x").to_numpy(dtype=np.float32)
    x = np.repeat(dataset["x"].to_numpy(dtype=np.float32), waves.shape[1])
    return x.reshape(-1, 1), waves.reshape(-1, 1)


def _qrs_example():
    """Ein QRS-Komplex als Vorlage: x und y."""
    dataset = pd.read_csv(_DATA + "data_ekg.csv")
    return dataset["x"].to_numpy(), dataset["qrs1"].to_numpy()


def _fit_picture(x, y, x_net, y_net, title):
    """QRS-Komplex in Rot, Kurve des Netzes in Blau, als PNG."""
    figure, axes = plt.subplots(figsize=(8, 4.5))
    axes.plot(x, y, color="red", linewidth=1.2, label="QRS-Komplex")
    axes.plot(x_net, y_net, color="blue", linewidth=2, label="Netz")
    axes.set(title=title, xlabel="x", ylabel="y", xlim=(-5, 5), ylim=(-5, 13))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    buffer = _io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, bbox_inches="tight")
    plt.close(figure)
    return _Image(data=buffer.getvalue(), format="png")


def weight_widget_relu():
    """Regler für Gewichte und Bias-Werte des kleinen Netzes aus Aufgabe 1a.

    Die Kurve des Netzes (blau) liegt über einem QRS-Komplex (rot) und folgt den Reglern.
    """
    x, y = _qrs_example()
    start = {"w01": 3.0, "w11": 2.0, "w21": 1.0, "w12": 1.0, "w22": -5.0}
    start.update({"b1": 0.0, "b2": 0.0, "b3": -5.0, "b4": 0.0})
    sliders = {
        name: _widgets.FloatSlider(
            value=value,
            min=-10,
            max=10,
            step=0.1,
            description=name,
            continuous_update=False,
            readout_format=".1f",
        )
        for name, value in start.items()
    }

    def picture():
        w = {name: slider.value for name, slider in sliders.items()}
        first = np.maximum(0, w["w01"] * x + w["b1"])
        upper = np.maximum(0, w["w11"] * first + w["b2"])
        lower = np.maximum(0, w["w21"] * first + w["b3"])
        net = np.maximum(0, w["w12"] * upper + w["w22"] * lower + w["b4"])
        error = f"{np.mean((net - y) ** 2):.2f}".replace(".", ",")
        return _fit_picture(x, y, x, net, f"Mittlerer quadratischer Fehler: {error}")

    def reset(_button):
        for name, slider in sliders.items():
            slider.value = start[name]

    button = _widgets.Button(description="Zurücksetzen")
    button.on_click(reset)
    names = list(sliders)
    columns = [
        _widgets.VBox([sliders[name] for name in names[:5]]),
        _widgets.VBox([*(sliders[name] for name in names[5:]), button]),
    ]
    _display(_widgets.HBox(columns))
    # Ein Bild, das ersetzt wird: Es bleibt auch im gespeicherten Notebook sichtbar.
    shown = _display(picture(), display_id=True)
    for slider in sliders.values():
        slider.observe(lambda _change: shown.update(picture()), names="value")


class QRS(tf.keras.callbacks.Callback):
    """Zeichnet beim Training, wie gut das Netz den QRS-Komplex schon trifft.

    every: nach wie vielen Epochen neu gezeichnet wird. Das Bild wird ersetzt, nicht angehängt.
    """

    def __init__(self, every=20):
        super().__init__()
        self.every = every
        self._shown = None

    def _draw(self, epoch, logs=None):
        x, y = _qrs_example()
        grid = np.linspace(-5, 5, 201, dtype=np.float32).reshape(-1, 1)
        # Direkter Aufruf statt predict: schneller und ohne Fortschrittsbalken.
        net = np.asarray(self.model(grid, training=False)).reshape(len(grid), -1)[:, 0]
        title = f"Epoche {epoch}"
        if logs and "loss" in logs:
            title += f", Fehler {logs['loss']:.2f}".replace(".", ",")
        picture = _fit_picture(x, y, grid[:, 0], net, title)
        if self._shown is None:
            self._shown = _display(picture, display_id=True)
        else:
            self._shown.update(picture)

    def on_train_begin(self, logs=None):
        self._shown = None

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params.get("epochs")
        if epoch == 0 or last or (epoch + 1) % self.every == 0:
            self._draw(epoch + 1, logs)


def _show_images(images, titles, columns, heading):
    """Zeigt Bilder nebeneinander, je mit einem Titel."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.35 * columns, 1.6 * rows + 0.4))
    for axis, image, title in zip(np.ravel(axes), images, titles):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=10)
    for axis in np.ravel(axes):
        axis.axis("off")
    figure.suptitle(heading, fontsize=12)
    figure.tight_layout()
    plt.show()


def load_and_show_data():
    """Lädt die handgeschriebenen Ziffern und zeigt Beispiele.

    Rückgabe: x_train, y_train, x_test, y_test. Bilder: float32 von 0 bis 1, Form (n, 28, 28);
    Ziffern: one-hot, float32, Form (n, 10).
    """
    with np.load(_DATA + "mnist.npz", allow_pickle=False) as file:
        digits = {name: file[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    one_hot = np.eye(10, dtype=np.float32)
    x_train = digits["x_train"].astype(np.float32) / 255
    x_test = digits["x_test"].astype(np.float32) / 255
    y_train, y_test = one_hot[digits["y_train"]], one_hot[digits["y_test"]]
    _show_images(x_train[:16], digits["y_train"][:16], 8, "Trainingsbilder mit ihrer Ziffer")
    _show_images(x_test[:4], [f"x_test[{i}]" for i in range(4)], 4, "Die ersten vier Testbilder")
    return x_train, y_train, x_test, y_test


def show_ambiguous():
    """Zeigt Bilder, bei denen sich auch Menschen nicht einig sind."""
    with np.load(_DATA + "mehrdeutig.npz", allow_pickle=False) as file:
        images, readings = file["x"] / np.float32(255), file["lesarten"]
    _show_images(images, readings, 5, "Welche Ziffer ist das?")
