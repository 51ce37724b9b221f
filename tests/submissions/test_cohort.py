"""The cohort graded with real kernels says of each group what an instructor would say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.model import Grade
from grader.pipeline import CohortResult

LABELS = Path(__file__).resolve().parents[2] / "submissions" / "labels.json"

# Grading all groups takes minutes, on a busy machine many.
pytestmark = [pytest.mark.kernel, pytest.mark.timeout(3600)]
Graded = tuple[CohortResult, Path]


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, object]]:
    return json.loads(LABELS.read_text("utf-8"))


def test_every_group_has_a_grade(
    graded_cohort: Graded, labels: dict[str, dict[str, object]]
) -> None:
    result, out = graded_cohort
    assert dict(result.failures) == {}
    assert list(result.grades) == list(labels)
    for name in labels:
        assert (out / name / "result.json").is_file()
        assert (out / name / "feedback.html").is_file()


def test_checks_agree_with_the_labels(
    graded_cohort: Graded, labels: dict[str, dict[str, object]]
) -> None:
    result, _ = graded_cohort
    misses = [
        miss
        for name, group in labels.items()
        for check, label in group["checks"].items()
        if (miss := _miss(result.grades[name], check, label))
    ]
    count = sum(len(group["checks"]) for group in labels.values())
    assert not misses, f"{len(misses)} of {count} labels missed:\n" + "\n".join(misses)


def test_problems_are_those_that_each_group_has(
    graded_cohort: Graded, labels: dict[str, dict[str, object]]
) -> None:
    result, _ = graded_cohort
    found = {name: sorted({p.kind for p in g.problems}) for name, g in result.grades.items()}
    assert found == {name: group["problems"] for name, group in labels.items()}


def test_profiles_are_chosen_by_the_code(
    graded_cohort: Graded, labels: dict[str, dict[str, object]]
) -> None:
    result, _ = graded_cohort
    found = {name: grade.provenance["profile"] for name, grade in result.grades.items()}
    assert found == {name: group["profile"] for name, group in labels.items()}


def test_flawless_groups_come_near_full_points(graded_cohort: Graded) -> None:
    result, _ = graded_cohort
    assert min(result.grades[f"gruppe0{n}"].points for n in (1, 2, 3)) >= 95


def test_released_notebooks_earn_next_to_nothing(graded_cohort: Graded) -> None:
    result, _ = graded_cohort
    assert result.grades["gruppe19"].points <= 3


def _miss(grade: Grade, check: str, label: dict[str, list[object]]) -> str:
    found = grade.check(check)
    low, high = label.get("points", (0, found.max_points))
    if found.status in label["status"] and low <= found.points <= high:
        return ""
    wanted = "/".join(label["status"]) + (f" {low}-{high}" if "points" in label else "")
    return (
        f"{grade.submission} {check}: {wanted} expected, found {found.status} {found.points:g} "
        f"of {found.max_points:g}: {found.message[:160]}"
    )
