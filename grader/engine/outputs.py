"""nbformat outputs, as a hostile kernel sends them, to plain :class:`~grader.model.Output`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.evidence.collect import blob_digest
from grader.model import Array, Output

__all__ = ["overwritten", "plain_outputs", "split_outputs", "strip_ansi"]

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_MARK = "application/x-grader-part"
_MAX_TEXT = 200_000
_MAX_IMAGE = 8_000_000
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def strip_ansi(text: str) -> str:
    """Remove terminal escape sequences."""
    return _ANSI.sub("", text)


def plain_outputs(outputs: Iterable[Mapping[str, Any]]) -> tuple[list[Output], dict[str, Array]]:
    """Convert a cell's outputs.

    Returns
    -------
    outputs : list of Output
        Texts cut to 200,000 characters, terminal escapes removed.
    blobs : dict of str to ndarray
        PNG and JPEG bytes (uint8) by digest.
    """
    found: list[Output] = []
    blobs: dict[str, Array] = {}
    for output in _merged_streams(outputs):
        try:
            converted = _convert(output, blobs)
        except (TypeError, ValueError, AttributeError, KeyError):
            # A forged message with the wrong shape: nothing in it that could be shown.
            continue
        if converted is not None:
            found.append(converted)
    return found, blobs


def split_outputs(
    outputs: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], dict[int, list[Mapping[str, Any]]]]:
    """Take the probe's marks out of a cell's outputs.

    Returns
    -------
    whole : list of mapping
        The outputs without the marks.
    parts : dict of int to list
        What each part of the cell sent, counted from 0. Every mark ends a part: where outputs were
        cleared, marks went with them, and what is left is still told by the next one.
    """
    whole: list[Mapping[str, Any]] = []
    parts: dict[int, list[Mapping[str, Any]]] = {}
    waiting: list[Mapping[str, Any]] = []
    last = 0
    for output in outputs:
        number = _mark(output)
        if number is None:
            whole.append(output)
            waiting.append(output)
        else:
            parts.setdefault(number - 1, []).extend(waiting)
            waiting, last = [], number
    parts.setdefault(last, []).extend(waiting)
    return whole, parts


def _mark(output: Any) -> int | None:
    data = output.get("data") if isinstance(output, Mapping) else None
    number = data.get(_MARK) if isinstance(data, Mapping) else None
    return int(number) if isinstance(number, str) and re.fullmatch(r"[1-9]\d?", number) else None


def _merged_streams(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Join what was printed in pieces: same stream, with no picture or result between."""
    merged: list[Mapping[str, Any]] = []
    open_at: dict[str, list[str]] = {}
    for output in outputs:
        text = output.get("text") if isinstance(output, Mapping) else None
        if not isinstance(output, Mapping) or output.get("output_type") != "stream":
            open_at = {}
            merged.append(output)
        elif isinstance(text, (str, list)):
            name = str(output.get("name"))
            pieces = [text] if isinstance(text, str) else [str(part) for part in text]
            if name in open_at:
                open_at[name] += pieces
            else:
                open_at[name] = pieces
                merged.append({"output_type": "stream", "name": name, "text": open_at[name]})
    return merged


def overwritten(text: str) -> str:
    """Apply carriage returns and backspaces as a terminal does, in linear time."""
    if "\r" in text:
        lines = text.split("\n")
        text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    if "\b" in text:
        kept: list[str] = []
        for sign in text:
            if sign != "\b":
                kept.append(sign)
            elif kept and kept[-1] != "\n":
                kept.pop()
        text = "".join(kept)
    return text


def _convert(output: Mapping[str, Any], blobs: dict[str, Array]) -> Output | None:
    kind = output["output_type"]
    if kind == "stream":
        printed = overwritten("".join(output["text"]))
        return Output("stream", _text(printed), name=str(output["name"])[:20])
    if kind == "error":
        lines = output.get("traceback") or []
        text = "\n".join(_text(line) for line in lines[-60:])
        return Output("error", text[-_MAX_TEXT:], name=_text(output.get("ename", ""))[:200])
    data = output.get("data") or {}
    image = ""
    for mime in ("image/png", "image/jpeg"):
        if mime in data and not image:
            image = _image(data[mime], blobs)
    number = (output.get("metadata") or {}).get("grader-figure")
    return Output(
        "result" if kind == "execute_result" else "display",
        text=_text(data.get("text/plain", "")),
        html=_text(data.get("text/html", "")),
        image=image,
        figure=number if type(number) is int and 0 <= number < 1000 else None,
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(str(v) for v in value)
    text = strip_ansi(str(value)[: 2 * _MAX_TEXT])
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) > _MAX_TEXT:
        half = _MAX_TEXT // 2
        text = f"{text[:half]}\n[… gekürzt …]\n{text[-half:]}"
    return text


def _image(value: Any, blobs: dict[str, Array]) -> str:
    try:
        raw = base64.b64decode("".join(str(value).split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(raw) > _MAX_IMAGE or not raw.startswith(_SIGNATURES):
        return ""
    array = np.frombuffer(raw, dtype=np.uint8)
    digest = blob_digest(array)
    blobs[digest] = array
    return digest
