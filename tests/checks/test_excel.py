"""Numbers that became dates, and back."""

from __future__ import annotations

import pytest

from data.build.sheet import german_excel
from grader.checks.excel import MONTHS, is_excel_date, readings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Feb 43", (2.43,)),
        ("05. Jul", (5.07, 5.7)),
        ("20. Mrz", (20.03, 20.3)),
        (" 04. Sep ", (4.09, 4.9)),
        ("01. Okt", (1.1,)),
        ("12. Nov", (12.11,)),
        ("Mär 22", (3.22,)),
        ("20.Mrz", (20.03, 20.3)),
        ("mrz 22", (3.22,)),
    ],
)
def test_date_gives_every_number_that_it_can_stem_from(text, expected):
    assert readings(text) == expected


@pytest.mark.parametrize(
    "text", ["", "zu groß", " ok", "2.43", "Feb", "45. Jul", "00. Mai", "Foo 12", "Feb 1943", "NaN"]
)
def test_anything_else_is_no_date(text):
    assert readings(text) == ()
    assert not is_excel_date(text)


def test_every_number_is_among_the_readings_of_what_excel_made_of_it():
    damaged = 0
    for whole in range(1, 41):
        for part in [str(n) for n in range(1, 10)] + [f"{n:02d}" for n in range(1, 100)]:
            shown = german_excel(f"{whole}.{part}")
            if shown != f"{whole}.{part}":
                damaged += 1
                assert float(f"{whole}.{part}") in readings(shown), shown
    assert damaged > 1000


def test_impossible_value_is_no_reading():
    assert 5.06 not in readings("05. Jul")


def test_months_are_german():
    assert len(MONTHS) == 12 and MONTHS[2] == "Mrz" and MONTHS[4] == "Mai"
