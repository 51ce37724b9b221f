"""Gradings go into the gradebook: each result once, with all that can be counted later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from grader.gradebook.cohorts import change, clean, now, put_group, put_submission
from grader.gradebook.schema import (
    CheckRow,
    GradingRow,
    GroupRow,
    ProblemRow,
    SubmissionRow,
    SuggestionRow,
)
from grader.gradebook.standing import result_digest
from grader.gradebook.views import Group
from grader.model import CheckResult, Grade, HandIn

__all__ = ["new_gradings", "record"]

_SUGGESTIONS = {"concepts": "concept", "misconceptions": "misconception", "flags": "flag"}


def new_gradings(
    session: Session, cohort: int, grades: Iterable[Grade], handed_in: Mapping[str, HandIn]
) -> list[tuple[Grade, str]]:
    """Return the grades, with their digests, that differ from what counts in the cohort now."""
    newest = _newest(session, cohort)
    found = []
    for grade in grades:
        digest = _digest(grade)
        known, submission = newest.get(clean(grade.submission, 300), ("", ""))
        given = handed_in.get(grade.submission)
        if known != digest or (given is not None and given.digest != submission):
            found.append((grade, digest))
    return found


def record(
    session: Session, cohort: int, grades: Iterable[Grade], handed_in: Mapping[str, HandIn]
) -> int:
    """Add gradings; a result that equals the one that counts adds nothing.

    Returns
    -------
    int
        Number of gradings added.

    Raises
    ------
    ReleasedError
        If there is something to add and the grades are released.
    """
    fresh = new_gradings(session, cohort, grades, handed_in)
    if fresh:
        change(session, cohort)
    for grade, digest in fresh:
        group = put_group(session, cohort, Group(name=grade.submission))
        submission = put_submission(session, group, handed_in.get(grade.submission))
        _add(session, submission, grade, digest)
    return len(fresh)


def _newest(session: Session, cohort: int) -> dict[str, tuple[str, str]]:
    """Digests of the grading that counts and of its submission, by group, in one query."""
    newest = (
        select(func.max(GradingRow.id))
        .join(SubmissionRow, GradingRow.submission_id == SubmissionRow.id)
        .group_by(SubmissionRow.group_id)
    )
    rows = session.execute(
        select(GroupRow.name, GradingRow.digest, SubmissionRow.digest)
        .join(SubmissionRow, SubmissionRow.group_id == GroupRow.id)
        .join(GradingRow, GradingRow.submission_id == SubmissionRow.id)
        .where(GroupRow.cohort_id == cohort, GradingRow.id.in_(newest))
    )
    return {name: (grading, submission) for name, grading, submission in rows}


def _digest(grade: Grade) -> str:
    # The seconds a run took differ each time and are no new result.
    judged = replace(grade, provenance={})
    return hashlib.sha256(msgspec.json.encode(judged)).hexdigest()


def _add(session: Session, submission: int, grade: Grade, digest: str) -> None:
    provenance = _plain(grade.provenance)
    seconds = provenance.get("seconds", 0.0)
    row = GradingRow(
        submission_id=submission,
        graded_at=now(),
        points=grade.points,
        max_points=grade.max_points,
        status=grade.status,
        digest=digest,
        profile=clean(str(provenance.get("profile", "")), 80),
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        provenance=provenance,
        problems=[
            ProblemRow(
                kind=clean(p.kind, 80),
                notebook=None if p.notebook is None else clean(p.notebook, 200),
                cell=p.cell,
                message=clean(p.message),
            )
            for p in grade.problems
        ],
    )
    session.add(row)
    session.flush()
    results = [(task.id, result) for task in grade.tasks for result in task.checks]
    if results:
        _add_checks(session, row.id, results)


def _add_checks(session: Session, grading: int, results: list[tuple[str, CheckResult]]) -> None:
    rows, details = [], []
    for task, result in results:
        plain, message = _plain(result.details), clean(result.message)
        details.append(plain)
        rows.append(
            {
                "grading_id": grading,
                "task_id": task,
                "check_id": result.id,
                "status": result.status,
                "points": result.points,
                "max_points": result.max_points,
                "confidence": result.confidence,
                "message": message,
                "details": plain,
                "digest": result_digest(
                    result.status, result.points, result.max_points, message, plain
                ),
            }
        )
    # One statement for all: objects of their own would take ten times as long.
    statement = insert(CheckRow).returning(CheckRow.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, rows).all()
    suggestions = [
        {"check_result_id": number, **entry}
        for number, plain in zip(ids, details, strict=True)
        for entry in _suggestions(plain)
    ]
    if suggestions:
        session.execute(insert(SuggestionRow), suggestions)


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Plain JSON as it comes back: no NaN, no tuple, no number of numpy, no NUL."""
    raw = msgspec.json.encode(value).replace(b"\\u0000", b"\\ufffd")
    found: dict[str, Any] = msgspec.json.decode(raw)
    return found


def _suggestions(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for key, kind in _SUGGESTIONS.items():
        entries = details.get(key)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or not entry.get("id"):
                continue
            share = entry.get("share")
            rows.append(
                {
                    "kind": kind,
                    "item": clean(str(entry["id"]), 200),
                    "label": clean(str(entry.get("label", ""))),
                    "share": float(share) if isinstance(share, int | float) else None,
                }
            )
    return rows
