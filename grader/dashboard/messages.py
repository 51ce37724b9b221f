"""German sentences of the dashboard that stand in no template."""

from __future__ import annotations

import datetime as dt

__all__ = ["CHECK_WORDS", "GATE", "GRADE_WORDS", "kind_word", "moment", "not_here"]

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


_KINDS = {
    "missing_notebook": "Notebook fehlt",
    "corrupt_notebook": "Notebook unlesbar",
    "renamed_notebook": "umbenannt",
    "foreign_notebook": "fremdes Notebook",
    "duplicate_notebook": "Notebook doppelt",
    "missing_answers": "Antworten fehlen",
    "answers_encoding": "Kodierung",
    "corrupt_answers": "Antworten unlesbar",
    "corrupt_particulars": "Titelblatt unlesbar",
    "corrupt_archive": "Archiv unlesbar",
    "unsafe_archive": "Archiv unzulässig",
    "archive_too_large": "Archiv zu groß",
    "cell_error": "Fehler in Zelle",
    "timeout": "Zeitgrenze",
    "notebook_timeout": "Zeitgrenze",
    "memory": "Speichergrenze",
    "output_limit": "zu viel Ausgabe",
    "files_limit": "zu viele Dateien",
    "kernel_died": "Kernel abgestürzt",
    "restarted": "neu gestartet",
    "other_profile": "anderes Profil",
    "other_variant": "Werte einer anderen Ausgabe",
    "other_kit": "andere Ausgabe",
    "shared_kit": "gemeinsame Ausgabe",
    "unknown_variant": "unbekannte Ausgabe",
    "unaligned_cell": "Zelle ohne Aufgabe",
    "uncertain_alignment": "Zuordnung unsicher",
    "missing_cell": "Zelle fehlt",
    "hostile_evidence": "Beleg unzulässig",
    "not_run": "nicht ausgeführt",
    "protocol_failed": "Protokoll fehlt",
    "typed_result": "Ergebnis eingetippt",
    "unexplained_result": "Ergebnis ungeklärt",
    "contradicted_output": "Ausgabe widerspricht",
    "own_code_in_network": "eigener Code im Netz",
    "replaced_function": "Funktion ersetzt",
    "late_variable": "spät gesetzt",
    "running_on": "läuft weiter",
    "outside_files": "liest außerhalb",
    "looks_inside": "sieht in Python hinein",
    "hidden_text": "verborgener Text",
    "addresses_grader": "spricht die Bewertung an",
    "outputs_differ": "andere Ausgaben",
    "check_error": "Fehler einer Prüfung",
}


def kind_word(kind: str) -> str:
    """Return a few words for a kind of problem; what is not known stays as it is."""
    return _KINDS.get(kind, kind)


def moment(value: dt.datetime | None) -> str:
    """Return a moment on this machine's clock: ``26.05.2026, 14:03``; ``""`` for None."""
    return "" if value is None else f"{value.astimezone():%d.%m.%Y, %H:%M}"


def not_here(what: str) -> str:
    """Say that something is gone or never was."""
    return f"{what} gibt es hier nicht (mehr)."
