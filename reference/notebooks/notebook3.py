# ---
# jupyter:
#   grader:
#     notebook: notebook3
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Notebook 3: Grenzen
#
# Ein Netz, das meistens recht hat, muss nicht verstanden haben, worum es geht. In diesem Notebook prüfen Sie ein
# Netz, das Magnetresonanztomographien (MRT) des Knies beurteilt: Sie lassen es zwei Knie beurteilen (Aufgabe 3a), sehen nach, welche
# Stellen im Bild den Ausschlag gaben (Aufgabe 3b), und suchen die Ursache (Aufgabe 3c).
#
# Ergänzen Sie den Code, wo `...` oder `# Ihr Code` steht, und schreiben Sie Ihre Antworten in die Textzellen mit
# *Hier antworten.* Bevor Sie abgeben, starten Sie den Kernel neu und führen alle Zellen der Reihe nach aus.

# %% slot="n3-setup"
exec(open(r"../data/notebook3_code.py").read())
# %matplotlib inline

# %% [markdown]
# ## Aufgabe 3a: Zwei Knie
#
# Eine MRT-Aufnahme ist ein Volumen: viele Schichtbilder hintereinander. Die nächste Zelle zeigt die Schichten einer
# Aufnahme in sagittaler Richtung, also von der Seite.

# %% slot="3a-example"
show_mri_example()

# %% [markdown]
# ### Die beiden Bilder laden
#
# Laden Sie die Volumen `../data/mrt_tuil/train/sagittal/0002.npy` und `../data/mrt_blank/0008.npy` mit `np.load`. Sie
# haben die Form (Schichten, 256, 256). Die **mittlere** Schicht des ersten wird zu `bild1`, die des zweiten zu `bild2`, jeweils mit
# der Form `(256, 256, 1)` und dem Datentyp `float32`. Fassen Sie beide in `im_array` mit der Form `(2, 256, 256, 1)`
# zusammen und zeigen Sie sie nebeneinander.
#
# *Hinweise:* Die Zahl der Schichten ist nicht überall gleich. `len(volumen) // 2` ist die Nummer der mittleren Schicht;
# eine weitere Achse fügen Sie mit `[..., np.newaxis]` an.

# %% slot="3a-load"
# <student>
#| # Ihr Code
#| bild1 = ...
#| bild2 = ...
#| im_array = ...
#|
#| # Ihr Code: beide Bilder zeigen
# <solution>
volumen1 = np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")
volumen2 = np.load(r"../data/mrt_blank/0008.npy")

bild1 = volumen1[len(volumen1) // 2][..., np.newaxis].astype("float32")
bild2 = volumen2[len(volumen2) // 2][..., np.newaxis].astype("float32")
im_array = np.array([bild1, bild2])
print(im_array.shape, im_array.dtype)

fig, achsen = plt.subplots(1, 2, figsize=(9, 4.5))
for achse, bild, titel in zip(achsen, im_array, ("Bild 1", "Bild 2")):
    achse.imshow(bild[:, :, 0], cmap="gray")
    achse.set_title(titel)
    achse.axis("off")
plt.show()
# <end>

# %% [markdown]
# ### Die Vorhersage des Netzes
#
# Laden Sie das Netz `../data/mrt.h5` in `model` und bestimmen Sie seine Ausgabe `result` für `im_array`. Geben Sie zu jedem Bild die
# Stelle des größten Eintrags aus.
#
# | Klasse | Bedeutung | Stelle in der Ausgabe |
# |:---|:---|:---|
# | 1 | gesund | 0 |
# | 2 | krankhaft verändert | 1 |

# %% slot="3a-predict"
# <student>
#| model = ...  # Ihr Code
#| result = ...  # Ihr Code
#|
#| # Ihr Code: die beiden Klassen ausgeben
# <solution>
model = tf.keras.models.load_model(r"../data/mrt.h5", compile=False)
result = model.predict(im_array, verbose=0)

print(np.round(result, 3))
for nummer, zeile in enumerate(result, start=1):
    print(f"Bild {nummer}: argmax {np.argmax(zeile)}")
# <end>

# %% [markdown]
# ### Ist das Ergebnis glaubhaft?
#
# Fachleute haben beide Knie untersucht; **beide sind krankhaft verändert**. Was folgt daraus für das Ergebnis des
# Netzes? Würden Sie sich auf seine Aussage verlassen? Begründen Sie Ihre Antwort.

# %% [markdown] slot="3a-credible"
# <student>
# *Hier antworten.*
# <solution>
# Nein, auf dieses Netz würde ich mich nicht verlassen. Für Bild 1 nennt es Klasse 2 (krankhaft verändert), das stimmt. Für Bild 2
# nennt es Klasse 1 (gesund), obwohl auch dieses Knie krankhaft verändert ist: Die Vorhersage ist falsch, und zwar in der
# gefährlichen Richtung, denn eine übersehene Erkrankung (falsch negativ) bleibt unbehandelt.
#
# Auch die richtige Antwort zu Bild 1 ist damit fraglich. Zwei Bilder sind zu wenig für eine Fehlerrate, aber sie sind
# Anlass genug nachzusehen, *woran* das Netz seine Entscheidung festmacht. Es könnte bei Bild 1 aus einem falschen Grund
# richtig liegen, zum Beispiel wegen eines Merkmals, das mit dem Knie nichts zu tun hat.
# <end>

# %% [markdown]
# ## Aufgabe 3b: Class Activation Maps
#
# Eine *Class Activation Map* (CAM) zeigt, welche Stellen eines Bildes für eine Klasse gesprochen haben. Sind
# $A_k(i, j)$ die Merkmalskarten der letzten Faltungsschicht und $w_k^{(c)}$ die Gewichte, mit denen ihre Mittelwerte in die
# Klasse $c$ eingehen, dann ist
#
# $$M_c(i, j) = \sum_k w_k^{(c)} \, A_k(i, j).$$
#
# ### Die Heatmaps
#
# Berechnen Sie zu beiden Bildern die CAM der Klasse, die das Netz genannt hat, und legen Sie sie in `Map1` und `Map2` ab:
# `visualize_class_activation_map(model, im_array, img_num=…, klasse=…)`. Die Nummern des Bildes und der Klasse zählen ab 0.
# Zeigen Sie jede Heatmap halb durchsichtig (`cmap="jet"`, `alpha=0.4`) über dem Graubild.

# %% slot="3b-heatmaps"
# <student>
#| Map1 = ...  # Ihr Code
#| Map2 = ...  # Ihr Code
#|
#| # Ihr Code: die Heatmaps über den Graubildern zeigen
# <solution>
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)

fig, achsen = plt.subplots(1, 2, figsize=(9, 4.5))
titel = ("Bild 1, Klasse 2 (krankhaft)", "Bild 2, Klasse 1 (gesund)")
for achse, bild, karte, text in zip(achsen, (bild1, bild2), (Map1, Map2), titel):
    achse.imshow(bild[:, :, 0], cmap="gray")
    achse.imshow(karte, cmap="jet", alpha=0.4)
    achse.set_title(text)
    achse.axis("off")
plt.show()
# <end>

# %% [markdown]
# ### Was zeigen die Heatmaps?
#
# Beschreiben Sie für beide Bilder, welche Stellen für die genannte Klasse sprachen. Sind das die Stellen, auf die auch eine Ärztin oder
# ein Arzt sehen würde? Was schließen Sie daraus über das Netz?

# %% [markdown] slot="3b-reading"
# <student>
# *Hier antworten.*
# <solution>
# **Bild 1 (krankhaft):** Die Heatmap leuchtet nur in der linken unteren Ecke. Dort liegt nichts vom Kniegelenk, nur der
# Rand des Bildes. Knorpel, Menisken, Kreuzbänder und Knochen, also die Stellen, auf die eine Ärztin sehen würde, haben zur
# Entscheidung fast nichts beigetragen.
#
# **Bild 2 (gesund):** Hier liegt die Aktivierung auf dem Gelenk, also an einer sinnvollen Stelle. Trotzdem ist das Ergebnis falsch:
# Das Netz findet dort nichts, was für „krankhaft“ spricht.
#
# **Folgerung:** Das Netz hat nicht gelernt, Veränderungen des Knies zu erkennen. Es entscheidet bei Bild 1 nach etwas in der
# Ecke, das mit der Erkrankung nichts zu tun hat, und kommt nur zufällig zum richtigen Ergebnis. Fehlt dieses Merkmal wie
# in Bild 2, nennt es das Knie gesund. In der linken unteren Ecke von Bild 1 muss also etwas sein, das man im Graubild nicht sieht.
# <end>

# %% [markdown]
# ## Aufgabe 3c: Farbtabellen
#
# Im Graubild liegen benachbarte Grauwerte so dicht beieinander, dass das Auge sie nicht trennt. Eine Farbtabelle (*colormap*)
# ordnet den Grauwerten Farben zu und kann kleine Unterschiede sichtbar machen.
#
# ### Drei Farbtabellen
#
# Zeigen Sie `bild1` und `bild2` jeweils mit den Farbtabellen `"summer"`, `"flag"` und `"rainbow"`, insgesamt also sechs Bilder.
# Geben Sie jedem Bild einen Titel und zeigen Sie die Bilder groß genug.

# %% slot="3c-colormaps"
# <student>
#| # Ihr Code
# <solution>
fig, achsen = plt.subplots(2, 3, figsize=(13, 9))
for zeile, bild, name in zip(achsen, (bild1, bild2), ("Bild 1", "Bild 2")):
    for achse, farbtabelle in zip(zeile, ("summer", "flag", "rainbow")):
        achse.imshow(bild[:, :, 0], cmap=farbtabelle)
        achse.set_title(f"{name}, {farbtabelle}")
        achse.axis("off")
fig.tight_layout()
plt.show()
# <end>

# %% [markdown]
# ### Was hat das Netz gelernt?
#
# - Was entdecken Sie, in welchem Bild, an welcher Stelle und mit welcher Farbtabelle?
# - Warum sieht man es gerade mit dieser Farbtabelle?
# - Wie erklärt Ihre Entdeckung die Ergebnisse der Aufgaben 3a und 3b? Was ist vermutlich beim Sammeln der Trainingsdaten
#   geschehen, und wie ließe sich der Fehler vermeiden?

# %% [markdown] slot="3c-conclusion"
# <student>
# *Hier antworten.*
# <solution>
# **Entdeckung:** In Bild 1 erscheint mit der Farbtabelle „flag“ unten links ein Wasserzeichen: der Schriftzug „TECHNISCHE
# UNIVERSITÄT ILMENAU“ mit einem Wappen. In „summer“ und „rainbow“ ist es kaum zu erkennen, im Graubild gar nicht. Bild 2 hat kein
# Wasserzeichen.
#
# **Warum „flag“:** Diese Farbtabelle ist zyklisch und wechselt sehr schnell zwischen Rot, Weiß, Blau und Schwarz. Schon Grauwerte, die
# sich nur um eine oder zwei Stufen unterscheiden, bekommen ganz verschiedene Farben. „summer“ und „rainbow“ laufen dagegen langsam und
# gleichmäßig über den ganzen Bereich.
#
# **Erklärung:** Die Heatmap von Bild 1 liegt genau auf dem Wasserzeichen. Vermutlich stammten die meisten Aufnahmen kranker Knie im
# Training aus einer Studie, deren Bilder dieses Wasserzeichen tragen, die Aufnahmen gesunder Knie dagegen nicht. Das Wasserzeichen war
# damit das einfachste Merkmal für „krankhaft“. Das Netz hat das Wasserzeichen gelernt und nicht das Knie (eine Abkürzung, englisch
# *shortcut*; man spricht auch vom „Kluger-Hans-Effekt“). Deshalb nennt es Bild 1 krankhaft und Bild 2, das kein Wasserzeichen hat, gesund.
#
# **Vermeiden:** Wasserzeichen, Beschriftungen und Ränder vor dem Training entfernen oder abschneiden; beide Klassen aus denselben
# Quellen nehmen; mit Bildern aus einer Klinik prüfen, die im Training nicht vorkam; mit Verfahren wie der CAM nachsehen, worauf das Netz achtet.
# <end>
