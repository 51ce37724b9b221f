"""A gradebook leaves as JSON and comes back the same."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.exchange.everything import export_json, read_export
from grader.gradebook import Gradebook
from grader.gradebook.schema import VERSION
from tests.gradebook.build import LAB, filled


def busy(book: Gradebook) -> int:
    """A cohort in which people worked: marks, an undo, extra points, dates, a release."""
    number, groups = filled(book, "gruppe01", "größe \U0001f600", "gruppe03")
    book.mark(groups["gruppe01"], "1a.hand", author="A", points=4.5, comment='gut, „=1+1“\n"ja"')
    book.mark(groups["gruppe01"], "1a.hand", author="B", points=2.0)
    book.undo(groups["gruppe01"], "1a.hand", author="B")
    book.add_extra(groups["gruppe03"], 2.5, reason="Vortrag", author="A")
    book.set_due(number, dt.datetime(2026, 5, 26, 12, tzinfo=dt.UTC), author="A")
    book.release(number, author="A")
    return number


@pytest.mark.parametrize("target", ["sqlite", "again"])
def test_export_and_import_give_the_same_gradebook(tmp_path: Path, target: str) -> None:
    path = tmp_path / "notenbuch.json"
    with Gradebook(tmp_path / "eins.sqlite") as one:
        number = busy(one)
        dumped, before = one.dump(), one.overview(number, LAB)
        history = one.history(number)
        export_json(one, path)
    with Gradebook(tmp_path / "zwei.sqlite") as two:
        counts = two.load(read_export(path))
        assert counts["mark"] == 3 and counts["student_group"] == 3
        assert two.dump() == dumped
        assert two.overview(number, LAB) == before
        assert two.history(number) == history
        # It is a gradebook to go on with.
        two.reopen(number, reason="Nachtrag", author="A")
        group = two.groups(number)[0].id
        assert two.mark(group, "1a.probe", author="A", points=0.5).version == 1
        if target == "again":
            with pytest.raises(UsageError, match="nicht leer"):
                two.load(read_export(path))


def test_a_server_goes_on_counting(url: str, tmp_path: Path) -> None:
    with Gradebook(tmp_path / "eins.sqlite") as one:
        number = busy(one)
        dumped = one.dump()
    with Gradebook(url) as two:
        two.load(json.loads(json.dumps(dumped)))
        assert two.dump() == dumped
        two.reopen(number, reason="Nachtrag", author="A")
        assert filled(two, "gruppe04")[0] == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": "grader-gradebook", "version": "0001", "tables": {}}',
        '{"format": "grader-gradebook", "version": "VERSION", "tables": {"cohort": [{"id": 1}]}}',
        '{"format": "grader-gradebook", "version": "VERSION", "tables": {"cohort": 3}}',
        '{"format": "grader-gradebook", "version": "VERSION", "tables": {"cohort": [3]}}',
    ],
)
def test_what_is_no_gradebook_is_said_and_nothing_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text.replace("VERSION", VERSION), "utf-8")
    with Gradebook(tmp_path / "neu.sqlite") as book:
        with pytest.raises(UsageError):
            book.load(read_export(path))
        assert not any(book.dump()["tables"].values())
