"""What leaves for Moodle, Excel and other programs is what the gradebook holds."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from grader.errors import UsageError
from grader.exchange.book import note_import, open_book, read_results_of, with_book
from grader.exchange.feedback import Parcel, feedback_folder, write_feedback
from grader.exchange.grades import CAPPED, LOCKED, NOT_GRADED, OPEN, SEVERAL, Total, fill_in
from grader.exchange.importing import import_downloads
from grader.exchange.parcels import parcels_for
from grader.exchange.roster import Entry, Member, Roster
from grader.exchange.sheets import check_rows, write_csv_folder, write_xlsx
from grader.exchange.worksheet import Worksheet, read_worksheet
from grader.gradebook import Gradebook
from grader.intake.moodle import moodle_name
from grader.model import Grade
from grader.reports.table import formula_safe
from tests.exchange.moodle import PEOPLE, download, task, worksheet
from tests.gradebook.build import LAB
from tests.reports.grades import cohort, grade, reference_lab

REFERENCE = reference_lab()
ROSTER = Roster(
    submissions={
        "Gruppe 1_11": Entry(
            who="Gruppe 1", id="11", members=(Member(id="1000001"), Member(id="1000002"))
        ),
        "Gruppe 2_12": Entry(
            who="Gruppe 2", id="12", members=(Member(id="1000003"), Member(id="1000004"))
        ),
    }
)


def sheet(tmp_path: Path, **options: object) -> Worksheet:
    path = tmp_path / "Bewertungen.csv"
    path.write_text(worksheet(**options), "utf-8")  # type: ignore[arg-type]
    return read_worksheet(path)


def done(name: str, points: float = 71.5) -> Grade:
    return replace(grade(REFERENCE, name), points=points, status="graded")


def points(exported: object) -> dict[str, float | None]:
    return {g.row.id: g.points for g in exported.given}  # type: ignore[attr-defined]


# ------------------------------------------------------------------ the worksheet


def test_every_member_gets_the_group_s_grade(tmp_path: Path) -> None:
    grades = {"Gruppe 1_11": done("Gruppe 1_11"), "Gruppe 2_12": done("Gruppe 2_12", 33.25)}
    exported = fill_in(sheet(tmp_path), grades, ROSTER)
    assert points(exported) == {
        "1000001": 71.5,
        "1000002": 71.5,
        "1000003": 33.25,
        "1000004": 33.25,
        "1000005": None,
    }
    assert exported.given[4].note == NOT_GRADED
    rows = list(csv.reader(exported.sheet.encoded().decode("utf-8-sig").splitlines()))
    assert [row[5] for row in rows] == ["Bewertung", "71,50", "71,50", "33,25", "33,25", ""]
    assert rows[1][10].startswith("<p>71,5 von 100 Punkten</p>")


def test_groups_are_found_by_name_without_a_roster(tmp_path: Path) -> None:
    grades = {"Gruppe 1": done("Gruppe 1"), "Max Müller_1000003": done("x", 10), "Z": done("Z")}
    exported = fill_in(sheet(tmp_path), grades, Roster())
    assert points(exported) == {
        "1000001": 71.5,
        "1000002": 71.5,
        "1000003": 10.0,
        "1000004": None,
        "1000005": None,
    }
    assert exported.nobody == ("Z",)


def test_a_group_s_number_is_no_participant(tmp_path: Path) -> None:
    exported = fill_in(sheet(tmp_path), {"Gruppe 2_1000001": done("x", 5)}, Roster())
    assert [n for n, p in points(exported).items() if p] == ["1000003", "1000004"]


def test_what_is_not_entered_is_said(tmp_path: Path) -> None:
    waiting = replace(done("Gruppe 1_11"), status="needs_review")
    twice = Roster(
        submissions={
            **ROSTER.submissions,
            "noch einmal": Entry(who="x", members=(Member(id="1000003"),)),
        }
    )
    grades = {
        "Gruppe 1_11": waiting,
        "Gruppe 2_12": done("Gruppe 2_12"),
        "noch einmal": done("noch einmal"),
    }
    exported = fill_in(sheet(tmp_path), grades, twice)
    assert [g.note for g in exported.given] == [OPEN, OPEN, SEVERAL, "", NOT_GRADED]
    assert points(fill_in(sheet(tmp_path), grades, twice, open_too=True))["1000001"] == 71.5
    locked = fill_in(sheet(tmp_path, changeable="Nein"), grades, ROSTER)
    assert {g.note for g in locked.given[3:4]} == {LOCKED}
    assert locked.sheet.encoded() == sheet(tmp_path, changeable="Nein").encoded()


def test_another_best_grade_is_not_taken_silently(tmp_path: Path) -> None:
    grades = {"Gruppe 1_11": done("Gruppe 1_11")}
    small = sheet(tmp_path, best="20,00")
    with pytest.raises(UsageError, match="--scale"):
        fill_in(small, grades, ROSTER)
    assert points(fill_in(small, grades, ROSTER, scale=True))["1000001"] == 14.3


def test_extra_points_and_late_days_count(tmp_path: Path) -> None:
    grades = {"Gruppe 1_11": done("Gruppe 1_11", 99), "Gruppe 2_12": done("Gruppe 2_12")}
    totals = {"Gruppe 1_11": Total(103.0, 4.0), "Gruppe 2_12": Total(65.5, 0.0, 6.0, 3)}
    exported = fill_in(sheet(tmp_path), grades, ROSTER, totals=totals)
    assert (exported.given[0].points, exported.given[0].note) == (100.0, CAPPED)
    assert exported.given[2].points == 65.5
    assert "Abzug: 6 (3 Tage zu spät)" in next(
        r.comment for r in exported.sheet.rows() if r.id == "1000003"
    )


def test_scales_of_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "skala.csv"
    path.write_text(worksheet().replace("Bestwertung", "Skala"), "utf-8")
    with pytest.raises(UsageError, match="Skala"):
        fill_in(read_worksheet(path), {}, Roster())


# ------------------------------------------------------------------ feedback


def test_feedback_lies_under_each_member_s_number(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for name in ("Gruppe 1_11", "Gruppe 2_12"):
        (results / name).mkdir(parents=True)
        (results / name / "feedback.html").write_text(name, "utf-8")
    (results / "Gruppe 1_11" / "protokoll.pdf").write_bytes(b"%PDF")
    grades = {"Gruppe 1_11": done("Gruppe 1_11"), "Gruppe 2_12": done("Gruppe 2_12")}
    exported = fill_in(sheet(tmp_path), grades, ROSTER)
    parcels, lacking = parcels_for(exported.given, results)
    assert lacking == ["Gruppe 2_12/protokoll.pdf"]
    written = write_feedback(parcels, tmp_path / "feedback.zip")
    with zipfile.ZipFile(written[0]) as archive:
        names = archive.namelist()
        assert archive.read(names[0]).decode() == "Gruppe 1_11"
    assert "Änne Übermut_1000001_assignsubmission_file_/feedback.html" in names
    assert len(names) == 6
    assert {moodle_name(n.split("/")[0]).id for n in names} == {p[0] for p in PEOPLE[:4]}  # type: ignore[union-attr]


def test_a_large_feedback_is_split_and_old_parts_go(tmp_path: Path) -> None:
    file = tmp_path / "feedback.html"
    file.write_bytes(b"x" * 1000)
    (tmp_path / "feedback-alt.zip").write_bytes(b"bleibt")
    parcels = [Parcel(str(n), f"A {n}", (file,)) for n in range(5)]
    target = tmp_path / "feedback.zip"
    assert [p.name for p in write_feedback(parcels, target, 2500)] == [
        "feedback-1.zip",
        "feedback-2.zip",
        "feedback-3.zip",
    ]
    assert write_feedback(parcels, target) == [target]
    assert sorted(p.name for p in tmp_path.glob("*.zip")) == ["feedback-alt.zip", "feedback.zip"]
    assert write_feedback([], target) == []


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_name_gives_a_folder_that_moodle_understands(name: str) -> None:
    folder = feedback_folder(name, "1234567")
    # What Moodle itself does with it.
    parts = folder.split("_", 4)
    assert parts[1:] == ["1234567", "assignsubmission", "file", ""]
    assert "/" not in folder and "\\" not in folder and len(folder.encode()) < 200


# ------------------------------------------------------------------ spreadsheets


def test_a_workbook_as_its_reader_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "noten.xlsx"
    grades = cohort(REFERENCE)
    write_xlsx(grades, REFERENCE, path, {"gruppe01": ("Änne Übermut", "=HYPERLINK(1)")})
    book = load_workbook(path)
    assert book.sheetnames == ["Übersicht", *(t.id for t in REFERENCE.tasks)]
    overview = book["Übersicht"]
    heads = [c.value for c in overview[1]]
    assert heads[:4] == ["Abgabe", "Mitglieder", "Gesamt", "von"]
    assert overview["A2"].value == "gruppe01" and overview["C2"].value == 100
    for sheet in book:
        assert sheet.freeze_panes == "B2" and sheet["A1"].font.bold
        assert sheet.column_dimensions["A"].width >= 8
        cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
        assert not [c for c in cells if c.data_type == "f"]
    task_sheet = book["1a"]
    assert task_sheet["D1"].value == "1a.hand (max. 3)"
    assert task_sheet["D2"].data_type == "n"
    assert overview["A5"].value.startswith("=1+1")
    texts = [c.value for c in task_sheet[5] if isinstance(c.value, str)]
    assert any("<script>" in t and "\x00" not in t for t in texts)


def test_csv_per_check(tmp_path: Path) -> None:
    grades = cohort(REFERENCE)
    written = write_csv_folder(grades, REFERENCE, tmp_path / "csv", {})
    assert len(written) == len(REFERENCE.checks) + 1
    with (tmp_path / "csv" / "2a.values.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert [r[0] for r in rows[1:3]] == ["gruppe01", "gruppe02"]
    assert rows[2][5] == "4,5" and rows[2][7] == "zum Teil"
    assert rows[4][0].startswith("'=1+1")
    assert len(rows) == 5 and {len(r) for r in rows} == {10}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_becomes_a_formula_and_none_is_lost(text: str) -> None:
    made = replace(grade(REFERENCE, text), tasks=grade(REFERENCE, "x", message=text).tasks[:1])
    for row in check_rows([made], REFERENCE, {text: (text,)}):
        for cell in (row[0], row[1], row[9]):
            assert cell.lstrip()[:1] not in tuple("=+-@") or cell.lstrip() == ""
            assert cell.removeprefix("'") == text or cell == text
    assert formula_safe("=1+1") == "'=1+1" and formula_safe("\t@x") == "'\t@x"


# ------------------------------------------------------------------ the gradebook


def test_an_import_tells_the_gradebook_who_is_who(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip", {"Gruppe 1_11_assignsubmission_file_/notebook1.ipynb": task()}
    )
    out = tmp_path / "abgaben"
    found = import_downloads([path], out, worksheet=sheet(tmp_path))
    with Gradebook(tmp_path / "buch.sqlite") as book:
        note_import(book, LAB, out, found.taken, "Sommer 2026")
        note_import(book, LAB, out, found.taken, "Sommer 2026")
        number = book.cohort(LAB.id, "Sommer 2026").id
        (group,) = book.groups(number)
        assert [m.name for m in group.members] == ["Änne Übermut", "Max Müller"]
        (row,) = book.overview(number, LAB).rows
        assert row.submissions == 1
        assert row.submitted_at is not None and row.submitted_at.astimezone().hour == 10
        with pytest.raises(UsageError, match="noch nichts bewertet"):
            read_results_of(book, LAB)
        book.record(LAB, [done("Gruppe 1_11", 50)], term="Sommer 2026")
        results = read_results_of(book, LAB, None)
        assert with_book(Roster(), results).submissions["Gruppe 1_11"].members[0].id == "1000001"
        assert results.people["Gruppe 1_11"] == ("Änne Übermut", "Max Müller")
        with pytest.raises(UsageError, match="Winter"):
            read_results_of(book, LAB, "Winter")
    with pytest.raises(UsageError, match="gibt es nicht"):
        open_book(tmp_path / "fehlt.sqlite")
    assert not (tmp_path / "fehlt.sqlite").exists()
