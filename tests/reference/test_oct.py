"""Task 2b: outputs of the network as groups keep and print them."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from grader.checks import Outcome, Side
from grader.errors import NotJudged
from grader.model import Output
from tests.checks.build import call, cell, context, lab_check, side

EXPECTED = np.array(
    [
        [0.006, 0.589, 0.371, 0.034],
        [0.553, 0.335, 0.016, 0.096],
        [0.960, 0.001, 0.000, 0.039],
        [0.069, 0.008, 0.672, 0.251],
    ],
    dtype=np.float32,
)
PRINTED = "[1 0 0 2]"


def _side(printed=PRINTED, calls=(), status="ok", error="", before=None, **variables) -> Side:
    return side(
        {
            "notebook2": [
                cell("2b-show", variables=before or {}),
                cell(
                    "2b-predict",
                    variables=variables,
                    printed=printed,
                    calls=calls,
                    status=status,
                    error=error,
                ),
                cell("2c-load"),
            ]
        }
    )


def _judge(student: Side) -> Outcome:
    return lab_check("oct", "2b.prediction")(context(student, _side(result=EXPECTED)))


@pytest.mark.parametrize(
    "variables",
    [
        {"result": EXPECTED},
        {"result": EXPECTED.astype(np.float64) + 1e-5},
        {"vorhersage": EXPECTED},
        {"result": np.vstack([EXPECTED, EXPECTED[::-1]])},
        {"result": EXPECTED.round(2)},
        {"result": EXPECTED.tolist()},
        {"result": pd.DataFrame(EXPECTED)},
        {"result": EXPECTED[None]},
        {"result": np.array([1, 0, 0, 2]), "softmax": EXPECTED},
    ],
)
def test_right_output_in_every_style(variables):
    assert _judge(_side(**variables)).status == "passed"


def test_an_image_left_out_costs_its_share():
    outcome = _judge(_side("[0 0 2]", result=EXPECTED[1:]))
    assert outcome.fraction == pytest.approx(0.375)
    assert "3 davon gehören zu den verlangten Bildern" in outcome.message
    assert _judge(_side("[0]", result=EXPECTED[:1])).fraction == pytest.approx(0.75 / 4)


def test_output_only_in_the_call():
    assert _judge(_side(calls=[call("predict", result=EXPECTED)])).status == "passed"


def test_one_image_at_a_time():
    calls = [call("predict", result=row[None]) for row in EXPECTED]
    assert _judge(_side(calls=calls, result=EXPECTED[3:])).status == "passed"


@pytest.mark.parametrize(
    "printed",
    [
        "1\n0\n0\n2",
        "Bild 1: argmax 1\nBild 2: argmax 0\nBild 3: argmax 0\nBild 4: argmax 2",
        "[[0.006 0.589 0.371 0.034]]\n[np.int64(1), np.int64(0), np.int64(0), np.int64(2)]",
        "Klassen: 2, 1, 1, 3",
        "DME CNV CNV NORMAL",
        "dme, cnv, cnv, normal",
    ],
)
def test_classes_may_be_printed_in_any_way(printed):
    assert _judge(_side(printed, result=EXPECTED)).status == "passed"


def test_classes_may_be_shown_or_kept():
    shown = side(
        {
            "notebook2": [
                cell(
                    "2b-predict",
                    variables={"result": EXPECTED},
                    outputs=[Output("result", "array([1, 0, 0, 2])")],
                )
            ]
        }
    )
    assert _judge(shown).status == "passed"
    kept = _side("", result=EXPECTED, klassen=np.array([2, 1, 1, 3]))
    assert _judge(kept).status == "passed"


@pytest.mark.parametrize(
    "printed", ["", "[2 2 2 2]", "0.1 0.0 0.0 0.2", "[6.2e-01 1.5e-00 2e-00 3.4e-02]\n8"]
)
def test_without_classes_it_is_partial(printed):
    outcome = _judge(_side(printed, result=EXPECTED))
    assert outcome.status == "partial" and outcome.fraction == 0.75


@pytest.mark.parametrize(
    ("result", "fraction", "words"),
    [
        (EXPECTED[::-1], 0.5, "Reihenfolge"),
        (EXPECTED[[1, 0, 2, 3]], 0.5, "Reihenfolge"),
        (np.vstack([EXPECTED[:2], EXPECTED[:2] * 0 + 0.25]), 0.375, "2 von 4"),
        (np.eye(4)[[1, 0, 0, 2]] * 0.8 + 0.05, 0.5, "andere"),
        (np.eye(4)[[3, 3, 3, 3]], 0, "passt nicht"),
        (EXPECTED[:1] * 0 + 0.25, 0, "4 Zeilen"),
        (np.eye(4) * 9, 0, "Softmax"),
    ],
)
def test_wrong_outputs_say_what_is_wrong(result, fraction, words):
    outcome = _judge(_side(result=result))
    assert outcome.fraction == pytest.approx(fraction) and words in outcome.message
    assert "0.589" not in outcome.message


def test_result_of_an_earlier_task_does_not_count():
    assert _judge(_side("", before={"result": np.zeros((50, 1))})).status == "failed"


def test_classes_without_output_are_half_and_unsure():
    unread = [call("predict", result="nicht lesbar")]
    outcome = _judge(_side("Klassen 1 0 0 2", unread))
    assert outcome.fraction == 0.5 and outcome.confidence < 0.7
    # Printed text alone comes from anywhere.
    said = _judge(_side("Klassen 1 0 0 2"))
    assert (said.status, said.fraction) == ("needs_review", 0)


@pytest.mark.parametrize("printed", ["1" * 300_000, "1." * 150_000, "1e" * 150_000])
def test_endless_digits_take_no_time(printed):
    start = time.process_time()
    _judge(_side(printed, result=EXPECTED))
    assert time.process_time() - start < 3


def test_classes_of_another_network_are_none():
    asked = call("predict", x=np.zeros((4, 3)), result=np.array([[0.1, 0.9]] * 4))
    outcome = _judge(_side(calls=[asked]))
    assert outcome.fraction == 0 and "2 Werte aus statt 4" in outcome.message


def test_broken_cell_names_its_error():
    outcome = _judge(_side("", status="error", error="OSError"))
    assert outcome.status == "failed" and "OSError" in outcome.message


def test_nothing_to_look_at_is_not_judged():
    for student in (side(), side({"notebook2": [cell("2c-load")]})):
        with pytest.raises(NotJudged):
            _judge(student)
    with pytest.raises(NotJudged, match="Zeitüberschreitung"):
        _judge(_side(status="timeout"))


@pytest.mark.parametrize(
    "result",
    [
        np.full((4, 4), np.nan),
        np.zeros((0, 4)),
        np.zeros((4, 4, 4, 4)),
        ["a", "b"],
        [[1, 2, 3, 4], [1]],
        pd.DataFrame(),
        {"a": 1},
        None,
        np.zeros((2000, 4)),
    ],
)
def test_nonsense_is_judged_without_stumbling(result):
    assert _judge(_side("", result=result)).fraction == 0
