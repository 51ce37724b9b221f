"""Puts a cell's texts and pictures together: what was shown in one go becomes one figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

from grader.protocol import messages
from grader.protocol.document import Block, DataTable, FigureBlock, Note, Picture, TextOutput
from grader.protocol.text import cut_lines

__all__ = ["Numbering", "Part", "Shown", "arrange"]

_MAX_PICTURES = 12
_HEAD, _TAIL = 8, 2
_LABEL_CHARS = 90


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that a cell shows; ``make`` decodes or draws it (None: not readable)."""

    make: Callable[[], Picture | None]
    title: str = ""
    label: str = ""


Part: TypeAlias = str | Shown | Block


@dataclass
class Numbering:
    """Counts the figures, tables and gaps of one document."""

    figures: int = 0
    tables: int = 0
    gaps: int = 0

    def next_figure(self) -> int:
        """Return the next figure's number, from 1."""
        self.figures += 1
        return self.figures

    def next_table(self) -> int:
        """Return the next table's number, from 1."""
        self.tables += 1
        return self.tables

    def next_gap(self) -> int:
        """Return the next gap's number, from 1."""
        self.gaps += 1
        return self.gaps


def arrange(parts: Sequence[Part], caption: str, numbering: Numbering) -> Iterator[Block]:
    """Yield blocks: texts as output, neighbouring pictures as one figure.

    Short texts between several pictures (a loop that shows and prints) become their labels, so
    that the pictures can stand side by side. Only pictures that will be shown are made.
    """
    for loose, group in groupby(parts, lambda part: isinstance(part, str | Shown)):
        if not loose:
            for part in group:
                if isinstance(part, DataTable):
                    whole = ": ".join(filter(None, (caption, part.caption)))
                    yield replace(part, number=numbering.next_table(), caption=whole)
                elif not isinstance(part, str | Shown):
                    yield part
            continue
        for item in _with_labels([p for p in group if isinstance(p, str | Shown)]):
            if isinstance(item, str):
                yield TextOutput(cut_lines(item))
            else:
                yield from _figure(item, caption, numbering)


def _with_labels(parts: list[str | Shown]) -> Iterator[str | list[Shown]]:
    """Yield texts and runs of pictures, short texts in between attached to the pictures."""
    places = [i for i, part in enumerate(parts) if isinstance(part, Shown)]
    inner = parts[places[0] : places[-1] + 1] if places else []
    texts = [part for part in inner if isinstance(part, str)]
    if len(places) < 2 or not all(_is_short(text) for text in texts):
        for shown, run in groupby(parts, lambda part: isinstance(part, Shown)):
            if shown:
                yield [part for part in run if isinstance(part, Shown)]
            else:
                yield from (part for part in run if isinstance(part, str))
        return
    before, after = parts[: places[0]], parts[places[-1] + 1 :]
    leading = bool(texts) and bool(before) and _is_short(str(before[-1]))
    trailing = bool(texts) and not leading and bool(after) and _is_short(str(after[0]))
    start = places[0] - 1 if leading else places[0]
    stop = places[-1] + 2 if trailing else places[-1] + 1
    yield from (part for part in parts[:start] if isinstance(part, str))
    yield _labelled(parts[start:stop], leading=leading)
    yield from (part for part in parts[stop:] if isinstance(part, str))


def _labelled(parts: Sequence[str | Shown], *, leading: bool) -> list[Shown]:
    made: list[Shown] = []
    pending = ""
    for part in parts:
        if isinstance(part, Shown):
            made.append(replace(part, label=pending) if pending else part)
            pending = ""
        elif leading:
            pending = _one_line(part)
        else:
            made[-1] = replace(made[-1], label=_one_line(part))
    return made


def _is_short(text: str) -> bool:
    return len(text) <= _LABEL_CHARS and text.count("\n") <= 1


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _figure(shown: list[Shown], caption: str, numbering: Numbering) -> Iterator[Block]:
    left_out = 0
    if len(shown) > _MAX_PICTURES:
        left_out = len(shown) - _HEAD - _TAIL
        shown = [*shown[:_HEAD], *shown[-_TAIL:]]
    made = [(picture, each) for each in shown if (picture := each.make()) is not None]
    if made:
        number = numbering.next_figure()
        titles = list(dict.fromkeys(each.title for _, each in made if each.title))
        pictures = tuple(
            _named(picture, number, i, each, caption, several=len(titles) > 1)
            for i, (picture, each) in enumerate(made)
        )
        whole = f"{caption}: {titles[0]}" if len(titles) == 1 else caption
        yield FigureBlock(number, whole, pictures, _columns(pictures))
    if len(made) < len(shown):
        yield Note(messages.BROKEN_PICTURE, "problem")
    if left_out:
        yield Note(messages.pictures_left_out(left_out))


def _named(
    picture: Picture, number: int, position: int, shown: Shown, caption: str, *, several: bool
) -> Picture:
    ending = picture.name.rsplit(".", 1)[1]
    # Pixels show their title themselves; our own drawings leave it to the caption.
    title = shown.title if several and ending == "svg" else ""
    name = f"abb{number:03d}-{position + 1}.{ending}"
    label = shown.label or title
    # Pixels of which nothing else is known are at least told apart.
    about = label or caption if picture.alt == messages.ALT_PICTURE else ""
    alt = f"{picture.alt}: {about}" if about else picture.alt
    return replace(picture, name=name, label=label, alt=alt)


def _columns(pictures: tuple[Picture, ...]) -> int:
    """Choose how many pictures stand side by side: wide ones get a row each."""
    if len(pictures) == 1 or any(p.width > 1.9 * p.height for p in pictures):
        return 1
    return 2 if len(pictures) in (2, 4) else 3
