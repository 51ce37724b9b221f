"""What a hostile notebook shows arrives as text and stays text in every page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.checks import Side
from grader.model import NotebookEvidence
from grader.protocol import build_document, render_html, render_pdf
from grader.reports.feedback import feedback_html
from tests.checks.build import cell, reference_lab, side
from tests.reports.grades import grade
from tests.walls.attack import ALL
from tests.walls.conftest import Siege, siege_of
from tests.walls.scene import Scene

pytestmark = [pytest.mark.walls, pytest.mark.kernel, pytest.mark.timeout(300)]


class Page(HTMLParser):
    """Tags, attributes and styles of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def inert(text: str) -> Page:
    """The page, after a look that nothing in it acts or leads elsewhere."""
    page = Page(text)
    acting = {"script", "iframe", "object", "embed", "link", "form", "input", "base", "svg"}
    assert not acting & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href"):
            assert re.match(r"data:image/(png|jpeg);|#|https?://|mailto:", value), value
    assert "example.org" not in str(page.attributes)
    return page


@pytest.fixture(scope="module")
def run(victims: Scene, sieges: dict[str, Siege | Exception]) -> NotebookEvidence:
    found = siege_of(ALL, victims, sieges).runs["markup_and_scripts"]
    assert isinstance(found, NotebookEvidence)
    return found


@pytest.fixture(scope="module")
def hostile(run: NotebookEvidence) -> Side:
    """A submission with this run behind its first task."""
    made = side({"notebook1": [cell("1a-predict", source=c.source) for c in run.cells]})
    return replace(made, evidence=replace(made.evidence, notebooks={"notebook1": run}))


def test_outputs_arrive_as_text(run: NotebookEvidence) -> None:
    shown = [output for c in run.cells for output in c.outputs]
    assert any("<script>alert(1)</script>" in o.html for o in shown)
    assert any("<script>alert(1)</script>" in o.text for o in shown)
    pictures = [bytes(run.blobs[o.image][:4]) for o in shown if o.image]
    assert all(start in (b"\x89PNG", b"\xff\xd8\xff\xe0") for start in pictures)


def test_the_protocol_is_inert(hostile: Side) -> None:
    document = build_document(hostile)
    page = render_html(document)
    inert(page)
    assert "alert(1)" in page
    assert render_pdf(document).startswith(b"%PDF-")


def test_the_feedback_is_inert(hostile: Side, run: NotebookEvidence) -> None:
    given = grade(reference_lab(), "gruppe", problems=run.problems)
    page = feedback_html(given, hostile)
    inert(page)
    assert "alert(1)" in page
