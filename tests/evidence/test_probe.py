"""The probe in this process (what it reports), and the reader of its files as an attack target."""

from __future__ import annotations

import json
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grader.evidence.collect import HostileEvidenceError, read_capture
from grader.evidence.layers import probe_inputs
from grader.evidence.probe import Probe

OPTIONS = {"array_bytes": 100_000, "seed": 5, "samples": 16, "folders": []}


def capture(tmp_path: Path, **namespace: Any) -> Any:
    probe = Probe(namespace, set(), OPTIONS)
    probe.capture(str(tmp_path / "a"))
    return read_capture(tmp_path / "a")


def test_kinds(tmp_path: Path) -> None:
    found, blobs = capture(
        tmp_path,
        array=np.arange(6.0).reshape(2, 3),
        number=np.float32(2.5),
        flag=np.True_,
        text="Größe",
        many=[1, 2.5, "x", None, [np.ones(2)]],
        nothing=None,
        table=pd.DataFrame({"a": ["2.43", 1, None], "b": [1.5, math.nan, 2]}, index=[3, 4, "x"]),
        series=pd.Series([1, 2], name="s"),
        _hidden=1,
        module=math,
        function=print,
    )
    values = found.variables
    assert sorted(values) == [
        "array", "flag", "many", "nothing", "number", "series", "table", "text"
    ]  # fmt: skip
    assert np.array_equal(blobs[values["array"].array.blob], np.arange(6.0).reshape(2, 3))
    assert (values["array"].array.minimum, values["array"].array.maximum) == (0.0, 5.0)
    assert values["number"].scalar == 2.5
    assert values["flag"].scalar is True
    assert values["text"].scalar == "Größe"
    assert [i.scalar for i in values["many"].items[:4]] == [1, 2.5, "x", None]
    assert values["many"].items[4].items[0].array.shape == (2,)
    table = values["table"].table
    assert table.columns == ("a", "b")
    assert table.index == (3, 4, "x")
    assert table.cells[0] == (("str", "2.43"), ("float", 1.5))
    assert table.cells[1][1] == ("nan", None)
    assert table.cells[2][0] == ("nan", None)
    assert values["series"].table.columns == ("s",)


def test_only_changes_are_reported(tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"a": np.zeros(3), "b": 1, "c": 2}
    probe = Probe(namespace, set(), OPTIONS)
    probe.capture(str(tmp_path / "1"))
    namespace["a"][1] = 5
    del namespace["c"]
    probe.capture(str(tmp_path / "2"))
    second, blobs = read_capture(tmp_path / "2")
    assert list(second.variables) == ["a"]
    assert second.deleted == ("c",)
    assert blobs[second.variables["a"].array.blob].tolist() == [0, 5, 0]


def test_large_array_is_summarised(tmp_path: Path) -> None:
    found, blobs = capture(tmp_path, big=np.arange(1_000_000, dtype=np.float32))
    info = found.variables["big"].array
    assert (info.shape, info.blob, info.maximum) == ((1_000_000,), "", 999_999.0)
    assert not blobs


@pytest.mark.parametrize(
    "odd",
    [
        np.array(5.0),
        np.zeros((0, 3)),
        np.array([1 + 2j]),
        np.array([math.nan, math.inf]),
        np.array([{}, "x"], dtype=object),
        10**400,
        math.inf,
        "\ud800 surrogate",
        [[]],
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        pd.DataFrame(),
        pd.DataFrame([[1, 2]], columns=["x", "x"]),
        np.zeros(3)[::-1],
    ],
)
def test_odd_values_do_not_break_a_capture(tmp_path: Path, odd: Any) -> None:
    found, _ = capture(tmp_path, odd=odd, after=1)
    assert "after" in found.variables


def test_self_containing_list(tmp_path: Path) -> None:
    endless: list[Any] = []
    endless.append(endless)
    found, _ = capture(tmp_path, endless=endless, after=1)
    assert "after" in found.variables


def test_probe_inputs_depend_on_the_seed_only() -> None:
    first = probe_inputs((1,), 5, 16)
    assert first.shape == (16, 1)
    assert np.array_equal(first, probe_inputs((1,), 5, 16))
    assert not np.array_equal(first, probe_inputs((1,), 6, 16))
    assert first.min() < -5 and first.max() > 5
    assert probe_inputs((28, 28), 5, 64).shape == (8, 28, 28)


# --------------------------------------------------------------------------- hostile files


def forge(path: Path, header: Any, body: bytes = b"", length: int | None = None) -> Path:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(raw) if length is None else length
    path.write_bytes(b"GRADER1\n" + struct.pack("<Q", size) + raw + body)
    return path


HEADER: dict[str, Any] = {"capture": {"variables": {}}, "blobs": []}


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"", b""),
        (b"{", b""),
        (b"[" * 200_000, b""),
        (b'{"capture": {"variables": ' + b'{"a":{"kind":"sequence","items":[' * 5000, b""),
        ({"capture": {"variables": {"a": {"kind": "code"}}}}, b""),
        ({"capture": {"variables": {"a": 5}}}, b""),
        ({**HEADER, "blobs": [["00" * 16, "|O", [1], 8]]}, b"\0" * 8),
        ({**HEADER, "blobs": [["00" * 16, "<f8", [10**12], 8 * 10**12]]}, b"\0" * 8),
        ({**HEADER, "blobs": [["00" * 16, "<f8", [-1], -8]]}, b"\0" * 8),
        ({**HEADER, "blobs": [["00" * 16, "<f8", [1], 8]]}, b"\0" * 8),
        ({**HEADER, "blobs": [["../../etc/passwd", "<f8", [1], 8]]}, b"\0" * 8),
        ({**HEADER, "blobs": [["00" * 16, "<f8,<f8", [1], 16]]}, b"\0" * 16),
    ],
)
def test_forged_capture_is_refused(tmp_path: Path, header: Any, body: bytes) -> None:
    with pytest.raises(HostileEvidenceError):
        read_capture(forge(tmp_path / "x", header, body))


def test_wrong_lengths_and_magic(tmp_path: Path) -> None:
    with pytest.raises(HostileEvidenceError):
        read_capture(forge(tmp_path / "a", HEADER, length=2**62))
    (tmp_path / "b").write_bytes(b"\x80\x04 pickle")
    with pytest.raises(HostileEvidenceError):
        read_capture(tmp_path / "b")


def test_planted_links_and_devices_are_refused(tmp_path: Path) -> None:
    secret = forge(tmp_path / "secret", HEADER)
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "fifo")
    os.link(secret, tmp_path / "second")
    for name in ("link", "fifo", "second", "missing"):
        with pytest.raises(HostileEvidenceError):
            read_capture(tmp_path / name)


def test_too_large_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(HostileEvidenceError, match="zu groß"):
        read_capture(forge(tmp_path / "x", HEADER, b"\0" * 1000), limit=500)
