"""grades.csv: what a spreadsheet opens, with the right numbers and nothing it would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from grader.lab import Lab
from grader.messages import problem
from grader.model import Decided
from grader.reports.table import table_text, write_table
from tests.reports.grades import cohort, grade, reference_lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return reference_lab()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_numbers_are_those_of_the_grades(lab: Lab) -> None:
    grades = cohort(lab)
    found = rows(table_text(grades, lab))
    assert len(found) == len(grades)
    for row, made in zip(found, grades, strict=True):
        assert float(row["Punkte"].replace(",", ".")) == made.points
        tasks = [float(row[t.id].replace(",", ".")) for t in lab.tasks]
        checks = [float(row[i].replace(",", ".")) for i in lab.checks]
        assert sum(tasks) == sum(checks) == made.points
    assert found[1]["2a.values"] == "4,5"
    assert found[2]["Probleme"] == "missing_notebook"


def test_a_task_that_was_not_graded_stays_empty(lab: Lab) -> None:
    made = grade(lab, "gruppe01")
    part = replace(made, tasks=tuple(t for t in made.tasks if t.id == "2a"))
    (row,) = rows(table_text([part], lab))
    assert row["2a"] == "12" and row["1a"] == "" and row["1a.hand"] == ""


@pytest.mark.parametrize("name", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(lab: Lab, name: str) -> None:
    (row,) = rows(table_text([grade(lab, name)], lab))
    assert row["Abgabe"] == f"'{name}"


def test_separators_and_quotes_in_names_survive(lab: Lab) -> None:
    name = 'Müller; "A" & Söhne\nGruppe'
    (row,) = rows(table_text([grade(lab, name)], lab))
    assert row["Abgabe"] == name


def test_kinds_of_problems_are_named_once_and_sorted(lab: Lab) -> None:
    kinds = ("timeout", "missing_notebook", "timeout")
    values = {"seconds": 3}
    made = grade(lab, "a", problems=tuple(problem(k, "notebook1", 1, **values) for k in kinds))
    (row,) = rows(table_text([made], lab))
    assert row["Probleme"] == "missing_notebook, timeout"


def test_the_file_opens_in_a_german_spreadsheet(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    write_table(cohort(lab), lab, path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 only with this mark"
    heading = raw.decode("utf-8-sig").splitlines()[0].split(";")
    assert heading[:4] == ["Abgabe", "Punkte", "von", "Status"]
    assert heading[-5:] == ["Probleme", "Zusatzpunkte", "Tage verspätet", "Abzug", "Gesamt"]
    assert len(heading) == 9 + len(lab.tasks) + len(lab.checks)


def test_an_empty_cohort_is_a_heading(lab: Lab) -> None:
    assert rows(table_text([], lab)) == []


def test_what_was_decided_beside_the_checks_is_added(lab: Lab) -> None:
    made, other = grade(lab, "a"), grade(lab, "b")
    decided = {"a": Decided(extras=((2.0, "Vortrag"), (-0.5, "x")), late_days=3, deduction=1.5)}
    found = rows(table_text([made, other], lab, decided))
    names = ("Punkte", "Zusatzpunkte", "Tage verspätet", "Abzug", "Gesamt")
    assert [found[0][n] for n in names] == ["100", "1,5", "3", "1,5", "100"]
    assert [found[1][n] for n in names] == ["100", "0", "0", "0", "100"]
