"""Pairs of similar submissions, by fingerprints of what they wrote (copydetect).

copydetect makes the tokens (names of variables become one sign) and the fingerprints. All k-grams
are kept (a window of one): its hashes are salted per process, and which of them a wider window
selects would differ from run to run. What more than a few submissions share is what the task
suggests or a generator made, and is left out, as MOSS does.
"""

from __future__ import annotations

import bisect
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader.files import write_atomically
from grader.similar.texts import OwnText, Part

__all__ = ["Pair", "Passage", "rank", "read_pairs", "write_pairs"]

# Signs of normalised code (`x = f(y)` has six) and of prose that must agree without a gap.
_CODE, _PROSE = 30, 45
_FEWEST_SIGNS = {"code": 60, "prose": 90}
# Similarity is measured against at least so many signs: a short text is no evidence.
_SMALL = 180
_MOST_SIGNS = 60_000
_MOST_PASSAGES = 12
_LONGEST_PASSAGE = 1500
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """What two submissions share: where it stands in each, and how it reads there."""

    kind: str
    where_first: str
    first: str
    where_second: str
    second: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions; ``code`` and ``prose`` are the shared parts of what is their own, 0 to 1."""

    first: str
    second: str
    code: float
    prose: float
    passages: tuple[Passage, ...] = ()

    @property
    def similarity(self) -> float:
        """The larger of the two shares."""
        return max(self.code, self.prose)


class _Document:
    """One submission's code or prose with its fingerprints."""

    def __init__(self, parts: Sequence[Part], kind: str) -> None:
        self.kind = kind
        self.k = _CODE if kind == "code" else _PROSE
        self.starts: list[int] = []
        self.wheres = [p.where for p in parts]
        length = 0
        for part in parts:
            self.starts.append(length)
            length += len(part.text) + 1
        self.text = "\n".join(p.text for p in parts)[:_MOST_SIGNS]
        self.places: dict[int, list[int]] = {}
        self.raw: Any = np.zeros(0, dtype=np.int64)
        if kind == "code":
            self._code()
        else:
            self._prose()

    def _code(self) -> None:
        self._take(self.text, language="python")

    def _prose(self) -> None:
        words = list(_WORD.finditer(self.text))
        self._take(" ".join(w.group().casefold() for w in words), language=None)
        raw: list[int] = []
        for word in words:
            folded = len(word.group().casefold())
            raw += [word.start() + min(i, len(word.group()) - 1) for i in range(folded)]
            raw.append(word.end())
        self.raw = np.array(raw or [0], dtype=np.int64)

    def _take(self, text: str, language: str | None) -> None:
        # Not at the top: it brings matplotlib, which an unchanged cohort does not need.
        from copydetect import CodeFingerprint

        if len(text) < self.k:
            return
        made = CodeFingerprint(
            "text", self.k, 1, filter=language is not None, language=language, fp=io.StringIO(text)
        )
        self.places = {int(h): [int(i) for i in at] for h, at in made.hash_idx.items()}
        if language is not None and len(made.offsets):
            signs = np.arange(len(made.filtered_code) + 1)
            before = np.searchsorted(made.offsets[:, 0], signs, side="right") - 1
            self.raw = signs + made.offsets[np.maximum(before, 0), 1]

    def covered(self, hashes: set[int]) -> int:
        """Signs that these fingerprints cover."""
        return sum(end - start for start, end in self.spans(hashes))

    def spans(self, hashes: set[int]) -> list[tuple[int, int]]:
        """Ranges of the normalised text that these fingerprints cover, in order."""
        found: list[tuple[int, int]] = []
        for at in sorted(i for h in hashes for i in self.places.get(h, ())):
            if found and at <= found[-1][1]:
                found[-1] = (found[-1][0], at + self.k)
            else:
                found.append((at, at + self.k))
        return found

    def shown(self, span: tuple[int, int]) -> tuple[str, str]:
        """Where a range stands, and the whole lines around it."""
        last = max(0, len(self.raw) - 1)
        start, end = (int(self.raw[min(i, last)]) for i in (span[0], span[1] - 1))
        begin = self.text.rfind("\n", 0, start) + 1
        stop = self.text.find("\n", min(end + 1, len(self.text)))
        text = self.text[begin : stop if stop >= 0 else len(self.text)]
        where = self.wheres[max(0, bisect.bisect_right(self.starts, start) - 1)]
        return where, text[:_LONGEST_PASSAGE]


def rank(texts: Sequence[OwnText], most: int = 15) -> tuple[Pair, ...]:
    """Rank pairs of submissions by what they share, most similar first.

    Parameters
    ----------
    texts : sequence of OwnText
    most : int
        Pairs to return.
    """
    shares: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    both: dict[tuple[int, int], list[tuple[_Document, _Document, set[int]]]] = defaultdict(list)
    for kind in ("code", "prose"):
        documents = [_Document(t.code if kind == "code" else t.prose, kind) for t in texts]
        for pair, hashes, share in _shared(documents, kind):
            shares[pair][kind] = share
            both[pair].append((documents[pair[0]], documents[pair[1]], hashes))
    order = sorted(shares, key=lambda p: (-max(shares[p].values()), p))[:most]
    return tuple(
        Pair(
            texts[p[0]].submission,
            texts[p[1]].submission,
            round(shares[p].get("code", 0.0), 3),
            round(shares[p].get("prose", 0.0), 3),
            tuple(x for parts in both[p] for x in _passages(*parts)),
        )
        for p in order
    )


def _shared(
    documents: Sequence[_Document], kind: str
) -> Iterator[tuple[tuple[int, int], set[int], float]]:
    """Yield pairs that share enough, their common fingerprints, and the share."""
    holders: dict[int, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        for value in document.places:
            holders[value].append(number)
    common = max(3, len(documents) // 10)
    counts: Counter[tuple[int, int]] = Counter()
    own: list[set[int]] = [set() for _ in documents]
    for value, numbers in holders.items():
        if len(numbers) <= common:
            counts.update(combinations(numbers, 2))
            for number in numbers:
                own[number].add(value)
    sizes = [max(_SMALL, d.covered(o)) for d, o in zip(documents, own, strict=True)]
    for (a, b), count in counts.items():
        if count < 10:
            continue
        hashes = own[a] & own[b]
        signs = [documents[n].covered(hashes) for n in (a, b)]
        if min(signs) >= _FEWEST_SIGNS[kind]:
            yield (a, b), hashes, min(1.0, sum(signs) / (sizes[a] + sizes[b]))


def _passages(first: _Document, second: _Document, hashes: set[int]) -> Iterator[Passage]:
    """Yield the longest shared passages side by side."""
    others = second.spans(hashes)
    starts = [start for start, _ in others]
    at = {i: h for h in hashes for i in first.places[h]}
    spans = sorted(first.spans(hashes), key=lambda s: s[0] - s[1])[:_MOST_PASSAGES]
    for span in sorted(spans):
        there = second.places[at[span[0]]][0]
        other = others[max(0, bisect.bisect_right(starts, there) - 1)]
        yield Passage(first.kind, *first.shown(span), *second.shown(other))


@dataclass(frozen=True, slots=True)
class _Stored:
    pairs: tuple[Pair, ...]
    schema: int = 1


def write_pairs(pairs: Sequence[Pair], path: Path) -> None:
    """Write ``similar.json``."""
    raw = msgspec.json.format(msgspec.json.encode(_Stored(tuple(pairs))), indent=2)
    write_atomically(path, lambda file: file.write(raw + b"\n"))


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """Read ``similar.json``; nothing if it is missing or unreadable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Stored).pairs
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ()
