"""Groups' own values: they differ, and every group's task is as hard as the lab's."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from data.build import individual, oct_answers, oct_bank, sheet, sheet_values, small_net
from data.build.individual import draw
from data.build.oct import CLASSES
from grader.checks.excel import readings
from reference.checks.claims import claimed_right, diagnoses

NUMBERS = [0, 1, 2, *(7919 * n**3 + 17 for n in range(200)), 2**48 - 1]
DRAWN = [draw(number) for number in NUMBERS]


def test_the_same_number_gives_the_same_and_others_differ() -> None:
    assert draw(5) == draw(5)
    assert len({(d.net, d.values, d.scans, d.drusen_seed) for d in DRAWN}) == len(DRAWN)
    # Few networks are as hard as the lab's; each is seldom drawn.
    assert max(Counter(d.net for d in DRAWN).values()) < 10
    assert len({d.values for d in DRAWN}) == len({d.drusen_seed for d in DRAWN}) == len(DRAWN)
    assert len({d.scans for d in DRAWN}) > 0.95 * len(DRAWN)


# ------------------------------------------------------------------ the patient's sheet


def damages(values: tuple[sheet.LabValue, ...]) -> list[tuple[str, int]]:
    """For every row what the csv shows in kind, and how many numbers it may stem from."""
    found = []
    for row in values:
        shown = sheet.german_excel(row.value) if row.damaged is None else row.damaged
        kind = row.damaged if row.damaged is not None else sheet_values.kind_of(row)[0]
        found.append((kind, len(readings(shown))))
    return found


def test_every_sheet_has_the_same_errors_in_the_same_rows() -> None:
    wanted = damages(sheet.VALUES)
    assert Counter(kind for kind, _ in wanted) == {
        "number": 9, "month": 6, "day": 6, "zu groß": 1, " ok": 1, "": 1
    }  # fmt: skip
    assert sum(count > 1 for _, count in wanted) == 6
    for drawn in DRAWN:
        assert damages(drawn.values) == wanted


def test_a_patient_is_as_ill_as_the_lab_s_and_every_damaged_value_is_another() -> None:
    for drawn in DRAWN:
        for old, new in zip(sheet.VALUES, drawn.values, strict=True):
            assert sheet.out_of_range(new) == sheet.out_of_range(old)
            assert abs(float(new.value) / float(old.value) - 1) <= 0.35
            if old.damaged is not None or sheet_values.kind_of(old)[0] != "number":
                assert float(new.value) != float(old.value)


# ------------------------------------------------------------------ the small network


def test_every_network_is_as_hard_as_the_lab_s() -> None:
    assert small_net.LAB.outputs == (0, 6, 7)
    assert len(small_net.networks()) > 150
    assert small_net.LAB not in small_net.networks()
    x = np.linspace(-5, 5, 50)
    for net in small_net.networks():
        silent, one, both = (net.steps(x) for x in small_net.INPUTS)
        assert silent == (0, 0, 0, 0)
        assert one[1] > 0 and one[2] == 0
        assert both[1] > 0 and both[2] > 0
        assert len(set(net.outputs)) == 3
        # Without the ReLU at the output the network says something else, on the plotted range.
        assert float(net.zero or 9) < 4.5
        first = np.maximum(0, net.w01 * x)
        inner = net.w12 * np.maximum(0, net.w11 * first)
        curve = np.maximum(0, inner + net.w22 * np.maximum(0, net.w21 * first + net.b3))
        assert 5 <= curve.max() <= float(net.peak) + 1e-9 and curve[-1] == curve[0] == 0


# ------------------------------------------------------------------ the scans


def test_four_scans_one_of_each_class_two_of_them_right() -> None:
    orders = set()
    for drawn in DRAWN:
        truths = [s.truth for s in drawn.scans]
        orders.add(tuple(truths))
        assert sorted(truths) == sorted(CLASSES)
        assert sum(s.said == s.truth for s in drawn.scans) == 2
        for shown in drawn.scans:
            truth, row = CLASSES.index(shown.truth), np.array(shown.softmax)
            assert oct_bank.fits(truth, row) == ("right" if shown.said == shown.truth else "wrong")
            # Who counts from the wrong end finds none of them right, as with the lab's.
            assert CLASSES.index(shown.said) != truth + 1
    assert len(orders) == 23  # every order but the lab's


def test_the_lab_s_own_scans_are_as_hard() -> None:
    for shown in oct_answers.LAB:
        kind = oct_bank.fits(CLASSES.index(shown.truth), np.array(shown.softmax))
        assert kind == ("right" if shown.said == shown.truth else "wrong")


@pytest.mark.parametrize("drawn", DRAWN[:40:4])
def test_the_answers_say_what_is_true(drawn: individual.Individual) -> None:
    told = diagnoses(oct_answers.diagnosis(drawn.scans))
    assert [CLASSES[label] for label in told if label is not None] == [s.truth for s in drawn.scans]
    claims = claimed_right(oct_answers.interpretation(drawn.scans))
    assert claims == {n: s.said == s.truth for n, s in enumerate(drawn.scans)}
