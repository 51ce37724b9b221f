"""pandoc's syntax tree, rebuilt from an allow-list of elements without attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from grader.protocol.messages import PICTURE_LEFT_OUT
from grader.protocol.text import with_breaks
from grader.protocol.typography import german_formula, german_inlines

__all__ = ["Node", "formulas", "plain_blocks", "rebuild", "with_formulas"]

Node: TypeAlias = dict[str, Any]

_MAX_DEPTH = 10
_MAX_FORMULA = 4_000
_NESTING = re.compile(r"\\(?:left|begin|sqrt|frac|hat|bar|vec|overline|underline|mathbf|text)\b")
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


def rebuild(blocks: list[Node], depth: int = 0) -> list[Node]:
    """Return blocks made only of known, harmless elements; see the module's docstring.

    Headings become bold paragraphs (a student's text has no place in the table of contents),
    images become a remark, quotation marks are German. What is nested
    deeper than anybody reads is flattened: writers and typesetters recurse.
    """
    made: list[Node] = []
    for block in blocks:
        made += _block(block, depth)
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


def formulas(blocks: list[Node]) -> list[str]:
    """Return the TeX of all formulas, in the order in which they are written."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node["t"] == "Math":
                found.append(node["c"][1])
            else:
                walk(node.get("c"))
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(blocks)
    return found


def _block(block: Node, depth: int) -> list[Node]:
    kind: str = block["t"]
    content: Any = block.get("c")
    match kind:
        case "Para" | "Plain":
            return [{"t": kind, "c": _inlines(content, depth)}] if content else []
        case "Header":
            return [{"t": "Para", "c": [{"t": "Strong", "c": _inlines(content[2], depth)}]}]
        case "CodeBlock":
            return [{"t": "CodeBlock", "c": [_code_attributes(content[0]), content[1]]}]
        case "BlockQuote" | "BulletList" | "OrderedList":
            return _container(kind, content, depth)
        case "HorizontalRule":
            return [{"t": "HorizontalRule"}]
        case "Table":
            return [_table(content, depth)]
        case "LineBlock":
            return [{"t": "Para", "c": _inlines(line, depth)} for line in content]
        case "Div":
            return rebuild(content[1], depth)
        case "Figure":
            return rebuild(content[2], depth)
        case "RawBlock":
            return _raw_block(content[1])
        case _:
            return []


def _container(kind: str, content: Any, depth: int) -> list[Node]:
    if kind == "BlockQuote":
        inner = rebuild(content, depth + 1)
        return [{"t": kind, "c": inner}] if depth < _MAX_DEPTH else inner
    items = [
        rebuild(item, depth + 1) for item in (content[1] if kind == "OrderedList" else content)
    ]
    if depth >= _MAX_DEPTH:
        return [block for item in items for block in item]
    if kind == "BulletList":
        return [{"t": kind, "c": items}]
    start = max(0, min(int(content[0][0]), 9999))
    return [{"t": kind, "c": [[start, *content[0][1:]], items]}]


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


def _inlines(inlines: list[Node], depth: int) -> list[Node]:
    made: list[Node] = []
    for inline in inlines:
        made += _inline(inline, depth + 1)
    return german_inlines(made)


def _inline(inline: Node, depth: int) -> list[Node]:
    kind: str = inline["t"]
    content: Any = inline.get("c")
    match kind:
        case "Str" | "Space" | "SoftBreak" | "LineBreak":
            return [inline]
        case "Math":
            return [_math(content[0]["t"], german_formula(content[1]))]
        case "Code":
            return [{"t": "Code", "c": [_NO_ATTRIBUTES, content[1]]}]
        case "Quoted":
            opening, closing = _QUOTES[content[0]["t"]]
            return [_str(opening), *_inlines(content[1], depth), _str(closing)]
        case "Link":
            return _link(content, depth)
        case "Image":
            return [{"t": "Emph", "c": [_str(PICTURE_LEFT_OUT)]}]
        case "RawInline":
            return _raw_inline(content[1])
        case _ if kind in _SAME_INLINES:
            inner = _inlines(content, depth)
            return [{"t": kind, "c": inner}] if depth < 2 * _MAX_DEPTH else inner
        case _ if kind in _FLAT_INLINES:
            return _inlines(content, depth)
        case _ if kind in ("Span", "Cite"):
            return _inlines(content[1], depth)
        case _:
            return []


def _math(kind: str, tex: str) -> Node:
    """Return a formula; as code if it is too long or too deep for those who must set it."""
    depth = deepest = 0
    for char in tex:
        depth += (char in "{([") - (char in "})]")
        deepest = max(deepest, depth)
    commands = len(_NESTING.findall(tex))
    if len(tex) > _MAX_FORMULA or deepest > 2 * _MAX_DEPTH or commands > 4 * _MAX_DEPTH:
        return {"t": "Code", "c": [_NO_ATTRIBUTES, tex]}
    return {"t": "Math", "c": [{"t": kind}, tex]}


def _link(content: list[Any], depth: int) -> list[Node]:
    inlines, (url, _) = _inlines(content[1], depth), content[2]
    if not _LINK.match(url):
        return inlines
    return [{"t": "Link", "c": [_NO_ATTRIBUTES, inlines, [url, ""]]}]


def _raw_inline(raw: str) -> list[Node]:
    if _BREAK.match(raw):
        return [{"t": "LineBreak"}]
    return [] if _FORMATTING.match(raw) else _words(raw)


def _table(content: list[Any], depth: int) -> Node:
    """Return a table without caption, attributes and spans (GitHub's Markdown has none)."""
    _, _, columns, head, bodies, _ = content
    widths = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    bodies = [[_NO_ATTRIBUTES, 0, [], [_row(row, depth) for row in body[3]]] for body in bodies]
    return {
        "t": "Table",
        "c": [
            _NO_ATTRIBUTES,
            [None, []],
            widths,
            [_NO_ATTRIBUTES, [_row(row, depth) for row in head[1]]],
            bodies,
            [_NO_ATTRIBUTES, []],
        ],
    }


def _row(row: list[Any], depth: int) -> list[Any]:
    cells = [[_NO_ATTRIBUTES, cell[1], 1, 1, rebuild(cell[4], depth + 1)] for cell in row[1]]
    return [_NO_ATTRIBUTES, cells]


def _code_attributes(attributes: list[Any]) -> list[Any]:
    language = [c for c in attributes[1][:1] if c in _LANGUAGES]
    return ["", language, []]


def _str(text: str) -> Node:
    return {"t": "Str", "c": text}
