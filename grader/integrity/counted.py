"""Counts as a network's output only what a network said: the same numbers from elsewhere do not.

Some checks ask for what a network answers (``network`` in ``lab.toml``). For them a submission is
seen a second time without values that look like the answer but that no recorded call explains. If
the check then gives less, that is the result, with a sentence and a problem that say what was seen.
A human decides where the values are not plainly typed in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.checks.api import Check, Outcome, failed, review
from grader.checks.arrays import Floats, numbers
from grader.checks.context import Context, Side
from grader.checks.literals import is_typed
from grader.checks.networks import Network
from grader.errors import NotJudged
from grader.integrity.likeness import alike, within
from grader.integrity.noticed import looks_inside
from grader.integrity.witness import ANSWERING, Models, any_slot, rebuilt
from grader.lab import Lab
from grader.messages import problem
from grader.model import Axes, Call, CellRun, Figure, Line, NotebookEvidence, Problem, Value

__all__ = ["counted", "guarded"]

_SAID = {
    "own": "own_code_in_network",
    "contradicted": "contradicted_output",
    "unproven": "unexplained_result",
}
# As many of the probe's records as one cell can have: more calls may have gone unrecorded.
_FULL = 60
_TYPED = (
    "Gefunden wurden Zahlen, die im Code eingetippt sind. Gewertet wird, was ein Aufruf des Netzes "
    "liefert."
)
_UNEXPLAINED = (
    "Zu den gefundenen Werten ist kein Aufruf des Netzes aufgezeichnet, der sie liefert. Die "
    "Betreuung sieht nach, woher sie stammen."
)
_OWN = (
    "Das Netz enthält eigenen Code, und seine Ausgaben ließen sich aus den Gewichten nicht "
    "nachrechnen. Die Betreuung sieht es sich an."
)


def guarded(checks: Mapping[str, Check], lab: Lab, problems: list[Problem]) -> Mapping[str, Check]:
    """Make checks count only what a network said, where ``lab.toml`` asks for it.

    Parameters
    ----------
    checks : mapping of str to Check
    lab : Lab
    problems : list of Problem
        Gets what was seen, while the checks run.
    """
    return {
        i: _guard(c, lab.checks[i].network, problems) if lab.checks[i].network else c
        for i, c in checks.items()
    }


def _guard(check: Check, slot: str, problems: list[Problem]) -> Check:
    @functools.wraps(check.function)
    def function(context: Context) -> Outcome:
        whole = check.function(context)
        side, found = counted(context.student, context.reference, slot)
        if not found or not _worth(whole):
            return whole
        try:
            rest = check.function(replace(context, student=side))
        except NotJudged:
            rest = failed("")
        if _worth(rest) >= _worth(whole):
            return whole
        problems.extend(p for p in found if p not in problems)
        kinds = {p.kind for p in found}
        details = {**whole.details, "noticed": sorted(kinds)}
        if kinds == {"typed_result"}:
            return replace(rest, message=f"{_TYPED} {rest.message}".strip(), details=details)
        message = _OWN if "own_code_in_network" in kinds else _UNEXPLAINED
        return review(_worth(rest), message, confidence=0.3, **details)

    return replace(check, function=function)


def _worth(outcome: Outcome) -> float:
    return {"passed": 1.0, "failed": 0.0, "not_judged": 0.0}.get(outcome.status, outcome.fraction)


# --------------------------------------------------------------------------- the second look


def counted(student: Side, reference: Side, slot: str) -> tuple[Side, list[Problem]]:
    """Return a side without what looks like a network's answer and is not explained by one.

    Returns
    -------
    side : Side
    problems : list of Problem
        What was left out and why; empty if nothing was.
    """
    name = student.notebook_of(slot)
    run = student.run_of(name)
    place = slot if student.has(slot) else student.lab.slot_by_id[slot].task
    if run is None or not student.has(place):
        return student, []
    look = _Look(student, run, name, _Expected.of(reference, slot), set(student.indices(place)))
    cells = tuple(look.cell(cell) for cell in run.cells)
    if not look.problems:
        return student, []
    runs = {**student.evidence.notebooks, name: replace(run, cells=cells)}
    return replace(student, evidence=replace(student.evidence, notebooks=runs)), look.problems


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the reference's network answers in the slot, and the network itself."""

    outputs: tuple[Floats, ...]
    net: Network | None

    @classmethod
    def of(cls, reference: Side, slot: str) -> _Expected:
        calls = reference.calls(slot, *ANSWERING)
        held = [numbers(reference, slot, c.result) for c in calls]
        run = reference.run_of(reference.notebook_of(slot))
        net = None
        if run is not None and calls:
            asked = Models.of(reference, run, slot).asked(calls[-1])
            net = rebuilt(reference, slot, asked.model) if asked and asked.model else None
        return cls(tuple(h for h in held if h is not None and h.size), net)

    def looks_like(self, found: Floats) -> bool:
        """Tell whether numbers could be taken for the answer."""
        return any(alike(found, e) for e in self.outputs)


class _Look:
    """Goes through a notebook's cells in order, with what networks have said so far."""

    def __init__(
        self,
        side: Side,
        run: NotebookEvidence,
        notebook: str,
        expected: _Expected,
        region: set[int],
    ) -> None:
        self.side = side
        self.run = run
        self.notebook = notebook
        self.expected = expected
        self.region = region
        self.place = any_slot(side, notebook)
        self.models = Models.of(side, run, self.place)
        self.said: list[Floats] = []
        self.dropped: list[Floats] = []
        self.unknown = False
        self.strict = False
        self.problems: list[Problem] = []

    def cell(self, cell: CellRun) -> CellRun:
        """Return the cell without what does not count, nor in its parts."""
        self.strict |= looks_inside(cell)
        if not cell.parts:
            return self._step(cell)
        # Part by part, as they ran; what the cell as a whole left was said in one of them.
        parts = tuple(self._step(part) for part in cell.parts)
        return replace(self._step(cell), parts=parts)

    def _step(self, cell: CellRun) -> CellRun:
        calls = tuple(self._calls(cell))
        networks = {d: self._model(cell, v) for d, v in cell.networks.items()}
        cell = replace(cell, networks=networks)
        if cell.index > max(self.region):
            return replace(cell, calls=calls)
        variables = {
            n: self._model(cell, v) for n, v in cell.variables.items() if self._counts(cell, n, v)
        }
        figures = cell.figures
        if cell.index in self.region:
            figures = tuple(self._figure(cell, f) for f in cell.figures)
        return replace(cell, calls=calls, variables=variables, figures=figures)

    def _calls(self, cell: CellRun) -> Iterator[Call]:
        # Where records may be missing, nothing is held against anybody.
        self.unknown |= sum(c.name in ANSWERING for c in cell.calls) >= _FULL
        for call in cell.calls:
            if call.name in ANSWERING:
                result = numbers(self.side, self.place, call.result)
                verdict = self.models.verdict(call, strict=self.strict)
                if verdict != "holds":
                    self._note(_SAID[verdict], cell, what=", ".join(call.own) or call.name)
                    if result is not None:
                        self.dropped.append(result)
                    continue
                if result is None:
                    self.unknown = True
                else:
                    self.said.append(result)
            yield call

    def _counts(self, cell: CellRun, name: str, value: Value) -> bool:
        if cell.index not in self.region and name != "result":
            return True
        held = numbers(self.side, self.place, value) if value.model is None else None
        if held is None or not held.size or not self.expected.looks_like(held):
            return True
        if self._explained(held):
            return True
        if within(held, self.dropped):
            return False
        kind = "typed_result" if is_typed(cell.source, name) else "unexplained_result"
        self._note(kind, cell, what=name)
        return False

    def _model(self, cell: CellRun, value: Value) -> Value:
        """Forget what a network with the student's code said, if its weights say otherwise."""
        info = value.model
        if info is None or not info.own or info.probe_outputs is None:
            return value
        if rebuilt(self.side, self.place, info) is not None:
            return value
        self._note("own_code_in_network", cell, what=", ".join(info.own))
        return replace(value, model=replace(info, probe_inputs=None, probe_outputs=None))

    def _figure(self, cell: CellRun, figure: Figure) -> Figure:
        return replace(figure, axes=tuple(self._axes(cell, axes) for axes in figure.axes))

    def _axes(self, cell: CellRun, axes: Axes) -> Axes:
        kept = tuple(line for line in axes.lines if self._line_counts(cell, line))
        return replace(axes, lines=kept)

    def _line_counts(self, cell: CellRun, line: Line) -> bool:
        x, y = (self.run.array(info) for info in (line.x, line.y))
        if x is None or y is None or not y.size or y.dtype.kind not in "biuf":
            return True
        y = y.astype(np.float64).reshape(-1)
        similar = self.expected.looks_like(y)
        if not similar and self.expected.net is not None and x.shape == line.y.shape:
            said = self.expected.net(np.asarray(x, dtype=np.float64).reshape(-1))
            similar = said is not None and said.size == y.size and alike(y, said)
        if not similar or self._explained(y):
            return True
        if not within(y, self.dropped):
            self._note("unexplained_result", cell, what="plot")
        return False

    def _explained(self, found: Floats) -> bool:
        """Tell whether networks have said these numbers, or the classes that they are."""
        if self.unknown:
            return True
        return within(found, self.said)

    def _note(self, kind: str, cell: CellRun, **values: str) -> None:
        made = problem(kind, self.notebook, cell.index, **values)
        if made not in self.problems:
            self.problems.append(made)
