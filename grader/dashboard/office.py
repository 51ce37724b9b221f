"""What all pages share: the lab, the gradebook, who is there, what runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from fastapi import HTTPException, Request

from grader.dashboard.material import Materials
from grader.dashboard.messages import not_here
from grader.dashboard.runs import Runs
from grader.dashboard.sessions import Sessions
from grader.dashboard.settings import Settings
from grader.errors import GraderError
from grader.gradebook import Gradebook
from grader.gradebook.views import Answer, Cohort, Mark, Overview, SubmissionView
from grader.grading import Bench
from grader.lab import Lab

__all__ = ["Office", "office_of"]

_Made = TypeVar("_Made")
_MOST_KEPT = 60
_OVERVIEW = "overview"
_BY_CHECK = ("answers", "comments")
# What no decision of a human changes.
_LASTING = ("misconceptions", "seconds")


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
        self._kept: dict[tuple[int, Any], tuple[int, Any]] = {}

    # ------------------------------------------------------------------ the gradebook

    def cohort(self) -> Cohort:
        """Return the cohort that is looked at; an empty one is made for a new gradebook."""
        term = self.settings.term
        found = self.book.find_cohort(self.lab.id, term)
        return found or self.book.cohort(self.lab.id, term or "")

    def overview(self) -> Overview:
        """Return all groups, from memory while nothing has changed."""
        return self.kept(_OVERVIEW, lambda cohort: self.book.overview(cohort.id, self.lab))

    def wrote(self, groups: Collection[int], check: str = "", marks: Collection[Mark] = ()) -> None:
        """Keep what is in memory true after a write of ours, instead of reading all anew.

        The revision tells whether anything else has changed meanwhile; then all is read anew by
        the next page, as after any other change.

        Parameters
        ----------
        groups : collection of int
            Groups that were written to, an entry for each write.
        check : str
            The check whose marks changed, if it was marks.
        marks : collection of Mark
            The new marks that count; without them the check's answers are read anew.
        """
        cohort = self.cohort()
        before = cohort.revision - len(groups)
        with self._lock:
            found = self._kept.get((cohort.id, _OVERVIEW))
        if not groups or found is None or found[0] != before:
            return
        new = self.book.rows(cohort.id, self.lab, groups)
        if new.cohort.revision != cohort.revision:
            return
        rows = {row.group.id: row for row in new.rows}
        known: Overview = found[1]
        patched = Overview(new.cohort, tuple(rows.get(r.group.id, r) for r in known.rows))
        with self._lock:
            for place, (revision, made) in list(self._kept.items()):
                key = place[1]
                if revision != before or place[0] != cohort.id:
                    continue
                if key == _OVERVIEW:
                    self._kept[place] = (cohort.revision, patched)
                elif key == ("answers", check) and marks:
                    self._kept[place] = (cohort.revision, _with_marks(made, marks))
                elif key in _LASTING or (check and key[0] in _BY_CHECK and key[1] != check):
                    self._kept[place] = (cohort.revision, made)

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


def _with_marks(answers: tuple[Answer, ...], marks: Collection[Mark]) -> tuple[Answer, ...]:
    new = {mark.group: mark for mark in marks}
    return tuple(
        replace(a, mark=new[a.group.id], version=new[a.group.id].version, changed=False)
        if a.group.id in new
        else a
        for a in answers
    )


def office_of(request: Request) -> Office:
    """Return the office of the app that a request reached."""
    office = request.app.state.office
    assert isinstance(office, Office)  # noqa: S101 - set by create_app
    return office
