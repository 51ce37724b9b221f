"""Seals: a result stays only if everything that it was made from, and itself, is what it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.evidence.store import EvidenceStore
from grader.lab import Lab
from grader.model import CellRun, NotebookEvidence
from grader.reuse import Seals, file_digest, surroundings
from tests.pocket import MINILAB

KEY, OTHER = "a" * 40, "b" * 40
FILES = ("result.json", "feedback.html")


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    """A submission's two files, made from two runs and the reference's, sealed."""
    stores = EvidenceStore(tmp_path / "out" / ".evidence"), EvidenceStore(tmp_path / "lab")
    for store in stores:
        for key in (KEY, OTHER):
            store.put(key, NotebookEvidence("n", (CellRun(0, "x = 1", "ok", 0.1),)))
    made = Seals(tmp_path / "out", *stores)
    for name in FILES:
        path = tmp_path / "out" / "gruppe ü" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Inhalt von {name}")
    made.put("gruppe ü", "origin", FILES, evidence=(KEY, OTHER), reference=(KEY,))
    return made


def holds(seals: Seals, origin: str = "origin", files: tuple[str, ...] = FILES) -> bool:
    # As a later run sees it: nothing remembered.
    return Seals(seals.out, seals.evidence, seals.reference).holds("gruppe ü", origin, files)


def test_what_is_unchanged_stays(seals: Seals) -> None:
    assert holds(seals)
    assert holds(seals, files=("result.json",))


def test_another_origin_or_a_further_file_breaks_it(seals: Seals) -> None:
    assert not holds(seals, "other")
    assert not holds(seals, files=(*FILES, "protokoll.pdf"))
    assert not seals.holds("gruppe01", "origin", FILES)


def entry(store: EvidenceStore, key: str = KEY) -> Path:
    return store.folder / "runs" / key[:2] / f"{key}.json"


CHANGES: dict[str, Callable[[Seals], object]] = {
    "an edited file": lambda s: (s.out / "gruppe ü" / FILES[1]).write_text("von Hand"),
    "a missing file": lambda s: (s.out / "gruppe ü" / FILES[0]).unlink(),
    "missing evidence": lambda s: entry(s.evidence, OTHER).unlink(),
    "damaged evidence": lambda s: entry(s.evidence).write_bytes(b"{}"),
    "another reference": lambda s: entry(s.reference).write_bytes(b"{}"),
    "a missing reference": lambda s: entry(s.reference).unlink(),
    "a broken seal": lambda s: s.drop("gruppe ü"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_breaks_it(seals: Seals, change: str) -> None:
    CHANGES[change](seals)
    assert not holds(seals)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"origin": 1}', b"\xff\xfe"])
def test_a_damaged_seal_holds_nothing(seals: Seals, raw: bytes) -> None:
    (path,) = (seals.evidence.folder / "seals").glob("*.json")
    path.write_bytes(raw)
    assert not holds(seals)


def test_breaking_what_is_not_there_is_fine(seals: Seals) -> None:
    seals.drop("gibt es nicht")


def test_a_file_that_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    assert file_digest(tmp_path / "fehlt") == file_digest(tmp_path) == ""


# ------------------------------------------------------------------ what all results share


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINILAB, tmp_path / "minilab"))


@pytest.mark.parametrize(
    "name", ["lab.toml", "checks/basics.py", "notebooks/uebung.py", "rubrics/q1.toml"]
)
def test_every_file_of_the_lab_counts(lab: Path, name: str) -> None:
    before = surroundings(Lab.load(lab), "data")
    path = lab / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# anders\n")
    assert surroundings(Lab.load(lab), "data") != before


def test_data_count_and_evidence_does_not(lab: Path) -> None:
    before = surroundings(Lab.load(lab), "data")
    assert surroundings(Lab.load(lab), "other data") != before
    for folder in (".evidence/runs", "checks/__pycache__"):
        (lab / folder).mkdir(parents=True)
        (lab / folder / "x.json").write_text("{}")
    assert surroundings(Lab.load(lab), "data") == before


def test_what_is_installed_counts(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    before = surroundings(Lab.load(lab), "data")
    (tmp_path / "site" / "numpy-9.9.dist-info").mkdir(parents=True)
    assert surroundings(Lab.load(lab), "data") != before
