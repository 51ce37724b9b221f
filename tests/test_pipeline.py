"""The whole pipeline on a tiny lab: real kernels once, recorded; the rest replays the recording."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import pipeline
from grader.engine.base import Engine, Job, Report
from grader.engine.fresh import FreshEngine
from grader.engine.replay import RecordingEngine, ReplayEngine
from grader.errors import EngineError, UsageError
from grader.evidence.store import EvidenceStore
from grader.exchange.kit import write_kit, write_solution
from grader.grading import Bench
from grader.lab import Lab
from grader.model import NotebookEvidence
from tests.pocket import MINILAB, SETUP

pytestmark = pytest.mark.kernel


class Refusing:
    """An engine that must not be asked."""

    name = "refusing"

    def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
        raise EngineError(f"{job.notebook} sollte nicht laufen")

    def close(self) -> None:
        pass


def notebook(mean: str, total: str, setup: str = "") -> str:
    setup = setup or SETUP
    sources = {"u-setup": setup, "a-mean": mean, "b-sum": total}
    cells = [
        {"cell_type": "code", "source": source, "metadata": {"grader": {"slot": slot}}}
        for slot, source in sources.items()
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


GROUPS = {
    "gruppe01": notebook("mittelwert = werte.mean()", "summe = werte.sum()"),
    "gruppe02": notebook("mittelwert = 5", "summe = sum(werte)"),
    "gruppe03 ü": notebook("mittelwert = werte.mean()", "while True: pass"),
    "gruppe04": '{"cells": [',
    "gruppe05": notebook("import os; os._exit(1)", "summe = werte.sum()"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "minilab"
    shutil.copytree(MINILAB, folder)
    return folder


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    for name, text in GROUPS.items():
        (folder / name).mkdir()
        (folder / name / "uebung.ipynb").write_text(text, encoding="utf-8")
        (folder / name / "kontrollfragen.md").write_text("## 1.\nSumme durch Anzahl", "utf-8")
    return folder


@pytest.fixture(scope="module")
def first(
    lab: Path, submissions: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[pipeline.CohortResult, Path, Engine]]:
    tapes = EvidenceStore(tmp_path_factory.mktemp("tapes"))
    out = tmp_path_factory.mktemp("results")
    engine = RecordingEngine(FreshEngine(), tapes)
    result = pipeline.grade_cohort(submissions, lab, out, jobs=2, engine=engine)
    yield result, out, ReplayEngine(tapes)


First = tuple[pipeline.CohortResult, Path, Engine]


def test_grades(first: First) -> None:
    result, _, _ = first
    found = {
        n: {c.id: c.status for t in g.tasks for c in t.checks} for n, g in result.grades.items()
    }
    assert result.failures == {}
    assert found == {
        "gruppe01": {"q1": "needs_review", "1a.mean": "passed", "1b.sum": "passed"},
        "gruppe02": {"q1": "needs_review", "1a.mean": "failed", "1b.sum": "passed"},
        "gruppe03 ü": {"q1": "needs_review", "1a.mean": "passed", "1b.sum": "not_judged"},
        "gruppe04": {"q1": "needs_review", "1a.mean": "not_judged", "1b.sum": "not_judged"},
        "gruppe05": {"q1": "needs_review", "1a.mean": "not_judged", "1b.sum": "passed"},
    }
    assert [g.points for g in result.grades.values()] == [10, 7, 5, 2, 7]


def test_problems(first: First) -> None:
    kinds = {n: [p.kind for p in g.problems] for n, g in first[0].grades.items()}
    assert kinds == {
        "gruppe01": [],
        "gruppe02": [],
        "gruppe03 ü": ["timeout"],
        "gruppe04": ["corrupt_notebook"],
        "gruppe05": ["kernel_died", "restarted"],
    }


def test_every_result_is_written(first: First) -> None:
    _, out, _ = first
    for name in GROUPS:
        files = {p.name for p in (out / name).iterdir()}
        assert files == {"result.json", "feedback.html", "protokoll.pdf", "protokoll.html"}
    for name in ("gradebook.sqlite", "cohort.html", "grades.csv"):
        assert (out / name).stat().st_size > 0
    assert (out / "gruppe01" / "protokoll.pdf").read_bytes().startswith(b"%PDF")


def test_result_json_has_the_contract_s_shape(first: First) -> None:
    found = json.loads((first[1] / "gruppe02" / "result.json").read_text("utf-8"))
    assert set(found) == {
        "schema", "submission", "lab", "points", "max_points", "status", "tasks", "problems",
        "provenance",
    }  # fmt: skip
    assert (found["schema"], found["submission"], found["lab"]) == (1, "gruppe02", "mini")
    assert (found["points"], found["max_points"], found["status"]) == (7, 10, "needs_review")
    check = found["tasks"][1]["checks"][0]
    assert set(check) == {
        "id", "status", "points", "max_points", "confidence", "message", "details"
    }  # fmt: skip
    assert "4.5" not in check["message"] and "3" not in check["message"]


def without_times(path: Path) -> Any:
    found = json.loads(path.read_text("utf-8"))
    found["provenance"].pop("seconds")
    return found


def test_second_grading_runs_nothing(first: First, lab: Path, submissions: Path) -> None:
    result, out, _ = first
    again = pipeline.grade_cohort(submissions, lab, out, engine=Refusing())
    assert {n: g.points for n, g in again.grades.items()} == {
        n: g.points for n, g in result.grades.items()
    }
    assert again.failures == {}


def test_others_do_not_change_a_result(
    first: First, lab: Path, submissions: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "cohort"
    shutil.copytree(submissions / "gruppe01", alone / "gruppe01")
    pipeline.grade_cohort(alone, lab, tmp_path / "out", engine=first[2], protocol=False)
    one = without_times(tmp_path / "out" / "gruppe01" / "result.json")
    assert one == without_times(first[1] / "gruppe01" / "result.json")


def test_single_submission_folder(
    first: First, lab: Path, submissions: Path, tmp_path: Path
) -> None:
    result = pipeline.grade_cohort(
        submissions / "gruppe02", lab, tmp_path, engine=first[2], protocol=False
    )
    assert list(result.grades) == ["gruppe02"]


def test_task_only_replaces_that_task(
    first: First, lab: Path, submissions: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gruppe02" / "result.json"
    pipeline.grade_cohort(submissions / "gruppe02", lab, tmp_path, engine=first[2], task="1b")
    assert [t["id"] for t in without_times(path)["tasks"]] == ["1b"]
    shutil.copy(first[1] / "gruppe02" / "result.json", path)
    pipeline.grade_cohort(submissions / "gruppe02", lab, tmp_path, engine=first[2], task="1b")
    assert [t["id"] for t in without_times(path)["tasks"]] == ["kontrollfragen", "1a", "1b"]
    assert without_times(path)["points"] == 7


def test_task_only_renews_the_problems_of_its_notebook(
    first: First, lab: Path, submissions: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gruppe05" / "result.json"
    path.parent.mkdir()
    earlier = json.loads((first[1] / "gruppe05" / "result.json").read_text("utf-8"))
    gone = {"kind": "timeout", "message": "früher", "notebook": "uebung", "cell": 2}
    elsewhere = {"kind": "timeout", "message": "anderswo", "notebook": "anderes", "cell": 2}
    earlier["problems"] = [gone, elsewhere]
    path.write_text(json.dumps(earlier), encoding="utf-8")
    pipeline.grade_cohort(submissions / "gruppe05", lab, tmp_path, engine=first[2], task="1b")
    found = json.loads(path.read_text("utf-8"))["problems"]
    assert [p["kind"] for p in found] == ["timeout", "kernel_died", "restarted"]
    assert found[0]["message"] == "anderswo"


def test_our_fault_stays_with_its_submission(lab: Path, submissions: Path, tmp_path: Path) -> None:
    class Failing(Refusing):
        def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
            if job.label == "gruppe02":
                raise EngineError("kein Kernel")
            return real.run(job, report)

    real = FreshEngine()
    for name in ("gruppe01", "gruppe02"):
        shutil.copytree(submissions / name, tmp_path / "in" / name)
    result = pipeline.grade_cohort(
        tmp_path / "in", lab, tmp_path / "out", engine=Failing(), protocol=False
    )
    assert result.grades["gruppe01"].points == 10
    assert list(result.failures) == ["gruppe02"]
    assert "not_run" in [p.kind for p in result.grades["gruppe02"].problems]
    assert result.grades["gruppe02"].check("q1").status == "needs_review"


def test_what_could_not_run_is_tried_again_last(
    lab: Path, submissions: Path, tmp_path: Path
) -> None:
    """The run that failed through no fault of the group's is made up for when the others ended."""
    asked: list[str] = []

    class Busy(Refusing):
        def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
            asked.append(job.label)
            if asked == ["gruppe01"]:
                raise EngineError("kein Kernel")
            return real.run(job, report)

    real = FreshEngine()
    for name in ("gruppe01", "gruppe02"):
        shutil.copytree(submissions / name, tmp_path / "in" / name)
    bench = pipeline.grade_cohort(
        tmp_path / "in", lab, tmp_path / "out", engine=Busy(), protocol=False, jobs=1
    )
    assert dict(bench.failures) == {}
    assert {n: g.points for n, g in bench.grades.items()}["gruppe01"] == 10
    assert asked.count("gruppe01") == 2 and asked[-1] == "gruppe01"


def test_reference_gets_full_points(first: First, lab: Path, tmp_path: Path) -> None:
    write_solution(Lab.load(lab), tmp_path / "muster")
    result = pipeline.grade_cohort(tmp_path / "muster", lab, tmp_path / "out", engine=FreshEngine())
    assert result.grades["muster"].points == result.grades["muster"].max_points


def test_released_kit_is_a_draft(first: First, lab: Path, tmp_path: Path) -> None:
    write_kit(Lab.load(lab), tmp_path / "kit")
    kit = tmp_path / "kit" / "abgabe"
    found = pipeline.self_check([kit], lab)
    assert [t.state for t in found.report.tasks] == ["failed"] * 3
    for ending in ("pdf", "html", "docx"):
        target = tmp_path / f"p.{ending}"
        pipeline.make_protocol(kit, target, lab)
        assert target.stat().st_size > 2000


def test_signs_choose_the_profile(lab: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gruppe09"
    folder.mkdir()
    text = notebook("import os\nmittelwert = os.environ['MINI']", "andere_umgebung = 1")
    (folder / "uebung.ipynb").write_text(text, encoding="utf-8")
    grade = pipeline.grade_cohort(folder, lab, tmp_path / "out", protocol=False).grades["gruppe09"]
    assert grade.provenance["profile"] == "other"
    assert grade.problems[-1].kind != "cell_error"


def test_wrong_use(lab: Path, tmp_path: Path) -> None:
    for options in ({"task": "9z"}, {"profile": "keras9"}):
        with pytest.raises(UsageError, match="gibt es nicht"):
            pipeline.grade_cohort(tmp_path, lab, tmp_path, **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="keine Abgabe"):
        pipeline.grade_cohort(tmp_path, lab, tmp_path)
    with pytest.raises(UsageError, match="keine Ergebnisse"):
        pipeline.make_report(tmp_path, lab)


def test_grading_one_keeps_the_others_in_the_cohort(
    first: First, lab: Path, submissions: Path
) -> None:
    _, out, engine = first
    pipeline.grade_cohort(submissions / "gruppe02", lab, out, engine=engine, protocol=False)
    table = (out / "grades.csv").read_text("utf-8")
    assert all(name in table for name in GROUPS)


def test_report_again(first: First, lab: Path) -> None:
    _, out, _ = first
    (out / "cohort.html").unlink()
    grades = pipeline.make_report(out, lab)
    assert len(grades) == len(GROUPS)
    assert "gruppe03 ü" in (out / "cohort.html").read_text("utf-8")


def test_broken_reference_is_our_error(lab: Path, tmp_path: Path) -> None:
    broken = tmp_path / "lab"
    shutil.copytree(MINILAB, broken)
    source = broken / "notebooks" / "uebung.py"
    source.write_text(source.read_text("utf-8").replace("werte.sum()", "werte.summe()"), "utf-8")
    with pytest.raises(EngineError, match="scheitert unter plain in Zelle"):
        pipeline.build_reference(Bench.open(broken))


def test_errors_inside_a_library_try_the_other_profile(lab: Path, tmp_path: Path) -> None:
    texts = {
        "alt": "import os\nmittelwert = werte.mean() if 'MINI' in os.environ else np.stack([])",
        "falsch": "mittelwert = np.stack([])",
        "eigen": "mittelwert = 1 / 0",
    }
    for name, text in texts.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        path = tmp_path / "in" / name / "uebung.ipynb"
        path.write_text(notebook(text, "summe = werte.sum()"), encoding="utf-8")
    found = pipeline.grade_cohort(tmp_path / "in", lab, tmp_path / "out", protocol=False).grades
    assert {n: g.provenance["profile"] for n, g in found.items()} == {
        "alt": "other",
        "falsch": "plain",
        "eigen": "plain",
    }
    assert "other_profile" in [p.kind for p in found["alt"].problems]
    assert found["alt"].check("1a.mean").status == "passed"
    assert "other_profile" not in [p.kind for p in found["falsch"].problems]
