"""What a text would get: one answer judged by one rubric, without a submission."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.checks.answers import Suggestion, judge, message
from grader.checks.context import strip_given
from grader.checks.rubric import load_rubric, rubric_names
from grader.checks.rubricfaults import RubricReport, examine_rubric
from grader.checks.runner import half_points
from grader.errors import LabError, UsageError
from grader.lab import CheckSpec, Lab

__all__ = ["Trial", "examine_rubrics", "rubric_folder", "try_answer"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A text, the check it was tried for, and the suggestion."""

    check: CheckSpec
    question: str
    suggestion: Suggestion
    points: float
    said: str


def rubric_folder(lab: Lab) -> Path:
    """Return where a lab keeps its rubrics.

    Raises
    ------
    LabError
        If it has none.
    """
    folder = lab.folder / "rubrics"
    if not folder.is_dir():
        raise LabError(f"Das Labor hat keine Bewertungsraster; erwartet wird {folder}.")
    return folder


def try_answer(lab: Lab, question: str, text: str) -> Trial:
    """Judge a text by the rubric of a question or text task.

    Parameters
    ----------
    question : str
        The check's id in any case (``q4``), its number alone, or "Frage 4".

    Raises
    ------
    UsageError
        If there is no such question; the sentence lists those that there are.
    """
    folder = rubric_folder(lab)
    name = _found(question, [n for n in rubric_names(folder) if n in lab.checks])
    asked = ""
    if re.fullmatch(r"q\d+", name) and int(name[1:]) <= len(lab.questions):
        asked = lab.questions[int(name[1:]) - 1]
        text = strip_given(text, asked)
    suggestion = judge(load_rubric(folder / f"{name}.toml"), text)
    spec = lab.checks[name]
    points = half_points(suggestion.fraction, spec.points)
    return Trial(spec, asked, suggestion, points, message(suggestion))


def _found(question: str, names: Sequence[str]) -> str:
    wanted = re.sub(r"(?i)^\s*(?:kontroll)?frage\b|\s", "", question).strip(".:").lower()
    for name in names:
        if wanted in (name.lower(), name.lower().removeprefix("q")):
            return name
    known = ", ".join(names) or "keines"
    raise UsageError(f"Zu {question.strip()!r} gibt es kein Bewertungsraster; es gibt: {known}.")


def examine_rubrics(lab: Lab) -> list[RubricReport]:
    """Examine every rubric of a lab."""
    folder = rubric_folder(lab)
    return [
        examine_rubric(folder / f"{name}.toml", known=name in lab.checks)
        for name in rubric_names(folder)
    ]
