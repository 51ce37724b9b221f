"""Asks the lab's text checks about a written answer, the course network's output beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from grader.checks import Context, Outcome
from tests.checks.build import call, cell, context, lab_check, reference_lab, side, text

__all__ = ["CASES", "COURSE_OUTPUT", "LAB", "SLOTS", "answers_in", "asked", "judge_text"]

LAB = reference_lab()
CASES = Path(__file__).parents[1] / "cases" / "answers"
SLOTS = {
    "1b.comment": "1b-comment",
    "1c.too_small": "1c-compare",
    "1c.never_100": "1c-never100",
    "2b.diagnosis": "2b-diagnosis",
    "2b.interpretation": "2b-interpretation",
    "2c.reasons": "2c-reasons",
    "3a.doubt": "3a-credible",
    "3b.reading": "3b-reading",
    "3c.watermark": "3c-conclusion",
}
COURSE_OUTPUT = np.array(
    [
        [0.006, 0.589, 0.371, 0.034],
        [0.553, 0.335, 0.016, 0.096],
        [0.960, 0.001, 0.000, 0.039],
        [0.069, 0.008, 0.672, 0.251],
    ],
    dtype=np.float32,
)


def answers_in(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield check id and entry of every labelled answer in a folder."""
    for path in sorted(folder.glob("*.toml")):
        for answer in tomllib.loads(path.read_text(encoding="utf-8"))["answer"]:
            yield path.stem, answer


def judge_text(check_id: str, written: str, output: np.ndarray = COURSE_OUTPUT) -> Outcome:
    """Return what a text check makes of an answer."""
    return lab_check("texts", check_id)(asked(check_id, written, output))


def asked(check_id: str, written: str, output: np.ndarray = COURSE_OUTPUT) -> Context:
    """Build the context in which a group gave this answer."""
    if check_id.startswith("q"):
        return context(side(answers={int(check_id[1:]): written}))
    slot = SLOTS[check_id]
    cells = [text(slot, written)]
    if check_id == "2b.interpretation":
        ran = cell("2b-predict", calls=[call("predict", result=output)])
        cells.insert(0, ran)
    reference = side({"notebook2": [text("2b-diagnosis", "DRUSEN, DME, CNV, NORMAL")]})
    return context(side({LAB.slot_by_id[slot].notebook: cells}), reference)
