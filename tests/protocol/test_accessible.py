"""The HTML in a browser: axe-core finds nothing, nothing is wider than the window, it prints."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader

from grader.checks import Side
from grader.protocol import build_document, load_theme, messages, render_html
from tests.checks.build import reference_lab
from tests.protocol.grades import graded

CHROMIUM = shutil.which("chromium") or ""
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()


@pytest.fixture(scope="module")
def pages(group: Side, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("html")
    document = build_document(group)
    reviewed = build_document(group, graded(reference_lab()), review=True)
    made = {
        "light": render_html(document),
        "dark": render_html(document, load_theme("klinik")),
        "review": render_html(reviewed),
    }
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [("light", "light", 1280), ("dark", "dark", 1280), ("review", "light", 360)],
)
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scheme: Any, width: int
) -> None:
    # The page forbids scripts; axe is one.
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.goto(pages[name].as_uri())
    found = Axe().run(page, options={"runOnly": RULES}).response
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    assert len(found["passes"]) > 20
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_review_stands_beside_its_task(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(pages["review"].as_uri())
    beside = page.get_by_role("complementary", name=f"{messages.REVIEW}: Aufgabe 1a").bounding_box()
    heading = page.get_by_role("heading", name="Aufgabe 1a").bounding_box()
    page.close()
    assert beside is not None and heading is not None
    assert beside["x"] > heading["x"] + 600 and beside["x"] + beside["width"] <= 1400
    assert 0 <= beside["y"] - heading["y"] < 80


def test_it_prints(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(pages["light"].as_uri())
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    page.close()
    text = "\n".join(sheet.extract_text() for sheet in reader.pages)
    assert round(float(reader.pages[0].mediabox.width)) in (594, 595, 596)
    assert 5 < len(reader.pages) < 20
    assert messages.SKIP not in text and "Tabelle 1:" in text
