import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.checks import check, failed, partial, passed, review
from grader.checks.plain import plain_details
from grader.checks.registry import load_checks
from grader.checks.runner import grade, half_points, run_checks
from grader.errors import LabError, NotJudged, UsageError
from grader.lab import Lab
from grader.model import Problem, Value
from tests.checks.build import cell, context, side, value

TOML = """
[lab]
id = "probe"
title = "Probe"
[profiles.p]
[[notebook]]
name = "n"
title = "N"
source = "n.py"
[[slot]]
id = "s"
task = "t"
notebook = "n"
[[task]]
id = "t"
title = "T"
notebook = "n"
check = [
  {id = "t.a", points = 3.0, title = "Aufbau"},
  {id = "t.b", points = 2.0, title = "Folge"},
]
[[task]]
id = "u"
title = "U"
notebook = "n"
check = [{id = "u.c", points = 1.0, title = "Rest"}]
"""


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "lab.toml").write_text(TOML)
    return Lab.load(tmp_path)


def made(check_id, act, needs=()):
    def function(ctx):
        """Sieht etwas an."""
        return act(ctx) if callable(act) else act

    return check(check_id, needs=needs)(function)


def run(lab, *checks, ran=True, **rest):
    student = side({"n": [cell("s")]} if ran else {}, lab=lab)
    return run_checks(context(student), {c.id: c for c in checks}, **rest)


def boom(_):
    return {}["kaputt"]


def test_results_come_in_the_lab_order_whatever_depends_on_what(lab):
    results = run(
        lab,
        made("t.a", passed("ja"), needs=("t.b",)),
        made("u.c", passed()),
        made("t.b", passed(), needs=("u.c",)),
    )
    assert [r.id for r in results] == ["t.a", "t.b", "u.c"]
    assert [r.points for r in results] == [3.0, 2.0, 1.0]
    assert results[0].message == "ja"


@pytest.mark.parametrize("outcome", [failed("nein"), NotJudged("Das Notebook fehlt.")])
def test_a_check_whose_need_is_not_met_says_why(lab, outcome):
    def act(_):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    first, second = run(lab, made("t.a", act), made("t.b", boom, needs=("t.a",)))
    assert second.status == "not_judged"
    assert second.message.startswith("Nicht beurteilt, weil „Aufbau“ (t.a)")
    assert first.status in ("failed", "not_judged")


def test_partial_and_review_do_not_block(lab):
    results = run(
        lab,
        made("t.a", partial(0.4, "halb")),
        made("t.b", review(0.5, "?", confidence=0.3), needs=("t.a",)),
        made("u.c", passed(), needs=("t.b",)),
    )
    assert [r.status for r in results] == ["partial", "needs_review", "passed"]
    assert [r.points for r in results] == [1.0, 1.0, 1.0]


def test_our_fault_is_for_a_human_and_stops_nobody(lab):
    first, second = run(lab, made("t.a", boom), made("t.b", passed(), needs=("t.a",)))
    assert (first.status, first.points, first.confidence) == ("needs_review", 0.0, 0.0)
    assert "KeyError" in first.details["error"] and "kaputt" in first.details["where"]
    assert "Bewertungsprogramm" in first.message
    assert second.status == "passed"


@pytest.mark.parametrize("outcome", [None, 3, replace(passed(), fraction="x", status="partial")])
def test_a_check_that_returns_nonsense_is_our_fault(lab, outcome):
    (result,) = run(lab, made("t.a", outcome))
    assert (result.status, result.confidence) == ("needs_review", 0.0)


def test_circles_and_unknown_needs_are_the_labs_fault(lab):
    with pytest.raises(LabError, match="Kreis"):
        run(lab, made("t.a", passed(), needs=("t.b",)), made("t.b", passed(), needs=("t.a",)))
    with pytest.raises(LabError, match=r"unbekannte Prüfung t\.z"):
        run(lab, made("t.a", passed(), needs=("t.z",)))


def test_one_task_runs_what_it_needs_but_returns_its_own(lab):
    checks = made("t.a", failed("nein")), made("u.c", passed(), needs=("t.a",))
    (result,) = run(lab, *checks, only_task="u")
    assert (result.id, result.status) == ("u.c", "not_judged")
    with pytest.raises(UsageError, match="keine Aufgabe 'x'"):
        run(lab, *checks, only_task="x")


@pytest.mark.parametrize(
    ("fraction", "most", "points"),
    [
        (0.5, 3, 1.5), (0.99, 2, 1.5), (0.12, 1, 0.5), (0.05, 1, 0.0), (0.12, 3, 0.5),
        (1 / 3, 3, 1.0), (0.6, 0.5, 0.0), (0.9, 0.75, 0.5), (float("nan"), 2, 0.0), (2, 1, 0.5),
    ],
)  # fmt: skip
def test_partial_points_are_halves_below_full(fraction, most, points):
    assert half_points(fraction, most, exact=False) == points


def test_rounding_elsewhere_may_reach_both_ends():
    assert half_points(0.9, 2) == 2.0
    assert half_points(0.1, 2) == 0.0


def test_details_become_plain_finite_json(lab):
    details = {
        "n": np.float32(0.5), "i": np.int64(3), "b": np.True_, "nan": float("nan"),
        "inf": [np.inf, 1], "arr": np.arange(3), "large": np.zeros((50, 50)), "set": {2, 1},
        "many": list(range(999)), "text": "ä" * 9999, 5: (1, 2), "odd": Value("other"),
        "big": 10**400, "lone": "\ud800", "none": None,
    }  # fmt: skip
    (result,) = run(lab, made("t.a", passed("", **{str(k): v for k, v in details.items()})))
    plain = json.loads(json.dumps(dict(result.details), allow_nan=False))
    assert (plain["n"], plain["i"], plain["b"]) == (0.5, 3, True)
    assert plain["nan"] is None and plain["inf"] == [None, 1]
    assert (plain["arr"], plain["set"], plain["5"]) == ([0, 1, 2], [1, 2], [1, 2])
    assert plain["large"].startswith("array (50, 50)")
    assert len(plain["many"]) == 201 and len(plain["text"]) < 2100
    assert "Value" in plain["odd"] and isinstance(plain["big"], str)


def test_details_without_end_are_cut():
    deep: list = []
    deep.append(deep)
    wide = {str(i): [list(range(200))] * 200 for i in range(200)}
    assert len(json.dumps(plain_details({"deep": deep, "wide": wide}))) < 100_000


def test_grade_sums_tasks_and_collects_problems(lab):
    student = side({"n": [cell("s")]}, lab=lab, problems=[Problem("timeout", "Zu lang.")])
    checks = [made("t.a", partial(0.5, "halb")), made("t.b", passed()), made("u.c", failed("x"))]
    made_grade = grade(
        context(student), {c.id: c for c in checks}, problems=[Problem("other", "Noch eins.")]
    )
    assert (made_grade.points, made_grade.max_points, made_grade.status) == (3.5, 6.0, "graded")
    assert [(t.id, t.points, t.max_points) for t in made_grade.tasks] == [
        ("t", 3.5, 5.0), ("u", 0.0, 1.0),
    ]  # fmt: skip
    assert [p.kind for p in made_grade.problems] == ["timeout", "other"]
    assert made_grade.check("t.b").points == 2.0


def test_status_of_a_grade(lab):
    def status(outcome, **rest):
        checks = {"t.a": made("t.a", outcome)}
        return grade(context(side(lab=lab, **rest)), checks).status

    ran = {"notebooks": {"n": [cell("s")]}}
    assert status(failed("leer")) == "not_gradable"
    assert status(failed("leer"), answers={1: " "}) == "not_gradable"
    assert status(failed("leer"), answers={1: "ReLU"}) == "graded"
    assert status(failed("falsch"), **ran) == "graded"
    assert status(review(1, "?", confidence=0.1), **ran) == "needs_review"
    unstarted = {"n": [cell("s", status="not_run")]}
    assert status(failed("leer"), notebooks=unstarted) == "not_gradable"


def write_checks(lab, **modules):
    folder = Path(lab.folder) / "checks"
    folder.mkdir()
    head = "from grader.checks import check, passed\n"
    for name, ids in modules.items():
        body = [
            f'@check("{i}")\ndef f{n}(ctx):\n    "Text."\n    return passed(WORD)'
            for n, i in enumerate(ids)
        ]
        start = "from .words import WORD\n"
        (folder / f"{name}.py").write_text(head + start + "\n\n".join(body))
    (folder / "words.py").write_text('WORD = "gut"\n')


def test_registry_loads_every_module_of_the_lab(lab):
    write_checks(lab, one=["u.c", "t.b"], two=["t.a"])
    checks = load_checks(lab)
    assert list(checks) == ["t.a", "t.b", "u.c"]
    assert checks["t.a"](context(side(lab=lab))).message == "gut"


@pytest.mark.parametrize(
    ("modules", "match"),
    [
        ({"one": ["t.a", "t.b"]}, r"u\.c hat keine Funktion"),
        ({"one": ["t.a", "t.b", "u.c", "x.y"]}, r"x\.y steht nicht in lab\.toml"),
        ({"one": ["t.a", "t.b", "u.c"], "two": ["t.a"]}, r"t\.a hat zwei Funktionen"),
        ({}, "keine Funktion"),
    ],
)
def test_registry_and_lab_toml_must_agree(lab, modules, match):
    write_checks(lab, **modules)
    with pytest.raises(LabError, match=match):
        load_checks(lab)


def test_a_module_that_cannot_be_imported_is_named(lab):
    write_checks(lab)
    (lab.folder / "checks" / "bad.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(LabError, match=r"bad\.py"):
        load_checks(lab)


def test_builder_makes_values_as_the_probe_does():
    blobs: dict = {}
    assert value([1, "a"], blobs).items[1].scalar == "a"
    info = value(np.array([[0.0], [6.0]]), blobs).array
    assert info is not None and blobs[info.blob].shape == (2, 1) and info.maximum == 6.0
    assert len(blobs[info.rows]) == 2
