"""Cells that hold several slots: their statements, and which of them carry out which slot."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from grader.exchange.kit import lab_released
from grader.intake.align import align
from grader.intake.content import index_of
from grader.intake.parts import parts_of
from grader.intake.statements import statements_of
from grader.lab import Lab
from grader.model import Cell, Notebook, Placement

LAB = Lab.load(Path(__file__).parents[2] / "reference")
RELEASED = lab_released(LAB)
SOLUTION = {c.slot: c.source_solution for cells in RELEASED.values() for c in cells if c.slot}


def index_for(slot: str):
    return index_of(tuple(RELEASED[LAB.slot_by_id[slot].notebook]))


def divided(*slots: str, source: str | None = None) -> dict[str, str]:
    """The statements of each slot in these slots' solutions, merged into one cell."""
    merged = source if source is not None else "\n\n".join(SOLUTION[s] for s in slots)
    parts = parts_of(merged, [LAB.slot_by_id[s] for s in slots], index_for(slots[0]))
    lines = merged.split("\n")
    return {p.slots[0]: "\n".join(lines[slice(*p.lines)]).strip("\n") for p in parts}


def placed(*sources: str, notebook: str = "notebook1") -> list[Placement]:
    cells = tuple(Cell(i, "code", s) for i, s in enumerate(sources))
    slots = LAB.notebook_slots(notebook)
    made = Notebook(notebook, "a.ipynb", cells)
    return list(align(made, LAB, RELEASED[notebook], slots).placements)


def test_statements_are_counted_with_ipython_s_own_lines() -> None:
    source = "%matplotlib inline\n\n# Daten\n@cache\ndef f():\n    return 1\nx = 1; y = 2\n!ls\nx"
    found = statements_of(source)
    assert [(s.first, s.last) for s in found] == [(0, 0), (3, 5), (6, 6), (6, 6), (7, 7), (8, 8)]
    assert [s.gap for s in found] == [False, True, False, False, False, False]
    assert [s.assigns for s in found] == [False, False, True, True, False, False]
    assert found[1].source.startswith("@cache")


@pytest.mark.parametrize("source", ["%%time\nx = 1\ny = 2", "def f(:", "x = !ls", "", "(" * 3000])
def test_what_is_no_plain_python_has_no_statements(source: str) -> None:
    assert statements_of(source) == ()


@pytest.mark.parametrize(
    "slots",
    [
        ("1a-model", "1a-weights", "1a-predict"),
        ("1a-model", "1a-weights", "1a-predict", "1b-curve", "1b-widget", "1b-data", "1b-training"),
        ("1c-data", "1c-model", "1c-training", "1c-second"),
        ("2a-read", "2a-clean", "2a-numeric", "2b-show", "2b-predict"),
        ("2c-load", "2c-apply"),
        ("3a-load", "3a-predict"),
        ("3b-heatmaps", "3c-colormaps"),
    ],
)
def test_merged_solutions_come_apart_as_they_were(slots: tuple[str, ...]) -> None:
    found = divided(*slots)
    assert found == {s: SOLUTION[s].strip("\n") for s in slots}


def test_renamed_variables_leave_names_of_functions() -> None:
    source = (
        "netz = tf.keras.Sequential()\nnetz.add(tf.keras.Input(shape=(1,)))\n"
        "netz.add(tf.keras.layers.Dense(1, activation='relu'))\n"
        "a, b = 3.0, 2.0\nliste = [np.array([[a]]), np.array([b])]\nnetz.set_weights(liste)\n"
        "print(netz.get_weights())\n"
        "ergebnis = netz.predict(np.array([[-1.0], [1.0], [2.0]]))\nprint(ergebnis)"
    )
    found = divided("1a-model", "1a-weights", "1a-predict", source=source)
    assert found["1a-weights"].startswith("a, b = 3.0")
    assert "netz.set_weights(liste)" in found["1a-weights"]
    assert "netz.predict" in found["1a-predict"]


def test_parts_cover_the_cell_without_gaps() -> None:
    slots = ("1a-model", "1a-weights", "1a-predict")
    source = "# oben\n" + "\n\n".join(SOLUTION[s] for s in slots) + "\n# unten\n"
    parts = parts_of(source, [LAB.slot_by_id[s] for s in slots], index_for("1a-model"))
    assert parts[0].lines[0] == parts[0].statements[0] == 0
    assert parts[-1].lines[1] == len(source.split("\n"))
    for before, after in pairwise(parts):
        assert (before.lines[1], before.statements[1]) == (after.lines[0], after.statements[0])


@pytest.mark.parametrize(
    "source", ["pass\npass\npass", "x = 1; y = 2", "for i in range(3):\n    print(i)", "def f(:"]
)
def test_what_tells_nothing_is_not_divided(source: str) -> None:
    assert divided("1a-model", "1a-weights", source=source) == {}


def test_two_tasks_in_one_cell_both_have_their_slots() -> None:
    slots = ("1a-model", "1a-weights", "1a-predict", "1b-curve", "1b-data", "1b-training")
    (merged,) = placed("\n\n".join(SOLUTION[s] for s in slots))
    assert set(slots) <= set(merged.slots)
    assert {s for p in merged.parts for s in p.slots} >= set(slots)


def test_a_second_network_is_not_taken_for_the_first() -> None:
    alone = placed(SOLUTION["1c-data"], SOLUTION["1c-training"], SOLUTION["1c-second"])
    assert [p.slots for p in alone] == [("1c-data",), ("1c-training",), ("1c-second",)]


def test_a_task_s_cell_is_no_slot_of_another_task() -> None:
    order = ("1c-data", "1c-model", "1c-training", "1c-second", "1a-model", "1a-weights")
    found = placed(*(SOLUTION[s] for s in order))
    assert [p.slots for p in found] == [(s,) for s in order]


def test_a_repeated_cell_belongs_where_the_first_does() -> None:
    own = "gewichte = [np.array([[3.0]]), np.array([0.0])]\nmodel.set_weights(gewichte)"
    found = placed(SOLUTION["1a-model"], own, own, SOLUTION["1a-predict"])
    assert [p.slots for p in found][1:3] == [("1a-weights",), ("1a-weights",)]


def answers(*written: str) -> list[tuple[str, ...]]:
    """Slots of Markdown cells below the code of task 1b, nothing but content to tell them by."""
    code = [Cell(i, "code", SOLUTION[s]) for i, s in enumerate(("1b-curve", "1b-training"))]
    prose = [Cell(len(code) + i, "markdown", t) for i, t in enumerate(written)]
    made = Notebook("notebook1", "a.ipynb", (*code, *prose))
    slots = LAB.notebook_slots("notebook1")
    found = align(made, LAB, RELEASED["notebook1"], slots).placements
    return [p.slots for p in found[len(code) :]]


def test_an_answer_below_its_task_is_found() -> None:
    assert answers("Die Kurve passt nur grob.") == [("1b-comment",)]


@pytest.mark.parametrize(
    "question", ["Kommentieren Sie die Anpassung.", "Was fällt auf?", "Describe the fit.", "---"]
)
def test_a_question_in_another_wording_is_no_answer(question: str) -> None:
    assert answers(question) == [()]
