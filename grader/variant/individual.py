"""A lab as one group has it: its own data and task texts, and the reference that fits them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.engine.box import data_files
from grader.errors import UsageError
from grader.lab import Individual, Lab
from grader.variant.folder import made_folder

__all__ = ["individual_lab", "individual_of"]


def individual_lab(lab: Lab, cache: Path, number: int) -> Lab:
    """Return the lab with one group's data and sources, made now unless they have been before.

    Parameters
    ----------
    lab : Lab
    cache : Path
        Keeps what was made.
    number : int
        Decides about the group's data.

    Raises
    ------
    UsageError
        If the lab has no individual kits.
    LabError
        If its module fails, or leaves other files than it was given, or changes none.
    """
    maker = individual_of(lab)
    trees = {
        "data": (lab.data, list(data_files(lab.data, lab.data_exclude))),
        ".": (lab.folder, [lab.folder / spec.source for spec in lab.notebooks]),
    }
    folder = made_folder(lab, maker, cache, number, trees).resolve()
    # Joined to the lab's folder, an absolute path stays what it is.
    notebooks = tuple(replace(n, source=str(folder / n.source)) for n in lab.notebooks)
    return replace(lab, data=folder / "data", notebooks=notebooks)


def individual_of(lab: Lab) -> Individual:
    """How the lab makes a group's own kit.

    Raises
    ------
    UsageError
        If it does not.
    """
    if lab.individual is None:
        raise UsageError(
            f"Das Labor {lab.id} hat keine eigenen Ausgaben je Gruppe: In seiner lab.toml fehlt "
            "der Abschnitt [individual]."
        )
    return lab.individual
