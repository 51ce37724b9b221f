"""A group's work for tests: the description of this checkout's lab, and sides made by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from grader.checks import Side
from grader.exchange.kit import lab_released
from grader.lab import Lab
from grader.selfcheck.description import Description, describe, public_view
from grader.selfcheck.report import Report, judge_side
from tests.checks.build import CellSpec, axes, call, cell, dense, figure, layer, net, side, text

ROOT = Path(__file__).parents[2]

__all__ = ["description", "finished", "kit_file", "lab", "one", "report_of", "work"]


@cache
def lab() -> Lab:
    """The lab with its solutions."""
    return Lab.load(ROOT / "reference")


@cache
def description() -> Description:
    """The lab as students know it."""
    return describe(lab(), lab_released(lab()))


@cache
def kit_file() -> bytes:
    """``selbsttest.json``."""
    return public_view(lab(), lab_released(lab()))


def finished(**changes: dict[str, Any]) -> dict[str, list[CellSpec]]:
    """Two notebooks in which everything looks right; ``s1a_predict={...}`` changes a cell."""
    x = np.linspace(-5, 5, 50)
    softmax = np.full((4, 10), 0.1)
    data = pd.DataFrame(
        {f"Unnamed: {i}": ["x"] * 25 if i < 4 else ["31.08.2017"] + [1.5] * 24 for i in range(5)}
    )
    small = net(dense(1, "relu"), dense(2, "relu"), dense(1, "relu"))
    digits = net(
        layer("Flatten"),
        dense(64, "relu"),
        dense(10, "softmax"),
        input_shape=(None, 28, 28),
        probe=(np.zeros((4, 28, 28)), softmax),
    )
    plot = figure(axes([(x, x)], xlabel="x", ylabel="y"))
    cells: dict[str, CellSpec] = {
        "1a-hand": text("1a-hand", "Es ergeben sich die Werte null und so weiter, siehe oben."),
        "1a-model": _code("1a-model", variables={"model": small}),
        "1a-weights": _code("1a-weights"),
        "1a-predict": _code("1a-predict", variables={"result": np.array([[0.0], [6.0], [7.0]])}),
        "1a-compare": text("1a-compare", "Ja, beide Rechnungen stimmen miteinander überein."),
        "1b-curve": _code("1b-curve", variables={"result": abs(x)}, figures=[plot]),
        "1b-comment": text("1b-comment", "Die Kurve trifft nur die Spitze des Komplexes gut."),
        "1b-training": _code("1b-training", calls=[call("fit", epochs=100)]),
        "1c-model": _code("1c-model", variables={"model": digits}),
        "1c-training": _code("1c-training", variables={"result": softmax, "model": net()}),
        "1c-second": _code("1c-second", calls=[call("fit", epochs=5)]),
        "1c-compare": text("1c-compare", "Mit 64 Neuronen 96 %, mit zweien nur 35 %, zu klein."),
        "1c-never100": text("1c-never100", "Weil manche Bilder nicht eindeutig sind."),
        "2a-clean": _code("2a-clean", variables={"data": data}),
        "2a-numeric": _code("2a-numeric", calls=[call("fit")]),
    }
    for name, options in changes.items():
        slot = name.removeprefix("s").replace("_", "-")
        cells[slot] = _code(slot, **options)
    split = {"notebook1": "1", "notebook2": "2"}
    return {n: [c for s, c in cells.items() if s.startswith(p)] for n, p in split.items()}


def one(slot: str, **options: Any) -> dict[str, list[CellSpec]]:
    """A notebook with this one cell: quick to judge."""
    notebook = next(s.notebook for s in description().slots if s.id == slot)
    return {notebook: [_code(slot, **options)]}


def _code(slot: str, **options: Any) -> CellSpec:
    options.setdefault("source", f"eigener_code('{slot}')")
    return cell(slot, **options)


def work(notebooks: dict[str, list[CellSpec]], **options: Any) -> Side:
    """A side that knows the lab as students do."""
    own = description().open_lab(Path("abgabe"), Path("data"))
    options.setdefault("given", description().given)
    return side(notebooks, lab=own, **options)


def report_of(notebooks: dict[str, list[CellSpec]], **options: Any) -> Report:
    """The self-check's report on such a side."""
    return judge_side(description(), work(notebooks, **options))
