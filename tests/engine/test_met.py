"""In a kernel: networks by their calls, objects by path, with TensorFlow's own keras."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.base import CellJob, Job
from grader.engine.fresh import FreshEngine
from grader.lab import Limits
from grader.model import CellRun, NotebookEvidence

START = "import numpy as np, tensorflow as tf\nK = tf.keras\nx = np.linspace(-1, 1, 8)[:, None]"
OBJECT = """class Aufgabe:
    __slots__ = ("netz", "_werte")
    def __init__(self):
        self.netz = K.Sequential([K.Input((1,)), K.layers.Dense(2, "relu"), K.layers.Dense(1)])
        self._werte = self.netz.predict(x, verbose=0)
    @property
    def boese(self):
        raise SystemExit
a = Aufgabe()"""
RESET = """class Netz(K.Model):
    def __init__(self):
        super().__init__()
        self.d, self.e = K.layers.Dense(4, "relu"), K.layers.Dense(1)
    def call(self, x):
        return self.e(self.d(x))
model = Netz()
model.compile("sgd", "mse")
model.fit(x, x, epochs=2, verbose=0)
result = model.predict_on_batch(x)
model = K.Sequential()"""
LOOPS = """def ueben():
    netz = K.Sequential([K.Input((1,)), K.layers.Dense(3)])
    netz.compile("sgd", "mse")
    for _ in range(5):
        netz.train_on_batch(x, x)
    opt = K.optimizers.SGD(0.1)
    for _ in range(20):
        with tf.GradientTape() as tape:
            fehler = tf.reduce_mean((netz(tf.constant(x)) - 1.0) ** 2)
        opt.apply_gradients(zip(tape.gradient(fehler, netz.trainable_weights),
                                netz.trainable_weights))
    return netz.get_weights()
w = ueben()"""
PARTS = """k = K.Sequential([K.Input((1,)), K.layers.Dense(1)])
k.set_weights([np.array([[2.0]]), np.array([0.0])])
eins = k.predict(x, verbose=0)
k.set_weights([np.array([[3.0]]), np.array([0.0])])
zwei = k.predict(x, verbose=0)
del k"""

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotebookEvidence:
    cells = [CellJob(n, s, 120.0) for n, s in enumerate((START, OBJECT, RESET, LOOPS))]
    cells.append(CellJob(4, PARTS, 120.0, cuts=((3, 3),), statements=6))
    job = Job(
        notebook="notebook1",
        cells=tuple(cells),
        data=str(tmp_path_factory.mktemp("data")),
        limits=Limits(memory_mb=4000, start_seconds=300),
        imports=("tensorflow",),
        env={"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    evidence = FreshEngine().run(job)
    assert [c.status for c in evidence.cells] == ["ok"] * 5, evidence.problems
    return evidence


def kernel_of(run: NotebookEvidence, cell: CellRun, digest: str) -> float:
    model = cell.networks[digest].model
    assert model is not None
    weights = run.array(model.layers[0].weights[0])
    assert weights is not None
    return float(weights.reshape(-1)[0])


def test_what_an_object_holds_is_found_by_path(run: NotebookEvidence) -> None:
    cell = run.cells[1]
    assert set(cell.variables) == {"a.netz", "a._werte"}
    (call,) = cell.calls
    assert call.network == cell.variables["a.netz"].digest
    model = cell.variables["a.netz"].model
    assert model is not None and model.probe_outputs is not None
    # Nothing of it changed: it is not told again.
    assert all("a.netz" not in later.variables for later in run.cells[2:])


def test_a_network_of_one_s_own_that_is_reset_is_known_as_it_answered(
    run: NotebookEvidence,
) -> None:
    cell = run.cells[2]
    calls = {c.name: c for c in cell.calls}
    value = cell.networks[calls["predict_on_batch"].network]
    assert value.type == "Netz" and calls["fit"].network == value.digest
    assert value.model is not None
    x, y = (run.array(v.array) for v in (run.cells[0].variables["x"], cell.variables["result"]))
    w = [run.array(a) for layer in value.model.layers for a in layer.weights]
    assert x is not None and y is not None
    said = np.maximum(x @ w[0] + w[1], 0) @ w[2] + w[3]
    assert np.allclose(said, y, atol=1e-5)


def test_loops_in_a_function_leave_the_network_that_came_out(run: NotebookEvidence) -> None:
    cell = run.cells[3]
    last = list(cell.networks)[-1]
    left = run.array(cell.variables["w"].items[0].array)
    assert left is not None
    assert kernel_of(run, cell, last) == pytest.approx(float(left.reshape(-1)[0]))
    assert 2 < len(cell.networks) <= 13


def test_each_part_knows_the_network_of_its_own_calls(run: NotebookEvidence) -> None:
    first, second = run.cells[4].parts
    for part, weight in ((first, 2.0), (second, 3.0)):
        asked = next(c for c in part.calls if c.name == "predict")
        assert kernel_of(run, part, asked.network) == weight
