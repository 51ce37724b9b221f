"""The rubric of one free-text answer, read from TOML.

A rubric names the *concepts* that a full answer holds. Each concept lists the phrases that show
it; a phrase is a few words that stand in one sentence in any order::

    title = "Frage 6"
    full = 2.0                     # weight that gives full marks; default: all weights together

    [words]                        # groups, used as <ableiten>; wortgruppen.toml holds shared ones
    ableiten = ["ableitung", "differenzier*", "steigung"]

    [topics]                       # optional: what a statement is about (see Concept.topic)
    hoch = ["zu hoch|groß"]

    [[concept]]
    id = "ableitung"
    label = "Ableitung ist null"             # for the one who grades
    hint = "die Eigenschaft der Funktion"    # kind of aspect, shown to the student if it is missing
    weight = 1.0
    phrases = ["<ableiten> null|0", "!differenzierbar", "~überall flach"]

    [[misconception]]
    id = "differenzierbar"
    label = "hält die Stufe für differenzierbar"
    hint = "Sehen Sie sich die Sprungstelle an."
    cap = 0.25
    phrases = ["stufenfunktion <ableiten>"]

In a phrase, ``a|b`` means either word, ``a+b`` that ``b`` follows directly on ``a``. A leading
``!`` demands that a negation reaches one of the words, ``~`` accepts both; without a mark a
negation there spoils the match. Patterns of single words: :mod:`grader.checks.words`.

Counted lists have ``items`` (a list of phrases each) and ``count``; ``distinct`` counts the
different words that match one pattern (``distinct = "#anteil"``), added to the items found.
``only_named`` is what the list is worth if its items are named and nothing is said of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from grader.checks.english import NO_ENGLISH, Lexicon
from grader.checks.words import Pattern
from grader.errors import LabError

__all__ = [
    "Concept",
    "Misconception",
    "Phrase",
    "Polarity",
    "Rubric",
    "load_rubric",
    "rubric_names",
]

SHARED_WORDS = "wortgruppen.toml"
ENGLISH = "englisch.toml"
_PARTS = re.compile(r"(\d+)")
Polarity: TypeAlias = Literal["plain", "negated", "any"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together: for each place the patterns that fill it.

    ``follows`` tells for each place whether it must come directly after the one before it.
    """

    written: str
    places: tuple[tuple[Pattern, ...], ...]
    follows: tuple[bool, ...]
    polarity: Polarity = "plain"

    @classmethod
    def parse(cls, written: str, groups: Mapping[str, tuple[str, ...]]) -> Phrase:
        """Read a phrase and resolve its ``<groups>``.

        Raises
        ------
        ValueError
            If a group is unknown or a pattern is empty.
        """
        polarity: Polarity = {"!": "negated", "~": "any"}.get(written[:1], "plain")  # type: ignore[assignment]
        body = written[1:] if polarity != "plain" else written
        parts = [(p, i > 0) for group in body.split() for i, p in enumerate(group.split("+"))]
        try:
            places = tuple(
                tuple(Pattern.parse(w) for w in _alternatives(part, groups)) for part, _ in parts
            )
        except ValueError as error:
            raise ValueError(f"{error} in der Wendung {written!r}") from error
        if not places:
            raise ValueError(f"leere Wendung {written!r}")
        return cls(written, places, tuple(follows for _, follows in parts), polarity)


def _alternatives(place: str, groups: Mapping[str, tuple[str, ...]]) -> list[str]:
    words: list[str] = []
    for part in place.split("|"):
        if part.startswith("<") and part.endswith(">"):
            if part[1:-1] not in groups:
                raise ValueError(f"unbekannte Wortgruppe {part}")
            words += groups[part[1:-1]]
        else:
            words.append(part)
    return words


@dataclass(frozen=True, slots=True)
class Concept:
    """One aspect of a full answer.

    Attributes
    ----------
    weight : float
        Share of ``Rubric.full``.
    within : str
        ``"sentence"`` (default), ``"clause"`` or ``"text"``: where a phrase's words must meet.
    topic : str
        If given, only statements about this topic count: the topic named last before the phrase
        in its sentence (or first after it), else in the sentences before.
    count : int
        How many different ``items`` (or words matching ``distinct``) give the full weight.
    cap_without : float or None
        Highest fraction of an answer that lacks this concept.
    only_named : float
        Factor on the weight of a list that says nothing of its items; ``beside`` are words that
        go with a name and say nothing of it ("Schicht").
    own : bool
        Whether it needs words of its own: what shows a concept before it does not count again.
    """

    id: str
    label: str
    hint: str
    weight: float
    phrases: tuple[Phrase, ...]
    items: tuple[tuple[Phrase, ...], ...]
    distinct: Pattern | None
    count: int
    within: str
    topic: str
    cap_without: float | None
    only_named: float = 1.0
    beside: tuple[Pattern, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Misconception:
    """A known error: caps the fraction at ``cap`` unless a concept of ``unless`` was found.

    A clause that holds a phrase of ``but_not`` does not show it.
    """

    id: str
    label: str
    hint: str
    cap: float
    phrases: tuple[Phrase, ...]
    within: str
    topic: str
    unless: tuple[str, ...]
    but_not: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """Everything that judges one answer.

    ``list_ok``: a list of key words is a legitimate answer (name three ...). ``long`` is the
    number of words from which an answer counts as long; ``list_cap`` the highest fraction of key
    words without a sentence where ``list_ok`` is not set.
    """

    title: str
    full: float
    concepts: tuple[Concept, ...]
    misconceptions: tuple[Misconception, ...]
    topics: Mapping[str, tuple[Phrase, ...]]
    list_ok: bool = False
    long: int = 20
    list_cap: float = 0.25
    lexicon: Lexicon = NO_ENGLISH


class _ConceptEntry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    label: str
    hint: str
    weight: float = 1.0
    phrases: list[str] = []
    items: list[list[str]] = []
    distinct: str = ""
    count: int = 0
    within: Literal["sentence", "clause", "text"] = "sentence"
    topic: str = ""
    cap_without: float | None = None
    only_named: float = 1.0
    beside: list[str] = []
    own: bool = False


class _MisconceptionEntry(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    label: str
    hint: str
    phrases: list[str]
    cap: float = 0.5
    within: Literal["sentence", "clause", "text"] = "sentence"
    topic: str = ""
    unless: list[str] = []
    but_not: list[str] = []


class _LexiconEntry(msgspec.Struct, forbid_unknown_fields=True):
    words: dict[str, list[str]] = {}


class _RubricEntry(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    full: float | None = None
    list_ok: bool = False
    long: int = 20
    list_cap: float = 0.25
    words: dict[str, list[str]] = {}
    topics: dict[str, list[str]] = {}
    concept: list[_ConceptEntry] = []
    misconception: list[_MisconceptionEntry] = []


def rubric_names(folder: Path) -> list[str]:
    """Return the ids of the checks that have a rubric in a folder, in the order of their names."""
    names = [p.stem for p in folder.glob("*.toml") if p.name not in (SHARED_WORDS, ENGLISH)]
    return sorted(names, key=lambda n: [int(p) if p.isdigit() else p for p in _PARTS.split(n)])


def load_rubric(path: Path | str) -> Rubric:
    """Read a rubric; the word groups of ``wortgruppen.toml`` beside it are known to it.

    Raises
    ------
    LabError
        If a file is missing, is no TOML or names an unknown word group, topic or concept.
    """
    path = Path(path)
    shared = (path.parent / SHARED_WORDS, path.parent / ENGLISH)
    return _load(path, _changed(path), *(_changed(p) for p in shared))


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=128)
def _load(path: Path, _own: int, _words: int, english: int) -> Rubric:
    shared = path.parent / SHARED_WORDS
    lexicon = _lexicon(path.parent / ENGLISH, english) if english else NO_ENGLISH
    try:
        groups = _read(shared).get("words", {}) if shared.is_file() else {}
        entry = msgspec.convert(_read(path), _RubricEntry)
        built = _build(entry, {n: tuple(w) for n, w in {**groups, **entry.words}.items()})
        return replace(built, lexicon=lexicon)
    except FileNotFoundError as error:
        raise LabError(f"Bewertungsraster {path} fehlt.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise LabError(f"{path}: {_in_german(error)}") from error
    except ValueError as error:
        raise LabError(f"{path}: {error}.") from error


@lru_cache(maxsize=8)
def _lexicon(path: Path, _changed: int) -> Lexicon:
    """Read the English words; one object for all rubrics beside it, so that texts are read once."""
    try:
        entry = msgspec.convert(_read(path), _LexiconEntry)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise LabError(f"{path}: {_in_german(error)}") from error
    return Lexicon({name.lower(): tuple(meant) for name, meant in entry.words.items()})


_KINDS = {
    "float": "eine Zahl", "int": "eine ganze Zahl", "str": "ein Text", "bool": "true oder false",
    "array": "eine Liste", "object": "eine Tabelle", "null": "nichts",
}  # fmt: skip


def _in_german(error: Exception) -> str:
    """Say what is wrong with a file: the libraries' own sentences are English."""
    text = str(error)
    place = re.search(r"at line (\d+), column (\d+)", text)
    if isinstance(error, tomllib.TOMLDecodeError):
        where = f" (Zeile {place[1]}, Spalte {place[2]})" if place else ""
        return f"Das ist kein gültiges TOML{where}: {text}"
    if isinstance(error, UnicodeDecodeError):
        return "Die Datei ist nicht als UTF-8 gespeichert."
    path = re.search(r"at `\$\.?(.*)`", text)
    where = f" bei {path[1].replace('[...]', '')}" if path and path[1] else ""
    unknown = re.search(r"unknown field `(.*?)`", text)
    missing = re.search(r"missing required field `(.*?)`", text)
    kinds = re.search(r"Expected `(.*?)`, got `(.*?)`", text)
    if unknown:
        return f"Die Angabe {unknown[1]} gibt es nicht{where}."
    if missing:
        return f"Die Angabe {missing[1]} fehlt{where}."
    if kinds:
        wanted, got = (_KINDS.get(k.split(" ")[0], k) for k in kinds.groups())
        return f"Erwartet wird {wanted}{where}, dort steht {got}."
    return text


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _build(entry: _RubricEntry, groups: Mapping[str, tuple[str, ...]]) -> Rubric:
    def phrases(written: list[str]) -> tuple[Phrase, ...]:
        return tuple(Phrase.parse(w, groups) for w in written)

    concepts = tuple(
        Concept(
            c.id, c.label, c.hint, c.weight, phrases(c.phrases),
            tuple(phrases(item) for item in c.items),
            Pattern.parse(c.distinct) if c.distinct else None,
            c.count or 1, c.within, c.topic, c.cap_without, c.only_named,
            tuple(Pattern.parse(w) for p in c.beside for w in _alternatives(p, groups)), c.own,
        )
        for c in entry.concept
    )  # fmt: skip
    misconceptions = tuple(
        Misconception(
            m.id,
            m.label,
            m.hint,
            m.cap,
            phrases(m.phrases),
            m.within,
            m.topic,
            tuple(m.unless),
            phrases(m.but_not),
        )
        for m in entry.misconception
    )
    _validate(entry)
    return Rubric(
        entry.title,
        entry.full if entry.full is not None else sum(c.weight for c in concepts),
        concepts,
        misconceptions,
        {name: phrases(written) for name, written in entry.topics.items()},
        entry.list_ok,
        entry.long,
        entry.list_cap,
    )


def _validate(entry: _RubricEntry) -> None:
    ids = [c.id for c in entry.concept]
    faults = [f"Konzept {i} steht zweimal da" for i in sorted({i for i in ids if ids.count(i) > 1})]
    topics = {c.id: c.topic for c in entry.concept} | {m.id: m.topic for m in entry.misconception}
    faults += [
        f"{i}: unbekanntes Thema {topic!r}"
        for i, topic in topics.items()
        if topic not in ("", *entry.topics)
    ]
    faults += [
        f"{m.id}: unbekanntes Konzept {u!r}"
        for m in entry.misconception
        for u in m.unless
        if u not in ids
    ]
    faults += [
        f"{c.id}: keine Wendung" for c in entry.concept if not (c.phrases or c.items or c.distinct)
    ]
    if not ids or (entry.full is not None and entry.full <= 0):
        faults.append("mindestens ein Konzept und full > 0 werden gebraucht")
    if faults:
        raise ValueError("; ".join(faults))
