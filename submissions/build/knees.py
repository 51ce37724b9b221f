"""Parts of notebook 3: knee MRI, class activation maps, colormaps."""

from __future__ import annotations

from submissions.build.model import Part, code, text

__all__ = ["COLORMAPS", "DOUBT", "HEATMAPS", "LOAD", "PREDICT", "READING", "WATERMARK"]

LOAD = {
    "newaxis": code(
        """
vol1 = np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")
vol2 = np.load(r"../data/mrt_blank/0008.npy")
print(vol1.shape, vol2.shape)

bild1 = vol1[len(vol1) // 2][:, :, np.newaxis].astype(np.float32)
bild2 = vol2[len(vol2) // 2][:, :, np.newaxis].astype(np.float32)
im_array = np.array([bild1, bild2])

plt.subplot(1, 2, 1)
plt.imshow(bild1, cmap="gray")
plt.subplot(1, 2, 2)
plt.imshow(bild2, cmap="gray")
plt.show()
"""
    ),
    "function": code(
        """
def mittlere_schicht(datei):
    volumen = np.load(datei)
    mitte = volumen.shape[0] // 2
    return volumen[mitte].astype("float32").reshape(256, 256, 1)

bild1 = mittlere_schicht("../data/mrt_tuil/train/sagittal/0002.npy")
bild2 = mittlere_schicht("../data/mrt_blank/0008.npy")
im_array = np.stack([bild1, bild2], axis=0)
print(im_array.shape)

fig, (links, rechts) = plt.subplots(1, 2)
links.imshow(bild1[..., 0], cmap="gray")
links.set_title("Bild 1")
rechts.imshow(bild2[..., 0], cmap="gray")
rechts.set_title("Bild 2")
plt.show()
"""
    ),
    "expand": code(
        """
paths = ["../data/mrt_tuil/train/sagittal/0002.npy", "../data/mrt_blank/0008.npy"]
slices = []
for p in paths:
    volume = np.load(p)
    middle = volume[int(volume.shape[0] / 2), :, :]
    slices.append(np.expand_dims(middle, axis=-1).astype("float32"))
bild1, bild2 = slices
im_array = np.concatenate([bild1[None], bild2[None]])
assert im_array.shape == (2, 256, 256, 1)

for b in slices:
    plt.figure(figsize=(4, 4))
    plt.imshow(b.squeeze(), cmap="gray")
    plt.axis("off")
    plt.show()
"""
    ),
    "zeros": code(
        """
knie1 = np.load("../data/mrt_tuil/train/sagittal/0002.npy")
knie2 = np.load("../data/mrt_blank/0008.npy")
im_array = np.zeros((2, 256, 256, 1), dtype='float32')
im_array[0, :, :, 0] = knie1[knie1.shape[0] // 2]
im_array[1, :, :, 0] = knie2[knie2.shape[0] // 2]
bild1 = im_array[0]
bild2 = im_array[1]
plt.imshow(np.hstack([bild1[:, :, 0], bild2[:, :, 0]]), cmap='gray')
plt.show()
"""
    ),
}

_PREDICT = {"t3a_prediction": "passed"}

PREDICT = {
    "loop": code(
        """
model = tf.keras.models.load_model(r"../data/mrt.h5")
result = model.predict(im_array)
print(result)
for i in range(2):
    print(np.argmax(result[i]))
""",
        **_PREDICT,
    ),
    "names": code(
        """
model = tf.keras.models.load_model("../data/mrt.h5", compile=False)
result = model.predict(im_array, verbose=0)
bedeutung = {0: "gesund", 1: "krankhaft verändert"}
for nr, p in enumerate(result, 1):
    print(f"Bild {nr}: {bedeutung[int(np.argmax(p))]} ({100 * p.max():.1f} %)")
""",
        **_PREDICT,
    ),
    "axis": code(
        """
model = tf.keras.models.load_model("../data/mrt.h5")
result = model.predict(im_array, batch_size=2, verbose=0)
display(pd.DataFrame(result, columns=["healthy", "abnormal"]))
print(result.argmax(axis=1))
""",
        **_PREDICT,
    ),
}


def _doubt(low: float, high: float, source: str, *traps: str) -> Part:
    return text("3a.doubt", low, high, source, *traps)


DOUBT = {
    "missed": _doubt(
        1.5,
        2,
        """
Beide Knie sind krank, das Netz hält Bild 2 aber für gesund. Diese Vorhersage ist also falsch. Wir würden uns nicht auf
das Netz verlassen, weil eine übersehene Krankheit für den Patienten gefährlich ist.
""",
    ),
    "notes": _doubt(
        1.5,
        2,
        """
- Bild 1: krankhaft -> richtig
- Bild 2: gesund -> falsch, das Knie ist auch verändert (falsch negativ)
- Also kein Vertrauen, man muss prüfen, worauf das Netz achtet
""",
    ),
    "english": _doubt(
        1.5,
        2,
        """
Nein, dem Netz kann man nicht trauen: Image 2 wird als "healthy" klassifiziert, obwohl das Knie abnormal ist (False Negative). Und auch
bei Bild 1 wissen wir nicht, ob es aus dem richtigen Grund richtig ist.
""",
    ),
    "trust": _doubt(
        0,
        0.5,
        """
Ja, das Ergebnis ist glaubhaft, denn das Netz wurde mit vielen Bildern trainiert und ist sich sehr sicher. Bild 1 ist krankhaft und Bild 2
gesund.
""",
        "3-trust",
    ),
    "half": _doubt(0.5, 1.5, "Das Netz erkennt eines der beiden Knie falsch.\n"),
}

_HEATMAPS = {"t3b_heatmaps": "passed"}

HEATMAPS = {
    "single": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)

plt.imshow(bild1[:, :, 0], cmap="gray")
plt.imshow(Map1, cmap="jet", alpha=0.4)
plt.title("Bild 1")
plt.show()

plt.imshow(bild2[:, :, 0], cmap="gray")
plt.imshow(Map2, cmap="jet", alpha=0.4)
plt.title("Bild 2")
plt.show()
""",
        **_HEATMAPS,
    ),
    "argmax": code(
        """
klassen = np.argmax(result, axis=1)
Map1, Map2 = [
    visualize_class_activation_map(model, im_array, img_num=i, klasse=int(klassen[i])) for i in range(2)
]

fig, ax = plt.subplots(1, 2, figsize=(10, 5))
for i, karte in enumerate([Map1, Map2]):
    ax[i].imshow(im_array[i, :, :, 0], cmap="gray")
    ax[i].imshow(karte, cmap="jet", alpha=0.4)
    ax[i].set_title(f"Bild {i + 1}, Klasse {klassen[i] + 1}")
    ax[i].axis("off")
plt.show()
""",
        **_HEATMAPS,
    ),
    "overlay": code(
        """
def overlay(image, heatmap, title):
    plt.figure(figsize=(5, 5))
    plt.imshow(image.squeeze(), cmap=plt.cm.gray)
    plt.imshow(heatmap, cmap=plt.cm.jet, alpha=.4)
    plt.colorbar()
    plt.title(title)
    plt.show()

Map1 = visualize_class_activation_map(model, im_array, 0, 1)
Map2 = visualize_class_activation_map(model, im_array, 1, 0)
overlay(bild1, Map1, "image 1: abnormal")
overlay(bild2, Map2, "image 2: healthy")
""",
        **_HEATMAPS,
    ),
    "wrong-class": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=0)
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=1)

plt.figure(figsize=(9, 4))
plt.subplot(1, 2, 1)
plt.imshow(bild1[:, :, 0], cmap="gray")
plt.imshow(Map1, cmap="jet", alpha=0.4)
plt.subplot(1, 2, 2)
plt.imshow(bild2[:, :, 0], cmap="gray")
plt.imshow(Map2, cmap="jet", alpha=0.4)
plt.show()
""",
        "3b-class",
        t3b_heatmaps="partial failed 0-2",
    ),
    "swapped": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)
Map2 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)

fig, (a, b) = plt.subplots(1, 2, figsize=(9, 4))
a.imshow(bild1[:, :, 0], cmap="gray")
a.imshow(Map1, cmap="jet", alpha=0.4)
b.imshow(bild2[:, :, 0], cmap="gray")
b.imshow(Map2, cmap="jet", alpha=0.4)
plt.show()
""",
        "3b-swapped",
        t3b_heatmaps="partial failed 0.5-3",
    ),
    "one-based": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=1, klasse=2)
Map2 = visualize_class_activation_map(model, im_array, img_num=2, klasse=1)
plt.imshow(bild1[:, :, 0], cmap="gray")
plt.imshow(Map1, cmap="jet", alpha=0.4)
plt.show()
plt.imshow(bild2[:, :, 0], cmap="gray")
plt.imshow(Map2, cmap="jet", alpha=0.4)
plt.show()
""",
        "3b-class",
        t3b_heatmaps="failed not_judged",
    ),
    "crash": code(
        """
import os
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
os._exit(1)   # zum Neustarten des Kernels
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)
""",
        t3b_heatmaps="failed not_judged",
    ),
    "flood": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)
while True:
    print(Map1.tolist())
""",
        t3b_heatmaps="failed partial not_judged",
    ),
}


def _reading(low: float, high: float, source: str, *traps: str) -> Part:
    return text("3b.reading", low, high, source, *traps)


READING = {
    "corner": _reading(
        2,
        3,
        """
Bei Bild 1 ist nur die linke untere Ecke aktiv, dort ist gar kein Knie. Bei Bild 2 liegt die Aktivierung auf dem Gelenk. Eine Ärztin
würde auf Knorpel, Menisken und Bänder schauen und nicht in die Ecke. Das Netz entscheidet bei Bild 1 also anhand von etwas, das
mit der Krankheit nichts zu tun hat.
""",
    ),
    "notes": _reading(
        2,
        3,
        """
- Map1: leuchtet links unten am Bildrand, neben dem Knie -> falsche Stelle
- Map2: leuchtet am Kniegelenk -> richtige Stelle, trotzdem falsches Ergebnis
- Schluss: das Netz hat nicht gelernt, woran man ein krankes Knie erkennt, sondern etwas in der Ecke
""",
    ),
    "english": _reading(
        1.5,
        3,
        """
Heatmap 1 hat ihr Maximum unten links in der Ecke (background), also nicht am Knie. Heatmap 2 dagegen liegt auf dem Gelenk. Das ist
verdächtig: ein Radiologe würde sich das Gelenk ansehen. Offenbar benutzt das Netz für "abnormal" ein Feature, das gar nichts mit
Medizin zu tun hat.
""",
    ),
    "trust": _reading(
        0,
        1,
        """
Beide Heatmaps zeigen die Stellen, an denen das Knie verändert ist. Das Netz schaut an die richtige Stelle und man kann ihm
vertrauen.
""",
        "3-trust",
    ),
    "partial": _reading(0.5, 1.5, "Bei Bild 1 ist die Ecke unten links rot, bei Bild 2 die Mitte.\n"),
}

_COLORMAPS = {"t3c_colormaps": "passed"}

COLORMAPS = {
    "statements": code(
        """
plt.figure(figsize=(14, 9))
plt.subplot(2, 3, 1)
plt.imshow(bild1[:, :, 0], cmap="summer")
plt.title("Bild 1 summer")
plt.subplot(2, 3, 2)
plt.imshow(bild1[:, :, 0], cmap="flag")
plt.title("Bild 1 flag")
plt.subplot(2, 3, 3)
plt.imshow(bild1[:, :, 0], cmap="rainbow")
plt.title("Bild 1 rainbow")
plt.subplot(2, 3, 4)
plt.imshow(bild2[:, :, 0], cmap="summer")
plt.title("Bild 2 summer")
plt.subplot(2, 3, 5)
plt.imshow(bild2[:, :, 0], cmap="flag")
plt.title("Bild 2 flag")
plt.subplot(2, 3, 6)
plt.imshow(bild2[:, :, 0], cmap="rainbow")
plt.title("Bild 2 rainbow")
plt.show()
""",
        **_COLORMAPS,
    ),
    "nested": code(
        """
for name, bild in {"Bild 1": bild1, "Bild 2": bild2}.items():
    for karte in ["summer", "flag", "rainbow"]:
        plt.figure(figsize=(6, 6))
        plt.imshow(np.squeeze(bild), cmap=plt.get_cmap(karte))
        plt.title(f"{name} ({karte})")
        plt.axis("off")
        plt.show()
""",
        **_COLORMAPS,
    ),
    "product": code(
        """
from itertools import product

fig, axes = plt.subplots(3, 2, figsize=(10, 14))
for ax, (cmap, k) in zip(axes.ravel(), product(("summer", "flag", "rainbow"), (0, 1))):
    ax.imshow(im_array[k], cmap=cmap)
    ax.set_title(f"image {k + 1}: {cmap}")
plt.tight_layout()
plt.show()
""",
        **_COLORMAPS,
    ),
    "two-only": code(
        """
fig, ax = plt.subplots(2, 2, figsize=(8, 8))
ax[0, 0].imshow(bild1[:, :, 0], cmap="summer")
ax[0, 1].imshow(bild1[:, :, 0], cmap="rainbow")
ax[1, 0].imshow(bild2[:, :, 0], cmap="summer")
ax[1, 1].imshow(bild2[:, :, 0], cmap="rainbow")
plt.show()
""",
        "3c-colormaps-missing",
        t3c_colormaps="partial 1-2.5",
    ),
    "first-only": code(
        """
for c in ('summer', 'flag', 'rainbow'):
    plt.imshow(bild1[:, :, 0], cmap=c)
    plt.title(c)
    plt.show()
""",
        "3c-colormaps-missing",
        t3c_colormaps="partial 1-2.5",
    ),
}


def _watermark(low: float, high: float, source: str, *traps: str) -> Part:
    return text("3c.watermark", low, high, source, *traps)


WATERMARK = {
    "full": _watermark(
        3,
        4,
        """
Mit der Farbtabelle flag erkennt man in Bild 1 links unten das Wasserzeichen der TU Ilmenau (Schriftzug und Wappen). flag wechselt
sehr schnell zwischen den Farben, deshalb werden auch ganz kleine Helligkeitsunterschiede sichtbar. Die Heatmap aus 3b liegt genau
an dieser Stelle. Wahrscheinlich hatten fast alle kranken Bilder im Training dieses Wasserzeichen, und das Netz hat gelernt:
Wasserzeichen = krank. Bild 2 hat keins und wird deshalb für gesund gehalten. Man müsste das Wasserzeichen vor dem Training entfernen
oder Bilder aus mehreren Kliniken nehmen.
""",
    ),
    "notes": _watermark(
        3,
        4,
        """
- flag, Bild 1, unten links: Schrift "TECHNISCHE UNIVERSITÄT ILMENAU" mit Logo
- flag ist zyklisch, kleine Grauwertunterschiede -> ganz andere Farben; in summer und rainbow sieht man es kaum
- das Netz reagiert auf das Logo, nicht auf das Knie (passt zu Map1)
- Ursache: kranke Patienten kamen fast alle aus einer Quelle mit Logo, gesunde nicht
- Abhilfe: Logo wegschneiden, Daten mischen
""",
    ),
    "english": _watermark(
        2.5,
        4,
        """
In der Colormap "flag" wird unten links im ersten Bild ein Watermark der Uni sichtbar (Text + Wappen), im zweiten Bild nicht. Das Netz
hat einen Shortcut gelernt (Clever-Hans-Effekt): Die abnormal-Bilder im Trainingsset kamen aus einer Studie mit Watermark, also
entscheidet es nach dem Watermark und nicht nach dem Knie. Deshalb war die Heatmap 1 in der Ecke, und deshalb wird Bild 2 ohne
Watermark als gesund eingestuft. Lösung: Watermark vor dem Training entfernen und auf externen Daten testen.
""",
    ),
    "misses": _watermark(
        0,
        0.5,
        """
Mit rainbow sieht man die Knochen am besten, mit flag erkennt man gar nichts. In beiden Bildern ist nichts Auffälliges zu sehen. Das Netz hat
gelernt, kranke Knie zu erkennen.
""",
        "3c-missed",
    ),
    "seen-only": _watermark(
        0.5,
        2,
        "Mit flag sieht man unten links in Bild 1 einen Schriftzug der TU Ilmenau.\n",
        "3c-half",
    ),
    "brightness": _watermark(
        0,
        1,
        """
Das Netz hat vermutlich gelernt, dass hellere Bilder krank sind. Mit den Farbtabellen sieht man, dass Bild 1 heller ist als Bild 2.
""",
        "3c-missed",
    ),
}
