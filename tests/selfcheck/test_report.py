"""What a self-check says: there, runs, right kind and shape, plausible, what to read again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from grader.model import Problem
from grader.selfcheck.report import LATER, Report, TaskReport, judge_questions
from tests.checks.build import axes, call, cell, dense, figure, net, text
from tests.selfcheck.work import description, finished, report_of


def task(report: Report, name: str) -> TaskReport:
    return next(t for t in report.tasks if t.id == name)


def texts(report: Report, name: str, state: str) -> list[str]:
    return [f.text for f in task(report, name).findings if f.state == state]


def test_finished_work_has_nothing_open() -> None:
    report = report_of(finished())
    for name in ("1a", "1b", "1c"):
        assert texts(report, name, "failed") == []
        assert LATER in texts(report, name, "later")
        assert "Der Code läuft ohne Fehler durch." in texts(report, name, "passed")
    assert "2b" in [t.id for t in report.tasks]
    assert "»Die Diagnose des Netzes«: Die Zelle fehlt." in texts(report, "2b", "failed")
    # A notebook that is not there is a problem of the submission, and said once.
    assert "3a" not in [t.id for t in report.tasks]


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"s1a_predict": {"variables": {"result": np.zeros((3, 2))}}}, "1a", "hat die Form (3, 2)"),
        ({"s1a_predict": {"variables": {"result": np.array([1, np.nan, 2.0])}}}, "1a", "NaN"),
        ({"s1a_predict": {"variables": {"result": [-1.0, 6.0, 7.0]}}}, "1a", "Werte unter 0"),
        ({"s1a_predict": {"variables": {"result": "0 6 7"}}}, "1a", "ist vom Typ str"),
        ({"s1a_predict": {"variables": {}}}, "1a", "Noch nicht da (`result`)."),
        ({"s1a_model": {"variables": {"model": net(dense(4, "relu"))}}}, "1a", "hat 4 Ausgänge"),
        (
            {"s1a_model": {"variables": {"model": net(dense(3, "relu"), dense(1, "tanh"))}}},
            "1a",
            "mit der Aktivierung tanh",
        ),
        ({"s1a_model": {"variables": {"model": net()}}}, "1a", "hat noch keine Schichten"),
        (
            {"s1a_model": {"variables": {"model": net(dense(4, "relu"), input_shape=())}}},
            "1a",
            "hat 4 Ausgänge",
        ),
        (
            {"s1c_training": {"variables": {"result": np.full((4, 10), 0.2)}}},
            "1c",
            "nicht zu 1 addieren",
        ),
        ({"s1b_curve": {"variables": {"result": np.zeros(50)}}}, "1b", "Noch keine Kurve"),
        (
            {
                "s1b_curve": {
                    "variables": {"result": np.zeros(50)},
                    "figures": [figure(axes([(np.arange(50), np.arange(50))]))],
                }
            },
            "1b",
            "nicht über dem verlangten Bereich",
        ),
        (
            {
                "s1b_curve": {
                    "variables": {"result": np.zeros(50)},
                    "figures": [figure(axes([(np.linspace(-5, 5, 50), np.zeros(50))]))],
                }
            },
            "1b",
            "Den Achsen fehlt eine Beschriftung.",
        ),
        ({"s1c_second": {"calls": [call("predict")]}}, "1c", "Kein Aufruf von `fit`"),
        (
            {"s2a_clean": {"variables": {"data": pd.DataFrame({"a": [1, 2]})}}},
            "2a",
            "hat nur 2 Zeilen",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_not_as_the_task_asks_is_said(changes: dict, name: str, said: str) -> None:
    report = report_of(finished(**changes))
    found = texts(report, name, "failed")
    assert len(found) == 1 and said in found[0]
    assert "Erwartet: " in found[0]
    failed = next(f for f in task(report, name).findings if f.state == "failed")
    assert failed.read.startswith(("notebook1, Abschnitt »", "notebook2, Abschnitt »"))


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([1.5] * 23 + [None], "noch Lücken (NaN)"),
        ([1.5] * 23 + ["1.5"], "noch Text"),
        ([1.5] * 23 + [2], "verschiedenen Typs"),
    ],
)
def test_a_column_that_is_not_clean(column: list, said: str) -> None:
    frame = pd.DataFrame({f"Unnamed: {i}": ["x"] * 25 for i in range(5)}, dtype=object)
    frame["Unnamed: 4"] = pd.Series(["31.08.2017", *column], dtype=object)
    (found,) = texts(report_of(finished(s2a_clean={"variables": {"data": frame}})), "2a", "failed")
    assert said in found


def test_names_are_the_students_choice() -> None:
    report = report_of(finished(s1a_predict={"variables": {"ergebnis": np.ones((3, 1))}}))
    assert texts(report, "1a", "failed") == []


def test_given_and_unfinished_cells_are_told_apart() -> None:
    given = description().by_slot["1a-weights"].source
    report = report_of(finished(s1a_weights={"source": given}))
    assert texts(report, "1a", "failed") == ["»Gewichte setzen«: noch nicht bearbeitet."]
    half = given.replace("w01 = ...", "w01 = 3.0")
    (found,) = texts(report_of(finished(s1a_weights={"source": half})), "1a", "failed")
    assert "Der Platzhalter `...` steht noch da" in found
    only_comment = given + "\n# später"
    (found,) = texts(report_of(finished(s1a_weights={"source": only_comment})), "1a", "failed")
    assert "noch nicht bearbeitet" in found


def test_an_ellipsis_of_one_s_own_is_no_placeholder() -> None:
    source = "bild = volumen[..., np.newaxis]\nw01 = 3"
    assert texts(report_of(finished(s1a_weights={"source": source})), "1a", "failed") == []


def test_a_failing_cell_is_named_once_with_its_error() -> None:
    cells = finished(s1a_predict={"status": "error", "error": "NameError"})
    where = [c.slots for c in cells["notebook1"]].index(("1a-predict",))
    told = Problem("cell_error", "Zelle 4 endet mit NameError: x", "notebook1", where)
    report = report_of(cells, problems=[told])
    assert texts(report, "1a", "failed") == ["Zelle 4 endet mit NameError: x"]
    assert report.findings == ()


def test_a_training_that_was_cut_is_no_fault() -> None:
    report = report_of(finished(s1b_training={"status": "timeout", "seconds": 20.0}))
    assert texts(report, "1b", "failed") == []
    later = " ".join(texts(report, "1b", "later"))
    assert "nach 20 Sekunden angehalten" in later and "Nach dem ganzen Training" in later
    endless = report_of(finished(s1a_predict={"status": "timeout", "seconds": 60.0}))
    assert texts(endless, "1a", "failed") == ["Zelle 4 läuft nicht durch."]


@pytest.mark.parametrize(
    ("written", "state", "said"),
    [
        ("*Hier antworten.*", "failed", "Antwort »Vergleich« ist leer."),
        ("", "failed", "Antwort »Vergleich« ist leer."),
        ("Ja", "warning", "Antwort »Vergleich«: nur ein Wort."),
        ("Ja, stimmt genau", "warning", "Antwort »Vergleich«: nur 3 Wörter."),
        ("Beide Rechnungen stimmen überein.", "passed", "Antwort »Vergleich«: 4 Wörter."),
    ],
)
def test_answers_are_counted_never_judged(written: str, state: str, said: str) -> None:
    cells = finished()
    cells["notebook1"] = [
        text("1a-compare", written) if c.slots == ("1a-compare",) else c for c in cells["notebook1"]
    ]
    assert said in texts(report_of(cells), "1a", state)


def test_questions_say_which_are_empty_and_nothing_of_the_others() -> None:
    answers = {n: "Eine Antwort mit genügend Wörtern." for n in range(1, 12)}
    right = judge_questions(description(), {**answers, 2: "ReLU, Sigmoid, tanh und Softmax"})
    wrong = judge_questions(description(), {**answers, 2: "Skalarprodukt, Euklid, Manhattan, alle"})
    assert right == wrong
    assert [f.state for f in right.findings] == ["passed", "later"]
    some = judge_questions(description(), {1: "ReLU", 3: " \n", 4: "*Hier antworten.*"})
    said = [f.text for f in some.findings]
    assert said[0] == "1 von 11 Fragen sind beantwortet."
    assert "Frage 1: nur ein Wort." in said
    assert "Die Fragen 2, 3, 4, 5, 6, 7, 8, 9, 10 und 11 sind leer." in said
    few = judge_questions(description(), {**answers, 4: "", 7: "*Hier antworten.*"})
    said = [f.text for f in few.findings if f.state == "failed"]
    assert said == ["Frage 4 ist leer.", "Frage 7 ist leer."]


def test_nothing_hidden_is_named() -> None:
    every = report_of({"notebook3": [cell("3c-colormaps", source="x")]}, answers={1: "a b c d e"})
    said = repr(every)
    assert "Wasserzeichen" not in said and "Natrium" not in said and "Thrombozyten" not in said


def test_without_a_run_only_sources_are_read() -> None:
    report = report_of(finished(), not_run=("notebook1", "notebook2"))
    assert "Der Code läuft ohne Fehler durch." not in repr(report)
    assert "Alle Zellen mit Code sind da und bearbeitet." in texts(report, "1a", "passed")
    # Nothing is missing that nobody could look at.
    assert texts(report, "1a", "failed") == []
