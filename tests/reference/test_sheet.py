"""Task 2a: what groups do to the sheet, and what the checks say about it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from data.build.sheet import VALUES
from grader.checks import Outcome, Side
from grader.errors import NotJudged
from tests.checks.build import ROOT, call, cell, context, lab_check, side

COLUMN = "Unnamed: 4"
TRUE = {v.code: float(v.value) for v in VALUES}
CODES = [v.code for v in VALUES]
FIT = call("fit", x=np.ones((1, 24)), history={"loss": [0.7]})


@cache
def _raw() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "datenblatt.csv", sep=";", encoding="latin1").astype(object)


def _clean(**changes: object) -> pd.DataFrame:
    """The sheet as the reference leaves it, with cells of the value column changed by code."""
    data = _raw().copy()
    data.loc[21, "Unnamed: 0"] = "NA"
    for row, code in enumerate(CODES, 1):
        data.loc[row, COLUMN] = changes.get(code, TRUE[code])
    return data


def _side(clean=None, numeric=None, *, read=None, calls=(FIT,), **last) -> Side:
    """A group's cells of task 2a; a table alone is the variable ``data``."""

    def variables(made):
        return made if isinstance(made, dict) else {} if made is None else {"data": made}

    return side(
        {
            "notebook2": [
                cell("n2-setup"),
                cell("2a-read", variables={"data": _raw() if read is None else read}),
                cell("2a-clean", variables=variables(clean)),
                cell("2a-numeric", variables=variables(numeric), calls=calls, **last),
                cell("2b-show"),
            ]
        }
    )


@cache
def _reference() -> Side:
    data = _clean()
    return _side(data, {"werte": data.loc[1:, COLUMN].astype(float)})


def _judge(check_id: str, student: Side) -> Outcome:
    return lab_check("sheet", check_id)(context(student, _reference()))


def _points(check_id: str, clean=None, **rest) -> float:
    return _judge(check_id, _side(clean, **rest)).fraction


def _verdicts(outcome: Outcome) -> dict[str, str]:
    return {r["laborid"]: r["verdict"] for r in outcome.details["rows"] if r["verdict"] != "right"}


# ------------------------------------------------------------------ right, in several styles


def _by_code(data: pd.DataFrame) -> pd.DataFrame:
    rows = data.loc[1:].copy()
    rows.columns = list(data.loc[0])
    return rows.set_index("Laborid")


STYLES = {
    "as the reference": lambda: _clean(),
    "headings dropped": lambda: _clean().drop(index=0),
    "headings dropped, counted anew": lambda: _clean().drop(index=0).reset_index(drop=True),
    "headings promoted, code as index": lambda: _by_code(_clean()),
    "turned round": lambda: _clean().T,
    "reordered": lambda: _clean().iloc[[0, *range(24, 0, -1)]],
    "columns renamed": lambda: _clean().set_axis(["id", "name", "e", "n", "wert"], axis=1),
    "new column beside the old": lambda: _raw().assign(neu=_clean()[COLUMN]),
    "texts": lambda: _clean(**{c: str(TRUE[c]) for c in CODES}),
    "texts with comma": lambda: _clean(**{c: str(TRUE[c]).replace(".", ",") for c in CODES}),
    "single precision": lambda: {"w": np.array([TRUE[c] for c in CODES], dtype=np.float32)},
    "column of shape (24, 1)": lambda: {"w": np.array([[TRUE[c]] for c in CODES])},
    "list": lambda: {"w": [TRUE[c] for c in CODES]},
    "list of pairs": lambda: {"w": [(c, TRUE[c]) for c in CODES]},
    "series": lambda: {"w": pd.Series([TRUE[c] for c in CODES], index=range(1, 25))},
    "series with heading": lambda: {"w": _clean()[COLUMN]},
}


@pytest.mark.parametrize("style", STYLES)
def test_right_values_count_in_every_style(style):
    outcome = _judge("2a.values", _side(STYLES[style]()))
    assert outcome.status == "passed", outcome.message
    assert len(outcome.details["rows"]) == 24
    assert _judge("2a.thrombocytes", _side(STYLES[style]())).status == "passed"


def test_reference_passes_all():
    for check_id in ("2a.values", "2a.sodium", "2a.thrombocytes", "2a.numeric", "2a.trains"):
        assert _judge(check_id, _reference()).status == "passed", check_id


# ------------------------------------------------------------------ 2a.values


@pytest.mark.parametrize(
    ("code", "found", "verdict"),
    [
        ("CHOL", 5.7, "reading"),
        ("CHOL", 5.06, "impossible"),
        ("CHOL", "05. Jul", "untouched"),
        ("CHOL", None, "dropped"),
        ("CHOL", 50.7, "unit"),
        ("MCHC", 20.03, "reading"),
        ("CA", 243.0, "unit"),
        ("GGT", "zu groß", "untouched"),
        ("GGT", 0.5, "wrong"),
        ("GOT", " ok", "untouched"),
        ("GOT", "gut", "text"),
        ("HKT", 37.0, "changed"),
        ("KREA", None, "dropped"),
    ],
)
def test_each_row_gets_its_own_verdict(code, found, verdict):
    outcome = _judge("2a.values", _side(_clean(**{code: found})))
    assert _verdicts(outcome) == {code: verdict}
    assert outcome.fraction == pytest.approx(13 / 14)
    assert next(v.name for v in VALUES if v.code == code) in outcome.message
    assert str(TRUE[code]) not in outcome.message


def test_second_reading_is_called_by_its_name_without_the_value():
    message = _judge("2a.values", _side(_clean(CHOL=5.7))).message
    assert "zweite Lesart" in message and "5.07" not in message


def test_untouched_sheet_gives_nothing():
    outcome = _judge("2a.values", _side())
    assert outcome.fraction == 0 and outcome.status == "failed"
    assert "0 von 14" in outcome.message and "weitere Zeilen" in outcome.message


def test_dropped_row_costs_that_row_only():
    outcome = _judge("2a.values", _side(_clean().drop(index=5)))
    assert _verdicts(outcome) == {"GGT": "lost"}
    assert outcome.fraction == pytest.approx(13 / 14)


def test_dropna_costs_sodium_and_thrombocytes_in_their_own_checks():
    data = _clean()
    data.loc[21, "Unnamed: 0"] = None
    student = _side(data.drop(index=[21, 22]).reset_index(drop=True))
    assert _judge("2a.values", student).status == "passed"
    for check_id in ("2a.sodium", "2a.thrombocytes"):
        outcome = _judge(check_id, student)
        assert outcome.status == "failed" and "Zeile" in outcome.message


def test_dropna_on_the_damaged_sheet_loses_the_row_of_thrombocytes():
    outcome = _judge("2a.thrombocytes", _side(_raw().dropna()))
    assert outcome.status == "failed" and "Die Zeile Thrombozyten fehlt" in outcome.message


def test_dropped_row_in_bare_values_costs_that_row_only():
    values = np.array([TRUE[c] for c in CODES if c != "HB"])
    outcome = _judge("2a.values", _side({"data": 0, "w": values}))
    assert _verdicts(outcome) == {"HB": "lost"}


def test_values_lost_while_converting_are_not_held_against_the_table_before():
    clean = _clean(CHOL="5.7 mmol")
    gone = clean.copy()
    gone[COLUMN] = pd.to_numeric(gone[COLUMN], errors="coerce")
    outcome = _judge("2a.values", _side(clean, gone))
    assert outcome.fraction == pytest.approx(13 / 14)


def test_coerced_dates_are_dropped_values():
    gone = _raw().copy()
    gone[COLUMN] = pd.to_numeric(gone[COLUMN], errors="coerce")
    outcome = _judge("2a.values", _side({"data": gone}, read=gone))
    assert outcome.fraction == 0
    assert _verdicts(outcome)["CA"] == "dropped"


def test_row_that_stands_twice_is_named_in_the_details():
    data = pd.concat([_clean(), _clean().loc[[3]]])
    outcome = _judge("2a.values", _side(data))
    assert outcome.status == "passed" and outcome.details["twice"] == ["Cholesterin"]


def test_message_never_holds_an_expected_value():
    outcome = _judge("2a.values", _side(_clean(**dict.fromkeys(CODES, 1.0))))
    for code in ("CA", "CHOL", "HB", "MCHC"):
        assert str(TRUE[code]) not in outcome.message


# ------------------------------------------------------------------ 2a.sodium, 2a.thrombocytes


@pytest.mark.parametrize(
    ("code", "status"),
    [("NA", "passed"), ("Na", "passed"), (None, "failed"), ("nan", "failed"), (321, "failed")],
)
def test_code_of_sodium_must_be_a_text(code, status):
    data = _clean()
    data.loc[21, "Unnamed: 0"] = code
    assert _judge("2a.sodium", _side(data)).status == status


def test_code_of_sodium_may_be_saved_while_reading():
    assert _points("2a.sodium", read=_clean()) == 1


def test_sodium_without_code_column_is_half():
    outcome = _judge("2a.sodium", _side({"data": _clean().drop(columns="Unnamed: 0")}))
    assert outcome.status == "partial" and outcome.fraction == 0.5


def test_filling_every_gap_with_one_value_is_no_code():
    data = _clean(THRO=321.0)
    data.loc[21, "Unnamed: 0"] = None
    outcome = _judge("2a.sodium", _side(data.fillna(321)))
    assert outcome.status == "failed" and "321" in outcome.message


@pytest.mark.parametrize("found", [321, 321.0, "321", "321,0"])
def test_thrombocytes_filled_in(found):
    assert _points("2a.thrombocytes", _clean(THRO=found)) == 1


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "NaN ist kein Text"),
        ("NaN", "NaN ist kein Text"),
        (0, "erfunden"),
        (250, "erfunden"),
        (round(sum(v for c, v in TRUE.items() if c != "THRO") / 23, 1), "Mittelwert"),
        ("hoch", "keine Zahl"),
    ],
)
def test_thrombocytes_missing_or_invented(found, words):
    outcome = _judge("2a.thrombocytes", _side(_clean(THRO=found)))
    assert outcome.status == "failed" and words in outcome.message
    assert "321" not in outcome.message


# ------------------------------------------------------------------ 2a.numeric


def test_what_the_given_cell_converts_is_not_the_group_s_doing():
    texts = {"data": _typed(str), "werte": {"CA": "2.43"}}
    assert _points("2a.numeric", texts, numeric={"werte": _typed(float)[COLUMN]}) == 0


def _typed(kind) -> pd.DataFrame:
    return _clean().drop(index=0).astype({COLUMN: kind})


@pytest.mark.parametrize(
    ("clean", "fraction"),
    [
        (lambda: _clean(), 1),
        (lambda: _typed(float), 1),
        (lambda: {"w": np.array([TRUE[c] for c in CODES])}, 1),
        (lambda: _clean(AAGE=21, KREA=66), 0.75),
        (lambda: _clean(**{c: str(TRUE[c]) for c in CODES}), 0),
        (lambda: _clean(AAGE="21", GLUC="4.0", KREA="66"), 0.5),
        (lambda: _clean(THRO=None), 1),
        (lambda: _clean(CA=None, CHOL=None, THRO=None), 0.5),
        (lambda: None, 0),
    ],
)
def test_column_ends_as_one_numeric_type(clean, fraction):
    # The given last cell converts whatever can be converted: not the group's doing.
    last = {"werte": pd.Series([TRUE[c] for c in CODES], index=range(1, 25))}
    assert _points("2a.numeric", clean(), numeric=last) == fraction


def test_column_may_be_converted_in_the_table_in_the_last_cell():
    texts = _clean(**{c: str(TRUE[c]) for c in CODES})
    assert _points("2a.numeric", texts, numeric=_typed(float)) == 1


# ------------------------------------------------------------------ 2a.trains


def test_training_step_needs_a_fit_that_ends_well():
    nan = call("fit", x=np.ones((1, 24)), history={"loss": [float("nan")]})
    assert _points("2a.trains", _clean()) == 1
    assert _points("2a.trains", _clean(), calls=()) == 0
    assert _points("2a.trains", _clean(), calls=(nan,)) == 0
    printed = _judge("2a.trains", _side(_clean(), calls=(), printed="Trainingsschritt erfolgreich"))
    assert printed.status == "failed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("could not convert string to float: 'Feb 43'", "Text"),
        ("Ohne Wert (NaN) ist Zeile 22.", "fehlt"),
        ("Erwartet wird eine Spalte mit 24 Laborwerten, hier", "24"),
        ("irgendwas", "ValueError"),
    ],
)
def test_broken_training_step_says_why(text, words):
    last = {"status": "error", "error": "ValueError", "error_message": text}
    outcome = _judge("2a.trains", _side(_clean(), calls=(), **last))
    assert outcome.status == "failed" and words in outcome.message


# ------------------------------------------------------------------ nothing to look at, nonsense


@pytest.mark.parametrize(
    "check_id", ["2a.values", "2a.sodium", "2a.thrombocytes", "2a.numeric", "2a.trains"]
)
def test_missing_notebook_or_cells_are_not_judged(check_id):
    for student in (side(), side({"notebook2": [cell("2b-show")]})):
        with pytest.raises(NotJudged):
            _judge(check_id, student)


HOSTILE = {
    "empty": pd.DataFrame(),
    "no rows": _raw().iloc[:0],
    "columns twice": pd.concat([_raw(), _raw()], axis=1),
    "all NaN": pd.DataFrame(np.full((25, 5), np.nan)),
    "endless numbers": {"w": np.full(24, np.inf)},
    "wrong shape": {"w": np.zeros((24, 24, 2))},
    "scalar array": {"w": np.array(3.0)},
    "texts": {"w": ["Feb 43"] * 24},
    "ragged": {"w": [[1], [1, 2], "x"]},
    "keys only": _raw()[["Unnamed: 0"]],
    "nested index": _raw().set_index(["Unnamed: 0", "Unnamed: 1"]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_is_judged_without_stumbling(name):
    student = _side(HOSTILE[name], read=_raw() if name == "columns twice" else HOSTILE[name])
    for check_id in ("2a.values", "2a.thrombocytes", "2a.numeric"):
        assert _judge(check_id, student).fraction == 0, check_id
    try:
        # Rows whose keys went into a nested index are found by their order.
        assert _judge("2a.sodium", student).fraction == (0.5 if name == "nested index" else 0)
    except NotJudged as reason:
        assert "keine Tabelle" in str(reason)


def test_a_table_in_a_container_counts_beside_the_raw_one():
    made = {"R": [["tabelle", _clean()]]}  # as the probe writes a dict down
    for check_id in ("2a.values", "2a.sodium", "2a.thrombocytes", "2a.numeric"):
        assert _points(check_id, made) == 1, check_id


def test_a_list_of_right_values_beside_a_shifted_table_is_a_means():
    shifted = _clean()
    shifted[COLUMN] = [*shifted[COLUMN].tolist()[1:], 3.22]
    values = [TRUE[c] for c in CODES]
    source = f"vom_blatt = {values}\nfor i, w in enumerate(vom_blatt):\n    zeilen[i][4] = w"
    cells = {
        "notebook2": [
            cell("2a-read", variables={"data": _raw()}),
            cell("2a-clean", variables={"vom_blatt": values, "data": shifted}, source=source),
        ]
    }
    assert _judge("2a.values", side(cells)).fraction < 0.5
    assert _judge("2a.thrombocytes", side(cells)).status == "failed"
    assert _judge("2a.numeric", side(cells)).status == "passed"


def test_values_read_right_and_lost_by_one_s_own_conversion_count_in_part():
    read = {n: f"{TRUE[c]:g}".replace(".", ",") for n, c in enumerate(CODES, 1)}
    lost = _clean()
    lost.loc[1:, COLUMN] = pd.to_numeric(_raw().loc[1:, COLUMN], errors="coerce")
    outcome = _judge("2a.values", _side({"data": lost, "vom_blatt": read}))
    alone = _judge("2a.values", _side({"data": lost}))
    assert "richtig abgelesen" in outcome.message and "richtig abgelesen" not in alone.message
    assert 0.2 < outcome.fraction - alone.fraction < 0.5
    wrong = {n: "1,5" for n in read}
    assert _points("2a.values", {"data": lost, "vom_blatt": wrong}) == alone.fraction
