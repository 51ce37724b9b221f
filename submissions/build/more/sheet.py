"""Further parts of task 2a."""

from __future__ import annotations

from submissions.build.model import Part, code

__all__ = ["CLEAN", "NUMERIC"]

_OK = {
    "t2a_values": "passed",
    "t2a_sodium": "passed",
    "t2a_thrombocytes": "passed",
    "t2a_numeric": "passed",
    "t2a_trains": "passed",
}
_RIGHT = {
    "CA": 2.43,
    "CHOL": 5.07,
    "ERY": 4.28,
    "GGT": 0.28,
    "GOT": 0.3,
    "HB": 7.6,
    "HDL": 2.35,
    "K": 4.07,
    "LDLC": 2.08,
    "LEUK": 4.09,
    "MCH": 1.76,
    "MCHC": 20.3,
    "THRO": 321,
    "TRI": 1.15,
    "TSHB": 3.22,
}
_ROWS = (2, 3, 4, 5, 8, 10, 11, 14, 16, 17, 18, 19, 22, 23, 24)
_BY_ROW = dict(zip(_ROWS, _RIGHT.values(), strict=True))
_SODIUM = 'data.loc[21, "Unnamed: 0"] = "NA"\n'
_NUMBERS = 'data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)\n'


def _by_id(changed: dict[str, object], end: str = _NUMBERS, sodium: str = _SODIUM) -> str:
    """A dictionary by Laborid, written out; ``None`` leaves an entry out."""
    values = {k: v for k, v in {**_RIGHT, **changed}.items() if v is not None}
    entries = ",\n".join(f"    {k!r}: {v!r}" for k, v in values.items())
    return (
        f"korrektur = {{\n{entries},\n}}\n"
        "for kuerzel, wert in korrektur.items():\n"
        '    data.loc[data["Unnamed: 0"] == kuerzel, "Unnamed: 4"] = wert\n' + sodium + end + "data"
    )


def _by_row(changed: dict[int, object], end: str = _NUMBERS, sodium: str = _SODIUM) -> str:
    """One line for each row; ``None`` leaves a row out."""
    values = {k: v for k, v in {**_BY_ROW, **changed}.items() if v is not None}
    lines = "\n".join(f"data.iloc[{k}, 4] = {v!r}" for k, v in values.items())
    return f"{lines}\n{sodium}{end}data"


CLEAN = {
    "series": code(
        """
spalte = data["Unnamed: 4"].copy()
spalte.update(pd.Series({2: 2.43, 3: 5.07, 4: 4.28, 5: 0.28, 8: 0.3, 10: 7.6, 11: 2.35, 14: 4.07,
                         16: 2.08, 17: 4.09, 18: 1.76, 19: 20.3, 22: 321, 23: 1.15, 24: 3.22}))
spalte[1:] = [float(w) for w in spalte[1:]]
data["Unnamed: 4"] = spalte
data["Unnamed: 0"] = data["Unnamed: 0"].where(data["Unnamed: 0"].notna(), "NA")
data
""",
        **_OK,
    ),
    "map": code(
        """
blatt = {"Calcium i.S.": 2.43, "Cholesterin": 5.07, "Erythrozyten": 4.28, "Gamma-GT": 0.28, "GOT (ASAT)": 0.30,
         "Haemoglobin": 7.6, "HDL-Cholesterin": 2.35, "Kalium i.S.": 4.07, "LDL-Chol.(direkt)": 2.08,
         "Leukozyten": 4.09, "MCH": 1.76, "MCHC": 20.3, "Thrombozyten": 321, "Triglyzeride": 1.15, "TSH basal": 3.22}
neu = data["Unnamed: 1"].map(blatt)
data["Unnamed: 4"] = neu.where(neu.notna(), data["Unnamed: 4"])
data.loc[1:, "Unnamed: 4"] = pd.to_numeric(data.loc[1:, "Unnamed: 4"]).tolist()
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].map(float)
data.loc[data["Unnamed: 1"].str.startswith("Natrium"), "Unnamed: 0"] = "NA"
data.head(25)
""",
        **_OK,
    ),
    "renamed": code(
        """
df = data.iloc[1:].copy()
df.columns = ["Laborid", "Bezeichnung", "Einheit", "Normalwert", "Wert"]
df.loc[21, "Laborid"] = "NA"
for zeile, wert in [(2, 2.43), (3, 5.07), (4, 4.28), (5, 0.28), (8, 0.3), (10, 7.6), (11, 2.35), (14, 4.07), (16, 2.08),
                    (17, 4.09), (18, 1.76), (19, 20.3), (22, 321.0), (23, 1.15), (24, 3.22)]:
    df.at[zeile, "Wert"] = wert
df["Wert"] = pd.to_numeric(df["Wert"]).astype("float64")
df.info()
df
""",
        **_OK,
    ),
    "typed-anew": code(
        """
laborid = "AAGE CA CHOL ERY GGT GLFR GLUC GOT GPT HB HDL HKT HS K KREA LDLC LEUK MCH MCHC MCV NA THRO TRI TSHB".split()
werte_blatt = [21, 2.43, 5.07, 4.28, 0.28, 115, 4.0, 0.3, 0.3, 7.6, 2.35, 0.37, 190, 4.07, 66, 2.08, 4.09, 1.76, 20.3,
               87.0, 141, 321, 1.15, 3.22]
data = pd.DataFrame({
    "Unnamed: 0": ["Laborid"] + laborid,
    "Unnamed: 1": data["Unnamed: 1"].tolist(),
    "Unnamed: 2": data["Unnamed: 2"].tolist(),
    "Unnamed: 3": data["Unnamed: 3"].tolist(),
    "Unnamed: 4": ["31.08.2017"] + [float(w) for w in werte_blatt],
})
data
""",
        **_OK,
    ),
    "undo-excel": code(
        """
MONATE = {m: i for i, m in enumerate("Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez".split(), 1)}

def entdatiere(text):
    \"\"\"'Feb 43' -> 2.43, '20. Mrz' -> 20.3\"\"\"
    a, b = text.split()
    return float(f"{MONATE[a]}.{b}") if a in MONATE else float(a + str(MONATE[b]))

for i in range(1, 25):
    w = data.loc[i, "Unnamed: 4"]
    if isinstance(w, str) and any(m in w for m in MONATE):
        data.loc[i, "Unnamed: 4"] = entdatiere(w)
# hier war eine Null dazwischen (siehe Blatt)
data.loc[[3, 14, 16, 17], "Unnamed: 4"] = [5.07, 4.07, 2.08, 4.09]
# Text und fehlender Wert
data.loc[[5, 8, 22], "Unnamed: 4"] = [0.28, 0.3, 321]
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)
data.loc[21, "Unnamed: 0"] = "NA"
data
""",
        **_OK,
    ),
    "all-rows": code(
        """
data.iloc[21, 0] = "NA"
data.iloc[1:25, 4] = np.array([21, 2.43, 5.07, 4.28, 0.28, 115, 4.0, 0.3, 0.3, 7.6, 2.35, 0.37, 190, 4.07, 66, 2.08, 4.09,
                               1.76, 20.3, 87, 141, 321, 1.15, 3.22])
data
""",
        **_OK,
    ),
    "numpy": code(
        """
feld = data.to_numpy(dtype=object)
for r, v in {2: 2.43, 3: 5.07, 4: 4.28, 5: .28, 8: .3, 10: 7.6, 11: 2.35, 14: 4.07, 16: 2.08, 17: 4.09, 18: 1.76, 19: 20.3,
             22: 321., 23: 1.15, 24: 3.22}.items():
    feld[r, 4] = v
feld[1:, 4] = feld[1:, 4].astype(float)
feld[21, 0] = "NA"
data = pd.DataFrame(feld, columns=data.columns)
data
""",
        **_OK,
    ),
    "header-row": code(
        """
tabelle = data.copy()
tabelle.columns = tabelle.iloc[0]
tabelle = tabelle.drop(index=0)
tabelle["Laborid"] = tabelle["Laborid"].fillna("NA")
tabelle = tabelle.set_index("Laborid")
tabelle.loc[["CA", "CHOL", "ERY", "GGT", "GOT", "HB", "HDL", "K"], "31.08.2017"] = [2.43, 5.07, 4.28, .28, .3, 7.6, 2.35, 4.07]
tabelle.loc[["LDLC", "LEUK", "MCH", "MCHC", "THRO", "TRI", "TSHB"], "31.08.2017"] = [2.08, 4.09, 1.76, 20.3, 321, 1.15, 3.22]
tabelle["31.08.2017"] = tabelle["31.08.2017"].astype(float)
tabelle = tabelle.reset_index()
tabelle
""",
        **_OK,
    ),
    # ------------------------------------------------------------------ with mistakes
    "5.7": code(_by_id({"CHOL": 5.7}), "2a-5.7", **{**_OK, "t2a_values": "partial 5-5.9"}),
    "203": code(_by_row({19: 203.0}), "2a-unit-slip", **{**_OK, "t2a_values": "partial 5-5.9"}),
    "exchanged": code(
        _by_id({"GGT": 0.3, "GOT": 0.28}), "2a-rows", **{**_OK, "t2a_values": "partial 4.5-5.5"}
    ),
    "mean": code(
        _by_row(
            {22: None},
            _NUMBERS
            + 'data.loc[22, "Unnamed: 4"] = round(float(data.loc[1:, "Unnamed: 4"].mean()), 1)\n',
        ),
        "2a-invented",
        **{**_OK, "t2a_values": "passed partial 5-6", "t2a_thrombocytes": "failed"},
    ),
    "interpolated": code(
        _by_id(
            {"THRO": None},
            'data.loc[1:, "Unnamed: 4"] = pd.to_numeric(data.loc[1:, "Unnamed: 4"]).interpolate().tolist()\n',
        ),
        "2a-invented",
        **{**_OK, "t2a_values": "passed partial 5-6", "t2a_thrombocytes": "failed"},
    ),
    "dropna": code(
        """
data = data.dropna()      # unvollständige Zeilen weglassen
for kuerzel, wert in {"CA": 2.43, "CHOL": 5.07, "ERY": 4.28, "GGT": 0.28, "GOT": 0.3, "HB": 7.6, "HDL": 2.35, "K": 4.07,
                      "LDLC": 2.08, "LEUK": 4.09, "MCH": 1.76, "MCHC": 20.3, "TRI": 1.15, "TSHB": 3.22}.items():
    data.loc[data["Unnamed: 0"] == kuerzel, "Unnamed: 4"] = wert
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)
data
""",
        "2a-row-dropped",
        t2a_values="partial passed 5-6",
        t2a_sodium="failed",
        t2a_thrombocytes="failed",
        t2a_numeric="passed",
        t2a_trains="failed",
    ),
    "unknown-id": code(
        _by_row({}, sodium='data["Unnamed: 0"] = data["Unnamed: 0"].fillna("unbekannt")\n'),
        "2a-sodium",
        **{**_OK, "t2a_sodium": "failed"},
    ),
    "strings": code(
        _by_row({k: str(v) for k, v in _BY_ROW.items()}, end=""),
        "2a-strings",
        **{
            **_OK,
            "t2a_thrombocytes": "passed partial 1-2",
            "t2a_numeric": "failed partial 0-1",
        },
    ),
    "mixed": code(
        _by_id({}, end=""), "2a-strings", **{**_OK, "t2a_numeric": "failed partial 0-1"}
    ),
    "ok-left": code(
        _by_row({8: None}, end="", sodium=""),
        "2a-text-left",
        "2a-sodium",
        t2a_values="partial 5-5.9",
        t2a_sodium="failed",
        t2a_thrombocytes="passed",
        t2a_numeric="failed partial 0-1",
        t2a_trains="failed",
    ),
    "4.7": code(
        _by_row({14: 4.7, 17: 4.9}), "2a-5.7", **{**_OK, "t2a_values": "partial 4.5-5.5"}
    ),
    "shifted": code(
        """
beschaedigt = [2, 3, 4, 5, 8, 10, 11, 14, 16, 17, 18, 19, 22, 23, 24]
vom_blatt = [2.43, 5.07, 4.28, 0.28, 0.3, 7.6, 2.35, 2.08, 4.09, 1.76, 20.3, 321, 1.15, 3.22, 3.22]
data.loc[beschaedigt, "Unnamed: 4"] = vom_blatt
data.loc[21, "Unnamed: 0"] = "NA"
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)
data
""",
        "2a-rows",
        **{**_OK, "t2a_values": "partial 2-4", "t2a_thrombocytes": "failed"},
    ),
    "tenth": code(
        _by_id({"MCH": 17.6, "HB": 76.0}),
        "2a-unit-slip",
        **{**_OK, "t2a_values": "partial 4.5-5.5"},
    ),
    "zero": code(
        _by_id({"THRO": None}, 'data["Unnamed: 4"] = data["Unnamed: 4"].fillna(0)\n' + _NUMBERS),
        "2a-invented",
        **{**_OK, "t2a_values": "passed partial 5-6", "t2a_thrombocytes": "failed"},
    ),
    "middle": code(
        _by_row({22: 255}),
        "2a-invented",
        **{**_OK, "t2a_values": "passed partial 5-6", "t2a_thrombocytes": "failed"},
    ),
    "without-row": code(
        'data = data[data["Unnamed: 1"] != "Thrombozyten"].copy()   # kein Wert vorhanden\n'
        + _by_id({"THRO": None}),
        "2a-row-dropped",
        **{
            **_OK,
            "t2a_values": "passed partial 5-6",
            "t2a_thrombocytes": "failed",
            "t2a_trains": "failed",
        },
    ),
    "comma": code(
        _by_row({k: str(float(v)).replace(".", ",") for k, v in _BY_ROW.items()}, end=""),
        "2a-strings",
        t2a_values="passed partial 3-6",
        t2a_sodium="passed",
        t2a_thrombocytes="passed partial 1-2",
        t2a_numeric="failed partial 0-1",
        t2a_trains="failed",
    ),
    "object": code(
        """
neue_werte = {"Feb 43": 2.43, "05. Jul": 5.07, "Apr 28": 4.28, "zu groß": 0.28, " ok": 0.3, "07. Jun": 7.6,
              "Feb 35": 2.35, "04. Jul": 4.07, "02. Aug": 2.08, "04. Sep": 4.09, "Jan 76": 1.76, "20. Mrz": 20.3,
              "Jan 15": 1.15, "Mrz 22": 3.22}
data = data.replace({"Unnamed: 4": neue_werte}).astype(object)
data.loc[22, "Unnamed: 4"] = 321
data
""",
        "2a-strings",
        "2a-sodium",
        t2a_values="passed",
        t2a_sodium="failed",
        t2a_thrombocytes="passed",
        t2a_numeric="failed partial 0-1",
        t2a_trains="passed",
    ),
    "months-only": code(
        _by_id({"GGT": None, "GOT": None, "THRO": None}, end="", sodium=""),
        "2a-text-left",
        "2a-sodium",
        t2a_values="partial 4.5-5.5",
        t2a_sodium="failed",
        t2a_thrombocytes="failed",
        t2a_numeric="failed partial 0-1",
        t2a_trains="failed",
    ),
}

# The given cell, where the table has another name.
NUMERIC: dict[str, Part] = {
    "renamed": code('werte = df["Wert"].astype(float)\ntest_training(werte)'),
    "header-row": code('werte = tabelle["31.08.2017"].astype(float)\ntest_training(werte)'),
}
