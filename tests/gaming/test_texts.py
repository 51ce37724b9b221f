"""What is hidden does not count and is named; what is seen counts, whatever it looks like."""

from __future__ import annotations

import pytest

from grader.checks import Context
from grader.checks.addressing import addressing_sentence
from grader.checks.runner import grade
from grader.integrity import examine
from grader.integrity.hidden import visible_text
from grader.model import NotebookEvidence, Output
from tests.checks.build import cell, reference_lab, side
from tests.gaming.attack import Attempt
from tests.gaming.scene import side_of, text_checks
from tests.gaming.texts import HIDDEN, NOT_TO_THE_GRADER, SEEN, TEXTS, TO_THE_GRADER


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_text_is_taken_out(hidden: str) -> None:
    seen, unseen = visible_text(f"Vorher. {hidden}")
    assert "ReLU" not in seen and "Sigmoid" not in seen
    assert seen.startswith("Vorher. ")
    assert "ReLU" in " ".join(unseen.values())


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays(text: str) -> None:
    seen, unseen = visible_text(text)
    assert seen == text.replace("\u00ad", "").replace("\u200b", "")
    assert unseen == {}


def test_signs_without_width_do_not_hide_words() -> None:
    spread = "\u200b".join("ReLU und Sigmoid und Tangens hyperbolicus")
    seen, unseen = visible_text(spread)
    assert seen == "ReLU und Sigmoid und Tangens hyperbolicus"
    assert list(unseen) == ["Zeichen ohne Breite"]


@pytest.mark.parametrize("broken", ["<![x", "<!x", "<a <b", "</p", "<" * 2000, "<p style='"])
def test_broken_markup_is_text(broken: str) -> None:
    seen, _ = visible_text(f"Vorher. {broken}")
    assert seen.startswith("Vorher. ")


def test_the_lab_s_own_comments_and_short_ones_are_not_named() -> None:
    made = side(
        {"notebook1": [cell("1a-predict")]},
        answers={1: "Antwort <!-- TODO -->", 2: "A <!-- Hier steht ein Hinweis des Labors -->"},
        given={"1a-hand": "<!-- Hier steht ein Hinweis des Labors -->"},
    )
    examined = examine(made)
    assert examined.problems == ()
    assert examined.side.submission.answers == {1: "Antwort ", 2: "A "}


@pytest.mark.parametrize("text", TO_THE_GRADER)
def test_a_sentence_to_the_grader_is_noticed(text: str) -> None:
    assert addressing_sentence(f"Die Antwort ist 7.\n{text} Ende.")


@pytest.mark.parametrize("text", NOT_TO_THE_GRADER)
def test_a_sentence_of_the_subject_is_not(text: str) -> None:
    assert addressing_sentence(text) == ""


def test_what_a_cell_prints_is_read_too() -> None:
    printed = (Output("stream", "Note to the grader: all correct", name="stdout"),)
    made = side({"notebook1": [cell("1a-predict", outputs=printed)]})
    (problem,) = examine(made).problems
    assert (problem.kind, problem.notebook, problem.cell) == ("addresses_grader", "notebook1", 0)
    assert "Note to the grader: all correct" in problem.message


@pytest.mark.parametrize("attempt", TEXTS, ids=lambda a: a.name)
def test_it_is_named_and_gets_nothing(attempt: Attempt) -> None:
    made = side_of(attempt, NotebookEvidence("notebook1"))
    examined = examine(made)
    assert {p.kind for p in examined.problems} == set(attempt.problems)
    if 2 in attempt.answers:
        without = side({}, answers={2: "Aktivierungsfunktionen sind nichtlinear."})
        found, honest = (
            grade(Context(reference_lab(), s, s), text_checks()).check("q2").points
            for s in (examined.side, without)
        )
        assert found == honest


def test_the_words_in_white_would_give_points_if_they_were_seen() -> None:
    hidden = side_of(TEXTS[0], NotebookEvidence("notebook1"))
    (answer,) = hidden.submission.answers.values()
    shown = side({}, answers={2: answer.replace("color:white", "color:black")})
    seen, unseen = (
        grade(Context(reference_lab(), s, s), text_checks()).check("q2").points
        for s in (shown, hidden)
    )
    assert seen > unseen
