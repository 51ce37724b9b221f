"""The report of the second look: complete, escaped, without a verdict."""

from __future__ import annotations

import json
from pathlib import Path

from grader.model import VariantFinding, VariantLook
from grader.reports.variant import STATES, variant_html, write_variant
from tests.reports.grades import reference_lab

HOSTILE = "<script>alert(1)</script>"
LOOKS = (
    VariantLook(
        "gruppe01",
        "keras3",
        tuple(
            VariantFinding("2b", "2b-predict", f"Ergebnis {state}", state, f"Satz zu {state}.")
            for state in STATES
        ),
    ),
    VariantLook(HOSTILE, "", (), HOSTILE),
    VariantLook(
        "gruppe02",
        "keras2",
        (VariantFinding("3b", "3b-heatmaps", HOSTILE, "unchanged", HOSTILE),),
    ),
)


def test_every_state_is_shown_and_the_conspicuous_ones_first() -> None:
    page = variant_html(LOOKS, reference_lab(), 5)
    assert all(words in page for words in STATES.values())
    assert page.index("Satz zu unchanged.") < page.index("Satz zu incomparable.")
    assert page.index("Satz zu differs.") < page.index("Satz zu typed.")
    assert "Satz zu follows." not in page
    assert "Anfangswert 5" in page and "keine Urteile" in page
    assert "1a.probe" in page


def test_nothing_that_is_not_ours_becomes_markup() -> None:
    page = variant_html(LOOKS, reference_lab(), 5)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4


def test_no_submissions_and_nothing_conspicuous() -> None:
    assert "Es gibt keine Abgaben." in variant_html((), reference_lab(), 1)
    calm = VariantLook("a", "keras3", LOOKS[0].findings[:2])
    assert "Nichts. Alles" in variant_html((calm,), reference_lab(), 1)


def test_the_data_hold_every_finding(tmp_path: Path) -> None:
    html, plain = write_variant(LOOKS, reference_lab(), 5, tmp_path)
    assert html.read_text(encoding="utf-8") == variant_html(LOOKS, reference_lab(), 5)
    content = json.loads(plain.read_text(encoding="utf-8"))
    assert content["schema"] == 1 and content["seed"] == 5 and content["lab"] == "dl-bmt"
    first = content["submissions"][0]
    assert [f["state"] for f in first["findings"]] == list(STATES)
    assert content["submissions"][1]["problem"] == HOSTILE
