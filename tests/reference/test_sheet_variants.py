"""Task 2a: the sheet corrected in unusual but right ways, and usual mistakes, with pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.build.sheet import VALUES
from tests.checks.build import ROOT
from tests.reference.test_sheet import CODES, COLUMN, TRUE, _judge, _side, _verdicts

CSV = ROOT / "data" / "datenblatt.csv"
CHECKS = ("2a.values", "2a.sodium", "2a.thrombocytes", "2a.numeric")


def _read(**options: Any) -> pd.DataFrame:
    return pd.read_csv(CSV, **{"sep": ";", "encoding": "latin1"} | options)


def _filled(data: pd.DataFrame, column: Any, key: Any = "Unnamed: 0", first: int = 1) -> Any:
    """Write sodium's code and every value with .loc."""
    data = data.copy()
    data[column] = data[column].astype(object)
    for row, code in enumerate(CODES, first):
        data.loc[row, column] = TRUE[code]
    if key is not None:
        data.loc[CODES.index("NA") + first, key] = "NA"
    return data


def _into_ranges(data: pd.DataFrame) -> pd.Series:
    """The normal ranges, overwritten wherever the value beside them is damaged or missing."""
    held = pd.to_numeric(data[COLUMN], errors="coerce")
    right = pd.Series([np.nan, *(TRUE[c] for c in CODES)], index=data.index)
    return data["Unnamed: 3"].where((held == right) | right.isna(), right.astype(object))


def _assigned(how: str) -> pd.DataFrame:
    data = _read().astype(object)
    for row, code in enumerate(CODES, 1):
        if how == "at":
            data.at[row, COLUMN] = TRUE[code]
        elif how == "iloc":
            data.iloc[row, 4] = TRUE[code]
        else:
            data[COLUMN].values[row] = TRUE[code]
    data.iloc[21, 0] = "NA"
    return data


def _replaced() -> pd.DataFrame:
    """Replace by a dictionary, then convert."""
    data = _read()
    data.loc[21, "Unnamed: 0"] = "NA"
    data = data.drop(index=0)
    wrong = {str(x): str(TRUE[c]) for c, x in data.set_index("Unnamed: 0")[COLUMN].items()}
    data[COLUMN] = data[COLUMN].fillna("321").replace(wrong | {"321": "321"})
    data[COLUMN] = pd.to_numeric(data[COLUMN])
    return data


def _headed(**options: Any) -> pd.DataFrame:
    """Read with the real headings, empty cells and NA kept as text."""
    data = _read(header=1, na_filter=False, **options)
    data[data.columns[-1]] = [TRUE[c] for c in data["Laborid"]]
    return data


def _commas() -> pd.DataFrame:
    data = _filled(_read(), COLUMN).drop(index=0)
    data[COLUMN] = [str(v).replace(".", ",") for v in data[COLUMN]]
    data[COLUMN] = pd.to_numeric(data[COLUMN].str.replace(",", "."))
    return data


def _typed_in() -> pd.DataFrame:
    names = [v.name for v in VALUES]
    return pd.DataFrame({"Laborid": CODES, "Bezeichnung": names, "Wert": [TRUE[c] for c in CODES]})


RIGHT: dict[str, Callable[[], Any]] = {
    ".loc": lambda: {"data": _filled(_read(), COLUMN)},
    ".at": lambda: {"data": _assigned("at")},
    ".iloc": lambda: {"data": _assigned("iloc")},
    ".values": lambda: {"data": _assigned("values")},
    "replaced by a dictionary, to_numeric": lambda: {"data": _replaced()},
    "keep_default_na=False": lambda: {
        "data": _filled(_read(keep_default_na=False), COLUMN, key=None)
    },
    "na_values of their own": lambda: {
        "data": _filled(_read(keep_default_na=False, na_values=[""]), COLUMN, key=None)
    },
    "header=1": lambda: {"data": _headed()},
    "header=1, decimal comma": lambda: {"data": _headed(decimal=",")},
    "skiprows=1": lambda: {
        "data": _filled(_read(skiprows=1, na_filter=False), "31.08.2017", None, first=0)
    },
    "header=None": lambda: {"data": _filled(_read(header=None), 4, 0, first=2)},
    "Laborid as index": lambda: {"data": _headed().set_index("Laborid")},
    "name as index": lambda: {"data": _headed().set_index("Bezeichnung")},
    "turned round": lambda: {"data": _headed().T},
    "turned round with codes as columns": lambda: {"data": _headed().set_index("Laborid").T},
    "headings dropped": lambda: {"data": _filled(_read(), COLUMN).drop(index=0)},
    "headings dropped, counted anew": lambda: {
        "data": _filled(_read(), COLUMN).iloc[1:].reset_index(drop=True)
    },
    "columns renamed": lambda: {
        "data": _filled(_read(), COLUMN).rename(columns={COLUMN: "Wert", "Unnamed: 0": "Kürzel"})
    },
    "rows sorted": lambda: {"data": _headed().sort_values("Bezeichnung", ascending=False)},
    "a copy with another name": lambda: {"df_clean": _filled(_read(), COLUMN), "data": _read()},
    "a copy, the old one stays beside": lambda: {"data2": _headed(), "data": _read()},
    "decimal commas replaced": lambda: {"data": _commas()},
    "new table typed in": lambda: {"neu": _typed_in(), "data": _read()},
    "new column": lambda: {
        "data": _filled(_read(), COLUMN).drop(index=0).assign(wert=[TRUE[c] for c in CODES])
    },
    "only two columns kept": lambda: {"data": _headed()[["Laborid", "31.08.2017"]]},
    "one column split off": lambda: {
        "data": _filled(_read(), COLUMN), "werte": _headed()["31.08.2017"],
    },
    "codes with blanks": lambda: {
        "data": _headed().assign(Laborid=lambda d: " " + d["Laborid"] + " ")
    },
    "sodium's code written out": lambda: {
        "data": _headed().assign(Laborid=lambda d: d["Laborid"].replace("NA", "Na"))
    },
    "int where possible, float at last": lambda: {
        "data": _headed().astype({"31.08.2017": "float32"})
    },
    "string type of pandas for the codes": lambda: {
        "data": _headed().astype({"Laborid": "string"})
    },
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_unusual_but_right(name):
    made = RIGHT[name]()
    read = made.get("data") if "header" in name or "skip" in name else None
    student = _side(made, read=read)
    for check_id in CHECKS:
        outcome = _judge(check_id, student)
        assert outcome.status == "passed", (check_id, outcome.message, outcome.details)


# ------------------------------------------------------------------ mistakes


def _with(**changes: Any) -> dict[str, Any]:
    data = _headed()
    column = data.columns[-1]
    data[column] = data[column].astype(object)
    for code, value in changes.items():
        data.loc[data["Laborid"] == code, column] = value
    return {"data": data}


def _filled_gaps(how: Callable[[pd.Series], Any]) -> dict[str, Any]:
    made = _with(THRO=np.nan)["data"]
    column = made.columns[-1]
    made[column] = made[column].astype(float)
    made[column] = made[column].fillna(how(made[column]))
    return {"data": made}


# What is left, the check, its share of points, and a word in its message.
WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str, float, str]] = {
    "the other reading": (lambda: _with(CHOL=5.7), "2a.values", 13 / 14, "zweite Lesart"),
    "the other reading, with two": (lambda: _with(MCHC=20.03), "2a.values", 13 / 14, "Lesart"),
    "no reading at all": (lambda: _with(CHOL=5.06), "2a.values", 13 / 14, "gar nicht entstanden"),
    "day and month exchanged": (lambda: _with(CHOL=7.05), "2a.values", 13 / 14, "gar nicht"),
    "factor 10": (lambda: _with(CA=24.3), "2a.values", 13 / 14, "Zehnerpotenz"),
    "factor 100": (lambda: _with(CA=243), "2a.values", 13 / 14, "Zehnerpotenz"),
    "factor 1000": (lambda: _with(MCHC=20300), "2a.values", 13 / 14, "Zehnerpotenz"),
    "factor 10 of the other reading": (lambda: _with(CHOL=57), "2a.values", 13 / 14, "Zehner"),
    "impossible for a person": (lambda: _with(CA=43), "2a.values", 13 / 14, "Mensch"),
    "negative": (lambda: _with(HB=-7.6), "2a.values", 13 / 14, "Mensch"),
    "left as it was": (lambda: _with(HB="07. Jun"), "2a.values", 13 / 14, "unverändert"),
    "text left as it was": (lambda: _with(GOT=" ok"), "2a.values", 13 / 14, "unverändert"),
    "read as a date by pandas": (
        lambda: _with(HB=pd.Timestamp(2017, 6, 7)), "2a.values", 13 / 14, "ist keine Zahl",
    ),
    "a text with its unit": (lambda: _with(CA="2.43 mmol/l"), "2a.values", 13 / 14, "keine Zahl"),
    "lost while converting": (lambda: _with(HB=np.nan), "2a.values", 13 / 14, "verloren"),
    "row dropped": (
        lambda: {"data": _headed().query("Laborid != 'GGT'")}, "2a.values", 13 / 14, "Zeile fehlt",
    ),
    "a right value changed": (lambda: _with(KREA=6.6), "2a.values", 13 / 14, "war richtig"),
    "one row too far": (
        lambda: {"data": _headed().assign(**{"31.08.2017": lambda d: d["31.08.2017"].shift(1)})},
        "2a.values", 0, "0 von 14",
    ),
    "written into the normal ranges": (
        lambda: {"data": _read().assign(**{"Unnamed: 3": lambda d: _into_ranges(d)})},
        "2a.thrombocytes", 0, "keinen Wert",
    ),
    "sodium still NaN": (
        lambda: {"data": _filled(_read(), COLUMN, key=None)}, "2a.sodium", 0, "NaN",
    ),
    "sodium's code made a number": (
        lambda: {"data": _headed().replace({"Laborid": {"NA": 0}})}, "2a.sodium", 0, "als Text",
    ),
    "all gaps filled with a word": (
        lambda: {"data": _filled(_read(), COLUMN, key=None).fillna("unbekannt")},
        "2a.sodium", 0, "unbekannt",
    ),
    "sodium's row dropped": (
        lambda: {"data": _headed().query("Laborid != 'NA'")}, "2a.sodium", 0, "löschen",
    ),
    "mean filled in": (
        lambda: _filled_gaps(lambda s: s.mean()), "2a.thrombocytes", 0, "Mittelwert",
    ),
    "median filled in": (
        lambda: _filled_gaps(lambda s: s.median()), "2a.thrombocytes", 0, "Mittelwert",
    ),
    "zero filled in": (lambda: _filled_gaps(lambda s: 0), "2a.thrombocytes", 0, "erfunden"),
    "filled from the row above": (
        lambda: {"data": _with(THRO=np.nan)["data"].infer_objects().ffill()},
        "2a.thrombocytes", 0, "Nachbarzeile",
    ),
    "interpolated": (
        lambda: _filled_gaps(lambda s: s.interpolate()), "2a.thrombocytes", 0, "Nachbarzeile",
    ),
    "factor 10 in thrombocytes": (lambda: _with(THRO=32.1), "2a.thrombocytes", 0, "Zehnerpotenz"),
    "thrombocytes' row dropped": (
        lambda: {"data": _headed().query("Laborid != 'THRO'")}, "2a.thrombocytes", 0, "fehlt",
    ),
    "NaN replaced as a text": (
        lambda: {"data": _with(THRO=np.nan)["data"].replace("NaN", "321")},
        "2a.thrombocytes", 0, "kein Text",
    ),
    "texts": (
        lambda: {"data": _headed().astype({"31.08.2017": str})}, "2a.numeric", 0, "Texte",
    ),
    "texts with commas": (
        lambda: {"data": _headed().assign(
            **{"31.08.2017": lambda d: d["31.08.2017"].astype(str).str.replace(".", ",")}
        )},
        "2a.numeric", 0, "Texte",
    ),
    "one text left": (lambda: _with(CA="2.43"), "2a.numeric", 0.5, "1 Text"),
    "coerced": (
        lambda: {"data": _headed().assign(
            **{"31.08.2017": pd.to_numeric(_read(header=1)["31.08.2017"], "coerce")}
        )},
        "2a.numeric", 0.25, "Lücken",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_found_and_named(name):
    make, check_id, most, words = WRONG[name]
    outcome = _judge(check_id, _side(make()))
    assert outcome.fraction == pytest.approx(most), (outcome.message, outcome.details)
    assert words in outcome.message


def test_verdicts_in_the_details():
    made = _with(CHOL=5.7, CA=24.3, HB="07. Jun", GGT=np.nan, THRO=250, K=4.06, MCH=176000)
    outcome = _judge("2a.values", _side(made))
    assert _verdicts(outcome) == {
        "CHOL": "reading", "CA": "unit", "HB": "untouched", "GGT": "dropped", "THRO": "invented",
        "K": "impossible", "MCH": "implausible",
    }  # fmt: skip


@pytest.mark.parametrize("row", range(24))
def test_a_true_value_is_plausible_and_a_thousandfold_is_not(row):
    code = CODES[row]
    for value, expected in ((TRUE[code], None), (3777.7 * TRUE[code] + 1, "implausible")):
        verdict = _verdicts(_judge("2a.values", _side(_with(**{code: value})))).get(code)
        held = {"changed", "invented", "implausible"} if expected else {None}
        assert verdict in held, (code, value)
