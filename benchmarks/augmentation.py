"""How well the estimator of task 2c recognises what was done to a picture.

``python -m benchmarks.augmentation [--half tuning|held|both] [--write]``

Two halves with seeds and scans of their own: limits were set on one, the other was only measured.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.augmentation_cases import Case, cases
from benchmarks.common import ROOT, report
from grader.checks.transforms import Transformation, recognise

__all__ = ["DOCUMENT", "HALVES", "Half", "Result", "assess", "document", "main", "measured"]

DOCUMENT = ROOT / "docs" / "augmentierung.md"
ROUNDS = 7
_NONE, _OTHER, _MIXED, _WRONG = "unverändert", "fremd", "Kombination", "andere Kombination"


@dataclass(frozen=True)
class Half:
    """Seed and scans of one half of the cases."""

    name: str
    seed: int
    scans: tuple[int, ...]


HALVES = {
    "tuning": Half("Abstimmung", 1, (0, 1, 2)),
    "held": Half("zurückgehalten", 4711, (0, 3, 4)),
}


@dataclass(frozen=True)
class Result:
    """One case and what became of it: the kinds are right, the amounts are; errors by kind."""

    case: Case
    found: Transformation
    kinds: bool
    amounts: bool
    errors: dict[str, float]
    seconds: float


def assess(case: Case, found: Transformation, seconds: float = 0.0) -> Result:
    """Compare what was recognised with what was done."""
    if not (case.related and found.related):
        return Result(case, found, case.related == found.related, True, {}, seconds)
    # Noise that nobody sees may be named, as long as it is called invisible.
    kinds = found.kinds == set(case.expected) if case.visible else not found.visible
    errors, good = {}, True
    for kind, amount in case.expected.items():
        measured_ = found.amount(kind)  # type: ignore[arg-type]
        if kinds and amount is not None and measured_ is not None:
            errors[kind] = _error(kind, amount, measured_)
            good &= errors[kind] <= _tolerance(kind, amount)
    return Result(case, found, kinds, good, errors, seconds)


def _error(kind: str, amount: float, found: float) -> float:
    if kind == "rotation":
        return abs((found - amount + 180) % 360 - 180)
    return abs(found - amount) / (abs(amount) if kind == "brightness" else 1)


def _tolerance(kind: str, amount: float) -> float:
    """Degrees, share of the factor, pixels, levels; noise within a fifth."""
    fixed = {"rotation": 0.5, "brightness": 0.02, "shift": 1.5, "zoom": 0.015, "offset": 2.5}
    return fixed.get(kind, max(0.2 * abs(amount), 0.003))


def measured(half: Half, rounds: int = ROUNDS) -> list[Result]:
    """Recognise all cases of a half."""
    results = []
    with threadpool_limits(1):
        for case in cases(half.seed, rounds, half.scans):
            start = time.perf_counter()
            found = recognise(case.original, case.found)
            results.append(assess(case, found, time.perf_counter() - start))
    return results


# ------------------------------------------------------------------ tables


def _family(kinds: Iterable[str], *, related: bool) -> str:
    kinds = sorted(kinds)
    if not related:
        return _OTHER
    return _MIXED if len(kinds) > 1 else kinds[0] if kinds else _NONE


def _pair(result: Result) -> tuple[str, str]:
    """What it is and what it was taken for."""
    true = _family(result.case.expected, related=result.case.related)
    if result.kinds:
        return true, true
    found = _family(result.found.kinds, related=result.found.related)
    return true, _WRONG if found == _MIXED else found


def _matrix(results: Sequence[Result]) -> list[str]:
    pairs = Counter(_pair(r) for r in results)
    rows = list(dict.fromkeys(t for t, _ in pairs))
    columns = [*rows, *sorted({f for _, f in pairs} - set(rows))]
    lines = [_row(["ist \\ erkannt als", *columns]), _rule(len(columns))]
    lines += [_row([r, *(str(pairs[r, c] or "·") for c in columns)]) for r in rows]
    return lines


def _by_class(results: Sequence[Result]) -> list[str]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.case.label].append(result)
    lines = [_row(["Klasse", "Fälle", "Art richtig", "auch Stärke richtig"]), _rule(3)]
    for label, group in groups.items():
        both = sum(r.kinds and r.amounts for r in group)
        lines.append(_row([label, str(len(group)), str(sum(r.kinds for r in group)), str(both)]))
    return lines


def _by_keeping(results: Sequence[Result]) -> list[str]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.case.kept].append(result)
    lines = [_row(["aufbewahrt als", "Fälle", "Art richtig", "auch Stärke richtig"]), _rule(3)]
    for kept, group in sorted(groups.items()):
        lines.append(_row([kept, str(len(group)), *(_share(group, s) for s in (False, True))]))
    return lines


def _quantiles(results: Sequence[Result]) -> list[str]:
    units = {
        "rotation": "Grad", "brightness": "Anteil", "offset": "Graustufen", "shift": "Pixel",
        "zoom": "Anteil", "gauss": "Graustufen", "s&p": "Anteil", "speckle": "Anteil",
    }  # fmt: skip
    lines = [_row(["Fehler der Stärke", "Fälle", "Median", "90 %", "95 %", "größter"]), _rule(5)]
    for kind, unit in units.items():
        errors = [r.errors[kind] for r in results if kind in r.errors]
        if errors:
            points = (*np.quantile(errors, [0.5, 0.9, 0.95]), max(errors))
            lines.append(
                _row([f"{kind} ({unit})", str(len(errors)), *(f"{p:.3f}" for p in points)])
            )
    return lines


def _share(results: Sequence[Result], strength: bool) -> str:
    right = sum(r.kinds and (r.amounts or not strength) for r in results)
    return f"{100 * right / len(results):.1f} %"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(numbers: int) -> str:
    return "|---|" + "---:|" * numbers


def _section(half: Half, results: Sequence[Result]) -> list[str]:
    return [
        f"## Hälfte: {half.name}",
        "",
        f"{len(results)} Fälle (Startwert {half.seed}). Art richtig: {_share(results, False)}; "
        f"Art und Stärke richtig: {_share(results, True)}.",
        "",
        "### Verwechslungsmatrix",
        "",
        *_matrix(results),
        "",
        "### Nach Klassen",
        "",
        *_by_class(results),
        "",
        "### Nach Aufbewahrung",
        "",
        *_by_keeping(results),
        "",
        "### Genauigkeit der Stärke",
        "",
        *_quantiles(results),
        "",
    ]


_HEAD = """# Wie gut die Augmentierung erkannt wird

Diese Seite schreibt `python -m benchmarks.augmentation --half both --write`; von Hand wird hier
nichts eingetragen.

In Aufgabe 2c erkennt das Programm aus zwei Bildern, womit und wie stark das zweite aus dem ersten
entstand: Spiegelung, Drehung, Verschiebung, Zoom, Helligkeit und die vier Arten von Rauschen,
einzeln und verbunden. Gemessen wird an erzeugten Fällen. Die Hälfte „Abstimmung“ wurde angesehen,
während Grenzwerte festgelegt wurden; die Hälfte „zurückgehalten“ hat einen eigenen Startwert und
andere OCT-Aufnahmen (nur das Bild der Aufgabe kommt in beiden vor). Sie wurde mehrmals neu
gezogen: Nach zwei Ziehungen wurden Arten von Fehlern behoben, gezeigt ist die letzte, mit neuem
Startwert und denselben Aufnahmen.

„Art richtig“ heißt: genau die vorgenommenen Schritte, kein weiterer. „Stärke richtig“ heißt:
Drehung auf 0,5°, Helligkeit auf 2 %, Verschiebung auf 1,5 Pixel, Zoom auf 0,015, Versatz auf 2,5
Graustufen, Rauschen auf ein Fünftel. Unsichtbares Rauschen zählt als richtig, wenn es unsichtbar
genannt wird. Die Bezeichnungen sind die des Programms (`stretch`: verzerrt, `warped`: örtlich
verbogen, `s&p`: Salz und Pfeffer).
"""


def document(measurements: Iterable[tuple[Half, Sequence[Result]]]) -> str:
    """Return the document for some measured halves."""
    lines = [_HEAD]
    for half, results in measurements:
        lines += _section(half, results)
    return "\n".join(lines).rstrip() + "\n"


def _print_misses(results: Sequence[Result]) -> None:
    for result in results:
        if not (result.kinds and result.amounts):
            done = {k: a and round(a, 3) for k, a in result.case.expected.items()}
            found = {s.kind: s.amount for s in result.found.steps}
            print(f"  {result.case.label:28} {result.case.kept:18} {done} -> {found}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the document if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--half", choices=[*HALVES, "both"], default="tuning")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="cases per class (default: 7)")
    parser.add_argument("--write", action="store_true", help="write docs/augmentierung.md")
    parser.add_argument("--misses", action="store_true", help="list what was not recognised")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    chosen = list(HALVES) if options.half == "both" else [options.half]
    done = [(HALVES[n], measured(HALVES[n], options.rounds)) for n in chosen]
    figures = {}
    for half, results in done:
        print("\n".join(_section(half, results)))
        seconds = [r.seconds for r in results]
        print(f"Time per picture: median {1000 * statistics.median(seconds):.0f} ms, ", end="")
        print(f"largest {1000 * max(seconds):.0f} ms\n")
        if options.misses:
            _print_misses(results)
        figures[half.name] = {
            "cases": len(results),
            "kinds": _share(results, False),
            "amounts": _share(results, True),
            "seconds": statistics.median(seconds),
        }
    if options.write:
        DOCUMENT.write_text(document(done), encoding="utf-8")
    report(options.json, "augmentation", figures)


if __name__ == "__main__":
    main()
