"""What counts as a network's answer, on evidence made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.checks import Context
from grader.checks.literals import is_typed
from grader.errors import LabError
from grader.integrity import counted, guarded
from grader.integrity.witness import Models
from grader.lab import Lab
from grader.model import Problem
from tests.checks.build import CellSpec, call, cell, lab_check, net, reference_lab, side
from tests.reference.nets import X3, says, small, task_1a

LAB = reference_lab()
ROWS = np.array(
    [[0.1, 0.7, 0.1, 0.1], [0.6, 0.2, 0.1, 0.1], [0.5, 0.2, 0.2, 0.1], [0.0, 0.2, 0.7, 0.1]]
)
IMAGES = np.zeros((4, 8, 8, 1))


def oct_cells(source: str, *calls: Any, printed: str = "1 0 0 2", **made: Any) -> list[CellSpec]:
    return [cell("2b-predict", source=source, variables=made, calls=calls, printed=printed)]


OCT = side(
    {"notebook2": oct_cells("pass", call("predict", x=IMAGES, result=ROWS, model="m"), result=ROWS)}
)


def oct_check(cells: list[CellSpec]) -> tuple[Any, list[Problem]]:
    check = lab_check("oct", "2b.prediction")
    problems: list[Problem] = []
    outcome = guarded({check.id: check}, LAB, problems)[check.id](
        Context(LAB, side({"notebook2": cells}), OCT)
    )
    return outcome, problems


def test_what_a_call_said_counts() -> None:
    said = call("predict", x=IMAGES, result=ROWS, model="m")
    for cells in (
        oct_cells("result = model.predict(x)", said, result=ROWS),
        oct_cells("result = np.round(model.predict(x), 2)", said, result=ROWS.round(2)),
        oct_cells("r = model(x)", call("call", x=IMAGES, result=ROWS, model="m"), r=ROWS),
        oct_cells(
            "result = np.vstack([model.predict(i) for i in x])",
            *(call("predict", x=IMAGES[:1], result=ROWS[i : i + 1], model="m") for i in range(4)),
            result=ROWS,
        ),
        oct_cells("k = result.argmax(1) + 1", said, printed="", k=np.array([2, 1, 1, 3])),
        oct_cells("k = [1, 0, 0, 2]", said, printed="", k=[1, 0, 0, 2]),
    ):
        outcome, problems = oct_check(cells)
        assert (outcome.status, problems) == ("passed", [])


@pytest.mark.parametrize(
    ("source", "kind", "status"),
    [
        (f"result = np.array({ROWS.tolist()})", "typed_result", "failed"),
        (f"result = tf.constant({ROWS.tolist()})", "typed_result", "failed"),
        ("result = np.fromstring(text, sep=' ')", "unexplained_result", "needs_review"),
        ("result = np.load('ausgabe.npy')", "unexplained_result", "needs_review"),
    ],
)
def test_what_no_call_said_does_not(source: str, kind: str, status: str) -> None:
    outcome, problems = oct_check(oct_cells(source, printed="", result=ROWS))
    assert (outcome.status, outcome.fraction) == (status, 0.0)
    assert [p.kind for p in problems] == [kind]
    assert problems[0].cell == 0 and "result" in problems[0].message
    assert not any(number in outcome.message for number in ("0.7", "0,7"))


def test_another_answer_does_not_explain_it() -> None:
    other = call("predict", x=IMAGES, result=1 - ROWS, model="m")
    outcome, problems = oct_check(oct_cells("result = a", other, printed="", result=ROWS))
    assert outcome.fraction == 0 and [p.kind for p in problems] == ["unexplained_result"]


def test_where_records_may_be_missing_nothing_is_held_against_anybody() -> None:
    many = [call("predict", x=IMAGES[:1], result=np.zeros((1, 4)), model="m")] * 60
    assert oct_check(oct_cells("result = a", *many, result=ROWS))[1] == []
    unread = call("predict", x=IMAGES, result="zu groß", model="m")
    assert oct_check(oct_cells("result = a", unread, result=ROWS))[1] == []


def test_wrong_results_are_the_check_s_own_matter() -> None:
    outcome, problems = oct_check(oct_cells("result = 1", result=np.full((4, 4), 0.25)))
    assert outcome.status == "failed" and problems == []


# ------------------------------------------------------------------ recomputed from the weights


def weighted(made: Any, result: np.ndarray, kind: str = "Sequential") -> list[CellSpec]:
    """Task 1a with a call that bears the digest of the network's weights."""
    import hashlib

    digest = hashlib.blake2b(digest_size=16)
    for layer in made.layers:
        for weights in layer.weights:
            digest.update(np.ascontiguousarray(weights).tobytes())
    cells = task_1a(made, result=result)
    said = call("predict", x=X3, result=result, model=digest.hexdigest())
    return [*cells[:-2], cell("1a-predict", variables={"result": result}, calls=[said])]


def judged_1a(cells: list[CellSpec]) -> tuple[Any, list[Problem]]:
    check = lab_check("basics", "1a.prediction")
    problems: list[Problem] = []
    found = guarded({check.id: check}, LAB, problems)
    reference = side({"notebook1": weighted(small(), says(small(), X3))})
    return found[check.id](Context(LAB, side({"notebook1": cells}), reference)), problems


def test_a_recorded_answer_that_the_weights_contradict_does_not_count() -> None:
    right = says(small(), X3)
    outcome, problems = judged_1a(weighted(small(w01=1), right))
    assert outcome.fraction == 0
    assert [p.kind for p in problems] == ["contradicted_output"]
    outcome, problems = judged_1a(weighted(small(), right))
    assert (outcome.status, problems) == ("passed", [])


def test_a_wrong_network_s_own_answer_stays_a_consequential_error() -> None:
    wrong = small(w22=-4)
    outcome, problems = judged_1a(weighted(wrong, says(wrong, X3)))
    assert outcome.status == "partial" and problems == []


def test_layers_that_say_something_else_in_training_are_not_recomputed_against_anybody() -> None:
    made = small()
    from tests.checks.build import layer

    dropped = net(made.layers[0], layer("Dropout", rate=0.5), *made.layers[1:])
    outcome, problems = judged_1a(weighted(dropped, says(small(), X3) + 5))
    assert problems == [] and outcome.status != "needs_review"


@pytest.mark.parametrize(("held", "verdict"), [(X3, "holds"), (X3 + 1, "own")])
def test_an_answer_to_a_data_set_holds_if_an_array_of_the_notebook_explains_it(
    held: np.ndarray, verdict: str
) -> None:
    *before, asked = weighted(small(), says(small(), X3))
    (said,) = asked.calls
    streamed = replace(said, args={"x": "a data set"})
    known = side({"notebook1": [*before, replace(asked, calls=[streamed], variables={"x": held})]})
    run = known.run_of("notebook1")
    assert run is not None
    (found,) = known.calls("1a-predict", "predict")
    models = Models.of(known, run, "1a-predict")
    assert models.verdict(replace(found, own=("Netz",))) == verdict
    assert models.verdict(found) == "holds"


def test_without_the_notebook_there_is_no_second_look() -> None:
    empty = side({})
    assert counted(empty, OCT, "2b-predict") == (empty, [])
    gone = side({"notebook2": [cell("2a-read")]})
    assert counted(gone, OCT, "2b-predict") == (gone, [])


# ------------------------------------------------------------------ typed in


@pytest.mark.parametrize(
    "source",
    [
        "result = np.array([[0.], [6.], [7.]])",
        "result = [[0], [6], [7]]",
        "%time\nresult = tf.constant([0, -6 * -1, 7.0])",
        "result = np.array([0, 6, 7]).reshape((3, 1))",
        "result = model.predict(x)\nresult = (0, 6, 7)",
    ],
)
def test_written_numbers_are_typed(source: str) -> None:
    assert is_typed(source, "result")


@pytest.mark.parametrize(
    "source",
    [
        "result = model.predict([-1, 1, 2])",
        "result = netz(1)",
        "result = np.linspace(0, 7, 3)",
        "other = [0, 6, 7]",
        "result = np.array([y1, y2, y3])",
        "result = [0, 6, 7",
        "result = [v for v in (0, 6, 7)]",
        "",
    ],
)
def test_computed_ones_are_not(source: str) -> None:
    assert not is_typed(source, "result")


def test_a_lab_that_names_an_unknown_place_is_refused(tmp_path: Any) -> None:
    text = (LAB.folder / "lab.toml").read_text(encoding="utf-8")
    (tmp_path / "lab.toml").write_text(text.replace('network = "2b-predict"', 'network = "2b-x"'))
    with pytest.raises(LabError, match="unbekannten Platz '2b-x'"):
        Lab.load(tmp_path)
