"""Large pictures inside drawings stand in the PDF where they stood in the drawing."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image

from grader.protocol import render_pdf
from grader.protocol.document import Document, FigureBlock, Picture, Section, TitlePage
from grader.protocol.rasters import rasters_of, write_picture

TITLE = TitlePage("Uni", "Fakultät", "Institut", "Kurs", "Versuch", "Gruppe 1", "", (), "")
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def drawing(side: int, kind: str = "png", name: str = "abb001-1.svg") -> Picture:
    """A drawing of 200 x 100 with four noisy fields at (20, 10), 160 x 80."""
    noise = np.random.default_rng(3).integers(0, 24, (side, side, 3), np.uint8)
    fields = np.kron(np.array([[0, 200], [100, 40]], np.uint8), np.ones((side // 2, side // 2)))
    raw = io.BytesIO()
    Image.fromarray(noise + fields.astype(np.uint8)[:, :, None]).save(raw, "PNG")
    data = base64.b64encode(raw.getvalue()).decode()
    svg = (
        f'{HEAD}width="200pt" height="100pt" viewBox="0 0 200 100">'
        '<rect width="100%" height="100%" fill="#ffffff"/><image x="20.00" y="10.00" '
        'width="160.00" height="80.00" preserveAspectRatio="none" '
        f'xlink:href="data:image/{kind};base64,{data}"/></svg>'
    )
    return Picture(name, svg.encode(), 100.0, 50.0, "Rauschen")


def drawn(source: str, root: Path) -> np.ndarray:
    main = root / "p.typ"
    main.write_text(f"#set page(width: 100mm, height: 50mm, margin: 0mm)\n{source}")
    made = typst.compile(main, root=root, format="png", ppi=72)
    return np.asarray(Image.open(io.BytesIO(made if isinstance(made, bytes) else made[0])))


def test_a_large_picture_is_taken_out_and_stands_in_its_place(tmp_path: Path) -> None:
    picture = drawing(90)
    (tmp_path / "whole.svg").write_bytes(picture.data)
    write_picture(picture, tmp_path)
    (raster,) = rasters_of(picture)
    assert (raster.x, raster.y, raster.width, raster.height) == (0.1, 0.05, 0.8, 0.4)
    assert len((tmp_path / picture.name).read_bytes()) < 400 < len(raster.data)
    whole = drawn('#image("whole.svg", width: 100mm)', tmp_path)
    place = "#place(dx: 10mm, dy: 5mm, image({}, width: 80mm, height: 40mm, fit: {}))"
    apart = drawn(
        f'#place(image("{picture.name}", width: 100mm))'
        + place.format(f'"{raster.name}"', '"stretch"'),
        tmp_path,
    )
    assert np.abs(whole.astype(int) - apart.astype(int)).mean() < 2


@pytest.mark.parametrize(
    "picture",
    [drawing(8), drawing(90, kind="jpeg"), drawing(90, name="abb001-1.png")],
    ids=["small", "jpeg", "no drawing"],
)
def test_what_is_small_or_kept_as_it_is_stays(picture: Picture, tmp_path: Path) -> None:
    assert rasters_of(picture) == ()
    write_picture(picture, tmp_path)
    assert (tmp_path / picture.name).read_bytes() == picture.data


def test_the_pdf_holds_it_once_and_tagged_by_the_drawing_alone() -> None:
    figure = FigureBlock(1, "Rauschen", (drawing(90),))
    made = render_pdf(Document(TITLE, (Section("Bilder", (figure,)),)))
    assert b"pdfuaid" in made
    assert len(re.findall(rb"/Subtype\s*/Image", made)) == 1
