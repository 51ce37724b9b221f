"""The desk: has submissions judged, keeps what is unchanged, and writes the cohort's files."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from grader.checks.context import Side
from grader.documents import (
    REPORTS,
    SIMILAR,
    decided_digest,
    write_feedbacks,
    write_reports,
)
from grader.errors import GraderError, StoreError
from grader.evidence.codec import decode_grade
from grader.files import write_atomically
from grader.judging import RESULT, Judge, Order, Verdict, judge_pool, judge_there
from grader.model import Decided, Grade, HandIn
from grader.references import EVIDENCE, Reference
from grader.reuse import Seals, file_digest
from grader.running import Listener
from grader.similar import OwnText, own_text, rank, write_pairs

if TYPE_CHECKING:
    # SQLAlchemy takes half a second that most commands do not need.
    from grader.gradebook import Gradebook

__all__ = ["Desk", "own_text_path", "stored_results", "write_similar"]

_TEXTS = "texts"
# Others see a result at the latest after so long; one by one would keep the others waiting.
_RECORD_SECONDS = 2.0
_BROKEN = "Der Prozess, der diese Abgabe bewertete, endete unerwartet."


@dataclass
class Desk:
    """Has submissions judged and writes what belongs to the cohort.

    Attributes
    ----------
    judge : Judge
    references : mapping of str to Reference
        By profile.
    seals : Seals
    surroundings : str
        Hash of what all results share, see :func:`grader.reuse.surroundings`.
    book : Gradebook
        Gets every result soon after it is there, all of them in the end.
    term : str
        The cohort's, in the gradebook.
    processes : int
        Judge in so many processes, so that neither judging nor running waits for the other;
        0 judges in the calling thread.
    """

    judge: Judge
    references: Mapping[str, Reference]
    seals: Seals
    surroundings: str
    listener: Listener
    book: Gradebook
    term: str = ""
    processes: int = 0
    grades: dict[str, Grade] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._pickled: dict[str, bytes] = {}
        self._orders: dict[str, Order] = {}
        self._waiting: list[tuple[str, Future[Verdict], threading.Event]] = []
        self._origins: dict[str, str] = {}
        self._keys: dict[str, set[str]] = {}
        self._handed_in: dict[str, HandIn] = {}
        self._unrecorded: list[Grade] = []
        self._recorded_at = time.monotonic()
        self._trouble: GraderError | None = None
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
        self._stop_in_trouble()
        name = order.plan.submission.id
        self.consulted(name, order.plan.keys)
        self.seals.drop(name)
        people = order.plan.submission.particulars.participants
        handed_in = self._handed_in.get(name, HandIn(digest=""))
        self._handed_in[name] = replace(handed_in, participants=people)
        self._keep_text(order)
        self.listener.judging(name)
        reference = self.references[order.plan.profile.name]
        if not self.processes:
            self._take(order, self.judge.judge(order, reference.side))
            return
        future, taken = self._submit(order, reference.side), threading.Event()
        self._orders[name] = order
        self._waiting.append((name, future, taken))
        future.add_done_callback(lambda f: self._ended(name, f, taken))

    def _keep_text(self, order: Order) -> None:
        """Keep what the group wrote itself, to compare it with what others wrote."""
        bench = self.judge.bench
        raw = msgspec.json.encode(
            own_text(order.plan.submission, bench.released, bench.lab.questions)
        )
        write_atomically(self._text_path(order.plan.submission.id), lambda f: f.write(raw))

    def _text_path(self, name: str) -> Path:
        return own_text_path(self.judge.out, name)

    def _submit(self, order: Order, reference: Side) -> Future[Verdict]:
        profile = order.plan.profile.name
        if profile not in self._pickled:
            self._pickled[profile] = pickle.dumps(reference)
        while True:
            if self._pool is None:
                self._pool = judge_pool(self.judge, self.processes)
            try:
                return self._pool.submit(judge_there, order, self._pickled[profile])
            except BrokenProcessPool:
                self._pool = None

    def _ended(self, name: str, future: Future[Verdict], taken: threading.Event) -> None:
        try:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, GraderError):
                raise error
            if not future.cancelled() and error is None:
                # Only what a dying process leaves undone is needed again.
                self._take(self._orders.pop(name), future.result())
        except GraderError as error:
            # In a thread of the pool's nobody would hear it.
            self._trouble = self._trouble or error
        finally:
            taken.set()

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
                    reference=self.references[order.plan.profile.name].keys,
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

    def _stop_in_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    # ------------------------------------------------------------------ the cohort

    def finish(self) -> None:
        """Wait for what is being judged, then write what concerns the whole cohort.

        That covers these results and the earlier ones beside them.
        """
        broken = []
        for name, future, taken in self._waiting:
            taken.wait()
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                broken.append(self._orders.pop(name))
            elif error is not None:
                raise error
        self._waiting = []
        self._stop_in_trouble()
        for order in broken:
            self._alone(order)
        self.close()
        # What is unreadable was damaged from outside: its next grading writes it anew.
        stored, _ = stored_results(self.judge.out)
        lab = self.judge.bench.lab
        known = {g.submission: g for g in stored if g.lab == lab.id} | self.grades
        self._write([known[name] for name in sorted(known)])

    def _alone(self, order: Order) -> None:
        """Judge again what was at work when a process died: one of them killed it, not all."""
        name = order.plan.submission.id
        side = self.references[order.plan.profile.name].side
        with judge_pool(self.judge, 1) as pool:
            try:
                verdict = pool.submit(judge_there, order, pickle.dumps(side)).result()
            except BrokenProcessPool:
                self.failures[name] = _BROKEN
                return
        self._take(order, verdict)

    def _write(self, grades: list[Grade]) -> None:
        out, lab = self.judge.out, self.judge.bench.lab
        # All of them: an earlier run may have been killed before it could record what it had.
        final = [self.grades[name] for name in sorted(self.grades)]
        self.book.record(lab, final, term=self.term, handed_in=self._handed_in)
        # Again: someone may have marked meanwhile.
        decided = self.decided = self._read_decided()
        write_feedbacks(grades, decided, lab, out, self.seals)
        results = [f"{g.submission}\0{file_digest(out / g.submission / RESULT)}" for g in grades]
        texts = [file_digest(self._text_path(g.submission)) for g in grades]
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
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


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


def own_text_path(out: Path, name: str) -> Path:
    """Where the desk keeps what a group wrote itself."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return out / EVIDENCE / _TEXTS / f"{digest}.json"


def write_similar(out: Path, names: Iterable[str]) -> None:
    """Compare what these groups wrote and write ``similar.json``."""
    texts = []
    for name in names:
        # What is missing or damaged is not compared.
        with contextlib.suppress(OSError, msgspec.DecodeError):
            texts.append(msgspec.json.decode(own_text_path(out, name).read_bytes(), type=OwnText))
    write_pairs(rank(texts), out / SIMILAR)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
