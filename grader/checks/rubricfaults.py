"""What is wrong with a rubric, in German sentences: for those who edit one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.checks.german import analyse
from grader.checks.phrases import Reader
from grader.checks.rubric import Concept, Misconception, Phrase, Rubric, load_rubric
from grader.checks.words import Pattern
from grader.errors import LabError

__all__ = ["RubricReport", "examine_rubric", "mismatches"]

_NUMBERS = {"#zahl": "12", "#anteil": "98 %", "#anzahl": "12"}
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class RubricReport:
    """One rubric: its size, its faults, and remarks that need no correction."""

    name: str
    concepts: int = 0
    phrases: int = 0
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def examine_rubric(path: Path, *, known: bool = True) -> RubricReport:
    """Read a rubric and look for what would make it judge otherwise than its author means.

    Parameters
    ----------
    path : Path
    known : bool
        Whether the lab has a check of that name.
    """
    strange = [] if known else [f"Das Labor hat keine Prüfung {path.stem}."]
    try:
        rubric = load_rubric(path)
    except LabError as error:
        said = str(error).removeprefix(f"{path}: ")
        return RubricReport(path.stem, faults=(*strange, said))
    faults = [*strange, *_values(rubric), *_unreachable(rubric), *_telling(rubric)]
    count = sum(1 for _ in _phrases(rubric))
    remarks = (*_idle(rubric), *_unused(path, rubric))
    return RubricReport(path.stem, len(rubric.concepts), count, tuple(faults), remarks)


def mismatches(rubric: Rubric) -> Iterator[tuple[str, str, str]]:
    """Yield owner, phrase and words for every alternative that does not find itself."""
    for owner, within, phrase in _phrases(rubric):
        first = [_written(place[0]) for place in phrase.places]
        for k, place in enumerate(phrase.places):
            for pattern in place:
                words = [*first[:k], _written(pattern), *first[k + 1 :]]
                if not _finds_itself(rubric, within, phrase, words):
                    yield owner, phrase.written, " ".join(words)


def _phrases(rubric: Rubric) -> Iterator[tuple[str, str, Phrase]]:
    held: tuple[Concept | Misconception, ...] = (*rubric.concepts, *rubric.misconceptions)
    for owner in held:
        items = owner.items if isinstance(owner, Concept) else (owner.but_not,)
        for phrase in (*owner.phrases, *(p for item in items for p in item)):
            yield owner.id, owner.within, phrase
    for name, phrases in rubric.topics.items():
        for phrase in phrases:
            yield f"Thema {name}", "sentence", phrase


def _written(pattern: Pattern) -> str:
    return _NUMBERS.get(pattern.text, pattern.text)


def _finds_itself(rubric: Rubric, within: str, phrase: Phrase, words: list[str]) -> bool:
    wanted = phrase.polarity == "negated"
    return any(
        phrase.polarity == "any" or hit.negated == wanted
        for written in (" ".join(words), " ".join([*words, "nicht"] if wanted else words))
        for hit in Reader(analyse(written), rubric).hits(phrase, within)
    )


# ------------------------------------------------------------------ faults


def _values(rubric: Rubric) -> Iterator[str]:
    for concept in rubric.concepts:
        where = f"Konzept {concept.id}"
        if concept.weight <= 0:
            yield f"{where}: weight muss größer als 0 sein."
        if concept.items and not concept.distinct and concept.count > len(concept.items):
            yield (
                f"{where}: verlangt {concept.count} Teile (count), die Liste hat aber nur "
                f"{len(concept.items)}; das volle Gewicht ist nicht zu erreichen."
            )
        shares = {"cap_without": concept.cap_without, "only_named": concept.only_named}
        for name, share in shares.items():
            if share is not None and not 0 <= share <= 1:
                yield f"{where}: {name} muss zwischen 0 und 1 liegen."
    for error in rubric.misconceptions:
        if not 0 <= error.cap <= 1:
            yield f"Denkfehler {error.id}: cap muss zwischen 0 und 1 liegen."
    ids = [m.id for m in rubric.misconceptions]
    for name in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"Denkfehler {name} steht zweimal da."
    together = sum(c.weight for c in rubric.concepts)
    if rubric.full > together + _TOLERANCE:
        yield (
            f"full ist {rubric.full:g}, alle Gewichte zusammen sind aber nur {together:g}; "
            "die volle Punktzahl ist nicht zu erreichen."
        )


def _unreachable(rubric: Rubric) -> Iterator[str]:
    missed: dict[tuple[str, str], list[str]] = {}
    for owner, written, words in mismatches(rubric):
        missed.setdefault((owner, written), []).append(words)
    for (owner, written), examples in missed.items():
        more = f" und {len(examples) - 1} weitere" if len(examples) > 1 else ""
        yield (
            f"{owner}: Die Wendung „{written}“ erkennt ihre eigenen Worte nicht "
            f"(„{examples[0]}“{more})."
        )


def _telling(rubric: Rubric) -> Iterator[str]:
    for concept in rubric.concepts:
        reader = Reader(analyse(concept.hint), rubric)
        if reader.finding(concept).share >= 1:
            yield (
                f"Konzept {concept.id}: Der Hinweis „{concept.hint}“ verrät den Gedanken, "
                "nach dem gefragt ist."
            )


# ------------------------------------------------------------------ remarks


def _idle(rubric: Rubric) -> Iterator[str]:
    """Phrases that can never add anything, since a shorter one of their concept covers them."""
    held: tuple[Concept | Misconception, ...] = (*rubric.concepts, *rubric.misconceptions)
    for owner in held:
        for i, phrase in enumerate(owner.phrases):
            for k, other in enumerate(owner.phrases):
                if i != k and _covers(other, phrase) and not (k > i and _covers(phrase, other)):
                    yield (
                        f"{owner.id}: „{phrase.written}“ ist wirkungslos, "
                        f"„{other.written}“ erfasst es schon."
                    )
                    break


def _covers(wide: Phrase, narrow: Phrase) -> bool:
    if wide.polarity not in ("any", narrow.polarity) or any(wide.follows):
        return False
    left = [set(place) for place in narrow.places]
    for place in wide.places:
        fitting = next((n for n in left if n <= set(place)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return True


def _unused(path: Path, rubric: Rubric) -> Iterator[str]:
    content = path.read_text(encoding="utf-8")
    for name in tomllib.loads(content).get("words", {}):
        if not re.search(rf"<{re.escape(name)}>", content):
            yield f"Die Wortgruppe {name} wird nicht benutzt."
    used = {c.topic for c in rubric.concepts} | {m.topic for m in rubric.misconceptions}
    for name in rubric.topics:
        if name not in used and len(rubric.topics) == 1:
            yield f"Das Thema {name} wird nicht benutzt."
