"""The lab's lines are left out, the students' stay as they wrote them."""

from __future__ import annotations

from grader.protocol.given import without_given

GIVEN = """\
### Vergleich

Stimmen Ihre Handrechnung und die Ausgabe von Keras überein?

*Hier antworten.*

**Antwort:**

| x | y |
|---|---|
| 1 |   |

```
x -> y
```
"""


def test_the_labs_text_alone_is_nothing() -> None:
    assert without_given(GIVEN, GIVEN) == ""
    assert without_given("*Hier antworten.*", GIVEN) == ""


def test_answers_stay_with_their_indentation() -> None:
    written = "*Hier antworten.*\n\n- a\n    - b\n\n        code\n"
    assert without_given(written, GIVEN) == "- a\n    - b\n\n        code"


def test_a_line_that_goes_on_after_the_labs_opening() -> None:
    assert without_given("**Antwort:** Ja, beide.", GIVEN) == "Ja, beide."


def test_a_slightly_edited_line_of_the_lab_goes() -> None:
    assert (
        without_given("Stimmen Ihre Handrechnung und die Ausgabe von Keras überein??", GIVEN) == ""
    )


def test_a_table_that_was_filled_in_stays_whole() -> None:
    filled = "| x | y |\n|---|---|\n| 1 | 6 |"
    assert without_given(f"*Hier antworten.*\n{filled}", GIVEN) == filled


def test_a_code_block_of_the_students_keeps_its_fences() -> None:
    written = "```\nmein Code\n```"
    assert without_given(written, GIVEN) == written


def test_without_given_text_nothing_is_left_out() -> None:
    assert without_given("Text\n\n", "") == "Text"
    assert without_given("", "") == ""
