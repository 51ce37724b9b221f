"""Writes a protocol into a file; the ending decides the format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.checks.context import Side
from grader.errors import UsageError
from grader.model import Grade
from grader.protocol.build import build_document
from grader.protocol.docx import write_docx
from grader.protocol.html import render_html
from grader.protocol.pdf import render_pdf
from grader.protocol.theme import DEFAULT, Theme

__all__ = ["write_protocol", "write_protocols"]

_ENDINGS = (".pdf", ".html", ".docx")


def write_protocol(
    side: Side,
    path: Path | str,
    grade: Grade | None = None,
    *,
    theme: Theme = DEFAULT,
    review: bool = False,
    comments: Mapping[str, str] | None = None,
) -> None:
    """Write the protocol of a submission as ``.pdf``, ``.html`` or ``.docx``.

    Parameters
    ----------
    grade : Grade, optional
        Its points, for the title page; with ``review`` also for the margin.
    comments : mapping of str to str, optional
        The instructor's, by check id.

    Raises
    ------
    UsageError
        If the ending is another one or the folder does not exist.
    """
    write_protocols(side, [path], grade, theme=theme, review=review, comments=comments)


def write_protocols(
    side: Side,
    paths: Sequence[Path | str],
    grade: Grade | None = None,
    *,
    theme: Theme = DEFAULT,
    review: bool = False,
    comments: Mapping[str, str] | None = None,
) -> None:
    """Write one protocol in several formats; the document is built once.

    Raises
    ------
    UsageError
        As :func:`write_protocol`, before anything is written.
    """
    targets = [Path(path) for path in paths]
    for target in targets:
        if target.suffix.lower() not in _ENDINGS:
            known = ", ".join(_ENDINGS)
            raise UsageError(f"{target.name}: ein Protokoll endet auf {known}.")
        if not target.parent.is_dir():
            raise UsageError(f"Den Ordner {target.parent} gibt es nicht; bitte zuerst anlegen.")
    document = build_document(side, grade, review=review, comments=comments or {})
    for target in targets:
        match target.suffix.lower():
            case ".pdf":
                target.write_bytes(render_pdf(document, theme))
            case ".html":
                target.write_text(render_html(document, theme), encoding="utf-8")
            case _:
                write_docx(document, target, theme)
