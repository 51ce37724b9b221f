"""Alignment survives what students do to notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.exchange.kit import lab_notebooks, lab_released
from grader.exchange.source import to_bytes
from grader.intake.align import align
from grader.intake.content import resemblance
from grader.intake.reader import parse_notebook
from grader.lab import Lab
from grader.model import Alignment, Notebook

LAB = Lab.load(Path(__file__).parents[2] / "reference")
RELEASED = lab_released(LAB)
NAMES = [n.name for n in LAB.notebooks]
SOLUTIONS = {n: json.loads(to_bytes(v.solution)) for n, v in lab_notebooks(LAB).items()}
Tree = dict[str, Any]


def tree(name: str) -> Tree:
    return json.loads(json.dumps(SOLUTIONS[name]))  # type: ignore[no-any-return]


def parse(content: Tree, name: str) -> Notebook:
    return parse_notebook(json.dumps(content).encode(), name, f"{name}.ipynb")


def aligned(content: Tree, name: str) -> Alignment:
    return align(parse(content, name), LAB, RELEASED[name], LAB.notebook_slots(name))


def strip(content: Tree) -> None:
    """What happens to notebooks that went through other tools: no metadata, no ids."""
    for cell in content["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def slots_of(content: Tree, name: str) -> dict[str, set[str]]:
    """Slots by the (unique) source of their cells."""
    found: dict[str, set[str]] = {}
    for cell, placement in zip(content["cells"], aligned(content, name).placements, strict=True):
        for slot in placement.slots:
            found.setdefault(slot, set()).add("".join(cell["source"]))
    return found


def expected(name: str) -> dict[str, set[str]]:
    return {
        c["metadata"]["grader"]["slot"]: {"".join(c["source"])}
        for c in SOLUTIONS[name]["cells"]
        if "grader" in c["metadata"]
    }


@pytest.mark.parametrize("name", NAMES)
def test_metadata_decides(name: str) -> None:
    assert aligned(tree(name), name).missing == ()
    assert slots_of(tree(name), name) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_ids_replace_lost_metadata(name: str) -> None:
    content = tree(name)
    for cell in content["cells"]:
        cell["metadata"] = {}
    assert slots_of(content, name) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_content_replaces_lost_metadata_and_ids(name: str) -> None:
    content = tree(name)
    strip(content)
    assert slots_of(content, name) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_deleted_cells_are_missing_and_nothing_else(name: str) -> None:
    for slot in [s.id for s in LAB.notebook_slots(name) if s.kind != "setup"]:
        content = tree(name)
        gone = next(
            c for c in content["cells"] if c["metadata"].get("grader", {}).get("slot") == slot
        )
        content["cells"].remove(gone)
        strip(content)
        wanted = {k: v for k, v in expected(name).items() if k != slot}
        assert slots_of(content, name) == wanted, slot


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bare", [False, True])
def test_duplicated_cells_keep_their_slot(name: str, bare: bool) -> None:
    content = tree(name)
    content["cells"] = [c for cell in content["cells"] for c in (cell, dict(cell))]
    if bare:
        strip(content)
    found = slots_of(content, name)
    for slot, sources in expected(name).items():
        assert sources <= found.get(slot, set()), slot


@pytest.mark.parametrize("name", NAMES)
def test_merged_cells_carry_both_slots(name: str) -> None:
    content = tree(name)
    strip(content)
    code = [c for c in content["cells"] if c["cell_type"] == "code"]
    first, second = code[-2], code[-1]
    wanted = [
        slot
        for slot, sources in expected(name).items()
        if "".join(first["source"]) in sources or "".join(second["source"]) in sources
    ]
    second["source"] = "".join(first["source"]) + "\n\n" + "".join(second["source"])
    content["cells"].remove(first)
    placement = aligned(content, name).placements[content["cells"].index(second)]
    assert set(wanted) <= set(placement.slots)


@pytest.mark.parametrize("name", NAMES)
def test_split_cells_share_the_slot_or_its_task(name: str) -> None:
    for slot in [s for s in LAB.notebook_slots(name) if s.kind == "code"]:
        content = tree(name)
        position = next(
            i
            for i, c in enumerate(content["cells"])
            if c["metadata"].get("grader", {}).get("slot") == slot.id
        )
        strip(content)
        lines = "".join(content["cells"][position]["source"]).splitlines(keepends=True)
        half = len(lines) // 2
        if half < 1:
            continue
        parts = [{**content["cells"][position], "source": p} for p in (lines[:half], lines[half:])]
        content["cells"][position : position + 1] = parts
        found = aligned(content, name).placements[position : position + 2]
        assert any(slot.id in p.slots for p in found), slot.id
        assert {p.task for p in found} == {slot.task}, slot.id


@pytest.mark.parametrize("name", NAMES)
def test_added_cells_change_nothing(name: str) -> None:
    content = tree(name)
    strip(content)
    extra: list[Tree] = [
        {"cell_type": "code", "source": "print('Zwischenstand', 1 + 1)", "metadata": {}},
        {"cell_type": "markdown", "source": "", "metadata": {}},
    ]
    content["cells"] = [c for cell in content["cells"] for c in (cell, *map(dict, extra))]
    found = slots_of(content, name)
    for slot, sources in expected(name).items():
        assert sources <= found.get(slot, set()), slot


def test_moved_task_is_recognised() -> None:
    content = tree("notebook3")
    strip(content)
    cells = content["cells"]
    start = next(i for i, c in enumerate(cells) if "Aufgabe 3c" in "".join(c["source"]))
    content["cells"] = [cells[0], cells[1], *cells[start:], *cells[2:start]]
    found = slots_of(content, "notebook3")
    assert found["3c-colormaps"] == expected("notebook3")["3c-colormaps"]
    assert found["3b-heatmaps"] == expected("notebook3")["3b-heatmaps"]


def test_answers_in_new_cells_reach_their_slot() -> None:
    content = tree("notebook3")
    strip(content)
    kept = []
    for cell in content["cells"]:
        kept.append(cell)
        if (
            "visualize_class_activation_map" in "".join(cell["source"])
            and cell["cell_type"] == "code"
        ):
            text = "Map 1 liegt nur auf der Ecke unten links."
            kept.append({"cell_type": "markdown", "source": text, "metadata": {}})
    content["cells"] = kept
    position = next(i for i, c in enumerate(kept) if "Map 1 liegt" in "".join(c["source"]))
    placement = aligned(content, "notebook3").placements[position]
    assert placement.task == "3b"


@pytest.mark.parametrize("make", [lambda: [], lambda: [{"cell_type": "code", "source": "x = 1"}]])
def test_nothing_to_align(make: Callable[[], list[Tree]]) -> None:
    found = aligned({"cells": make()}, "notebook1")
    assert set(found.missing) == {s.id for s in LAB.notebook_slots("notebook1")}


def test_resemblance_tells_notebooks_apart() -> None:
    for name in NAMES:
        scores = {n: resemblance(parse(tree(name), name), RELEASED[n]) for n in NAMES}
        best = max(scores, key=lambda n: scores[n])
        assert best == name
        assert scores[name] > 0.6
        assert all(s < 0.3 for n, s in scores.items() if n != name)


@pytest.mark.parametrize("name", NAMES)
def test_released_notebook_without_metadata(name: str) -> None:
    """Its empty answer cells all look the same: only their place tells them apart."""
    content = json.loads(to_bytes(lab_notebooks(LAB)[name].student))
    wanted = [c["metadata"].get("grader", {}).get("slot", "") for c in content["cells"]]
    strip(content)
    found = [p.slots[0] if p.slots else "" for p in aligned(content, name).placements]
    assert found == wanted


@pytest.mark.parametrize("kept", ["slot", "id"])
def test_former_names_of_slots_are_known(kept: str) -> None:
    """Notebooks that were handed out before a slot was renamed."""
    former = {s.id: s.formerly[0] for s in LAB.notebook_slots("notebook3") if s.formerly}
    assert former
    content = tree("notebook3")
    for cell in content["cells"]:
        cell["id"] = former.get(cell["id"], cell["id"])
        own = cell["metadata"].get("grader", {})
        if kept == "id":
            cell["metadata"] = {}
        elif "slot" in own:
            own["slot"] = former.get(own["slot"], own["slot"])
            cell["id"] = f"fremd-{cell['id']}"
    assert slots_of(content, "notebook3") == expected("notebook3")
    placements = aligned(content, "notebook3").placements
    methods = {p.method for p in placements if set(p.slots) & set(former)}
    assert methods == {"metadata" if kept == "slot" else "id"}


def test_a_slot_s_name_tells_no_answer() -> None:
    """Students can read a cell's metadata: a slot is never called what its answer says."""
    telling = {"watermark", "wasserzeichen", "doubt", "zweifel", "sodium", "thrombocytes"}
    names = " ".join(s.id for s in LAB.slots).casefold()
    assert not [word for word in telling if word in names]
