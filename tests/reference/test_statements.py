"""What groups state, compared with what their own notebooks show."""

import pytest

from tests.checks.build import call, cell, context, lab_check, side, text

too_small = lab_check("texts", "1c.too_small")
doubt = lab_check("texts", "3a.doubt")
BIG = {"accuracy": [0.71, 0.93, 0.974]}
SMALL = {"accuracy": [0.15, 0.22, 0.31]}


def remark_1c(written, *histories):
    calls = [call("fit", x=[1, 2], history=h) for h in histories]
    cells = [cell("1c-training", calls=calls), text("1c-compare", written)]
    return too_small(context(side({"notebook1": cells})))


@pytest.mark.parametrize(
    ("written", "histories"),
    [
        ("Mit 64 Neuronen 97 % Genauigkeit, mit 1 Neuron nur 31 %.", (BIG, SMALL)),
        ("Genauigkeit etwa 0,97 gegen 0,3. Ein Neuron ist zu klein.", (BIG, SMALL)),
        ("Das große Netz erreicht ca. 98,5 Prozent, das kleine 35 %.", (BIG, SMALL)),
        ("| Netz | acc |\n|-|-|\n| 64 | 97.4 % |\n| 1 | 31 % |", (BIG, SMALL)),
        ("Mit 64 Neuronen 97 %, mit 1 Neuron 20 %, mit 8 Neuronen 88 %.", (BIG,)),
        ("Mit 2 Neuronen erreichte das Netz 45 %, mit 64 Neuronen 97 %.", (BIG,)),
        ("Genauigkeit 97 %, der Loss war 0,08. Das Netz mit 1 Neuron ist zu klein.", (BIG,)),
        ("Das kleine Netz ist um 66 % schlechter als das große mit 97 %.", (BIG, SMALL)),
        ("Mit 97 % gut. Durch Zufall wären es 10 %.", (BIG,)),
        ("100 % erreicht kein Netz, unser Netz erreicht 97 %.", (BIG,)),
        ("Die Genauigkeit lag bei 97 %, auf Testdaten bei 60 %.", (BIG,)),
        ("Genauigkeit 97 % bei Dropout 0,5 und Lernrate 0,01.", (BIG,)),
        ("Genauigkeit 60 %.", ({"loss": [1.0, 0.2]},)),
        ("Genauigkeit 60 %.", ()),
    ],
)
def test_a_statement_that_may_be_true_is_left_alone(written, histories):
    assert "contradiction" not in remark_1c(written, *histories).details


@pytest.mark.parametrize(
    ("written", "histories"),
    [
        ("Wir erreichen 98 % Genauigkeit.", (SMALL,)),
        ("Die Genauigkeit beträgt 0,98.", (SMALL,)),
        ("Mit 64 Neuronen 97 %, mit 1 Neuron 85 %.", (BIG | {"accuracy": [0.95, 0.97]}, SMALL)),
        ("Beide Netze erreichen 55 %.", (BIG, SMALL)),
        ("accuracy: 0.55", (BIG,)),
        ("Mit zwei Neuronen erreicht das Netz 48 %, mit zehn 52 %.", (BIG,)),
        ("Das Netz erkennt 50 Prozent der Bilder richtig.", (BIG,)),
        ("- 64 Neuronen: 60 %\n- 1 Neuron: 31 %", (BIG, SMALL)),
        ("Training ergab eine Genauigkeit von 12,5 %.", (BIG,)),
        ("Das größere Netz war mit 99,9 % besser.", (SMALL,)),
    ],
)  # fmt: skip
def test_a_statement_that_no_training_supports_is_an_observation(written, histories):
    outcome = remark_1c(written, *histories)
    assert outcome.status == "needs_review" and outcome.confidence <= 0.4
    assert "Beobachtung" in outcome.message and "kam in den aufgezeichneten" in outcome.message


def remark_3a(written, result=((0.07, 0.93), (0.81, 0.19))):
    cells = [
        cell("3a-predict", variables={"result": [list(r) for r in result]}),
        text("3a-credible", written),
    ]
    return doubt(context(side({"notebook3": cells})))


@pytest.mark.parametrize(
    "written",
    [
        "Bild 1 ist krankhaft, Bild 2 gesund. Das kann nicht stimmen, beide sind krank.",
        "bild2 gesund, obwohl krank",
        "Das Netz hält das erste Bild für krankhaft und das zweite für gesund.",
        "Das erste Knie wird als krank erkannt, das zweite als gesund.",
        "Beide Knie sind krank, das Netz nennt eines gesund.",
        "Bild 1 ist nicht gesund. Das Netz irrt bei Bild 2.",
        "Warum ist Bild 1 gesund?",
        "Wäre Bild 1 gesund, hätte das Netz unrecht.",
        "Bild 1: abnormal (richtig), Bild 2: healthy (falsch)",
        "Im ersten Schritt sehen gesunde Knie normal aus.",
        "Bild 1 und Bild 2 sind beide krank.",
    ],
)
def test_a_true_reading_of_the_knees_is_left_alone(written):
    assert "contradiction" not in remark_3a(written).details


@pytest.mark.parametrize(
    "written",
    [
        "Bild 1 ist gesund, Bild 2 krankhaft.",
        "Das Netz hält das erste Bild für gesund und das zweite für krankhaft.",
        "bild1 gesund, bild2 krank",
        "Bild 2 ist krankhaft, während Bild 1 als gesund eingestuft wird.",
        "Das erste Knie wird als gesund erkannt.",
        "- Bild 1: gesund\n- Bild 2: krank",
        "Knie 1 ist laut Netz gesund.",
        "Bild 1 wurde als healthy klassifiziert.",
        "Bild 1 ist unauffällig, Bild 2 verletzt.",
        "Das erste ist gesund, das zweite nicht.",
    ],
)
def test_exchanged_knees_are_an_observation(written):
    outcome = remark_3a(written)
    assert "Bild 1 wird als gesund bezeichnet" in outcome.message and outcome.confidence <= 0.4
    mine = remark_3a(written, result=((0.9, 0.1), (0.2, 0.8)))
    assert "contradiction" not in mine.details  # consistent with the group's own output
