"""Parts of task 2a: the patient's sheet."""

from __future__ import annotations

from submissions.build.model import code

__all__ = ["CLEAN"]

_ALL = {
    "t2a_values": "passed",
    "t2a_sodium": "passed",
    "t2a_thrombocytes": "passed",
    "t2a_numeric": "passed",
    "t2a_trains": "passed",
}

CLEAN = {
    "loc": code(
        """
# Zeile für Zeile mit dem Blatt verglichen
data.loc[2, "Unnamed: 4"] = 2.43
data.loc[3, "Unnamed: 4"] = 5.07
data.loc[4, "Unnamed: 4"] = 4.28
data.loc[5, "Unnamed: 4"] = 0.28
data.loc[8, "Unnamed: 4"] = 0.3
data.loc[10, "Unnamed: 4"] = 7.6
data.loc[11, "Unnamed: 4"] = 2.35
data.loc[14, "Unnamed: 4"] = 4.07
data.loc[16, "Unnamed: 4"] = 2.08
data.loc[17, "Unnamed: 4"] = 4.09
data.loc[18, "Unnamed: 4"] = 1.76
data.loc[19, "Unnamed: 4"] = 20.3
data.loc[22, "Unnamed: 4"] = 321
data.loc[23, "Unnamed: 4"] = 1.15
data.loc[24, "Unnamed: 4"] = 3.22

# Natrium wurde als NaN gelesen
data.loc[21, "Unnamed: 0"] = "NA"

for i in range(1, 25):
    data.loc[i, "Unnamed: 4"] = float(data.loc[i, "Unnamed: 4"])
data
""",
        **_ALL,
    ),
    "iloc-lists": code(
        """
zeilen = [2, 3, 4, 5, 8, 10, 11, 14, 16, 17, 18, 19, 22, 23, 24]
werte_neu = [2.43, 5.07, 4.28, 0.28, 0.3, 7.6, 2.35, 4.07, 2.08, 4.09, 1.76, 20.3, 321, 1.15, 3.22]
data.iloc[zeilen, 4] = werte_neu
data.iloc[21, 0] = 'NA'
data.iloc[1:, 4] = pd.to_numeric(data.iloc[1:, 4]).astype(float)
display(data)
print(data.iloc[1:, 4].map(type).unique())
""",
        **_ALL,
    ),
    "replace": code(
        """
corrections = {
    "Feb 43": 2.43, "05. Jul": 5.07, "Apr 28": 4.28, "zu groß": 0.28, " ok": 0.3,
    "07. Jun": 7.6, "Feb 35": 2.35, "04. Jul": 4.07, "02. Aug": 2.08, "04. Sep": 4.09,
    "Jan 76": 1.76, "20. Mrz": 20.3, "Jan 15": 1.15, "Mrz 22": 3.22,
}

def clean(table):
    \"\"\"Return a corrected copy of the table.\"\"\"
    table = table.copy()
    table["Unnamed: 4"] = table["Unnamed: 4"].replace(corrections)
    # missing value (Thrombozyten) and the lab id of Natrium
    table.loc[table["Unnamed: 1"] == "Thrombozyten", "Unnamed: 4"] = 321
    table["Unnamed: 0"] = table["Unnamed: 0"].fillna("NA")
    table.loc[1:, "Unnamed: 4"] = pd.to_numeric(table.loc[1:, "Unnamed: 4"])
    return table

data = clean(data)
print(data.isna().sum().sum(), "missing values left")
data
""",
        **_ALL,
    ),
    "column": code(
        """
data["Unnamed: 4"] = ["31.08.2017", 21.0, 2.43, 5.07, 4.28, 0.28, 115.0, 4.0, 0.3, 0.3, 7.6, 2.35, 0.37,
                      190.0, 4.07, 66.0, 2.08, 4.09, 1.76, 20.3, 87.0, 141.0, 321.0, 1.15, 3.22]
data.at[21, "Unnamed: 0"] = "NA"
data
""",
        **_ALL,
    ),
    "by-name": code(
        """
richtig = {
    'Calcium i.S.': 2.43, 'Cholesterin': 5.07, 'Erythrozyten': 4.28, 'Gamma-GT': 0.28,
    'GOT (ASAT)': 0.3, 'Haemoglobin': 7.6, 'HDL-Cholesterin': 2.35, 'Kalium i.S.': 4.07,
    'LDL-Chol.(direkt)': 2.08, 'Leukozyten': 4.09, 'MCH': 1.76, 'MCHC': 20.3,
    'Thrombozyten': 321.0, 'Triglyzeride': 1.15, 'TSH basal': 3.22,
}
for i, zeile in data.iterrows():
    if i == 0:
        continue
    name = zeile['Unnamed: 1']
    if name in richtig:
        data.at[i, 'Unnamed: 4'] = richtig[name]
    else:
        data.at[i, 'Unnamed: 4'] = float(zeile['Unnamed: 4'])
    if name == 'Natrium i.S.':
        data.at[i, 'Unnamed: 0'] = 'NA'
data.tail()
""",
        **_ALL,
    ),
    "reread": code(
        """
# noch einmal einlesen, diesmal ohne dass NA als NaN gilt
data = pd.read_csv(r"../data/datenblatt.csv", sep=";", encoding="latin1", na_filter=False).astype(object)
neu = {2: 2.43, 3: 5.07, 4: 4.28, 5: 0.28, 8: 0.3, 10: 7.6, 11: 2.35, 14: 4.07, 16: 2.08,
       17: 4.09, 18: 1.76, 19: 20.3, 22: 321, 23: 1.15, 24: 3.22}
spalte = data["Unnamed: 4"].to_dict()
spalte.update(neu)
data["Unnamed: 4"] = [spalte[0]] + [float(spalte[i]) for i in range(1, 25)]
data
""",
        **_ALL,
    ),
    "new-frame": code(
        """
tabelle = []
blatt = [2.43, 5.07, 4.28, 0.28, 0.3, 7.6, 2.35, 4.07, 2.08, 4.09, 1.76, 20.3, 321.0, 1.15, 3.22]
kaputt = {"CA", "CHOL", "ERY", "GGT", "GOT", "HB", "HDL", "K", "LDLC", "LEUK", "MCH", "MCHC", "THRO", "TRI", "TSHB"}
naechster = iter(blatt)
for nr, (labor_id, bez, einheit, normal, wert) in enumerate(data.values):
    if bez == "Natrium i.S.":
        labor_id = "NA"
    if labor_id in kaputt:
        wert = next(naechster)
    tabelle.append([labor_id, bez, einheit, normal, wert if nr == 0 else float(wert)])
data = pd.DataFrame(tabelle, columns=data.columns, dtype=object)
data
""",
        **_ALL,
    ),
    "wrong-5.7": code(
        """
data.loc[2, "Unnamed: 4"] = 2.43
data.loc[3, "Unnamed: 4"] = 5.7
data.loc[4, "Unnamed: 4"] = 4.28
data.loc[5, "Unnamed: 4"] = 0.28
data.loc[8, "Unnamed: 4"] = 0.3
data.loc[10, "Unnamed: 4"] = 7.6
data.loc[11, "Unnamed: 4"] = 2.35
data.loc[14, "Unnamed: 4"] = 4.7
data.loc[16, "Unnamed: 4"] = 2.8
data.loc[17, "Unnamed: 4"] = 4.9
data.loc[18, "Unnamed: 4"] = 1.76
data.loc[19, "Unnamed: 4"] = 20.3
data.loc[21, "Unnamed: 0"] = "NA"
data.loc[22, "Unnamed: 4"] = 321
data.loc[23, "Unnamed: 4"] = 1.15
data.loc[24, "Unnamed: 4"] = 3.22
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)
data
""",
        "2a-5.7",
        **{**_ALL, "t2a_values": "partial 3.5-5"},
    ),
    "typo-5.06": code(
        """
korrektur = {2: 2.43, 3: 5.06, 4: 4.28, 5: 0.28, 8: 0.3, 10: 7.6, 11: 2.35, 14: 4.07, 16: 2.08,
             17: 4.09, 18: 1.76, 19: 20.3, 22: 321.0, 23: 1.15, 24: 3.22}
for zeile in korrektur:
    data.iat[zeile, 4] = korrektur[zeile]
data.iat[21, 0] = "NA"
data.iloc[1:, 4] = data.iloc[1:, 4].astype("float64")
data
""",
        "2a-5.06",
        **{**_ALL, "t2a_values": "partial 5-5.5"},
    ),
    "row-dropped": code(
        """
data = data.dropna(subset=["Unnamed: 4"])      # Zeile ohne Wert entfernen
data = data.reset_index(drop=True)
data.loc[2, "Unnamed: 4"] = 2.43
data.loc[3, "Unnamed: 4"] = 5.07
data.loc[4, "Unnamed: 4"] = 4.28
data.loc[5, "Unnamed: 4"] = 0.28
data.loc[8, "Unnamed: 4"] = 0.3
data.loc[10, "Unnamed: 4"] = 7.6
data.loc[11, "Unnamed: 4"] = 2.35
data.loc[14, "Unnamed: 4"] = 4.07
data.loc[16, "Unnamed: 4"] = 2.08
data.loc[17, "Unnamed: 4"] = 4.09
data.loc[18, "Unnamed: 4"] = 1.76
data.loc[19, "Unnamed: 4"] = 20.3
data.loc[21, "Unnamed: 0"] = "NA"
data.loc[22, "Unnamed: 4"] = 1.15
data.loc[23, "Unnamed: 4"] = 3.22
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].astype(float)
data
""",
        "2a-row-dropped",
        t2a_values="partial passed 5-6",
        t2a_sodium="passed",
        t2a_thrombocytes="failed",
        t2a_numeric="passed",
        t2a_trains="failed",
    ),
    "replace-nan-text": code(
        """
data = data.replace("Feb 43", "2.43")
data = data.replace("05. Jul", "5.07")
data = data.replace("Apr 28", "4.28")
data = data.replace("zu groß", "0.28")
data = data.replace(" ok", "0.3")
data = data.replace("07. Jun", "7.6")
data = data.replace("Feb 35", "2.35")
data = data.replace("04. Jul", "4.07")
data = data.replace("02. Aug", "2.08")
data = data.replace("04. Sep", "4.09")
data = data.replace("Jan 76", "1.76")
data = data.replace("20. Mrz", "20.3")
data = data.replace("NaN", "321")
data = data.replace("Jan 15", "1.15")
data = data.replace("Mrz 22", "3.22")
data
""",
        "2a-replace-nan",
        "2a-strings",
        "2a-sodium",
        t2a_values="partial passed 5-6",
        t2a_sodium="failed",
        t2a_thrombocytes="failed",
        t2a_numeric="failed partial",
        t2a_trains="failed",
    ),
    "strings": code(
        """
data.loc[2, "Unnamed: 4"] = "2.43"
data.loc[3, "Unnamed: 4"] = "5.07"
data.loc[4, "Unnamed: 4"] = "4.28"
data.loc[5, "Unnamed: 4"] = "0.28"
data.loc[8, "Unnamed: 4"] = "0.3"
data.loc[10, "Unnamed: 4"] = "7.6"
data.loc[11, "Unnamed: 4"] = "2.35"
data.loc[14, "Unnamed: 4"] = "4.07"
data.loc[16, "Unnamed: 4"] = "2.08"
data.loc[17, "Unnamed: 4"] = "4.09"
data.loc[18, "Unnamed: 4"] = "1.76"
data.loc[19, "Unnamed: 4"] = "20.3"
data.loc[21, "Unnamed: 0"] = "NA"
data.loc[22, "Unnamed: 4"] = "321"
data.loc[23, "Unnamed: 4"] = "1.15"
data.loc[24, "Unnamed: 4"] = "3.22"
data
""",
        "2a-strings",
        t2a_values="passed",
        t2a_sodium="passed",
        t2a_thrombocytes="passed partial",
        t2a_numeric="failed partial",
        t2a_trains="passed",
    ),
    "text-left": code(
        """
data.loc[2, "Unnamed: 4"] = 2.43
data.loc[3, "Unnamed: 4"] = 5.07
data.loc[4, "Unnamed: 4"] = 4.28
data.loc[10, "Unnamed: 4"] = 7.6
data.loc[11, "Unnamed: 4"] = 2.35
data.loc[14, "Unnamed: 4"] = 4.07
data.loc[16, "Unnamed: 4"] = 2.08
data.loc[17, "Unnamed: 4"] = 4.09
data.loc[18, "Unnamed: 4"] = 1.76
data.loc[19, "Unnamed: 4"] = 20.3
data.loc[22, "Unnamed: 4"] = 321
data.loc[23, "Unnamed: 4"] = 1.15
data.loc[24, "Unnamed: 4"] = 3.22
data
""",
        "2a-sodium",
        "2a-text-left",
        t2a_values="partial 4.5-5.5",
        t2a_sodium="failed",
        t2a_thrombocytes="passed",
        t2a_numeric="failed partial",
        t2a_trains="failed",
    ),
    "no-sodium": code(
        """
fehler = {
    "CA": 2.43, "CHOL": 5.07, "ERY": 4.28, "GGT": 0.28, "GOT": 0.3, "HB": 7.6, "HDL": 2.35, "K": 4.07,
    "LDLC": 2.08, "LEUK": 4.09, "MCH": 1.76, "MCHC": 20.3, "THRO": 321.0, "TRI": 1.15, "TSHB": 3.22,
}
data = data.set_index("Unnamed: 0")
for k, v in fehler.items():
    data.loc[k, "Unnamed: 4"] = v
data = data.reset_index()
data.loc[1:, "Unnamed: 4"] = data.loc[1:, "Unnamed: 4"].apply(float)
print(data)
""",
        "2a-sodium",
        **{**_ALL, "t2a_sodium": "failed"},
    ),
    "endless": code(
        """
neu = {2: 2.43, 3: 5.07, 4: 4.28, 5: 0.28, 8: 0.3, 10: 7.6, 11: 2.35, 14: 4.07, 16: 2.08,
       17: 4.09, 18: 1.76, 19: 20.3, 22: 321.0, 23: 1.15, 24: 3.22}
i = 1
while i < 25:
    if i in neu:
        data.loc[i, "Unnamed: 4"] = neu[i]
        i = i + 1
data
""",
        t2a_values="failed partial not_judged 0-1",
        t2a_sodium="failed not_judged",
        t2a_thrombocytes="failed not_judged",
        t2a_numeric="failed not_judged",
        t2a_trains="failed not_judged",
    ),
    "half": code(
        """
data.loc[2, "Unnamed: 4"] = 2.43
data.loc[3, "Unnamed: 4"] = 5.07
data.loc[4, "Unnamed: 4"] = 4.28
data.loc[5, "Unnamed: 4"] = 0.28
# TODO: Rest
""",
        t2a_values="partial 0.5-3",
        t2a_sodium="failed",
        t2a_thrombocytes="failed",
        t2a_numeric="failed partial",
        t2a_trains="failed",
    ),
}
