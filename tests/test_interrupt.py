"""Ctrl-C and a killed grader: nothing goes on running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.pocket import MINILAB, SETUP, notebook, submit

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[1]
ENDLESS = "while True:\n    pass"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_nothing_runs_on(tmp_path: Path, sign: signal.Signals) -> None:
    lab = Path(shutil.copytree(MINILAB, tmp_path / "lab"))
    settings = lab / "lab.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("cell_seconds = 8.0", "cell_seconds = 600.0"), "utf-8")
    groups = {f"gruppe{n}": notebook(u_setup=SETUP, a_mean=f"x = {n}\n{ENDLESS}") for n in range(5)}
    submit(tmp_path / "in", groups)
    command = [sys.executable, "-m", "grader", "grade", "in", "--lab", "lab", "--out", "out"]
    # Where no wall can stand, it holds without.
    command.append("--unsafe")
    process = subprocess.Popen(
        [*command, "--jobs", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "5 laufen" in line:
            break
    first = psutil.Process(process.pid)
    # An endless cell is the only one that keeps a processor busy.
    while sum(busy(child) for child in first.children(recursive=True)) < 2:
        assert process.poll() is None
    children = first.children(recursive=True)
    os.kill(process.pid, sign)
    said = process.stderr.read()
    assert process.wait(timeout=60) == (130 if sign == signal.SIGINT else -signal.SIGKILL)
    process.stderr.close()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert "Traceback" not in said
    assert ("Fehler: Abgebrochen." in said) == (sign == signal.SIGINT)


def busy(process: psutil.Process) -> bool:
    try:
        before = process.cpu_times().user
        time.sleep(0.1)
        return process.cpu_times().user - before > 0.02
    except psutil.Error:
        return False
