"""Runs inside the student's kernel: records figures as data when they are shown.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, after that of
:mod:`grader.evidence.values`.
"""

import functools
import sys

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.values import clean, finite

__all__ = ["Figures"]

_MAX_FIGURES = 40


class Figures:
    """Records the figures that one kernel shows.

    Parameters
    ----------
    values : Values
    """

    def __init__(self, values):
        self.values = values
        self.shown = []
        self.watching = False

    def watch(self):
        """Hear of every figure that the inline backend displays, once it is imported."""
        backend = sys.modules.get("matplotlib_inline.backend_inline")
        if backend is None or self.watching:
            return
        self.watching = True
        original = vars(backend)["display"]

        @functools.wraps(original)
        def display(*objects, metadata=None, **kwargs):
            metadata = dict(metadata or {})
            for thing in objects:
                number = self.figure(thing)
                if number is not None:
                    metadata["grader-figure"] = number
            return original(*objects, metadata=metadata, **kwargs)

        vars(backend)["display"] = display

    def figure(self, figure):
        """Record a figure's data; return its number within the cell, None if there is none."""
        if not hasattr(figure, "get_axes") or len(self.shown) >= _MAX_FIGURES:
            return None
        try:
            axes = [self._axes(a) for a in figure.get_axes()[:64] if not _is_colorbar(a)]
            size = [float(n) for n in figure.get_size_inches()]
            self.shown.append({"axes": axes, "size": size, "png": ""})
        except Exception:
            return None
        return len(self.shown) - 1

    def _axes(self, axes):
        lines = []
        images = []
        meshes = [c for c in axes.collections if type(c).__name__ == "QuadMesh"][:64]
        others = len(axes.patches) + len(axes.texts) + len(axes.tables)
        others += len(axes.collections) - len(meshes)
        for line in axes.lines[:200]:
            try:
                x, y = (np.asarray(d, dtype=float) for d in line.get_data(orig=False))
                label = str(line.get_label())
                label = "" if label.startswith("_") else label
                lines.append(
                    {"x": self.values.array(x), "y": self.values.array(y), "label": clean(label)}
                )
            except Exception:
                others += 1
        for image in axes.images[:64]:
            try:
                hidden = {"hidden": True} if _is_hidden(image, axes.images[:64]) else {}
                images.append({**self._image(image, image.get_array()), **hidden})
            except Exception:
                others += 1
        for mesh in meshes:
            try:
                images.append({**self._image(mesh, _as_seen(mesh, axes)), "mesh": True})
            except Exception:
                others += 1
        return {
            "title": clean(axes.get_title()),
            "xlabel": clean(axes.get_xlabel()),
            "ylabel": clean(axes.get_ylabel()),
            "xlim": _limits(axes.get_xlim()),
            "ylim": _limits(axes.get_ylim()),
            "lines": lines,
            "images": images,
            "others": int(others),
        }

    def _image(self, image, array):
        data = np.ma.filled(np.ma.asarray(array), 0)
        if data.ndim == 3 and data.dtype.kind == "f" and data.nbytes > self.values.array_bytes:
            # Colours in 0..1, which matplotlib has cut off there: as bytes they may be kept.
            data = np.round(np.nan_to_num(data).clip(0, 1) * 255).astype(np.uint8)
        low, high = image.get_clim()
        alpha = image.get_alpha()
        return {
            "array": self.values.array(data),
            "cmap": str(image.get_cmap().name),
            "alpha": finite(alpha) if np.isscalar(alpha) and alpha is not None else None,
            "vmin": None if low is None else finite(low),
            "vmax": None if high is None else finite(high),
        }


def _is_hidden(image, images):
    """Whether an opaque image that is drawn later covers this one wholly."""
    if not image.get_visible():
        return True
    later = [i for i in images if i.get_zorder() > image.get_zorder()]
    same = [i for i in images if i.get_zorder() == image.get_zorder()]
    later += same[same.index(image) + 1 :]
    return any(_covers(other, image) for other in later)


def _covers(above, below):
    alpha = above.get_alpha()
    solid = alpha is None or (np.isscalar(alpha) and finite(alpha) == 1)
    if not above.get_visible() or not solid:
        return False
    (x, y), (left, right, bottom, top) = _corners(below), above.get_extent()
    wide = min(left, right) <= min(x) and max(x) <= max(left, right)
    return wide and min(bottom, top) <= min(y) and max(y) <= max(bottom, top) and _opaque(above)


def _corners(image):
    left, right, bottom, top = image.get_extent()
    return (left, right), (bottom, top)


def _opaque(image):
    """Whether no pixel lets through what lies below: no gaps, no colours with an opacity."""
    data = np.ma.asarray(image.get_array())
    if np.ma.is_masked(data) or not np.isfinite(data.astype(float)).all():
        return False
    if data.ndim == 3:
        full = 255 if data.dtype.kind in "iu" else 1.0
        return data.shape[-1] == 3 or bool((data[..., 3] >= full).all())
    return bool((image.get_cmap()(np.linspace(0, 1, 64))[:, 3] >= 1).all())


def _as_seen(mesh, axes):
    """Array of ``pcolormesh`` with its first row on top, as that of ``imshow``."""
    places = np.asarray(mesh.get_coordinates())
    data = np.ma.asarray(mesh.get_array())
    if data.ndim == 1:
        data = data.reshape(places.shape[0] - 1, places.shape[1] - 1)
    rightward = places[0, -1, 0] - places[0, 0, 0]
    upward = places[-1, 0, 1] - places[0, 0, 1]
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    if upward * (top - bottom) > 0:
        data = data[::-1]
    return data[:, ::-1] if rightward * (right - left) < 0 else data


def _limits(pair):
    low, high = (finite(n) for n in pair)
    return None if low is None or high is None else [low, high]


def _is_colorbar(axes):
    return hasattr(axes, "_colorbar") or axes.get_label() == "<colorbar>"
