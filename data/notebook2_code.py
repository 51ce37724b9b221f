# Hilfsfunktionen für Notebook 2 (Anwendungen): Laborwerte bereinigen, OCT-Bilder klassifizieren.
# Die erste Zelle des Notebooks führt diese Datei aus; danach stehen alle Namen zur Verfügung.
# Texte, die am Bildschirm erscheinen, kommen ohne Umlaute aus: Windows liest diese Datei
# in einer anderen Zeichentabelle.

import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # weniger Meldungen von TensorFlow

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from absl import logging as absl_logging
from IPython.display import Image as IPythonImage
from IPython.display import display

tf.get_logger().setLevel("ERROR")
absl_logging.set_verbosity(absl_logging.ERROR)

# Bilder haben hier die Form (Zeilen, Spalten, Kanäle). Ohne Angabe nimmt apply_affine_transform an,
# dass die Kanäle vorn stehen, und würde das Bild zerreißen statt drehen.
tf.keras.preprocessing.image.apply_affine_transform = functools.partial(
    tf.keras.preprocessing.image.apply_affine_transform, row_axis=0, col_axis=1, channel_axis=2
)


def patientenblatt():
    """Zeigt das Datenblatt des Patienten als Bild (auch als PDF im Ordner data)."""
    display(IPythonImage(filename="../data/patientenblatt.png", width=720))


def test_training(werte):
    """Prüft mit einem Trainingsschritt, ob ein Netz mit den Laborwerten rechnen kann.

    werte: die 24 Laborwerte in der Reihenfolge des Datenblatts (Spalte einer Tabelle, Liste oder
           Array), alle als Zahlen.

    Löst einen ValueError aus, wenn es nicht 24 Werte sind, wenn Text darunter ist oder
    wenn ein Wert fehlt (NaN).
    """
    if isinstance(werte, pd.DataFrame) and werte.shape[1] == 1:
        werte = werte.iloc[:, 0]
    if np.ndim(werte) != 1 or len(werte) != 24:
        raise ValueError(
            f"Erwartet wird eine Spalte mit 24 Laborwerten, hier hat sie die Form {np.shape(werte)}. "
            "Wurde eine Zeile entfernt, oder ist die Zeile mit den Bezeichnungen noch dabei?"
        )
    spalte = pd.Series(werte).reset_index(drop=True)
    if not pd.api.types.is_numeric_dtype(spalte) or pd.api.types.is_bool_dtype(spalte):
        raise ValueError(
            f"Die Spalte hat den Typ {spalte.dtype}. Zum Trainieren braucht ein Netz Zahlen; "
            "eine Zeichenkette wie '1.5' sieht nur wie eine Zahl aus."
        )
    x = spalte.to_numpy(dtype="float32", na_value=np.nan)
    fehlend = [int(i) + 1 for i in np.flatnonzero(~np.isfinite(x))]
    if fehlend:
        raise ValueError(
            f"Ohne Wert (NaN) ist Zeile {', '.join(map(str, fehlend))}. "
            "Ein Netz, das mit NaN rechnet, liefert nur noch NaN."
        )
    x = (x / np.abs(x).max()).reshape(1, 24)
    netz = tf.keras.models.Sequential(
        [
            tf.keras.layers.Dense(8, activation="relu"),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    netz.compile(optimizer="adam", loss="binary_crossentropy")
    fehler = netz.fit(x, np.ones((1, 1), dtype="float32"), verbose=0).history["loss"][0]
    if not np.isfinite(fehler):
        raise ValueError("Der Trainingsschritt ergab keinen endlichen Fehler (loss).")
    print("Trainingsschritt erfolgreich: Das Netz kann mit allen 24 Laborwerten rechnen.")


def load_oct():
    """Lädt die vier OCT-Aufnahmen so, wie das Netz sie erwartet.

    Ergebnis: float32-Array der Form (4, 224, 224, 1), 0 ist schwarz, 1 ist weiß.
    """
    with np.load("../data/oct_bilder.npz") as datei:
        bilder = datei["bilder"]
    return (bilder[..., np.newaxis] / 255).astype("float32")


def show_oct():
    """Zeigt die vier OCT-Aufnahmen mit ihren Nummern."""
    fig, achsen = plt.subplots(2, 2, figsize=(9, 9))
    for nummer, (achse, bild) in enumerate(zip(achsen.flat, load_oct()), start=1):
        achse.imshow(bild[:, :, 0], cmap="gray", vmin=0, vmax=1)
        achse.set_title(f"Bild {nummer}")
        achse.axis("off")
    fig.tight_layout()
    plt.show()


def add_noise(noise_typ, image, staerke=None):
    """Gibt eine verrauschte Kopie eines Graubildes zurück; das Bild selbst bleibt, wie es ist.

    noise_typ: 'gauss'    image + Rauschen, staerke = Varianz (0.01)
               's&p'      weiße und schwarze Pixel ("Salz und Pfeffer"),
                          staerke = Anteil der betroffenen Pixel (0.02)
               'poisson'  Photonenrauschen, staerke = Faktor auf die Streuung (1)
               'speckle'  image + image * Rauschen, staerke = Standardabweichung (0.2)
    image:     Array der Form (224, 224), Grauwerte von 0 bis 1 oder von 0 bis 255
    staerke:   Stärke des Rauschens; ohne Angabe gilt der Wert in Klammern

    Gerechnet wird in der Einheit des Bildes. Eine Varianz von 0.01 (Streuung 0.1) ist auf einer Skala
    von 0 bis 1 deutlich zu sehen; auf einer Skala von 0 bis 255 ist sie ein Zehntel einer Graustufe.
    """
    bild = np.asarray(image, dtype="float64")
    if noise_typ == "gauss":
        varianz = 0.01 if staerke is None else staerke
        return bild + np.random.normal(0, varianz**0.5, bild.shape)
    if noise_typ == "s&p":
        anteil = 0.02 if staerke is None else staerke
        zufall = np.random.random(bild.shape)
        weiss = 255 if bild.max() > 1 else 1
        return np.where(zufall < anteil / 2, 0, np.where(zufall > 1 - anteil / 2, weiss, bild))
    if noise_typ == "poisson":
        faktor = 1 if staerke is None else staerke
        photonen = 2 ** np.ceil(np.log2(len(np.unique(bild)))) / faktor**2
        return np.random.poisson(np.maximum(bild, 0) * photonen) / photonen
    if noise_typ == "speckle":
        streuung = 0.2 if staerke is None else staerke
        return bild + bild * np.random.normal(0, streuung, bild.shape)
    raise ValueError(
        f"Die Art des Rauschens '{noise_typ}' gibt es nicht. "
        "Bekannt sind 's&p', 'gauss', 'poisson' und 'speckle'."
    )
