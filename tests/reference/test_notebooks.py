"""The lab's own notebooks, questions and answers."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from datetime import date
from itertools import takewhile
from pathlib import Path

import pytest

from grader.checks.context import strip_given
from grader.exchange.kit import lab_given, lab_notebooks, lab_released
from grader.exchange.source import Versions, solution_text
from grader.lab import Lab

REFERENCE = Path(__file__).parents[2] / "reference"
NAMES = ("notebook1", "notebook2", "notebook3")


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.load(REFERENCE)


@pytest.fixture(scope="module")
def built(lab: Lab) -> dict[str, Versions]:
    return lab_notebooks(lab)


@pytest.fixture(scope="module")
def solution(lab: Lab) -> dict[str, str]:
    texts: dict[str, str] = {}
    for spec in lab.notebooks:
        texts.update(solution_text((REFERENCE / spec.source).read_text("utf-8")))
    return texts


@pytest.mark.parametrize("name", NAMES)
def test_slots_of_lab_and_notebook_are_the_same_in_the_same_order(
    lab: Lab, built: dict[str, Versions], name: str
) -> None:
    for notebook in (built[name].student, built[name].solution):
        slots = [c.metadata["grader"]["slot"] for c in notebook.cells if "grader" in c.metadata]
        assert slots == [s.id for s in lab.notebook_slots(name)]


def test_text_slots_are_markdown_and_the_others_code(lab: Lab, built: dict[str, Versions]) -> None:
    for versions in built.values():
        for cell in versions.student.cells:
            if slot := cell.metadata.get("grader", {}).get("slot"):
                expected = "markdown" if lab.slot_by_id[slot].kind == "text" else "code"
                assert cell.cell_type == expected, slot


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("version", ["student", "solution"])
def test_code_of_both_versions_has_no_syntax_error(
    built: dict[str, Versions], name: str, version: str
) -> None:
    for cell in getattr(built[name], version).cells:
        if cell.cell_type == "code":
            ast.parse(re.sub(r"(?m)^%.*$", "", cell.source), cell.id)


def test_every_answer_cell_is_empty_in_the_student_version(
    lab: Lab, built: dict[str, Versions], solution: dict[str, str]
) -> None:
    cells = {c.id: c.source for v in built.values() for c in v.student.cells}
    for slot in lab.slots:
        if slot.kind == "text":
            assert re.fullmatch(r"\*Hier antworten( \([^()]+\))?\.\*", cells[slot.id])
            assert len(solution[slot.id].split()) >= 15, slot.id


def test_planted_error_trains_on_the_test_images_and_then_resets_the_model(
    built: dict[str, Versions], solution: dict[str, str]
) -> None:
    given = next(c.source for c in built["notebook1"].student.cells if c.id == "1c-training")
    for source, x, y in (
        (given, "x_test", "y_test"),
        (solution["1c-training"], "x_train", "y_train"),
    ):
        assert re.findall(r"model\.fit\((\w+), (\w+),", source) == [(x, y)]
        assert source.rstrip().endswith("model = tf.keras.models.Sequential()")


def test_every_task_stands_in_its_notebook_under_its_heading(
    lab: Lab, built: dict[str, Versions]
) -> None:
    for task in lab.tasks:
        assert len(task.text) > 80, task.id
        if task.notebook:
            text = "\n".join(c.source for c in built[task.notebook].student.cells)
            assert re.search(rf"(?m)^## Aufgabe {task.id}: \S", text)


def test_names_that_the_course_fixes_are_used(solution: dict[str, str]) -> None:
    code = "\n".join(solution.values())
    names = """model weight_list w01 w11 w21 w12 w22 b1 b2 b3 b4 result dataset x y model3 QRS
        x_train y_train x_test y_test data img_data img img_trans1 img_trans2 img_trans3 bild1 bild2
        im_array Map1 Map2 weight_widget_relu plot_EKG_data load_and_show_data show_ambiguous
        show_oct load_oct show_mri_example visualize_class_activation_map test_training"""
    for name in names.split():
        assert re.search(rf"\b{name}\b", code), name


def test_questions_and_reference_answers_belong_together(lab: Lab) -> None:
    text = (REFERENCE / "kontrollfragen.md").read_text("utf-8")
    parts = re.split(r"(?m)^## (\d+)\. (.+)$", text)[1:]
    numbers, questions, answers = parts[::3], parts[1::3], parts[2::3]
    assert numbers == [str(n) for n in range(1, 12)]
    assert tuple(questions) == lab.questions
    for number, answer in zip(numbers, answers, strict=True):
        assert 60 <= len(answer.split()) <= 150, number


def test_example_particulars_are_complete() -> None:
    values = tomllib.loads((REFERENCE / "protokoll.toml").read_text("utf-8"))["protokoll"]
    assert all(values.values()) and 1 <= len(values["teilnehmer"]) <= 3
    held, handed_in = (date.fromisoformat(values[k]) for k in ("versuchsdatum", "abgabedatum"))
    assert held < handed_in


def test_nothing_is_left_to_do(lab: Lab, solution: dict[str, str]) -> None:
    everything = "\n".join([*solution.values(), *lab_given(lab).values()])
    assert "TODO" not in everything


def test_reference_answers_survive_the_removal_of_given_lines(lab: Lab) -> None:
    given = lab_given(lab)
    for cells in lab_released(lab).values():
        for index, cell in enumerate(cells):
            if cell.kind == "markdown" and cell.slot:
                after = takewhile(lambda c: not c.slot, cells[index + 1 :])
                region = "\n\n".join([cell.source_solution, *(c.source_student for c in after)])
                assert strip_given(region, given[cell.slot]) == cell.source_solution, cell.slot


@pytest.mark.kernel
def test_softmax_values_in_the_answer_are_the_networks(lab: Lab, solution: dict[str, str]) -> None:
    rows = re.findall(r"(?m)^\| \d \|((?: [*\d,]+ \|){4})", solution["2b-interpretation"])
    written = [re.findall(r"\d,\d+", row) for row in rows]
    code = (
        "import json, numpy as np, tensorflow as tf\n"
        "x = np.load('oct_bilder.npz')['bilder'][..., np.newaxis] / 255\n"
        "y = tf.keras.models.load_model('oct.h5').predict(x.astype('float32'), verbose=0)\n"
        "print(json.dumps(y.tolist()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=lab.data, capture_output=True, text=True, check=True
    )
    measured = json.loads(run.stdout.splitlines()[-1])
    assert [[float(v.replace(",", ".")) for v in row] for row in written] == [
        pytest.approx(row, abs=0.0015) for row in measured
    ]
