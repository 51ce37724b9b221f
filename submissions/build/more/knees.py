"""Further parts of notebook 3."""

from __future__ import annotations

from submissions.build.model import Part, code, text

__all__ = ["COLORMAPS", "DOUBT", "HEATMAPS", "LOAD", "PREDICT", "READING", "WATERMARK"]

_TUIL, _BLANK = "../data/mrt_tuil/train/sagittal/0002.npy", "../data/mrt_blank/0008.npy"
_SHOW = """
plt.figure(figsize=(8, 4))
for i in (0, 1):
    plt.subplot(1, 2, i + 1)
    plt.imshow(im_array[i, :, :, 0], cmap="gray")
plt.show()
"""
_DOWNSTREAM = {
    # What follows from other images can be right in itself.
    "t3b_heatmaps": "passed partial failed not_judged",
    "t3c_colormaps": "passed partial failed not_judged",
}


def _load(one: str, two: str, *traps: str, **labels: str) -> Part:
    source = (
        f'v1 = np.load("{_TUIL}")\nv2 = np.load("{_BLANK}")\n'
        f"bild1 = {one}\nbild2 = {two}\nim_array = np.stack([bild1, bild2])\n{_SHOW}"
    )
    return code(source, *traps, **labels)


_OTHER = {"t3a_prediction": "partial failed 0-1.5", **_DOWNSTREAM}
_MIDDLE = "[len({v}) // 2][..., None].astype(np.float32)"
_M1, _M2 = "v1" + _MIDDLE.format(v="v1"), "v2" + _MIDDLE.format(v="v2")

LOAD = {
    "paths": code(
        """
from pathlib import Path

ordner = Path("../data")
dateien = [ordner / "mrt_tuil" / "train" / "sagittal" / "0002.npy", ordner / "mrt_blank" / "0008.npy"]
im_array = np.empty((2, 256, 256, 1), np.float32)
for k, datei in enumerate(dateien):
    schichten = np.load(datei, mmap_mode="r")
    im_array[k, ..., 0] = schichten[len(schichten) // 2]
bild1, bild2 = im_array
fig, ax = plt.subplots(ncols=2)
ax[0].imshow(bild1, cmap="gray"); ax[1].imshow(bild2, cmap="gray")
plt.show()
"""
    ),
    "number": code(
        """
print(np.load(r"../data/mrt_tuil/train/sagittal/0002.npy").shape)     # 24 Schichten, also ist 12 die Mitte
bild1 = np.float32(np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")[12]).reshape(256, 256, 1)
bild2 = np.float32(np.load(r"../data/mrt_blank/0008.npy")[12]).reshape(256, 256, 1)
im_array = np.r_[[bild1], [bild2]]
plt.imshow(np.concatenate((bild1, bild2), axis=1), cmap="gray")
plt.show()
"""
    ),
    "tensor": code(
        """
def lade(pfad):
    v = tf.constant(np.load(pfad), dtype=tf.float32)
    return v[v.shape[0] // 2, :, :, tf.newaxis].numpy()

bild1, bild2 = map(lade, ("../data/mrt_tuil/train/sagittal/0002.npy", "../data/mrt_blank/0008.npy"))
im_array = tf.stack([bild1, bild2]).numpy()
for titel, b in (("Bild 1", bild1), ("Bild 2", bild2)):
    plt.matshow(b[:, :, 0], cmap="gray")
    plt.title(titel)
    plt.show()
"""
    ),
    "own-names": code(
        """
k1 = np.load("../data/mrt_tuil/train/sagittal/0002.npy")
k2 = np.load("../data/mrt_blank/0008.npy")
knie = np.array([k1[k1.shape[0] // 2], k2[k2.shape[0] // 2]], dtype="float32")[:, :, :, np.newaxis]
im_array = knie
bild1 = knie[0]
bild2 = knie[1]
f, a = plt.subplots(1, 2)
[achse.imshow(b[:, :, 0], cmap="gray") for achse, b in zip(a, knie)]
plt.show()
"""
    ),
    "same-file": code(
        """
vol1 = np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")
vol2 = np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")
bild1 = vol1[len(vol1) // 2][:, :, np.newaxis].astype(np.float32)
bild2 = vol2[len(vol2) // 2][:, :, np.newaxis].astype(np.float32)
im_array = np.array([bild1, bild2])
"""
        + _SHOW,
        "3a-other-images",
        **_OTHER,
    ),
    "first-slice": _load(
        'v1[0][..., None].astype("float32")',
        'v2[0][..., None].astype("float32")',
        "3a-other-images",
        **_OTHER,
    ),
    "scaled": _load(f"{_M1} / 255", f"{_M2} / 255", "3a-other-images", **_OTHER),
    "exchanged": _load(_M2, _M1, "3a-other-images", **_OTHER),
    "mean": _load(
        "v1.mean(axis=0)[..., None].astype(np.float32)",
        "v2.mean(axis=0)[..., None].astype(np.float32)",
        "3a-other-images",
        **_OTHER,
    ),
    "last-slice": _load(
        "v1[-1][..., None].astype(np.float32)",
        "v2[-1][..., None].astype(np.float32)",
        "3a-other-images",
        **_OTHER,
    ),
}

_OK = {"t3a_prediction": "passed"}

PREDICT = {
    "call": code(
        """
model = tf.keras.models.load_model("../data/mrt.h5", compile=False)
result = model(im_array).numpy()
print(result.round(3), np.argmax(result, 1))
""",
        **_OK,
    ),
    "separate": code(
        """
from keras.models import load_model
model = load_model("../data/mrt.h5", compile=False)
p1 = model.predict(bild1[np.newaxis], verbose=0)
p2 = model.predict(bild2[np.newaxis], verbose=0)
print("Bild 1:", p1, "Klasse", p1.argmax() + 1)
print("Bild 2:", p2, "Klasse", p2.argmax() + 1)
result = np.vstack([p1, p2])
""",
        **_OK,
    ),
    "typed": code(
        """
model = tf.keras.models.load_model("../data/mrt.h5", compile=False)
result = np.array([[0.0, 1.0], [1.0, 0.0]])
print(np.argmax(result, axis=1))
""",
        "3a-typed-in",
        t3a_prediction="failed",
    ),
    "first-only": code(
        """
model = tf.keras.models.load_model("../data/mrt.h5", compile=False)
result = model.predict(im_array[:1], verbose=0)
print(result, np.argmax(result))
""",
        "3a-one-image",
        t3a_prediction="partial failed 0-1.5",
    ),
    "oct-network": code(
        """
model = tf.keras.models.load_model("../data/oct.h5", compile=False)
result = model.predict(im_array, verbose=0)
print(np.argmax(result, axis=1))
""",
        "3a-other-network",
        t3a_prediction="failed not_judged partial 0-0.5",
        t3b_heatmaps="failed partial not_judged",
    ),
}


def _doubt(low: float, high: float, source: str) -> Part:
    return text("3a.doubt", low, high, source)


DOUBT = {
    "short": _doubt(
        1,
        2,
        "Nein. Bild 2 ist laut Ärzten krank, laut Netz gesund. Wer so eine Krankheit übersieht, dem darf man nicht trauen.\n",
    ),
    "coin": _doubt(
        1,
        2,
        """
Eins von zwei Bildern ist falsch, das ist nicht besser als eine Münze. Bei dem kranken Knie auf Bild 2 gibt das Netz Entwarnung. Auch das
richtige Ergebnis bei Bild 1 könnte Zufall sein.
""",
    ),
    "yes": _doubt(0, 0.5, "Das Netz wird schon recht haben, es wurde schließlich dafür trainiert.\n"),
    "more": _doubt(0, 1, "Man müsste mehr Bilder testen.\n"),
}

_GOOD = {"t3b_heatmaps": "passed"}
_BOTH = """Map1 = visualize_class_activation_map(model, im_array, img_num={a}, klasse={b})
Map2 = visualize_class_activation_map(model, im_array, img_num={c}, klasse={d})
"""
_OVER = """
plt.figure(figsize=(10, 5))
for nr, (bild, karte) in enumerate([(bild1, Map1), (bild2, Map2)]):
    plt.subplot(1, 2, nr + 1)
    plt.imshow(bild[:, :, 0], cmap="gray")
    plt.imshow(karte, cmap="jet", alpha=0.4)
    plt.axis("off")
plt.show()
"""


def _maps(numbers: str, label: str, *traps: str, end: str = _OVER) -> Part:
    a, b, c, d = numbers
    return code(_BOTH.format(a=a, b=b, c=c, d=d) + end, *traps, t3b_heatmaps=label)


HEATMAPS = {
    "list": code(
        """
karten = []
for nummer in range(len(im_array)):
    klasse = int(np.argmax(result[nummer]))
    karten.append(visualize_class_activation_map(model, im_array, nummer, klasse))
    plt.figure()
    plt.imshow(im_array[nummer, :, :, 0], cmap="gray")
    plt.imshow(karten[nummer], cmap="jet", alpha=0.4)
    plt.colorbar(label="CAM")
    plt.title(f"Bild {nummer + 1}")
    plt.show()
""",
        **_GOOD,
    ),
    "extent": code(
        """
cams = {1: visualize_class_activation_map(model, im_array, img_num=0, klasse=1),
        2: visualize_class_activation_map(model, im_array, img_num=1, klasse=0)}
fig, axs = plt.subplots(2, 2, figsize=(9, 9))
for (k, cam), b, zeile in zip(cams.items(), im_array, axs):
    zeile[0].imshow(b[..., 0], cmap="gray", extent=(0, 256, 256, 0))
    zeile[1].imshow(b[..., 0], cmap="gray", extent=(0, 256, 256, 0))
    zeile[1].imshow(cam, cmap=plt.colormaps["jet"], alpha=0.4, extent=(0, 256, 256, 0))
    zeile[0].set_title(f"Knie {k}"); zeile[1].set_title(f"CAM {k}")
plt.show()
""",
        **_GOOD,
    ),
    "alpha-half": _maps("0110", "passed", end=_OVER.replace("0.4", "0.5")),
    "blended": code(
        """
heat = [visualize_class_activation_map(model, im_array, img_num=0, klasse=1),
        visualize_class_activation_map(model, im_array, img_num=1, klasse=0)]
for b, h in zip((bild1, bild2), heat):
    grau = plt.cm.gray(b[:, :, 0] / b.max())[..., :3]
    farbe = plt.cm.jet(h)[..., :3]
    plt.imshow(0.6 * grau + 0.4 * farbe)
    plt.axis("off")
    plt.show()
""",
        **_GOOD,
    ),
    "both-first": _maps("0100", "partial 0.5-3", "3b-swapped"),
    "class-0": _maps("0010", "partial 0.5-3", "3b-class"),
    "only-first": code(
        """
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
plt.imshow(bild1[:, :, 0], cmap="gray")
plt.imshow(Map1, cmap="jet", alpha=0.4)
plt.show()
""",
        "3b-one-map",
        t3b_heatmaps="partial 1-2.5",
    ),
    "not-drawn": _maps(
        "0110", "partial 1-3", "3b-not-drawn", end="print(Map1.shape, Map1.max(), Map2.max())\n"
    ),
    "opaque": _maps("0110", "partial 2-3.5", "3b-opaque", end=_OVER.replace(", alpha=0.4", "")),
    "class-1": _maps("0111", "partial 0.5-3", "3b-class"),
    "other-knee": _maps(
        "0110",
        "partial 1.5-3.5",
        "3b-swapped",
        end=_OVER.replace("(bild1, Map1), (bild2, Map2)", "(bild1, Map2), (bild2, Map1)"),
    ),
    "random": code(
        """
Map1 = np.random.rand(256, 256)
Map2 = np.random.rand(256, 256)
"""
        + _OVER,
        "3b-invented",
        t3b_heatmaps="failed partial 0-1",
    ),
    "without-knee": _maps(
        "0110",
        "partial 2-3.5",
        "3b-not-drawn",
        end='plt.imshow(Map1, cmap="jet")\nplt.show()\nplt.imshow(Map2, cmap="jet")\nplt.show()\n',
    ),
}


def _reading(low: float, high: float, source: str) -> Part:
    return text("3b.reading", low, high, source)


READING = {
    "background": _reading(
        2,
        3,
        """
Im ersten Bild ist der Hintergrund links unten entscheidend, wo gar kein Gewebe ist. Im zweiten Bild schaut das Netz auf das Kniegelenk. Ein
Arzt würde immer das Gelenk ansehen. Das Netz hat also bei Bild 1 etwas gelernt, was nichts mit dem Knie zu tun hat.
""",
    ),
    "short": _reading(
        1,
        2.5,
        "Bild 1: Ecke unten links, falsche Stelle. Bild 2: Gelenk, richtige Stelle. Dem Netz kann man nicht trauen.\n",
    ),
    "colours": _reading(0, 1, "Rot bedeutet hohe Werte und blau niedrige Werte. Die Bilder sehen interessant aus.\n"),
    "fine": _reading(0, 1, "Das Netz achtet in beiden Bildern auf das kranke Gewebe, so wie eine Ärztin.\n"),
}

_CMAPS = {"t3c_colormaps": "passed"}


def _loop(images: str, maps: str, label: str, *traps: str) -> Part:
    source = (
        f"for bild in ({images}):\n    for farbe in ({maps}):\n"
        "        plt.figure(figsize=(6, 6))\n        plt.imshow(bild[:, :, 0], cmap=farbe)\n"
        "        plt.title(farbe)\n        plt.show()"
    )
    return code(source, *traps, t3c_colormaps=label)


_THREE = '"summer", "flag", "rainbow"'

COLORMAPS = {
    "matshow": code(
        """
def zeige(bild, titel):
    for karte in "summer flag rainbow".split():
        plt.matshow(bild[..., 0], cmap=karte)
        plt.title(titel + ", " + karte)
        plt.show()

zeige(bild1, "Bild 1")
zeige(bild2, "Bild 2")
""",
        **_CMAPS,
    ),
    "colorbar": code(
        """
fig = plt.figure(figsize=(15, 10))
for n in range(6):
    ax = fig.add_subplot(2, 3, n + 1)
    name = ["summer", "flag", "rainbow"][n % 3]
    karte = ax.imshow(im_array[n // 3].squeeze(), cmap=name, vmin=0, vmax=255)
    fig.colorbar(karte, ax=ax)
    ax.set_title(f"bild{n // 3 + 1} {name}")
plt.show()
""",
        **_CMAPS,
    ),
    "set-cmap": code(
        """
for knie in [bild1, bild2]:
    for c in (plt.cm.summer, plt.cm.flag, plt.cm.rainbow):
        f, a = plt.subplots(figsize=(5, 5))
        b = a.imshow(knie.squeeze())
        b.set_cmap(c)
        a.set_title(c.name)
        plt.show()
""",
        **_CMAPS,
    ),
    "jet": _loop("bild1, bild2", '"summer", "flag", "jet"', "partial 1.5-2.5", "3c-colormaps-missing"),
    "forgotten": code(
        """
for bild in (bild1, bild2):
    for karte in ("summer", "flag", "rainbow"):
        plt.imshow(bild[:, :, 0])
        plt.title(karte)
        plt.show()
""",
        "3c-colormaps-missing",
        t3c_colormaps="failed partial 0-1",
    ),
    "first-twice": _loop("bild1, bild1", _THREE, "partial 1-2", "3c-colormaps-missing"),
    "flag-only": _loop("bild1, bild2", '"flag",', "partial 0.5-1.5", "3c-colormaps-missing"),
    "second-only": _loop("bild2,", _THREE, "partial 1-2", "3c-colormaps-missing"),
    "prism": _loop("bild1, bild2", '"summer", "prism", "rainbow"', "partial 1.5-2.5", "3c-colormaps-missing"),
    "summer-only": _loop("bild1, bild2", '"summer",', "partial 0.5-1.5", "3c-colormaps-missing"),
    "maps": code(
        """
fig, ax = plt.subplots(2, 3, figsize=(12, 8))
for i, m in enumerate((Map1, Map2)):
    for j, c in enumerate(("summer", "flag", "rainbow")):
        ax[i, j].imshow(m, cmap=c)
plt.show()
""",
        "3c-other-images",
        t3c_colormaps="failed partial 0-1",
    ),
}


def _watermark(low: float, high: float, source: str) -> Part:
    return text("3c.watermark", low, high, source)


WATERMARK = {
    "stamp": _watermark(
        2.5,
        4,
        """
Unten links in Bild 1 steht ein Stempel der TU Ilmenau, den man nur mit flag erkennt, weil flag bei jeder kleinen Grauwertänderung die Farbe
wechselt. Die kranken Knie im Training hatten wohl alle diesen Stempel. Das Netz sucht also den Stempel statt der Krankheit, darum die Heatmap in der
Ecke und darum "gesund" bei Bild 2 ohne Stempel. Abhilfe: Stempel vor dem Training ausschneiden.
""",
    ),
    "logo": _watermark(
        2,
        3.5,
        """
Mit flag: Logo mit Text links unten im ersten Knie, im zweiten nicht. Das Netz hat das Logo als Zeichen für krank gelernt (Clever Hans), passt zur
Heatmap.
""",
    ),
    "text-only": _watermark(0.5, 2, "Es gibt in Bild 1 unten links eine versteckte Schrift, die man nur mit flag sieht.\n"),
    "nothing": _watermark(0, 0.5, "Die Farben machen die Bilder bunter, neue Informationen sieht man dadurch nicht.\n"),
}
