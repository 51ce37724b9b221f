"""What the dashboard is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings"]

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where everything lies, and the limits.

    Attributes
    ----------
    lab, out : Path
        As for ``grader grade``.
    gradebook : str
        Database URL or SQLite file; ``""`` for the one in ``out``.
    term : str or None
        Which cohort; None for the newest one.
    submissions : Path or None
        Where submissions lie whose place the gradebook does not know.
    port : int
        Part of the cookie's name: cookies of two servers on one machine do not mix.
    upload_bytes, form_bytes : int
        Largest upload, and largest other request.
    jobs : int
        Notebooks at once in a grading that is started from the page.
    unsafe : bool
        Such a grading runs without the outer wall too.
    """

    lab: Path
    out: Path
    gradebook: str = ""
    term: str | None = None
    submissions: Path | None = None
    port: int = 0
    upload_bytes: int = 2000 * _MEGABYTE
    form_bytes: int = 2 * _MEGABYTE
    jobs: int = 1
    unsafe: bool = False

    @property
    def gradebook_url(self) -> str:
        """The gradebook's address: the given one, or the file in ``out``."""
        return self.gradebook or f"sqlite:///{(self.out / 'gradebook.sqlite').absolute()}"

    @property
    def uploads(self) -> Path:
        """Folder for uploads while they are read; no submission's name begins with a dot."""
        return self.out / ".eingang"

    @property
    def intake(self) -> Path:
        """Folder for the submissions that are made of uploads: the given one, or one in ``out``."""
        given = self.submissions
        return given if given is not None and not given.is_file() else self.out / ".abgaben"
