"""A task looked at in a running kernel: its values as they are, without running anything.

Libraries are recognised by what their objects have; none is imported here.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from grader.checks.context import Side
from grader.selfcheck.description import Description
from grader.selfcheck.looks import VALUE_KINDS, Finding, judge_values
from grader.selfcheck.report import LATER, TaskReport, answer_lines, heading_of, look_finding
from grader.selfcheck.seen import Seen, seen_array

__all__ = ["judge_live", "seen_object"]

_OVERWRITTEN = (
    "Spätere Zellen können den Namen neu belegen: `%check` gehört direkt unter die Zelle."
)
_MOST_CELLS = 200_000
_SAMPLES = 4


def judge_live(
    description: Description,
    task_id: str,
    namespace: Mapping[str, Any],
    after: Mapping[str, Mapping[str, Seen]],
    failed: Iterable[str] = (),
    saved: Side | None = None,
) -> TaskReport:
    """Report on a task from a kernel's namespace.

    Parameters
    ----------
    after : mapping of str to mapping
        By slot, what its variables were when its cell had last run, where that is known.
    failed : iterable of str
        Slots whose cell last ended with an error.
    saved : Side, optional
        The notebook as it is saved: its answers are looked at too.

    Raises
    ------
    UsageError
        If there is no such task.
    """
    entry = description.task(task_id)
    own = [s for s in description.slots if s.task == entry.id]
    slots = {s.id for s in own}
    findings: list[Finding] = []
    for slot in own:
        if slot.id in failed:
            cell = description.by_slot[slot.id]
            findings.append(
                Finding("failed", f"»{cell.heading}«: Die Zelle endete zuletzt mit einem Fehler.")
            )
    looks = [look for look in description.looks if look.slot in slots]
    for look in looks:
        if look.kind not in VALUE_KINDS:
            continue
        known = after.get(look.slot)
        if known is None:
            known = {n: seen_object(namespace[n]) for n in look.names if n in namespace}
        fault = judge_values(look, known)
        if fault and known and look.slot not in after:
            fault = f"{fault} {_OVERWRITTEN}"
        findings.append(look_finding(description, look, fault))
    if any(look.kind not in VALUE_KINDS for look in looks):
        text = "Abbildungen, Training und Dateien sieht erst `grader check` an."
        findings.append(Finding("later", text))
    if saved is not None:
        findings += answer_lines(description, saved, entry.id)
    return TaskReport(entry.id, heading_of(entry), (*findings, Finding("later", LATER)))


def seen_object(value: object) -> Seen:
    """Facts of a living object; whatever it does when it is asked, it is ``other`` then."""
    name = type(value).__name__
    try:
        if hasattr(value, "layers") and hasattr(value, "get_weights"):
            return _network(value, name)
        if type(value).__module__.startswith("pandas.") and hasattr(value, "iloc"):
            return _table(value, name)
        if isinstance(value, str | bytes):
            return Seen("other", name)
        data = np.asarray(value)
        if data.dtype.kind not in "biuf":
            return Seen("other", name, tuple(data.shape))
        return seen_array(data, name, _digest(data))
    except Exception:
        return Seen("other", name)


def _digest(data: np.ndarray[Any, Any]) -> str:
    return f"{data.dtype}{data.shape}{hash(np.ascontiguousarray(data).tobytes())}"


def _network(model: Any, name: str) -> Seen:
    layers = list(model.layers)
    dense = [layer for layer in layers if type(layer).__name__ == "Dense"]
    inputs, outputs = (_shape(model, f"{side}_shape") for side in ("input", "output"))
    sums: bool | None = None
    with contextlib.suppress(Exception):
        if getattr(model, "built", False) and all(inputs[1:]):
            given = np.random.default_rng(1).random((_SAMPLES, *inputs[1:])).astype("float32")
            sums = seen_array(np.asarray(model(given, training=False))).sums
    return Seen(
        "network",
        name,
        sums=sums,
        layers=tuple(type(layer).__name__ for layer in layers),
        units=tuple(int(layer.units) for layer in dense),
        activations=tuple(_activation(layer) for layer in dense),
        inputs=math.prod(inputs[1:]) if inputs[1:] and all(inputs[1:]) else None,
        outputs=math.prod(outputs[1:]) if outputs[1:] and all(outputs[1:]) else None,
    )


def _shape(model: Any, attribute: str) -> tuple[Any, ...]:
    try:
        return tuple(getattr(model, attribute))
    except Exception:
        # Not built yet, or several of them.
        return ()


def _activation(layer: Any) -> str:
    activation = getattr(layer, "activation", None)
    return str(getattr(activation, "__name__", "linear")).casefold()


def _table(frame: Any, name: str) -> Seen:
    if not hasattr(frame, "columns"):
        frame = frame.to_frame()
    rows, columns = frame.shape
    kinds: dict[str, tuple[str, ...]] = {}
    if rows * columns <= _MOST_CELLS:
        for place, title in enumerate(frame.columns):
            kinds[str(title)] = tuple(_cell(held) for held in frame.iloc[:, place].tolist())
    return Seen("table", name, (rows, columns), columns=kinds)


def _cell(held: object) -> str:
    if held is None or type(held).__name__ in ("NAType", "NaTType"):
        return "nan"
    if isinstance(held, np.generic):
        held = held.item()
    if isinstance(held, float) and math.isnan(held):
        return "nan"
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if isinstance(held, kind):
            return name
    return "other"
