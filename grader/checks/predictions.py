"""A network's outputs for a few inputs, found by shape and compared row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from grader.checks.arrays import Floats, numbers
from grader.checks.context import Side, last_name

__all__ = ["OutputMatch", "compare_outputs", "names_classes", "outputs"]

Verdict: TypeAlias = Literal["right", "order", "some", "classes", "wrong"]

_TOLERANCE = 0.02
_MOST_ROWS = 512
# "6.2e-01": its exponent is no class.
_POWER = re.compile(r"(?<![\d.])\d[\d.]*e[+-]?\d+", re.IGNORECASE)
# What keras prints while a network answers: "1/1 ━━━━ 0s 83ms/step".
_PROGRESS = re.compile(r"(?<!\d)\d{1,6}/\d{1,6}[^\n]{0,200}?/step")
_ROW = re.compile(r"\[[^\[\]]*\]")
_WHOLE = re.compile(r"(?<![\d.,])\d{1,4}(?![\d]|[.,]\d)")


@dataclass(frozen=True, slots=True)
class OutputMatch:
    """How a found output compares.

    Attributes
    ----------
    verdict : str
        ``"right"``; ``"order"``: all rows, in another order; ``"some"``: some rows in place;
        ``"classes"``: other values, but the same largest entries; ``"wrong"``.
    found : ndarray of shape (n_rows, n_classes)
        The rows compared (at most as many as expected).
    places : tuple of int or None
        For each expected row where it stands in the found ones.
    label : str
        Name of the variable, ``""`` for a call's result.
    """

    verdict: Verdict
    found: Floats
    places: tuple[int | None, ...]
    label: str = ""

    @property
    def in_place(self) -> int:
        """Rows that stand where they are expected."""
        return sum(p == i for i, p in enumerate(self.places))

    @property
    def argmax(self) -> list[int]:
        """Place of the largest entry per found row."""
        return [int(n) for n in self.found.argmax(axis=1)] if self.found.size else []


def outputs(
    side: Side, slot: str, classes: int, first: str = "result"
) -> Iterator[tuple[str, Floats]]:
    """Everything in a region that may be a network's output with ``classes`` entries per row.

    Variables first (``first`` before the others), then what predict returned, then the results of
    several calls for one input each, joined.
    """
    made = dict(side.made(slot))
    state = {n: v for n, v in side.state(slot).items() if n in made or n == first}
    for name in sorted(state, key=lambda n: (n != first, last_name(n) != first)):
        found = _rows(numbers(side, slot, state[name]), classes)
        if found is not None:
            yield name, found
    single = []
    for call in side.asked(slot):
        found = _rows(numbers(side, slot, call.result), classes)
        if found is not None:
            yield "", found
            if len(found) == 1:
                single.append(found)
    if len(single) > 1:
        yield "", np.concatenate(single)


def compare_outputs(
    candidates: Sequence[tuple[str, Floats]], expected: Floats
) -> OutputMatch | None:
    """Compare each candidate with the expected rows and return the best one.

    Parameters
    ----------
    candidates : sequence of (str, ndarray of shape (n_rows, n_classes))
    expected : ndarray of shape (n_expected, n_classes)

    Returns
    -------
    OutputMatch or None
        None without candidates; of equally good ones the first.
    """
    order: tuple[Verdict, ...] = ("right", "order", "some", "classes", "wrong")
    matches = [_match(label, found, expected) for label, found in candidates]
    return min(matches, key=lambda m: (order.index(m.verdict), -m.in_place), default=None)


def _match(label: str, found: Floats, expected: Floats) -> OutputMatch:
    count = len(expected)
    distance = np.abs(found[None, :, :] - expected[:, None, :]).max(axis=2)
    # Two images may have nearly the same output: each expected row takes its own place first.
    places: list[int | None] = []
    for i in range(count):
        near = [int(j) for j in np.flatnonzero(distance[i] <= _TOLERANCE)]
        free = [j for j in near if j not in places]
        places.append(i if i in near else free[0] if free else None)
    head = found[:count]
    verdict: Verdict = "wrong"
    if all(p == i for i, p in enumerate(places)):
        verdict = "right"
    elif None not in places and len(set(places)) == count:
        verdict = "order"
    elif any(p == i for i, p in enumerate(places)):
        verdict = "some"
    elif len(head) == count and (head.argmax(axis=1) == expected.argmax(axis=1)).all():
        verdict = "classes"
    return OutputMatch(verdict, head, tuple(places), label)


def _rows(array: Floats | None, classes: int) -> Floats | None:
    if array is None or array.size == 0 or array.size > _MOST_ROWS * classes:
        return None
    if array.ndim == 1 and array.size == classes:
        array = array[None, :]
    squeezed = array.reshape(-1, classes) if array.shape[-1:] == (classes,) else None
    if squeezed is None or not np.isfinite(squeezed).all():
        return None
    return squeezed


def names_classes(
    side: Side, slot: str, argmax: Sequence[int], words: Sequence[Sequence[str]] = ()
) -> bool:
    """Tell whether a region shows the class of each row: printed, or kept as numbers.

    Both ways of counting are accepted, from 0 and from 1.

    Parameters
    ----------
    argmax : sequence of int
        Place of the largest entry per row, from 0.
    words : sequence of sequences of str
        Names of each class in capital letters, by its place.
    """
    wanted = [list(argmax), [n + 1 for n in argmax]]
    text = _PROGRESS.sub(" ", side.printed(slot))
    # A row of numbers with decimals is the network's output, not classes.
    text = _ROW.sub(lambda row: " " if re.search(r"\d\.", row[0]) else row[0], text)
    printed = [int(n) for n in _WHOLE.findall(_POWER.sub(" ", text))]
    if any(_within(w, printed) for w in wanted):
        return True
    place = {name: n for n, names in enumerate(words) for name in names}
    named = [place[word] for word in re.findall(r"\w+", text.upper()) if word in place]
    if _within(list(argmax), named):
        return True
    for _, value in side.made(slot):
        held = numbers(side, slot, value)
        if held is not None and held.size == len(argmax) and held.reshape(-1).tolist() in wanted:
            return True
    return False


def _within(wanted: Sequence[object], found: Sequence[object]) -> bool:
    """Tell whether ``wanted`` occurs in order in ``found``, other entries between them or not."""
    rest = iter(found)
    return bool(wanted) and all(w in rest for w in wanted)
