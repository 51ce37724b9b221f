"""The groups: who handed in which parts, and what happened to the files."""

from __future__ import annotations

from collections.abc import Mapping

from submissions.build import digits, knees, scans, sheet, small_net
from submissions.build.damage import (
    below,
    delete,
    delete_task,
    double,
    fresh_ids,
    google_colab,
    merge,
    split,
    strip,
)
from submissions.build.foreign import FOREIGN
from submissions.build.model import Group, Part, auto, expect
from submissions.build.questions import answers

__all__ = ["GROUPS"]

_PARTS: dict[str, Mapping[str, Part]] = {
    "1a-hand": small_net.HAND,
    "1a-model": small_net.MODEL,
    "1a-weights": small_net.WEIGHTS,
    "1a-predict": small_net.PREDICT,
    "1a-compare": small_net.COMPARE,
    "1b-curve": small_net.CURVE,
    "1b-comment": small_net.COMMENT,
    "1c-model": digits.MODEL,
    "1c-training": digits.TRAINING,
    "1c-second": digits.SECOND,
    "1c-compare": digits.TOO_SMALL,
    "1c-never100": digits.AMBIGUOUS,
    "2a-clean": sheet.CLEAN,
    "2b-diagnosis": scans.DIAGNOSIS,
    "2b-predict": scans.PREDICT,
    "2b-interpretation": scans.INTERPRETATION,
    "2c-load": scans.LOAD,
    "2c-apply": scans.APPLY,
    "2c-reasons": scans.REASONS,
    "3a-load": knees.LOAD,
    "3a-predict": knees.PREDICT,
    "3a-credible": knees.DOUBT,
    "3b-heatmaps": knees.HEATMAPS,
    "3b-reading": knees.READING,
    "3c-colormaps": knees.COLORMAPS,
    "3c-conclusion": knees.WATERMARK,
}
_NOTEBOOK1 = [s for s in _PARTS if s.startswith("1")]
_NOTEBOOK2 = [s for s in _PARTS if s.startswith("2")]
_NOTEBOOK3 = [s for s in _PARTS if s.startswith("3")]

# The given cell of 1b trains as it stands; an empty source leaves the released text.
_QRS = {"1b-training": Part("", auto(t1b_training="passed"))}


def _choose(slots: list[str], names: str) -> dict[str, Part]:
    """Parts by slot; ``names`` has one word for each slot, ``-`` for as released."""
    words = names.split()
    if len(words) != len(slots):
        raise ValueError(f"{len(words)} names for {len(slots)} slots: {names}")
    return {s: _PARTS[s][w] for s, w in zip(slots, words, strict=True) if w != "-"}


def _n1(names: str) -> dict[str, Part]:
    return _choose(_NOTEBOOK1, names) | _QRS


def _n2(names: str) -> dict[str, Part]:
    return _choose(_NOTEBOOK2, names)


def _n3(names: str) -> dict[str, Part]:
    return _choose(_NOTEBOOK3, names)


_GONE = expect("not_judged")
_NOTHING = expect("failed", "not_judged")
_BROKEN = expect("failed", "partial", "not_judged")

GROUPS = (
    Group(
        id="gruppe01",
        about="Alles richtig, ausführlich, eine Anweisung nach der anderen.",
        people=("Tilda Tensor", "Gero Gradient"),
        notebooks={
            "notebook1": _n1(
                "formulas add arrays rows yes-long labels peak"
                " add loop small table look-alikes"
            ),
            "notebook2": _n2("loc list loop list keras imsave list"),
            "notebook3": _n3("newaxis loop missed single corner statements full"),
        },
        answers=answers("AAAAAAAAAAA"),
    ),
    Group(
        id="gruppe02",
        about="Alles richtig, knapp; Listen und Schleifen; Kontrollfragen als Notebook.",
        people=("Paula Pixel", "Konrad Kernel", "Berta Bias"),
        notebooks={
            "notebook1": _n1(
                "table list tuples reshape yes figure notes list statements loop loop letters"
            ),
            "notebook2": _n2("by-name plain axis prose pillow pillow prose"),
            "notebook3": _n3("function names notes argmax notes nested notes"),
        },
        answers=answers("BBBBBBBBBBB"),
        headings="number",
        answers_as="ipynb",
    ),
    Group(
        id="gruppe03",
        about="Alles richtig, Hilfsfunktionen, halb englisch; Antworten in neuen Zellen.",
        people=("Sören Softmax", "Emma Epoch"),
        notebooks={
            "notebook1": _n1(
                "prose imports per-layer tensor yes axes english"
                " function axis function english overlap"
            ),
            "notebook2": _n2("replace table single english tf-io dict speckle"),
            "notebook3": _n3("expand axis english overlay english product english"),
        },
        answers=answers("CCCCCCCCCCC"),
        headings="frage",
        edits={
            "notebook1": (
                below("1a-predict", "markdown", "Passt zur Handrechnung (0, 6, 7)."),
                below("1c-second", "code", "small.summary()"),
            ),
            "notebook2": (below("2a-clean", "code", 'data["Unnamed: 4"].map(type).value_counts()'),),
        },
    ),
    Group(
        id="gruppe04",
        about="Drei Eingaben in ein Neuron summiert, 5,7 statt 5,07, nur zwei Verfahren.",
        people=("Lasse Layer", "Romy Relu"),
        notebooks={
            "notebook1": _n1(
                "three-inputs add arrays rows same-claim labels linear"
                " add loop small table letters"
            ),
            "notebook2": _n2("wrong-5.7 numbers frame list keras only-two two"),
            "notebook3": _n3("newaxis names notes single partial nested full"),
        },
        answers=answers("DDABDDABDDA"),
    ),
    Group(
        id="gruppe05",
        about="Schwellen vertauscht, Frage 2 mit Propagierungsfunktionen, um eins verzählt.",
        people=("Arno Argmax",),
        notebooks={
            "notebook1": _n1(
                "plain loop swapped-biases newaxis differs batch peak"
                " two-hidden loop small table look-alikes"
            ),
            "notebook2": _n2("column table loop off-by-one keras keras-save gauss"),
            "notebook3": _n3("zeros loop missed argmax corner statements notes"),
        },
        answers=answers("BADABBAABDD", q2="q2-propagation"),
        headings="frage",
    ),
    Group(
        id="gruppe06",
        about="Linearer Ausgang in 1a, Softmax fehlt in 1c, Werte bleiben Zeichenketten.",
        people=("Dora Dropout", "Hauke Hessematrix"),
        notebooks={
            "notebook1": _n1(
                "table linear-output tuples rows yes figure notes"
                " no-softmax fixed-but-failing small vague look-alikes"
            ),
            "notebook2": _n2("strings list axis prose keras imsave list"),
            "notebook3": _n3("newaxis loop missed single corner statements full"),
        },
        answers=answers("ABCDABCDABC", q7="q7-swapped"),
    ),
    Group(
        id="gruppe07",
        about="Training mit Testdaten nicht bemerkt; vertraut dem Netz, Wasserzeichen übersehen.",
        people=("Levke Lernrate", "Mats Momentum"),
        notebooks={
            "notebook1": _n1(
                "formulas add tuples reshape yes labels peak add leak small table time"
            ),
            "notebook2": _n2("by-name plain axis all-right pillow pillow prose"),
            "notebook3": _n3("function names trust argmax trust nested misses"),
        },
        answers=answers("AABBAABBAAB", q9="q9-oneword", q11="q11-trust"),
    ),
    Group(
        id="gruppe08",
        about="Gewichte in falscher Form, Zeile gelöscht, Antworten aus einem Wort, Klasse ab 1.",
        people=("Fiete Faltung", "Nele Neuron"),
        notebooks={
            "notebook1": _n1(
                "results-only loop wrong-shape rows differs figure linear"
                " list loop small loop letters"
            ),
            "notebook2": _n2("row-dropped plain loop list keras imsave list"),
            "notebook3": _n3("newaxis loop notes one-based corner nested notes"),
        },
        answers=answers(
            "DDDDDDDDDDD", q8="q8-oneword", q9="q9-oneword", q10="q10-oneword", q5="q5-vague"
        ),
        headings="number",
        problems=("cell_error",),
    ),
    Group(
        id="gruppe09",
        about="Vier statt zehn Ausgänge, drei unpassende Verfahren, ein Lesefehler im Blatt.",
        people=("Bruno Batch", "Klara Klasse", "Enno Encoder"),
        notebooks={
            "notebook1": _n1(
                "prose imports per-layer reshape yes no-labels notes"
                " output-4 fixed-but-failing loop vague short"
            ),
            "notebook2": _n2("typo-5.06 mixed-up frame half-right keras all-wrong wrong"),
            "notebook3": _n3("expand axis english overlay english product english"),
        },
        answers=answers("CBCBCBCBCBC", q3="q3-names"),
        problems=("cell_error",),
    ),
    Group(
        id="gruppe10",
        about="Unsichtbares Rauschen, nicht gespeichert, nicht begründet; Natrium, Farbtabelle fehlt.",
        people=("Wiebke Watt", "Jelle Jacobi"),
        notebooks={
            "notebook1": _n1(
                "table loop dict newaxis yes batch english"
                " two-hidden validation small table overlap"
            ),
            "notebook2": _n2("no-sodium list loop prose keras invisible none"),
            "notebook3": _n3("zeros names notes argmax notes two-only brightness"),
        },
        answers=answers("DCBADCBADCB", q11="q11-cost"),
    ),
    Group(
        id="gruppe11",
        about="Notebooks im Stil früherer Semester (Keras 2); zweimal dieselbe Spiegelung.",
        people=("Ottilie Optimierer", "Veit Vektor"),
        notebooks={
            "notebook1": _n1(
                "plain keras2 append list yes direct linear add loop small table letters"
            ),
            "notebook2": _n2("iloc-lists plain hp5 list keras same-twice list"),
            "notebook3": _n3("newaxis loop missed single corner statements notes"),
        },
        answers=answers("AAAAAABBBBB"),
        profile="keras2",
        structure=("keras2",),
    ),
    Group(
        id="gruppe12",
        about="Alle Metadaten der Zellen verloren; Frage 6 leer; Klassen der Heatmaps verwechselt.",
        people=("Ida Identität", "Lorenz Loss"),
        notebooks={
            "notebook1": _n1(
                "formulas loop dict newaxis yes-long batch peak"
                " two-hidden validation small table look-alikes"
            ),
            "notebook2": _n2("reread table frame prose pillow keras-save gauss"),
            "notebook3": _n3("expand names missed wrong-class corner product full"),
        },
        answers=answers("DADAD-DADAD"),
        labels={"q6": expect("failed")},
        edits={"notebook1": (strip,), "notebook2": (strip,), "notebook3": (strip,)},
        structure=("lost-metadata", "q-empty"),
    ),
    Group(
        id="gruppe13",
        about="Aufgabe 2b und die Zelle zu 3c gelöscht, Zellen doppelt und geteilt.",
        people=("Mieke Matrix", "Till Trainingsset"),
        notebooks={
            "notebook1": _n1(
                "table add arrays reshape yes figure notes list axis small loop overlap"
            ),
            "notebook2": _n2("loc - - - keras imsave list"),
            "notebook3": _n3("function loop notes argmax notes - -"),
        },
        answers=answers("CCCCDDDDBBB"),
        edits={
            "notebook1": (
                double("1a-weights", "1b-curve"),
                split("1a-model", "model.add(tf.keras.layers.Dense(2"),
            ),
            "notebook2": (
                delete_task("## Aufgabe 2b", "2b-interpretation"),
                split("2a-clean", "# Natrium", "for i in"),
            ),
            "notebook3": (delete("3c-colormaps", "3c-conclusion"), double("3b-heatmaps")),
        },
        labels={
            "2b.diagnosis": _GONE,
            "2b.prediction": _GONE,
            "2b.interpretation": _GONE,
            "3c.colormaps": _GONE,
            "3c.watermark": _NOTHING,
        },
        problems=("missing_cell",),
        structure=("deleted-cells", "duplicated-cells", "split-cell"),
    ),
    Group(
        id="gruppe14",
        about="Zellen zusammengelegt; Heatmaps vertauscht; Farbtabellen nur für Bild 1.",
        people=("Ruth Regression", "Cord Kante"),
        notebooks={
            "notebook1": _n1(
                "plain relu-layers append rows yes labels linear function axis function english letters"
            ),
            "notebook2": _n2("reread plain frame list pillow not-saved list"),
            "notebook3": _n3("zeros axis missed swapped partial first-only seen-only"),
        },
        answers=answers("ACACACACACA", q4="q4-negated"),
        edits={
            "notebook1": (
                merge("1a-model", "1a-weights", "1a-predict"),
                merge("1c-model", "1c-training"),
            ),
            "notebook2": (merge("2c-load", "2c-apply"),),
            "notebook3": (merge("3a-load", "3a-predict"),),
        },
        structure=("merged-cells",),
    ),
    Group(
        id="gruppe15",
        about="Als .zip abgegeben, mit einem Pfad nach außen; Notebook 3 fehlt.",
        people=("Gesa Gewicht", "Alma Ausgang"),
        notebooks={
            "notebook1": _n1(
                "prose imports per-layer tensor yes axes english"
                " function axis function english letters"
            ),
            "notebook2": _n2("new-frame list single english tf-io dict speckle"),
            "notebook3": {},
        },
        answers=answers("DDDDAAAACCC"),
        names={"notebook3": ""},
        archive=True,
        files={"../gruppe01/notebook3.ipynb": b"{}\n"},
        problems=("missing_notebook", "unsafe_archive"),
        structure=("zip", "missing-notebook"),
    ),
    Group(
        id="gruppe16",
        about="Umlaute und Leerzeichen in den Dateinamen; Notebook 2 abgeschnitten.",
        people=("Jörg Überanpassung", "Änne Ähnlichkeit"),
        notebooks={
            "notebook1": _n1(
                "plain list tuples reshape yes-long figure linear"
                " list statements loop loop overlap"
            ),
            "notebook2": _n2("column list axis list keras imsave list"),
            "notebook3": _n3("function axis english overlay partial nested english"),
        },
        answers=answers("BBBBBBCCCCC", q2="q2-names"),
        names={
            "notebook1": "Notebook 1 (endgültige Lösung).ipynb",
            "notebook2": "Notebook 2 (endgültige Lösung).ipynb",
            "notebook3": "Notebook 3 (für die Übung, geändert).ipynb",
        },
        cut={"notebook2": 0.61},
        problems=("corrupt_notebook",),
        structure=("umlauts", "cut-json"),
    ),
    Group(
        id="gruppe17",
        about="Endlosschleife in 2a, sonst gut.",
        people=("Silke Schleife",),
        notebooks={
            "notebook1": _n1(
                "prose loop dict newaxis yes batch linear"
                " two-hidden validation small table look-alikes"
            ),
            "notebook2": _n2("endless plain loop prose keras imsave prose"),
            "notebook3": _n3("zeros loop notes argmax corner statements full"),
        },
        answers=answers("AABBCCDDAAB", q10="q10-loss"),
        problems=("timeout", "cell_error"),
        structure=("endless-loop",),
    ),
    Group(
        id="gruppe18",
        about="Fremde Dateinamen; versteckt mit Testdaten trainiert; NaN als Text; Kernel beendet.",
        people=("Knut Kernelpanik", "Svea Stichprobe"),
        notebooks={
            "notebook1": _n1(
                "table add append flat yes direct notes list hidden-leak loop loop look-alikes"
            ),
            "notebook2": _n2("replace-nan-text list single english tf-io flipud flipud"),
            "notebook3": _n3("newaxis names half crash corner product notes"),
        },
        answers=answers("CDCDCDCDCDC"),
        names={
            "notebook1": "abgabe_teil_a.ipynb",
            "notebook2": "abgabe_teil_b.ipynb",
            "notebook3": "abgabe_teil_c.ipynb",
        },
        problems=("renamed_notebook", "cell_error", "kernel_died", "restarted"),
        structure=("renamed", "kernel-crash"),
    ),
    Group(
        id="gruppe19",
        about="Die ausgegebenen Notebooks unverändert abgegeben, ohne Kontrollfragen.",
        people=(),
        notebooks={"notebook1": {}, "notebook2": {}, "notebook3": {}},
        answers={},
        answers_as="",
        particulars=False,
        labels={
            **{f"q{n}": _NOTHING for n in range(1, 12)},
            **{
                check: _NOTHING
                for check in (
                    "1a.hand 1a.architecture 1a.weights 1a.prediction 1a.probe 1b.curve 1b.plot"
                    " 1b.comment 1c.architecture 1c.no_leak 1c.accuracy 1c.prediction"
                    " 1c.too_small 1c.never_100 2a.sodium 2a.thrombocytes 2a.numeric 2a.trains"
                    " 2b.diagnosis 2b.prediction 2b.interpretation 2c.count 2c.choice 2c.applied"
                    " 2c.reasons 3a.prediction 3a.doubt 3b.heatmaps 3b.reading 3c.colormaps"
                    " 3c.watermark"
                ).split()
            },
            "2a.values": expect("failed", "not_judged", "partial", points=(0, 0.5)),
        },
        problems=("missing_answers", "cell_error"),
        structure=("unchanged", "missing-answers"),
    ),
    Group(
        id="gruppe20",
        about="Entwurf: Notebook 1 fast fertig, Notebook 2 begonnen, Notebook 3 noch nicht.",
        people=("Hedda Hälfte", "Piet Provisorium"),
        notebooks={
            "notebook1": _n1("table list arrays flat - no-labels - add loop - - -"),
            "notebook2": _n2("half list - - - - -"),
            "notebook3": {},
        },
        answers=answers("ABC--------"),
        headings="full",
        labels={
            # Keras refuses rows after a flat array: a draft that its authors have not run again.
            "1b.curve": _BROKEN,
            "1b.plot": _BROKEN,
            "1b.comment": expect("failed"),
            "1c.too_small": expect("failed"),
            "1c.never_100": expect("failed"),
            **{
                check: _NOTHING
                for check in (
                    "q4 q5 q6 q7 q8 q9 q10 q11 2b.prediction 2b.interpretation 2c.count"
                    " 2c.choice 2c.applied 2c.reasons 3a.prediction 3a.doubt 3b.heatmaps"
                    " 3b.reading 3c.colormaps 3c.watermark"
                ).split()
            },
        },
        problems=("cell_error",),
        structure=("half-finished",),
    ),
    Group(
        id="gruppe21",
        about="Antworten in Windows-1252; batch_size=1; richtige Wörter, verneint; Text in der Spalte.",
        people=("Käthe Kodierung", "Björn Byte"),
        notebooks={
            "notebook1": _n1(
                "slip functional dict rows slip-found figure poor"
                " add batch-1 small wrong look-alikes"
            ),
            "notebook2": _n2("text-left plain axis list keras imsave list"),
            "notebook3": _n3("newaxis loop notes single notes nested seen-only"),
        },
        answers=answers("DDDDDDDDDDD", q4="q4-negated", q6="q6-negated"),
        answers_as="cp1252",
        edits={"notebook2": (fresh_ids,)},
        problems=("answers_encoding", "cell_error"),
        structure=("windows-1252",),
    ),
    Group(
        id="gruppe22",
        about="Aus Google Colab; Ausgabe ohne Ende; Sigmoid statt Softmax; fremdes Notebook dabei.",
        people=("Carl Colab", "Zoe Zelle"),
        notebooks={
            "notebook1": _n1(
                "plain functional tuples newaxis yes labels linear sigmoid loop loop loop letters"
            ),
            "notebook2": _n2("by-name numbers frame half-right tf-io pillow prose"),
            "notebook3": _n3("newaxis axis missed flood corner nested full"),
        },
        answers=answers("CACACACACAC", q2="q2-mahalanobis"),
        edits={
            "notebook1": (google_colab,),
            "notebook2": (google_colab,),
            "notebook3": (google_colab,),
        },
        files={"Statistik Übung 4.ipynb": FOREIGN},
        problems=("foreign_notebook", "output_limit"),
        structure=("google-colab", "foreign-notebook", "endless-output"),
    ),
)
