"""How long the gradebook's answers take for a large cohort of generated results.

python -m benchmarks.gradebook --groups 500
python -m benchmarks.gradebook --groups 500 --gradebook postgresql+psycopg://user@host/empty
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.gradebook import Gradebook
from grader.lab import Lab
from grader.model import CheckResult, Grade, HandIn, TaskGrade

ROOT = Path(__file__).parents[1]


def generated(lab: Lab, name: str, chance: random.Random) -> Grade:
    """A grade with every check of the lab; free texts have a suggestion as rubrics make it."""
    tasks = []
    for task in lab.tasks:
        checks = []
        for spec in task.checks:
            share = chance.choice([0.0, 0.25, 0.5, 0.75, 1.0])
            words = " ".join(chance.choices(["Gewicht", "Summe", "Netz", "Bild", "Schicht"], k=30))
            concepts = [
                {"id": f"c{n}", "label": f"Gedanke {n}", "share": share, "quotes": [words[:60]]}
                for n in range(4)
            ]
            text = spec.kind == "text"
            details = {"concepts": concepts, "unread": [words]} if text else {"found": words}
            status = "needs_review" if text else "passed" if share == 1 else "partial"
            points = share * spec.points
            checks.append(CheckResult(spec.id, status, points, spec.points, 0.5, words, details))
        total = sum(c.points for c in checks)
        tasks.append(TaskGrade(task.id, total, task.points, tuple(checks)))
    points = sum(t.points for t in tasks)
    marks = {"profile": "keras3", "seconds": 60.0}
    return Grade(name, lab.id, points, lab.max_points, "needs_review", tuple(tasks), (), marks)


def timed(call: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Median milliseconds by the clock, and of this process's own computing."""
    taken = []
    for _ in range(times):
        began, computed = time.perf_counter(), time.process_time()
        call()
        taken.append((time.perf_counter() - began, time.process_time() - computed))
    clock, own = zip(*taken, strict=True)
    return 1000 * statistics.median(clock), 1000 * statistics.median(own)


def main(words: Sequence[str] | None = None) -> None:
    """Fill a gradebook and ask it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--marked", type=int, default=8, help="checks marked by hand")
    parser.add_argument("--gradebook", default="")
    given = parser.parse_args(words)
    lab, chance = Lab.load(ROOT / "reference"), random.Random(1)  # noqa: S311 - no secrets
    texts = [c.id for c in lab.checks.values() if c.kind == "text"]
    with tempfile.TemporaryDirectory(prefix="grader-book-") as name:
        grades = [generated(lab, f"gruppe{n:03d}", chance) for n in range(given.groups)]
        handed = {g.submission: HandIn(digest=g.submission) for g in grades}
        with Gradebook(given.gradebook or Path(name) / "gradebook.sqlite") as book:
            began = time.perf_counter()
            book.record(lab, grades, handed_in=handed)
            print(f"record: {1000 * (time.perf_counter() - began) / given.groups:.1f} ms a group")
            cohort = book.cohort(lab.id).id
            groups = {g.name: g.id for g in book.groups(cohort)}
            for check in texts[: given.marked]:
                book.mark_together(check, dict.fromkeys(groups.values()), author="A", points=0.5)
            group = groups["gruppe000"]

            def mark() -> None:
                book.mark(group, texts[0], author="A", points=1.0, comment="gut")

            def fresh_overview() -> None:
                book._overviews.clear()
                book.overview(cohort, lab)

            calls: dict[str, Callable[[], object]] = {
                "overview, anew": fresh_overview,
                "overview, unchanged": lambda: book.overview(cohort, lab),
                "submission": lambda: book.submission(group, lab),
                "answers": lambda: book.answers(cohort, texts[0]),
                "revision": lambda: book.revision(cohort),
                "mark": mark,
                "comments": lambda: book.comments(cohort, texts[0]),
                "suggestions": lambda: book.suggestions(cohort, "concept"),
                "decided": lambda: book.decided(cohort, lab),
                "grades": lambda: book.grades(cohort),
                "nothing to record": lambda: book.record(lab, grades, handed_in=handed),
            }
            for title, call in calls.items():
                clock, own = timed(call)
                print(f"{title}: {clock:.1f} ms, of these computing {own:.1f}")


if __name__ == "__main__":
    main()
