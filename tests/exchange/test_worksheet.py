"""Moodle's worksheet: read in both languages, filled in, everything else letter for letter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exchange.dates import moodle_time
from grader.exchange.worksheet import Worksheet, _parsed, group_names, read_worksheet
from tests.exchange.moodle import GERMAN, worksheet

# Whatever may stand in a cell; one without any sign in a whole line would be an empty line.
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTILE = ("=1+1", "+49 170", "@SUM(A1)", "\tx", 'sagt "nein"', "a\nb\r\nc", "ä,ö;ü", "", " x ")


def read(tmp_path: Path, text: str | bytes) -> Worksheet:
    path = tmp_path / "bewertungen.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_worksheet(path)


@pytest.mark.parametrize("german", [True, False])
def test_rows_in_both_languages(tmp_path: Path, german: bool) -> None:
    best = "100,00" if german else "100.00"
    sheet = read(tmp_path, worksheet(german=german, best=best))
    row = next(sheet.rows())
    assert (row.id, row.name, row.group) == ("1000001", "Änne Übermut", "Gruppe 1")
    assert (row.grade, row.best, row.changeable) == (None, 100.0, True)
    assert row.handed_in == dt.datetime(2026, 5, 13, 10, 15)
    assert sheet.decimal == ("," if german else ".")
    assert list(group_names(list(sheet.rows()))) == ["Gruppe 1", "Gruppe 2", "Gruppe 3"]


def test_filled_in_as_moodle_wrote_it(tmp_path: Path) -> None:
    text = worksheet()
    sheet = read(tmp_path, text)
    assert sheet.encoded().decode() == text
    filled = sheet.filled({"1000002": 71.5, "1000003": 0.0}, {"1000002": "<p>Gut, weiter</p>"})
    lines, new = text.splitlines(), filled.encoded().decode().splitlines()
    assert [i for i, (a, b) in enumerate(zip(lines, new, strict=True)) if a != b] == [2, 3]
    assert '"Gruppe 1",71,50,100' not in new[2]
    assert ',"71,50","100,00",' in new[2] and new[2].endswith('"<p>Gut, weiter</p>"')
    assert ',"0,00",' in new[3]


def test_english_worksheets_get_points(tmp_path: Path) -> None:
    sheet = read(tmp_path, worksheet(german=False, best="100.00"))
    assert b",71.50,100.00," in sheet.filled({"1000001": 71.5}, {}).encoded()
    assert b',"71,50",100.00,' in sheet.filled({"1000001": 71.5}, {}, ",").encoded()
    bare = read(tmp_path, worksheet(german=False, best=""))
    assert bare.decimal == "."


def test_comments_of_people_stay(tmp_path: Path) -> None:
    sheet = read(tmp_path, worksheet(comment="von Hand"))
    filled = sheet.filled({}, {"1000001": "automatisch"})
    assert next(filled.rows()).comment == "von Hand"


def test_what_excel_saved_goes_back_as_moodle_wants_it(tmp_path: Path) -> None:
    text = worksheet().removeprefix("\ufeff")
    rows = [line.split(",") for line in text.replace('"100,00"', "100").splitlines()]
    saved = "\r\n".join(";".join(r) for r in rows).replace("13. Mai 2026;", "13. Mai 2026,")
    sheet = read(tmp_path, saved.encode("cp1252"))
    assert next(sheet.rows()).name == "Änne Übermut"
    assert sheet.encoded().decode("utf-8").startswith("ID,")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"PK\x03\x04excel",
        b"Name,Punkte\nA,1\n",
        "Vollständiger Name,Bewertung\nA,1\n".encode(),
        b"ID,Name\nTeilnehmer/in1,A\n",
        b'"' * 1001,
        bytes(range(256)) * 20,
    ],
)
def test_what_is_no_worksheet_is_said(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(UsageError, match=r"Bewertungstabelle|CSV"):
        read(tmp_path, raw)


def test_a_missing_worksheet_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "fehlt.csv", tmp_path):
        with pytest.raises(UsageError):
            read_worksheet(path)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=11, max_size=11), max_size=4),
    st.sampled_from("\n \r\n".split(" ")),
)
@example([[*HOSTILE, "x", "y"]], "\n")
def test_every_cell_comes_back(lines: list[list[str]], newline: str) -> None:
    cells = [("Teilnehmer/in1", *line[1:]) for line in lines]
    sheet = Worksheet(GERMAN, tuple(cells), True, newline)
    assert _parsed(sheet.encoded(), Path("x")) == sheet


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(1, 10**9).map(str), st.floats(0, 1000), max_size=8))
def test_every_grade_comes_back_as_moodle_rounds_it(points: dict[str, float]) -> None:
    people = [(number, "A B", "G") for number in points]
    for german, best in ((True, "100,00"), (False, "100.00")):
        text = worksheet(people, german=german, best=best)
        sheet = _parsed(text.encode(), Path("x")).filled(points, {})
        again = _parsed(sheet.encoded(), Path("x"))
        found = {row.id: row.grade for row in again.rows()}
        assert found == {n: pytest.approx(p, abs=0.0051) for n, p in points.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mittwoch, 13. März 2024, 10:15", dt.datetime(2024, 3, 13, 10, 15)),
        ("Wednesday, 13 March 2024, 10:15 PM", dt.datetime(2024, 3, 13, 22, 15)),
        ("Wednesday, 13 March 2024, 12:05 AM", dt.datetime(2024, 3, 13, 0, 5)),
        ("13.03.2024, 09:00", dt.datetime(2024, 3, 13, 9)),
        ("13.03.24", dt.datetime(2024, 3, 13)),
        ("-", None),
        ("", None),
        ("30. Februar 2024", None),
        ("99.99.2024", None),
    ],
)
def test_times(text: str, expected: dt.datetime | None) -> None:
    assert moodle_time(text) == expected
