"""Pictures inside our drawings, taken out of them for Typst.

Typst keeps what it made of a picture, so that the next document that shows the same one has it for
nothing; of a drawing's inside it keeps nothing. Two maps in the colours of ``flag``, which no
compression likes, took as long as a fifth of a document.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grader.protocol.document import Picture

__all__ = ["Raster", "rasters_of", "write_picture"]

_LIGHT = 12_000  # signs of base64; what is less stays where it is
_IMAGE = re.compile(
    rb'<image x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)" '
    rb'preserveAspectRatio="none" xlink:href="data:image/png;base64,([\w+/=]{%d,})"/>' % _LIGHT
)
_VIEW = re.compile(rb'viewBox="0 0 ([\d.]+) [\d.]+"')


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture that was inside a drawing; place and size as parts of the drawing's width."""

    name: str
    data: bytes
    x: float
    y: float
    width: float
    height: float


def rasters_of(picture: Picture) -> tuple[Raster, ...]:
    """Return the large PNGs inside a drawing; none of a picture that is no drawing."""
    if not picture.name.endswith(".svg"):
        return ()
    stem = picture.name.removesuffix(".svg")
    return tuple(
        Raster(f"{stem}-r{number}.png", data, *place)
        for number, (data, place) in enumerate(_apart(picture.data)[1])
    )


def write_picture(picture: Picture, folder: Path) -> None:
    """Write a picture's files for Typst: itself, without what is large inside it, and that."""
    rasters = rasters_of(picture)
    data = _apart(picture.data)[0] if rasters else picture.data
    (folder / picture.name).write_bytes(data)
    for raster in rasters:
        (folder / raster.name).write_bytes(raster.data)


_Place = tuple[float, float, float, float]


@lru_cache(maxsize=64)
def _apart(svg: bytes) -> tuple[bytes, tuple[tuple[bytes, _Place], ...]]:
    view = _VIEW.search(svg)
    if view is None:
        return svg, ()
    scale = float(view[1])
    found = []
    for image in _IMAGE.finditer(svg):
        x, y, width, height = (float(image[n]) / scale for n in range(1, 5))
        found.append((base64.b64decode(image[5]), (x, y, width, height)))
    return (_IMAGE.sub(b"", svg), tuple(found)) if found else (svg, ())
