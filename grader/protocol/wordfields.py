"""Pieces of a Word document that pandoc's tree lacks: fields, page breaks, comments.

Fields are what Word counts itself: numbers of captions, references to them, the contents. Word
brings them up to date when the document changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from grader.protocol.document import Reference
from grader.protocol.syntax import Node

__all__ = [
    "caption",
    "commented",
    "div",
    "list_of",
    "page_break",
    "reference",
    "styled",
]

_AUTHOR = "Betreuung"
_WHEN = "2000-01-01T00:00:00Z"  # Word wants a date; the same document must give the same bytes
_LOW = '<w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
_LISTS = {
    "contents": 'TOC \\o "1-3" \\h \\z \\u',
    "figures": 'TOC \\h \\z \\c "Abbildung"',
    "tables": 'TOC \\h \\z \\c "Tabelle"',
}


def div(style: str, blocks: Sequence[Node]) -> Node:
    """Return blocks in a paragraph style."""
    return {"t": "Div", "c": [["", [], [["custom-style", style]]], list(blocks)]}


def styled(style: str, inlines: Sequence[Node]) -> Node:
    """Return one paragraph in a style."""
    return div(style, [{"t": "Para", "c": list(inlines)}])


def caption(name: str, anchor: str, number: int, text: str) -> Node:
    """Return a caption: ``Abbildung 3: …``, with a number that Word counts."""
    field = _field(f"SEQ {name} \\* ARABIC", str(number))
    label = [*_words(f"{name}\u00a0"), field]
    marked = {"t": "Span", "c": [[f"{anchor}{number}", [], []], label]}
    return styled("Caption", [marked, *_words(f": {text}")])


def reference(item: Reference) -> list[Node]:
    """Return a reference to a caption."""
    return [_field(f"REF {item.anchor} \\h", item.text), *_words(item.after)]


def list_of(name: str, entries: Sequence[tuple[int, str]]) -> Node:
    """Return a table of contents, figures or tables; Word adds the pages on opening.

    Parameters
    ----------
    entries : sequence of tuple
        Level and text, for programs that do not count themselves.
    """
    begin = '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
    code = f'<w:r><w:instrText xml:space="preserve"> {escape(_LISTS[name])} </w:instrText></w:r>'
    between = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    opening, lines = begin + code + between, []
    for level, text in entries:
        style = f'<w:pPr><w:pStyle w:val="TOC{level}"/></w:pPr>'
        run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        lines.append(f"<w:p>{style}{opening}{run}</w:p>")
        opening = ""
    return _raw_block(f"{''.join(lines)}<w:p>{_LOW}{opening}{end}</w:p>")


def page_break() -> Node:
    """Return the end of a page."""
    # Low, so that a full page before it does not make an empty one.
    return _raw_block(f'<w:p>{_LOW}<w:r><w:br w:type="page"/></w:r></w:p>')


def commented(inlines: Sequence[Node], lines: Sequence[str], number: int) -> list[Node]:
    """Return inlines with the document's ``number``-th comment in the margin."""
    said: list[Node] = []
    for place, line in enumerate(lines):
        said += [{"t": "LineBreak"}] if place else []
        said += _words(line)
    start, end = (
        _comment(f"comment-{k}", str(number), c) for k, c in (("start", said), ("end", []))
    )
    return [start, *inlines, end]


def _comment(kind: str, identity: str, inlines: list[Node]) -> Node:
    named = [["id", identity], ["author", _AUTHOR], ["date", _WHEN]]
    return {"t": "Span", "c": [["", [kind], named], inlines]}


def _field(code: str, shown: str) -> Node:
    run = f'<w:r><w:t xml:space="preserve">{escape(shown)}</w:t></w:r>'
    field = f'<w:fldSimple w:instr=" {escape(code, {chr(34): "&quot;"})} ">{run}</w:fldSimple>'
    return {"t": "RawInline", "c": ["openxml", field]}


def _raw_block(xml: str) -> Node:
    return {"t": "RawBlock", "c": ["openxml", xml]}


def _words(text: str) -> list[Node]:
    return [{"t": "Str", "c": text}]
