"""What saving as JPEG does to a picture, found out by saving it once more."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

__all__ = ["compressed", "quality_of"]

Plane = NDArray[np.float64]

# Common settings: 95 (OpenCV, TensorFlow), 75 (Pillow, matplotlib), and others.
_QUALITIES = (100, 98, 95, 92, 90, 85, 80, 75, 70, 60, 50, 30)
_DIP = 0.65


def compressed(picture: Plane, quality: int) -> Plane:
    """Return a plane as it comes back from a JPEG file of this quality, grey levels 0..255."""
    file = io.BytesIO()
    levels = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    Pillow.fromarray(levels).save(file, "JPEG", quality=quality)
    with Pillow.open(file) as opened:
        return np.asarray(opened, dtype=np.float64)


def quality_of(picture: Plane) -> int | None:
    """Return the quality at which a picture was saved as JPEG before it was read again.

    Saving anew at the same quality changes little; at any other it changes more.

    Returns
    -------
    int or None
        None if it was not, or so that nothing is lost.
    """
    whole = np.round(picture)
    if float(np.abs(picture - whole).max()) > 0.02 or whole.min() < 0 or whole.max() > 255:
        return None
    change = [float(np.sqrt(((compressed(whole, q) - whole) ** 2).mean())) for q in _QUALITIES]
    # Without a JPEG before, the lower the quality the more is lost: one that loses less than
    # both its neighbours was there already.
    dips = [
        (change[i] / min(change[i - 1], change[i + 1]), _QUALITIES[i])
        for i in range(1, len(_QUALITIES) - 1)
        if min(change[i - 1], change[i + 1]) > 0
    ]
    depth, quality = min(dips, default=(1.0, 0))
    return quality if depth < _DIP else None
