"""``grades.csv``: one row per submission, for a spreadsheet in German."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.files import write_text
from grader.lab import Lab
from grader.model import Decided, Grade

__all__ = ["STATUS_NAMES", "formula_safe", "table_text", "write_table"]

STATUS_NAMES = {
    "graded": "bewertet",
    "needs_review": "durchsehen",
    "not_gradable": "nicht bewertbar",
}


def table_text(
    grades: Sequence[Grade], lab: Lab, decided: Mapping[str, Decided] | None = None
) -> str:
    """The table as CSV: ``;`` between columns, decimal comma, a row of headings.

    The last columns are what was ``decided`` beside the checks, by submission, and the total.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            *("Abgabe", "Punkte", "von", "Status"),
            *(t.id for t in lab.tasks),
            *lab.checks,
            *("Probleme", "Zusatzpunkte", "Tage verspätet", "Abzug", "Gesamt"),
        ]
    )
    for grade in grades:
        tasks = {t.id: t.points for t in grade.tasks}
        checks = {c.id: c for t in grade.tasks for c in t.checks}
        row: list[str] = [
            formula_safe(grade.submission),
            _number(grade.points),
            _number(grade.max_points),
        ]
        row.append(STATUS_NAMES[grade.status])
        row += [_number(tasks.get(t.id)) for t in lab.tasks]
        row += [_number(checks[i].points if i in checks else None) for i in lab.checks]
        row.append(formula_safe(", ".join(sorted({p.kind for p in grade.problems}))))
        more = (decided or {}).get(grade.submission, Decided())
        row += [_number(v) for v in (more.extra, more.late_days, more.deduction)]
        row.append(_number(more.total(grade.points)))
        writer.writerow(row)
    return file.getvalue()


def write_table(
    grades: Sequence[Grade],
    lab: Lab,
    path: Path,
    decided: Mapping[str, Decided] | None = None,
) -> None:
    """Write :func:`table_text` as UTF-8 with a byte order mark, which Excel needs."""
    write_text(path, "\ufeff" + table_text(grades, lab, decided))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}".replace(".", ",")


def formula_safe(text: str) -> str:
    """Text for a CSV cell that no spreadsheet runs: with an apostrophe before such a sign."""
    # Full-width signs and leading blanks do it too in some programs.
    risky = text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in tuple("=+-@＝＋－＠")
    return f"'{text}" if risky else text
