"""What recording evidence costs per cell: milliseconds of the kernel's thread, without a kernel.

    python -m benchmarks.probe

Cells run in this process under the probe as it is sent to kernels; TensorFlow is needed. Times of
one thread change little with what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import tensorflow  # noqa: F401 - as a kernel has it before the first cell

from grader.engine.setup import SENT

DATA = Path(__file__).parents[1] / "data"
NET = "K.Sequential([K.Input((1,)), *(K.layers.Dense(n, 'relu') for n in (1, 2, 1))])"
SET = "model.set_weights([np.ones(w.shape) * {} for w in model.get_weights()])"
CELLS = (
    ("imports", "import numpy as np, pandas as pd, tensorflow as tf\nK = tf.keras"),
    ("network, asked for the first time", f"model = {NET}"),
    ("set_weights", SET.format(1)),
    ("set_weights", SET.format(2)),
    ("predict", "result = model.predict(np.linspace(-5, 5, 50), verbose=0)"),
    ("predict again", "result = model.predict(np.linspace(-5, 5, 50), verbose=0)"),
    ("10000 digits", "d, n = np.random.rand(10000, 28, 28), np.eye(10)[np.arange(10000) % 10]"),
    (
        "classifier",
        "m = K.Sequential([K.Input((28, 28)), K.layers.Flatten(), K.layers.Dense(128, 'relu'),"
        " K.layers.Dense(10, 'softmax')])\nm.compile('adam', 'categorical_crossentropy')",
    ),
    ("fit, 512 digits", "m.fit(d[:512], n[:512], verbose=0)"),
    ("predict, 4 digits", "m.predict(d[:4], verbose=0)"),
    ("load_model", f"o = K.models.load_model({str(DATA / 'oct.h5')!r}, compile=False)"),
    ("nothing", "pass"),
    (
        "objects",
        "class A: pass\na = A(); a.net = m; a.alle = [A() for _ in range(10000)]\n"
        "a.bilder = [np.full((224, 224), i / 7) for i in range(8)]",
    ),
    ("nothing, with objects", "pass"),
)


def main() -> None:
    """Print one line per cell: time in recorded calls, time of the capture, its bytes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures there too")
    asked = parser.parse_args()
    figures: list[dict[str, object]] = []
    sent = types.ModuleType("probe")
    for module in SENT:
        path = Path(str(module.__file__))
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), vars(sent))  # noqa: S102
    namespace: dict[str, Any] = {"__name__": "__main__"}
    options = {"array_bytes": 2_000_000, "seed": 1, "samples": 64, "folders": []}
    probe = sent.Probe(namespace, set(), options)
    probe.watch_libraries()
    spent = [0.0]
    for name in ("_begin", "_end"):
        setattr(probe.calls, name, timed(getattr(probe.calls, name), spent))
    with tempfile.TemporaryDirectory() as folder:
        for number, (label, code) in enumerate(CELLS):
            spent[0] = 0.0
            exec(code, namespace)  # noqa: S102
            path = Path(folder, str(number))
            start = time.thread_time()
            probe.capture(str(path))
            taken = time.thread_time() - start
            size = path.stat().st_size
            costs = {"calls_ms": 1e3 * spent[0], "capture_ms": 1e3 * taken, "bytes": size}
            figures.append({"cell": label, **costs})
            print(f"{label:36}{1e3 * spent[0]:8.1f} ms{1e3 * taken:8.1f} ms{size:10} bytes")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def timed(function: Any, spent: list[float]) -> Any:
    """Wrap a function so that the time of its calls is added up."""

    def wrapped(*args: Any) -> Any:
        start = time.thread_time()
        try:
            return function(*args)
        finally:
            spent[0] += time.thread_time() - start

    return wrapped


if __name__ == "__main__":
    main()
