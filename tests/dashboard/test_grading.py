"""Uploads, exports, and gradings in a process of their own, watched through their events."""

from __future__ import annotations

import io
import json
import shutil
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from grader import events, pipeline
from grader.dashboard import Settings
from grader.dashboard.runs import Runs
from grader.errors import UsageError
from grader.resuming import Grading, begin, end
from grader.running import Silence
from tests.dashboard.conftest import HOSTILE, Desk
from tests.pocket import MINILAB, PocketEngine, notebook, submit

GROUP = "Gruppe Öl_1001_assignsubmission_file_/"


def packed(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def upload(desk: Desk, content: bytes, name: str = "abgaben.zip", **more: tuple[str, bytes]):
    client = desk.client()
    files = {"file": (name, content), **more}
    sent = {"csrf": desk.csrf(client)}
    return client, client.post("/bewerten/hochladen", data=sent, files=files)


# --------------------------------------------------------------------------- uploads


def test_an_upload_becomes_submissions_and_leaves_no_second_copy(desk: Desk) -> None:
    book = notebook(u_setup="", a_mean="mittelwert = 1")
    client, answer = upload(desk, packed(**{f"{GROUP}uebung.ipynb": book}))
    assert answer.status_code == 303
    page = client.get("/bewerten").text
    assert "Übernommen: 1 Abgabe." in page and "Abgaben (1)" in page
    assert "Übernommen" not in client.get("/bewerten").text
    (folder,) = (p for p in (desk.out / ".abgaben").iterdir() if p.is_dir())
    assert (folder / "uebung.ipynb").read_text("utf-8") == book
    assert not list((desk.out / ".eingang").glob("*"))
    assert "Gruppe Öl" in {r.group.title for r in desk.office.overview().rows}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("abgaben.zip", b""),
        ("abgaben.zip", b"PK\x03\x04 cut"),
        ("abgaben.tar.gz", b"x"),
        ("../../x.zip", b"x"),
        ("abgaben.zip", packed(**{"liesmich.pdf": "x"})),
        ("", b"x"),
    ],
)
def test_what_is_no_download_is_told_and_not_kept(desk: Desk, name: str, content: bytes) -> None:
    _, answer = upload(desk, content, name)
    assert answer.status_code == 400
    assert str(desk.out) not in answer.text and "Traceback" not in answer.text
    assert not list((desk.out / ".eingang").glob("*"))
    assert not list(desk.out.parent.glob("*.zip"))


def test_a_worksheet_that_is_none_is_told(desk: Desk) -> None:
    content = packed(**{f"{GROUP}uebung.ipynb": notebook(a_mean="1")})
    _, answer = upload(desk, content, worksheet=("tabelle.csv", b"a;b\n1;2\n"))
    assert answer.status_code == 400
    assert "keine Bewertungstabelle" in answer.text and str(desk.out) not in answer.text


def test_nothing_comes_in_after_the_release_and_too_much_never(desk: Desk) -> None:
    client = desk.client()
    client.post("/freigeben", data={"csrf": desk.csrf(client)})
    content = packed(**{f"{GROUP}uebung.ipynb": notebook(a_mean="1")})
    assert upload(desk, content)[1].status_code == 400
    assert upload(desk, b"x" * 400_000)[1].status_code == 413


# --------------------------------------------------------------------------- exports


def test_exports_hold_what_counts(desk: Desk) -> None:
    client = desk.client()
    desk.office.book.mark(desk.group("gruppe01"), "q1", author="Mara", points=0.5)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/export/noten.xlsx").content))
    cells = [str(c.value) for row in book.worksheets[0].iter_rows() for c in row]
    assert "gruppe01" in cells and "8.5" in cells
    text = client.get("/export/pruefungen.csv").content.decode("utf-8-sig")
    assert "gruppe01;Mara Muster;kontrollfragen;q1;Frage 1;0,5;2" in text
    whole = client.get("/export/notenbuch.json")
    assert "attachment" in whole.headers["content-disposition"]
    assert any("mark" in name for name in whole.json()["tables"])
    assert desk.client("assistant").get("/export/notenbuch.json").status_code == 403
    assert client.get("/export/gibtesnicht").status_code == 404


def test_moodle_s_worksheet_comes_back_filled_in(desk: Desk) -> None:
    client = desk.client()
    table = (
        '"ID","Vollständiger Name","Status","Bewertung","Bestwertung"\r\n'
        '"Teilnehmer/in7","Mara Muster","Abgegeben","","10,00"\r\n'
    )
    files = {"worksheet": ("Bewertungen.csv", table.encode())}
    sent = {"csrf": desk.csrf(client), "open_too": "1"}
    answer = client.post("/export/moodle", data=sent, files=files)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "bewertungstabelle.csv" in archive.namelist()
    files = {"worksheet": ("x.csv", b"\x00\xff")}
    wrong = client.post("/export/moodle", data=sent, files=files)
    assert wrong.status_code == 400 and "Bewertungstabelle" in wrong.text


# --------------------------------------------------------------------------- events


def test_a_grading_tells_its_progress_line_by_line(tmp_path: Path) -> None:
    groups = {"gruppe01": notebook(a_mean="mittelwert = 1"), "gruppe02 ü": notebook(b_sum="x = 1")}
    cohort = submit(tmp_path / "abgaben", groups)
    # The reference's evidence goes into the lab's folder.
    lab = Path(shutil.copytree(MINILAB, tmp_path / "lab"))
    path = tmp_path / "events.jsonl"
    with events.heard(Silence(), path) as (listener, log):
        assert log is not None
        result = pipeline.grade_cohort(
            cohort, lab, tmp_path / "out", protocol=False, engine=PocketEngine(), listener=listener
        )
        log.end(0, result.failures)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [lines[0]["event"], lines[-1]["event"]] == ["begin", "end"]
    state = events.Watch(path).look()
    assert (state.code, state.done, len(state.graded)) == (0, state.total, 2)
    assert {name for name, _, _ in state.graded} == set(groups)
    assert not state.cells and not state.judging


def test_lines_that_are_cut_or_foreign_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"event": "planned", "runs": 3, "cached": 1}\n[1]\nxx\n{"event": "ran"}\n{"eve'
    )
    watch = events.Watch(path)
    assert (watch.look().total, watch.look().done) == (4, 2)
    with path.open("a") as file:
        file.write('nt": "ran"}\n{"event": "planned", "runs": "x", "cached": null}\n')
    assert watch.look().done == 3


def test_how_a_grading_ended_is_noted_also_if_it_failed(tmp_path: Path) -> None:
    for error, code in ((KeyboardInterrupt(), 130), (UsageError("Kein Labor."), 2)):
        path = tmp_path / f"{code}.jsonl"
        with pytest.raises(type(error)), events.heard(Silence(), path):
            raise error
        state = events.Watch(path).look()
        assert (state.code, state.error) == (code, str(error) or "Abgebrochen.")
    with pytest.raises(UsageError, match="nicht schreiben"), events.heard(Silence(), tmp_path):
        pass


# --------------------------------------------------------------------------- runs


def settings(tmp_path: Path) -> Settings:
    return Settings(lab=tmp_path / "kein-labor", out=tmp_path / "out")


def test_a_grading_that_cannot_begin_says_why_and_a_new_server_finds_it(tmp_path: Path) -> None:
    runs = Runs(settings(tmp_path))
    assert runs.newest() is None and not runs.is_running()
    number = runs.start(tmp_path, shown="Abgaben", author="Mara")
    assert runs.is_running()
    with pytest.raises(UsageError, match="läuft schon"):
        runs.start(tmp_path, shown="Abgaben", author="Mara")
    # Another dashboard over the same results sees it too.
    assert Runs(settings(tmp_path)).is_running()
    assert runs.wait(120)
    for watching in (runs, Runs(settings(tmp_path))):
        run = watching.newest()
        assert run is not None and not run.alive and run.failed
        assert run.number == number
        assert "lab.toml" in run.state.error + run.said


def test_the_table_is_told_whenever_a_further_group_is_graded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = desk.office.runs
    code = "import time; time.sleep(60)"
    monkeypatch.setattr(runs, "_command", lambda *_, **__: [sys.executable, "-c", code])
    runs.start(desk.out, shown="x", author="y")
    client = desk.client()
    assert "Eine Bewertung läuft" in client.get("/").text
    quiet = client.get("/bewerten/stand?klein=1&gesehen=0")
    assert "hx-trigger" not in quiet.headers and "gesehen=0" in quiet.text
    line = {"event": "graded", "submission": HOSTILE, "points": 1.5, "max_points": 2.0}
    with (desk.out / ".gradings" / "1" / "events.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    told = client.get("/bewerten/stand?klein=1&gesehen=0")
    assert told.headers["hx-trigger"] == "graded" and "gesehen=1" in told.text
    assert "<script>" not in client.get("/bewerten/stand").text
    assert client.get("/bewerten/stand?klein=1&leer=1").headers["hx-refresh"] == "true"
    # It can be stopped from the page, and nothing else starts meanwhile.
    assert client.post("/bewerten/anhalten", data={"csrf": desk.csrf(client)}).status_code == 303
    assert runs.wait(30)
    over = client.get("/bewerten/stand?klein=1&gesehen=1")
    assert "zu Ende" in over.text and over.headers["hx-trigger"] == "graded"


def test_a_process_that_dies_leaves_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(settings(tmp_path))
    code = f"print('Ende <b>'); raise SystemExit(9) # {HOSTILE}"
    monkeypatch.setattr(runs, "_command", lambda *_, **__: [sys.executable, "-c", code])
    runs.start(tmp_path, shown="x", author="y")
    assert runs.wait(60)
    run = runs.newest()
    assert run is not None and run.failed and run.said == "Ende <b>"
    with pytest.raises(UsageError, match="läuft keine"):
        runs.stop()


def test_an_old_order_is_not_taken_for_a_process_of_today(tmp_path: Path) -> None:
    folder = tmp_path / "out" / ".gradings" / "3"
    folder.mkdir(parents=True)
    order = {"shown": "x", "author": "y", "pid": 1, "at": time.time() - 1e9, "source": "z"}
    (folder / "order.json").write_text(json.dumps(order))
    assert not Runs(settings(tmp_path)).is_running()
    (folder / "order.json").write_text("{")
    run = Runs(settings(tmp_path)).newest()
    assert run is not None and not run.alive


def test_an_interrupted_grading_goes_on_from_the_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, assistant = desk.client(), desk.client("assistant")
    sent = {"csrf": desk.csrf(client)}
    assert "Fortsetzen" not in client.get("/bewerten").text
    assert client.post("/bewerten/fortsetzen", data=sent).status_code == 400
    begun = Grading(submissions=f"/abgaben/{HOSTILE[:8]}", lab=str(desk.office.settings.lab))
    begin(desk.out, begun)
    for path in ("/bewerten", "/bewerten/stand"):
        shown = client.get(path).text
        assert "Die Bewertung von „&lt;script&gt;“ kam nicht zu ihrem Ende" in shown
        assert "Fortsetzen" in shown and "Fortsetzen" not in assistant.get(path).text
    asked: list[list[str]] = []
    given = desk.office.runs._command
    monkeypatch.setattr(
        desk.office.runs,
        "_command",
        lambda what, folder: asked.append(given(what, folder)) or [sys.executable, "-c", ""],
    )
    assert (
        assistant.post("/bewerten/fortsetzen", data={"csrf": desk.csrf(assistant)}).status_code
        == 403
    )
    assert client.post("/bewerten/fortsetzen", data=sent).status_code == 303
    (command,) = asked
    assert command[3:5] == ["grade", "--resume"] and "--lab" not in command
    assert command[command.index("--out") + 1] == str(desk.out)
    assert desk.office.runs.wait(30)
    end(desk.out, begun)
    assert "Fortsetzen" not in client.get("/bewerten").text
