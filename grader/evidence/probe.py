"""Runs inside the student's kernel and reports plain data: variables, calls, figures, files.

The source of this file, after those of the modules that it uses, is sent to the kernel before the
student's first cell (:data:`grader.engine.setup.SENT`), all into one module named ``probe``: so it
imports nothing of the grader there and finds their names beside itself. What it writes is a
*claim*: :mod:`grader.evidence.collect` reads it as hostile data.

One capture is one file::

    b"GRADER1\\n" | uint64 length of header, little endian | header (JSON) | blob bytes …

The header's ``capture`` has the fields of :class:`grader.model.CellRun` that the kernel knows; its
``blobs`` lists ``[digest, dtype, shape, bytes]`` in the order of the blob bytes. A blob is
written once per run.
"""

import builtins
import inspect
import json
import struct
import sys

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.calls import Calls
    from grader.evidence.cuts import Cuts
    from grader.evidence.figures import Figures
    from grader.evidence.files import Files
    from grader.evidence.guard import Guard
    from grader.evidence.networks import Aside, Networks
    from grader.evidence.objects import Walk, is_opaque
    from grader.evidence.values import Values, clean, raw_bytes

__all__ = ["Probe"]

_MAX_FITS = 400
# Bytes that what the student's objects hold may take, in one look.
_ROOM = 64_000_000


class Probe:
    """Watches one kernel.

    Parameters
    ----------
    namespace : dict
        The student's namespace.
    hidden : dict or set
        Names in it that are IPython's.
    options : dict
        ``array_bytes`` (larger arrays are summarised), ``seed`` and ``samples`` of the inputs on
        which models are asked, ``folders`` whose new files are listed.
    shell : InteractiveShell, optional
        Tells the guard when a cell ends.
    """

    def __init__(self, namespace, hidden, options, shell=None):
        self.namespace = namespace
        self.hidden = set(hidden) | {"In", "Out", "exit", "quit", "get_ipython", "open"}
        self.options = options
        self.aside = aside = Aside()
        self.values = Values(options)
        self.networks = Networks(self.values, namespace, aside)
        self.calls = Calls(self.values, self.networks, aside)
        self.figures = Figures(self.values)
        self.files = Files(self.values)
        self.fits = []
        self.known = {}
        self.there = self.files.listed()
        self.shell = shell
        self.cuts = None
        self.parts = []
        self._part = _Since({}, {})
        self.guard = Guard(namespace, shell)

    def note_fit(self, fit):
        """Note a training that took many steps per call."""
        if len(self.fits) < _MAX_FITS:
            self.fits.append(fit)

    def watch_libraries(self):
        """Watch keras and matplotlib as far as they are imported."""
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is not None:
            keras = tensorflow.keras
            if self.networks.kind is None:
                self.networks.kind = keras.Model
            names = ("fit", "predict", "evaluate", "set_weights", "compile", "load_weights")
            for name in (*names, "predict_on_batch"):
                self.calls.watch(self.networks.kind, name, name)
            for name in ("train_on_batch", "test_on_batch", "get_weights"):
                self.calls.touch(self.networks.kind, name)
            self.calls.watch(self.networks.kind, "__call__", "call")
            self.calls.watch(keras.models, "load_model", "load_model")
        figure = sys.modules.get("matplotlib.figure")
        if figure is not None:
            self.calls.watch(figure.Figure, "savefig", "savefig")
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            self.calls.watch(pyplot, "imsave", "imsave")
        self.figures.watch()

    def arm(self, token, cuts, statements):
        """Have evidence taken inside the next cell, before the statements ``cuts``.

        The cell stays one cell: what it shows, and when figures end, is as it was.
        """
        self.cuts = Cuts(token, cuts, statements)
        self.parts = []
        self._part = _Since(self.known, self.there)
        self.shell.ast_transformers.append(self.cuts)

    def mark(self):
        """A part of the running cell has ended: take its evidence, and say so among the outputs."""
        if self.cuts is None or len(self.parts) >= len(self.cuts.places):
            return
        try:
            self.parts.append(self._taken())
            data = {"application/x-grader-part": str(len(self.parts))}
            self.shell.display_pub.publish(data, {})
        except Exception as error:
            # The cell counts as a whole then; why is kept with its evidence.
            self.guard.note("failed", type(error).__name__)
            self._disarm()

    def _taken(self):
        self.watch_libraries()
        since = self._part
        now, variables = self._look(since.known)
        networks = self.networks.since(since.networks)
        files = self.files.listed()
        part = {
            "variables": variables,
            "deleted": sorted(set(since.known) - set(now)),
            "calls": self.calls.made[since.calls :],
            "networks": networks,
            "figures": self.figures.shown[since.figures :],
            "files": self.files.changed(since.files, files),
        }
        self._part = _Since(now, files, self)
        return part

    def _disarm(self):
        if self.cuts is not None:
            transformers = self.shell.ast_transformers
            transformers[:] = [t for t in transformers if t is not self.cuts]
        self.cuts = None
        self.parts = []

    def capture(self, path):
        """Write what is new since the last capture into a new file ``path``."""
        noticed = self.guard.taken()
        self.watch_libraries()
        now, variables = self._look(self.known)
        parts = []
        if self.cuts is not None and self.parts:
            parts = [*self.parts, self._taken()]
        self._disarm()
        files, self.there = self.there, self.files.listed()
        capture = {
            "variables": variables,
            "deleted": sorted(set(self.known) - set(now)),
            "calls": self.calls.made,
            "networks": self.networks.since(0),
            "figures": self.figures.shown,
            "files": self.files.changed(files, self.there),
            "fits": self.fits,
            "noticed": [{"kind": kind, "what": what} for kind, what in noticed],
            "parts": parts,
        }
        self.known = now
        self.calls.made = []
        self.figures.shown = []
        self.networks.forget()
        self.fits = []
        self._write(path, capture)

    def _look(self, known):
        """Digests of all variables by name, and descriptions of those that ``known`` lacks."""
        variables = {}
        now = {}
        for name, described in self._held():
            now[name] = described.get("digest", "")
            if name not in known or known[name] != now[name]:
                variables[name] = described
        return now, variables

    def _held(self):
        """Yield what the variables are, by name, and then what objects in them hold, by path."""
        things = {
            name: thing
            for name, thing in list(self.namespace.items())
            if type(name) is str and name[:1] != "_" and name not in self.hidden
        }
        for name, thing in things.items():
            if is_opaque(type(thing)) or _is_code(thing):
                continue
            try:
                with self.aside:
                    described = self.values.value(thing)
            except (Exception, SystemExit):
                described = None
            if described:
                yield name, described
        walk = Walk(self.values, {id(thing) for thing in things.values()})
        self.values.room = _ROOM
        try:
            for name, thing in things.items():
                with self.aside:
                    found = list(walk.held(name, thing))
                yield from ((clean(p), d) for p, d in found if p not in things)
        finally:
            self.values.room = None

    def _write(self, path, capture):
        blobs = list(self.values.blobs.items())
        table = [[d, a.dtype.str, list(a.shape), int(a.nbytes)] for d, a in blobs]
        header = json.dumps({"capture": capture, "blobs": table}, allow_nan=False).encode()
        with builtins.open(path, "xb") as file:
            file.write(b"GRADER1\n" + struct.pack("<Q", len(header)) + header)
            for _, array in blobs:
                file.write(raw_bytes(array))
        self.values.taken()


class _Since:
    """From where on a part of a cell counts."""

    def __init__(self, known, files, probe=None):
        self.known = known
        self.files = files
        self.calls = len(probe.calls.made) if probe else 0
        self.figures = len(probe.figures.shown) if probe else 0
        self.networks = len(probe.networks.order) if probe else 0


def _is_code(thing):
    return inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isroutine(thing)
