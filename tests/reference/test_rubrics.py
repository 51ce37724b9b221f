"""The lab's rubrics: every synonym matches itself, labelled answers, the reference's own texts."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from grader.checks.answers import judge
from grader.checks.registry import check_module
from grader.checks.rubric import load_rubric, rubric_names
from grader.checks.rubricfaults import examine_rubric
from grader.checks.runner import half_points
from grader.exchange.source import given_text, solution_text
from grader.intake.answers import split_answers
from tests.checks.build import cell, context, lab_check, side, text
from tests.reference.texts import (
    CASES,
    COURSE_OUTPUT,
    LAB,
    SLOTS,
    answers_in,
    asked,
    judge_text,
)

RUBRICS = rubric_names(LAB.folder / "rubrics")
OTHER_OUTPUT = np.eye(4, dtype=np.float32)[[3, 1, 2, 2]]


# ------------------------------------------------------------------ the rubrics themselves


def test_every_text_check_has_its_rubric() -> None:
    own_code = {"1a.hand", "2b.diagnosis"}
    texts = {c.id for c in LAB.checks.values() if c.kind == "text"} - own_code
    assert texts == set(RUBRICS)


@pytest.mark.parametrize("name", RUBRICS)
def test_every_rubric_is_sound_and_every_alternative_matches_itself(name: str) -> None:
    report = examine_rubric(LAB.folder / "rubrics" / f"{name}.toml", known=name in LAB.checks)
    assert report.phrases > 0
    assert report.faults == ()


# ------------------------------------------------------------------ labelled answers


def _error(check_id: str, answer: dict[str, Any]) -> float:
    low, high = answer["fraction"]
    points = LAB.checks[check_id].points
    given = half_points(judge_text(check_id, answer["text"]).fraction, points) / points
    return float(max(0.0, low - given, given - high))


@pytest.mark.parametrize(
    ("which", "mean", "outside"),
    [
        ("tune", 0.01, 1),
        ("held", 0.02, 4),
        ("blind", 0.01, 2),
        ("fresh", 0.01, 2),
        ("cohort", 0.01, 2),
        ("later", 0.01, 1),
        ("wide", 0.01, 3),
        ("tune2", 0.03, 9),
    ],
)
def test_labelled_answers_get_what_an_instructor_gave(
    which: str, mean: float, outside: int
) -> None:
    errors = [_error(check_id, a) for check_id, a in answers_in(CASES) if a["set"] == which]
    assert len(errors) >= 20
    assert np.mean(errors) <= mean
    assert sum(e > 0 for e in errors) <= outside


def test_named_errors_and_flags_of_labelled_answers() -> None:
    misses = []
    for check_id, answer in answers_in(CASES):
        details = judge_text(check_id, answer["text"]).details
        named = [m["id"] for m in details.get("misconceptions", [])]
        wanted = answer.get("misconception", "")
        if wanted and not any(n.startswith(wanted) for n in named):
            misses.append((check_id, wanted, answer["text"]))
        found = {f["id"] for f in details.get("flags", [])}
        misses += [(check_id, f, answer["text"]) for f in answer.get("flags", []) if f not in found]
    assert misses == []


def test_no_good_answer_is_marked_down_with_confidence() -> None:
    for check_id, answer in answers_in(CASES):
        judged = judge_text(check_id, answer["text"])
        if answer["fraction"][0] >= 0.75 and judged.fraction < 0.5:
            assert judged.confidence <= 0.5, answer["text"]
        if len(answer["text"].split()) >= 20 and judged.fraction < 0.5:
            assert judged.confidence <= 0.5, answer["text"]


@pytest.mark.parametrize("name", [n for n in RUBRICS if n.startswith("q")])
def test_what_answers_another_question_gets_little(name: str) -> None:
    """A sample: every fifth answer to another question."""
    rubric = load_rubric(LAB.folder / "rubrics" / f"{name}.toml")
    others = [a["text"] for check_id, a in answers_in(CASES) if check_id != name][::5]
    shares = [judge(rubric, written).fraction for written in others]
    assert len(shares) >= 100
    assert np.mean(shares) <= 0.1


WEAK_POINTS = [
    ("q4", "ergibt wieder nur eine Gerade, XOR geht nicht", 0.75, 1.0),
    ("q4", "Verkettung, Linearität, Schichten und XOR sind wichtig.", 0.0, 0.1),
    ("q4", "Es stimmt nicht, dass die Verkettung linearer Funktionen linear bleibt.", 0.0, 0.25),
    ("q4", "Linear functions composed are again linear, so all layers collapse into one layer and"
     " XOR cannot be solved.", 0.75, 1.0),
    ("q6", "die Stufe ist überall flach", 0.4, 0.8),
    ("q6", "Ableitung, Gradient, Kettenregel und Null spielen eine Rolle.", 0.0, 0.1),
    ("q6", "Das Netz lernt nicht.", 0.0, 0.4),
    ("q6", "$f'(x) = 0$ für alle $x \\neq 0$", 0.4, 1.0),
    ("q7", "Bei zu hoher Lernrate dauert es lange, bei zu niedriger springt es über das Minimum.",
     0.0, 0.25),
    ("q7", "Eine hohe Lernrate führt zu langsamem Lernen, eine niedrige zu Divergenz.", 0.0, 0.25),
    ("q7", "Zu hoch bzw. zu niedrig führt zu Divergenz bzw. sehr langsamem Training.", 0.6, 0.7),
    ("q9", "Daten, die es nicht kennt", 0.4, 0.8),
    ("q5", "ReLU, Gradient, Kettenregel sind wichtig.", 0.0, 0.1),
]  # fmt: skip


@pytest.mark.parametrize(("check_id", "written", "low", "high"), WEAK_POINTS)
def test_what_naive_rubrics_misjudge(check_id: str, written: str, low: float, high: float) -> None:
    assert low <= judge_text(check_id, written).fraction <= high


def test_an_answer_to_another_question_is_named() -> None:
    written = (
        "Testdaten sollen zeigen, wie das Netz mit unbekannten Daten umgeht; sonst hat es sie nur"
        " auswendig gelernt."
    )
    details = judge_text("q5", written).details
    assert details["elsewhere"] == "q9"
    assert "other_question" in {f["id"] for f in details["flags"]}


# ------------------------------------------------------------------ the reference's own answers


def _sources() -> dict[str, str]:
    return {n.name: (LAB.folder / n.source).read_text(encoding="utf-8") for n in LAB.notebooks}


def test_reference_answers_to_the_questions_get_full_marks() -> None:
    written = (LAB.folder / "kontrollfragen.md").read_text(encoding="utf-8")
    answers = split_answers(written, len(LAB.questions))
    checked = context(side(answers=answers))
    got = {n: lab_check("texts", f"q{n}")(checked).fraction for n in range(1, 12)}
    assert got == dict.fromkeys(range(1, 12), 1.0)


def test_reference_texts_in_the_notebooks_get_full_marks() -> None:
    solutions = {slot: t for s in _sources().values() for slot, t in solution_text(s).items()}
    got = {check_id: judge_text(check_id, solutions[slot]) for check_id, slot in SLOTS.items()}
    assert {c: (o.fraction, o.status) for c, o in got.items()} == dict.fromkeys(
        SLOTS, (1.0, "needs_review")
    )


def test_released_notebooks_hold_no_answer() -> None:
    for source in _sources().values():
        given = given_text(source)
        for check_id, slot in SLOTS.items():
            if slot not in given:
                continue
            notebook = LAB.slot_by_id[slot].notebook
            released = side({notebook: [text(slot, given[slot])]}, given=given)
            judged = lab_check("texts", check_id)(context(released))
            assert judged.status == "failed", (slot, judged.message)


# ------------------------------------------------------------------ where the text comes from


def test_missing_answers_are_not_judged_and_an_empty_one_has_failed() -> None:
    from grader.errors import NotJudged

    with pytest.raises(NotJudged, match="Kontrollfragen"):
        lab_check("texts", "q4")(context(side()))
    only_one = context(side(answers={1: "Gewichtete Summe."}))
    assert lab_check("texts", "q4")(only_one).status == "failed"


def test_the_repeated_question_is_no_answer() -> None:
    assert judge_text("q6", LAB.questions[5]).status == "failed"


def test_comments_stand_in_for_an_empty_text_cell() -> None:
    from grader.errors import NotJudged

    source = "# Map1 leuchtet nur in der Ecke links unten\n# Map2 liegt auf dem Gelenk\nx = 1"
    cells = [cell("3b-heatmaps", source=source), text("3b-reading", "*Hier antworten.*")]
    judged = lab_check("texts", "3b.reading")(context(side({"notebook3": cells})))
    assert judged.status == "needs_review"
    assert judged.fraction >= 0.5
    with pytest.raises(NotJudged, match="Textzelle"):
        lab_check("texts", "3b.reading")(context(side({"notebook3": [cell("3b-heatmaps")]})))
    with pytest.raises(NotJudged, match="notebook3"):
        lab_check("texts", "3b.reading")(context(side({"notebook1": []})))


def test_a_comment_in_other_code_stands_in_only_if_it_answers() -> None:
    about = "# Mit 2 Neuronen nur 35 % Genauigkeit, das Netz ist zu klein\nx = 1"
    for source, status in ((about, "needs_review"), ("# hier die Trainingsdaten", "failed")):
        cells = [cell("1c-training", source=source), text("1c-compare", "*Hier antworten.*")]
        judged = lab_check("texts", "1c.too_small")(context(side({"notebook1": cells})))
        assert judged.status == status


# ------------------------------------------------------------------ the OCT images


def test_interpretation_is_judged_by_the_groups_own_output() -> None:
    written = "Bild 1 und 2 sind richtig, Bild 3 und 4 falsch. Das Netz ist unsicher (55 %)."
    assert judge_text("2b.interpretation", written).fraction < 0.5
    other = "Bild 1, 2 und 4 sind richtig, Bild 3 ist falsch. Das Netz ist unsicher (55 %)."
    assert judge_text("2b.interpretation", other, OTHER_OUTPUT).fraction >= 0.7
    assert judge_text("2b.interpretation", other).fraction < 1.0


def test_a_kit_s_own_reference_says_what_is_right() -> None:
    # In this group's kit the four scans stand the other way round.
    reference = side({"notebook2": [text("2b-diagnosis", "NORMAL, CNV, DME, DRUSEN")]})
    written = "Bild 1 und 2 sind richtig, Bild 3 und 4 falsch. Das Netz ist unsicher (55 %)."
    student = asked("2b.interpretation", written, COURSE_OUTPUT[::-1]).student
    check = lab_check("texts", "2b.interpretation")
    judged = check(context(student, reference))
    assert judged.fraction >= 0.7
    assert [i["truth"] for i in judged.details["images"]] == ["NORMAL", "CNV", "DME", "DRUSEN"]
    assert check(context(student)).fraction < 0.5
    seen = side({"notebook2": [text("2b-diagnosis", "NORMAL, CNV, DME, CNV")]})
    found = lab_check("texts", "2b.diagnosis")(context(seen, reference)).details["images"]
    assert [i["right"] for i in found] == [True, True, True, False]


GENERAL = {
    "2b.interpretation": "Bild 3 und 4 sind richtig. Eine Softmax-Ausgabe gibt Wahrscheinlichkeiten"
    " an, hohe Werte bedeuten im Allgemeinen große Sicherheit.",
    "3b.reading": "Heatmaps zeigen, was für eine Entscheidung relevant war. Ein Modell kann auch"
    " irrelevante Merkmale gelernt haben.",
    "3c.watermark": "Farbtabellen machen kleine Unterschiede sichtbar. Klassifikatoren lernen gern"
    " Abkürzungen, etwa Schriftzüge oder Stempel in einseitigen Datensätzen.",
}


@pytest.mark.parametrize("check_id", GENERAL)
def test_what_could_be_said_without_the_lab_gets_no_more_than_half(check_id: str) -> None:
    points = LAB.checks[check_id].points
    assert half_points(judge_text(check_id, GENERAL[check_id]).fraction, points) <= points / 2


def test_a_sure_network_that_is_not_sure_is_observed() -> None:
    written = "Bild 3 und 4 stimmen, 1 und 2 nicht. Das Netz ist immer zu 100 % sicher."
    judged = judge_text("2b.interpretation", written)
    assert "vollkommen sicher" in judged.message
    assert half_points(judged.fraction, 3) <= 1.5


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("Drusen, DME, CNV, gesund", 1.0, 1.0),
        ("Bild 1 normal, Bild 2 DME, Bild 3 CNV, Bild 4 normal", 0.3, 0.6),
        ("Bild 1 DME, weil die Netzhaut dick ist, Bild 2 ebenfalls. Bild 3 CNV, Bild 4 normal",
         0.75, 0.8),
        ("Zu unterscheiden sind allgemein Ödeme (DME), CNV und Drusen.", 0.0, 0.25),
    ],
)  # fmt: skip
def test_wrong_diagnoses_by_eye_get_a_part(written: str, low: float, high: float) -> None:
    assert low <= judge_text("2b.diagnosis", written).fraction <= high


@pytest.mark.parametrize(
    ("check_id", "written", "low", "high"),
    [
        ("q4", "Zwei lineare Schichten sind 1 lineare Schicht.", 0.6, 1.0),
        ("q10", "Man misst die Accuracy mit Testdaten.", 0.6, 0.9),
        ("q10", "Das Training erreicht eine hohe Genauigkeit.", 0.0, 0.35),
        ("q8", "Trainingsdaten künstlich vermehren, etwa durch Drehen und Spiegeln.", 0.6, 0.9),
        ("1c.too_small", "128: 97 %, 4: 52 %, damit ist 4 zu klein.", 0.6, 0.87),
        ("1c.too_small", "128 Neuronen: 97 %. Zu klein wäre eines mit 4.", 0.0, 0.35),
        ("1c.never_100", "Möglich wären 100 % nur, wenn alle Bilder klar wären; manche sind aber"
         " mehrdeutig.", 0.5, 1.0),
        ("3a.doubt", "Nein, Bild 2 ist falsch.", 0.25, 0.62),
        ("3c.watermark", "Bild 1 hat ein Logo in der Ecke, das stört das Netz beim Training.",
         0.2, 0.6),
    ],
)  # fmt: skip
def test_the_word_alone_is_not_the_explanation(
    check_id: str, written: str, low: float, high: float
) -> None:
    assert low <= judge_text(check_id, written).fraction <= high


def test_off_by_one_is_named() -> None:
    judged = judge_text("2b.interpretation", "Kein Bild wurde richtig erkannt.")
    assert [m["id"] for m in judged.details["misconceptions"]] == ["versatz"]
    assert "zu zählen beginnen" in judged.message


@pytest.mark.parametrize(
    "written", ["Kein Bild stimmt", "Alle vier Bilder stimmen", "Nur Bild 1 und 2 stimmen"]
)
def test_wrong_claims_are_worth_little_however_well_explained(written: str) -> None:
    judged = judge_text("2b.interpretation", f"{written}, das Netz ist mit 96 % sehr sicher.")
    assert half_points(judged.fraction, 3) <= 0.5


def test_what_is_true_of_every_softmax_is_worth_little() -> None:
    general = "Die Softmax-Werte sind Wahrscheinlichkeiten, der größte Wert ist die Klasse."
    judged = judge_text("2b.interpretation", f"{general} Die Summe einer Zeile ist 1.")
    assert half_points(judged.fraction, 3) <= 0.5


def test_without_an_output_a_human_compares() -> None:
    cells = [text("2b-interpretation", "Bild 3 und 4 stimmen, der Rest nicht.")]
    judged = lab_check("texts", "2b.interpretation")(context(side({"notebook2": cells})))
    assert judged.confidence <= 0.2
    assert "von Hand" in judged.message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Bild 1 und 2 falsch, Bild 3 und 4 richtig", (False, False, True, True)),
        ("Nur Bild 3 wird korrekt erkannt.", (False, False, True, False)),
        ("Die letzten beiden stimmen, die ersten beiden nicht.", (False, False, True, True)),
        ("Bild 1 ✗, Bild 2 ✗, Bild 3 ✓, Bild 4 ✓", (False, False, True, True)),
        ("Keines stimmt.", (False,) * 4),
        ("2 falsch (1+2), 2 richtig (3+4)", (False, False, True, True)),
        ("Ausgabe [2 1 1 3], richtig [4 2 1 3]. Treffer: 3 und 4.", (False, False, True, True)),
        ("Bild 3 und 4 stimmen. Bei Bild 1 hat die richtige Klasse 0,2.",
         (False, False, True, True)),
        ("The images 3 and 4 are correct, image 1 is wrong with 0.6.", (False, False, True, True)),
        ("1 -> DME (falsch), 2 -> CNV (falsch), 3 -> CNV (richtig), 4 -> normal (richtig)",
         (False, False, True, True)),
        ("Bild 3 stimmt. Die anderen können wir nicht beurteilen.", (None, None, True, None)),
        ("Alle Bilder wurden richtig erkannt.", (True,) * 4),
        ("Bild 1, 2 nicht erkannt. Bild 3 und 4 sind korrekt.", (False, False, True, True)),
        ("1. Bild: DME statt DRUSEN. Bild 3 passt.", (False, False, True, False)),
        ("Das ist ein gutes Netz.", (None,) * 4),
        ("Richtig erkannt: 3 und 4. Falsch: 1 (DME statt DRUSEN) und 2 (CNV statt DME).",
         (False, False, True, True)),
        ("Von vier Bildern sind zwei richtig, nämlich 3 und 4.", (False, False, True, True)),
        ("Richtig sind 2 von 4 Bildern.", (None,) * 4),
        (
            "| Bild | Netz | richtig |\n|---|---|---|\n| 1 | DME | nein (DRUSEN) |\n"
            "| 2 | CNV | nein |\n"
            "| 3 | CNV | ja |\n| 4 | NORMAL | ja |\n\nBei den falschen ist es unsicherer.",
            (False, False, True, True),
        ),
        (
            "Nr. | Vorhersage | Wahrheit\n--- | --- | ---\n1 | DME | Drusen\n2 | CNV | DME\n"
            "3 | CNV | CNV\n4 | NORMAL | Normal",
            (False, False, True, True),
        ),
        (
            "| Bild | falsch? |\n|---|---|\n| Bild 1 | ja |\n| Bild 2 | ja |\n| Bild 3 | nein |",
            (False, False, True, False),
        ),
    ],
)  # fmt: skip
def test_claims_about_the_four_images(written: str, expected: tuple[bool | None, ...]) -> None:
    claims = check_module(LAB, "claims").claimed_right(written)
    assert tuple(claims.get(i) for i in range(4)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Bild 1: DRUSEN, Bild 2: DME, Bild 3: CNV, Bild 4: NORMAL", (3, 1, 0, 2)),
        ("1. Drusen\n2. Ödem\n3. Neovaskularisation\n4. gesund", (3, 1, 0, 2)),
        ("4, 2, 1, 3", (3, 1, 0, 2)),
        ("1: Klasse 4, 2: Klasse 2, 3: Klasse 1, 4: Klasse 3", (3, 1, 0, 2)),
        ("Klasse 4, Klasse 2, Klasse 1, Klasse 3", (3, 1, 0, 2)),
        ("Bild 1: 4\nBild 2: 2\nBild 3: 1\nBild 4: 3", (3, 1, 0, 2)),
        ("| Bild | 1 | 2 | 3 | 4 |\n| Klasse | 4 | 2 | 1 | 3 |", (3, 1, 0, 2)),
        ("Bild 4: Klasse 3, sonst unklar", (None, None, None, 2)),
        ("Die Klassen 1, 2, 3 und 4 haben wir nicht erkannt, es sind 4 Bilder.", (None,) * 4),
        ("Das vierte Bild ist normal, das erste zeigt Drusen.", (3, None, None, 2)),
        ("nichts zu sehen", (None,) * 4),
        ("1: erst NORMAL gedacht → DRUSEN\n2: DME\n3: CNV\n4: NORMAL", (3, 1, 0, 2)),
    ],
)
def test_diagnoses_by_eye(written: str, expected: tuple[int | None, ...]) -> None:
    assert check_module(LAB, "claims").diagnoses(written) == expected


@pytest.mark.parametrize(
    "piece", ["1, ", "1 und ", "1 2 3 4 ", "richtig ", " ", "(", "1 -> ", "Bild ", "nicht "]
)
def test_endless_claims_take_no_time(piece: str) -> None:
    started = time.process_time()
    check_module(LAB, "claims").claimed_right(piece * (6000 // len(piece)))
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "written",
    [
        "Bild 3 und 4 stimmen, 1 und 2 nicht. Jede Zeile ergibt zusammen 100 %.",
        "Richtig sind Bild 3 und 4. Alle Werte einer Zeile addieren sich zu 1,0.",
        "Richtig sind Bild 3 und 4, das Netz ist aber nie 100 % sicher.",
        "Richtig sind Bild 3 und 4. Das Netz ist sich nicht zu 100 % sicher.",
    ],
)
def test_what_is_true_of_softmax_is_no_overstatement(written: str) -> None:
    judged = lab_check("texts", "2b.interpretation")(asked("2b.interpretation", written))
    assert "vollkommen sicher" not in judged.message
