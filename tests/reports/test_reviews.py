"""What waits for a person comes in the order of its confidence, with the reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.model import CheckResult, Grade
from grader.reports.cohort import cohort_html
from grader.reports.reviews import reviews
from tests.reports.grades import cohort, reference_lab
from tests.reports.pages import Page


def changed(grade: Grade, check: str, **values: Any) -> Grade:
    def one(result: CheckResult) -> CheckResult:
        return replace(result, **values) if result.id == check else result

    tasks = tuple(replace(t, checks=tuple(one(c) for c in t.checks)) for t in grade.tasks)
    return replace(grade, tasks=tasks)


def test_the_least_certain_comes_first_and_says_why() -> None:
    first, second, *_ = cohort(reference_lab())
    flags = {"flags": [{"id": "x", "label": "lange <b>Antwort</b>, wenig erkannt"}, "no flag"]}
    unsure = changed(first, "q4", status="needs_review", confidence=0.05, details=flags)
    broken = changed(second, "q5", status="needs_review", confidence=0.04, details={"flags": 3})
    found = reviews([unsure, broken])
    assert [(r.check, r.confidence) for r in found[:2]] == [("q5", 0.04), ("q4", 0.05)]
    assert found[1].reasons == ("lange <b>Antwort</b>, wenig erkannt",)
    assert [r.confidence for r in found] == sorted(r.confidence for r in found)
    page = Page(cohort_html([unsure, broken], reference_lab()))
    assert "Zuerst durchsehen" in page.text
    assert "lange &lt;b&gt;Antwort" in page.source


def test_only_what_waits_is_listed_and_not_too_much() -> None:
    grades = cohort(reference_lab())
    waiting = sum(c.status == "needs_review" for g in grades for t in g.tasks for c in t.checks)
    assert len(reviews(grades, most=10_000)) == waiting
    assert len(reviews(grades, most=3)) == 3
