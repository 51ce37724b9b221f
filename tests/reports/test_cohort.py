"""The cohort report: right numbers, plots as SVG, self-contained, hostile names harmless."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.lab import Lab
from grader.model import Decided, Grade
from grader.reports.cohort import cohort_html, write_cohort
from grader.reports.plots import Plot, checks_plot, points_plot, seconds_plot, tasks_plot
from tests.reports.grades import cohort, grade, reference_lab
from tests.reports.pages import Page, assert_self_contained


@pytest.fixture(scope="module")
def lab() -> Lab:
    return reference_lab()


@pytest.fixture(scope="module")
def grades(lab: Lab) -> list[Grade]:
    return cohort(lab)


@pytest.fixture(scope="module")
def page(grades: list[Grade], lab: Lab) -> Page:
    return Page(cohort_html(grades, lab))


def cells(page: Page, first: str) -> list[str]:
    """Texts of the table row whose first cell begins with ``first``."""
    for row in re.findall(r"<tr>(.*?)</tr>", page.source, re.DOTALL):
        found = [Page(c).text for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        if found and found[0].startswith(first):
            return found
    raise AssertionError(f"no row {first!r}")


def test_the_figures_at_the_top_are_those_of_the_grades(page: Page, grades: list[Grade]) -> None:
    totals = [g.points for g in grades]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.source))
    assert facts["Abgaben"] == "4"
    assert facts["Mittelwert"] == f"{statistics.fmean(totals):.1f}".replace(".", ",")
    assert facts["Median"] == f"{statistics.median(totals):.1f}".replace(".", ",")
    waiting = sum(c.status == "needs_review" for g in grades for t in g.tasks for c in t.checks)
    assert facts["durchzusehende Texte"] == str(waiting)
    assert facts["Rechenzeit"] == "2\u202fmin 16\u202fs"


def test_a_row_per_submission_adds_up(page: Page, grades: list[Grade], lab: Lab) -> None:
    for made in grades[:3]:
        name, points, status, *tasks, _ = cells(page, made.submission)
        assert name == made.submission and status == "durchsehen"
        assert float(points.replace(",", ".")) == made.points
        assert sum(float(t.replace(",", ".")) for t in tasks) == made.points
        assert len(tasks) == len(lab.tasks)
    assert cells(page, "gruppe03")[-1] == "1", "one problem"


def test_what_was_decided_beside_the_checks_stands_beside_them(
    page: Page, grades: list[Grade], lab: Lab
) -> None:
    assert "Gesamt" not in page.text
    first, second, *_ = grades
    decided = {
        first.submission: Decided(extras=((1.5, "Vortrag"), (1.0, "<b>"))),
        second.submission: Decided(late_days=2, deduction=4.0),
    }
    shown = Page(cohort_html(grades, lab, decided=decided))
    german = [f"{p:g}".replace(".", ",") for p in (first.points + 2.5, second.points - 4.0)]
    assert cells(shown, first.submission)[2:6] == ["2,5", "", "", german[0]]
    assert cells(shown, second.submission)[2:6] == ["", "2", "4", german[1]]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", shown.source))
    mean = statistics.fmean(g.points for g in grades) + (2.5 - 4.0) / len(grades)
    assert facts["Mittelwert gesamt"] == f"{mean:.1f}".replace(".", ",")
    assert shown.source.count("<th") - page.source.count("<th") == 4


def test_a_row_per_check_counts_results(page: Page) -> None:
    # Title, points, mean, passed, partial, failed, not judged, for review.
    heatmaps = ["3b.heatmaps Heatmaps", "4", "50\u202f%", "2", "", "2", "", ""]
    assert [c.replace(" %", "\u202f%") for c in cells(page, "3b.heatmaps")] == heatmaps
    values = cells(page, "2a.values")
    assert values[3:] == ["2", "1", "", "1", ""]
    assert cells(page, "q1 ")[-1] == "4"


def test_tasks_that_were_hardly_recognised_are_listed(lab: Lab, grades: list[Grade]) -> None:
    places = {
        "1a": {"confidence": 0.3, "method": "neighbour", "found": 1, "slots": 4},
        "1b": {"confidence": 0.2, "method": "metadata", "found": 1, "slots": 1},
        "1c": {"confidence": 0.9, "method": "content", "found": 3, "slots": 3},
        "2a": {"confidence": 0.0, "method": "none", "found": 0, "slots": 3},
    }
    unsure = replace(grades[0], provenance={**grades[0].provenance, "alignment": places})
    part = cohort_html([unsure], lab).split("Unsicher zugeordnete Aufgaben")[1].split("</table>")[0]
    found = [Page(r).text for r in re.findall(r"<tr>(<td>.*?)</tr>", part)]
    name = grades[0].submission
    assert [r.split()[:2] for r in found] == [[name, "2a"], [name, "1a"]]
    assert "1 von 4" in found[1] and "Nachbarschaft" in found[1]
    assert "Unsicher zugeordnete" not in cohort_html(grades, lab)


def test_frequent_findings_come_first(page: Page) -> None:
    part = page.source.split("Häufigste Befunde")[1]
    first = re.findall(r"<tr>(<td.*?)</tr>", part, re.DOTALL)[0]
    assert Page(first).text.startswith("3b.heatmaps Heatmaps")
    assert "gruppe02, gruppe03" in first


def test_plots_are_svg_that_follows_the_page(page: Page) -> None:
    assert page.tags.count("svg") == 4
    assert "currentColor" in page.source
    assert page.source.count('role="img"') == 4
    labels = re.findall(r'role="img" aria-label="([^"]+)"', page.source)
    assert len(set(labels)) == 4


def test_the_report_is_self_contained_and_names_are_text(page: Page, grades: list[Grade]) -> None:
    assert_self_contained(page)
    assert grades[3].submission.split("\n")[0].strip() in page.text
    assert "alert(1)</script>" not in page.source


def test_ids_in_the_plots_do_not_collide(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', page.source))
    assert used <= set(page.ids)


def test_links_lead_to_the_groups_pages(page: Page) -> None:
    assert "gruppe01/feedback.html" in page.addresses
    odd = next(a for a in page.addresses if "script" in a)
    assert odd.endswith("/feedback.html") and "<" not in odd


def test_an_empty_cohort_says_so(lab: Lab) -> None:
    found = Page(cohort_html([], lab))
    assert "Es liegen noch keine Ergebnisse vor." in found.text
    assert "svg" not in found.tags


def test_a_single_submission_has_no_spread(lab: Lab) -> None:
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", cohort_html([grade(lab, "a")], lab)))
    assert (facts["Mittelwert"], facts["Standardabweichung"]) == ("100,0", "0,0")


def test_the_same_grades_give_the_same_bytes(grades: list[Grade], lab: Lab, tmp_path: Path) -> None:
    write_cohort(grades, lab, tmp_path / "a" / "cohort.html")
    write_cohort(grades, lab, tmp_path / "b" / "cohort.html")
    first, second = (tmp_path / n / "cohort.html" for n in "ab")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "plot",
    [
        points_plot([], 100),
        points_plot([0.0, 50.5, 100.0], 100),
        tasks_plot(["1a", "$x^"], [[0.0, 1.0], []]),
        checks_plot(["1a.a"], ["$\\bad{", "猫\ud800\x07"], [[None], [0.5]]),
        seconds_plot([f"gruppe{i}" for i in range(60)], [float(i) for i in range(60)]),
    ],
    ids=["empty", "points", "tasks", "checks", "seconds"],
)
def test_each_plot_is_well_formed_and_holds_no_outside_address(plot: Plot) -> None:
    root = ElementTree.fromstring(plot.svg())  # noqa: S314 - our own picture
    assert root.tag.endswith("svg")
    attributes = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert all(a.startswith("#") for a in attributes)
