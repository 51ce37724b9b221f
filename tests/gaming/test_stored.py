"""Stored outputs against those of the re-run: no false alarm, and no pasted result unnoticed."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw

from grader.integrity import examine
from grader.integrity.chance import cells_of_chance
from grader.integrity.stored import differences
from grader.model import Cell, CellRun, Notebook, NotebookEvidence
from tests.checks.build import cell, side
from tests.gaming.record import FOLDER

PROFILES = ("keras3", "keras2")
NAMES = ("notebook1", "notebook2", "notebook3")


def recorded(stored: str, rerun: str, name: str) -> tuple[list[dict[str, Any]], NotebookEvidence]:
    cells = json.loads((FOLDER / f"{stored}.json").read_text(encoding="utf-8"))["stored"][name]
    again = json.loads((FOLDER / f"{rerun}.json").read_text(encoding="utf-8"))["rerun"][name]
    return cells, NotebookEvidence(name, tuple(msgspec.convert(c, CellRun) for c in again))


def notebook(cells: list[dict[str, Any]]) -> Notebook:
    made = (
        Cell(i, c.get("kind", "code"), c["source"], outputs=tuple(c["outputs"]))
        for i, c in enumerate(cells)
    )
    return Notebook("n", "n.ipynb", tuple(made))


@pytest.mark.parametrize("rerun", PROFILES)
@pytest.mark.parametrize("stored", PROFILES)
@pytest.mark.parametrize("name", NAMES)
def test_an_executed_notebook_is_no_difference(name: str, stored: str, rerun: str) -> None:
    cells, run = recorded(stored, rerun, name)
    assert sum(bool(c["outputs"]) for c in cells) >= 4
    assert differences(notebook(cells), run) == ()


@pytest.mark.parametrize("name", NAMES)
def test_other_numbers_in_certain_cells_are(name: str) -> None:
    cells, run = recorded("keras3", "keras3", name)
    chance = cells_of_chance(run.cells)
    changed = set()
    for i, c in enumerate(cells):
        for output in c["outputs"]:
            text = "".join(output.get("text", ""))
            if i not in chance and any(sign.isdigit() for sign in text):
                output["text"] = "".join(str(9 - int(s)) if s.isdigit() else s for s in text)
                changed.add(i)
    found = {d.cell for d in differences(notebook(cells), run)}
    assert found <= changed
    assert len(found) >= 0.7 * len(changed)


def compare(stored: Any, rerun: Any, source: str = "print(a)", before: str = "a = 1") -> bool:
    """Whether a cell's printed (or given) output differs from the re-run's."""
    outputs = stored if isinstance(stored, list) else [printed(stored)]
    again = rerun if isinstance(rerun, list) else [printed(rerun)]
    from grader.engine.outputs import plain_outputs

    made, blobs = plain_outputs(again)
    runs = (CellRun(0, before, "ok"), CellRun(1, source, "ok", outputs=tuple(made)))
    cells = [{"source": before, "outputs": []}, {"source": source, "outputs": outputs}]
    evidence = NotebookEvidence("n", runs, blobs=blobs)
    return bool(differences(notebook(cells), evidence))


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "execution_count": 7}


@pytest.mark.parametrize(
    ("stored", "rerun"),
    [
        ("[[0.]\n [6.]\n [7.]]", "[[0.]\n [5.]\n [2.]]"),
        ("7", "6"),
        ("Genauigkeit 0.98", "Genauigkeit 0.11"),
        ("[1, 0, 0, 2]", "[1, 3, 3, 2]"),
        ("alle Bilder richtig erkannt", "Es gibt einen Fehler in Zeile drei"),
        ("6", ""),
    ],
)
def test_pasted_outputs_are_noticed(stored: str, rerun: str) -> None:
    assert compare(stored, rerun)


@pytest.mark.parametrize(
    ("stored", "rerun"),
    [
        ("", "7"),
        ("[[0.]\n [6.]\n [7.]]", "[[0. ]\n [6. ]\n [7. ]]"),
        ("[0.0, 6.0, 7.0]", "[np.float64(0.0), np.float64(6.0), np.float64(7.0)]"),
        ("0.3333333", "0.33333334"),
        ("<History at 0x7f9c2a>\n6", "<History at 0x7f1111>\n6"),
        ("1/1 [==============================] - 0s 89ms/step\n6", "6"),
        ("1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 33ms/step\n6", "1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 12ms/step\n6"),
        ("fertig nach 12.3 s", "fertig nach 4 s"),
        ("Wall time: 3 min 2 s\n6", "Wall time: 1.2 s\n6"),
        ("TensorFlow version 2.10.0\n6", "TensorFlow version 2.21.0\n6"),
        ("C:\\x\\y.py:12: FutureWarning: 3 Dinge\n6", "6"),
        ("2024-05-01 12:31:07 Start\n6", "6"),
        (" 45%|####   | 45/100 [00:03<00:04, 12it/s]\n6", "6"),
        ("Epoch 1/5\n 79/79 - 1s - loss: 0.31 - 1s/epoch\n6", "Epoch 1/5\n6"),
        ("1  2\n3  4", "3  4\n1  2"),
        ([printed("6\n"), printed("7")], [printed("6\n7")]),
        ([result("array([6, 7])")], [printed("6 7")]),
        ([{**printed("12345"), "name": "stderr"}], "6"),
        ([{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}], "6"),
        ([{"output_type": "nonsense"}, 7, None], "6"),
        ("[… gekürzt …] 5 5 5", "6"),
        ("ja", "nein"),
    ],
)
def test_what_differs_by_nature_is_not(stored: Any, rerun: Any) -> None:
    assert not compare(stored, rerun)


def test_where_chance_has_a_part_only_the_absurd_is_named() -> None:
    trained = "model.fit(x, y)"
    assert not compare("0.98 0.11", "0.91 0.35", before=trained, source="print(model.evaluate(x))")
    assert not compare("7 2 1 0", "7 2 1 6", before=trained, source="print(model.predict(x))")
    assert compare(
        "1000 2000 3000", "0.1 0.2 0.3", before=trained, source="print(model.predict(x))"
    )


def test_a_cell_that_failed_again_is_named_elsewhere() -> None:
    run = NotebookEvidence("n", (CellRun(0, "print(a)", "error"),))
    assert differences(notebook([{"source": "print(a)", "outputs": [printed("6")]}]), run) == ()


# ------------------------------------------------------------------ pictures


def picture(*lines: tuple[int, int, int, int], fill: str = "white", size: int = 200) -> Any:
    image = Image.new("RGB", (size, size), fill)
    for line in lines:
        ImageDraw.Draw(image).line([n * size // 200 for n in line], fill="blue", width=2)
    raw = io.BytesIO()
    image.save(raw, "PNG")
    data = base64.b64encode(raw.getvalue()).decode()
    return {"output_type": "display_data", "data": {"image/png": data}, "metadata": {}}


def test_pictures_are_compared_coarsely() -> None:
    one = picture((0, 200, 200, 0))
    assert not compare([one], [picture((0, 190, 200, 10), size=150)])
    assert compare([one], [picture(fill="black")])
    assert not compare([one], [one, one])
    assert not compare([one], "6")


# ------------------------------------------------------------------ chance


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["a = 1", "print(a)"], set()),
        (["a = np.random.rand(3)", "b = a + 1", "c = 2", "print(b)"], {0, 1, 3}),
        (["model = Sequential([Dense(1)])", "print(model.predict(x))"], {1}),
        (["model = Sequential([Dense(1)])", "model.set_weights(w)", "model.predict(x)"], set()),
        (["model = load_model('oct.h5')", "r = model.predict(x)", "print(r)"], set()),
        (["h = model.fit(x, y)", "print(h.history)", "print(model.predict(x))"], {0, 1, 2}),
        (["a = rng.random()", "a = 3", "print(a)"], {0}),
        (["a = (", "print(1)"], {0}),
        (["%matplotlib inline\na = 1", "!ls\nprint(a)"], set()),
    ],
)
def test_chance_flows_through_names(sources: list[str], expected: set[int]) -> None:
    assert cells_of_chance(CellRun(i, s) for i, s in enumerate(sources)) == expected


# ------------------------------------------------------------------ the problem


def test_one_problem_names_the_cells() -> None:
    from dataclasses import replace

    from grader.model import Output

    ran = (Output("stream", "5", name="stdout"),)
    made = side({"notebook1": [cell("1a-predict", outputs=ran), cell("1b-curve", outputs=ran)]})
    book = made.submission.notebooks["notebook1"]
    pasted = tuple(replace(c, outputs=(printed("7"),)) for c in book.cells)
    submission = replace(made.submission, notebooks={"notebook1": replace(book, cells=pasted)})
    examined = examine(replace(made, submission=submission))
    (problem,) = examined.problems
    assert (problem.kind, problem.notebook) == ("outputs_differ", "notebook1")
    assert "den Zellen 1, 2" in problem.message
    assert examined.outputs == {
        "notebook1": [{"cell": i, "stored": "7", "rerun": "5"} for i in (0, 1)]
    }
    assert examine(made).problems == ()
    assert np.all([c.outputs == () for c in book.cells])
