# ---
# jupyter:
#   grader:
#     notebook: notebook2
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Notebook 2: Anwendungen
#
# In diesem Notebook wenden Sie neuronale Netze auf medizinische Daten an. Sie bereinigen Laborwerte, bevor ein
# Netz damit rechnen darf (Aufgabe 2a), vergleichen Ihre eigene Diagnose an Netzhautbildern mit der eines Netzes
# (Aufgabe 2b) und überlegen, womit sich ein kleiner Bilddatensatz sinnvoll vergrößern lässt (Aufgabe 2c).
#
# Ergänzen Sie den Code, wo `...` oder `# Ihr Code` steht, und schreiben Sie Ihre Antworten in die Textzellen mit
# *Hier antworten.* Bevor Sie abgeben, starten Sie den Kernel neu und führen alle Zellen der Reihe nach aus.

# %% slot="n2-setup"
exec(open(r"../data/notebook2_code.py").read())
# %matplotlib inline

# %% [markdown]
# ## Aufgabe 2a: Datenbereinigung
#
# Ein Netz ist nur so gut wie seine Daten. Die Datei `datenblatt.csv` enthält die Laborwerte eines Patienten. Auf
# dem Weg vom Labor in die Datei ist einiges schiefgegangen; unter anderem wurde sie in einer
# Tabellenkalkulation mit deutscher Ländereinstellung geöffnet und wieder gespeichert.
#
# ### Einlesen
#
# Führen Sie die Zelle aus. Sie zeigt das Patientenblatt, wie es das Labor gedruckt hat, und darunter die eingelesene
# Tabelle. Vergleichen Sie beide Zeile für Zeile.

# %% slot="2a-read"
data = pd.read_csv(r"../data/datenblatt.csv", sep=";", encoding="latin1")
data = data.astype(object)  # damit in einer Spalte Texte und Zahlen stehen dürfen

patientenblatt()
data

# %% [markdown]
# ### Korrigieren
#
# Korrigieren Sie alle Fehler in der Tabelle `data`. Am Ende sollen in den Zeilen 1 bis 24 der letzten Spalte
# (`"Unnamed: 4"`) die richtigen Werte stehen, und zwar alle als Zahlen desselben Typs, nicht als Text.
#
# *Hinweise*
#
# - Behalten Sie alle Zeilen und ihre Reihenfolge bei: Eine Zeile zu löschen ist keine Korrektur.
# - Eine Zelle ändern Sie mit `data.loc[zeile, spalte] = wert`. Statt einer Zeilennummer geht auch eine Bedingung,
#   zum Beispiel `data["Unnamed: 1"] == "Calcium i.S."`.
# - Auch in einer der anderen Spalten hat das Einlesen einen Fehler gemacht. Suchen Sie nach `NaN`.
# - `NaN` steht für einen fehlenden Wert und ist kein Text; `data.replace("NaN", …)` findet es deshalb nicht.

# %% slot="2a-clean"
# <student>
#| # Ihr Code
# <solution>
spalte = "Unnamed: 4"

# Die Laborid von Natrium heißt NA; pandas hat sie als "not available" gelesen.
data.loc[data["Unnamed: 1"] == "Natrium i.S.", "Unnamed: 0"] = "NA"

# Beschädigte oder fehlende Werte, abgelesen vom Patientenblatt
patient = {
    "CA": 2.43,  # Feb 43
    "CHOL": 5.07,  # 05. Jul: 5.7 oder 5.07, das entscheidet nur das Blatt
    "ERY": 4.28,
    "GGT": 0.28,  # "zu groß" ist kein Messwert
    "GOT": 0.3,  # " ok" auch nicht
    "HB": 7.6,
    "HDL": 2.35,
    "K": 4.07,
    "LDLC": 2.08,
    "LEUK": 4.09,
    "MCH": 1.76,
    "MCHC": 20.3,
    "THRO": 321.0,  # fehlte ganz
    "TRI": 1.15,
    "TSHB": 3.22,
}
for laborid, wert in patient.items():
    data.loc[data["Unnamed: 0"] == laborid, spalte] = wert

# Auch die unbeschädigten Werte sind noch Zeichenketten.
data.loc[1:, spalte] = data.loc[1:, spalte].astype(float)
data
# <end>

# %% [markdown]
# ### Probe
#
# Zum Schluss wird die Spalte in Gleitkommazahlen umgewandelt und ein Trainingsschritt versucht. Mit sauberen Daten läuft
# die Zelle ohne Fehlermeldung durch.

# %% slot="2a-numeric"
werte = data.loc[1:, "Unnamed: 4"].astype(float)
test_training(werte)

# %% [markdown]
# ## Aufgabe 2b: Klassifikation von OCT-Aufnahmen
#
# Die optische Kohärenztomographie (OCT) zeigt einen Querschnitt durch die Netzhaut: oben der Glaskörper, darunter die Schichten
# der Netzhaut bis zum hellen retinalen Pigmentepithel (RPE), ganz unten die Aderhaut. Vier Klassen sind zu unterscheiden:
#
# | Klasse | Kürzel | Bedeutung | Woran man sie erkennt |
# |:---|:---|:---|:---|
# | 1 | CNV | choroidale Neovaskularisation | Gefäße wachsen aus der Aderhaut ein; eine Läsion durchbricht das RPE |
# | 2 | DME | diabetisches Makulaödem | Netzhaut verdickt, dunkle Flüssigkeitsblasen (Zysten) in den Schichten |
# | 3 | NORMAL | gesund | glatte Schichten, deutliche Grube (Fovea) |
# | 4 | DRUSEN | Drusen, frühe Makuladegeneration | kleine Hügel unter dem RPE, das RPE wirkt gewellt |
#
# ### Die vier Aufnahmen

# %% slot="2b-show"
show_oct()

# %% [markdown]
# ### Ihre Diagnose
#
# Welche Diagnose würden Sie nach Augenschein stellen? Notieren Sie zu jeder der vier Aufnahmen eine Klasse und
# das Merkmal, das für Sie den Ausschlag gab.

# %% [markdown] slot="2b-diagnosis"
# <student>
# *Hier antworten (eine Zeile je Bild).*
# <solution>
# - Bild 1: DRUSEN. Das RPE wirft zwei kleine Hügel auf, die Schichten darüber und die Fovea sind erhalten.
# - Bild 2: DME. Rechts neben der Fovea ist die Netzhaut stark verdickt und enthält dunkle, rundliche Zysten.
# - Bild 3: CNV. Eine große Läsion durchbricht das RPE und hebt die Netzhaut an.
# - Bild 4: NORMAL. Die Schichten sind glatt und gleichmäßig, die Fovea ist gut zu erkennen.
# <end>

# %% [markdown]
# ### Die Diagnose des Netzes
#
# Laden Sie das trainierte Netz aus der Datei `../data/oct.h5` (`tf.keras.models.load_model`) und die Bilder mit
# `img_data = load_oct()`. Bestimmen Sie die Ausgaben für die vier Aufnahmen und geben Sie zu jedem Bild die Stelle
# des größten Eintrags aus.
#
# *Hinweis:* Die Ausgabe einer Zeile sind vier Werte, die sich zu 1 addieren (Softmax), in der Reihenfolge der
# Klassen in der Tabelle. Achten Sie darauf, wo Python zu zählen beginnt.

# %% slot="2b-predict"
# <student>
#| model = ...  # Ihr Code
#| img_data = load_oct()
#| result = ...  # Ihr Code
#|
#| # Ihr Code: die vier Klassen ausgeben
# <solution>
model = tf.keras.models.load_model(r"../data/oct.h5")
img_data = load_oct()
result = model.predict(img_data[0:4], verbose=0)

print(np.round(result, 3))
for nummer, zeile in enumerate(result, start=1):
    print(f"Bild {nummer}: argmax {np.argmax(zeile)}")
# <end>

# %% [markdown]
# ### Deutung
#
# Die richtigen Diagnosen lauten: Bild 1 DRUSEN, Bild 2 DME, Bild 3 CNV, Bild 4 NORMAL.
#
# - Welche Klasse nennt das Netz zu jedem Bild, und welche Bilder erkennt es richtig?
# - Erklären Sie anhand der Softmax-Werte, wie sicher sich das Netz jeweils ist und womit es die
#   falsch erkannten Bilder verwechselt.

# %% [markdown] slot="2b-interpretation"
# <student>
# *Hier antworten.*
# <solution>
# Die Stelle des größten Eintrags ist 1, 0, 0 und 2. Weil Python bei 0 zu zählen beginnt, sind das die Klassen 2, 1, 1 und 3:
#
# | Bild | CNV | DME | NORMAL | DRUSEN | Netz | richtig wäre | |
# |---|---|---|---|---|---|---|---|
# | 1 | 0,184 | **0,620** | 0,046 | 0,150 | DME | DRUSEN | falsch |
# | 2 | **0,602** | 0,397 | 0,000 | 0,000 | CNV | DME | falsch |
# | 3 | **0,941** | 0,001 | 0,001 | 0,057 | CNV | CNV | richtig |
# | 4 | 0,000 | 0,000 | **0,741** | 0,259 | NORMAL | NORMAL | richtig |
#
# Die Bilder 3 und 4 erkennt das Netz richtig, die Bilder 1 und 2 falsch.
#
# - **Bild 1** (DRUSEN): Das Netz nennt DME, ist mit 62 % aber unsicher; der Rest verteilt sich auf CNV (18 %) und DRUSEN (15 %). Dass das Auge
#   krank ist, hat es erkannt, die kleinen Hügel aber nicht als Drusen.
# - **Bild 2** (DME): CNV liegt mit 60 % vor der richtigen Klasse DME mit 40 %. Das Netz schwankt zwischen den beiden Krankheiten, bei denen sich
#   Flüssigkeit sammelt und die Netzhaut dicker wird; NORMAL und DRUSEN schließt es aus.
# - **Bild 3** (CNV): Mit 94 % ist das Netz sehr sicher, die große Läsion ist eindeutig.
# - **Bild 4** (NORMAL): Richtig, aber mit 74 % nur mäßig sicher; 26 % sprechen für DRUSEN.
#
# Bei den falschen Antworten ist der höchste Wert kleiner als bei den richtigen (62 % und 60 % gegen 94 % und 74 %), man hätte ihnen also misstrauen
# können. Verlassen darf man sich darauf nicht: Auch eine falsche Antwort kann einen hohen Softmax-Wert haben.
# <end>

# %% [markdown]
# ## Aufgabe 2c: Augmentierung
#
# Medizinische Bilder sind knapp. Beim Augmentieren erzeugt man aus einem vorhandenen Bild weitere, die anders aussehen, aber
# *ebenso gut aus der Klinik stammen könnten* und dieselbe Diagnose haben. Zur Wahl stehen:
#
# | | Verfahren | Aufruf |
# |:---|:---|:---|
# | a | oben und unten vertauschen | `np.flipud(img)` |
# | b | links und rechts vertauschen | `np.fliplr(img)` |
# | c | um den Winkel `theta` (in Grad) drehen | `tf.keras.preprocessing.image.apply_affine_transform(img, theta=…, row_axis=0, col_axis=1, channel_axis=2)` |
# | d | Helligkeit um einen Faktor ändern | `tf.keras.preprocessing.image.apply_brightness_shift(img, brightness)` |
# | e | Rauschen „Salz und Pfeffer“ | `add_noise('s&p', img[:, :, 0])` |
# | f | Gaußsches Rauschen | `add_noise('gauss', img[:, :, 0])` |
# | g | Poisson-Rauschen | `add_noise('poisson', img[:, :, 0])` |
# | h | Speckle-Rauschen | `add_noise('speckle', img[:, :, 0])` |
#
# ### Das Bild laden
#
# Laden Sie `../data/oct_drusen.jpeg` als Graubild in die Variable `img`. Sie soll die Form `(224, 224, 1)` haben.
#
# *Hinweis:* `load_img` (mit `color_mode` und `target_size`) und `img_to_array` aus
# `tf.keras.preprocessing.image` helfen dabei.

# %% slot="2c-load"
# <student>
#| img = ...  # Ihr Code
# <solution>
img = tf.keras.preprocessing.image.img_to_array(
    tf.keras.preprocessing.image.load_img(
        r"../data/oct_drusen.jpeg", color_mode="grayscale", target_size=(224, 224)
    )
)
# <end>
print(img.shape, img.min(), img.max())

# %% [markdown]
# ### Drei Verfahren anwenden
#
# Wählen Sie drei verschiedene Verfahren aus, die für OCT-Aufnahmen sinnvoll sind, und passen Sie ihre Stärke an.
# Wenden Sie sie auf `img` an (`img_trans1`, `img_trans2`, `img_trans3`), zeigen Sie das Original und die drei Ergebnisse und
# speichern Sie jedes Ergebnis als Bilddatei.
#
# *Hinweise*
#
# - `plt.imshow(img[:, :, 0], cmap="gray", vmin=0, vmax=255)` zeigt alle Bilder mit derselben Grauskala.
#   Ohne `vmin` und `vmax` gleicht `imshow` einen Unterschied in der Helligkeit wieder aus.
# - Die Grauwerte von `img` reichen von 0 bis 255. Prüfen Sie, ob man Ihr Rauschen überhaupt sieht.
# - Zum Speichern eignet sich `plt.imsave`.

# %% slot="2c-apply"
# <student>
#| # Ihr Code
#| img_trans1 = ...
#| img_trans2 = ...
#| img_trans3 = ...
#|
#| # Ihr Code: zeigen und speichern
# <solution>
img_trans1 = np.fliplr(img)
img_trans2 = tf.keras.preprocessing.image.apply_affine_transform(
    img, theta=5, row_axis=0, col_axis=1, channel_axis=2
)
img_trans3 = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.3)

bilder = {
    "Original": img,
    "Spiegelung links-rechts": img_trans1,
    "Drehung um 5°": img_trans2,
    "Helligkeit mal 1,3": img_trans3,
}
fig, achsen = plt.subplots(1, 4, figsize=(14, 4))
for achse, (titel, bild) in zip(achsen, bilder.items()):
    achse.imshow(bild[:, :, 0], cmap="gray", vmin=0, vmax=255)
    achse.set_title(titel)
    achse.axis("off")
fig.tight_layout()
plt.show()

for name, bild in (("spiegelung", img_trans1), ("drehung", img_trans2), ("helligkeit", img_trans3)):
    plt.imsave(f"oct_{name}.png", bild[:, :, 0], cmap="gray", vmin=0, vmax=255)
# <end>

# %% [markdown]
# ### Begründung
#
# Begründen Sie für **jedes** der acht Verfahren, warum Sie es gewählt oder ausgeschlossen haben. Denken Sie daran, wie eine
# OCT-Aufnahme entsteht und wie die Netzhaut im Bild liegt.

# %% [markdown] slot="2c-reasons"
# <student>
# *Hier antworten.*
# <solution>
# **Gewählt**
#
# - b, Spiegelung links-rechts: Das linke und das rechte Auge sind näherungsweise spiegelbildlich. Das gespiegelte Bild könnte vom
#   anderen Auge stammen, die Diagnose bleibt gleich.
# - c, kleine Drehung (5°): Kopf und Blickrichtung sind nie genau ausgerichtet, deshalb liegt die Netzhaut oft etwas
#   schräg im Bild. Nur kleine Winkel sind sinnvoll; eine senkrecht stehende Netzhaut gibt es nicht.
# - d, mäßige Helligkeit (Faktor 1,3): Verstärkung des Geräts und Trübungen von Hornhaut oder Linse ändern die Helligkeit von
#   Aufnahme zu Aufnahme. Die Schichten bleiben sichtbar, weil kaum Grauwerte in die Sättigung kommen.
#
# **Ausgeschlossen**
#
# - a, Spiegelung oben-unten: Die Netzhaut hat ein festes Oben und Unten, oben liegt der Glaskörper, unten die Aderhaut. So ein Bild
#   kommt in der Klinik nicht vor, und Drusen würden zu Dellen statt zu Hügeln.
# - e, Salz und Pfeffer: Einzelne ganz weiße oder schwarze Pixel entstehen durch defekte Pixel oder Übertragungsfehler, nicht
#   bei der OCT. Das Netz würde ein Störmuster lernen, das es nie wieder sieht.
# - f, Gaußsches Rauschen: Elektronisches Rauschen des Detektors gibt es zwar, doch in OCT-Aufnahmen überwiegt der Speckle. Schwach wäre
#   es vertretbar; mehr Vielfalt bringen die drei gewählten Verfahren.
# - g, Poisson-Rauschen: Photonenrauschen ist bei der OCT klein gegen den Speckle und auf 8-Bit-Grauwerten kaum sichtbar, das
#   Bild wäre fast eine Kopie.
# - h, Speckle: Dieses multiplikative Rauschen gehört zur OCT und wäre schwach dosiert vertretbar. Das Original
#   enthält es aber schon; noch mehr davon verdeckt feine Schichten und kleine Drusen.
# <end>
