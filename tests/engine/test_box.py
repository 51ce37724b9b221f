"""A run's folders, after a hostile kernel had them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.engine.base import Job
from grader.engine.box import MANY, Box
from grader.errors import EngineError


@pytest.fixture
def box(tmp_path: Path) -> Box:
    data = tmp_path / "data"
    (data / "unter").mkdir(parents=True)
    (data / "unter" / "werte.txt").write_text("7")
    (data / "geheim").mkdir()
    (data / "geheim" / "loesung.txt").write_text("42")
    (data / "verweis").symlink_to("/etc/hostname")
    job = Job(notebook="n", cells=(), data=str(data), data_exclude=("geheim",))
    return Box.furnish(tmp_path / "inner", tmp_path / "outer", job)


def dig(folder: Path, depth: int) -> None:
    """Make folders one in the other, deeper than any path can name."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_a_kernel_gets_a_copy_of_the_data_it_may_see(box: Box) -> None:
    found = sorted(p.relative_to(box.inner / "data") for p in (box.inner / "data").rglob("*"))
    assert found == [Path("unter"), Path("unter/werte.txt")]
    assert box.job.notebook == "n"
    assert box.outer.stat().st_mode & 0o77 == 0


def test_what_is_written_is_counted(box: Box) -> None:
    before, _ = box.written()
    (box.inner / "abgabe" / "a.bin").write_bytes(bytes(100_000))
    with (box.inner / "tmp" / "loch.bin").open("wb") as file:
        file.truncate(10**9)
    (box.inner / "home" / "verweis").symlink_to("/usr")
    after, _ = box.written()
    assert 100_000 <= after - before < 200_000


def test_folders_that_hide_their_content_count_as_too_many(box: Box) -> None:
    _, few = box.written()
    dig(box.inner / "abgabe", 100)
    _, many = box.written()
    assert few < 50 and many >= MANY


@pytest.mark.parametrize("depth", [5, 3000])
def test_everything_is_removed(box: Box, depth: int) -> None:
    dig(box.inner / "abgabe", depth)
    (box.inner / "abgabe" / "verweis").symlink_to(box.inner.parent / "data")
    (box.inner / "tmp" / "zu").mkdir()
    (box.inner / "tmp" / "zu" / "datei").touch()
    (box.inner / "tmp" / "zu").chmod(0)
    os.mkfifo(box.inner / "home" / "rohr")
    box.remove()
    assert not box.inner.exists() and not box.outer.exists()
    assert (box.inner.parent / "data" / "unter" / "werte.txt").exists()


def test_no_result_has_a_reason(box: Box) -> None:
    with pytest.raises(EngineError, match="ohne Meldung"):
        box.result()
    (box.outer / "driver.log").write_text("erste Zeile\nTraceback: letzte Zeile\n")
    with pytest.raises(EngineError, match="letzte Zeile"):
        box.result()
    (box.outer / "failed.txt").write_text("kein Kernel")
    with pytest.raises(EngineError, match="kein Kernel"):
        box.result()
