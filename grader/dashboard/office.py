"""What all pages share: the lab, the gradebook, who is there, what runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import HTTPException, Request

from grader.dashboard.material import Materials
from grader.dashboard.messages import not_here
from grader.dashboard.runs import Runs
from grader.dashboard.sessions import Sessions
from grader.dashboard.settings import Settings
from grader.errors import GraderError
from grader.gradebook import Gradebook
from grader.gradebook.views import Answer, Cohort, Overview, SubmissionView
from grader.grading import Bench
from grader.lab import Lab

__all__ = ["Office", "office_of"]

_Made = TypeVar("_Made")
_MOST_KEPT = 60


@dataclass
class Office:
    """The state behind the pages; safe to use from several threads."""

    settings: Settings
    lab: Lab
    book: Gradebook
    sessions: Sessions = field(default_factory=Sessions)

    def __post_init__(self) -> None:
        self.bench = Bench(self.lab)
        self.runs = Runs(self.settings)
        self.materials = Materials(self.bench, self.settings)
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[int, Any]] = {}

    # ------------------------------------------------------------------ the gradebook

    def cohort(self) -> Cohort:
        """Return the cohort that is looked at; an empty one is made for a new gradebook."""
        term = self.settings.term
        found = self.book.find_cohort(self.lab.id, term)
        return found or self.book.cohort(self.lab.id, term or "")

    def overview(self) -> Overview:
        """Return all groups, from memory while nothing has changed."""
        return self.kept("overview", lambda cohort: self.book.overview(cohort.id, self.lab))

    def answers(self, check: str) -> tuple[Answer, ...]:
        """Return one check over all groups, from memory while nothing has changed."""
        if check not in self.lab.checks:
            raise HTTPException(404, not_here("Diese Prüfung"))
        made = self.kept(("answers", check), lambda c: tuple(self.book.answers(c.id, check)))
        return made

    def comments(self, check: str) -> list[tuple[str, int]]:
        """Return comments written to a check, in all terms, with their number."""
        return self.kept(("comments", check), lambda c: list(self.book.comments(c.id, check)))

    def submission(self, group: int) -> SubmissionView:
        """Return everything about one group; 404 if there is none."""
        try:
            return self.book.submission(group, self.lab)
        except GraderError as error:
            raise HTTPException(404, not_here("Diese Abgabe")) from error

    def kept(self, key: Hashable, make: Callable[[Cohort], _Made]) -> _Made:
        """Return what ``make`` returns, from memory if nothing in the cohort has changed since."""
        cohort = self.cohort()
        with self._lock:
            found = self._kept.get((cohort.id, key))
        if found is not None and found[0] == cohort.revision:
            made: _Made = found[1]
            return made
        made = make(cohort)
        with self._lock:
            self._kept[cohort.id, key] = (cohort.revision, made)
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return made

    def close(self) -> None:
        """Release the gradebook; a grading that runs goes on."""
        self.book.close()


def office_of(request: Request) -> Office:
    """Return the office of the app that a request reached."""
    office = request.app.state.office
    assert isinstance(office, Office)  # noqa: S101 - set by create_app
    return office
