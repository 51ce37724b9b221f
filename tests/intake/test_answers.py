"""Splitting the control questions' answers."""

from __future__ import annotations

import pytest

from grader.intake.answers import split_answers


@pytest.mark.parametrize(
    "heading",
    [
        "## 4.",
        "## 4. Warum …",
        "### Frage 4",
        "# 4) Warum",
        "## **4.** Warum?",
        "## Kontrollfrage 4: Warum?",
        "##4. Warum",
        "## Frage Nr. 4",
        "  ## 4.",
    ],
)
def test_headings(heading: str) -> None:
    text = f"# Kontrollfragen\n\n## 3. Was?\nDrei.\n\n{heading}\n\nVier.\nNoch eine Zeile.\n"
    assert split_answers(text, 11) == {3: "Drei.", 4: "Vier.\nNoch eine Zeile."}


def test_bold_lines_where_no_headings_stand() -> None:
    assert split_answers("**1. Was?**\nEins\n\n**Frage 2:** Wie?\nZwei", 11) == {
        1: "Eins",
        2: "Zwei",
    }


def test_other_numbers_and_code_are_text() -> None:
    text = "## 2.\n12 Neuronen\n### 99 Beispiele\n```\n# 3 kein Titel\n```\nEnde"
    assert split_answers(text, 11) == {
        2: "12 Neuronen\n### 99 Beispiele\n```\n# 3 kein Titel\n```\nEnde"
    }


def test_repeated_and_empty() -> None:
    assert split_answers("## 1.\n\n## 2.\na\n## 2.\nb", 11) == {1: "", 2: "a\nb"}
    assert split_answers("", 11) == {}
    assert split_answers("nur Text", 11) == {}
