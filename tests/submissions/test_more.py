"""The further groups: reproducible, labelled throughout, enough of everything, in fair halves."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from grader.lab import Lab
from submissions.build.groups import GROUPS
from submissions.build.more.groups import MORE, RECIPES
from submissions.build.write import MORE_LABELS, build_files, more_json, more_labels, traps, write

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "submissions"
STATUSES = {"passed", "partial", "failed", "not_judged", "needs_review"}
# What an odd network learns, nobody can say beforehand.
OPEN = {"1c.accuracy", "1c.prediction"}


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.load(ROOT / "reference")


@pytest.fixture(scope="module")
def files(lab: Lab) -> dict[str, bytes]:
    return build_files(lab, GROUPS + MORE)


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, object]]:
    return json.loads((COHORT / MORE_LABELS).read_text("utf-8"))


def counted(labels: dict[str, dict[str, object]], lab: Lab, half: str = "") -> dict[str, Counter]:
    """How often each check is labelled right and faulty, the example cohort included or not."""
    example = json.loads((COHORT / "labels.json").read_text("utf-8"))
    groups = [g for g in labels.values() if half in ("", g["half"])]
    found: dict[str, Counter] = {check: Counter() for check in lab.checks}
    for group in groups + ([] if half else list(example.values())):
        for check, label in group["checks"].items():
            if label["status"] == ["passed"]:
                found[check]["right"] += 1
            elif "passed" not in label["status"] and {"failed", "partial"} & set(label["status"]):
                found[check]["faulty"] += 1
    return found


def test_labels_are_what_the_generator_makes(lab: Lab) -> None:
    assert (COHORT / MORE_LABELS).read_bytes() == more_json(lab)


def test_building_twice_gives_the_same_bytes(lab: Lab, files: dict[str, bytes]) -> None:
    assert build_files(lab, GROUPS + MORE) == files


def test_writing_all_leaves_the_committed_groups_as_they_are(
    lab: Lab, files: dict[str, bytes], tmp_path: Path
) -> None:
    written = write(lab, tmp_path, GROUPS + MORE)
    assert set(written) == set(files)
    assert write(lab, tmp_path, GROUPS + MORE) == []
    for name, content in build_files(lab).items():
        assert (tmp_path / name).read_bytes() == content, name


def test_there_are_at_least_sixty_submissions_in_two_halves() -> None:
    halves = Counter(group.half for group in MORE)
    assert len(GROUPS) + len(MORE) >= 60
    assert len(MORE) >= 40
    assert halves == {"tune": len(MORE) // 2, "held": len(MORE) // 2}
    assert len({g.id for g in GROUPS + MORE}) == len(GROUPS) + len(MORE)


def test_no_further_group_is_kept_in_the_repository() -> None:
    assert not [g.id for g in MORE if (COHORT / g.id).exists()]


def test_labels_cover_every_check(lab: Lab, labels: dict[str, dict[str, object]]) -> None:
    assert list(labels) == [group.id for group in MORE]
    for group in MORE:
        assert lab.checks.keys() - more_labels(group, lab).keys() <= OPEN, group.id
        for check, label in labels[group.id]["checks"].items():
            assert set(label["status"]) <= STATUSES, (group.id, check)
            low, high = label.get("points", (0, 0))
            assert 0 <= low <= high <= lab.checks[check].points, (group.id, check)


def test_statuses_and_points_of_a_label_agree(
    lab: Lab, labels: dict[str, dict[str, object]]
) -> None:
    for name, group in labels.items():
        for check, label in group["checks"].items():
            if lab.checks[check].kind == "auto" and "points" in label:
                low, high = label["points"]
                full = high == lab.checks[check].points
                assert full == ("passed" in label["status"]), (name, check)
                assert not low or not {"failed", "not_judged"} & set(label["status"]), (name, check)


def test_each_check_is_often_right_and_often_faulty(
    lab: Lab, labels: dict[str, dict[str, object]]
) -> None:
    for check, found in counted(labels, lab).items():
        if lab.checks[check].kind == "auto":
            assert found["right"] >= 20, check
            assert found["faulty"] >= 8, check


def test_each_half_has_every_kind_of_fault(lab: Lab, labels: dict[str, dict[str, object]]) -> None:
    tune, held = (counted(labels, lab, half) for half in ("tune", "held"))
    for check in lab.checks:
        if lab.checks[check].kind == "auto":
            assert min(tune[check]["faulty"], held[check]["faulty"]) >= 3, check
            assert abs(tune[check]["faulty"] - held[check]["faulty"]) <= 4, check


def test_halves_have_no_faulty_code_in_common(lab: Lab) -> None:
    """What one half taught must not simply be found again in the other."""

    def faulty(half: str) -> set[tuple[str, str]]:
        return {
            (slot, part.source)
            for group in MORE
            if group.half == half
            for parts in group.notebooks.values()
            for slot, part in parts.items()
            if part.traps and lab.slot_by_id[slot].kind == "code"
        }

    # The same call, once to a network with one input and once to one with three.
    assert {slot for slot, _ in faulty("tune") & faulty("held")} == {"1a-predict"}


def test_each_half_has_flawless_groups() -> None:
    flawless = Counter(group.half for group in MORE if not traps(group))
    assert min(flawless["tune"], flawless["held"]) >= 2


def test_notebook_1_has_at_most_thirty_codes(files: dict[str, bytes]) -> None:
    """It trains for long; the same code runs only once."""
    codes = {
        tuple("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        for group in MORE
        for cells in [json.loads(files[f"{group.id}/notebook1.ipynb"])["cells"]]
    }
    assert len(RECIPES) <= len(codes) <= 30


def test_notebooks_are_valid_and_their_code_is_python(files: dict[str, bytes]) -> None:
    own = {g.id for g in MORE}
    for name, raw in files.items():
        if name.endswith(".ipynb") and name.split("/")[0] in own:
            notebook = nbformat.reads(raw.decode("utf-8"), as_version=4)
            nbformat.validate(notebook)
            for cell in notebook.cells:
                assert not cell.get("outputs"), name
                if cell.cell_type == "code":
                    ast.parse(cell.source.replace("%matplotlib", "#"), name)
