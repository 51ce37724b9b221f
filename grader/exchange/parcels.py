"""Which files each participant gets back, and from whose results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.exchange.feedback import FEEDBACK_FILES, Parcel
from grader.exchange.grades import Given

__all__ = ["parcels_for"]


def parcels_for(given: Iterable[Given], results: Path) -> tuple[list[Parcel], list[str]]:
    """Collect the feedback of every participant whose grade is entered.

    Parameters
    ----------
    given : iterable of Given
    results : Path
        Folder of the results.

    Returns
    -------
    parcels : list of Parcel
    lacking : list of str
        ``submission/file`` of what should be there and is not, each once.
    """
    parcels: list[Parcel] = []
    lacking: dict[str, None] = {}
    for entry in given:
        if entry.points is None:
            continue
        folder = results / entry.submission
        files = [folder / name for name in FEEDBACK_FILES]
        there = tuple(f for f in files if f.is_file() and not f.is_symlink())
        lacking |= dict.fromkeys(f"{entry.submission}/{f.name}" for f in files if f not in there)
        if there:
            name = entry.row.name or "Teilnehmerin"
            parcels.append(Parcel(entry.row.id, name, there))
    return parcels, list(lacking)
