"""Figures are recorded as data, however they were drawn."""

from __future__ import annotations

import types

import numpy as np
import pytest

from grader.evidence.figures import Figures


@pytest.mark.parametrize(
    "code",
    [
        "plt.pcolormesh(a[::-1])",
        "plt.pcolormesh(a, cmap='jet', alpha=0.4); plt.gca().invert_yaxis()",
        "plt.pcolormesh([3, 2, 1, 0], [0, 1, 2], a[::-1])",
        "plt.imshow(a); plt.pcolormesh([0, 1, 2], [0, 1], a, shading='nearest')",
        "plt.pcolormesh([0, 1, 2], [0, 1], a[::-1], shading='gouraud')",
    ],
)
def test_a_mesh_is_an_image_as_it_is_seen(code: str) -> None:
    import matplotlib.pyplot as plt

    a = np.arange(6.0).reshape(2, 3)
    figure = plt.figure()
    exec(code, {"plt": plt, "a": a})  # noqa: S102
    kept: list[np.ndarray] = []
    values = types.SimpleNamespace(array_bytes=10_000, array=kept.append)
    shown = Figures(values)
    assert shown.figure(figure) == 0
    plt.close(figure)
    (axes,) = shown.shown[0]["axes"]
    assert axes["others"] == 0 and len(axes["images"]) == len(kept)
    assert [i.get("mesh", False) for i in axes["images"]] == [False] * (len(kept) - 1) + [True]
    assert np.array_equal(kept[-1], a[:, ::-1] if "[3, 2" in code else a)
    assert axes["images"][-1]["alpha"] == (0.4 if "alpha" in code else None)


@pytest.mark.parametrize(
    ("code", "hidden"),
    [
        ("plt.imshow(a)", [False]),
        ("plt.imshow(a); plt.imshow(a, cmap='flag'); plt.imshow(a)", [True, True, False]),
        ("plt.imshow(a); plt.imshow(a, alpha=0.4)", [False, False]),
        ("plt.imshow(a, zorder=5); plt.imshow(a)", [False, True]),
        ("plt.imshow(a).set_visible(False); plt.imshow(a)", [True, False]),
        ("plt.imshow(a); plt.imshow(a).set_visible(False)", [False, True]),
        ("plt.imshow(a); plt.imshow(np.where(a > 2, a, np.nan))", [False, False]),
        ("plt.imshow(a); plt.imshow(np.ma.masked_less(a, 2))", [False, False]),
        ("plt.imshow(a); plt.imshow(np.ones((2, 3, 4)) * 0.5)", [False, False]),
        ("plt.imshow(a); plt.imshow(np.full((2, 3, 3), 9, 'uint8'))", [True, False]),
        ("plt.imshow(a, extent=(0, 1, 0, 1)); plt.imshow(a, extent=(1, 2, 0, 1))", [False, False]),
        ("plt.imshow(a, extent=(0, 1, 1, 0)); plt.imshow(a, extent=(-1, 2, 0, 1))", [True, False]),
        ("plt.imshow(a); plt.imshow(a[:, :2])", [False, False]),
    ],
)
def test_an_image_that_another_covers_is_hidden(code: str, hidden: list[bool]) -> None:
    import matplotlib.pyplot as plt

    figure = plt.figure()
    exec(code, {"plt": plt, "np": np, "a": np.arange(6.0).reshape(2, 3)})  # noqa: S102
    shown = Figures(types.SimpleNamespace(array_bytes=10_000, array=lambda array: None))
    shown.figure(figure)
    plt.close(figure)
    assert [i.get("hidden", False) for i in shown.shown[0]["axes"][0]["images"]] == hidden
