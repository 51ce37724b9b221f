"""Moodle's .zip is graded as it is, where hand-ins are simple."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake.files import find_sources, open_source
from tests.exchange.moodle import download, packed, task

FILE = "_assignsubmission_file_"


def read(path: Path) -> dict[str, list[str]]:
    return {s.id: [f.path for f in open_source(s)[0] if f.read()] for s in find_sources(path)}


def test_folders_and_archives_of_a_download(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip",
        {
            f"Änne Übermut_1{FILE}/notebook1.ipynb": task(),
            f"Änne Übermut_1{FILE}/unter/notebook2.ipynb": task("x = 2"),
            f"Änne Übermut_1{FILE}/bild.png": b"png",
            "Änne Übermut_1_assignsubmission_onlinetext_/onlinetext.html": b"<p>Text</p>",
            f"Max Müller_2{FILE}/abgabe.zip": packed({"notebook1.ipynb": task()}),
            f"Max Müller_3{FILE}/abgabe.zip": packed({"notebook1.ipynb": task()}),
        },
    )
    assert read(path) == {
        "Max Müller_2": ["notebook1.ipynb"],
        "Max Müller_3": ["notebook1.ipynb"],
        "Änne Übermut_1": ["notebook1.ipynb", "unter/notebook2.ipynb"],
    }


def test_unpacked_downloads_have_the_same_names(tmp_path: Path) -> None:
    for name in ("Max Müller_2", "Max Müller_3"):
        (tmp_path / f"{name}{FILE}").mkdir()
        (tmp_path / f"{name}{FILE}" / "notebook1.ipynb").write_bytes(task())
    assert set(read(tmp_path)) == {"Max Müller_2", "Max Müller_3"}


@pytest.mark.parametrize(
    "files",
    [
        {f"A_1{FILE}notebook1.ipynb": task()},
        {f"A_1{FILE}/a.zip": packed({"x": b""}), f"A_1{FILE}/notebook1.ipynb": task()},
        {f"A_1{FILE}/a.zip": packed({"x": b""}), f"A_1{FILE}/b.zip": packed({"x": b""})},
    ],
)
def test_others_are_to_be_imported_first(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match="grader import"):
        find_sources(download(tmp_path / "kurs.zip", files))
