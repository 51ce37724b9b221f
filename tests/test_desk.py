"""Judging a cohort: what is unchanged stays, several processes judge alike, trouble stays alone."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import pytest

from grader import pipeline
from grader.engine.base import Job, Report
from grader.engine.elsewhere import Workers
from grader.engine.schedule import Outlook
from grader.errors import EngineError
from grader.gradebook import Gradebook
from grader.model import Grade, NotebookEvidence
from grader.running import Silence
from tests.pocket import MINILAB, SETUP, PocketEngine, notebook, submit

ROOT = Path(__file__).parents[1]
FILES = ("result.json", "feedback.html", "protokoll.pdf", "protokoll.html")


def sheet(mean: str = "mittelwert = sum(werte) / len(werte)", total: str = "sum(werte)") -> str:
    return notebook(u_setup=SETUP, a_mean=mean, b_sum=f"summe = {total}")


GROUPS = {
    "gruppe01": sheet(),
    "gruppe02": sheet("mittelwert = 5"),
    "gruppe03 ü": sheet(total="1 / 0"),
    "gruppe04": '{"cells": [',
}


class Heard(Silence):
    """Notes what it hears."""

    def __init__(self) -> None:
        self.unchanged = 0
        self.judged: list[str] = []
        self.outlooks: list[Outlook] = []
        self.plans: list[tuple[int, int]] = []
        self.memory: list[tuple[int, int, int]] = []

    def planned(self, runs: int, cached: int) -> None:
        self.plans.append((runs, cached))

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        self.memory.append((kernels, jobs, memory_mb))

    def outlook(self, outlook: Outlook) -> None:
        self.outlooks.append(outlook)

    def kept(self, submissions: int) -> None:
        self.unchanged = submissions

    def graded(self, grade: Grade) -> None:
        self.judged.append(grade.submission)


class Cohort:
    """A cohort in a temporary folder that can be graded again and again."""

    def __init__(self, folder: Path, groups: Mapping[str, str] = GROUPS) -> None:
        self.lab = Path(shutil.copytree(MINILAB, folder / "minilab"))
        self.submissions = submit(folder / "in", groups)
        self.out = folder / "out"
        self.engine = PocketEngine()
        self.heard = Heard()

    def grade(self, **options: object) -> pipeline.CohortResult:
        self.engine = PocketEngine()
        self.heard = Heard()
        options.setdefault("engine", self.engine)
        return pipeline.grade_cohort(
            self.submissions,
            self.lab,
            self.out,
            listener=self.heard,
            **options,  # type: ignore[arg-type]
        )

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Time and content of everything that belongs to a submission."""
        paths = [self.out / name / file for name in GROUPS for file in FILES]
        paths += [self.out / "cohort.html", self.out / "grades.csv"]
        return {
            path.relative_to(self.out).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
            for path in paths
            if path.exists()
        }

    def result(self, name: str) -> Path:
        return self.out / name / "result.json"

    def entries(self) -> list[Path]:
        return sorted((self.out / ".evidence" / "runs").glob("*/*.json"))


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    return Cohort(tmp_path)


def judged_again(cohort: Cohort, before: dict[str, tuple[int, bytes]]) -> set[str]:
    """Submissions whose result was written anew."""
    now = cohort.files()
    return {n for n in GROUPS if now[f"{n}/result.json"][0] != before[f"{n}/result.json"][0]}


# ------------------------------------------------------------------ unchanged


def test_an_unchanged_cohort_is_left_alone(cohort: Cohort) -> None:
    first = cohort.grade()
    assert len(cohort.heard.judged) == 4 and cohort.heard.unchanged == 0
    before = cohort.files()
    assert len(before) == 4 * len(FILES) + 2
    again = cohort.grade()
    assert cohort.files() == before
    assert (cohort.heard.unchanged, cohort.heard.judged, cohort.engine.ran) == (4, [], [])
    assert again == first


def test_an_unchanged_cohort_loads_little(cohort: Cohort) -> None:
    """What draws, typesets, judges texts and drives kernels stays unimported."""
    cohort.grade()
    code = f"""
        import sys
        from pathlib import Path
        from grader import cli, pipeline
        from tests.pocket import PocketEngine
        pipeline.grade_cohort(
            Path({str(cohort.submissions)!r}), Path({str(cohort.lab)!r}), Path({str(cohort.out)!r}),
            engine=PocketEngine(),
        )
        heavy = {{"matplotlib", "scipy", "typst", "pandas", "PIL", "simplemma", "jupytext",
                  "nbclient", "jupyter_client", "tensorflow"}}
        print(sorted(heavy & set(sys.modules)))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert shown.stdout.strip() == "[]"


def test_only_what_changed_is_judged_again(cohort: Cohort) -> None:
    cohort.grade()
    before = cohort.files()
    answers = cohort.submissions / "gruppe02" / "kontrollfragen.md"
    answers.write_text("## 1.\nDer Median\n", "utf-8")
    found = cohort.grade()
    assert judged_again(cohort, before) == {"gruppe02"}
    assert cohort.heard.unchanged == 3 and cohort.engine.ran == []
    assert found.grades["gruppe02"].check("q1").points == 0
    table = (cohort.out / "grades.csv").read_text("utf-8-sig")
    assert all(name in table for name in GROUPS)


@pytest.mark.parametrize("name", ["checks/basics.py", "lab.toml", "kontrollfragen.md"])
def test_a_change_in_the_lab_judges_all_again_from_evidence(cohort: Cohort, name: str) -> None:
    cohort.grade()
    before = cohort.files()
    path = cohort.lab / name
    path.write_text(path.read_text("utf-8") + "\n# geändert\n", "utf-8")
    cohort.grade()
    assert judged_again(cohort, before) == set(GROUPS)
    assert cohort.engine.ran == []
    contents = {n: raw for n, (_, raw) in cohort.files().items() if not n.startswith("cohort")}
    assert contents == {n: raw for n, (_, raw) in before.items() if not n.startswith("cohort")}


def test_a_stricter_check_changes_results(cohort: Cohort) -> None:
    cohort.grade()
    path = cohort.lab / "checks" / "basics.py"
    text = path.read_text("utf-8")
    assert 'return passed("Richtig.")' in text
    changed = text.replace('return passed("Richtig.")', 'return failed("Zu einfach.")')
    path.write_text(changed, "utf-8")
    # A module is imported once in a process: a later run is another process.
    code = (
        "from pathlib import Path; from grader import pipeline;"
        "from tests.test_desk import Cohort; from tests.pocket import PocketEngine;"
        f"pipeline.grade_cohort(Path({str(cohort.submissions)!r}), Path({str(cohort.lab)!r}),"
        f" Path({str(cohort.out)!r}), engine=PocketEngine())"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    found = json.loads(cohort.result("gruppe01").read_text("utf-8"))
    assert [c["status"] for t in found["tasks"][1:] for c in t["checks"]] == ["failed", "failed"]


@pytest.mark.parametrize("file", FILES)
def test_what_is_missing_or_edited_is_made_anew(cohort: Cohort, file: str) -> None:
    cohort.grade()
    before = cohort.files()
    (cohort.out / "gruppe01" / file).unlink()
    with (cohort.out / "gruppe02" / file).open("ab") as edited:
        edited.write(b"\n")
    cohort.grade()
    assert judged_again(cohort, before) == {"gruppe01", "gruppe02"}
    assert {n: raw for n, (_, raw) in cohort.files().items()} == {
        n: raw for n, (_, raw) in before.items()
    }


@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_lost_evidence_is_noticed(cohort: Cohort, damage: bytes | None) -> None:
    cohort.grade()
    before = cohort.files()
    for path in cohort.entries():
        if b"mittelwert = 5" in path.read_bytes():
            path.unlink() if damage is None else path.write_bytes(damage)
    cohort.grade()
    assert cohort.engine.ran == ["gruppe02 uebung"]
    assert judged_again(cohort, before) == {"gruppe02"}


def test_another_option_is_another_result(cohort: Cohort) -> None:
    cohort.grade(protocol=False)
    before = cohort.files()
    assert cohort.grade(protocol=False) and cohort.files() == before
    cohort.grade(profile="other")
    assert cohort.heard.unchanged == 0
    cohort.grade(profile="other", protocol=False)
    assert cohort.heard.unchanged == 4
    cohort.grade(task="1b")
    assert cohort.heard.unchanged == 0
    before = cohort.files()
    cohort.grade(task="1b")
    assert cohort.heard.unchanged == 4 and cohort.files() == before


def test_fresh_keeps_nothing(cohort: Cohort) -> None:
    cohort.grade()
    before = cohort.files()
    cohort.grade(fresh=True)
    assert judged_again(cohort, before) == set(GROUPS)
    assert len(cohort.engine.ran) == 3


def test_trouble_of_ours_is_tried_again(cohort: Cohort) -> None:
    class Failing(PocketEngine):
        def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
            if job.label == "gruppe02":
                raise EngineError("kein Kernel")
            return super().run(job, report)

    assert list(cohort.grade(engine=Failing()).failures) == ["gruppe02"]
    before = cohort.files()
    assert cohort.grade().failures == {}
    assert cohort.engine.ran == ["gruppe02 uebung"]
    assert judged_again(cohort, before) == {"gruppe02"}


def test_a_check_that_crashed_is_tried_again(cohort: Cohort) -> None:
    path = cohort.lab / "checks" / "basics.py"
    path.write_text(path.read_text("utf-8").replace("answers.get(1", "answers.gibtesnicht(1"))
    cohort.grade()
    before = cohort.files()
    cohort.grade()
    assert judged_again(cohort, before) == set(GROUPS)


def test_the_gradebook_gets_no_second_entry(cohort: Cohort) -> None:
    cohort.grade()
    size = (cohort.out / "gradebook.sqlite").stat().st_size
    cohort.grade()
    assert (cohort.out / "gradebook.sqlite").stat().st_size == size
    (cohort.out / "gradebook.sqlite").unlink()
    cohort.grade()
    with Gradebook(f"sqlite:///{cohort.out / 'gradebook.sqlite'}") as book:
        found = book.grades(book.cohort("mini").id)
        assert [g.submission for g in found] == sorted(GROUPS)


# ------------------------------------------------------------------ running


def test_identical_notebooks_run_once(tmp_path: Path) -> None:
    same = {f"gruppe{n:02d}": sheet("mittelwert = 7") for n in range(6)}
    cohort = Cohort(tmp_path, {**same, "anders": sheet("mittelwert = 8")})
    found = cohort.grade(jobs=3)
    assert len(found.grades) == 7
    assert sorted(r.split()[-1] for r in cohort.engine.ran) == ["uebung"] * 3
    assert sum(r.startswith("gruppe") for r in cohort.engine.ran) == 1
    assert cohort.heard.plans[-1] == (2, 0)
    runs = {n: g.provenance["hashes"]["runs"] for n, g in found.grades.items()}
    assert len({r["uebung"] for n, r in runs.items() if n != "anders"}) == 1


def test_notebooks_run_in_other_processes(cohort: Cohort, tmp_path: Path) -> None:
    here = cohort.grade()
    other = Cohort(tmp_path / "other")
    there = other.grade(jobs=2, workers=Workers(pool, PocketEngine))
    assert there.grades == here.grades
    # The reference runs here, everything else there.
    assert other.engine.ran == ["reference uebung"]
    marks = [json.loads(path.read_bytes())["provenance"]["pid"] for path in other.entries()]
    assert len(marks) == 3 and os.getpid() not in marks


def pool(number: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))


def test_progress_counts_down_to_nothing(cohort: Cohort) -> None:
    cohort.grade()
    last = cohort.heard.outlooks[-1]
    assert (last.running, last.waiting, last.done) == ((), 0, 3)
    assert cohort.heard.plans == [(1, 0), (3, 0)]


def test_few_kernels_are_told(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    class Waiting(PocketEngine):
        """A submission's notebook ends when it was told that another has to wait."""

        def run(self, job: Job, report: Report | None = None) -> NotebookEvidence:
            while job.label != "reference" and not cohort.heard.memory:
                time.sleep(0.01)
            return super().run(job, report)

    machine = psutil.virtual_memory()._replace(available=1)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: machine)
    assert cohort.grade(jobs=2, engine=Waiting()).failures == {}
    assert cohort.heard.memory == [(1, 2, 2000)]


# ------------------------------------------------------------------ processes


def test_processes_judge_alike(cohort: Cohort, tmp_path: Path) -> None:
    here = cohort.grade()
    other = Cohort(tmp_path / "other")
    there = other.grade(processes=2, jobs=2)
    assert there.grades == here.grades
    assert {n: raw for n, (_, raw) in other.files().items()} == {
        n: raw for n, (_, raw) in cohort.files().items()
    }
    other.grade(processes=2)
    assert other.heard.unchanged == 4


def test_a_dead_process_costs_its_submission_only(cohort: Cohort) -> None:
    path = cohort.lab / "checks" / "basics.py"
    text = path.read_text("utf-8")
    deadly = "import os; 'gruppe02' in answer and os._exit(9)\n    return review("
    path.write_text(text.replace("return review(", deadly, 1), "utf-8")
    found = cohort.grade(processes=2)
    assert list(found.failures) == ["gruppe02"]
    assert "endete unerwartet" in found.failures["gruppe02"]
    assert sorted(found.grades) == ["gruppe01", "gruppe03 ü", "gruppe04"]


def test_nothing_stays_behind_when_the_grader_is_killed(cohort: Cohort, tmp_path: Path) -> None:
    path = cohort.lab / "checks" / "basics.py"
    mark = tmp_path / "judging"
    waits = f"open({str(mark)!r}, 'w').close(); import time; time.sleep(60)\n    return review("
    path.write_text(path.read_text("utf-8").replace("return review(", waits, 1), "utf-8")
    script = tmp_path / "script.py"
    code = f"""
        from pathlib import Path
        from grader import pipeline
        from tests.pocket import PocketEngine

        if __name__ == "__main__":
            pipeline.grade_cohort(
                Path({str(cohort.submissions)!r}), Path({str(cohort.lab)!r}),
                Path({str(cohort.out)!r}), engine=PocketEngine(), processes=1,
            )
    """
    script.write_text(textwrap.dedent(code), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment, cwd=tmp_path)
    try:
        while not mark.exists() and process.poll() is None:
            time.sleep(0.05)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
