"""What each part of a cell with several slots did, from the evidence taken while it ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.engine.base import CellJob
from grader.engine.outputs import plain_outputs
from grader.evidence.collect import Capture
from grader.model import CellRun

__all__ = ["parts_of"]


def parts_of(
    ran: CellRun,
    cell: CellJob,
    captures: Sequence[Capture],
    outputs: Mapping[int, Sequence[Mapping[str, Any]]],
) -> tuple[CellRun, ...]:
    """Return one run per part of a cell; none if the cell was not cut or ended the kernel.

    Parameters
    ----------
    ran : CellRun
        The whole cell.
    cell : CellJob
    captures : sequence of Capture
        What was taken at the cuts that the cell reached, and at its end.
    outputs : mapping of int to sequence
        Raw outputs by part.
    """
    whole = len(cell.cuts) + 1
    if not cell.cuts or not 2 <= len(captures) <= whole:
        return ()
    if ran.status == "ok" and len(captures) < whole:
        return ()
    lines = cell.source.split("\n")
    borders = [0, *(line for _, line in cell.cuts), len(lines)]
    found = []
    for number in range(whole):
        source = "\n".join(lines[borders[number] : borders[number + 1]]).strip("\n")
        if number >= len(captures):
            found.append(CellRun(ran.index, source))
            continue
        shown, _ = plain_outputs(outputs.get(number, ()))
        capture = captures[number]
        last = number == len(captures) - 1
        found.append(
            replace(
                ran,
                source=source,
                status=ran.status if last else "ok",
                error=ran.error if last else "",
                error_message=ran.error_message if last else "",
                seconds=0.0,
                outputs=tuple(shown),
                variables=capture.variables,
                deleted=capture.deleted,
                calls=capture.calls,
                networks=capture.networks,
                figures=capture.figures,
                files=capture.files,
                noticed=(),
            )
        )
    return tuple(found)
