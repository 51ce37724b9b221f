"""Pictures from pixels: decoded under a cap and encoded anew.

Pixels come from the student's process. Pillow decodes them (PNG and JPEG only, with a cap on their
number), and no byte of the original file gets into a document.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
from PIL import Image as PilImage

from grader.model import Array

__all__ = ["Pixels", "encoded"]

_MAX_PIXELS = 20_000_000
_MAX_SIDE = 1_400
_MIN_SIDE = 200
_LIGHT = 8_000  # bytes; a smaller PNG stays one
_QUALITY = 90
_PHOTOGRAPH = 0.67  # a JPEG's size as part of a PNG's
_CACHED = 128


@dataclass(frozen=True, slots=True)
class Pixels:
    """An encoded picture: file ending, bytes, and the size that it came with, in pixels."""

    ending: str
    data: bytes
    width: int
    height: int


_lock = Lock()
_known: OrderedDict[str, Pixels | None] = OrderedDict()


def encoded(array: Array) -> Pixels | None:
    """Encode a picture anew; None if it is none, or too large.

    Helpers of the lab show every group the same pictures: the last ones are remembered.

    Parameters
    ----------
    array : ndarray
        uint8 of shape (n,): the bytes of a PNG or JPEG file. Pixels: (h, w) or (h, w, 1, 3 or 4).
    """
    if array.size == 0 or array.nbytes > 8 * _MAX_PIXELS:
        return None
    content = np.ascontiguousarray(array)
    digest = hashlib.blake2b(content.tobytes(), digest_size=20)
    digest.update(f"{content.dtype}{content.shape}".encode())
    key = digest.hexdigest()
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    image = _decode(content)
    made = None if image is None else _encode(image)
    with _lock:
        _known[key] = made
        while len(_known) > _CACHED:
            _known.popitem(last=False)
    return made


def _encode(image: PilImage.Image) -> Pixels:
    """Encode as JPEG what is like a photograph (scans, heatmaps over them), the rest as PNG.

    Typst decodes a PNG and compresses its pixels again, for each document; a JPEG's bytes stand
    in the PDF as they are. Edges, digits and cyclic colour maps, which JPEG would blur, are
    smaller as PNG: the sizes tell one kind from the other.
    """
    width, height = image.size
    image.thumbnail((_MAX_SIDE, _MAX_SIDE))
    if image.width < _MIN_SIDE:  # enlarged by a viewer it would be blurred
        factor = -(-_MIN_SIDE // image.width)
        if image.height * factor < 4 * _MAX_SIDE:
            size = (image.width * factor, image.height * factor)
            image = image.resize(size, PilImage.Resampling.NEAREST)
    image = _grey_if_grey(image)
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.save(png, "PNG", compress_level=3)
    if png.tell() > _LIGHT:
        image.save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
        if jpeg.tell() < _PHOTOGRAPH * png.tell():
            return Pixels("jpg", jpeg.getvalue(), width, height)
    return Pixels("png", png.getvalue(), width, height)


def _grey_if_grey(image: PilImage.Image) -> PilImage.Image:
    """Return a grey image where the three colours are the same: a third of the bytes."""
    if image.mode != "RGB":
        return image
    pixels = np.asarray(image)
    same = bool((pixels == pixels[:, :, :1]).all())
    return PilImage.fromarray(np.ascontiguousarray(pixels[:, :, 0])) if same else image


def _decode(array: Array) -> PilImage.Image | None:
    if array.ndim == 1 and array.dtype == np.uint8:
        return _decode_file(array.tobytes())
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    plausible = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if not plausible or array.dtype.kind not in "biuf":
        return None
    return _flat(PilImage.fromarray(_as_bytes(array)))


def _as_bytes(array: Array) -> Array:
    """Scale pixels to 0..255: bytes stay, floats in [0, 1] are stretched, others fitted."""
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    numbers = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scaled = (numbers - low) * (255.0 / ((high - low) or 1.0))
    fitted: Array = np.clip(scaled, 0, 255).astype(np.uint8)
    return fitted


def _decode_file(data: bytes) -> PilImage.Image | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PilImage.DecompressionBombWarning)
            image = PilImage.open(io.BytesIO(data), formats=("PNG", "JPEG"))
            if image.width * image.height > _MAX_PIXELS or image.width > 50 * image.height:
                return None
            if image.height > 20 * image.width:
                return None
            image.load()
            return _flat(image)
    # Pillow's decoders raise these for broken or oversized files (SyntaxError: broken PNG).
    except (OSError, ValueError, SyntaxError, EOFError, PilImage.DecompressionBombError):
        return None
    except PilImage.DecompressionBombWarning:
        return None


def _flat(image: PilImage.Image) -> PilImage.Image:
    """Return an RGB or grey image without transparency and metadata."""
    if image.mode in ("L", "RGB"):
        return PilImage.frombytes(image.mode, image.size, image.tobytes())
    if image.mode == "1" or image.mode.startswith("I") or image.mode == "F":
        return image.convert("L")
    rgba = image.convert("RGBA")
    if rgba.getchannel("A").getextrema() == (255, 255):
        return rgba.convert("RGB")
    ground = PilImage.new("RGBA", rgba.size, "white")
    return PilImage.alpha_composite(ground, rgba).convert("RGB")
