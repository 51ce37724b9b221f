"""The cohort's seed: kept safe, and telling nothing to those who do not have it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.variant.seed import CohortSeed, group_key


def test_a_new_seed_is_the_owner_s_only_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "tief" / "kohorte.toml"
    seed = CohortSeed.load_or_make(path)
    assert CohortSeed.load_or_make(path) == seed == CohortSeed.load(path)
    more = seed.with_groups(["gruppe07", 'Größe "x" \\ ☃', "GRUPPE07 "])
    more.save(path)
    assert CohortSeed.load(path) == more
    assert more.groups == ("gruppe07", 'Größe "x" \\ ☃')
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_number_and_id_follow_from_seed_and_name(tmp_path: Path) -> None:
    seed, other = (CohortSeed.load_or_make(tmp_path / n) for n in ("a.toml", "b.toml"))
    assert seed.number("gruppe07") == seed.number("  Gruppe07 ") != seed.number("gruppe08")
    assert seed.id("gruppe07") != seed.id("gruppe08")
    assert seed.id("gruppe07") != other.id("gruppe07")
    assert 0 <= seed.number("gruppe07") < 2**48
    # Id and number share nothing: who sees the one does not have the other.
    assert f"{seed.number('gruppe07'):012x}" not in seed.id("gruppe07")
    known = seed.with_groups(["gruppe07"]).by_id(["gruppe99"])
    assert known == {seed.id("gruppe07"): "gruppe07", seed.id("gruppe99"): "gruppe99"}


def test_a_known_seed_gives_known_values() -> None:
    # HMAC-SHA256 with a key of zeros; changing this would orphan every kit that is out.
    seed = CohortSeed(bytes(32))
    assert seed.id("gruppe07") == "3a1009cd1e19fbcd"
    assert seed.number("gruppe07") == 38941115721395


@pytest.mark.parametrize("name", ["", "  ", "\n\t", "x" * 61, "\u200b"])
def test_no_name(name: str) -> None:
    with pytest.raises(UsageError, match="kein Gruppenname"):
        group_key(name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"schema = 1\n",
        b'schema = 1\nsecret = "zz"\n',
        b'schema = 1\nsecret = "00"\n',
        b'schema = 2\nsecret = "' + b"00" * 32 + b'"\n',
        b'schema = 1\nsecret = "' + b"00" * 32 + b'"\ngroups = "x"\n',
        b'schema = 1\nsecret = "' + b"00" * 32 + b'"\nmehr = 1\n',
    ],
)
def test_what_is_no_seed_is_refused_and_stays(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kohorte.toml"
    path.write_bytes(content)
    for read in (CohortSeed.load, CohortSeed.load_or_make):
        with pytest.raises(UsageError, match="Anfangswert"):
            read(path)
    assert path.read_bytes() == content
    with pytest.raises(UsageError, match="nicht lesbar"):
        CohortSeed.load(tmp_path)
