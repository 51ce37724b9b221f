"""The protocol as a Word document, through pandoc's syntax tree."""

from __future__ import annotations

import base64
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typst

from grader.protocol import messages
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
    Section,
    TextOutput,
)
from grader.protocol.markup import parse, run_pandoc, wrapped
from grader.protocol.syntax import Node

__all__ = ["write_docx"]

_NO_ATTRIBUTES = ["", [], []]
_TEXT_WIDTH = 155.0
# Twentieths of a point: 210 x 297 mm with margins of 25 mm.
_A4 = (
    b'<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" w:bottom="1417" '
    b'w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
)


def write_docx(document: Document, path: Path | str) -> None:
    """Write the document as docx: headings, code, pictures, formulas that Word can edit."""
    texts = list(dict.fromkeys(document.prose))
    prose = dict(zip(texts, parse(texts), strict=True)) if texts else {}
    blocks = list(_title(document))
    for section in document.sections:
        blocks += _section(section, 1, prose)
    tree = wrapped(blocks, title=document.title.experiment, lang="de", **{"toc-title": "Inhalt"})
    options = ("--toc", "--number-sections", "--syntax-highlighting=none")
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        raw = Path(name) / "protokoll.docx"
        run_pandoc("-f", "json", "-t", "docx", *options, "-o", str(raw), text=tree)
        Path(path).write_bytes(_finished(raw.read_bytes()))


def _finished(docx: bytes) -> bytes:
    """Return the file with A4 pages, and without a copy of every picture as its own description."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                data = re.sub(rb'descr="data:[^"]*"', b'descr=""', data)
                # The page's size comes after the notes' settings: the schema's order.
                data = data.replace(b"</w:sectPr>", _A4 + b"</w:sectPr>")
            new.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _title(document: Document) -> Iterable[Node]:
    title = document.title
    head = (title.university, title.faculty, title.institute, title.course, title.term)
    yield from (_para(line) for line in head if line)
    yield _para(f"Protokoll · {title.group}")
    rows = [(label, value or messages.GAP_VALUE) for label, value in title.rows]
    yield _table(DataTable(("", ""), tuple(rows), (False, False), indexed=False))


def _section(section: Section, level: int, prose: Mapping[str, list[Node]]) -> Iterable[Node]:
    yield {"t": "Header", "c": [level, _NO_ATTRIBUTES, _text(section.title)]}
    for question in section.questions:
        yield {"t": "Para", "c": [{"t": "Strong", "c": _text(f"Frage {question.number}")}]}
        for block in (question.text, *question.blocks):
            yield from _block(block, prose)
    for block in section.blocks:
        yield from _block(block, prose)
    for inner in section.sections:
        yield from _section(inner, level + 1, prose)


def _block(block: Block, prose: Mapping[str, list[Node]]) -> list[Node]:
    match block:
        case Prose():
            return prose[block.markdown]
        case Code():
            return [{"t": "CodeBlock", "c": [["", ["python"], []], block.source]}]
        case TextOutput():
            return [{"t": "CodeBlock", "c": [_NO_ATTRIBUTES, block.text]}]
        case DataTable():
            remark = [_para(block.remark)] if block.remark else []
            return [_table(block), *remark]
        case FigureBlock():
            return [_figure(block)]
        case References():
            return []
        case Note():
            return [{"t": "Para", "c": [{"t": "Emph", "c": _text(f"[{block.text}]")}]}]


def _figure(figure: FigureBlock) -> Node:
    share = _TEXT_WIDTH / figure.columns
    inlines = [_image(p, min(p.width, share - 3)) for p in figure.pictures]
    caption = [{"t": "Plain", "c": _text(f"Abbildung {figure.number}: {figure.caption}")}]
    body = [{"t": "Plain", "c": inlines}]
    return {"t": "Figure", "c": [_NO_ATTRIBUTES, [None, caption], body]}


def _image(picture: Picture, width: float) -> Node:
    vector = picture.name.endswith(".svg")
    data, kind = (_as_png(picture), "image/png") if vector else (picture.data, picture.media_type)
    uri = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    attributes = ["", [], [["width", f"{width:.0f}mm"]]]
    return {"t": "Image", "c": [attributes, _text(picture.alt), [uri, ""]]}


def _as_png(picture: Picture) -> bytes:
    """Return an SVG of ours as pixels; Word shows SVG only in new versions."""
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        (Path(name) / "a.svg").write_bytes(picture.data)
        main = Path(name) / "a.typ"
        page = "#set page(width: auto, height: auto, margin: 0pt)\n"
        main.write_text(f'{page}#image("a.svg", width: {picture.width:.1f}mm)', encoding="utf-8")
        made: bytes = typst.compile(main, root=Path(name), format="png", ppi=200)
    return made


def _table(table: DataTable) -> Node:
    def row(values: Iterable[str]) -> list[Any]:
        cells = [[_NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, [_plain(v)]] for v in values]
        return [_NO_ATTRIBUTES, cells]

    aligned = ["AlignRight" if number else "AlignLeft" for number in table.numeric]
    head = [row(table.header)] if any(table.header) else []
    return {
        "t": "Table",
        "c": [
            _NO_ATTRIBUTES,
            [None, []],
            [[{"t": a}, {"t": "ColWidthDefault"}] for a in aligned],
            [_NO_ATTRIBUTES, head],
            [[_NO_ATTRIBUTES, 0, [], [row(values) for values in table.rows]]],
            [_NO_ATTRIBUTES, []],
        ],
    }


def _text(text: str) -> list[Node]:
    return [{"t": "Str", "c": text}]


def _plain(text: str) -> Node:
    return {"t": "Plain", "c": _text(text)}


def _para(text: str) -> Node:
    return {"t": "Para", "c": _text(text)}
