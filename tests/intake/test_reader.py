"""Reading submissions: every kind of bad input ends as a problem, never as an exception."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from grader.errors import UsageError
from grader.exchange.kit import lab_notebooks, lab_released, write_solution
from grader.exchange.source import to_bytes
from grader.intake.content import resemblance
from grader.intake.files import Source, find_sources
from grader.intake.reader import read_submission
from grader.lab import Lab
from grader.model import Submission

LAB = Lab.load(Path(__file__).parents[2] / "reference")
RELEASED = lab_released(LAB)
NOTEBOOKS = {name: to_bytes(v.solution) for name, v in lab_notebooks(LAB).items()}


def read(path: Path) -> Submission:
    (source,) = find_sources(path)
    return read_submission(source, LAB, RELEASED)


def kinds(submission: Submission) -> list[str]:
    return sorted(p.kind for p in submission.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    write_solution(LAB, tmp_path / "gruppe01")
    yield tmp_path / "gruppe01"


def test_solution_is_read_whole(folder: Path) -> None:
    found = read(folder)
    assert found.id == "gruppe01"
    assert list(found.notebooks) == ["notebook1", "notebook2", "notebook3"]
    assert sorted(found.answers) == list(range(1, 12))
    assert found.particulars.participants
    assert found.problems == ()


def test_missing_files(folder: Path) -> None:
    (folder / "notebook2.ipynb").unlink()
    (folder / "kontrollfragen.md").unlink()
    (folder / "protokoll.toml").unlink()
    found = read(folder)
    assert kinds(found) == ["missing_answers", "missing_notebook"]
    assert list(found.notebooks) == ["notebook1", "notebook3"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "leer"),
        (b"   \n", "leer"),
        (NOTEBOOKS["notebook1"][:3000], "abgeschnitten"),
        (b"hello", "JSON"),
        (b"[1, 2]", "kein Jupyter-Notebook"),
        (b'{"cells": 5}', "kein Jupyter-Notebook"),
        (b"\xff\xfe\x00\x01 binary", "UTF-8"),
        (b"[" * 300_000, "JSON"),
    ],
)
def test_corrupt_notebook(folder: Path, raw: bytes, reason: str) -> None:
    (folder / "notebook1.ipynb").write_bytes(raw)
    found = read(folder)
    assert kinds(found) == ["corrupt_notebook"]
    assert reason in found.problems[0].message
    assert found.problems[0].notebook == "notebook1"
    assert list(found.notebooks) == ["notebook2", "notebook3"]


@pytest.mark.parametrize(
    "name",
    ["Notebook 1.ipynb", "notebook1 (Kopie).ipynb", "NOTEBOOK_1.ipynb", "grün/notebook1.ipynb"],
)
def test_similar_names_are_understood(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "notebook1.ipynb").rename(folder / name)
    found = read(folder)
    assert "notebook1" in found.notebooks
    assert kinds(found) == []


def test_other_names_are_matched_by_content(folder: Path) -> None:
    (folder / "notebook1.ipynb").rename(folder / "Übung Müller final.ipynb")
    (folder / "notebook2.ipynb").rename(folder / "teil b.ipynb")
    found = read(folder)
    assert sorted(found.notebooks) == ["notebook1", "notebook2", "notebook3"]
    assert kinds(found) == ["renamed_notebook", "renamed_notebook"]


def test_swapped_names_are_matched_by_content(folder: Path) -> None:
    (folder / "notebook1.ipynb").rename(folder / "x.ipynb")
    (folder / "notebook2.ipynb").rename(folder / "notebook1.ipynb")
    (folder / "x.ipynb").rename(folder / "notebook2.ipynb")
    found = read(folder)
    assert any("set_weights" in c.source for c in found.notebooks["notebook1"].cells)
    assert any("load_oct" in c.source for c in found.notebooks["notebook2"].cells)


def test_foreign_and_duplicate_notebooks(folder: Path) -> None:
    foreign = {"cells": [{"cell_type": "code", "source": "import os\nprint('Hallo Welt')"}]}
    (folder / "anderes labor.ipynb").write_text(json.dumps(foreign), encoding="utf-8")
    (folder / "notebook1-alt.ipynb").write_bytes(NOTEBOOKS["notebook1"])
    found = read(folder)
    assert kinds(found) == ["duplicate_notebook", "foreign_notebook"]
    assert found.notebooks["notebook1"].file == "notebook1.ipynb"


def test_old_format_and_odd_cells(folder: Path) -> None:
    tree = json.loads(NOTEBOOKS["notebook3"])
    tree["cells"] += [5, None, {"cell_type": "code"}, {"source": ["a", "b"]}, {"cell_type": 3}]
    (folder / "notebook3.ipynb").write_text(json.dumps(tree), encoding="utf-8-sig")
    old = nbformat.convert(nbformat.reads(NOTEBOOKS["notebook1"].decode(), 4), 3)
    (folder / "notebook1.ipynb").write_text(nbformat.writes(old, version=3), encoding="utf-8")
    found = read(folder)
    assert sorted(found.notebooks) == ["notebook1", "notebook2", "notebook3"]
    assert kinds(found) == []


def test_answers_in_other_encodings(folder: Path) -> None:
    text = (folder / "kontrollfragen.md").read_text("utf-8")
    expected = read(folder).answers
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        (folder / "kontrollfragen.md").write_bytes(text.encode(encoding, "replace"))
        found = read(folder)
        assert sorted(found.answers) == sorted(expected)
        assert "ü" in "".join(found.answers.values())
        assert kinds(found) == ([] if encoding == "utf-8-sig" else ["answers_encoding"])


def test_answers_as_notebook(folder: Path) -> None:
    text = (folder / "kontrollfragen.md").read_text("utf-8")
    (folder / "kontrollfragen.md").unlink()
    cells = [{"cell_type": "markdown", "source": part} for part in text.split("\n\n")]
    (folder / "Kontrollfragen.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    found = read(folder)
    assert sorted(found.answers) == list(range(1, 12))
    assert kinds(found) == []


@pytest.mark.parametrize("raw", [b"\xff", b"[protokoll", b"protokoll = 5", b"[x]\ny = 1"])
def test_odd_particulars(folder: Path, raw: bytes) -> None:
    (folder / "protokoll.toml").write_bytes(raw)
    found = read(folder)
    assert found.particulars.participants == ()
    assert len(found.notebooks) == 3


def test_planted_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "geheim.md"
    secret.write_text("## 1. x\ngeheim", "utf-8")
    (folder / "kontrollfragen.md").unlink()
    (folder / "kontrollfragen.md").symlink_to(secret)
    assert read(folder).answers == {}


# --------------------------------------------------------------------------- archives


def zip_of(folder: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, prefix + path.name)
    return target


@pytest.mark.parametrize("prefix", ["", "gruppe01/", "außen/innen/"])
def test_archive_of_one_submission(folder: Path, tmp_path: Path, prefix: str) -> None:
    found = read(zip_of(folder, tmp_path / "abgabe.zip", prefix))
    assert (found.id, len(found.notebooks), found.problems) == ("abgabe", 3, ())


def test_archive_of_a_cohort(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "alle.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name in ("gruppe01", "gruppe02"):
            archive.write(folder / "notebook1.ipynb", f"alle/{name}/notebook1.ipynb")
    assert [s.id for s in find_sources(target)] == ["gruppe01", "gruppe02"]
    assert list(read_submission(find_sources(target)[1], LAB, RELEASED).notebooks) == ["notebook1"]


def test_archive_of_archives(folder: Path, tmp_path: Path) -> None:
    inner = zip_of(folder, tmp_path / "gruppe01.zip")
    target = tmp_path / "alle.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.write(inner, "abgaben/gruppe01.zip")
        archive.writestr("abgaben/gruppe02.zip", b"PK cut")
    first, second = (read_submission(s, LAB, RELEASED) for s in find_sources(target))
    assert (first.id, len(first.notebooks), first.problems) == ("gruppe01", 3, ())
    assert second.id == "gruppe02"
    assert "corrupt_archive" in kinds(second)


def test_paths_out_of_an_archive_are_ignored(folder: Path, tmp_path: Path) -> None:
    target = zip_of(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("../../etc/notebook1.ipynb", "{}")
        archive.writestr("/etc/notebook2.ipynb", "{}")
    found = read(target)
    assert kinds(found) == ["unsafe_archive", "unsafe_archive"]
    assert len(found.notebooks) == 3
    assert not (tmp_path.parent / "etc").exists()


def test_zip_bomb_is_not_unpacked(folder: Path, tmp_path: Path) -> None:
    target = zip_of(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("notebook1-riesig.ipynb", "w", force_zip64=True) as file:
            for _ in range(200):
                file.write(b"\0" * 1_000_000)
    found = read(target)
    assert kinds(found) == ["archive_too_large"]
    assert len(found.notebooks) == 3


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 cut", b"no zip"])
def test_broken_archive(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(raw)
    found = read(tmp_path / "a.zip")
    assert "corrupt_archive" in kinds(found)
    assert not found.notebooks


# --------------------------------------------------------------------------- cohorts


def test_cohort_folder(folder: Path, tmp_path: Path) -> None:
    zip_of(folder, tmp_path / "gruppe01.zip")
    zip_of(folder, tmp_path / "grüppe 02.zip")
    (tmp_path / "labels.json").write_text("{}")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "leer").mkdir()
    assert [s.id for s in find_sources(tmp_path)] == ["gruppe01", "gruppe01-2", "grüppe 02"]


def test_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    for path in (tmp_path / "missing", tmp_path / "x.txt", tmp_path):
        with pytest.raises(UsageError):
            find_sources(path)


def test_source_inside_archive_is_limited_to_its_folder(folder: Path, tmp_path: Path) -> None:
    target = zip_of(folder, tmp_path / "a.zip", "gruppe01/")
    empty = read_submission(Source("x", target, "gruppe0"), LAB, RELEASED)
    assert not empty.notebooks


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_reading_does_not_depend_on_the_order_of_sets(seed: str) -> None:
    """Strings hash anew in each process; the resemblance to the lab's notebooks must not."""
    code = (
        "from pathlib import Path; from grader.grading import Bench;"
        "from grader.intake.content import resemblance; from grader.intake.files import Source;"
        "from grader.intake.reader import read_submission; bench = Bench.open(Path('reference'));"
        "source = Source('x', Path('submissions/gruppe18'));"
        "found = read_submission(source, bench.lab, bench.released).notebooks;"
        "print([resemblance(n, bench.released[k]) for k, n in found.items()])"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True
    )
    found = read_submission(Source("x", root / "submissions" / "gruppe18"), LAB, RELEASED)
    scores = [resemblance(n, RELEASED[k]) for k, n in found.notebooks.items()]
    assert len(scores) == 3
    assert json.loads(shown.stdout) == scores
