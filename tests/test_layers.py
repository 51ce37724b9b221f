"""Imports point one way: the floors of the building, and who may not see whom.

A module imports from its own package and from the floors below. Packages on one floor do not know
each other, except where SIBLINGS names a pair and why.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from grader.engine.setup import SENT

ROOT = Path(__file__).parents[1]

# From the top; a room is a module or package of grader/.
FLOORS = (
    ("__main__", "documentation", "cli", "commands", "console", "doctor"),
    ("dashboard", "pipeline"),
    (
        "desk",
        "documents",
        "events",
        "forgetting",
        "handin",
        "individuals",
        "judges",
        "judging",
        "own",
        "references",
        "release",
        "resuming",
        "reuse",
        "running",
        "secondlook",
    ),
    ("grading",),
    ("integrity",),
    ("checks", "protocol", "intake", "exchange", "selfcheck", "variant"),
    (
        "counting",
        "engine",
        "reports",
        "gradebook",
        "evidence",
        "lab",
        "similar",
        "templating",
        "files",
        "messages",
    ),
    ("errors", "model"),
)
SIBLINGS = {
    ("__main__", "cli"): "python -m grader is the command line",
    ("documentation", "cli"): "describes the commands",
    ("documentation", "console"): "says what it wrote",
    ("cli", "commands"): "registers them",
    ("commands", "console"): "say what the functions return",
    ("cli", "console"): "says how a call ended",
    ("commands", "doctor"): "a command shows its findings",
    ("desk", "documents"): "writes what humans decided into them",
    ("documents", "reuse"): "notes what a document shows",
    ("judging", "documents"): "keeps what they need",
    ("gradebook", "counting"): "sums up with human points",
    ("desk", "judges"): "has submissions judged",
    ("desk", "judging"): "takes verdicts",
    ("judges", "judging"): "judge in several processes",
    ("judges", "references"): "have submissions compared with it",
    ("desk", "references"): "has submissions compared with it",
    ("desk", "reuse"): "keeps what is unchanged",
    ("desk", "running"): "tells the same listener",
    ("events", "running"): "writes what a listener hears",
    ("forgetting", "documents"): "has the cohort's pages written without a group",
    ("forgetting", "desk"): "has the cohort's files written without a group",
    ("forgetting", "judging"): "knows a result's file",
    ("forgetting", "references"): "knows where evidence lies",
    ("forgetting", "reuse"): "asks which evidence others need",
    ("individuals", "references"): "what other groups' references leave",
    ("individuals", "running"): "a submission that could not run has nothing to compare",
    ("judging", "individuals"): "has groups with kits of their own judged as theirs",
    ("judging", "running"): "judges what was run",
    ("references", "running"): "is run like a submission",
    ("release", "references"): "what the reference left is searched for",
    ("secondlook", "references"): "runs the reference with other data too",
    ("secondlook", "running"): "runs submissions once more",
    ("variant", "checks"): "asks both runs the same questions as checks (Side)",
    ("handin", "own"): "packs what was looked at",
    ("own", "running"): "one's own work is run like a submission",
    ("exchange", "selfcheck"): "the kit holds what a self-check may know",
    ("selfcheck", "intake"): "reads what is saved beside a running notebook",
    ("selfcheck", "checks"): "a self-check asks a submission as checks do (Side)",
    ("protocol", "checks"): "documents ask a submission the same questions as checks (Side)",
    ("exchange", "intake"): "hand-ins are told apart by the same names",
    ("engine", "evidence"): "what a kernel leaves is read, checked and stored there",
    ("engine", "files"): "what cells took is written whole or not at all",
    ("engine", "lab"): "a lab's limits",
    ("engine", "messages"): "sentences for problems",
    ("evidence", "files"): "entries are written whole or not at all",
    ("gradebook", "lab"): "grades are stored in the lab's order",
    ("reports", "lab"): "titles and order of tasks and checks",
    ("reports", "messages"): "signs for results",
    ("reports", "similar"): "pairs are shown side by side",
    ("similar", "files"): "pairs are written whole or not at all",
    ("reports", "files"): "pages are written whole or not at all",
    ("reports", "templating"): "pages are templates",
}
# What a lab's own checks may use of the grader: judging, never running, storing or writing.
FOR_CHECKS = {"checks", "lab", "errors", "model", "evidence.rows"}
# Modules of evidence/ whose source a kernel runs beside the student's code, in this order.
IN_KERNEL = tuple(Path(str(module.__file__)).stem for module in SENT)


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Dotted names that a module imports, anywhere in it; relative ones made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            found += [f"{base}.{alias.name}" for alias in node.names]
    return tuple(found)


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "grader").with_suffix("").parts
    return parts[0]


def rooms_used(path: Path) -> Iterator[str]:
    """Rooms of grader/ that a module imports from; its root package (the version) is no room."""
    for name in imports(path):
        parts = name.split(".")
        known = {room for floor in FLOORS for room in floor}
        if parts[0] == "grader" and len(parts) > 1 and parts[1] in known:
            yield parts[1]


def floor_of(room: str) -> int:
    return next(i for i, floor in enumerate(FLOORS) if room in floor)


def own_modules() -> list[Path]:
    return [p for p in modules("grader") if p != ROOT / "grader" / "__init__.py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_has_a_floor() -> None:
    known = {room for floor in FLOORS for room in floor}
    assert {room_of(p) for p in own_modules()} <= known
    assert known <= {room_of(p) for p in own_modules()}


@pytest.mark.parametrize("path", own_modules(), ids=name)
def test_a_module_imports_only_downwards(path: Path) -> None:
    own = room_of(path)
    upwards = []
    for used in set(rooms_used(path)) - {own}:
        level, beneath = floor_of(own), floor_of(used)
        if beneath < level or (beneath == level and (own, used) not in SIBLINGS):
            upwards.append(used)
    assert upwards == []


def test_no_exception_is_stale_and_none_makes_a_circle() -> None:
    used = {(room_of(p), u) for p in own_modules() for u in rooms_used(p) if u != room_of(p)}
    assert set(SIBLINGS) <= used
    graph: dict[str, set[str]] = {}
    for above, below in SIBLINGS:
        graph.setdefault(above, set()).add(below)
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


@pytest.mark.parametrize("path", modules("grader"), ids=name)
def test_the_engine_knows_no_task_of_a_lab(path: Path) -> None:
    above = {"reference", "data", "submissions", "tests", "benchmarks"}
    assert not {i.split(".")[0] for i in imports(path)} & above


@pytest.mark.parametrize("path", modules("reference/checks"), ids=name)
def test_a_lab_s_checks_judge_and_do_nothing_else(path: Path) -> None:
    used = set()
    for imported in imports(path):
        parts = imported.split(".")
        if parts[0] == "grader":
            used.add(".".join(parts[1:3]) if parts[1] == "evidence" else parts[1])
    assert used <= FOR_CHECKS


@pytest.mark.parametrize("module", IN_KERNEL)
def test_what_runs_beside_the_student_s_code_needs_only_numpy(module: str) -> None:
    path = ROOT / "grader" / "evidence" / f"{module}.py"
    allowed = set(sys.stdlib_module_names) | {"numpy"}
    others = {i for i in imports(path) if i.split(".")[0] not in allowed}
    # tests/evidence/test_sent.py says which of them, and in which order.
    beside = tuple(f"grader.evidence.{name}." for name in IN_KERNEL)
    assert all(other.startswith(beside) for other in others), others


def test_what_is_sent_to_a_kernel_fits_into_one_namespace() -> None:
    names: list[str] = []
    for module in IN_KERNEL:
        path = ROOT / "grader" / "evidence" / f"{module}.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.Assign):
                names += [t.id for t in node.targets if isinstance(t, ast.Name)]
    assert sorted({n for n in names if names.count(n) > 1}) == ["__all__"]


def test_data_and_documents_stay_apart() -> None:
    """Checks and engine never write documents; documents never run or judge anything."""
    for room, never in (
        ("checks", {"engine", "gradebook", "reports", "templating"}),
        ("protocol", {"engine", "evidence", "gradebook", "reports"}),
        ("reports", {"engine", "evidence", "gradebook"}),
    ):
        folder = modules(f"grader/{room}")
        assert folder, room
        assert not {used for path in folder for used in rooms_used(path)} & never, room
