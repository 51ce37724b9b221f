"""Evidence and grades as JSON and back, checked against the types of :mod:`grader.model`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grader.errors import StoreError
from grader.model import Array, CellRun, Grade, NotebookEvidence, Problem

__all__ = ["decode_evidence", "decode_grade", "encode_evidence", "encode_grade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """NotebookEvidence without its blobs; ``arrays`` are their names."""

    notebook: str
    cells: tuple[CellRun, ...] = ()
    problems: tuple[Problem, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    arrays: tuple[str, ...]


def encode_evidence(evidence: NotebookEvidence) -> bytes:
    """JSON of one notebook's evidence with its blobs' names; the blobs are stored beside it."""
    return msgspec.json.encode(
        _Stored(
            notebook=evidence.notebook,
            cells=evidence.cells,
            problems=evidence.problems,
            provenance=evidence.provenance,
            arrays=tuple(sorted(evidence.blobs)),
        )
    )


def decode_evidence(raw: bytes, blobs: Mapping[str, Array]) -> NotebookEvidence:
    """Inverse of :func:`encode_evidence`; ``blobs`` may hold other runs' arrays too.

    Raises
    ------
    StoreError
        If the JSON is cut or does not fit the types, or one of its arrays is missing.
    """
    try:
        stored = msgspec.json.decode(raw, type=_Stored)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError(f"Beleg nicht lesbar: {error}") from error
    own = _Own(blobs, stored.arrays)
    if missing := [name for name in own if name not in blobs]:
        raise StoreError(f"Zu einem Beleg fehlen Felder: {', '.join(missing)}")
    return NotebookEvidence(stored.notebook, stored.cells, stored.problems, stored.provenance, own)


class _Own(Mapping[str, Array]):
    """One run's arrays among those of many, still read only when asked for."""

    def __init__(self, blobs: Mapping[str, Array], names: Iterable[str]) -> None:
        self._blobs = blobs
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        return self._blobs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names and name in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


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
