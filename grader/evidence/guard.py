"""Runs inside the student's kernel: notes what a notebook does beside computing its results.

Nothing is forbidden here and nothing decided. What is noted travels with the evidence as one more
claim; `grader.integrity.noticed` says it as an observation. Noted are

- ``replaced``: functions of libraries that the notebook exchanged for its own,
- ``late``: variables that were set after their cell had ended (by a hook, a thread, a timer),
- ``hook``: code of the notebook that goes on running after its cell,
- ``opened``: attempts to read outside the notebook's folders and the lab's data,
- ``inspected``: looking into the interpreter (garbage collector, frames, tracing),
- ``failed``: one of these looks ended with an error.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, so it imports
nothing else of the grader.
"""

import asyncio
import functools
import inspect
import os
import sys
import tempfile
import threading
from typing import Any

__all__ = ["Guard"]

_MOST_NOTES = 40
_MOST_FRAMES = 60
_EVENTS = ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell")
# Owner, as it is reached from a module, and the names on it that results depend on.
_WATCHED = (
    (
        "builtins", "",
        "print open len abs sum min max sorted round isinstance getattr zip map range",
    ),
    (
        "numpy", "",
        "array asarray argmax argmin allclose isclose array_equal linspace load save max min sum"
        " mean round flipud fliplr zeros ones reshape dot matmul",
    ),
    ("pandas", "", "read_csv to_numeric DataFrame Series concat"),
    ("pandas", "DataFrame", "replace astype iloc loc __getitem__ __setitem__"),
    ("tensorflow", "keras", "Model Sequential"),
    (
        "tensorflow", "keras.Model",
        "fit predict evaluate compile set_weights get_weights load_weights predict_on_batch"
        " __call__ call",
    ),
    ("tensorflow", "keras.Sequential", "call predict fit"),
    ("tensorflow", "keras.layers", "Dense Flatten Input"),
    ("tensorflow", "keras.layers.Dense", "call get_config get_weights build"),
    ("tensorflow", "keras.models", "load_model Sequential"),
    ("tensorflow", "keras.preprocessing.image", "apply_affine_transform apply_brightness_shift"),
    ("matplotlib.pyplot", "", "imshow plot show savefig figure imsave subplots"),
    ("matplotlib.axes", "Axes", "imshow plot"),
    ("matplotlib_inline.backend_inline", "", "display"),
    ("IPython.display", "", "display"),
    ("IPython.core.interactiveshell", "InteractiveShell", "run_cell run_code run_ast_nodes"),
)  # fmt: skip
_DEEP_LOOKS = {
    "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames",
    "sys._current_exceptions", "sys._getframe", "sys.settrace", "sys.setprofile",
    "sys.addaudithook",
}  # fmt: skip
_PATHS = {"open", "os.listdir", "os.scandir", "glob.glob"}
# Through these a path goes from the student's line to the system.
_PASSED_THROUGH = (
    "pathlib", "io", "codecs", "os", "posixpath", "genericpath", "glob", "shutil", "fileinput",
    "fnmatch", "tokenize", "numpy", "pandas", "PIL", "imageio", "cv2", "h5py", "matplotlib.image",
    "IPython.utils", "IPython.core.interactiveshell", "json", "csv", "zipfile", "contextlib",
)  # fmt: skip
_PLACES_OF_OTHERS = {
    "reference", "referenz", "submissions", "abgaben", "musterloesung", "musterlösung", "loesung",
    "lösung", "loesungen", "lösungen", "solution", "solutions", "belege", "verbindung", ".evidence",
}  # fmt: skip


class Guard:
    """Notes what one notebook does beside computing.

    Parameters
    ----------
    namespace : dict
        The student's: code whose globals these are is the student's (or the lab's helper script).
    shell : InteractiveShell or None
        Tells when a cell ends.
    """

    def __init__(self, namespace, shell=None):
        self.namespace = namespace
        self.shell = shell
        self.notes = []
        self._originals = {}
        self._told = set()
        self._busy = False
        self._armed = False
        self._after_cell = None
        self._known_hooks = {e: self._hooks(e) for e in _EVENTS}
        self._home = os.path.dirname(os.getcwd())
        self._free = tuple(
            {
                os.path.abspath(p)
                for p in (
                    sys.prefix, sys.base_prefix, tempfile.gettempdir(), "/usr", "/lib", "/lib64",
                    "/opt", "/dev", *(p for p in sys.path if "python" in p.lower()),
                )
            }
        )  # fmt: skip

    def install(self):
        """Begin: take references, hear when cells end, listen to what is opened."""
        self.replaced()
        self.notes = []
        if self.shell is not None:
            # First, so that a hook of the student's comes later.
            callbacks = self.shell.events.callbacks
            callbacks["pre_run_cell"].insert(0, self._cell_begins)
            callbacks["post_execute"].insert(0, self._cell_ended)
            self._known_hooks = {e: self._hooks(e) for e in _EVENTS}
        sys.addaudithook(self._heard)

    def note(self, kind, what):
        """Note something once per cell."""
        entry = [kind, str(what)[:200].encode("utf-8", "replace").decode()]
        if entry not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(entry)

    def taken(self):
        """Return the notes since the last call, as ``[kind, what]``."""
        for look in (self.replaced, self._running_on, self._late):
            try:
                look()
            except Exception as error:
                # Kept with the evidence: whoever makes a look fail leaves a trace.
                self.note("failed", type(error).__name__)
        notes, self.notes = self.notes, []
        return notes

    # ---------------------------------------------------------------- replaced functions

    def replaced(self):
        """Note functions that are no longer what they were, and now the student's."""
        for module, inner, names in _WATCHED:
            try:
                owner = sys.modules[module]
                for part in filter(None, inner.split(".")):
                    owner = getattr(owner, part)
            except Exception:  # noqa: S112 - not imported (yet)
                continue
            for name in names.split():
                self._compare(f"{module}.{inner}.{name}".replace("..", "."), owner, name)

    def _compare(self, path, owner, name):
        look = getattr if inspect.ismodule(owner) else inspect.getattr_static
        now = look(owner, name, None)
        if now is None:
            return
        was = self._originals.setdefault(path, now)
        if now is was or path in self._told:
            return
        if self._is_students(now) or _same_package(was, now):
            self._told.add(path)
            self.note("replaced", path)

    def _is_students(self, thing):
        for _ in range(4):
            if isinstance(thing, (staticmethod, classmethod)):
                thing = thing.__func__
            elif isinstance(thing, property):
                thing = thing.fget
            elif isinstance(thing, (functools.partial, functools.partialmethod)):
                thing = thing.func
        if inspect.isfunction(thing):
            return thing.__globals__ is self.namespace
        if inspect.ismethod(thing):
            return self._is_students(thing.__func__)
        kind = thing if inspect.isclass(thing) else type(thing)
        return getattr(kind, "__module__", "") == "__main__"

    # ---------------------------------------------------------------- after the cell

    def _cell_begins(self, *_):
        self._armed = True

    def _cell_ended(self, *_):
        if self._armed:
            self._armed = False
            self._after_cell = {n: v for n, v in self.namespace.items() if n[:1] != "_"}

    def _late(self):
        """Note variables that are not what they were when the cell had ended."""
        before, self._after_cell = self._after_cell, None
        if before is None:
            return
        for name, value in list(self.namespace.items()):
            if name[:1] != "_" and before.get(name, self) is not value:
                self.note("late", name)

    def _hooks(self, event):
        if self.shell is None:
            return []
        return list(self.shell.events.callbacks.get(event, ()))

    def _running_on(self):
        """Note code of the student's that runs though the cell has ended."""
        for event in _EVENTS:
            known = self._known_hooks[event]
            for hook in self._hooks(event):
                if all(hook is not k for k in known) and self._is_students(hook):
                    self.note("hook", event)
        for thread in threading.enumerate():
            code = getattr(thread, "function", None) or getattr(thread, "_target", None)
            own = type(thread).__module__ == "__main__"
            if own or (code is not None and self._is_students(code)):
                self.note("hook", "thread")
        for kind, function in (("trace", sys.gettrace()), ("profile", sys.getprofile())):
            if function is not None and self._is_students(function):
                self.note("hook", kind)
        try:
            tasks = asyncio.all_tasks()
        except RuntimeError:
            return
        for task in tasks:
            frame = getattr(task.get_coro(), "cr_frame", None)
            if frame is not None and frame.f_globals is self.namespace:
                self.note("hook", "task")

    # ---------------------------------------------------------------- what is opened

    def _heard(self, event, arguments):
        if event not in _PATHS and event not in _DEEP_LOOKS:
            return
        if self._busy or len(self.notes) >= _MOST_NOTES:
            return
        self._busy = True
        try:
            if event in _DEEP_LOOKS:
                if sys._getframe(1).f_globals is self.namespace:
                    self.note("inspected", event)
            elif self._outside(arguments[0]) and self._asked_by_student():
                self.note("opened", os.fsdecode(arguments[0]))
        except Exception as error:
            self.note("failed", type(error).__name__)
        finally:
            self._busy = False

    def _outside(self, path):
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        text = os.fsdecode(path)
        whole = os.path.normpath(os.path.join(os.getcwd(), text))
        parts = {part.casefold() for part in whole[len(self._home) :].split(os.sep)}
        if _inside(whole, self._home):
            return bool(parts & {"belege", "verbindung"})
        if any(_inside(whole, free) for free in self._free):
            return False
        if not os.path.isabs(text):
            return True
        # What stands on the student's own machine is no business of ours.
        parts = {part.casefold() for part in whole.split(os.sep)}
        return os.path.lexists(whole) or bool(parts & _PLACES_OF_OTHERS)

    def _asked_by_student(self):
        frame: Any = sys._getframe(2)
        for _ in range(_MOST_FRAMES):
            if frame is None:
                return False
            if frame.f_globals is self.namespace:
                return True
            name = str(frame.f_globals.get("__name__", ""))
            if not name.startswith(_PASSED_THROUGH):
                return False
            frame = frame.f_back
        return False


def _inside(path, folder):
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _same_package(was, now):
    """Whether another function of the same library stands there: ``np.argmax = np.argmin``."""
    packages = [str(getattr(f, "__module__", None) or "").split(".")[0] for f in (was, now)]
    names = [str(getattr(f, "__name__", "")) for f in (was, now)]
    return packages[0] == packages[1] != "" and names[0] != names[1]
