"""The desk: has submissions judged, keeps what is unchanged, and writes the cohort's files."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from grader.checks.context import Side
from grader.errors import StoreError
from grader.evidence.codec import decode_grade
from grader.files import write_atomically
from grader.judging import RESULT, Judge, Order, Verdict, judge_pool, judge_there
from grader.lab import Lab
from grader.model import Grade
from grader.references import Reference
from grader.reuse import Seals, file_digest
from grader.running import Listener
from grader.similar import OwnText, own_text, rank, read_pairs, write_pairs

__all__ = ["Desk", "stored_results", "write_reports"]

_TABLE = "grades.csv"
_REPORT = "cohort.html"
_SIMILAR = "similar.json"
_TEXTS = "texts"
_BROKEN = "Der Prozess, der diese Abgabe bewertete, endete unerwartet."


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
    processes : int
        Judge in so many processes, so that neither judging nor running waits for the other;
        0 judges in the calling thread.
    """

    judge: Judge
    references: Mapping[str, Reference]
    seals: Seals
    surroundings: str
    listener: Listener
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

    # ------------------------------------------------------------------ one submission

    def keep(
        self, name: str, handed_in: str, options: tuple[object, ...] = (), *, fresh: bool = False
    ) -> bool:
        """Keep a submission's earlier result if judging it anew would give the same.

        Parameters
        ----------
        name : str
        handed_in : str
            Hash of the submission's files.
        options : tuple
            What else was asked for and decides about the result.
        fresh : bool
            Keep nothing; only note what a new result will be made from.

        Returns
        -------
        bool
            Whether there is nothing left to do for this submission.
        """
        self._origins[name] = _hash(self.surroundings, name, handed_in, *map(repr, options))
        if fresh or not self.seals.holds(name, self._origins[name], self.judge.files):
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
        self._keep_text(order)
        self.listener.judging(name)
        reference = self.references[order.plan.reference]
        if not self.processes:
            self._take(order, self.judge.judge(order, reference.side))
            return
        future, taken = self._submit(order, reference.side), threading.Event()
        self._orders[name] = order
        self._waiting.append((name, future, taken))
        future.add_done_callback(lambda f: self._ended(name, f, taken))

    def _keep_text(self, order: Order) -> None:
        """Keep what the group wrote itself, to compare it with what others wrote."""
        bench = self.judge.bench_of(order.plan.variant)
        raw = msgspec.json.encode(
            own_text(order.plan.submission, bench.released, bench.lab.questions)
        )
        write_atomically(self._text_path(order.plan.submission.id), lambda f: f.write(raw))

    def _text_path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return self.seals.evidence.folder / _TEXTS / f"{digest}.json"

    def _texts(self, names: Iterable[str]) -> list[OwnText]:
        found = []
        for name in names:
            # What is missing or damaged is not compared.
            with contextlib.suppress(OSError, msgspec.DecodeError):
                raw = self._text_path(name).read_bytes()
                found.append(msgspec.json.decode(raw, type=OwnText))
        return found

    def _submit(self, order: Order, reference: Side) -> Future[Verdict]:
        which = order.plan.reference
        if which not in self._pickled:
            self._pickled[which] = pickle.dumps(reference)
        while True:
            if self._pool is None:
                self._pool = judge_pool(self.judge, self.processes)
            try:
                return self._pool.submit(judge_there, order, self._pickled[which])
            except BrokenProcessPool:
                self._pool = None

    def _ended(self, name: str, future: Future[Verdict], taken: threading.Event) -> None:
        try:
            if not future.cancelled() and future.exception() is None:
                # Only what a dying process leaves undone is needed again.
                self._take(self._orders.pop(name), future.result())
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
                    reference=self.references[order.plan.reference].keys,
                )
        self.listener.graded(verdict.grade)

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
        for order in broken:
            self._alone(order)
        self.close()
        # What is unreadable was cut by an earlier crash: its next grading writes it anew.
        stored, _ = stored_results(self.judge.out)
        lab = self.judge.bench.lab
        known = {g.submission: g for g in stored if g.lab == lab.id} | self.grades
        self._write([known[name] for name in sorted(known)])

    def _alone(self, order: Order) -> None:
        """Judge again what was at work when a process died: one of them killed it, not all."""
        name = order.plan.submission.id
        side = self.references[order.plan.reference].side
        with judge_pool(self.judge, 1) as pool:
            try:
                verdict = pool.submit(judge_there, order, pickle.dumps(side)).result()
            except BrokenProcessPool:
                self.failures[name] = _BROKEN
                return
        self._take(order, verdict)

    def _write(self, grades: list[Grade]) -> None:
        # Not at the top: SQLAlchemy and Alembic take a second that no other command needs.
        from grader.gradebook import Gradebook

        out, lab = self.judge.out, self.judge.bench.lab
        with Gradebook(f"sqlite:///{out / 'gradebook.sqlite'}") as gradebook:
            gradebook.record(lab, grades)
        results = [f"{g.submission}\0{file_digest(out / g.submission / RESULT)}" for g in grades]
        texts = [file_digest(self._text_path(g.submission)) for g in grades]
        origin = _hash(self.surroundings, *results, *texts)
        files = (_TABLE, _REPORT, _SIMILAR)
        if self.seals.holds("", origin, files):
            return
        self.seals.drop("")
        write_pairs(rank(self._texts(g.submission for g in grades)), out / _SIMILAR)
        write_reports(lab, grades, out)
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


def write_reports(lab: Lab, grades: list[Grade], out: Path) -> None:
    """Write the table and the report of a cohort."""
    # Not at the top: matplotlib.
    from grader.reports import write_cohort, write_table

    write_table(grades, lab, out / _TABLE)
    write_cohort(grades, lab, out / _REPORT, read_pairs(out / _SIMILAR))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
