"""The student kit (what is handed out) and the reference solution as a submission folder.

Everything in the kit is made from the *student* version of the sources; the solution, the
reference answers, checks and rubrics are never read while it is written.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.errors import LabError, UsageError
from grader.exchange.source import (
    Versions,
    build_notebooks,
    given_text,
    released_cells,
    to_bytes,
)
from grader.lab import Lab, NotebookSpec
from grader.model import ReleasedCell

__all__ = ["lab_given", "lab_notebooks", "lab_released", "write_kit", "write_solution"]

ANSWERS = "kontrollfragen.md"
PARTICULARS = "protokoll.toml"
WORK_FOLDER = "abgabe"

_EMPTY_PARTICULARS = """\
# Angaben für das Titelblatt des Protokolls. Bitte ausfüllen; Daten als JJJJ-MM-TT.

[protokoll]
teilnehmer = []       # zum Beispiel ["Vorname Name", "Vorname Name"]
gruppe = ""
betreuer = ""
semester = ""
versuchsdatum = ""
abgabedatum = ""
"""


def write_kit(lab: Lab, folder: Path) -> tuple[Path, ...]:
    """Write what students get: notebooks with gaps, questions to answer, data.

    Parameters
    ----------
    lab : Lab
    folder : Path
        Must not exist yet or be empty. It then holds ``abgabe/`` (what a group works in and
        hands in) and ``data/`` beside it, where the notebooks look for it.

    Returns
    -------
    tuple of Path
        The files in ``abgabe/``.

    Raises
    ------
    UsageError
        If ``folder`` already holds something.
    LabError
        If a source cannot be read.
    """
    _require_empty(folder)
    work = folder / WORK_FOLDER
    files = {f"{name}.ipynb": to_bytes(v.student) for name, v in lab_notebooks(lab).items()}
    files[ANSWERS] = _questions(lab).encode("utf-8")
    files[PARTICULARS] = _EMPTY_PARTICULARS.encode("utf-8")
    written = _write(work, files)
    shutil.copytree(
        lab.data, folder / "data", ignore=shutil.ignore_patterns(*lab.data_exclude, "__pycache__")
    )
    return written


def write_solution(lab: Lab, folder: Path) -> tuple[Path, ...]:
    """Write the reference as a submission: solution notebooks, answers, particulars.

    Raises
    ------
    UsageError
        If ``folder`` already holds something.
    LabError
        If a source, the answers or the particulars cannot be read.
    """
    _require_empty(folder)
    files = {f"{name}.ipynb": to_bytes(v.solution) for name, v in lab_notebooks(lab).items()}
    for name in (ANSWERS, PARTICULARS):
        files[name] = _read(lab.folder / name).encode("utf-8")
    return _write(folder, files)


def lab_notebooks(lab: Lab) -> dict[str, Versions]:
    """Build both versions of every notebook of the lab, by the lab's name for it.

    Raises
    ------
    LabError
        If a source is missing, is badly marked, or is headed with another notebook's name.
    """
    built = {}
    for spec in lab.notebooks:
        versions = build_notebooks(_source(lab, spec))
        name = versions.student.metadata["grader"]["notebook"]
        if name != spec.name:
            raise LabError(
                f"{spec.source} nennt im Kopf das Notebook {name!r} statt {spec.name!r}."
            )
        built[spec.name] = versions
    return built


def lab_given(lab: Lab) -> dict[str, str]:
    """Return the text that the lab gave, by slot, over all notebooks.

    Raises
    ------
    LabError
        As :func:`lab_notebooks`.
    """
    given: dict[str, str] = {}
    for spec in lab.notebooks:
        given.update(given_text(_source(lab, spec)))
    return given


def lab_released(lab: Lab) -> dict[str, tuple[ReleasedCell, ...]]:
    """Return every notebook's cells in both versions, by the lab's name for it.

    Raises
    ------
    LabError
        As :func:`lab_notebooks`.
    """
    return {spec.name: released_cells(_source(lab, spec)) for spec in lab.notebooks}


def _questions(lab: Lab) -> str:
    intro = "# Kontrollfragen\n\nSchreiben Sie Ihre Antwort unter die jeweilige Frage.\n"
    questions = (f"\n## {n}. {text}\n\n" for n, text in enumerate(lab.questions, start=1))
    return intro + "".join(questions)


def _source(lab: Lab, spec: NotebookSpec) -> str:
    return _read(lab.folder / spec.source)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path} ist nicht lesbar: {error}") from error


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} ist nicht leer. Bitte einen neuen Ordner angeben.")


def _write(folder: Path, files: dict[str, bytes]) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    return tuple(paths)
