"""The builder: what is committed is what it makes; what differs is reported."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.build import PARTS, PartMissingError, build_parts, compare_files, differences
from data.build.__main__ import main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"


@pytest.mark.parametrize("part", PARTS)
def test_rebuild_reproduces_the_committed_files(part: str) -> None:
    verdicts = differences([part], DATA)
    assert verdicts
    assert {f: v for f, v in verdicts.items() if v not in {"identical", "equivalent"}} == {}


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    first = build_parts(["sheet"], tmp_path / "a")
    second = build_parts(["sheet"], tmp_path / "b")
    assert [path.name for path in first] == [
        "datenblatt.csv",
        "patientenblatt.pdf",
        "patientenblatt.png",
    ]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_check_reports_a_changed_and_a_missing_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv = tmp_path / "datenblatt.csv"
    csv.write_bytes((DATA / "datenblatt.csv").read_bytes().replace(b"Feb 43", b"2.43"))
    shutil.copy(DATA / "patientenblatt.pdf", tmp_path)
    assert main(["sheet", "--check", "--out", str(tmp_path)]) == 1
    report = capsys.readouterr().out
    assert "datenblatt.csv: ANDERS" in report
    assert "patientenblatt.png: FEHLT" in report
    assert "patientenblatt.pdf: gleich" in report
    assert b";2.43" in csv.read_bytes(), "--check writes nothing"


def test_command_builds_into_a_new_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "data.build", "sheet", "--out", str(tmp_path / "neu")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "datenblatt.csv" in done.stdout
    written = (tmp_path / "neu" / "datenblatt.csv").read_bytes()
    assert written == (DATA / "datenblatt.csv").read_bytes()


def test_unknown_part_is_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "neu"
    assert main(["eeg", "--out", str(out)]) == 2
    assert "Unbekannter Teil „eeg“" in capsys.readouterr().err
    assert not out.exists()


def test_missing_module_of_a_known_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.build.PARTS", ("emg",))
    with pytest.raises(PartMissingError, match=r"„emg“ fehlt: data/build/emg\.py"):
        build_parts(["emg"], Path("unused"))


def test_compare_sees_content_behind_other_bytes(tmp_path: Path) -> None:
    values = np.arange(1000, dtype=np.uint8).reshape(10, 100)
    for name, save in (("a", np.savez), ("b", np.savez_compressed)):
        save(tmp_path / f"{name}.npz", x=values)
    assert compare_files(tmp_path / "a.npz", tmp_path / "a.npz") == "identical"
    assert compare_files(tmp_path / "a.npz", tmp_path / "b.npz") == "equivalent"
    np.savez(tmp_path / "c.npz", x=values[::-1])
    assert compare_files(tmp_path / "a.npz", tmp_path / "c.npz") == "different"
    np.savez(tmp_path / "d.npz", x=values.astype(np.int64))
    assert compare_files(tmp_path / "a.npz", tmp_path / "d.npz") == "different"
