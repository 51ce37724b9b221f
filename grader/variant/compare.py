"""Compares two runs of the same code, with the lab's data and with others.

What the reference's results did between its two runs is what a submission's are measured by.
Findings are observations: none of them says why a result did not follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.errors import StoreError
from grader.lab import ResultSpec
from grader.model import Array, Table, VariantFinding, VariantState
from grader.variant.items import arrays, printed_lines, tables
from grader.variant.matching import (
    AGREES,
    NO_CHANGE,
    SAME,
    Incomparable,
    Runs,
    choose,
    close,
    counterpart,
    expected_arrays,
    why_missing,
)

__all__ = ["compare_results"]

_NOTHING_FOUND = "In diesem Bereich wurde kein Ergebnis dieser Form gefunden."


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: VariantState
    sentence: str
    details: dict[str, Any]


def compare_results(
    specs: Iterable[ResultSpec], student: Runs, reference: Runs
) -> tuple[VariantFinding, ...]:
    """Say of every result whether it follows the data.

    Parameters
    ----------
    specs : iterable of ResultSpec
    student, reference : Runs
        Both under the same profile.
    """
    found = []
    for spec in specs:
        try:
            # Numbers of students may overflow.
            with np.errstate(all="ignore"):
                verdict = _HOW[spec.kind](spec, student, reference)
        except Incomparable as reason:
            verdict = _Verdict("incomparable", str(reason), {})
        except StoreError:
            verdict = _Verdict("incomparable", "Ein Beleg ist beschädigt.", {})
        if verdict is None:
            continue
        if verdict.state == "unchanged" and spec.typed:
            verdict = _Verdict("typed", verdict.sentence, verdict.details)
        task = student.first.lab.slot_by_id[spec.slot].task
        found.append(
            VariantFinding(
                task, spec.slot, spec.title, verdict.state, verdict.sentence, verdict.details
            )
        )
    return tuple(found)


# --------------------------------------------------------------------------- one array


def _values(spec: ResultSpec, student: Runs, reference: Runs) -> _Verdict:
    where, before, after, old, new = _found(spec, student, reference)
    if close(before, after, SAME):
        return _Verdict("unchanged", f"{where} ist in beiden Läufen dasselbe.", {})
    if close(before, old, AGREES) and not close(after, new, AGREES):
        sentence = (
            f"{where} stimmt mit den ursprünglichen Daten mit der Musterlösung überein, mit den "
            "anderen nicht mehr."
        )
        return _Verdict("differs", sentence, {})
    agrees = close(after, new, AGREES)
    return _Verdict("follows", f"{where} folgt den Daten.", {"agrees": agrees})


def _choice(spec: ResultSpec, student: Runs, reference: Runs) -> _Verdict:
    """Training ends a little elsewhere each time: the largest entries count, not the values."""
    where, before, after, old, new = _found(spec, student, reference)
    if close(before, after, SAME):
        return _Verdict("unchanged", f"{where} ist in beiden Läufen dasselbe.", {})
    first, second, wanted, other = (
        np.argmax(a, axis=-1).ravel() for a in (before, after, old, new)
    )
    moved = wanted != other
    right_before = bool(np.array_equal(first, wanted))
    if right_before and moved.sum() > 1 and bool(np.all(second[moved] == first[moved])):
        sentence = f"{where} hat in beiden Läufen dieselben größten Einträge."
        return _Verdict("unchanged", sentence, {})
    details = {"agreeing": int(np.sum(second == other)), "of": int(other.size)}
    return _Verdict("follows", f"{where} folgt den Daten.", details)


def _found(
    spec: ResultSpec, student: Runs, reference: Runs
) -> tuple[str, Array, Array, Array, Array]:
    """Where the student's array is, that array in both runs, then the reference's."""
    old, new = expected_arrays(spec, reference)
    candidates = [i for i in arrays(student.first, spec.slot) if i.shape == old.shape]
    item = choose(candidates, spec.names, old)
    if item is None:
        raise Incomparable(why_missing(student.first, spec.slot) or _NOTHING_FOUND)
    later = counterpart(item, student.second, spec.slot)
    if item.array is None or later.array is None:
        raise Incomparable("Das Ergebnis ist zu groß, um es zu vergleichen.")
    what = {"variable": f"»{item.name}«", "predict": "die Vorhersage", "image": "das Bild"}
    where = f"Zelle {item.key[0] + 1}: {what[item.key[1]]}"
    return where, item.array, later.array, old, new


# --------------------------------------------------------------------------- printed numbers


def _printed(spec: ResultSpec, student: Runs, reference: Runs) -> _Verdict | None:
    """Printed classes; None where a submission does not print them one recognises."""
    old, new = (np.argmax(a, axis=-1).ravel().tolist() for a in expected_arrays(spec, reference))
    if old == new:
        raise Incomparable(NO_CHANGE)
    before = printed_lines(student.first, spec.slot)
    if not _says(before, old):
        return None
    after = printed_lines(student.second, spec.slot)
    if not after:
        raise Incomparable(
            why_missing(student.second, spec.slot) or "Mit den anderen Daten wird nichts gedruckt."
        )
    if _says(after, old) and not _says(after, new):
        sentence = "Ausgegeben werden in beiden Läufen dieselben Zahlen."
        return _Verdict("unchanged", sentence, {})
    return _Verdict("follows", "Die Ausgabe folgt den Daten.", {})


def _says(lines: list[list[int]], wanted: list[int]) -> bool:
    """Whether a line, or the last numbers of consecutive lines, are the wanted ones."""
    rows = [*lines, [line[-1] for line in lines]]
    size = len(wanted)
    return any(row[i : i + size] == wanted for row in rows for i in range(len(row) - size + 1))


# --------------------------------------------------------------------------- pictures


def _pictures(spec: ResultSpec, student: Runs, reference: Runs) -> _Verdict:
    old, _ = expected_arrays(spec, reference)
    items = [i for i in arrays(student.first, spec.slot) if i.shape == old.shape]
    items = [i for i in items if i.name in spec.names] or items
    # A blank picture says nothing.
    items = [i for i in items if i.array is None or np.ptp(i.array.astype(np.float64)) > 0]
    if not items:
        raise Incomparable(why_missing(student.first, spec.slot) or _NOTHING_FOUND)
    known, missing = {}, ""
    for item in items:
        try:
            known[item.key] = counterpart(item, student.second, spec.slot).digest == item.digest
        except Incomparable as reason:
            missing = str(reason)
    if not known:
        raise Incomparable(missing)
    same = sum(known.values())
    details = {"same": same, "of": len(known)}
    named_ones = all(key[2] in spec.names for key in known)
    if same and (same == len(known) or named_ones):
        sentence = f"In beiden Läufen gleich: {same} von {len(known)} Bildern."
        return _Verdict("unchanged", sentence, details)
    return _Verdict("follows", "Die Bilder folgen den Daten.", details)


# --------------------------------------------------------------------------- tables


def _table(spec: ResultSpec, student: Runs, reference: Runs) -> _Verdict:
    sides = (reference.first, reference.second, student.first, student.second)
    found = [tables(side, spec.slot) for side in sides]
    name = next((n for n in spec.names if n in found[0] and n in found[1]), None)
    if name is None:
        raise Incomparable("Die Musterlösung hat diese Tabelle nicht.")
    moved = _changed(found[0][name], found[1][name])
    if not moved:
        raise Incomparable(NO_CHANGE)
    wide = len(found[0][name].columns)
    own = {n: t for n, t in found[2].items() if len(t.columns) == wide}
    if not own:
        raise Incomparable(why_missing(student.first, spec.slot) or _NOTHING_FOUND)
    mine = name if name in own else max(own, key=lambda n: len(own[n].cells))
    if mine not in found[3]:
        raise Incomparable(why_missing(student.second, spec.slot) or _NOTHING_FOUND)
    changed = _changed(own[mine], found[3][mine])
    rows = len(own[mine].cells)
    details = {"changed": sorted(changed), "rows": rows}
    counted = f"{len(changed)} von {rows} Zeilen ändern sich mit den Daten"
    if spec.typed:
        # Whoever undoes the damage by a rule has more rows that follow than the reference.
        follows = len(changed) > len(moved)
    else:
        follows = moved <= changed
    if follows:
        return _Verdict("follows", f"{counted}.", details)
    return _Verdict("unchanged", f"{counted}, die übrigen bleiben, wie sie sind.", details)


def _changed(first: Table, second: Table) -> set[int]:
    """Rows that differ, and hold a number again where they held one."""
    found = set()
    for number, (row, other) in enumerate(zip(first.cells, second.cells, strict=False)):
        pairs = [(a, b) for a, b in zip(row, other, strict=False) if a != b]
        if pairs and all(_number(b) or not _number(a) for a, b in pairs):
            found.add(number)
    return found


def _number(cell: tuple[str, Any]) -> bool:
    try:
        return bool(np.isfinite(float(cell[1])))
    except (TypeError, ValueError):
        return False


_HOW = {
    "values": _values,
    "choice": _choice,
    "printed": _printed,
    "pictures": _pictures,
    "table": _table,
}
