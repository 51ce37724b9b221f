"""The protocol as PDF through Typst."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import typst

from grader.errors import GraderError
from grader.protocol import messages
from grader.protocol.document import Document, FigureBlock, Picture
from grader.protocol.markup import Markup, convert
from grader.protocol.text import with_breaks
from grader.templating import Typst, render, typst_escape

__all__ = ["render_pdf", "typst_source"]

_TEXT_WIDTH = 160.0
_MAX_COLUMN = 66.0
_MAX_PICTURE_HEIGHT = 115.0


def render_pdf(document: Document) -> bytes:
    """Return the document as PDF (PDF/UA-1: tagged, with alternative texts).

    Raises
    ------
    GraderError
        If Typst refuses even the plainest form; the message holds its reason.
    """
    markup = convert(document.prose)
    texts = {text: made.typst for text, made in markup.items()}
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        root = Path(name)
        for picture in document.pictures:
            (root / picture.name).write_bytes(picture.data)
        try:
            return _compile(root, typst_source(document, texts), "ua-1")
        except typst.TypstError:
            # A formula that Typst cannot read, or a sign that no font has: find it, show it typed.
            texts = {text: _checked(text, made) for text, made in markup.items()}
        source = typst_source(document, texts)
        plain = typst_source(document, {text: typst_escape(text) for text in texts})
        attempts: tuple[tuple[str, Literal["ua-1"] | None], ...]
        attempts = ((source, "ua-1"), (source, None), (plain, None))
        for attempt, standard in attempts:
            try:
                return _compile(root, attempt, standard)
            except typst.TypstError as error:
                failure = error
        raise GraderError(f"Das Protokoll ließ sich nicht setzen: {failure}") from failure


def typst_source(document: Document, texts: Mapping[str, Typst]) -> str:
    """Return the document's Typst source; ``texts`` holds the Typst form of its Markdown."""
    people = next((value for label, value in document.title.rows if label == "Teilnehmende"), "")
    return render(
        "protocol/protokoll.typ",
        document=document,
        messages=messages,
        author=people or document.title.group,
        prose=lambda markdown: texts[markdown],
        breaks=with_breaks,
        width=_width,
    )


def _width(picture: Picture, figure: FigureBlock) -> str:
    """Return a picture's width in its column, in millimetres, so that no height exceeds a page."""
    room = (_TEXT_WIDTH - 4 * (figure.columns - 1)) / figure.columns
    width = min(room, picture.width if figure.columns == 1 else _MAX_COLUMN)
    ratio = picture.height / picture.width if picture.width else 1.0
    return f"{min(width, _MAX_PICTURE_HEIGHT / max(ratio, 0.01)):.1f}mm"


@cache
def _fonts() -> typst.Fonts:
    # matplotlib brings DejaVu Sans: signs that Libertinus lacks (arrows, emoji, Arabic, Hebrew).
    return typst.Fonts(font_paths=[Path(mpl.get_data_path()) / "fonts" / "ttf"])


def _compile(root: Path, source: str, standard: Literal["ua-1"] | None = None) -> bytes:
    main = root / "protokoll.typ"
    main.write_text(source, encoding="utf-8")
    return typst.compile(
        main,
        root=root,
        font_paths=_fonts(),
        package_path=root / "packages",
        package_cache_path=root / "packages",
        pdf_standards=[standard] if standard else [],
        timestamp=0,
    )


# --------------------------------------------------------------------------- broken formulas

_HEAD = """#let horizontalrule = line(length: 100%)
#let formula(tex, body) = body
"""
_CALL = re.compile(r"#formula\((\"(?:\\.|[^\"\\])*\")\)\[.*\];", re.DOTALL)


def _checked(text: str, markup: Markup) -> Typst:
    """Return the text's Typst if Typst reads it; else with its broken formulas as typed code."""
    if _compiles(markup.typst):
        return markup.typst
    pieces = list(markup.pieces)
    for number in range(1, len(pieces), 2):
        if not _compiles(pieces[number]):
            pieces[number] = Typst(_CALL.sub(r"#raw(\1);", pieces[number]))
    mended = Typst("".join(pieces))
    return mended if _compiles(mended) else typst_escape(text)


def _compiles(source: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        try:
            _compile(Path(name), _HEAD + source)
        except typst.TypstError:
            return False
    return True
