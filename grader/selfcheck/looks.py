"""Looks: what was seen of a slot against what the task's own text asks for.

Nothing here knows an expected value. A finding depends on public facts only (kind, shape, range,
whether numbers are finite, differ, add up), so that all results that agree in them read the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from grader.checks.context import Side
from grader.lab import Look
from grader.model import Image, Line
from grader.selfcheck.seen import Seen, seen_value

__all__ = ["VALUE_KINDS", "Finding", "State", "judge_evidence", "judge_values", "shown_names"]

State: TypeAlias = Literal["passed", "failed", "warning", "later"]
# What can be seen of a value alone, also in a running kernel.
VALUE_KINDS = ("numbers", "table", "network")
_TOLERANCE = 1e-6
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif")
_KIND_NAMES = {"numbers": "Zahlen", "table": "eine Tabelle", "network": "ein Netz"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a self-check: German, in Markdown's backticks for names of variables.

    ``read`` says what to read again.
    """

    state: State
    text: str
    read: str = ""


def judge_values(look: Look, seen: Mapping[str, Seen]) -> str:
    """Say what is not as the look wants it; ``""`` if enough of the values are.

    Parameters
    ----------
    look : Look
        Of one of :data:`VALUE_KINDS`.
    seen : mapping of str to Seen
        Values by variable, the latest last.
    """
    fitting = {name: value for name, value in seen.items() if not _misfit(look, value)}
    distinct = {value.digest or name for name, value in fitting.items()}
    if len(distinct) >= look.count:
        return ""
    named = [n for n in look.names if n in seen and n not in fitting]
    if named:
        return f"`{named[0]}` {_misfit(look, seen[named[0]])}."
    if look.count > 1 and fitting:
        less = f"{len(distinct)} von {look.count}"
        return f"Davon sind erst {less} verschiedene da."
    wanted = f" ({shown_names(look)})" if look.names else ""
    return f"Noch nicht da{wanted}."


def judge_evidence(look: Look, side: Side) -> str:
    """As :func:`judge_values`, for what a slot's cells left when they ran."""
    if look.kind in VALUE_KINDS:
        made = dict(side.made(look.slot))
        if not any(n in made for n in look.names):
            state = side.state(look.slot)
            made = {n: state[n] for n in look.names if n in state} | made
        seen = {
            name: seen_value(value, lambda info: side.array(look.slot, info))
            for name, value in made.items()
        }
        return judge_values(look, seen)
    if look.kind == "call":
        found = side.calls(look.slot, *look.names)
        return "" if found else f"Kein Aufruf von {shown_names(look)} aufgezeichnet."
    if look.kind == "files":
        count = sum(_is_picture(f.path) or bool(f.image) for f in side.files(look.slot))
        return "" if count >= look.count else f"Gespeichert: {count} von {look.count}."
    axes = [a for figure in side.figures(look.slot) for a in figure.axes]
    if look.kind == "pictures":
        return _pictures(look, [image for a in axes for image in a.images])
    lines = [(line, bool(a.xlabel and a.ylabel)) for a in axes for line in a.lines]
    return _lines(look, lines)


def shown_names(look: Look) -> str:
    """The look's variables, for people."""
    return ", ".join(f"`{name}`" for name in look.names)


# --------------------------------------------------------------------------- values


def _misfit(look: Look, seen: Seen) -> str:
    if seen.kind != look.kind:
        return f"ist vom Typ {seen.type or 'unbekannt'} und enthält nicht {_KIND_NAMES[look.kind]}"
    check = {"numbers": _numbers, "table": _table, "network": _network}[look.kind]
    return check(look, seen)


def _numbers(look: Look, seen: Seen) -> str:
    if look.shape and not _has_shape(seen.shape, look.shape):
        return f"hat die Form {seen.shape}"
    if look.size and math.prod(seen.shape) != look.size:
        return f"hat die Form {seen.shape}"
    if not seen.finite:
        return "enthält fehlende oder unendliche Werte (NaN, inf)"
    if look.low is not None and seen.low is not None and seen.low < look.low - _TOLERANCE:
        return f"enthält Werte unter {look.low:g}"
    if look.high is not None and seen.high is not None and seen.high > look.high + _TOLERANCE:
        return f"enthält Werte über {look.high:g}"
    if look.sums and seen.sums is False:
        return "hat Zeilen, die sich nicht zu 1 addieren"
    return ""


def _has_shape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        w in (0, n) for n, w in zip(shape, wanted, strict=True)
    )


def _table(look: Look, seen: Seen) -> str:
    if look.rows and seen.shape[0] < look.rows:
        return f"hat nur {seen.shape[0]} Zeilen"
    if look.columns and seen.shape[1] < look.columns:
        return f"hat nur {seen.shape[1]} Spalten"
    if not look.column:
        return ""
    if look.column not in seen.columns:
        return f"hat keine Spalte „{look.column}“"
    kinds = seen.columns[look.column][-look.rows :]
    if "nan" in kinds:
        return f"hat in der Spalte „{look.column}“ noch Lücken (NaN)"
    if not set(kinds) <= {"int", "float"}:
        return f"hat in der Spalte „{look.column}“ noch Text"
    if len(set(kinds)) > 1:
        return f"hat in der Spalte „{look.column}“ Zahlen verschiedenen Typs"
    return ""


def _network(look: Look, seen: Seen) -> str:
    if not seen.layers:
        return "hat noch keine Schichten"
    # A network that was not built yet knows its inputs only when it has seen some.
    last = seen.units[-1] if seen.units and seen.layers[-1] == "Dense" else None
    outputs = last if seen.outputs is None else seen.outputs
    for name, found, wanted in (
        ("Eingänge", seen.inputs, look.inputs),
        ("Ausgänge", outputs, look.outputs),
    ):
        if wanted and found is not None and found != wanted:
            return f"hat {found} {name}"
    if look.neurons and sum(seen.units) != look.neurons:
        return f"hat zusammen {sum(seen.units)} Neuronen"
    others = [a for a in seen.activations if look.activations and a not in look.activations]
    if others:
        return f"hat eine Schicht mit der Aktivierung {others[0]}"
    lacking = [k for k in dict.fromkeys(look.layers) if _short_of(k, look, seen)]
    if lacking:
        return f"hat zu wenige Schichten der Art {lacking[0]}"
    if look.sums and seen.sums is False:
        return "hat Ausgaben, die sich nicht zu 1 addieren"
    return ""


def _short_of(kind: str, look: Look, seen: Seen) -> bool:
    return seen.layers.count(kind) < look.layers.count(kind)


# --------------------------------------------------------------------------- figures, files


def _pictures(look: Look, images: list[Image]) -> str:
    if not look.cmaps:
        return "" if len(images) >= look.count else f"Gezeigt: {len(images)} von {look.count}."
    shown = [image.cmap for image in images]
    short = [name for name in look.cmaps if shown.count(name) < look.count]
    if not short:
        return ""
    parts = [f"„{name}“ {shown.count(name)} von {look.count}" for name in short]
    return f"Gezeigt: {', '.join(parts)}."


def _lines(look: Look, lines: list[tuple[Line, bool]]) -> str:
    if not lines:
        return "Noch keine Kurve gezeichnet."
    faults = [_line(look, line, labelled) for line, labelled in lines]
    return "" if "" in faults else faults[0]


def _line(look: Look, line: Line, labelled: bool) -> str:
    count = math.prod(line.x.shape)
    if look.size and count != look.size:
        return f"Die Kurve hat {count} Punkte."
    for wanted, found in ((look.low, line.x.minimum), (look.high, line.x.maximum)):
        span = abs((look.high or 0) - (look.low or 0)) or 1
        if wanted is not None and (found is None or abs(found - wanted) > 0.02 * span):
            return "Die Kurve liegt nicht über dem verlangten Bereich von x."
    if look.labels and not labelled:
        return "Den Achsen fehlt eine Beschriftung."
    return ""


def _is_picture(path: str) -> bool:
    return PurePosixPath(path).suffix.casefold() in _PICTURES
