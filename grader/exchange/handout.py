"""Texts of the student kit: its README, empty files to fill in, and the notebooks' first cell."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.lab import Lab

__all__ = ["particulars", "questions", "readme", "start_cell"]

# Cells with this role are no part of the lab; the intake leaves them out.
ROLE = "start"

_PARTICULARS = """\
# Angaben für das Titelblatt des Protokolls. Bitte ausfüllen; Daten als JJJJ-MM-TT.

[protokoll]
teilnehmer = []       # zum Beispiel ["Vorname Name", "Vorname Name"]
gruppe = {group}
betreuer = ""
semester = ""
versuchsdatum = ""
abgabedatum = ""
"""

_START = """\
# Nur für Colab und ähnliche Dienste: bringt das Notebook an seinen Platz neben dem Ordner data.
# Auf dem eigenen Rechner geschieht hier nichts. Bitte nicht ändern.
import os
import zipfile
from pathlib import Path

if not Path("../data").is_dir():
    plätze = [p for m in ("{work}", "*/{work}") for p in Path().glob(m)]
    for archiv in [] if plätze else sorted(Path().glob("{name}*.zip")):
        with zipfile.ZipFile(archiv) as datei:
            datei.extractall()
        plätze = sorted(Path().glob("*/{work}"))
    if plätze:
        os.chdir(plätze[0])
    else:
        print("Bitte laden Sie zuerst die Datei {name}.zip hoch (siehe LIESMICH.md).")"""

_README = """\
# {title}

{for_group}Diese Ausgabe enthält alles, was Sie für das Praktikum brauchen.

| Datei oder Ordner | Inhalt |
|:---|:---|
{rows}
Arbeiten Sie im Ordner `{work}`. Die Ordner `{work}` und `data` müssen nebeneinander bleiben: Die
Notebooks lesen ihre Daten aus `../data`.
{notes}
## So beginnen Sie

**Jupyter.** Archiv entpacken, im entpackten Ordner `jupyter lab` starten und
`{work}/{first}.ipynb` öffnen.

**VS Code.** Archiv entpacken, den entpackten Ordner öffnen (*Datei → Ordner öffnen*), ein Notebook
öffnen und oben rechts den Python-Kernel wählen.

**Colab und ähnliche Dienste.** Notebook aus dem Ordner `{work}` hochladen und öffnen, dann das
Archiv `{name}.zip` selbst in den Dateibereich der Sitzung laden (Ordnersymbol am linken Rand). Die
erste Zelle jedes Notebooks entpackt es und wechselt an die richtige Stelle. Eine Sitzung behält
ihre Dateien nicht: Laden Sie das fertige Notebook herunter und legen Sie es wieder in `{work}`.

## So geben Sie ab

1. Ergänzen Sie die Notebooks dort, wo `...`, `# Ihr Code` oder *Hier antworten* steht. Lassen Sie
   vorgegebene Zellen und ihre Reihenfolge, wie sie sind.
{steps}
"""


def readme(lab: Lab, name: str, work: str, group: str = "", *, own: bool = False) -> str:
    """The kit's README, Markdown.

    Parameters
    ----------
    lab : Lab
    name : str
        Of the archive, without ending.
    work : str
        The folder that a group works in and hands in.
    group : str
        Whose kit it is; empty if it is everybody's.
    own : bool
        Whether the group has data of its own.
    """
    rows = [(f"`{work}/{n.name}.ipynb`", f"Notebook: {n.title}") for n in lab.notebooks]
    steps = []
    if lab.questions:
        rows.append((f"`{work}/kontrollfragen.md`", f"{len(lab.questions)} Kontrollfragen"))
        steps.append(
            "Schreiben Sie Ihre Antworten auf die Kontrollfragen in `kontrollfragen.md`, jede unter"
            " ihre\n   Frage. Die Überschriften bleiben, wie sie sind."
        )
    rows.append((f"`{work}/protokoll.toml`", "Angaben für das Titelblatt des Protokolls"))
    rows.append((f"`{work}/selbsttest.json`", "für `grader check`; enthält keine Lösungen"))
    rows.append(("`data/`", "Daten und Hilfsfunktionen; bitte nicht ändern"))
    steps += [
        "Tragen Sie in `protokoll.toml` Namen und Daten ein.",
        "Starten Sie bei jedem Notebook den Kernel neu, führen Sie alle Zellen der Reihe nach aus "
        "und\n   speichern Sie.",
        f"Geben Sie den Ordner `{work}` als .zip ab, ohne `data`. Ist `grader` "
        "installiert,\n   prüft dort `grader check` Ihre Arbeit, und `grader submit` schreibt das "
        "Archiv.",
    ]
    whose = f"Ausgabe für {group}. " if group else ""
    if own:
        whose += "Ein Teil der Werte und Bilder ist nur für Sie; andere Gruppen haben andere. "
    return _README.format(
        title=lab.title,
        for_group=f"{whose.rstrip()}\n\n" if whose else "",
        rows="".join(f"| {what} | {text} |\n" for what, text in rows),
        notes=f"\n{lab.release.notes.strip()}\n" if lab.release.notes.strip() else "",
        first=lab.notebooks[0].name if lab.notebooks else "",
        steps="\n".join(f"{n}. {text}" for n, text in enumerate(steps, 2)),
        name=name,
        work=work,
    )


def questions(lab: Lab) -> str:
    """The control questions with room for answers, Markdown."""
    intro = "# Kontrollfragen\n\nSchreiben Sie Ihre Antwort unter die jeweilige Frage.\n"
    return intro + "".join(f"\n## {n}. {text}\n\n" for n, text in enumerate(lab.questions, 1))


def particulars(group: str = "") -> str:
    """An empty ``protokoll.toml``, TOML."""
    quoted = '"' + group.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _PARTICULARS.format(group=quoted)


def start_cell(name: str, work: str) -> NotebookNode:
    """The code cell that makes relative paths work where a notebook is opened by itself."""
    v4: Any = nbformat.v4
    source = _START.format(name=name, work=work)
    cell: NotebookNode = v4.new_code_cell(
        source, id="grader-start", metadata={"grader": {"role": ROLE}}
    )
    return cell
