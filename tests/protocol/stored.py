"""Pages as small grey pictures; ``python -m tests.protocol.stored`` rewrites those in ``pages/``.

Five submissions that differ in what they show, from evidence made by hand: no kernel starts. A page
is stored at 24 pixels to the inch, all pages of a submission side by side in one picture.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import typst
from PIL import Image

from grader.checks import Side
from grader.model import CellRun, Output
from grader.protocol import Document, Theme, build_document, load_theme
from grader.protocol.markup import to_typst
from grader.protocol.pdf import typst_source
from grader.protocol.rasters import write_picture
from grader.protocol.theme import DEFAULT, fonts
from tests.checks.build import CellSpec, axes, cell, figure, reference_lab, side, text
from tests.protocol.conftest import realistic, with_particulars
from tests.protocol.grades import graded

__all__ = ["FOLDER", "SUBMISSIONS", "differing", "drawn", "shown_figures"]

FOLDER = Path(__file__).parent / "pages"
_PPI = 24
# A page differs if more than this share of its pixels is off by more than this much grey.
_OFF, _SHARE = 48, 0.004


def _hostile() -> Side:
    wide = "x = [" + ", ".join(f"wert_{n}" for n in range(60)) + "]"
    cells: list[CellSpec] = [
        text("1a-hand", "Ein sehr langer Satz mit $x_1 = 0.5$ und *Betonung*. " * 60),
        cell("1a-predict", source=wide, printed="\n".join(f"Zeile {n}" for n in range(3_000))),
        text("1b-comment", "😀 שלום عربى → ∑ **unvollständig und $\\frac{1}{"),
        cell("1b-curve", source="y" * 300, printed="z" * 900),
    ]
    made = side({"notebook1": cells}, answers={4: "wort" * 400}, lab=reference_lab(), name="feind")
    return with_particulars(made, participants=("A" * 90, "B"), group="12")


def _figures() -> Side:
    x = np.linspace(-5, 5, 60)
    heat = np.hypot(*np.meshgrid(np.linspace(-1, 2, 48), np.linspace(-1, 1, 48)))
    plots = [
        figure(
            axes([(x, np.sin(x * n) / n, f"n = {n}") for n in range(1, 6)], xlabel="Zeit in ms")
        ),
        figure(axes(images=[(heat, {"cmap": "viridis"})], title="Abstand")),
        figure(*(axes(images=[(heat * n, {"cmap": "gray"})], title=f"Bild {n}") for n in range(8))),
        figure(axes([(x, x * 1e-7)], ylabel="Strom in A"), axes([(x, x**2 * 1e6)])),
    ]
    names = ["1b-curve", "3b-heatmaps", "2c-apply", "1c-training"]
    notebooks = ["notebook1", "notebook3", "notebook2", "notebook1"]
    cells: dict[str, list[CellSpec]] = {}
    for name, notebook, plot in zip(names, notebooks, plots, strict=True):
        cells.setdefault(notebook, []).append(cell(name, source="plt.show()", figures=[plot]))
    return shown_figures(side(cells, lab=reference_lab(), name="gruppe03"))


def shown_figures(made: Side) -> Side:
    """Let every cell display its figures, as Jupyter does."""
    runs = {}
    for name, run in made.evidence.notebooks.items():
        ran = tuple(replace(c, outputs=(*c.outputs, *_displayed(c))) for c in run.cells)
        runs[name] = replace(run, cells=ran)
    return replace(made, evidence=replace(made.evidence, notebooks=runs))


def _displayed(run: CellRun) -> list[Output]:
    return [Output("display", figure=i) for i, _ in enumerate(run.figures)]


def _draft() -> Side:
    return with_particulars(
        side({"notebook1": [text("1a-hand", "$y = 7$")]}, lab=reference_lab(), name="gruppe20"),
        group="20",
    )


def _reviewed() -> Document:
    return build_document(realistic(), graded(reference_lab()), review=True)


SUBMISSIONS: dict[str, Callable[[], tuple[Document, Theme]]] = {
    "realistic": lambda: (build_document(realistic()), DEFAULT),
    "hostile": lambda: (build_document(_hostile()), DEFAULT),
    "figures": lambda: (build_document(_figures()), load_theme("klinik")),
    "draft": lambda: (build_document(_draft()), DEFAULT),
    "reviewed": lambda: (_reviewed(), DEFAULT),
}


def drawn(document: Document, theme: Theme = DEFAULT, change: str = "") -> list[np.ndarray]:
    """All pages as grey pictures; ``change`` is Typst source put before the first page."""
    document = theme.arranged(document)
    texts = {markdown: made.whole for markdown, made in to_typst(document.prose).items()}
    source = typst_source(document, texts, theme)
    if change:
        source = re.sub(r"(?m)^// -+ title page$", change, source, count=1)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for picture in document.pictures:
            write_picture(picture, root)
        if theme.logo:
            (root / theme.logo.name).write_bytes(theme.logo.data)
        main = root / "p.typ"
        main.write_text(source, encoding="utf-8")
        made = typst.compile(
            main, root=root, format="png", ppi=_PPI, font_paths=fonts(theme.folder)
        )
    pages = made if isinstance(made, list) else [made]
    return [np.asarray(Image.open(io.BytesIO(page)).convert("L")) for page in pages]


def differing(name: str, pages: list[np.ndarray]) -> list[int]:
    """Numbers of the pages that do not look as stored; all of them if their count differs."""
    stored = np.asarray(Image.open(FOLDER / f"{name}.png").convert("L"))
    width = pages[0].shape[1]
    if stored.shape[1] != width * len(pages):
        return list(range(1, len(pages) + 1))
    off = []
    for number, page in enumerate(pages, start=1):
        before = stored[:, (number - 1) * width : number * width].astype(int)
        if (np.abs(before - page.astype(int)) > _OFF).mean() > _SHARE:
            off.append(number)
    return off


def _store(name: str) -> None:
    pages = drawn(*SUBMISSIONS[name]())
    strip = Image.fromarray(np.concatenate(pages, axis=1) // 16 * 17)
    FOLDER.mkdir(exist_ok=True)
    strip.quantize(16).save(FOLDER / f"{name}.png", optimize=True)
    size = (FOLDER / f"{name}.png").stat().st_size // 1024
    print(f"{name}: {len(pages)} pages, {size} kB")  # noqa: T201 - run by hand


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SUBMISSIONS))
    for each in parser.parse_args().names:
        _store(each)
