"""Further parts of tasks 2b and 2c."""

from __future__ import annotations

from submissions.build.model import Part, code, text

__all__ = ["APPLY", "DIAGNOSIS", "INTERPRETATION", "LOAD", "PREDICT", "REASONS"]


def _diagnosis(low: float, high: float, source: str) -> Part:
    return text("2b.diagnosis", low, high, source)


DIAGNOSIS = {
    "line": _diagnosis(1, 1, "1 Drusen (Buckel), 2 Ödem/DME (Zysten), 3 CNV (Läsion), 4 gesund/NORMAL (Fovea sichtbar)\n"),
    "unsure": _diagnosis(
        0.5,
        1,
        """
Bild 1: vermutlich DRUSEN (kleine Erhebungen), könnte aber auch NORMAL sein
Bild 2: DME, Flüssigkeit
Bild 3: CNV, Netzhaut ist angehoben
Bild 4: NORMAL, alles glatt
""",
    ),
    "three": _diagnosis(0.5, 1, "Bild 1: DRUSEN\n\nBild 2: DME\n\nBild 3: CNV\n"),
    "vague": _diagnosis(0, 0.5, "Drei der Bilder sehen krank aus, eins gesund.\n"),
}

_OK = {"t2b_prediction": "passed"}
_LOAD = 'model = tf.keras.models.load_model("../data/oct.h5")\n'


def _predict(source: str, label: str, *traps: str) -> Part:
    return code(source, *traps, t2b_prediction=label)


PREDICT = {
    "call": code(
        """
netz = tf.keras.models.load_model("../data/oct.h5", compile=False)
bilder = load_oct()
softmax = netz(bilder).numpy()
print(softmax.round(3))
print([int(np.argmax(s)) for s in softmax])
""",
        **_OK,
    ),
    "slice-after": code(
        """
model = tf.keras.models.load_model(r"../data/oct.h5")
img_data = load_oct()
alle = model.predict(img_data, batch_size=1, verbose=0)
result = alle[:4]
for nr in range(4):
    print("Bild", nr + 1, "Index", np.argmax(result[nr]), "Klasse", np.argmax(result[nr]) + 1)
""",
        **_OK,
    ),
    "function": code(
        """
def klassifiziere(bilder, datei="../data/oct.h5"):
    netz = tf.keras.models.load_model(datei)
    return netz.predict(bilder, verbose=0)

img_data = load_oct()
result = klassifiziere(img_data[[0, 1, 2, 3]])
pd.DataFrame(result).assign(argmax=result.argmax(1))
""",
        **_OK,
    ),
    "one-by-one": code(
        """
model = tf.keras.models.load_model("../data/oct.h5")
img_data = load_oct()
result = []
for bild in img_data:
    p = model.predict(np.expand_dims(bild, 0), verbose=0)
    result.append(p.squeeze())
    print(np.argmax(p), p.round(2))
result = np.stack(result)
""",
        **_OK,
    ),
    "sorted": code(
        """
klassen = "CNV DME NORMAL DRUSEN".split()
model = tf.keras.models.load_model("../data/oct.h5")
img_data = load_oct()
result = model.predict(tf.convert_to_tensor(img_data[0:4]), verbose=0)
for k, zeile in enumerate(result, 1):
    print(k, sorted(zip(zeile.round(2).tolist(), klassen), reverse=True)[:2], "argmax:", zeile.argmax())
""",
        **_OK,
    ),
    "argmax-axis-0": _predict(
        _LOAD + "img_data = load_oct()\nresult = model.predict(img_data[0:4], verbose=0)\n"
        "print(np.argmax(result, axis=0))",
        "partial passed 1-2",
        "2b-argmax-axis",
    ),
    "wrong-file": _predict(
        'model = tf.keras.models.load_model("../data/mrt.h5")\nimg_data = load_oct()\n'
        "result = model.predict(img_data[0:4])\nprint(result.argmax(axis=1))",
        "failed not_judged partial 0-0.5",
        "2b-other-network",
    ),
    "backwards": _predict(
        _LOAD + "img_data = load_oct()[::-1]\nresult = model.predict(img_data[0:4], verbose=0)\n"
        "for r in result:\n    print(r, np.argmax(r))",
        "partial failed 0-1.5",
        "2b-other-images",
    ),
    "typed": _predict(
        "result = np.array([[0.18, 0.62, 0.05, 0.15], [0.60, 0.40, 0.00, 0.00],\n"
        "                   [0.94, 0.00, 0.00, 0.06], [0.00, 0.00, 0.74, 0.26]])\n"
        "for r in result:\n    print(np.argmax(r))",
        "failed",
        "2b-typed-in",
    ),
    "from-one": _predict(
        _LOAD + "img_data = load_oct()\nresult = model.predict(img_data[1:5], verbose=0)\n"
        "print(result)\nprint(np.argmax(result, axis=1))",
        "partial failed 0-1.5",
        "2b-other-images",
    ),
    "times-255": _predict(
        _LOAD + "img_data = load_oct() * 255\nresult = model.predict(img_data[0:4], verbose=0)\n"
        "print(result, result.argmax(axis=1))",
        "failed partial 0-1",
        "2b-other-images",
    ),
    "three-only": _predict(
        _LOAD + "img_data = load_oct()\nresult = model.predict(img_data[0:3], verbose=0)\n"
        "for i in range(3):\n    print(np.argmax(result[i]))",
        "partial failed 0-1.5",
        "2b-other-images",
    ),
    "same-image": _predict(
        _LOAD + "img_data = load_oct()\n"
        "result = np.array([model.predict(img_data[0:1], verbose=0)[0] for i in range(4)])\n"
        "print(np.argmax(result, axis=1))",
        "partial failed 0-1",
        "2b-other-images",
    ),
    "untrained": _predict(
        'vorlage = tf.keras.models.load_model("../data/oct.h5")\n'
        "model = tf.keras.models.clone_model(vorlage)\nimg_data = load_oct()\n"
        "result = model.predict(img_data[0:4], verbose=0)\nprint(result)",
        "failed partial 0-0.5",
        "2b-other-network",
    ),
}


def _reading(low: float, high: float, source: str) -> Part:
    return text("2b.interpretation", low, high, source)


INTERPRETATION = {
    "table": _reading(
        2,
        3,
        """
| Bild | Netz | richtig | größter Wert |
|---|---|---|---|
| 1 | DME | nein (DRUSEN) | 62 % |
| 2 | CNV | nein (DME) | 60 % |
| 3 | CNV | ja | 94 % |
| 4 | NORMAL | ja | 74 % |

Bei den falschen Bildern ist das Netz unsicherer. Bild 2 verwechselt es mit CNV, DME hat dort aber noch 40 %.
""",
    ),
    "sentences": _reading(
        2,
        3,
        """
Zwei von vier stimmen, nämlich Bild 3 (CNV) und Bild 4 (NORMAL). Bild 1 hält das Netz für DME statt DRUSEN und Bild 2 für CNV statt DME.
Sehr sicher ist es nur bei Bild 3 mit über 90 %, bei den beiden falschen liegt der Höchstwert um 60 %.
""",
    ),
    "no-values": _reading(
        1,
        2.5,
        "Das Netz sagt DME, CNV, CNV, NORMAL. Richtig sind nur die letzten beiden Bilder, bei Bild 1 und 2 hat es sich geirrt.\n",
    ),
    "none-right": _reading(
        0,
        1,
        "argmax ergibt 1, 0, 0, 2, also CNV, ?, ?, DME. Kein einziges Bild ist richtig klassifiziert.\n",
    ),
    "sure": _reading(0, 1, "Das Netz ist sich bei allen Bildern sehr sicher und deshalb vertrauenswürdig.\n"),
    "odd-output": _reading(0, 2, "Die Ausgabe passt nicht zu den Bildern, deshalb können wir nicht sagen, welche richtig sind.\n"),
}

LOAD = {
    "imread": code(
        """
img = plt.imread("../data/oct_drusen.jpeg").astype("float32")
img = img.reshape(224, 224, 1)
print(img.shape, img.min(), img.max())
"""
    ),
    "uint8": code(
        """
from PIL import Image
img = np.asarray(Image.open("../data/oct_drusen.jpeg"))[:, :, None]
print(img.shape, img.dtype, img.min(), img.max())
"""
    ),
}

_ALL = {"t2c_count": "passed", "t2c_choice": "passed", "t2c_applied": "passed"}
_SHOW_SAVE = """
for nr, b in enumerate([img, img_trans1, img_trans2, img_trans3]):
    plt.subplot(1, 4, nr + 1)
    plt.imshow(np.squeeze(b), cmap="gray", vmin=0, vmax=255)
    plt.axis("off")
plt.show()
for nr, b in enumerate([img_trans1, img_trans2, img_trans3], 1):
    plt.imsave(f"oct_aug_{nr}.png", np.squeeze(b), cmap="gray", vmin=0, vmax=255)
"""
_KERAS = "from tensorflow.keras.preprocessing.image import apply_affine_transform, apply_brightness_shift\n"


def _turn(theta: float) -> str:
    return f"apply_affine_transform(img, theta={theta}, row_axis=0, col_axis=1, channel_axis=2)"


def _apply(
    one: str, two: str, three: str, *traps: str, end: str = _SHOW_SAVE, **labels: str
) -> Part:
    """Three results, shown and saved in the same way."""
    source = f"{_KERAS}\nimg_trans1 = {one}\nimg_trans2 = {two}\nimg_trans3 = {three}\n{end}"
    return code(source, *traps, **{**_ALL, **labels})


_FLIP, _BRIGHT = "np.fliplr(img)", "apply_brightness_shift(img, 1.25)"

APPLY = {
    "slices": code(
        """
from scipy import ndimage

gespiegelt = img[:, ::-1, :]
gedreht = ndimage.rotate(img, 6, axes=(1, 0), reshape=False, order=1, mode="nearest")
heller = np.clip(1.25 * img, 0, 255)

bilder = {"original": img, "gespiegelt": gespiegelt, "gedreht": gedreht, "heller": heller}
for titel, b in bilder.items():
    plt.figure(figsize=(3, 3))
    plt.imshow(b[..., 0], cmap="gray", vmin=0, vmax=255)
    plt.title(titel)
    plt.show()
    if titel != "original":
        plt.imsave(titel + ".png", b[..., 0], cmap="gray", vmin=0, vmax=255)
""",
        **_ALL,
    ),
    "tf-image": code(
        """
spiegel = tf.image.flip_left_right(img).numpy()
dunkel = tf.clip_by_value(tf.cast(img, tf.float32) * 0.8, 0, 255).numpy()
drehung = tf.keras.preprocessing.image.apply_affine_transform(
    np.asarray(img, dtype="float32"), theta=-4, row_axis=0, col_axis=1, channel_axis=2)

fig, achsen = plt.subplots(2, 2)
for achse, (name, b) in zip(achsen.flat, [("original", img), ("spiegel", spiegel), ("dunkel", dunkel), ("drehung", drehung)]):
    achse.imshow(b[:, :, 0], cmap="gray", vmin=0, vmax=255)
    achse.set_title(name)
    if name != "original":
        tf.io.write_file(name + ".png", tf.io.encode_png(tf.cast(tf.round(b), tf.uint8)))
plt.show()
""",
        **_ALL,
    ),
    "unit-scale": code(
        """
bild01 = np.asarray(img, dtype=float)[:, :, 0] / 255
a = np.flip(bild01, axis=1)
b = tf.keras.preprocessing.image.apply_affine_transform(bild01[..., None], theta=-3, row_axis=0, col_axis=1,
                                                        channel_axis=2)[..., 0]
c = np.clip(add_noise("gauss", bild01, 0.002), 0, 1)
f, ax = plt.subplots(1, 4, figsize=(16, 4))
for i, x in enumerate((bild01, a, b, c)):
    ax[i].imshow(x, cmap="gray", vmin=0, vmax=1)
    if i:
        plt.imsave("variante%d.png" % i, x, cmap="gray", vmin=0, vmax=1)
plt.show()
""",
        **_ALL,
    ),
    "pil": code(
        """
from PIL import Image, ImageEnhance, ImageOps

pil = Image.open("../data/oct_drusen.jpeg").convert("L")
ergebnisse = [ImageOps.mirror(pil), pil.rotate(5, resample=Image.BILINEAR), ImageEnhance.Brightness(pil).enhance(1.2)]
img_trans1, img_trans2, img_trans3 = [np.array(e)[..., None] for e in ergebnisse]
plt.figure(figsize=(12, 3))
for i, e in enumerate([pil] + ergebnisse):
    plt.subplot(1, 4, i + 1)
    plt.imshow(np.array(e), cmap="gray", vmin=0, vmax=255)
    if i > 0:
        e.save(f"augmentiert_{i}.jpg", quality=95)
plt.show()
""",
        **_ALL,
    ),
    "speckle": _apply(
        _FLIP,
        _turn(7),
        'np.clip(add_noise("speckle", img[:, :, 0], 0.12), 0, 255).reshape(224, 224, 1)',
    ),
    "loop": code(
        """
verfahren = [
    lambda b: np.fliplr(b),
    lambda b: tf.keras.preprocessing.image.apply_brightness_shift(b, 0.8),
    lambda b: tf.keras.preprocessing.image.apply_affine_transform(b, theta=4, row_axis=0, col_axis=1, channel_axis=2),
]
ausgaben = []
for i, f in enumerate(verfahren):
    ausgaben.append(f(img))
    plt.imsave(f"neu_{i}.jpeg", ausgaben[-1][:, :, 0], cmap="gray", vmin=0, vmax=255)
reihe = np.hstack([img[:, :, 0]] + [a[:, :, 0] for a in ausgaben])
plt.figure(figsize=(16, 4))
plt.imshow(reihe, cmap="gray", vmin=0, vmax=255)
plt.show()
""",
        **_ALL,
    ),
    # ------------------------------------------------------------------ with mistakes
    "one-unchanged": _apply(
        _FLIP,
        _turn(5),
        "img.copy()",
        "2c-two",
        t2c_count="partial failed 0-0.5",
        t2c_choice="partial 1.5-3",
        t2c_applied="partial 1-2.5",
    ),
    "upside-down": _apply(
        "np.flipud(img)", _turn(4), _FLIP, "2c-flipud", t2c_choice="partial 1-3"
    ),
    "quarter-turn": _apply(
        "np.rot90(img)", _FLIP, _BRIGHT, "2c-strong-rotation", t2c_choice="partial 1-3"
    ),
    "salt": _apply(
        _FLIP,
        _turn(5),
        'add_noise("s&p", img[:, :, 0])[..., np.newaxis]',
        "2c-salt-pepper",
        t2c_choice="partial 1-3",
    ),
    "all-strong": _apply(
        "np.flipud(img)",
        _turn(35),
        'np.clip(add_noise("speckle", img[:, :, 0], 0.9), 0, 255)',
        "2c-flipud",
        "2c-strong-rotation",
        t2c_choice="failed partial 0-1",
    ),
    "gauss-unseen": _apply(
        _FLIP,
        _turn(5),
        'add_noise("gauss", img[:, :, 0])',
        "2c-invisible-noise",
        t2c_count="passed partial 0.5-1",
        t2c_choice="partial 2-3",
        t2c_applied="passed partial 2-3",
    ),
    "unsaved": _apply(
        _FLIP,
        _BRIGHT,
        _turn(-6),
        "2c-not-saved",
        end="""
fig, (a, b, c, d) = plt.subplots(1, 4, figsize=(15, 4))
for achse, bild in ((a, img), (b, img_trans1), (c, img_trans2), (d, img_trans3)):
    achse.imshow(bild[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.show()
""",
        t2c_applied="partial 1.5-2.5",
    ),
    "crashes": code(
        """
img_trans1 = np.fliplr(img)
plt.imshow(img_trans1[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.show()
plt.imsave("eins.png", img_trans1[:, :, 0], cmap="gray", vmin=0, vmax=255)
img_trans2 = apply_brightness(img, 1.2)
img_trans3 = add_noise("speckle", img[:, :, 0], 0.1)
""",
        "2c-one",
        t2c_count="partial failed 0-0.5",
        t2c_choice="partial 1-2",
        t2c_applied="partial 0.5-1.5",
    ),
    "brighter-darker": _apply(
        _FLIP,
        _BRIGHT,
        "apply_brightness_shift(img, 0.8)",
        "2c-twice",
        t2c_count="partial failed 0-0.5",
        t2c_choice="partial 1.5-3",
        t2c_applied="passed partial 2-3",
    ),
    "mirrored-twice": _apply(
        _FLIP,
        "np.flip(img, axis=1)",
        _turn(5),
        "2c-twice",
        t2c_count="partial failed 0-0.5",
        t2c_choice="partial 1.5-3",
        t2c_applied="passed partial 1.5-3",
    ),
    "half-turn": _apply(
        "np.rot90(img, 2)", _BRIGHT, _turn(3), "2c-strong-rotation", t2c_choice="partial 1-3"
    ),
    "glaring": _apply(
        _FLIP,
        _turn(5),
        "apply_brightness_shift(img, 3.0)",
        "2c-strong-brightness",
        t2c_choice="partial 1.5-3.5",
    ),
    "theta-45": _apply(
        _FLIP, _turn(45), _BRIGHT, "2c-strong-rotation", t2c_choice="partial 1-3"
    ),
    "snow": _apply(
        _FLIP,
        _BRIGHT,
        'np.clip(add_noise("gauss", img[:, :, 0], 5000), 0, 255)',
        "2c-strong-noise",
        t2c_choice="partial 1.5-3.5",
    ),
    "speckle-unseen": _apply(
        _BRIGHT,
        _turn(6),
        'add_noise("speckle", img[:, :, 0], 0.001)',
        "2c-invisible-noise",
        t2c_count="passed partial 0.5-1",
        t2c_choice="partial 2-3",
        t2c_applied="passed partial 2-3",
    ),
    "unseen": _apply(
        _FLIP,
        _turn(5),
        _BRIGHT,
        "2c-not-shown",
        end="""
for nr, b in enumerate([img_trans1, img_trans2, img_trans3], 1):
    plt.imsave(f"bild{nr}.png", b[:, :, 0], cmap="gray", vmin=0, vmax=255)
print("gespeichert")
""",
        t2c_applied="partial 1.5-2.5",
    ),
    "npy": _apply(
        _FLIP,
        _turn(-5),
        _BRIGHT,
        "2c-not-saved",
        end="""
plt.imshow(np.hstack([img[:, :, 0], img_trans1[:, :, 0], img_trans2[:, :, 0], img_trans3[:, :, 0]]), cmap="gray", vmin=0, vmax=255)
plt.show()
np.save("augmentiert.npy", np.stack([img_trans1, img_trans2, img_trans3]))
""",
        t2c_applied="partial 1.5-2.5",
    ),
    "only-one": code(
        """
neu = np.fliplr(img)
plt.subplot(1, 2, 1); plt.imshow(img[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.subplot(1, 2, 2); plt.imshow(neu[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.show()
plt.imsave("neu.png", neu[:, :, 0], cmap="gray", vmin=0, vmax=255)
""",
        "2c-one",
        t2c_count="partial failed 0-0.5",
        t2c_choice="partial 1-2",
        t2c_applied="partial 0.5-1.5",
    ),
}


def _reasons(low: float, high: float, source: str) -> Part:
    return text("2c.reasons", low, high, source)


REASONS = {
    "table": _reasons(
        1.5,
        2,
        """
| Verfahren | ja/nein | warum |
|---|---|---|
| flipud | nein | die Aderhaut liegt nie oben |
| fliplr | ja | rechtes Auge statt linkes |
| Drehung | ja, wenig | Kopf leicht schief |
| Helligkeit | ja | Geräte sind unterschiedlich eingestellt |
| Salz & Pfeffer | nein | solche Bildfehler hat ein OCT nicht |
| Gauß, Poisson | nein | kaum sichtbar bzw. untypisch |
| Speckle | nein | ist schon drin |
""",
    ),
    "chosen-only": _reasons(
        0.5,
        1.5,
        "fliplr, weil es zwei Augen gibt; Drehung, weil der Patient nicht gerade sitzt; Helligkeit, weil Geräte verschieden sind.\n",
    ),
    "no-why": _reasons(0, 0.5, "Wir haben fliplr, Drehung und Helligkeit genommen, die anderen passen nicht.\n"),
    "more-data": _reasons(0, 0.5, "Damit man mehr Daten hat und das Netz besser lernt. Je mehr Verfahren, desto besser.\n"),
}
