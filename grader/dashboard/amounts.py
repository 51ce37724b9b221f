"""Points as people type them: with a comma or a point."""

from __future__ import annotations

import re

from fastapi import HTTPException

__all__ = ["read_points"]

_NUMBER = re.compile(r"(?P<sign>[+\-−]?)\s*(?P<value>\d{1,4}(?:[.,]\d{1,3})?|[.,]\d{1,3})\Z")


def read_points(text: str, *, signed: bool = False) -> float | None:
    """Return the number that a form's field holds; None if it is empty.

    Raises
    ------
    HTTPException
        400 if it is no number.
    """
    text = text.strip()
    if not text:
        return None
    match = _NUMBER.match(text)
    if match is None or (match["sign"] not in ("", "+") and not signed):
        raise HTTPException(400, "Punkte bitte als Zahl eintragen, zum Beispiel 1,5.")
    value = float(match["value"].replace(",", "."))
    return -value if match["sign"] in ("-", "−") else value
