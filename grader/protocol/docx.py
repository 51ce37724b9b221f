"""The protocol as a Word document, through pandoc's syntax tree.

What pandoc's tree has no element for (page breaks, contents, numbers that Word counts itself) is
WordprocessingML of our own, see :mod:`grader.protocol.wordfields`.
"""

from __future__ import annotations

import base64
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import typst

from grader.protocol import messages
from grader.protocol import wordfields as word
from grader.protocol.document import (
    Block,
    Code,
    DataTable,
    Document,
    FigureBlock,
    Note,
    Picture,
    Prose,
    References,
    Review,
    Section,
    TextOutput,
)
from grader.protocol.markup import parse, run_pandoc, wrapped
from grader.protocol.syntax import Node
from grader.protocol.theme import DEFAULT, Theme, fonts
from grader.protocol.wordfile import finished
from grader.protocol.wordtables import TEXT_WIDTH, data_table, grid, plain

__all__ = ["write_docx"]

_NO_ATTRIBUTES = ["", [], []]
_PPI = 220
_PLAIN_CODE = "--syntax-highlighting=none"


def write_docx(document: Document, path: Path | str, theme: Theme = DEFAULT) -> None:
    """Write the document as docx: headings, captions, code, pictures, formulas to go on with."""
    document = theme.arranged(document)
    texts = list(dict.fromkeys(document.prose))
    prose = dict(zip(texts, parse(texts), strict=True)) if texts else {}
    logo = (theme.logo,) if theme.logo else ()
    writer = _Writer(prose, _as_pixels((*document.pictures, *logo)))
    blocks = [*writer.title(document, theme), *writer.lists(document, theme)]
    for section in document.sections:
        blocks += writer.section(section, 1)
    blocks += writer.open_points(document)
    people = next((v for label, v in document.title.rows if label == "Teilnehmende"), "")
    tree = wrapped(blocks, lang="de-DE")
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        raw = Path(name) / "protokoll.docx"
        run_pandoc("-f", "json", "-t", "docx", _PLAIN_CODE, "-o", str(raw), text=tree)
        made = finished(
            raw.read_bytes(),
            title=document.title.experiment,
            author=people or document.title.group,
            accent=theme.accent,
            heading=theme.heading,
        )
    Path(path).write_bytes(made)


class _Writer:
    """Makes blocks; ``pixels`` holds the PNG of each vector picture by its name."""

    def __init__(self, prose: Mapping[str, list[Node]], pixels: Mapping[str, bytes]) -> None:
        self._prose, self._pixels = prose, pixels
        self._comments = itertools.count(1)

    def title(self, document: Document, theme: Theme) -> Iterator[Node]:
        title = document.title
        if theme.logo:
            width = theme.logo_height * theme.logo.width / theme.logo.height
            yield word.styled("Author", [self._image(theme.logo, width)])
        for line in (title.university, title.faculty, title.institute):
            if line:
                yield word.styled("Author", _text(line))
        yield word.styled("Date", _text(", ".join(filter(None, (title.course, title.term)))))
        yield word.styled("Title", _text(title.experiment))
        yield word.styled("Subtitle", _text(f"Protokoll · {title.group}"))
        rows = [(label, value or messages.GAP_VALUE) for label, value in title.rows]
        yield data_table(DataTable(("", ""), tuple(rows), (False, False), indexed=False))
        if document.open_points:
            yield word.styled("Date", _text(messages.draft(document.gaps)))
        if document.review:
            yield word.styled("Date", _text(messages.INSTRUCTOR))
        yield word.page_break()

    def lists(self, document: Document, theme: Theme) -> Iterator[Node]:
        shown = {
            "contents": messages.CONTENTS,
            "figures": messages.FIGURES if document.figures else "",
            "tables": messages.TABLES if document.tables else "",
        }
        entries = {
            "contents": list(_numbered(document.sections)),
            "figures": [(1, f"Abbildung {f.number}: {f.caption}") for f in document.figures],
            "tables": [(1, f"Tabelle {t.number}: {t.caption}") for t in document.tables],
        }
        for name, heading in shown.items():
            if name in theme.lists and heading:
                yield word.styled("TOC Heading", _text(heading))
                yield word.list_of(name, entries[name])
        if theme.lists:
            yield word.page_break()

    def section(self, section: Section, level: int) -> Iterator[Node]:
        yield self._heading(section.title, level, section.review)
        for question in section.questions:
            name = messages.question(question.number)
            yield self._heading(name, level + 1, question.review, numbered=False)
            for block in (question.text, *question.blocks):
                yield from self.block(block)
        for block in section.blocks:
            yield from self.block(block)
        for inner in section.sections:
            yield from self.section(inner, level + 1)

    def open_points(self, document: Document) -> Iterator[Node]:
        if not document.open_points:
            return
        yield self._heading(messages.OPEN_POINTS, 1, None, numbered=False)
        yield _para(messages.OPEN_INTRODUCTION)
        yield {
            "t": "BulletList",
            "c": [[plain(f"{p.place}: {p.text}")] for p in document.open_points],
        }

    def _heading(
        self, title: str, level: int, review: Review | None, *, numbered: bool = True
    ) -> Node:
        inlines = _text(title)
        if review is not None:
            inlines = word.commented(inlines, _margin(review), next(self._comments))
        if not numbered:
            return word.styled(f"Heading Plain {level}", inlines)
        return {"t": "Header", "c": [level, _NO_ATTRIBUTES, inlines]}

    def block(self, block: Block) -> list[Node]:
        match block:
            case Prose():
                made = self._prose[block.markdown]
                return [word.div("Block Text", made)] if block.role != "answer" else made
            case Code():
                return [{"t": "CodeBlock", "c": [["", ["python"], []], block.source]}]
            case TextOutput():
                return [word.styled("Output", list(_lines(block.text)))]
            case DataTable():
                remark = [_para(block.remark)] if block.remark else []
                caption = word.caption("Tabelle", "tab", block.number, block.caption)
                return [*([caption] if block.number else []), data_table(block), *remark]
            case FigureBlock():
                return self._figure(block)
            case References():
                links = [i for item in block.items for i in word.reference(item)]
                return [{"t": "Para", "c": [*_text(f"{messages.RESULTS} "), *links]}]
            case Note():
                text = f"{block.text} {messages.BELONGS} {block.belongs}"
                shown = text if block.belongs else block.text
                return [{"t": "Para", "c": [{"t": "Emph", "c": _text(f"[{shown}]")}]}]

    def _figure(self, figure: FigureBlock) -> list[Node]:
        """Return pictures beside each other in a table without lines, as the PDF's grid."""
        columns = min(figure.columns, len(figure.pictures)) or 1
        share = TEXT_WIDTH / columns - (4 if columns > 1 else 0)
        cells = []
        for picture in figure.pictures:
            inlines = [self._image(picture, min(picture.width, share))]
            if picture.label:
                inlines += [{"t": "LineBreak"}, *_text(picture.label)]
            cells.append(word.div("Captioned Figure", [{"t": "Para", "c": inlines}]))
        caption = word.caption("Abbildung", "abb", figure.number, figure.caption)
        return [*([grid(cells, columns)] if columns > 1 else cells), caption]

    def _image(self, picture: Picture, width: float) -> Node:
        drawn = self._pixels.get(picture.name)
        data, kind = (drawn, "image/png") if drawn else (picture.data, picture.media_type)
        uri = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        attributes = ["", [], [["width", f"{width:.0f}mm"]]]
        return {"t": "Image", "c": [attributes, _text(picture.alt), [uri, ""]]}


def _as_pixels(pictures: Iterable[Picture]) -> dict[str, bytes]:
    """Return each SVG of ours as PNG, by name; Word shows SVG only in new versions."""
    vectors = [p for p in pictures if p.name.endswith(".svg")]
    if not vectors:
        return {}
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        lines = ["#set page(width: auto, height: auto, margin: 0pt)"]
        for picture in vectors:
            (Path(name) / picture.name).write_bytes(picture.data)
            lines.append(f'#page(image("{picture.name}", width: {picture.width:.1f}mm))')
        main = Path(name) / "seiten.typ"
        main.write_text("\n".join(lines), encoding="utf-8")
        pages = typst.compile(main, root=Path(name), format="png", ppi=_PPI, font_paths=fonts(None))
    made = pages if isinstance(pages, list) else [pages]
    return {picture.name: page for picture, page in zip(vectors, made, strict=True)}


def _numbered(sections: Sequence[Section], above: str = "") -> Iterator[tuple[int, str]]:
    """Yield headings' levels and texts with the numbers that Word will count."""
    for number, section in enumerate(sections, start=1):
        mark = f"{above}{number}"
        yield mark.count(".") + 1, f"{mark} {section.title}"
        yield from _numbered(section.sections, f"{mark}.")


def _margin(review: Review) -> list[str]:
    lines = [f"{review.points} {messages.POINTS}"]
    for remark in review.remarks:
        comment = f". {remark.comment}" if remark.comment else ""
        lines.append(f"{remark.title}, {remark.points}: {remark.mark}{comment}")
    return lines


def _lines(text: str) -> Iterator[Node]:
    """Yield typed lines as inlines."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield {"t": "LineBreak"}
        yield {"t": "Code", "c": [_NO_ATTRIBUTES, line]}


def _text(text: str) -> list[Node]:
    return [{"t": "Str", "c": text}]


def _para(text: str) -> Node:
    return {"t": "Para", "c": _text(text)}
