"""Gradings that are killed at random moments go on and end as if nothing had been."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.kill import pocket_cohort, warm_up
from benchmarks.undamaged import DamageError, check_end, check_sound, results
from grader.gradebook import Gradebook
from grader.lab import Lab

ROOT = Path(__file__).parents[1]


def test_killed_gradings_go_on_and_lose_nothing() -> None:
    """A few moments; ``python -m benchmarks.kill --times 50`` tries more, and the real thing."""
    # A process of its own, since it forks.
    command = [sys.executable, "-m", "benchmarks.kill", "--times", "6"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr[-2000:]
    found = re.search(r"(\d+) kills .* (\d+) gradings came to their end", shown.stdout)
    assert found and int(found[1]) == 6 and int(found[2]) >= 2, shown.stdout


def test_the_trial_notices_what_was_lost(tmp_path: Path) -> None:
    submissions, folder = pocket_cohort(tmp_path, 3)
    lab, out = Lab.load(folder), tmp_path / "out"
    warm_up(submissions, folder, out)
    expected = results(out)
    check_sound(out, lab, [])
    check_end(out, lab, expected)
    with pytest.raises(DamageError, match="mark is gone"):
        check_sound(out, lab, [("gruppe00", "1a.mean", 1.0)])
    with Gradebook(out / "gradebook.sqlite") as book:
        (cohort,) = book.cohorts("mini")
        book.mark(book.groups(cohort.id)[0].id, "1a.mean", author="A", points=0.5)
    check_sound(out, lab, [("gruppe00", "1a.mean", 0.5)])
    with pytest.raises(DamageError, match="table shows other points"):
        check_end(out, lab, expected)
    shutil.rmtree(out / "gruppe01")
    with pytest.raises(DamageError, match="results differ"):
        check_end(out, lab, expected)
    raw = bytearray((out / "gradebook.sqlite").read_bytes())
    raw[4096:8192] = b"x" * 4096
    (out / "gradebook.sqlite").write_bytes(bytes(raw))
    with pytest.raises((DamageError, sqlite3.DatabaseError)):
        check_sound(out, lab, [])
