"""Who gets in, what every answer carries, and what a student's text cannot do."""

from __future__ import annotations

import logging
import re

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from grader.dashboard import office as offices
from grader.dashboard.app import _AREAS
from tests.dashboard.conftest import BASE, HOSTILE, Desk
from tests.reports.pages import Page

PAGES = (
    "/",
    "/abgabe/{hostile}",
    "/abgabe/{hostile}/material/1a",
    "/abgabe/{hostile}/muster/1a",
    "/durchsicht",
    "/durchsicht/q1",
    "/durchsicht/q1/gesetzt/{hostile}",
    "/statistik",
    "/aehnlich",
    "/bewerten",
    "/bewerten/stand",
    "/export",
)


def routes(desk: Desk) -> list[tuple[str, str]]:
    """Every (method, path) of the application, with numbers that exist."""
    found = []
    for area in own_routes():
        path = area.path.replace("{group}", str(desk.group("gruppe01"))).replace("{check}", "q1")
        path = path.replace("{task}", "1a").replace("{name}.{kind}", "punkte.svg")
        path = path.replace("{name}", "dashboard.css").replace("{number}", "1")
        found += [(method, path) for method in area.methods or ()]
    return found


def own_routes() -> list[APIRoute]:
    """The routes of all areas."""
    return [r for area in _AREAS for r in area.router.routes if isinstance(r, APIRoute)]


def test_without_a_token_nothing_but_the_door_opens(desk: Desk) -> None:
    client = TestClient(desk.app, base_url=BASE, follow_redirects=False)
    seen = 0
    for method, path in routes(desk):
        if path.startswith(("/anmelden", "/static/")):
            continue
        answer = client.request(method, path)
        assert answer.status_code == 403, (method, path)
        assert "gruppe" not in answer.text
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("token", ["", "x", "ü", "a" * 5000])
def test_a_wrong_token_opens_nothing(desk: Desk, token: str) -> None:
    client = TestClient(desk.app, base_url=BASE)
    answer = client.get("/anmelden", params={"token": token})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert client.post("/anmelden", data={"token": token}).status_code == 403


def test_the_cookie_is_strict_and_out_of_reach_of_scripts(desk: Desk) -> None:
    client = TestClient(desk.app, base_url=BASE, follow_redirects=False)
    answer = client.get("/anmelden", params={"token": desk.office.sessions.tokens["instructor"]})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("grader-8765=")
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert desk.office.sessions.tokens["instructor"] not in cookie
    # A redirect would be made by the page that the link stood on.
    assert answer.status_code == 200
    assert client.get("/").status_code == 200


def test_whoever_leaves_is_out(desk: Desk) -> None:
    client = desk.client()
    old = client.cookies["grader-8765"]
    client.post("/abmelden", data={"csrf": desk.csrf(client)})
    client.cookies.set("grader-8765", old)
    assert client.get("/").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.7:8765", ""])
def test_a_foreign_name_for_this_machine_is_refused(desk: Desk, host: str) -> None:
    answer = desk.client().get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "gruppe01" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:8765"])
def test_this_machine_s_own_names_are_fine(desk: Desk, host: str) -> None:
    client = desk.client()
    cookie = f"grader-8765={client.cookies['grader-8765']}"
    assert client.get("/", headers={"host": host, "cookie": cookie}).status_code == 200


def test_everything_that_changes_something_needs_the_session_s_secret(desk: Desk) -> None:
    client = desk.client()
    other = desk.csrf(desk.client())
    changing = [(m, p) for m, p in routes(desk) if m == "POST" and p != "/anmelden"]
    assert len(changing) >= 12
    for method, path in changing:
        for sent in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": other}):
            assert client.request(method, path, data=sent).status_code == 403, (path, sent)
        assert client.request(method, path, headers={"x-csrf": other}).status_code == 403
    assert not desk.office.book.history(desk.office.cohort().id)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_on_a_foreign_page_changes_nothing(desk: Desk, headers: dict[str, str]) -> None:
    client = desk.client()
    path = f"/abgabe/{desk.group('gruppe01')}/pruefung/q1"
    sent = {"csrf": desk.csrf(client), "points": "2", "seen": "0"}
    assert client.post(path, data=sent, headers=headers).status_code == 403
    assert not desk.office.book.history(desk.office.cohort().id)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_policy_and_runs_nothing_of_a_student(desk: Desk, path: str) -> None:
    hostile = desk.group(f"übung {HOSTILE}")
    answer = desk.client().get(path.format(hostile=hostile))
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert page.handlers == []
    assert "<script>" not in answer.text and "<img src=x" not in answer.text
    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert all(re.fullmatch(r'<script src="/static/[\w.]+" defer>', s) for s in scripts)
    assert " style=" not in answer.text and "<style" not in answer.text
    assert all(a.startswith(("/", "#", "data:image/")) for a in page.addresses)


def test_refusals_carry_the_policy_too(desk: Desk) -> None:
    client = TestClient(desk.app, base_url=BASE)
    for answer in (client.get("/"), client.get("/", headers={"host": "evil.example"})):
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_comments_and_names_of_people_stay_text(desk: Desk) -> None:
    client = desk.client()
    csrf = desk.csrf(client)
    assert client.post("/name", data={"csrf": csrf, "name": HOSTILE}).status_code == 303
    group = desk.group("gruppe01")
    sent = {"csrf": csrf, "points": "1,5", "comment": HOSTILE, "seen": "0"}
    assert client.post(f"/abgabe/{group}/pruefung/q1", data=sent).status_code == 303
    for path in (f"/abgabe/{group}", "/durchsicht/q1", "/"):
        text = client.get(path).text
        assert "<script>" not in text and "<img src=x" not in text
    assert "&lt;script&gt;" in client.get(f"/abgabe/{group}").text


def test_our_own_forms_send_no_origin_but_their_site(desk: Desk) -> None:
    client = desk.client()
    path = f"/abgabe/{desk.group('gruppe01')}/pruefung/q1"
    sent = {"csrf": desk.csrf(client), "points": "2", "seen": "0"}
    own = {"origin": "null", "sec-fetch-site": "same-origin"}
    assert client.post(path, data=sent, headers=own).status_code == 303


def test_too_large_bodies_are_refused_also_where_no_length_is_told(desk: Desk) -> None:
    client = desk.client()
    csrf = desk.csrf(client)
    path = f"/abgabe/{desk.group('gruppe01')}/pruefung/q1"
    big = {"csrf": csrf, "comment": "x" * 200_000}
    assert client.post(path, data=big).status_code == 413

    def stream():
        for _ in range(40):
            yield b"x" * 10_000

    headers = {"x-csrf": csrf, "content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=stream(), headers=headers).status_code in (400, 413)
    assert not desk.office.book.history(desk.office.cohort().id)


def test_a_fault_of_ours_says_nothing_of_students(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("Mara Muster")

    client = desk.client()
    monkeypatch.setattr(offices.Office, "overview", broken)
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Mara" not in answer.text
    logged = [r for r in caplog.records if r.name == "grader.dashboard"]
    assert [r.getMessage() for r in logged] and "Mara" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_assistants_mark_but_do_not_decide(desk: Desk) -> None:
    client = desk.client("assistant")
    csrf = desk.csrf(client)
    group = desk.group("gruppe01")
    refused = {
        "/freigeben": {},
        "/oeffnen": {"reason": "x"},
        f"/abgabe/{group}/zusatz": {"points": "5", "reason": "x"},
        f"/abgabe/{group}/verspaetung": {"days": "1", "reason": "x"},
        "/bewerten/starten": {"source": ""},
        "/bewerten/anhalten": {},
    }
    for path, sent in refused.items():
        answer = client.post(path, data={"csrf": csrf, **sent})
        assert answer.status_code == 403, path
        assert "Leitung" in answer.text
    upload = client.post(
        "/bewerten/hochladen",
        data={"csrf": csrf},
        files={"file": ("a.zip", b"PK", "application/zip")},
    )
    assert upload.status_code == 403
    assert not (desk.out / ".eingang").exists()
    sent = {"csrf": csrf, "points": "2", "comment": "gut", "seen": "0"}
    assert client.post(f"/abgabe/{group}/pruefung/q1", data=sent).status_code == 303
    assert "freigeben" not in client.get("/").text.lower()
    (mark,) = desk.office.book.history(desk.office.cohort().id)
    assert (mark.points, mark.author) == (2.0, "Assistenz")
