"""Evidence and grades as JSON and back, checked against the types of :mod:`grader.model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from grader.errors import StoreError
from grader.model import Array, CellRun, Grade, NotebookEvidence, Problem

__all__ = ["decode_evidence", "decode_grade", "encode_evidence", "encode_grade"]


@dataclass(frozen=True, slots=True)
class _Stored:
    """NotebookEvidence without its blobs."""

    notebook: str
    cells: tuple[CellRun, ...] = ()
    problems: tuple[Problem, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def encode_evidence(evidence: NotebookEvidence) -> bytes:
    """JSON of one notebook's evidence; the blobs are stored beside it."""
    return msgspec.json.encode(replace(evidence, blobs={}))


def decode_evidence(raw: bytes, blobs: Mapping[str, Array]) -> NotebookEvidence:
    """Inverse of :func:`encode_evidence`.

    Raises
    ------
    StoreError
        If the JSON is cut or does not fit the types.
    """
    try:
        stored = msgspec.json.decode(raw, type=_Stored)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError(f"Beleg nicht lesbar: {error}") from error
    return NotebookEvidence(
        stored.notebook, stored.cells, stored.problems, stored.provenance, blobs
    )


def encode_grade(grade: Grade) -> bytes:
    """``result.json``: two-space indented UTF-8 with a final line break."""
    return msgspec.json.format(msgspec.json.encode(grade), indent=2) + b"\n"


def decode_grade(raw: bytes) -> Grade:
    """Read a ``result.json``.

    Raises
    ------
    StoreError
        If it is cut or of another schema.
    """
    try:
        return msgspec.json.decode(raw, type=Grade)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError(f"result.json nicht lesbar: {error}") from error
