"""What a cell left behind, as blocks: printed text, tables, figures, and why it failed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from grader.model import CellRun, NotebookEvidence, Output, Value
from grader.protocol import messages, tables
from grader.protocol.document import Block, DataTable, FigureBlock, Note, Picture, TextOutput
from grader.protocol.figures import describe, draw_curves, picture_from_blob, title_of
from grader.protocol.text import clean, cut_lines, terminal

__all__ = ["Numbering", "blocks_of_run"]

_MAX_PICTURES = 12
_KEPT_PICTURES = (8, 2)
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
    r"|[\"'](?:[bgrcmykw]|C\d)?(?:--?|-\.|:|[.,ox+*sdv^<>])?-?[\"']\s*[,)]"
)
_BAR = re.compile(r" ?(?:\x1b\[\d*m)*[━╺╸─]{5,}(?:\x1b\[\d*m)* ?| ?\[[=>.]{10,}\] ?(?:- )?")
_BARE_STEP = re.compile(r"\A\s*\d+/\d+ +(?:ETA: )?\d+m?s(?: \d+m?s/(?:step|epoch))?\s*\Z")


@dataclass
class Numbering:
    """Counts the figures of one document."""

    figures: int = 0

    def next_figure(self) -> int:
        """Return the next figure's number, from 1."""
        self.figures += 1
        return self.figures


@dataclass
class _Collector:
    """Turns outputs into blocks; pictures that follow each other become one figure."""

    run: CellRun
    evidence: NotebookEvidence
    namespace: Mapping[str, Value]
    caption: str
    numbering: Numbering
    blocks: list[Block] = field(default_factory=list)
    pictures: list[tuple[Picture, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def add(self, output: Output) -> None:
        """Add one output."""
        if output.kind == "stream":
            if output.name != "stderr":
                self.text.append(output.text)
        elif output.kind in ("result", "display"):
            self._add_display(output)

    def _add_display(self, output: Output) -> None:
        if output.image or output.figure is not None:
            self._flush_text()
            self._add_picture(output)
            return
        if _NOISE.match(output.text) and not output.html:
            return
        table = tables.from_html(output.html) if output.html else None
        if table is None and output.kind == "result":
            table = self._captured_table()
        if table is not None:
            self.flush()
            self.blocks.append(table)
        elif _WIDGET.match(output.text):
            self.flush()
            self.blocks.append(Note(messages.WIDGET))
        elif output.text:
            self.text.append(output.text.rstrip("\n") + "\n")

    def _captured_table(self) -> DataTable | None:
        """Return the table that the cell's last line names, if it names one."""
        try:
            body = ast.parse(self.run.source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        last = body[-1] if body else None
        if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Name):
            return None
        value = self.namespace.get(last.value.id)
        return tables.from_table(value.table) if value is not None and value.table else None

    def _add_picture(self, output: Output) -> None:
        number, figures = output.figure, self.run.figures
        figure = figures[number] if number is not None and 0 <= number < len(figures) else None
        name = f"bild-{len(self.shown)}"
        plain = figure is not None and not _STYLED.search(self.run.source)
        made = draw_curves(figure, self.evidence, name) if figure and plain else None
        blob = (figure.png if figure and figure.png else "") or output.image
        if made is None:
            alt = describe(figure) if figure else "Bild aus den Ausgaben des Notebooks"
            size = figure.size if figure else None
            made = picture_from_blob(self.evidence.blobs.get(blob), name, alt, size)
        self.shown.add(blob or name)
        if made is None:
            self.flush()
            self.blocks.append(Note(messages.BROKEN_PICTURE, "problem"))
        else:
            self.pictures.append((made, title_of(figure) if figure else ""))

    def add_files(self) -> None:
        """Show pictures that the cell saved, unless it showed some."""
        if self.shown:
            return
        for file in self.run.files:
            blob = self.evidence.blobs.get(file.image) if file.image else None
            path = clean(file.path, 80)
            made = picture_from_blob(blob, "datei", f"Gespeicherte Datei {path}")
            if made is not None and file.image not in self.shown:
                self.shown.add(file.image)
                self.pictures.append((replace(made, label=path.rsplit("/", 1)[-1]), ""))
        if self.pictures:
            self.caption += f", {messages.SAVED_PICTURES}"

    def flush(self) -> None:
        """Close the figure and the text that are being collected."""
        self._flush_text()
        self._flush_pictures()

    def _flush_text(self) -> None:
        text = _tidy("".join(self.text))
        self.text.clear()
        if text:
            self._flush_pictures()
            self.blocks.append(TextOutput(cut_lines(text)))

    def _flush_pictures(self) -> None:
        if not self.pictures:
            return
        left_out = 0
        if len(self.pictures) > _MAX_PICTURES:
            head, tail = _KEPT_PICTURES
            left_out = len(self.pictures) - head - tail
            self.pictures = self.pictures[:head] + self.pictures[-tail:]
        number = self.numbering.next_figure()
        titles = list(dict.fromkeys(title for _, title in self.pictures if title))
        caption = f"{self.caption}: {titles[0]}" if len(titles) == 1 else self.caption
        pictures = tuple(
            _named(picture, number, i, title if len(titles) > 1 else "")
            for i, (picture, title) in enumerate(self.pictures)
        )
        self.pictures = []
        self.blocks.append(FigureBlock(number, caption, pictures, _columns(pictures)))
        if left_out:
            self.blocks.append(Note(messages.pictures_left_out(left_out)))


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
    collector = _Collector(run, evidence, namespace, caption, numbering)
    for output in run.outputs:
        collector.add(output)
    collector.flush()
    collector.add_files()
    collector.flush()
    yield from collector.blocks
    if note := messages.run_note(run, _last_line(run)):
        yield Note(note, "problem")


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


def _named(picture: Picture, number: int, position: int, label: str) -> Picture:
    ending = picture.name.rsplit(".", 1)[1]
    label = label if ending == "svg" else ""  # pixels show their title themselves
    name = f"abb{number:03d}-{position + 1}.{ending}"
    return replace(picture, name=name, label=label or picture.label)


def _columns(pictures: tuple[Picture, ...]) -> int:
    """Choose how many pictures stand side by side: wide ones get a row each."""
    if len(pictures) == 1 or any(p.width > 1.9 * p.height for p in pictures):
        return 1
    return 2 if len(pictures) in (2, 4) else 3
