"""``variant.html`` and ``variant.json``: what became of results in a run with other data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.files import write_atomically, write_text
from grader.lab import Lab
from grader.model import VariantFinding, VariantLook
from grader.templating import render

__all__ = ["CONSPICUOUS", "STATES", "variant_html", "write_variant"]

STATES = {
    "follows": "folgt den Daten",
    "typed": "eingetippt, wie vorgesehen",
    "unchanged": "unverändert, obwohl die Daten andere sind",
    "differs": "anders als bei der Musterlösung",
    "incomparable": "nicht vergleichbar",
}
# What an instructor should look at.
CONSPICUOUS = ("unchanged", "differs")
_MARKS = {"follows": "✓", "typed": "✎", "unchanged": "=", "differs": "≠", "incomparable": "–"}


def variant_html(looks: Sequence[VariantLook], lab: Lab, seed: int) -> str:
    """Render the report.

    Parameters
    ----------
    looks : sequence of VariantLook
        Sorted as they shall appear; may be empty.
    seed : int
        From which the other data were made.
    """
    notes = lab.variant.notes if lab.variant is not None else {}
    tasks = [t for t in lab.tasks if any(f.task == t.id for k in looks for f in k.findings)]
    return render(
        "reports/variant.html",
        title=lab.title,
        seed=seed,
        looks=looks,
        tasks=tasks,
        notes=[(lab.task(t), note) for t, note in notes.items()],
        by_task=[
            {t.id: [f for f in look.findings if f.task == t.id] for t in tasks} for look in looks
        ],
        states=STATES,
        marks=_MARKS,
        counts={s: sum(f.state == s for k in looks for f in k.findings) for s in STATES},
        seen=_of_states(looks, CONSPICUOUS),
        open=_of_states(looks, ("incomparable",)),
        typed=_of_states(looks, ("typed",)),
    )


def write_variant(
    looks: Sequence[VariantLook], lab: Lab, seed: int, out: Path
) -> tuple[Path, Path]:
    """Write ``variant.html`` and ``variant.json`` into ``out``; return their paths."""
    html, plain = out / "variant.html", out / "variant.json"
    write_text(html, variant_html(looks, lab, seed))
    content: dict[str, Any] = {"schema": 1, "lab": lab.id, "seed": seed, "submissions": looks}
    raw = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    write_atomically(plain, lambda file: file.write(raw))
    return html, plain


def _of_states(
    looks: Sequence[VariantLook], states: Sequence[str]
) -> list[tuple[str, VariantFinding]]:
    return [(look.submission, f) for look in looks for f in look.findings if f.state in states]
