"""A student's folder as it really is: half finished, misplaced, broken, with umlauts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from grader import cli, console, pipeline
from grader.engine.fresh import FreshEngine
from grader.errors import UsageError
from grader.own import OwnWork
from grader.selfcheck.description import DESCRIPTION
from tests.pocket import PocketEngine
from tests.selfcheck.kit import MINI, change
from tests.selfcheck.work import ROOT


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run ``grader …`` in this process; return code and what it said."""
    for name in ("_OUT", "_ERR"):
        made = Console(stderr=name == "_ERR", highlight=False, width=160)
        monkeypatch.setattr(console, name, made)

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["grader", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(end.value.code or 0), out + err

    return call


def look(*paths: Path, **options: object) -> OwnWork:
    engine = options.pop("engine", None) or PocketEngine()
    return pipeline.self_check(list(paths), engine=engine, **options)  # type: ignore[arg-type]


def states(own: OwnWork) -> dict[str, str]:
    return {t.id: t.state for t in own.report.tasks}


GOOD = {"kontrollfragen": "passed", "1a": "passed", "1b": "passed"}


def test_finished_work(work: Path) -> None:
    own = look(work)
    assert states(own) == GOOD and own.report.findings == ()


def test_the_kit_as_it_was_handed_out(kit: Path) -> None:
    own = look(kit / "abgabe")
    assert set(states(own).values()) == {"failed"}
    said = [f.text for t in own.report.tasks for f in t.findings]
    assert "»Aufgabe 1a: Mittelwert«: noch nicht bearbeitet." in said
    assert "Frage 1 ist leer." in said


def test_the_outer_folder_will_do(work: Path) -> None:
    assert states(look(work.parent)) == GOOD


def test_single_files(work: Path) -> None:
    assert states(look(work / "uebung.ipynb")) == {"1a": "passed", "1b": "passed"}
    engine = PocketEngine()
    own = look(work / "kontrollfragen.md", engine=engine)
    assert states(own) == {"kontrollfragen": "passed"} and engine.ran == []
    both = look(work / "uebung.ipynb", work / "kontrollfragen.md")
    assert states(both) == GOOD


def test_one_task(work: Path) -> None:
    assert states(look(work, task="1B")) == {"1b": "passed"}
    engine = PocketEngine()
    assert states(look(work, task="Fragen", engine=engine)) == {"kontrollfragen": "passed"}
    assert engine.ran == []
    (work / "uebung.ipynb").unlink()
    (gone,) = look(work, task="1a").report.tasks
    assert "uebung.ipynb fehlt oder ist nicht lesbar." in [f.text for f in gone.findings]


def test_no_data_folder(work: Path) -> None:
    shutil.rmtree(work.parent / "data")
    engine = PocketEngine()
    own = look(work, engine=engine)
    assert engine.ran == [] and own.report.ran is False
    assert "Der Ordner data mit den Daten des Praktikums fehlt" in own.report.findings[0].text
    # What needs no run is still said.
    assert "Alle Zellen mit Code sind da und bearbeitet." in repr(own.report)


def test_a_lab_by_its_own_folder_tells_no_more(work: Path) -> None:
    (work / DESCRIPTION).unlink()
    by_lab = pipeline.self_check([work], MINI, engine=PocketEngine())
    assert states(by_lab) == GOOD


def test_wrong_folders(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    empty = tmp_path / "leer"
    empty.mkdir()
    for path, lab, sentence in (
        (empty, None, "Hier fehlt die Datei selbsttest.json"),
        (empty, work, "liegt kein Notebook"),
        (work.parent / "data", work, "liegt kein Notebook"),
        (work, empty, "liegt weder selbsttest.json noch lab.toml"),
        (work / "weg.ipynb", None, "gibt es nicht"),
        (work / DESCRIPTION, None, "ist kein Notebook"),
    ):
        with pytest.raises(UsageError, match=sentence):
            pipeline.self_check([path], lab, engine=PocketEngine())
    shutil.copytree(work, work.parent / "abgabe-alt")
    with pytest.raises(UsageError, match=r"mehrere Ordner mit Notebooks \(abgabe, abgabe-alt\)"):
        look(work.parent)


def test_checkpoints_and_copies_do_no_harm(work: Path) -> None:
    folder = work / ".ipynb_checkpoints"
    folder.mkdir()
    shutil.copy(work / "uebung.ipynb", folder / "uebung-checkpoint.ipynb")
    change(work, "b-sum", source="summe = werte.sum()  # offen in Jupyter")
    assert states(look(work)) == GOOD
    shutil.copy(work / "uebung.ipynb", work / "uebung-Copy1.ipynb")
    own = look(work)
    assert states(own) == GOOD
    assert "uebung-Copy1.ipynb ist ein weiteres uebung" in own.report.findings[0].text


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"cells": 3}', '{"cells": [3, {"cell_type": 1, "source": {"a": 1}}]}'],
)
def test_broken_notebooks_are_named(work: Path, text: str) -> None:
    (work / "uebung.ipynb").write_text(text, encoding="utf-8")
    own = look(work)
    assert [f for f in own.report.findings if "uebung" in f.text] != []
    assert states(own)["kontrollfragen"] == "passed"


def test_metadata_and_ids_may_be_lost(work: Path) -> None:
    path = work / "uebung.ipynb"
    tree = json.loads(path.read_text("utf-8"))
    for cell in tree["cells"]:
        cell.pop("id")
        cell["metadata"] = {}
    path.write_text(json.dumps(tree), encoding="utf-8")
    assert states(look(work)) == GOOD


# --------------------------------------------------------------------------- as commands


def test_the_command_s_words_and_page(work: Path, command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)
    code, said = command("check", "--task", "fragen", "--html", "bericht ü.html")
    assert code == 0
    assert "✓ 1 von 1 Fragen sind beantwortet." in said and "bericht ü.html" in said
    page = Path("bericht ü.html").read_text("utf-8")
    assert "1 von 1 Fragen" in page and "<script" not in page
    code, said = command("check", "--task", "fragen", "--html", "protokoll.toml/x.html")
    assert code == 2 and "lässt sich nicht schreiben" in said


def test_hand_in_and_receipt_as_commands(
    work: Path, command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(work)
    code, said = command("submit", "--no-run")
    assert code == 0 and "Nichts fehlt" in said and "Darin: kontrollfragen.md" in said
    receipt = said.split("Quittung: ")[1].split()[0]
    code, said = command("receipt", "abgabe.zip", receipt.lower())
    assert code == 0 and "Die Quittung stimmt" in said
    code, said = command("receipt", "abgabe.zip", "0000-0000")
    assert code == 1 and "gehört nicht zu diesem Archiv" in said
    (work / "protokoll.toml").unlink()
    code, said = command("submit", "--no-run", "-o", str(work.parent / "zwei.zip"))
    assert code == 0 and "Vor der Abgabe ansehen" in said and "niemand eingetragen" in said
    code, said = command("submit", "--no-run", "-o", "/proc/zwei.zip")
    assert code == 2 and "Mit -o geht es an einen anderen Ort" in said
    assert ROOT not in work.parents


# --------------------------------------------------------------------------- in a real kernel


@pytest.mark.kernel
def test_stale_outputs_are_found_and_the_magic_is_silent(work: Path) -> None:
    def printed(text: str) -> list[dict]:
        return [{"output_type": "stream", "name": "stdout", "text": text}]

    change(work, "a-mean", outputs=printed("Mittelwert: 3.0\n"))
    change(work, "b-sum", outputs=printed("Summe: 777\n"))
    path = work / "uebung.ipynb"
    tree = json.loads(path.read_text("utf-8"))
    blank = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 0}
    tree["cells"][0:0] = [
        {**blank, "id": "a", "source": "%load_ext grader"},
        {**blank, "id": "b", "source": "%check 1a"},
    ]
    path.write_text(json.dumps(tree), encoding="utf-8")
    handed = pipeline.submit(work, work.parent / "abgabe.zip", engine=FreshEngine())
    (found,) = handed.findings
    assert found.text.startswith("uebung: In Zelle 9 steht eine andere Ausgabe")
    assert handed.examined.manifest.ran
    (run,) = handed.own.runs.values()
    assert all(c.status == "ok" for c in run.cells)
    assert [o for c in run.cells[:2] for o in c.outputs] == []
