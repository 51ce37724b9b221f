"""German sentences of the dashboard that stand in no template."""

from __future__ import annotations

import datetime as dt

__all__ = ["CHECK_WORDS", "GATE", "GRADE_WORDS", "moment", "not_here"]

# What the door says: status, heading, sentence.
GATE: dict[str, tuple[int, str, str]] = {
    "host": (
        421,
        "Falsche Adresse",
        "Diese Seite ist nur unter 127.0.0.1 oder localhost zu erreichen.",
    ),
    "origin": (403, "Nicht erlaubt", "Diese Anfrage kam von einer fremden Seite."),
    "token": (
        403,
        "Anmelden",
        "Bitte die Adresse öffnen, die grader serve ausgegeben hat, oder den Schlüssel daraus "
        "hier eintragen.",
    ),
    "csrf": (
        403,
        "Nicht erlaubt",
        "Diese Seite ist veraltet oder fremd; bitte neu laden und noch einmal versuchen.",
    ),
    "role": (403, "Nicht erlaubt", "Das ist der Leitung vorbehalten."),
    "too_large": (
        413,
        "Zu groß",
        "Das Gesendete ist größer als erlaubt; nichts wurde verarbeitet.",
    ),
    "fault": (
        500,
        "Das ging schief",
        "Ein Fehler im Programm. Im Notenbuch ist nichts verloren. Die Stelle steht im Fenster, in "
        "dem grader serve läuft.",
    ),
}
CHECK_WORDS = {
    "passed": "erreicht",
    "partial": "zum Teil",
    "failed": "nicht erreicht",
    "not_judged": "nicht beurteilt",
    "needs_review": "Vorschlag",
}
GRADE_WORDS = {
    None: "nicht bewertet",
    "graded": "fertig",
    "needs_review": "durchsehen",
    "not_gradable": "nicht bewertbar",
}


def moment(value: dt.datetime | None) -> str:
    """Return a moment on this machine's clock: ``26.05.2026, 14:03``; ``""`` for None."""
    return "" if value is None else f"{value.astimezone():%d.%m.%Y, %H:%M}"


def not_here(what: str) -> str:
    """Say that something is gone or never was."""
    return f"{what} gibt es hier nicht (mehr)."
