"""Replacing what the kernel and the probe beside the student's code are made of.

In a notebook of such an attack ``before`` is 41 in the evidence, and ``after`` is 42 or not there:
a kernel that lies about itself may fail, it must not take anyone along.
"""

from __future__ import annotations

from tests.walls.attack import ALL, Ending, Notebook

__all__ = ["PYTHON"]

_ANY = ("ok", "error", "timeout", "kernel_died", "output_limit", "memory", "not_run")


def _sabotage(name: str, *codes: str) -> Notebook:
    """What is replaced stays so for the cells that follow."""
    return Notebook(
        name=name,
        cells=tuple(Ending(code=c, statuses=_ANY) for c in (*codes, "'x'", "print('x')")),
        works_after=False,
        seconds=1.5,
        holds=(ALL,),
    )


PYTHON = (
    _sabotage("len_is_zero", "import builtins\nbuiltins.len = lambda x: 0"),
    _sabotage(
        "builtins_lie",
        "import builtins\nbuiltins.open = builtins.print = lambda *a, **k: None",
        "builtins.isinstance = lambda *a: True",
        "builtins.repr = builtins.str = None",
    ),
    _sabotage(
        "builtins_are_gone",
        "import builtins\nfor name in ('hasattr', 'getattr', 'list', 'dict', 'sorted'):\n"
        "    delattr(builtins, name)",
    ),
    _sabotage(
        "no_more_imports",
        "import builtins, sys\nbuiltins.__import__ = None\nsys.meta_path.clear()\n"
        "sys.path[:] = ['/']",
    ),
    _sabotage(
        "numpy_lies",
        "import numpy as np\nnp.asarray = np.ascontiguousarray = np.isfinite = lambda *a, **k: 7\n"
        "np.random.Generator = np.ndarray = object",
        "wrong = [1.0, 2.0]",
    ),
    _sabotage(
        "ipython_lies",
        "shell = get_ipython()\nshell.display_pub.publish = shell.showtraceback = None\n"
        "shell.run_cell = lambda *a, **k: None",
    ),
    _sabotage(
        "kernel_lies",
        "kernel = get_ipython().kernel\nkernel.do_execute = lambda *a, **k: {'status': 'ok'}",
    ),
    _sabotage(
        "session_lies",
        "session = get_ipython().kernel.session\nsession.sign = lambda parts: b'0' * 64",
    ),
    _sabotage("session_falls_silent", "get_ipython().kernel.session.send = lambda *a, **k: None"),
    _sabotage("modules_are_gone", "import sys\nsys.modules.clear()"),
    _sabotage(
        "modules_are_others",
        "import sys\nfor name in ('json', 'os', 'struct', 'hashlib', 'inspect', 'numpy'):\n"
        "    sys.modules[name] = None",
    ),
    _sabotage(
        "json_lies",
        "import json\njson.dumps = lambda *a, **k: '[' * 200_000",
        "import struct, hashlib\nstruct.pack = lambda *a: b''\nhashlib.blake2b = None",
        "import os\nos.walk = os.lstat = os.path.join = None",
    ),
    _sabotage(
        "probe_is_found_and_blinded",
        "import gc\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'Probe':\n"
        "        thing.namespace, thing.known, thing.options = {}, None, 7",
    ),
    _sabotage(
        "probe_is_removed",
        "import sys\nfor name in [n for n in sys.modules if 'grader' in n]: del sys.modules[name]",
    ),
    _sabotage(
        "probe_is_switched_off",
        "import gc\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'Probe': type(thing).capture = lambda *a: None",
    ),
    _sabotage(
        "traced",
        "import sys, threading\n"
        "def trace(*a): raise RuntimeError\n"
        "sys.setprofile(trace)\nthreading.setprofile(trace)",
        "import sys\nsys.settrace(lambda *a: 1 / 0)",
        "import sys\nsys.setrecursionlimit(60)",
    ),
    _sabotage(
        "variables_that_bite",
        """
class Bite:
    layers = property(lambda self: 1 / 0)
    get_weights = __len__ = __array__ = __iter__ = lambda self, *a, **k: 1 / 0
    def __getattr__(self, name): raise SystemExit
    def __eq__(self, other): raise KeyboardInterrupt
    __hash__ = None
bite = Bite()
biting = [Bite(), {Bite.__name__: Bite()}]
class Text(str):
    def __getitem__(self, index): raise SystemExit
text = Text("x")
class Pairs(dict):
    def items(self): return [[self] * 1000] * 1000
pairs = Pairs(a=1)
round_about = []
round_about.append(round_about)
""",
        "import numpy as np\nclass Array(np.ndarray):\n"
        "    nbytes = property(lambda self: -1)\n    shape = ()\n"
        "    def __array_finalize__(self, other): raise SystemExit\n"
        "try:\n    array = np.zeros(3).view(Array)\nexcept SystemExit:\n    pass\n"
        "odd = np.zeros(3, dtype=[('a', 'O'), ('b', 'f8')])\n"
        "wide = np.broadcast_to(np.float64(1), (10**6, 10**6))",
        "globals().update({'\\ud800': 1, 'ä' * 10_000: 2, '': 3, '../x': 4})\nglobals()[7] = 5",
    ),
    _sabotage(
        "many_variables",
        "globals().update({f'v{n}': n for n in range(20_000)})",
        "globals().update({f'a{n}': __import__('numpy').zeros(100) + n for n in range(1000)})",
    ),
)
