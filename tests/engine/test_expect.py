"""How long notebooks will probably take: the order in which they start depends on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.engine.base import CellJob, Job
from grader.engine.expect import (
    Durations,
    Typical,
    expected_seconds,
    training_work,
    typical_of,
)
from grader.model import (
    Alignment,
    ArrayInfo,
    Call,
    CellRun,
    NotebookEvidence,
    Placement,
    Value,
)

FIT = "model.fit(x, y, epochs=5, batch_size=128)"
TYPICAL = {
    "train": Typical(4.0, training_work(FIT, 10_000) or 0.0, 10_000),
    "plot": Typical(1.0),
}


def job(*sources: str, seconds: float = 900.0) -> Job:
    cells = tuple(CellJob(i, s, seconds) for i, s in enumerate(sources))
    return Job(notebook="n", cells=cells, data="")


def placed(*slots: str) -> Alignment:
    return Alignment("n", tuple(Placement((s,) if s else ()) for s in slots))


def nothing(tmp_path: Path) -> Durations:
    return Durations(tmp_path / "seconds.json")


def seconds(folder: Path, *cells: tuple[str, str]) -> float:
    alignment = placed(*(slot for slot, _ in cells))
    return expected_seconds(job(*(s for _, s in cells)), alignment, nothing(folder), TYPICAL)


# ------------------------------------------------------------------ training


@pytest.mark.parametrize(
    "same",
    [
        "model.fit(x, y, 128, 5)",
        "epochen = 5\nmodel.fit(x, y, epochs=epochen, batch_size=128)",
        "%matplotlib inline\n!ls\nhistory = model.fit(x=x, y=y, batch_size=128, epochs=5)",
    ],
)
def test_training_is_read_from_the_code(same: str) -> None:
    assert training_work(same, 10_000) == training_work(FIT, 10_000)


def test_more_steps_are_more_work() -> None:
    def work(source: str) -> float:
        return training_work(source, 10_000) or 0.0

    single = work("model.fit(x, y, epochs=10, batch_size=1)")
    assert single > 100 * work(FIT)
    assert work(f"{FIT}\n{FIT}") == 2 * work(FIT)
    assert work("model.fit(x, y)") == work("model.fit(x, y, epochs=1, batch_size=32)")
    assert work("model.fit(x, y, epochs=n())") == work("model.fit(x, y)")
    assert work("model.fit(x, y, epochs=True, batch_size=0)") == work("model.fit(x, y)")


@pytest.mark.parametrize("source", ["x = 1", "model.fit(", "(" * 5000, "x = '\0'", ""])
def test_other_code_trains_nothing(source: str) -> None:
    assert training_work(source, 10_000) is None


# ------------------------------------------------------------------ a notebook


def test_a_slot_takes_what_it_took_in_the_reference(tmp_path: Path) -> None:
    without = seconds(tmp_path, ("", "x = 1"))
    assert seconds(tmp_path, ("plot", "x = 1")) == pytest.approx(without - 0.2 + 1.0)
    assert seconds(tmp_path, ("train", FIT)) == pytest.approx(without - 0.2 + 4.0)


def test_a_split_cell_takes_it_once(tmp_path: Path) -> None:
    once = seconds(tmp_path, ("plot", "x = 1"))
    assert seconds(tmp_path, ("plot", "x = 1"), ("plot", "y = 2")) == pytest.approx(once)


def test_longer_training_takes_longer(tmp_path: Path) -> None:
    usual = seconds(tmp_path, ("train", FIT))
    long = seconds(tmp_path, ("train", "model.fit(x, y, epochs=10, batch_size=1)"))
    short = seconds(tmp_path, ("train", "model.fit(x, y, epochs=1, batch_size=128)"))
    assert long > 50 * usual
    # What else such a cell does is not known to be quicker.
    assert short == usual


def test_training_outside_of_any_slot_counts(tmp_path: Path) -> None:
    trains = seconds(tmp_path, ("", "model.fit(x, y, epochs=100, batch_size=1)"))
    assert trains > 100 * seconds(tmp_path, ("", "x = 1"))


def test_no_cell_takes_longer_than_it_may(tmp_path: Path) -> None:
    alignment = placed("train")
    wild = job("model.fit(x, y, epochs=9999, batch_size=1)", seconds=30)
    assert 30 <= expected_seconds(wild, alignment, nothing(tmp_path), TYPICAL) < 35


def test_without_a_reference_limits_tell_what_may_take_long(tmp_path: Path) -> None:
    def expected(limit: float, source: str = "x = 1") -> float:
        return expected_seconds(job(source, "y = 2", seconds=limit), None, nothing(tmp_path), {})

    assert 2 < expected(60) < expected(600) < 60
    assert expected(600, "model.fit(x, y, epochs=10, batch_size=1)") > 100


# ------------------------------------------------------------------ what is known


def test_what_ran_before_takes_as_long_again(tmp_path: Path) -> None:
    durations = nothing(tmp_path)
    cells = (CellRun(0, FIT, "ok", 44.44), CellRun(1, "x = 1", "ok", 0.01))
    durations.learn(NotebookEvidence("n", cells))
    durations.save()
    again = Durations(tmp_path / "seconds.json")
    assert again.of(FIT) == durations.of(FIT) == 44.4
    assert again.of("x = 1") is None
    found = expected_seconds(job(FIT, "x = 1"), placed("train", ""), again, TYPICAL)
    assert 44.4 < found < 47


@pytest.mark.parametrize("raw", [b"", b"[1]", b'{"a": "b"}', b"\xff", b"null"])
def test_damaged_knowledge_is_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "seconds.json").write_bytes(raw)
    assert nothing(tmp_path).of(FIT) is None


def test_the_reference_tells_seconds_work_and_samples() -> None:
    x = Value("array", array=ArrayInfo((10_000, 28, 28), "<f4", ""))
    cells = (
        CellRun(0, "import numpy", "ok", 0.5),
        CellRun(1, FIT, "ok", 4.0, calls=(Call("fit", {"x": x}), Call("predict"))),
        CellRun(2, "plot()", "ok", 1.0, calls=(Call("fit", {"x": Value("other")}),)),
    )
    found = typical_of([(NotebookEvidence("n", cells), placed("", "train", "plot"))])
    assert found["train"] == TYPICAL["train"]
    assert found["plot"].seconds == 1.0 and found["plot"].work == 0
    assert np.isfinite(found["train"].work)
