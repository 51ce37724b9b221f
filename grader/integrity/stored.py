"""Stored outputs against those of the re-run: does the file show what its code gives?

A false alarm is worse than a miss. Only numbers, short texts and pictures of cells are compared
that depend on no chance; progress, times, addresses, warnings, model summaries and formats are left
out. Where chance has a part, only outputs that have nothing in common differ.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.checks.arrays import Floats
from grader.engine.outputs import plain_outputs
from grader.integrity.chance import cells_of_chance
from grader.model import Array, Notebook, NotebookEvidence, Output

__all__ = ["Difference", "differences"]

# Bounded everywhere: what is searched is hostile.
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[-+]?\d{1,4})?(?!\w)", re.IGNORECASE
)
_SKIPPED_LINE = re.compile(
    r"\b\d{1,9}\s{0,3}/\s{0,3}\d{1,9}(?:\s{0,9}-|.{0,200}?(?:\[|━|\bstep|s/it|it/s|ms|ETA))"
    r"|\bloss\s{0,3}:|^\s{0,9}epoch\s{1,9}\d|\b(?:wall time|cpu times)\b"
    r"|\bwarn(?:ing|ungen|ung)?\b|\bdeprecat|\bversion\b|\.py:\d|\d{4}-\d\d-\d\d"
    r"|\d\d:\d\d:\d\d|\b\d{1,3}%\|",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"Layer \(type\)|Total params|Trainable params")
_NOISE = re.compile(
    r"0x[0-9a-f]{6,16}|\b\d{1,9}(?:[.,]\d{1,9})?\s{0,2}(?:ms|µs|us|ns|s|min)\b", re.IGNORECASE
)
_OBJECT = re.compile(r"<[^<>\n]{0,300}>")
_CUT = "[… gekürzt …]"
_RTOL, _ATOL = 2e-2, 2e-2
_LONGEST = 400
_MOST_TEXT = 30_000
_SIDE = 24
_IMAGES_APART = 0.3


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose stored output is another than the re-run's: beginnings of both."""

    cell: int
    stored: str
    rerun: str


def differences(notebook: Notebook, run: NotebookEvidence) -> tuple[Difference, ...]:
    """Compare every cell that has stored outputs and ran well.

    Parameters
    ----------
    notebook : Notebook
        As submitted.
    run : NotebookEvidence
        What running it again gave.
    """
    chance = cells_of_chance(run.cells)
    cells = {c.index: c for c in notebook.cells}
    found = []
    for ran in run.cells:
        cell = cells.get(ran.index)
        if cell is None or not cell.outputs or ran.status != "ok":
            continue
        stored, pictures = plain_outputs(cell.outputs)
        if not stored or any(o.kind == "error" for o in stored):
            continue
        if _differ(stored, pictures, list(ran.outputs), run.blobs, ran.index in chance):
            found.append(Difference(ran.index, _shown(stored), _shown(ran.outputs)))
    return tuple(found)


def _differ(
    stored: list[Output],
    pictures: Mapping[str, Array],
    rerun: list[Output],
    blobs: Mapping[str, Array],
    chance: bool,
) -> bool:
    there, here = _text(stored), _text(rerun)
    if there is None or here is None:
        return False
    if _numbers_differ(_numbers(there), _numbers(here), chance):
        return True
    if chance:
        return False
    return _words_differ(there, here) or _pictures_differ(
        [_thumbnail(pictures.get(o.image)) for o in stored if o.image],
        [_thumbnail(blobs.get(o.image)) for o in rerun if o.image],
    )


def _shown(outputs: list[Output] | tuple[Output, ...]) -> str:
    text = _text(list(outputs)) or ""
    return " ".join(text.split())[:200] or ("[Bild]" if any(o.image for o in outputs) else "")


def _text(outputs: list[Output]) -> str | None:
    """What was printed and shown, without what differs by nature; None if it was cut."""
    lines: list[str] = []
    for output in outputs:
        if output.name == "stderr" or output.kind == "error" or output.image:
            continue
        if _CUT in output.text:
            return None
        if not _SUMMARY.search(output.text):
            lines += output.text[:_MOST_TEXT].split("\n")
    kept = [_OBJECT.sub(" ", _NOISE.sub(" ", x)) for x in lines if not _SKIPPED_LINE.search(x)]
    return "\n".join(kept)


def _numbers(text: str) -> Floats:
    found = [float(n) for n in _NUMBER.findall(text)[:20_000]]
    return np.array(found, dtype=np.float64)


def _numbers_differ(stored: Floats, rerun: Floats, chance: bool) -> bool:
    if not stored.size or (stored.size > 12 and not rerun.size):
        # A long table that is shown in another way (as HTML, as a picture) says nothing.
        return False
    if chance:
        return _nothing_in_common(stored, rerun)
    matched = _matched(stored, rerun)
    missing = stored.size - matched
    return missing > 0 if stored.size <= 4 else missing > max(1, 0.25 * stored.size)


def _matched(stored: Floats, rerun: Floats) -> int:
    """How many stored numbers have a partner of their own among the others."""
    left = np.sort(rerun[np.isfinite(rerun)]).tolist()
    count = place = 0
    for number in np.sort(stored[np.isfinite(stored)]).tolist():
        near = _ATOL + _RTOL * abs(number)
        while place < len(left) and left[place] < number - near:
            place += 1
        if place < len(left) and left[place] <= number + near:
            count += 1
            place += 1
    return count


def _nothing_in_common(stored: Floats, rerun: Floats) -> bool:
    """Tell whether even random results would be of the same size, and these are not."""
    if stored.size < 2 or stored.size != rerun.size:
        return False
    a, b = np.abs(stored) + 1e-6, np.abs(rerun) + 1e-6
    return bool((np.abs(np.log10(a / b)) > 2).mean() > 0.8)


def _words_differ(stored: str, rerun: str) -> bool:
    """Tell whether two short texts have hardly a word in common."""
    if max(len(stored), len(rerun)) > _LONGEST:
        return False
    a, b = (set(re.findall(r"[^\W\d_]{3,}", text.casefold())) for text in (stored, rerun))
    return min(len(a), len(b)) >= 3 and len(a & b) < 0.2 * min(len(a), len(b))


def _thumbnail(data: Array | None) -> Floats | None:
    if data is None:
        return None
    # Not at the top: an unchanged cohort does not need it.
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data.tobytes())) as picture:
            if picture.width * picture.height > 30_000_000:
                return None
            flat = picture.convert("RGBA")
            white = Image.new("RGBA", flat.size, "white")
            small = Image.alpha_composite(white, flat).convert("L").resize((_SIDE, _SIDE))
            return np.asarray(small, dtype=np.float64) / 255
    except (OSError, ValueError, Image.DecompressionBombError, SyntaxError):
        return None


def _pictures_differ(stored: list[Floats | None], rerun: list[Floats | None]) -> bool:
    if len(stored) != len(rerun):
        return False
    pairs = [(a, b) for a, b in zip(stored, rerun, strict=True) if a is not None and b is not None]
    return any(float(np.abs(a - b).mean()) > _IMAGES_APART for a, b in pairs)
