"""Hostile text made fit for a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.protocol.text import clean, cut_lines, terminal, with_breaks


def test_ansi_codes_and_control_characters_go() -> None:
    assert clean("\x1b[1;31mFehler\x1b[0m\x1b]0;Titel\x07 a\x00b\tc\r\nd") == "Fehler ab  c\nd"


def test_letters_of_any_script_stay() -> None:
    assert clean("Grüße, שלום, 漢字, 😀 µ") == "Grüße, שלום, 漢字, 😀 µ"


def test_lone_surrogates_are_replaced() -> None:
    assert clean("a\ud800b") == "a\ufffdb"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_the_result_can_always_be_written(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(ord(c) < 32 and c != "\n" for c in cleaned)
    assert clean(cleaned) == cleaned


def test_a_progress_bar_leaves_its_last_state() -> None:
    assert terminal("1/3\r2/3\r3/3 fertig\nEnde\n") == "3/3 fertig\nEnde\n"
    assert terminal("12\b\b34\n") == "34\n"


def test_the_middle_of_a_long_output_is_cut() -> None:
    lines = cut_lines("\n".join(f"Zeile {n}" for n in range(3000))).split("\n")
    assert len(lines) == 61
    assert lines[44:47] == ["Zeile 44", "… 2.940 Zeilen ausgelassen …", "Zeile 2985"]


def test_one_line_too_many_is_not_worth_a_note() -> None:
    text = "\n".join("x" * 61)
    assert cut_lines(text) == text


def test_an_endless_line_ends_in_an_ellipsis() -> None:
    assert cut_lines("x" * 5000) == "x" * 2000 + " …"


@pytest.mark.parametrize("text", ["kurz", "a b " * 50, "x" * 200])
def test_breaks_change_nothing_but_the_breaks(text: str) -> None:
    broken = with_breaks(text, 20)
    assert broken.replace("\u200b", "") == text
    assert max(map(len, broken.replace("\u200b", " ").split())) <= 20
