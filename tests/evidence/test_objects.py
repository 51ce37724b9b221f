"""What the student's own objects hold is found by path, and nothing of theirs runs for it."""

from __future__ import annotations

import builtins
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.engine.setup import SENT
from grader.evidence.collect import Capture, read_capture
from grader.evidence.probe import Probe
from grader.model import Array

OPTIONS = {"array_bytes": 100_000, "seed": 5, "samples": 16, "folders": []}
START = "import numpy as np, pandas as pd\n"


class Notebook:
    """A namespace as a kernel's: what is defined in it belongs to ``__main__``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.probe = Probe(self.namespace, set(), OPTIONS)

    def run(self, code: str) -> tuple[Capture, dict[str, Array]]:
        exec(START + code, self.namespace)  # noqa: S102
        path = self.folder / str(len(list(self.folder.iterdir())))
        self.probe.capture(str(path))
        return read_capture(path)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("class A: pass\na = A(); a.bild = np.eye(3)", "a.bild"),
        ("class A:\n    __slots__ = ('bild', 'leer')\na = A(); a.bild = np.eye(3)", "a.bild"),
        ("class A:\n    bild = np.eye(3)", "A.bild"),
        ("class A: pass\na = A(); a._bild = np.eye(3)", "a._bild"),
        ("class A: pass\na = A(); a.b = A(); a.b.bild = np.eye(3)", "a.b.bild"),
        ("class A: pass\na = A(); a.b = {'x y': [np.eye(3), A()]}\na.b['x y'][1].c = np.eye(3)",
         "a.b['x y'][1].c"),
        ("class A: pass\nd = {'eins': A()}; d['eins'].bild = np.eye(3)", "d['eins'].bild"),
        ("class A: pass\nd = {(1, 'a'): A()}; d[1, 'a'].bild = np.eye(3)", "d[(1, 'a')].bild"),
        ("class A: pass\nd = [A()]; d[0].bild = np.eye(3)", "d[0].bild"),
        ("from collections import namedtuple as n\np = n('P', 'n bild')(1, np.eye(3))", "p.bild"),
        ("from types import SimpleNamespace as S\ns = S(bild=np.eye(3))", "s.bild"),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    bild: object\n"
         "a = A(np.eye(3))", "a.bild"),
        ("from dataclasses import dataclass\n@dataclass(slots=True)\nclass A:\n    bild: object\n"
         "a = A(np.eye(3))", "a.bild"),
        ("s = pd.Series({'links': np.eye(3)})", "s['links']"),
        ("class A(Exception): pass\na = A(); a.bild = np.eye(3)", "a.bild"),
    ],
)  # fmt: skip
def test_arrays_are_found_by_path(notebook: Notebook, code: str, path: str) -> None:
    found, blobs = notebook.run(code)
    info = found.variables[path].array
    assert info is not None
    assert np.array_equal(blobs[info.blob], np.eye(3))


def test_tables_numbers_and_lists_are_found_too(notebook: Notebook) -> None:
    found, _ = notebook.run(
        "class A: pass\na = A(); a.df = pd.DataFrame({'x': ['2.43', 2.43]}); a.n = 7\n"
        "a.werte = [1.5, 2]; a.text = 'lang'; a.f = print; a.c = A"
    )
    table = found.variables["a.df"].table
    assert table is not None and [c[0][0] for c in table.cells] == ["str", "float"]
    assert found.variables["a.n"].scalar == 7
    assert [i.scalar for i in found.variables["a.werte"].items] == [1.5, 2]
    assert set(found.variables) == {"a.df", "a.n", "a.werte"}


def test_only_what_changed_is_told_and_what_is_gone_is_named(notebook: Notebook) -> None:
    notebook.run("class A: pass\na = A(); a.x = np.zeros(3); a.y = 1; a.z = 2")
    second, blobs = notebook.run("a.x[1] = 5; del a.z")
    assert list(second.variables) == ["a.x"]
    assert second.deleted == ("a.z",)
    info = second.variables["a.x"].array
    assert info is not None and blobs[info.blob].tolist() == [0, 5, 0]
    third, _ = notebook.run("del a")
    assert third.deleted == ("a.x", "a.y")


def test_what_has_a_name_of_its_own_is_not_told_twice(notebook: Notebook) -> None:
    found, _ = notebook.run("class A: pass\nbild = np.eye(3); a = A(); a.bild = bild")
    assert set(found.variables) == {"bild"}


def test_a_variable_of_that_name_wins(notebook: Notebook) -> None:
    found, _ = notebook.run("class A: pass\na = A(); a.x = 1; globals()['a.x'] = 2")
    assert found.variables["a.x"].scalar == 2


HOSTILE = """
ran = []
def tell(*a, **k):
    ran.append(1)
    raise RuntimeError
class Meta(type):
    __getattribute__ = __eq__ = __iter__ = __len__ = tell
    __hash__ = tell
class A(metaclass=Meta):
    __getattr__ = __getattribute__ = __eq__ = __bool__ = __len__ = __iter__ = __getitem__ = tell
    __hash__ = __repr__ = __str__ = __array__ = __array_interface__ = __float__ = __dir__ = tell
    __class__ = property(tell)
    numpy = layers = shape = dtype = property(tell)
a = object.__new__(A)
dict_of = type.__dict__['__dict__'].__get__(A)['__dict__'].__get__
dict_of(a).update(bild=np.eye(3), selbst=a)
d = {'a': a, 'b': [a] * 30}
"""


def test_nothing_of_a_hostile_object_runs(notebook: Notebook) -> None:
    found, _ = notebook.run(HOSTILE)
    assert found.variables["a.bild"].array is not None
    assert notebook.namespace["ran"] == []


@pytest.mark.parametrize(
    "code",
    [
        "class A:\n    __dict__ = property(lambda s: 1 / 0)\na = A()",
        "class A:\n    __dict__ = {'x': 1}\na = A()",
        "class A(dict):\n    def items(self): raise SystemExit\na = A(x=1)",
        "class A(list):\n    def __iter__(self): raise SystemExit\na = A([1])",
        "class A(tuple):\n    _fields = 5\na = A((1,))",
        "class A(tuple):\n    _fields = ('x', 5, None)\na = A((1, 2))",
        "class A: pass\na = A(); vars(a)[5] = 1; setattr(a, '\\ud800', np.eye(3))",
        "class A: pass\na = A(); a.__class__ = type('B', (A,), {})",
        "class A:\n    __slots__ = ('x',)\na = A()",
        "class A: pass\na = {A(): 1, A: 2, None: A()}",
        "globals()[5] = 1",
        "import enum\nclass A(enum.Enum):\n    X = 1\na = A.X",
        "class A: pass\na = A()\nfor _ in range(5000):\n    b = A(); b.next = a; a = b",
    ],
)
def test_odd_objects_do_not_break_a_capture(notebook: Notebook, code: str) -> None:
    found, _ = notebook.run(code + "\nafter = 1")
    assert "after" in found.variables


def test_replaced_builtins_do_not_reach_the_probe(tmp_path: Path) -> None:
    made = types.ModuleType("probe")
    made.__dict__["__builtins__"] = dict(vars(builtins))
    for module in SENT:
        exec(compile(Path(str(module.__file__)).read_text(), "<probe>", "exec"), vars(made))  # noqa: S102
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": dict(vars(builtins))}
    probe = made.Probe(namespace, set(), OPTIONS)
    code = "class A: pass\na = A(); a.x = 1\n__builtins__.update(isinstance=1, type=2, dict=3)"
    exec(code, namespace)  # noqa: S102
    probe.capture(str(tmp_path / "a"))
    assert read_capture(tmp_path / "a")[0].variables["a.x"].scalar == 1


def test_objects_that_hold_each_other_come_to_an_end(notebook: Notebook) -> None:
    found, _ = notebook.run("class A: pass\na = A(); b = A(); a.b = b; b.a = a; b.x = np.eye(2)")
    assert set(found.variables) == {"a.b.x"}


def test_many_things_cost_little(notebook: Notebook) -> None:
    notebook.run(
        "class A: pass\na = A(); a.alle = [A() for _ in range(10_000)]\n"
        "for n, b in enumerate(a.alle): b.n = np.full(9, n)\n"
        "viele = {n: A() for n in range(10_000)}\nzahlen = list(range(10_000))"
    )
    start = time.thread_time()
    found, _ = notebook.run("x = 1")
    assert time.thread_time() - start < 0.5
    assert set(found.variables) == {"x"}


def test_there_is_an_end_to_what_is_told(notebook: Notebook) -> None:
    found, blobs = notebook.run(
        "class A: pass\na = A()\nfor n in range(1000): setattr(a, f'x{n}', np.full(2, n))\ndel n"
    )
    assert len(found.variables) == 200
    assert len(blobs) == 200
