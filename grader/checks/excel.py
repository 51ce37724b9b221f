"""What a number may have been before a German Excel took it for a date.

There the point separates day and month: ``5.07`` and ``5.7`` both become ``05. Jul``, ``2.43``
becomes ``Feb 43``. Where the column is shown as full dates, they read ``05.07.2017`` and
``01.02.1943``, and pandas writes ``2017-07-05``. The way back is not unique, so it is a set of
readings: every number of up to two decimals that could have become that text.
"""

from __future__ import annotations

import calendar
import re

__all__ = ["MONTHS", "is_excel_date", "readings"]

MONTHS = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
_FULL = (
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
    "november", "dezember",
)  # fmt: skip
_OTHER_SPELLINGS = {"mär": 3, "mar": 3, "may": 5, "oct": 10, "dec": 12, "sept": 9, "maerz": 3}
_NUMBER_OF = (
    {m.lower(): i for i, m in enumerate(MONTHS, 1)}
    | {m: i for i, m in enumerate(_FULL, 1)}
    | _OTHER_SPELLINGS
)
_GAP = r"[ \xa0\u202f]*[-.]?[ \xa0\u202f]*"
_NAME = r"([A-Za-zÄä]{3,9})\.?"
_DAY = re.compile(rf"(\d{{1,2}}){_GAP}{_NAME}")
_YEAR = re.compile(rf"{_NAME}(?:[ \xa0\u202f]+|[ \xa0\u202f]*-[ \xa0\u202f]*)(\d{{2}})")
_DATE = re.compile(r"(\d{1,2})\.[ ]?(\d{1,2})\.[ ]?(\d{4}|\d{2})(?:[ T]0{1,2}:00(?::00)?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")
# A leap year: 29.2 is a date in some years.
_LEAP = 2016


def readings(text: str) -> tuple[float, ...]:
    """Return every number that a German Excel could have shown as ``text``.

    Parameters
    ----------
    text : str
        A cell such as ``"05. Jul"`` (a day of a month), ``"Feb 43"`` (the month of a year), or
        either written as a full date (``"05.07.2017"``, ``"1943-02-01"``).

    Returns
    -------
    tuple of float
        Ascending; ``(5.07, 5.7)`` for ``"05. Jul"``. Empty if the text is no such date.
    """
    text = text.strip()
    day = _DAY.fullmatch(text)
    if day:
        return _of_day(int(day.group(1)), _NUMBER_OF.get(day.group(2).lower(), 0))
    year = _YEAR.fullmatch(text)
    if year:
        return _of_year(_NUMBER_OF.get(year.group(1).lower(), 0), int(year.group(2)))
    date = _DATE.fullmatch(text)
    if date:
        return _of_date(*(int(part) for part in date.groups()))
    iso = _ISO.fullmatch(text)
    if iso:
        return _of_date(*(int(part) for part in reversed(iso.groups())))
    return ()


def is_excel_date(text: str) -> bool:
    """Tell whether a cell's text is a number that became a date."""
    return bool(readings(text))


def _of_day(day: int, month: int) -> tuple[float, ...]:
    """Numbers that became a day of a month: with one decimal or two."""
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(_LEAP, month)[1]:
        return ()
    return tuple(sorted({float(f"{day}.{month}"), float(f"{day}.{month:02d}")}))


def _of_year(month: int, year: int) -> tuple[float, ...]:
    """Return the number that became a month of a year, which needs two decimals."""
    return (float(f"{month}.{year:02d}"),) if 1 <= month <= 12 else ()


def _of_date(day: int, month: int, year: int) -> tuple[float, ...]:
    """Numbers that became a full date: a day of some year, or the first of a month."""
    found = _of_day(day, month)
    if found and day == 1 and (year < 100 or 1930 <= year <= 2029):
        found += _of_year(month, year % 100)
    return tuple(sorted(set(found)))
