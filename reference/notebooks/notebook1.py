# ---
# jupyter:
#   grader:
#     notebook: notebook1
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Notebook 1: Grundlagen
#
# In diesem Notebook lernen Sie neuronale Netze von innen kennen. Sie rechnen ein kleines Netz
# von Hand durch (Aufgabe 1a), sehen, welche Funktionen ein Netz nachbilden kann (Aufgabe 1b), und
# bringen einem Netz bei, handgeschriebene Ziffern zu lesen (Aufgabe 1c).
#
# **So arbeiten Sie mit dem Notebook**
#
# - Führen Sie die Zellen von oben nach unten aus (Umschalt + Eingabe). Spätere Zellen brauchen
#   die Ergebnisse der früheren.
# - Wo `...` oder `# Ihr Code` steht, ergänzen Sie den Code. Die vorgegebenen Namen der Variablen
#   behalten Sie bitte bei.
# - Fragen beantworten Sie in den Textzellen mit *Hier antworten.* Ein Doppelklick öffnet die Zelle;
#   Formeln schreiben Sie in LaTeX zwischen Dollarzeichen, zum Beispiel `$y = w \cdot x + b$`.
# - Bevor Sie abgeben: Starten Sie den Kernel neu und führen Sie alle Zellen noch einmal der Reihe
#   nach aus. So sehen Sie, ob das Notebook auch ohne Ihre Zwischenversuche läuft.

# %% slot="n1-setup"
exec(open(r"../data/notebook1_code.py").read())
# %matplotlib inline

# %% [markdown]
# ## Aufgabe 1a: Ein kleines Netz
#
# Gegeben ist ein Netz aus vier Neuronen $N_1$ bis $N_4$ mit einem Eingang $x$ und einem Ausgang $y$:
#
# ```
#                      ┌── w11 ──► N2 (b2) ── w12 ──┐
#   x ── w01 ──► N1 (b1)                            ├──► N4 (b4) ──► y
#                      └── w21 ──► N3 (b3) ── w22 ──┘
# ```
#
# | Gewicht | $w_{01}$ | $w_{11}$ | $w_{21}$ | $w_{12}$ | $w_{22}$ |
# |:---|:---:|:---:|:---:|:---:|:---:|
# | Wert | 3 | 2 | 1 | 1 | −5 |
#
# | Schwelle (Bias) | $b_1$ | $b_2$ | $b_3$ | $b_4$ |
# |:---|:---:|:---:|:---:|:---:|
# | Wert | 0 | 0 | −5 | 0 |
#
# Alle vier Neuronen haben die Aktivierungsfunktion ReLU, $f(z) = \max(0, z)$. Jedes Neuron bildet
# also die gewichtete Summe seiner Eingänge, addiert seine Schwelle und wendet $f$ darauf an.

# %% [markdown]
# ### Handrechnung
#
# Berechnen Sie die Ausgabe $y$ des Netzes für $x = -1$, $x = 1$ und $x = 2$ ohne Computer. Geben Sie
# für jede der drei Eingaben auch die Ausgaben der Neuronen $N_1$, $N_2$ und $N_3$ an.
#
# *Hinweis:* Das Netz hat genau einen Eingang. Die drei Werte sind drei getrennte Rechnungen.

# %% [markdown] slot="1a-hand"
# <student>
# *Hier antworten.*
# <solution>
# Mit $h_1, h_2, h_3$ für die Ausgaben der Neuronen $N_1, N_2, N_3$ gilt
#
# $$h_1 = \max(0,\ 3x), \qquad h_2 = \max(0,\ 2 h_1), \qquad h_3 = \max(0,\ h_1 - 5), \qquad
# y = \max(0,\ h_2 - 5 h_3).$$
#
# **$x = -1$:** $h_1 = \max(0, -3) = 0$, $h_2 = \max(0, 0) = 0$, $h_3 = \max(0, 0 - 5) = 0$,
# also $y = \max(0, 0 - 5 \cdot 0) = 0$.
#
# **$x = 1$:** $h_1 = \max(0, 3) = 3$, $h_2 = \max(0, 6) = 6$, $h_3 = \max(0, 3 - 5) = 0$,
# also $y = \max(0, 6 - 5 \cdot 0) = 6$.
#
# **$x = 2$:** $h_1 = \max(0, 6) = 6$, $h_2 = \max(0, 12) = 12$, $h_3 = \max(0, 6 - 5) = 1$,
# also $y = \max(0, 12 - 5 \cdot 1) = 7$.
#
# | $x$ | $h_1$ | $h_2$ | $h_3$ | $y$ |
# |---|---|---|---|---|
# | −1 | 0 | 0 | 0 | **0** |
# | 1 | 3 | 6 | 0 | **6** |
# | 2 | 6 | 12 | 1 | **7** |
# <end>

# %% [markdown]
# ### Das Netz in Keras
#
# Bauen Sie dasselbe Netz mit Keras. Ein `Sequential`-Modell ist ein Stapel von Schichten; jede
# vollständig verbundene Schicht heißt dort `Dense`. Überlegen Sie zuerst, aus wie vielen Schichten
# das Netz besteht und wie viele Neuronen jede davon hat.
#
# *Hinweise*
#
# - Eine Schicht fügen Sie mit `model.add(tf.keras.layers.Dense(…, activation=…))` hinzu.
# - Die Form einer einzelnen Eingabe legen Sie vorher mit `model.add(tf.keras.Input(shape=(…,)))` fest.
# - `model.summary()` zeigt, was Sie gebaut haben.

# %% slot="1a-model"
model = tf.keras.models.Sequential()
# <student>
#| # Ihr Code: Eingang und Schichten
#| ...
# <solution>
model.add(tf.keras.Input(shape=(1,)))
model.add(tf.keras.layers.Dense(1, activation="relu"))
model.add(tf.keras.layers.Dense(2, activation="relu"))
model.add(tf.keras.layers.Dense(1, activation="relu"))
# <end>

# %% [markdown]
# ### Gewichte setzen
#
# Noch sind die Gewichte zufällig. Tragen Sie die Werte von oben ein und stellen Sie daraus die Liste
# `weight_list` zusammen, die `model.set_weights` erwartet: zu jeder Schicht zuerst die Matrix der Gewichte,
# dann den Vektor der Schwellen, jeweils als `np.array`.
#
# *Hinweis:* Die Matrix einer Schicht hat so viele Zeilen, wie die Schicht Eingänge hat, und so viele Spalten,
# wie sie Neuronen hat. Mit `[w.shape for w in model.get_weights()]` sehen Sie, welche Formen gebraucht werden.

# %% slot="1a-weights"
# <student>
#| # Gewichte
#| w01 = ...
#| w11 = ...
#| w21 = ...
#| w12 = ...
#| w22 = ...
#|
#| # Schwellen
#| b1 = ...
#| b2 = ...
#| b3 = ...
#| b4 = ...
#|
#| weight_list = ...  # Ihr Code
# <solution>
# Gewichte
w01 = 3.0
w11 = 2.0
w21 = 1.0
w12 = 1.0
w22 = -5.0

# Schwellen
b1 = 0.0
b2 = 0.0
b3 = -5.0
b4 = 0.0

weight_list = [
    np.array([[w01]]),  # Eingang -> N1
    np.array([b1]),
    np.array([[w11, w21]]),  # N1 -> N2 und N3
    np.array([b2, b3]),
    np.array([[w12], [w22]]),  # N2 und N3 -> N4
    np.array([b4]),
]
# <end>
model.set_weights(weight_list)

# %% [markdown]
# ### Vorhersage
#
# Lassen Sie nun Keras rechnen: Bestimmen Sie mit `model.predict` die Ausgaben für $x = -1$, $x = 1$ und
# $x = 2$ in einem Aufruf, legen Sie das Ergebnis in `result` ab und geben Sie es aus.
#
# *Hinweis:* `predict` erwartet ein Array mit einer Zeile je Eingabe, hier also drei Zeilen und eine Spalte.

# %% slot="1a-predict"
# <student>
#| result = ...  # Ihr Code
#| print(result)
# <solution>
result = model.predict(np.array([[-1.0], [1.0], [2.0]]), verbose=0)
print(result)
# <end>

# %% [markdown]
# ### Vergleich
#
# Stimmen Ihre Handrechnung und die Ausgabe von Keras überein? Wenn nicht: Wo liegt der Unterschied, und welche
# der beiden Rechnungen ist falsch?

# %% [markdown] slot="1a-compare"
# <student>
# *Hier antworten.*
# <solution>
# Ja, beide Rechnungen stimmen überein: Von Hand ergeben sich $0$, $6$ und $7$, und `model.predict` liefert für
# dieselben drei Eingaben `[[0.], [6.], [7.]]`.
# <end>

# %% [markdown]
# ## Aufgabe 1b: Funktionsapproximation
#
# Ein Netz mit einem Eingang und einem Ausgang ist nichts anderes als eine Funktion $y = f(x)$. Hier untersuchen Sie,
# welche Form diese Funktion hat und wie man sie einem gemessenen Signal anpasst.
#
# ### Die Kurve des kleinen Netzes
#
# Berechnen Sie mit dem Netz aus Aufgabe 1a die Ausgaben für 50 Werte zwischen $-5$ und $5$
# (`np.linspace(-5, 5, 50)`) und zeichnen Sie sie mit `plt.plot` über $x$. Beschriften Sie die Achsen.
#
# *Hinweis:* Mit `.reshape(-1, 1)` wird aus einem Vektor ein Array mit einer Spalte.

# %% slot="1b-curve"
# <student>
#| result = ...  # Ihr Code: die 50 Ausgaben
#|
#| # Ihr Code: die Kurve zeichnen
# <solution>
eingaben = np.linspace(-5, 5, 50).reshape(-1, 1)
result = model.predict(eingaben, verbose=0)

plt.plot(eingaben, result)
plt.title("Ausgabe des kleinen Netzes")
plt.xlabel("Eingabe $x$")
plt.ylabel("Ausgabe $y$")
plt.grid(True)
plt.show()
# <end>

# %% [markdown]
# ### Das Netz und der QRS-Komplex
#
# Die Kurve erinnert ein wenig an die R-Zacke eines EKG. Die folgende Zelle öffnet ein Bedienfeld: In Blau
# sehen Sie die Kurve des Netzes, in Rot einen QRS-Komplex. Mit den Reglern ändern Sie die Gewichte und Schwellen.
# Versuchen Sie, den QRS-Komplex so gut wie möglich zu treffen.

# %% slot="1b-widget"
weight_widget_relu()

# %% [markdown]
# ### Kommentar zur Anpassung
#
# Wie gut lässt sich der QRS-Komplex auf diese Weise nachbilden? Welche Teile des Signals trifft das Netz, welche
# nicht, und woran liegt das? Was müsste am Netz anders sein?

# %% [markdown] slot="1b-comment"
# <student>
# *Hier antworten.*
# <solution>
# Die R-Zacke lässt sich in Lage, Höhe und Breite recht gut treffen, der Rest des Komplexes nicht. Das kleine Netz
# bildet eine stückweise lineare Funktion mit nur drei Knicken: Sie ist null, steigt gerade an, fällt gerade ab und
# ist wieder null. Die Q- und die S-Zacke liegen unter der Nulllinie; das ReLU am Ausgang lässt aber keine
# negativen Werte zu, deshalb fehlen sie ganz. Auch die runden Übergänge an der Spitze und am Fuß der Zacke kann das Netz
# mit so wenigen geraden Stücken nur grob annähern. Außerdem ist das Einstellen von Hand mühsam, weil jedes Gewicht
# mehrere Eigenschaften der Kurve zugleich ändert.
#
# Besser ginge es mit mehr Neuronen in den verborgenen Schichten (mehr Knicke, also feinere Stücke), mit einer
# linearen Ausgabe (negative Werte möglich) und mit einem Training, das die Gewichte selbst einstellt.
# <end>

# %% [markdown]
# ### Zehn QRS-Komplexe als Trainingsdaten
#
# Von Hand ist das Einstellen mühsam. Deshalb soll ein größeres Netz die Gewichte aus Messdaten lernen. Die Datei
# `data_ekg.csv` enthält zehn QRS-Komplexe; die Vorverarbeitung macht daraus Paare aus Eingabe `x` (Zeit) und
# gewünschter Ausgabe `y` (Spannung).

# %% slot="1b-data"
dataset = pd.read_csv("../data/data_ekg.csv")
plot_EKG_data(dataset)
x, y = prepare_EKG_data(dataset)

# %% [markdown]
# ### Training
#
# Führen Sie das Training aus. Der Callback `QRS()` zeichnet während des Trainings immer wieder die aktuelle Kurve des
# Netzes. Beobachten Sie, welche Teile des QRS-Komplexes zuerst und welche zuletzt gelernt werden, und vergleichen Sie das
# Ergebnis mit Ihrer Einstellung von Hand.

# %% slot="1b-training"
model3 = tf.keras.models.Sequential()
model3.add(tf.keras.Input(shape=(1,)))
model3.add(tf.keras.layers.Dense(32, activation="relu"))
model3.add(tf.keras.layers.Dense(32, activation="relu"))
model3.add(tf.keras.layers.Dense(1))
model3.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="mean_squared_error")

verlauf = model3.fit(x, y, batch_size=128, epochs=100, callbacks=[QRS()], verbose=0)

# %% [markdown]
# ## Aufgabe 1c: Handgeschriebene Ziffern
#
# Jetzt soll ein Netz Bilder erkennen. Jedes Bild hat $28 \times 28$ Grauwerte und zeigt eine Ziffer von 0 bis 9.
# Die Zielwerte sind *one-hot* kodiert: ein Vektor mit zehn Einträgen, in dem genau der Eintrag der richtigen Ziffer 1 ist.
#
# ### Die Daten
#
# Zum Trainieren nehmen wir 10 000 Bilder, zum Ausprobieren vier Bilder, die das Netz vorher nicht gesehen hat.

# %% slot="1c-data"
x_train, y_train, x_test, y_test = load_and_show_data()

x_train = x_train[0:10000]
y_train = y_train[0:10000]
x_test = x_test[0:4]
y_test = y_test[0:4]

# %% [markdown]
# ### Das Netz
#
# Vervollständigen Sie das Netz:
#
# 1. Eine `Flatten`-Schicht macht aus dem Bild einen langen Vektor.
# 2. Darauf folgt eine verborgene `Dense`-Schicht mit ReLU. Die Zahl ihrer Neuronen wählen Sie selbst.
# 3. Die Ausgabeschicht braucht ein Neuron je Klasse. Welche Aktivierungsfunktion macht aus den Ausgaben
#    Werte zwischen 0 und 1, die sich zu 1 addieren?
#
# Übersetzen Sie das Netz danach mit `model.compile`: Optimierer `adam`, Fehlerfunktion
# `categorical_crossentropy`, als Metrik die Genauigkeit (`accuracy`).

# %% slot="1c-model"
model = tf.keras.models.Sequential()
# <student>
#| # Ihr Code: Schichten
#| ...
#|
#| # Ihr Code: model.compile
#| ...
# <solution>
model.add(tf.keras.Input(shape=(28, 28)))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(128, activation="relu"))
model.add(tf.keras.layers.Dense(10, activation="softmax"))

model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
# <end>

# %% [markdown]
# ### Training und Vorhersage
#
# In der nächsten Zelle steckt ein **logischer Fehler**: Python meldet nichts, und trotzdem ist das Training so nicht
# sinnvoll. Finden und beheben Sie ihn, bevor Sie trainieren.
#
# Bestimmen Sie danach mit `model.predict` die Ausgaben für die vier Testbilder (`result`) und geben Sie zu jedem Bild
# die erkannte Ziffer aus.
#
# *Hinweise*
#
# - Die erkannte Ziffer ist die Stelle des größten Eintrags; `np.argmax` findet sie.
# - Wenn Sie die Zelle noch einmal ausführen möchten, führen Sie vorher die Zelle mit dem Netz aus: Am Ende
#   dieser Zelle wird `model` zurückgesetzt.

# %% slot="1c-training"
# Training
# <student>
#| model.fit(x_test, y_test, batch_size=128, epochs=5, verbose=2)
# <solution>
model.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)
# <end>

# Vorhersage für die vier Testbilder
# <student>
#| result = ...  # Ihr Code
# <solution>
result = model.predict(x_test, verbose=0)
# <end>

# Die vier erkannten Ziffern
# <student>
#| # Ihr Code
# <solution>
for nummer, zeile in enumerate(result, start=1):
    print(f"Testbild {nummer}: {np.argmax(zeile)}")
# <end>

# Ab hier bitte nichts ändern
model = tf.keras.models.Sequential()

# %% [markdown]
# ### Eine zweite Konfiguration
#
# Wie viele Neuronen braucht die verborgene Schicht? Trainieren Sie hier ein zweites Netz mit einer anderen Zahl von
# Neuronen auf denselben Bildern, so dass Sie die Genauigkeiten im Training (`accuracy`) vergleichen können. Suchen Sie auch ein
# Netz, das für die Aufgabe eindeutig zu klein ist.

# %% slot="1c-second"
# <student>
#| # Ihr Code: ein zweites Netz mit anderer Größe
# <solution>
model_klein = tf.keras.models.Sequential()
model_klein.add(tf.keras.Input(shape=(28, 28)))
model_klein.add(tf.keras.layers.Flatten())
model_klein.add(tf.keras.layers.Dense(2, activation="relu"))
model_klein.add(tf.keras.layers.Dense(10, activation="softmax"))
model_klein.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

verlauf = model_klein.fit(x_train, y_train, batch_size=128, epochs=5, verbose=2)
# <end>

# %% [markdown]
# ### Vergleich der Konfigurationen
#
# Nennen Sie zu zwei Konfigurationen die Zahl der verborgenen Neuronen und die erreichte Genauigkeit im Training.
# Welches Netz ist zu klein, und woran erkennen Sie das?

# %% [markdown] slot="1c-compare"
# <student>
# *Hier antworten.*
# <solution>
# | Verborgene Neuronen | Genauigkeit im Training nach 5 Epochen |
# |---|---|
# | 128 | 96 % |
# | 2 | 35 % |
#
# Das Netz mit 2 verborgenen Neuronen ist eindeutig zu klein. Seine Genauigkeit bleibt weit unter der des Netzes mit 128 Neuronen, und zwar schon
# auf den Trainingsbildern selbst; auch nach weiteren Epochen holt es das nicht auf. Durch die zwei Neuronen muss die gesamte Information über das Bild:
# Zwei Zahlen reichen nicht, um zehn Ziffern voneinander zu trennen, das Netz ist unterangepasst (Underfitting). Zum Vergleich: Raten ergäbe
# 10 %. Mit 128 Neuronen ist genug Platz für die Merkmale, die die Ziffern unterscheiden.
# <end>

# %% [markdown]
# ### Schwierige Bilder
#
# Die folgende Zelle zeigt Bilder, an denen auch Menschen zweifeln.

# %% slot="1c-ambiguous"
show_ambiguous()

# %% [markdown]
# ### Warum nie 100 %?
#
# Erklären Sie mit Hilfe dieser Bilder, warum kein Netz auf beliebigen neuen Bildern eine Genauigkeit von 100 %
# erreicht.

# %% [markdown] slot="1c-never100"
# <student>
# *Hier antworten.*
# <solution>
# Manche Bilder sind nicht eindeutig: Eine 4 mit geschlossenem Bogen sieht aus wie eine 9, eine 1 mit langem Aufstrich
# wie eine 7, eine 5 mit rundem Bauch wie eine 6, und einige Zeichen könnten ebenso gut Buchstaben sein (0 und O, 1 und l,
# 5 und S). Schon Menschen urteilen hier verschieden. In den $28 \times 28$ Grauwerten steht die Absicht der schreibenden
# Person nicht mehr; zwei fast gleiche Bilder können verschiedene richtige Antworten haben. Die Klassen überlappen sich also,
# und jede Grenze zwischen ihnen ordnet einen Teil der Bilder falsch zu.
#
# Dazu kommt, dass das Netz immer eine der zehn Ziffern nennt: „Das ist keine Ziffer“ ist keine mögliche Antwort, auch ein
# Buchstabe bekommt eine Ziffer. Auch die Zielwerte im Datensatz stammen von Menschen und sind vereinzelt falsch, und die
# Trainingsbilder decken nicht jede Handschrift ab. Eine Genauigkeit von 100 % im Training wäre deshalb kein gutes Zeichen,
# sondern spräche für Auswendiglernen (Überanpassung).
# <end>
