"""Figures drawn anew, and told in words."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from grader.model import Array
from grader.protocol.chart import Curve, Layer, Panel, draw
from grader.protocol.figures import describe, redraw
from grader.protocol.wording import describe_panels, number
from tests.checks.build import axes, cell, figure, side

X = np.linspace(-5, 5, 101)
NAN = float("nan")


def curve(y: Any, label: str = "", x: Array = X) -> Panel:
    return Panel(curves=(Curve(x, np.asarray(y, dtype=float), label),))


def drawn(*panels: Panel) -> ElementTree.Element:
    svg, width, height = draw(panels, 360, 200)
    assert width == pytest.approx(360) and 20 < height < 900
    return parsed(svg)


def parsed(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.maximum(0, X), "bleibt bei 0 bis x = 0, steigt auf 5 bei x = 5"),
        (2 * X, "steigt von −10 bei x = −5 auf 10 bei x = 5"),
        (-X, "fällt von 5 bei x = −5 auf −5 bei x = 5"),
        (np.abs(X), "fällt von 5 bei x = −5 auf 0 bei x = 0, steigt auf 5 bei x = 5"),
        (np.full(101, 3.0), "bleibt bei 3 von x = −5 bis 5"),
        (np.full(101, NAN), "ohne darstellbare Werte"),
        (
            np.sin(4 * X),
            "schwankt von −0,913 bei x = −5 bis 0,913 bei x = 5, am kleinsten −1 bei x = −0,4, "
            "am größten 1 bei x = 0,4",
        ),
    ],
    ids=["relu", "rises", "falls", "valley", "constant", "nan", "waves"],
)
def test_a_curve_in_words(y: Array, words: str) -> None:
    assert describe_panels((curve(y),)) == f"Kurve: {words}."


def test_noise_is_no_turn() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 101)
    words = describe_panels((curve(X + noise),))
    assert words.count("steigt") == 1 and "fällt" not in words


def test_many_curves_are_summed_up() -> None:
    panel = Panel(curves=tuple(Curve(X, n * X, f"n = {n}") for n in range(1, 11)))
    words = describe_panels((panel,))
    assert words.startswith(
        "10 Kurven, „n = 1“ bis „n = 10“. Alle: x von −5 bis 5, y von −50 bis 50"
    )


def test_a_heatmap_in_words() -> None:
    heat = np.zeros((64, 64))
    heat[50:60, 5:15] = 0.75
    panel = Panel(layers=(Layer(np.zeros((64, 64)), "gray"), Layer(heat, "jet", 0.4, 0.0, 0.75)))
    assert describe_panels((panel,)) == (
        "Graustufenbild, 64 × 64 Pixel, darüber Farbkarte (jet), 64 × 64 Pixel, Werte von 0 bis "
        "0,75, höchste Werte unten links, Deckkraft 0,4."
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1.6666, "1,67"), (-0.00123, "−0,00123"), (3e-7, "3 · 10⁻⁷"), (12345, "12.300")],
)
def test_numbers_are_german(value: float, text: str) -> None:
    assert number(value) == text


def test_curves_are_vectors_inside_their_axes() -> None:
    root = drawn(curve(np.abs(X), "Betrag"))
    inner = root.findall(".//{*}svg")
    assert len(inner) == 1 and len(inner[0].findall("{*}path")) == 1
    assert not root.findall(".//{*}image")


def test_only_a_heatmap_has_a_colour_bar() -> None:
    heat, grey = Layer(np.eye(30), "jet"), Layer(np.eye(30), "gray")
    assert len(drawn(Panel(layers=(heat,))).findall(".//{*}image")) == 2
    assert len(drawn(Panel(layers=(grey,))).findall(".//{*}image")) == 1


def test_a_gap_in_the_data_interrupts_the_curve() -> None:
    y = X.copy()
    y[40:60] = NAN
    (path,) = drawn(curve(y)).findall(".//{*}svg/{*}path")
    assert path.attrib["d"].count("M") == 2


@pytest.mark.parametrize(
    "panel",
    [
        curve([NAN] * 101),
        curve(np.zeros(101)),
        curve(X * 1e-190),
        curve(X * 1e190),
        Panel(curves=(Curve(X, X),), xlim=(5, -5), ylim=(0, 0)),
        Panel(curves=(Curve(X, X, "$\\frac{1}{$" + "<x>" * 40),), xlabel="$", ylabel="a" * 400),
        Panel(layers=(Layer(np.full((4, 4), NAN), "jet"),)),
        Panel(
            layers=(Layer(np.zeros((4, 4, 4)), alpha=0.0), Layer(np.ones((8, 8, 3)))), title="😀"
        ),
    ],
    ids=["nan", "zeros", "tiny", "huge", "limits", "labels", "no colour", "colours"],
)
def test_hostile_data_are_drawn(panel: Panel) -> None:
    root = drawn(panel)
    text = ElementTree.tostring(root, encoding="unicode")
    assert not re.search(r"[\" ](?:nan|inf)[\" ]", text)
    assert describe_panels((panel,)).endswith(".")


def test_panels_stand_as_the_figure_s_shape_suggests() -> None:
    panels = tuple(Panel(layers=(Layer(np.eye(28), "gray"),), title=str(n)) for n in range(16))
    svg, _, height = draw(panels, 400, 133)
    images = parsed(svg).findall(".//{*}image")
    assert len({i.attrib["y"] for i in images}) == 2
    assert height < 150


@pytest.mark.parametrize("mesh", [False, True])
def test_a_mesh_is_no_image_to_draw_anew(mesh: bool) -> None:
    pixels = np.arange(12.0).reshape(3, 4)
    shown = figure(axes(images=[(pixels, {"cmap": "gray", "mesh": mesh})]))
    run = side({"notebook1": [cell("1a-model", figures=[shown])]}).run_of("notebook1")
    assert run is not None
    (recorded,) = run.cells[0].figures
    assert (redraw(recorded, run, "bild") is None) == mesh
    assert "4 × 3 Pixel" in describe(recorded, run)
