"""In a real browser: keys, what a student's HTML cannot do, and axe-core on every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from grader.dashboard.material import Frame, Material
from grader.protocol.document import Code, DataTable, Note, Prose, TextOutput
from grader.similar import Pair, Passage, write_pairs
from tests.dashboard.browser import assert_accessible, chromium, served
from tests.dashboard.conftest import HOSTILE, Desk

pytestmark = pytest.mark.skipif(
    not Path("/usr/bin/chromium").exists(), reason="the system's Chromium is missing"
)
# It tries everything: run, reach the page around it, leave, be clicked.
ATTACK = (
    "<script>parent.document.title='taken';top.location='/abmelden'</script>"
    "<img src=x onerror=\"parent.document.title='taken'\">"
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>"
    "<form action='/freigeben' method=post><button id=b>x</button></form>"
    "<a href='/freigeben' target=_top>link</a><p id=shown>nur Text</p>"
)
MATERIAL = Material(
    (
        Prose("Wie groß ist $x^2$?", "task"),
        Code("mittelwert = sum(werte) / len(werte)\nprint('<b>')"),
        TextOutput("Mittelwert: 4.5"),
        DataTable(("", "Alter"), (("0", "31"),), (False, True)),
        Note("Hier fehlt die Antwort.", "gap"),
    ),
    (Frame(3, ATTACK),),
    ("Zu uebung liegen keine Belege.",),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The address of a served dashboard, whose submissions have material."""
    materials = desk.office.materials
    monkeypatch.setattr(materials, "of_submission", lambda view, task: MATERIAL)
    monkeypatch.setattr(materials, "of_reference", lambda profile, task: MATERIAL)
    with served(desk.app) as url:
        token = desk.office.sessions.tokens["instructor"]
        yield SimpleNamespace(url=url, door=f"{url}/anmelden?token={token}", desk=desk)


def opened(browser: Browser, at: SimpleNamespace, **options: object) -> Page:
    page = browser.new_context(**options).new_page()
    page.goto(at.door)
    page.wait_for_url(f"{at.url}/")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(browser: Browser, at: SimpleNamespace, scheme: str) -> None:
    desk: Desk = at.desk
    passage = Passage("code", "uebung, Zelle 2", "x = 1", "uebung, Zelle 3", "y = 1")
    write_pairs([Pair("gruppe01", "gruppe02", 0.5, 0.25, (passage,))], desk.out / "similar.json")
    group = desk.group("gruppe02")
    desk.office.book.mark(group, "1a.mean", author="Mara", points=1.0, comment="fast")
    page = opened(browser, at, color_scheme=scheme)
    hostile = desk.group(f"übung {HOSTILE}")
    for path in (
        "/",
        f"/abgabe/{group}",
        f"/abgabe/{hostile}",
        "/durchsicht",
        "/durchsicht/q1",
        "/statistik",
        "/aehnlich",
        "/aehnlich/1",
        "/bewerten",
        "/export",
        "/gibtesnicht",
    ):
        page.goto(at.url + path)
        for place in page.locator("[hx-trigger=revealed]").all():
            place.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        for folded in page.locator("details:not([open]) > summary").all():
            if folded.is_visible():
                folded.click()
        assert_accessible(page)
    page.set_viewport_size({"width": 400, "height": 800})
    for path in ("/", f"/abgabe/{group}", "/durchsicht/q1"):
        page.goto(at.url + path)
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        # Only tables and code scroll sideways, never the page.
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, path
    page.context.clear_cookies()
    page.goto(at.url)
    assert_accessible(page)


def test_a_student_s_html_does_nothing(browser: Browser, at: SimpleNamespace) -> None:
    page = opened(browser, at)
    asked: list[str] = []
    # What the frame's policy stops is a request that failed, not one that was answered.
    page.on("response", lambda response: asked.append(response.url))
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    page.goto(f"{at.url}/abgabe/{at.desk.group(f'übung {HOSTILE}')}")
    frame = page.locator("iframe").first
    frame.scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").first.locator("#shown")).to_have_text("nur Text")
    page.frame_locator("iframe").first.locator("#b").click()
    page.frame_locator("iframe").first.locator("a").click()
    page.wait_for_timeout(300)
    assert page.title().startswith("übung <script>")
    assert page.url.startswith(f"{at.url}/abgabe/")
    assert not [url for url in asked if ":9/" in url or url.endswith(("/x", "freigeben"))]
    assert at.desk.office.cohort().released_at is None


def test_a_review_by_keys(browser: Browser, at: SimpleNamespace) -> None:
    desk: Desk = at.desk
    page = opened(browser, at)
    page.goto(f"{at.url}/durchsicht/q1")
    done = page.locator(".progress-line")
    expect(done).to_contain_text("0 von 4")
    # Writing in the field gives no points.
    page.keyboard.press("k")
    page.keyboard.type("Gut, Teil 2")
    expect(page.locator("#comment")).to_have_value("Gut, Teil 2")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(done).to_contain_text("2 von 4")
    page.keyboard.press("z")
    expect(done).to_contain_text("0 von 4")
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#comment")).to_have_value("Gut, Teil 2")
    page.keyboard.press("3")
    expect(done).to_contain_text("2 von 4")
    page.keyboard.press("s")
    expect(page.locator(".answer")).to_contain_text("<script>")
    page.keyboard.press("Enter")
    expect(done).to_contain_text("3 von 4")
    page.keyboard.press("0")
    expect(page.get_by_role("heading", name="Fertig")).to_be_focused()
    expect(page.get_by_role("row", name="gruppe01")).to_contain_text("Gut, Teil 2")
    rows = {r.group.name: r.checks["q1"] for r in desk.office.overview().rows}
    assert [rows[n].points for n in ("gruppe01", "gruppe02", "gruppe10")] == [1.5, 1.5, 0.0]
    assert all(cell.by_hand for cell in rows.values())


def test_points_are_saved_in_place_and_a_conflict_is_shown(
    browser: Browser, at: SimpleNamespace
) -> None:
    group = at.desk.group("gruppe01")
    first, second = opened(browser, at), opened(browser, at)
    for page in (first, second):
        page.goto(f"{at.url}/abgabe/{group}")
    form = first.locator("form[aria-label^='1a.mean']")
    form.get_by_label("Punkte").fill("2,5")
    form.get_by_label("Kommentar").fill("fast")
    form.get_by_role("button", name="Speichern").click()
    expect(form).to_contain_text("Gespeichert.")
    expect(first.locator("#total")).to_contain_text("8,5 von 10")
    late = second.locator("form[aria-label^='1a.mean']")
    late.get_by_label("Punkte").fill("0")
    late.get_by_role("button", name="Speichern").click()
    expect(late.get_by_role("alert")).to_contain_text("2,5 Punkte")
    expect(late.get_by_label("Punkte")).to_have_value("0")
    assert_accessible(second)
    late.get_by_role("button", name="Speichern").click()
    expect(second.locator("#total")).to_contain_text("6 von 10")
    wrong = second.locator("form[aria-label^='q1']")
    wrong.get_by_label("Punkte").fill("99")
    wrong.get_by_role("button", name="Speichern").click()
    expect(second.locator("#said")).to_contain_text("0 bis 2 Punkte")


def test_the_table_is_searched_while_typing(browser: Browser, at: SimpleNamespace) -> None:
    page = opened(browser, at)
    page.keyboard.press("/")
    page.keyboard.type("mara")
    expect(page.locator(".count")).to_have_text("1 Gruppe")
    page.get_by_label("Suche").fill("")
    expect(page.locator(".count")).to_have_text("4 Gruppen")
    page.get_by_role("link", name="Punkte").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Punkte")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_date_due_is_set_and_taken_away(browser: Browser, at: SimpleNamespace) -> None:
    page = opened(browser, at)
    for typed, shown in (("2026-05-26T12:30", "26.05.2026, 12:30"), ("", None)):
        page.get_by_text("Abgabetermin").click()
        page.get_by_label("Abzugeben bis").fill(typed)
        page.get_by_role("button", name="Merken").click()
        if shown:
            expect(page.get_by_text(f"Abzugeben bis {shown}")).to_be_visible()
            due = at.desk.office.cohort().due_at
            assert f"{due.astimezone():%Y-%m-%dT%H:%M}" == typed
            expect(page.get_by_label("Abzugeben bis")).to_have_value(typed)
        else:
            expect(page.locator(".badge")).to_have_count(0)
            assert at.desk.office.cohort().due_at is None
