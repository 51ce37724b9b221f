"""The same notebook leaves the same evidence: a second time, beside others, in either engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from grader.engine.base import CellJob, Job
from grader.engine.fresh import FreshEngine
from grader.engine.standing import standing
from grader.engine.warm import WarmEngine
from grader.lab import Lab
from grader.model import CellRun, NotebookEvidence

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not standing().namespaces, reason="no namespaces of their own here"),
]

LAB = Lab.load(Path(__file__).parents[2] / "reference")
CELLS = (
    "import random, numpy as np, tensorflow as tf, matplotlib.pyplot as plt",
    "drawn = [random.random(), float(np.random.rand()), float(tf.random.uniform(()))]\n"
    "order = list({'Größe', 'Ziffer', 'Schicht', 'Gewicht', 'Netz'})",
    "x = np.random.rand(64, 8).astype('float32'); y = x.sum(axis=1, keepdims=True)\n"
    "model = tf.keras.Sequential([tf.keras.Input((8,)), tf.keras.layers.Dense(16, 'relu'),\n"
    "    tf.keras.layers.Dropout(0.3), tf.keras.layers.Dense(1)])\n"
    "model.compile('adam', 'mse')\n"
    "history = model.fit(x, y, epochs=3, batch_size=16)",
    "plt.plot(history.history['loss']); plt.show()\n"
    "plt.imshow(np.random.rand(8, 8), cmap='flag'); plt.savefig('bild.png'); plt.close()",
    "result = model.predict(x)",
    "1 / 0",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, NotebookEvidence]]:
    cells = tuple(CellJob(i, c, 60.0, str(i), i == 0) for i, c in enumerate(CELLS))
    job = Job(
        notebook="notebook1",
        cells=cells,
        data=str(tmp_path_factory.mktemp("data")),
        imports=LAB.kernel.imports,
        env=LAB.kernel.env,
        seed=7,
    )
    warm, fresh = WarmEngine(), FreshEngine()
    with ThreadPoolExecutor(2) as pool:
        names = ("warm", "beside it", "alone")
        found = dict(zip(names[:2], pool.map(warm.run, [job, job]), strict=True))
    found["alone"] = warm.run(job)
    found["fresh"] = fresh.run(job)
    warm.close()
    yield found


def untimed(cell: CellRun) -> object:
    """A cell's evidence without its seconds, and its texts without times, paths and addresses."""
    texts = tuple(
        replace(o, text=re.sub(r"\d+[mu]?s(/step)?|0x[0-9a-f]+|/\S+/|\s+", "", o.text))
        for o in cell.outputs
    )
    return msgspec.to_builtins(replace(cell, seconds=0.0, outputs=texts))


@pytest.mark.parametrize("other", ["beside it", "alone", "fresh"])
@pytest.mark.parametrize("index", range(len(CELLS)))
def test_cells_leave_the_same(runs: dict[str, NotebookEvidence], other: str, index: int) -> None:
    assert untimed(runs["warm"].cells[index]) == untimed(runs[other].cells[index])


def test_it_was_worth_comparing(runs: dict[str, NotebookEvidence]) -> None:
    cells = runs["warm"].cells
    assert [c.status for c in cells] == ["ok", "ok", "ok", "ok", "ok", "error"]
    assert len({i.scalar for i in cells[1].variables["drawn"].items}) == 3
    assert cells[2].variables["model"].model is not None
    assert len(cells[3].figures) == 1 and cells[3].files[0].path == "bild.png"
