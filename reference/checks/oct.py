"""Task 2b: the given network's output for the four OCT scans."""

from __future__ import annotations

from grader.checks import Context, Outcome, check

from .outputs import judge_output

CLASSES = (("CNV",), ("DME",), ("NORMAL",), ("DRUSEN",))


@check("2b.prediction")
def prediction(ctx: Context) -> Outcome:
    """Das mitgelieferte Netz wurde auf die vier OCT-Aufnahmen angewendet."""
    return judge_output(ctx, "2b-predict", CLASSES)
