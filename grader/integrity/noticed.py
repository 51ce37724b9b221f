"""What the probe noted beside the results, as observations; late variables do not count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from grader.checks.context import Side
from grader.messages import problem
from grader.model import CellRun, Notice, Problem, Value

__all__ = ["looks_inside", "noticed", "without_late_variables"]

_KINDS = {
    "replaced": "replaced_function",
    "late": "late_variable",
    "hook": "running_on",
    "opened": "outside_files",
    "inspected": "looks_inside",
}
_MOST_NAMED = 4
# A second witness beside the kernel's own: what nobody needs for a lab task.
_INSIDE = re.compile(
    r"\b(?:gc\.get_\w+|sys\._(?:getframe|current_frames)|settrace|setprofile|addaudithook"
    r"|__closure__|cell_contents|f_back|f_globals|f_locals|_grader_\w*)\b"
    r"|sys\.modules(?=[^\n]*(?:grader|probe))"
)


def noticed(side: Side) -> tuple[Problem, ...]:
    """One problem per cell and kind of what was noted."""
    return tuple(
        found
        for name, run in side.evidence.notebooks.items()
        for cell in run.cells
        for found in _of_cell(name, cell)
    )


def looks_inside(cell: CellRun) -> bool:
    """Tell whether a cell looks into the interpreter: at the garbage collector, at frames."""
    return any(n.kind == "inspected" for n in cell.noticed) or bool(_INSIDE.search(cell.source))


def _of_cell(notebook: str, cell: CellRun) -> Iterator[Problem]:
    for kind, made in _KINDS.items():
        named = list(dict.fromkeys(_named(n) for n in cell.noticed if n.kind == kind))
        if kind == "inspected" and not named:
            named = list(dict.fromkeys(m.group() for m in _INSIDE.finditer(cell.source)))
        if named:
            what = ", ".join(named[:_MOST_NAMED])
            more = len(named) - _MOST_NAMED
            what += f" und {more} weitere" if more > 0 else ""
            yield problem(made, notebook, cell.index, what=what)


def _named(notice: Notice) -> str:
    text = " ".join(notice.what.split())[:120]
    return text.removeprefix("builtins.").replace("tensorflow.keras.", "tf.keras.")


def without_late_variables(side: Side) -> Side:
    """Leave out variables that were set after their cell had ended."""
    runs = dict(side.evidence.notebooks)
    for name, run in runs.items():
        if any(n.kind == "late" for cell in run.cells for n in cell.noticed):
            runs[name] = replace(run, cells=tuple(map(_in_time, run.cells)))
    return replace(side, evidence=replace(side.evidence, notebooks=runs))


def _in_time(cell: CellRun) -> CellRun:
    late = {n.what for n in cell.noticed if n.kind == "late"}
    kept = _without(cell.variables, late)
    # What was set after the cell is in its last part's evidence.
    parts = tuple(replace(p, variables=_without(p.variables, late)) for p in cell.parts[-1:])
    return replace(cell, variables=kept, parts=(*cell.parts[:-1], *parts))


def _without(variables: Mapping[str, Value], late: Collection[str]) -> dict[str, Value]:
    """Leave out variables, and what is found behind them by path."""
    return {n: v for n, v in variables.items() if re.split(r"[.\[]", n, maxsplit=1)[0] not in late}
