"""Functions count where they are called."""

from __future__ import annotations

from grader.intake.flow import with_definitions
from grader.model import Cell


def sources(*texts: str) -> list[str]:
    cells = [Cell(i, "code", t) for i, t in enumerate(texts)]
    return [c.source for c in with_definitions(cells)]


def test_a_call_brings_its_function_along() -> None:
    first, second = "def f():\n    return 1", "x = f()"
    assert sources(f"import numpy\n{first}", second) == ["", f"{first}\n\n{second}"]


def test_cells_that_do_something_themselves_stay() -> None:
    function = "def f():\n    return 1"
    texts = [f"{function}\n\nf()", "f()", "def unused():\n    pass", "%matplotlib inline"]
    shown = sources(*texts)
    assert shown[0] == texts[0]
    # Whoever calls it later does with it what it says.
    assert shown[1] == f"{function}\n\nf()"
    assert shown[2:] == texts[2:]


def test_a_function_defined_below_is_not_meant() -> None:
    texts = ["f()", "def f():\n    pass"]
    assert sources(*texts) == texts


def test_code_that_cannot_be_parsed_stays() -> None:
    texts = ["def f(:", "f()", "(" * 5000]
    assert sources(*texts) == texts
