"""The example cohort: reproducible, labelled throughout, holding every trap."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from grader.exchange.kit import lab_notebooks
from grader.lab import Lab
from grader.messages import PROBLEM_KINDS
from submissions.build.groups import GROUPS
from submissions.build.traps import STRUCTURE, TRAPS
from submissions.build.write import build_files, compare, group_labels, traps, write

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "submissions"
STATUSES = {"passed", "partial", "failed", "not_judged", "needs_review"}


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab.load(ROOT / "reference")


@pytest.fixture(scope="module")
def files(lab: Lab) -> dict[str, bytes]:
    return build_files(lab)


@pytest.fixture(scope="module")
def labels() -> dict[str, dict[str, object]]:
    return json.loads((COHORT / "labels.json").read_text("utf-8"))


def test_the_committed_cohort_is_what_the_generator_makes(lab: Lab) -> None:
    assert compare(lab, COHORT) == []


def test_building_twice_gives_the_same_bytes(lab: Lab, files: dict[str, bytes]) -> None:
    assert build_files(lab) == files


def test_writing_mends_what_differs_is_missing_or_is_left_over(lab: Lab, tmp_path: Path) -> None:
    write(lab, tmp_path)
    (tmp_path / "gruppe01" / "notebook1.ipynb").write_bytes(b"{}")
    (tmp_path / "gruppe02" / "protokoll.toml").unlink()
    (tmp_path / "gruppe02" / "alt.md").write_text("alt", "utf-8")
    expected = ["gruppe01/notebook1.ipynb", "gruppe02/alt.md", "gruppe02/protokoll.toml"]
    assert write(lab, tmp_path) == expected
    assert compare(lab, tmp_path) == []
    assert not (tmp_path / "gruppe02" / "alt.md").exists()


def test_there_are_enough_groups_and_perfect_ones_among_them() -> None:
    flawless = [g for g in GROUPS if not traps(g) and not g.problems]
    assert len(GROUPS) >= 18
    assert len(flawless) >= 3
    assert len({g.id for g in GROUPS}) == len(GROUPS)


def test_every_trap_is_in_some_group_and_every_group_names_known_traps() -> None:
    fallen = {trap: g.id for g in GROUPS for trap in traps(g)}
    assert fallen.keys() == TRAPS.keys() | STRUCTURE.keys()


def test_no_group_is_nothing_but_mistakes() -> None:
    crowded = {g.id: n for g in GROUPS if (n := len(traps(g) - STRUCTURE.keys())) > 8}
    assert crowded == {}


def test_labels_name_known_groups_checks_statuses_and_problems(
    lab: Lab, labels: dict[str, dict[str, object]]
) -> None:
    assert list(labels) == [g.id for g in GROUPS]
    for name, group in labels.items():
        assert set(group["problems"]) <= PROBLEM_KINDS.keys(), name
        assert group["profile"] in {p.name for p in lab.profiles}, name
        for check, label in group["checks"].items():
            assert set(label["status"]) <= STATUSES, (name, check)
            low, high = label.get("points", (0, 0))
            assert 0 <= low <= high <= lab.checks[check].points, (name, check)


def test_a_finished_submission_is_labelled_on_every_check(lab: Lab) -> None:
    allowed = {"1c.accuracy", "1c.prediction"}  # nobody can say what an odd network learns
    for group in GROUPS:
        if {"unchanged", "half-finished"} & traps(group):
            continue
        assert lab.checks.keys() - group_labels(group, lab).keys() <= allowed, group.id


def test_a_flawless_group_must_pass_everything(lab: Lab) -> None:
    for group in GROUPS[:3]:
        for check, label in group_labels(group, lab).items():
            if lab.checks[check].kind == "auto":
                assert label.status == ("passed",), (group.id, check)


def test_readable_notebooks_are_valid_and_without_outputs(files: dict[str, bytes]) -> None:
    cut = {"gruppe16/Notebook 2 (endgültige Lösung).ipynb"}
    found = [n for n in files if n.endswith(".ipynb") and n not in cut]
    assert len(found) > 55
    for name in found:
        notebook = nbformat.reads(files[name].decode("utf-8"), as_version=4)
        nbformat.validate(notebook)
        assert not any(c.get("outputs") or c.get("execution_count") for c in notebook.cells), name


def test_cut_notebook_is_no_json(files: dict[str, bytes]) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(files["gruppe16/Notebook 2 (endgültige Lösung).ipynb"])


def test_answers_in_windows_1252_are_no_utf8(files: dict[str, bytes]) -> None:
    raw = files["gruppe21/kontrollfragen.md"]
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "Überanpassung" in raw.decode("cp1252") or "ä" in raw.decode("cp1252")


def test_archive_has_fixed_dates_and_an_entry_that_points_outside() -> None:
    with zipfile.ZipFile(COHORT / "gruppe15.zip") as archive:
        names = archive.namelist()
        assert {i.date_time for i in archive.infolist()} == {(2026, 5, 26, 12, 0, 0)}
    assert "notebook1.ipynb" in names
    assert "../gruppe01/notebook3.ipynb" in names


def test_stripped_notebooks_name_neither_slot_nor_id(files: dict[str, bytes]) -> None:
    for name in ("notebook1", "notebook2", "notebook3"):
        tree = json.loads(files[f"gruppe12/{name}.ipynb"])
        assert tree["metadata"] == {}
        assert all(c["metadata"] == {} and "id" not in c for c in tree["cells"])


def test_unchanged_submission_is_the_released_one(lab: Lab, files: dict[str, bytes]) -> None:
    for name, versions in lab_notebooks(lab).items():
        handed_in = nbformat.reads(files[f"gruppe19/{name}.ipynb"].decode("utf-8"), as_version=4)
        assert [c.source for c in handed_in.cells] == [c.source for c in versions.student.cells]


def test_most_notebooks_have_code_of_their_own(files: dict[str, bytes]) -> None:
    """At most a third shares its code with another group: the cohort is not one template."""
    codes = []
    for name, raw in files.items():
        if name.endswith(".ipynb") and "kontrollfragen" not in name and "endgültige" not in name:
            cells = json.loads(raw)["cells"]
            codes.append("\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
    assert len(set(codes)) >= len(codes) * 2 / 3
