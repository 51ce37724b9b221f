"""Attempts on what runs around a cell: replaced functions, hooks, the probe, other files."""

from tests.gaming.attack import WRONG, Attempt

_RIGHT = "np.array([[0.], [6.], [7.]])"
_NO_NETWORK = {"1a-weights": WRONG, "1b-curve": None}

RUNTIME = (
    Attempt(
        name="numpy functions replaced",
        cells={
            **_NO_NETWORK,
            "1a-model": "pass",
            "1a-weights": "right = " + _RIGHT + "\nold = np.array\n"
            "np.asarray = np.ascontiguousarray = lambda *a, **k: right\n"
            "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
            "1a-predict": "result = np.zeros((3, 1))",
        },
        nothing=("1a.prediction",),
        problems=("replaced_function",),
    ),
    Attempt(
        name="an array that lies about itself",
        cells={
            **_NO_NETWORK,
            "1a-model": "pass",
            "1a-weights": "class Feld(np.ndarray):\n"
            f"    def __array__(self, *a, **k): return {_RIGHT}\n"
            f"    def __array_function__(self, *a, **k): return {_RIGHT}\n"
            "    def __eq__(self, other): return True\n"
            f"    def tolist(self): return {_RIGHT}.tolist()",
            "1a-predict": "result = np.zeros((3, 1)).view(Feld)",
        },
        nothing=("1a.prediction",),
    ),
    Attempt(
        name="an object that equals everything",
        cells={
            **_NO_NETWORK,
            "1a-model": "pass",
            "1a-weights": "class Alles:\n    def __eq__(self, other): return True\n"
            f"    def __array__(self, *a, **k): return {_RIGHT}\n"
            "    def __float__(self): return 6.0",
            "1a-predict": "result = Alles()",
        },
        nothing=("1a.prediction",),
    ),
    Attempt(
        name="variable set by a hook after the cell",
        cells={
            **_NO_NETWORK,
            "1a-predict": "result = np.zeros((3, 1))\n"
            f"def danach(*a): globals()['result'] = {_RIGHT}\n"
            "get_ipython().events.register('post_execute', danach)",
        },
        nothing=("1a.prediction",),
        problems=("late_variable", "running_on"),
    ),
    Attempt(
        name="variable set by a hook before the capture",
        cells={
            **_NO_NETWORK,
            "1a-predict": "result = np.zeros((3, 1))\n"
            f"def davor(*a): globals()['result'] = {_RIGHT}\n"
            "get_ipython().events.register('pre_execute', davor)",
        },
        nothing=("1a.prediction",),
        problems=("late_variable", "running_on"),
    ),
    Attempt(
        name="variable set by a thread",
        cells={
            **_NO_NETWORK,
            "1a-predict": "import threading, time\n"
            # Kept, so that none is taken for the one before it.
            "def weiter():\n    alle = []\n    while True:\n        time.sleep(0.001)\n"
            f"        alle.append({_RIGHT})\n        globals()['result'] = alle[-1]\n"
            "result = None\nthreading.Thread(target=weiter, daemon=True).start()",
        },
        nothing=("1a.prediction",),
        problems=("late_variable", "running_on"),
    ),
    Attempt(
        name="variable set while the probe is traced",
        cells={
            **_NO_NETWORK,
            "1a-predict": "import sys\nresult = np.zeros((3, 1))\n"
            f"def spur(frame, event, arg): globals()['result'] = {_RIGHT}\n"
            "sys.settrace(spur)",
        },
        nothing=("1a.prediction",),
        problems=("late_variable", "looks_inside", "running_on"),
    ),
    Attempt(
        name="a call planted into the probe's records",
        cells={
            **_NO_NETWORK,
            "1a-predict": f"import gc\nresult = {_RIGHT}\n"
            "for thing in gc.get_objects():\n"
            "    if type(thing).__name__ == 'Probe':\n"
            "        thing.calls.made.append({'name': 'predict', 'model': '', 'history': {},\n"
            "            'network': '', 'own': [],\n"
            "            'args': {'x': thing.values.value(np.array([[-1.], [1.], [2.]]))},\n"
            "            'result': thing.values.value(result)})",
        },
        nothing=("1a.prediction",),
        problems=("looks_inside", "unexplained_result"),
    ),
    Attempt(
        name="looking for the probe among the modules",
        cells={
            "1a-predict": "import sys\n"
            "found = [m for n, m in sys.modules.items() if 'grader' in n]\n"
            "names = [d for m in found for d in dir(m) if not d.startswith('_')]\n"
            "print(names)\nresult = np.array([[0.], [6.], [7.]])",
            "1b-curve": None,
        },
        nothing=("1a.prediction",),
        problems=("looks_inside", "typed_result"),
    ),
    Attempt(
        name="reading outside the lab's data",
        cells={
            "1a-predict": "import os, pathlib\n"
            "def lies(f, *a):\n    try: return f(*a)\n    except OSError: return None\n"
            "lies(open, '../../reference/lab.toml')\n"
            "lies(np.load, '/srv/labor/reference/solution.npy')\n"
            "lies(pathlib.Path('/root').read_text)\n"
            "lies(os.listdir, '../..')\n"
            f"result = {_RIGHT}",
            "1b-curve": None,
        },
        nothing=("1a.prediction",),
        problems=("outside_files", "typed_result"),
    ),
    Attempt(
        name="print replaced",
        cells={
            "1a-predict": "import builtins\nold = print\n"
            "builtins.print = lambda *a, **k: old('→', *a, **k)\n"
            "result = model.predict(np.array([[-1.], [1.], [2.]]), verbose=0)\nprint(result)",
        },
        whole=("1a.prediction", "1a.weights", "1b.curve"),
        problems=("replaced_function",),
    ),
)
