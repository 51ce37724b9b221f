"""The document on the estimator is what its benchmark writes; a few of its cases, measured anew."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.augmentation import DOCUMENT, HALVES, ROUNDS, assess, document
from benchmarks.augmentation_cases import CLASSES, KEPT, Case, cases
from grader.checks.greys import Step
from grader.checks.transforms import Transformation, recognise

SAMPLE = (
    "unchanged",
    "fliplr",
    "flipud+fliplr",
    "rotation small",
    "zoom",
    "brightness",
    "s&p",
    "blur",
    "fliplr+rotation",
    "rotation+brightness",
    "another scan",
)


def _tables(text: str) -> list[list[list[str]]]:
    """Cells of every table, without the rule below its heading."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    rows = [[line.strip("| ").split(" | ") for line in b.strip().splitlines()] for b in blocks]
    return [[row for row in table if not set("".join(row)) <= set("-:|")] for table in rows]


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_document_holds_a_whole_measurement(half):
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(document([]).strip())
    section = text.split(f"## Hälfte: {half.name}\n")[1].split("\n## ")[0]
    head = re.search(
        r"(\d+) Fälle \(Startwert (\d+)\)\. Art richtig: ([\d.]+) %; Art und Stärke richtig: "
        r"([\d.]+) %",
        section,
    )
    assert head and int(head.group(2)) == half.seed
    number = int(head.group(1))
    assert number == ROUNDS * len(CLASSES) and number * len(HALVES) >= 500
    matrix, classes, keeping, strength = _tables(section)
    counts = [[int(c.replace("·", "0")) for c in row[1:]] for row in matrix[1:]]
    assert sum(map(sum, counts)) == number
    assert [row[0] for row in classes[1:]] == list(CLASSES)
    assert sum(int(row[2]) for row in classes[1:]) / number == pytest.approx(
        float(head.group(3)) / 100, abs=0.0006
    )
    assert sum(int(row[3]) for row in classes[1:]) / number == pytest.approx(
        float(head.group(4)) / 100, abs=0.0006
    )
    # What lies on the matrix' diagonal is what was recognised.
    right = sum(row[i] for i, row in enumerate(counts))
    assert right == sum(int(row[2]) for row in classes[1:])
    assert {row[0] for row in keeping[1:]} == set(KEPT)
    assert sum(int(row[1]) for row in keeping[1:]) == number
    assert {row[0].split()[0] for row in strength[1:]} >= {"rotation", "brightness"}


def test_cases_are_drawn_the_same_again():
    one, other = (list(cases(11, 1)) for _ in range(2))
    assert [c.label for c in one] == list(CLASSES)
    assert all(np.array_equal(a.found, b.found) for a, b in zip(one, other, strict=True))
    elsewhere = list(cases(12, 1))
    assert any(not np.array_equal(a.found, b.found) for a, b in zip(one, elsewhere, strict=True))


def test_a_sample_is_recognised():
    chosen = [c for c in cases(12, 1) if c.label in SAMPLE]
    assert len(chosen) == len(SAMPLE)
    missed = [
        (c.label, c.kept, c.expected, found.steps)
        for c in chosen
        if not assess(c, found := recognise(c.original, c.found)).kinds
    ]
    assert not missed


@pytest.mark.parametrize(
    ("steps", "kinds", "amounts"),
    [
        ((Step("rotation", 10.4),), True, True),
        ((Step("rotation", 10.6),), True, False),
        ((Step("rotation", 10.0), Step("gauss", 9.0)), False, True),
        ((), False, True),
    ],
)
def test_what_counts_as_right(steps, kinds, amounts):
    picture = np.zeros((40, 40))
    case = Case("rotation", "uint8", picture, picture, {"rotation": 10.0})
    result = assess(case, Transformation(True, steps, visible=True))
    assert (result.kinds, result.amounts) == (kinds, amounts)


def test_noise_that_nobody_sees_may_be_named():
    picture = np.zeros((40, 40))
    case = Case("faint noise", "uint8", picture, picture, {}, visible=False)
    assert assess(case, Transformation(True, (Step("gauss", 0.1),), visible=False)).kinds
    assert not assess(case, Transformation(True, (Step("gauss", 5.0),), visible=True)).kinds
