"""Answers to the control questions: four ways of writing good ones, and the usual mistakes."""

from __future__ import annotations

from collections.abc import Mapping

from submissions.build.model import Part, text

__all__ = ["BAD", "SETS", "answers"]

# Long, with formulas.
_A = {
    1: """
Ein neuronales Netz besteht aus Schichten von Neuronen, die nacheinander berechnet werden. In jedem
Neuron $j$ passiert Folgendes:

1. Die Eingaben $x_i$ werden mit den Gewichten $w_{ij}$ multipliziert und aufsummiert, dazu kommt der
   Bias $b_j$: $$net_j = \\sum_i w_{ij} x_i + b_j$$
2. Auf $net_j$ wird die Aktivierungsfunktion angewendet: $o_j = f(net_j)$.

Die Ausgaben $o_j$ sind die Eingaben der folgenden Schicht. Das wiederholt sich bis zur Ausgabeschicht.
""",
    2: """
* ReLU: $f(x) = \\max(0, x)$
* Sigmoid: $f(x) = \\frac{1}{1 + e^{-x}}$
* Tangens hyperbolicus: $f(x) = \\tanh(x) = \\frac{e^x - e^{-x}}{e^x + e^{-x}}$
""",
    3: """
1. *Faltungsschicht (Convolutional Layer)*: ein Filter wird über das Bild geschoben und findet lokale
   Merkmale wie Kanten. Die Gewichte des Filters sind überall gleich.
2. *Pooling-Schicht*: fasst Bereiche zusammen (z. B. Maximum aus 2x2) und verkleinert so die Feature Maps.
3. *Fully-connected Layer (Dense)*: jedes Neuron ist mit allen Neuronen der Schicht davor verbunden. Sie
   übernimmt am Ende meist die Klassifikation.
""",
    4: """
Die Hintereinanderausführung linearer Funktionen bleibt linear: $W_2 (W_1 x + b_1) + b_2 = W' x + b'$. Ein
Netz mit noch so vielen linearen verborgenen Schichten kann also nicht mehr als ein Netz mit einer einzigen
Schicht. Nichtlineare Probleme (XOR) lassen sich damit nicht lösen.
""",
    5: """
Zuerst wird im Forward Pass die Ausgabe berechnet und mit einer Loss-Funktion $L$ mit dem Sollwert verglichen.
Danach läuft man rückwärts durch das Netz und bestimmt mit der Kettenregel die partiellen Ableitungen
$\\frac{\\partial L}{\\partial w}$ für alle Gewichte. Beim Gradientenabstieg werden die Gewichte dann in
Richtung des negativen Gradienten geändert: $w_{neu} = w_{alt} - \\eta \\frac{\\partial L}{\\partial w}$. Das
wird für viele Beispiele und Epochen wiederholt, bis der Fehler klein genug ist.
""",
    6: """
Für Backpropagation muss die Aktivierungsfunktion abgeleitet werden. Die Ableitung der Stufenfunktion ist
überall $0$, und bei $x = 0$ existiert sie wegen des Sprungs gar nicht. In der Kettenregel wird dadurch der
ganze Gradient zu null, und die Gewichte werden nicht verändert; das Netz kann so nicht lernen.
""",
    7: """
Die Lernrate $\\eta$ legt fest, wie groß die Schritte sind, mit denen die Gewichte beim Gradientenabstieg geändert
werden.

* zu hoch: das Minimum wird übersprungen, der Fehler schwankt oder wächst sogar (Divergenz)
* zu niedrig: das Training dauert sehr lange, und man kann in einem lokalen Minimum hängen bleiben
""",
    8: """
Unter Augmentierung versteht man, dass man aus den vorhandenen Trainingsdaten durch Veränderungen neue Daten
erzeugt, die dasselbe Label haben. So wird der Datensatz größer, und das Netz generalisiert besser.
Beispiele: Spiegeln, Drehen, Verschieben, Zoomen, Helligkeit ändern, Rauschen hinzufügen.
""",
    9: """
Mit den Testdaten will man prüfen, ob das Netz auch bei unbekannten Daten funktioniert. Wenn es die Testdaten im
Training schon gesehen hat, kann es sie auswendig gelernt haben. Das Testergebnis wäre zu gut, und Overfitting
würde nicht auffallen.
""",
    10: """
Man berechnet auf einem unabhängigen Testdatensatz Gütemaße wie Accuracy, Sensitivität
$\\frac{TP}{TP+FN}$, Spezifität $\\frac{TN}{TN+FP}$, Precision und F1-Score. Eine Konfusionsmatrix zeigt, welche
Klassen verwechselt werden, und die ROC-Kurve (AUC) fasst das für verschiedene Schwellen zusammen. Am Verlauf von
Trainings- und Validierungsfehler erkennt man Overfitting.
""",
    11: """
Die Details, die das scharfe Bild zeigt, sind im unscharfen Bild nicht vorhanden. Das Netz ergänzt sie aus dem,
was es in den Trainingsdaten gesehen hat, es "erfindet" sie also (Halluzination). In der Medizin können so
Strukturen auftauchen, die es beim Patienten nicht gibt, oder kleine Läsionen verschwinden. Das führt im
schlimmsten Fall zu einer falschen Diagnose, und man sieht dem Bild nicht an, dass es nicht stimmt.
""",
}

# Short, as notes, but complete.
_B = {
    1: """
- Eingaben mal Gewichte
- Summe bilden, Bias dazu
- Aktivierungsfunktion anwenden
- Ergebnis an nächste Schicht weitergeben, bis zum Ausgang
""",
    2: "Sigmoid $1/(1+e^{-x})$, tanh $(e^x-e^{-x})/(e^x+e^{-x})$, ReLU $\\max(0,x)$",
    3: """
- Dense: alles mit allem verbunden, Klassifikation
- Conv2D: Filter, sucht Merkmale im Bild
- MaxPooling: verkleinert, behält das Maximum
""",
    4: """
Linear nach linear bleibt linear. Mehrere Schichten könnte man zu einer einzigen zusammenfassen -> kein Gewinn
durch die verborgenen Schichten, nur lineare Probleme lösbar.
""",
    5: """
- Ausgabe berechnen (forward)
- Fehler zum Sollwert bestimmen (Loss)
- Fehler mit Kettenregel von hinten nach vorn durchs Netz -> Gradient für jedes Gewicht
- Gewichte gegen den Gradienten ändern, Schrittweite = Lernrate
- wiederholen
""",
    6: """
Ableitung ist 0 (bzw. bei 0 nicht definiert). Ohne Ableitung kein Gradient, also keine Änderung der Gewichte.
""",
    7: """
Schrittweite bei der Gewichtsänderung. Zu groß: springt über das Minimum hinweg, konvergiert nicht. Zu
klein: lernt sehr langsam / bleibt im lokalen Minimum.
""",
    8: """
Künstliche Vergrößerung des Trainingsdatensatzes durch Verändern vorhandener Bilder (gleiches Label), gegen
Overfitting. Z. B. spiegeln, rotieren, Rauschen, Helligkeit.
""",
    9: """
Sonst weiß man nicht, wie gut das Netz auf neuen Daten ist. Es könnte die Testdaten einfach auswendig können
(Overfitting), die Genauigkeit wäre dann geschönt.
""",
    10: """
Mit Testdaten, die nicht im Training waren: Accuracy, Sensitivität, Spezifität, Konfusionsmatrix, ROC/AUC.
Vergleich Trainings- und Testfehler.
""",
    11: """
Fehlende Information kann nicht zurückgeholt werden, das Netz rät anhand der Trainingsdaten. Kann Dinge
dazuerfinden oder Krankhaftes (z. B. kleine Tumore) glattbügeln -> Fehldiagnose.
""",
}

# Prose, in passing some English.
_C = {
    1: """
Beim sogenannten Forward Pass multipliziert jedes Neuron seine Inputs mit den Weights, bildet die Summe und addiert
den Bias. Das Ergebnis geht durch die Activation Function, und der Output wird zum Input des nächsten Layers. Am
Ende steht im Output Layer die Vorhersage.
""",
    2: """
Wir kennen zum Beispiel **Softmax** $\\sigma(z)_i = \\frac{e^{z_i}}{\\sum_k e^{z_k}}$ (für den Output bei
Klassifikation), **ReLU** $\\max(0, z)$ und **Leaky ReLU** $f(z) = z$ für $z > 0$, sonst $0{,}01\\,z$.
""",
    3: """
Es gibt den Input Layer, der die Daten aufnimmt, Hidden Layer, in denen Merkmale extrahiert werden, und den Output
Layer, der das Ergebnis liefert. Bei Bildern sind die Hidden Layer häufig Convolutional Layer (Faltung mit einem
Filterkernel, findet Kanten und Muster) und Pooling Layer (Verkleinern), zum Schluss kommt ein Dense Layer.
""",
    4: """
Weil das ganze Netz dann nur eine lineare Abbildung wäre. Ein Produkt aus mehreren Matrizen ist wieder nur eine
Matrix, die Hidden Layer könnte man also weglassen. Komplexe Zusammenhänge, z. B. Klassen, die man nicht mit einer
Geraden trennen kann, lernt so ein Netz nie.
""",
    5: """
Backpropagation bedeutet Fehlerrückführung. Das Netz macht eine Vorhersage, die Loss Function misst die Abweichung
vom Label. Dann wird mit der Chain Rule Layer für Layer vom Output zum Input ausgerechnet, wie stark jedes einzelne
Gewicht am Fehler beteiligt war (Gradient). Der Optimizer passt die Weights entsprechend an, damit der Fehler beim
nächsten Mal kleiner wird.
""",
    6: """
Eine Stufe ist überall flach, die Steigung ist also null, und an der Stufe selbst ist sie nicht differenzierbar.
Backpropagation braucht aber die Steigung, um zu wissen, in welche Richtung die Gewichte geändert werden müssen.
""",
    7: """
Die Learning Rate bestimmt die Schrittweite beim Gradient Descent. Ist sie zu hoch, schießt man über das Minimum
hinaus und das Training wird instabil. Ist sie zu niedrig, braucht man extrem viele Epochen und landet vielleicht
in einem lokalen Minimum.
""",
    8: """
Data Augmentation: Man verändert die Trainingsbilder ein wenig und bekommt damit mehr Trainingsdaten, ohne neue
aufnehmen zu müssen, das Label bleibt erhalten. Beispiele sind Rotation, Flip, Zoom, Verschiebung und Noise. Das
Netz wird robuster und overfittet weniger.
""",
    9: """
Das wäre so, als würde man die Klausuraufgaben schon vorher zum Üben bekommen. Das Ergebnis wäre super, aber es sagt
nichts darüber aus, ob das Netz mit neuen Daten klarkommt (Generalisierung).
""",
    10: """
Indem man es auf Testdaten loslässt, die es noch nie gesehen hat, und zählt, wie viele Vorhersagen richtig sind
(Accuracy). In der Medizin sind zusätzlich Sensitivität und Spezifität wichtig. Eine Confusion Matrix zeigt,
welche Klassen verwechselt werden.
""",
    11: """
Ein Neural Network kann keine Information herzaubern, die im Bild nicht drin ist. Es malt Details hin, die
plausibel aussehen, aber nicht echt sein müssen. Ein Arzt könnte deshalb etwas diagnostizieren, was gar nicht da
ist, oder einen Befund übersehen, den das Netz weggerechnet hat.
""",
}

# Textbook German, careful.
_D = {
    1: """
Die Eingabewerte werden mit den zugehörigen Gewichten multipliziert und die Produkte addiert. Zu dieser gewichteten
Summe kommt der Schwellwert (Bias) hinzu. Anschließend berechnet die Aktivierungsfunktion daraus den Ausgabewert
des Neurons, der an die Neuronen der nächsten Schicht weitergereicht wird.
""",
    2: """
1. Sigmoidfunktion: $\\sigma(x) = \\dfrac{1}{1+\\exp(-x)}$, Wertebereich 0 bis 1
2. Rectified Linear Unit: $\\mathrm{ReLU}(x) = x$ für $x > 0$, sonst $0$
3. Softmax: $p_k = \\exp(x_k) / \\sum_j \\exp(x_j)$, die Summe aller Ausgaben ist 1
""",
    3: """
Eine *Faltungsschicht* berechnet aus dem Bild mit kleinen, gelernten Filtern Merkmalskarten. Eine
*Pooling-Schicht* verringert deren Auflösung und damit den Rechenaufwand. Eine *Dropout-Schicht* schaltet im Training
zufällig Neuronen ab und beugt so der Überanpassung vor.
""",
    4: """
Sind alle Aktivierungsfunktionen linear, so lässt sich das gesamte Netz zu einer einzigen linearen Funktion
zusammenfassen. Zusätzliche Schichten erhöhen die Leistungsfähigkeit nicht. Nur mit nichtlinearen
Aktivierungsfunktionen kann ein Netz beliebige nichtlineare Funktionen annähern.
""",
    5: """
Der Fehler am Ausgang (Differenz zwischen Soll und Ist, ausgedrückt durch die Fehlerfunktion) wird schichtweise
zum Eingang zurückgeführt. Mit Hilfe der Kettenregel erhält man für jedes Gewicht die partielle Ableitung der
Fehlerfunktion. Das Gewicht wird proportional zur Lernrate in die Gegenrichtung verändert (Gradientenabstieg).
""",
    6: """
Die Stufenfunktion hat an der Stelle null einen Sprung und ist dort nicht differenzierbar; an allen anderen Stellen ist
ihre Ableitung null. Da das Verfahren auf Ableitungen beruht, erhält man keine Information darüber, wie die Gewichte
zu ändern sind.
""",
    7: """
Die Lernrate ist ein Hyperparameter, der angibt, wie stark die Gewichte pro Lernschritt angepasst werden. Bei zu hoher
Lernrate oszilliert das Verfahren um das Minimum oder divergiert. Bei zu niedriger Lernrate konvergiert es nur sehr
langsam.
""",
    8: """
Augmentierung ist die künstliche Erweiterung eines Datensatzes. Vorhandene Bilder werden zum Beispiel gespiegelt,
um kleine Winkel gedreht, verschoben, in der Helligkeit verändert oder mit Rauschen versehen. Die Zuordnung zur
Klasse ändert sich dabei nicht. Ziel ist eine bessere Generalisierung.
""",
    9: """
Testdaten dienen der unabhängigen Beurteilung des trainierten Netzes. Waren sie Teil des Trainings, so misst man nur
noch, wie gut das Netz sie sich gemerkt hat, und nicht, ob es auf unbekannte Daten verallgemeinert.
""",
    10: """
Die Güte wird anhand von Testdaten bestimmt, die beim Training nicht verwendet wurden. Kenngrößen sind die
Genauigkeit, die Sensitivität, die Spezifität und die Fläche unter der ROC-Kurve. Aufschlussreich ist auch der
Vergleich der Fehler auf Trainings- und Validierungsdaten, an dem man eine Überanpassung erkennt.
""",
    11: """
Beim Schärfen werden Bildinhalte ergänzt, die nicht gemessen wurden. Sie beruhen auf den Trainingsdaten und nicht auf dem
untersuchten Patienten. Dadurch können Artefakte entstehen, die einer Erkrankung ähneln, und seltene krankhafte
Veränderungen können entfernt werden. Eine darauf gestützte Diagnose kann falsch sein.
""",
}


def _set(answers_of: Mapping[int, str], low: Mapping[int, float]) -> dict[int, Part]:
    return {n: text(f"q{n}", low.get(n, 1.5), 2.0, s) for n, s in answers_of.items()}


# Where an answer is right but leaves something out, less than 1.5 points is fair as well.
SETS = {
    "A": _set(_A, {}),
    "B": _set(_B, {6: 1.0}),
    "C": _set(_C, {3: 1.0, 9: 1.0, 10: 1.0}),
    "D": _set(_D, {5: 1.0}),
}

BAD = {
    "q2-propagation": text(
        "q2",
        0,
        0.5,
        """
Skalarprodukt $\\sum_i w_i x_i$, euklidischer Abstand $\\sqrt{\\sum_i (x_i - w_i)^2}$ und Manhattan-Abstand
$\\sum_i |x_i - w_i|$
""",
        "q2-propagation",
    ),
    "q2-mahalanobis": text(
        "q2",
        0,
        1,
        """
- ReLU
- Mahalanobis-Distanz: $d = \\sqrt{(x-\\mu)^T S^{-1} (x-\\mu)}$
- Euklidische Distanz: $d = \\sqrt{\\sum (x_i-w_i)^2}$
""",
        "q2-propagation",
    ),
    "q2-names": text("q2", 1, 2, "ReLU, Sigmoid und tanh"),
    "q4-negated": text(
        "q4",
        0,
        0.5,
        """
Eine lineare Aktivierungsfunktion ist sehr sinnvoll, denn durch sie kann das Netz nichtlineare Zusammenhänge lernen, und
mehrere lineare Schichten lassen sich eben nicht zu einer einzigen zusammenfassen.
""",
        "q-negated",
    ),
    "q6-negated": text(
        "q6",
        0,
        0.5,
        """
Die Stufenfunktion ist überall differenzierbar und ihre Ableitung ist nicht null, deshalb kann man sie gut für
Backpropagation verwenden.
""",
        "q-negated",
    ),
    "q7-swapped": text(
        "q7",
        0,
        1,
        """
Die Lernrate gibt an, wie schnell das Netz lernt. Ist sie zu hoch, dauert das Training sehr lange. Ist sie zu
niedrig, springt man über das Minimum hinweg und der Fehler divergiert.
""",
    ),
    "q5-vague": text("q5", 0, 1, "Der Fehler wird zurück durch das Netz geschickt.\n"),
    "q9-oneword": text("q9", 0, 1, "Overfitting", "q-one-word"),
    "q8-oneword": text("q8", 0, 1, "Spiegeln", "q-one-word"),
    "q10-oneword": text("q10", 0, 1, "Genauigkeit", "q-one-word"),
    "q11-trust": text(
        "q11",
        0,
        0.5,
        """
Eigentlich ist das nicht riskant, weil das Netz mit sehr vielen Bildern trainiert wurde und deshalb die echten Details
wiederherstellen kann. Das Bild wird dadurch genauer als das Original.
""",
        "q-negated",
    ),
    "q11-cost": text("q11", 0, 0.5, "Weil das Training viel Rechenzeit und teure Hardware braucht.\n"),
    "q10-loss": text("q10", 0, 1, "Am Loss, der sollte möglichst klein sein.\n"),
    "q3-names": text("q3", 0.5, 1.5, "Convolutional Layer, Pooling Layer, Dense Layer\n"),
}


def answers(pattern: str, **replaced: str) -> dict[int, Part]:
    """Put eleven answers together.

    Parameters
    ----------
    pattern : str of length 11
        Whose answer each question has: a key of ``SETS``, or ``-`` for none.
    **replaced
        ``q2="q2-propagation"`` takes a mistake from ``BAD``.
    """
    found = {n: SETS[c][n] for n, c in enumerate(pattern, start=1) if c != "-"}
    return found | {int(q[1:]): BAD[name] for q, name in replaced.items()}
