"""Makes gradebook-0001.sqlite as the first version of the gradebook wrote it.

Run from the repository's root at a commit whose newest migration is 0001:
``python -m tests.cases.gradebook.make_v0001``. The file is committed; newer versions cannot make
it again, they must read it.
"""

from __future__ import annotations

from pathlib import Path

from grader.gradebook import Gradebook
from grader.lab import Lab
from grader.model import CheckResult, Grade, Problem, TaskGrade

HERE = Path(__file__).parent


def grade(name: str, points: float) -> Grade:
    """One group's grade: a text with a suggestion, and a value."""
    suggestion = {
        "concepts": [{"id": "summe", "label": "gewichtete Summe", "share": 0.5, "quotes": ["ä"]}],
        "misconceptions": [{"id": "linear", "label": "bleibt linear", "quote": "linear"}],
        "flags": [{"id": "very_short", "label": "sehr kurz"}],
        "words": 4,
    }
    checks = (
        CheckResult("q1", "needs_review", points, 2.0, 0.4, "Erkannt: Größe.", suggestion),
        CheckResult("q2", "failed", 0.0, 2.0, 1.0, "Keine Antwort gefunden.", {}),
    )
    return Grade(
        submission=name,
        lab="dl-bmt",
        points=points,
        max_points=4.0,
        status="needs_review",
        tasks=(TaskGrade("kontrollfragen", points, 4.0, checks),),
        problems=(Problem("timeout", "Zelle 4 lief zu lange.", "notebook1", 3),),
        provenance={"seconds": 1.5, "profile": "keras3", "versions": {"numpy": "2.0"}},
    )


def main() -> None:
    """Two groups; one is graded twice, with marks before and after."""
    path = HERE / "gradebook-0001.sqlite"
    path.unlink(missing_ok=True)
    lab = Lab.load("reference")
    with Gradebook(f"sqlite:///{path}") as book:
        book.record(lab, [grade("gruppe01", 1.0), grade("grüppe 02", 0.5)])
        book.mark("dl-bmt", "gruppe01", "q1", author="Betreuung", points=2.0, comment="gut")
        book.mark("dl-bmt", "gruppe01", "q1", author="Betreuung", comment="nur ein Wort dazu")
        book.record(lab, [grade("gruppe01", 1.5)])
        book.mark("dl-bmt", "gruppe01", "q2", author="Zweite", points=0.5)


if __name__ == "__main__":
    main()
