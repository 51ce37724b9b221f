"""``%load_ext grader`` and ``%check`` in a real IPython shell, without a kernel process."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from grader.selfcheck.description import DESCRIPTION
from grader.selfcheck.live import judge_live, seen_object
from grader.selfcheck.magic import Card
from tests.selfcheck.kit import change, done, mini_kit
from tests.selfcheck.work import description, kit_file

Run = Callable[..., object]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell in a group's working folder, with the extension loaded."""
    work = done(mini_kit(tmp_path / "Übung"))
    monkeypatch.chdir(work)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = new_shell()
    yield made
    made.run_cell("%unload_ext grader").raise_error()


def new_shell() -> InteractiveShell:
    """A shell that keeps nothing, with the extension loaded."""
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    # Its folder will be gone by then.
    atexit.unregister(made.atexit_operations)
    made.run_cell("%load_ext grader").raise_error()
    return made


def card(shell: InteractiveShell, task: str) -> Card:
    result = shell.run_cell(f"%check {task}").result
    assert isinstance(result, Card)
    return result


def test_a_value_of_the_right_kind_and_shape(shell: InteractiveShell) -> None:
    shell.run_cell("mittelwert = 3.5")
    text = repr(card(shell, "1a"))
    assert text.startswith("Aufgabe 1a: Mittelwert\n  ✓ Mittelwert: eine Zahl.")
    assert "wird bei der Bewertung geprüft" in text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("mittelwert = [1, 2]", "mittelwert hat die Form (2,)"),
        ("mittelwert = None", "ist vom Typ NoneType"),
        ("mittelwert = float('nan')", "NaN"),
        ("pass", "Noch nicht da (mittelwert)"),
    ],
)
def test_a_value_that_is_not(shell: InteractiveShell, code: str, said: str) -> None:
    shell.run_cell(code)
    assert said in repr(card(shell, "1a"))


def test_a_cell_known_by_its_id_is_remembered(shell: InteractiveShell) -> None:
    shell.run_cell("mittelwert = 3.5", cell_id="a-mean")
    shell.run_cell("mittelwert = 'überschrieben'")
    assert "✓ Mittelwert: eine Zahl." in repr(card(shell, "1a"))
    shell.run_cell("1/0", cell_id="a-mean")
    assert "endete zuletzt mit einem Fehler" in repr(card(shell, "1a"))
    shell.run_cell("mittelwert = 4", cell_id="a-mean")
    assert "✗" not in repr(card(shell, "1a"))


def test_a_name_used_again_is_explained(shell: InteractiveShell) -> None:
    shell.run_cell("mittelwert = [1, 2, 3]")
    assert "%check gehört direkt unter die Zelle" in repr(card(shell, "1a"))


@pytest.mark.parametrize("name", ["fragen", "kontrollfragen", "FRAGEN", "'fragen'"])
def test_the_questions(shell: InteractiveShell, name: str) -> None:
    assert "✓ 1 von 1 Fragen sind beantwortet." in repr(card(shell, name))
    Path("kontrollfragen.md").write_text("## 1. Was?\n\n", encoding="utf-8")
    assert "✗ Frage 1 ist leer." in repr(card(shell, name))


def test_a_wrong_call_gets_a_sentence(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    for call, said in (
        ("%check 9z", "Die Aufgabe '9z' gibt es nicht. Aufgaben: kontrollfragen, 1a, 1b."),
        ("%check", "Aufgaben: 1a, 1b"),
    ):
        assert shell.run_cell(call).result is None
        assert said in capsys.readouterr().out
    Path("kontrollfragen.md").unlink()
    shell.run_cell("%check fragen")
    assert "liegt keine Datei kontrollfragen.md" in capsys.readouterr().out


def test_without_a_description_it_says_what_is_missing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(DESCRIPTION).unlink()
    assert shell.run_cell("x = 1", cell_id="a-mean").success
    shell.run_cell("%check 1a")
    assert f"Die Datei {DESCRIPTION} fehlt" in capsys.readouterr().out


def test_answers_are_read_from_the_saved_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JupyterLab and VS Code say which file is open."""
    from grader.exchange.kit import lab_notebooks
    from grader.exchange.source import to_bytes
    from tests.selfcheck.work import lab

    monkeypatch.chdir(tmp_path)
    Path(DESCRIPTION).write_bytes(kit_file())
    Path("n1.ipynb").write_bytes(to_bytes(lab_notebooks(lab())["notebook1"].student))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "n1.ipynb"))
    shell = new_shell()
    text = repr(card(shell, "1a"))
    assert "✗ Antwort »Handrechnung« ist leer." in text and "gespeicherten Notebook" in text
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "weg.ipynb"))
    assert "Antwort" not in repr(card(shell, "1a"))
    shell.run_cell("%unload_ext grader")


def test_the_card_is_html_that_a_host_may_show_anywhere(shell: InteractiveShell) -> None:
    change(Path(), "a-mean", source="x")
    shell.run_cell("class Böse:\n    pass\nBöse.__name__ = '<script>alert(1)</script>'")
    shell.run_cell("mittelwert = Böse()")
    made = card(shell, "1a")._repr_html_()
    assert "<script" not in made and "&lt;script&gt;" in made
    assert not re.search(r"<(style|link|img|iframe)|\son\w+=|class=|href=", made)


# ------------------------------------------------------------------ living objects


class Dense:
    def __init__(self, units: int, activation: Callable[[], None]) -> None:
        self.units, self.activation = units, activation


def relu() -> None:
    """Bears the name of an activation."""


class Model:
    """What keras shows of a network, as far as it is asked."""

    built = True
    input_shape, output_shape = (None, 1), (None, 1)

    def __init__(self, *units: int) -> None:
        self.layers = [Dense(n, relu) for n in units]

    def get_weights(self) -> list[object]:
        return []

    def __call__(self, x: np.ndarray, training: bool) -> np.ndarray:
        return np.ones((len(x), 1))


class Hostile:
    @property
    def layers(self) -> None:
        raise RuntimeError("nein")

    def __array__(self, *_: object) -> np.ndarray:
        raise MemoryError


def test_objects_of_libraries_are_known_by_what_they_have() -> None:
    seen = seen_object(Model(1, 2, 1))
    assert (seen.kind, seen.units, seen.activations) == ("network", (1, 2, 1), ("relu",) * 3)
    assert (seen.inputs, seen.outputs, seen.sums) == (1, 1, True)
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", pd.NA], "c": [True, 2]})
    table = seen_object(frame)
    assert table.shape == (2, 3) and table.columns["a"] == ("float", "nan")
    assert table.columns["b"] == ("str", "nan")
    assert seen_object(frame["a"]).shape == (2, 1)
    assert seen_object([[1, 2], [3, 4]]).shape == (2, 2)
    assert seen_object(np.float32(2)).kind == "numbers"
    for odd in (
        "text",
        b"x",
        None,
        object(),
        [1, [2, 3]],
        {"a": 1},
        Hostile(),
        int,
        np.array(["x"]),
    ):
        assert seen_object(odd).kind == "other"


def test_a_whole_task_of_the_lab() -> None:
    namespace = {"model": Model(1, 2, 1), "result": np.array([[0.0], [6.0], [7.0]])}
    report = judge_live(description(), "1A", namespace, {})
    assert report.state == "passed"
    namespace["model"] = Model(1, 2, 2)
    assert judge_live(description(), "1a", namespace, {}).state == "failed"
    later = judge_live(description(), "3c", {}, {})
    assert [f.state for f in later.findings] == ["later", "later"]
