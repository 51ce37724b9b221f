"""Who judges: the calling thread, or processes beside it; what kills one costs only itself."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from grader.checks.context import Side
from grader.errors import GraderError
from grader.judging import Judge, Order, Verdict
from grader.references import Reference

__all__ = ["Judges"]

_BROKEN = "Der Prozess, der diese Abgabe bewertete, endete unerwartet."
# In a process of the pool: who judges, and sides by what they were pickled as.
_JUDGE: list[Judge] = []
_REFERENCES: dict[bytes, Side] = {}


class Judges:
    """Has submissions judged, each against the reference that its plan names.

    Parameters
    ----------
    judge : Judge
    references : mapping of str to Reference
        By what plans call theirs.
    taken : callable
        Gets every order with its verdict, in whatever thread has it first.

    Attributes
    ----------
    processes : int
        Judge in so many processes, so that neither judging nor running waits for the other;
        0 judges in the calling thread.
    """

    def __init__(
        self,
        judge: Judge,
        references: Mapping[str, Reference],
        taken: Callable[[Order, Verdict], None],
    ) -> None:
        self.processes = 0
        self._judge = judge
        self._references = references
        self._taken = taken
        self._pool: ProcessPoolExecutor | None = None
        self._pickled: dict[str, bytes] = {}
        self._orders: dict[str, Order] = {}
        self._waiting: list[tuple[str, Future[Verdict], threading.Event]] = []
        self._trouble: GraderError | None = None

    def judge(self, order: Order) -> None:
        """Have a submission judged; its verdict is there at the latest after :meth:`finish`.

        Raises
        ------
        GraderError
            If an earlier verdict could not be taken.
        """
        self._stop_in_trouble()
        if not self.processes:
            self._taken(order, self._judge.judge(order, self._side(order)))
            return
        name = order.plan.submission.id
        future, taken = self._submit(order), threading.Event()
        self._orders[name] = order
        self._waiting.append((name, future, taken))
        future.add_done_callback(lambda f: self._ended(name, f, taken))

    def finish(self) -> None:
        """Wait for every verdict.

        Raises
        ------
        GraderError
            If one could not be taken.
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
            self._taken(order, self._alone(order))

    def close(self) -> None:
        """End the processes; what still waits is not judged."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _side(self, order: Order) -> Side:
        return self._references[order.plan.reference].side

    def _pickled_side(self, order: Order) -> bytes:
        which = order.plan.reference
        if which not in self._pickled:
            self._pickled[which] = pickle.dumps(self._side(order))
        return self._pickled[which]

    def _submit(self, order: Order) -> Future[Verdict]:
        side = self._pickled_side(order)
        while True:
            if self._pool is None:
                self._pool = _pool_of(self._judge, self.processes)
            try:
                return self._pool.submit(_judge_there, order, side)
            except BrokenProcessPool:
                self._pool = None

    def _ended(self, name: str, future: Future[Verdict], taken: threading.Event) -> None:
        try:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, GraderError):
                raise error
            if not future.cancelled() and error is None:
                # Only what a dying process leaves undone is needed again.
                self._taken(self._orders.pop(name), future.result())
        except GraderError as error:
            # In a thread of the pool's nobody would hear it.
            self._trouble = self._trouble or error
        finally:
            taken.set()

    def _alone(self, order: Order) -> Verdict:
        """Judge again what was at work when a process died: one of them killed it, not all."""
        with _pool_of(self._judge, 1) as pool:
            try:
                return pool.submit(_judge_there, order, self._pickled_side(order)).result()
            except BrokenProcessPool:
                return Verdict(None, _BROKEN)

    def _stop_in_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble


# --------------------------------------------------------------------------- processes


def _pool_of(judge: Judge, processes: int) -> ProcessPoolExecutor:
    """A pool of processes that judge as ``judge`` does; they end with this process."""
    return ProcessPoolExecutor(
        processes,
        # A fork of a process with threads may hang; kernels run under threads.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(judge,),
    )


def _judge_there(order: Order, reference: bytes) -> Verdict:
    """Judge in a process of the pool; ``reference`` is the pickled side."""
    if reference not in _REFERENCES:
        # Pickled by the process that started this one.
        _REFERENCES[reference] = pickle.loads(reference)  # noqa: S301
    return _JUDGE[0].judge(order, _REFERENCES[reference])


def _begin(judge: Judge) -> None:
    # Ctrl-C reaches every process of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _JUDGE[:] = [judge]


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """Nothing stays behind, however the first process ended."""
    parent.join()
    os._exit(1)
