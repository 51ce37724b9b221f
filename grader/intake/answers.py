"""The control questions' answers and the protocol's particulars, from whatever encoding."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from grader.messages import problem
from grader.model import Particulars, Problem

__all__ = ["decode_text", "read_particulars", "split_answers"]

_HEADING = re.compile(
    r"^\s{0,3}(?:#{1,6}\s*)(?:\*\*|__)?\s*(?:(?:Kontroll)?Frage\s*)?(?:Nr\.?\s*)?(\d{1,2})\b(.*)$",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"^\s{0,3}(?:\*\*|__)\s*(?:(?:Kontroll)?Frage\s*)?(\d{1,2})\s*[.):](.*)$", re.IGNORECASE
)


def decode_text(raw: bytes, file: str) -> tuple[str, list[Problem]]:
    """Decode a text file: UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252.

    Returns
    -------
    text : str
        Line ends are ``\\n``.
    problems : list of Problem
        Names the encoding where it was not UTF-8.
    """
    problems: list[Problem] = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
        problems.append(problem("answers_encoding", file=file, encoding="UTF-16"))
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
            problems.append(problem("answers_encoding", file=file, encoding="Windows-1252"))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""), problems


def split_answers(text: str, questions: int) -> dict[int, str]:
    """Split ``kontrollfragen.md`` at headings that begin with a question's number.

    Parameters
    ----------
    text : str
        Markdown; ``## 4.``, ``## 4. Warum …`` and ``### Frage 4`` all open question 4; where
        no such heading stands, bold lines (``**4. Warum …**``) do.
    questions : int
        Number of questions; other numbers are plain text.

    Returns
    -------
    dict of int to str
        Answers by number; a number that stands twice is joined.
    """
    for pattern in (_HEADING, _BOLD):
        found = _split(text, pattern, questions)
        if found:
            return found
    return {}


def _split(text: str, pattern: re.Pattern[str], questions: int) -> dict[int, str]:
    parts: dict[int, list[str]] = {}
    current: list[str] | None = None
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        match = None if fenced else pattern.match(line)
        if match and 1 <= int(match.group(1)) <= questions:
            current = parts.setdefault(int(match.group(1)), [])
        elif current is not None:
            current.append(line)
    return {number: "\n".join(lines).strip() for number, lines in sorted(parts.items())}


def read_particulars(raw: bytes) -> tuple[Particulars, list[Problem]]:
    """Read ``protokoll.toml``; what is unreadable stays empty and is named."""
    try:
        table = tomllib.loads(raw.decode("utf-8-sig")).get("protokoll", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Particulars(), [problem("corrupt_particulars", reason=str(error)[:200])]
    if not isinstance(table, Mapping):
        return Particulars(), [problem("corrupt_particulars", reason="[protokoll] fehlt")]
    people: Any = table.get("teilnehmer", ())
    people = [people] if isinstance(people, str) else people
    names = tuple(_line(p) for p in people) if isinstance(people, list) else ()
    return (
        Particulars(
            participants=tuple(n for n in names if n)[:20],
            group=_line(table.get("gruppe", "")),
            supervisor=_line(table.get("betreuer", "")),
            term=_line(table.get("semester", "")),
            date_experiment=_line(table.get("versuchsdatum", "")),
            date_submission=_line(table.get("abgabedatum", "")),
        ),
        [],
    )


def _line(value: object) -> str:
    return " ".join(str(value).split())[:200]
