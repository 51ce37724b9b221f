"""A group's own data and task texts: ``python -m data.build.individual FOLDER NUMBER``.

``FOLDER`` holds copies of the lab's data (``data/``) and of its notebooks' sources
(``notebooks/``). Replaced are the patient's sheet and its damaged csv, the weights of task 1a, the
OCT scans, and in the sources whatever names one of them: task texts, typed values, answers. The
same number gives the same files; two numbers give tasks of the same kind and difficulty.

A passage of a source is found by what the lab's own values make of it, so that sources stay plain
scripts; one that is missing or stands twice is an error.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from data.build import oct, oct_answers, sheet, sheet_values
from data.build.oct_anatomy import add_drusen, healthy_eye
from data.build.oct_bank import BANK
from data.build.oct_network import LAB_SEVERITY
from data.build.small_net import LAB, SmallNet, networks

__all__ = ["Individual", "draw", "main", "write"]

_HEALTHY = "NORMAL"


@dataclass(frozen=True)
class Individual:
    """What a group gets that others do not.

    Attributes
    ----------
    scans : tuple of oct_answers.Shown
        The four scans with what the network says of them.
    drusen_seed : int
        Decides about the picture to augment.
    """

    net: SmallNet
    values: tuple[sheet.LabValue, ...]
    scans: tuple[oct_answers.Shown, ...]
    drusen_seed: int


def draw(number: int) -> Individual:
    """Draw a group's own values.

    Parameters
    ----------
    number : int
        Not negative.
    """
    rng = np.random.default_rng([number, 2017])
    choices = networks()
    return Individual(
        net=choices[int(rng.integers(len(choices)))],
        values=sheet_values.other_patient(rng),
        scans=_scans(rng),
        drusen_seed=int(rng.integers(1_000_000)),
    )


def write(folder: Path, own: Individual) -> None:
    """Write a group's data and sources over the copies in a folder.

    Raises
    ------
    LookupError
        If a passage that has to change is not found, or is not the only one.
    """
    data, notebooks = folder / "data", folder / "notebooks"
    sheet.build(data, own.values)
    np.savez_compressed(
        data / "oct_bilder.npz",
        bilder=np.stack([oct.scan(s.truth, s.seed, LAB_SEVERITY) for s in own.scans]),
    )
    eye = healthy_eye(np.random.default_rng([31, own.drusen_seed]), tilt_limit=0.03)
    add_drusen(eye, 1.0)
    picture = Image.fromarray(oct.photograph(eye, borders=False))
    picture.save(data / "oct_drusen.jpeg", quality=95)

    old, new = LAB.passages(), own.net.passages()
    in_script = [name for name in old if name.startswith("start_")]
    _rewrite(data / "notebook1_code.py", {old[n]: new[n] for n in in_script})
    _rewrite(
        notebooks / "notebook1.py",
        {old[n]: new[n] for n in old if n not in in_script},
        {"1a-hand": own.net.hand(), "1a-compare": own.net.compared()},
    )
    _rewrite(
        notebooks / "notebook2.py",
        {
            **sheet_values.passages(own.values),
            oct_answers.truth_line(oct_answers.LAB): oct_answers.truth_line(own.scans),
        },
        {
            "2b-diagnosis": oct_answers.diagnosis(own.scans),
            "2b-interpretation": oct_answers.interpretation(own.scans),
        },
    )


def main(arguments: list[str] | None = None) -> int:
    """Entry point: ``FOLDER NUMBER``."""
    folder, number = sys.argv[1:] if arguments is None else arguments
    write(Path(folder), draw(int(number)))
    return 0


def _scans(rng: np.random.Generator) -> tuple[oct_answers.Shown, ...]:
    """One scan of each class in any order but the lab's; two the network gets wrong.

    A healthy eye is always recognised, see :func:`data.build.oct_bank.fits`.
    """
    bank = json.loads(BANK.read_text(encoding="utf-8"))
    usual = [shown.truth for shown in oct_answers.LAB]
    order = usual
    while order == usual:
        order = [oct.CLASSES[i] for i in rng.permutation(len(oct.CLASSES))]
    ill = [name for name in oct.CLASSES if name != _HEALTHY]
    right = {_HEALTHY, ill[int(rng.integers(len(ill)))]}
    shown = []
    for name in order:
        rows = bank[f"{name} {'right' if name in right else 'wrong'}"]
        row = rows[int(rng.integers(len(rows)))]
        shown.append(oct_answers.Shown(name, row["seed"], tuple(row["softmax"])))
    return tuple(shown)


def _rewrite(
    path: Path, passages: Mapping[str, str], solutions: Mapping[str, str] | None = None
) -> None:
    """Replace passages, each of which must stand there once, and the solutions of text slots."""
    text = path.read_text(encoding="utf-8")
    for old, new in passages.items():
        if text.count(old) != 1:
            raise LookupError(f"{path.name}: {text.count(old)} mal {old.strip()!r} statt einmal")
        # Not all at once: what was put in may hold another passage.
        text = text.replace(old, f"\0{new}\0")
    text = text.replace("\0", "")
    for slot, answer in (solutions or {}).items():
        lines = "".join(f"# {line}".rstrip() + "\n" for line in answer.splitlines())
        pattern = rf'(?s)(slot="{re.escape(slot)}"\n# <student>\n.*?# <solution>\n).*?(# <end>)'
        text, count = re.subn(pattern, lambda m, lines=lines: m[1] + lines + m[2], text, count=1)
        if count != 1:
            raise LookupError(f"{path.name}: die Lösung von {slot} wurde nicht gefunden")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
