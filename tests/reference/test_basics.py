import numpy as np
import pytest

from grader.errors import NotJudged
from tests.checks.build import (
    call,
    cell,
    context,
    dense,
    lab_check,
    layer,
    net,
    side,
    text,
)
from tests.reference.nets import GIVEN, HAND, X3, says, small, task_1a

WAY = "x = -1: y = 1*0 - 5*0 = 0\n\nx = 1: N1 = 3, N2 = 6, y = 6\n\nx = 2: y = max(0; 12 - 5) = 7"
REFERENCE = side({"notebook1": task_1a()}, given={"1a-hand": GIVEN})
hand = lab_check("hand", "1a.hand")
architecture = lab_check("basics", "1a.architecture")
weights = lab_check("weights", "1a.weights")
prediction = lab_check("basics", "1a.prediction")
probe = lab_check("basics", "1a.probe")
ALL = (hand, architecture, weights, prediction, probe)


def judged(check, cells, **rest):
    notebooks = {} if cells is None else {"notebook1": cells}
    return check(context(side(notebooks, given={"1a-hand": GIVEN}, **rest), REFERENCE))


def statuses(cells):
    return [judged(check, cells).status for check in ALL]


def test_the_right_task_passes_everything():
    assert statuses(task_1a(hand=WAY)) == ["passed"] * 5


@pytest.mark.parametrize("check", ALL, ids=lambda c: c.id)
def test_without_notebook_or_cells_nothing_is_judged(check):
    with pytest.raises(NotJudged, match="fehlt oder ist nicht lesbar"):
        judged(check, None)
    with pytest.raises(NotJudged, match="nicht gefunden"):
        judged(check, [cell("1c-data")])


@pytest.mark.parametrize("check", ALL[1:], ids=lambda c: c.id)
def test_what_did_not_run_is_not_judged(check):
    cells = [cell("1a-model", status="timeout"), cell("1a-predict", status="not_run")]
    with pytest.raises(NotJudged, match="Zeitüberschreitung"):
        judged(check, cells)
    with pytest.raises(NotJudged, match="nicht ausgeführt"):
        judged(check, [cell("1a-model")], not_run=["notebook1"])


# ------------------------------------------------------------------ 1a.hand


def judge_hand(written, **rest):
    return judged(hand, task_1a(hand=written, **rest))


def test_one_point_per_input():
    assert judge_hand("x=-1: 0; x=1: 2*3 = 6; x=2: 8").fraction == pytest.approx(2 / 3)
    outcome = judge_hand("x=-1: y = -3*2 = -6\nx=1: y = 6")
    assert outcome.status == "partial" and outcome.fraction == pytest.approx(1 / 3)
    assert "x = −1 stimmt die Ausgabe nicht" in outcome.message
    assert "x = 2 wurde keine Ausgabe gefunden" in outcome.message


@pytest.mark.parametrize(
    "written",
    [
        "N1: 3*(-1) + 3*1 + 3*2 = 6\nN2: 6*2 = 12\nN3: 6*1 - 5 = 1\nAusgabe: 12*1 + 1*(-5) = 7",
        "x1=-1, x2=1, x3=2: Summe (-1+1+2)*3=6, dann 12 und 1, Ausgabe 7",
        "6, dann 12 und 1, am Ende 7",
    ],
)
def test_summed_inputs_are_named_and_the_same_result_is_a_false_statement(written):
    outcome = judge_hand(written)
    assert outcome.status == "failed"
    assert "zusammengezählt" in outcome.message
    assert outcome.details["false_statement"] is True
    assert "trifft deshalb nicht zu" in outcome.message
    other = judge_hand(written, compare="Nein, die Ergebnisse sind nicht gleich.")
    assert other.details["false_statement"] is False and "zusammengezählt" in other.message


@pytest.mark.parametrize(
    ("compare", "same"),
    [
        ("Ja.", True),
        ("Die Ergebnisse stimmen überein.", True),
        ("Keras liefert dasselbe.", True),
        ("Die Ergebnisse stimmen nicht überein.", False),
        ("Bei -1 und 1 ja. Bei 2 haben wir wohl ein Gewicht vergessen.", False),
        ("Bis auf x = 2 stimmt alles.", False),
        ("Keras rechnet anders, es gibt einen Unterschied.", False),
        ("", False),
    ],
)
def test_what_the_group_says_of_the_comparison(compare, same):
    outcome = judge_hand("x=-1: 1; x=1: 1; x=2: 1", compare=compare)
    assert outcome.details["false_statement"] is same


@pytest.mark.parametrize("written", ["", "*Hier antworten.*", "Haben wir gerechnet."])
def test_no_calculation_fails(written):
    outcome = judge_hand(written)
    assert outcome.status == "failed"
    assert "keine Handrechnung" in outcome.message


def test_the_labs_own_text_is_no_calculation():
    outcome = judge_hand(GIVEN)
    assert outcome.status == "failed" and "keine Handrechnung" in outcome.message


def test_what_keras_says_is_no_hand_calculation():
    outcome = judge_hand("", compare="Keras liefert für x=-1: 0, x=1: 6 und x=2: 7.")
    assert outcome.status == "failed"


def test_a_photo_and_an_unclear_text_are_for_a_human():
    assert judge_hand("![Rechnung](attachment:foto.png)").status == "needs_review"
    outcome = judge_hand("Erst 3, dann 6 und 0, zusammen also 6.")
    assert (outcome.status, outcome.fraction) == ("needs_review", 0.0)
    outcome = judge_hand("x=-1: y = 0\nx=1: y = 6\nx=2: y = 9, nein, 7")
    assert outcome.status == "needs_review" and outcome.fraction == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    "cells",
    [
        [text("1a-hand", ""), cell(source="# x=-1: 0\n# x=1: 2*3 = 6\n# x=2: 7")],
        [text("1a-hand", ""), cell(source="rechne()", printed="x=-1: 0\nx=1: 2*3 = 6\nx=2: 7")],
        [
            text("1a-hand", ""),
            text("1a-compare", "3*2 = 6. Von Hand: 0, 6, 7. Keras sagt dasselbe."),
        ],
        [text("1a-hand", ""), cell("1a-model"), text("", "12 - 5 = 7. Ausgaben: 0, 6, 7")],
        [
            text("1a-hand", ""),
            cell("1a-model", source="# Handrechnung: 12 - 5 = 7\n# Ausgaben: 0, 6, 7\nmodel = 1"),
        ],
    ],
    ids=["comments", "printed", "compare", "unplaced", "model cell"],
)
def test_the_calculation_may_stand_elsewhere(cells):
    outcome = judged(hand, cells)
    assert outcome.status == "passed" and outcome.confidence < 0.9


@pytest.mark.parametrize(
    "written",
    [HAND, "y(-1) = 0, y(1) = 6, y(2) = 7", "0, 6, 7", "| x | y |\n|-|-|\n|-1|0|\n|1|6|\n|2|7|"],
)
def test_results_without_the_way_are_for_a_human(written):
    outcome = judge_hand(written)
    assert outcome.status == "needs_review" and outcome.fraction == pytest.approx(2 / 3)
    assert "Rechenweg" in outcome.message


def test_a_wrong_value_without_the_way_is_named_for_the_human():
    outcome = judge_hand("x=-1: 0; x=1: 6; x=2: 8")
    assert outcome.status == "needs_review" and outcome.fraction == pytest.approx(4 / 9)
    assert "Für x = 2 stimmt die Ausgabe nicht" in outcome.message


def test_what_can_only_be_guessed_is_for_a_human():
    blocks = "x = -1\nN1 = 0\nN3 = 0\n\nx = 1\nN1 = 3\nN3 = 0\n\nx = 2\nN1 = 6\nN3 = 1"
    assert judge_hand(blocks).status == "needs_review"
    in_order = judge_hand("erst 3*2 = 6\nzu Beginn: 0\nin der Mitte: 6\nzum Schluss: 7")
    assert (in_order.status, in_order.fraction) == ("needs_review", 1.0)


def test_the_texts_of_the_hand_calculation_in_code():
    cells = [
        text("1a-hand", ""),
        cell("1a-hand", source="max(0, 3 * x)", printed="-1: 0\n1: 6\n2: 7"),
    ]
    assert judged(hand, cells).status == "passed"


def test_the_message_names_no_expected_value():
    outcome = judge_hand("x=-1: 0; x=1: 5; x=2: 8")
    assert not {"6", "7"} & set(outcome.message)


# ------------------------------------------------------------------ 1a.architecture

W = ([[3]], [0]), ([[2, 1]], [0, -5]), ([[1], [-5]], [0])


@pytest.mark.parametrize(
    "made",
    [
        net(dense(1, "linear", *W[0]), layer("ReLU"), (2, "relu", *W[1]), (1, "relu", *W[2])),
        net(layer("InputLayer"), *[(u, "relu", *w) for u, w in zip((1, 2, 1), W, strict=True)]),
        net((1, "relu", [[3]], [0]), (2, "relu", [[2, 1]], [0, -5]),
            dense(1, "linear", [[1], [-5]], [0]), layer("Activation", activation="relu")),
    ],
)  # fmt: skip
def test_other_ways_to_the_same_architecture(made):
    assert judged(architecture, task_1a(small(), model=made)).status == "passed"


@pytest.mark.parametrize(
    ("made", "fraction", "words"),
    [
        (small(last="linear"), 0.7, "Schicht 3 hat keine Aktivierungsfunktion"),
        (small(hidden="linear", last="linear"), 0.5, "Schicht 1 hat keine Aktivierungsfunktion"),
        (net((1, "relu"), (3, "relu"), (1, "relu")), 0.5, "Schicht 2 hat 3 Neuronen"),
        (net((3, "relu"), (1, "relu")), 0.0, "Das Modell hat 2 Dense-Schichten"),
        (net((1, "relu"), (2, "relu"), (1, "relu"), input_shape=()), 0.5, "nicht gebaut"),
        (net((1, "relu"), (2, "relu"), (1, "relu"), input_shape=(None, 3)), 0.5,
         "drei getrennte"),
        (net((1, "relu"), layer("LSTM"), (2, "relu"), (1, "relu")), 0.5, "Die Schicht LSTM"),
    ],
)  # fmt: skip
def test_a_fault_of_the_architecture_is_named(made, fraction, words):
    outcome = judged(architecture, [cell("1a-model", variables={"model": made})])
    assert outcome.fraction == pytest.approx(fraction) and words in outcome.message


def test_no_model_fails_the_architecture_and_leaves_the_rest_unjudged():
    cells = [cell("1a-model", status="error", error="NameError"), cell("1a-predict")]
    outcome = judged(architecture, cells)
    assert outcome.status == "failed" and "NameError" in outcome.message
    for check in (weights, probe):
        with pytest.raises(NotJudged, match="kein Keras-Modell"):
            judged(check, cells)


def test_a_network_whose_layers_nobody_sees_is_for_a_person():
    asked = call("predict", x=X3, result=says(small(), X3))
    outcome = judged(architecture, [cell("1a-model"), cell("1a-predict", calls=[asked])])
    assert (outcome.status, outcome.fraction) == ("needs_review", 0.5)


# ------------------------------------------------------------------ 1a.weights


@pytest.mark.parametrize(
    "made",
    [
        net((1, "relu", *W[0]), (2, "relu", [[1, 2]], [-5, 0]), (1, "relu", [[-5], [1]], [0])),
        net((1, "relu", [[6]], [0]), (2, "relu", [[1, 0.5]], [0, -5]), (1, "relu", *W[2])),
        net((1, "relu", *W[0]), (2, "relu", [[2, 2]], [0, -10]), (1, "relu", [[1], [-2.5]], [0])),
        small(last="linear"),
    ],
    ids=["permuted", "scaled", "scaled pair", "activation is another check's"],
)
def test_weights_count_as_a_function(made):
    assert judged(weights, task_1a(made)).status == "passed"


@pytest.mark.parametrize(
    ("changes", "fraction", "words"),
    [
        ({"w01": 2}, 0.5, "das Gewicht w01"),
        ({"b3": 5}, 0.5, "die Schwelle b3"),
        ({"w22": 5}, 0.5, "das Gewicht w22"),
        ({"b2": -5, "b3": 0}, 0.5, "b2 und b3 sind vertauscht"),
        ({"b2": 1, "b4": 2}, 0.25, "die Schwelle b2 von der Zeichnung ab. Ein weiterer Wert"),
        ({"w01": 1, "w11": 1, "w22": 1, "b3": 2}, 0.0, "3 weitere Werte"),
    ],
)
def test_the_first_wrong_weight_is_named_without_its_value(changes, fraction, words):
    outcome = judged(weights, task_1a(small(**changes)))
    assert outcome.fraction == fraction and words in outcome.message
    assert not any(digits in outcome.message for digits in ("-5", "−5", "= 3"))


RANDOM = small(w01=0.37, w11=-0.81, w21=0.2, w12=1.13, w22=0.4, b3=0)


def test_weights_that_were_never_set():
    cells = [cell("1a-model", variables={"model": RANDOM})]
    outcome = judged(weights, cells)
    assert outcome.status == "failed" and "Zufallswerten" in outcome.message


def test_a_list_of_wrong_shapes_gives_half():
    listed = [[3.0, 2.0, 1.0], [0.0, 0.0, -5.0], [1.0, -5.0], [0.0]]
    cells = [
        cell("1a-model", variables={"model": RANDOM}),
        cell("1a-weights", variables={"weight_list": listed}, calls=[call("set_weights")],
             status="error", error="ValueError"),
    ]  # fmt: skip
    outcome = judged(weights, cells)
    assert (outcome.status, outcome.fraction) == ("partial", 0.5)
    assert "weight_list stimmen" in outcome.message and "ValueError" in outcome.message


def test_a_second_try_after_an_error_counts():
    cells = task_1a()
    cells.insert(2, cell("1a-weights", calls=[call("set_weights")], status="error", error="E"))
    assert judged(weights, cells).status == "passed"


def test_weights_of_another_architecture():
    made = net((4, "relu", np.ones((1, 4)), np.zeros(4)), (1, "relu", np.ones((4, 1)), [0]))
    outcome = judged(weights, task_1a(made))
    assert outcome.status == "failed" and "anders aufgebaut" in outcome.message


# ------------------------------------------------------------------ 1a.prediction


@pytest.mark.parametrize(
    "cells",
    [
        task_1a(x=[-1, 1, 2]),
        task_1a(x=np.array([[2.0], [-1.0], [1.0]])),
        task_1a(x=np.array([[-1.0], [0.0], [1.0], [2.0]])),
        [cell("1a-predict", calls=[call("predict", x=[[v]], result=says(small(), v))
                                   for v in (-1, 1, 2)])],
        [cell("1a-predict", variables={"ausgabe": np.array([0.0, 6.0, 7.0])})],
        [cell("1a-predict", variables={"result": [0, 6.0, 7]})],
        [cell(("1a-model", "1a-weights", "1a-predict", "1b-curve"),
              variables={"result": np.zeros(50)},
              calls=[call("predict", x=X3, result=says(small(), X3)),
                     call("predict", x=np.zeros(50), result=np.zeros((50, 1)))])],
        [cell("1a-predict", variables={"result": says(small(), X3)}, status="error")],
    ],
    ids=["list", "order", "more", "one by one", "name", "plain", "merged", "error after"],
)  # fmt: skip
def test_the_three_predictions_are_found(cells):
    assert judged(prediction, cells).status == "passed"


def test_a_consequential_error_gives_half():
    outcome = judged(prediction, task_1a(small(w22=-4)))
    assert (outcome.status, outcome.fraction) == ("partial", 0.5)
    assert "Folgefehler" in outcome.message


def test_random_weights_are_no_consequential_error():
    cells = [cell("1a-predict", variables={"model": RANDOM, "result": says(RANDOM, X3)},
                  calls=[call("predict", x=X3, result=says(RANDOM, X3))])]  # fmt: skip
    outcome = judged(prediction, cells)
    assert outcome.status == "failed" and "nicht gesetzt" in outcome.message


@pytest.mark.parametrize(
    ("result", "status", "words"),
    [
        (np.array([[7.0]]), "failed", "für jede der drei Eingaben"),
        (np.array([[0.0], [np.nan], [7.0]]), "partial", "keine endliche Zahl"),
        (np.array([[6.0], [0.0], [7.0]]), "partial", "anderer Reihenfolge"),
        (np.array([[0.0], [0.0], [0.0]]), "failed", "33 % der Werte"),
        (np.array(["0", "6", "7"], dtype=object), "failed", "keine Vorhersage"),
        (np.zeros((0, 1)), "failed", ""),
        (np.array([[2**62], [1], [1]]), "failed", "0 % der Werte"),
    ],
)
def test_wrong_predictions_say_why(result, status, words):
    cells = [cell("1a-predict", variables={"result": result})]
    outcome = judged(prediction, cells)
    assert outcome.status == status and words in outcome.message


def test_a_predict_that_raised_is_named():
    outcome = judged(prediction, [cell("1a-predict", status="error", error="ValueError")])
    assert outcome.status == "failed" and "ValueError" in outcome.message


# ------------------------------------------------------------------ 1a.probe


def test_a_missing_output_activation_shows_on_unseen_inputs():
    cells = task_1a(small(last="linear"))
    assert judged(prediction, cells).status == "passed"
    outcome = judged(probe, cells)
    assert outcome.status == "failed"
    assert "großen Eingaben" in outcome.message and "letzten Schicht" in outcome.message


def test_a_forged_result_does_not_help():
    right = says(small(), X3)
    cells = task_1a(small(b2=-5, b3=0), result=right)
    assert judged(prediction, cells).status == "passed"
    assert judged(probe, cells).status == "failed"


def test_a_network_that_cannot_be_rebuilt_is_judged_by_what_it_claimed():
    x = np.linspace(-10, 10, 64).reshape(-1, 1)
    made = net(layer("Lambda"), probe=(x, says(small(), x)))
    outcome = judged(probe, [cell("1a-model", variables={"model": made})])
    assert outcome.status == "passed" and outcome.confidence < 1
    with pytest.raises(NotJudged, match="keine Gewichte"):
        judged(probe, [cell("1a-model", variables={"model": net(layer("Lambda"))})])


def test_nan_weights_and_wrong_inputs_fail():
    assert judged(probe, task_1a(small(w01=np.nan))).status == "failed"
    wide = net((1, "relu", [[3], [3], [3]], [0]), input_shape=(None, 3))
    outcome = judged(probe, [cell("1a-model", variables={"model": wide})])
    assert outcome.status == "failed" and "keine einzelnen Zahlen" in outcome.message


def test_duplicated_cells_change_nothing():
    cells = task_1a(hand=WAY)
    assert statuses([*cells[:4], *cells[2:]]) == ["passed"] * 5


def test_an_activation_without_a_name_is_for_a_person_to_see():
    x = np.linspace(-10, 10, 21)
    weights_ = [(u, "", *w) for u, w in zip((1, 2, 1), W, strict=True)]
    right = net(*weights_, probe=(x[:, None], says(small(), x)))
    outcome = judged(architecture, task_1a(small(), model=right))
    assert outcome.status == "needs_review" and outcome.fraction == 1
    assert judged(probe, task_1a(small(), model=right)).status == "passed"
    wrong = net(*weights_, probe=(x[:, None], x[:, None]))
    outcome = judged(architecture, task_1a(small(), model=wrong))
    assert outcome.status == "needs_review" and outcome.fraction == 0.5
    assert judged(probe, task_1a(small(), model=wrong)).status == "failed"


def test_a_network_in_a_container_is_found():
    asked = call("predict", x=X3, result=says(small(), X3))
    # As the probe writes a dict down: pairs of key and value.
    held = [
        cell("1a-model", variables={"R": [["netz", small()]]}),
        cell("1a-predict", calls=[asked]),
    ]
    for check in (architecture, weights, prediction, probe):
        assert judged(check, held).status == "passed", check.id


def test_a_network_that_no_variable_holds_is_known_by_its_calls():
    given = [np.asarray(a, dtype=np.float32) for pair in W for a in pair]
    sets = call("set_weights", weights=given, network=small())
    right = call("predict", x=X3, result=says(small(), X3), network=small())
    for cells in (
        [cell("1a-predict", calls=[sets, right])],
        [cell("1a-model", variables={"A.breite": 2}), cell("1a-predict", calls=[sets, right])],
    ):
        for check in (architecture, weights, prediction, probe):
            assert judged(check, cells).status == "passed", check.id
    unset = net((1, "relu", [[0.3]], [0]), (2, "relu", [[0.1, 1]], [0, 0]),
                (1, "relu", [[1], [0.2]], [0]))  # fmt: skip
    asked = call("predict", x=X3, result=says(unset, X3), network=unset)
    assert judged(weights, [cell("1a-predict", calls=[asked])]).status == "failed"


def test_a_network_in_an_attribute_is_found():
    asked = call("predict", x=X3, result=says(small(), X3), network=small())
    other = net((5, "relu", np.ones((1, 5)), np.zeros(5)))
    held = {"a.probe": other, "a.model": small(), "a.zweites": other}
    cells = [cell("1a-model", variables=held), cell("1a-predict", calls=[asked])]
    for check in (architecture, weights, prediction, probe):
        assert judged(check, cells).status == "passed", check.id


@pytest.mark.parametrize(
    "text_",
    [
        r"$$\begin{array}{c|ccc|c} x & N_1 & N_2 & N_3 & y \\ \hline -1 & 0 & 0 & 0 & 0 \\"
        r" 1 & 3 & 6 & 0 & 6 \\ 2 & 6 & 12 & 1 & 7 \end{array}$$",
        "**-1:** 3·(-1) = -3 → 0 | 2·0 = 0 | 0-5 → 0 | 0 → **0**\n\n"
        "**1:** 3·1 = 3 | 2·3 = 6 | 3-5 = -2 → 0 | 6 - 0 = **6**\n\n"
        "**2:** 3·2 = 6 | 2·6 = 12 | 6-5 = 1 | 12 - 5 = **7**",
    ],
    ids=["array", "bars"],
)
def test_whoever_shows_the_way_of_each_input_has_not_summed(text_):
    outcome = judged(hand, task_1a(hand=text_))
    assert outcome.status != "failed" and not outcome.details["inputs_summed"]
