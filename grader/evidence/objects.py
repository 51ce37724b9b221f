"""Runs inside the student's kernel: opens the student's own objects without running their code.

What instances of the notebook's classes, the classes themselves, named tuples, plain namespaces and
series of objects hold is found under a path: ``net.model``, ``ergebnisse['klasse 1'].bild``.
Nothing is asked of the objects: no property, ``__getattr__``, ``__eq__`` or ``__class__`` of the
student's runs; attributes are read where the interpreter keeps them.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, so it imports
nothing else of the grader.
"""

import itertools
import sys
import types

import numpy as np

__all__ = ["Walk", "is_opaque"]

_MOST_PATHS = 200
# What is looked at, be it something or not: of one container, of one variable, of all.
_MOST_PARTS = 256
_MOST_SEEN = 1500
_MOST_SEEN_IN_ALL = 12_000
_DEEPEST = 4
_LONGEST_KEY = 60
# Bytes of arrays that one look describes; a table's cell and anything else cost as many.
_MOST_WORK = 200_000_000
_CELL_WORK = 200
_OTHER_WORK = 100_000

_members = type.__dict__["__dict__"].__get__
_order = type.__dict__["__mro__"].__get__
_PLAIN = (float, int, bool, str, bytes, type(None), np.ndarray)
_DATA = (np.ndarray, np.generic, list, tuple, dict, int, float)
_LIBRARIES = ("pandas", "keras", "tf_keras", "tensorflow", "PIL")
_FIRST = slice(0, _MOST_PARTS)
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


def is_opaque(kind):
    """Tell whether values of a class are the student's own objects, no data in a guise."""
    return not _is(kind, _PLAIN) and _is_own(kind) and not _is_data(kind)


def _is(kind, kinds):
    # Neither "in" nor "==": a class of the student's may compare as it likes.
    return any(kind is other for other in kinds)


def _module(kind):
    module = _members(kind).get("__module__")
    return module if type(module) is str else ""


def _is_own(kind):
    """Whether a class or one of its bases is defined in the notebook."""
    return any(_module(base) == "__main__" for base in _order(kind))


def _is_data(kind):
    """Whether values of a class, or of one of its bases, are what the probe can describe."""
    for base in _order(kind):
        if _is(base, _DATA) or _module(base).split(".", 1)[0] in _LIBRARIES:
            return True
    return False


class Walk:
    """One look at what the student's objects hold.

    Parameters
    ----------
    values : Values
    named : set of int
        Ids of the variables' own values: what has a name needs no path.
    """

    def __init__(self, values, named):
        self.values = values
        self.named = named
        self.met = set()
        self.paths = 0
        self.seen = 0
        self.work = 0
        self.end = 0

    def held(self, name, thing):
        """Yield (path, described) for each value that is found behind a variable."""
        self.end = min(_MOST_SEEN_IN_ALL, self.seen + _MOST_SEEN)
        try:
            yield from self._open(name, thing, 0)
        except Exception:
            # A thread of the student's may change what is gone through; what was found counts.
            return

    def _open(self, path, thing, depth):
        kind = type(thing)
        if _is(kind, _PLAIN) or depth > _DEEPEST or id(thing) in self.met:
            return
        parts = _attributes(thing, kind)
        # A container's items are described with it; here they are only opened.
        described = parts is None
        if described:
            parts = _items(thing, kind)
        self.met.add(id(thing))
        for suffix, part in parts:
            if self.seen >= self.end or self.paths >= _MOST_PATHS:
                return
            self.seen += 1
            if not described:
                yield from self._leaf(path + suffix, part)
            yield from self._open(path + suffix, part, depth + 1)

    def _leaf(self, path, part):
        kind = type(part)
        number = _is(kind, (int, float, bool))
        if _is(kind, (str, bytes)) or not _is_data(kind) or _is_class(kind):
            return
        if id(part) in self.named and not number:
            return
        self.work += _work(part, kind)
        if self.work > _MOST_WORK:
            return
        try:
            described = self.values.value(part)
        except (Exception, SystemExit):
            return
        if described and described["kind"] != "other":
            self.paths += 1
            yield path, described


def _attributes(thing, kind):
    """(".name", value) of an object that the student composed, as a list; None for others."""
    if _is_class(kind):
        if _module(thing) != "__main__":
            return None
        found = [(n, v) for n, v in _members(thing).items() if n[:1] != "_"]
    elif _is_own(kind) and not _is_data(kind):
        found = _stored(thing, kind)
    elif _is(kind, (types.SimpleNamespace,)):
        found = _stored(thing, kind)
    elif any(base is tuple for base in _order(kind)):
        named = (_members(base).get("_fields") for base in _order(kind))
        fields = next((f for f in named if type(f) is tuple), ())
        if not fields:
            return None
        found = list(zip(fields, tuple.__iter__(thing), strict=False))
    elif _is_callback(kind):
        found = [(n, v) for n, v in _stored(thing, kind) if type(n) is str and n[:1] != "_"]
    elif _of_objects(thing, kind):
        first = thing.iloc[:_MOST_PARTS]
        pairs = zip(first.index.tolist(), first.tolist(), strict=True)
        return [(_key(k), v) for k, v in pairs if _key(k)]
    else:
        return None
    return [(f".{n}", v) for n, v in found[:_MOST_PARTS] if type(n) is str and n[:2] != "__"]


def _items(thing, kind):
    """("[key]", value) of a list, tuple or dict."""
    for base in _order(kind):
        if base is dict:
            pairs = itertools.islice(dict.items(thing), _MOST_PARTS)
            return [(_key(k), v) for k, v in pairs if _key(k)]
        if base is list or base is tuple:
            return [(f"[{i}]", v) for i, v in enumerate(base.__getitem__(thing, _FIRST))]
    return []


def _key(key):
    kind = type(key)
    if kind is tuple and all(_is(type(k), (int, str)) for k in key):
        return f"[{repr(key)[:_LONGEST_KEY]}]"
    if not _is(kind, (int, float, bool, str)):
        return ""
    return f"[{key[:_LONGEST_KEY]!r}]" if kind is str else f"[{key!r}]"


def _stored(thing, kind):
    """What an instance holds, from its dict and its slots."""
    found: dict[str, object] = {}
    for base in _order(kind):
        for name, descriptor in list(_members(base).items()):
            if type(name) is not str or not _is(type(descriptor), _DESCRIPTORS):
                continue
            if name != "__dict__" and _module(base) != "__main__":
                continue
            try:
                held = descriptor.__get__(thing)
            except AttributeError:  # a slot that nothing was put into
                continue
            if name != "__dict__":
                found.setdefault(name, held)
            elif any(base is dict for base in _order(type(held))):
                found = {**dict(dict.items(held)), **found}
    return list(found.items())


def _is_class(kind):
    return any(base is type for base in _order(kind))


def _is_callback(kind):
    modules = [_module(base) for base in _order(kind)]
    return "__main__" in modules and any("callback" in module for module in modules)


def _of_objects(thing, kind):
    pandas = sys.modules.get("pandas")
    return pandas is not None and kind is pandas.Series and thing.dtype == object


def _work(part, kind):
    if any(base is np.ndarray for base in _order(kind)):
        return int(np.ndarray.nbytes.__get__(part))
    pandas = sys.modules.get("pandas")
    if pandas is not None and _is(kind, (pandas.DataFrame, pandas.Series)):
        return _CELL_WORK * int(part.size)
    return _OTHER_WORK
