"""Networks are recorded as they were when a call met them, whatever becomes of them then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from grader.evidence.collect import Capture, read_capture
from grader.evidence.probe import Probe

OPTIONS = {"array_bytes": 100_000, "seed": 5, "samples": 16, "folders": []}


class Layer:
    """As much of a keras layer as the probe asks for."""

    __module__ = "keras.layers"

    def __init__(self, units: int, activation: str = "relu") -> None:
        self.name = "dense"
        self.activation = activation
        self.units = units
        self.held = [np.ones((1, units)), np.zeros(units)]

    def get_weights(self) -> list[Any]:
        return self.held

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, "activation": self.activation}


class Network:
    """As much of a keras network; ``asked`` counts how often it answered."""

    input_shape = (None, 1)
    built = True

    def __init__(self, *units: int) -> None:
        self.layers = [Layer(n) for n in units]
        self.asked = 0

    def get_weights(self) -> list[Any]:
        return [w for layer in self.layers for w in layer.held]

    def set_weights(self, weights: Any) -> None:
        for i, layer in enumerate(self.layers):
            layer.held = [np.asarray(w) for w in weights[2 * i : 2 * i + 2]]

    def predict(self, x: Any) -> Any:
        self.asked += 1
        return np.asarray(x) * self.layers[0].held[0].sum()

    def __call__(self, x: Any, training: bool = False) -> Any:
        return self.predict(x)

    def fit(self, x: Any, y: Any) -> Any:
        self.train_on_batch(x, y)
        return SimpleNamespace(history={"loss": [1.0]})

    def train_on_batch(self, x: Any, y: Any) -> None:
        for layer in self.layers:
            layer.held = [w + 1 for w in layer.held]


class Kernel:
    """A probe that watches a network class of its own; cells are functions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace: dict[str, Any] = {}
        self.kind = type("Sequential", (Network,), {"__module__": "keras.models"})
        self.probe = Probe(self.namespace, set(), OPTIONS)
        self.probe.networks.kind = self.kind
        for name in ("fit", "predict", "set_weights"):
            self.probe.calls.watch(self.kind, name, name)
        self.probe.calls.watch(self.kind, "__call__", "call")
        self.probe.calls.touch(self.kind, "train_on_batch")

    def capture(self) -> Capture:
        path = self.folder / str(len(list(self.folder.iterdir())))
        self.probe.capture(str(path))
        found, self.blobs = read_capture(path)
        return found

    def kernels(self, value: Any) -> float:
        info = value.model.layers[0].weights[0]
        return float(self.blobs[info.blob].reshape(-1)[0])


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


X = np.array([[1.0], [2.0]])


def test_a_network_without_a_name_is_recorded_with_its_call(kernel: Kernel) -> None:
    kernel.kind(2, 1).predict(X)
    found = kernel.capture()
    (call,) = found.calls
    value = found.networks[call.network]
    assert value.model is not None and [la.config["units"] for la in value.model.layers] == [2, 1]
    assert kernel.capture().networks == {}


def test_each_state_is_recorded_once_as_it_was_when_it_answered(kernel: Kernel) -> None:
    made = kernel.kind(1)
    made.predict(X)
    made.predict(X)
    made.fit(X, X)
    made.predict(X)
    made.set_weights([np.full((1, 1), 9.0), np.zeros(1)])
    found = kernel.capture()
    states = [kernel.kernels(found.networks[c.network]) for c in found.calls]
    # What changes a network is told by what it left.
    assert states == [1, 1, 2, 2, 9]
    assert len(found.networks) == 3
    assert kernel.kernels(list(found.networks.values())[-1]) == 9


def test_a_network_that_its_cell_replaces_is_known(kernel: Kernel) -> None:
    kernel.namespace["model"] = kernel.kind(3)
    kernel.namespace["model"].fit(X, X)
    kernel.namespace["model"] = kernel.kind()
    found = kernel.capture()
    assert found.variables["model"].model is not None
    assert found.variables["model"].model.layers == ()
    met = found.networks[found.calls[0].network].model
    assert met is not None and met.layers[0].config["units"] == 3


def test_the_same_state_has_the_same_digest_as_a_variable(kernel: Kernel) -> None:
    kernel.namespace["model"] = kernel.kind(3)
    kernel.namespace["model"].predict(X)
    found = kernel.capture()
    assert list(found.networks) == [found.variables["model"].digest]
    # What it answers is known by then as well.
    (met,) = found.networks.values()
    assert met.model is not None and met.model.probe_outputs is not None


def test_a_loop_of_steps_leaves_the_last_state(kernel: Kernel) -> None:
    made = kernel.kind(1)
    for _ in range(500):
        made.train_on_batch(X, X)
    del made
    found = kernel.capture()
    (value,) = found.networks.values()
    assert kernel.kernels(value) == 501
    assert found.calls == ()


@pytest.mark.parametrize("ask", ["predict", "__call__"])
def test_a_loop_of_own_leaves_a_few_states_and_the_last(kernel: Kernel, ask: str) -> None:
    made = kernel.kind(1)
    for n in range(200):
        with kernel.probe.aside:
            made.set_weights([np.full((1, 1), n + 5.0), np.zeros(1)])
        getattr(made, ask)(X)
    found = kernel.capture()
    assert len(found.networks) <= 25
    assert kernel.kernels(list(found.networks.values())[-1]) == 204


def test_networks_that_do_not_change_are_described_and_asked_once(kernel: Kernel) -> None:
    made = kernel.namespace["model"] = kernel.kind(1)
    for _ in range(5):
        kernel.capture()
    assert made.asked == 1
    made.layers[0].activation = "tanh"
    assert "model" in kernel.capture().variables


def test_code_of_the_student_s_in_a_network_is_not_run_by_its_calls(kernel: Kernel) -> None:
    own = type("Netz", (kernel.kind,), {"__module__": "__main__"})
    made = kernel.namespace["model"] = own(1)
    made.predict(X)
    assert made.asked == 1
    found = kernel.capture()
    assert found.networks[found.calls[0].network].type == "Netz"
    assert found.calls[0].own == ("class Netz",)


def test_parts_know_the_networks_of_their_own_calls(kernel: Kernel) -> None:
    made = kernel.kind(1)
    made.predict(X)
    first = kernel.probe._taken()
    made.fit(X, X)
    second = kernel.probe._taken()
    assert [len(part["networks"]) for part in (first, second)] == [1, 1]
    assert [part["calls"][0]["network"] for part in (first, second)] == [
        next(iter(part["networks"])) for part in (first, second)
    ]


def test_many_large_networks_end_with_digests_only(kernel: Kernel) -> None:
    kernel.probe.networks.room = 100_000
    for n in range(20):
        made = kernel.kind(5000)
        made.layers[0].held[0][:] = n
        made.predict(X)
        kernel.namespace[f"m{n}"] = made if n > 17 else None
    found = kernel.capture()
    kept = [bool(v.model.layers[0].weights[0].blob) for v in found.networks.values() if v.model]
    assert len(kept) == 20 and not all(kept)
    # A variable is kept as ever.
    last = found.variables["m19"].model
    assert last is not None and last.layers[0].weights[0].blob


# --------------------------------------------------------------------------- figures


def shown(tmp_path: Path, picture: Any) -> Any:
    with mpl.rc_context({"backend": "agg"}):
        figure = Figure()
        figure.add_subplot().imshow(picture)
        probe = Probe({}, set(), OPTIONS)
        assert probe.figures.figure(figure) == 0
        probe.capture(str(tmp_path / "a"))
    found, blobs = read_capture(tmp_path / "a")
    info = found.figures[0].axes[0].images[0].array
    return info, blobs.get(info.blob)


def test_a_large_colour_picture_is_kept_as_bytes(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).uniform(-0.2, 1.2, (100, 80, 3))
    info, kept = shown(tmp_path, picture)
    assert info.dtype == "|u1"
    assert kept is not None
    assert np.abs(kept / 255 - picture.clip(0, 1)).max() <= 0.5 / 255 + 1e-9


def test_small_pictures_stay_as_they_are_and_huge_ones_are_summarised(tmp_path: Path) -> None:
    info, kept = shown(tmp_path, np.full((9, 9, 4), 0.5))
    assert (info.dtype, kept is None) == ("<f8", False)
    (tmp_path / "a").unlink()
    info, kept = shown(tmp_path, np.full((400, 400, 3), 0.5))
    assert (info.shape, kept) == ((400, 400, 3), None)
