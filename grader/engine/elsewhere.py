"""Running notebooks in other processes or on other machines.

Whatever a :class:`concurrent.futures.Executor` runs its calls on: a process pool, or a cluster
behind Dask's ``Client.get_executor()``. It gets a function of this module and plain data. Notebooks
read the lab's data from its folder: it has the same path wherever they run.
"""

from __future__ import annotations

import atexit
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from grader.engine.base import Engine, Job
from grader.model import NotebookEvidence

__all__ = ["Workers", "run_job"]


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs notebooks where the schedule's own threads shall not.

    Attributes
    ----------
    executor : callable
        Gets the number of notebooks at once and returns the executor; the schedule shuts it down.
    engine : callable
        Makes an engine, called once in every process that runs notebooks. It travels there by
        pickle, as jobs and evidence do: a class, a function of a module, a ``functools.partial``.
    """

    executor: Callable[[int], Executor]
    engine: Callable[[], Engine]


_ENGINES: dict[bytes, Engine] = {}
_ENGINES_LOCK = threading.Lock()


def run_job(engine: bytes, job: Job) -> NotebookEvidence:
    """Run one notebook in whatever process this is called in.

    Arguments and result are plain data, so that any executor can pass them on.

    Parameters
    ----------
    engine : bytes
        A pickled callable that makes the engine; made once in each process.

    Returns
    -------
    NotebookEvidence
        With its arrays, whatever the engine had them in.
    """
    with _ENGINES_LOCK:
        if engine not in _ENGINES:
            # Our own callable, from our own process.
            _ENGINES[engine] = pickle.loads(engine)()  # noqa: S301
            atexit.register(_ENGINES[engine].close)
    evidence = _ENGINES[engine].run(job)
    return replace(evidence, blobs={name: evidence.blobs[name] for name in evidence.blobs})
