"""What the pages show, sort and take in; asked without a browser."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from grader.dashboard.amounts import read_points
from grader.dashboard.figures import table
from grader.messages import _WORDS, PROBLEM_KINDS
from grader.similar import Pair, Passage, write_pairs
from tests.dashboard.conftest import Desk
from tests.reports.pages import Page


def names(text: str) -> list[str]:
    return re.findall(r'<a id="g\d+" href="/abgabe/\d+">(\w+)', text)


def post(desk: Desk, client: TestClient, path: str, *, htmx: bool = False, **sent: object):
    headers = {"hx-request": "true"} if htmx else {}
    return client.post(path, data={"csrf": desk.csrf(client), **sent}, headers=headers)


# --------------------------------------------------------------------------- cohort


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["gruppe01", "gruppe02", "gruppe10", "übung"]),
        ("?ab=1", ["übung", "gruppe10", "gruppe02", "gruppe01"]),
        ("?nach=punkte", ["gruppe10", "übung", "gruppe01", "gruppe02"]),
        ("?nach=1a&ab=1", ["gruppe01", "gruppe02", "übung", "gruppe10"]),
        ("?suche=GRUPPE0", ["gruppe01", "gruppe02"]),
        ("?suche=mara", ["gruppe01"]),
        ("?suche=zeitgrenze", ["übung"]),
        ("?nur=probleme", ["übung"]),
        ("?nur=fertig", []),
        ("?nur=unsinn&nach=unsinn&seite=99", ["gruppe01", "gruppe02", "gruppe10", "übung"]),
        ("?seite=-3", ["gruppe01", "gruppe02", "gruppe10", "übung"]),
    ],
)
def test_the_table_is_sorted_filtered_and_searched(
    desk: Desk, query: str, expected: list[str]
) -> None:
    assert names(desk.client().get(f"/{query}").text) == expected


def test_htmx_gets_the_table_only(desk: Desk) -> None:
    answer = desk.client().get("/?suche=gruppe01", headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert names(answer.text) == ["gruppe01"]
    assert "1 Gruppe<" in answer.text


def test_addresses_that_make_no_sense_are_told_in_german(desk: Desk) -> None:
    client = desk.client()
    for path in ("/gibtesnicht", "/abgabe/9999", "/durchsicht/q99", "/aehnlich/7"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "gibt es" in Page(answer.text).text
    assert client.get("/abgabe/abc").status_code == 400
    assert client.get("/statistik/bild/punkte.exe").status_code == 400
    assert client.put("/freigeben", headers={"x-csrf": desk.csrf(client)}).status_code == 405


def test_every_kind_of_problem_has_a_word() -> None:
    assert set(_WORDS) == set(PROBLEM_KINDS)


# --------------------------------------------------------------------------- one submission


def test_a_submission_shows_results_and_says_what_is_missing(desk: Desk) -> None:
    client = desk.client()
    group = desk.group("gruppe02")
    text = Page(client.get(f"/abgabe/{group}").text).text
    assert "gruppe02" in text and "9 von 10 Punkten" in text
    assert "Der Mittelwert." in text and "expected" in text
    material = Page(client.get(f"/abgabe/{group}/material/1a").text).text
    assert "liegt nicht mehr an ihrem Ort" in material
    reference = Page(client.get(f"/abgabe/{group}/muster/1a").text).text
    assert "Belege der Musterlösung (plain) liegen nicht vor" in reference


def test_points_comment_undo_and_history(desk: Desk) -> None:
    client = desk.client()
    group = desk.group("gruppe01")
    path = f"/abgabe/{group}/pruefung/1a.mean"
    saved = post(desk, client, path, htmx=True, points="1,5", comment="fast", seen=0)
    assert saved.status_code == 200
    assert "Gespeichert." in saved.text and 'value="1,5"' in saved.text
    # The sum at the top comes along.
    assert 'hx-swap-oob="innerHTML"' in saved.text and "7,5" in saved.text
    comment = post(desk, client, path, htmx=True, points="", comment="nur ein Wort", seen=1)
    assert comment.status_code == 200
    assert desk.office.overview().row(group).points == 9.0
    undone = post(desk, client, f"{path}/zurueck", htmx=True, seen=2)
    assert undone.status_code == 200 and "nahm Eintrag 2 zurück" in undone.text
    assert desk.office.overview().row(group).points == 7.5


def test_who_saw_an_older_state_sees_the_conflict_and_loses_nothing(desk: Desk) -> None:
    first, second = desk.client(), desk.client("assistant")
    group = desk.group("gruppe01")
    path = f"/abgabe/{group}/pruefung/q1"
    assert post(desk, first, path, points="2", comment="sehr gut", seen=0).status_code == 303
    late = post(desk, second, path, htmx=True, points="0,5", comment="zu kurz", seen=0)
    assert late.status_code == 409
    assert "Leitung hat zu q1" in late.text and "2 Punkte" in late.text
    assert 'value="0,5"' in late.text and "zu kurz" in late.text
    assert 'name="seen" value="1"' in late.text
    assert desk.office.overview().row(group).checks["q1"].points == 2.0
    # A browser without scripts gets a whole page.
    plain = post(desk, second, path, points="0,5", comment="zu kurz", seen=0)
    assert plain.status_code == 409 and "<html" in plain.text
    again = post(desk, second, path, points="0,5", comment="zu kurz", seen=1)
    assert again.status_code == 303
    assert desk.office.overview().row(group).checks["q1"].points == 0.5


@pytest.mark.parametrize("points", ["3", "-1", "nan", "inf", "1e9", "zwei", "0x1", "1,2,3", "٣"])
def test_points_that_cannot_be_are_refused(desk: Desk, points: str) -> None:
    client = desk.client()
    path = f"/abgabe/{desk.group('gruppe01')}/pruefung/q1"
    answer = post(desk, client, path, htmx=True, points=points, seen=0)
    assert answer.status_code == 400
    assert answer.headers["hx-retarget"] == "#said"
    assert not desk.office.book.history(desk.office.cohort().id)


def test_numbers_as_people_type_them() -> None:
    assert read_points(" 1,5 ") == 1.5
    assert read_points("+2.25") == 2.25
    assert read_points(",5") == 0.5
    assert read_points("") is None
    assert read_points("−3", signed=True) == -3.0


@pytest.mark.parametrize("due", ["morgen", "9999-99-99", "0001-01-01T00:00+23:59", "1" * 41])
def test_a_date_due_that_is_none_changes_nothing(desk: Desk, due: str) -> None:
    client = desk.client()
    assert post(desk, client, "/termin", due="2026-05-26T12:30").status_code == 303
    before = desk.office.cohort().due_at
    assert before is not None and "Abzugeben bis 26.05.2026, 12:30" in client.get("/").text
    answer = post(desk, client, "/termin", due=due)
    assert answer.status_code == 400 and desk.office.cohort().due_at == before
    assistant = desk.client("assistant")
    assert post(desk, assistant, "/termin", due="").status_code == 403
    post(desk, client, "/freigeben")
    assert post(desk, client, "/termin", due="").status_code in (400, 409)
    assert desk.office.cohort().due_at == before


def test_extra_points_late_days_release(desk: Desk) -> None:
    client = desk.client()
    group = desk.group("gruppe01")
    assert (
        post(desk, client, f"/abgabe/{group}/zusatz", points="2", reason="Idee").status_code == 303
    )
    assert post(desk, client, f"/abgabe/{group}/zusatz", points="2", reason="").status_code == 400
    late = post(desk, client, f"/abgabe/{group}/verspaetung", days="2", reason="Attest fehlt")
    assert late.status_code == 303
    bad = post(desk, client, f"/abgabe/{group}/verspaetung", days="zwei", reason="x")
    assert bad.status_code == 400
    row = desk.office.overview().row(group)
    assert (row.extra, row.late_days) == (2.0, 2)
    assert "Idee" in client.get(f"/abgabe/{group}").text
    assert names(client.get("/?nur=spaet").text) == ["gruppe01"]
    assert post(desk, client, "/freigeben").status_code == 303
    frozen = post(desk, client, f"/abgabe/{group}/pruefung/q1", htmx=True, points="1", seen=0)
    assert frozen.status_code in (400, 409)
    assert "freigegeben" in frozen.text
    assert post(desk, client, "/oeffnen", reason="").status_code == 400
    assert post(desk, client, "/oeffnen", reason="Fehler in 1a").status_code == 303
    assert post(desk, client, f"/abgabe/{group}/pruefung/q1", points="1", seen=0).status_code == 303


# --------------------------------------------------------------------------- statistics, others


@pytest.mark.parametrize(
    "name", ["punkte", "aufgaben", "pruefungen", "denkfehler", "uebereinstimmung", "zeit"]
)
def test_every_plot_can_be_taken_along(desk: Desk, name: str) -> None:
    client = desk.client()
    query = "?pruefung=q1" if name == "uebereinstimmung" else ""
    svg = client.get(f"/statistik/bild/{name}.svg{query}")
    assert svg.headers["content-type"] == "image/svg+xml" and "<svg" in svg.text

    assert "sandbox" in svg.headers["content-security-policy"]
    assert client.get(f"/statistik/bild/{name}.png{query}").content.startswith(b"\x89PNG")
    table = client.get(f"/statistik/bild/{name}.csv{query}")
    assert "attachment" in table.headers["content-disposition"]
    assert table.content.startswith(b"\xef\xbb\xbf")


def test_numbers_in_tables_are_german_and_no_formulas(desk: Desk) -> None:
    text = desk.client().get("/statistik/bild/punkte.csv").text
    assert "gruppe01;9" in text
    assert table([["=1+1", -2.5, "+x", 3, None]]).decode("utf-8-sig") == "'=1+1;-2,5;'+x;3;\r\n"


def test_statistics_of_nothing_and_of_some(desk: Desk) -> None:
    client = desk.client()
    assert "Von Hand wurde noch nichts bewertet" in client.get("/statistik").text
    post(desk, client, f"/abgabe/{desk.group('gruppe01')}/pruefung/q1", points="2", seen=0)
    text = Page(client.get("/statistik").text).text
    assert "Kappa" in text and "q1 Frage 1" in text


def test_similar_pairs_side_by_side(desk: Desk) -> None:
    passage = Passage("code", "uebung, Zelle 2", "x = 1 <b>", "uebung, Zelle 3", "y = 1")
    write_pairs([Pair("gruppe01", "fremd", 0.5, 0.25, (passage,))], desk.out / "similar.json")
    client = desk.client()
    assert "gruppe01 und fremd" in Page(client.get("/aehnlich").text).text
    text = client.get("/aehnlich/1").text
    assert "x = 1 &lt;b&gt;" in text and f"/abgabe/{desk.group('gruppe01')}" in text
