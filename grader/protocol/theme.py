"""Themes: an institute's colours, logo, fonts, order and title page, in one folder.

``theme.toml`` holds the settings; ``titel.typ`` and ``titel.html`` replace the title page,
``stil.css`` adds to the styles of the HTML. All may be missing. ``docs/vorlagen.md`` describes
every field, and a test compares it with this module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import matplotlib as mpl
import typst

from grader.protocol.document import Document, Picture

__all__ = ["DEFAULT", "LISTS", "PARTS", "THEME_FILES", "Theme", "families", "fonts"]

THEME_FILES = ("theme.toml", "titel.typ", "titel.html", "stil.css")
PARTS = ("questions", "experiment")
LISTS = ("contents", "figures", "tables")


@dataclass(frozen=True, slots=True)
class Theme:
    """How a protocol looks.

    Attributes
    ----------
    name : str
        For messages.
    accent, heading, soft : str
        Colours ``#rrggbb`` of links and marks, of headings, of secondary text; each readable on
        white (contrast of at least 4.5).
    accent_dark : str
        ``accent`` in the HTML's dark form; readable on ``#14181d``.
    rule : str
        Colour of thin lines.
    font, heading_font : str
        Font families: of Typst, or from the theme's folder ``fonts``.
    logo : Picture or None
        On the title page.
    logo_height : float
        Millimetres.
    parts : tuple of str
        Order of ``"questions"`` and ``"experiment"``.
    lists : tuple of str
        What stands before the text: ``"contents"``, ``"figures"``, ``"tables"``.
    rows : tuple of str
        Order of the title page's entries by label; those not named follow.
    line_numbers : bool
        Number the lines of code.
    css : str
        Added to the styles of the HTML.
    folder : Path or None
        Where its own templates and fonts are.
    """

    name: str = "standard"
    accent: str = "#00497a"
    accent_dark: str = "#7fc0f0"
    heading: str = "#1c2430"
    soft: str = "#56616f"
    rule: str = "#d5dae1"
    font: str = "Libertinus Serif"
    heading_font: str = "Libertinus Serif"
    logo: Picture | None = None
    logo_height: float = 18.0
    parts: tuple[str, ...] = PARTS
    lists: tuple[str, ...] = LISTS
    rows: tuple[str, ...] = ()
    line_numbers: bool = True
    css: str = ""
    folder: Path | None = None

    def arranged(self, document: Document) -> Document:
        """Return the document with its parts and title page in this theme's order."""
        order = [PARTS.index(part) for part in self.parts]
        sections = document.sections
        if len(sections) == len(order):
            sections = tuple(sections[i] for i in order)
        known = {label: number for number, label in enumerate(self.rows)}
        rows = sorted(document.title.rows, key=lambda row: known.get(row[0], len(known)))
        title = replace(document.title, rows=tuple(rows))
        return replace(document, title=title, sections=sections)

    @property
    def digest(self) -> str:
        """Hash of all that makes it."""
        made = hashlib.sha256(repr(self).encode())
        if self.logo is not None:
            made.update(self.logo.data)
        for path in _own_files(self.folder) if self.folder else ():
            made.update(path.read_bytes())
        return made.hexdigest()[:16]


DEFAULT = Theme()


def _own_files(folder: Path) -> list[Path]:
    found = [folder / name for name in THEME_FILES] + sorted((folder / "fonts").glob("*"))
    return [path for path in found if path.is_file()]


@cache
def fonts(folder: Path | None) -> typst.Fonts:
    """Return the fonts of a theme: Typst's own, matplotlib's, those in its folder; no system's.

    matplotlib brings DejaVu Sans: signs that Libertinus lacks (arrows, emoji, Arabic, Hebrew).
    What a machine has installed must not change a page.
    """
    paths = [Path(mpl.get_data_path()) / "fonts" / "ttf"]
    if folder is not None and (folder / "fonts").is_dir():
        paths.append(folder / "fonts")
    return typst.Fonts(include_system_fonts=False, font_paths=paths)


@cache
def families(folder: Path | None) -> tuple[str, ...]:
    """Return the font families that a document of this theme can use."""
    return tuple(fonts(folder).families())
