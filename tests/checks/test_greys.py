"""Grey values: quick ways give, to the last digit, what numpy's own functions give."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grader.checks.greys import _median, _quantiles, course_of, spread_of
from grader.checks.words import Pattern, match_word, matches_of, word_forms

DRAWN = {
    "smooth": lambda r, n: r.uniform(0, 255, n),
    "whole": lambda r, n: np.round(r.gamma(2, 20, n)),
    "two": lambda r, n: r.choice([0.0, 255.0], n),
    "one": lambda r, n: np.full(n, 7.0),
}


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("size", [1, 2, 3, 20, 21, 1000, 4097])
def test_quantiles_and_medians(kind: str, size: int) -> None:
    values = DRAWN[kind](np.random.default_rng(size), size)
    shares = np.linspace(0, 1, 65)
    assert np.array_equal(_quantiles(np.sort(values), shares), np.quantile(values, shares))
    assert _median(np.sort(values)) == np.median(values)
    low, high = np.percentile(values, [25, 75])
    assert spread_of(values) == (high - low) / 1.349


@pytest.mark.parametrize("kind", ["smooth", "whole", "two"])
def test_the_course_is_that_of_bins(kind: str) -> None:
    generator = np.random.default_rng(5)
    before = DRAWN[kind](generator, 5000)
    after = np.round(1.2 * before + generator.normal(0, 4, before.size))
    edges = np.percentile(before, np.linspace(0, 100, 65))
    edges = np.unique([*edges, *np.linspace(before.min(), before.max(), 65)])
    edges[-1] += 1
    rows = []
    for start, stop in pairwise(edges):
        here = (before >= start) & (before < stop)
        if here.sum() >= 20:
            weight = np.sqrt(here.sum()) / (1 + spread_of(after[here]))
            rows.append((np.median(before[here]), np.median(after[here]), weight))
    levels, course, weights = np.transpose(rows)
    found = course_of(before, after)
    assert np.array_equal(found[0], levels) and np.array_equal(found[1], course)
    assert np.allclose(found[2], weights, rtol=1e-12)


def test_a_picture_of_one_grey_has_a_course() -> None:
    levels, course, _ = course_of(np.full(100, 3.0), np.arange(100.0))
    assert (list(levels), list(course)) == ([0.0, 255.0], [49.5, 49.5])


def test_remembered_words_answer_as_new_ones() -> None:
    patterns = [Pattern.parse(p) for p in ("gewicht", "=netz", "*daten", "#zahl")]
    words = ["Gewichte", "Netze", "Testdaten", "98", "Gewihct", "anders"]
    for pattern in patterns:
        for word in words * 2:
            key = (word_forms(word), word)
            assert matches_of(pattern)[key] == match_word(pattern, *key)
