"""The exceptions that are ours.

A student's fault is data (:class:`grader.model.Problem`, a failed check), never one of these.
Each carries one German sentence that says what to do: the command line prints it as it is.
"""

from __future__ import annotations

__all__ = [
    "ConflictError",
    "EngineError",
    "FullError",
    "GraderError",
    "LabError",
    "NotJudged",
    "ReleasedError",
    "StoreError",
    "UsageError",
]


class GraderError(Exception):
    """Base of all exceptions that the grader raises on purpose."""


class UsageError(GraderError):
    """Wrong use: a path that does not exist, an unknown task. Exit code 2."""


class LabError(GraderError):
    """The lab's own files (lab.toml, sources, rubrics) contradict themselves."""


class EngineError(GraderError):
    """A notebook could not be run through no fault of the student's (no kernel, no memory)."""


class StoreError(GraderError):
    """The evidence store or the gradebook holds something unreadable."""


class FullError(StoreError, OSError):
    """There is no room for what should be written; what was there before is still there."""


class ConflictError(GraderError):
    """Someone else changed what is about to be changed; the sentence says who, what and when."""


class ReleasedError(GraderError):
    """The grades are released: nothing may change before they are reopened with a reason."""


class NotJudged(GraderError):  # noqa: N818 - not an error: the third value of a check
    """Raised inside a check that cannot look; the text says why (German)."""
