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
        ("05. Juli", (5.07, 5.7)),
        ("1. Mai", (1.05, 1.5)),
        ("10. Okt", (10.1,)),
        ("31. Dez", (31.12,)),
        ("29. Feb", (29.02, 29.2)),
        ("Jul 05", (7.05,)),
        ("Okt 10", (10.1,)),
        ("Mai 00", (5.0,)),
        ("Dez-99", (12.99,)),
        ("05-Jul", (5.07, 5.7)),
        ("05.07.2017", (5.07, 5.7)),
        ("5.7.17", (5.07, 5.7)),
        ("01.05.2017", (1.05, 1.5, 5.17)),
        ("01.02.1943", (1.02, 1.2, 2.43)),
        ("2017-07-05", (5.07, 5.7)),
        ("2017-07-05 00:00:00", (5.07, 5.7)),
        ("1943-02-01T00:00:00", (1.02, 1.2, 2.43)),
    ],
)
def test_date_gives_every_number_that_it_can_stem_from(text, expected):
    assert readings(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "zu groß", " ok", "2.43", "Feb", "45. Jul", "00. Mai", "Foo 12", "Feb 1943", "NaN"),
        *("30. Feb", "31. Apr", "31.06.2017", "2017-13-01", "2017-07-05 12:30:00", "5.7", "42921"),
        *("5. Jul 2017", "Julia 05", "05. Ju", "-5. Jul", "05. Jul 10:00"),
    ],
)
def test_anything_else_is_no_date(text):
    assert readings(text) == ()
    assert not is_excel_date(text)


NUMBERS = [
    f"{whole}.{part}"
    for whole in range(1, 41)
    for part in [*(str(n) for n in range(1, 10)), *(f"{n:02d}" for n in range(100))]
]


def _shown(text: str) -> list[str]:
    """Every way in which a German Excel, or pandas after it, shows the date."""
    shown = german_excel(text)
    if shown == text:
        return []
    if shown[0].isdigit():
        day, month = int(shown[:2]), MONTHS.index(shown[-3:]) + 1
        years = [2017, 2024]
    else:
        day, month, two = 1, MONTHS.index(shown[:3]) + 1, int(shown[-2:])
        years = [two + (2000 if two < 30 else 1900)]
    forms = [
        shown,
        shown.replace(". ", "."),
        shown.upper(),
        f" {shown} ",
        shown.replace(" ", "\xa0"),
    ]
    for year in years:
        forms += [f"{day:02d}.{month:02d}.{year}", f"{day}.{month}.{year % 100:02d}"]
        forms += [f"{year}-{month:02d}-{day:02d}", f"{year}-{month:02d}-{day:02d} 00:00:00"]
    return forms


def test_every_number_is_among_the_readings_of_what_excel_made_of_it():
    damaged = {text: forms for text in NUMBERS if (forms := _shown(text))}
    assert len(damaged) > 1000
    for text, forms in damaged.items():
        for form in forms:
            assert float(text) in readings(form), (text, form)


def test_every_reading_becomes_the_date_again():
    """No number is offered that Excel would have shown otherwise."""
    dates = {german_excel(text) for text in NUMBERS} - set(NUMBERS)
    for date in dates:
        for number in readings(date):
            written = {f"{number:.2f}", f"{number:.1f}"}
            assert date in {german_excel(w) for w in written if float(w) == number}, (date, number)


def test_every_month_has_its_short_name():
    for number, month in enumerate(MONTHS, 1):
        assert readings(f"05. {month}") == tuple(sorted({float(f"5.{number}"), 5 + number / 100}))
        assert readings(f"{month} 43") == (float(f"{number}.43"),)


def test_impossible_value_is_no_reading():
    assert 5.06 not in readings("05. Jul")


def test_months_are_german():
    assert len(MONTHS) == 12 and MONTHS[2] == "Mrz" and MONTHS[4] == "Mai"
