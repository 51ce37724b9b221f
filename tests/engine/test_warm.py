"""The warm engine: one process for all kernels of an environment, and what happens without it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from grader.engine.base import CellJob, Job
from grader.engine.choose import DefaultEngine
from grader.engine.folders import sweep
from grader.engine.fresh import FreshEngine
from grader.engine.standing import missing_layers, standing
from grader.engine.wall import grader_folder
from grader.engine.walls import Walls
from grader.engine.warm import WarmEngine
from grader.errors import EngineError
from grader.lab import Limits
from grader.model import NotebookEvidence

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not standing().namespaces, reason="no namespaces of their own here"),
]


def job(*cells: str, data: Path, **fields: object) -> Job:
    """A job without TensorFlow, whose cells are tasks of their own; the first is the set-up."""
    made = tuple(CellJob(i, c, 20.0, str(i), i == 0) for i, c in enumerate(cells))
    return Job(notebook="n", cells=made, data=str(data), **fields)  # type: ignore[arg-type]


def scalar(run: NotebookEvidence, name: str) -> object:
    found = [c.variables[name].scalar for c in run.cells if name in c.variables]
    assert found, [(c.status, c.error, c.error_message) for c in run.cells]
    return found[-1]


@pytest.fixture(scope="module")
def engine() -> Iterator[WarmEngine]:
    engine = WarmEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "werte.txt").write_text("7", encoding="utf-8")
    return folder


def test_kernels_share_a_process_and_nothing_else(engine: WarmEngine, data: Path) -> None:
    seen = threading.Barrier(2)

    def run(number: int) -> NotebookEvidence:
        seen.wait()
        return engine.run(
            job(
                f"import os, builtins, numpy as np; builtins.mark = {number}; np.mark = {number}",
                "print('x', end='', file=open('../data/werte.txt', 'a'))\n"
                "text = open('../data/werte.txt').read()",
                "import time; time.sleep(0.5); mine = (builtins.mark, np.mark, os.getcwd())",
                data=data,
            )
        )

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(run, (1, 2)))
    for number, found in enumerate(runs, start=1):
        items = found.cells[2].variables["mine"].items
        assert [i.scalar for i in items] == [number, number, "/labor/abgabe"]
        assert scalar(found, "text") == "7x"
    assert len(engine._nurseries) == 1
    assert (data / "werte.txt").read_text() == "7"


def test_a_kernel_inherits_no_descriptor_and_no_trace_of_others(
    engine: WarmEngine, data: Path
) -> None:
    look = (
        "held = sorted(os.readlink(f'/proc/{p}/fd/{f}') for p in (1, os.getpid()) "
        "for f in os.listdir(f'/proc/{p}/fd') if os.path.lexists(f'/proc/{p}/fd/{f}'))\n"
        "kinds = sorted({h.split(':')[0] for h in held if not h.startswith('/dev/null')})\n"
        "strange = [h for h in held if 'pidfd' in h or 'grader' in h or 'warm' in h]"
    )
    with ThreadPoolExecutor(2) as pool:
        runs = list(
            pool.map(
                lambda _: engine.run(
                    job("import os", look, "import time; time.sleep(0.5)", data=data)
                ),
                range(3),
            )
        )
    for run in runs:
        assert run.cells[1].variables["strange"].items == ()
        kinds = {i.scalar for i in run.cells[1].variables["kinds"].items}
        assert kinds <= {"anon_inode", "pipe", "socket", "/proc/"}


@pytest.mark.parametrize("kind", [WarmEngine, FreshEngine])
def test_what_is_saved_beside_the_folders_does_no_harm(
    data: Path, kind: type[WarmEngine | FreshEngine]
) -> None:
    engine = kind()
    cells = (
        "import os; os.makedirs('../bilder'); open('../bilder/a.txt', 'w').write('x')",
        "os.rename('../data', '../anders')",
        "files = os.listdir('../bilder')",
    )
    run = engine.run(job(*cells, data=data))
    engine.close()
    assert [c.status for c in run.cells] == ["ok", "error", "ok"]
    assert run.cells[1].error in ("OSError", "PermissionError")
    assert [i.scalar for i in run.cells[2].variables["files"].items] == ["a.txt"]


def test_each_environment_has_its_own_process(engine: WarmEngine, data: Path) -> None:
    cell = "import os; profile = os.environ.get('PROFIL', '')"
    runs = [engine.run(job(cell, data=data, env={"PROFIL": name})) for name in ("a", "b", "a")]
    assert [scalar(r, "profile") for r in runs] == ["a", "b", "a"]


def test_a_lost_warm_process_is_replaced(engine: WarmEngine, data: Path) -> None:
    first = engine.run(job("import os; x = 1", data=data))
    (nursery,) = [n.result() for k, n in engine._nurseries.items() if b"PROFIL" not in k]
    os.killpg(nursery.process.pid, signal.SIGKILL)
    nursery.process.wait()
    again = engine.run(job("import os; x = 2", data=data))
    assert (scalar(first, "x"), scalar(again, "x")) == (1, 2)


def test_a_notebook_whose_warm_process_dies_runs_again(engine: WarmEngine, data: Path) -> None:
    engine.run(job("import os", data=data))
    (nursery,) = [n.result() for k, n in engine._nurseries.items() if b"PROFIL" not in k]
    started = threading.Event()

    def kill() -> None:
        started.wait(60)
        time.sleep(0.5)
        os.killpg(nursery.process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run = engine.run(
        job("import time", "time.sleep(1.5); x = 3", data=data), lambda _: started.set()
    )
    killer.join()
    assert scalar(run, "x") == 3
    assert run.problems == ()


def test_imports_that_start_threads_fall_back_to_new_processes(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No module that starts threads when it is imported is always at hand.
    monkeypatch.setattr("grader.engine.nursery.MAX_THREADS", 0)
    engine = DefaultEngine()
    try:
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(engine.run, [job("x = 4", data=data)] * 2))
    finally:
        engine.close()
    for run in runs:
        assert scalar(run, "x") == 4
        assert "namespaces" not in run.provenance["walls"]
        assert "outer" in run.provenance["walls"]


def test_a_closed_engine_says_so(data: Path) -> None:
    engine = WarmEngine()
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="beendet"):
        engine.run(job("x = 1", data=data))


def test_without_namespaces_there_is_no_warm_engine() -> None:
    with pytest.raises(EngineError, match="Namensräume"):
        WarmEngine(Walls.only("outer"))


def test_folders_of_killed_engines_are_swept_and_others_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("grader-tot", "grader-lebt", "grader-fremd", "anderes"):
        (tmp_path / name).mkdir()
    (tmp_path / "grader-tot" / "lock").touch()
    (tmp_path / "grader-lebt" / "lock").touch()
    (tmp_path / "anderes" / "lock").touch()
    with (tmp_path / "grader-lebt" / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweep()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["anderes", "grader-fremd", "grader-lebt"]


def test_a_progress_display_of_thousands_of_messages_arrives(
    engine: WarmEngine, data: Path
) -> None:
    shown = (
        "from IPython.display import clear_output\n"
        "for i in range(4000):\n    clear_output(wait=True)\n    print(i)"
    )
    run = engine.run(job("x = 1", shown, "y = 2", data=data))
    assert [c.status for c in run.cells] == ["ok", "ok", "ok"]
    assert run.problems == ()
    assert run.cells[1].outputs[-1].text.strip().endswith("3999")


# --------------------------------------------------------------------------- layers


@pytest.mark.parametrize("left_out", ["outer", "capabilities", "limits", "landlock", "seccomp"])
def test_each_layer_can_be_left_out_and_shows(data: Path, left_out: str) -> None:
    if any(missing_layers().values()):
        pytest.skip("not all layers can stand here")
    engine = WarmEngine(replace(Walls(), **{left_out: False}))
    status = (
        "import os, re\n"
        "text = open('/proc/self/status').read()\n"
        "filtered = int(re.search(r'Seccomp:\\s+(\\d)', text)[1])\n"
        "privileges = int(re.search(r'CapEff:\\s+(\\w+)', text)[1], 16)\n"
    )
    look = (
        "import resource\n"
        "processes = resource.getrlimit(resource.RLIMIT_NPROC)[0]\n"
        "try:\n    os.listdir('/'); root = True\nexcept OSError:\n    root = False\n"
    )
    run = engine.run(job(status, look, data=data))
    engine.close()
    assert left_out not in run.provenance["walls"]
    assert (scalar(run, "filtered") == 0) == (left_out == "seccomp")
    assert (scalar(run, "privileges") != 0) == (left_out == "capabilities")
    assert (scalar(run, "processes") != Limits().processes) == (left_out == "limits")
    assert scalar(run, "root") == (left_out == "landlock")


_AS_USER = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from inside.drop import become
become(12345, {"readable": [sys.prefix, sys.base_prefix, sys.argv[2]]})
sys.path[0] = sys.argv[2]
os.environ.update(HOME="/nonexistent", TMPDIR=sys.argv[3], MPLCONFIGDIR=sys.argv[3])
from grader.engine.base import CellJob, Job
from grader.engine.standing import missing_layers
from grader.engine.warm import WarmEngine
engine = WarmEngine()
cells = (CellJob(0, "import os; uid = os.getuid(); x = 5", 20.0, "", True),)
run = engine.run(Job(notebook="n", cells=cells, data=sys.argv[3]))
engine.close()
left = os.listdir(sys.argv[3])
print(json.dumps([missing_layers(), run.cells[0].variables["x"].scalar, list(run.problems), left]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="as another user everything runs unprivileged anyway")
def test_it_works_without_root(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="gu") as folder:
        os.chmod(folder, 0o777)  # noqa: S103
        package = grader_folder()
        arguments = [str(package / "engine"), str(package.parent), folder]
        shown = subprocess.run(
            [sys.executable, "-c", _AS_USER, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert shown.returncode == 0, shown.stderr
    missing, value, problems, left = json.loads(shown.stdout)
    assert set(missing.values()) == {""}
    assert value == 5
    assert problems == []
    assert [n for n in left if n.startswith("grader-")] == []
