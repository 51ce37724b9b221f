"""The student kit and the reference as a submission folder."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import LabError, UsageError
from grader.exchange.kit import (
    lab_given,
    lab_notebooks,
    lab_released,
    write_kit,
    write_solution,
)
from grader.exchange.source import released_cells
from grader.lab import Lab

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
    return replace(lab, data=data)


def test_kit_holds_notebooks_questions_particulars_and_data(small: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "kit"
    files = write_kit(small, folder)
    assert sorted(p.name for p in files) == [
        "kontrollfragen.md",
        "notebook1.ipynb",
        "notebook2.ipynb",
        "notebook3.ipynb",
        "protokoll.toml",
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
