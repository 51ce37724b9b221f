"""Runs inside the student's kernel: the states in which keras networks are met.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, after that of
:mod:`grader.evidence.layers`, which describes them.
"""

# ruff: noqa: S110 - a failing probe must never disturb the student's cell

import json
import weakref

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.layers import Layers, name_of, probe_inputs
    from grader.evidence.values import digest_of

__all__ = ["Aside", "Networks", "name_of", "probe_inputs"]

_MOST_STATES = 24
# Of those by calls that stand in loops of one's own, which change a network at every step.
_MOST_LOOPED = 12
_MOST_TOUCHED = 32
_MOST_BYTES = 48_000_000


class Aside:
    """While it is entered, what is called is no call of the student's: keras's own, or ours."""

    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1

    def __exit__(self, *_):
        self.depth -= 1


class Networks(Layers):
    """Describes the networks of one kernel.

    Parameters
    ----------
    values : Values
    namespace : dict
        The student's: functions with these globals are the student's.
    aside : Aside
        Entered while a network is asked.
    """

    def __init__(self, values, namespace, aside):
        super().__init__(values, namespace)
        self.aside = aside
        # Keras's class, once it is imported.
        self.kind = None
        # The states in which the cell's calls met networks, by digest, and in which order.
        self.met = {}
        self.order = []
        self.looped = 0
        self.room = _MOST_BYTES
        # Networks that changed without a call of which there is a record.
        self.touched = {}
        # By the network's id: a reference to it, its state, its description, whether it was asked.
        self._known = {}
        values.networks = self

    def value(self, network):
        """Describe a network, and what it answers, as a dict in the shape of grader.model.Value."""
        with self.aside:
            state = self._state(network)
            described, asked = self._described(network, state)
            # What code of the student's answers may be another thing every time.
            if not asked or described["model"]["own"]:
                described = {**described, "model": dict(described["model"])}
                self.ask(network, described["model"])
                self._remember(network, state, described, True)
        if described["digest"] in self.met:
            self.met[described["digest"]] = described
        return described

    def note(self, network, weights="", looped=False, last=False):
        """Note a network as it is now, which a call meets; return the digest of its description.

        It is not asked: in the midst of a cell nothing of the student's runs but the cell.

        Parameters
        ----------
        network : keras.Model
        weights : str
            Their hash, if it is known.
        looped : bool
            Whether the call is one of very many, maybe.
        last : bool
            Note it in any case.
        """
        if not self.is_network(network):
            return ""
        with self.aside:
            state = self._state(network, weights)
            new = self._found(network, state) is None
            few = len(self.met) < _MOST_STATES and not (looped and self.looped >= _MOST_LOOPED)
            if new and not (few or last):
                self.touch(network)
                return ""
            self.looped += looped and new
            outer, self.values.room = self.values.room, self.room
            try:
                described, _ = self._described(network, state)
            finally:
                self.room, self.values.room = self.values.room, outer
        self.met[described["digest"]] = described
        self.order.append(described["digest"])
        return described["digest"]

    def touch(self, network):
        """Have a network noted when the cell, or the part of it, has ended."""
        if len(self.touched) < _MOST_TOUCHED:
            self.touched[id(network)] = network

    def since(self, place):
        """Return the descriptions of the networks met since a place in the order, latest last."""
        for network in list(self.touched.values()):
            try:
                self.note(network, last=True)
            except Exception:
                pass
        self.touched = {}
        latest = list(dict.fromkeys(reversed(self.order[place:])))
        return {digest: self.met[digest] for digest in reversed(latest)}

    def forget(self):
        """Begin a new cell."""
        self.met = {}
        self.order = []
        self.looped = 0
        self.room = _MOST_BYTES

    def weights_of(self, network):
        """Hash all weights of a network."""
        with self.aside:
            held = [np.ascontiguousarray(w).data for w in network.get_weights() if w.size]
        return digest_of(*held)

    def _state(self, network, weights=""):
        """Return what a description depends on; that a layer's setting changed later is missed."""
        parts = [(type(p).__name__, id(getattr(p, "activation", None))) for p in network.layers]
        compiled = (getattr(network, "loss", None), getattr(network, "optimizer", None))
        weights = weights or self.weights_of(network)
        return (weights, parts, *map(name_of, compiled), getattr(network, "built", False))

    def _found(self, network, state):
        held = self._known.get(id(network))
        return held if held and held[0]() is network and held[1] == state else None

    def _remember(self, network, state, described, asked):
        # Without room some weights may be missing.
        if self.values.room is not None and self.values.room < self.values.array_bytes:
            return
        try:
            place = id(network)
            reference = weakref.ref(network, lambda _: self._known.pop(place, None))
        except TypeError:
            return
        self._known[place] = (reference, state, described, asked)

    def _described(self, network, state):
        """Return a network's description, made anew only if it has changed; whether it was asked.

        Most cells change no network, and describing one takes milliseconds.
        """
        if held := self._found(network, state):
            return held[2:]
        model = self.model(network)
        digest = digest_of(json.dumps({**model, "probe_inputs": 0, "probe_outputs": 0}))
        kind = type(network).__name__
        described = {"kind": "model", "type": kind, "model": model, "digest": digest}
        self._remember(network, state, described, False)
        return described, False

    def is_network(self, value):
        """Tell whether a value is a network; what only looks like one is none."""
        if self.kind is not None:
            return isinstance(value, self.kind)
        return hasattr(value, "layers") and hasattr(value, "get_weights")
