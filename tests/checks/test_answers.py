"""Rubrics and what they make of a text: concepts with quotes, misconceptions, flags, trust."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.answers import Suggestion, judge, message, outcome
from grader.checks.flags import FLAGS
from grader.checks.rubric import load_rubric
from grader.errors import LabError

RUBRIC = """
title = "Stufe"
full = 2.0

[words]
flach = ["=flach", "konstant*"]

[topics]
hoch = ["zu+hoch"]
tief = ["zu+niedrig"]

[[concept]]
id = "flach"
label = "Stufe ist flach"
hint = "die Form der Funktion"
phrases = ["stufe|funktion <flach>", "!stufe steil"]

[[concept]]
id = "folge"
label = "kein Lernen"
hint = "die Folge für das Training"
phrases = ["!netz lern*"]

[[concept]]
id = "hoch"
label = "springt"
hint = "was bei zu hohen Werten geschieht"
weight = 0.5
topic = "hoch"
phrases = ["springen"]

[[misconception]]
id = "alt"
label = "Alter"
hint = "Der Grund liegt in der Funktion."
cap = 0.25
phrases = ["veraltet*"]
unless = ["folge"]
"""


@pytest.fixture
def rubric_file(tmp_path: Path) -> Path:
    path = tmp_path / "q.toml"
    path.write_text(RUBRIC, encoding="utf-8")
    return path


def suggest(path: Path, text: str) -> Suggestion:
    return judge(load_rubric(path), text)


def flags(suggestion: Suggestion) -> set[str]:
    assert set(suggestion.flags) <= set(FLAGS)
    return set(suggestion.flags)


def test_concepts_are_found_and_quoted_in_the_writers_words(rubric_file: Path) -> None:
    found = suggest(rubric_file, "Die **Stufe** ist überall flach. Das Netz kann nicht lernen.")
    assert found.fraction == 1.0
    assert found.confidence > 0.8
    assert found.findings[0].quotes == ("Die **Stufe** ist überall flach",)


def test_a_negation_spoils_a_plain_phrase_and_is_flagged(rubric_file: Path) -> None:
    found = suggest(rubric_file, "Die Stufe ist nicht flach und das Netz lernt gut.")
    assert found.fraction == 0.0
    assert "negated" in flags(found)


def test_a_quote_holds_its_negation(rubric_file: Path) -> None:
    long = "Nach all dem, was wir in diesem Versuch gesehen haben, ist die Stufe leider nicht steil"
    assert suggest(rubric_file, long).findings[0].quotes == ("ist die Stufe leider nicht steil",)


def test_a_required_negation_must_be_there(rubric_file: Path) -> None:
    assert suggest(rubric_file, "Die Stufe ist nicht steil.").findings[0].share == 1.0
    assert suggest(rubric_file, "Die Stufe ist steil.").findings[0].share == 0.0


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Ist sie zu hoch, springt es.", 1.0),
        ("Es springt, wenn sie zu hoch ist. Es dauert, wenn sie zu niedrig ist.", 1.0),
        ("Ist sie zu niedrig, springt es.", 0.0),
        ("Zu hoch: dauert lange, zu niedrig: springt.", 0.0),
        ("Es springt.", 0.0),
    ],
)
def test_a_statement_belongs_to_its_topic(rubric_file: Path, text: str, share: float) -> None:
    assert suggest(rubric_file, text).findings[2].share == share


def test_a_misconception_caps_unless_the_concept_is_there(rubric_file: Path) -> None:
    wrong = suggest(rubric_file, "Die Stufe ist flach und außerdem veraltet.")
    assert wrong.fraction == 0.25
    assert [m.id for m, _ in wrong.misconceptions] == ["alt"]
    assert "Der Grund liegt in der Funktion." in message(wrong)
    right = suggest(rubric_file, "Sie ist veraltet. Die Stufe ist flach. Das Netz lernt nicht.")
    assert right.fraction == 1.0


def test_key_words_without_a_sentence_are_no_answer(rubric_file: Path) -> None:
    found = suggest(rubric_file, "Stufe flach Netz Funktion konstant")
    assert "keyword_list" in flags(found)
    assert found.fraction <= 0.25
    assert found.confidence < 0.5


@pytest.mark.parametrize("text", ["", "  \n ", "***"])
def test_no_answer_has_failed_and_that_is_sure(rubric_file: Path, text: str) -> None:
    result = outcome(suggest(rubric_file, text))
    assert (result.status, result.confidence) == ("failed", 1.0)
    assert result.message == "Keine Antwort gefunden."


def test_free_text_always_asks_a_human(rubric_file: Path) -> None:
    for text in ("Die Stufe ist flach. Das Netz lernt nicht.", "Keine Ahnung, wirklich nicht."):
        assert outcome(suggest(rubric_file, text)).status == "needs_review"


def test_a_long_unrecognised_answer_is_never_judged_with_confidence(rubric_file: Path) -> None:
    text = "Hier steht ein langer Gedanke, der mit ganz anderen Worten vielleicht dasselbe meint. "
    found = suggest(rubric_file, text * 3)
    assert "little_recognised" in flags(found)
    assert found.confidence <= 0.2


def test_typing_errors_are_read_and_flagged(rubric_file: Path) -> None:
    found = suggest(rubric_file, "Die Funkzion ist konstannt.")
    assert found.findings[0].share == 1.0
    assert "fuzzy_only" in flags(found)


def test_message_names_what_kind_of_aspect_is_missing(rubric_file: Path) -> None:
    said = message(suggest(rubric_file, "Die Stufe ist flach."))
    assert said.startswith("Erkannt: die Form der Funktion („Die Stufe ist flach“).")
    assert "die Folge für das Training" in said
    assert "kein Lernen" not in said


def test_counted_lists_give_a_share(tmp_path: Path) -> None:
    path = tmp_path / "q.toml"
    path.write_text(
        'title = "Liste"\nlist_ok = true\n[[concept]]\nid = "f"\nlabel = "drei"\nhint = "h"\n'
        'count = 3\nitems = [["relu*"], ["tanh"], ["sigmoid*"]]\ndistinct = "#anteil"\n',
        encoding="utf-8",
    )
    assert suggest(path, "ReLU, tanh").fraction == pytest.approx(2 / 3)
    assert suggest(path, "ReLU mit 90 % und 80 %").fraction == 1.0
    assert "2 von 3" in message(suggest(path, "ReLU, tanh"))


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("ReLU-Funktion, tanh", 0.5),
        ("Es gibt zum Beispiel die Funktionen ReLU und tanh.", 0.5),
        ("ReLU", 0.25),
        ("ReLU: max(0, x) und tanh", 1.0),
        ("ReLU schneidet ab, tanh ist glatt", 1.0),
    ],
)
def test_a_list_that_only_names_is_worth_less(tmp_path: Path, text: str, fraction: float) -> None:
    path = tmp_path / "q.toml"
    path.write_text(
        'title = "Liste"\nlist_ok = true\n[[concept]]\nid = "f"\nlabel = "zwei"\nhint = "h"\n'
        'count = 2\nitems = [["relu*"], ["tanh"]]\nonly_named = 0.5\nbeside = ["funktion"]\n',
        encoding="utf-8",
    )
    found = suggest(path, text)
    assert found.fraction == fraction
    assert ("names_only" in flags(found)) == (fraction < 1)


def test_an_own_concept_needs_words_of_its_own(rubric_file: Path) -> None:
    own = RUBRIC.replace(
        'phrases = ["!netz lern*"]', 'phrases = ["stufe flach*|=eben"]\nown = true'
    )
    rubric_file.write_text(own, encoding="utf-8")
    assert suggest(rubric_file, "Die Stufe ist flach.").findings[1].share == 0.0
    both = suggest(rubric_file, "Die Funktion ist flach. Die Stufe ist eben.")
    assert both.findings[1].quotes == ("Die Stufe ist eben",)


def test_a_clause_may_spare_a_misconception(rubric_file: Path) -> None:
    rubric_file.write_text(RUBRIC + 'but_not = ["relu*"]\n', encoding="utf-8")
    assert suggest(rubric_file, "Die Stufe ist veraltet.").misconceptions
    assert not suggest(rubric_file, "Gegen ReLU ist sie veraltet.").misconceptions
    assert suggest(rubric_file, "ReLU ist neu, die Stufe ist veraltet.").misconceptions


def test_one_word_does_not_fill_two_places_of_a_phrase(rubric_file: Path) -> None:
    rubric = RUBRIC.replace('"stufe|funktion <flach>"', '"linear* =linear"')
    rubric_file.write_text(rubric, encoding="utf-8")
    assert suggest(rubric_file, "Die lineare Funktion.").findings[0].share == 0.0
    assert suggest(rubric_file, "Lineare Funktionen bleiben linear.").findings[0].share == 1.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<flach>", "<rund>"), "unbekannte Wortgruppe"),
        (('topic = "hoch"', 'topic = "quer"'), "unbekanntes Thema"),
        (('unless = ["folge"]', 'unless = ["nichts"]'), "unbekanntes Konzept"),
        (('id = "folge"', 'id = "flach"'), "zweimal"),
        (("weight = 0.5", 'weight = "viel"'), "weight"),
        (("full = 2.0", "full = 2.0\nfall = 1"), "fall"),
        (("full = 2.0", "full = 0.0"), "full"),
        (("title =", "title"), "q.toml"),
        (('["springen"]', "[]"), "keine Wendung"),
    ],
)
def test_a_broken_rubric_says_what_is_wrong(
    rubric_file: Path, change: tuple[str, str], reason: str
) -> None:
    rubric_file.write_text(RUBRIC.replace(*change), encoding="utf-8")
    with pytest.raises(LabError, match=reason):
        load_rubric(rubric_file)


def test_a_missing_rubric_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"q9\.toml fehlt"):
        load_rubric(tmp_path / "q9.toml")


def test_an_edited_rubric_is_read_again(rubric_file: Path) -> None:
    assert suggest(rubric_file, "Die Stufe ist eben.").fraction == 0.0
    rubric_file.write_text(RUBRIC.replace('"=flach"', '"=flach", "=eben"'), encoding="utf-8")
    assert suggest(rubric_file, "Die Stufe ist eben.").fraction == 0.5


def test_shared_word_groups_are_known(rubric_file: Path) -> None:
    shared = rubric_file.parent / "wortgruppen.toml"
    shared.write_text('[words]\nrund = ["=rund"]\n', encoding="utf-8")
    rubric_file.write_text(RUBRIC.replace("<flach>", "<rund>"), encoding="utf-8")
    assert suggest(rubric_file, "Die Stufe ist rund.").fraction == 0.5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_suggestion_in_range(written: str) -> None:
    rubric = load_rubric(Path(__file__).parents[2] / "reference" / "rubrics" / "q7.toml")
    found = judge(rubric, written)
    assert 0.0 <= found.fraction <= 1.0
    assert 0.0 <= found.confidence <= 1.0


@pytest.mark.parametrize(
    "unit", ["lernrate zu hoch springt ", "<!-- ", "![", "nicht ", "a-", "$\\frac{", "1. ", "[]("]
)
def test_endless_text_takes_no_time(unit: str) -> None:
    rubric = load_rubric(Path(__file__).parents[2] / "reference" / "rubrics" / "q7.toml")
    start = time.process_time()
    judge(rubric, unit * 50_000)
    assert time.process_time() - start < 5
