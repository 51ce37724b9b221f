"""The evidence store: what is put comes back; damage means running again, never a crash."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.errors import StoreError
from grader.evidence.codec import decode_evidence, encode_evidence
from grader.evidence.collect import blob_digest
from grader.evidence.store import EvidenceStore, hash_files, run_key
from grader.model import ArrayInfo, Call, CellRun, NotebookEvidence, Problem, Value

ARRAY = np.arange(12, dtype=np.float32).reshape(3, 4)
INFO = ArrayInfo((3, 4), "<f4", blob_digest(ARRAY), blob_digest(ARRAY), minimum=0.0)
EVIDENCE = NotebookEvidence(
    "notebook1",
    (
        CellRun(
            3,
            "x = 1 # ü",
            "ok",
            0.5,
            variables={"x": Value("array", "ndarray", array=INFO)},
            calls=(Call("fit", history={"loss": (1.0, None)}),),
        ),
    ),
    (Problem("timeout", "zu lang", "notebook1", 3),),
    {"seconds": 1.5},
    {INFO.blob: ARRAY},
)
KEY = run_key(["x = 1"], data="abc")


def test_round_trip(tmp_path: Path) -> None:
    EvidenceStore(tmp_path).put(KEY, EVIDENCE)
    found = EvidenceStore(tmp_path).get(KEY)
    assert found is not None
    assert found.cells == EVIDENCE.cells
    assert found.problems == EVIDENCE.problems
    assert np.array_equal(found.array(INFO), ARRAY)
    assert found.array(ArrayInfo((1,), "<f4", "x")) is None


def test_damaged_entry_counts_as_missing(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    store.put(KEY, EVIDENCE)
    (path,) = (tmp_path / "runs").glob("*/*.json")
    raw = path.read_bytes()
    for damaged in (raw[: len(raw) // 2], b"", b"[]", raw.replace(b"timeout", b"\xff\xfe")):
        path.write_bytes(damaged)
        assert store.get(KEY) is None


def test_damaged_array_is_named(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    store.put(KEY, EVIDENCE)
    (path,) = (tmp_path / "blobs").glob("*/*.npy")
    path.write_bytes(path.read_bytes()[:90])
    found = store.get(KEY)
    assert found is not None
    with pytest.raises(StoreError, match="beschädigt"):
        found.array(INFO)


def test_keys_follow_what_produced_a_run() -> None:
    assert run_key(["x = 1"], data="abc") == KEY
    assert run_key(["x = 2"], data="abc") != KEY
    assert run_key(["x = 1"], data="abd") != KEY
    assert run_key(["x = 1", ""], data="abc") != KEY
    assert run_key(["\ud800"])


def test_keys_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        EvidenceStore(tmp_path).get("../../etc/passwd")
    assert "../x" not in EvidenceStore(tmp_path).blobs


def test_hash_of_files_follows_name_and_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = hash_files(tmp_path, [tmp_path / "a"])
    (tmp_path / "a").write_bytes(b"2")
    assert hash_files(tmp_path, [tmp_path / "a"]) != first
    (tmp_path / "a").write_bytes(b"1")
    assert hash_files(tmp_path, [tmp_path / "a"]) == first


def test_codec_refuses_other_types() -> None:
    raw = encode_evidence(EVIDENCE)
    assert decode_evidence(raw, EVIDENCE.blobs).cells == EVIDENCE.cells
    with pytest.raises(StoreError):
        decode_evidence(raw.replace(b'"index":3', b'"index":"3"'), EVIDENCE.blobs)
    with pytest.raises(StoreError, match="fehlen Felder"):
        decode_evidence(raw, {})
