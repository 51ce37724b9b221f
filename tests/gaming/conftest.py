"""One warm engine runs all attempts that need a kernel; each test looks at its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gaming.honest import HONEST
from tests.gaming.networks import NETWORKS
from tests.gaming.runtime import RUNTIME
from tests.gaming.scene import Judged, judge, run_all, side_of

KERNEL = (*HONEST, *NETWORKS, *RUNTIME)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Every attempt's grade, by name; the honest notebook is the reference."""
    return play(tmp_path_factory.mktemp("data"))


def play(data: Path) -> dict[str, Judged]:
    """Run and judge all attempts."""
    (data / "werte.csv").write_text("1;2", encoding="utf-8")
    runs = run_all(KERNEL, data)
    reference = side_of(HONEST[0], runs[HONEST[0].name])
    return {a.name: judge(side_of(a, runs[a.name]), reference) for a in KERNEL}
