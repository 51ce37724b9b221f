"""The patient's lab values: the sheet as a person reads it and the csv after a German Excel.

`VALUES` is the single source. The csv's value is what a German Excel makes of the true one
(`german_excel`), except for the three cells that were damaged by hand.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

__all__ = ["DATE", "VALUES", "LabValue", "build", "csv_bytes", "german_excel", "out_of_range"]

DATE = "31.08.2017"
_MONTHS = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")


@dataclass(frozen=True)
class LabValue:
    """One row of the sheet; `damaged` replaces the value in the csv (None: what Excel makes)."""

    code: str
    name: str
    unit: str
    normal: str
    value: str
    damaged: str | None = None


VALUES = (
    LabValue("AAGE", "Alter", "Jahre", "<115", "21"),
    LabValue("CA", "Calcium i.S.", "mmol/l", "2.25-2.65", "2.43"),
    LabValue("CHOL", "Cholesterin", "mmol/l", "3.1-5.2", "5.07"),
    LabValue("ERY", "Erythrozyten", "Tpt/l", "4.1-5.4", "4.28"),
    LabValue("GGT", "Gamma-GT", "µmol/l*", "<0.65", "0.28", damaged="zu groß"),
    LabValue("GLFR", "eGFR", "ml/min/", ">65", "115"),
    LabValue("GLUC", "Glucose i.S.", "mmol/l", "4.2-6.1", "4.0"),
    LabValue("GOT", "GOT (ASAT)", "µmol/l*", "<0.60", "0.3", damaged=" ok"),
    LabValue("GPT", "GPT (ALAT)", "µmol/l*", "<0.60", "0.30"),
    LabValue("HB", "Haemoglobin", "mmol/l", "7.4-10.5", "7.6"),
    LabValue("HDL", "HDL-Cholesterin", "mmol/l", ">1.55", "2.35"),
    LabValue("HKT", "Haematokrit", "kA", "0.37-0.47", "0.37"),
    LabValue("HS", "Harnsaeure", "µmol/l", "150-350", "190"),
    LabValue("K", "Kalium i.S.", "mmol/l", "3.8-5.5", "4.07"),
    LabValue("KREA", "Kreatinin i.S.", "µmol/l", "<97", "66"),
    LabValue("LDLC", "LDL-Chol.(direkt)", "mmol/l", "<4.1", "2.08"),
    LabValue("LEUK", "Leukozyten", "Gpt/l", "4.0-9.8", "4.09"),
    LabValue("MCH", "MCH", "fmol", "1.70-2.05", "1.76"),
    LabValue("MCHC", "MCHC", "mmol/l", "20.0-22.5", "20.3"),
    LabValue("MCV", "MCV", "fl", "80-96", "87.0"),
    LabValue("NA", "Natrium i.S.", "mmol/l", "136-152", "141"),
    LabValue("THRO", "Thrombozyten", "Gpt/l", "150-360", "321", damaged=""),
    LabValue("TRI", "Triglyzeride", "mmol/l", "<1.71", "1.15"),
    LabValue("TSHB", "TSH basal", "µlU/ml", "0.30-4.20", "3.22"),
)


def build(out: Path, values: Sequence[LabValue] = VALUES) -> list[Path]:
    """Write `datenblatt.csv`, `patientenblatt.pdf` and `patientenblatt.png`."""
    csv = out / "datenblatt.csv"
    pdf, png = out / "patientenblatt.pdf", out / "patientenblatt.png"
    csv.write_bytes(csv_bytes(values))
    figure = _draw_sheet(values)
    # No date and no version in the files: a rebuild gives the same bytes.
    metadata = {"Creator": None, "Producer": None, "CreationDate": None}
    title = "Laborbefund (Übungsmaterial)"
    FigureCanvasPdf(figure).print_pdf(pdf, metadata={**metadata, "Title": title})
    figure.set_dpi(110)
    FigureCanvasAgg(figure).print_png(png, metadata={"Software": None})
    return [csv, pdf, png]


def german_excel(text: str) -> str:
    """What a German Excel shows after `text` was typed or imported as a number with a point.

    The point separates day and month there. ``a.b`` becomes a day of the current year if it can be
    one (``20.3`` → ``20. Mrz``, ``5.07`` → ``05. Jul``), else the month of a year
    (``2.43`` → ``Feb 43``); anything else stays (``0.37``, ``87.0``, ``141``).
    """
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", text)
    if match is None:
        return text
    first, second = (int(group) for group in match.groups())
    # Without a year Excel takes the current one; 2017 (the sheet's) has no 29 February.
    if 1 <= second <= 12 and 1 <= first <= calendar.monthrange(2017, second)[1]:
        return f"{first:02d}. {_MONTHS[second - 1]}"
    if 1 <= first <= 12 and len(match.group(2)) == 2:
        return f"{_MONTHS[first - 1]} {second:02d}"
    return text


def csv_bytes(values: Sequence[LabValue] = VALUES) -> bytes:
    """The csv as Excel saves it: semicolons, latin1, CRLF, an empty line above the headings."""
    rows = [("",) * 5, ("Laborid", "Bezeichnung", "Einheit", "Normalwert", DATE)]
    for row in values:
        shown = german_excel(row.value) if row.damaged is None else row.damaged
        rows.append((row.code, row.name, row.unit, row.normal, shown))
    return "".join(";".join(row) + "\r\n" for row in rows).encode("latin1")


def out_of_range(row: LabValue) -> str:
    """``"+"`` above the normal range, a minus sign below it, ``""`` inside."""
    value = float(row.value)
    if row.normal[0] in "<>":
        limit = float(row.normal[1:])
        below, above = row.normal[0] == ">" and value <= limit, False
        if row.normal[0] == "<":
            above = value >= limit
    else:
        low, high = (float(part) for part in row.normal.split("-"))
        below, above = value < low, value > high
    return "+" if above else "−" if below else ""


# Columns: code, name, value before and from the decimal point, flag, unit, normal range.
_LEFT = (0.015, 0.13, 0.505, 0.505, 0.56, 0.64, 0.8)
_SIDE = ("left", "left", "right", "left", "left", "left", "left")
_INK, _GREY, _ACCENT = "#1a1a1a", "#666666", "#1f4e79"


def _draw_sheet(values: Sequence[LabValue]) -> Figure:
    """The sheet on A4."""
    figure = Figure(figsize=(8.27, 11.69))
    page = figure.add_axes((0.1, 0.05, 0.8, 0.9))
    page.set(xlim=(0, 1), ylim=(1, 0))
    page.axis("off")
    _draw_head(page, age=values[0].value)
    _draw_table(page, values, top=0.225, step=0.0265)
    _draw_foot(page)
    return figure


def _draw_head(page: Axes, *, age: str) -> None:
    page.text(0, 0.022, "Musterlabor", size=19, weight="bold", color=_ACCENT)
    page.text(0, 0.044, "Klinische Chemie · Hämatologie", size=9.5, color=_GREY)
    page.text(1, 0.022, "Laborbefund", size=15, ha="right", color=_INK)
    page.text(1, 0.044, "Endbefund", size=9.5, ha="right", color=_GREY)
    page.plot([0, 1], [0.058, 0.058], color=_ACCENT, lw=1.6)
    facts = (
        (("Patient", "Patient 0815"), ("Auftrag", "31-0815")),
        (("Alter", f"{age} Jahre"), ("Entnahme", DATE)),
        (("Material", "Serum (i.S.), EDTA-Blut"), ("Ausdruck", DATE)),
    )
    for line, pairs in enumerate(facts):
        for (label, value), left in zip(pairs, (0.0, 0.575), strict=True):
            y = 0.093 + 0.025 * line
            page.text(left, y, label, size=9.5, color=_GREY)
            page.text(left + 0.115, y, value, size=9.5, color=_INK)


def _draw_table(page: Axes, values: Sequence[LabValue], *, top: float, step: float) -> None:
    heads = {0: "Laborid", 1: "Bezeichnung", 5: "Einheit", 6: "Normalwert"}
    style = {"size": 9, "weight": "bold", "color": _ACCENT}
    for place, head in heads.items():
        page.text(_LEFT[place], top - 0.012, head, **style)
    page.text(_LEFT[2], top - 0.012, DATE, ha="center", **style)
    page.plot([0, 1], [top, top], color=_INK, lw=0.9)
    for number, row in enumerate(values):
        line = top + step * number
        y = line + 0.66 * step
        if number % 2:
            page.axhspan(line, line + step, color="#f1f5f9", lw=0)
        flag = out_of_range(row)
        # The value is set in two parts that meet at the decimal point: points stand in a column.
        whole, point, decimals = row.value.partition(".")
        normal = row.normal.replace("-", "–")
        cells = (row.code, row.name, whole, point + decimals, flag, row.unit, normal)
        for place, (cell, left, side) in enumerate(zip(cells, _LEFT, _SIDE, strict=True)):
            weight = "bold" if flag and place in (2, 3, 4) else "normal"
            page.text(left, y, cell, size=9.5, ha=side, va="baseline", weight=weight, color=_INK)
    bottom = top + step * len(values)
    page.plot([0, 1], [bottom, bottom], color=_INK, lw=0.9)


def _draw_foot(page: Axes) -> None:
    notes = (
        "+  über dem Normalwert     −  unter dem Normalwert     *  je Liter und Sekunde",
        "Dezimaltrennzeichen ist der Punkt. Übungsmaterial: kein Befund einer wirklichen Person.",
    )
    for line, note in enumerate(notes):
        page.text(0, 0.895 + 0.02 * line, note, size=8.5, color=_GREY)
    page.plot([0, 1], [0.965, 0.965], color=_GREY, lw=0.6)
    page.text(0, 0.982, "Maschinell erstellt, ohne Unterschrift gültig", size=8, color=_GREY)
    page.text(1, 0.982, "Seite 1 von 1", size=8, ha="right", color=_GREY)
