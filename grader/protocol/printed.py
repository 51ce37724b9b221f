"""Printed lines that are a table: a network's summary, a training's log, a printed data frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from grader.model import Table, Value
from grader.protocol import messages
from grader.protocol.document import DataTable
from grader.protocol.tables import from_rows, from_table

__all__ = ["with_tables"]

_EPOCH = re.compile(r"Epoch (\d+)/\d+\Z")
_STEP = re.compile(r"\s*\d+/\d+(?: -)? (.+)\Z")
_METRIC = re.compile(r"([A-Za-z]\w{0,40}): (-?[\d.]+(?:e[-+]?\d+)?|nan|inf)\b")
_SECONDS = re.compile(r"(?:\A|- )(\d+m?s)\b")
_RULE = re.compile(r"[┏┡┌├└╞━─_=┯┷┬┴┼╪ ]{12,}|[┏┡┌├└╞].*\Z")
_TOTAL = re.compile(r" ?(?:Total|Trainable|Non-trainable|Optimizer) params: ")
_MIN_EPOCHS = 2


def with_tables(text: str, namespace: Mapping[str, Value]) -> Iterator[str | DataTable]:
    """Yield the text's parts: lines that are a table as one, the others as they are."""
    lines = text.split("\n")
    start = place = 0
    while place < len(lines):
        found = _summary(lines, place) or _log(lines, place) or _frame(lines, place, namespace)
        if found is None:
            place += 1
            continue
        if before := "\n".join(lines[start:place]).strip("\n"):
            yield before
        table, place = found
        start = place
        yield table
    if rest := "\n".join(lines[start:]).strip("\n"):
        yield rest


# --------------------------------------------------------------------------- model.summary()


def _summary(lines: list[str], place: int) -> tuple[DataTable, int] | None:
    """A network's layers: the box of Keras 3, or the columns of Keras 2."""
    if not lines[place].startswith("Model: "):
        return None
    rows: list[list[str]] = []
    totals: list[str] = []
    edges: list[int] | None = None
    end = place + 1
    fresh = True
    while end < len(lines):
        line = lines[end]
        if _TOTAL.match(line):
            totals.append(" ".join(line.split()))
        elif totals and line.strip(" _"):
            break
        elif line.startswith(("┃", "│")):
            cells = [c.strip() for c in re.split("[┃│]", line)[1:-1]]
            _add(rows, cells, fresh=fresh)
            fresh = False
        elif not line.strip() or _RULE.fullmatch(line):
            fresh = True
        else:
            edges = edges or [0, *(m.end() for m in re.finditer(r"  +(?=\S)", line))]
            _add(rows, _columns(line, edges), fresh=True)
        end += 1
    width = len(rows[0]) if rows else 0
    if width != 3 or len(rows) < 2 or not totals or any(len(r) != width for r in rows):
        return None
    made = from_rows(tuple(rows[0]), [tuple(r) for r in rows[1:]])
    remark = "; ".join(filter(None, (made.remark, *totals)))
    name = re.sub(r'Model: "?(.*?)"?\Z', r"\1", lines[place].strip())
    return replace(made, remark=remark, caption=messages.network(name)), end


def _add(rows: list[list[str]], cells: list[str], *, fresh: bool) -> None:
    """Add a line of a table; one without a rule before it continues the last."""
    if fresh or not rows or len(rows[-1]) != len(cells):
        rows.append(cells)
    else:
        rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]


def _columns(line: str, edges: list[int]) -> list[str]:
    return [line[a:b].strip() for a, b in pairwise([*edges, len(line)])]


# --------------------------------------------------------------------------- model.fit()


def _log(lines: list[str], place: int) -> tuple[DataTable, int] | None:
    """A training's epochs with their metrics."""
    rows: list[tuple[str, str, dict[str, str]]] = []
    end = place
    while end + 1 < len(lines) and (epoch := _EPOCH.match(lines[end].strip())):
        step = _STEP.match(lines[end + 1])
        metrics = dict(_METRIC.findall(step[1])) if step else {}
        if step is None or not metrics:
            break
        seconds = _SECONDS.search(step[1])
        rows.append((epoch[1], seconds[1] if seconds else "", metrics))
        end += 2
        # Some print a blank line between two epochs.
        if end + 1 < len(lines) and not lines[end].strip() and _EPOCH.match(lines[end + 1].strip()):
            end += 1
    names = list(dict.fromkeys(name for _, _, metrics in rows for name in metrics))
    if len(rows) < _MIN_EPOCHS or not 0 < len(names) <= 8:
        return None
    timed = any(seconds for _, seconds, _ in rows)
    header = (messages.EPOCH, *([messages.DURATION] if timed else []), *names)
    cells = [
        (n, *([_spaced(s)] if timed else []), *(m.get(name, "") for name in names))
        for n, s, m in rows
    ]
    return replace(from_rows(header, cells), caption=messages.TRAINING), end


def _spaced(seconds: str) -> str:
    return re.sub(r"(\d)(m?s)", "\\1\u202f\\2", seconds)


# --------------------------------------------------------------------------- print(frame)


def _frame(
    lines: list[str], place: int, namespace: Mapping[str, Value]
) -> tuple[DataTable, int] | None:
    """A printed data frame, recognised by a captured one with the same columns and rows."""
    squeezed = " ".join(lines[place].split())
    if not squeezed or not lines[place].startswith(" "):
        return None
    for name, value in namespace.items():
        table = value.table
        if table is None or " ".join(" ".join(table.columns).split()) != squeezed:
            continue
        end = place + 1 + len(table.index)
        if _is_printed(lines[place + 1 : end], table):
            return replace(from_table(table), caption=messages.frame(name)), end
    return None


def _is_printed(lines: list[str], table: Table) -> bool:
    return len(lines) == len(table.index) > 0 and all(
        line.split()[:1] == str(index).split()[:1]
        for line, index in zip(lines, table.index, strict=True)
    )
