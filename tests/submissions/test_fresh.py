"""The sets that were written blind: reproducible, labelled throughout, mostly right work."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from grader.lab import Lab
from submissions.build.fresh import FRESH
from submissions.build.fresh.read import read
from submissions.build.groups import GROUPS
from submissions.build.more.groups import MORE
from submissions.build.write import FRESH_LABELS, fresh_json, more_labels

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "submissions"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.load(ROOT / "reference")


def test_labels_are_what_the_files_say(lab: Lab) -> None:
    assert (COHORT / FRESH_LABELS).read_bytes() == fresh_json(lab)


def test_there_are_five_sets_of_ten_with_numbers_of_their_own() -> None:
    assert Counter(group.half for group in FRESH) == dict.fromkeys("abcdef", 10)
    assert len({g.id for g in GROUPS + MORE + FRESH}) == len(GROUPS + MORE + FRESH)


def test_every_check_has_a_label(lab: Lab) -> None:
    labels = json.loads((COHORT / FRESH_LABELS).read_text("utf-8"))
    assert list(labels) == [group.id for group in FRESH]
    for group in FRESH:
        found = more_labels(group, lab)
        assert found.keys() == lab.checks.keys(), group.id
        for check, label in found.items():
            low, high = label.points or (0, 0)
            assert 0 <= low <= high <= lab.checks[check].points, (group.id, check)
            if lab.checks[check].kind == "auto" and label.points:
                full = high == lab.checks[check].points
                assert full == ("passed" in label.status), (group.id, check)


def test_most_of_the_work_is_right_and_some_is_wrong(lab: Lab) -> None:
    for half, share in {"a": 0.8, "b": 0.8, "c": 0.7, "d": 0.7, "e": 0.7, "f": 0.7}.items():
        judged = [
            label.status
            for group in FRESH
            if group.half == half
            for check, label in more_labels(group, lab).items()
            if lab.checks[check].kind == "auto"
        ]
        assert sum(status == ("passed",) for status in judged) > share * len(judged), half
        assert sum("passed" not in status for status in judged) >= 10, half


def test_a_file_is_read_cell_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "a" / "gruppe99.txt"
    path.parent.mkdir()
    path.write_text(
        'about = "Probe"\nanswers = "ABCDABCDABC"\n[labels]\n"1a.weights" = "partial 0-1.5"\n'
        "%% 1a-weights\n%%time\nw01 = 3\n%% + markdown\nNotiz\n%% 2c-reasons 0.5-1\nDarum.\n",
        "utf-8",
    )
    group = read(path)
    weights = group.notebooks["notebook1"]["1a-weights"]
    assert weights.source == "%%time\nw01 = 3"
    assert weights.extra == (("markdown", "Notiz"),)
    assert group.notebooks["notebook2"]["2c-reasons"].labels["2c.reasons"].points == (0.5, 1.0)
    assert group.labels["1a.weights"].status == ("partial",)
    assert group.labels["1a.architecture"].status == ("passed",)
    assert group.half == "a"


def test_a_file_may_hold_answers_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "c" / "gruppe105.txt"
    path.parent.mkdir()
    path.write_text(
        'about = "Probe"\n[labels]\n"q4" = "failed needs_review 0-0"\n'
        "%% q2 0.5-1\nReLU\n%% q10 1-2\nTestdaten\n%% 3a-credible 0-1\nNein.\n",
        "utf-8",
    )
    group = read(path)
    assert {n: part.source for n, part in group.answers.items()} == {2: "ReLU", 10: "Testdaten"}
    assert group.answers[2].labels["q2"].points == (0.5, 1.0)
    assert group.labels["q4"].status == ("failed", "needs_review")
    assert group.half == "c"
