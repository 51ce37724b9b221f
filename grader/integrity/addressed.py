"""Sentences that address whoever (or whatever) grades, instead of answering the question."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from grader.checks.addressing import addressing_sentence
from grader.checks.context import Side
from grader.messages import problem
from grader.model import Problem

__all__ = ["addressed"]


def addressed(side: Side) -> tuple[Problem, ...]:
    """Look through texts, code's comments and strings, and outputs of a submission."""
    given = "\n".join(side.given.values())
    found: dict[tuple[str, str, int | None], Problem] = {}
    for where, notebook, cell, text in _texts(side):
        sentence = addressing_sentence(text)
        key = (where, notebook, cell)
        if sentence and sentence not in given and key not in found:
            found[key] = problem(
                "addresses_grader", notebook or None, cell, where=where, text=sentence
            )
    return tuple(found.values())


def _texts(side: Side) -> Iterator[tuple[str, str, int | None, str]]:
    for number, answer in side.submission.answers.items():
        yield f"Die Antwort auf Frage {number}", "", None, answer
    for name, notebook in side.submission.notebooks.items():
        for cell in notebook.cells:
            text = "\n".join(_written(cell.source)) if cell.kind == "code" else cell.source
            yield f"Zelle {cell.index + 1}", name, cell.index, text
    for name, run in side.evidence.notebooks.items():
        for ran in run.cells:
            for output in ran.outputs:
                if output.kind != "error" and output.name != "stderr":
                    yield f"Zelle {ran.index + 1}", name, ran.index, output.text


def _written(source: str) -> Iterator[str]:
    """Comments and strings of a cell."""
    plain = "\n".join("" if line.lstrip()[:1] in "%!" else line for line in source.split("\n"))
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                yield token.string.strip("#\"' ")
    except (tokenize.TokenError, SyntaxError, IndentationError):
        yield from (line.partition("#")[2] for line in source.split("\n") if "#" in line)
