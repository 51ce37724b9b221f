"""``selbsttest.json`` holds what students know already, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import LabError
from grader.exchange.kit import lab_notebooks, lab_released
from grader.lab import Lab
from grader.selfcheck.description import (
    DESCRIPTION,
    describe,
    find_description,
    public_view,
    read_description,
)
from tests.selfcheck.work import ROOT, description, kit_file, lab


def tree() -> dict:
    return json.loads(kit_file())


def test_it_is_read_as_it_was_written_and_made_alike_each_time(tmp_path: Path) -> None:
    (tmp_path / DESCRIPTION).write_bytes(kit_file())
    assert read_description(tmp_path / DESCRIPTION) == description()
    again = Lab.load(ROOT / "reference")
    assert public_view(again, lab_released(again)) == kit_file()


def test_cells_are_the_released_ones() -> None:
    for name, versions in lab_notebooks(lab()).items():
        released = [(c["id"], c["source"]) for c in tree()["cells"][name]]
        assert released == [(c.id, c.source) for c in versions.student.cells]


def test_no_line_of_a_solution_is_in_it() -> None:
    held = {" ".join(line.split()) for c in flat(tree()) for line in c.splitlines()}
    for versions in lab_notebooks(lab()).values():
        for student, solution in zip(versions.student.cells, versions.solution.cells, strict=True):
            given = {" ".join(line.split()) for line in student.source.splitlines()}
            own = [" ".join(line.split()) for line in solution.source.splitlines()]
            secret = {line for line in own if len(line) > 12 and line not in given}
            assert not secret & held


def flat(node: object) -> list[str]:
    """Every text in a JSON tree."""
    if isinstance(node, dict):
        return [t for k, v in node.items() for t in (str(k), *flat(v))]
    if isinstance(node, list):
        return [t for v in node for t in flat(v)]
    return [node] if isinstance(node, str) else []


def test_neither_hidden_checks_nor_points_nor_patterns_are_in_it() -> None:
    text = kit_file().decode()
    texts = set(flat(tree()))
    for check in lab().checks.values():
        titles = {t for task in tree()["tasks"] for t in task["checks"].values()}
        assert (check.id in texts) == (check.public or check.id in titles), check.id
        if not check.public:
            assert check.title not in titles
    assert '"points"' not in text
    for slot in lab().slots:
        for pattern in slot.code:
            assert pattern not in texts


def test_no_phrase_of_a_rubric_is_told() -> None:
    rest = tree()
    del rest["cells"], rest["questions"]
    # What every protocol says of its tasks is public, and written in everyday words.
    del rest["protocol"]
    for task in rest["tasks"]:
        del task["about"]
    # Names of slots stand in the notebooks' own cells.
    slots = {s.id for s in lab().slots}
    told = " ".join(t for t in flat(rest) if t not in slots).casefold()
    known = public_words()
    rubrics = {c.id for c in lab().checks.values() if c.kind == "text"}
    for path in sorted((ROOT / "reference" / "rubrics").glob("*.toml")):
        if path.stem not in rubrics:
            # A dictionary of everyday words.
            continue
        for phrase in re.findall(r'"([^"\n]{4,})"', path.read_text("utf-8")):
            words = [w for w in re.findall(r"[a-zäöüß]{7,}", phrase.casefold()) if w in told]
            assert [w for w in words if w not in known] == [], path.name


def public_words() -> str:
    """What the released notebooks, titles of tasks and public checks say."""
    public = [t.title for t in lab().tasks] + [c.title for c in lab().checks.values() if c.public]
    cells = [c.source for cells in description().cells.values() for c in cells]
    return " ".join([*public, *cells, *lab().questions, lab().title]).casefold()


def test_looks_say_nothing_that_the_task_does_not_say() -> None:
    """Numbers of a look stand in the notebook, but for what shapes make of them."""
    counted = {0.0, 1.0, 2.0, 3.0, 4.0, 10.0, 224 * 224, 256.0}
    for look in description().looks:
        notebook = next(s.notebook for s in description().slots if s.id == look.slot)
        words = " ".join(c.source for c in description().cells[notebook])
        for number in (look.size, *look.shape, look.low, look.high, look.rows, look.neurons):
            told = number is None or number in counted or re.search(rf"\b{abs(number):g}\b", words)
            assert told, (look.slot, number)


def test_public_checks_have_a_look_each() -> None:
    public = {c.id for c in lab().checks.values() if c.public}
    assert {look.check for look in lab().looks if look.check} == public


@pytest.mark.parametrize("place", ["", "data", "abgabe"])
def test_it_is_found_beside_and_above_the_notebooks(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "Übung" / "abgabe"
    folder.mkdir(parents=True)
    assert find_description([folder]) is None
    at = tmp_path / "Übung" / place / DESCRIPTION
    at.parent.mkdir(exist_ok=True)
    at.write_bytes(b"{}")
    assert find_description([folder]) == at


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"schema": 1}', b"\xff\xfe", kit_file()[:900]])
def test_a_broken_one_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / DESCRIPTION).write_bytes(raw)
    with pytest.raises(LabError, match="nicht lesbar"):
        read_description(tmp_path / DESCRIPTION)


def test_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / DESCRIPTION).write_bytes(kit_file().replace(b'"schema":1', b'"schema":9'))
    with pytest.raises(LabError, match="andere"):
        read_description(tmp_path / DESCRIPTION)


def test_a_group_s_variant_has_its_own() -> None:
    first = lab_released(lab())["notebook1"]
    other = tuple(replace(c, source_student=c.source_student.replace("3", "7")) for c in first)
    made = describe(lab(), {"notebook1": other})
    assert [c.source for c in made.cells["notebook1"]] == [c.source_student for c in other]
    assert made != description()
