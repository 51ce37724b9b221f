"""What a number may have been before a German Excel took it for a date.

There the point separates day and month: ``5.07`` and ``5.7`` both become ``05. Jul``, ``2.43``
becomes ``Feb 43``. The way back is not unique, so it is a set of readings.
"""

from __future__ import annotations

import re

__all__ = ["MONTHS", "is_excel_date", "readings"]

MONTHS = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
_OTHER_SPELLINGS = {"mär": 3, "mar": 3, "may": 5, "oct": 10, "dec": 12}
_NUMBER_OF = {m.lower(): i for i, m in enumerate(MONTHS, 1)} | _OTHER_SPELLINGS
_DAY = re.compile(r"(\d{1,2})\.?[ \xa0]*([A-Za-zÄä]{3})\.?")
_YEAR = re.compile(r"([A-Za-zÄä]{3})\.?[ \xa0]+(\d{2})")


def readings(text: str) -> tuple[float, ...]:
    """Return every number that a German Excel could have shown as ``text``.

    Parameters
    ----------
    text : str
        A cell such as ``"05. Jul"`` (a day of a month) or ``"Feb 43"`` (the month of a year).

    Returns
    -------
    tuple of float
        Ascending; ``(5.07, 5.7)`` for ``"05. Jul"``. Empty if the text is no such date.
    """
    text = text.strip()
    day = _DAY.fullmatch(text)
    if day:
        first, month = int(day.group(1)), _NUMBER_OF.get(day.group(2).lower(), 0)
        if not month or not 1 <= first <= 31:
            return ()
        written = {f"{first}.{month}", f"{first}.{month:02d}"}
        return tuple(sorted({float(w) for w in written}))
    year = _YEAR.fullmatch(text)
    if year:
        month = _NUMBER_OF.get(year.group(1).lower(), 0)
        return (float(f"{month}.{year.group(2)}"),) if month else ()
    return ()


def is_excel_date(text: str) -> bool:
    """Tell whether a cell's text is a number that became a date."""
    return bool(readings(text))
