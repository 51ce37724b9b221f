"""From a submission's file to its group.

The head names only what is not right: every check that the program judges itself is labelled
``passed`` unless ``[labels]`` says otherwise. Texts and answers to the control questions come from
the other groups' (``[pool]``, ``answers``) or stand in the file, then with their range of points
after the slot: ``%% 2c-reasons 1-2``, ``%% q7 0.5-1``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from submissions.build import damage, digits, knees, scans, small_net
from submissions.build.model import Edit, Group, Label, Part, auto, expect
from submissions.build.more import digits as digits_
from submissions.build.more import knees as knees_
from submissions.build.more import scans as scans_
from submissions.build.more import small_net as small_
from submissions.build.questions import answers

__all__ = ["FRESH", "read"]

_HERE = Path(__file__).parent
_NOTEBOOKS = ("notebook1", "notebook2", "notebook3")
_CELL = re.compile(r"^%% (.*)\n", re.MULTILINE)
_QUESTION = re.compile(r"q(\d+)")
_POOL: Mapping[str, Mapping[str, Part]] = {
    "1a-compare": small_net.COMPARE | small_.COMPARE,
    "1b-comment": small_net.COMMENT | small_.COMMENT,
    "1c-compare": digits.TOO_SMALL | digits_.TOO_SMALL,
    "1c-never100": digits.AMBIGUOUS | digits_.AMBIGUOUS,
    "2b-diagnosis": scans.DIAGNOSIS | scans_.DIAGNOSIS,
    "2b-interpretation": scans.INTERPRETATION | scans_.INTERPRETATION,
    "2c-reasons": scans.REASONS | scans_.REASONS,
    "3a-credible": knees.DOUBT | knees_.DOUBT,
    "3b-reading": knees.READING | knees_.READING,
    "3c-conclusion": knees.WATERMARK | knees_.WATERMARK,
}
# The check that a text answer belongs to, where a file writes its own.
_TEXTS = {
    "1b-comment": "1b.comment",
    "1c-compare": "1c.too_small",
    "1c-never100": "1c.never_100",
    "2b-diagnosis": "2b.diagnosis",
    "2b-interpretation": "2b.interpretation",
    "2c-reasons": "2c.reasons",
    "3a-credible": "3a.doubt",
    "3b-reading": "3b.reading",
    "3c-conclusion": "3c.watermark",
}
_JUDGED = (
    *("1a.architecture", "1a.weights", "1a.prediction", "1a.probe"),
    *("1b.curve", "1b.plot", "1b.training"),
    *("1c.architecture", "1c.no_leak", "1c.accuracy", "1c.prediction"),
    *("2a.values", "2a.sodium", "2a.thrombocytes", "2a.numeric", "2a.trains"),
    *("2b.prediction", "2c.count", "2c.choice", "2c.applied"),
    *("3a.prediction", "3b.heatmaps", "3c.colormaps"),
)
_HAND = expect("passed", "needs_review", points=(3, 3))


def read(path: Path) -> Group:
    """Read one submission's file."""
    text = path.read_text("utf-8")
    start = text.index("%% ")
    head = tomllib.loads(text[:start])
    notebooks: dict[str, dict[str, Part]] = {name: {} for name in _NOTEBOOKS}
    for slot, name in head.get("pool", {}).items():
        notebooks[_notebook(slot)][slot] = _POOL[slot][name]
    answered = dict(answers(head["answers"])) if "answers" in head else {}
    for slot, part in _cells(text[start:]).items():
        if question := _QUESTION.fullmatch(slot):
            answered[int(question[1])] = part
        else:
            notebooks[_notebook(slot)][slot] = part
    labels: dict[str, Label] = {check: expect("passed") for check in _JUDGED}
    labels["1a.hand"] = _HAND
    for check, words in head.get("labels", {}).items():
        labels |= auto(**{check.replace(".", "_"): words})
    number = path.stem.removeprefix("gruppe")
    return Group(
        id=path.stem,
        about=head["about"],
        people=(f"Alex Muster{number}", f"Kim Beispiel{number}"),
        notebooks=notebooks,
        answers=answered,
        headings=head.get("headings", "full"),
        answers_as=head.get("answers_as", "md"),
        edits=_edits(head.get("edits", [])),
        names=head.get("names", {}),
        labels=labels,
        profile=head.get("profile", "keras3"),
        half=path.parent.name,
    )


def _cells(text: str) -> dict[str, Part]:
    """Parts by slot; ``%% + code`` is a further cell below the one before."""
    pieces = _CELL.split(text)[1:]
    parts: dict[str, Part] = {}
    slot = ""
    for head, body in zip(pieces[::2], pieces[1::2], strict=True):
        source = body.strip("\n")
        slot_, _, rest = head.strip().partition(" ")
        if slot_ == "+":
            part = parts[slot]
            parts[slot] = Part(
                source=part.source, labels=part.labels, extra=(*part.extra, (rest, source))
            )
            continue
        slot = slot_
        labels = {}
        if check := slot if _QUESTION.fullmatch(slot) else _TEXTS.get(slot):
            low, high = rest.split("-")
            labels = {check: expect("needs_review", points=(float(low), float(high)))}
        parts[slot] = Part(source, labels)
    return parts


def _edits(lines: list[list[str]]) -> dict[str, tuple[Edit, ...]]:
    """``["notebook1", "merge", "1a-model", "1a-weights"]``; ``*`` stands for all notebooks."""
    found: dict[str, tuple[Edit, ...]] = {}
    plain: dict[str, Edit] = {
        "strip": damage.strip,
        "fresh_ids": damage.fresh_ids,
        "google_colab": damage.google_colab,
        "terse": terse,
    }
    for where, name, *words in lines:
        maker: Any = getattr(damage, name, None)
        edit = plain.get(name) or maker(*words)
        for notebook in _NOTEBOOKS if where == "*" else (where,):
            found[notebook] = (*found.get(notebook, ()), edit)
    return found


def terse(notebook: Any) -> None:
    """Keep only the headings of the given texts, numbered as in earlier terms."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not cell.metadata.get("grader", {}).get("slot"):
            heading = cell.source.partition("\n")[0]
            cell.source = heading.replace("Aufgabe", "Versuch").replace("###", "##")


def _notebook(slot: str) -> str:
    return f"notebook{re.sub('[^0-9]', '', slot)[0]}"


def _order(path: Path) -> tuple[str, int]:
    return path.parent.name, int(path.stem.removeprefix("gruppe"))


FRESH = tuple(read(path) for path in sorted(_HERE.glob("[a-f]/gruppe*.txt"), key=_order))
