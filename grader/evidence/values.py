"""Runs inside the student's kernel: describes a value as plain data.

Numbers, texts, arrays, lists, dicts and tables become dicts in the shape of
:class:`grader.model.Value`; the content of arrays is registered as blobs, which travel beside them.
Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel after that of
:mod:`grader.evidence.rows` and :mod:`grader.evidence.objects`.
"""

import hashlib
import json
import math
import sys

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.objects import is_opaque
    from grader.evidence.rows import row_digests

__all__ = ["Values", "clean", "digest_of", "finite", "raw_bytes"]

_MAX_ITEMS = 256
_MAX_DEPTH = 4
_MAX_TEXT = 20_000
_MAX_TABLE_CELLS = 40_000


def finite(number):
    """Return a number as float; None if it is not finite."""
    number = float(number)
    return number if math.isfinite(number) else None


def digest_of(*parts):
    """Hash bytes and texts."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part if isinstance(part, (bytes, memoryview)) else str(part).encode())
    return digest.hexdigest()


def raw_bytes(array):
    """Return the bytes of a contiguous array."""
    return array.reshape(-1).view(np.uint8).data if array.size else b""


def clean(text):
    """Return a text that can be written as UTF-8: lone surrogates cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Values:
    """Describes values, and keeps the blobs that are still to be written.

    Parameters
    ----------
    options : dict
        As of the probe; ``array_bytes``: larger arrays are summarised.
    """

    def __init__(self, options):
        self.options = options
        self.array_bytes = options["array_bytes"]
        # Bytes of arrays that may still be kept; None where only each one's size is limited.
        self.room = None
        self.fingerprints = {}
        self.sent = set()
        self.blobs = {}
        # Tells networks apart and describes them; None where nobody does.
        self.networks = None

    def taken(self):
        """Return the blobs since the last call, as (digest, array); they are not sent again."""
        blobs, self.blobs = list(self.blobs.items()), {}
        self.sent.update(digest for digest, _ in blobs)
        return blobs

    def array(self, value, rows=False):
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
        digest = digest_of(data.dtype.str, data.shape, raw_bytes(data))
        info = {"shape": list(value.shape), "dtype": data.dtype.str, "digest": digest}
        info.update(blob="", rows="", minimum=None, maximum=None, mean=None)
        if data.size and data.dtype.kind != "c":
            with np.errstate(all="ignore"):
                held = data if data.dtype.kind in "biu" else data[np.isfinite(data)]
                if held.size:
                    info["minimum"] = finite(held.min())
                    info["maximum"] = finite(held.max())
                    info["mean"] = finite(held.mean(dtype=np.float64))
        small = value.nbytes <= self.array_bytes
        if small and (self.room is None or value.nbytes <= self.room):
            info["blob"] = self.blob(data, digest)
        if rows and value.ndim >= 1 and value.shape[0] > 0:
            found = row_digests(value)
            info["rows"] = self.blob(found)
        if mark and (info["blob"] or not small):
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
            digest_of(np.ascontiguousarray(flat[::step]).data),
        )

    def blob(self, data, digest=""):
        """Register an array to be written with the next capture; return its digest."""
        data = np.ascontiguousarray(data)
        if not digest:
            digest = digest_of(data.dtype.str, data.shape, raw_bytes(data))
        if digest not in self.sent and digest not in self.blobs:
            self.blobs[digest] = data.copy()
            if self.room is not None:
                self.room -= data.nbytes
        return digest

    def value(self, value, depth=0, rows=False):
        """Describe any value as a dict in the shape of grader.model.Value; None to leave it out."""
        if is_opaque(type(value)):
            return None
        kind = type(value).__name__
        if isinstance(value, (bool, np.bool_)):
            return self._scalar(kind, bool(value))
        if isinstance(value, (int, np.integer)):
            number = int(value)
            return self._scalar(kind, number if abs(number) < 2**53 else str(number)[:200])
        if isinstance(value, (float, np.floating)):
            real = float(value)
            kind = kind if math.isfinite(real) else ("nan" if math.isnan(real) else "inf")
            return self._scalar(kind, finite(real))
        if value is None or isinstance(value, str):
            return self._scalar(kind, value if value is None else clean(value[:_MAX_TEXT]))
        if isinstance(value, np.ndarray):
            return self._from_array(value, kind, depth, rows)
        if isinstance(value, (list, tuple, dict)):
            return self._from_sequence(value, kind, depth)
        return self._from_library(value, kind, rows)

    def _scalar(self, kind, value):
        return {"kind": "scalar", "type": kind, "scalar": value, "digest": digest_of(kind, value)}

    def _from_array(self, value, kind, depth, rows):
        if value.dtype.kind in "biufc":
            info = self.array(value, rows=rows)
            return {"kind": "array", "type": kind, "array": info, "digest": info["digest"]}
        if value.size <= _MAX_ITEMS * 8 and depth < _MAX_DEPTH:
            return self._from_sequence(value.tolist(), kind, depth)
        return {"kind": "other", "type": kind}

    def _from_sequence(self, value, kind, depth):
        if isinstance(value, dict):
            value = list(dict.items(value))
        elif isinstance(value, list):
            # What a class of the student's says of its items does not count.
            value = list.__getitem__(value, slice(None))
        elif isinstance(value, tuple):
            value = tuple.__getitem__(value, slice(None))
        long = len(value) > 16 or (value and isinstance(value[0], (list, tuple)))
        if long and _are_numbers(value):
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
        digest = digest_of(kind, len(value), *[i.get("digest", "") for i in items])
        return {"kind": "sequence", "type": kind, "items": items, "digest": digest}

    def _from_library(self, value, kind, rows):
        module = type(value).__module__.split(".", 1)[0]
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
            return self._from_table(value, kind)
        if self.networks is not None and self.networks.is_network(value):
            return self.networks.value(value)
        if module in ("tensorflow", "keras", "tf_keras") and hasattr(value, "numpy"):
            return self._from_array(np.asarray(value.numpy()), "Tensor", 0, rows)
        if module == "PIL" and hasattr(value, "size"):
            return self._from_array(np.asarray(value), "PIL.Image", 0, False)
        return None

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
            "columns": [clean(str(c)[:200]) for c in frame.columns],
            "dtypes": [str(t) for t in frame.dtypes],
            "index": [_plain(i) for i in frame.index.tolist()],
            "cells": [[_typed(column[r]) for column in columns] for r in range(frame.shape[0])],
        }
        digest = digest_of(json.dumps(table))
        return {"kind": "table", "type": kind, "table": table, "digest": digest}


def _are_numbers(items, depth=0):
    """Whether a list, and the lists in it, hold numbers only: numpy would ask anything else."""
    for item in items:
        kind = type(item)
        if kind is list or kind is tuple:
            if depth > 8 or not _are_numbers(item, depth + 1):
                return False
        elif kind is not float and kind is not int and kind is not bool:
            if is_opaque(kind) or not (hasattr(item, "dtype") or hasattr(item, "numpy")):
                return False
    return True


def _plain(value):
    if isinstance(value, (bool, int, str)) or value is None:
        return clean(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return finite(value)
    return clean(str(value)[:200])


def _typed(value):
    if isinstance(value, (bool, np.bool_)):
        return ["bool", bool(value)]
    if isinstance(value, (int, np.integer)):
        return ["int", int(value)] if abs(int(value)) < 2**53 else ["other", str(value)[:200]]
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return ["float", number] if math.isfinite(number) else ["nan", None]
    if isinstance(value, str):
        return ["str", clean(value[:2000])]
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ["nan", None]
    return ["other", clean(str(value)[:200])]
