"""Real kernels: whatever starts them, limits end as problems, evidence is whole, nothing is left.

One notebook holds many cells, since a new kernel costs seconds to start.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from grader.engine.base import CellJob, Engine, Job, Progress
from grader.engine.fresh import FreshEngine
from grader.engine.standing import standing
from grader.engine.wall import outer_wall_missing
from grader.engine.warm import WarmEngine
from grader.lab import Lab, Limits
from grader.model import CellRun, NotebookEvidence

pytestmark = pytest.mark.kernel

LAB = Lab.load(Path(__file__).parents[2] / "reference")
SECONDS = 6.0
ENGINES = ("warm", "fresh")


def job(cells: list[str], data: Path, **limits: float) -> Job:
    """One job whose cells are tasks of their own; the first is the set-up."""
    options = {"memory_mb": 3000, "output_bytes": 300_000, **limits}
    return Job(
        notebook="notebook1",
        cells=tuple(CellJob(i, c, SECONDS, str(i), i == 0) for i, c in enumerate(cells)),
        data=str(data),
        limits=Limits(**options),  # type: ignore[arg-type]
        imports=LAB.kernel.imports,
        env=LAB.kernel.env,
        seed=3,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "werte.txt").write_text("Größe: 7", encoding="utf-8")
    return folder


def made(name: str) -> Engine:
    """An engine by name; the warm one only where its walls can stand."""
    if name == "fresh":
        return FreshEngine()
    if not standing().namespaces:
        pytest.skip("kernels cannot have namespaces of their own here")
    return WarmEngine()


@pytest.fixture(scope="module", params=ENGINES)
def whole(data: Path, request: pytest.FixtureRequest) -> tuple[NotebookEvidence, list[Progress]]:
    cells = [
        "import numpy as np, tensorflow as tf, matplotlib.pyplot as plt, pandas as pd",
        "print(open('../data/werte.txt', encoding='utf-8').read())",
        "model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(3, 'relu'),"
        " tf.keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\n"
        "x = np.arange(8.0).reshape(-1, 1); y = 2 * x\n"
        "_ = model.fit(x, y, epochs=3, batch_size=4, verbose=0)\n"
        "result = model.predict(x, verbose=0)",
        "plt.figure(); plt.plot(x[:, 0], y[:, 0], label='a'); plt.title('Größe'); plt.show()\n"
        "plt.imshow(np.eye(4), cmap='flag'); plt.savefig('bild.png')",
        "1 / 0",
        "input('Name?')",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "after_loop = 1",
        "while True: print('x' * 1000)",
        "after_flood = 2",
        "zu_gross = np.ones(20_000_000_000 // 8)",
        "after_memory = 3",
        "import os; os.kill(os.getpid(), 11)",
        "after_crash = float(result.shape[0])",
    ]
    seen: list[Progress] = []
    engine = made(request.param)
    run = engine.run(job(cells, data), seen.append)
    engine.close()
    return run, seen


def cell(whole: tuple[NotebookEvidence, list[Progress]], index: int) -> CellRun:
    return whole[0].cells[index]


def test_every_cell_has_its_status(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    assert [c.status for c in whole[0].cells] == [
        "ok", "ok", "ok", "ok", "error", "error", "timeout", "ok", "output_limit", "ok",
        "memory", "ok", "kernel_died", "ok",
    ]  # fmt: skip


def test_problems_name_kind_cell_and_german_sentence(
    whole: tuple[NotebookEvidence, list[Progress]],
) -> None:
    # Messages too large to be taken are lost, with luck the cell's end among them: then a new
    # kernel goes on.
    found = [(p.kind, p.cell) for p in whole[0].problems if (p.kind, p.cell) != ("restarted", 8)]
    assert found == [
        ("cell_error", 4),
        ("cell_error", 5),
        ("timeout", 6),
        ("restarted", 6),
        ("output_limit", 8),
        ("memory", 10),
        ("kernel_died", 12),
        ("restarted", 12),
    ]
    assert "Zelle 7 lief länger als 6 Sekunden" in whole[0].problems[2].message


def test_progress_is_told(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    assert [p.position for p in whole[1]] == list(range(1, 15))
    assert whole[1][1].line.startswith("print(open(")


def test_data_and_printed_text(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    assert "Größe: 7" in cell(whole, 1).outputs[0].text


def test_training_is_recorded(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    run = whole[0]
    calls = {c.name: c for c in cell(whole, 2).calls}
    assert list(calls) == ["compile", "fit", "predict"]
    fit = calls["fit"]
    assert len(fit.history["loss"]) == 3
    assert fit.args["batch_size"].scalar == 4
    assert fit.args["x"].array is not None
    rows = run.blobs[fit.args["x"].array.rows]
    assert rows.shape == (8,)
    assert calls["predict"].result is not None
    model = cell(whole, 2).variables["model"].model
    assert model is not None and model.probe_outputs is not None
    assert [layer.config["units"] for layer in model.layers] == [3, 1]
    inputs, outputs = run.array(model.probe_inputs), run.array(model.probe_outputs)
    assert inputs is not None and outputs is not None
    w0, b0, w1, b1 = (run.blobs[w.blob] for la in model.layers for w in la.weights)
    assert np.allclose(np.maximum(inputs @ w0 + b0, 0) @ w1 + b1, outputs, atol=1e-4)


def test_figures_are_data_and_pictures(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    run = whole[0]
    first, second = cell(whole, 3).figures
    line = first.axes[0].lines[0]
    assert (first.axes[0].title, line.label) == ("Größe", "a")
    assert run.blobs[line.y.blob].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    image = second.axes[0].images[0]
    assert image.cmap == "flag"
    assert np.array_equal(run.blobs[image.array.blob], np.eye(4))
    for figure in (first, second):
        assert bytes(run.blobs[figure.png][:4]) == b"\x89PNG"
    (saved,) = cell(whole, 3).files
    assert saved.path == "bild.png"
    assert bytes(run.blobs[saved.image][:4]) == b"\x89PNG"


def test_work_goes_on_after_each_fault(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    assert cell(whole, 7).variables["after_loop"].scalar == 1
    assert cell(whole, 9).variables["after_flood"].scalar == 2
    assert cell(whole, 11).variables["after_memory"].scalar == 3
    assert cell(whole, 13).variables["after_crash"].scalar == 8
    assert cell(whole, 7).deleted == ()
    assert list(cell(whole, 7).variables) == ["after_loop"]


def test_flood_is_not_kept(whole: tuple[NotebookEvidence, list[Progress]]) -> None:
    assert sum(len(o.text) for o in cell(whole, 8).outputs) < 400_000


# --------------------------------------------------------------------------- the wall


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(120)
        accepted: list[object] = []

        def accept() -> None:
            try:
                accepted.append(server.accept())
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        assert not accepted, "the notebook reached a server outside its wall"


@pytest.mark.skipif(bool(outer_wall_missing()), reason="the outer wall cannot stand here")
def test_wall_hides_and_protects(
    data: Path, listener: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_CANARY", "geheim")
    canary = tmp_path / "canary.txt"
    canary.write_text("unberührt")
    root = Path(__file__).resolve().parents[2]
    cells = [
        "import glob, os, socket, subprocess",
        f"secret = os.path.exists({str(root / 'reference' / 'lab.toml')!r})",
        "people = os.path.exists('/etc/passwd') or os.path.exists('/etc/shadow')",
        f"canary = os.path.exists({str(canary)!r})",
        "homes = os.listdir('/root') if os.path.exists('/root') else []",
        "boxes = glob.glob('/tmp/grader-*')",
        "jobs = glob.glob('/labor/*.json') + glob.glob('/labor/out')",
        f"socket.create_connection(('127.0.0.1', {listener}), timeout=2)",
        "open('/usr/lib/planted', 'w')",
        "environ = open('/proc/1/environ').read()",
        "os.kill(1, 9)",
        "open('../data/werte.txt', 'w').write('verändert')",
        "seen = len([p for p in os.listdir('/proc') if p.isdigit()])",
        "subprocess.Popen(['sleep', '300'])",
    ]
    run = FreshEngine().run(job(cells, data))
    values = {n: v for c in run.cells for n, v in c.variables.items()}
    assert values["secret"].scalar is False
    assert values["people"].scalar is False
    assert values["canary"].scalar is False
    assert values["boxes"].items == ()
    assert values["jobs"].items == ()
    assert values["seen"].scalar < 12
    status = {c.index: (c.status, c.error) for c in run.cells}
    assert status[7][0] == "error"
    assert status[8] == ("error", "OSError")
    assert (data / "werte.txt").read_text(encoding="utf-8") == "Größe: 7"
    assert "geheim" not in str(values.get("environ", ""))


@pytest.mark.parametrize("name", ENGINES)
def test_files_are_limited(data: Path, name: str) -> None:
    cells = [
        "import time",
        "for i in range(200):\n    open(f'{i}.bin', 'wb').write(bytes(5_000_000))\n"
        "    time.sleep(0.1)",
        "open('riesig.bin', 'wb').truncate(10**12)",
        "nachher = 1",
    ]
    engine = made(name)
    run = engine.run(job(cells, data, files_mb=40))
    engine.close()
    assert [c.status for c in run.cells] == ["ok", "output_limit", "error", "ok"]
    assert [p.kind for p in run.problems] == ["files_limit", "cell_error"]
    assert "mehr als 40 MB an Dateien" in run.problems[0].message


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_left_behind(data: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # A folder of its own, with a short path: sockets live in it.
    temporary = Path(tempfile.mkdtemp(prefix="leer"))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = {p.pid for p in psutil.process_iter()}
    cells = ["import subprocess", "subprocess.Popen(['sleep', '301'])", "x = 1"]
    engine = made(name)
    engine.run(job(cells, data))
    engine.close()
    left = [
        p.info["cmdline"]
        for p in psutil.process_iter(["cmdline"])
        if p.pid not in before and p.info["cmdline"] == ["sleep", "301"]
    ]
    assert left == []
    assert list(temporary.iterdir()) == []
    temporary.rmdir()
