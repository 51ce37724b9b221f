"""German sentences and words for problems, and signs for results; one place for all."""

from __future__ import annotations

from grader.model import Problem

__all__ = ["MARKS", "PROBLEM_KINDS", "kind_word", "problem"]

# A sign for each status of a check.
MARKS = {"passed": "✓", "partial": "◐", "failed": "✗", "not_judged": "–", "needs_review": "…"}

PROBLEM_KINDS: dict[str, str] = {
    "missing_notebook": "{notebook} fehlt in der Abgabe.",
    "corrupt_notebook": "{file} ist nicht lesbar: {reason}.",
    "renamed_notebook": "{file} wurde am Inhalt als {notebook} erkannt.",
    "foreign_notebook": "{file} gehört zu keinem Notebook dieses Labors und bleibt unbeachtet.",
    "duplicate_notebook": "{file} ist ein weiteres {notebook}; gewertet wird {used}.",
    "missing_answers": "Die Antworten auf die Kontrollfragen (kontrollfragen.md) fehlen.",
    "answers_encoding": "{file} ist nicht in UTF-8 gespeichert; es wurde als {encoding} gelesen.",
    "corrupt_answers": "{file} ist nicht lesbar: {reason}.",
    "corrupt_particulars": "protokoll.toml ist nicht lesbar: {reason}.",
    "corrupt_archive": "Das Archiv ist nicht lesbar: {reason}.",
    "unsafe_archive": "Das Archiv enthält einen unzulässigen Eintrag ({name}); er bleibt "
    "unbeachtet.",
    "archive_too_large": "{name} im Archiv ist entpackt größer als {limit} MB und bleibt "
    "unbeachtet.",
    "cell_error": "Zelle {number} endet mit {error}: {text}",
    "timeout": "Zelle {number} lief länger als {seconds} Sekunden und wurde abgebrochen.",
    "notebook_timeout": "{notebook} lief insgesamt länger als {seconds} Sekunden; der Rest wurde "
    "nicht ausgeführt.",
    "memory": "Zelle {number} brauchte mehr als {limit} MB Arbeitsspeicher.",
    "output_limit": "Zelle {number} hat mehr als {limit} MB ausgegeben und wurde abgebrochen.",
    "files_limit": "Zelle {number} hat mehr als {limit} MB an Dateien geschrieben und wurde "
    "abgebrochen.",
    "kernel_died": "In Zelle {number} ist der Kernel abgestürzt.",
    "restarted": "Nach Zelle {number} ging es in einem neuen Kernel mit der nächsten Aufgabe "
    "weiter.",
    "other_profile": "Mit {default} scheitern Zellen, die mit {other} laufen; bewertet wurde mit "
    "{other}.",
    "unaligned_cell": "Zelle {number} ließ sich keiner Aufgabe zuordnen.",
    "uncertain_alignment": "Welche Zellen in {notebook} zu {title} gehören, ist unsicher; bitte "
    "von Hand ansehen.",
    "missing_cell": "Zu {title} wurde in {notebook} keine Zelle gefunden.",
    "hostile_evidence": "Was Zelle {number} hinterließ, war nicht lesbar: {reason}",
    "not_run": "{notebook} konnte nicht ausgeführt werden: {reason}",
    "protocol_failed": "Das Protokoll ließ sich nicht erstellen: {reason}",
    "typed_result": "In Zelle {number} stehen für {what} Zahlen im Code; ein Aufruf des Netzes, "
    "der sie liefert, ist nicht aufgezeichnet.",
    "unexplained_result": "Zelle {number}: Zu den Werten von {what} ist kein Aufruf des Netzes "
    "aufgezeichnet, der sie liefert.",
    "contradicted_output": "Zelle {number}: Was von {what} aufgezeichnet ist, passt nicht zu den "
    "Gewichten des Netzes.",
    "own_code_in_network": "Zelle {number}: Das Netz enthält eigenen Code ({what}); seine Ausgaben "
    "ließen sich aus den Gewichten nicht nachrechnen.",
    "replaced_function": "In Zelle {number} ist {what} durch eigenen Code ersetzt.",
    "late_variable": "Nach dem Ende von Zelle {number} wurde {what} noch gesetzt; gewertet wird "
    "nur, was die Zelle selbst hinterließ.",
    "running_on": "Nach dem Ende von Zelle {number} ist noch eigener Code aktiv ({what}).",
    "outside_files": "Zelle {number} versucht, außerhalb der Labordaten zu lesen: {what}.",
    "looks_inside": "Zelle {number} sieht in die laufende Python-Umgebung hinein ({what}).",
    "hidden_text": "{where} enthält Text, der beim Lesen nicht zu sehen ist ({how}); er zählt "
    "nicht.",
    "addresses_grader": "{where} enthält einen Satz, der sich an die Bewertung richtet: „{text}“",
    "outputs_differ": "In {cells} von {notebook} steht eine andere Ausgabe, als der erneute Lauf "
    "ergab.",
    "other_variant": "{title}, {what}: Die Werte sind die einer anderen Ausgabe (Kennung "
    "{variant}), nicht die der eigenen.",
    "other_kit": "{notebook} stammt aus einer anderen Ausgabe (Kennung {variant}); bewertet wird "
    "mit den Daten der eigenen.",
    "shared_kit": "Mehrere Abgaben gehören zur selben Ausgabe (Kennung {variant}).",
    "unknown_variant": "{notebook} stammt aus einer Ausgabe mit eigenen Daten (Kennung {variant}), "
    "die hier nicht bekannt ist; bewertet wird mit den gemeinsamen Daten.",
    "check_error": "Die Prüfung {check} hat selbst einen Fehler; bitte von Hand ansehen.",
}
# The same in a few words, for tables.
_WORDS = {
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
    return _WORDS.get(kind, kind)


def problem(
    kind: str, notebook: str | None = None, cell: int | None = None, **values: object
) -> Problem:
    """Make a problem with its German sentence.

    Parameters
    ----------
    kind : str
        A key of :data:`PROBLEM_KINDS`.
    notebook : str or None
    cell : int or None
        Zero-based; the sentence counts cells from 1, as people do.
    **values
        What the sentence names.
    """
    number = "?" if cell is None else cell + 1
    text = PROBLEM_KINDS[kind].format(notebook=notebook, number=number, **values)
    return Problem(kind, text, notebook, cell)
