"""Fixtures of the self-check's tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.selfcheck.kit import done, mini_kit


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small lab's kit as it is handed out; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("kits") / "kit"
    mini_kit(folder)
    return folder


@pytest.fixture
def work(kit: Path, tmp_path: Path) -> Path:
    """A finished working folder of one's own, far from any lab, with umlauts in its path."""
    shutil.copytree(kit, tmp_path / "Übung für Größe 7")
    return done(tmp_path / "Übung für Größe 7" / "abgabe")
