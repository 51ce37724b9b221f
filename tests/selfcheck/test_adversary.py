"""Whoever asks the self-check a thousand times learns pass or fail of public facts only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import numpy as np
import pandas as pd

from grader.selfcheck.live import judge_live
from grader.selfcheck.page import card_html, page_html
from tests.checks.build import dense, net
from tests.selfcheck.work import ROOT, description, one, report_of

GUESSES = 1000
RNG = np.random.default_rng(5)


def outputs_by_facts(told: list[tuple[Hashable, str]]) -> dict[Hashable, set[str]]:
    found: dict[Hashable, set[str]] = defaultdict(set)
    for facts, output in told:
        found[facts].add(output)
    return found


def test_a_thousand_guesses_of_a_result_tell_only_its_public_facts() -> None:
    """1a: the expected values 0, 6, 7 are among the guesses, also one by one."""
    told: list[tuple[Hashable, str]] = []
    for number in range(GUESSES):
        guess = np.round(RNG.uniform(-2, 12, 3))
        if number % 10 == 0:
            guess = np.array([0.0, 6.0, 7.0])
        elif number % 10 == 1:
            guess[number % 3] = (0.0, 6.0, 7.0)[number % 3]
        report = report_of(one("1a-predict", variables={"result": guess.reshape(3, 1)}))
        told.append((bool((guess < 0).any()), page_html(report) if number < 60 else repr(report)))
    pages, reports = told[:60], told[60:]
    for part in (pages, reports):
        found = outputs_by_facts(part)
        assert set(found) == {True, False}
        assert [len(outputs) for outputs in found.values()] == [1, 1]


def test_guesses_of_a_table_tell_only_that_its_numbers_are_numbers() -> None:
    """2a: right values, other readings of a date and nonsense read the same."""
    told: list[tuple[Hashable, str]] = []
    for number in range(200):
        values: list[object] = list(np.round(RNG.uniform(0, 9, 24), 2))
        if number % 3 == 0:
            values[1:4] = [2.43, 5.07, 4.28]
        if number % 5 == 0:
            values[7] = "0.3"
        frame = pd.DataFrame({f"Unnamed: {i}": ["x"] * 25 for i in range(5)}, dtype=object)
        frame["Unnamed: 4"] = pd.Series(["Datum", *values], dtype=object)
        frame.loc[21, "Unnamed: 0"] = "NA" if number % 2 else None
        report = report_of(one("2a-clean", variables={"data": frame}))
        told.append((number % 5 == 0, repr(report)))
    assert [len(outputs) for outputs in outputs_by_facts(told).values()] == [1, 1]


def test_guesses_of_a_build_tell_only_what_the_task_counts() -> None:
    """1a: four neurons in whatever layers, with whatever weights, read the same."""
    told: list[tuple[Hashable, str]] = []
    for _ in range(300):
        units = [int(n) for n in RNG.integers(1, 4, RNG.integers(1, 4))] + [1]
        layers = [
            dense(n, "relu", RNG.normal(size=(before, n)), RNG.normal(size=n))
            for before, n in zip([1, *units], units, strict=False)
        ]
        report = report_of(one("1a-model", variables={"model": net(*layers)}))
        told.append((sum(units), repr(report)))
    found = outputs_by_facts(told)
    assert len(found) > 3 and all(len(outputs) == 1 for outputs in found.values())


def test_guesses_of_a_distribution_tell_only_that_it_is_one() -> None:
    """2b and 3a: which class is largest is not told."""
    told: list[tuple[Hashable, str]] = []
    for _ in range(300):
        rows = RNG.dirichlet(np.ones(10), 4)
        if RNG.random() < 0.5:
            rows[0] *= 0.5
        good = bool(np.allclose(rows.sum(axis=1), 1))
        report = report_of(one("1c-training", variables={"result": rows}))
        told.append((good, repr(report)))
    assert [len(outputs) for outputs in outputs_by_facts(told).values()] == [1, 1]


def test_the_magic_tells_no_more() -> None:
    told: list[tuple[Hashable, str]] = []
    for number in range(GUESSES):
        guess = np.array([0.0, 6.0, 7.0]) if number % 7 == 0 else RNG.integers(-1, 9, 3)
        card = judge_live(description(), "1a", {"result": guess.reshape(3, 1)}, {})
        told.append((bool((guess < 0).any()), card_html(card) if number < 30 else repr(card)))
    for part in (told[:30], told[30:]):
        assert [len(outputs) for outputs in outputs_by_facts(part).values()] == [1, 1]


def test_answers_are_never_matched_against_a_rubric() -> None:
    """Every wording of the rubrics, as an answer of the same length, reads the same."""
    words = [
        w for path in sorted((ROOT / "reference" / "rubrics").glob("q*.toml"))
        for w in path.read_text("utf-8").split() if w.isalpha()
    ]  # fmt: skip
    told = set()
    for number in range(GUESSES):
        answer = " ".join(RNG.choice(words, 12)) if number % 2 else "wort " * 12
        told.add(repr(report_of({}, answers=dict.fromkeys(range(1, 12), answer))))
    assert len(told) == 1
