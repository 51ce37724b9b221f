"""What a cell left behind, as blocks: printed text, tables, figures, and why it failed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from grader.model import CellRun, NotebookEvidence, Output, Value
from grader.protocol import messages, tables
from grader.protocol.document import Block, DataTable, Note, Picture
from grader.protocol.figures import describe, picture_from_blob, redraw, title_of
from grader.protocol.grouping import Numbering, Part, Shown, arrange
from grader.protocol.printed import with_tables
from grader.protocol.text import clean, terminal

__all__ = ["blocks_of_run"]

_WIDGET = re.compile(r"\A\s*(?:[HV]Box|Box|GridBox|interactive|Output|Tab|Accordion|\w*Slider)\(")
# What a plotting call returns is printed by Jupyter, but nobody means to show it; memory
# addresses would also differ from run to run.
_NOISE = re.compile(
    r"\A\s*(?:<Figure size [^>]*>|Text\(.*\)|<IPython\.core\.display\.\w+ object>"
    r"|\(?\[?<(?:[\w.]+(?: object)? at 0x[0-9a-f]+|matplotlib\.[^>]*|Axes:[^>]*)>.*"
    r"|\((?:np\.float64\()?-0\.5\)?, .{1,80}-0\.5\)?\))\s*\Z",
    re.DOTALL,
)
# Colours, markers, scales and ticks are not captured: such a plot is shown as it was drawn.
_STYLED = re.compile(
    r"color\s*=|\bc\s*=|marker|linestyle|\bls\s*=|log|scale|ticks|invert|aspect|step\(|stem\("
    r"|plot\(.*[\"'](?=[^\"'])(?:[bgrcmykw]|C\d)?(?:--?|-\.|:|[.,ox+*sdv^<>])?-?[\"']"
)
_STYLED_IMAGE = re.compile(r"extent|origin|norm\s*=|Norm\(|aspect|invert|[xy]lim\(|\baxis\(\[")
# A bar stands between blanks; the rules of a table (model.summary) touch its corners.
_BAR = re.compile(
    r" ?(?<![┏┗┡├└┌┳┻╇┼┴┬])(?:\x1b\[\d*m)*[━╺╸─]{5,}(?:\x1b\[\d*m)*(?![┓┛┩┤┘┐┳┻╇┼┴┬━─]) ?"
    r"| ?\[[=>.]{10,}\] ?(?:- )?"
)
_BARE_STEP = re.compile(r"\A\s*\d+/\d+ +(?:ETA: )?\d+m?s(?: \d+m?s/(?:step|epoch))?\s*\Z")


def blocks_of_run(
    run: CellRun,
    evidence: NotebookEvidence,
    namespace: Mapping[str, Value],
    caption: str,
    numbering: Numbering,
) -> Iterator[Block]:
    """Yield the blocks of one cell's outputs, in order, and a note if it did not end well.

    Parameters
    ----------
    namespace : mapping of str to Value
        Variables after this cell, to find a displayed table.
    caption : str
        Of the figures that have no title of their own.
    """
    parts = list(_parts(run, evidence, namespace))
    yield from arrange(parts, caption, numbering)
    if not any(isinstance(part, Shown) for part in parts):
        saved = list(_saved(run, evidence))
        yield from arrange(saved, f"{caption}, {messages.SAVED_PICTURES}", numbering)
    if note := messages.run_note(run, _last_line(run)):
        yield Note(note, "problem")


def _parts(
    run: CellRun, evidence: NotebookEvidence, namespace: Mapping[str, Value]
) -> Iterator[Part]:
    """Yield texts (printed lines that follow each other in one), pictures, tables, notes."""
    text: list[str] = []
    for output in run.outputs:
        part = _part(output, run, evidence, namespace)
        if isinstance(part, str):
            text.append(part)
        elif part is not None:
            yield from _joined(text, namespace)
            yield part
    yield from _joined(text, namespace)


def _joined(text: list[str], namespace: Mapping[str, Value]) -> Iterator[Part]:
    if tidy := _tidy("".join(text)):
        yield from with_tables(tidy, namespace)
    text.clear()


def _part(
    output: Output, run: CellRun, evidence: NotebookEvidence, namespace: Mapping[str, Value]
) -> Part | None:
    """Return what is to be shown of one output; None for nothing."""
    if output.kind == "stream":
        return None if output.name == "stderr" else output.text
    if output.kind not in ("result", "display"):
        return None
    if output.image or output.figure is not None:
        return _shown(output, run, evidence)
    if _NOISE.match(output.text) and not output.html:
        return None
    table = tables.from_html(output.html) if output.html else None
    if output.kind == "result":
        named = _captured_table(run.source, namespace)
        table = replace(table, caption=named.caption) if table and named else table or named
    if table is not None:
        return table
    if _WIDGET.match(output.text):
        return Note(messages.WIDGET)
    return output.text.rstrip("\n") + "\n" if output.text else None


def _captured_table(source: str, namespace: Mapping[str, Value]) -> DataTable | None:
    """Return the table that the cell's last line names, if it names one."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Name):
        return None
    value = namespace.get(last.value.id)
    if value is None or value.table is None:
        return None
    return replace(tables.from_table(value.table), caption=messages.frame(last.value.id))


def _shown(output: Output, run: CellRun, evidence: NotebookEvidence) -> Shown:
    number = -1 if output.figure is None else output.figure
    figure = run.figures[number] if 0 <= number < len(run.figures) else None
    if figure is None:
        blob = evidence.blobs.get(output.image)
        return Shown(lambda: picture_from_blob(blob, "bild", messages.ALT_PICTURE))
    images = any(axes.images for axes in figure.axes)
    styled = (_STYLED_IMAGE if images else _STYLED).search(run.source) is not None

    def make() -> Picture | None:
        drawn = None if styled else redraw(figure, evidence, "bild")
        pixels = evidence.blobs.get(figure.png or output.image)
        return drawn or picture_from_blob(pixels, "bild", describe(figure, evidence), figure.size)

    return Shown(make, title_of(figure))


def _saved(run: CellRun, evidence: NotebookEvidence) -> Iterator[Shown]:
    """Yield pictures that the cell saved, each content once."""
    for image, file in {f.image: f for f in run.files if f.image in evidence.blobs}.items():
        path = clean(file.path, 80)
        yield Shown(
            partial(picture_from_blob, evidence.blobs[image], "datei", messages.alt_saved(path)),
            label=path.rsplit("/", 1)[-1],
        )


def _tidy(text: str) -> str:
    """Return printed text without progress bars (their numbers stay) and outer blank lines."""
    lines = []
    for line in terminal(text).split("\n"):
        shorter = _BAR.sub(" ", line)
        if shorter != line and _BARE_STEP.match(shorter):
            continue
        lines.append(shorter.rstrip())
    return "\n".join(lines).strip("\n")


def _last_line(run: CellRun) -> str:
    message = clean(run.error_message, 2_000).strip().split("\n")[0][:300]
    name = clean(run.error, 100).strip().split("\n")[-1]
    return message if message.startswith(name) else f"{name}: {message}".strip(": ")
