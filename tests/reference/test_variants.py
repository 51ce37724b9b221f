"""Unusual but right work, and mistakes, for tasks 1a and 1c: each check has to be right on all."""

# A calculation is read in one line.
# ruff: noqa: E501

import numpy as np
import pytest

from tests.checks.build import call, cell, dense, layer, net
from tests.reference.nets import says, small, task_1a
from tests.reference.test_basics import (
    architecture as build_1a,
)
from tests.reference.test_basics import hand, judge_hand, prediction, probe, weights
from tests.reference.test_basics import judged as judged_1a
from tests.reference.test_digits import (
    RISING,
    X_TEST,
    X_TRAIN,
    architecture,
    classifier,
    no_leak,
    predict,
    training_cell,
)
from tests.reference.test_digits import judged as judged
from tests.reference.test_digits import lab as lab

# ------------------------------------------------------------------ 1a.hand

RIGHT_HAND = {
    "latex aligned": r"""$$\begin{aligned} f(-1) &= \max(0, 1\cdot\max(0, 2\cdot\max(0,3\cdot(-1))) - 5\cdot \max(0, 0-5)) = 0\\ f(1) &= 6 - 5\cdot 0 = 6 \\ f(2) &= 12 - 5\cdot 1 = 7\end{aligned}$$""",
    "cases": r"""$y(x)=\begin{cases} 0 & x=-1\\ 6 & x=1 \\ 7 & x=2\end{cases}$, weil z.B. $12-5\cdot1=7$""",
    "words": "Für x = -1 ist das erste Neuron null, also ist die Ausgabe null. Für x = 1: erstes Neuron drei, dann sechs und null, Ausgabe sechs. Für x = 2: sechs, dann zwölf und eins, 12-5 ergibt sieben.",
    "comma": "x=-1: 3*(-1) = -3, ReLU -> 0, y = 0,0\nx=1: 3*1=3, 2*3=6, 3-5=-2 -> 0, y=6,0\nx=2: 3*2=6; 2*6=12; 6-5=1; y=12-5=7,0",
    "matrix": r"Eingabe $\begin{pmatrix}-1\\1\\2\end{pmatrix}$: Schicht 1 $\begin{pmatrix}0\\3\\6\end{pmatrix}$, Schicht 2: $(0,0),(6,0),(12,1)$, Ausgabe $\begin{pmatrix}0\\6\\7\end{pmatrix}$",
    "table": "| x | h1 | h2 | h3 | y |\n|---|---|---|---|---|\n| -1 | 0 | 0 | 0 | 0 |\n| 1 | 3 | 6 | 0 | 6 |\n| 2 | 6 | 12 | 1 | 7 |",
    "transposed table": "|   | x=-1 | x=1 | x=2 |\n|---|---|---|---|\n| N1 | 0 | 3 | 6 |\n| N2 | 0 | 6 | 12 |\n| N3 | 0 | 0 | 1 |\n| Ausgabe | 0 | 6 | 7 |",
    "headings": "**x = -1**\n\n- h1 = relu(-3) = 0\n- h2 = 0, h3 = relu(-5) = 0\n- out = 0\n\n**x = 1**\n\n- h1 = 3\n- h2 = 6, h3 = relu(3-5) = 0\n- out = 6\n\n**x = 2**\n\n- h1 = 6\n- h2 = 12, h3 = 1\n- out = 12 - 5 = 7",
    "frac": r"$x=-1$: $y=\frac{0}{1}=0$; $x=1$: $y=\frac{12}{2}=6$; $x=2$: $y = 12 - 5 = 7$",
    "unicode": "x₁ = −1 → 0 → (0 | 0) → 0\nx₂ = 1 → 3 → (6 | 0) → 6\nx₃ = 2 → 6 → (12 | 1) → 12·1 + 1·(−5) = 7",
    "arrow lists": "1. -1 -> 0 -> 0,0 -> 0\n2. 1 -> 3 -> 6,0 -> 6\n3. 2 -> 6 -> 12,1 -> 7",
    "html table": "<table><tr><th>x</th><th>y</th></tr><tr><td>-1</td><td>0</td></tr><tr><td>1</td><td>6</td></tr><tr><td>2</td><td>12-5 = 7</td></tr></table>",
    "formula func": "f(x) = relu(relu(6x) - 5*relu(3x-5))\n\nf(-1) = 0\nf(1) = 6\nf(2) = relu(12-5) = 7",
    "y hat": r"$\hat{y}(-1)=0$, $\hat{y}(1)=6$, $\hat{y}(2)=12-5=7$",
    "results last": "3*(-1) = -3 -> 0\n3*1 = 3, 2*3 = 6\n3*2 = 6, 12 und 1\n\nErgebnisse: 0, 6 und 7",
    "code block": "```\nx=-1: max(0,-3)=0 -> y=0\nx=1: y=6*1=6\nx=2: y=12*1+1*-5=7\n```",
}
WRONG_HAND = {
    "wrong all minus5": "x=-1: y = -5*0 = 0; x=1: y = 2*3 - 5 = 1; x=2: y = 12 - 5 = 7",
    "no relu": "x=-1: -3, -6, -8, y = -6 + 40 = 34\nx=1: 3, 6, -2, y = 6+10 = 16\nx=2: 6, 12, 1, y = 7",
    "summed": "Summe: 3*-1 + 3*1 + 3*2 = 6; 2*6 = 12; 6*1 - 5 = 1; Ausgabe 12 - 5 = 7",
    "summed latex": r"$n_1 = 3\cdot(-1)+3\cdot1+3\cdot2 = 6$, $n_2 = 12$, $n_3=1$, $y=7$",
    "summed words": "Die drei Eingänge ergeben zusammen 2, also 6, 12 und 1, am Ende 7.",
    "only two": "x=-1: 0\nx=1: 2*3=6",
    "swapped": "x=-1: y=0; x=1: y=7; x=2: y=2*3=6",
    "six everywhere": "x=-1: y=6; x=1: y=6; x=2: y= 2*3 = 6",
    "neg": "x=-1: y=-6*1=-6; x=1: y=6; x=2: y=7",
    "13": "x=-1: y=0; x=1: y=6; x=2: y=12+1=13",
    "17": "x=-1: y=0; x=1: y=6; x=2: y=12+5=17",
}


@pytest.mark.parametrize("written", RIGHT_HAND.values(), ids=RIGHT_HAND)
def test_a_right_calculation_in_any_notation(written):
    assert judge_hand(written).status == "passed"


# Share of the points at most; a wrong input never counts.
MOST = {"summed": 0, "summed latex": 0, "summed words": 0, "no relu": 0.5,
        "swapped": 1 / 3, "six everywhere": 1 / 3}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_HAND)
def test_a_mistake_costs_its_inputs(name):
    outcome = judge_hand(WRONG_HAND[name])
    assert outcome.status != "passed"
    assert outcome.fraction <= MOST.get(name, 2 / 3) + 1e-9
    assert ("zusammengezählt" in outcome.message) == name.startswith("summed")


def test_the_same_result_is_a_statement_on_the_groups_own_network():
    wrong = small(w22=-4)
    way = "x=-1: y=0\nx=1: y=2*3=6\nx=2: y=12-4=8"
    same = judged_1a(hand, task_1a(wrong, hand=way))
    assert same.status == "partial" and same.details["false_statement"] is False
    right = way.replace("12-4=8", "12-5=7")
    other = judged_1a(hand, task_1a(wrong, hand=right))
    assert other.status == "passed" and "trifft deshalb nicht zu" in other.message
    rounded = judged_1a(hand, task_1a(result=np.array([[0.0], [6.02], [6.98]]), hand=right))
    assert rounded.details["false_statement"] is False


# ------------------------------------------------------------------ 1a: the network

W1, W2, W3 = ([[3]], [0]), ([[2, 1]], [0, -5]), ([[1], [-5]], [0])
EQUIVALENT = {
    "permuted": net((1, "relu", *W1), (2, "relu", [[1, 2]], [-5, 0]), (1, "relu", [[-5], [1]], [0])),
    "scaled": net((1, "relu", [[0.3]], [0]), (2, "relu", [[20, 10]], [0, -5]), (1, "relu", *W3)),
    "scaled output": net((1, "relu", *W1), (2, "relu", [[1, 0.5]], [0, -2.5]),
                         (1, "relu", [[2], [-10]], [0])),
    "neuron without effect": net((1, "relu", *W1), (3, "relu", [[2, 1, 0]], [0, -5, 0]),
                                 (1, "relu", [[1], [-5], [0]], [0])),
    "split neuron": net((1, "relu", *W1), (3, "relu", [[1, 1, 1]], [0, 0, -5]),
                        (1, "relu", [[1], [1], [-5]], [0])),
    "input as a layer": net((1, "linear", [[1]], [0]), (1, "relu", *W1), (2, "relu", *W2),
                            (1, "relu", *W3)),
    "merged layers": net((2, "relu", [[6, 3]], [0, -5]), (1, "relu", *W3)),
    "subclassed, without a shape": net((1, "relu", *W1), (2, "relu", *W2), (1, "relu", *W3),
                                       input_shape=()),
    "no bias where it is zero": net(dense(1, "relu", [[3]]), (2, "relu", *W2),
                                    dense(1, "relu", [[1], [-5]])),
    "input layer": net(layer("InputLayer"), (1, "relu", *W1), (2, "relu", *W2), (1, "relu", *W3)),
    "activations apart": net(dense(1, "linear", *W1), layer("ReLU"), dense(2, "linear", *W2),
                             layer("Activation", activation="relu"), (1, "relu", *W3)),
    "dropout between": net((1, "relu", *W1), layer("Dropout", rate=0.0), (2, "relu", *W2),
                           (1, "relu", *W3)),
}  # fmt: skip


@pytest.mark.parametrize("made", EQUIVALENT.values(), ids=EQUIVALENT)
def test_an_equivalent_network_is_right(made):
    cells = task_1a(small(), model=made)
    for check in (build_1a, weights, prediction, probe):
        assert judged_1a(check, cells).status == "passed", check.id


MISTAKEN = {
    "agrees on the three x": (net((1, "relu", *W1), (3, "relu", [[2, 1, 1]], [0, -5, -9]),
                                  (1, "relu", [[1], [-5], [4]], [0])), "large"),
    "kink far outside": (net((1, "relu", *W1), (3, "relu", [[2, 1, 1]], [0, -5, -90]),
                             (1, "relu", [[1], [-5], [9]], [0])), "large"),
    "linear output": (small(last="linear"), "output"),
    "linear throughout": (small(hidden="linear"), ""),
    "b3 positive": (small(b3=5), "b3"),
    "biases swapped": (small(b2=-5, b3=0), "b2 und b3 sind vertauscht"),
    "w11 and w21 swapped": (small(w11=1, w21=2), "w11"),
    "w22 without its sign": (small(w22=5), "w22"),
    "b4": (small(b4=0.5), "b4"),
    "w01": (small(w01=2), "w01"),
    "all ones": (small(w01=1, w11=1, w21=1, w12=1, w22=1, b3=1), "w01"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKEN)
def test_another_function_is_wrong_and_its_first_weight_named(name):
    made, words = MISTAKEN[name]
    cells = task_1a(made)
    assert judged_1a(probe, cells).status == "failed"
    outcome = judged_1a(weights, cells)
    if "linear" not in name:  # with the weights alone all is well there
        assert outcome.status != "passed"
        assert words == "large" or words in outcome.message


def test_a_network_of_unknown_layers_is_asked_and_otherwise_left_to_a_human():
    x = np.linspace(-10, 10, 64).reshape(-1, 1)
    known = net(layer("Lambda"), probe=(x, says(small(), x)))
    assert judged_1a(weights, [cell("1a-model", variables={"model": known})]).status == "passed"
    silent = net(layer("MeinDense"))
    outcome = judged_1a(weights, [cell("1a-model", variables={"model": silent})])
    assert outcome.status == "needs_review" and outcome.confidence < 0.3


@pytest.mark.parametrize(
    "result",
    [
        [0.0, 6.0, 7.0],
        np.array([[0, 6, 7]]),
        np.array([0.0, 6.0, 7.0]),
        np.array([[[0.0]], [[6.0]], [[7.0]]]),
        np.array([[0.0], [5.9999], [7.0001]]),
        [[0.0], [6.0], [7.0]],
    ],
)
def test_predictions_of_any_shape(result):
    assert judged_1a(prediction, [cell("1a-predict", variables={"y": result})]).status == "passed"


# ------------------------------------------------------------------ 1c: loss, output, labels

FLAT, ONE_HOT, WHOLE = layer("Flatten"), np.zeros((300, 10)), np.zeros(300, dtype=int)


def build_1c(last, loss, labels=ONE_HOT, source="pass", between=()):
    layers = (FLAT, dense(64, "linear" if between else "relu"), *between, dense(10, last))
    compiled = call("compile", loss=loss, optimizer="adam", metrics=["accuracy"])
    return [
        cell("1c-model", source=source, variables={"model": classifier(*layers, loss=loss)},
             calls=[compiled]),
        training_cell(call("fit", x=X_TRAIN, y=labels, history=RISING), predict()),
    ]  # fmt: skip


FITTING = {
    "one-hot": build_1c("softmax", "categorical_crossentropy"),
    "whole numbers": build_1c("softmax", "sparse_categorical_crossentropy", WHOLE),
    "column": build_1c("softmax", "SparseCategoricalCrossentropy", WHOLE[:, None]),
    "class": build_1c("softmax", "CategoricalCrossentropy"),
    "logits": build_1c("linear", "CategoricalCrossentropy", source="f(from_logits = True)"),
    "from_logits=False": build_1c("softmax", "CategoricalCrossentropy",
                                  source="f(from_logits=False)"),
    "tf.nn": build_1c("linear", "softmax_cross_entropy_with_logits",
                      source="loss=tf.nn.softmax_cross_entropy_with_logits"),
    "lambda": build_1c("linear", "<lambda>",
                       source="loss=lambda y, p: tf.nn.softmax_cross_entropy_with_logits(y, p)"),
    "divergence": build_1c("softmax", "kl_divergence"),
    "focal": build_1c("softmax", "categorical_focal_crossentropy"),
    "PReLU": build_1c("softmax", "categorical_crossentropy", between=[layer("PReLU")]),
    "normalised": build_1c("softmax", "categorical_crossentropy",
                           between=[layer("BatchNormalization"), layer("ReLU")]),
}  # fmt: skip


@pytest.mark.parametrize("cells", FITTING.values(), ids=FITTING)
def test_what_fits_one_another_is_right(judged, cells):
    assert judged(architecture, *cells).status == "passed"


CLASHING = {
    "sparse, one-hot": (build_1c("softmax", "sparse_categorical_crossentropy"), "One-Hot-Vektoren"),
    "categorical, whole": (build_1c("softmax", "categorical_crossentropy", WHOLE), "ganzen Zahlen"),
    "softmax twice": (build_1c("softmax", "CategoricalCrossentropy",
                               source="f(from_logits=True)"), "Softmax schon"),
    "logits in a comment": (build_1c("linear", "CategoricalCrossentropy",
                                     source="f() # from_logits=True"), "keine Wahrscheinlichkeiten"),
    "linear": (build_1c("linear", "categorical_crossentropy"), "keine Wahrscheinlichkeiten"),
    "sigmoid, binary": (build_1c("sigmoid", "binary_crossentropy"), "keine Wahrscheinlichkeiten"),
    "softmax, binary": (build_1c("softmax", "binary_crossentropy"), "passt nicht zu zehn Klassen"),
    "squared": (build_1c("softmax", "mse"), "passt nicht zu zehn Klassen"),
    "absolute": (build_1c("softmax", "mean_absolute_error"), "passt nicht zu zehn Klassen"),
    "own without entropy": (build_1c("softmax", "<lambda>", source="loss=lambda y, p: y - p"),
                            "passt nicht zu zehn Klassen"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASHING)
def test_what_does_not_fit_is_named(judged, name):
    cells, words = CLASHING[name]
    outcome = judged(architecture, *cells)
    assert outcome.status == "partial" and words in outcome.message


def test_validation_with_test_images_is_no_leak_but_said(judged):
    made = call("fit", x=X_TRAIN, y=ONE_HOT, validation_data=[X_TEST, ONE_HOT], history=RISING)
    outcome = judged(no_leak, training_cell(made, predict()))
    assert outcome.status == "passed" and "Zur Validierung dienen Testbilder" in outcome.message
    own = call("fit", x=X_TRAIN, y=ONE_HOT, validation_data=[X_TRAIN, ONE_HOT], history=RISING)
    assert "Validierung" not in judged(no_leak, training_cell(own, predict())).message
