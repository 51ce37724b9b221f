"""The student kit and the reference as a submission folder."""

from __future__ import annotations

import io
import json
import os
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import LabError, UsageError
from grader.exchange.kit import (
    kit_archive,
    kit_files,
    kit_name,
    lab_given,
    lab_notebooks,
    lab_released,
    write_kit,
    write_solution,
)
from grader.exchange.source import released_cells
from grader.intake.align import align
from grader.intake.reader import parse_notebook
from grader.lab import Lab, Release

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.load(REFERENCE)


@pytest.fixture
def small(lab: Lab, tmp_path: Path) -> Lab:
    """The lab with a small data folder."""
    data = tmp_path / "labdata"
    for name in ("werte.csv", "build/gen.py", "README.md", "mrt/bild.npy", "__pycache__/x.pyc"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    return replace(lab, data=data, release=Release())


def test_kit_holds_notebooks_questions_particulars_and_data(small: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    files = write_kit(small, folder)
    assert sorted(p.name for p in files) == [
        "kontrollfragen.md",
        "notebook1.ipynb",
        "notebook2.ipynb",
        "notebook3.ipynb",
        "protokoll.toml",
        "selbsttest.json",
    ]
    assert {p.relative_to(folder / "data").as_posix() for p in (folder / "data").rglob("*.*")} == {
        "werte.csv",
        "mrt/bild.npy",
    }
    particulars = tomllib.loads((folder / "abgabe/protokoll.toml").read_text("utf-8"))
    filled = tomllib.loads((REFERENCE / "protokoll.toml").read_text("utf-8"))
    assert particulars["protokoll"].keys() == filled["protokoll"].keys()
    assert not any(particulars["protokoll"].values())
    questions = (folder / "abgabe/kontrollfragen.md").read_text("utf-8")
    for number, text in enumerate(small.questions, start=1):
        assert f"\n## {number}. {text}\n\n" in questions


def test_kit_holds_no_line_of_the_solution(small: Lab, tmp_path: Path) -> None:
    write_kit(small, tmp_path / "kit")
    released = set()
    for path in (tmp_path / "kit/abgabe").iterdir():
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join("".join(c["source"]) for c in json.loads(text)["cells"])
        released |= {line.strip() for line in text.splitlines()}
    hidden = {
        line.strip()
        for spec in small.notebooks
        for cell in released_cells((REFERENCE / spec.source).read_text("utf-8"))
        for line in cell.source_solution.splitlines()
        if line not in cell.source_student.splitlines()
    }
    answers = (REFERENCE / "kontrollfragen.md").read_text("utf-8").splitlines()
    hidden |= {line.strip() for line in answers if not line.startswith("#")}
    assert len(hidden) > 200
    # What a gap may share with its solution: structure that any notebook has.
    assert {line for line in hidden & released if line} <= {
        "# Gewichte",
        "# Schwellen",
        "img_data = load_oct()",
        "data",  # shows the table
    }


def test_what_is_not_named_is_not_handed_out(small: Lab, tmp_path: Path) -> None:
    named = replace(small, release=Release(files=("werte.csv",)))
    with pytest.raises(LabError, match=r"bild\.npy steht weder in \[release\] files"):
        kit_files(named)
    (small.data / "mrt" / "bild.npy").unlink()
    assert "data/werte.csv" in kit_files(named)


def test_an_archive_is_the_same_whenever_it_is_made(small: Lab, tmp_path: Path) -> None:
    files = kit_files(small)
    os.utime(small.data / "werte.csv", (0, 0))
    os.chmod(small.data / "werte.csv", 0o600)
    backwards = dict(reversed(kit_files(small).items()))
    archive = kit_archive(files, "mini")
    assert archive == kit_archive(backwards, "mini")
    with zipfile.ZipFile(io.BytesIO(archive)) as kit:
        infos = kit.infolist()
        assert [i.filename for i in infos] == sorted(f"mini/{name}" for name in files)
        assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.external_attr >> 16 for i in infos} == {0o100644}
        kit.extractall(tmp_path / "x")
    assert (tmp_path / "x/mini/data/werte.csv").read_bytes() == files["data/werte.csv"]


@pytest.mark.parametrize(
    ("group", "name"),
    [("", "dl-bmt"), ("Grüppe 07", "dl-bmt-Gruppe-07"), ("../../x", "dl-bmt-x"), ("☃", "dl-bmt")],
)
def test_a_kit_s_name_is_plain(lab: Lab, group: str, name: str) -> None:
    assert kit_name(lab, group) == name


def test_a_group_s_kit_says_whose_it_is(small: Lab) -> None:
    group = 'Grüppe "07" \\'
    files = kit_files(small, group=group, variant="abc123")
    particulars = tomllib.loads(files["abgabe/protokoll.toml"].decode())
    assert particulars["protokoll"]["gruppe"] == group
    readme = files["LIESMICH.md"].decode()
    assert f"Ausgabe für {group}. Ein Teil der Werte" in readme
    notebook = json.loads(files["abgabe/notebook1.ipynb"])
    assert notebook["metadata"]["grader"] == {"notebook": "notebook1", "variant": "abc123"}
    assert (
        "variant"
        not in json.loads(kit_files(small)["abgabe/notebook1.ipynb"])["metadata"]["grader"]
    )
    assert "Ausgabe für" not in kit_files(small)["LIESMICH.md"].decode()


@pytest.mark.parametrize("place", ["beside", "root", "uploaded", "unpacked", "nothing"])
def test_the_first_cell_finds_the_data(
    small: Lab, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    files = kit_files(small)
    cell = json.loads(files["abgabe/notebook1.ipynb"])["cells"][0]
    assert cell["metadata"] == {"grader": {"role": "start"}}
    archive = kit_archive(files, "dl-bmt")
    with zipfile.ZipFile(io.BytesIO(archive)) as kit:
        if place in ("beside", "root", "unpacked"):
            kit.extractall(tmp_path)
    if place == "uploaded":
        (tmp_path / "dl-bmt.zip").write_bytes(archive)
    start = {"beside": "dl-bmt/abgabe", "root": "dl-bmt"}.get(place, ".")
    monkeypatch.chdir(tmp_path / start)
    exec("".join(cell["source"]), {})  # noqa: S102
    said = capsys.readouterr().out
    if place == "nothing":
        assert "laden Sie zuerst die Datei dl-bmt.zip hoch" in said
        assert Path.cwd() == tmp_path
    else:
        assert said == ""
        assert Path.cwd() == tmp_path / "dl-bmt" / "abgabe"
        assert Path("../data/werte.csv").is_file()


def test_the_first_cell_is_no_part_of_the_lab(small: Lab) -> None:
    raw = kit_files(small)["abgabe/notebook1.ipynb"]
    read = parse_notebook(raw, "notebook1", "notebook1.ipynb")
    assert read.cells[0].kind == "raw" and read.cells[1].kind == "markdown"
    aligned = align(
        read, small, lab_released(small)["notebook1"], small.notebook_slots("notebook1")
    )
    assert aligned.missing == ()


def test_solution_is_a_submission_folder(lab: Lab, tmp_path: Path) -> None:
    write_solution(lab, tmp_path / "loesung")
    assert (tmp_path / "loesung/kontrollfragen.md").read_text("utf-8").count("\n## ") == 11
    notebook = json.loads((tmp_path / "loesung/notebook1.ipynb").read_text("utf-8"))
    assert any("set_weights" in "".join(c["source"]) for c in notebook["cells"])
    assert all(c.get("outputs", []) == [] for c in notebook["cells"])


def test_a_folder_in_use_is_not_overwritten(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "etwas.txt").write_text("wichtig")
    for write in (write_kit, write_solution):
        with pytest.raises(UsageError, match="nicht leer"):
            write(lab, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["etwas.txt"]


def test_a_source_under_another_name_is_refused(lab: Lab) -> None:
    first, second = lab.notebooks[:2]
    with pytest.raises(LabError, match="statt 'notebook1'"):
        lab_notebooks(replace(lab, notebooks=(replace(first, source=second.source),)))
    with pytest.raises(LabError, match="nicht lesbar"):
        lab_notebooks(replace(lab, notebooks=(replace(first, source="fehlt.py"),)))


def test_given_text_covers_every_slot(lab: Lab) -> None:
    assert set(lab_given(lab)) == set(lab.slot_by_id)


def test_released_cells_are_the_cells_of_the_notebooks(lab: Lab) -> None:
    released, built = lab_released(lab), lab_notebooks(lab)
    assert list(released) == list(built) == [n.name for n in lab.notebooks]
    for name, cells in released.items():
        assert [c.source_student for c in cells] == [c.source for c in built[name].student.cells]
        assert [c.id for c in cells] == [c.id for c in built[name].solution.cells]
