"""A full disk ends a grading with a German sentence; nothing is damaged, and it goes on later."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import FullError, StoreError
from grader.files import write_atomically
from grader.gradebook import Gradebook
from grader.lab import Lab
from tests.gradebook.build import LAB, filled
from tests.test_desk import FILES, GROUPS, Cohort

ROOT = Path(__file__).parents[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk: only root can mount one, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the space there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return ballast


def test_a_file_stays_what_it_was(small_disk: Path) -> None:
    path = small_disk / "sub" / "result.json"
    write_atomically(path, lambda f: f.write(b"alt"))
    ballast = fill(small_disk)
    with pytest.raises(FullError, match="Der Datenträger ist voll"):
        write_atomically(path, lambda f: f.write(b"neu" * 4000))
    assert path.read_bytes() == b"alt" and [p.name for p in path.parent.iterdir()] == [
        "result.json"
    ]
    ballast.unlink()
    write_atomically(path, lambda f: f.write(b"neu"), durable=True)
    assert path.read_bytes() == b"neu"


def test_a_gradebook_stays_what_it_was(small_disk: Path) -> None:
    with Gradebook(small_disk / "gradebook.sqlite") as book:
        cohort, groups = filled(book)
        group = groups["gruppe01"]
        book.mark(group, "1a.hand", author="A", points=1.0)
        ballast = fill(small_disk)
        with pytest.raises(StoreError, match="Der Datenträger ist voll"):
            for _ in range(200):
                book.mark(group, "1a.hand", author="A", points=2.0, comment="x" * 2000)
        with pytest.raises(StoreError, match="Sicherung"):
            book.back_up("probe")
        ballast.unlink()
        history = book.history(cohort)
        assert [m.version for m in history] == list(range(1, len(history) + 1))
        assert history[0].points == 1.0
        book.mark(group, "1a.hand", author="A", points=3.0)
        assert book.overview(cohort, LAB).rows[0].checks["1a.hand"].points == 3.0


def test_a_grading_ends_and_goes_on(small_disk: Path, tmp_path: Path) -> None:
    cohort = Cohort(tmp_path)
    whole = cohort.grade(protocol=False).grades
    needed = sum(p.stat().st_size for p in cohort.out.rglob("*") if p.is_file())
    for share in (0.02, 0.5, 0.9):
        cohort.out = small_disk / f"out{share}"
        ballast = fill(small_disk)
        with ballast.open("rb+") as file:
            file.truncate(ballast.stat().st_size - int(share * needed))
        with pytest.raises(StoreError, match="Der Datenträger ist voll"):
            cohort.grade(protocol=False)
        ballast.unlink()
        found = cohort.grade(protocol=False)
        assert found.grades == whole and found.failures == {}
        assert all((cohort.out / n / f).stat().st_size for n in GROUPS for f in FILES[:2])
        with Gradebook(cohort.out / "gradebook.sqlite") as book:
            rows = book.overview(book.cohort("mini").id, Lab.load(cohort.lab)).rows
            assert [r.group.name for r in rows] == sorted(GROUPS)
        shutil.rmtree(cohort.out)


def test_the_command_says_it_where_files_may_not_grow(tmp_path: Path) -> None:
    cohort = Cohort(tmp_path)
    code = f"""
        import sys
        from grader import cli, pipeline
        from tests.pocket import PocketEngine
        given = pipeline.grade_cohort
        def pocket(*words, **options):
            return given(*words, **options | {{"engine": PocketEngine(), "processes": 0}})
        pipeline.grade_cohort = pocket
        sys.argv = ["grader", "grade", {str(cohort.submissions)!r}, "--lab", {str(cohort.lab)!r},
                    "--out", {str(cohort.out)!r}, "--no-protocol"]
        cli.main()
    """
    # Enough for evidence and results; the gradebook needs more.
    shown = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000)),
    )
    assert shown.returncode == 2, shown.stderr
    assert "Fehler:" in shown.stderr and "Traceback" not in shown.stderr
    assert "Datenträger" in shown.stderr
    assert len(cohort.grade(protocol=False).grades) == len(GROUPS)
