"""Trainings of task 1c side by side: twice the same network, and what a group says of two."""

from __future__ import annotations

import pytest

from tests.checks.build import call, cell, context, lab_check, layer, net, side, text

too_small = lab_check("texts", "1c.too_small")
WRITTEN = "Mit 64 Neuronen 97 %, mit 2 Neuronen 31 %. Das Netz mit 2 Neuronen ist zu klein."


def network(units):
    return net(layer("Flatten"), (units, "relu"), (10, "softmax"), input_shape=(None, 28, 28))


def fitted(made, reached=0.9, epochs=5):
    history = {"accuracy": [0.1, reached]}
    return call("fit", x=[1, 2], epochs=epochs, history=history, network=made)


def training(slot, units, **rest):
    return cell(slot, calls=[fitted(network(units), **rest)])


def said(*cells, written=WRITTEN):
    outcome = too_small(context(side({"notebook1": [*cells, text("1c-compare", written)]})))
    return outcome.details.get("contradiction", "")


def test_twice_the_same_configuration_is_an_observation() -> None:
    found = said(
        training("1c-training", 64, reached=0.97),
        training("1c-second", 64, reached=0.31),
    )
    assert "Die 2 aufgezeichneten Trainings haben dieselbe Konfiguration" in found
    assert "Dense 64 relu" in found


@pytest.mark.parametrize(
    "second",
    [
        training("1c-second", 2, reached=0.31),
        training("1c-second", 64, epochs=20, reached=0.31),
        # Which network was trained is not known: the same layers twice, none recorded.
        cell("1c-second", calls=[fitted(network(64)), fitted(network(64), 0.31)]),
        cell("1c-second", calls=[fitted(None, 0.31)]),
        cell("1c-second", calls=[fitted(net(), 0.31)]),
    ],
)
def test_another_configuration_or_an_unknown_one_is_none(second) -> None:
    assert said(training("1c-training", 64, reached=0.97), second) == ""


def test_two_trainings_of_one_cell_are_told_apart() -> None:
    both = cell("1c-training", calls=[fitted(network(8), 0.88), fitted(network(64), 0.42)])
    assert "Nach dem Text ist das größere" in said(both, written="Das größere Netz war besser.")


LARGE_WINS = (
    training("1c-training", 64, reached=0.97),
    training("1c-second", 2, reached=0.31),
)
SMALL_WINS = (
    training("1c-training", 64, reached=0.42),
    training("1c-second", 8, reached=0.88),
)


@pytest.mark.parametrize(
    "written",
    [
        "Das größere Netz war besser.",
        "Das kleinere Netz ist schlechter als das größere.",
        "Mit mehr Neuronen ist die Genauigkeit höher.",
    ],
)
def test_a_statement_is_compared_with_both_trainings(written) -> None:
    assert said(*LARGE_WINS, written=written) == ""
    found = said(*SMALL_WINS, written=written)
    assert "Nach dem Text ist das größere Netz besser" in found
    assert "(88 % gegen 42 %)" in found


def test_the_smaller_one_called_better_is_compared_too() -> None:
    found = said(*LARGE_WINS, written="Das kleinere Netz war besser.")
    assert "erreicht das größere die höhere Genauigkeit (97 % gegen 31 %)" in found


@pytest.mark.parametrize(
    "written",
    [
        "Das größere Netz war nicht besser.",
        "Größere Netze sind meist besser.",
        "Das größere Netz würde mit mehr Epochen besser.",
        "Das größere Netz ist auf den Testdaten besser.",
        "Je größer, desto besser.",
        "War das größere Netz besser?",
        "Der Loss ist beim größeren Netz höher.",
        "Wir haben zwei Netze verglichen.",
    ],
)
def test_what_may_be_true_or_means_something_else_is_left_alone(written) -> None:
    assert said(*SMALL_WINS, written=written) == ""


def test_nearly_equal_trainings_contradict_nobody() -> None:
    close = (
        training("1c-training", 64, reached=0.90),
        training("1c-second", 32, reached=0.93),
    )
    assert said(*close, written="Das größere Netz war besser.") == ""
