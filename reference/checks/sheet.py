"""Task 2a: the patient's lab values, compared row by row with the reference's table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from grader.checks import Context, Outcome, Side, check, failed, partial, passed
from grader.checks.context import held
from grader.checks.literals import is_typed
from grader.checks.tables import Cell, Column, is_gap, number_of, written
from grader.errors import NotJudged
from grader.model import Call, Scalar, Value

from .sheet_rows import Row, Sheet, close, power_of_ten, sheet_of, text_of, verdict_of

_NAMED = 6
# Share for a value that was read right and that the group's own conversion made NaN.
_READ_AND_LOST = 0.4
_VALUES = "Unnamed: 4"  # what the notebook calls the column, whatever stands in it

# What is said about a row, without its value. "{name}" is the row, "{found}" the student's cell.
_SAYINGS = {
    "reading": "{name}: Aus dem Excel-Datum lässt sich {found} lesen, es gibt aber eine zweite "
    "Lesart. Welche stimmt, steht im Patientenblatt.",
    "impossible": "{name}: {found} kann aus dem Excel-Datum {raw} gar nicht entstanden sein.",
    "untouched": "{name}: unverändert {found}.",
    "gap": "{name}: kein Wert (NaN).",
    "dropped": "{name}: Der Wert ging verloren (NaN).",
    "unit": "{name}: {found} liegt um eine Zehnerpotenz daneben (Kommastelle oder Einheit).",
    "implausible": "{name}: {found} kommt bei keinem lebenden Menschen vor; vergleichen Sie mit "
    "dem Normalwert.",
    "invented": "{name}: {found} steht nicht im Patientenblatt.",
    "text": "{name}: {found} ist keine Zahl.",
    "wrong": "{name}: {found} steht nicht im Patientenblatt.",
    "changed": "{name}: Der Wert war richtig und wurde zu {found} verändert.",
    "lost": "{name}: Die Zeile fehlt.",
}


@check("2a.values")
def values(ctx: Context) -> Outcome:
    """Die beschädigten Laborwerte sind so korrigiert, wie sie im Patientenblatt stehen.

    Verglichen wird Zeile für Zeile nach Laborid und Bezeichnung; ein Wert zählt auch als Text.
    """
    ctx.student.require("2a")
    sheet = sheet_of(ctx.reference)
    own = {sheet.sodium, sheet.thrombocytes}
    counted = [n for n, r in enumerate(sheet.rows) if r.damaged and n not in own]
    best: tuple[int, list[str], Column] | None = None
    for column in chain(_made(ctx.student, sheet), _left(ctx.student, sheet)):
        verdicts = [verdict_of(r, column.cells.get(n)) for n, r in enumerate(sheet.rows)]
        right = sum(verdicts[n] == "right" for n in counted)
        spoilt = sum(
            v != "right" and not sheet.rows[n].damaged and n not in own
            for n, v in enumerate(verdicts)
        )
        if best is None or right - spoilt >= best[0]:
            best = (right - spoilt, verdicts, column)
    if best is None:
        return failed("Nach Aufgabe 2a gibt es keine Tabelle oder Reihe mit den 24 Laborwerten.")
    score, verdicts, column = best
    details = _details(sheet, verdicts, column)
    wrong = [n for n, v in enumerate(verdicts) if v != "right" and n not in own]
    if not wrong:
        return passed("Alle beschädigten Laborwerte sind richtig korrigiert.", **details)
    said = [_said(sheet.rows[n], verdicts[n], column.cells.get(n)) for n in wrong[:_NAMED]]
    if len(wrong) > _NAMED:
        said.append(f"Dazu {len(wrong) - _NAMED} weitere Zeilen.")
    right = sum(verdicts[n] == "right" for n in counted)
    head = f"{right} von {len(counted)} beschädigten Werten sind richtig korrigiert. "
    read = _read_and_lost(ctx.student, sheet, [n for n in counted if verdicts[n] == "dropped"])
    if read:
        head += f"{read} waren richtig abgelesen und gingen beim Umwandeln verloren. "
    points = max(score, 0) + _READ_AND_LOST * read
    return partial(points / len(counted), head + " ".join(said), **details)


@check("2a.sodium")
def sodium(ctx: Context) -> Outcome:
    """Die Laborid von Natrium ist als Text wiederhergestellt."""
    ctx.student.require("2a")
    sheet = sheet_of(ctx.reference)
    if sheet.sodium is None:
        raise NotJudged("In der Referenzlösung gibt es keine Zeile mit verlorener Laborid.")
    codes, held, seen = [], False, False
    for value in _namespace(ctx.student).values():
        for column in sheet.columns(ctx.student, value):
            cell = column.cells.get(sheet.sodium)
            seen = True
            row = sheet.rows[sheet.sodium]
            held |= cell is not None and verdict_of(row, cell) == "right"
            if cell is not None and _is_code_column(sheet, column):
                codes.append(cell)
    if any(_is_code(c, sheet.rows[sheet.sodium]) for c in codes):
        return passed(
            "Die Laborid von Natrium ist als Text lesbar.", found=[list(c) for c in codes]
        )
    if codes:
        cell = codes[-1]
        what = "NaN" if is_gap(cell) and cell[0] == "nan" else written(cell)
        return failed(
            f"In der Spalte Laborid steht bei Natrium {what}. Das Kürzel in der Datei wurde beim "
            "Einlesen als fehlender Wert gedeutet; es gehört als Text wieder hinein.",
            # Another word may be meant as a code.
            confidence=1.0 if is_gap(cell) or not text_of(cell) else 0.6,
            found=[list(c) for c in codes],
        )
    if not seen:
        raise NotJudged("Es gibt keine Tabelle mit den Laborwerten, in der Natrium zu suchen wäre.")
    if not held:
        return failed(
            "Die Zeile von Natrium ist nicht zu finden. Eine Zeile zu löschen ist keine Korrektur."
        )
    return partial(
        0.5, "Die Zeile von Natrium ist da, aber die Spalte mit der Laborid wurde nicht behalten."
    )


@check("2a.thrombocytes")
def thrombocytes(ctx: Context) -> Outcome:
    """Der fehlende Wert der Thrombozyten ist aus dem Patientenblatt nachgetragen."""
    ctx.student.require("2a")
    sheet = sheet_of(ctx.reference)
    if sheet.thrombocytes is None:
        raise NotJudged("In der Referenzlösung gibt es keine Zeile ohne Wert.")
    row = sheet.rows[sheet.thrombocytes]
    column = _best_column(ctx.student, sheet)
    if column is None:
        return failed("Nach Aufgabe 2a gibt es keine Tabelle oder Reihe mit den 24 Laborwerten.")
    cell = column.cells.get(sheet.thrombocytes)
    details: dict[str, Any] = {"found": list(cell) if cell else None, "expected": row.true}
    if cell is None:
        return failed(
            f"Die Zeile {row.name} fehlt. Eine Zeile zu löschen ist keine Korrektur; ihr Wert "
            "steht im Patientenblatt.",
            **details,
        )
    found = number_of(cell)
    if found is not None and close(found, row.true):
        return passed(f"Der fehlende Wert ({row.name}) ist nachgetragen.", **details)
    if is_gap(cell):
        return failed(
            f"{row.name} hat weiterhin keinen Wert ({written(cell)}). NaN ist kein Text: "
            'replace("NaN", …) findet es nicht. Der Wert steht im Patientenblatt.',
            **details,
        )
    held = {k: number_of(c) for k, c in column.cells.items() if k != sheet.thrombocytes}
    numbers = {k: n for k, n in held.items() if n is not None}
    near = [numbers[k] for k in (sheet.thrombocytes - 1, sheet.thrombocytes + 1) if k in numbers]
    if found is not None and power_of_ten(found, row.true):
        told = f"{written(cell)} liegt um eine Zehnerpotenz daneben (Kommastelle oder Einheit)."
    elif found is not None and any(close(found, n) for n in [*near, sum(near) / 2]):
        told = (
            f"{written(cell)} ist aus der Nachbarzeile übernommen oder zwischen den Nachbarzeilen "
            "gemittelt. Das ist eine andere Messgröße; der Wert steht im Patientenblatt."
        )
    else:
        told = _invented(found, cell, list(numbers.values()))
    return failed(f"{row.name}: {told}", **details)


@check("2a.numeric")
def numeric(ctx: Context) -> Outcome:
    """Die Wertespalte enthält am Ende Zahlen eines einzigen Typs, keine Texte."""
    ctx.student.require("2a")
    sheet = sheet_of(ctx.reference)
    best: tuple[float, str, Column] | None = None
    # What the given last cell converts (`werte`) is not the group's doing: only whole tables
    # count there, and what the group's own cell left.
    after = _namespace(ctx.student)
    clean = ctx.student.has("2a-clean")
    own = dict(_opened(dict(ctx.student.made("2a-clean")))) if clean else after
    frames = [v for v in after.values() if _is_frame(v)]
    rest = [v for n, v in own.items() if not _is_frame(v) and not _is_means(ctx.student, n, v)]
    for value in (*rest, *frames):
        for column in sheet.columns(ctx.student, value):
            wanted = 0.3 * len(sheet.rows)
            if _recognised(sheet, column) >= wanted or column.label == _VALUES:
                found = (*_numeric(column, len(sheet.rows)), column)
                best = found if best is None or found[0] >= best[0] else best
    if best is None:
        return failed(
            "Nach Aufgabe 2a gibt es keine Spalte, in der die Laborwerte zu erkennen sind."
        )
    fraction, message, column = best
    kinds = dict(Counter(c[0] for c in column.cells.values()))
    return partial(fraction, message, types=kinds, dtype=column.dtype)


@check("2a.trains")
def trains(ctx: Context) -> Outcome:
    """Die Probe mit einem Trainingsschritt läuft mit den bereinigten Daten durch."""
    cells = ctx.student.require("2a-numeric")
    fits = [(c, call) for c in cells for call in c.calls if call.name == "fit"]
    finished = [call for cell, call in fits if cell.status == "ok"]
    if any(_finite_loss(call) for call in finished):
        return passed("Der Trainingsschritt ist mit den Laborwerten durchgelaufen.")
    if finished:
        return failed(
            "Der Trainingsschritt lief, aber sein Fehler (loss) ist keine Zahl: Unter den Werten "
            "ist noch mindestens eine Lücke (NaN)."
        )
    broken = next((c for c in cells if c.status != "ok"), None)
    if broken is not None:
        return failed(f"Die Probe bricht ab. {_why(broken.error, broken.error_message)}".strip())
    return failed("In der letzten Zelle von Aufgabe 2a wurde kein Trainingsschritt ausgeführt.")


# ------------------------------------------------------------------ the student's columns


def _namespace(side: Side) -> dict[str, Value]:
    """Variables after task 2a, those that 2a made last."""
    state = side.state("2a")
    made = dict(side.made("2a"))
    found = {n: v for n, v in state.items() if n not in made} | {
        n: state[n] for n in made if n in state
    }
    found = dict(_opened(found))
    if any(_is_frame(v) for v in found.values()):
        # A dict of corrections is a means: it counts once it has reached the table.
        found = {n: v for n, v in found.items() if not _is_means(side, n, v)}
    return found


def _opened(values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """Yield values, and behind each dict or list the tables that it holds."""
    for name, value in values.items():
        yield name, value
        yield from ((p, v) for p, v in held(name, value) if p != name and v.table is not None)


def _is_means(side: Side, name: str, value: Value) -> bool:
    """Tell whether a value is a dict, or a list of written numbers beside a table that changed."""
    if value.type == "dict":
        return True
    changed = side.has("2a-clean") and any(_is_frame(v) for _, v in side.made("2a-clean"))
    return changed and value.kind == "sequence" and is_typed(side.source("2a-clean"), name)


def _read_and_lost(side: Side, sheet: Sheet, rows: list[int]) -> int:
    """Count values that are NaN in the table, but stand right in a dict of corrections."""
    counts = []
    for _, value in side.made("2a") if rows else ():
        if value.type == "dict":
            pairs = [(p.items[0], p.items[1]) for p in value.items if len(p.items) == 2]
            read = {k.scalar: (type(v.scalar).__name__, v.scalar) for k, v in pairs}
            counts.append(sum(_stands_right(sheet.rows[n], read) for n in rows))
    return max(counts, default=0)


def _stands_right(row: Row, read: Mapping[Scalar, Cell]) -> bool:
    """Tell whether corrections hold a row's value under its number, code or name."""
    keys = (row.label, row.code, row.name)
    return any(verdict_of(row, read[key]) == "right" for key in keys if key in read)


def _left(side: Side, sheet: Sheet) -> Iterator[Column]:
    for value in _namespace(side).values():
        yield from sheet.columns(side, value)


def _made(side: Side, sheet: Sheet) -> Iterator[Column]:
    for name, value in side.made("2a"):
        for _, opened in _opened({name: value}):
            if not _is_means(side, name, opened):
                yield from sheet.columns(side, opened)


def _best_column(side: Side, sheet: Sheet) -> Column | None:
    """Column with most right values among what is left at the end; if nothing is, before."""

    def right(column: Column) -> int:
        cells = ((sheet.rows[n], c) for n, c in column.cells.items())
        return sum(verdict_of(row, cell) == "right" for row, cell in cells)

    for candidates in (list(_left(side, sheet)), list(_made(side, sheet))):
        scores = [right(c) for c in candidates]
        if scores and max(scores) >= 0.25 * len(sheet.rows):
            return candidates[max(i for i, s in enumerate(scores) if s == max(scores))]
    return None


def _recognised(sheet: Sheet, column: Column) -> int:
    """Rows whose cell is the right value or what the csv held there."""
    held = ((sheet.rows[n], c) for n, c in column.cells.items())
    return sum(verdict_of(r, c) in ("right", "untouched", "reading", "gap") for r, c in held)


def _is_code_column(sheet: Sheet, column: Column) -> bool:
    same = sum(text_of(c) == sheet.rows[n].code for n, c in column.cells.items())
    return same > 0.4 * len(sheet.rows)


def _is_code(cell: Cell, row: Row) -> bool:
    """Tell whether a cell holds the row's code, or the beginning of its name."""
    text = text_of(cell).casefold()
    if not text or text in ("nan", "nat", "none", "<na>"):
        return False
    return row.name.casefold().startswith(text) or text.startswith(row.code.casefold())


def _is_frame(value: Value) -> bool:
    return value.table is not None and len(value.table.columns) > 1


# ------------------------------------------------------------------ verdicts


def _said(row: Row, verdict: str, cell: Cell | None) -> str:
    found = written(cell) if cell else ""
    return _SAYINGS[verdict].format(name=row.name, found=found, raw=written(row.raw))


def _details(sheet: Sheet, verdicts: list[str], column: Column) -> dict[str, Any]:
    rows = []
    for number, (row, verdict) in enumerate(zip(sheet.rows, verdicts, strict=True)):
        cell = column.cells.get(number)
        rows.append(
            {
                "laborid": row.code,
                "name": row.name,
                "found": cell[1] if cell else None,
                "type": cell[0] if cell else "",
                "expected": row.true,
                "verdict": verdict,
            }
        )
    return {
        "rows": rows,
        "column": column.label,
        "twice": [sheet.rows[n].name for n in column.twice],
    }


def _invented(found: float | None, cell: Cell, others: list[float]) -> str:
    if found is None:
        return f"{written(cell)} ist keine Zahl. Der Wert steht im Patientenblatt."
    mean = sum(others) / len(others) if others else 0.0
    middle = sorted(others)[len(others) // 2] if others else 0.0
    # Means are seldom met exactly: the group's column may have held other rows at that time.
    if found and any(m and abs(found - m) <= 0.02 * abs(m) for m in (mean, middle)):
        return (
            f"{written(cell)} sieht nach einem Mittelwert der anderen Laborwerte aus. Ein Mittel "
            "über verschiedene Messgrößen sagt nichts über den Patienten; sein Wert steht im "
            "Patientenblatt."
        )
    return (
        f"{written(cell)} steht nicht im Patientenblatt; ein erfundener Wert ist keine Korrektur."
    )


def _numeric(column: Column, rows: int) -> tuple[float, str]:
    """Share of the points and message for one column."""
    kinds = Counter(c[0] for c in column.cells.values())
    numbers = kinds["int"] + kinds["float"]
    if not numbers:
        return 0.0, (
            "In der Wertespalte stehen Texte. Eine Zeichenkette wie „1.5“ sieht nur wie eine Zahl "
            "aus; die Spalte muss in Zahlen umgewandelt werden."
        )
    texts = kinds["str"] + kinds["other"] + kinds["bool"]
    if texts:
        word = "Text" if texts == 1 else "Texte"
        message = f"In der Wertespalte stehen {numbers} Zahlen, aber auch noch {texts} {word}."
        return (0.5 if numbers >= rows / 2 else 0.25), message
    if kinds["nan"] > 1:
        return (0.5 if numbers >= rows / 2 else 0.25), (
            f"Die Wertespalte enthält Zahlen, aber {kinds['nan']} Lücken (NaN): Beim Umwandeln "
            "gingen Werte verloren."
        )
    if kinds["int"] and kinds["float"]:
        return 0.75, (
            "Alle Werte sind Zahlen, aber ganze Zahlen und Gleitkommazahlen gemischt. Erwartet "
            "wird ein einziger Zahlentyp."
        )
    return 1.0, "Die Wertespalte enthält nur Zahlen eines Typs."


def _finite_loss(call: Call) -> bool:
    loss = call.history.get("loss", ())
    return bool(loss) and all(isinstance(v, int | float) and v == v for v in loss)


def _why(error: str, message: str) -> str:
    reasons: Mapping[str, str] = {
        "could not convert": "In der Spalte steht noch Text, der keine Zahl ist.",
        "24 Laborwerten": "Die Spalte hat nicht genau 24 Werte.",
        "Zum Trainieren": "Die Spalte enthält noch Texte.",
        "Ohne Wert": "In der Spalte fehlt noch mindestens ein Wert (NaN).",
    }
    known = next((text for sign, text in reasons.items() if sign in message), "")
    return known or (f"Fehler: {error}." if error else "")
