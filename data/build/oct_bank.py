"""Scans for individual kits: which ones the given network gets right, and which wrong.

A group's four scans are as hard as the lab's: one of each class, severity 0.8, two that the network
gets right and two that it gets wrong, with the same probabilities and margin. Which scans
are like that only the network can say, so it is asked once, and the answers are kept in
`oct_bank.json`. Run by hand (some minutes on one core): ``python -m data.build oct_bank``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from data.build.oct import CLASSES, scan
from data.build.oct_network import LAB_SEVERITY, MARGIN, to_input

__all__ = ["BANK", "RIGHT", "WRONG", "fits", "train"]

BANK = Path(__file__).with_name("oct_bank.json")
# Far from all other seeds: of training, test, the lab's scans and the second look's.
FIRST_SEED = 12_000_000
PER_CLASS = 12
MOST_SCANS = 4000
# Probability of the class that the network says, at least and at most.
RIGHT, WRONG = (0.65, 0.97), (0.45, 0.65)


def fits(truth: int, row: np.ndarray) -> str:
    """Say what a scan is good for: ``"right"``, ``"wrong"``, or ``""`` for neither.

    A wrong answer whose place from 0 is the right class's number from 1 would look right to whoever
    counts from the wrong end; the lab has none of these. So a healthy eye is always recognised:
    what the network mistakes it for is the class after it.
    """
    second, first = np.sort(row)[-2:]
    said = int(row.argmax())
    if first - second < MARGIN or said == truth + 1:
        return ""
    kind, (least, most) = ("right", RIGHT) if said == truth else ("wrong", WRONG)
    return kind if least <= first <= most else ""


def train(out: Path) -> list[Path]:
    """Ask the network in `out` (the lab's data folder), and write the bank beside this module."""
    import tf_keras as keras

    model = keras.models.load_model(out / "oct.h5", compile=False)
    bank: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for truth, name in enumerate(CLASSES):
        found = bank[name] = {"right": [], "wrong": []}
        for seed in range(FIRST_SEED, FIRST_SEED + MOST_SCANS):
            # There is no healthy eye to be found that is mistaken as it should be.
            full = len(found["right"]) >= PER_CLASS
            if full and (name == "NORMAL" or len(found["wrong"]) >= PER_CLASS):
                break
            row = model.predict_on_batch(to_input(scan(name, seed, LAB_SEVERITY)[None]))[0]
            kind = fits(truth, row)
            if kind and len(found[kind]) < PER_CLASS:
                softmax = [round(float(value), 6) for value in row]
                found[kind].append({"seed": seed, "softmax": softmax})
    BANK.write_text(_lines(bank), encoding="utf-8")
    return [BANK]


def _lines(bank: dict[str, dict[str, list[dict[str, Any]]]]) -> str:
    """JSON with a line for each scan."""
    kinds = (
        f' "{name} {kind}": [\n' + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ]"
        for name, found in bank.items()
        for kind, rows in found.items()
        if rows
    )
    return "{\n" + ",\n".join(kinds) + "\n}\n"
