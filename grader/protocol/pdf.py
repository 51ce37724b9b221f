"""The protocol as PDF through Typst."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import typst
from jinja2 import TemplateError
from matplotlib.ft2font import FT2Font

from grader.errors import GraderError, UsageError
from grader.protocol import messages
from grader.protocol.colouring import coloured_typst
from grader.protocol.document import DataTable, Document, FigureBlock, Picture
from grader.protocol.markup import TypstText, to_typst
from grader.protocol.rasters import rasters_of, write_picture
from grader.protocol.text import with_breaks
from grader.protocol.theme import DEFAULT, Theme, fonts
from grader.templating import Typst, render, typst_escape

__all__ = ["render_pdf", "template_fault", "typst_source"]

_PAGE_WIDTH = 210.0
_MARGIN, _REVIEW_MARGIN = 25.0, 18.0
_BESIDE = 53.0  # the instructor's margin, with its gutter
_MAX_COLUMN = 66.0
_SIGN = 1.75  # width of a letter in a table, in millimetres
_BROAD_SIGN, _INSET = 3.2, 1.8  # of the broadest letter; beside a cell
_PLAIN = re.compile(r"[\x20-\x7e\xa0-\xff]*")  # letters as high as the usual ones
_MAX_PICTURE_HEIGHT, _MIN_PICTURE_HEIGHT = 105.0, 42.0  # of a figure; of each of its pictures
_MAX_SINGLE_HEIGHT = 90.0
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_Standard = Literal["a-2a", "ua-1"]
_STANDARDS: tuple[_Standard, ...] = ("a-2a", "ua-1")


def render_pdf(document: Document, theme: Theme = DEFAULT) -> bytes:
    """Return the document as PDF: PDF/UA-1 (tagged, with alternative texts) and PDF/A-2a.

    Raises
    ------
    UsageError
        If the theme's title page is what Typst or Jinja2 refuse.
    GraderError
        If Typst refuses even the plainest form; the message holds its reason.
    """
    document = theme.arranged(document)
    markup = to_typst(document.prose)
    texts = {text: made.whole for text, made in markup.items()}
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        root = Path(name)
        for picture in document.pictures:
            write_picture(picture, root)
        if theme.logo:
            (root / theme.logo.name).write_bytes(theme.logo.data)
        try:
            return _compile(root, typst_source(document, texts, theme), theme, _STANDARDS)
        except typst.TypstError:
            # A formula that Typst cannot read, or a sign that no font has: find it, show it typed.
            texts = {text: _checked(text, made) for text, made in markup.items()}
        plain = {text: typst_escape(with_breaks(text, 40)) for text in texts}
        attempts = (
            (typst_source(document, texts, theme), _STANDARDS),
            (_drawable(typst_source(document, texts, theme)), _STANDARDS),
            (typst_source(document, texts, theme), ()),
            (_drawable(typst_source(document, plain, theme)), _STANDARDS),
        )
        for attempt, standards in attempts:
            try:
                return _compile(root, attempt, theme, standards)
            except typst.TypstError as error:
                failure = error
        if theme.folder is not None:
            raise UsageError(
                f"Mit der Vorlage {theme.name} ließ sich das Protokoll nicht setzen: {failure}"
            ) from failure
        raise GraderError(f"Das Protokoll ließ sich nicht setzen: {failure}") from failure


def typst_source(document: Document, texts: Mapping[str, Typst], theme: Theme = DEFAULT) -> str:
    """Return the document's Typst source; ``texts`` holds the Typst form of its Markdown."""
    people = next((value for label, value in document.title.rows if label == "Teilnehmende"), "")
    margin = _REVIEW_MARGIN if document.review else _MARGIN
    room = _PAGE_WIDTH - 2 * margin - (_BESIDE if document.review else 0)
    try:
        return render(
            "protocol/protokoll.typ",
            theme_folder=theme.folder,
            document=document,
            title=document.title,
            gaps=document.gaps,
            review=document.review,
            theme=theme,
            messages=messages,
            author=people or document.title.group,
            date=_date(document.title.date),
            prose=lambda markdown: texts[markdown],
            breaks=with_breaks,
            coloured=coloured_typst,
            margin=margin,
            width=lambda picture, figure: _width(picture, figure, room),
            cell=lambda table: _unbroken(table, room),
            rasters=rasters_of,
            flat=lambda table: _flat(table, room),
        )
    except TemplateError as error:
        raise template_fault(theme, error) from error


def template_fault(theme: Theme, error: TemplateError) -> Exception:
    """Return what to raise for a template that Jinja2 refuses: a theme's is its owner's."""
    if theme.folder is None:
        return error
    line = getattr(error, "lineno", None)
    place = f" (Zeile {line})" if line else ""
    return UsageError(f"Vorlage {theme.name}, Titelblatt{place}: {error}")


def _date(day: str) -> str:
    """Return an ISO date as Typst's; else ``auto``, the beginning of time: PDF/A wants one."""
    found = _DATE.fullmatch(day.strip())
    try:
        made = dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        made = None
    return f"datetime(year: {made.year}, month: {made.month}, day: {made.day})" if made else "auto"


def _unbroken(table: DataTable, room: float) -> int:
    """Return how many signs of a word in a cell stay together, so that the table fits."""
    lines = [table.header, *table.rows]
    columns = range(len(table.header))
    words = [max((len(w) for x in lines for w in x[i].split()), default=0) for i in columns]
    signs = int(room / _SIGN) - 2 * len(words)
    return 24 if sum(min(w, 24) for w in words) <= signs else max(3, signs // len(words))


def _flat(table: DataTable, room: float) -> list[bool]:
    """Return of each row, the header's first, whether all its cells have one line for certain."""
    lines = [table.header, *table.rows]
    widest = (max(map(_broad, column)) for column in zip(*lines, strict=False))
    if sum(w + 2 * _INSET for w in widest) > room:
        return [False] * len(lines)
    return [all(_PLAIN.fullmatch(cell) for cell in line) for line in lines]


def _broad(text: str) -> float:
    """Return a width in millimetres that no font of usual width exceeds with this text."""
    return sum(_BROAD_SIGN if c in "MWmw@%—" else _SIGN for c in text)


def _width(picture: Picture, figure: FigureBlock, room: float) -> str:
    """Return a picture's width in its column, in millimetres, so that no height exceeds a page."""
    room = (room - 4 * (figure.columns - 1)) / figure.columns
    width = min(room, picture.width if figure.columns == 1 else _MAX_COLUMN)
    ratio = picture.height / picture.width if picture.width else 1.0
    rows = -(-len(figure.pictures) // figure.columns)
    most = _MAX_PICTURE_HEIGHT if rows > 1 else _MAX_SINGLE_HEIGHT
    height = max(most / rows, _MIN_PICTURE_HEIGHT)
    return f"{min(width, height / max(ratio, 0.01)):.1f}mm"


def _compile(
    root: Path, source: str, theme: Theme = DEFAULT, standards: tuple[_Standard, ...] = ()
) -> bytes:
    main = root / "protokoll.typ"
    main.write_text(source, encoding="utf-8")
    return typst.compile(
        main,
        root=root,
        font_paths=fonts(theme.folder),
        package_path=root / "packages",
        package_cache_path=root / "packages",
        pdf_standards=list(standards),
        timestamp=0,
    )


def _drawable(source: str) -> str:
    """Return the source with a box for each sign that none of the usual fonts has."""
    known = _drawn_signs()
    return "".join(c if ord(c) < 0x250 or ord(c) in known else "□" for c in source)


@cache
def _drawn_signs() -> frozenset[int]:
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return frozenset(FT2Font(path).get_charmap())


# --------------------------------------------------------------------------- broken formulas

_HEAD = """#let horizontalrule = line(length: 100%)
#let formula(tex, body) = body
"""
_CALL = re.compile(r"#formula\((\"(?:\\.|[^\"\\])*\")\)\[.*\];", re.DOTALL)


def _checked(text: str, markup: TypstText) -> Typst:
    """Return the text's Typst if Typst reads it; else with its broken formulas as typed code."""
    if _compiles(markup.whole):
        return markup.whole
    pieces = list(markup.pieces)
    for number in range(1, len(pieces), 2):
        if not _compiles(pieces[number]):
            pieces[number] = Typst(_CALL.sub(r"#raw(\1);", pieces[number]))
    mended = Typst("".join(pieces))
    return mended if _compiles(mended) else typst_escape(with_breaks(text, 40))


def _compiles(source: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        try:
            _compile(Path(name), _HEAD + source)
        except typst.TypstError:
            return False
    return True
