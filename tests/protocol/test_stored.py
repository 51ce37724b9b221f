"""Pages look as they did: compared with stored pictures, with a tolerance for antialiasing."""

from __future__ import annotations

import pytest

from tests.protocol.stored import FOLDER, SUBMISSIONS, differing, drawn


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_pages_look_as_stored(name: str) -> None:
    off = differing(name, drawn(*SUBMISSIONS[name]()))
    assert off == [], f"pages {off} differ; if wanted: python -m tests.protocol.stored {name}"


@pytest.mark.parametrize(
    "change",
    ["#set text(size: 10pt)", "#set par(leading: 0.8em)", "#set page(margin: (left: 30mm))"],
)
def test_a_change_of_layout_is_seen(change: str) -> None:
    assert differing("draft", drawn(*SUBMISSIONS["draft"](), change=change))


def test_stored_pages_are_small() -> None:
    assert {p.stem for p in FOLDER.glob("*.png")} == set(SUBMISSIONS)
    assert sum(p.stat().st_size for p in FOLDER.glob("*.png")) < 400_000
