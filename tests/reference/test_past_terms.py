"""Code of past terms, as the course's notebooks had it, runs under the profile that it asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.engine.fresh import FreshEngine
from grader.exchange.kit import lab_released
from grader.grading import Bench
from grader.intake.reader import parse_notebook
from grader.model import Submission

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).resolve().parents[2]
CELLS = {
    "notebook1": [
        'exec(open(r"../data/notebook1_code.py").read())',
        "model = tf.keras.models.Sequential()\n"
        "model.add(tf.keras.layers.Dense(1, activation='relu', input_shape=(1,)))\n"
        "model.add(tf.keras.layers.Dense(2, activation='relu'))\n"
        "model.add(tf.keras.layers.Dense(1, activation='relu'))\n"
        "model.set_weights([np.array([[3.]]), np.array([0.]), np.array([[2., 1.]]),\n"
        "                   np.array([0., -5.]), np.array([[1.], [-5.]]), np.array([0.])])",
        "result = model.predict([-1, 1, 2])",
        "result = model.predict(np.linspace(-5, 5, 50))\nplt.plot(result)",
    ],
    "notebook2": [
        'exec(open(r"../data/notebook2_code.py").read())',
        'data = pd.read_csv(r"../data/datenblatt.csv", sep=";", encoding="latin1")',
        'data["Unnamed: 4"][2] = 2.43\ndata.iloc[3, 4] = 5.07\ndata.loc[22, "Unnamed: 4"] = 321',
        'model = tf.keras.models.load_model(r"../data/oct.hp5")\n'
        "img_data = load_oct()\nresult = model.predict(img_data[0:4])\n"
        "print(result.argmax(axis=1))",
    ],
}


def test_past_term_code_runs() -> None:
    bench = Bench.open(ROOT / "reference")
    assert set(CELLS) <= set(lab_released(bench.lab))
    notebooks = {}
    for name, sources in CELLS.items():
        cells = [{"cell_type": "code", "source": source} for source in sources]
        notebooks[name] = parse_notebook(json.dumps({"cells": cells}).encode(), name, name)
    plan = bench.plan(Submission("alt", notebooks))
    assert plan.profile.name == "keras2"
    runs = {name: FreshEngine().run(job) for name, job in plan.jobs.items()}
    for run in runs.values():
        assert [c.error_message for c in run.cells if c.status != "ok"] == []
    first = runs["notebook1"].cells[2].variables["result"].array
    assert runs["notebook1"].array(first).ravel().tolist() == [0.0, 6.0, 7.0]
    curve = runs["notebook1"].cells[3].variables["result"].array
    assert curve is not None and curve.shape == (50, 1)
    table = runs["notebook2"].cells[2].variables["data"].table
    assert table is not None
    values = [row[4] for row in table.cells]
    assert values[2] == ("float", 2.43)
    assert values[3] == ("float", 5.07)
    assert values[22] == ("int", 321)
    assert "[1 0 0 2]" in runs["notebook2"].cells[3].outputs[-1].text
