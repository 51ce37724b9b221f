"""The desk: has submissions judged, keeps what is unchanged, and writes the cohort's files."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.documents import (
    REPORTS,
    SIMILAR,
    decided_digest,
    keep_own_text,
    own_text_path,
    write_feedbacks,
    write_reports,
    write_similar,
)
from grader.errors import StoreError
from grader.evidence.codec import decode_grade
from grader.judges import Judges
from grader.judging import RESULT, Judge, Order, Verdict
from grader.model import Decided, Grade, HandIn
from grader.references import Reference
from grader.reuse import Seals, file_digest
from grader.running import Listener

if TYPE_CHECKING:
    # SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

__all__ = ["Desk", "stored_results"]

# Others see a result at the latest after so long; one by one would keep the others waiting.
_RECORD_SECONDS = 2.0


@dataclass
class Desk:
    """Has submissions judged and writes what belongs to the cohort.

    Attributes
    ----------
    judge : Judge
    references : mapping of str to Reference
        By what plans call theirs.
    seals : Seals
    surroundings : str
        Hash of what all results share, see :func:`grader.reuse.surroundings`.
    book : Gradebook
        Gets every result soon after it is there, all of them in the end.
    term : str
        The cohort's, in the gradebook.
    """

    judge: Judge
    references: Mapping[str, Reference]
    seals: Seals
    surroundings: str
    listener: Listener
    book: Gradebook
    term: str = ""
    grades: dict[str, Grade] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.judges = Judges(self.judge, self.references, self._take)
        self._origins: dict[str, str] = {}
        self._keys: dict[str, set[str]] = {}
        self._handed_in: dict[str, HandIn] = {}
        self._unrecorded: list[Grade] = []
        self._recorded_at = time.monotonic()
        # By submission, as it was read last.
        self.decided = self._read_decided()

    # ------------------------------------------------------------------ one submission

    def keep(self, name: str, handed_in: HandIn, options: tuple[object, ...] = ()) -> bool:
        """Keep a submission's earlier result if judging it anew would give the same.

        Parameters
        ----------
        name : str
        handed_in : HandIn
            With the hash of the submission's files.
        options : tuple
            What else was asked for and decides about the result.

        Returns
        -------
        bool
            Whether there is nothing left to do for this submission.
        """
        self._origins[name] = _hash(self.surroundings, name, handed_in.digest, *map(repr, options))
        self._handed_in[name] = handed_in
        if not self.seals.holds(name, self._origins[name], self.judge.files):
            return False
        try:
            self.grades[name] = decode_grade((self.judge.out / name / RESULT).read_bytes())
        except (OSError, StoreError):
            return False
        return True

    def consulted(self, name: str, keys: Mapping[str, str]) -> None:
        """Note keys of runs that a submission's result will depend on."""
        self._keys.setdefault(name, set()).update(keys.values())

    def grade(self, order: Order) -> None:
        """Have a submission judged; its result is there at the latest after :meth:`finish`."""
        name = order.plan.submission.id
        self.consulted(name, order.plan.keys)
        self.seals.drop(name)
        people = order.plan.submission.particulars.participants
        handed_in = self._handed_in.get(name, HandIn(digest=""))
        self._handed_in[name] = replace(handed_in, participants=people)
        bench = self.judge.bench_of(order.plan.variant)
        keep_own_text(self.judge.out, order.plan.submission, bench.released, bench.lab.questions)
        self.listener.judging(name)
        self.judges.judge(order)

    def _take(self, order: Order, verdict: Verdict) -> None:
        name = order.plan.submission.id
        with self._lock:
            if verdict.failure:
                self.failures[name] = verdict.failure
            if verdict.grade is None:
                return
            self.grades[name] = verdict.grade
        if verdict.lasting and name in self._origins:
            # A result without a seal is judged anew next time, nothing worse.
            with contextlib.suppress(OSError):
                self.seals.put(
                    name,
                    self._origins[name],
                    self.judge.files,
                    evidence=sorted(self._keys[name]),
                    reference=self.references[order.plan.reference].keys,
                )
        write_feedbacks(
            [verdict.grade], self.decided, self.judge.bench.lab, self.judge.out, self.seals
        )
        with self._lock:
            self._unrecorded.append(verdict.grade)
            due = time.monotonic() - self._recorded_at > _RECORD_SECONDS
        if due:
            self._record()
        self.listener.graded(verdict.grade)

    def _record(self) -> None:
        """Tell the gradebook what is new, so that others see it while the rest is at work."""
        with self._lock:
            new, self._unrecorded = self._unrecorded, []
            self._recorded_at = time.monotonic()
        self.book.record(self.judge.bench.lab, new, term=self.term, handed_in=self._handed_in)

    def _read_decided(self) -> dict[str, Decided]:
        lab = self.judge.bench.lab
        cohort = self.book.find_cohort(lab.id, self.term)
        return {} if cohort is None else self.book.decided(cohort.id, lab)

    # ------------------------------------------------------------------ the cohort

    def finish(self) -> None:
        """Wait for what is being judged, then write what concerns the whole cohort.

        That covers these results and the earlier ones beside them.
        """
        self.judges.finish()
        self.close()
        # What is unreadable was damaged from outside: its next grading writes it anew.
        stored, _ = stored_results(self.judge.out)
        lab = self.judge.bench.lab
        known = {g.submission: g for g in stored if g.lab == lab.id} | self.grades
        self._write([known[name] for name in sorted(known)])

    def _write(self, grades: list[Grade]) -> None:
        out, lab = self.judge.out, self.judge.bench.lab
        # All of them: an earlier run may have been killed before it could record what it had.
        final = [self.grades[name] for name in sorted(self.grades)]
        self.book.record(lab, final, term=self.term, handed_in=self._handed_in)
        # Again: someone may have marked meanwhile.
        decided = self.decided = self._read_decided()
        write_feedbacks(grades, decided, lab, out, self.seals)
        results = [f"{g.submission}\0{file_digest(out / g.submission / RESULT)}" for g in grades]
        texts = [file_digest(own_text_path(out, g.submission)) for g in grades]
        humans = [f"{name}\0{decided_digest(d)}" for name, d in sorted(decided.items())]
        origin = _hash(self.surroundings, *results, *texts, *humans)
        files = (*REPORTS, SIMILAR)
        if self.seals.holds("", origin, files):
            return
        self.seals.drop("")
        write_similar(out, (g.submission for g in grades))
        write_reports(grades, decided, lab, out)
        self.seals.put("", origin, files)

    def close(self) -> None:
        """End the processes; what still waits is not judged."""
        self.judges.close()


def stored_results(out: Path) -> tuple[list[Grade], list[Path]]:
    """Every ``result.json`` below ``out``: the grades by folder, and the files that are damaged."""
    grades: list[Grade] = []
    unreadable: list[Path] = []
    for path in sorted(out.glob(f"*/{RESULT}")):
        try:
            grades.append(decode_grade(path.read_bytes()))
        except (OSError, StoreError):
            unreadable.append(path)
    return grades, unreadable


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
