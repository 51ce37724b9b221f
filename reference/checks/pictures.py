"""Task 2c: the pictures that a group made from the given scan, and what was done to each."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PIL import Image as Pillow

from grader.checks import Context, Side
from grader.checks.greys import is_seen
from grader.checks.images import decode, plane, same_picture
from grader.checks.transforms import Kind, Step, Transformation, recognise
from grader.errors import NotJudged
from grader.model import Array, SavedFile

from .picture_sources import blob, file_arrays, named, shown_arrays

__all__ = [
    "Picture",
    "Pictures",
    "Saved",
    "called",
    "distinct",
    "method",
    "method_of",
    "pictures_of",
    "saved_pictures",
    "seen_steps",
]

SCAN = "oct_drusen.jpeg"
PICTURE_FILES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".gif",
    ".pdf",
    ".svg",
    ".npy",
    ".npz",
)
_MOST = 24
# Grey levels of 0..255 between a kept picture and the same one shown or saved.
_SAME_LEVELS = 2.5
_FILE_LEVELS = 8.0
_ROUNDING = 0.6
_METHODS: dict[Kind, str] = dict.fromkeys(("offset", "contrast", "gamma"), "brightness")
_SIDE_EFFECTS: frozenset[Kind] = frozenset({"resized"})

# How the released notebook calls the transformations: a second witness.
_CALLS = {
    "fliplr": r"fliplr|flip_left_right|flip\([^)]*(axis\s*=\s*)?1|mirror|::\s*-1\s*[,\]]",
    "flipud": r"flipud|flip_up_down|flip_top_bottom|ImageOps\.flip|flip\([^)]*0|\[::-1",
    "rotation": r"apply_affine_transform|rotat|rot90|warpAffine|affine",
    "quarter_turn": r"apply_affine_transform|rotat|rot90|warpAffine|affine|flip|::-1",
    "shift": r"shift|roll|tx\s*=|ty\s*=|translat|affine",
    "zoom": r"zoom|zx\s*=|resize|scale|crop",
    "transposed": r"transpose|swapaxes|\.T\b",
    "brightness": r"brightness|gamma|contrast|\*\s*\d|\d\s*\*|\+\s*\d|convertScaleAbs",
    "blur": r"blur|gaussian_filter|median|uniform_filter",
    "gauss": r"gauss|normal|randn",
    "s&p": r"s&p|salt|pepper",
    "poisson": r"poisson",
    "speckle": r"spec?kle|normal|randn",
}


@dataclass
class Picture:
    """A transformed picture: the names it has, what was done, and whether a figure shows it."""

    array: Array
    what: Transformation
    names: list[str] = field(default_factory=list)
    shown: bool = False

    @property
    def blank(self) -> bool:
        """All pixels are alike."""
        return float(np.ptp(self.array)) < 1e-9


@dataclass(frozen=True)
class Pictures:
    """What task 2c left behind.

    Attributes
    ----------
    made : list of Picture
        Transformed versions of the scan, without repetitions.
    copies : int
        Variables besides the original that do not differ from it.
    foreign : int
        Pictures that do not stem from the scan.
    """

    made: list[Picture]
    copies: int = 0
    foreign: int = 0
    base: Array | None = None

    @property
    def methods(self) -> dict[str, Picture]:
        """One picture for each different method, in order."""
        return distinct(self.made)


def method(picture: Picture) -> str:
    """Name the method(s) regardless of strength: two angles are one method."""
    if picture.blank:
        return "blank"
    left_out = _SIDE_EFFECTS | {"overflow"}
    kinds = {method_of(s) for s in seen_steps(picture) if s.kind not in left_out}
    return "+".join(sorted(kinds)) or "overflow"


def seen_steps(picture: Picture) -> list[Step]:
    """Steps that a person sees; all, if none is seen."""
    noise = ("gauss", "poisson", "speckle", "noise")
    seen = [s for s in picture.what.steps if s.kind not in noise or is_seen(s)]
    return seen or list(picture.what.steps)


def method_of(step: Step) -> str:
    """Name the method that a step belongs to: an offset is brightness as well.

    A turn by right angles (``np.rot90``) is another method than a slight rotation.
    """
    quarters = round(step.amount / 90)
    if step.kind == "rotation" and quarters and abs(step.amount - 90 * quarters) < 0.5:
        return "quarter_turn"
    return _METHODS.get(step.kind, step.kind)


def distinct(made: list[Picture]) -> dict[str, Picture]:
    """Give each picture a method of its own, for as many pictures as possible.

    A mirrored picture that is then turned stands for turning if another one is only mirrored; a
    combination of what others show already stands for nothing.
    """
    holders: dict[str, Picture] = {}

    def settle(picture: Picture, tried: set[str]) -> bool:
        for kind in method(picture).split("+"):
            if kind not in tried:
                tried.add(kind)
                if kind not in holders or settle(holders[kind], tried):
                    holders[kind] = picture
                    return True
        return False

    # Simple ones first: they have no choice.
    for picture in sorted(made, key=lambda p: method(p).count("+")):
        settle(picture, set())
    order = {id(p): i for i, p in enumerate(made)}
    return dict(sorted(holders.items(), key=lambda pair: order[id(pair[1])]))


def pictures_of(ctx: Context) -> Pictures:
    """Collect all transformed pictures of task 2c: variables, shown and saved ones.

    Raises
    ------
    NotJudged
        If nothing of task 2c was run, or the scan itself is not there.
    """
    side = ctx.student
    side.require("2c")
    scan = _scan(ctx)
    before = {name for name, _ in side.made("2c-load")}
    state = side.state("2c")
    kept = [
        # A name that got another picture later stands for that one only.
        (n if state.get(name) == v else "", p)
        for name, v in side.made("2c")
        for n, p in named(side, name, v)
    ]
    # Their own copy of the scan: another decoder may differ by a grey level.
    base = next((p for _, p in kept if _is_copy(scan, p)), scan)
    collected = _Collected(base)
    for name, array in kept[: 4 * _MOST]:
        collected.variable(array, name, given=name in before)
    for array in shown_arrays(side, base.shape):
        collected.figure(array)
    for array in file_arrays(side):
        collected.file(array)
    return Pictures(collected.made, collected.copies, collected.foreign, base)


@dataclass(frozen=True)
class Saved:
    """Picture files that task 2c wrote: transformed ones, blank ones, the original once more."""

    full: list[SavedFile] = field(default_factory=list)
    blank: list[SavedFile] = field(default_factory=list)
    originals: list[SavedFile] = field(default_factory=list)


def saved_pictures(side: Side, pictures: Pictures) -> Saved:
    """Tell what task 2c's picture files hold; one that cannot be read counts as transformed."""
    saved = Saved()
    for file in side.files("2c"):
        if file.path.lower().endswith(PICTURE_FILES) and file.size > 0:
            picture = plane(decode(blob(side, file.image)))
            empty = picture is not None and float(np.ptp(picture)) < 1e-9
            if picture is not None and not empty and _is_original(picture, pictures):
                saved.originals.append(file)
            else:
                (saved.blank if empty else saved.full).append(file)
    return saved


def _is_original(saved: Array, pictures: Pictures) -> bool:
    base = pictures.base
    if base is None or saved.shape != base.shape:
        return False
    distance = _distance(base, saved)
    made = [_distance(p.array, saved) for p in pictures.made if p.array.shape == saved.shape]
    return distance <= _FILE_LEVELS and all(distance < d for d in made)


def called(side: Side) -> set[str]:
    """Methods that the source of task 2c mentions."""
    code = re.sub(r"#.*", "", side.source("2c"))
    return {kind for kind, sign in _CALLS.items() if re.search(sign, code)}


class _Collected:
    """Gathers pictures without repetitions."""

    def __init__(self, base: Array) -> None:
        self.base = base
        self.made: list[Picture] = []
        self.copies = self.foreign = 0

    def variable(self, array: Array, name: str, *, given: bool) -> None:
        """Add a variable; ``given``: it was there before transforming began."""
        self._add(array, name, given=given)

    def figure(self, array: Array) -> None:
        """Note that a picture is shown; add it if no variable holds it."""
        picture = self._add(array, "", given=True)
        if picture is not None:
            picture.shown = True

    def file(self, array: Array) -> None:
        """Add a saved picture that no variable holds and no figure shows."""
        if array.shape != self.base.shape or len(self.made) >= _MOST:
            return
        # JPEG changes single grey levels; saved without vmin and vmax they were spread as well.
        known = [p.array for p in self.made if p.array.shape == array.shape]
        near = any(_distance(k, array) <= _FILE_LEVELS for k in (self.base, *known))
        if not near and not any(same_picture(k, array, 0.05) for k in known):
            self._add(array, "", given=True)

    def _add(self, array: Array, name: str, *, given: bool) -> Picture | None:
        known = self._known(array)
        if known is None and len(self.made) < _MOST:
            what = _recognised(_Keyed(self.base), _Keyed(array))
            if what.related and what.kinds <= _SIDE_EFFECTS:
                self.copies += not given
                return None
            blank = float(np.ptp(array)) < 1e-9 and array.shape == self.base.shape
            if not what.related and not blank:
                self.foreign += not given
                return None
            known = Picture(array, what)
            twin = self._twin(known)
            if twin is None:
                self.made.append(known)
            known = twin or known
        if known is not None and name and name not in known.names:
            known.names.append(name)
        return known

    def _known(self, array: Array) -> Picture | None:
        alike = (p for p in self.made if p.array.shape == array.shape)
        return next((p for p in alike if _distance(p.array, array) <= 1e-3), None)

    def _twin(self, picture: Picture) -> Picture | None:
        """Return the same picture with rounded or rescaled grey values."""
        for other in self.made:
            if other.array.shape == picture.array.shape:
                distance = _distance(other.array, picture.array)
                rounded = distance <= _ROUNDING and other.what.visible and picture.what.visible
                alike = distance <= _SAME_LEVELS and method(other) == method(picture)
                if rounded or alike:
                    return other
        return None


class _Keyed:
    """An array that can be a key: by content."""

    def __init__(self, array: Array) -> None:
        self.array = array
        data = np.ascontiguousarray(array)
        self.digest = hashlib.sha256(str(data.shape).encode() + data.tobytes()).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.digest == other.digest


@lru_cache(maxsize=64)
def _recognised(base: _Keyed, found: _Keyed) -> Transformation:
    # Three checks ask the same of each picture.
    return recognise(base.array, found.array)


def _distance(one: Array, other: Array) -> float:
    """Root mean square distance in grey levels, both cut to 0..255 as when shown or saved."""
    a, b = (x * (255.0 if 0 < np.percentile(np.abs(x), 99) <= 3 else 1.0) for x in (one, other))
    return float(np.sqrt(((np.clip(a, 0, 255) - np.clip(b, 0, 255)) ** 2).mean()))


def _is_copy(scan: Array, array: Array) -> bool:
    if array.shape != scan.shape:
        return False
    return _distance(scan, array) < 1.5 and float(np.abs(np.round(array) - array).max()) < 1e-3


def _scan(ctx: Context) -> Array:
    """Return the untransformed scan: the reference's variable, else the file itself."""
    for name, value in ctx.reference.made("2c-load"):
        if name == "img":
            found = plane(ctx.reference.array("2c-load", value.array))
            if found is not None:
                return found
    path = ctx.lab.data / SCAN
    if not path.is_file():
        raise NotJudged(f"Das Ausgangsbild {SCAN} fehlt in den Daten des Labors.")
    with Pillow.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float64)
