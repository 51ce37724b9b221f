"""The student kit (what is handed out) and the reference solution as a submission folder.

Everything in the kit is made from the *student* version of the sources; the solution, the
reference answers, checks and rubrics are never read while it is written.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from grader.engine.box import data_files
from grader.errors import LabError, UsageError
from grader.exchange import handout
from grader.exchange.source import (
    Versions,
    build_notebooks,
    given_text,
    released_cells,
    to_bytes,
)
from grader.lab import Lab, NotebookSpec
from grader.model import ReleasedCell
from grader.selfcheck.description import DESCRIPTION, public_view

__all__ = [
    "kit_archive",
    "kit_files",
    "kit_name",
    "lab_given",
    "lab_notebooks",
    "lab_released",
    "write_kit",
    "write_solution",
]

ANSWERS = "kontrollfragen.md"
PARTICULARS = "protokoll.toml"
README = "LIESMICH.md"
WORK_FOLDER, DATA_FOLDER = "abgabe", "data"
# Files that deflating makes no smaller.
_PACKED = (".npz", ".png", ".jpg", ".jpeg", ".pdf", ".zip")
_LEVEL = 6
# The earliest time that a .zip can hold.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def kit_name(lab: Lab, group: str = "") -> str:
    """Name of a kit's archive and of the folder in it, without ending: plain ASCII."""
    plain = unicodedata.normalize("NFKD", f"{lab.id}-{group}" if group else lab.id)
    return re.sub(r"[^A-Za-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")


def kit_files(lab: Lab, *, group: str = "", variant: str = "") -> dict[str, bytes]:
    """Make what students get: notebooks with gaps, questions to answer, data, README, self-check.

    Parameters
    ----------
    lab : Lab
        As the group has it.
    group : str
        Whose kit it is; empty if it is everybody's.
    variant : str
        Id of the group's own data, kept in the notebooks' metadata.

    Returns
    -------
    dict of str to bytes
        Content by path. ``abgabe/`` is what a group works in and hands in; ``data/`` lies beside
        it, where the notebooks look for it.

    Raises
    ------
    LabError
        If a source cannot be read, or a file of the data is not meant to go out.
    """
    name = kit_name(lab, group)
    text = handout.readme(lab, name, WORK_FOLDER, group, own=bool(variant))
    files = {README: text.encode("utf-8")}
    for notebook, versions in lab_notebooks(lab).items():
        student = versions.student
        student.cells.insert(0, handout.start_cell(kit_name(lab), WORK_FOLDER))
        if variant:
            student.metadata["grader"]["variant"] = variant
        files[f"{WORK_FOLDER}/{notebook}.ipynb"] = to_bytes(student)
    if lab.questions:
        files[f"{WORK_FOLDER}/{ANSWERS}"] = handout.questions(lab).encode("utf-8")
    # What the self-check needs; of the group's own notebooks.
    files[f"{WORK_FOLDER}/{DESCRIPTION}"] = public_view(lab, lab_released(lab))
    files[f"{WORK_FOLDER}/{PARTICULARS}"] = handout.particulars(group).encode("utf-8")
    exclude = (*lab.data_exclude, "__pycache__")
    for path in data_files(lab.data, exclude):
        inside = path.relative_to(lab.data).as_posix()
        patterns = lab.release.files
        if patterns and not any(fnmatchcase(inside, pattern) for pattern in patterns):
            raise LabError(
                f"{path} steht weder in [release] files noch in [data] exclude von "
                f"{lab.folder / 'lab.toml'}. Soll die Datei ausgegeben werden?"
            )
        files[f"{DATA_FOLDER}/{inside}"] = path.read_bytes()
    return files


def kit_archive(files: Mapping[str, bytes], name: str) -> bytes:
    """Pack files into a .zip that unpacks to a folder ``name``; equal files give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(f"{name}/{path}", _LONG_AGO)
            # As on Unix wherever it is made: a plain file that its owner may write.
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            packed = path.endswith(_PACKED)
            kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(info, files[path], kind, None if packed else _LEVEL)
    return target.getvalue()


def write_kit(lab: Lab, folder: Path) -> tuple[Path, ...]:
    """Write what students get into a folder.

    Parameters
    ----------
    lab : Lab
    folder : Path
        Must not exist yet or be empty.

    Returns
    -------
    tuple of Path
        The files in ``abgabe/``.

    Raises
    ------
    UsageError
        If ``folder`` already holds something.
    LabError
        As :func:`kit_files`.
    """
    _require_empty(folder)
    written = _write(folder, kit_files(lab))
    return tuple(path for path in written if path.parent.name == WORK_FOLDER)


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
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    return tuple(paths)
