"""Hostile text made fit for a page: no control characters, no endless lines, no endless output."""

from __future__ import annotations

import re

from grader.protocol.messages import lines_left_out

__all__ = ["MAX_LINE", "clean", "cut_lines", "terminal", "with_breaks"]

MAX_LINE = 2_000
_MAX_CHARS = 400_000
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x1b\\|\x07)?|[ -/]*[0-~])"
)
# C0, C1, lone surrogates, non-characters, and what changes the direction of a whole line (a
# source can be made to look like another one with it); letters of any script stay.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str, limit: int = _MAX_CHARS) -> str:
    """Return ``text`` without ANSI codes, control characters and lone surrogates.

    Line breaks are ``\\n`` afterwards; tabs become blanks up to the next stop of four. At most
    ``limit`` characters are kept.
    """
    text = text[:limit]
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = text.replace("\u2029", "\n").replace("\x0c", "\n").expandtabs(4)
    return _NO_CHARACTER.sub("\ufffd", _CONTROL.sub("", text))


def terminal(text: str) -> str:
    """Return what a terminal would show: a progress bar's last state instead of all of them.

    ``\\r`` begins the line anew, a backspace takes one character back.
    """
    text = text[:_MAX_CHARS].replace("\r\n", "\n")
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return clean("\n".join(_last_state(line) for line in text.split("\n")))


def _last_state(line: str) -> str:
    if "\b" in line:
        kept: list[str] = []
        for char in line:
            if char != "\b":
                kept.append(char)
            elif kept:
                kept.pop()
        line = "".join(kept)
    states = [state for state in line.split("\r") if state.strip()]
    return states[-1] if states else ""


def cut_lines(text: str, head: int = 45, tail: int = 15) -> str:
    """Return ``text`` with its middle replaced by a note if it has more lines than head + tail.

    Lines longer than ``MAX_LINE`` characters end in an ellipsis.
    """
    lines = [f"{x[:MAX_LINE]} …" if len(x) > MAX_LINE else x for x in text.split("\n")]
    left_out = len(lines) - head - tail
    if left_out <= 1:
        return "\n".join(lines)
    return "\n".join([*lines[:head], lines_left_out(left_out), *lines[-tail:]])


def with_breaks(text: str, width: int = 60) -> str:
    """Return ``text`` with invisible break opportunities in words longer than ``width``."""
    return re.sub(rf"[^\s\u200b]{{{width}}}(?=[^\s\u200b])", "\\g<0>\u200b", text)
