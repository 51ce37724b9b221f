"""Fixtures that several test folders share."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import pipeline

ROOT = Path(__file__).parents[1]


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
