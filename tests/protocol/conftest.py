"""A realistic submission with evidence made by hand: no kernel, real figures and pictures."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MplFigure

from grader.checks import Side
from grader.model import Evidence, Notebook, Output, Particulars
from tests.checks.build import CellSpec, axes, cell, figure, reference_lab, side, text


class Pictures:
    """Bytes of PNG files, as the collector would keep them: blobs of uint8."""

    def __init__(self) -> None:
        self.blobs: dict[str, np.ndarray] = {}

    def add(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()[:32]
        self.blobs[digest] = np.frombuffer(data, dtype=np.uint8)
        return digest

    def plot(self, draw: Any, size: tuple[float, float] = (6.4, 4.8)) -> str:
        made = MplFigure(figsize=size, dpi=72)
        FigureCanvasAgg(made)
        draw(made)
        buffer = io.BytesIO()
        made.savefig(buffer, format="png", bbox_inches="tight")
        return self.add(buffer.getvalue())

    def image(self, array: np.ndarray, title: str = "", **how: Any) -> str:
        def draw(made: MplFigure) -> None:
            plot = made.add_subplot()
            plot.imshow(array, **how)
            plot.set_title(title)

        return self.plot(draw)


def shown(blob: str, number: int | None = None) -> Output:
    return Output(
        kind="display", text="<Figure size 640x480 with 1 Axes>", image=blob, figure=number
    )


def with_pictures(made: Side, pictures: Pictures) -> Side:
    runs = {
        name: replace(run, blobs={**run.blobs, **pictures.blobs})
        for name, run in made.evidence.notebooks.items()
    }
    return replace(made, evidence=Evidence(runs, made.evidence.alignments))


def with_particulars(made: Side, **fields: Any) -> Side:
    return replace(made, submission=replace(made.submission, particulars=Particulars(**fields)))


def with_cells(made: Side, name: str, notebook: Notebook) -> Side:
    notebooks = {**made.submission.notebooks, name: notebook}
    return replace(made, submission=replace(made.submission, notebooks=notebooks))


GIVEN = {
    "1a-hand": "*Hier antworten.*",
    "notebook1-05": "### Handrechnung\n\nBerechnen Sie die Ausgabe $y$ des Netzes ohne Computer.",
}

ANSWERS = {
    1: "Jedes Neuron bildet die gewichtete Summe seiner Eingänge und wendet eine "
    "Aktivierungsfunktion an:\n\n$$a = f\\left(\\sum_{i=1}^{n} w_i x_i + b\\right)$$\n\n"
    'Das nennt man "Forward Pass".',
    2: "- ReLU: $f(z) = \\max(0, z)$\n- **Sigmoid**: $f(z) = \\frac{1}{1 + e^{-z}}$\n- **tanh**",
    3: "| Schicht | Zweck |\n|---|---|\n| Dense | verbindet alles |\n| Conv2D | findet Kanten |\n",
    4: "Weil die Verkettung linearer Funktionen wieder linear ist: $W_2(W_1 x) = (W_2 W_1) x$.",
    5: "Der Fehler $E$ wird mit der Kettenregel `zurückgerechnet`:\n\n"
    "$$\\frac{\\partial E}{\\partial w_{ij}} = \\delta_j\\, a_i$$",
    7: "1. zu groß: das Training schwingt\n2. zu klein: es dauert -- sehr -- lange",
    8: "Spiegeln, Drehen, Rauschen. Siehe [Keras](https://keras.io/).",
    9: "Sonst misst man nur, wie gut das Netz *auswendig* gelernt hat."
    "\n\n> Merke: Testdaten bleiben geheim.",
}

CODE_1C = """model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Flatten(input_shape=(28, 28)))
model.add(tf.keras.layers.Dense(128, activation="relu"))  # COMMENT
model.add(tf.keras.layers.Dense(10, activation="softmax"))

model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.summary()
""".replace(
    "COMMENT",
    "verborgene Schicht mit 128 Neuronen, das reicht völlig, wie Versuche mit 64 und 256 zeigten",
)


def realistic(pictures: Pictures | None = None) -> Side:
    """A group's hand-in with everything that a protocol shows, and a few gaps."""
    pictures = pictures or Pictures()
    random = np.random.default_rng(5)
    x = np.linspace(-5, 5, 50)
    y = np.maximum(0, np.minimum(6 * x, 25 - 9 * x))
    knee = random.normal(0.4, 0.1, (128, 128)).cumsum(0)
    frame = pd.DataFrame(
        {
            "Unnamed: 0": ["Laborid", "AAGE", "CA", "CHOL"],
            "Unnamed: 1": ["Bezeichnung", "Alter", "Calcium i.S.", "Cholesterin"],
            "Unnamed: 4": [31.08, 21.0, 2.43, 5.07],
        }
    )
    epochs = "".join(
        f"Epoch {n}/5\n79/79 - 1s - 9ms/step - accuracy: 0.9{n}11 - loss: 0.{9 - n}012\n"
        for n in range(1, 6)
    )
    notebook1: list[CellSpec] = [
        cell("n1-setup", source='exec(open(r"../data/notebook1_code.py").read())'),
        text("1a-hand", "*Hier antworten.*\n\nFür $x = 2$: $h_1 = 6$, $h_2 = 12$, also $y = 7$."),
        cell(
            "1a-model",
            source="model = tf.keras.models.Sequential()\nmodel.add(tf.keras.layers.Dense(1))",
        ),
        cell("1a-weights", source="model.set_weights(weight_list)"),
        cell(
            "1a-predict",
            source="result = model.predict(np.array([[-1], [1], [2]]))\nprint(result)",
            printed="\r\x1b[1m1/1\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m"
            "\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m 60ms/step\n[[0.]\n [6.]\n [7.]]\n",
        ),
        text("1a-compare", "*Hier antworten.*"),
        cell(
            "1b-curve",
            source='plt.plot(x, result)\nplt.title("Ausgabe des kleinen Netzes")\nplt.show()',
            figures=[
                figure(
                    axes(
                        [(x, y, "Netz")],
                        title="Ausgabe des kleinen Netzes",
                        xlabel="Eingabe $x$",
                        ylabel="Ausgabe $y$",
                        xlim=(-5.5, 5.5),
                        ylim=(-0.5, 10.5),
                    )
                )
            ],
            outputs=[
                Output(kind="result", text="[<matplotlib.lines.Line2D at 0x7f11>]"),
                shown(pictures.image(knee), 0),
            ],
        ),
        cell(
            "1b-widget",
            source="weight_widget_relu()",
            outputs=[Output(kind="display", text="VBox(children=(FloatSlider(value=3.0)))")],
        ),
        text("1b-comment", "Die R-Zacke passt recht gut, Q und S fehlen, weil ReLU $\\geq 0$ ist."),
        cell("1c-model", source=CODE_1C),
        cell("1c-training", source="model.fit(x_train, y_train, epochs=5)", printed=epochs),
        cell(
            "1c-ambiguous",
            source="zeige_ziffern()",
            outputs=[
                shown(pictures.image(random.random((28, 28)), f"Ziffer {n}", cmap="gray"))
                for n in range(4)
            ],
        ),
        text("1c-never100", "Manche Bilder sind auch für Menschen mehrdeutig („1“ oder „7“)."),
    ]
    notebook2 = [
        cell("n2-setup", source="exec(...)"),
        cell(
            "2a-read",
            source='data = pd.read_csv("../data/datenblatt.csv", sep=";")\ndata',
            variables={"data": frame},
            outputs=[Output(kind="result", text=str(frame), html=frame.to_html())],
        ),
        cell("2a-clean", source="data.loc[2, spalte] = 2.43", printed="ok\n"),
        cell(
            "2a-numeric",
            source="test_training(werte)",
            status="error",
            error="ValueError",
            error_message="could not convert string to float: 'zu groß'",
        ),
        text("2b-diagnosis", "1. Drusen\n2. DME\n3. CNV\n4. normal"),
        cell(
            "2b-predict",
            source="print(result)",
            printed="[[0.11 0.62 0.2 0.07]\n [0.51 0.3 0.1 0.09]]\n[1, 0, 0, 2]\n",
        ),
        text(
            "2b-interpretation", "Bild 3 und 4 sind richtig; die Softmax-Zeile zeigt $p = 0{,}51$."
        ),
    ]
    notebook3 = [
        cell(
            "3b-heatmaps",
            source='Map1 = cam(model, im_array, 0, 1)\nplt.imshow(Map1, cmap="jet", alpha=0.4)',
            figures=[
                figure(
                    axes(
                        images=[(knee, {"cmap": "gray"}), (knee, {"cmap": "jet", "alpha": 0.4})],
                        title=f"Bild {n}",
                    )
                )
                for n in (1, 2)
            ],
            outputs=[
                shown(pictures.image(knee * n, f"Bild {n}", cmap="jet"), n - 1) for n in (1, 2)
            ],
        ),
        text("3b-reading", "Die erste Karte liegt neben dem Knie."),
        cell("3c-colormaps", source="while True: pass", status="timeout"),
    ]
    made = side(
        {"notebook1": notebook1, "notebook2": notebook2, "notebook3": notebook3},
        answers=ANSWERS,
        given=GIVEN,
        lab=reference_lab(),
        name="gruppe07",
    )
    made = with_pictures(made, pictures)
    return with_particulars(
        made,
        participants=("Ada Beispiel", "Ben Muster"),
        group="Gruppe 7",
        supervisor="Dr. Muster",
        term="Sommersemester 2026",
        date_experiment="2026-05-04",
    )


@pytest.fixture(scope="session")
def group() -> Side:
    return realistic()
