"""Grades as tables for spreadsheets: an .xlsx with a sheet per task, a CSV per check."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.exchange.grades import Total
from grader.files import write_atomically, write_text
from grader.lab import Lab, Task
from grader.model import CheckResult, Grade
from grader.reports.table import STATUS_NAMES, formula_safe

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet as Sheet

__all__ = ["check_rows", "write_csv_folder", "write_xlsx"]

CHECK_STATUS = {
    "passed": "erreicht",
    "partial": "zum Teil",
    "failed": "nicht erreicht",
    "not_judged": "nicht beurteilt",
    "needs_review": "durchsehen",
}
_COLUMNS = (
    "Abgabe",
    "Mitglieder",
    "Aufgabe",
    "Prüfung",
    "Titel",
    "Punkte",
    "von",
    "Status",
    "Sicherheit",
    "Rückmeldung",
)
_LONGEST = 32_000
_WIDEST = 60
_OPEN_FILL = "FFF2CC"
_HEAD_FILL = "D9E2EC"
# What XML cannot hold.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def check_rows(
    grades: Sequence[Grade], lab: Lab, people: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """One row per submission and check, all cells text, numbers with a decimal comma."""
    rows = []
    for grade in grades:
        members = ", ".join(people.get(grade.submission, ()))
        for task in grade.tasks:
            for result in task.checks:
                spec = lab.checks.get(result.id)
                rows.append(
                    [
                        formula_safe(grade.submission),
                        formula_safe(members),
                        formula_safe(task.id),
                        formula_safe(result.id),
                        formula_safe(spec.title if spec else ""),
                        _comma(result.points),
                        _comma(result.max_points),
                        CHECK_STATUS[result.status],
                        _comma(result.confidence),
                        formula_safe(result.message),
                    ]
                )
    return rows


def write_csv_folder(
    grades: Sequence[Grade], lab: Lab, folder: Path, people: Mapping[str, Sequence[str]]
) -> list[Path]:
    """Write ``alle.csv`` and a file for each check.

    ``;`` between columns, quoted where needed, UTF-8 with the mark that Excel needs.
    """
    rows = check_rows(grades, lab, people)
    files = {"alle": rows}
    for row in rows:
        files.setdefault(re.sub(r"[^\w.-]+", "_", row[3]), []).append(row)
    written = []
    for name, part in files.items():
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        writer.writerows(part)
        path = folder / f"{name}.csv"
        write_text(path, "\ufeff" + text.getvalue())
        written.append(path)
    return written


def write_xlsx(
    grades: Sequence[Grade],
    lab: Lab,
    path: Path,
    people: Mapping[str, Sequence[str]],
    totals: Mapping[str, Total] | None = None,
) -> None:
    """Write a workbook: an overview, then a sheet per task with points and messages.

    Numbers are numbers. Text never becomes a formula. Points that wait for review are marked.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _overview(book.create_sheet("Übersicht"), grades, lab, people, totals or {})
    for task in lab.tasks:
        _task_sheet(book.create_sheet(_title(task.id, book.sheetnames)), grades, lab, task)
    write_atomically(path, book.save)


def _overview(
    sheet: Sheet,
    grades: Sequence[Grade],
    lab: Lab,
    people: Mapping[str, Sequence[str]],
    totals: Mapping[str, Total],
) -> None:
    heads = ["Abgabe", "Mitglieder", "Gesamt", "von", "Status", "offen"]
    heads += ["Prüfungen", "Zusatzpunkte", "Abzug", "Tage zu spät"]
    _head(sheet, [*heads, *(_task_head(t) for t in lab.tasks)])
    for number, grade in enumerate(grades, start=2):
        points = {t.id: t.points for t in grade.tasks}
        checks = [c for t in grade.tasks for c in t.checks]
        total = totals.get(grade.submission, Total(grade.points))
        _row(
            sheet,
            number,
            [
                grade.submission,
                ", ".join(people.get(grade.submission, ())),
                total.points,
                grade.max_points,
                STATUS_NAMES[grade.status],
                sum(c.status == "needs_review" for c in checks),
                grade.points,
                total.extra,
                total.deduction,
                total.late_days,
                *(points.get(t.id) for t in lab.tasks),
            ],
        )
    _finish(sheet)


def _task_sheet(sheet: Sheet, grades: Sequence[Grade], lab: Lab, task: Task) -> None:
    specs = [c for c in lab.checks.values() if c.task == task.id]
    heads = ["Abgabe", "Punkte", "von"]
    heads += [f"{s.id} (max. {_comma(s.points)})" for s in specs]
    heads += [f"{s.id} Rückmeldung" for s in specs]
    _head(sheet, heads)
    for number, grade in enumerate(grades, start=2):
        own = next((t for t in grade.tasks if t.id == task.id), None)
        results: dict[str, CheckResult] = {c.id: c for c in own.checks} if own else {}
        found = [results.get(s.id) for s in specs]
        _row(
            sheet,
            number,
            [
                grade.submission,
                own.points if own else None,
                own.max_points if own else None,
                *(c.points if c else None for c in found),
                *(f"{CHECK_STATUS[c.status]}: {c.message}" if c else None for c in found),
            ],
            [None, None, None, *(c is not None and c.status == "needs_review" for c in found)],
        )
    _finish(sheet)


def _task_head(task: Task) -> str:
    return f"{task.id} (max. {_comma(task.points)})"


def _title(wanted: str, taken: Sequence[str]) -> str:
    """A sheet's name: Excel allows 31 signs, some not at all, and no two alike."""
    clean = re.sub(r"[\[\]:*?/\\']", "_", wanted)[:28] or "Aufgabe"
    name, number = clean, 2
    while name.casefold() in {t.casefold() for t in taken}:
        name, number = f"{clean}_{number}", number + 1
    return name


def _head(sheet: Sheet, heads: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    _row(sheet, 1, heads)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_HEAD_FILL)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "B2"


def _row(
    sheet: Sheet, number: int, values: Sequence[Any], open_: Sequence[bool | None] = ()
) -> None:
    from openpyxl.styles import Alignment, PatternFill

    for column, value in enumerate(values, start=1):
        cell = sheet.cell(number, column)
        if isinstance(value, str):
            cell.value = _ILLEGAL.sub("\ufffd", value)[:_LONGEST]
            # openpyxl makes a formula of what begins with "=".
            cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=len(value) > _WIDEST)
        elif value is not None:
            cell.value = value
            cell.number_format = "General"
            cell.alignment = Alignment(vertical="top")
        if column <= len(open_) and open_[column - 1]:
            cell.fill = PatternFill("solid", fgColor=_OPEN_FILL)


def _finish(sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(sheet.iter_cols(), start=1):
        longest = max((len(str(c.value)) for c in column if c.value is not None), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(8, longest + 2))
    sheet.auto_filter.ref = sheet.dimensions


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")
