"""Markdown with formulas to HTML, Typst and docx through pandoc, for all texts of a document.

Students' Markdown is hostile. Three walls stand one behind the other:

1. pandoc reads it as GitHub's Markdown in its sandbox, each text as a file of its own
   (``--file-scope``), so that no text can end or swallow its neighbour.
2. The syntax tree is rebuilt here from an allow-list: raw HTML, attributes, images and links to
   anything but http(s) and mailto do not survive.
3. What pandoc then writes is looked at again: HTML by nh3, Typst by
   :mod:`grader.protocol.typstcheck`.

A text or a formula that breaks pandoc, or a wall, is shown as it was typed.
"""

from __future__ import annotations

import html
import json
import secrets
import subprocess
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import nh3
import pypandoc

from grader.protocol.syntax import (
    Node,
    formulas,
    plain_blocks,
    rebuild,
    with_formulas,
)
from grader.protocol.text import with_breaks
from grader.protocol.typography import spoken_formula
from grader.protocol.typstcheck import is_plain_math, is_plain_text
from grader.templating import Typst, typst_code, typst_escape

__all__ = ["TypstText", "parse", "run_pandoc", "to_html", "to_typst", "wrapped"]

# A footnote that names itself sends pandoc 3.9 into an endless loop.
FORMAT = "gfm+tex_math_dollars+smart-yaml_metadata_block-emoji-footnotes"
_SECONDS = 15
_CACHED = 4_000

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class TypstText:
    """A text in Typst, safe to print as it is.

    ``pieces`` alternate: text, formula, text, …, text.
    """

    pieces: tuple[Typst, ...]

    @property
    def whole(self) -> Typst:
        """The pieces together."""
        return Typst("".join(self.pieces))


class PandocError(Exception):
    """pandoc refused, ran too long or needed too much memory."""


# --------------------------------------------------------------------------- public


def to_html(texts: Iterable[str]) -> dict[str, str]:
    """Convert Markdown to sanitised HTML, safe to print as it is; by the Markdown itself."""
    return _converted(texts, _known_html, _made_html)


def to_typst(texts: Iterable[str]) -> dict[str, TypstText]:
    """Convert Markdown to Typst; by the Markdown itself."""
    return _converted(texts, _known_typst, _made_typst)


def parse(texts: Sequence[str]) -> list[list[Node]]:
    """Return each text's blocks as pandoc's syntax tree, rebuilt from the allow-list.

    A text that pandoc cannot read becomes a paragraph with its characters.
    """
    try:
        return _read(texts)
    except (PandocError, RecursionError):
        if len(texts) == 1:
            return [plain_blocks(texts[0])]
        return [parse([text])[0] for text in texts]


def wrapped(blocks: Sequence[Node], **meta: str) -> str:
    """Return a whole document's JSON for pandoc."""
    described = {k: {"t": "MetaInlines", "c": [{"t": "Str", "c": v}]} for k, v in meta.items()}
    return json.dumps(
        {"pandoc-api-version": _api_version(), "meta": described, "blocks": list(blocks)}
    )


def run_pandoc(*arguments: str, text: str = "", folder: Path | None = None) -> str:
    """Run pandoc in its sandbox, with limits on time and memory; return what it writes.

    Raises
    ------
    PandocError
        If it fails.
    """
    command = [_pandoc(), "--sandbox", "--quiet", *arguments, "+RTS", "-M1G", "-RTS"]
    try:
        done = subprocess.run(  # noqa: S603 - our binary, no shell, students' text only as input
            command,
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PandocError("pandoc ran too long") from error
    if done.returncode:
        raise PandocError(done.stderr.decode("utf-8", "replace")[:500])
    return done.stdout.decode("utf-8", "replace")


# --------------------------------------------------------------------------- inside

_lock = Lock()
_known_trees: OrderedDict[str, list[Node]] = OrderedDict()
_known_html: OrderedDict[str, str] = OrderedDict()
_known_typst: OrderedDict[str, TypstText] = OrderedDict()


def _converted(
    texts: Iterable[str],
    known: OrderedDict[str, _Made],
    make: Callable[[Sequence[str]], Iterable[_Made]],
) -> dict[str, _Made]:
    """Return what is made of each text; one start of pandoc for all that are not known yet.

    The lab's own texts stand in every protocol of a cohort.
    """
    wanted = dict.fromkeys(texts)
    with _lock:
        found = {text: known[text] for text in wanted if text in known}
    missing = [text for text in wanted if text not in found]
    if missing:
        made = dict(zip(missing, make(missing), strict=True))
        found |= made
        with _lock:
            known.update(made)
            while len(known) > _CACHED:
                known.popitem(last=False)
    return found


def _made_html(texts: Sequence[str]) -> list[str]:
    trees = _converted(texts, _known_trees, parse)
    written = _write([trees[text] for text in texts], "html", ("--mathml", "--wrap=none"))
    return [_safe_html(made, text) for text, made in zip(texts, written, strict=True)]


def _made_typst(texts: Sequence[str]) -> list[TypstText]:
    trees = _converted(texts, _known_trees, parse)
    fence = f"/*{secrets.token_hex(16)}*/"
    fenced = [with_formulas(trees[text], lambda _: (fence, fence)) for text in texts]
    written = _write(fenced, "typst", ("--wrap=none",))
    return [
        TypstText(_safe_typst(made.split(fence), formulas(trees[text]), text))
        for text, made in zip(texts, written, strict=True)
    ]


@cache
def _pandoc() -> str:
    return str(pypandoc.get_pandoc_path())


@cache
def _api_version() -> list[int]:
    read: dict[str, Any] = json.loads(run_pandoc("-f", "markdown", "-t", "json"))
    version: list[int] = read["pandoc-api-version"]
    return version


def _read(texts: Sequence[str]) -> list[list[Node]]:
    # The mark between two texts is a file of its own with a word that nobody can know.
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="grader-") as name:
        folder = Path(name)
        (folder / "mark.md").write_text(token, encoding="utf-8")
        arguments = []
        for number, text in enumerate(texts):
            (folder / f"{number}.md").write_bytes(text.encode("utf-8", "replace"))
            arguments += [f"{number}.md", "mark.md"]
        raw = run_pandoc("--file-scope", "-f", FORMAT, "-t", "json", *arguments, folder=folder)
    tree = json.loads(raw)["blocks"]
    found: list[list[Node]] = [[]]
    for block in tree:
        if block == {"t": "Para", "c": [{"t": "Str", "c": token}]}:
            found.append([])
        else:
            found[-1].append(block)
    if len(found) != len(texts) + 1:
        raise PandocError("texts and marks do not match")
    return [rebuild(blocks) for blocks in found[:-1]]


def _write(texts: Sequence[list[Node]], target: str, options: Sequence[str]) -> list[str]:
    """Write all texts in one start of pandoc; ``""`` for a text that it cannot write."""
    token = secrets.token_hex(16)
    mark = f"<!--{token}-->" if target == "html" else f"// {token}"
    raw = {"t": "RawBlock", "c": [target, mark]}
    blocks: list[Node] = []
    for text in texts:
        blocks += [*text, raw]
    try:
        arguments = ("--syntax-highlighting=none", "-f", "json", "-t", target, *options)
        written = run_pandoc(*arguments, text=wrapped(blocks)).split(mark)
    except (PandocError, RecursionError):
        written = []
    if len(written) == len(texts) + 1:
        return [part.strip("\n") for part in written[:-1]]
    if len(texts) == 1:
        return [""]
    return [_write([text], target, options)[0] for text in texts]


# --------------------------------------------------------------------------- HTML

_MATH = (
    "math semantics mrow mi mo mn ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom "
    "mfenced menclose msub msup msubsup munder mover munderover mmultiscripts mtable mtr mtd"
).split()
_TEXT = (
    "p br hr em strong del sub sup code pre blockquote ul ol li dl dt dd "
    "table thead tbody tr th td a span"
).split()
_MATH_ATTRIBUTES = {
    "display", "mathvariant", "stretchy", "accent", "accentunder", "form", "fence", "separator",
    "columnalign", "columnspacing", "rowspacing", "linethickness", "scriptlevel", "displaystyle",
    "width", "height", "depth", "lspace", "rspace", "notation", "minsize", "maxsize",
}  # fmt: skip


@cache
def _cleaner() -> nh3.Cleaner:
    attributes: dict[str, set[str]] = {tag: set(_MATH_ATTRIBUTES) for tag in _MATH}
    attributes |= {"a": {"href"}, "ol": {"start", "type"}, "td": {"style"}, "th": {"style"}}
    attributes["math"] |= {"xmlns"}
    attributes["span"] = {"class"}
    return nh3.Cleaner(
        tags={*_TEXT, *_MATH},
        clean_content_tags={"script", "style", "annotation"},
        attributes=attributes,
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _safe_html(written: str, text: str) -> str:
    cleaned = _cleaner().clean(written)
    if text.strip() and not cleaned.strip():
        return f'<p class="typed">{html.escape(text)}</p>'
    return cleaned


# --------------------------------------------------------------------------- Typst


def _safe_typst(pieces: Sequence[str], tex: Sequence[str], text: str) -> tuple[Typst, ...]:
    """Return the pieces between the fences, each looked at; the text as typed if any is not.

    ``pieces`` alternate between text and formula; ``tex`` holds the formulas as typed.
    """
    plain = (typst_escape(with_breaks(text, 40)),)
    if len(pieces) != 2 * len(tex) + 1 or not (text.strip() and "".join(pieces).strip()):
        return plain
    if not all(is_plain_text(piece) for piece in pieces[::2]):
        return plain
    made = [Typst(piece) for piece in pieces]
    for number, typed in enumerate(tex):
        written = pieces[2 * number + 1]
        literal = typst_code(spoken_formula(typed))
        if is_plain_math(written):
            made[2 * number + 1] = Typst(f"#formula({literal})[{written}];")
        else:
            made[2 * number + 1] = Typst(f"#raw({literal});")
    return tuple(made)
