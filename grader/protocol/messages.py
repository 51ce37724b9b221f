"""Every German sentence that the protocol itself says, in one place."""

from __future__ import annotations

from grader.model import CellRun
from grader.templating import german_number

__all__ = [
    "ALT_PICTURE",
    "BELONGS",
    "BROKEN_PICTURE",
    "CONTENTS",
    "CONTROL_QUESTIONS",
    "DURATION",
    "EPOCH",
    "EXPERIMENT",
    "FIGURES",
    "GAP_ANSWER",
    "GAP_CODE",
    "GAP_TASK",
    "GAP_VALUE",
    "INSTRUCTOR",
    "NOT_RUN",
    "OPEN_INTRODUCTION",
    "OPEN_POINTS",
    "PAGE",
    "PICTURE_LEFT_OUT",
    "POINTS",
    "RESULTS",
    "REVIEW",
    "SAVED_PICTURES",
    "SKIP",
    "TABLES",
    "TITLE_PAGE",
    "TOO_MANY_CELLS",
    "TRAINING",
    "WIDGET",
    "alt_saved",
    "draft",
    "frame",
    "gap_notebook",
    "gap_question",
    "gap_value",
    "group",
    "instructor_says",
    "lines_left_out",
    "network",
    "pictures_left_out",
    "question",
    "rows_left_out",
    "run_note",
]

CONTROL_QUESTIONS = "Kontrollfragen"
EXPERIMENT = "Versuchsdurchführung"
GAP_VALUE = "Hier fehlt die Angabe."
GAP_ANSWER = "Hier fehlt die Antwort."
GAP_CODE = "Hier fehlt eine Zelle mit Code."
GAP_TASK = "Hier fehlt die Bearbeitung dieser Aufgabe."
NOT_RUN = "Das Notebook wurde nicht ausgeführt; Ausgaben und Abbildungen fehlen."
WIDGET = "Interaktives Bedienfeld, nur im Notebook zu sehen."
BROKEN_PICTURE = "Ein Bild dieser Zelle ist nicht lesbar und wurde ausgelassen."
PICTURE_LEFT_OUT = "[Bild ausgelassen: nur Bilder aus den Ausgaben werden übernommen]"
ALT_PICTURE = "Bild aus den Ausgaben des Notebooks"
SAVED_PICTURES = "gespeicherte Bilder"
TITLE_PAGE = "Titelblatt"
CONTENTS = "Inhalt"
FIGURES = "Abbildungen"
TABLES = "Tabellen"
SKIP = "Zum Text"
REVIEW = "Bewertung"
RESULTS = "Ergebnisse:"
BELONGS = "Hierher gehört:"
POINTS = "Punkte"
PAGE = "Seite"
INSTRUCTOR = "Fassung für die Betreuung, mit Punkten und Bemerkungen"
OPEN_INTRODUCTION = "Dies ist ein Entwurf. Vor der Abgabe ist noch zu ergänzen:"
OPEN_POINTS = "Offene Punkte"
TRAINING = "Verlauf des Trainings"
EPOCH = "Epoche"
DURATION = "Dauer"
TOO_MANY_CELLS = "Weitere Zellen dieser Aufgabe wurden ausgelassen."

_STATUS = {
    "timeout": "Die Ausführung dieser Zelle wurde wegen Zeitüberschreitung abgebrochen.",
    "memory": "Die Zelle hat den verfügbaren Speicher überschritten und wurde abgebrochen.",
    "output_limit": "Die Zelle hat zu viel ausgegeben und wurde abgebrochen.",
    "kernel_died": "Der Kernel ist in dieser Zelle abgestürzt.",
    "not_run": "Diese Zelle wurde nicht mehr ausgeführt.",
}


def question(number: int) -> str:
    """Name a control question."""
    return f"Frage {number}"


def group(name: str) -> str:
    """Name a group; many write only its number."""
    return f"Gruppe {name}" if name.isdecimal() else name


def instructor_says(comment: str) -> str:
    """Mark a comment as a human's."""
    return f"Betreuung: {comment}"


def gap_value(label: str) -> str:
    """Say that an entry of the title page is missing."""
    return f"Es fehlt: {label} (protokoll.toml)."


def gap_question(number: int) -> str:
    """Say that the answer to a control question is missing."""
    return f"Hier fehlt die Antwort auf Frage {number}."


def gap_notebook(name: str, title: str) -> str:
    """Say that a whole notebook is missing."""
    return f"Hier fehlt das Notebook {name} ({title}); es wurde nicht gefunden oder ist unlesbar."


def lines_left_out(count: int) -> str:
    """Mark the place of a cut: ``… 2.940 Zeilen ausgelassen …``."""
    return f"… {german_number(count)} {'Zeile' if count == 1 else 'Zeilen'} ausgelassen …"


def rows_left_out(rows: int, columns: int = 0) -> str:
    """Say what a shortened table does not show."""
    parts = [f"{german_number(rows)} {'Zeile' if rows == 1 else 'Zeilen'}"] if rows else []
    if columns:
        parts.append(f"{german_number(columns)} {'Spalte' if columns == 1 else 'Spalten'}")
    return f"{' und '.join(parts)} ausgelassen." if parts else ""


def alt_saved(path: str) -> str:
    """Describe a picture that a cell wrote into a file."""
    return f"Gespeicherte Bilddatei {path}"


def network(name: str) -> str:
    """Caption of a network's summary."""
    return f"Aufbau des Netzes „{name[:60]}“" if name else "Aufbau des Netzes"


def frame(name: str) -> str:
    """Caption of a data frame in the variable ``name``."""
    return f"Tabelle „{name[:60]}“"


def draft(gaps: int) -> str:
    """Say on the title page that the protocol is not finished."""
    return f"Entwurf: {'eine Lücke ist' if gaps == 1 else f'{gaps} Lücken sind'} markiert."


def pictures_left_out(count: int) -> str:
    """Say that only some of a cell's pictures are shown."""
    what = "eine weitere Abbildung" if count == 1 else f"{german_number(count)} weitere Abbildungen"
    return f"… {what} dieser Zelle ausgelassen …"


def run_note(run: CellRun, last_line: str) -> str:
    """Say why a cell did not end well; ``""`` if it did.

    Parameters
    ----------
    run : CellRun
    last_line : str
        The traceback's last line, cleaned; may be empty.
    """
    if run.status == "error":
        return "Die Zelle endet mit einem Fehler" + (f": {last_line}" if last_line else ".")
    return _STATUS.get(run.status, "")
