"""Fixtures that several test folders share."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import pipeline

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes minutes, so that no worker waits for it at the end."""
    long = {i.path for i in items if "graded_cohort" in getattr(i, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def graded_cohort(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[pipeline.CohortResult, Path]:
    """The example cohort, graded for real with two kernels at a time: takes minutes.

    Returns
    -------
    result : CohortResult
    out : Path
        The folder with everything that ``grader grade`` writes.
    """
    out = tmp_path_factory.mktemp("cohort")
    result = pipeline.grade_cohort(ROOT / "submissions", ROOT / "reference", out, jobs=2)
    return result, out
