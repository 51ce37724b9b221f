"""Files that an import writes itself: answers typed into Moodle, a title page's particulars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.intake.answers import split_answers

__all__ = ["Written", "answers_from", "particulars_from"]

_MOST_BYTES = 500_000
_NUMBERED = re.compile(r"^(?:\*\*)?\s*(?:Frage\s*)?(\d{1,2})\\?[.):]\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A file made from an online text; ``note`` says in German what it was taken for."""

    name: str
    text: str
    note: str


def answers_from(html: bytes, files: Iterable[str], questions: int) -> Written | None:
    """Turn an online text into Markdown: the answers' file if it holds answers, else a text beside.

    Parameters
    ----------
    html : bytes
        As Moodle exports it.
    files : iterable of str
        What was handed in besides: a file with answers is not given a rival.
    questions : int
        The lab's number of control questions.

    Returns
    -------
    Written or None
        None if the text is empty.
    """
    text = _markdown(html[:_MOST_BYTES].decode("utf-8", "replace"))
    if not text.strip():
        return None
    has_answers = any("kontrollfrage" in PurePosixPath(f).stem.casefold() for f in files)
    titled = _titled(text, questions)
    if questions and not has_answers and split_answers(titled, questions):
        return Written("kontrollfragen.md", titled, "Texteingabe als Kontrollfragen übernommen")
    note = (
        "Texteingabe liegt als onlinetext.md bei (Kontrollfragen gibt es als Datei)"
        if has_answers
        else "Texteingabe liegt als onlinetext.md bei (keine nummerierten Antworten erkannt)"
    )
    return Written("onlinetext.md", text, note)


def particulars_from(people: Sequence[str], group: str) -> str:
    """Text of a ``protokoll.toml`` with the participants' names."""
    names = ", ".join(map(_toml, people))
    lines = ["# Beim Import aus Moodles Namen angelegt.", "", "[protokoll]"]
    lines += [f"teilnehmer = [{names}]", *([f"gruppe = {_toml(group)}"] if group else [])]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    # A JSON string is a TOML string, except for this one sign.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _markdown(html: str) -> str:
    # Not at the top: most imports have no online text.
    import pypandoc

    made = pypandoc.convert_text(
        html, "gfm", format="html-native_divs-native_spans", extra_args=["--sandbox", "--wrap=none"]
    )
    return re.sub(r"</?(?:div|span|p)[^>]*>", "", str(made)).strip() + "\n"


def _titled(text: str, questions: int) -> str:
    """Text whose paragraphs begin with a question's number, with headings instead."""
    if not questions or split_answers(text, questions):
        return text
    lines, expected = [], 1
    for line in text.splitlines():
        found = _NUMBERED.match(line)
        # In order only: "2." may also number a list within an answer.
        if found and int(found[1]) in (expected, expected + 1) and int(found[1]) <= questions:
            bold = line.startswith("**") and found[2].count("**") == 1
            answer = found[2].replace("**", "", 1) if bold else found[2]
            lines += [f"## {found[1]}.", "", answer.strip()]
            expected = int(found[1]) + 1
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
