"""Trainings that take many steps per call leave exactly what plain ones leave.

No tolerance: both sides do the same float32 operations in the same order, so that histories,
weights, optimizer variables and random numbers drawn afterwards agree in every bit, and printed
text in every sign but the times. The processes have the environment of the lab's kernels.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.training import leftover
from grader.engine.base import CellJob, Job
from grader.engine.fresh import FreshEngine
from grader.evidence.collect import CompiledFit
from grader.grading import Bench
from grader.intake.reader import parse_notebook
from grader.lab import Lab
from grader.model import NotebookEvidence, Submission

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[2]
LAB = Lab.load(ROOT / "reference")
PROFILES = [p.name for p in LAB.profiles]
# Elsewhere XLA fuses multiply and add, is caught at it, and only the steps are taken together.
X86 = platform.machine() in ("x86_64", "AMD64")
PAIRS = {
    "128 neurons, batch 1": [(500, 50, X86), (250, 50, X86)],
    "32-16 neurons, batch 3, validation": [(242, 50, X86)],
    "unbuilt, labels as numbers, batch 4": [(202, 50, X86)],
    "convolution, batch 8": [(102, 50, X86)],
    "curve, batch 16, callbacks": [(None, 7, X86)],
    "branches, batch 32": [(52, 13, X86)],
    "clipped gradients, batch 2": [(102, 50, False)],
    "falling rate, batch 10": [(82, 41, False)],
    "a callback that trains": [(60, 20, X86)],
}
PLAIN = (
    "callback per batch", "callback per batch, old name", "callback from functions", "stop at NaN",
    "eager", "steps per call of its own", "compiled by itself", "dropout", "noise", "own layer",
    "own activation", "own loss", "own metric", "own model", "Nadam", "seen by keras before",
    "data set", "weights of classes", "weights of samples", "steps per epoch",
    "few steps per epoch", "too short", "large steps",
)  # fmt: skip


def fits(profile: str) -> dict[str, Any]:
    env = {**os.environ, **LAB.kernel.env, **LAB.profile(profile).env, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "tests.evidence.fits"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(PROFILES, pool.map(fits, PROFILES), strict=True))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", PAIRS)
def test_a_training_leaves_the_same_in_every_bit(
    found: dict[str, dict[str, Any]], profile: str, name: str
) -> None:
    plain, many = found[profile]["pairs"][name]
    assert plain.pop("notes") == []
    notes = [tuple(note.values()) for note in many.pop("notes")]
    assert many == plain
    assert [n[1:] for n in notes] == [n[1:] for n in PAIRS[name]]
    assert all(n[0] in (None, note[0]) for n, note in zip(PAIRS[name], notes, strict=True))


@pytest.mark.parametrize("profile", PROFILES)
def test_cases_reach_what_they_are_for(found: dict[str, dict[str, Any]], profile: str) -> None:
    pairs = {name: plain for name, (plain, _) in found[profile]["pairs"].items()}
    assert set(pairs) == set(PAIRS)
    assert "val_loss" in pairs["branches, batch 32"]["history"][0]
    assert "250/250" in pairs["128 neurons, batch 1"]["text"]
    assert "121/121" in pairs["32-16 neurons, batch 3, validation"]["text"]
    stopped = pairs["curve, batch 16, callbacks"]
    assert 1 < len(stopped["seen"][0]) < 30
    assert stopped["seen"][0][0][3] != stopped["seen"][0][-1][3]
    assert all(p["model"][:2] == [1, False] and p["flags"] is None for p in pairs.values())


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", PLAIN)
def test_what_is_not_known_to_be_safe_runs_plain(
    found: dict[str, dict[str, Any]], profile: str, name: str
) -> None:
    assert found[profile]["plain"][name] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_errors_are_keras_s_own(found: dict[str, dict[str, Any]], profile: str) -> None:
    assert set(found[profile]["plain"]) == {*PLAIN, "label out of range"}
    assert found[profile]["plain"]["label out of range"] == ["InvalidArgumentError"]
    plain, many = found[profile]["wrong_shapes"]
    assert plain == many
    assert plain.startswith("ValueError")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("fault", "notes"),
    [
        ("NoCompiler", [{"steps": 20, "per_call": 20, "compiled_update": False}]),
        ("Different", [{"steps": 20, "per_call": 20, "compiled_update": False}]),
        ("NoFunction", []),
    ],
)
def test_a_fault_leads_back_to_plain_steps_from_the_same_start(
    found: dict[str, dict[str, Any]], profile: str, fault: str, notes: list[Any]
) -> None:
    result = found[profile]["faults"][fault]
    assert result.pop("notes") == notes
    assert result == {k: v for k, v in found[profile]["small"].items() if k != "notes"}


@pytest.mark.parametrize("profile", PROFILES)
def test_an_interrupt_leaves_a_model_that_works(
    found: dict[str, dict[str, Any]], profile: str
) -> None:
    left = found[profile]["interrupted"]
    assert left["raised"]
    assert 403 <= left["notes"][0]["steps"] < 2000 * 403
    assert left["attributes"] == found[profile]["small"]["attributes"]
    assert left["iterations"][1] == left["iterations"][0] + 1
    assert left["steps_per_execution"] == 1


# --------------------------------------------------------------------------- in a kernel

CELLS = (
    "import numpy as np, tensorflow as tf\n"
    "draw = np.random.default_rng(0)\n"
    "x = draw.random((300, 9)); y = x.sum(axis=1)",
    "model = tf.keras.Sequential([tf.keras.Input((9,)), tf.keras.layers.Dense(12, 'relu'),"
    " tf.keras.layers.Dense(1)])\n"
    "model.compile('adam', 'mse')",
    "model.fit(x, y, batch_size=1, epochs=7)",
    "model.fit(x, y, batch_size=1, epochs=100000, verbose=0)",
    "interrupted_after = int(model.optimizer.iterations.numpy())\n"
    "result = model.predict(x, verbose=0)",
)


def kernel(profile: str, compiled: bool) -> NotebookEvidence:
    cells = CELLS if compiled else CELLS[:3]
    seconds = (60.0, 60.0, 120.0, 8.0, 60.0)
    job = Job(
        notebook="notebook1",
        cells=tuple(CellJob(i, c, seconds[i], "1c") for i, c in enumerate(cells)),
        data=str(ROOT / "tests" / "cases" / "minilab" / "data"),
        imports=LAB.kernel.imports,
        env={**LAB.kernel.env, **LAB.profile(profile).env},
        seed=LAB.kernel.seed,
        compile_training=compiled,
    )
    return FreshEngine().run(job)


@pytest.fixture(scope="module")
def kernels() -> dict[tuple[str, bool], NotebookEvidence]:
    sides = [(p, c) for p in PROFILES for c in (True, False)]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(sides, pool.map(lambda side: kernel(*side), sides), strict=True))


@pytest.mark.parametrize("profile", PROFILES)
def test_evidence_is_that_of_a_plain_training(
    kernels: dict[tuple[str, bool], NotebookEvidence], profile: str
) -> None:
    plain, many = kernels[profile, False], kernels[profile, True]
    assert plain.provenance["compiled_fits"] == []
    fits = many.provenance["compiled_fits"]
    assert fits[0] == {"cell": 2, "steps": 2100, "per_call": 50, "compiled_update": X86}
    assert leftover(many) == leftover(plain)
    assert many.cells[2].status == "ok"
    assert many.cells[2].calls == plain.cells[2].calls
    assert [c.name for c in many.cells[2].calls] == ["fit"]
    assert "300/300" in many.cells[2].outputs[0].text


@pytest.mark.parametrize("profile", PROFILES)
def test_a_time_limit_interrupts_the_training_and_the_kernel_lives(
    kernels: dict[tuple[str, bool], NotebookEvidence], profile: str
) -> None:
    run = kernels[profile, True]
    assert [c.status for c in run.cells] == ["ok", "ok", "ok", "timeout", "ok"]
    assert run.provenance["restarts"] == 0
    after = run.cells[4].variables["interrupted_after"].scalar
    assert run.provenance["compiled_fits"][1]["cell"] == 3
    assert isinstance(after, int) and after >= 2100 + run.provenance["compiled_fits"][1]["steps"]


# --------------------------------------------------------------------------- around


def test_a_lab_can_switch_it_off_and_a_result_names_it() -> None:
    bench = Bench.open(ROOT / "reference")
    cells = [{"cell_type": "code", "source": "x = 1"}]
    notebook = parse_notebook(json.dumps({"cells": cells}).encode(), "notebook1", "notebook1")
    submission = Submission("gruppe", {"notebook1": notebook})
    plan = bench.plan(submission)
    assert plan.jobs["notebook1"].compile_training
    off = replace(bench.lab, kernel=replace(bench.lab.kernel, compile_training=False))
    plan_off = replace(bench, lab=off).plan(submission)
    assert not plan_off.jobs["notebook1"].compile_training
    assert plan_off.keys != plan.keys

    fit = {"cell": 7, "steps": 2100, "per_call": 50, "compiled_update": True}
    run = NotebookEvidence("notebook1", provenance={"seconds": 1.0, "compiled_fits": [fit]})
    side = bench.side(plan, {"notebook1": run})
    grade = bench.judge(side, side, plan)
    assert grade.provenance["compiled_fits"] == {"notebook1": [fit]}


def test_without_memory_for_xla_it_is_not_started() -> None:
    code = (
        "import resource; from grader.evidence import xla; print(xla._room());"
        "resource.setrlimit(resource.RLIMIT_DATA, (300_000_000,) * 2); print(xla._room())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False"]


def test_what_a_kernel_notes_has_the_fields_that_are_read() -> None:
    note = {"steps": 1, "per_call": 1, "compiled_update": True}
    assert CompiledFit(**note) == CompiledFit(1, 1, True)  # type: ignore[arg-type]
