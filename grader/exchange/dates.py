"""Points in time as Moodle writes them, in German and English."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["moodle_time"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan jänner",
            "februar february feb",
            "märz march mär mar",
            "april apr",
            "mai may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WRITTEN = re.compile(
    r"(?P<day>\d{1,2})\.?\s+(?P<month>[^\W\d_]+)\.?\s+(?P<year>\d{4})"
    r"(?:,?\s+(?P<hour>\d{1,2})[:.](?P<minute>\d{2}))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_NUMBERS = re.compile(
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{2,4})"
    r"(?:,?\s+(?P<hour>\d{1,2}):(?P<minute>\d{2}))?"
)


def moodle_time(text: str) -> dt.datetime | None:
    """Read "Mittwoch, 13. März 2024, 10:15" or "Wednesday, 13 March 2024, 10:15 AM".

    Returns
    -------
    datetime or None
        Without a time zone: Moodle writes the time of whoever downloads. None for "-", an empty
        cell or anything else.
    """
    found = _WRITTEN.search(text)
    month = _MONTHS.get(found["month"].casefold()) if found else None
    if found is None or month is None:
        found = _NUMBERS.search(text)
        if found is None:
            return None
        month = int(found["month"])
    year = int(found["year"])
    hour = int(found["hour"] or 0)
    half = (found.groupdict().get("half") or "").casefold()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    try:
        return dt.datetime(
            year + 2000 if year < 100 else year,
            month,
            int(found["day"]),
            hour,
            int(found["minute"] or 0),
        )
    except ValueError:
        return None
