"""pandoc's syntax tree, rebuilt from an allow-list of elements without attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from grader.protocol.messages import PICTURE_LEFT_OUT
from grader.protocol.text import with_breaks

__all__ = ["Node", "plain_blocks", "rebuild", "with_formulas"]

Node: TypeAlias = dict[str, Any]

_NO_ATTRIBUTES = ["", [], []]
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+\Z", re.IGNORECASE)
_LANGUAGES = {"python", "py", "ipython3", "json", "text"}
# HTML that students mix into Markdown; its meaning is dropped, its text stays.
_FORMATTING = re.compile(
    r"</?(?:b|i|u|em|strong|center|font|div|span|p|small|big|sub|sup|mark|details|summary)"
    r"(?:\s[^<>]*)?>\Z|<!--.*-->\Z",
    re.IGNORECASE | re.DOTALL,
)
_BREAK = re.compile(r"<(?:br|hr)\s*/?>\Z", re.IGNORECASE)
_SAME_INLINES = {"Emph", "Strong", "Strikeout", "Superscript", "Subscript"}
_FLAT_INLINES = {"Underline", "SmallCaps"}
_QUOTES = {"DoubleQuote": ("„", "“"), "SingleQuote": ("‚", "‘")}


def plain_blocks(text: str) -> list[Node]:
    """Return text as it was typed: a paragraph with a line break for each of its lines."""
    inlines: list[Node] = []
    for number, line in enumerate(text.split("\n")):
        inlines += [{"t": "LineBreak"}] if number else []
        inlines.append({"t": "Str", "c": line})
    return [{"t": "Para", "c": inlines}]


def rebuild(blocks: list[Node]) -> list[Node]:
    """Return blocks made only of known, harmless elements; see the module's docstring.

    Headings become bold paragraphs (a student's text has no place in the table of contents),
    footnotes stand in brackets, images become a remark, quotation marks are German.
    """
    made: list[Node] = []
    for block in blocks:
        made += _block(block)
    return made


def with_formulas(blocks: list[Node], around: Callable[[str], tuple[str, str]]) -> list[Node]:
    """Return rebuilt blocks for Typst: raw source around formulas, breaks in endless words.

    ``around(tex)`` returns the source before and after; it must come from us, not from the text.
    """

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if node["t"] == "Str":
                return _str(with_breaks(node["c"], 40))
            if node["t"] == "Code":
                return {"t": "Code", "c": [node["c"][0], with_breaks(node["c"][1], 40)]}
            return {"t": node["t"], "c": walk(node["c"])} if "c" in node else node
        if not isinstance(node, list):
            return node
        made: list[Any] = []
        for item in node:
            if isinstance(item, dict) and item.get("t") == "Math":
                before, after = around(item["c"][1])
                made += [{"t": "RawInline", "c": ["typst", before]}, item]
                made.append({"t": "RawInline", "c": ["typst", after]})
            else:
                made.append(walk(item))
        return made

    walked: list[Node] = walk(blocks)
    return walked


def _block(block: Node) -> list[Node]:
    kind: str = block["t"]
    content: Any = block.get("c")
    match kind:
        case "Para" | "Plain":
            return [{"t": kind, "c": _inlines(content)}] if content else []
        case "Header":
            return [{"t": "Para", "c": [{"t": "Strong", "c": _inlines(content[2])}]}]
        case "CodeBlock":
            return [{"t": "CodeBlock", "c": [_code_attributes(content[0]), content[1]]}]
        case "BlockQuote":
            return [{"t": "BlockQuote", "c": rebuild(content)}]
        case "BulletList":
            return [{"t": "BulletList", "c": [rebuild(item) for item in content]}]
        case "OrderedList":
            start = [max(0, min(int(content[0][0]), 9999)), *content[0][1:]]
            return [{"t": "OrderedList", "c": [start, [rebuild(item) for item in content[1]]]}]
        case "HorizontalRule":
            return [{"t": "HorizontalRule"}]
        case "Table":
            return [_table(content)]
        case "LineBlock":
            return [{"t": "Para", "c": _inlines(line)} for line in content]
        case "Div":
            return rebuild(content[1])
        case "Figure":
            return rebuild(content[2])
        case "RawBlock":
            return _raw_block(content[1])
        case _:
            return []


def _raw_block(raw: str) -> list[Node]:
    """Return the text of raw HTML: known tags are dropped, anything else is shown as typed."""
    inlines: list[Node] = []
    for part in re.split(r"(<[^<>]*>)", raw):
        inlines += _raw_inline(part) if part.startswith("<") else _words(part)
    return [{"t": "Para", "c": inlines}] if any(i["t"] == "Str" for i in inlines) else []


def _words(text: str) -> list[Node]:
    words: list[Node] = []
    for part in re.split(r"(\s+)", text):
        if part:
            words.append({"t": "Space"} if part.isspace() else {"t": "Str", "c": part})
    return words


def _inlines(inlines: list[Node]) -> list[Node]:
    made: list[Node] = []
    for inline in inlines:
        made += _inline(inline)
    return made


def _inline(inline: Node) -> list[Node]:
    kind: str = inline["t"]
    content: Any = inline.get("c")
    match kind:
        case "Str" | "Space" | "SoftBreak" | "LineBreak":
            return [inline]
        case "Math":
            return [{"t": "Math", "c": [{"t": content[0]["t"]}, content[1]]}]
        case "Code":
            return [{"t": "Code", "c": [_NO_ATTRIBUTES, content[1]]}]
        case "Quoted":
            opening, closing = _QUOTES[content[0]["t"]]
            return [_str(opening), *_inlines(content[1]), _str(closing)]
        case "Link":
            return _link(content)
        case "Image":
            return [{"t": "Emph", "c": [_str(PICTURE_LEFT_OUT)]}]
        case "Note":
            return [_str(" ("), *_flat(content), _str(")")]
        case "Span" | "Cite":
            return _inlines(content[1])
        case "RawInline":
            return _raw_inline(content[1])
        case _ if kind in _SAME_INLINES:
            return [{"t": kind, "c": _inlines(content)}]
        case _ if kind in _FLAT_INLINES:
            return _inlines(content)
        case _:
            return []


def _link(content: list[Any]) -> list[Node]:
    inlines, (url, _) = _inlines(content[1]), content[2]
    if not _LINK.match(url):
        return inlines
    return [{"t": "Link", "c": [_NO_ATTRIBUTES, inlines, [url, ""]]}]


def _raw_inline(raw: str) -> list[Node]:
    if _BREAK.match(raw):
        return [{"t": "LineBreak"}]
    return [] if _FORMATTING.match(raw) else _words(raw)


def _flat(blocks: list[Node]) -> list[Node]:
    """Return the inlines of paragraphs, a blank between them."""
    made: list[Node] = []
    for block in rebuild(blocks):
        if block["t"] in ("Para", "Plain"):
            made += [{"t": "Space"}] if made else []
            made += block["c"]
    return made


def _table(content: list[Any]) -> Node:
    """Return a table without caption, attributes and spans (GitHub's Markdown has none)."""
    _, _, columns, head, bodies, _ = content
    widths = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    bodies = [[_NO_ATTRIBUTES, 0, [], [_row(row) for row in body[3]]] for body in bodies]
    return {
        "t": "Table",
        "c": [
            _NO_ATTRIBUTES,
            [None, []],
            widths,
            [_NO_ATTRIBUTES, [_row(row) for row in head[1]]],
            bodies,
            [_NO_ATTRIBUTES, []],
        ],
    }


def _row(row: list[Any]) -> list[Any]:
    return [_NO_ATTRIBUTES, [[_NO_ATTRIBUTES, cell[1], 1, 1, rebuild(cell[4])] for cell in row[1]]]


def _code_attributes(attributes: list[Any]) -> list[Any]:
    language = [c for c in attributes[1][:1] if c in _LANGUAGES]
    return ["", language, []]


def _str(text: str) -> Node:
    return {"t": "Str", "c": text}
