"""The commands over the gradebook, and ``--resume``: what they say and what they refuse."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from grader import pipeline
from grader.errors import UsageError
from grader.files import write_atomically
from grader.gradebook import Gradebook
from grader.resuming import Grading, begin, end
from tests.pocket import PocketEngine
from tests.test_desk import Cohort


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    made = Cohort(tmp_path)
    made.grade(protocol=False, term="SS 2026")
    return made


def where(cohort: Cohort) -> list[str]:
    return ["--gradebook", str(cohort.out / "gradebook.sqlite"), "--lab", str(cohort.lab)]


def test_a_term_from_the_date_due_to_the_reopening(run, cohort: Cohort) -> None:
    shown = run("gradebook", "show", *where(cohort))
    assert shown.code == 0 and "Notenbuch mini, SS 2026" in shown.out
    assert all(name in shown.out for name in ("gruppe01", "gruppe03 ü"))
    assert "26.05.2026, 23:59 Uhr" in run("gradebook", "due", "2026-05-26", *where(cohort)).out
    assert "12:30 Uhr" in run("gradebook", "due", "2026-05-26 12:30", *where(cohort)).out
    released = run("gradebook", "release", "--author", "Dr. A", *where(cohort))
    assert (released.code, released.out) == (0, "Die Noten von 4 Gruppen sind freigegeben.")
    again = run("gradebook", "release", *where(cohort))
    assert again.code == 2 and "freigegeben und lassen sich nicht mehr ändern" in again.err
    assert "Freigegeben am" in run("gradebook", "show", *where(cohort)).out
    assert run("gradebook", "reopen", " ", *where(cohort)).code == 2
    assert run("gradebook", "reopen", "Einspruch", *where(cohort)).code == 0
    with Gradebook(cohort.out / "gradebook.sqlite") as book:
        events = book.events(book.cohorts()[0].id)
    assert [e.kind for e in events] == ["due", "due", "released", "reopened"]
    assert (events[2].author, events[3].reason) == ("Dr. A", "Einspruch")


def test_a_backup_by_hand(run, cohort: Cohort) -> None:
    said = run("gradebook", "backup", "--gradebook", str(cohort.out / "gradebook.sqlite"))
    assert said.code == 0 and "vonhand" in said.out.replace("-", "").replace(" ", "")
    with Gradebook(cohort.out / "gradebook.sqlite") as book:
        assert len(book.backups()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "--term", "WS 1900"], "das Semester »WS 1900« nicht; vorhanden: »SS 2026«"),
        (["due", "morgen"], "Hilfe zeigt: grader gradebook due --help"),
        (["show", "--gradebook", "gibt/es/nicht.sqlite"], "gibt es nicht. Zuerst »grader grade«"),
    ],
)
def test_wrong_calls(run, cohort: Cohort, words: list[str], said: str) -> None:
    more = where(cohort) if "--gradebook" not in words else []
    shown = run("gradebook", *words, *more)
    assert shown.code == 2 and said in shown.err


# ------------------------------------------------------------------ going on


@pytest.fixture
def pocket(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Gradings of the command run in this process; what they were asked for."""
    asked: list[dict[str, object]] = []
    given = pipeline.grade_cohort

    def grade(*words: object, **options: object) -> pipeline.CohortResult:
        asked.append({"words": words, **options})
        options |= {"engine": PocketEngine(), "processes": 0}
        return given(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "grade_cohort", grade)
    return asked


def test_a_finished_grading_is_not_resumed(run, cohort: Cohort) -> None:
    shown = run("grade", "--resume", "--out", str(cohort.out))
    assert shown.code == 2 and "es gibt nichts fortzusetzen" in shown.err


def test_nothing_begun_is_nothing_to_resume(run, tmp_path: Path) -> None:
    shown = run("grade", "--resume", "--out", str(tmp_path / "leer"))
    assert shown.code == 2 and "hat noch keine Bewertung begonnen" in shown.err
    (tmp_path / "x" / ".evidence").mkdir(parents=True)
    (tmp_path / "x" / ".evidence" / "run.json").write_text("{")
    shown = run("grade", "--resume", "--out", str(tmp_path / "x"))
    assert shown.code == 2 and "noch einmal aufrufen, ohne --resume" in shown.err


def test_a_resumed_grading_has_the_options_it_began_with(
    run,
    cohort: Cohort,
    pocket: list[dict[str, object]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = begin(
        cohort.out,
        Grading(
            submissions=str(cohort.submissions),
            lab=str(cohort.lab),
            task="1b",
            profile="other",
            protocol=False,
            fresh=True,
            gradebook=str(tmp_path / "noten.sqlite"),
            term="WS",
            variant_seed=0,
        ),
    )
    assert begun.since > 0
    looked: list[dict[str, object]] = []
    monkeypatch.setattr(pipeline, "require_variant", lambda *_: None)
    monkeypatch.setattr(pipeline, "second_look", lambda *_, **asked: looked.append(asked) or ())
    shown = run("grade", "--resume", "--out", str(cohort.out), "--jobs", "3")
    assert shown.code == 0 and "Fortgesetzt wird die Bewertung von" in shown.out
    (asked,) = pocket
    assert asked["words"] == (cohort.submissions, cohort.lab, cohort.out)
    names = ("task", "profile", "protocol", "fresh", "gradebook", "term", "since", "jobs")
    expected = ("1b", "other", False, True, begun.gradebook, "WS", begun.since, 3)
    assert (asked["variant_seed"], looked[0]["seed"], looked[0]["task"]) == (0, 0, "1b")
    assert tuple(asked[n] for n in names) == expected
    # The other data were to follow, and did not.
    assert pipeline.interrupted(cohort.out).variant_seed == 0


@pytest.mark.parametrize(
    "words", [["anderswo"], ["--task", "1a"], ["--no-protocol"], ["--fresh"], ["--variant"]]
)
def test_other_options_are_refused_beside_it(run, cohort: Cohort, words: list[str]) -> None:
    begin(cohort.out, Grading(submissions="x", lab="y"))
    shown = run("grade", "--resume", "--out", str(cohort.out), *words)
    assert shown.code == 2 and "geht daneben nicht" in shown.err


def test_a_grading_that_still_runs_is_not_resumed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from grader.resuming import Grading, begin;"
        f"begin(Path({str(tmp_path)!r}), Grading(submissions='x', lab='y'));"
        "print(flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None and other.stdin is not None
        other.stdout.readline()
        with pytest.raises(UsageError, match="läuft noch"):
            pipeline.interrupted(tmp_path)
        other.stdin.close()
    assert pipeline.interrupted(tmp_path).submissions == "x"


def test_a_grading_that_is_done_says_so(tmp_path: Path) -> None:
    begun = begin(tmp_path, Grading(submissions="x", lab="y"))
    assert pipeline.interrupted(tmp_path) == begun and begun.since == 0.0
    end(tmp_path, begun)
    with pytest.raises(UsageError, match="ist fertig"):
        pipeline.interrupted(tmp_path)


def test_what_a_killed_write_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    """Only of processes that are gone, only where gradings write, and nothing that is new."""
    out, lab = tmp_path / "out", tmp_path / "lab"
    begin(out, Grading(submissions="x", lab=str(lab)))
    gone = subprocess.Popen(["true"])
    gone.wait()
    long_ago = time.time() - 3600
    folders = (out, out / "gruppe01", out / ".evidence" / "runs" / "ab", lab / ".evidence")
    left = [folder / f".result.json-{gone.pid}-ab12_xyz" for folder in folders]
    kept = [
        out / "gruppe01" / f".result.json-{os.getpid()}-ab12_xyz",
        out / ".abgaben" / f".result.json-{gone.pid}-ab12_xyz",
        out / f".grades.csv-{gone.pid}-neu12345",
        out / "gruppe01" / "feedback.html",
    ]
    for path in (*left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        if "neu" not in path.name:
            os.utime(path, (long_ago, long_ago))
    begin(out, Grading(submissions="x", lab=str(lab)))
    assert [p for p in left if p.exists()] == [] and all(p.exists() for p in kept)


def test_an_unfinished_file_is_named_after_its_process(tmp_path: Path) -> None:
    names: list[str] = []

    def write(file: BinaryIO) -> None:
        names.extend(p.name for p in tmp_path.iterdir())
        file.write(b"x")

    write_atomically(tmp_path / "übung-1.json", write)
    assert re.fullmatch(rf"\.übung-1\.json-{os.getpid()}-\w{{8}}", names[0])
    assert [p.name for p in tmp_path.iterdir()] == ["übung-1.json"]
