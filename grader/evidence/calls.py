"""Runs inside the student's kernel: records library calls, what they got and what they gave.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, after that of
:mod:`grader.evidence.networks`.
"""

# ruff: noqa: S110 - a failing probe must never disturb the student's cell

import functools
import inspect

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.layers import name_of
    from grader.evidence.values import finite

__all__ = ["Calls"]

_MAX_CALLS = 400
# Of a network called as a function: own training loops do that thousands of times.
_MAX_BARE_CALLS = 60
_ANSWERING = ("predict", "evaluate", "predict_on_batch", "call")
# Of their inputs each row is told apart, however it is scaled.
_WITH_ROWS = ("fit", "evaluate", "predict", "call")
# What they leave is noted, not what they meet.
_CHANGING = ("fit", "set_weights", "load_weights")


class Calls:
    """Records the calls of one kernel.

    Parameters
    ----------
    values : Values
    networks : Networks
    aside : Aside
        While it is entered nothing is recorded.
    """

    def __init__(self, values, networks, aside):
        self.values = values
        self.networks = networks
        self.aside = aside
        self.made = []
        self.watching = set()

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
            if self.aside.depth or (call == "call" and not _has_numbers(args)):
                return original(*args, **kwargs)
            if call == "call" and self._bare_calls() >= _MAX_BARE_CALLS:
                self.networks.touch(args[0])
                return original(*args, **kwargs)
            record = self._begin(call, signature, args, kwargs)
            result = None
            try:
                with self.aside:
                    result = original(*args, **kwargs)
                return result
            finally:
                self._end(call, record, args, result)

        setattr(owner, attribute, watched)

    def touch(self, owner, attribute):
        """Replace a method of networks that is called too often to be recorded each time."""
        original = getattr(owner, attribute, None)
        if original is None or (id(owner), attribute) in self.watching:
            return
        self.watching.add((id(owner), attribute))

        @functools.wraps(original)
        def touched(*args, **kwargs):
            if not self.aside.depth and args:
                self.networks.touch(args[0])
            return original(*args, **kwargs)

        setattr(owner, attribute, touched)

    def _bare_calls(self):
        return sum(c["name"] == "call" for c in self.made)

    def _begin(self, call, signature, args, kwargs):
        record = {"name": call, "args": {}, "result": None, "history": {}, "model": ""}
        record["network"] = ""
        try:
            bound = dict(signature.bind_partial(*args, **kwargs).arguments) if signature else {}
            bound.update(bound.pop("kwargs", None) or {})
            owner = bound.pop("self", None)
            if owner is not None and hasattr(owner, "get_weights"):
                record["model"] = self.networks.weights_of(owner)
                if call in _ANSWERING:
                    record["own"] = self.networks.own_parts(owner)
                    looped = call == "call"
                    record["network"] = self.networks.note(owner, record["model"], looped)
            for name, value in bound.items():
                if name in ("callbacks", "metrics") and isinstance(value, (list, tuple)):
                    value = [v if isinstance(v, str) else type(v).__name__ for v in value]
                if name in ("loss", "optimizer"):
                    value = name_of(value)
                if call in ("call", "predict_on_batch") and name in ("args", "inputs"):
                    name = "x"
                    value = value[0] if isinstance(value, tuple) and value else value
                rows = call in _WITH_ROWS and name in ("x", "y")
                if name == "validation_data" and isinstance(value, (tuple, list)):
                    value = value[0] if len(value) else None
                    rows = True
                described = self.values.value(value, rows=rows)
                if described:
                    record["args"][name] = described
        except Exception:
            pass
        return record

    def _end(self, call, record, args, result):
        try:
            if call in _CHANGING and args:
                record["network"] = self.networks.note(args[0], looped=True)
            if call == "fit":
                history = getattr(result, "history", None)
                if history is None and args:
                    history = getattr(getattr(args[0], "history", None), "history", None)
                for name, numbers in (history or {}).items():
                    record["history"][str(name)] = [finite(n) for n in list(numbers)[:2000]]
            elif result is not None and call in _ANSWERING:
                record["result"] = self.values.value(result)
            elif result is not None and call == "load_model":
                record["result"] = self.values.value(result)
        except Exception:
            pass
        if len(self.made) < _MAX_CALLS:
            self.made.append(record)


def _has_numbers(args):
    """Whether a network is called as a function with numbers, not to build a larger one."""
    if len(args) < 2:
        return False
    return isinstance(args[1], (np.ndarray, list)) or hasattr(args[1], "numpy")
