"""The review: order, blindness, near-identical answers, points, undo, comments."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from grader.dashboard.queue import bank, steps
from grader.dashboard.texts import clusters, highlighted
from tests.dashboard.conftest import GRADES, Desk
from tests.reports.pages import Page


def answers(*texts: str, points: float = 1.0):
    made = []
    for number, text in enumerate(texts):
        result = SimpleNamespace(details={"answer": text}, points=points)
        made.append(SimpleNamespace(result=result, group=SimpleNamespace(id=number)))
    return made


def together(*texts: str) -> list[int]:
    return [len(c) for c in clusters(answers(*texts))]


LONG = "Weil die Verkettung linearer Funktionen wieder eine lineare Funktion ergibt"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (f"{LONG}.", f"{LONG.lower()} !", True),
        (f"{LONG}.", LONG.replace("wieder", "wider"), True),
        (f"{LONG}.", LONG.replace("ergibt", "nicht ergibt"), False),
        (LONG + " bei 3 Schichten", LONG + " bei 5 Schichten", False),
        (LONG, "Ganz anders", False),
        ("ReLU", "ReLU ", True),
        ("ReLU", "ELU", False),
        ("", "", False),
    ],
)
def test_only_what_means_the_same_is_put_together(first: str, second: str, same: bool) -> None:
    assert together(first, second) == ([2] if same else [1, 1])


def test_different_suggestions_stay_apart() -> None:
    assert len(clusters(answers(LONG) + answers(LONG, points=0.5))) == 2


def test_words_are_marked_and_everything_else_is_text() -> None:
    details = {
        "concepts": [
            {"label": "Summe <b>", "share": 1.0, "quotes": ["die Summe", "gibt es nicht"]},
            {"label": "Anzahl", "share": 1.0, "quotes": ["Summe durch"]},
        ],
        "misconceptions": [{"label": "Median", "quote": "der\nMedian"}],
    }
    made = highlighted("<i>Erst die\n  Summe durch n, der  Median.", details)
    assert made.startswith(
        '&lt;i&gt;Erst <mark class="found" title="Summe &lt;b&gt;">die\n  Summe<sup>1'
    )
    assert '<mark class="wrong" title="Denkfehler: Median">der  Median<sup>!</sup></mark>' in made
    # What overlaps is marked once.
    assert made.count("<mark") == 2


@pytest.mark.parametrize("details", [{}, {"concepts": 3}, {"concepts": [None, {"quotes": 4}]}])
def test_details_of_any_shape_are_borne(details: dict[str, object]) -> None:
    assert highlighted("a < b", details) == "a &lt; b"


def test_keys_stand_for_half_points_as_far_as_they_reach() -> None:
    assert steps(2.0) == [0, 0.5, 1, 1.5, 2]
    assert steps(6.0) == [0, 1, 2, 3, 4, 5, 6]
    assert steps(0.5) == [0, 0.5]
    assert len(steps(40.0)) <= 10 and steps(40.0)[-1] == 40.0


def test_comments_written_before_come_first() -> None:
    assert bank([("gut ", 3), ("gut", 1), ("", 9)], ["Anzahl"]) == ["gut", "Es fehlt: Anzahl."]


# --------------------------------------------------------------------------- the page


def entries(text: str) -> list[str]:
    return re.findall(r'name="entry" value="(\d+:\d+)"', text)


def give(desk: Desk, client: TestClient, text: str, points: str, comment: str = "", what: str = ""):
    sent = {
        "csrf": desk.csrf(client),
        "points": points,
        "comment": comment,
        "entry": entries(text),
    }
    path = f"/durchsicht/q1{what}"
    return client.post(path, data=sent, headers={"hx-request": "true"})


def test_a_session_from_the_least_certain_to_the_end(desk: Desk) -> None:
    client = desk.client()
    first = client.get("/durchsicht/q1").text
    # Near-identical answers come together, with the least certain of them.
    groups = [desk.group("gruppe02"), desk.group("gruppe01")]
    assert entries(first) == [f"{g}:0" for g in groups]
    assert "2 fast gleiche Antworten" in first and "0 von 4 durchgesehen" in first
    second = give(desk, client, first, "1.5", "gut gesagt").text
    assert entries(second) == [f"{desk.group('gruppe10')}:0"]
    assert "2 von 4 durchgesehen" in second and "gut gesagt" in second
    for word in (g.submission for g in GRADES):
        assert word not in Page(first + second).text
    rows = desk.office.overview()
    assert [rows.row(g).checks["q1"].points for g in groups] == [1.5, 1.5]
    third = give(desk, client, second, "", what="/spaeter").text
    last = give(desk, client, third, "0").text
    done = give(desk, client, last, "2,0").text
    assert "Fertig" in done and "gruppe10" in done and "4 von 4" in done
    assert client.get("/durchsicht/q1").text.count("ändern") >= 4


def test_single_answers_open_by_name_only_afterwards(desk: Desk) -> None:
    client = desk.client()
    path = f"/durchsicht/q1?gruppe={desk.group('gruppe01')}"
    assert client.get(path).status_code == 403
    text = client.get("/durchsicht/q1").text
    while entries(text):
        text = give(desk, client, text, "1").text
    opened = client.get(path)
    assert opened.status_code == 200 and "gruppe01" in opened.text
    assert entries(opened.text) == [f"{desk.group('gruppe01')}:1"]
    give(desk, client, opened.text, "2")
    assert desk.office.overview().row(desk.group("gruppe01")).checks["q1"].points == 2.0


def test_undo_takes_the_whole_bundle_back(desk: Desk) -> None:
    client = desk.client()
    first = client.get("/durchsicht/q1").text
    give(desk, client, first, "2")
    assert desk.office.overview().row(desk.group("gruppe01")).waiting == 0
    back = give(desk, client, first, "", what="/zurueck")
    assert back.status_code == 200
    assert desk.office.overview().row(desk.group("gruppe01")).waiting == 1
    assert [e.split(":")[0] for e in entries(back.text)] == [
        e.split(":")[0] for e in entries(first)
    ]
    assert give(desk, client, first, "", what="/zurueck").status_code == 400


def test_a_bundle_marked_by_two_is_marked_once(desk: Desk) -> None:
    first, second = desk.client(), desk.client("assistant")
    text = first.get("/durchsicht/q1").text
    assert give(desk, first, text, "2").status_code == 200
    late = give(desk, second, text, "0", "mein Kommentar")
    assert late.status_code == 409
    assert "Leitung hat zu q1" in late.text and "mein Kommentar" in late.text
    assert desk.office.overview().row(desk.group("gruppe01")).checks["q1"].points == 2.0


@pytest.mark.parametrize("entry", [[], ["x"], ["1"], ["1:x"], ["-1:0"], ["99999:0"]])
def test_entries_that_make_no_sense_change_nothing(desk: Desk, entry: list[str]) -> None:
    client = desk.client()
    sent = {"csrf": desk.csrf(client), "points": "1", "entry": entry}
    assert client.post("/durchsicht/q1", data=sent).status_code == 400
    assert not desk.office.book.history(desk.office.cohort().id)


def test_an_answer_with_formulas_can_be_seen_set(desk: Desk) -> None:
    group = next(r.group.id for r in desk.office.overview().rows if "übung" in r.group.name)
    text = desk.client().get(f"/durchsicht/q1/gesetzt/{group}").text
    assert "<math" in text and "<script" not in text


def test_the_list_of_questions_counts_what_waits(desk: Desk) -> None:
    client = desk.client()
    page = Page(client.get("/durchsicht").text).text
    assert "q1 Frage 1 Kontrollfragen 4" in page
    assert "1a.mean" not in page
