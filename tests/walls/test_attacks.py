"""Every attack, in every configuration of layers that must stop it, and in none.

The attacks are data in ``attacks_*.py``. They run once per configuration, beside a notebook of
another group that must not notice; here what came of them is looked at. All of it is one file, so
that one worker runs them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from grader.checks import Side
from grader.evidence.codec import encode_evidence
from grader.model import NotebookEvidence
from grader.protocol import build_document, render_html, render_pdf
from grader.reports.feedback import feedback_html
from tests.checks.build import cell, reference_lab, side
from tests.reports.grades import grade
from tests.walls.attack import ALL, INNER, OUTER, UNWALLED, Notebook, Probe
from tests.walls.conftest import NOTEBOOKS, PROBES, Siege, by_configuration, siege_of
from tests.walls.scene import Scene

pytestmark = [pytest.mark.walls, pytest.mark.kernel, pytest.mark.timeout(300)]

CONFIGURATIONS = [ALL, OUTER, INNER]
HARMLESS = [pytest.param(p, id=p.name) for p in PROBES if p.control]


@pytest.mark.parametrize(("configuration", "attack"), by_configuration(PROBES))
def test_nothing_is_got(
    configuration: str, attack: Probe, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    seen = siege_of(configuration, victims, sieges).seen[attack.name]
    # "refused: …" by the system, or it worked and there was nothing to be found.
    assert seen == "nothing" or seen.startswith("refused: ")


@pytest.mark.parametrize(("configuration", "attack"), by_configuration(NOTEBOOKS))
def test_it_ends_as_evidence(
    configuration: str, attack: Notebook, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    run = siege_of(configuration, victims, sieges).runs[attack.name]
    assert not isinstance(run, str), run
    first, before, *cells, after = run.cells
    found = [(c.status, c.error, c.error_message[:80]) for c in cells]
    assert first.status == before.status == "ok"
    assert before.variables["before"].scalar == 41
    assert "GotThrough" not in {c.error for c in cells}, found
    for done, ending in zip(cells, attack.cells, strict=True):
        assert done.status in ending.statuses, found
    kinds = {p.kind for p in run.problems}
    assert set(attack.problems) <= kinds, found
    last = after.variables.get("after")
    assert last is None or last.scalar == 42
    if attack.works_after:
        assert last is not None, (after.status, found, kinds)
    assert victims.secret.encode() not in encode_evidence(run)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_siblings_notice_nothing(
    configuration: str, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siblings = siege_of(configuration, victims, sieges).siblings
    assert siblings and set(siblings) == {""}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_victims_are_untouched(
    configuration: str, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siege = siege_of(configuration, victims, sieges)
    assert siege.closing == ""
    assert siege.left == []
    assert siege.changed == []
    assert siege.planted == []
    assert siege.contacts == []
    assert siege.unharmed


# ------------------------------------------------------------------ without any wall


@pytest.mark.parametrize("attack", HARMLESS)
def test_it_gets_through_where_no_wall_stands(
    attack: Probe, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    """The same attacks succeed: they are no blanks."""
    assert siege_of(UNWALLED, victims, sieges).seen[attack.name].startswith("got: ")


def test_listeners_and_siblings_notice(
    victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siege = siege_of(UNWALLED, victims, sieges)
    assert {"tcp", "udp", "abstract", "path", "home"} <= set(siege.contacts)
    assert any("contacts" in noticed for noticed in siege.siblings)


# ------------------------------------------------------------------ what hostile notebooks show


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
