"""Outputs from a hostile kernel become plain data, quickly."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from grader.engine.outputs import overwritten, plain_outputs, strip_ansi

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def test_pieces_of_a_stream_are_joined_until_something_else_comes() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}
    found, blobs = plain_outputs(
        [stream("a"), stream("x", "stderr"), stream(["b", "c"]), picture, stream("d")]
    )
    assert [(o.kind, o.name, o.text) for o in found] == [
        ("stream", "stdout", "abc"),
        ("stream", "stderr", "x"),
        ("display", "", ""),
        ("stream", "stdout", "d"),
    ]
    assert list(blobs) == [found[2].image]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1/9\r5/9\r9/9\n", "9/9\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("abc\b\bX", "aX"),
        ("\b\bx\n\by", "x\ny"),
        ("kein Zeichen", "kein Zeichen"),
    ],
)
def test_overwriting(text: str, shown: str) -> None:
    assert overwritten(text) == shown


@pytest.mark.parametrize("text", ["x" * 3_000_000, "x\r" * 1_000_000, "x\b" * 1_000_000])
def test_long_lines_take_linear_time(text: str) -> None:
    started = time.monotonic()
    found, _ = plain_outputs([stream(text)])
    assert len(found[0].text) <= 200_100
    # Quadratic time would be minutes.
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": "stream"},
        {"output_type": "stream", "name": 5, "text": 7},
        {"output_type": "display_data", "data": "x"},
        {"output_type": "display_data", "data": {"image/png": "no base64!"}},
        {"output_type": "display_data", "data": {"image/png": base64.b64encode(b"GIF").decode()}},
        {"output_type": "display_data", "data": {}, "metadata": {"grader-figure": -5}},
        {"output_type": "execute_result", "data": {"text/plain": ["a", 5, None]}},
        {"output_type": "error", "traceback": [1, None], "ename": None},
        {"output_type": 5},
    ],
)
def test_forged_outputs_do_no_harm(output: dict[str, Any]) -> None:
    found, blobs = plain_outputs([output, stream("danach")])
    assert found[-1].text == "danach"
    assert not blobs
    assert all(o.figure is None for o in found)


def test_terminal_colours_are_removed() -> None:
    assert strip_ansi("\x1b[1;31mrot\x1b[0m \x1b]8;;http://x\x07Verweis") == "rot Verweis"
