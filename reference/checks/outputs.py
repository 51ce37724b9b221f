"""What is said about a network's output, for tasks 2b and 3a alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.checks import Context, Outcome, failed, partial, passed, review
from grader.checks.arrays import numbers
from grader.checks.predictions import OutputMatch, compare_outputs, names_classes, outputs
from grader.errors import NotJudged

__all__ = ["judge_output"]


def judge_output(ctx: Context, slot: str, words: tuple[tuple[str, ...], ...]) -> Outcome:
    """Compare the student's softmax rows with the reference's, and look for the classes named.

    Parameters
    ----------
    slot : str
        The slot in which the network is asked.
    words : tuple of tuple of str
        Names of each class, by its place in the output.
    """
    ctx.student.require(slot)
    classes = len(words)
    reference = next(iter(outputs(ctx.reference, slot, classes)), None)
    if reference is None:
        raise NotJudged("Die Referenzlösung enthält keine Ausgabe des Netzes.")
    expected = reference[1]
    match = compare_outputs(list(outputs(ctx.student, slot, classes)), expected)
    if match is None:
        return _without_output(ctx, slot, classes, expected)
    details: dict[str, Any] = {
        "found": np.round(match.found, 4).tolist(),
        "expected": np.round(expected, 4).tolist(),
        "verdict": match.verdict,
        "variable": match.label,
    }
    if match.verdict != "right":
        return _not_right(match, len(expected), details)
    if names_classes(ctx.student, slot, match.argmax, words):
        return passed("Das Netz wurde richtig angewendet, die Klassen sind ausgegeben.", **details)
    return partial(
        0.75,
        "Die Ausgabe des Netzes stimmt. Es fehlt, je Bild die Stelle des größten Eintrags "
        "auszugeben.",
        **details,
    )


def _not_right(match: OutputMatch, count: int, details: dict[str, Any]) -> Outcome:
    if match.verdict == "order":
        return partial(
            0.5,
            "Die Ausgaben stammen vom richtigen Netz und den richtigen Bildern, die Bilder stehen "
            "aber in einer anderen Reihenfolge.",
            **details,
        )
    if match.verdict == "some":
        return partial(
            0.75 * match.in_place / count,
            f"{match.in_place} von {count} Ausgaben stimmen. Die übrigen gehören zu anderen "
            "Bildern.",
            **details,
        )
    if match.verdict == "classes":
        return partial(
            0.5,
            "Die größten Einträge stehen an den richtigen Stellen, die Werte sind aber andere. "
            "Wurden die Bilder verändert (zum Beispiel anders skaliert), oder ist es ein anderes "
            "Netz?",
            confidence=0.6,
            **details,
        )
    if len(match.found) < count:
        said = (
            f"Erwartet wird eine Ausgabe je Bild ({count} Zeilen), gefunden wurden "
            f"{len(match.found)}."
        )
        known = sum(place is not None for place in match.places)
        if known:
            said += f" {known} davon gehören zu den verlangten Bildern."
        return partial(0.5 * known / count, said, **details)
    sums = match.found.sum(axis=1)
    if np.abs(sums - 1).max() > 0.05:
        return failed(
            "Die gefundenen Werte sind keine Softmax-Ausgabe: Die Einträge einer Zeile "
            "addieren sich nicht zu 1.",
            **details,
        )
    return failed(
        "Die Ausgabe passt nicht zum mitgelieferten Netz und den mitgelieferten Bildern. Wurde die "
        "richtige Datei geladen, und sind die Bilder unverändert?",
        **details,
    )


def _without_output(ctx: Context, slot: str, classes: int, expected: Any) -> Outcome:
    broken = next((c for c in ctx.student.cells(slot) if c.status != "ok"), None)
    classes_named = names_classes(ctx.student, slot, expected.argmax(axis=1).tolist())
    if classes_named and not ctx.student.asked(slot):
        return review(
            0.0,
            "Die Klassen der Bilder sind genannt, ein Aufruf des Netzes ist aber nicht "
            "aufgezeichnet; die Betreuung sieht nach, woher sie stammen.",
            confidence=0.4,
        )
    widths = _widths(ctx, slot)
    if widths and classes not in widths:
        listed = " und ".join(str(w) for w in sorted(widths))
        return failed(
            f"Das gefragte Netz gibt je Bild {listed} Werte aus statt {classes}. Wurde die "
            "richtige Datei geladen?"
        )
    if classes_named:
        return partial(
            0.5,
            "Die Klassen der Bilder sind genannt, die Ausgabe des Netzes selbst ist nicht zu "
            "finden.",
            confidence=0.5,
        )
    if broken is not None and broken.error:
        return failed(f"Es gibt keine Ausgabe des Netzes: Die Zelle bricht mit {broken.error} ab.")
    return failed(
        "Es wurde keine Ausgabe des Netzes gefunden. Erwartet wird das Ergebnis von model.predict "
        f"mit {classes} Werten je Bild."
    )


def _widths(ctx: Context, slot: str) -> set[int]:
    """Entries per row of what the networks asked in a slot said."""
    said = (numbers(ctx.student, slot, call.result) for call in ctx.student.asked(slot))
    return {rows.shape[1] for rows in said if rows is not None and rows.ndim == 2}
