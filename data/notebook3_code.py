"""Hilfsfunktionen für Notebook 3: Grenzen tiefer neuronaler Netze am Beispiel der Knie-MRT.

Wird im Notebook mit exec(open(r"../data/notebook3_code.py").read()) ausgeführt.
"""

import logging
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

# Keras meldet beim Laden jedes älteren Netzes, dass es noch nicht weitertrainiert wurde.
logging.getLogger("absl").setLevel(logging.ERROR)


def show_mri_example(path=r"../data/mrt_blank/0008.npy"):
    """Zeigt alle Schichten eines sagittalen MRT-Volumens als Übersicht.

    Parameter
    ---------
    path : str
        Datei mit einem Volumen der Form (Schichten, 256, 256).
    """
    volume = np.load(path)
    columns = 5
    rows = -(-len(volume) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(15, 3 * rows))
    for number, axis in enumerate(axes.flat):
        axis.axis("off")
        if number < len(volume):
            axis.imshow(volume[number], cmap="gray")
            axis.set_title(f"Schicht {number + 1}", fontsize=9)
    figure.tight_layout()
    plt.show()


def visualize_class_activation_map(model, im_array, img_num, klasse):
    """Berechnet die Class Activation Map (CAM) eines Bildes für eine Klasse.

    Die Merkmalskarten der letzten Faltungsschicht werden mit den Gewichten gewichtet, die von
    ihnen (nach dem Global Average Pooling) zur Ausgabe der Klasse führen, und addiert. Der
    positive Teil zeigt, welche Bildbereiche für die Klasse sprechen.

    Parameter
    ---------
    model : Keras-Modell mit Faltungsschichten, Global Average Pooling und einer Dense-Schicht
    im_array : Array der Form (Bilder, 256, 256, 1)
    img_num : int
        Nummer des Bildes in im_array, ab 0 gezählt.
    klasse : int
        Nummer der Ausgabe, ab 0 gezählt (0: gesund, 1: auffällig).

    Rückgabe
    --------
    Array der Form (256, 256), Werte von 0 bis 1
    """
    image = np.asarray(im_array, dtype="float32")[img_num : img_num + 1]
    features, start, step = _last_convolution(model, image)
    class_weights = np.asarray(model.layers[-1].get_weights()[0])[:, klasse]
    evidence = np.maximum(features @ class_weights, 0)
    rows = _interpolation(image.shape[1], evidence.shape[0], start, step)
    columns = _interpolation(image.shape[2], evidence.shape[1], start, step)
    heatmap = rows @ evidence @ columns.T
    return heatmap / max(heatmap.max(), 1e-12)


def _last_convolution(model, image):
    """Merkmalskarten der letzten Faltung, Ort der ersten Zelle und Zellenabstand in Pixeln."""
    features, values, start, step = None, image, 0.0, 1
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "InputLayer":
            continue
        if kind == "GlobalAveragePooling2D":
            break
        values = layer(values)
        if kind == "Conv2D":
            size, stride = layer.kernel_size[0], layer.strides[0]
            padding = (size - stride) // 2 if layer.padding == "same" else 0
            start += step * ((size - 1) / 2 - padding)
            step *= stride
            features = values
    if features is None:
        raise ValueError("Das Modell hat keine Faltungsschicht (Conv2D).")
    return np.asarray(features)[0].astype("float64"), start, step


def _interpolation(pixels, cells, start, step):
    """Matrix (Pixel, Zellen), die Zellenwerte weich (kubischer B-Spline) auf Pixel verteilt."""
    position = np.clip((np.arange(pixels) - start) / step, 0, cells - 1)
    knots = np.arange(-2, cells + 2)
    distance = np.abs(position[:, None] - knots[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.maximum(2 - distance, 0) ** 3 / 6
    spread = np.where(distance < 1, near, far)
    matrix = np.zeros((pixels, cells))
    for number, knot in enumerate(np.clip(knots, 0, cells - 1)):
        matrix[:, knot] += spread[:, number]
    return matrix
