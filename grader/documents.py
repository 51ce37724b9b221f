"""Documents over what is judged: feedback per group, the cohort's report, table and pairs.

Automatic results lie in ``result.json``; what humans decided lies in the gradebook. Both come
together here, after a grading and whenever someone asks for it, without judging anything again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.counting import counted
from grader.files import write_atomically
from grader.lab import Lab
from grader.model import Decided, Grade, ReleasedCell, Submission
from grader.reuse import Seals
from grader.similar import OwnText, own_text, rank, read_pairs, write_pairs

__all__ = [
    "FEEDBACK",
    "REPORTS",
    "SIMILAR",
    "behind_path",
    "counted_grades",
    "decided_digest",
    "keep_own_text",
    "own_text_path",
    "write_feedbacks",
    "write_reports",
    "write_similar",
]

FEEDBACK = "feedback.html"
SIMILAR = "similar.json"
REPORTS = ("grades.csv", "cohort.html")
_BEHIND = ".evidence/feedback"
_TEXTS = ".evidence/texts"


def behind_path(out: Path, submission: str) -> Path:
    """Return where it is kept what a feedback page needs beside the grade."""
    return _kept(out, _BEHIND, submission)


def own_text_path(out: Path, submission: str) -> Path:
    """Return where it is kept what a group wrote itself."""
    return _kept(out, _TEXTS, submission)


def _kept(out: Path, folder: str, submission: str) -> Path:
    digest = hashlib.sha256(submission.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return out / folder / f"{digest}.json"


def keep_own_text(
    out: Path,
    submission: Submission,
    released: Mapping[str, Sequence[ReleasedCell]],
    questions: Sequence[str],
) -> None:
    """Keep what a group wrote itself, to compare it with what others wrote."""
    raw = msgspec.json.encode(own_text(submission, released, questions))
    write_atomically(own_text_path(out, submission.id), lambda file: file.write(raw))


def write_similar(out: Path, submissions: Iterable[str]) -> None:
    """Compare what these groups wrote and write ``similar.json``."""
    texts = []
    for name in submissions:
        # What is missing or damaged is not compared.
        with contextlib.suppress(OSError, msgspec.DecodeError):
            texts.append(msgspec.json.decode(own_text_path(out, name).read_bytes(), type=OwnText))
    write_pairs(rank(texts), out / SIMILAR)


def decided_digest(decided: Decided | None) -> str:
    """Hash of what was decided about a submission; ``""`` for nothing."""
    if decided is None or decided == Decided():
        return ""
    return hashlib.sha256(msgspec.json.encode(decided)).hexdigest()


def counted_grades(grades: Sequence[Grade], decided: Mapping[str, Decided]) -> list[Grade]:
    """Return automatic grades as they count."""
    return [counted(g, decided[g.submission]) if g.submission in decided else g for g in grades]


def write_feedbacks(
    grades: Sequence[Grade], decided: Mapping[str, Decided], lab: Lab, out: Path, seals: Seals
) -> None:
    """Bring ``feedback.html`` up to what was decided, where it is not.

    Parameters
    ----------
    grades : sequence of Grade
        Automatic ones.
    """
    for grade in grades:
        name = grade.submission
        own = decided.get(name)
        digest = decided_digest(own)
        if seals.decided(name) == digest:
            continue
        # Not at the top: Jinja2, which nothing else needs where nothing was decided.
        from grader.reports import read_behind, write_feedback

        given = own or Decided()
        behind = read_behind(behind_path(out, name), lab, name)
        write_feedback(counted(grade, given), behind, out / name / FEEDBACK, given)
        seals.renew(name, FEEDBACK, digest)


def write_reports(
    grades: Sequence[Grade], decided: Mapping[str, Decided], lab: Lab, out: Path
) -> None:
    """Write the table and the report of a cohort, of automatic grades and what was decided."""
    # Not at the top: matplotlib.
    from grader.reports import write_cohort, write_table

    table, report = (out / name for name in REPORTS)
    final = counted_grades(grades, decided)
    write_table(final, lab, table, decided)
    write_cohort(final, lab, report, read_pairs(out / SIMILAR), decided)
