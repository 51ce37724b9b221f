"""The patient's sheet and the csv that a German Excel left."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from data.build.sheet import VALUES, LabValue, csv_bytes, german_excel, out_of_range

DATA = Path(__file__).parents[2] / "data"

# Rows 1 to 24, last column, as the course's file has them.
IN_THE_CSV = (
    "21|Feb 43|05. Jul|Apr 28|zu groß|115|4.0| ok|0.30|07. Jun|Feb 35|0.37|190|04. Jul|66|02. Aug|"
    "04. Sep|Jan 76|20. Mrz|87.0|141||Jan 15|Mrz 22"
).split("|")
TRUE = (
    "21 2.43 5.07 4.28 0.28 115 4.0 0.3 0.30 7.6 2.35 0.37 190 4.07 66 2.08 4.09 1.76 20.3 87.0 "
    "141 321 1.15 3.22"
).split()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2.43", "Feb 43"),  # no 43rd month: February 1943
        ("20.3", "20. Mrz"),
        ("5.07", "05. Jul"),
        ("5.7", "05. Jul"),  # two origins: only the sheet decides
        ("5.06", "05. Jun"),
        ("7.6", "07. Jun"),
        ("1.15", "Jan 15"),
        ("3.22", "Mrz 22"),
        ("12.10", "12. Okt"),
        ("31.04", "31.04"),  # April has 30 days, and there is no month 31
        ("29.2", "29.2"),
        ("28.2", "28. Feb"),
        ("4.0", "4.0"),
        ("0.30", "0.30"),
        ("0.37", "0.37"),
        ("87.0", "87.0"),
        ("115", "115"),
        ("2.435", "2.435"),
        ("", ""),
    ],
)
def test_german_excel_takes_numbers_for_dates(typed: str, shown: str) -> None:
    assert german_excel(typed) == shown


def test_csv_is_what_the_course_describes() -> None:
    text = csv_bytes().decode("latin1")
    assert text.startswith(";;;;\r\nLaborid;Bezeichnung;Einheit;Normalwert;31.08.2017\r\nAAGE;")
    assert text.endswith("TSHB;TSH basal;µlU/ml;0.30-4.20;Mrz 22\r\n")
    rows = text.split("\r\n")[2:-1]
    assert [row.rsplit(";", 1)[1] for row in rows] == IN_THE_CSV
    assert all(row.count(";") == 4 for row in rows)
    assert b"\xb5mol/l*" in csv_bytes()
    assert b"zu gro\xdf" in csv_bytes()


def test_pandas_reads_the_traps() -> None:
    data = pd.read_csv(DATA / "datenblatt.csv", sep=";", encoding="latin1")
    assert list(data.columns) == [f"Unnamed: {i}" for i in range(5)]
    assert data.shape == (25, 5)
    assert data.iloc[0, 4] == "31.08.2017"
    assert data.iloc[8, 4] == " ok"
    assert data.iloc[20, 0] == "MCV"
    assert pd.isna(data.iloc[21, 0]), "the code NA reads as missing"
    assert pd.isna(data.iloc[22, 4])
    assert int(data.isna().sum().sum()) == 2


def test_true_values() -> None:
    assert [row.value for row in VALUES] == TRUE
    damaged = {row.code for row in VALUES if row.damaged is not None}
    assert damaged == {"GGT", "GOT", "THRO"}


def test_a_person_reads_every_value_on_the_sheet() -> None:
    (page,) = PdfReader(DATA / "patientenblatt.pdf").pages
    lines = page.extract_text().splitlines()
    for row in VALUES:
        (line,) = [line for line in lines if line.startswith(f"{row.code} {row.name}")]
        assert row.value in line.split()
        assert row.unit in line.split()
    assert any("31.08.2017" in line for line in lines)


def test_picture_is_a4_and_not_blank() -> None:
    with Image.open(DATA / "patientenblatt.png") as picture:
        width, height = picture.size
        darkest, brightest = picture.convert("L").getextrema()
    assert width > 800
    assert height / width == pytest.approx(297 / 210, rel=0.01)
    assert (darkest < 60, brightest) == (True, 255)


@pytest.mark.parametrize(
    ("normal", "value", "flag"),
    [
        ("4.2-6.1", "4.0", "−"),
        ("4.2-6.1", "6.2", "+"),
        ("4.2-6.1", "4.2", ""),
        ("<0.65", "0.7", "+"),
        ("<0.65", "0.64", ""),
        (">65", "60", "−"),
        (">65", "115", ""),
    ],
)
def test_flags(normal: str, value: str, flag: str) -> None:
    assert out_of_range(LabValue("X", "x", "", normal, value)) == flag


def test_only_glucose_is_out_of_range() -> None:
    assert {row.code for row in VALUES if out_of_range(row)} == {"GLUC"}
