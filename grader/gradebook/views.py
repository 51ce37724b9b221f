"""What the gradebook answers: plain, frozen data without a connection behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from grader.model import CheckResult, CheckStatus, GradeStatus, Problem

__all__ = [
    "Answer",
    "Cell",
    "Cohort",
    "Event",
    "Extra",
    "GradingInfo",
    "Group",
    "Mark",
    "MarkKind",
    "Member",
    "Overview",
    "OverviewRow",
    "SubmissionInfo",
    "SubmissionView",
    "TaskPoints",
]

MarkKind: TypeAlias = Literal["set", "undo"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """The groups of one lab in one term.

    Attributes
    ----------
    id : int
        What most of the gradebook's methods ask for.
    term : str
        ``""`` if none was named.
    due_at : datetime or None
        When submissions are due; a group's own date goes before it.
    released_at : datetime or None
        Since when the grades are released and nothing may change.
    revision : int
        Grows with every change to the cohort: what was read under it is still true.
    """

    id: int
    lab: str
    term: str
    groups: int
    due_at: dt.datetime | None
    released_at: dt.datetime | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a group; ``worksheet`` is the row of a grading worksheet it came from."""

    name: str
    email: str = ""
    moodle_id: str | None = None
    matriculation: str | None = None
    worksheet: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group. ``name`` is its submission's name, unique in the cohort; ``title`` for people.

    ``id`` is 0 for a group that is not stored yet; ``title`` defaults to the name.
    ``due_at`` is the group's own date due, if it was given one.
    """

    name: str
    title: str = ""
    id: int = 0
    cohort: int = 0
    moodle_id: str | None = None
    due_at: dt.datetime | None = None
    members: tuple[Member, ...] = ()
    worksheet: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One entry of a check's history by hand.

    Attributes
    ----------
    version : int
        Counts a check's entries from 1. Give the newest one that was seen to
        :meth:`Gradebook.mark` as ``seen``.
    kind : str
        ``"set"``: these points and this comment are the state from now on. ``"undo"``: the entry
        ``undoes`` no longer counts, and the newest other one that was not taken back does.
    points : float or None
        None: the automatic points count; the comment stands beside them.
    automatic_points, automatic_status, automatic_digest
        The automatic result that it was made against.
    """

    group: int
    check: str
    version: int
    kind: MarkKind
    undoes: int | None
    points: float | None
    comment: str
    author: str
    marked_at: dt.datetime
    automatic_points: float | None
    automatic_status: CheckStatus | None
    automatic_digest: str


class Cell(NamedTuple):
    """One check of one group as the overview shows it.

    Attributes
    ----------
    points : float
        What counts: the human's where there are any.
    automatic : float
        What the program gave or suggests.
    status : str
        With human points ``passed``, ``partial`` or ``failed`` by them, else the automatic one.
    by_hand : bool
        A human gave points.
    changed : bool
        The automatic result is no longer the one that the human's mark was made against.
    version : int
        Newest version of the marks, 0 if there are none.
    """

    points: float
    automatic: float
    max_points: float
    status: CheckStatus
    automatic_status: CheckStatus
    confidence: float
    by_hand: bool
    changed: bool
    version: int


class TaskPoints(NamedTuple):
    """A task's points: what counts, what the program gave, the most there are."""

    points: float
    automatic: float
    max_points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRow:
    """One group of a cohort.

    Attributes
    ----------
    status : str or None
        None if nothing of the group is graded yet; else as in ``result.json``, with what humans
        decided taken into account.
    checks : mapping of str to Cell
        By check id, in the lab's order.
    tasks : mapping of str to TaskPoints
        By task id.
    points : float
        Sum of the checks, with human points.
    automatic : float
        Sum of the checks' automatic points.
    extra : float
        Extra points.
    deduction : float
        What late days cost.
    total : float
        ``points + extra - deduction``, never below 0.
    waiting : int
        Checks that wait for a human.
    changed : tuple of str
        Ids of checks whose automatic result changed under a human mark.
    problems : tuple of str
        Kinds of problems, each once.
    submissions : int
        Versions handed in.
    """

    group: Group
    status: GradeStatus | None = None
    checks: Mapping[str, Cell] = field(default_factory=dict)
    tasks: Mapping[str, TaskPoints] = field(default_factory=dict)
    points: float = 0.0
    automatic: float = 0.0
    max_points: float = 0.0
    extra: float = 0.0
    late_days: int = 0
    deduction: float = 0.0
    total: float = 0.0
    waiting: int = 0
    changed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    submissions: int = 0
    submission: int | None = None
    submitted_at: dt.datetime | None = None
    graded_at: dt.datetime | None = None
    profile: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Overview:
    """A cohort with all its groups, sorted by name."""

    cohort: Cohort
    rows: tuple[OverviewRow, ...]

    def row(self, group: int) -> OverviewRow:
        """Return one group's row by the group's id (KeyError if there is none)."""
        for row in self.rows:
            if row.group.id == group:
                return row
        raise KeyError(group)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionInfo:
    """One version of what a group handed in; ``number`` counts from 1."""

    id: int
    number: int
    digest: str
    path: str
    submitted_at: dt.datetime | None
    received_at: dt.datetime
    late_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingInfo:
    """One grading, without its checks."""

    id: int
    submission: int
    graded_at: dt.datetime
    points: float
    max_points: float
    status: GradeStatus
    profile: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Extra points (or fewer, if negative) with their reason."""

    points: float
    reason: str
    author: str
    given_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened: ``released``, ``reopened``, ``due``, ``late_days``, ``imported``."""

    kind: str
    reason: str
    author: str
    happened_at: dt.datetime
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """Everything about one group.

    Attributes
    ----------
    row : OverviewRow
        What the overview says of it.
    results : mapping of str to CheckResult
        Automatic results of the grading that counts, by check id, in the lab's order.
    marks : mapping of str to Mark
        The mark that counts, by check id; checks without one are absent.
    history : tuple of Mark
        All marks of all checks, oldest first.
    previous, following : int or None
        Ids of the groups before and after in the cohort's order.
    """

    row: OverviewRow
    results: Mapping[str, CheckResult]
    problems: tuple[Problem, ...]
    provenance: Mapping[str, Any]
    marks: Mapping[str, Mark]
    history: tuple[Mark, ...]
    extras: tuple[Extra, ...]
    events: tuple[Event, ...]
    submissions: tuple[SubmissionInfo, ...]
    gradings: tuple[GradingInfo, ...]
    previous: int | None
    following: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One group's result of one check.

    ``version`` is the newest version of its marks (0: none), to be given back as ``seen``.
    """

    group: Group
    task: str
    result: CheckResult
    mark: Mark | None
    version: int
    changed: bool
    submission: SubmissionInfo
