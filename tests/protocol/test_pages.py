"""Nothing runs off a page: the outer margins of every page are white."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typst
from PIL import Image

from grader.checks import Side
from grader.model import Output
from grader.protocol import build_document
from grader.protocol.markup import to_typst
from grader.protocol.pdf import typst_source
from grader.protocol.rasters import write_picture
from tests.checks.build import axes, cell, figure, reference_lab, side
from tests.protocol.grades import graded
from tests.protocol.stored import drawn, shown_figures
from tests.protocol.test_attacks import ATTACKS, attacked

MARGIN = 18 / 210  # of the width; the text's margin is 25 mm
LONG = {
    "code": "x = [" + ", ".join(f"wert_{n}" for n in range(400)) + "]",
    "name": "ein_sehr_langer_name_ohne_jede_luecke" * 60,
}


def pages(side: Side, root: Path) -> list[np.ndarray]:
    document = build_document(side)
    for picture in document.pictures:
        write_picture(picture, root)
    texts = {text: made.whole for text, made in to_typst(document.prose).items()}
    main = root / "p.typ"
    main.write_text(typst_source(document, texts), encoding="utf-8")
    made = typst.compile(main, root=root, format="png", ppi=30)
    return [np.asarray(Image.open(io.BytesIO(page)).convert("L")) for page in made]


@pytest.mark.parametrize("name", ["wide formula", "long word", "html in table", *LONG])
def test_margins_stay_white(name: str, tmp_path: Path) -> None:
    for page in pages(attacked({**ATTACKS, **LONG}[name]), tmp_path):
        edge = round(page.shape[1] * MARGIN)
        assert page[:, :edge].min() > 250
        assert page[:, -edge:].min() > 250


def edges(made: list[np.ndarray], margin: float) -> list[int]:
    """The darkest value in the outer margins of each page."""
    wide = [round(page.shape[1] * margin) for page in made]
    pairs = zip(made, wide, strict=True)
    return [min(int(p[:, :n].min()), int(p[:, -n:].min())) for p, n in pairs]


def test_sixty_figures_and_wide_tables_stay_on_their_pages() -> None:
    x = np.linspace(0, 1, 20)
    plots = [figure(axes([(x, x * n)], title=f"Kurve {n}")) for n in range(60)]
    frame = pd.DataFrame({"spalte_mit_langem_namen" * 3 + str(n): ["wert" * 30] for n in range(14)})
    lines = "\n".join("0123456789" * 20 for _ in range(3_000))
    cells = [
        cell("1b-curve", figures=plots, printed=lines),
        cell("1b-widget", outputs=[Output(kind="result", text="", html=frame.to_html())]),
    ]
    made = drawn(build_document(shown_figures(side({"notebook1": cells}))))
    assert 5 < len(made) < 22
    assert min(edges(made, MARGIN)) > 250


def test_the_instructor_s_pages_have_white_edges(group: Side) -> None:
    made = drawn(build_document(group, graded(reference_lab()), review=True))
    assert min(edges(made, 15 / 210)) > 250


def test_realistic_pages_have_white_margins(group: Side, tmp_path: Path) -> None:
    made = pages(group, tmp_path)
    assert 5 < len(made) < 15
    for page in made:
        edge = round(page.shape[1] * MARGIN)
        assert page[:, :edge].min() > 250 and page[:, -edge:].min() > 250
