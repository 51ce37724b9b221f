"""A group's data go wherever they are; what others need stays."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader import pipeline
from grader.errors import UsageError
from grader.exchange.roster import Entry, Member, Roster
from grader.forgetting import Forgetting
from grader.gradebook import Gradebook
from grader.lab import Lab
from tests.pocket import MINILAB, SETUP, PocketEngine, notebook, submit

TELLTALE = "Ruheloser Turmfalke"


def sheet(total: str = "sum(werte)") -> str:
    mean = "mittelwert = sum(werte) / len(werte)"
    return notebook(u_setup=SETUP, a_mean=mean, b_sum=f"summe = {total}")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three groups, graded: one with a secret, two that share a notebook, one run in common."""
    folder = tmp_path_factory.mktemp("cohort")
    shutil.copytree(MINILAB, folder / "lab")
    groups = {
        "gruppe01": sheet(),
        "gruppe02 ü": sheet(f"sum(werte)\ngeheim = '{TELLTALE}'"),
        "gruppe03": sheet(),
    }
    submit(folder / "abgaben", groups, answer=f"{TELLTALE} Summe durch Anzahl")
    names = {n: Entry(who=n, members=(Member(id="1", name=TELLTALE),)) for n in groups}
    Roster(submissions=names).write(folder / "abgaben")
    earlier = folder / "abgaben" / ".frueher" / "gruppe02 ü" / "1"
    earlier.mkdir(parents=True)
    (earlier / "uebung.ipynb").write_text(TELLTALE, "utf-8")
    grade(folder)
    with Gradebook(folder / "out" / "gradebook.sqlite") as book:
        groups = {g.name: g.id for g in book.groups(book.cohorts()[0].id)}
        book.add_extra(groups["gruppe02 ü"], 1.0, reason=TELLTALE, author="A")
        book.back_up("vor-bewertung")
    return folder


def grade(folder: Path) -> PocketEngine:
    engine = PocketEngine()
    pipeline.grade_cohort(
        folder / "abgaben", folder / "lab", folder / "out", engine=engine, protocol=False
    )
    return engine


@pytest.fixture
def cohort(graded: Path, tmp_path: Path) -> Path:
    shutil.copytree(graded, tmp_path / "k")
    return tmp_path / "k"


def forget(folder: Path, name: str) -> list[str]:
    with Gradebook(folder / "out" / "gradebook.sqlite") as book:
        forgetting = Forgetting(
            name,
            submissions=folder / "abgaben",
            out=folder / "out",
            gradebook=book,
            lab=Lab.load(folder / "lab"),
        )
        expected = [r.what for r in forgetting.found()]
        removed = [r.what for r in forgetting.remove()]
    assert removed[: len(expected)] == expected
    return removed


def holding(folder: Path, text: str) -> list[str]:
    """Files in which a text stands, or whose name it is."""
    return [
        p.relative_to(folder).as_posix()
        for p in sorted(folder.rglob("*"))
        if text in p.name or (p.is_file() and text.encode() in p.read_bytes())
    ]


def test_nothing_of_the_group_is_left(cohort: Path) -> None:
    (cohort / "out" / "csv").mkdir()
    (cohort / "out" / "csv" / "alle.csv").write_text("gruppe02 ü;1", "utf-8")
    assert holding(cohort, "gruppe02")
    removed = forget(cohort, "gruppe02 ü")
    assert removed[0] == "Abgabe" and "Belege" in removed and "Ausgaben" in removed
    assert holding(cohort, "gruppe02") == []
    assert holding(cohort / "out", f"geheim = '{TELLTALE}'") == []
    assert not (cohort / "out" / "backups").exists() or not any(
        (cohort / "out" / "backups").iterdir()
    )
    with Gradebook(cohort / "out" / "gradebook.sqlite") as book:
        assert [g.name for g in book.groups(book.cohorts()[0].id)] == ["gruppe01", "gruppe03"]


def test_others_keep_all_they_have(cohort: Path) -> None:
    forget(cohort, "gruppe01")
    # gruppe03 has the same notebook: its run is still there, nothing runs again.
    engine = grade(cohort)
    assert engine.ran == []
    assert "gruppe03" in (cohort / "out" / "grades.csv").read_text("utf-8-sig")
    assert "gruppe03" in Roster.read(cohort / "abgaben").submissions
    with pytest.raises(UsageError, match="gruppe03"):
        forget(cohort, "gruppe01")


def test_a_submission_s_results_are_no_export(cohort: Path) -> None:
    shutil.copytree(cohort / "out" / "gruppe03", cohort / "out" / "csv")
    forget(cohort, "gruppe01")
    assert (cohort / "out" / "csv" / "result.json").is_file()


@pytest.mark.parametrize("name", ["gibt es nicht", "..", ".", "", "../k", ".evidence", ".frueher"])
def test_other_names_remove_nothing(cohort: Path, name: str) -> None:
    before = sorted(cohort.rglob("*"))
    with pytest.raises(UsageError, match="gibt es weder"):
        forget(cohort, name)
    assert [p for p in sorted(cohort.rglob("*")) if "gradebook" not in p.name] == [
        p for p in before if "gradebook" not in p.name
    ]


def test_the_command_asks_first(cohort: Path) -> None:
    line = [sys.executable, "-m", "grader", "forget", "gruppe01", "--submissions", "abgaben"]
    line += ["--out", "out", "--lab", "lab"]
    root = Path(__file__).parents[1]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}

    def run(*more: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*line, *more],
            cwd=cohort,
            input=answer,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
        )

    refused = run(answer="nein\n")
    assert refused.returncode == 2 and "nichts gelöscht" in refused.stderr
    assert (cohort / "abgaben" / "gruppe01").is_dir()
    assert run().returncode == 2
    done = run("--yes")
    assert done.returncode == 0 and "Belege" in done.stdout
    assert not (cohort / "abgaben" / "gruppe01").exists()
