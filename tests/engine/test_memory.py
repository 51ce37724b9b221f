"""How many kernels memory allows."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from grader.engine.memory import free_memory, kernels_that_fit, left_in_groups

GIB = 1 << 30


@pytest.mark.parametrize(
    ("free", "running", "fit"),
    [
        (9 * GIB, 0, 4),
        (1 * GIB, 0, 1),
        (0, 0, 1),
        # What runs may still grow to its limit of two: three are reserved for them.
        (9 * GIB, 3, 4),
        (7 * GIB, 3, 3),
        (2 * GIB, 3, 3),
    ],
)
def test_every_kernel_may_need_all_that_it_may_have(free: int, running: int, fit: int) -> None:
    assert kernels_that_fit(free, running, 2048) == fit


def test_free_memory_is_what_the_machine_has_at_most() -> None:
    assert 0 < free_memory() <= psutil.virtual_memory().total


def group(folder: Path, limit: str, used: int, kept: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon {used - kept}\ninactive_file {kept}\nslab 7\n")


def test_groups_around_a_process_limit_it(tmp_path: Path) -> None:
    group(tmp_path / "docker" / "x", "max", 300, 0)
    group(tmp_path / "docker", "1000", 700, 250)
    (tmp_path / "memory.stat").write_text("anon 1\n")
    assert list(left_in_groups(tmp_path, "/docker/x")) == [550]
    group(tmp_path / "docker" / "x", "400", 300, 0)
    assert list(left_in_groups(tmp_path, "/docker/x")) == [100, 550]


def test_a_group_elsewhere_limits_nothing(tmp_path: Path) -> None:
    assert list(left_in_groups(tmp_path, "/../../gibt-es-nicht")) == []
