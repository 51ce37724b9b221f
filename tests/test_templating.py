"""The shared template environment."""

from __future__ import annotations

import datetime as dt

import jinja2
import pytest
import typst

from grader.templating import (
    Typst,
    environment,
    german_date,
    german_number,
    german_percent,
    german_seconds,
    typst_code,
    typst_escape,
)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (71.5, None, "71,5"),
        (100.0, None, "100"),
        (1234567.25, None, "1.234.567,25"),
        (0.1 + 0.2, None, "0,3"),
        (2.0, 1, "2,0"),
        (-3, None, "-3"),
    ],
)
def test_numbers(number: float, digits: int | None, text: str) -> None:
    assert german_number(number, digits) == text


def test_dates_durations_and_shares() -> None:
    assert german_date("2026-04-15") == "15. April 2026"
    assert german_date(dt.date(2026, 3, 1)) == "1. März 2026"
    assert german_date("Mitte Mai") == "Mitte Mai"
    assert german_percent(0.6925, 1) == "69,2\u202f%"
    assert german_seconds(0.42) == "0,4\u202fs"
    assert german_seconds(95) == "1\u202fmin 35\u202fs"


def test_html_escapes_and_typst_escapes() -> None:
    html = environment("html").from_string("{{ x }}").render(x="<b>")
    assert html == "&lt;b&gt;"
    source = environment("typ").from_string("{{ x }} {{ y }} {{ x|code }}")
    assert source.render(x='#a"', y=Typst("*b*")) == '#"#a\\"";  *b* "#a\\""'.replace(";  ", "; ")


@pytest.mark.parametrize("kind", ["html", "typ"])
def test_an_unknown_name_is_an_error(kind: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="fehlt"):
        environment(kind).from_string("{{ fehlt }}").render()


@pytest.mark.parametrize(
    "text", ['a"b\\c', "#panic()", "$x$ *b* _c_ `d` // e", "\x00\x1b\ud800", "(1)"]
)
def test_typst_shows_the_text_itself(text: str) -> None:
    shown = typst.query(
        f"#metadata({typst_code(text)}) <x>".encode(), "<x>", field="value", one=True
    )
    assert shown.count("#panic()") == text.count("#panic()")
    assert typst.compile(f"a{typst_escape(text)}(b)".encode()).startswith(b"%PDF-")
