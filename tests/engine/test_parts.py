"""A cell that is cut runs as it was written, and leaves evidence between its parts."""

from __future__ import annotations

import ast
import sys
import types

import pytest

from grader.engine.base import CellJob, Job
from grader.engine.fresh import FreshEngine
from grader.engine.outputs import split_outputs
from grader.engine.parts import parts_of
from grader.evidence.collect import Capture
from grader.evidence.cuts import Cuts
from grader.lab import Limits
from grader.model import CellRun, NotebookEvidence, Output

TOKEN = "_grader_parts_test"  # noqa: S105 - the name of a module
CELL = CellJob(3, "a = 1\n# zwei\nb = 2\nc = 3", 9.0, cuts=((1, 1), (2, 3)), statements=3)


def mark(number: int) -> dict[str, object]:
    return {"output_type": "display_data", "data": {"application/x-grader-part": str(number)}}


def stream(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text}


# ------------------------------------------------------------------ without a kernel


def marked(code: str, cuts: Cuts) -> list[int]:
    """Run code through the cuts; for each mark the number of names set by then."""
    namespace: dict[str, object] = {}
    seen: list[int] = []
    door = types.ModuleType(TOKEN)
    vars(door)["mark"] = lambda: seen.append(len([n for n in namespace if n[:1] != "_"]))
    sys.modules[TOKEN] = door
    try:
        exec(compile(cuts.visit(ast.parse(code)), "cell", "exec"), namespace)  # noqa: S102
    finally:
        del sys.modules[TOKEN]
    return seen


def test_marks_stand_between_the_statements() -> None:
    assert marked("a = 1\nb = 2\nc = 3\nd = 4", Cuts(TOKEN, [1, 3], 4)) == [1, 3]


def test_another_cell_than_the_one_meant_stays() -> None:
    cuts = Cuts(TOKEN, [1], 2)
    assert marked("a = 1", cuts) == []
    assert marked("a = 1\nb = 2", cuts) == [1]
    # Only once: what the cell itself runs is not it.
    assert marked("a = 1\nb = 2", cuts) == []


def test_outputs_are_told_apart_by_the_marks_that_end_a_part() -> None:
    sent = [stream("eins"), mark(1), stream("zwei"), stream("!"), mark(2), stream("drei")]
    whole, parts = split_outputs(sent)
    assert whole == [s for s in sent if s["output_type"] == "stream"]
    assert {k: [o["text"] for o in v] for k, v in parts.items()} == {
        0: ["eins"],
        1: ["zwei", "!"],
        2: ["drei"],
    }


def test_cleared_outputs_take_their_marks_along() -> None:
    _, parts = split_outputs([stream("zwei"), mark(2), stream("drei")])
    assert [o["text"] for o in parts[1]] == ["zwei"]
    assert [o["text"] for o in parts[2]] == ["drei"]


@pytest.mark.parametrize("forged", ["0", "-1", "100", "x", "", "1" * 5000, 1, None, ["1"]])
def test_forged_marks_are_outputs_like_any_other(forged: object) -> None:
    sent = [{"output_type": "display_data", "data": {"application/x-grader-part": forged}}]
    assert split_outputs(sent)[0] == sent


def test_each_part_has_its_code_and_evidence() -> None:
    ran = CellRun(3, CELL.source, "error", 1.0, error="KeyError", error_message="x")
    taken = (Capture({}, ("weg",)), Capture({}))
    first, second, third = parts_of(ran, CELL, taken, {0: [stream("eins")], 1: [stream("zwei")]})
    assert [p.source for p in (first, second, third)] == ["a = 1", "# zwei\nb = 2", "c = 3"]
    assert (first.status, first.error, first.deleted) == ("ok", "", ("weg",))
    assert first.outputs == (Output("stream", "eins", name="stdout"),)
    assert (second.status, second.error) == ("error", "KeyError")
    assert (third.status, third.outputs) == ("not_run", ())


@pytest.mark.parametrize(("status", "count"), [("ok", 2), ("ok", 0), ("error", 1), ("error", 4)])
def test_a_wrong_number_of_captures_leaves_the_cell_whole(status: str, count: int) -> None:
    ran = CellRun(3, CELL.source, status)  # type: ignore[arg-type]
    assert parts_of(ran, CELL, (Capture({}),) * count, {}) == ()


# ------------------------------------------------------------------ in a kernel

DRAWING = """import numpy as np, matplotlib.pyplot as plt
print('eins')
plt.plot([1, 2], [3, 4])
result = np.arange(3.0)
print('zwei')
plt.plot([1, 2], [5, 6])
result = np.arange(4.0)
result"""
FAILING = "b = 1\nprint('x')\nb = 2\n1 / 0\nb = 3"
CLEARING = (
    "from IPython.display import clear_output\nprint('weg')\nclear_output()\nprint('da')\nc = 6"
)
SPITEFUL = (
    "import sys, builtins\n"
    "for n in [n for n in sys.modules if n.startswith('_grader_')]: del sys.modules[n]\n"
    "d = 5"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotebookEvidence:
    cells = [
        CellJob(0, DRAWING, 30.0, "1", cuts=((3, 3), (6, 6)), statements=8),
        CellJob(1, DRAWING, 30.0, "1"),
        CellJob(2, FAILING, 30.0, "2", cuts=((2, 2), (4, 4)), statements=5),
        CellJob(3, CLEARING, 30.0, "3", cuts=((1, 1), (3, 3)), statements=5),
        CellJob(4, "e = 1\nf = 2", 30.0, "4", cuts=((1, 1),), statements=3),
        CellJob(5, SPITEFUL, 30.0, "5", cuts=((2, 2),), statements=3),
    ]
    job = Job(
        notebook="notebook1",
        cells=tuple(cells),
        data=str(tmp_path_factory.mktemp("data")),
        limits=Limits(memory_mb=2000),
        imports=("matplotlib.pyplot",),
    )
    return FreshEngine().run(job)


@pytest.mark.kernel
def test_a_cut_cell_shows_what_the_whole_one_shows(run: NotebookEvidence) -> None:
    cut, whole = run.cells[:2]
    assert [(o.kind, o.text) for o in cut.outputs] == [(o.kind, o.text) for o in whole.outputs]
    assert len(cut.figures) == len(whole.figures) == 1
    assert len(cut.figures[0].axes[0].lines) == 2
    assert run.blobs[cut.figures[0].png][:4].tobytes() == b"\x89PNG"
    assert cut.noticed == ()
    assert whole.parts == ()


@pytest.mark.kernel
def test_what_is_overwritten_later_is_seen_in_its_part(run: NotebookEvidence) -> None:
    first, second, third = run.cells[0].parts
    assert "result" not in first.variables
    shapes = [p.variables["result"].array.shape for p in (second, third)]  # type: ignore[union-attr]
    assert shapes == [(3,), (4,)]
    assert [o.text for p in (first, second) for o in p.outputs] == ["eins\n", "zwei\n"]
    assert run.cells[0].variables["result"].array.shape == (4,)  # type: ignore[union-attr]


@pytest.mark.kernel
def test_parts_after_an_error_did_not_run(run: NotebookEvidence) -> None:
    cell = run.cells[2]
    assert [p.status for p in cell.parts] == ["ok", "error", "not_run"]
    assert cell.status == "error"
    assert "----> 4 1 / 0" in cell.outputs[-1].text, "the traceback shows the student's lines"


@pytest.mark.kernel
def test_cleared_outputs_a_wrong_count_and_a_lost_probe_end_well(run: NotebookEvidence) -> None:
    cleared, miscounted, spiteful = run.cells[3:]
    assert [[o.text for o in p.outputs] for p in cleared.parts] == [[], [], ["da\n"]]
    assert miscounted.parts == ()
    assert miscounted.variables["f"].scalar == 2
    assert spiteful.parts == ()
    assert spiteful.status == "ok"
