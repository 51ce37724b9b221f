"""Runs inside the student's kernel and reports plain data: variables, calls, figures, files.

The source of this file (after those of :mod:`grader.evidence.rows` and
:mod:`grader.evidence.guard`) is sent to the kernel before the student's first cell, so it imports
nothing of the grader and finds ``row_digests`` and ``Guard`` beside itself. What it writes is a
*claim*: :mod:`grader.evidence.collect` reads it as hostile data.

One capture is one file::

    b"GRADER1\\n" | uint64 length of header, little endian | header (JSON) | blob bytes …

The header's ``capture`` has the fields of :class:`grader.model.CellRun` that the kernel knows; its
``blobs`` lists ``[digest, dtype, shape, bytes]`` in the order of the blob bytes. A blob is
written once per run.
"""

# ruff: noqa: S110 - a failing probe must never disturb the student's cell

import ast
import builtins
import functools
import hashlib
import inspect
import json
import math
import os
import stat
import struct
import sys

import numpy as np

try:
    from grader.evidence.guard import Guard  # type-checked here, beside us in the kernel
    from grader.evidence.rows import row_digests
except ImportError:  # pragma: no cover - in the kernel the names are already there
    row_digests = globals()["row_digests"]
    Guard = globals()["Guard"]  # type: ignore[misc]

_MAX_ITEMS = 256
_MAX_DEPTH = 4
_MAX_TEXT = 20_000
_MAX_TABLE_CELLS = 40_000
_MAX_FIGURES = 40
_MAX_CALLS = 400
# Of a network called as a function: own training loops do that thousands of times.
_MAX_BARE_CALLS = 60
_MAX_FILES = 500
_MAX_FOLDERS = 2000
_ANSWERING = ("predict", "evaluate", "predict_on_batch", "call")
_LAYER_KEYS = (
    "units", "activation", "use_bias", "filters", "kernel_size", "strides", "padding", "rate",
    "pool_size", "target_shape", "scale", "offset", "negative_slope", "alpha", "axis", "epsilon",
    "name", "max_value", "threshold",
)  # fmt: skip


def _finite(number):
    number = float(number)
    return number if math.isfinite(number) else None


def _hash(*parts):
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part if isinstance(part, (bytes, memoryview)) else str(part).encode())
    return digest.hexdigest()


def _raw(array):
    return array.reshape(-1).view(np.uint8).data if array.size else b""


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
        self.known = {}
        self.fingerprints = {}
        self.sent = set()
        self.blobs = {}
        self.calls = []
        self.figures = []
        self.fits = []
        self.files = self._list_files()
        self.depth = 0
        self.shell = shell
        self.cuts = None
        self.parts = []
        self._part = _Since({}, {})
        self.watching = set()
        self.guard = Guard(namespace, shell)
        self.network = None

    # ---------------------------------------------------------------- values

    def array(self, value, rows=False, keep=True):
        """Describe an array; register its content as a blob if it is small enough."""
        value = np.asarray(value)
        if value.dtype.kind not in "biufc":
            raise TypeError("not numeric")
        mark = self._fingerprint(value) if value.nbytes > 1_000_000 else None
        # The id alone would confuse arrays that live one after the other at one address.
        cached = self.fingerprints.get(mark) if mark else None
        if cached and (not rows or cached["rows"]):
            return dict(cached)
        data = np.ascontiguousarray(value)
        digest = _hash(data.dtype.str, data.shape, _raw(data))
        info = {"shape": list(value.shape), "dtype": data.dtype.str, "digest": digest}
        info.update(blob="", rows="", minimum=None, maximum=None, mean=None)
        if data.size and data.dtype.kind != "c":
            with np.errstate(all="ignore"):
                finite = data if data.dtype.kind in "biu" else data[np.isfinite(data)]
                if finite.size:
                    info["minimum"] = _finite(finite.min())
                    info["maximum"] = _finite(finite.max())
                    info["mean"] = _finite(finite.mean(dtype=np.float64))
        if keep and value.nbytes <= self.options["array_bytes"]:
            info["blob"] = self.blob(data, digest)
        if rows and value.ndim >= 1 and value.shape[0] > 0:
            found = row_digests(value)
            info["rows"] = self.blob(found)
        if mark:
            self.fingerprints[mark] = dict(info)
        return info

    @staticmethod
    def _fingerprint(value):
        # Hashing 200 MB of digits after every cell would cost more than the cell: a large array
        # counts as unchanged while address, shape and every n-th element stay the same.
        flat = value.reshape(-1) if value.flags.c_contiguous else value.ravel()
        step = max(1, flat.size // 8192)
        return (
            value.__array_interface__["data"][0],
            value.shape,
            value.dtype.str,
            _hash(np.ascontiguousarray(flat[::step]).data),
        )

    def blob(self, data, digest=""):
        """Register an array to be written with the next capture; return its digest."""
        data = np.ascontiguousarray(data)
        if not digest:
            digest = _hash(data.dtype.str, data.shape, _raw(data))
        if digest not in self.sent:
            self.blobs[digest] = data.copy()
        return digest

    def value(self, value, depth=0, rows=False):
        """Describe any value as a dict in the shape of grader.model.Value; None to leave it out."""
        kind = type(value).__name__
        if isinstance(value, (bool, np.bool_)):
            return self._scalar(kind, bool(value))
        if isinstance(value, (int, np.integer)):
            number = int(value)
            return self._scalar(kind, number if abs(number) < 2**53 else str(number)[:200])
        if isinstance(value, (float, np.floating)):
            real = float(value)
            kind = kind if math.isfinite(real) else ("nan" if math.isnan(real) else "inf")
            return self._scalar(kind, _finite(real))
        if value is None or isinstance(value, str):
            return self._scalar(kind, value if value is None else _clean(value[:_MAX_TEXT]))
        if isinstance(value, np.ndarray):
            return self._from_array(value, kind, depth, rows)
        if isinstance(value, (list, tuple, dict)):
            return self._from_sequence(value, kind, depth)
        return self._from_library(value, kind, rows)

    def _scalar(self, kind, value):
        return {"kind": "scalar", "type": kind, "scalar": value, "digest": _hash(kind, value)}

    def _from_array(self, value, kind, depth, rows):
        if value.dtype.kind in "biufc":
            info = self.array(value, rows=rows)
            return {"kind": "array", "type": kind, "array": info, "digest": info["digest"]}
        if value.size <= _MAX_ITEMS * 8 and depth < _MAX_DEPTH:
            return self._from_sequence(value.tolist(), kind, depth)
        return {"kind": "other", "type": kind}

    def _from_sequence(self, value, kind, depth):
        if isinstance(value, dict):
            value = list(value.items())
        if len(value) > 16 or (value and isinstance(value[0], (list, tuple))):
            try:
                array = np.asarray(value)
            except Exception:
                array = None
            if array is not None and array.dtype.kind in "biuf" and array.size > _MAX_ITEMS:
                return self._from_array(array, kind, depth, False)
        if depth >= _MAX_DEPTH or not isinstance(value, (list, tuple)):
            return {"kind": "other", "type": kind}
        items = [self.value(item, depth + 1) for item in value[:_MAX_ITEMS]]
        items = [i if i else {"kind": "other", "type": ""} for i in items]
        digest = _hash(kind, len(value), *[i.get("digest", "") for i in items])
        return {"kind": "sequence", "type": kind, "items": items, "digest": digest}

    def _from_library(self, value, kind, rows):
        module = type(value).__module__.split(".", 1)[0]
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
            return self._from_table(value, kind)
        if self._is_network(value):
            model = self.model(value)
            digest = _hash(json.dumps({**model, "probe_inputs": 0, "probe_outputs": 0}))
            return {"kind": "model", "type": kind, "model": model, "digest": digest}
        if module in ("tensorflow", "keras", "tf_keras") and hasattr(value, "numpy"):
            return self._from_array(np.asarray(value.numpy()), "Tensor", 0, rows)
        if module == "PIL" and hasattr(value, "size"):
            return self._from_array(np.asarray(value), "PIL.Image", 0, False)
        return None

    def _is_network(self, value):
        # What only looks like a network is none.
        if self.network is not None:
            return isinstance(value, self.network)
        return hasattr(value, "layers") and hasattr(value, "get_weights")

    def _from_table(self, value, kind):
        pandas = sys.modules["pandas"]
        if not type(value).__module__.startswith("pandas."):
            # A subclass may say of itself what it likes.
            value = (pandas.Series if isinstance(value, pandas.Series) else pandas.DataFrame)(value)
        frame = value.to_frame() if isinstance(value, pandas.Series) else value
        if frame.shape[0] * max(1, frame.shape[1]) > _MAX_TABLE_CELLS:
            if all(dtype.kind in "biuf" for dtype in frame.dtypes if hasattr(dtype, "kind")):
                return self._from_array(np.asarray(frame.to_numpy()), kind, 0, False)
            return {"kind": "other", "type": kind}
        columns = [frame.iloc[:, i].tolist() for i in range(frame.shape[1])]
        table = {
            "columns": [_clean(str(c)[:200]) for c in frame.columns],
            "dtypes": [str(t) for t in frame.dtypes],
            "index": [_plain(i) for i in frame.index.tolist()],
            "cells": [[_typed(column[r]) for column in columns] for r in range(frame.shape[0])],
        }
        digest = _hash(json.dumps(table))
        return {"kind": "table", "type": kind, "table": table, "digest": digest}

    # ---------------------------------------------------------------- models

    def model(self, model):
        """Describe a keras model: layers, weights, and its outputs on the probe inputs."""
        layers = []
        for layer in list(model.layers)[:200]:
            weights = []
            for weight in layer.get_weights():
                weights.append(self.array(weight))
            layers.append(
                {
                    "kind": type(layer).__name__,
                    "name": str(getattr(layer, "name", "")),
                    "config": _layer_config(layer),
                    "weights": weights,
                }
            )
        info = {
            "layers": layers,
            "input_shape": _shape(model, "input_shape"),
            "output_shape": _shape(model, "output_shape"),
            "parameters": int(sum(np.prod(w["shape"]) for la in layers for w in la["weights"])),
            "loss": "",
            "optimizer": "",
            "compiled": False,
            "probe_inputs": None,
            "probe_outputs": None,
            "own": self._own_parts(model),
        }
        loss = getattr(model, "loss", None)
        optimizer = getattr(model, "optimizer", None)
        if loss is not None or optimizer is not None:
            info["compiled"] = True
            info["loss"] = _name(loss)
            info["optimizer"] = _name(optimizer)
        self._ask(model, info)
        return info

    def _own_parts(self, model):
        """Name the classes and functions of a model that are the student's, not keras's."""
        found = []
        for part in [model, *list(model.layers)[:200]]:
            kind = type(part)
            if not kind.__module__.startswith(("keras.", "tf_keras.", "tensorflow.")):
                found.append(f"class {kind.__name__}")
            elif kind.__name__ == "Lambda":
                found.append("Lambda")
            changed = {"call", "__call__", "predict", "get_weights"} & vars(part).keys()
            found += [f"{kind.__name__}.{name}" for name in sorted(changed)]
            activation = getattr(part, "activation", None)
            if inspect.isfunction(activation) and activation.__globals__ is self.namespace:
                found.append(f"activation {activation.__name__}")
        return list(dict.fromkeys(_clean(f[:100]) for f in found))[:20]

    def _ask(self, model, info):
        """Let the model answer the inputs that the trusted side drew (by seed)."""
        shape = info["input_shape"][1:]
        if not info["input_shape"] or any(not isinstance(n, int) for n in shape):
            return
        size = int(np.prod(shape)) if shape else 1
        if size > 4096 or not getattr(model, "built", False):
            return
        try:
            inputs = probe_inputs(shape, self.options["seed"], self.options["samples"])
            self.depth += 1
            outputs = np.asarray(model(inputs, training=False))
            info["probe_inputs"] = self.array(inputs)
            info["probe_outputs"] = self.array(outputs)
        except Exception:
            pass
        finally:
            self.depth -= 1

    # ---------------------------------------------------------------- calls

    def watch(self, owner, attribute, call):
        """Replace ``owner.attribute`` by a function that records and then does the same."""
        original = getattr(owner, attribute, None)
        # Once: what the student puts in its place is not the library's function, and what the
        # library's says inside of it is recorded all the same.
        if original is None or (id(owner), attribute) in self.watching:
            return
        self.watching.add((id(owner), attribute))
        try:
            signature = inspect.signature(original)
        except (TypeError, ValueError):
            signature = None

        @functools.wraps(original)
        def watched(*args, **kwargs):
            if self.depth or (call == "call" and not self._is_bare_call(args)):
                return original(*args, **kwargs)
            record = self._begin(call, signature, args, kwargs)
            self.depth += 1
            result = None
            try:
                result = original(*args, **kwargs)
                return result
            finally:
                self.depth -= 1
                self._end(call, record, args, result)

        setattr(owner, attribute, watched)

    def _is_bare_call(self, args):
        """Whether a network is called as a function with numbers, not to build a larger one."""
        if sum(c["name"] == "call" for c in self.calls) >= _MAX_BARE_CALLS or len(args) < 2:
            return False
        tensor = args[1]
        return isinstance(tensor, (np.ndarray, list)) or hasattr(tensor, "numpy")

    def _begin(self, call, signature, args, kwargs):
        record = {"name": call, "args": {}, "result": None, "history": {}, "model": ""}
        try:
            bound = dict(signature.bind_partial(*args, **kwargs).arguments) if signature else {}
            bound.update(bound.pop("kwargs", None) or {})
            owner = bound.pop("self", None)
            if owner is not None and hasattr(owner, "get_weights"):
                parts = [np.ascontiguousarray(w).data for w in owner.get_weights() if w.size]
                record["model"] = _hash(*parts)
                if call in _ANSWERING:
                    record["own"] = self._own_parts(owner)
            for name, value in bound.items():
                if name in ("callbacks", "metrics") and isinstance(value, (list, tuple)):
                    value = [v if isinstance(v, str) else type(v).__name__ for v in value]
                if name in ("loss", "optimizer"):
                    value = _name(value)
                if call in ("call", "predict_on_batch") and name in ("args", "inputs"):
                    name = "x"
                    value = value[0] if isinstance(value, tuple) and value else value
                rows = call in ("fit", "evaluate", "predict") and name in ("x", "y")
                if name == "validation_data" and isinstance(value, (tuple, list)):
                    value = value[0] if len(value) else None
                    rows = True
                described = self.value(value, rows=rows)
                if described:
                    record["args"][name] = described
        except Exception:
            pass
        return record

    def _end(self, call, record, args, result):
        try:
            if call == "fit":
                history = getattr(result, "history", None)
                if history is None and args:
                    history = getattr(getattr(args[0], "history", None), "history", None)
                for name, numbers in (history or {}).items():
                    record["history"][str(name)] = [_finite(n) for n in list(numbers)[:2000]]
            elif result is not None and call in _ANSWERING:
                record["result"] = self.value(result)
            elif result is not None and call == "load_model":
                record["result"] = self.value(result)
        except Exception:
            pass
        if len(self.calls) < _MAX_CALLS:
            self.calls.append(record)

    def note_fit(self, fit):
        """Note a training that took many steps per call."""
        if len(self.fits) < _MAX_CALLS:
            self.fits.append(fit)

    def watch_libraries(self):
        """Watch keras and matplotlib as far as they are imported."""
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is not None:
            keras = tensorflow.keras
            if self.network is None:
                self.network = keras.Model
            names = ("fit", "predict", "evaluate", "set_weights", "compile", "load_weights")
            for name in (*names, "predict_on_batch"):
                self.watch(self.network, name, name)
            self.watch(self.network, "__call__", "call")
            self.watch(keras.models, "load_model", "load_model")
        figure = sys.modules.get("matplotlib.figure")
        if figure is not None:
            self.watch(figure.Figure, "savefig", "savefig")
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            self.watch(pyplot, "imsave", "imsave")
        self._watch_display()

    # ---------------------------------------------------------------- figures

    def _watch_display(self):
        backend = sys.modules.get("matplotlib_inline.backend_inline")
        if backend is None or "display" in self.watching:
            return
        self.watching.add("display")
        original = vars(backend)["display"]

        @functools.wraps(original)
        def display(*objects, metadata=None, **kwargs):
            metadata = dict(metadata or {})
            for thing in objects:
                number = self.figure(thing)
                if number is not None:
                    metadata["grader-figure"] = number
            return original(*objects, metadata=metadata, **kwargs)

        vars(backend)["display"] = display

    def figure(self, figure):
        """Record a figure's data; return its number within the cell, None if there is none."""
        if not hasattr(figure, "get_axes") or len(self.figures) >= _MAX_FIGURES:
            return None
        try:
            axes = [self._axes(a) for a in figure.get_axes()[:64] if not _is_colorbar(a)]
            size = [float(n) for n in figure.get_size_inches()]
            self.figures.append({"axes": axes, "size": size, "png": ""})
        except Exception:
            return None
        return len(self.figures) - 1

    def _axes(self, axes):
        lines = []
        images = []
        others = len(axes.patches) + len(axes.collections) + len(axes.texts) + len(axes.tables)
        for line in axes.lines[:200]:
            try:
                x, y = (np.asarray(d, dtype=float) for d in line.get_data(orig=False))
                label = str(line.get_label())
                label = "" if label.startswith("_") else label
                lines.append({"x": self.array(x), "y": self.array(y), "label": _clean(label)})
            except Exception:
                others += 1
        for image in axes.images[:64]:
            try:
                images.append(self._image(image))
            except Exception:
                others += 1
        return {
            "title": _clean(axes.get_title()),
            "xlabel": _clean(axes.get_xlabel()),
            "ylabel": _clean(axes.get_ylabel()),
            "xlim": _limits(axes.get_xlim()),
            "ylim": _limits(axes.get_ylim()),
            "lines": lines,
            "images": images,
            "others": int(others),
        }

    def _image(self, image):
        data = np.ma.filled(np.ma.asarray(image.get_array()), 0)
        low, high = image.get_clim()
        alpha = image.get_alpha()
        return {
            "array": self.array(data),
            "cmap": str(image.get_cmap().name),
            "alpha": _finite(alpha) if np.isscalar(alpha) and alpha is not None else None,
            "vmin": None if low is None else _finite(low),
            "vmax": None if high is None else _finite(high),
        }

    # ---------------------------------------------------------------- files

    def _list_files(self):
        # os.walk calls itself for each level, and a folder may be thousands of levels deep.
        found = {}
        waiting = list(self.options.get("folders", ["."]))
        seen = 0
        while waiting and seen < _MAX_FOLDERS:
            seen += 1
            try:
                entries = list(os.scandir(waiting.pop()))
            except OSError:
                continue
            for entry in entries:
                try:
                    if entry.is_dir():
                        if not (entry.is_symlink() or entry.name.startswith((".", "__"))):
                            waiting.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                found[entry.path] = (status.st_size, status.st_mtime_ns)
                if len(found) > 5000:
                    return found
        return found

    def _changed_files(self, before, now):
        new = [p for p, mark in now.items() if before.get(p) != mark]
        return [
            {"path": _clean(os.path.relpath(p)), "size": now[p][0], "image": self._picture(p)}
            for p in sorted(new)[:_MAX_FILES]
        ]

    def _picture(self, path):
        """Keep a small saved picture as it is; return its blob."""
        if not path.lower().endswith((".png", ".jpg", ".jpeg")):
            return ""
        try:
            status = os.lstat(path)
            # A pipe would wait for its writer; a device or a link leads elsewhere.
            if not stat.S_ISREG(status.st_mode) or status.st_size > self.options["array_bytes"]:
                return ""
            with builtins.open(path, "rb") as file:
                return self.blob(np.frombuffer(file.read(), dtype=np.uint8))
        except OSError:
            return ""

    # ---------------------------------------------------------------- capture

    def arm(self, token, cuts, statements):
        """Have evidence taken inside the next cell, before the statements ``cuts``.

        The cell stays one cell: what it shows, and when figures end, is as it was.
        """
        self.cuts = Cuts(token, cuts, statements)
        self.parts = []
        self._part = _Since(self.known, self.files)
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
        files = self._list_files()
        part = {
            "variables": variables,
            "deleted": sorted(set(since.known) - set(now)),
            "calls": self.calls[since.calls :],
            "figures": self.figures[since.figures :],
            "files": self._changed_files(since.files, files),
        }
        self._part = _Since(now, files, len(self.calls), len(self.figures))
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
        files, self.files = self.files, self._list_files()
        capture = {
            "variables": variables,
            "deleted": sorted(set(self.known) - set(now)),
            "calls": self.calls,
            "figures": self.figures,
            "files": self._changed_files(files, self.files),
            "fits": self.fits,
            "noticed": [{"kind": kind, "what": what} for kind, what in noticed],
            "parts": parts,
        }
        self.known = now
        self.calls = []
        self.figures = []
        self.fits = []
        self._write(path, capture)

    def _look(self, known):
        """Digests of all variables by name, and descriptions of those that ``known`` lacks."""
        variables = {}
        now = {}
        for name, thing in list(self.namespace.items()):
            if name.startswith("_") or name in self.hidden or _is_code(thing):
                continue
            try:
                described = self.value(thing)
            except (Exception, SystemExit):
                described = None
            if not described:
                continue
            now[name] = described.get("digest", "")
            if name not in known or known[name] != now[name]:
                variables[str(name)] = described
        return now, variables

    def _write(self, path, capture):
        blobs = list(self.blobs.items())
        table = [[d, a.dtype.str, list(a.shape), int(a.nbytes)] for d, a in blobs]
        header = json.dumps({"capture": capture, "blobs": table}, allow_nan=False).encode()
        with builtins.open(path, "xb") as file:
            file.write(b"GRADER1\n" + struct.pack("<Q", len(header)) + header)
            for _, array in blobs:
                file.write(_raw(array))
        self.sent.update(digest for digest, _ in blobs)
        self.blobs = {}


class _Since:
    """From where on a part of a cell counts."""

    def __init__(self, known, files, calls=0, figures=0):
        self.known = known
        self.files = files
        self.calls = calls
        self.figures = figures


class Cuts:
    """An IPython AST transformer that calls the probe before some of a cell's statements."""

    def __init__(self, token, places, statements):
        self.token = token
        self.places = list(places)
        self.statements = statements
        self.done = False

    def visit(self, tree):
        """Return the cell's syntax tree with the calls in it; what is not that cell stays."""
        if self.done or len(tree.body) != self.statements:
            return tree
        self.done = True
        for place in reversed(self.places):
            call = f"__import__('sys').modules[{self.token!r}].mark()"
            made = ast.parse(f"try:\n    {call}\nexcept Exception:\n    pass")
            ast.increment_lineno(made, tree.body[place].lineno - 1)
            tree.body[place:place] = made.body
        return tree


def probe_inputs(shape, seed, samples):
    """Inputs on which a model is asked: (n, *shape) float32, drawn by seed.

    One number per sample: sorted over [-10, 10]; otherwise uniform in [0, 1).
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    size = int(np.prod(shape)) if len(shape) else 1
    if size == 1:
        drawn = np.sort(generator.uniform(-10, 10, samples))
    else:
        drawn = generator.uniform(0, 1, (max(4, samples // 8), size))
    return drawn.reshape(-1, *shape).astype(np.float32)


def _clean(text):
    # Lone surrogates cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain(value):
    if isinstance(value, (bool, int, str)) or value is None:
        return _clean(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return _finite(value)
    return _clean(str(value)[:200])


def _typed(value):
    if isinstance(value, (bool, np.bool_)):
        return ["bool", bool(value)]
    if isinstance(value, (int, np.integer)):
        return ["int", int(value)] if abs(int(value)) < 2**53 else ["other", str(value)[:200]]
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return ["float", number] if math.isfinite(number) else ["nan", None]
    if isinstance(value, str):
        return ["str", _clean(value[:2000])]
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ["nan", None]
    return ["other", _clean(str(value)[:200])]


def _name(thing):
    if thing is None or isinstance(thing, str):
        return thing or ""
    name = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    return str(name or type(thing).__name__)


def _shape(model, attribute):
    try:
        shape = getattr(model, attribute)
        return [None if n is None else int(n) for n in tuple(shape)]
    except Exception:
        return []


def _layer_config(layer):
    try:
        config = layer.get_config()
    except Exception:
        return {}
    found = {}
    for key in _LAYER_KEYS:
        value = config.get(key)
        if isinstance(value, dict):
            value = str(value.get("class_name") or value.get("name") or "")
        if isinstance(value, (list, tuple)):
            value = [v for v in value if isinstance(v, (bool, int, float, str))]
        if isinstance(value, float):
            value = _finite(value)
        if isinstance(value, (bool, int, float, str, list)):
            found[key] = value
    return found


def _limits(pair):
    low, high = (_finite(n) for n in pair)
    return None if low is None or high is None else [low, high]


def _is_colorbar(axes):
    return hasattr(axes, "_colorbar") or axes.get_label() == "<colorbar>"


def _is_code(thing):
    return inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isroutine(thing)
