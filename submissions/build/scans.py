"""Parts of tasks 2b and 2c: OCT classification and augmentation."""

from __future__ import annotations

from submissions.build.model import Part, auto, code, text

__all__ = ["APPLY", "DIAGNOSIS", "INTERPRETATION", "LOAD", "PREDICT", "REASONS"]


def _diagnosis(low: float, high: float, source: str) -> Part:
    return text("2b.diagnosis", low, high, source)


DIAGNOSIS = {
    "list": _diagnosis(
        1,
        1,
        """
- Bild 1: DRUSEN (wellige untere Schicht)
- Bild 2: DME (dunkle Blasen)
- Bild 3: CNV (große Wölbung, RPE unterbrochen)
- Bild 4: NORMAL
""",
    ),
    "plain": _diagnosis(
        1,
        1,
        """
Bild 1: Drusen, kleine Hügel unter dem RPE

Bild 2: DME, Zysten und verdickte Netzhaut

Bild 3: CNV, Läsion durchbricht RPE

Bild 4: normal, glatte Schichten mit Fovea
""",
    ),
    "numbers": _diagnosis(0.5, 1, "1: Klasse 4, 2: Klasse 2, 3: Klasse 1, 4: Klasse 3\n"),
    "table": _diagnosis(
        1,
        1,
        """
| Bild | Diagnose | Merkmal |
|---|---|---|
| 1 | DRUSEN | drusenartige Erhebungen am RPE |
| 2 | DME | intraretinale Flüssigkeit, keine Foveagrube |
| 3 | CNV | Neovaskularisation, Läsion unter der Netzhaut |
| 4 | NORMAL | Fovea gut sichtbar |
""",
    ),
    "mixed-up": _diagnosis(
        0.5,
        1,
        """
- Bild 1: NORMAL
- Bild 2: DME
- Bild 3: CNV
- Bild 4: DRUSEN
""",
    ),
}

_PREDICT = {"t2b_prediction": "passed"}

PREDICT = {
    "loop": code(
        """
model = tf.keras.models.load_model(r"../data/oct.h5")
img_data = load_oct()
result = model.predict(img_data[0:4])
print(result)
for i in range(4):
    print(np.argmax(result[i]))
""",
        **_PREDICT,
    ),
    "axis": code(
        """
model = tf.keras.models.load_model("../data/oct.h5", compile=False)
img_data = load_oct()
result = model.predict(img_data[:4], verbose=0)
print(np.round(result, 2))
klassen = np.argmax(result, axis=1)
print(klassen, "-> Klassen", klassen + 1)
""",
        **_PREDICT,
    ),
    "frame": code(
        """
namen = ["CNV", "DME", "NORMAL", "DRUSEN"]
model = tf.keras.models.load_model(r"../data/oct.h5")
img_data = load_oct()
result = model.predict(img_data[0:4], verbose=0)
uebersicht = pd.DataFrame(result, columns=namen, index=[f"Bild {i}" for i in range(1, 5)])
uebersicht["argmax"] = result.argmax(axis=1)
uebersicht["Diagnose"] = [namen[i] for i in result.argmax(axis=1)]
uebersicht
""",
        **_PREDICT,
    ),
    "single": code(
        """
from tensorflow.keras.models import load_model

model = load_model("../data/oct.h5")
img_data = load_oct()
probs = [model.predict(img_data[k:k+1], verbose=0)[0] for k in range(4)]
result = np.array(probs)
for k, p in enumerate(probs):
    print(f"image {k + 1}: class index {np.argmax(p)} with p = {np.max(p):.2f}")
""",
        **_PREDICT,
    ),
    "hp5": code(
        """
model = tf.keras.models.load_model(r"../data/oct.hp5")
img_data = load_oct()
result = model.predict(img_data[0:4])
print(np.argmax(result[0]))
print(np.argmax(result[1]))
print(np.argmax(result[2]))
print(np.argmax(result[3]))
""",
        **_PREDICT,
    ),
}


def _reading(low: float, high: float, source: str, *traps: str) -> Part:
    return text("2b.interpretation", low, high, source, *traps)


INTERPRETATION = {
    "list": _reading(
        2,
        3,
        """
argmax: 1, 0, 0, 2. Python zählt ab 0, also sind das die Klassen 2, 1, 1, 3:

- Bild 1: DME, falsch (richtig wäre DRUSEN). Der größte Wert ist nur etwa 0,6, das Netz ist also nicht
  ganz sicher.
- Bild 2: CNV, falsch (richtig wäre DME). CNV hat 60 %, die richtige Klasse DME immerhin 40 %.
- Bild 3: CNV, richtig, mit 94 % sehr sicher.
- Bild 4: NORMAL, richtig, etwa 74 %, der Rest (26 %) geht an DRUSEN.
""",
    ),
    "prose": _reading(
        2,
        3,
        """
Das Netz ordnet Bild 1 der Klasse DME zu, Bild 2 und Bild 3 der Klasse CNV und Bild 4 der Klasse NORMAL. Damit sind nur die
Bilder 3 und 4 richtig erkannt, die Bilder 1 und 2 sind falsch. An den Softmax-Werten sieht man, dass es sich bei den
falschen Bildern nicht sicher ist (größter Wert jeweils nur gut 60 %), während Bild 3 mit mehr als 90 % klar als CNV erkannt wird.
Verwechselt wird DRUSEN mit DME und DME mit CNV.
""",
    ),
    "english": _reading(
        2,
        3,
        """
Prediction: DME, CNV, CNV, NORMAL. Truth: DRUSEN, DME, CNV, NORMAL. Also sind Bild 3 und Bild 4 richtig und die ersten beiden falsch
klassifiziert. Die Softmax-Werte der falschen Bilder liegen nur bei ca. 0.6, das Netz ist dort also unsicher; bei Bild 3 ist der
Wert am höchsten (0.94), bei Bild 4 gut 0.7.
""",
    ),
    "half-right": _reading(
        1,
        2.5,
        """
Bild 3 und 4 wurden richtig erkannt, die anderen beiden nicht.
""",
    ),
    "off-by-one": _reading(
        0,
        1,
        """
Das Netz liefert 1, 0, 0 und 2. 1 ist CNV, 2 ist DME und eine Klasse 0 gibt es nicht. Damit wurde keines der vier Bilder richtig
erkannt. Das Netz ist unbrauchbar.
""",
        "2b-off-by-one",
    ),
    "all-right": _reading(
        0,
        0.5,
        "Das Netz hat alle vier Bilder richtig erkannt und ist sich dabei sehr sicher.\n",
        "2b-trust",
    ),
}

LOAD = {
    "keras": code(
        """
img = tf.keras.preprocessing.image.load_img(
    "../data/oct_drusen.jpeg", color_mode="grayscale", target_size=(224, 224))
img = tf.keras.preprocessing.image.img_to_array(img)
print(img.shape, img.min(), img.max())
"""
    ),
    "pillow": code(
        """
from PIL import Image

bild = Image.open(r"../data/oct_drusen.jpeg").convert("L").resize((224, 224))
img = np.array(bild, dtype="float32").reshape(224, 224, 1)
print(img.shape, img.min(), img.max())
"""
    ),
    "tf-io": code(
        """
raw = tf.io.read_file("../data/oct_drusen.jpeg")
img = tf.io.decode_jpeg(raw, channels=1).numpy()
img = tf.image.resize(img, (224, 224)).numpy()
print(img.shape, img.min(), img.max())
"""
    ),
}

_APPLIED = {"t2c_count": "passed", "t2c_choice": "passed", "t2c_applied": "passed"}

APPLY = {
    "imsave": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = tf.keras.preprocessing.image.apply_affine_transform(img, theta=5, row_axis=0, col_axis=1, channel_axis=2)
img_trans3 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.2)

plt.imshow(img[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.title("Original")
plt.show()
plt.imshow(img_trans1[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.title("fliplr")
plt.show()
plt.imshow(img_trans2[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.title("Drehung 5 Grad")
plt.show()
plt.imshow(img_trans3[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.title("heller")
plt.show()

plt.imsave("img_trans1.png", img_trans1[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.imsave("img_trans2.png", img_trans2[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.imsave("img_trans3.png", img_trans3[:, :, 0], cmap="gray", vmin=0, vmax=255)
""",
        **_APPLIED,
    ),
    "pillow": code(
        """
from PIL import Image

img_trans1 = img[:, ::-1]
img_trans2 = np.clip(img * 0.8, 0, 255)                       # dunkler
img_trans3 = tf.keras.preprocessing.image.apply_affine_transform(
    img, theta=-7, row_axis=0, col_axis=1, channel_axis=2, fill_mode="nearest")

fig, ax = plt.subplots(2, 2, figsize=(8, 8))
for a, b, t in zip(ax.ravel(), [img, img_trans1, img_trans2, img_trans3],
                   ["Original", "gespiegelt", "dunkler", "gedreht"]):
    a.imshow(b.squeeze(), cmap="gray", vmin=0, vmax=255)
    a.set_title(t)
plt.show()

for nr, b in enumerate([img_trans1, img_trans2, img_trans3], 1):
    Image.fromarray(b.squeeze().astype("uint8")).save(f"augmentiert_{nr}.png")
""",
        **_APPLIED,
    ),
    "dict": code(
        """
augmented = {
    "mirrored": np.fliplr(img),
    "tilted": tf.keras.preprocessing.image.apply_affine_transform(
        img, theta=8, row_axis=0, col_axis=1, channel_axis=2),
    "speckle": np.clip(add_noise("speckle", img[:, :, 0], 0.15), 0, 255)[..., None],
}

def show(image, title):
    plt.figure(figsize=(4, 4))
    plt.imshow(image[..., 0], cmap="gray", vmin=0, vmax=255)
    plt.title(title)
    plt.axis("off")
    plt.savefig(f"oct_{title}.png", bbox_inches="tight")
    plt.show()

show(img, "original")
for title, image in augmented.items():
    show(image, title)

img_trans1, img_trans2, img_trans3 = augmented.values()
""",
        **_APPLIED,
    ),
    "keras-save": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = tf.keras.preprocessing.image.apply_brightness_shift(img, 0.75)
rauschen = add_noise('gauss', img[:, :, 0], 80)      # Varianz 80, also etwa 9 Graustufen
img_trans3 = np.clip(rauschen, 0, 255).reshape(224, 224, 1)

plt.figure(figsize=(14, 4))
bilder = [img, img_trans1, img_trans2, img_trans3]
titel = ['Original', 'fliplr', 'Helligkeit 0,75', 'Gauss']
for i in range(4):
    plt.subplot(1, 4, i + 1)
    plt.imshow(bilder[i], cmap='gray', vmin=0, vmax=255)
    plt.title(titel[i])
plt.show()

for i in (1, 2, 3):
    tf.keras.utils.save_img(f'oct_neu{i}.png', bilder[i], scale=False)
""",
        **_APPLIED,
    ),
    "only-two": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.3)

fig, achsen = plt.subplots(1, 3, figsize=(12, 4))
achsen[0].imshow(img[:, :, 0], cmap="gray", vmin=0, vmax=255)
achsen[1].imshow(img_trans1[:, :, 0], cmap="gray", vmin=0, vmax=255)
achsen[2].imshow(img_trans2[:, :, 0], cmap="gray", vmin=0, vmax=255)
plt.show()
plt.imsave("spiegelung.png", img_trans1[:, :, 0], cmap="gray")
plt.imsave("helligkeit.png", img_trans2[:, :, 0], cmap="gray", vmin=0, vmax=255)
""",
        "2c-two",
        t2c_count="partial failed",
        t2c_choice="partial 1.5-3",
        t2c_applied="partial 1.5-2.5",
    ),
    "same-twice": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = img[:, ::-1, :]
img_trans3 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.3)

for name, b in [('original', img), ('trans1', img_trans1), ('trans2', img_trans2), ('trans3', img_trans3)]:
    plt.imshow(b[:, :, 0], cmap='gray', vmin=0, vmax=255)
    plt.title(name)
    plt.show()
    plt.imsave(name + '.png', b[:, :, 0], cmap='gray', vmin=0, vmax=255)
""",
        "2c-twice",
        t2c_count="partial failed",
        t2c_choice="partial 1.5-3",
        t2c_applied="partial passed",
    ),
    "all-wrong": code(
        """
img_trans1 = np.flipud(img)
img_trans2 = tf.keras.preprocessing.image.apply_affine_transform(img, theta=60, row_axis=0, col_axis=1, channel_axis=2)
img_trans3 = add_noise('s&p', img[:, :, 0])

plt.subplot(2, 2, 1)
plt.imshow(img[:, :, 0], cmap="gray")
plt.subplot(2, 2, 2)
plt.imshow(img_trans1[:, :, 0], cmap="gray")
plt.subplot(2, 2, 3)
plt.imshow(img_trans2[:, :, 0], cmap="gray")
plt.subplot(2, 2, 4)
plt.imshow(img_trans3, cmap="gray")
plt.show()
plt.imsave("flipud.png", img_trans1[:, :, 0], cmap="gray")
plt.imsave("rotation.png", img_trans2[:, :, 0], cmap="gray")
plt.imsave("salz_pfeffer.png", img_trans3, cmap="gray")
""",
        "2c-flipud",
        "2c-strong-rotation",
        "2c-salt-pepper",
        t2c_count="passed",
        t2c_choice="failed",
        t2c_applied="passed",
    ),
    "flipud": code(
        """
img_trans1 = np.flipud(img)
img_trans2 = np.fliplr(img)
img_trans3 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.25)

for i, b in enumerate((img, img_trans1, img_trans2, img_trans3)):
    plt.subplot(1, 4, i + 1)
    plt.imshow(b, cmap="gray", vmin=0, vmax=255)
    plt.axis("off")
plt.savefig("augmentierung.png")
plt.show()
for i, b in enumerate((img_trans1, img_trans2, img_trans3), start=1):
    plt.imsave(f"img_trans{i}.png", b[:, :, 0], cmap="gray", vmin=0, vmax=255)
""",
        "2c-flipud",
        t2c_count="passed",
        t2c_choice="partial 1-3",
        t2c_applied="passed",
    ),
    "invisible": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = add_noise("gauss", img[:, :, 0])
img_trans3 = add_noise("poisson", img[:, :, 0])

fig, ax = plt.subplots(1, 4, figsize=(15, 4))
ax[0].imshow(img[:, :, 0], cmap="gray")
ax[1].imshow(img_trans1[:, :, 0], cmap="gray")
ax[2].imshow(img_trans2, cmap="gray")
ax[3].imshow(img_trans3, cmap="gray")
plt.show()
""",
        "2c-invisible-noise",
        "2c-not-saved",
        t2c_count="passed partial",
        t2c_choice="partial 1-2.5",
        t2c_applied="partial failed 0-2",
    ),
    "not-saved": code(
        """
img_trans1 = np.fliplr(img)
img_trans2 = tf.keras.preprocessing.image.apply_affine_transform(img, theta=6, row_axis=0, col_axis=1, channel_axis=2)
img_trans3 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.3)
for b in (img, img_trans1, img_trans2, img_trans3):
    plt.figure()
    plt.imshow(b[:, :, 0], cmap="gray", vmin=0, vmax=255)
    plt.show()
""",
        "2c-not-saved",
        t2c_count="passed",
        t2c_choice="passed",
        t2c_applied="partial 1.5-2.5",
    ),
}


def _reasons(low: float, high: float, source: str, *traps: str) -> Part:
    return text("2c.reasons", low, high, source, *traps)


REASONS = {
    "list": _reasons(
        1.5,
        2,
        """
Gewählt:
- fliplr: gespiegelt sieht ein linkes Auge aus wie ein rechtes
- kleine Drehung: Patient hält den Kopf nicht immer ganz gerade
- Helligkeit: hängt vom Gerät und der Einstellung ab

Nicht gewählt:
- flipud: Glaskörper ist immer oben und Aderhaut unten
- Salz und Pfeffer: kommt bei OCT nicht vor
- Gauß, Poisson: untypisch für OCT bzw. kaum sichtbar
- Speckle: ist schon im Bild enthalten
""",
    ),
    "prose": _reasons(
        1.5,
        2,
        """
Wir haben die horizontale Spiegelung gewählt, weil es rechte und linke Augen gibt. Eine leichte Drehung kommt vor, wenn
der Scan etwas schräg liegt. Die Helligkeit unterscheidet sich von Gerät zu Gerät. Die vertikale Spiegelung haben wir
ausgeschlossen, weil die Schichten der Netzhaut immer in derselben Reihenfolge liegen und der Glaskörper nie unten ist.
Salz-und-Pfeffer-Rauschen entsteht bei der OCT nicht. Gaußsches und Poisson-Rauschen spielen bei der OCT neben dem Speckle kaum eine
Rolle. Speckle wäre möglich, verdeckt aber kleine Drusen.
""",
    ),
    "speckle": _reasons(
        1,
        2,
        """
fliplr: left/right eye sind spiegelbildlich. Kleine Rotation: Kopf beim Scannen etwas schief. Speckle: das ist das typische Rauschen
der OCT (kohärentes Licht). flipud geht nicht, weil die Retina ein festes Oben und Unten hat. Salt & pepper und Poisson kommen
so nicht vor. Brightness wäre auch gegangen, aber drei reichen.
""",
    ),
    "gauss": _reasons(
        1,
        2,
        """
- Spiegeln links/rechts: entspricht dem anderen Auge
- Helligkeit: verschiedene Geräteeinstellungen
- schwaches Gauß-Rauschen: Rauschen des Detektors
- nicht: oben/unten spiegeln, denn die Aderhaut liegt immer unten
- nicht: Drehen, Salz und Pfeffer (keine defekten Pixel), Poisson, Speckle (ist schon drin)
""",
    ),
    "two": _reasons(
        0.5,
        1.5,
        """
Spiegeln, weil das andere Auge genauso aussieht, nur seitenverkehrt. Helligkeit, weil die Aufnahmen je nach Gerät unterschiedlich
hell sind.
""",
    ),
    "wrong": _reasons(
        0,
        0.5,
        """
Wir haben das Bild auf den Kopf gestellt, weil das Netz das Auge aus jeder Richtung erkennen muss. Starke Drehungen und Salz und Pfeffer
machen es robuster.
""",
    ),
    "flipud": _reasons(
        0.5,
        1.5,
        """
Spiegeln in beide Richtungen ist sinnvoll, weil es linke und rechte Augen gibt und das Netz robuster wird. Helligkeit, weil nicht
jede Aufnahme gleich hell ist. Rauschen macht das Bild nur schlechter.
""",
    ),
    "none": Part("*Hier antworten.*", auto(t2c_reasons="failed"), ("2c-no-reasons",)),
}
