"""Another patient's lab values for individual kits, and the lines of the solution that type them.

Every row keeps its kind: what Excel makes of it (a day, a month, nothing), how many numbers could
have become that date, whether it lies in the normal range. So each sheet has the same errors in
the same rows, and just as many that only the printed sheet decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.build.sheet import VALUES, LabValue, german_excel, out_of_range

__all__ = ["kind_of", "other_patient", "passages"]

# What the solution says beside a value that it types in.
_REMARKS = {
    "CA": "  # {shown}",
    "CHOL": "  # {shown}: {other} oder {value}, das entscheidet nur das Blatt",
    "GGT": '  # "zu groß" ist kein Messwert',
    "GOT": '  # " ok" auch nicht',
    "THRO": "  # fehlte ganz",
}
_WIDTH = 0.25
_UNDAMAGED = "number"


def other_patient(rng: np.random.Generator) -> tuple[LabValue, ...]:
    """Draw another patient; values that are damaged differ from the lab's."""
    return tuple(replace(row, value=_other_value(row, rng)) for row in VALUES)


def kind_of(row: LabValue) -> tuple[str, bool, str]:
    """Say what has to be the same in every sheet.

    Returns
    -------
    damage : str
        ``"day"``, ``"month"`` or ``"number"`` (Excel leaves it alone).
    ambiguous : bool
        Whether another number becomes the same date.
    flag : str
        As :func:`~data.build.sheet.out_of_range`.
    """
    shown = german_excel(row.value)
    damage = "day" if ". " in shown else "month" if " " in shown else _UNDAMAGED
    return damage, damage == "day" and _twin(row.value) != "", out_of_range(row)


def passages(values: Sequence[LabValue]) -> dict[str, str]:
    """Lines of the solution that type values in: the lab's, and those of other values."""
    found = {}
    for row, own in zip(VALUES, values, strict=True):
        if row.damaged is not None or kind_of(row)[0] != _UNDAMAGED:
            found[_line(row)] = _line(own)
    return found


def _line(row: LabValue) -> str:
    remark = _REMARKS.get(row.code, "").format(
        shown=german_excel(row.value), value=row.value, other=_twin(row.value)
    )
    return f'    "{row.code}": {float(row.value)},{remark}\n'


def _twin(value: str) -> str:
    """The other number that Excel shows alike: 5.7 for 5.07, 5.07 for 5.7; "" if there is none."""
    whole, _, decimals = value.partition(".")
    if len(decimals) == 2 and decimals[0] == "0":
        return f"{whole}.{decimals[1]}"
    return f"{whole}.0{decimals}" if len(decimals) == 1 and decimals != "0" else ""


def _other_value(row: LabValue, rng: np.random.Generator) -> str:
    """A value near the lab's, in the same range; where Excel leaves it alone it may be the same."""
    decimals = len(row.value.partition(".")[2])
    kind, damaged = kind_of(row), row.damaged is not None or kind_of(row)[0] != _UNDAMAGED
    while True:
        drawn = float(row.value) * rng.uniform(1 - _WIDTH, 1 + _WIDTH)
        other = replace(row, value=f"{drawn:.{decimals}f}")
        if kind_of(other) == kind and not (damaged and other.value == row.value):
            return other.value
