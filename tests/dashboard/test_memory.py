"""What is kept in memory stays true, whoever writes: the same as a fresh look at the gradebook."""

from __future__ import annotations

from starlette.testclient import TestClient

from grader.dashboard.office import Office
from grader.gradebook import Gradebook
from tests.dashboard.conftest import Desk


def fresh(desk: Desk) -> Office:
    office = desk.office
    return Office(office.settings, office.lab, office.book)


def assert_true(desk: Desk) -> None:
    other = fresh(desk)
    other.book._overviews.clear()
    assert desk.office.overview() == other.overview()
    for check in ("q1", "1a.mean"):
        assert desk.office.answers(check) == other.answers(check)
        assert desk.office.comments(check) == other.comments(check)


def post(desk: Desk, client: TestClient, path: str, **sent: object) -> None:
    answer = client.post(path, data={"csrf": desk.csrf(client), **sent})
    assert answer.status_code == 303, answer.text


def test_every_write_keeps_memory_true(desk: Desk) -> None:
    client = desk.client()
    group, other = desk.group("gruppe01"), desk.group("gruppe02")
    assert_true(desk)
    post(desk, client, f"/abgabe/{group}/pruefung/q1", points="2", comment="gut", seen=0)
    assert_true(desk)
    post(desk, client, f"/abgabe/{other}/pruefung/1a.mean", points="1", seen=0)
    assert_true(desk)
    post(desk, client, f"/abgabe/{group}/pruefung/q1/zurueck", seen=1)
    assert_true(desk)
    post(desk, client, "/durchsicht/q1", points="1.5", entry=[f"{group}:2", f"{other}:0"])
    assert_true(desk)
    post(desk, client, "/durchsicht/q1/zurueck")
    assert_true(desk)
    post(desk, client, f"/abgabe/{group}/zusatz", points="-1", reason="zu spät geklärt")
    post(desk, client, f"/abgabe/{group}/verspaetung", days="3", reason="Poststempel")
    assert_true(desk)


def test_another_process_s_writes_are_seen(desk: Desk) -> None:
    client = desk.client()
    group = desk.group("gruppe01")
    desk.office.overview()
    with Gradebook(desk.office.settings.gradebook_url) as elsewhere:
        elsewhere.mark(group, "q1", author="Zweite", points=0.0)
        # In between, ours: both have to be seen.
        post(desk, client, f"/abgabe/{group}/pruefung/1a.mean", points="0", seen=0)
        assert_true(desk)
        elsewhere.undo(group, "q1", author="Zweite")
        assert_true(desk)
