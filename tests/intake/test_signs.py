"""What cells did revises where they belong."""

from __future__ import annotations

from grader.intake.signs import holds, refine, sureness
from grader.lab import Sign, Slot
from grader.model import (
    Alignment,
    ArrayInfo,
    Call,
    CellRun,
    NotebookEvidence,
    Placement,
    Value,
)

FIT = Sign(call="fit", width=784)
SLOTS = (
    Slot(id="read", task="a", notebook="n", signs=(Sign(kind="table"),)),
    Slot(id="clean", task="a", notebook="n", signs=(Sign(kind="table", again=True),)),
    Slot(id="train", task="b", notebook="n", signs=(FIT,)),
    Slot(id="second", task="b", notebook="n", signs=(FIT,)),
    Slot(id="predict", task="b", notebook="n", signs=(Sign(call="predict", rows=4),)),
)


def array(*shape: int) -> Value:
    return Value("array", array=ArrayInfo(shape, "<f4", str(shape)))


def fit(*shape: int) -> Call:
    return Call("fit", {"x": array(*shape)})


def table(digest: str) -> Value:
    return Value("table", digest=digest)


def refined(placements: list[Placement], *runs: CellRun) -> list[tuple[str, ...]]:
    alignment = Alignment("n", tuple(placements))
    found = refine(alignment, NotebookEvidence("n", runs), SLOTS)
    return [p.slots for p in found.placements]


def test_the_cell_that_first_changes_the_table_cleans_it() -> None:
    runs = (
        CellRun(0, variables={"d": table("1")}),
        CellRun(1),
        CellRun(2, variables={"d": table("2")}),
        CellRun(3, variables={"d": table("3")}),
    )
    places = [Placement(("read",), "a", "content", 0.8), *[Placement((), "a")] * 3]
    assert refined(places, *runs) == [("read",), (), ("clean",), ()]


def test_two_trainings_are_two_slots_and_one_is_one() -> None:
    places = [Placement((), "b"), Placement((), "b")]
    first, other = CellRun(0, calls=(fit(10, 28, 28),)), CellRun(1, calls=(fit(10, 784),))
    assert refined(places, first, other) == [("train",), ("second",)]
    assert refined(places, first, CellRun(1)) == [("train",), ()]


def test_a_merged_cell_carries_every_slot_that_it_shows() -> None:
    both = CellRun(0, calls=(fit(10, 28, 28), fit(10, 28, 28), Call("predict", {}, array(4, 10))))
    assert refined([Placement((), "b")], both) == [("train", "second", "predict")]


def test_a_training_on_other_data_is_no_sign() -> None:
    assert refined([Placement((), "b")], CellRun(0, calls=(fit(10, 1),))) == [()]


def test_what_metadata_says_of_a_cell_that_ran_stays() -> None:
    places = [Placement(("train",), "b", "metadata", 1.0), Placement((), "b")]
    runs = (CellRun(0, status="error"), CellRun(1, calls=(fit(9, 784),)))
    assert refined(places, *runs)[0] == ("train",)


def test_another_tasks_cell_is_not_taken() -> None:
    places = [Placement(("read",), "a", "content", 0.9)]
    run = CellRun(0, calls=(fit(9, 784),), variables={"d": table("1")})
    assert refined(places, run) == [("read",)]


def test_evidence_confirms_a_doubtful_place() -> None:
    alignment = Alignment("n", (Placement(("train",), "b", "neighbour", 0.2),))
    run = NotebookEvidence("n", (CellRun(0, calls=(fit(9, 784),)),))
    found = refine(alignment, run, SLOTS)
    assert found.placements[0].confidence == 0.9
    assert "predict" in found.missing and "train" not in found.missing


def test_sureness_counts_slots_and_names_the_weakest_method() -> None:
    places = (
        Placement(("train",), "b", "metadata", 1.0),
        Placement(("second",), "b", "content", 0.5),
    )
    report = sureness({"n": Alignment("n", places)}, SLOTS)
    assert report["b"] == {"confidence": 0.75, "method": "content", "found": 2, "slots": 3}
    assert report["a"] == {"confidence": 0.0, "method": "none", "found": 0, "slots": 2}


def test_patterns_look_at_code_not_at_comments() -> None:
    assert holds("net.fit(x)", [r"\.fit\("])
    assert not holds("# net.fit(x)", [r"\.fit\("])
    assert not holds("x = 1", [])
