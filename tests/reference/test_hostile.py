"""Whatever a notebook leaves behind, the checks of notebook 1 end with a judgement."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from grader.checks import Check
from grader.checks.registry import check_module
from grader.checks.runner import run_checks
from grader.model import ArrayInfo, Layer, ModelInfo, Value
from tests.checks.build import axes, call, cell, context, figure, net, reference_lab, side, text
from tests.reference.nets import X50, says, small, task_1a

MODULES = ("hand", "basics", "weights", "curve", "training", "digits", "leak", "recognition")
QRS = np.linspace(0, 1, 100)
ONES = np.eye(10)[[3, 1, 4, 1]]

ODD = {
    "empty": np.zeros((0, 0)),
    "scalar array": np.array(3.0),
    "deep": np.zeros((1, 2, 3, 4)),
    "nan": np.full((4, 10), np.nan),
    "inf": np.full(50, np.inf),
    "huge": np.array([2**62, -(2**62), 1]),
    "bool": np.array([True, False, True, True]),
    "complex": np.array([1j, 2, 3]),
    "text": "0 6 7",
    "list": [1, [2, "x"], None],
    "table": pd.DataFrame({"a": [1, "x", None]}),
    "other": Value("other", "Dataset"),
    "no blob": Value("array", array=ArrayInfo((50,), "<f8", "x", "gone", "gone")),
    "negative shape": Value("array", array=ArrayInfo((-1, 3), "?", "x")),
    "nothing inside": Value("model"),
    "empty model": net(),
    "odd layers": Value(
        "model",
        model=ModelInfo(
            (Layer("Dense", config={"units": "x", "activation": ["relu"]}), Layer("")),
            (None, None),
        ),
    ),
    "odd shapes": net((2, "relu", [[1, 2]], [0, 0]), (1, "relu", [[1]], [0]), input_shape=(3,)),
    "wide input": net((1, "relu", [[1]] * 9, [0]), input_shape=(None, 3, 3)),
    "reshape": Value("model", model=ModelInfo((Layer("Reshape", config={"target_shape": ["a"]}),))),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    images = np.random.default_rng(0).integers(0, 255, (20, 28, 28), dtype=np.uint8)
    np.savez(folder / "mnist.npz", x_test=images, y_test=np.array([3, 1, 4, 1] + [0] * 16))
    return replace(reference_lab(), data=folder)


def reference(lab):
    with np.load(lab.data / "mnist.npz") as data:
        tests = data["x_test"]
    history = {"loss": [1.0, 0.1], "accuracy": [0.5, 0.95]}
    train = np.random.default_rng(1).integers(0, 255, (30, 28, 28), dtype=np.uint8)
    cells = [
        *task_1a(),
        cell("1b-curve", calls=[call("predict", x=X50, result=says(small(), X50))]),
        cell("1b-training", calls=[call("fit", x=QRS, y=QRS, history=history)]),
        cell("1c-model", variables={"model": net((8, "relu"), (10, "softmax"))}),
        cell("1c-training", calls=[call("fit", x=train, y=ONES, history=history),
                                   call("predict", x=tests[:4], result=ONES)]),
    ]  # fmt: skip
    return side({"notebook1": cells}, lab=lab)


def everywhere(odd):
    """Cells that hold this value at every place where a check looks."""
    history = {"loss": [1.0, float("nan"), -1e308], "accuracy": [], "": [2.0]}
    calls = [
        call(name, x=odd, y=odd, loss=odd, metrics=odd, validation_data=odd, result=odd,
             history=history)
        for name in ("compile", "set_weights", "predict", "fit", "evaluate")
    ]  # fmt: skip
    shown = []
    if isinstance(odd, np.ndarray) and odd.dtype.kind in "biuf":
        shown = [figure(axes([(odd, odd), (np.ravel(odd), np.arange(odd.size))], [odd], others=2))]
    slots = ("1a-model", "1a-weights", "1a-predict", "1b-curve", "1b-training", "1c-model",
             "1c-training", "1c-second")  # fmt: skip
    variables = dict.fromkeys(("model", "model3", "result", "weight_list", "x"), odd)
    cells = [cell(s, variables=variables, calls=calls, figures=shown) for s in slots]
    return [text("1a-hand", "x=1: " + "-" * 50), *cells]


@pytest.mark.parametrize("name", ODD)
def test_odd_values_end_with_a_judgement(lab, name):
    checks = {
        c.id: c
        for module in MODULES
        for c in vars(check_module(reference_lab(), module)).values()
        if isinstance(c, Check)
    }
    student = side({"notebook1": everywhere(ODD[name])}, lab=lab)
    results = run_checks(context(student, reference(lab)), checks)
    assert len(results) == 12
    assert [r.details for r in results if "error" in r.details] == []
    assert all(r.message for r in results)
