"""Numbers and units in prose."""

from __future__ import annotations

import pytest

from grader.protocol.markup import to_html, to_typst


def text(markdown: str) -> str:
    return to_html([markdown])[markdown].removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("etwa 0.85 und -1.5", "etwa 0,85 und -1,5"),
        ("(0.5), ≈0.25; =1.0", "(0,5), ≈0,25; =1,0"),
        ("Genauigkeit 96.4%", "Genauigkeit 96,4%"),
        ("Das ergibt 99.75.", "Das ergibt 99,75."),
        ("von 0.1 bis 0.9", "von 0,1 bis 0,9"),
    ],
)
def test_a_decimal_point_becomes_a_comma(typed: str, shown: str) -> None:
    assert text(typed) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "am 4.5.2026",
        "am 4.5. war es",
        "Python 3.11",
        "Aufgabe 1.2",
        "Version 2.1",
        "192.168.0.1",
        "datei1.2b",
        "v2.0.1",
        "1.234.567",
        "um 12:30.5",
        "keras-2.4",
    ],
)
def test_other_points_stay(typed: str) -> None:
    assert text(typed) == typed


def test_code_and_links_stay() -> None:
    assert "<code>0.85</code>" in text("`0.85`")
    assert "https://a.b/1.5" in text("<https://a.b/1.5>")


@pytest.mark.parametrize("typed", ["$p = 0.85$", "$p = 0{,}85$", "$e^{0.85}$"])
def test_formulas_have_commas(typed: str) -> None:
    assert ">0,85<" in to_html([typed])[typed]
    source = to_typst([typed])[typed].whole
    assert '"0,85"' in source and "0,85" in source.split("[")[0]


@pytest.mark.parametrize("typed", ["$\\text{ab 0.85}$", "$x_1.5$", "$1.2.3$"])
def test_other_points_in_formulas_stay(typed: str) -> None:
    assert "0,8" not in to_typst([typed])[typed].whole and "," not in to_html([typed])[typed]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("96 %", "96\u202f%"),
        ("0.1 mV", "0,1\u202fmV"),
        ("alle 25 ms,", "alle 25\u202fms,"),
        ("5 machen", "5 machen"),
        ("Bild 3 m/s", "Bild 3 m/s"),
        ("der s", "der s"),
    ],
)
def test_a_unit_stays_with_its_number(typed: str, shown: str) -> None:
    assert text(typed) == shown
