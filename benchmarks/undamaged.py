"""What must be true of a folder of results, however often its grading was killed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.gradebook import Gradebook
from grader.lab import Lab

__all__ = ["DamageError", "check_end", "check_sound", "marks", "results"]


class DamageError(AssertionError):
    """A kill cost something that it must not cost."""


def results(out: Path) -> dict[str, Any]:
    """Every result that is there, without what differs in every run; all must be readable."""
    found = {}
    for path in sorted(out.glob("*/result.json")):
        result = json.loads(path.read_bytes())
        found[path.parent.name] = {k: v for k, v in result.items() if k != "provenance"}
    return found


def marks(book: Gradebook, lab: Lab) -> list[tuple[str, str, float | None]]:
    """Every human mark, by group."""
    cohort = book.find_cohort(lab.id)
    if cohort is None:
        return []
    names = {g.id: g.name for g in book.groups(cohort.id)}
    return [(names[m.group], m.check, m.points) for m in book.history(cohort.id)]


def check_sound(out: Path, lab: Lab, made: Sequence[tuple[str, str, float | None]]) -> None:
    """Raise if the gradebook is damaged or a mark is gone."""
    file = out / "gradebook.sqlite"
    if not file.exists():
        if made:
            raise DamageError("the gradebook is gone")
        return
    with sqlite3.connect(file) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    if said != "ok":
        raise DamageError(said)
    with Gradebook(file) as book:
        if marks(book, lab) != list(made):
            raise DamageError("a human mark is gone")


def check_end(out: Path, lab: Lab, expected: dict[str, Any]) -> None:
    """Raise if a finished grading is another one than the undisturbed."""
    if results(out) != expected:
        raise DamageError("results differ from those of an undisturbed grading")
    with Gradebook(out / "gradebook.sqlite") as book:
        cohort = book.find_cohort(lab.id)
        if cohort is None:
            raise DamageError("the gradebook is empty")
        overview = book.overview(cohort.id, lab)
        automatic = {row.group.name: row.automatic for row in overview.rows}
        if automatic != {name: result["points"] for name, result in expected.items()}:
            raise DamageError("the gradebook has other automatic points")
        for row in overview.rows:
            if len(book.submission(row.group.id, lab).gradings) != 1:
                raise DamageError(f"{row.group.name} was recorded more than once")
        points = {row.group.name: row.points for row in overview.rows}
    table = (out / "grades.csv").read_text("utf-8-sig").splitlines()[1:]
    shown = {line.split(";")[0]: float(line.split(";")[1].replace(",", ".")) for line in table}
    if shown != points or not (out / "cohort.html").exists():
        raise DamageError("the table shows other points than the gradebook")
