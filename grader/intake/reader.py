"""From files to a :class:`~grader.model.Submission`: notebooks under the lab's names."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from grader.intake.answers import decode_text, read_particulars, split_answers
from grader.intake.content import resemblance
from grader.intake.files import File, Source, open_source
from grader.lab import Lab
from grader.messages import problem
from grader.model import Cell, Notebook, Particulars, Problem, ReleasedCell, Submission

__all__ = ["parse_notebook", "read_files", "read_submission"]

# Below this, a notebook has nothing of the lab in it.
_FOREIGN = 0.04
_CLEARLY_OTHER = 0.3
_START = "start"


class _UnreadableError(ValueError):
    """A notebook file that is none; the text is the German reason."""


def read_submission(
    source: Source, lab: Lab, released: Mapping[str, tuple[ReleasedCell, ...]]
) -> Submission:
    """Read a submission; whatever is wrong with it ends in its ``problems``.

    Parameters
    ----------
    source : Source
        From :func:`grader.intake.files.find_sources`.
    lab : Lab
    released : mapping of str to tuple of ReleasedCell
        The lab's cells by notebook, to recognise renamed notebooks by their content.
    """
    files, problems = open_source(source)
    return read_files(source.id, files, lab, released, problems)


def read_files(
    name: str,
    files: Iterable[File],
    lab: Lab,
    released: Mapping[str, tuple[ReleasedCell, ...]],
    known: Iterable[Problem] = (),
) -> Submission:
    """Read a submission from its files; see :func:`read_submission`."""
    problems = list(known)
    candidates: list[tuple[File, Notebook]] = []
    answers: dict[int, str] = {}
    answers_seen = False
    particulars = Particulars()
    corrupt: list[tuple[File, str]] = []
    for file in files:
        stem = PurePosixPath(file.path).stem.casefold()
        suffix = PurePosixPath(file.path).suffix.casefold()
        is_answers = "kontrollfrage" in stem
        if suffix == ".ipynb":
            try:
                notebook = parse_notebook(file.read(), stem, file.path)
            except (_UnreadableError, OSError) as error:
                corrupt.append((file, str(error)))
                continue
            if is_answers:
                answers_seen = True
                text = "\n\n".join(c.source for c in notebook.cells if c.kind != "code")
                answers |= split_answers(text, len(lab.questions))
            else:
                candidates.append((file, notebook))
        elif is_answers or (stem.startswith("antworten") and suffix == ".md"):
            answers_seen = True
            found, new = _read_answers(file, lab)
            problems += new
            answers = {**found, **{k: v for k, v in answers.items() if v}}
        elif file.name.casefold() == "protokoll.toml":
            try:
                particulars, new = read_particulars(file.read())
            except OSError as error:
                new = [problem("corrupt_particulars", reason=str(error))]
            problems += new
    notebooks, found_problems = _assign(candidates, lab, released)
    problems += found_problems
    problems += _absent(lab, notebooks, corrupt)
    if not answers_seen and lab.questions:
        problems.append(problem("missing_answers"))
    return Submission(name, notebooks, answers, particulars, tuple(problems))


def parse_notebook(raw: bytes, name: str, file: str) -> Notebook:
    """Parse a notebook file leniently: what is no cell is left out.

    Raises
    ------
    ValueError
        With a German reason, if the file holds no notebook.
    """
    if not raw.strip():
        raise _UnreadableError("die Datei ist leer")
    try:
        tree = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _UnreadableError("die Datei ist nicht in UTF-8 gespeichert") from error
    except json.JSONDecodeError as error:
        text = error.doc.strip()
        if text.startswith("{") and not text.endswith("}"):
            raise _UnreadableError("die Datei ist abgeschnitten") from error
        raise _UnreadableError(f"kein gültiges JSON (Zeile {error.lineno})") from error
    except (RecursionError, ValueError) as error:
        raise _UnreadableError("kein gültiges JSON") from error
    if isinstance(tree, dict) and "worksheets" in tree:
        tree = _upgrade(tree)
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if not isinstance(cells, list):
        raise _UnreadableError("die Datei ist kein Jupyter-Notebook")
    parsed: list[Cell] = []
    for cell in cells:
        if isinstance(cell, dict):
            parsed.append(_cell(len(parsed), cell))
    digest = hashlib.sha256(raw).hexdigest()[:40]
    return Notebook(name, file, tuple(parsed), digest, _variant(tree))


def _variant(tree: Mapping[str, Any]) -> str:
    """Id of the kit that a notebook is from, if it says so in a way that an id can look."""
    metadata = tree.get("metadata")
    ours = metadata.get("grader") if isinstance(metadata, Mapping) else None
    found = ours.get("variant", "") if isinstance(ours, Mapping) else ""
    return found if isinstance(found, str) and re.fullmatch(r"[0-9a-f]{1,64}", found) else ""


def _upgrade(tree: dict[str, Any]) -> Any:
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nbformat.convert(nbformat.from_dict(tree), 4)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise _UnreadableError("ein Notebook in einem alten, beschädigten Format") from error


def _cell(index: int, cell: Mapping[str, Any]) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    metadata = cell.get("metadata")
    ours = metadata.get("grader") if isinstance(metadata, Mapping) else None
    slot = ours.get("slot", "") if isinstance(ours, Mapping) else ""
    outputs = cell.get("outputs")
    kind = cell.get("cell_type")
    if isinstance(ours, Mapping) and ours.get("role") == _START:
        # Only finds the data where a notebook is opened by itself; the lab knows no such cell.
        kind = "raw"
    text = str(source).replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    return Cell(
        index=index,
        kind=kind if kind in ("code", "markdown") else "raw",
        source=text,
        id=str(cell.get("id", ""))[:80],
        slot=slot if isinstance(slot, str) else "",
        outputs=tuple(o for o in outputs if isinstance(o, Mapping)) if outputs else (),
    )


def _read_answers(file: File, lab: Lab) -> tuple[dict[int, str], list[Problem]]:
    try:
        text, problems = decode_text(file.read(), file.name)
    except OSError as error:
        return {}, [problem("corrupt_answers", file=file.name, reason=str(error))]
    return split_answers(text, len(lab.questions)), problems


def _assign(
    candidates: Iterable[tuple[File, Notebook]],
    lab: Lab,
    released: Mapping[str, tuple[ReleasedCell, ...]],
) -> tuple[dict[str, Notebook], list[Problem]]:
    """Give each of the lab's notebooks the file that is it, by name and content."""
    problems: list[Problem] = []
    ranked = []
    for file, notebook in candidates:
        scores = {s.name: resemblance(notebook, released[s.name]) for s in lab.notebooks}
        by_name = _name_match(file.name, lab)
        best = max(scores, key=lambda name: scores[name])
        if by_name and scores[best] - scores[by_name] < _CLEARLY_OTHER:
            best = by_name
        if scores[best] < _FOREIGN:
            problems.append(problem("foreign_notebook", file=file.path))
            continue
        exact = PurePosixPath(file.path).stem.casefold() == best.casefold()
        depth = file.path.count("/")
        ranked.append((not exact, best != by_name, depth, -scores[best], file.path, best, notebook))
    found: dict[str, Notebook] = {}
    for not_exact, not_named, _, _, path, name, notebook in sorted(ranked, key=lambda r: r[:5]):
        if name in found:
            used = found[name].file
            problems.append(problem("duplicate_notebook", notebook=name, file=path, used=used))
            continue
        found[name] = replace(notebook, name=name, file=path)
        if not_exact and not_named:
            problems.append(problem("renamed_notebook", notebook=name, file=path))
    ordered = {s.name: found[s.name] for s in lab.notebooks if s.name in found}
    return ordered, problems


def _name_match(file: str, lab: Lab) -> str:
    """The lab's notebook that a file name speaks of ('Notebook 1 (Kopie).ipynb'), if any."""
    squeezed = re.sub(r"[\W_]+", "", PurePosixPath(file).stem.casefold())
    named = [s.name for s in lab.notebooks if re.search(rf"{s.name.casefold()}(?!\d)", squeezed)]
    return named[0] if len(named) == 1 else ""


def _absent(
    lab: Lab, notebooks: Mapping[str, Notebook], corrupt: list[tuple[File, str]]
) -> list[Problem]:
    problems = []
    blamed = set()
    for file, reason in corrupt:
        name = _name_match(file.name, lab)
        blamed.add(name)
        problems.append(problem("corrupt_notebook", name or None, file=file.name, reason=reason))
    problems += [
        problem("missing_notebook", spec.name)
        for spec in lab.notebooks
        if spec.name not in notebooks and spec.name not in blamed
    ]
    return problems
