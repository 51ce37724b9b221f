"""Data frames from pandas' HTML and from captured tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from grader.protocol.tables import from_html, from_table
from tests.checks.build import value


def test_pandas_html() -> None:
    frame = pd.DataFrame({"Wert": [2.43, 5.07], "Einheit": ["mmol/l", "<b>x</b>"]}, index=[1, 2])
    table = from_html(frame.to_html())
    assert table is not None
    assert table.header == ("", "Wert", "Einheit")
    assert table.rows == (("1", "2,43", "mmol/l"), ("2", "5,07", "<b>x</b>"))
    assert table.numeric == (True, True, False)
    assert table.indexed


def test_two_header_rows_become_one() -> None:
    frame = pd.DataFrame({("a", "x"): [1], ("a", "y"): [2]})
    table = from_html(frame.to_html())
    assert table is not None
    assert table.header == ("", "a x", "y")


def test_long_and_wide_tables_are_cut_with_a_remark() -> None:
    frame = pd.DataFrame(np.arange(600).reshape(50, 12))
    table = from_html(frame.to_html())
    assert table is not None
    assert len(table.rows) == 41 and len(table.header) == 10
    assert table.rows[28][0] == "…"
    assert table.remark == "10 Zeilen und 3 Spalten ausgelassen."
    assert all(table.numeric)


def test_text_without_a_table_is_none() -> None:
    assert from_html("<div>nichts</div>") is None
    assert from_html("<table></table>") is None


def test_captured_table_shows_what_is_missing() -> None:
    captured = value(pd.DataFrame({"a": [1.5, None], "b": ["x", "y"]}), {}).table
    assert captured is not None
    assert from_table(captured).rows == (("0", "1,5", "x"), ("1", "NaN", "y"))
