"""What must not be in a kit, and the search for it.

Secret is what the solution has and the released version has not: lines, names, numbers and phrases
of its cells, the reference answers, the rubrics' word lists, the checks' code and the ids of those
that are hidden, what the reference's run printed and computed, and where on whose machine all that
was made. What the students' version says itself is no secret, whatever else says it too.
"""

from __future__ import annotations

import getpass
import io
import re
import tokenize
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.exchange.contents import Member, open_kit
from grader.exchange.expected import expected_arrays, printed_lines
from grader.exchange.handout import particulars, readme, start_cell
from grader.exchange.kit import ANSWERS, WORK_FOLDER, lab_released
from grader.lab import Lab
from grader.model import Evidence

__all__ = ["Leak", "Secrets", "find_leaks", "secrets_of"]

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_DOTTED = re.compile(r"\w+(?:\.\w+)+")
_PLAIN_WORD = re.compile(r"\w+")
# Words inside a passage, which no neighbour can grow together with.
_INNER_WORD = re.compile(r"(?<=\W)\w+(?=\W)")
_SHINGLE = 6
_LINE, _PHRASE, _CODE_LINE = 14, 12, 25
_NAME, _DIGITS, _FEWEST_NUMBERS = 4, 3, 3
_HOMES = re.compile(r"(?:/(?:home|Users|root)/|[A-Za-z]:[\\/]+Users[\\/]+)\w+")
# Accounts that say nothing of a person.
_NOBODY = {"root", "user", "admin", "jovyan", "runner", "ubuntu", "vscode", "student", "default"}


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret that was found.

    ``kind``: ``"solution"``, ``"name"``, ``"number"``, ``"phrase"``, ``"answer"``, ``"output"``,
    ``"array"``, ``"rubric"``, ``"check"``, ``"path"`` or ``"stored_output"``.
    """

    member: str
    kind: str
    what: str


@dataclass(frozen=True)
class Secrets:
    """What to look for.

    Attributes
    ----------
    passages : mapping of str to str
        Text (spaces evened out) that must stand nowhere, with its kind.
    names : mapping of str to str
        Words that must not stand alone in a text, with their kind.
    shingles : mapping of tuple of str to str
        Runs of words from answers, with where they are from.
    arrays : mapping of bytes to str
        Bytes of expected arrays, with what they are.
    """

    passages: Mapping[str, str]
    names: Mapping[str, str]
    shingles: Mapping[tuple[str, ...], str]
    arrays: Mapping[bytes, str] = field(default_factory=dict)

    @cached_property
    def by_anchor(self) -> Mapping[str, list[str]]:
        """Passages by their longest word: only where it stands they have to be looked for."""
        found: dict[str, list[str]] = {}
        for passage in self.passages:
            anchor = max(_INNER_WORD.findall(passage), key=len, default="")
            found.setdefault(anchor, []).append(passage)
        return found


def secrets_of(lab: Lab, evidence: Evidence | None = None) -> Secrets:
    """Gather what students must not get.

    Parameters
    ----------
    lab : Lab
        As the group has it.
    evidence : Evidence, optional
        Of the reference's run; without it nothing is known of what the solution computes.

    Raises
    ------
    LabError
        If a source cannot be read.
    """
    cells = [cell for found in lab_released(lab).values() for cell in found]
    given = _given(lab, [cell.source_student for cell in cells])
    passages: dict[str, str] = {}
    names: dict[str, str] = {}
    shingles: dict[tuple[str, ...], str] = {}

    def add(kind: str, texts: Iterable[str], least: int) -> None:
        for text in texts:
            plain = _even(text)
            if len(plain) >= least and plain not in given.text:
                passages.setdefault(plain, kind)

    def add_words(text: str, what: str) -> None:
        new = set(_shingles(text)) - given.shingles
        shingles.update((words, what) for words in new if words not in shingles)

    for cell in cells:
        if cell.source_solution != cell.source_student:
            add("solution", cell.source_solution.splitlines(), _LINE)
            if cell.kind == "code":
                for word in _code_words(cell.source_solution) - given.words:
                    names[word] = "number" if word[0].isdigit() else "name"
            else:
                add_words(cell.source_solution, cell.id)
    answers = _text(lab.folder / ANSWERS)
    add("answer", (s for s in answers.splitlines() if not s.startswith("#")), _LINE)
    add_words("\n".join(s for s in answers.splitlines() if not s.startswith("#")), ANSWERS)
    for path in sorted((lab.folder / "rubrics").glob("*.toml")):
        add("rubric", _text(path).splitlines(), _CODE_LINE)
        add("rubric", _leaves(tomllib.loads(_text(path))), _PHRASE)
    for path in sorted((lab.folder / "checks").glob("*.py")):
        add("check", _text(path).splitlines(), _CODE_LINE)
    hidden = [check.id for check in lab.checks.values() if not check.public]
    names |= dict.fromkeys((i for i in hidden if i not in given.words), "check")
    for path in {Path.home(), lab.folder, lab.folder.parent, Path.cwd()}:
        if len(path.parts) > 2:
            add("path", [str(path)], 1)
    names |= dict.fromkeys(_person() - given.words, "path")
    if evidence is None:
        return Secrets(passages, names, shingles)
    add("output", printed_lines(evidence, cells), _LINE)
    return Secrets(passages, names, shingles, expected_arrays(evidence, cells, lab.release.given))


def find_leaks(archive: bytes, secrets: Secrets) -> list[Leak]:
    """Search a kit; every member, decompressed.

    Raises
    ------
    UsageError
        If the archive is none.
    """
    found: list[Leak] = []
    for member in open_kit(archive):
        found += _leaks_of(member, secrets)
    return found


def _leaks_of(member: Member, secrets: Secrets) -> Iterator[Leak]:
    text = _even(member.text)
    words = set(_PLAIN_WORD.findall(text))
    for anchor, passages in secrets.by_anchor.items():
        if not anchor or anchor in words:
            found = (passage for passage in passages if passage in text)
            yield from (Leak(member.path, secrets.passages[p], p) for p in found)
    for match in sorted(set(_HOMES.findall(member.text))):
        yield Leak(member.path, "path", match)
    if member.plain:
        found_names = sorted(_words_of(member.text) & secrets.names.keys())
        numbers = [name for name in found_names if secrets.names[name] == "number"]
        # A table holds many numbers, one or two of which may be a solution's by chance.
        chance = numbers if member.path.endswith(".csv") and len(numbers) < _FEWEST_NUMBERS else []
        for name in found_names:
            if name not in chance:
                yield Leak(member.path, secrets.names[name], name)
    for words_found in set(_shingles(member.text)) & secrets.shingles.keys():
        yield Leak(member.path, "phrase", " ".join(words_found))
    for raw, what in secrets.arrays.items():
        if raw in member.raw:
            yield Leak(member.path, "array", what)
    if member.path.endswith(".ipynb") and re.search(
        r'"output_type"\s*:', member.raw.decode("utf-8", "replace")
    ):
        yield Leak(member.path, "stored_output", "eine gespeicherte Ausgabe")


# --------------------------------------------------------------------------- what is given


@dataclass(frozen=True, slots=True)
class _Given:
    text: str
    words: frozenset[str]
    shingles: frozenset[tuple[str, ...]]


def _given(lab: Lab, cells: list[str]) -> _Given:
    """What the students' version says itself: cells, questions, helper scripts, names of places."""
    scripts = [_text(path) for path in sorted(lab.data.glob("*.py"))]
    ours = [readme(lab, lab.id, WORK_FOLDER), particulars(), start_cell(lab.id, WORK_FOLDER).source]
    places = [*lab.slot_by_id, *(f"{n.name} {n.title}" for n in lab.notebooks)]
    text = "\n".join([*cells, *lab.questions, *ours, *places, *scripts])
    return _Given(
        _even(text),
        frozenset(_words_of(text)),
        frozenset(_shingles(text)),
    )


def _words_of(text: str) -> set[str]:
    """Words, numbers, and ids with points in them."""
    return {*_WORD.findall(text), *_DOTTED.findall(text)}


def _code_words(source: str) -> set[str]:
    """Names, words in strings, and longer numbers of a cell's code."""
    found: set[str] = set()
    plain = re.sub(r"(?m)^\s*[%!].*$", "", source)
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            if token.type == tokenize.NAME and len(token.string) >= _NAME:
                found.add(token.string)
            elif token.type == tokenize.NUMBER and sum(map(str.isdigit, token.string)) >= _DIGITS:
                found.add(token.string)
    except (tokenize.TokenError, SyntaxError):
        found |= {word for word in _WORD.findall(plain) if len(word) >= _NAME}
    return found - _COMMON


# Words of the language and its libraries: any program may use them.
_COMMON = {"enumerate", "import", "from", "with", "else", "elif", "items", "True", "False", "None"}


def _shingles(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    yield from zip(*(words[i:] for i in range(_SHINGLE)), strict=False)


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _leaves(value)


def _person() -> set[str]:
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return set()
    return {name} if len(name) >= _NAME and name.casefold() not in _NOBODY else set()


def _even(text: str) -> str:
    return " ".join(text.split())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
