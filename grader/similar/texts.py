"""What a group wrote itself: code and prose without the lab's own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.model import ReleasedCell, Submission

__all__ = ["OwnText", "Part", "own_text"]


@dataclass(frozen=True, slots=True)
class Part:
    """A cell's or an answer's own lines, and where they stand (German)."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class OwnText:
    """A submission's own code and prose."""

    submission: str
    code: tuple[Part, ...] = ()
    prose: tuple[Part, ...] = ()


def own_text(
    submission: Submission,
    released: Mapping[str, Sequence[ReleasedCell]],
    questions: Sequence[str] = (),
) -> OwnText:
    """Take a submission's own lines: those that the released notebooks do not have.

    Parameters
    ----------
    submission : Submission
    released : mapping of str to sequence of ReleasedCell
        The lab's cells by notebook; only the students' version counts as given.
    questions : sequence of str
        Texts of the control questions.
    """
    code: list[Part] = []
    prose: list[Part] = []
    for name, notebook in submission.notebooks.items():
        given = _lines(*(c.source_student for c in released.get(name, ())))
        for cell in notebook.cells:
            text = _without(cell.source, given)
            if text and cell.kind != "raw":
                parts = code if cell.kind == "code" else prose
                parts.append(Part(f"{name}, Zelle {cell.index + 1}", text))
    asked = _lines(*questions)
    for number, answer in submission.answers.items():
        if text := _without(answer, asked):
            prose.append(Part(f"Frage {number}", text))
    return OwnText(submission.id, tuple(code), tuple(prose))


def _lines(*texts: str) -> set[str]:
    return {" ".join(line.split()) for text in texts for line in text.splitlines()}


def _without(text: str, given: set[str]) -> str:
    kept = [x.rstrip() for x in text.splitlines() if x.strip() and " ".join(x.split()) not in given]
    return "\n".join(kept)
